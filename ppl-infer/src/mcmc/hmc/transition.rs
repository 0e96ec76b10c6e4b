//! Hamiltonian Monte Carlo with trajectories of a fixed length.

use ppl::random::Rng;
use rand::RngExt;

use super::{
    HamiltonianStatistics, HamiltonianTransition, TrajectoryLength, integrator::leapfrog, metric::EuclideanMetric,
    state::State, step_size::jittered,
};
use crate::{
    LogDensity, Result,
    mcmc::chain::{Column, FailedStep, Transition},
};

/// A bound on the steps of a trajectory of fixed length in time, for the early warm-up, whose steps may be tiny.
///
/// It is what a tree of NUTS is bounded by, at its default depth.
const MAX_STEPS: u32 = 1024;

/// The transition of [`Hmc`](super::Hmc), with the buffers that it needs.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::density::ModelDensity;
/// use ppl_infer::mcmc::hmc::{
///     EuclideanMetric, HamiltonianTransition, HmcTransition, InverseMassMatrix, State, TrajectoryLength,
/// };
///
/// #[model]
/// fn normal() {
///     sample!("x", Normal::new(0.0, 1.0));
/// }
///
/// let mut density = ModelDensity::new(normal())?;
/// let metric = EuclideanMetric::new(InverseMassMatrix::identity(1, false))?;
/// let mut state = State::at(vec![0.5], &mut density)?;
/// // No jitter; an energy error of more than 1000 is a divergence.
/// let mut hmc = HmcTransition::new(1, TrajectoryLength::Time(1.0), 0.0, 1000.0);
/// let draw = hmc.step(&mut state, &mut density, &metric, 0.125, &mut Key::new(0).rng("hmc", 0))?.statistics;
/// assert_eq!((draw.n_steps, draw.tree_depth, draw.lp), (8, None, state.log_density));
/// // The energy error is of the order of the square of the step size.
/// assert!(draw.max_energy_error.abs() < 0.02 && draw.acceptance_rate > 0.98);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct HmcTransition {
    trajectory_length: TrajectoryLength,
    step_size_jitter: f64,
    max_energy_error: f64,
    current: State,
    next: State,
}

impl HmcTransition {
    /// The transition with these settings on a space of dimension `dim`: `step_size_jitter` is relative, in [0, 1), and a
    /// trajectory that ends with an energy error of more than `max_energy_error` is divergent.
    pub fn new(dim: usize, trajectory_length: TrajectoryLength, step_size_jitter: f64, max_energy_error: f64) -> Self {
        let (current, next) = (State::new(dim), State::new(dim));
        Self { trajectory_length, step_size_jitter, max_energy_error, current, next }
    }

    /// The number of leapfrog steps at a nominal step size.
    fn num_steps(&self, step_size: f64) -> u32 {
        match self.trajectory_length {
            TrajectoryLength::Steps(steps) => steps,
            // The cast saturates, so that a vanishing step size gives the bound.
            TrajectoryLength::Time(time) => ((time / step_size) as u32).clamp(1, MAX_STEPS),
        }
    }
}

impl HamiltonianTransition for HmcTransition {
    const COLUMNS: &'static [Column<HamiltonianStatistics>] = HamiltonianStatistics::COLUMNS_WITHOUT_TREE;

    fn step(
        &mut self,
        state: &mut State,
        density: &mut dyn LogDensity,
        metric: &EuclideanMetric,
        step_size: f64,
        rng: &mut Rng,
    ) -> Result<Transition<HamiltonianStatistics>> {
        // The number of steps comes from the nominal step size, so that jitter varies the length of the trajectory.
        let num_steps = self.num_steps(step_size);
        let step_size = jittered(step_size, self.step_size_jitter, rng);
        metric.refresh(rng, state);
        let initial_energy = state.energy();

        self.current.copy_from(state);
        let mut max_energy_error = 0.0_f64;
        let mut energy_error = 0.0;
        let mut n_steps = 0;
        while n_steps < num_steps {
            leapfrog(density, metric, step_size, &self.current, &mut self.next)?;
            n_steps += 1;
            std::mem::swap(&mut self.current, &mut self.next);
            energy_error = self.current.energy() - initial_energy;
            if energy_error.abs() > max_energy_error.abs() {
                max_energy_error = energy_error;
            }
            // A trajectory through a point of infinite energy is rejected, which is reversible: the way back passes the
            // same point. A limit on the error relative to the start would not be.
            if energy_error == f64::INFINITY {
                break;
            }
        }

        let diverging = energy_error > self.max_energy_error;
        let failed_step = diverging.then(|| FailedStep {
            start: self.next.position.to_vec(),
            end: self.current.position.to_vec(),
            energy_error,
        });
        let accept_prob = (-energy_error).exp().min(1.0);
        let accepted = accept_prob >= 1.0 || rng.random::<f64>() < accept_prob;
        if accepted {
            std::mem::swap(state, &mut self.current);
        }
        let statistics = HamiltonianStatistics {
            lp: state.log_density,
            acceptance_rate: accept_prob,
            step_size,
            tree_depth: None,
            n_steps,
            diverging,
            energy: state.energy(),
            energy_error: if accepted { energy_error } else { 0.0 },
            max_energy_error,
            reached_max_treedepth: false,
        };
        Ok(Transition { statistics, failed_step })
    }
}

