//! The settings that Hamiltonian samplers share.

use serde::{Deserialize, Serialize};

use super::{EuclideanMetric, InverseMassMatrix};
use crate::Result;
use crate::settings::{require, settings};

/// The estimate of the posterior covariance that the warm-up takes as the inverse mass matrix.
///
/// A perfect one makes the posterior as round as a standard normal distribution; then a trajectory of few steps is enough
/// for nearly independent draws.
///
/// | metric | rescales | cost a step, d dimensions | choose it where |
/// |---|---|---|---|
/// | `Diagonal` | coordinates | d | the curvature varies from place to place, or d is in the hundreds and correlations are weak |
/// | `DrawsAndGradients` | coordinates | d | the warm-up must be short |
/// | `LowRank` | coordinates, and a few directions across them | 2 d k for k directions | parameters are correlated, as coefficients of a regression are |
/// | `Dense` | every direction | d² | d is at most ten or so and parameters are correlated |
///
/// `Diagonal` and `Dense` are learned in the windows of Stan ([`WarmupSchedule`](super::WarmupSchedule)), the others in windows
/// that overlap: of all draws those of the last two windows count, up to 85 % of the warm-up; then the step size settles. On
/// a posterior whose curvature varies much, such as that of a Poisson regression by a Gaussian process, `LowRank` takes
/// longer steps than it should and gave twice as many divergences as `Diagonal`: look at the warnings of the summary.
///
/// # Example
/// ```
/// use ppl_infer::{Metric, Nuts};
///
/// let nuts = Nuts::new().metric(Metric::LowRank);
/// assert_eq!(nuts.hmc.metric, Metric::LowRank);
/// ```
///
/// # Reference
/// Betancourt (2017), A Conceptual Introduction to Hamiltonian Monte Carlo, section 4.2.1, for the covariance of the draws;
/// Seyboldt, Carlson & Carpenter (2026), Preconditioning Hamiltonian Monte Carlo by minimizing Fisher divergence, arXiv
/// 2603.18845, for draws and gradients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Metric {
    /// The variances of the draws.
    #[default]
    Diagonal,
    /// √(var x/var g) of each coordinate x and its gradient g: the diagonal matrix of least Fisher divergence. It is known from
    /// fewer draws than the variance. Of strongly correlated coordinates it is the geometric mean of the variance and of
    /// the variance given the others, and then draws are more correlated than with `Diagonal`.
    DrawsAndGradients,
    /// That of `DrawsAndGradients`, and a matrix of low rank: the geometric mean of the covariance matrix of the draws and of
    /// the inverse of that of the gradients, in the directions in which it differs from the diagonal by a factor of more than
    /// two. A warm-up of fewer than about 110 iterations is too short for it, and learns the diagonal.
    LowRank,
    /// The covariance matrix of the draws.
    Dense,
}

settings! {
    part hmc by hmc_settings;
    /// The settings of the integrator and of its adaptation, for [`Hmc`](crate::Hmc) and [`Nuts`](crate::Nuts).
    ///
    /// The defaults are those of Stan 2.36.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(default)]
    pub struct HmcConfig {
        /// Acceptance statistic that the step size is adapted to, in (0, 1); 0.8, and 0.9 for a metric from draws and gradients.
        /// Larger values mean smaller steps.
        pub target_accept_prob(f64): Option<f64> = None, valid_by(check_target);
        /// Step size that adaptation starts from, or the one to use if it is not adapted; 1.
        pub step_size: f64 = 1.0, positive();
        /// Whether warm-up adapts the step size; true.
        pub adapt_step_size: bool = true;
        /// Relative range of a uniform jitter of the step size, in [0, 1); 0.
        pub step_size_jitter: f64 = 0.0, satisfies("at least 0 and less than 1", |jitter| (0.0..1.0).contains(jitter));
        /// Estimate of the inverse mass matrix; the variances of the draws.
        pub metric: crate::mcmc::hmc::Metric = crate::mcmc::hmc::Metric::Diagonal;
        /// Whether warm-up adapts the mass matrix; true.
        pub adapt_mass_matrix: bool = true;
        /// Inverse mass matrix to start from; the identity.
        pub inverse_mass_matrix(crate::mcmc::hmc::InverseMassMatrix): Option<crate::mcmc::hmc::InverseMassMatrix> = None,
            valid_by(check_mass_matrix);
        /// Energy error beyond which a trajectory counts as divergent; 1000.
        pub max_energy_error: f64 = 1000.0, satisfies("positive", |most| *most > 0.0);
    }
}

