//! Leave-one-out cross-validation by Pareto smoothed importance sampling.

use std::fmt;

use ndarray::{ArrayView3, Axis};
use ppl::special::logsumexp;

use super::{
    moments::population_variance,
    psis::{pareto_k_threshold, pareto_smooth},
};

/// Expected log predictive density under leave-one-out cross-validation.
///
/// # Example
/// ```
/// use ndarray::Array3;
/// use ppl::special::ndtri;
/// use ppl_infer::diagnostics::{Loo, loo};
///
/// // Four observations of Normal(mu, 1), whose mean has the posterior Normal(0, 1/2) under a flat prior.
/// let y: [f64; 4] = [-1.0, 0.0, 0.0, 1.0];
/// let mu = |draw: usize| 0.5 * ndtri((draw as f64 + 0.5) / 1000.0);
/// let log_density = |draw: usize, i: usize| -0.5 * (y[i] - mu(draw)).powi(2) - 0.5 * std::f64::consts::TAU.ln();
/// let table = Array3::from_shape_fn((1, 1000, 4), |(_, draw, i)| log_density(draw, i));
/// let Loo { elpd, pointwise, pareto_k, pareto_k_threshold, .. } = loo(table.view(), 1.0);
///
/// // Without y, the other three predict it by Normal(−y/3, √(4/3)).
/// let expected = y.map(|y| -2.0 / 3.0 * y * y - 0.5 * (std::f64::consts::TAU * 4.0 / 3.0).ln());
/// assert!(pointwise.iter().zip(expected).all(|(own, expected)| (own - expected).abs() < 0.01));
/// assert!((elpd - expected.iter().sum::<f64>()).abs() < 0.02);
/// assert!(pareto_k.iter().all(|k| *k < pareto_k_threshold));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Loo {
    /// Expected log pointwise predictive density, the sum of `pointwise`; higher is better.
    pub elpd: f64,
    /// Standard error of `elpd` over the observations.
    pub se: f64,
    /// Effective number of parameters: the log density of the data within the sample minus `elpd`.
    pub effective_parameters: f64,
    /// Contribution of each observation.
    pub pointwise: Vec<f64>,
    /// Pareto k̂ of each observation; above `pareto_k_threshold` its contribution is unreliable.
    pub pareto_k: Vec<f64>,
    /// Largest reliable k̂ for this number of draws.
    pub pareto_k_threshold: f64,
}

/// Estimates how well a model predicts each observation from the others, without fitting it again.
///
/// ```text
/// elpd = Σ_i ln Σ_s w_is p(y_i | θ_s),   w_is ∝ 1 / p(y_i | θ_s), Pareto smoothed
/// ```
///
/// `relative_efficiency` is ESS / S of the draws, for instance [`ess_mean`](super::ess_mean) of a parameter divided by
/// the number of draws; 1 ignores autocorrelation.
///
/// # Shapes
/// `log_likelihood` is chain × draw × observation.
///
/// # Degenerate input
/// NaN for an observation with a log likelihood that is NaN or +∞, or −∞ at a draw, and so for the
/// totals.
///
/// # Example
/// ```
/// use ndarray::Array3;
/// use ppl_infer::diagnostics::loo;
///
/// // The log likelihood does not depend on the draw: nothing was fitted.
/// let log_likelihood = Array3::from_shape_fn((4, 100, 3), |(_, _, observation)| -1.0 - observation as f64);
/// let loo = loo(log_likelihood.view(), 1.0);
/// assert!((loo.elpd + 6.0).abs() < 1e-12);
/// assert!(loo.effective_parameters.abs() < 1e-12);
/// ```
///
/// # Reference
/// Vehtari, Gelman and Gabry (2017), "Practical Bayesian model evaluation using leave-one-out
/// cross-validation and WAIC".
pub fn loo(log_likelihood: ArrayView3<'_, f64>, relative_efficiency: f64) -> Loo {
    let draws = log_likelihood.len_of(Axis(0)) * log_likelihood.len_of(Axis(1));
    let mut pointwise = Vec::new();
    let mut pareto_k = Vec::new();
    let mut within_sample = 0.0;
    for observation in log_likelihood.axis_iter(Axis(2)) {
        let log_likelihood: Vec<f64> = observation.iter().copied().collect();
        let ratios: Vec<f64> = log_likelihood.iter().map(|value| -value).collect();
        let smoothed = pareto_smooth(&ratios, relative_efficiency);
        let terms: Vec<f64> =
            smoothed.log_weights.iter().zip(&log_likelihood).map(|(weight, value)| weight + value).collect();
        pointwise.push(logsumexp(&terms));
        pareto_k.push(smoothed.pareto_k);
        within_sample += logsumexp(&log_likelihood) - (draws as f64).ln();
    }
    let elpd: f64 = pointwise.iter().sum();
    Loo {
        elpd,
        se: standard_error(&pointwise),
        effective_parameters: within_sample - elpd,
        pointwise,
        pareto_k,
        pareto_k_threshold: pareto_k_threshold(draws),
    }
}

/// Standard error of a sum over observations: √(n Var), with divisor n as ArviZ and loo have it.
pub(super) fn standard_error(pointwise: &[f64]) -> f64 {
    (pointwise.len() as f64 * population_variance(pointwise)).sqrt()
}

impl Loo {
    /// The observations whose k̂ is above the threshold, or NaN.
    pub fn unreliable(&self) -> Vec<usize> {
        let reliable = |k: f64| k <= self.pareto_k_threshold;
        (0..self.pareto_k.len()).filter(|&observation| !reliable(self.pareto_k[observation])).collect()
    }
}

impl fmt::Display for Loo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "elpd_loo {:>10.2}   se {:.2}", self.elpd, self.se)?;
        writeln!(f, "p_loo    {:>10.2}", self.effective_parameters)?;
        let unreliable = self.unreliable().len();
        let (count, threshold) = (self.pareto_k.len(), self.pareto_k_threshold);
        if unreliable == 0 {
            write!(f, "all Pareto k estimates are good (k <= {threshold:.2})")
        } else {
            write!(f, "{unreliable} of {count} Pareto k estimates are above {threshold:.2}: elpd_loo is unreliable")
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array3;

    use super::loo;

    #[test]
    fn an_observation_with_nan_is_reported() {
        let mut log_likelihood = Array3::from_shape_fn((2, 50, 3), |(chain, draw, observation)| {
            -((chain * 13 + draw * 7 + observation) as f64 % 5.0) / 10.0
        });
        log_likelihood[[1, 3, 2]] = f64::NAN;
        let loo = loo(log_likelihood.view(), 1.0);
        assert!(loo.elpd.is_nan());
        assert!(loo.pointwise[0].is_finite() && loo.pointwise[1].is_finite());
        assert!(loo.unreliable().contains(&2));
        assert!(loo.to_string().contains("of 3 Pareto k estimates are above"));
    }

    #[test]
    fn no_observations_and_no_draws() {
        assert_eq!(loo(Array3::zeros((4, 10, 0)).view(), 1.0).elpd, 0.0);
        assert!(loo(Array3::zeros((0, 10, 2)).view(), 1.0).elpd.is_infinite());
    }
}
