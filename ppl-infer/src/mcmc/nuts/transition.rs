//! The transition of the No-U-Turn sampler.

use ppl::random::Rng;
use rand::RngExt;

use super::{
    pool::Pool,
    tree::{Direction, Extension, Subtree, Trajectory},
};
use crate::{
    LogDensity, Result,
    mcmc::chain::{Column, Transition},
    mcmc::hmc::{EuclideanMetric, HamiltonianStatistics, HamiltonianTransition, State, jittered},
};

/// The transition of [`Nuts`](super::Nuts), with the buffers that it needs.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::density::ModelDensity;
/// use ppl_infer::mcmc::hmc::{EuclideanMetric, HamiltonianTransition, InverseMassMatrix, State};
/// use ppl_infer::mcmc::nuts::NutsTransition;
///
/// #[model]
/// fn normal() {
///     sample!("x", Normal::new(0.0, 1.0));
/// }
///
/// let mut density = ModelDensity::new(normal())?;
/// let metric = EuclideanMetric::new(InverseMassMatrix::identity(1, false))?;
/// let mut state = State::at(vec![0.5], &mut density)?;
/// // At most three doublings, no jitter; an energy error of more than 1000 is a divergence.
/// let mut nuts = NutsTransition::new(1, 3, 0.0, 1000.0);
/// let draw = nuts.step(&mut state, &mut density, &metric, 0.01, &mut Key::new(0).rng("nuts", 0))?.statistics;
/// // So small are the steps that the trajectory has not turned by then.
/// assert_eq!((draw.tree_depth, draw.n_steps, draw.reached_max_treedepth), (Some(3), 7, true));
/// assert_eq!(draw.lp, state.log_density);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct NutsTransition {
    max_tree_depth: u32,
    step_size_jitter: f64,
    max_energy_error: f64,
    pool: Pool,
    /// The trajectory, and the subtrees that it is extended by.
    tree: Subtree,
    subtrees: Vec<Subtree>,
}

impl NutsTransition {
    /// The transition with these settings on a space of dimension `dim`: at most `max_tree_depth` doublings;
    /// `step_size_jitter` is relative, in [0, 1); a trajectory with an energy error of more than `max_energy_error` is
    /// divergent.
    pub fn new(dim: usize, max_tree_depth: u32, step_size_jitter: f64, max_energy_error: f64) -> Self {
        let (pool, tree) = (Pool::new(dim), Subtree::buffer(dim));
        Self { max_tree_depth, step_size_jitter, max_energy_error, pool, tree, subtrees: Vec::new() }
    }
}

impl HamiltonianTransition for NutsTransition {
    const COLUMNS: &'static [Column<HamiltonianStatistics>] = HamiltonianStatistics::COLUMNS;

