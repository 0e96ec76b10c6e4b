//! The settings that every sampler of chains shares.

use std::fmt::Display;

use serde::{Deserialize, Serialize};

use super::start::Init;
use crate::{Error, Result, density::Engine, hmc::InverseMassMatrix};

/// The settings that [`Hmc`](crate::Hmc) and [`Nuts`](crate::Nuts) share.
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
    /// The seed of all random numbers; 0.
    pub seed: u64,
    /// How many chains run at a time; `None`, as many as there are cores. It does not change any draw.
    pub threads: Option<usize>,
    /// How many threads share one evaluation of a model's density, where it is recorded and has loops over data that are
    /// worth it; 1. More change results by roundings; those of all chains that run at a time are no more than there are
    /// processors.
    pub threads_per_chain: usize,
    /// Whether to show a progress bar if standard error is a terminal; true.
    pub progress: bool,
    /// Whether to keep the draws and the statistics of the warm-up; false.
    pub keep_warmup: bool,
    /// Where the chains start; uniformly within 2 of the origin of the unconstrained space.
    pub init: Init,
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
    /// What evaluates a model's density: a recorded program where the model allows it. Other densities are their own.
    pub engine: Engine,
}

impl Default for ChainConfig {
    fn default() -> Self {
        Self {
            chains: 4,
            chain_id: 0,
            warmup: 1000,
            draws: 1000,
            seed: 0,
            threads: None,
            threads_per_chain: 1,
            progress: true,
            keep_warmup: false,
            init: Init::default(),
            target_accept_prob: 0.8,
            step_size: 1.0,
            adapt_step_size: true,
            step_size_jitter: 0.0,
            dense_mass: false,
            adapt_mass_matrix: true,
            inverse_mass_matrix: None,
            max_energy_error: 1000.0,
            engine: Engine::default(),
        }
    }
}

impl ChainConfig {
    /// Checks every setting that can be checked without a density.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] names the first one that lies outside of its domain.
    pub fn validate(&self) -> Result<()> {
        require("chains", "at least 1", self.chains, self.chains >= 1)?;
        require("chain_id", "less than 2^32", self.chain_id, u32::try_from(self.chain_id).is_ok())?;
        require("draws", "at least 1", self.draws, self.draws >= 1)?;
        if let Some(threads) = self.threads {
            require("threads", "at least 1", threads, threads >= 1)?;
        }
        require("threads_per_chain", "at least 1", self.threads_per_chain, self.threads_per_chain >= 1)?;
        let target = self.target_accept_prob;
        require("target_accept_prob", "strictly between 0 and 1", target, target > 0.0 && target < 1.0)?;
        let step_size = self.step_size;
        require("step_size", "positive and finite", step_size, step_size > 0.0 && step_size.is_finite())?;
        let jitter = self.step_size_jitter;
        require("step_size_jitter", "at least 0 and less than 1", jitter, (0.0..1.0).contains(&jitter))?;
        let limit = self.max_energy_error;
        require("max_energy_error", "positive", limit, limit > 0.0)?;
        self.init.validate(self.chains)
    }
}

/// An error that names the setting, unless it is `valid`.
pub(crate) fn require(parameter: &'static str, expected: &str, got: impl Display, valid: bool) -> Result<()> {
    if valid {
        return Ok(());
    }
    Err(Error::InvalidSetting { parameter, expected: expected.into(), got: got.to_string() })
}

