//! Hamiltonian Monte Carlo, and the parts that it shares with [NUTS](crate::mcmc::nuts).
//!
//! For a log density log π(q) and momenta p ~ N(0, M), the energy is H(q, p) = −log π(q) + ½ pᵀ M⁻¹ p. A transition draws
//! a momentum, follows Hamilton's equations with the [leapfrog integrator](leapfrog), and corrects the error of the
//! integrator by accepting or by weighting states with exp(−H).

mod adaptation;
mod integrator;
mod kernel;
mod metric;
mod state;
mod step_size;
mod warmup;
mod welford;

use serde::{Deserialize, Serialize};

pub(crate) use self::step_size::jittered;
pub use self::{
    adaptation::Adaptation,
    integrator::leapfrog,
    kernel::HmcKernel,
    metric::{InverseMassMatrix, Metric},
    state::State,
    step_size::{DualAveraging, find_reasonable_step_size},
    warmup::WarmupSchedule,
    welford::CovarianceEstimator,
};
use crate::{
    Error, Result,
    mcmc::chain::{ChainConfig, Sampler, chain_settings},
};

/// How far a trajectory of [`Hmc`] goes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum TrajectoryLength {
    /// This many leapfrog steps.
    Steps(u32),
    /// This long a time: as many steps as fit, at least one and at most 1024.
    Time(f64),
}

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
pub struct Hmc {
    /// What the chains have in common with those of any other sampler.
    pub chain: ChainConfig,
    /// How far a trajectory goes; a time of 2π, as in NumPyro.
    pub trajectory_length: TrajectoryLength,
}

impl Default for Hmc {
    fn default() -> Self {
        let trajectory_length = TrajectoryLength::Time(2.0 * std::f64::consts::PI);
        Self { chain: ChainConfig::default(), trajectory_length }
    }
}

impl Hmc {
    /// The default settings.
    pub fn new() -> Self {
        Self::default()
    }

    /// Follows each trajectory for this long a time, in units of 1 / the square root of the mass matrix's scale.
    #[must_use]
    pub fn trajectory_length(mut self, time: f64) -> Self {
        self.trajectory_length = TrajectoryLength::Time(time);
        self
    }

    /// Follows each trajectory for this many leapfrog steps.
    #[must_use]
    pub fn num_steps(mut self, steps: u32) -> Self {
        self.trajectory_length = TrajectoryLength::Steps(steps);
        self
    }

    chain_settings!();
}

impl Sampler for Hmc {
    type Kernel = HmcKernel;

    fn config(&self) -> &ChainConfig {
        &self.chain
    }

    fn validate(&self) -> Result<()> {
        self.chain.validate()?;
        let (parameter, valid, got) = match self.trajectory_length {
            TrajectoryLength::Steps(steps) => ("num_steps", steps > 0, steps.to_string()),
            TrajectoryLength::Time(time) => ("trajectory_length", time.is_finite() && time > 0.0, time.to_string()),
        };
        if !valid {
            return Err(Error::InvalidSetting { parameter, expected: "positive".into(), got });
        }
        Ok(())
    }

    fn kernel(&self, dim: usize) -> HmcKernel {
        HmcKernel::new(dim, self.trajectory_length, self.chain.step_size_jitter, self.chain.max_energy_error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_targets::{Gaussian, assert_leaves_the_target_invariant, assert_samples_the_gaussian};

    fn hmc() -> Hmc {
        Hmc::new().chains(4).warmup(500).draws(1000).progress(false).trajectory_length(1.3).step_size_jitter(0.3)
    }

    #[test]
    fn gaussians_of_one_two_and_ten_dimensions() {
        assert_samples_the_gaussian(&hmc(), &Gaussian::diagonal(&[3.0]), &[3.0]);
        let target = Gaussian::bivariate([1.0, -50.0], [0.5, 20.0], 0.9);
        assert_samples_the_gaussian(&hmc(), &target, &[0.5, 20.0]);
        assert_samples_the_gaussian(&hmc().dense_mass(true).num_steps(4), &target, &[0.5, 20.0]);
        let scales: Vec<f64> = (0..10).map(|i| 10.0_f64.powf(-2.0 + 4.0 * f64::from(i) / 9.0)).collect();
        assert_samples_the_gaussian(&hmc(), &Gaussian::diagonal(&scales), &scales);
    }

    /// One false alarm of a correct sampler in 1 600 seeds.
    #[test]
    fn a_transition_leaves_the_target_invariant_at_every_step_size() {
        for (steps, step_size, jitter) in [(1, 1.4, 0.0), (5, 0.9, 0.0), (3, 1.0, 0.4)] {
            let mut kernel = HmcKernel::new(2, TrajectoryLength::Steps(steps), jitter, 1000.0);
            assert_leaves_the_target_invariant(&mut kernel, step_size);
        }
    }
}
