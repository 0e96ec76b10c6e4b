//! Random-walk Metropolis, the simplest sampler: it needs no gradient.

mod proposal;
#[cfg(test)]
mod tests;

use ppl::random::Rng;
use rand::RngExt;
use serde::{Deserialize, Serialize};

pub use self::proposal::{AdaptiveProposal, Proposal};
use super::chain::{ChainConfig, Column, FailedStep, Kernel, Sampler, Transition, chain_settings};
use crate::density::{DensityConfig, density_settings};
use crate::settings::settings;
use crate::{LogDensity, Point, Result, init::StartingPoint};

settings! {
    /// Random-walk Metropolis: a value that holds the settings of a run.
    ///
    /// A proposal is normal about the current position, q′ᵢ = qᵢ + s σᵢ zᵢ, and accepted with probability
    /// min(1, π(q′)/π(q)). The warm-up adapts s to the acceptance probability that is best in the dimension at hand, and σᵢ to
    /// the standard deviation of each coordinate. Draws are far more correlated than those of [`Nuts`](crate::Nuts), the more
    /// so in many dimensions: run long, and [thin](Self::thinning).
    ///
    /// The settings are those of [`ChainConfig`] and [`DensityConfig`].
    ///
    /// # Example
    /// ```
    /// use ppl::prelude::*;
    /// use ppl_infer::prelude::*;
    ///
    /// #[model]
    /// fn coin() {
    ///     let fairness = sample!("fairness", Beta::new(10.0, 10.0));
    ///     observe!("heads", Binomial::new(10.0, fairness), 6.0);
    /// }
    ///
    /// let posterior = RandomWalk::new().chains(2).draws(1000).thinning(5).progress(false).run(&coin())?;
    /// // The posterior is Beta(16, 14).
    /// assert!((posterior.get(coin::fairness)?.mean() - 16.0 / 30.0).abs() < 0.02);
    /// # Ok::<(), ppl_infer::Error>(())
    /// ```
    ///
    /// # Reference
    /// Metropolis et al. (1953), Equation of state calculations by fast computing machines; Haario, Saksman & Tamminen (2005),
    /// Componentwise adaptation for high dimensional MCMC.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(default)]
    pub struct RandomWalk
    [
        /// The chains, as for any other sampler.
        chain: ChainConfig => chain_settings,
        /// The evaluation of a model's density.
        density: DensityConfig => density_settings
    ]
    {}
}

/// The kernel of [`RandomWalk`].
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::mcmc::chain::{Kernel, Sampler};
/// use ppl_infer::{Point, RandomWalk, density::ModelDensity};
///
/// #[model]
/// fn normal() {
///     sample!("x", Normal::new(0.0, 10.0));
/// }
///
/// let (mut density, mut rng) = (ModelDensity::new(normal())?, Key::new(0).rng("walk", 0));
/// let at = Point::at(vec![1.0], &mut density)?;
/// let mut kernel = RandomWalk::new().start(at.into(), &mut density, &mut rng)?;
/// for _ in 0..2000 {
///     let transition = kernel.step(&mut density, &mut rng)?;
///     kernel.adapt(&transition.statistics, &mut density, &mut rng)?;
/// }
/// // From a proposal of the scale 2.38 to one of some standard deviations of the posterior.
/// let proposal = kernel.state();
/// assert!((10.0..60.0).contains(&(proposal.scale * proposal.variances[0].sqrt())));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct RandomWalkKernel {
    position: Vec<f64>,
    log_density: f64,
    candidate: Vec<f64>,
    proposal: AdaptiveProposal,
}

/// The statistics of one transition of a random walk.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::mcmc::chain::sample_chains;
/// use ppl_infer::{RandomWalk, density::ModelDensity};
///
/// #[model]
/// fn normal() {
///     sample!("x", Normal::new(0.0, 1.0));
/// }
///
/// let walk = RandomWalk::new().chains(1).warmup(500).draws(1000).progress(false);
/// let chain = &sample_chains(&walk, |_| ModelDensity::new(normal()))?.chains[0];
/// let accepted = chain.statistics.iter().filter(|draw| draw.accepted).count() as f64 / 1000.0;
/// let rate = chain.statistics.iter().map(|draw| draw.acceptance_rate).sum::<f64>() / 1000.0;
/// // The best rate in one dimension is 0.44. Whether a proposal is accepted is a throw with its own probability.
/// assert!((rate - 0.44).abs() < 0.1 && (accepted - rate).abs() < 0.05);
/// // The warm-up over, the scale is that which it has found.
/// assert!(chain.statistics.iter().all(|draw| draw.proposal_scale == chain.end.kernel.scale));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RandomWalkStatistics {
    /// The log density of the draw on the unconstrained space.
    pub lp: f64,
    /// The probability with which the proposal was accepted.
    pub acceptance_rate: f64,
    /// Whether it was accepted.
    pub accepted: bool,
    /// The scale s of the proposal.
    pub proposal_scale: f64,
}

impl Sampler for RandomWalk {
    type Kernel = RandomWalkKernel;

    fn config(&self) -> &ChainConfig {
        &self.chain
    }

    fn validate(&self) -> Result<()> {
        RandomWalk::validate(self)
    }

    fn start(&self, at: StartingPoint, density: &mut dyn LogDensity, _: &mut Rng) -> Result<RandomWalkKernel> {
        self.resume(at.point, &Proposal::new(density.dim()))
    }

    fn resume(&self, at: Point, proposal: &Proposal) -> Result<RandomWalkKernel> {
        let Point { position, log_density, .. } = at;
        let proposal = AdaptiveProposal::new(proposal.clone(), &position)?;
        Ok(RandomWalkKernel { candidate: position.clone(), position, log_density, proposal })
    }
}

impl Kernel for RandomWalkKernel {
    type State = Proposal;
    type Statistics = RandomWalkStatistics;

    const COLUMNS: &'static [Column<RandomWalkStatistics>] = &[
        Column::real("lp", |draw| draw.lp),
        Column::real("acceptance_rate", |draw| draw.acceptance_rate),
        Column::flag("accepted", |draw| draw.accepted),
        Column::real("proposal_scale", |draw| draw.proposal_scale),
    ];

    fn step(&mut self, density: &mut dyn LogDensity, rng: &mut Rng) -> Result<Transition<RandomWalkStatistics>> {
        self.proposal.current().draw(&self.position, &mut self.candidate, rng);
        let value = density.value(&self.candidate)?;
        let acceptance_rate = if value.is_finite() { (value - self.log_density).exp().min(1.0) } else { 0.0 };
        let failed_step = (!value.is_finite()).then(|| FailedStep::non_finite(&self.position, &self.candidate));
        let accepted = rng.random::<f64>() < acceptance_rate;
        if accepted {
            std::mem::swap(&mut self.position, &mut self.candidate);
            self.log_density = value;
        }
        let (lp, proposal_scale) = (self.log_density, self.proposal.current().scale);
        let statistics = RandomWalkStatistics { lp, acceptance_rate, accepted, proposal_scale };
        Ok(Transition { statistics, failed_step })
    }

    fn adapt(&mut self, last: &RandomWalkStatistics, _: &mut dyn LogDensity, _: &mut Rng) -> Result<()> {
        self.proposal.update(last.acceptance_rate, &self.position);
        Ok(())
    }

    fn position(&self) -> &[f64] {
        &self.position
    }

    fn log_density(&self) -> f64 {
        self.log_density
    }

    fn state(&self) -> Proposal {
        self.proposal.current().clone()
    }
}
