//! States that are shared by the subtrees of one trajectory, and reused in the next.

use crate::mcmc::hmc::State;

/// The place of a state in a [`Pool`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StateId(usize);

/// States with a count of the subtrees that hold them.
///
/// A state that no subtree holds is used again, so that a pool grows during the first trajectories and then no more.
#[derive(Clone, Debug)]
pub(super) struct Pool {
    dim: usize,
    states: Vec<State>,
    holders: Vec<u32>,
    free: Vec<usize>,
    /// Buffers for sums of momenta.
    vectors: Vec<Vec<f64>>,
}

impl Pool {
    pub(super) fn new(dim: usize) -> Self {
        Self { dim, states: Vec::new(), holders: Vec::new(), free: Vec::new(), vectors: Vec::new() }
    }

    /// Frees all states.
    pub(super) fn clear(&mut self) {
        self.holders.fill(0);
        self.free.clear();
        self.free.extend(0..self.states.len());
    }

    /// A state with one holder; its content is that of an earlier use.
    pub(super) fn take(&mut self) -> StateId {
        let index = self.free.pop().unwrap_or_else(|| {
            self.states.push(State::new(self.dim));
            self.holders.push(0);
            self.states.len() - 1
        });
        self.holders[index] = 1;
        StateId(index)
    }

    /// Adds a holder.
    pub(super) fn hold(&mut self, id: StateId) -> StateId {
        self.holders[id.0] += 1;
        id
    }

    /// Removes a holder.
    pub(super) fn release(&mut self, id: StateId) {
        self.holders[id.0] -= 1;
        if self.holders[id.0] == 0 {
            self.free.push(id.0);
        }
    }

    pub(super) fn get(&self, id: StateId) -> &State {
        &self.states[id.0]
    }

    pub(super) fn get_mut(&mut self, id: StateId) -> &mut State {
        &mut self.states[id.0]
    }

    /// One state to read and another to write.
    pub(super) fn get_pair(&mut self, read: StateId, write: StateId) -> (&State, &mut State) {
        let [read, write] =
            self.states.get_disjoint_mut([read.0, write.0]).expect("a state is never the successor of itself");
        (read, write)
    }

    /// A copy of the momentum of a state, in a buffer of the pool.
    pub(super) fn copy_momentum(&mut self, id: StateId) -> Vec<f64> {
        let mut vector = self.vectors.pop().unwrap_or_else(|| vec![0.0; self.dim]);
        vector.copy_from_slice(&self.states[id.0].momentum);
        vector
    }

    /// Gives a buffer back.
    pub(super) fn give_back(&mut self, vector: Vec<f64>) {
        self.vectors.push(vector);
    }

    /// The number of states that are held.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.states.len() - self.free.len()
    }

    /// The number of states and buffers allocated.
    #[cfg(test)]
    pub(super) fn allocated(&self) -> usize {
        self.states.len() + self.vectors.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_reused_only_after_its_last_holder_let_go() {
        let mut pool = Pool::new(1);
        let first = pool.take();
        pool.hold(first);
        pool.release(first);
        let second = pool.take();
        assert_ne!(first, second);
        pool.release(first);
        assert_eq!(pool.held(), 1);
        assert_eq!(pool.take(), first);
        pool.clear();
        assert_eq!((pool.held(), pool.allocated()), (0, 2));
    }
}
