//! The seam between chains and samplers.

use std::fmt::Debug;

use ppl::random::Rng;
use serde::{Serialize, de::DeserializeOwned};

use super::{ChainConfig, Column};
use crate::{LogDensity, Point, Result, init::StartingPoint};

/// The settings of a sampler, from which each chain makes its own [`Kernel`].
///
/// [`random_walk`](crate::mcmc::random_walk) is the shortest example.
pub trait Sampler: Sync {
    /// The transition of this sampler.
    type Kernel: Kernel;

    /// The settings that all samplers share.
    fn config(&self) -> &ChainConfig;

    /// Checks the settings of the sampler and of its chains; by default those of the chains, for a sampler without others.
    ///
    /// # Errors
    /// If one lies outside of its domain.
    fn validate(&self) -> Result<()> {
        self.config().validate()
    }

    /// The number of paths of [Pathfinder](crate::Pathfinder) that look for the start of a chain, where
    /// [nothing is known](crate::InitialPosition::is_uninformed) of it; none by default.
    fn init_paths(&self) -> usize {
        0
    }

    /// The number of draws of these paths' Gaussians that [`start`](Self::start) is given in this number of dimensions; none by
    /// default.
    fn init_draws(&self, _dim: usize) -> usize {
        0
    }

    /// A kernel at the start of a chain, ready for the first iteration of the warm-up, or for the first draw if there is
    /// no warm-up.
    ///
    /// # Errors
    /// If a setting does not fit the density, or the density fails.
    fn start(&self, at: StartingPoint, density: &mut dyn LogDensity, rng: &mut Rng) -> Result<Self::Kernel>;

    /// A kernel that goes on from an earlier one after its warm-up, at the position where that was.
    ///
    /// # Errors
    /// If a part of the state lies outside of its domain, or does not fit the density.
    fn resume(&self, at: Point, state: &<Self::Kernel as Kernel>::State) -> Result<Self::Kernel>;
}

/// A Markov transition that leaves the density invariant, with its position and the parameters that it has adapted.
///
/// After the warm-up a transition may depend on [`position`](Self::position), [`state`](Self::state) and the random numbers
/// only: a chain that is resumed from these gives the same draws.
pub trait Kernel {
    /// The parameters that the warm-up has adapted; all that a kernel needs to go on, beside its position.
    type State: Clone + Debug + Serialize + DeserializeOwned + Send + Sync;

    /// The statistics of one transition.
    type Statistics: Copy + Debug + Send + Sync + 'static;

    /// The statistics as columns, with the names of ArviZ where it has one.
    const COLUMNS: &'static [Column<Self::Statistics>];

    /// Moves by one transition.
    ///
    /// # Errors
    /// If the density fails.
    fn step(&mut self, density: &mut dyn LogDensity, rng: &mut Rng) -> Result<Transition<Self::Statistics>>;

    /// Adapts to the transition that was just made; called after each of the warm-up.
    ///
    /// # Errors
    /// If the density fails, or an adapted parameter leaves its domain.
    fn adapt(&mut self, last: &Self::Statistics, density: &mut dyn LogDensity, rng: &mut Rng) -> Result<()>;

    /// Learns from the chains of the same run at the end of the warm-up, by what each has adapted, this one among them; by
    /// default nothing. A chain that has ended its warm-up before gives what it has now.
    fn end_warmup(&mut self, _chains: &[&Self::State]) {}

    /// The current position on the unconstrained space.
    fn position(&self) -> &[f64];

    /// The log density at the current position. A chain that goes on elsewhere tells by it whether the density is the same.
    fn log_density(&self) -> f64;

    /// The parameters that the warm-up has adapted.
    fn state(&self) -> Self::State;
}

/// The outcome of a transition.
#[derive(Clone, Debug, PartialEq)]
pub struct Transition<T> {
    /// The statistics to record.
    pub statistics: T,
    /// The step that failed, if one did.
    pub failed_step: Option<FailedStep>,
}

/// A step that left the domain of the density, or that the sampler could not follow: for a Hamiltonian sampler the
/// leapfrog step at which a trajectory diverged, for others a proposal at which the log density is not finite.
#[derive(Clone, Debug, PartialEq)]
pub struct FailedStep {
    /// The position before the step.
    pub start: Vec<f64>,
    /// The position after the step.
    pub end: Vec<f64>,
    /// The energy after the step less that of the start of the transition; +∞ if it is not finite. Without a momentum
    /// the energy is the negative log density.
    pub energy_error: f64,
}

impl FailedStep {
    /// A step to a position at which the log density is not finite.
    #[must_use]
    pub fn non_finite(start: &[f64], end: &[f64]) -> Self {
        Self { start: start.to_vec(), end: end.to_vec(), energy_error: f64::INFINITY }
    }

    /// Whether the log density is finite after the step.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        self.energy_error.is_finite()
    }
}
