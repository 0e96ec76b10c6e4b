//! The settings that every sampler of chains shares.

use serde::{Deserialize, Serialize};

use crate::Result;
use crate::settings::{require_memory, settings};

settings! {
    part chain by chain_settings;
    /// The settings of the chains, whatever their sampler.
    ///
    /// The defaults are those of Stan 2.36, but for the warm-up, of which that has 1000 iterations.
    ///
    /// # Example
    /// ```
    /// use ppl_infer::Nuts;
    /// use ppl_infer::mcmc::chain::ChainConfig;
    ///
    /// // Every sampler has the settings as methods, and as a field.
    /// let nuts = Nuts::new().chains(2).draws(500).thinning(2);
    /// let expected = ChainConfig { chains: 2, draws: 500, thinning: 2, ..ChainConfig::default() };
    /// assert_eq!(nuts.chain, expected);
    /// // In a file, what is not given has its default.
    /// let read: ChainConfig = serde_json::from_str(r#"{"chains": 2, "draws": 500, "thinning": 2}"#).unwrap();
    /// assert_eq!(read, expected);
    /// let error = nuts.thinning(0).validate().unwrap_err();
    /// assert_eq!(error.to_string(), "`thinning` must be at least 1, got 0");
    /// ```
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(default)]
    pub struct ChainConfig {
        /// Number of chains; 4.
        pub chains: usize = 4, at_least(1);
        /// Index of the first chain; 0. Chain `k` draws the same numbers in a run of its own as among others: chains of
        /// several runs with different ids, and all else equal, can be [merged](crate::Posterior::merge).
        pub chain_id: usize = 0, satisfies("less than 2^32", |id| u32::try_from(*id).is_ok());
        /// Number of iterations that adapt the sampler, before the draws; 400. Zero adapts nothing.
        pub warmup: usize = 400;
        /// Number of draws to keep of each chain; 1000.
        pub draws: usize = 1000, at_least(1);
        /// Number of iterations after the warm-up for each draw that is kept, the last of them; 1. A chain has
        /// `warmup + draws · thinning` iterations.
        ///
        /// Thinning saves memory; estimates by all iterations are the more precise ones. Statistics of iterations that
        /// are not kept, as their divergences, are dropped with them.
        pub thinning: usize = 1, at_least(1);
        /// Seed of all random numbers; 0.
        pub seed: u64 = 0;
        /// Largest number of chains that run at a time; that of the processors. It does not change any draw.
        pub threads(usize): Option<usize> = None, at_least(1);
        /// Whether to show a progress bar if standard error is a terminal; true.
        pub progress: bool = true;
        /// Whether to keep the draws and the statistics of the warm-up; false.
        pub keep_warmup: bool = false;
        /// Latent and deterministic sites whose draws are kept; all.
        pub keep(impl Into<crate::draws::Keep>): crate::draws::Keep = crate::draws::Keep::All;
        /// Wall time, warm-up included, after which the chains stop, wherever they are, and the run returns what it has;
        /// none. The draws are those of an unlimited run, but how many there are depends on the machine.
        pub time_limit(std::time::Duration): Option<std::time::Duration> = None;
        /// Effective sample size at which the chains stop, if they reach it before their last draw; none.
        ///
        /// It is the smallest bulk or tail ESS of all scalar components that are kept, by all chains. It is looked at after
        /// certain numbers of draws, so that the draws do not depend on the machine. All chains run at a time, unless
        /// [`threads`](Self::threads) says otherwise: one that runs alone would make all of its draws.
        pub until_ess(f64): Option<f64> = None, positive_if_any();
        /// Whether Ctrl-C (the signal SIGINT) stops the chains, so that the run returns the draws that it has; false.
        ///
        /// A second Ctrl-C ends the process, as does one before the run and after it. A program that handles the signal by
        /// itself calls [`RunHandle::stop`](crate::mcmc::RunHandle::stop) there instead.
        pub stop_on_ctrl_c: bool = false;
        /// Handle by which other threads watch, pause and stop the run; none.
        pub handle(crate::mcmc::chain::RunHandle): Option<crate::mcmc::chain::RunHandle> = None;
        /// Starts of the chains; uniform within 2 of the origin of the unconstrained space. [`Init`](crate::Init) says which to
        /// choose: values of sites by name, draws from the prior, any position.
        pub init(impl Into<crate::Init>): crate::Init = crate::Init::default();
        /// Number of valid random starts of each chain, of which the one of the largest log density is taken; 1, as Stan
        /// does. Sixteen keep chains from a start so far off that they stay there, as on autoregressive models with moving
        /// averages; on a posterior with a narrow neck, they start in it.
        pub init_candidates: usize = 1, at_least(1);
    }
    then check_init
}

impl ChainConfig {
    fn check_init(&self) -> Result<()> {
        self.init.validate(self.chains, "chain")
    }

    /// An error unless the draws of all chains, of so many numbers each, fit into the memory of the machine.
    pub(crate) fn require_memory(&self, dim: usize) -> Result<()> {
        let chains = self.chains as u64;
        require_memory("draws", self.draws as u64, dim as u64, chains)?;
        let warmup = if self.keep_warmup { self.warmup } else { 0 };
        require_memory("warmup", warmup as u64, dim as u64, chains)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::InvalidSetting;
    use crate::{Error, Init};

    #[test]
    fn every_setting_outside_of_its_domain_is_named() {
        let default = ChainConfig::default;
        for (name, config) in [
            ("chains", ChainConfig { chains: 0, ..default() }),
            ("chain_id", ChainConfig { chain_id: usize::MAX, ..default() }),
            ("draws", ChainConfig { draws: 0, ..default() }),
            ("thinning", ChainConfig { thinning: 0, ..default() }),
            ("until_ess", ChainConfig { until_ess: Some(0.0), ..default() }),
            ("threads", ChainConfig { threads: Some(0), ..default() }),
            ("init", ChainConfig { init: Init::Uniform { radius: -1.0 }, ..default() }),
            ("init", ChainConfig { init: Init::per_chain(vec![Init::Value(vec![0.0]); 3]), ..default() }),
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
