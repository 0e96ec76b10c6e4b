//! States that are shared by the subtrees of one trajectory, and reused in the next.

use crate::mcmc::hmc::State;

/// The place of a state in a [`Pool`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
}

impl Pool {
    pub(super) fn new(dim: usize) -> Self {
        Self { dim, states: Vec::new(), holders: Vec::new(), free: Vec::new() }
    }

    /// Frees all states; those of a trajectory that ended with an error are held still.
    pub(super) fn clear(&mut self) {
        if self.free.len() == self.states.len() {
            return;
        }
        self.holders.fill(0);
        self.free.clear();
        self.free.extend(0..self.states.len());
    }

    /// A state with one holder; its content is that of an earlier use.
    pub(super) fn take(&mut self) -> StateId {
        let index = self.free.pop().unwrap_or_else(|| self.add());
        self.holders[index] = 1;
        StateId(index)
    }

    #[cold]
    fn add(&mut self) -> usize {
        self.states.push(State::new(self.dim));
        self.holders.push(0);
        self.states.len() - 1
    }

    /// Adds holders.
    pub(super) fn hold(&mut self, id: StateId, holders: u32) {
        self.holders[id.0] += holders;
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

    /// The number of states that are held.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.states.len() - self.free.len()
    }

    /// The number of states allocated.
    #[cfg(test)]
    pub(super) fn allocated(&self) -> usize {
        self.states.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_reused_only_after_its_last_holder_let_go() {
        let mut pool = Pool::new(1);
        let first = pool.take();
        pool.hold(first, 1);
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
