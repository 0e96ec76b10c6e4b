//! Hamiltonian Monte Carlo, and the parts that it shares with [NUTS](crate::mcmc::nuts).
//!
//! For a log density log π(q) and momenta p ~ N(0, M), the energy is H(q, p) = −log π(q) + ½ pᵀ M⁻¹ p. A transition draws
//! a momentum, follows Hamilton's equations with the [leapfrog integrator](leapfrog), and corrects the error of the
//! integrator by accepting or by weighting states with exp(−H).

mod acceptance;
mod adaptation;
mod config;
mod hamiltonian;
mod integrator;
mod low_rank;
mod metric;
mod overlapping;
mod padded;
mod state;
mod statistics;
mod step_size;
mod target;
mod transition;
mod warmup;
mod welford;

use ppl::random::Rng;
use serde::{Deserialize, Serialize};

pub use self::{
    adaptation::Adaptation,
    config::{HmcConfig, Metric},
    hamiltonian::{HamiltonianKernel, HamiltonianState, HamiltonianTransition},
    integrator::leapfrog,
    metric::{EuclideanMetric, InverseMassMatrix},
    padded::PaddedVector,
    state::State,
    statistics::HamiltonianStatistics,
    step_size::{DualAveraging, find_reasonable_step_size},
    transition::HmcTransition,
    warmup::WarmupSchedule,
    welford::CovarianceEstimator,
};
pub(crate) use self::{
    config::hmc_settings,
    padded::{dot, vectors, vectors_mut},
    step_size::jittered,
};
use super::chain::{ChainConfig, Sampler, chain_settings};
use crate::{
    LogDensity, Point, Result,
    density::{DensityConfig, density_settings},
    init::StartingPoint,
    settings::{require, require_positive, settings},
};

/// How far a trajectory of [`Hmc`] goes.
///
/// # Example
/// ```
/// use ppl_infer::{Hmc, mcmc::hmc::TrajectoryLength};
///
/// assert_eq!(Hmc::new().trajectory_length(1.5).trajectory_length, TrajectoryLength::Time(1.5));
/// assert_eq!(Hmc::new().num_steps(10).trajectory_length, TrajectoryLength::Steps(10));
/// let error = Hmc::new().num_steps(0).validate().unwrap_err();
/// assert_eq!(error.to_string(), "`num_steps` must be positive, got 0");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum TrajectoryLength {
    /// This many leapfrog steps.
    Steps(u32),
    /// This long a time: as many steps as fit, at least one and at most 1024.
    Time(f64),
}

impl TrajectoryLength {
    fn validate(&self) -> Result<()> {
        match *self {
            Self::Steps(steps) => require("num_steps", "positive", steps, steps > 0),
            Self::Time(time) => require_positive("trajectory_length", time),
        }
    }
}

impl From<f64> for TrajectoryLength {
    fn from(time: f64) -> Self {
        Self::Time(time)
    }
}

settings! {
    /// Hamiltonian Monte Carlo with trajectories of a fixed length: a value that holds the settings of a run.
    ///
    /// On a target with a single length scale a trajectory can return to where it started; `step_size_jitter` breaks such a
    /// resonance. [`Nuts`](crate::Nuts) finds the length by itself.
    ///
    /// # Example
    /// ```
    /// use ppl_infer::Hmc;
    ///
    /// let hmc = Hmc::new().chains(2).draws(500).trajectory_length(1.5).step_size_jitter(0.2);
    /// assert_eq!(hmc.chain.draws, 500);
    /// ```
    ///
    /// # Reference
    /// Duane, Kennedy, Pendleton & Roweth (1987), Hybrid Monte Carlo; Neal (2011), MCMC using Hamiltonian dynamics.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(default)]
    pub struct Hmc
    [
        /// The chains, as for any other sampler.
        chain: ChainConfig => chain_settings,
        /// The evaluation of a model's density.
        density: DensityConfig => density_settings,
        /// The integrator and its adaptation.
        hmc: HmcConfig => hmc_settings
    ]
    {
        /// Time of each trajectory, in units of 1 / the square root of the mass matrix's scale; 2π, as in NumPyro.
        pub trajectory_length(f64): TrajectoryLength = TrajectoryLength::Time(2.0 * std::f64::consts::PI),
            valid_by(TrajectoryLength::validate);
    }
}

