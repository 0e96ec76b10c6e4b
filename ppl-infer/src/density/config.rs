//! How a model's density is evaluated: settings.

use serde::{Deserialize, Serialize};

use crate::settings::settings;

settings! {
    part density by density_settings;
    /// How the samplers evaluate the density of a model. Other densities have settings of their own.
    ///
    /// # Example
    /// ```
    /// use ppl_infer::Nuts;
    /// use ppl_infer::density::{DensityConfig, Engine};
    ///
    /// // The sampler has the settings as methods, and as a field.
    /// let nuts = Nuts::new().engine(Engine::Tape);
    /// assert_eq!(nuts.density, DensityConfig { engine: Engine::Tape, ..DensityConfig::default() });
    /// assert_eq!(nuts.density.threads_per_chain, 1);
    /// let error = nuts.threads_per_chain(0).validate().unwrap_err();
    /// assert_eq!(error.to_string(), "`threads_per_chain` must be at least 1, got 0");
    /// ```
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(default)]
    pub struct DensityConfig {
        /// Engine that evaluates a model's density: a recorded program where the model allows it.
        pub engine: crate::density::Engine = crate::density::Engine::default();
        /// Number of threads that share one evaluation, where the model is recorded and has loops over data that are worth
        /// it; 1. More change results by roundings; those of all chains that run at a time are no more than there are
        /// processors.
        pub threads_per_chain: usize = 1, at_least(1);
    }
}