    /// Doubles a trajectory through `state` in random directions until it turns, diverges or reaches the maximum depth,
    /// and draws the next state from it.
    fn step(
        &mut self,
        state: &mut State,
        density: &mut dyn LogDensity,
        metric: &EuclideanMetric,
        step_size: f64,
        rng: &mut Rng,
    ) -> Result<Transition<HamiltonianStatistics>> {
        let step_size = jittered(step_size, self.step_size_jitter, rng);
        metric.refresh(rng, state);
        let initial_energy = state.energy();

        self.pool.clear();
        let root = self.pool.take();
        // The buffers are exchanged, not copied: what `state` holds until the end is of an earlier trajectory.
        std::mem::swap(self.pool.get_mut(root), state);
        let tree = &mut self.tree;
        tree.set_leaf(root, 1.0, &mut self.pool);

        let mut trajectory = Trajectory {
            density,
            metric,
            rng,
            pool: &mut self.pool,
            subtrees: &mut self.subtrees,
            step_size,
            direction: Direction::Forward,
            initial_energy,
            max_energy_error: self.max_energy_error,
            n_steps: 0,
            sum_accept_prob: 0.0,
            worst_energy_error: 0.0,
            failed_step: None,
        };
        let mut depth = 0;
        let mut turning = false;
        while depth < self.max_tree_depth && !turning {
            // The direction of growth is that of the far end.
            let direction = Direction::draw(trajectory.rng);
            if direction != trajectory.direction {
                std::mem::swap(&mut tree.near, &mut tree.far);
                trajectory.direction = direction;
            }
            if trajectory.grow(tree.far.id, depth)? != Extension::Grown {
                break;
            }
            let subtree = &trajectory.subtrees[0];
            depth += 1;
            // Biased progressive sampling: the new half with the ratio of the weights, which favours distant states.
            let (new, old) = (subtree.sum_weight, tree.sum_weight);
            let take_new = new >= old || trajectory.rng.random::<f64>() * old < new;
            turning = tree.join(subtree, metric, trajectory.pool);
            tree.choose(subtree, take_new, trajectory.pool);
        }

        let Trajectory { n_steps, sum_accept_prob, worst_energy_error, failed_step, .. } = trajectory;
        std::mem::swap(state, self.pool.get_mut(tree.proposal));
        tree.release(&mut self.pool);
        let energy = state.energy();
        let statistics = HamiltonianStatistics {
            lp: state.log_density,
            acceptance_rate: sum_accept_prob / f64::from(n_steps),
            step_size,
            tree_depth: Some(depth),
            n_steps,
            diverging: failed_step.is_some(),
            energy,
            energy_error: energy - initial_energy,
            max_energy_error: worst_energy_error,
            reached_max_treedepth: depth == self.max_tree_depth && !turning,
        };
        Ok(Transition { statistics, failed_step })
    }
}

#[cfg(test)]
mod tests {
    use ppl::random::Key;

    use super::*;
    use crate::{
        mcmc::hmc::InverseMassMatrix,
        purpose::Purpose,
        test_targets::{Gaussian, SkewedLogistic, Univariate, assert_hamiltonian_invariant, cliff},
    };

    fn run(
        nuts: &mut NutsTransition,
        density: &mut dyn LogDensity,
        step_size: f64,
        mut check: impl FnMut(&State, &State, Transition<HamiltonianStatistics>, &NutsTransition),
    ) {
        let metric = EuclideanMetric::new(InverseMassMatrix::identity(density.dim(), false)).unwrap();
        let mut state = State::at(vec![0.5; density.dim()], density).unwrap();
        for iteration in 0..300 {
            let before = state.clone();
            let mut rng = Purpose::Transition.rng(Key::new(0).draw(iteration));
            let transition = nuts.step(&mut state, density, &metric, step_size, &mut rng).unwrap();
            check(&before, &state, transition, nuts);
        }
    }

    /// One false alarm of a correct sampler in 1 600 seeds: six draws of a statistic that exceeds in 1 of 10 000.
    #[test]
    fn a_transition_leaves_the_target_invariant_at_every_step_size() {
        for step_size in [0.25, 0.7, 1.1] {
            assert_hamiltonian_invariant(&mut NutsTransition::new(2, 10, 0.0, 1000.0), step_size);
        }
    }

    #[test]
    fn limits_on_depth_and_energy_and_jitter_keep_the_target_invariant() {
        assert_hamiltonian_invariant(&mut NutsTransition::new(2, 2, 0.0, 1000.0), 0.25);
        assert_hamiltonian_invariant(&mut NutsTransition::new(2, 10, 0.5, 1000.0), 0.5);
    }

    #[test]
    fn the_statistics_describe_the_draw() {
        let mut nuts = NutsTransition::new(2, 10, 0.0, 1000.0);
        run(&mut nuts, &mut SkewedLogistic, 0.3, |_, state, Transition { statistics, failed_step }, nuts| {
            let expected = State::at(state.position.to_vec(), &mut SkewedLogistic).unwrap();
            assert_eq!((state.log_density, &state.gradient), (expected.log_density, &expected.gradient));
            assert_eq!((statistics.lp, statistics.step_size), (state.log_density, 0.3));
            assert_eq!((statistics.diverging, failed_step), (false, None));
            let kinetic = 0.5 * state.momentum.iter().map(|p| p * p).sum::<f64>();
            assert!((statistics.energy - (kinetic - state.log_density)).abs() < 1e-12);
            assert!(statistics.max_energy_error.abs() >= statistics.energy_error.abs());
            assert!(statistics.acceptance_rate > 0.0 && statistics.acceptance_rate <= 1.0);
            let depth = statistics.tree_depth.unwrap();
            assert!(statistics.n_steps >= (1 << depth) - 1 && statistics.n_steps < (1 << (depth + 1)));
            assert_eq!(nuts.pool.held(), 0);
        });
    }