impl Hmc {
    /// Follows each trajectory for this many leapfrog steps.
    #[must_use]
    pub fn num_steps(mut self, steps: u32) -> Self {
        self.trajectory_length = TrajectoryLength::Steps(steps);
        self
    }

    fn transition(&self, dim: usize) -> HmcTransition {
        HmcTransition::new(dim, self.trajectory_length, self.hmc.step_size_jitter, self.hmc.max_energy_error)
    }
}

impl Sampler for Hmc {
    type Kernel = HamiltonianKernel<HmcTransition>;

    fn config(&self) -> &ChainConfig {
        &self.chain
    }

    fn validate(&self) -> Result<()> {
        Hmc::validate(self)
    }

    fn init_paths(&self) -> usize {
        self.hmc.paths()
    }

    fn init_draws(&self, dim: usize) -> usize {
        Adaptation::init_draws(&self.hmc, self.chain.warmup, dim)
    }

    fn start(&self, at: StartingPoint, density: &mut dyn LogDensity, rng: &mut Rng) -> Result<Self::Kernel> {
        HamiltonianKernel::start(self.transition(density.dim()), &self.hmc, self.chain.warmup, at, density, rng)
    }

    fn resume(&self, at: Point, state: &HamiltonianState) -> Result<Self::Kernel> {
        HamiltonianKernel::resume(self.transition(at.position.len()), at, state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_targets::{Gaussian, assert_hamiltonian_invariant, assert_samples_the_gaussian};

    fn hmc() -> Hmc {
        Hmc::new().chains(4).warmup(500).draws(1000).progress(false).trajectory_length(1.3).step_size_jitter(0.3)
    }

    #[test]
    fn settings_outside_of_their_domains_are_named() {
        let message = |hmc: Hmc| hmc.validate().unwrap_err().to_string();
        assert_eq!(message(Hmc::new().num_steps(0)), "`num_steps` must be positive, got 0");
        assert_eq!(
            message(Hmc::new().trajectory_length(0.0)),
            "`trajectory_length` must be positive and finite, got 0"
        );
        assert_eq!(message(Hmc::new().step_size(0.0)), "`step_size` must be positive and finite, got 0");
    }

    #[test]
    fn gaussians_of_one_two_and_ten_dimensions() {
        assert_samples_the_gaussian(&hmc(), &Gaussian::diagonal(&[3.0]), &[3.0]);
        let target = Gaussian::bivariate([1.0, -50.0], [0.5, 20.0], 0.9);
        assert_samples_the_gaussian(&hmc(), &target, &[0.5, 20.0]);
        assert_samples_the_gaussian(&hmc().metric(Metric::Dense).num_steps(4), &target, &[0.5, 20.0]);
        let scales: Vec<f64> = (0..10).map(|i| 10.0_f64.powf(-2.0 + 4.0 * f64::from(i) / 9.0)).collect();
        // With trajectories of the length 1.3, the first windows are a random walk along a coordinate of the scale 100:
        // after a warm-up of 500 its variance may be underestimated by a factor of 10 and more, and then draws are so
        // correlated that their standard errors cannot be relied upon.
        assert_samples_the_gaussian(&hmc().warmup(1000), &Gaussian::diagonal(&scales), &scales);
    }

    /// One false alarm of a correct sampler in 1 600 seeds.
    #[test]
    fn a_transition_leaves_the_target_invariant_at_every_step_size() {
        for (steps, step_size, jitter) in [(1, 1.4, 0.0), (5, 0.9, 0.0), (3, 1.0, 0.4)] {
            let mut hmc = HmcTransition::new(2, TrajectoryLength::Steps(steps), jitter, 1000.0);
            assert_hamiltonian_invariant(&mut hmc, step_size);
        }
    }
}
