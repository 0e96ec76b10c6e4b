//! The No-U-Turn sampler: Hamiltonian Monte Carlo that finds the length of each trajectory by itself.

mod kernel;
mod pool;
mod tree;
mod turning;

use serde::{Deserialize, Serialize};

pub use self::kernel::NutsKernel;
use crate::{
    Result,
    chain::{ChainConfig, Sampler, chain_settings, require},
};

/// The No-U-Turn sampler: a value that holds the settings of a run.
///
/// It is the multinomial variant of Stan: states are drawn from the trajectory with weights exp(−energy), a trajectory
/// ends by the generalised U-turn criterion, and the warm-up adapts step size and mass matrix in windows.
///
/// # Example
/// ```
/// use ppl_infer::Nuts;
///
/// let nuts = Nuts::new().chains(4).warmup(1000).draws(1000).seed(0).target_accept_prob(0.9).max_tree_depth(8);
/// assert_eq!(nuts.chain.target_accept_prob, 0.9);
/// ```
///
/// # Reference
/// Hoffman & Gelman (2014), The No-U-Turn Sampler; Betancourt (2017), A conceptual introduction to Hamiltonian Monte
/// Carlo, appendix A; Stan 2.36, `base_nuts.hpp`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Nuts {
    /// What the chains have in common with those of any other sampler.
    pub chain: ChainConfig,
    /// How often a trajectory is doubled at most; 10, which is 1023 leapfrog steps.
    pub max_tree_depth: u32,
}

impl Default for Nuts {
    fn default() -> Self {
        Self { chain: ChainConfig::default(), max_tree_depth: 10 }
    }
}

impl Nuts {
    /// The default settings.
    pub fn new() -> Self {
        Self::default()
    }

    /// Doubles a trajectory at most this often.
    #[must_use]
    pub fn max_tree_depth(mut self, depth: u32) -> Self {
        self.max_tree_depth = depth;
        self
    }

    chain_settings!();
}

impl Sampler for Nuts {
    type Kernel = NutsKernel;

    fn config(&self) -> &ChainConfig {
        &self.chain
    }

    fn validate(&self) -> Result<()> {
        self.chain.validate()?;
        // The count of leapfrog steps is a u32.
        require("max_tree_depth", "from 1 to 30", self.max_tree_depth, (1..=30).contains(&self.max_tree_depth))
    }

    fn kernel(&self, dim: usize) -> NutsKernel {
        NutsKernel::new(dim, self.max_tree_depth, self.chain.step_size_jitter, self.chain.max_energy_error)
    }
}
