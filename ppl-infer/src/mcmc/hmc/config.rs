//! The settings that Hamiltonian samplers share.

use serde::{Deserialize, Serialize};

use super::{EuclideanMetric, InverseMassMatrix};
use crate::Result;
use crate::settings::{require, settings};

/// How the warm-up estimates the inverse mass matrix.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Metric {
    /// The variances of the draws.
    #[default]
    Diagonal,
    /// The square root of the variances of the draws over those of the gradients: the diagonal matrix that minimises the
    /// Fisher divergence.
    DrawsAndGradients,
    /// A diagonal matrix plus one of low rank, from draws and gradients.
    LowRank,
    /// The covariance matrix of the draws.
    Dense,
}

/// When the warm-up adapts what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum AdaptationScheme {
    /// As it suits the metric: overlapping windows for one from draws and gradients; else those of Stan, with a longer last
    /// interval.
    #[default]
    Automatic,
    /// The schedule of Stan 2.36, for a diagonal or a dense metric.
    Stan,
}

settings! {
    part hmc by hmc_settings;
    /// The settings of the integrator and of its adaptation, for [`Hmc`](crate::Hmc) and [`Nuts`](crate::Nuts).
    ///
    /// The defaults are those of Stan 2.36.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(default)]
    pub struct HmcConfig {
        /// Acceptance statistic that the step size is adapted to, in (0, 1); 0.8. Larger values mean smaller steps.
        pub target_accept_prob: f64 = 0.8, satisfies("strictly between 0 and 1", |target| *target > 0.0 && *target < 1.0);
        /// Step size that adaptation starts from, or the one to use if it is not adapted; 1.
        pub step_size: f64 = 1.0, positive();
        /// Whether warm-up adapts the step size; true.
        pub adapt_step_size: bool = true;
        /// Relative range of a uniform jitter of the step size, in [0, 1); 0.
        pub step_size_jitter: f64 = 0.0, satisfies("at least 0 and less than 1", |jitter| (0.0..1.0).contains(jitter));
        /// Estimate of the inverse mass matrix; the variances of the draws.
        pub metric: crate::mcmc::hmc::Metric = crate::mcmc::hmc::Metric::Diagonal;
        /// Schedule of the warm-up; automatic.
        pub adaptation: crate::mcmc::hmc::AdaptationScheme = crate::mcmc::hmc::AdaptationScheme::Automatic;
        /// Whether warm-up adapts the mass matrix; true.
        pub adapt_mass_matrix: bool = true;
        /// Inverse mass matrix to start from; the identity.
        pub inverse_mass_matrix(crate::mcmc::hmc::InverseMassMatrix): Option<crate::mcmc::hmc::InverseMassMatrix> = None,
            valid_by(check_mass_matrix);
        /// Energy error beyond which a trajectory counts as divergent; 1000.
        pub max_energy_error: f64 = 1000.0, satisfies("positive", |most| *most > 0.0);
    }
    then check_adaptation
}

impl HmcConfig {
    /// An error unless the schedule can learn the metric.
    fn check_adaptation(&self) -> Result<()> {
        let fits = self.adaptation != AdaptationScheme::Stan || matches!(self.metric, Metric::Diagonal | Metric::Dense);
        require("metric", "`Diagonal` or `Dense` with the adaptation of Stan", format!("{:?}", self.metric), fits)
    }
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
            ("target_accept_prob", HmcConfig { target_accept_prob: 0.0, ..default() }),
            ("target_accept_prob", HmcConfig { target_accept_prob: 1.0, ..default() }),
            ("target_accept_prob", HmcConfig { target_accept_prob: f64::NAN, ..default() }),
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
        let error = HmcConfig { target_accept_prob: 1.5, ..default() }.validate().unwrap_err();
        assert_eq!(error.to_string(), "`target_accept_prob` must be strictly between 0 and 1, got 1.5");
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
