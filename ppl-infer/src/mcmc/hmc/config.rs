//! The settings that Hamiltonian samplers share.

use serde::{Deserialize, Serialize};

use super::{InverseMassMatrix, Metric};
use crate::{
    Result,
    settings::{require, require_positive},
};

/// The settings of the integrator and of its adaptation, for [`Hmc`](crate::Hmc) and [`Nuts`](crate::Nuts).
///
/// The defaults are those of Stan 2.36.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct HmcConfig {
    /// The acceptance statistic that the step size is adapted to, in (0, 1); 0.8. Larger values mean smaller steps.
    pub target_accept_prob: f64,
    /// The step size that adaptation starts from, or the one to use if it is not adapted; 1.
    pub step_size: f64,
    /// Whether warm-up adapts the step size; true.
    pub adapt_step_size: bool,
    /// The relative range of a uniform jitter of the step size, in [0, 1); 0.
    pub step_size_jitter: f64,
    /// Whether the adapted mass matrix is dense rather than diagonal; false.
    pub dense_mass: bool,
    /// Whether warm-up adapts the mass matrix; true.
    pub adapt_mass_matrix: bool,
    /// The inverse mass matrix to start from; `None`, the identity.
    pub inverse_mass_matrix: Option<InverseMassMatrix>,
    /// The energy error beyond which a trajectory counts as divergent; 1000.
    pub max_energy_error: f64,
}

impl Default for HmcConfig {
    fn default() -> Self {
        Self {
            target_accept_prob: 0.8,
            step_size: 1.0,
            adapt_step_size: true,
            step_size_jitter: 0.0,
            dense_mass: false,
            adapt_mass_matrix: true,
            inverse_mass_matrix: None,
            max_energy_error: 1000.0,
        }
    }
}

impl HmcConfig {
    /// Checks every setting that can be checked without a density.
    ///
    /// # Errors
    /// [`InvalidSetting`](crate::error::InvalidSetting) names the first one that lies outside of its domain;
    /// [`ChainError::MassMatrix`](crate::error::ChainError::MassMatrix) if the mass matrix is not positive definite.
    pub fn validate(&self) -> Result<()> {
        let target = self.target_accept_prob;
        require("target_accept_prob", "strictly between 0 and 1", target, target > 0.0 && target < 1.0)?;
        require_positive("step_size", self.step_size)?;
        let jitter = self.step_size_jitter;
        require("step_size_jitter", "at least 0 and less than 1", jitter, (0.0..1.0).contains(&jitter))?;
        require("max_energy_error", "positive", self.max_energy_error, self.max_energy_error > 0.0)?;
        match &self.inverse_mass_matrix {
            Some(matrix) => Metric::new(matrix.clone()).map(drop),
            None => Ok(()),
        }
    }
}

/// The builder methods for the fields of [`HmcConfig`], for a sampler with a field `hmc` of that type.
macro_rules! hmc_settings {
    () => {
        $crate::settings::setters! { hmc:
            /// Adapts the step size to this acceptance statistic.
            target_accept_prob: f64,
            /// Starts the adaptation from this step size.
            step_size: f64,
            /// Adapts the step size during warm-up.
            adapt_step_size: bool,
            /// Draws each step size uniformly within this relative distance of the nominal one.
            step_size_jitter: f64,
            /// Adapts a dense mass matrix.
            dense_mass: bool,
            /// Adapts the mass matrix during warm-up.
            adapt_mass_matrix: bool,
            /// Starts from this inverse mass matrix.
            inverse_mass_matrix: $crate::mcmc::hmc::InverseMassMatrix,
            /// Counts a trajectory as divergent beyond this energy error.
            max_energy_error: f64,
        }
    };
}
pub(crate) use hmc_settings;

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
