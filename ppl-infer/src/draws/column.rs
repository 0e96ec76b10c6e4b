//! Statistics of the draws of one scalar, weighted or not.

use crate::diagnostics::{mean, quantile_of_sorted, sorted, variance};

/// Draws of one scalar, with weights that sum to 1, or all alike.
#[derive(Clone, Debug)]
pub(super) struct Column<'a> {
    values: Vec<f64>,
    weights: Option<&'a [f64]>,
}

impl<'a> Column<'a> {
    pub(super) fn new(values: Vec<f64>, weights: Option<&'a [f64]>) -> Self {
        Self { values, weights }
    }

    pub(super) fn values(&self) -> &[f64] {
        &self.values
    }

    /// The column of a function of its values.
    pub(super) fn map(self, function: impl Fn(f64) -> f64) -> Self {
        Self { values: self.values.into_iter().map(function).collect(), ..self }
    }

    /// Σ w x.
    pub(super) fn mean(&self) -> f64 {
        match self.weights {
            None => mean(&self.values),
            Some(weights) => weighted_sum(weights, self.values.iter().copied()),
        }
    }

    /// Σ w (x − x̄)² / (1 − Σ w²): of equal weights, the variance with divisor n − 1.
    pub(super) fn variance(&self) -> f64 {
        let Some(weights) = self.weights else { return variance(&self.values) };
        let squares: f64 = weights.iter().map(|weight| weight * weight).sum();
        weighted_sum(weights, self.squared_deviations()) / (1.0 - squares)
    }

    pub(super) fn sd(&self) -> f64 {
        self.variance().sqrt()
    }

    /// Standard error of the self-normalised weighted mean: √Σ w² (x − x̄)².
    ///
    /// # Reference
    /// Owen (2013), *Monte Carlo theory, methods and examples*, equation 9.8.
    pub(super) fn weighted_mcse_mean(&self) -> f64 {
        self.weights.map_or(f64::NAN, |weights| squared_weighted_sum(weights, self.squared_deviations()).sqrt())
    }

    /// Standard error of the weighted standard deviation, by the delta method: √Σ w² ((x − x̄)² − s²)² / 2 s.
    pub(super) fn weighted_mcse_sd(&self) -> f64 {
        let Some(weights) = self.weights else { return f64::NAN };
        let second = weighted_sum(weights, self.squared_deviations());
        let deviations = self.squared_deviations().map(|square| (square - second).powi(2));
        squared_weighted_sum(weights, deviations).sqrt() / (2.0 * second.sqrt())
    }

    fn squared_deviations(&self) -> impl Iterator<Item = f64> {
        let centre = self.mean();
        self.values.iter().map(move |value| (value - centre).powi(2))
    }

    /// The draws in order, for quantiles and intervals.
    pub(super) fn into_sorted(self) -> SortedColumn {
        let has_nan = |values: &[f64]| values.iter().any(|value| value.is_nan());
        let Some(weights) = self.weights else {
            return SortedColumn { has_nan: has_nan(&self.values), values: sorted(self.values), cumulative: None };
        };
        let mut pairs: Vec<(f64, f64)> =
            self.values.into_iter().zip(weights.iter().copied()).filter(|(_, weight)| *weight > 0.0).collect();
        pairs.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let mut sum = 0.0;
        let (values, cumulative): (Vec<f64>, Vec<f64>) = pairs
            .into_iter()
            .map(|(value, weight)| {
                sum += weight;
                (value, sum)
            })
            .unzip();
        SortedColumn { has_nan: has_nan(&values), values, cumulative: Some(cumulative) }
    }
}

/// Draws of one scalar in ascending order; of weighted ones, those of positive weight.
#[derive(Clone, Debug)]
pub(super) struct SortedColumn {
    values: Vec<f64>,
    /// Sum of the weights up to and with each draw.
    cumulative: Option<Vec<f64>>,
    has_nan: bool,
}

/// The rounding of a sum of weights must not move a quantile to the next draw: 0.7 + 0.2 falls short of 0.9.
const ROUNDING: f64 = 1e-12;

impl SortedColumn {
    /// Draws of equal weight, in ascending order and without NaN.
    pub(super) fn of_equal_weights(values: Vec<f64>) -> Self {
        Self { values, cumulative: None, has_nan: false }
    }

    /// By linear interpolation of the order statistics; of weighted draws, the smallest x with P(X ≤ x) ≥ `probability`.
    pub(super) fn quantile(&self, probability: f64) -> f64 {
        if self.has_nan || !(0.0..=1.0).contains(&probability) {
            return f64::NAN;
        }
        let Some(cumulative) = &self.cumulative else { return quantile_of_sorted(&self.values, probability) };
        let Some(total) = cumulative.last() else { return f64::NAN };
        let index = cumulative.partition_point(|sum| *sum < probability * total * (1.0 - ROUNDING));
        self.values[index.min(self.values.len() - 1)]
    }

    /// The equal-tailed interval.
    pub(super) fn eti(&self, probability: f64) -> (f64, f64) {
        (self.quantile(0.5 * (1.0 - probability)), self.quantile(0.5 * (1.0 + probability)))
    }

    /// The narrowest interval of this probability, as [`crate::diagnostics::hdi()`].
    pub(super) fn hdi(&self, probability: f64) -> (f64, f64) {
        let is_valid = probability > 0.0 && probability <= 1.0;
        let Some(cumulative) = self.cumulative.as_ref().filter(|_| is_valid && !self.has_nan) else {
            let values = if self.has_nan { &[] } else { self.values.as_slice() };
            return crate::diagnostics::hdi_of_sorted(values, probability);
        };
        let Some(total) = cumulative.last() else { return (f64::NAN, f64::NAN) };
        let wanted = probability * total * (1.0 - ROUNDING);
        let mut narrowest = (f64::NEG_INFINITY, f64::INFINITY);
        for (first, &low) in self.values.iter().enumerate() {
            let below = if first == 0 { 0.0 } else { cumulative[first - 1] };
            let last = cumulative.partition_point(|sum| sum - below < wanted);
            let Some(&high) = self.values.get(last) else { break };
            if high - low < narrowest.1 - narrowest.0 {
                narrowest = (low, high);
            }
        }
        narrowest
    }
}

/// Σ w v. A value of weight zero does not count, even if it is infinite or NaN.
pub(super) fn weighted_sum(weights: &[f64], values: impl Iterator<Item = f64>) -> f64 {
    weights.iter().zip(values).filter(|(weight, _)| **weight > 0.0).map(|(weight, value)| weight * value).sum()
}

/// Σ w² v, likewise.
fn squared_weighted_sum(weights: &[f64], values: impl Iterator<Item = f64>) -> f64 {
    weights.iter().zip(values).filter(|(weight, _)| **weight > 0.0).map(|(weight, value)| weight * weight * value).sum()
}
