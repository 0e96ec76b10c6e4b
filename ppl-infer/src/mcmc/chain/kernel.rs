//! What a sampler must provide to be run as chains.

use rand_chacha::ChaCha8Rng;

use super::{ChainConfig, Divergence, DrawStatistics};
use crate::{
    LogDensity, Result,
    mcmc::hmc::{Metric, State},
};

/// The settings of a sampler, from which each chain makes its own [`Kernel`].
pub trait Sampler: Sync {
    /// The transition of this sampler.
    type Kernel: Kernel;

    /// The settings that all samplers share.
    fn config(&self) -> &ChainConfig;

    /// Checks all settings.
    ///
    /// # Errors
    /// If one lies outside of its domain.
    fn validate(&self) -> Result<()>;

    /// A kernel for a space of dimension `dim`.
    fn kernel(&self, dim: usize) -> Self::Kernel;
}

/// A Markov transition that leaves the density invariant.
///
/// A kernel owns buffers but has no memory: its outcome depends on the arguments of [`step`](Self::step) only.
pub trait Kernel {
    /// Moves `state` by one transition.
    ///
    /// On entry, position, gradient and log density of `state` are those of the current draw; on return, of the next.
    ///
    /// # Errors
    /// If the density fails.
    fn step<L: LogDensity + ?Sized>(
        &mut self,
        state: &mut State,
        density: &mut L,
        metric: &Metric,
        step_size: f64,
        rng: &mut ChaCha8Rng,
    ) -> Result<Transition>;
}

/// What happened in a transition.
#[derive(Clone, Debug, PartialEq)]
pub struct Transition {
    /// The statistics to record.
    pub statistics: DrawStatistics,
    /// Where the trajectory diverged, if it did.
    pub divergence: Option<Divergence>,
}
