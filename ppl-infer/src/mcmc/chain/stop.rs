//! When chains stop before their last draw.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use super::{ChainConfig, RunHandle};

/// The reasons for which the chains of a run stop before their last draw.
pub(crate) struct Stop<'a> {
    handle: Option<&'a RunHandle>,
    deadline: Option<Instant>,
    /// The number of draws after which there are enough.
    draws: Option<&'a AtomicUsize>,
}

impl<'a> Stop<'a> {
    /// Those of the settings, from now on, and those that the run finds itself.
    pub(crate) fn new(config: &'a ChainConfig, draws: Option<&'a AtomicUsize>) -> Self {
        // A limit beyond what the clock can tell is none.
        let deadline = config.time_limit.and_then(|limit| Instant::now().checked_add(limit));
        Self { handle: config.handle.as_ref(), deadline, draws }
    }

    /// Whether a chain with so many draws is to stop here; it waits here while the run is paused.
    pub(super) fn is_due(&self, draws: usize) -> bool {
        self.handle.is_some_and(RunHandle::stops_here)
            || self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
            || self.draws.is_some_and(|enough| draws >= enough.load(Ordering::Relaxed))
    }
}
