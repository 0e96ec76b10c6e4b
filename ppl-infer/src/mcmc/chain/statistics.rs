//! What is recorded about each draw, under the names of ArviZ.

use serde::{Deserialize, Serialize};

/// The statistics of one draw, named as in ArviZ's `sample_stats` group.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DrawStatistics {
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

/// The leapfrog step at which a trajectory diverged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Divergence {
    /// The position before the step.
    pub start: Vec<f64>,
    /// The position after the step.
    pub end: Vec<f64>,
    /// The energy error after the step; +∞ if the energy was not finite.
    pub energy_error: f64,
}
