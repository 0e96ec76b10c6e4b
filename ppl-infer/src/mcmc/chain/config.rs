//! The settings that every sampler of chains shares.

use serde::{Deserialize, Serialize};

use crate::settings::require;
use crate::{Init, Result};

/// The settings of the chains, whatever their sampler.
///
/// The defaults are those of Stan 2.36.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChainConfig {
    /// The number of chains; 4.
    pub chains: usize,
    /// The index of the first chain; 0. Chain `k` draws the same numbers in a run of its own as among others: chains of
    /// several runs with different ids, and all else equal, can be [merged](crate::Posterior::merge).
    pub chain_id: usize,
    /// The number of iterations that adapt the sampler, before the draws; 1000. Zero adapts nothing.
    pub warmup: usize,
    /// The number of draws to keep of each chain; 1000.
    pub draws: usize,
    /// The number of iterations after the warm-up for each draw that is kept, the last of them; 1. A chain has
    /// `warmup + draws · thinning` iterations.
    pub thinning: usize,
    /// The seed of all random numbers; 0.
    pub seed: u64,
    /// How many chains run at a time; `None`, as many as there are cores. It does not change any draw.
    pub threads: Option<usize>,
    /// Whether to show a progress bar if standard error is a terminal; true.
    pub progress: bool,
    /// Whether to keep the draws and the statistics of the warm-up; false.
    pub keep_warmup: bool,
    /// Where the chains start; uniformly within 2 of the origin of the unconstrained space.
    pub init: Init,
}

impl Default for ChainConfig {
    fn default() -> Self {
        Self {
            chains: 4,
            chain_id: 0,
            warmup: 1000,
            draws: 1000,
            thinning: 1,
            seed: 0,
            threads: None,
            progress: true,
            keep_warmup: false,
            init: Init::default(),
        }
    }
}

impl ChainConfig {
    /// Checks every setting that can be checked without a density.
    ///
    /// # Errors
    /// [`InvalidSetting`](crate::error::InvalidSetting) names the first one that lies outside of its domain.
    pub fn validate(&self) -> Result<()> {
        for (parameter, count) in [("chains", self.chains), ("draws", self.draws), ("thinning", self.thinning)] {
            require(parameter, "at least 1", count, count >= 1)?;
        }
        require("chain_id", "less than 2^32", self.chain_id, u32::try_from(self.chain_id).is_ok())?;
        if let Some(threads) = self.threads {
            require("threads", "at least 1", threads, threads >= 1)?;
        }
        self.init.validate(self.chains)
    }
}

/// The constructor of a sampler with a field `chain` of type [`ChainConfig`], and the builder methods for its fields.
macro_rules! chain_settings {
    () => {
        /// The default settings.
        pub fn new() -> Self {
            Self::default()
        }

        $crate::settings::setters! { chain:
            /// Runs this many chains.
            chains: usize,
            /// Gives the chains the indices from this one on, as where each runs in a job of its own.
            chain_id: usize,
            /// Adapts for this many iterations before the draws.
            warmup: usize,
            /// Keeps this many draws of each chain.
            draws: usize,
            /// Keeps the last of every so many iterations after the warm-up, to save memory: `draws` counts those kept.
            ///
            /// Estimates by all iterations are the more precise ones. Statistics of iterations that are not kept, as
            /// their divergences, are dropped with them.
            thinning: usize,
            /// Seeds all random numbers.
            seed: u64,
            /// Runs at most this many chains at a time.
            threads: usize,
            /// Shows a progress bar, if standard error is a terminal.
            progress: bool,
            /// Keeps the draws of the warm-up, all of them.
            keep_warmup: bool,
            /// Starts the chains there.
            init: $crate::Init,
        }
    };
}
pub(crate) use chain_settings;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;
    use crate::error::InvalidSetting;

    #[test]
    fn every_setting_outside_of_its_domain_is_named() {
        let default = ChainConfig::default;
        for (name, config) in [
            ("chains", ChainConfig { chains: 0, ..default() }),
            ("chain_id", ChainConfig { chain_id: usize::MAX, ..default() }),
            ("draws", ChainConfig { draws: 0, ..default() }),
            ("thinning", ChainConfig { thinning: 0, ..default() }),
            ("threads", ChainConfig { threads: Some(0), ..default() }),
            ("init", ChainConfig { init: Init::Uniform { radius: -1.0 }, ..default() }),
            ("init", ChainConfig { init: Init::PerChain(vec![vec![0.0]; 3]), ..default() }),
        ] {
            let Err(Error::Setting(InvalidSetting { parameter, .. })) = config.validate() else { panic!("{config:?}") };
            assert_eq!(parameter, name);
        }
        assert!(default().validate().is_ok());
    }

    #[test]
    fn settings_survive_serialisation_and_missing_ones_are_defaults() {
        let config = ChainConfig { seed: 3, thinning: 2, threads: Some(5), ..ChainConfig::default() };
        let text = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<ChainConfig>(&text).unwrap(), config);
        let config: ChainConfig = serde_json::from_str(r#"{"draws": 10}"#).unwrap();
        assert_eq!(config, ChainConfig { draws: 10, ..ChainConfig::default() });
    }
}
