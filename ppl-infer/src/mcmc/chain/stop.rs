//! When chains stop before their last draw.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use super::interrupt::Interrupt;
use super::{ChainConfig, RunHandle};
use crate::Result;

/// The reasons for which the chains of a run stop before their last draw.
pub(crate) struct Stop<'a> {
    handle: Option<&'a RunHandle>,
    interrupt: Option<Interrupt>,
    deadline: Option<Instant>,
    /// The number of draws after which there are enough.
    draws: Option<&'a AtomicUsize>,
}

impl<'a> Stop<'a> {
    /// Those of the settings, from now on, and those that the run finds itself.
    ///
    /// # Errors
    /// [`ChainError::Interrupt`](crate::error::ChainError::Interrupt).
    pub(crate) fn new(config: &'a ChainConfig, draws: Option<&'a AtomicUsize>) -> Result<Self> {
        // A limit beyond what the clock can tell is none.
        let deadline = config.time_limit.and_then(|limit| Instant::now().checked_add(limit));
        let interrupt = config.stop_on_ctrl_c.then(Interrupt::listen).transpose()?;
        Ok(Self { handle: config.handle.as_ref(), interrupt, deadline, draws })
    }

    /// Whether a chain with so many draws is to stop here; it waits here while the run is paused.
    pub(super) fn is_due(&self, draws: usize) -> bool {
        self.handle.is_some_and(|handle| handle.stops_here(|| self.ends_a_pause()))
            || self.ends_a_pause()
            || self.draws.is_some_and(|enough| draws >= enough.load(Ordering::Relaxed))
    }

    /// Whether there is a reason that comes without a word from the handle.
    fn ends_a_pause(&self) -> bool {
        self.interrupt.as_ref().is_some_and(Interrupt::is_raised)
            || self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }
}
