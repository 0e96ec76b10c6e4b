//! Distribution of one site of weighted draws.

use ndarray::{ArrayD, ArrayView1, ArrayViewD, Axis};

/// Distribution of one site of an [`Empirical`](crate::Empirical): its draws and their weights.
#[derive(Clone, Copy, Debug)]
pub struct Marginal<'a> {
    values: &'a ArrayD<f64>,
    weights: &'a [f64],
}

impl<'a> Marginal<'a> {
    pub(super) fn new(values: &'a ArrayD<f64>, weights: &'a [f64]) -> Self {
        Self { values, weights }
    }

    /// The draws: draw × site shape.
    pub fn values(&self) -> &ArrayD<f64> {
        self.values
    }

    /// The weight of each draw; they sum to 1.
    pub fn weights(&self) -> &[f64] {
        self.weights
    }

    /// Mean of each component: Σ w x.
    ///
    /// **Shapes** the site's shape; of a scalar site, `mean()[[]]` is the number.
    pub fn mean(&self) -> ArrayD<f64> {
        self.for_each_component(|column| self.weighted_mean(column.iter().copied()))
    }

    /// Variance of each component: Σ w (x − x̄)², that of the discrete distribution.
    ///
    /// **Shapes** the site's shape.
    pub fn variance(&self) -> ArrayD<f64> {
        self.for_each_component(|column| {
            let centre = self.weighted_mean(column.iter().copied());
            self.weighted_mean(column.iter().map(|value| (value - centre).powi(2)))
        })
    }

    /// Standard deviation of each component.
    ///
    /// **Shapes** the site's shape.
    pub fn sd(&self) -> ArrayD<f64> {
        self.variance().mapv_into(f64::sqrt)
    }

    /// Quantile of each component: the smallest draw x with P(X ≤ x) ≥ `probability`, without interpolation.
    ///
    /// **Shapes** the site's shape.
    /// **Degenerate input** NaN for a `probability` outside [0, 1], and for a component with a NaN draw of positive
    /// weight.
    pub fn quantile(&self, probability: f64) -> ArrayD<f64> {
        self.for_each_component(|column| {
            let mut draws: Vec<(f64, f64)> =
                column.iter().copied().zip(self.weights.iter().copied()).filter(|(_, weight)| *weight > 0.0).collect();
            if !(0.0..=1.0).contains(&probability) || draws.iter().any(|(value, _)| value.is_nan()) {
                return f64::NAN;
            }
            draws.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
            let total: f64 = draws.iter().map(|(_, weight)| weight).sum();
            let mut below = 0.0;
            let reached = draws.iter().find(|(_, weight)| {
                below += weight;
                // The rounding of a sum must not move a quantile to the next draw: 0.7 + 0.2 falls short of 0.9.
                below >= probability * total * (1.0 - 1e-12)
            });
            reached.or(draws.last()).map_or(f64::NAN, |(value, _)| *value)
        })
    }

    /// Mean of a function of the site's value: Σ w f(x).
    pub fn expectation(&self, function: impl Fn(ArrayViewD<'_, f64>) -> f64) -> f64 {
        self.weighted_mean(self.values.axis_iter(Axis(0)).map(function))
    }

    /// Σ w v. A value of weight zero does not count, even if it is infinite or NaN.
    fn weighted_mean(&self, values: impl Iterator<Item = f64>) -> f64 {
        self.weights.iter().zip(values).filter(|(weight, _)| **weight > 0.0).map(|(weight, value)| weight * value).sum()
    }

    fn for_each_component(&self, statistic: impl Fn(ArrayView1<'_, f64>) -> f64) -> ArrayD<f64> {
        self.values.map_axis(Axis(0), statistic)
    }
}