impl HmcConfig {
    /// The acceptance statistic that the step size is adapted to.
    ///
    /// Stan's last interval of 50 iterations ends with a step size whose acceptance lies near 0.92 where 0.8 was asked for.
    /// The last interval of overlapping windows is longer and comes nearer to its target, which has to be higher to be as
    /// safe.
    pub fn target(&self) -> f64 {
        self.target_accept_prob.unwrap_or(match self.metric {
            Metric::Diagonal | Metric::Dense => 0.8,
            Metric::DrawsAndGradients | Metric::LowRank => 0.9,
        })
    }
}

fn check_target(target: &Option<f64>) -> Result<()> {
    let Some(target) = target else { return Ok(()) };
    require("target_accept_prob", "strictly between 0 and 1", target, *target > 0.0 && *target < 1.0)
}

/// [`MassMatrix`](crate::error::ChainError::MassMatrix) unless the matrix is positive definite.
fn check_mass_matrix(matrix: &Option<InverseMassMatrix>) -> Result<()> {
    match matrix {
        Some(matrix) => EuclideanMetric::new(matrix.clone()).map(drop),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;
    use crate::error::{ChainError, InvalidSetting};

    #[test]
    fn every_setting_outside_of_its_domain_is_named() {
        let default = HmcConfig::default;
        for (name, config) in [
            ("target_accept_prob", HmcConfig { target_accept_prob: Some(0.0), ..default() }),
            ("target_accept_prob", HmcConfig { target_accept_prob: Some(1.0), ..default() }),
            ("target_accept_prob", HmcConfig { target_accept_prob: Some(f64::NAN), ..default() }),
            ("step_size", HmcConfig { step_size: 0.0, ..default() }),
            ("step_size", HmcConfig { step_size: -0.1, ..default() }),
            ("step_size", HmcConfig { step_size: f64::INFINITY, ..default() }),
            ("step_size_jitter", HmcConfig { step_size_jitter: 1.0, ..default() }),
            ("max_energy_error", HmcConfig { max_energy_error: 0.0, ..default() }),
        ] {
            let Err(Error::Setting(InvalidSetting { parameter, .. })) = config.validate() else { panic!("{config:?}") };
            assert_eq!(parameter, name);
        }
        assert!(default().validate().is_ok());
        let error = HmcConfig { target_accept_prob: Some(1.5), ..default() }.validate().unwrap_err();
        assert_eq!(error.to_string(), "`target_accept_prob` must be strictly between 0 and 1, got 1.5");
    }

    #[test]
    fn the_target_goes_by_the_metric_unless_it_is_given() {
        let of = |metric, target_accept_prob| HmcConfig { metric, target_accept_prob, ..HmcConfig::default() }.target();
        assert_eq!((of(Metric::Diagonal, None), of(Metric::LowRank, None)), (0.8, 0.9));
        assert_eq!(of(Metric::LowRank, Some(0.95)), 0.95);
    }

    #[test]
    fn a_mass_matrix_that_was_read_from_a_file_is_checked() {
        let read = |matrix: &str| {
            let config: HmcConfig = serde_json::from_str(&format!(r#"{{"inverse_mass_matrix": {matrix}}}"#)).unwrap();
            config.validate().unwrap_err()
        };
        assert!(matches!(
            read(r#"{"Diagonal": [1.0, -2.0]}"#),
            Error::Chain(ChainError::MassMatrix { pivot: 1, value: -2.0 })
        ));
        for matrix in [r#"{"dim": 2, "values": [1.0, 0.5]}"#, r#"{"dim": 2, "values": [1.0, 0.5, 0.4, 1.0]}"#] {
            let error = read(&format!(r#"{{"Dense": {matrix}}}"#));
            assert!(
                matches!(error, Error::Setting(InvalidSetting { parameter: "inverse_mass_matrix", .. })),
                "{error}"
            );
        }
    }
}
