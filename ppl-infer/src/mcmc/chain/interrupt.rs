//! `Interrupt`: Ctrl-C as a reason to stop.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use signal_hook::consts::SIGINT;
use signal_hook::flag;

use crate::Result;
use crate::error::ChainError;

/// Whether the next Ctrl-C ends the process: while no run listens, and once one that listens was interrupted.
static ENDS_PROCESS: AtomicBool = AtomicBool::new(true);

static LISTENERS: Mutex<Listeners> = Mutex::new(Listeners { are_registered: false, runs: 0 });

struct Listeners {
    /// The handlers are of the process, and stay.
    are_registered: bool,
    /// The number of runs at work that listen.
    runs: usize,
}

/// A run that Ctrl-C stops, for as long as this value lives. It stops all runs at work that listen.
#[derive(Debug)]
pub(super) struct Interrupt(());

impl Interrupt {
    /// # Errors
    /// [`ChainError::Interrupt`], if the system takes no handler.
    pub(super) fn listen() -> Result<Self> {
        let mut listeners = LISTENERS.lock().unwrap_or_else(PoisonError::into_inner);
        if !listeners.are_registered {
            let failed = |source| ChainError::Interrupt { source };
            // In this order: the first Ctrl-C passes the first action, and arms it for the second.
            flag::register_conditional_default(SIGINT, &ENDS_PROCESS).map_err(failed)?;
            flag::register(SIGINT, &ENDS_PROCESS).map_err(failed)?;
            listeners.are_registered = true;
        }
        if listeners.runs == 0 {
            ENDS_PROCESS.store(false, Ordering::SeqCst);
        }
        listeners.runs += 1;
        Ok(Self(()))
    }

    /// Whether there was a Ctrl-C since the first of the runs at work began to listen.
    pub(super) fn is_raised(&self) -> bool {
        ENDS_PROCESS.load(Ordering::Relaxed)
    }
}

impl Drop for Interrupt {
    fn drop(&mut self) {
        let mut listeners = LISTENERS.lock().unwrap_or_else(PoisonError::into_inner);
        listeners.runs -= 1;
        if listeners.runs == 0 {
            ENDS_PROCESS.store(true, Ordering::SeqCst);
        }
    }
}
