//! The transition of the No-U-Turn sampler.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::{
    pool::Pool,
    tree::{Subtree, Trajectory},
};
use crate::{
    LogDensity, Result,
    chain::{DrawStatistics, Kernel, Transition},
    hmc::{Metric, State, jittered},
};

/// The transition of [`Nuts`](super::Nuts), with the buffers that it needs.
#[derive(Clone, Debug)]
pub struct NutsKernel {
    max_tree_depth: u32,
    step_size_jitter: f64,
    max_energy_error: f64,
    pool: Pool,
}

impl NutsKernel {
    /// The kernel with these settings on a space of dimension `dim`.
    pub fn new(dim: usize, max_tree_depth: u32, step_size_jitter: f64, max_energy_error: f64) -> Self {
        Self { max_tree_depth, step_size_jitter, max_energy_error, pool: Pool::new(dim) }
    }
}

impl Kernel for NutsKernel {
    /// Doubles a trajectory through `state` in random directions until it turns, diverges or reaches the maximum depth,
    /// and draws the next state from it.
    fn step<L: LogDensity + ?Sized>(
        &mut self,
        state: &mut State,
        density: &mut L,
        metric: &Metric,
        step_size: f64,
        rng: &mut ChaCha8Rng,
    ) -> Result<Transition> {
        let step_size = jittered(step_size, self.step_size_jitter, rng);
        metric.draw_momentum(rng, &mut state.momentum);
        metric.velocity(&state.momentum, &mut state.velocity);
        let initial_energy = state.energy();

        self.pool.clear();
        let root = self.pool.take();
        self.pool.get_mut(root).copy_from(state);
        let (near, far) = (root, self.pool.hold(root));
        let rho = self.pool.copy_momentum(root);
        let mut tree = Subtree { near, far, proposal: self.pool.hold(root), rho, log_sum_weight: 0.0 };

        let mut trajectory = Trajectory {
            density,
            metric,
            rng,
            pool: &mut self.pool,
            signed_step_size: step_size,
            initial_energy,
            max_energy_error: self.max_energy_error,
            n_steps: 0,
            sum_accept_prob: 0.0,
            worst_energy_error: 0.0,
            divergence: None,
        };
        let mut depth = 0;
        let mut turning = false;
        while depth < self.max_tree_depth {
            // The direction of growth is that of the far end.
            let forward = trajectory.rng.random::<f64>() > 0.5;
            if forward != (trajectory.signed_step_size > 0.0) {
                std::mem::swap(&mut tree.near, &mut tree.far);
                trajectory.signed_step_size = -trajectory.signed_step_size;
            }
            let Some(subtree) = trajectory.grow(tree.far, depth)? else {
                break;
            };
            depth += 1;
            // Biased progressive sampling: the new half with the ratio of the weights, which favours distant states.
            let ratio = (subtree.log_sum_weight - tree.log_sum_weight).exp();
            let take_new = ratio >= 1.0 || trajectory.rng.random::<f64>() < ratio;
            turning = tree.turns_with(&subtree, trajectory.pool);
            tree = tree.join(subtree, take_new, trajectory.pool);
            if turning {
                break;
            }
        }

        let Trajectory { n_steps, sum_accept_prob, worst_energy_error, divergence, .. } = trajectory;
        state.copy_from(self.pool.get(tree.proposal));
        tree.release(&mut self.pool);
        let energy = state.energy();
        let statistics = DrawStatistics {
            lp: state.log_density,
            acceptance_rate: sum_accept_prob / f64::from(n_steps),
            step_size,
            tree_depth: Some(depth),
            n_steps,
            diverging: divergence.is_some(),
            energy,
            energy_error: energy - initial_energy,
            max_energy_error: worst_energy_error,
            reached_max_treedepth: depth == self.max_tree_depth && !turning,
        };
        Ok(Transition { statistics, divergence })
    }
}