/// The builder methods for the fields of [`ChainConfig`], for a sampler with a field `chain` of that type.
macro_rules! chain_settings {
    ($($(#[$documentation:meta])* $name:ident: $type:ty,)+) => {$(
        $(#[$documentation])*
        #[must_use]
        pub fn $name(mut self, $name: $type) -> Self {
            self.chain.$name = $name.into();
            self
        }
    )+};
    () => {
        $crate::chain::chain_settings! {
            /// Runs this many chains.
            chains: usize,
            /// Gives the chains the indices from this one on, as where each runs in a job of its own.
            chain_id: usize,
            /// Adapts for this many iterations before the draws.
            warmup: usize,
            /// Keeps this many draws of each chain.
            draws: usize,
            /// Seeds all random numbers.
            seed: u64,
            /// Runs at most this many chains at a time.
            threads: usize,
            /// Shares each evaluation of a model's density among this many threads, where that is worth it.
            threads_per_chain: usize,
            /// Shows a progress bar, if standard error is a terminal.
            progress: bool,
            /// Keeps the draws of the warm-up.
            keep_warmup: bool,
            /// Starts the chains there.
            init: $crate::chain::Init,
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
            inverse_mass_matrix: $crate::hmc::InverseMassMatrix,
            /// Counts a trajectory as divergent beyond this energy error.
            max_energy_error: f64,
            /// Evaluates a model's density by this engine.
            engine: $crate::density::Engine,
        }
    };
}
pub(crate) use chain_settings;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Hmc, Nuts, chain::Sampler};

    #[test]
    fn builders_set_the_field_of_their_name() {
        let matrix = InverseMassMatrix::identity(2, true);
        let nuts =
            Nuts::new().chains(3).chain_id(5).warmup(10).draws(20).seed(7).threads(2).progress(false).keep_warmup(true);
        let nuts = nuts.threads_per_chain(2);
        let nuts = nuts.init(Init::Uniform { radius: 1.0 }).target_accept_prob(0.9).step_size(0.1).max_tree_depth(7);
        let nuts = nuts.adapt_step_size(false).step_size_jitter(0.3).dense_mass(true).adapt_mass_matrix(false);
        let nuts = nuts.inverse_mass_matrix(matrix.clone()).max_energy_error(50.0).engine(Engine::Dfdx);
        let expected = ChainConfig {
            chains: 3,
            chain_id: 5,
            warmup: 10,
            draws: 20,
            seed: 7,
            threads: Some(2),
            threads_per_chain: 2,
            progress: false,
            keep_warmup: true,
            init: Init::Uniform { radius: 1.0 },
            target_accept_prob: 0.9,
            step_size: 0.1,
            adapt_step_size: false,
            step_size_jitter: 0.3,
            dense_mass: true,
            adapt_mass_matrix: false,
            inverse_mass_matrix: Some(matrix),
            max_energy_error: 50.0,
            engine: Engine::Dfdx,
        };
        assert_eq!((&nuts.chain, nuts.max_tree_depth), (&expected, 7));
        assert!(nuts.validate().is_ok());
    }

    #[test]
    fn every_setting_outside_of_its_domain_is_named() {
        let rejected = |sampler: &dyn Fn() -> Result<()>| match sampler() {
            Err(Error::InvalidSetting { parameter, .. }) => parameter,
            other => panic!("{other:?}"),
        };
        for (name, nuts) in [
            ("chains", Nuts::new().chains(0)),
            ("chain_id", Nuts::new().chain_id(usize::MAX)),
            ("draws", Nuts::new().draws(0)),
            ("threads", Nuts::new().threads(0)),
            ("threads_per_chain", Nuts::new().threads_per_chain(0)),
            ("target_accept_prob", Nuts::new().target_accept_prob(0.0)),
            ("target_accept_prob", Nuts::new().target_accept_prob(1.0)),
            ("target_accept_prob", Nuts::new().target_accept_prob(f64::NAN)),
            ("step_size", Nuts::new().step_size(0.0)),
            ("step_size", Nuts::new().step_size(-0.1)),
            ("step_size", Nuts::new().step_size(f64::INFINITY)),
            ("step_size_jitter", Nuts::new().step_size_jitter(1.0)),
            ("max_energy_error", Nuts::new().max_energy_error(0.0)),
            ("max_tree_depth", Nuts::new().max_tree_depth(0)),
            ("max_tree_depth", Nuts::new().max_tree_depth(31)),
            ("init", Nuts::new().init(Init::Uniform { radius: -1.0 })),
            ("init", Nuts::new().init(Init::PerChain(vec![vec![0.0]; 3]))),
        ] {
            assert_eq!(rejected(&|| nuts.validate()), name);
        }
        assert_eq!(rejected(&|| Hmc::new().num_steps(0).validate()), "num_steps");
        assert_eq!(rejected(&|| Hmc::new().trajectory_length(0.0).validate()), "trajectory_length");
        let error = Nuts::new().target_accept_prob(1.5).validate().unwrap_err();
        assert_eq!(error.to_string(), "`target_accept_prob` must be strictly between 0 and 1, got 1.5");
    }

    #[test]
    fn settings_survive_serialisation_and_missing_ones_are_defaults() {
        let nuts = Nuts::new().seed(3).dense_mass(true);
        let text = serde_json::to_string(&nuts).unwrap();
        assert_eq!(serde_json::from_str::<Nuts>(&text).unwrap(), nuts);
        let config: ChainConfig = serde_json::from_str(r#"{"draws": 10}"#).unwrap();
        assert_eq!(config, ChainConfig { draws: 10, ..ChainConfig::default() });
    }
}
