//! `NormalMixture`: values over time, given draws of the parameters.

use ndarray::{Array1, Array2, ArrayView2, Axis};
use ppl::special::{ndtr, ndtri};

use crate::draws::site::check_probability;

/// The distribution of a value at each of several times: over draws of the parameters, a mixture of normal
/// distributions with equal weights.
///
/// Moments and quantiles are exact for the draws that were taken, of which each has its normal distribution by Kalman's
/// filter or smoother.
///
/// # Example
/// ```
/// use ppl_infer::prelude::*;
/// use ppl_infer::sts::{LocalLevel, StructuralTimeSeries};
///
/// let series = StructuralTimeSeries::new(&[1.2, 0.7, 1.1, 1.6, 1.3])?.with(LocalLevel::new())?;
/// let posterior = Nuts::new().chains(2).warmup(150).draws(100).progress(false).run(&series)?;
/// let level = series.smooth(&posterior)?;
/// let (low, high) = level.eti(0.89);
/// assert_eq!((level.times().len(), level.num_draws()), (5, 200));
/// assert!((0..5).all(|t| low[t] < level.mean()[t] && level.mean()[t] < high[t]));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct NormalMixture {
    times: Vec<usize>,
    /// Draw × time.
    means: Array2<f64>,
    /// Draw × time.
    variances: Array2<f64>,
}

impl NormalMixture {
    /// Of means and variances, draw × time.
    pub(super) fn new(times: Vec<usize>, means: Array2<f64>, variances: Array2<f64>) -> Self {
        Self { times, means, variances }
    }

    /// The times, from 0, that of the first value of the series.
    #[must_use]
    pub fn times(&self) -> &[usize] {
        &self.times
    }

    /// Number of draws of the parameters.
    #[must_use]
    pub fn num_draws(&self) -> usize {
        self.means.nrows()
    }

    /// Mean of each draw's normal distribution, draw × time.
    #[must_use]
    pub fn means(&self) -> ArrayView2<'_, f64> {
        self.means.view()
    }

    /// Variance of each draw's normal distribution, draw × time.
    #[must_use]
    pub fn variances(&self) -> ArrayView2<'_, f64> {
        self.variances.view()
    }

    /// Mean at each time.
    #[must_use]
    pub fn mean(&self) -> Array1<f64> {
        average(&self.means)
    }

    /// Standard deviation at each time: of the variance within draws, on average, and of that of their means.
    #[must_use]
    pub fn sd(&self) -> Array1<f64> {
        let between = average(&(&self.means - &self.mean()).mapv(|difference| difference * difference));
        (average(&self.variances) + between).mapv(f64::sqrt)
    }

    /// Quantile at each time.
    ///
    /// # Panics
    /// A `probability` outside [0, 1].
    #[must_use]
    #[track_caller]
    pub fn quantile(&self, probability: f64) -> Array1<f64> {
        check_probability("quantile", probability);
        (0..self.times.len()).map(|time| self.quantile_at(time, probability)).collect()
    }

    /// Equal-tailed interval at each time: the quantiles that leave (1 − `probability`) / 2 on either side.
    ///
    /// # Panics
    /// A `probability` outside [0, 1].
    #[must_use]
    #[track_caller]
    pub fn eti(&self, probability: f64) -> (Array1<f64>, Array1<f64>) {
        check_probability("eti", probability);
        let tail = (1.0 - probability) / 2.0;
        (self.quantile(tail), self.quantile(1.0 - tail))
    }

    /// By bisection: the quantile lies between the least and the largest of the draws' quantiles.
    fn quantile_at(&self, time: usize, probability: f64) -> f64 {
        let normals: Vec<(f64, f64)> = self
            .means
            .column(time)
            .iter()
            .zip(self.variances.column(time))
            .map(|(mean, v)| (*mean, v.sqrt()))
            .collect();
        let quantiles = || {
            // 0 · ∞ of a draw without variance is its mean.
            normals.iter().map(|(mean, sd)| if *sd > 0.0 { mean + sd * ndtri(probability) } else { *mean })
        };
        if quantiles().any(f64::is_nan) {
            return f64::NAN;
        }
        let (mut low, mut high) =
            (quantiles().fold(f64::INFINITY, f64::min), quantiles().fold(f64::NEG_INFINITY, f64::max));
        let below = |x: f64| {
            let each = normals.iter().map(|(mean, sd)| match *sd > 0.0 {
                true => ndtr((x - mean) / sd),
                false => f64::from(u8::from(x >= *mean)),
            });
            each.sum::<f64>() / normals.len() as f64
        };
        if !(low.is_finite() && high.is_finite()) {
            return low;
        }
        let tolerance = 1e-12 * (low.abs() + high.abs());
        while high - low > tolerance {
            let middle = 0.5 * (low + high);
            match below(middle) < probability {
                true => low = middle,
                false => high = middle,
            }
        }
        high
    }
}

/// Mean over the draws.
fn average(values: &Array2<f64>) -> Array1<f64> {
    values.sum_axis(Axis(0)) / values.nrows() as f64
}