    #[test]
    fn a_particle_without_force_reaches_the_maximum_depth() {
        let mut nuts = NutsTransition::new(1, 5, 0.0, 1000.0);
        run(&mut nuts, &mut Univariate(|_| (0.0, 0.0)), 1.0, |_, _, Transition { statistics, .. }, _| {
            assert_eq!((statistics.tree_depth, statistics.n_steps), (Some(5), 31));
            assert!(statistics.reached_max_treedepth);
            assert_eq!((statistics.acceptance_rate, statistics.max_energy_error), (1.0, 0.0));
        });
        let mut nuts = NutsTransition::new(1, 10, 0.0, 1000.0);
        run(&mut nuts, &mut Gaussian::diagonal(&[1.0]), 0.5, |_, _, Transition { statistics, .. }, _| {
            assert!(!statistics.reached_max_treedepth && statistics.tree_depth < Some(5));
        });
    }

    /// 150 of 300 in the mean; four standard deviations are 35.
    #[test]
    fn the_trajectory_grows_forwards_as_often_as_backwards() {
        let mut forwards = 0_u32;
        let mut nuts = NutsTransition::new(1, 1, 0.0, 1000.0);
        run(&mut nuts, &mut Univariate(|_| (0.0, 0.0)), 1.0, |before, state, _, _| {
            assert_ne!(before.position, state.position, "equal weights always take the new half");
            forwards += u32::from((state.position[0] - before.position[0]) * state.momentum[0] > 0.0);
        });
        assert!(forwards.abs_diff(150) < 35, "{forwards}");
    }

    #[test]
    fn the_last_half_is_drawn_from_also_if_the_whole_turns() {
        let (mut moved, mut stayed) = (0, 0);
        let mut nuts = NutsTransition::new(1, 10, 0.0, 1000.0);
        run(&mut nuts, &mut Gaussian::diagonal(&[1.0]), 1.8, |before, state, transition, _| {
            if transition.statistics.tree_depth == Some(1) && transition.statistics.n_steps == 1 {
                if before.position == state.position { stayed += 1 } else { moved += 1 }
            }
        });
        assert!(moved > 50 && stayed > 20, "{moved} {stayed}");
    }

    #[test]
    fn a_cliff_is_reported_as_a_divergence_and_never_crossed() {
        let mut divergences = 0;
        let mut nuts = NutsTransition::new(1, 10, 0.0, 1000.0);
        run(&mut nuts, &mut cliff(), 0.3, |_, state, Transition { statistics, failed_step }, _| {
            assert!(state.position[0] <= 1.0);
            assert_eq!(statistics.diverging, failed_step.is_some());
            if let Some(divergence) = failed_step {
                divergences += 1;
                assert!(divergence.start[0] <= 1.0 && divergence.end[0] > 1.0);
                assert_eq!(statistics.max_energy_error, f64::INFINITY);
            }
        });
        assert!(divergences > 20, "{divergences}");
    }

    #[test]
    fn buffers_are_allocated_once() {
        let mut nuts = NutsTransition::new(2, 10, 0.0, 1000.0);
        // Fills the pool: the deepest tree of this step size.
        run(&mut nuts, &mut SkewedLogistic, 0.01, |_, _, _, _| {});
        let allocated = nuts.pool.allocated();
        assert!(allocated < 60, "{allocated}");
        run(&mut nuts, &mut SkewedLogistic, 0.01, |_, _, _, nuts| assert_eq!(nuts.pool.allocated(), allocated));
    }
}
