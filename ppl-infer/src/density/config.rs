//! How a model's density is evaluated: settings.

use serde::{Deserialize, Serialize};

use super::Engine;
use crate::{Result, settings::require};

/// How the samplers evaluate the density of a model. Other densities have settings of their own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DensityConfig {
    /// The engine that evaluates the density: a recorded program where the model allows it.
    pub engine: Engine,
    /// How many threads share one evaluation, where the model is recorded and has loops over data that are worth it; 1.
    /// More change results by roundings; those of all chains that run at a time are no more than there are processors.
    pub threads_per_chain: usize,
}

impl Default for DensityConfig {
    fn default() -> Self {
        Self { engine: Engine::default(), threads_per_chain: 1 }
    }
}

impl DensityConfig {
    /// Checks the settings.
    ///
    /// # Errors
    /// [`InvalidSetting`](crate::error::InvalidSetting) names the first one that lies outside of its domain.
    pub fn validate(&self) -> Result<()> {
        require("threads_per_chain", "at least 1", self.threads_per_chain, self.threads_per_chain >= 1)
    }
}

/// The builder methods for the fields of [`DensityConfig`], for a sampler with a field `density` of that type.
macro_rules! density_settings {
    () => {
        $crate::settings::setters! { density:
            /// Evaluates a model's density by this engine.
            engine: $crate::density::Engine,
            /// Shares each evaluation of a model's density among this many threads, where that is worth it.
            threads_per_chain: usize,
        }
    };
}
pub(crate) use density_settings;