#[cfg(test)]
mod tests {
    use ppl::random::Key;

    use super::*;
    use crate::{
        mcmc::hmc::metric::InverseMassMatrix,
        purpose::Purpose,
        test_targets::{Gaussian, cliff},
    };

    fn hmc(trajectory_length: TrajectoryLength) -> HmcTransition {
        HmcTransition::new(1, trajectory_length, 0.0, 1000.0)
    }

    #[test]
    fn the_number_of_steps_is_the_time_over_the_step_size() {
        let steps = |time, step_size| hmc(TrajectoryLength::Time(time)).num_steps(step_size);
        assert_eq!([steps(1.0, 0.3), steps(1.0, 2.0), steps(1.0, 1e-9), steps(1.0, 0.0)], [3, 1, 1024, 1024]);
        assert_eq!(hmc(TrajectoryLength::Steps(7)).num_steps(1e-9), 7);
    }

    #[test]
    fn a_rejected_proposal_leaves_the_position_and_an_accepted_one_moves_it() {
        let mut density = Gaussian::diagonal(&[1.0]);
        let metric = EuclideanMetric::new(InverseMassMatrix::identity(1, false)).unwrap();
        let (mut accepted, mut rejected) = (0, 0);
        let mut hmc = hmc(TrajectoryLength::Steps(3));
        let mut state = State::at(vec![0.5], &mut density).unwrap();
        for iteration in 0..300 {
            let before = state.position[0];
            let mut rng = Purpose::Transition.rng(Key::new(0).draw(iteration));
            let Transition { statistics, .. } = hmc.step(&mut state, &mut density, &metric, 1.6, &mut rng).unwrap();
            let expected = State::at(state.position.to_vec(), &mut density).unwrap();
            assert_eq!((state.log_density, &state.gradient), (expected.log_density, &expected.gradient));
            assert_eq!(statistics.lp, state.log_density);
            assert_eq!(statistics.n_steps, 3);
            if state.position[0] == before {
                rejected += 1;
                assert_eq!(statistics.energy_error, 0.0);
                assert!(statistics.acceptance_rate < 1.0);
            } else {
                accepted += 1;
                assert!((statistics.acceptance_rate - (-statistics.energy_error).exp().min(1.0)).abs() < 1e-12);
            }
        }
        assert!(accepted > 50 && rejected > 20, "{accepted} {rejected}");
    }

    /// A standard normal density within a cube, beyond which neither it nor its gradient is finite.
    struct Cube;

    impl LogDensity for Cube {
        fn dim(&self) -> usize {
            3
        }

        fn value_and_gradient(&mut self, x: &[f64], gradient: &mut [f64]) -> Result<f64> {
            if x.iter().any(|x| x.abs() > 1.0) {
                gradient.fill(f64::INFINITY);
                return Ok(f64::NEG_INFINITY);
            }
            gradient.iter_mut().zip(x).for_each(|(gradient, x)| *gradient = -x);
            Ok(-0.5 * x.iter().map(|x| x * x).sum::<f64>())
        }
    }

    #[test]
    fn a_trajectory_through_an_infinite_gradient_spoils_none_after_it() {
        let matrix =
            InverseMassMatrix::LowRank { scales: vec![1.0; 3], vectors: vec![0.6, 0.8, 0.0], values: vec![0.3] };
        let metric = EuclideanMetric::new(matrix).unwrap();
        let mut hmc = HmcTransition::new(3, TrajectoryLength::Steps(5), 0.0, 1000.0);
        let mut state = State::at(vec![0.1, 0.2, 0.3], &mut Cube).unwrap();
        let (mut diverged, mut moved_after) = (0, 0);
        for iteration in 0..200 {
            let before = state.position.to_vec();
            let mut rng = Purpose::Transition.rng(Key::new(0).draw(iteration));
            let transition = hmc.step(&mut state, &mut Cube, &metric, 0.1, &mut rng).unwrap();
            diverged += u32::from(transition.statistics.diverging);
            moved_after += u32::from(diverged > 0 && *state.position != before[..]);
        }
        assert!(diverged > 20 && moved_after > 50, "{diverged} {moved_after}");
    }

    #[test]
    fn a_cliff_is_a_divergence_and_a_rejection() {
        let mut density = cliff();
        let metric = EuclideanMetric::new(InverseMassMatrix::identity(1, false)).unwrap();
        let mut hmc = hmc(TrajectoryLength::Steps(10));
        let mut divergences = 0;
        let mut state = State::at(vec![0.9], &mut density).unwrap();
        for iteration in 0..200 {
            let before = state.position.clone();
            let mut rng = Purpose::Transition.rng(Key::new(0).draw(iteration));
            let transition = hmc.step(&mut state, &mut density, &metric, 0.3, &mut rng).unwrap();
            assert_eq!(transition.failed_step.is_some(), transition.statistics.diverging);
            if let Some(divergence) = transition.failed_step {
                divergences += 1;
                assert_eq!(state.position, before);
                assert!(divergence.start[0] <= 1.0 && divergence.end[0] > 1.0);
                assert_eq!(divergence.energy_error, f64::INFINITY);
                assert_eq!(transition.statistics.acceptance_rate, 0.0);
            }
        }
        assert!(divergences > 20);
    }
}
