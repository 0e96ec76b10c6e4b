//! The seam between chains and samplers.

use std::fmt::Debug;

use ppl::random::Rng;
use serde::{Serialize, de::DeserializeOwned};

use super::{ChainConfig, Column};
use crate::{LogDensity, Point, Result, init::StartingPoint};

/// The settings of a sampler, from which each chain makes its own [`Kernel`].
///
/// [`random_walk`](crate::mcmc::random_walk) is the shortest example.
///
/// # Example
/// A random walk whose first proposals have a scale that is known, with the kernel that is there:
/// ```
/// use ppl::prelude::*;
/// use ppl::random::Rng;
/// use ppl_infer::density::DensityConfig;
/// use ppl_infer::mcmc::chain::{ChainConfig, Sampler};
/// use ppl_infer::mcmc::random_walk::{Proposal, RandomWalkKernel};
/// use ppl_infer::{LogDensity, Point, RandomWalk, Result, StartingPoint, mcmc};
///
/// struct ScaledWalk {
///     chain: ChainConfig,
///     scale: f64,
/// }
///
/// impl Sampler for ScaledWalk {
///     type Kernel = RandomWalkKernel;
///
///     fn config(&self) -> &ChainConfig {
///         &self.chain
///     }
///
///     fn start(&self, at: StartingPoint, density: &mut dyn LogDensity, _: &mut Rng) -> Result<RandomWalkKernel> {
///         self.resume(at.point, &Proposal { scale: self.scale, variances: vec![1.0; density.dim()] })
///     }
///
///     fn resume(&self, at: Point, proposal: &Proposal) -> Result<RandomWalkKernel> {
///         RandomWalk::new().resume(at, proposal)
///     }
/// }
///
/// #[model]
/// fn normal() {
///     sample!("x", Normal::new(3.0, 0.001));
/// }
///
/// let chain = ChainConfig { chains: 2, warmup: 300, progress: false, ..ChainConfig::default() };
/// let walk = ScaledWalk { chain: ChainConfig { init: [(normal::x, 3.0)].into(), ..chain }, scale: 0.001 };
/// let posterior = mcmc::run(&walk, &DensityConfig::default(), &normal())?;
/// assert!((posterior.get(normal::x)?.mean() - 3.0).abs() < 0.0005);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
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
///
/// # Example
/// Metropolis with proposals of a scale that is given. [`Sampler::start`] would make it, and
/// [`sample_chains`](super::sample_chains) run it.
/// ```
/// use ppl::prelude::*;
/// use ppl::random::Rng;
/// use ppl_infer::mcmc::chain::{Column, Kernel, Transition};
/// use ppl_infer::{LogDensity, Result, density::ModelDensity};
/// use rand::RngExt;
///
/// struct Metropolis {
///     position: Vec<f64>,
///     log_density: f64,
///     scale: f64,
/// }
///
/// impl Kernel for Metropolis {
///     type State = f64;
///     type Statistics = bool;
///
///     const COLUMNS: &'static [Column<bool>] = &[Column::flag("accepted", |accepted| *accepted)];
///
///     fn step(&mut self, density: &mut dyn LogDensity, rng: &mut Rng) -> Result<Transition<bool>> {
///         let mut noise = || rng.random_range(-self.scale..self.scale);
///         let proposal: Vec<f64> = self.position.iter().map(|x| x + noise()).collect();
///         let log_density = density.value(&proposal)?;
///         let accept_prob = if log_density.is_finite() { (log_density - self.log_density).exp() } else { 0.0 };
///         let accepted = rng.random::<f64>() < accept_prob;
///         if accepted {
///             (self.position, self.log_density) = (proposal, log_density);
///         }
///         Ok(Transition { statistics: accepted, failed_step: None })
///     }
///
///     fn adapt(&mut self, _: &bool, _: &mut dyn LogDensity, _: &mut Rng) -> Result<()> {
///         Ok(())
///     }
///
///     fn position(&self) -> &[f64] {
///         &self.position
///     }
///
///     fn log_density(&self) -> f64 {
///         self.log_density
///     }
///
///     fn state(&self) -> f64 {
///         self.scale
///     }
/// }
///
/// #[model]
/// fn normal() {
///     sample!("x", Normal::new(3.0, 1.0));
/// }
///
/// let mut density = ModelDensity::new(normal())?;
/// let mut kernel = Metropolis { position: vec![3.0], log_density: density.value(&[3.0])?, scale: 4.0 };
/// let mut rng = Key::new(0).rng("metropolis", 0);
/// let mut sum = 0.0;
/// for _ in 0..5000 {
///     kernel.step(&mut density, &mut rng)?;
///     sum += kernel.position()[0];
/// }
/// // Five standard errors of a thousand effective draws.
/// assert!((sum / 5000.0 - 3.0).abs() < 0.15);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
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
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::mcmc::chain::{Kernel, Sampler, Transition};
/// use ppl_infer::mcmc::random_walk::Proposal;
/// use ppl_infer::{Point, RandomWalk, density::ModelDensity};
///
/// #[model]
/// fn normal() {
///     sample!("x", Normal::new(0.0, 1.0));
/// }
///
/// let mut density = ModelDensity::new(normal())?;
/// let at = Point::at(vec![0.3], &mut density)?;
/// let mut kernel = RandomWalk::new().resume(at, &Proposal { scale: 0.5, variances: vec![1.0] })?;
/// let Transition { statistics, failed_step } = kernel.step(&mut density, &mut Key::new(0).rng("walk", 0))?;
/// assert_eq!((statistics.lp, statistics.proposal_scale), (kernel.log_density(), 0.5));
/// // The density is finite everywhere.
/// assert_eq!(failed_step, None);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Transition<T> {
    /// The statistics to record.
    pub statistics: T,
    /// The step that failed, if one did.
    pub failed_step: Option<FailedStep>,
}

/// A step that left the domain of the density, or that the sampler could not follow: for a Hamiltonian sampler the
/// leapfrog step at which a trajectory diverged, for others a proposal at which the log density is not finite.
///
/// # Example
/// ```
/// use ppl_infer::mcmc::chain::sample_chains;
/// use ppl_infer::{Init, LogDensity, RandomWalk, Result};
///
/// /// The half-normal density on its own scale: it is 0 below 0.
/// struct HalfNormal;
///
/// impl LogDensity for HalfNormal {
///     fn dim(&self) -> usize {
///         1
///     }
///
///     fn value_and_gradient(&mut self, x: &[f64], gradient: &mut [f64]) -> Result<f64> {
///         gradient[0] = -x[0];
///         Ok(if x[0] < 0.0 { f64::NEG_INFINITY } else { -0.5 * x[0] * x[0] })
///     }
/// }
///
/// let walk = RandomWalk::new().chains(1).warmup(100).draws(100).init(Init::Value(vec![1.0])).progress(false);
/// let result = sample_chains(&walk, |_| Ok(HalfNormal))?;
/// // Proposals beyond the edge, by the draws that they were rejected at.
/// let (draw, step) = result.chains[0].failed_steps.first_key_value().expect("some are rejected");
/// assert!(step.start[0] > 0.0 && step.end[0] < 0.0 && !step.is_finite());
/// assert_eq!(result.chains[0].draws[[*draw, 0]], step.start[0]);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
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
