//! Widely applicable information criterion.

use std::fmt;

use ndarray::{ArrayView3, Axis};
use ppl::special::logsumexp;

use super::{loo::standard_error, moments::population_variance};

/// Expected log predictive density by the widely applicable information criterion.
///
/// # Example
/// ```
/// use ndarray::Array3;
/// use ppl::special::ndtri;
/// use ppl_infer::diagnostics::{Waic, waic};
///
/// // Three observations of Normal(mu, 1), of which draws are those of Normal(0, 1/2).
/// let y = [0.0, 1.0, 3.0];
/// let mu = |draw: usize| 0.5 * ndtri((draw as f64 + 0.5) / 1000.0);
/// let table = Array3::from_shape_fn((1, 1000, 3), |(_, draw, i)| -0.5 * (y[i] - mu(draw)).powi(2));
/// let Waic { elpd, effective_parameters, pointwise, unreliable, .. } = waic(table.view());
///
/// // The log likelihood has the variance y²/4 + 1/32.
/// assert!((effective_parameters - (10.0 / 4.0 + 3.0 / 32.0)).abs() < 0.03);
/// assert_eq!(elpd, pointwise.iter().sum::<f64>());
/// // It is above 0.4 for y = 3.
/// assert_eq!(unreliable, [2]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Waic {
    /// Expected log pointwise predictive density, the sum of `pointwise`; higher is better.
    pub elpd: f64,
    /// Standard error of `elpd` over the observations.
    pub se: f64,
    /// Effective number of parameters: the sum of the posterior variances of the log likelihoods.
    pub effective_parameters: f64,
    /// Contribution of each observation.
    pub pointwise: Vec<f64>,
    /// Observations whose log likelihood has a posterior variance above 0.4: for these the criterion is unreliable; use
    /// [`loo()`](super::loo()), which has a diagnostic.
    pub unreliable: Vec<usize>,
}

/// Estimates the predictive density by subtracting, for each observation, the posterior variance of its log likelihood.
///
/// ```text
/// elpd = Σ_i ( ln mean_s p(y_i | θ_s) − Var_s ln p(y_i | θ_s) )
/// ```
///
/// with the variance of divisor S, as in ArviZ.
///
/// # Shapes
/// `log_likelihood` is chain × draw × observation.
///
/// # Degenerate input
/// NaN for an observation with a log likelihood that is not finite, and so for the totals.
///
/// # Example
/// ```
/// use ndarray::Array3;
/// use ppl_infer::diagnostics::waic;
///
/// let log_likelihood = Array3::from_elem((4, 100, 3), -1.5);
/// assert!((waic(log_likelihood.view()).elpd + 4.5).abs() < 1e-12);
/// ```
///
/// # Reference
/// Watanabe (2010), "Asymptotic equivalence of Bayes cross validation and widely applicable information
/// criterion".
pub fn waic(log_likelihood: ArrayView3<'_, f64>) -> Waic {
    let draws = (log_likelihood.len_of(Axis(0)) * log_likelihood.len_of(Axis(1))) as f64;
    let mut pointwise = Vec::new();
    let mut variances = Vec::new();
    for observation in log_likelihood.axis_iter(Axis(2)) {
        let log_likelihood: Vec<f64> = observation.iter().copied().collect();
        let variance = population_variance(&log_likelihood);
        pointwise.push(logsumexp(&log_likelihood) - draws.ln() - variance);
        variances.push(variance);
    }
    // Reliable is ≤ 0.4, so that a NaN is not.
    let reliable = |&variance: &f64| variance <= 0.4;
    Waic {
        elpd: pointwise.iter().sum(),
        se: standard_error(&pointwise),
        effective_parameters: variances.iter().sum(),
        pointwise,
        unreliable: (0..variances.len()).filter(|&observation| !reliable(&variances[observation])).collect(),
    }
}

impl fmt::Display for Waic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "elpd_waic {:>10.2}   se {:.2}", self.elpd, self.se)?;
        write!(f, "p_waic    {:>10.2}", self.effective_parameters)?;
        if !self.unreliable.is_empty() {
            let (bad, count) = (self.unreliable.len(), self.pointwise.len());
            write!(f, "\n{bad} of {count} posterior variances of the log likelihood are above 0.4: use loo instead")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array3;

    use super::waic;

    #[test]
    fn variable_observations_are_reported() {
        // ±1 with equal frequency: variance 1, mean density cosh 1.
        let log_likelihood = Array3::from_shape_fn((2, 50, 1), |(_, draw, _)| if draw % 2 == 0 { 1.0 } else { -1.0 });
        let waic = waic(log_likelihood.view());
        assert!((waic.elpd - (1.0_f64.cosh().ln() - 1.0)).abs() < 1e-13);
        assert!((waic.effective_parameters - 1.0).abs() < 1e-14);
        assert_eq!(waic.unreliable, [0]);
        assert!(waic.to_string().contains("use loo instead"));
    }
}
