//! Watching chains at work.

mod bars;
mod table;

use std::time::Duration;

pub use self::bars::ProgressBars;
use crate::{Error, Evaluations, statistics::StatisticsRow};

/// How far a chain is, after an iteration.
#[derive(Clone, Copy)]
#[expect(missing_debug_implementations, reason = "holds a trait object that need not be printable")]
pub struct ChainProgress<'a> {
    /// The index of the chain.
    pub chain: usize,
    /// The number of iterations so far, warm-up included.
    pub iteration: u64,
    /// The number of iterations at the end.
    pub last_iteration: u64,
    /// Whether the iteration belongs to the warm-up.
    pub is_warmup: bool,
    /// The number of iterations since the end of the warm-up with a failed step: for Hamiltonian samplers, divergences.
    pub failed_steps: u64,
    /// The evaluations of the density so far.
    pub evaluations: Evaluations,
    /// The time since the chain began.
    pub elapsed: Duration,
    /// The statistics of the iteration, by the names of the kernel's columns.
    pub statistics: &'a dyn StatisticsRow,
}

/// Is told of every iteration of every chain, from the thread of the chain.
///
/// `()` ignores everything.
pub trait Observer: Sync {
    /// Whether it looks at iterations. For one that does not, no chain reads the clock after each.
    fn is_watching(&self) -> bool {
        true
    }

    /// An iteration was completed.
    fn on_iteration(&self, progress: &ChainProgress<'_>) {
        let _ = progress;
    }

    /// A chain ended.
    fn on_finish(&self, chain: usize, outcome: Result<(), &Error>) {
        let _ = (chain, outcome);
    }
}

impl Observer for () {
    fn is_watching(&self) -> bool {
        false
    }
}
