//! Which values came out of latent sites and parameters, in a run that is neither differentiated nor recorded.
//!
//! Bounds of a support are constants of a model if no such value went into them: then data can be checked against them
//! once, and not if they are another number in the next run. A value that is read on the host may become anything, so
//! reads are counted.

use std::cell::Cell;

use super::Tensor;
use super::tape::Node;

thread_local! {
    static READS: Cell<u64> = const { Cell::new(0) };
    static ARE_COUNTED: Cell<bool> = const { Cell::new(true) };
}

/// Count of reads of drawn values on this thread.
pub(crate) fn reads() -> u64 {
    READS.get()
}

/// Runs what reads drawn values only to check or to draw, which makes no constants of them.
pub(crate) fn without_counting_reads<T>(function: impl FnOnce() -> T) -> T {
    let were_counted = ARE_COUNTED.replace(false);
    let output = function();
    ARE_COUNTED.set(were_counted);
    output
}

impl Tensor {
    /// The same tensor, marked as drawn, and with it all that is computed from it.
    pub(crate) fn into_drawn(self) -> Self {
        if self.node.is_some() { self } else { Self { node: Some(Node::DRAWN), ..self } }
    }

    /// The same elements without that mark.
    pub(crate) fn into_given(self) -> Self {
        if self.is_drawn() { Self { node: None, ..self } } else { self }
    }

    /// Whether it was computed from what was drawn.
    pub(crate) fn is_drawn(&self) -> bool {
        self.node == Some(Node::DRAWN)
    }

    /// Counts a read of a drawn value.
    pub(super) fn count_read(&self) {
        if self.is_drawn() && ARE_COUNTED.get() {
            READS.set(READS.get() + 1);
        }
    }
}
