//! The doubling tree of a trajectory.
//!
//! A subtree of depth d holds 2ᵈ consecutive states. It is known by the states at its two ends, the sum of its momenta,
//! the sum of its weights exp(H₀ − H), and one state drawn from it with these weights. Two neighbours of equal depth make
//! one subtree of the next depth.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::{
    pool::{Pool, StateId},
    turning::is_turning,
};
use crate::{
    LogDensity, Result,
    chain::Divergence,
    hmc::{Metric, leapfrog, vector::add_assign},
};

/// A run of consecutive states, in the order in which they were reached.
#[derive(Debug)]
pub(super) struct Subtree {
    /// The state next to where the subtree was grown from.
    pub(super) near: StateId,
    /// The state at the other end.
    pub(super) far: StateId,
    /// The state drawn from it.
    pub(super) proposal: StateId,
    /// The sum ρ of the momenta.
    pub(super) rho: Vec<f64>,
    /// log Σ exp(H₀ − H).
    pub(super) log_sum_weight: f64,
}

impl Subtree {
    /// Lets its states and buffers be used again.
    pub(super) fn release(self, pool: &mut Pool) {
        for id in [self.near, self.far, self.proposal] {
            pool.release(id);
        }
        pool.give_back(self.rho);
    }

    /// Whether the union of two neighbours has turned: as a whole, or from one into the first state of the other.
    ///
    /// `self` was grown first and `next` from the far end of it. The two tests across the middle were added in Stan 2.21,
    /// against trajectories that close on themselves in step.
    pub(super) fn turns_with(&self, next: &Subtree, pool: &Pool) -> bool {
        let (first, middle) = (pool.get(self.near), pool.get(self.far));
        let (next_middle, last) = (pool.get(next.near), pool.get(next.far));
        is_turning(&first.velocity, &last.velocity, (&self.rho, &next.rho))
            || is_turning(&first.velocity, &next_middle.velocity, (&self.rho, &next_middle.momentum))
            || is_turning(&middle.velocity, &last.velocity, (&next.rho, &middle.momentum))
    }

    /// The union with `next`, which takes the proposal of `next` if `take_next`.
    pub(super) fn join(mut self, next: Subtree, take_next: bool, pool: &mut Pool) -> Subtree {
        let (kept, dropped) = if take_next { (next.proposal, self.proposal) } else { (self.proposal, next.proposal) };
        for id in [self.far, next.near, dropped] {
            pool.release(id);
        }
        add_assign(&mut self.rho, &next.rho);
        pool.give_back(next.rho);
        Subtree {
            near: self.near,
            far: next.far,
            proposal: kept,
            rho: self.rho,
            log_sum_weight: log_add_exp(self.log_sum_weight, next.log_sum_weight),
        }
    }
}

/// log(exp(a) + exp(b)).
pub(super) fn log_add_exp(a: f64, b: f64) -> f64 {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    if high == f64::NEG_INFINITY { high } else { high + (low - high).exp().ln_1p() }
}

/// What a trajectory is grown with, and what it counts over all of its states.
#[derive(Debug)]
pub(super) struct Trajectory<'a, L: ?Sized> {
    pub(super) density: &'a mut L,
    pub(super) metric: &'a Metric,
    pub(super) rng: &'a mut ChaCha8Rng,
    pub(super) pool: &'a mut Pool,
    /// Negative while the trajectory is grown backwards in time.
    pub(super) signed_step_size: f64,
    /// H₀.
    pub(super) initial_energy: f64,
    /// Beyond this error of the energy the trajectory has diverged.
    pub(super) max_energy_error: f64,
    /// The number of leapfrog steps.
    pub(super) n_steps: u32,
    /// Σ min(1, exp(H₀ − H)) over all steps.
    pub(super) sum_accept_prob: f64,
    /// The energy error H − H₀ of largest magnitude.
    pub(super) worst_energy_error: f64,
    /// Where the trajectory diverged.
    pub(super) divergence: Option<Divergence>,
}

impl<L: LogDensity + ?Sized> Trajectory<'_, L> {
    /// Grows a subtree of the given depth from the state `from`; `None` if it turns or diverges.
    ///
    /// # Errors
    /// If the density fails.
    pub(super) fn grow(&mut self, from: StateId, depth: u32) -> Result<Option<Subtree>> {
        if depth == 0 {
            return self.leaf(from);
        }
        let Some(first) = self.grow(from, depth - 1)? else {
            return Ok(None);
        };
        let Some(second) = self.grow(first.far, depth - 1)? else {
            first.release(self.pool);
            return Ok(None);
        };
        if first.turns_with(&second, self.pool) {
            first.release(self.pool);
            second.release(self.pool);
            return Ok(None);
        }
        // Multinomial sampling: the second half with its share of the weight.
        let log_share = second.log_sum_weight - log_add_exp(first.log_sum_weight, second.log_sum_weight);
        let take_second = self.rng.random::<f64>() < log_share.exp();
        Ok(Some(first.join(second, take_second, self.pool)))
    }

    /// One leapfrog step from `from`.
    fn leaf(&mut self, from: StateId) -> Result<Option<Subtree>> {
        let id = self.pool.take();
        let (start, end) = self.pool.get_pair(from, id);
        leapfrog(self.density, self.metric, self.signed_step_size, start, end)?;
        let energy_error = end.energy() - self.initial_energy;
        self.n_steps += 1;
        self.sum_accept_prob += (-energy_error).exp().min(1.0);
        if energy_error.abs() > self.worst_energy_error.abs() {
            self.worst_energy_error = energy_error;
        }
        if energy_error > self.max_energy_error {
            let (start, end) = (start.position.clone(), end.position.clone());
            self.divergence = Some(Divergence { start, end, energy_error });
            self.pool.release(id);
            return Ok(None);
        }
        let rho = self.pool.copy_momentum(id);
        let (near, far) = (id, self.pool.hold(id));
        Ok(Some(Subtree { near, far, proposal: self.pool.hold(id), rho, log_sum_weight: -energy_error }))
    }
}
