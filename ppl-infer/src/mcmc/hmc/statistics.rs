//! The statistics of a Hamiltonian transition.

use serde::{Deserialize, Serialize};

use super::{HamiltonianKernel, HamiltonianTransition};
use crate::mcmc::chain::{ChainsResult, Column};

/// The statistics of one draw, named as in ArviZ's `sample_stats` group.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::mcmc::chain::sample_chains;
/// use ppl_infer::{Nuts, density::ModelDensity};
///
/// #[model]
/// fn normal() {
///     sample!("x", Normal::new(0.0, 1.0));
/// }
///
/// let nuts = Nuts::new().chains(1).warmup(200).draws(100).progress(false);
/// let chain = &sample_chains(&nuts, |_| ModelDensity::new(normal()))?.chains[0];
/// // Each leapfrog step takes one gradient.
/// assert_eq!(chain.statistics.iter().map(|draw| u64::from(draw.n_steps)).sum::<u64>(), chain.evaluations.gradients);
/// // A doubling is complete, or the last one: a tree of the depth d has 2^d − 1 steps at least.
/// assert!(chain.statistics.iter().all(|draw| draw.n_steps >= 2_u32.pow(draw.tree_depth.unwrap()) - 1));
/// assert!(chain.statistics.iter().all(|draw| !draw.diverging && draw.energy > -draw.lp));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct HamiltonianStatistics {
    /// The log density of the draw on the unconstrained space.
    pub lp: f64,
    /// The acceptance statistic: the mean of min(1, exp(−energy error)) over the trajectory (NUTS), or its value at the
    /// end of the trajectory (HMC).
    pub acceptance_rate: f64,
    /// The step size of the trajectory.
    pub step_size: f64,
    /// How often the trajectory was doubled; `None` for HMC, which builds no tree.
    pub tree_depth: Option<u32>,
    /// The number of leapfrog steps, which is the number of gradients.
    pub n_steps: u32,
    /// Whether the trajectory diverged: its energy error exceeded the limit, or its energy was not finite.
    pub diverging: bool,
    /// The energy of the draw.
    pub energy: f64,
    /// The energy of the draw less that of the start of the trajectory.
    pub energy_error: f64,
    /// The energy error of largest magnitude along the trajectory, with its sign; +∞ where the energy was not finite.
    pub max_energy_error: f64,
    /// Whether the trajectory stopped because the tree reached its maximum depth, without a U-turn.
    pub reached_max_treedepth: bool,
}

/// The columns of a sampler that builds trees; the last two are those of the tree.
const ALL: [Column<HamiltonianStatistics>; 10] = [
    Column::real("lp", |draw| draw.lp),
    Column::real("acceptance_rate", |draw| draw.acceptance_rate),
    Column::real("step_size", |draw| draw.step_size),
    Column::count("n_steps", |draw| draw.n_steps),
    Column::flag("diverging", |draw| draw.diverging),
    Column::real("energy", |draw| draw.energy),
    Column::real("energy_error", |draw| draw.energy_error),
    Column::real("max_energy_error", |draw| draw.max_energy_error),
    Column::count("tree_depth", |draw| draw.tree_depth.unwrap_or_default()),
    Column::flag("reached_max_treedepth", |draw| draw.reached_max_treedepth),
];

impl HamiltonianStatistics {
    /// The columns of a sampler that builds trees.
    pub const COLUMNS: &'static [Column<Self>] = &ALL;
    /// The columns of a sampler that builds none.
    pub const COLUMNS_WITHOUT_TREE: &'static [Column<Self>] = Self::COLUMNS.split_at(8).0;
}

impl<T: HamiltonianTransition> ChainsResult<HamiltonianKernel<T>> {
    /// The number of draws after the warm-up whose trajectory diverged, over all chains.
    pub fn divergences(&self) -> usize {
        self.chains.iter().flat_map(|chain| &chain.statistics).filter(|statistics| statistics.diverging).count()
    }
}
