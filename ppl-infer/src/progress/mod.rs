//! Watching chains at work.

mod bars;
mod table;

use std::time::Duration;

pub use self::bars::ProgressBars;
use crate::{Error, Evaluations, statistics::StatisticsRow};

/// How far a chain is, after an iteration.
///
/// # Example
/// An [`Observer`] that reads its fields:
/// ```
/// use std::sync::Mutex;
/// use ppl::prelude::*;
/// use ppl_infer::density::ModelDensity;
/// use ppl_infer::mcmc::chain::{Start, sample_chains_from};
/// use ppl_infer::prelude::*;
/// use ppl_infer::progress::{ChainProgress, Observer};
///
/// /// The step size at the end of the warm-up, and the share of the chain that is done then.
/// struct StepSize(Mutex<Option<(f64, f64)>>);
///
/// impl Observer for StepSize {
///     fn on_iteration(&self, progress: &ChainProgress<'_>) {
///         if let (true, Some(step_size)) = (progress.is_warmup, progress.statistics.get("step_size")) {
///             let share = progress.iteration as f64 / progress.last_iteration as f64;
///             *self.0.lock().unwrap() = Some((step_size, share));
///         }
///     }
/// }
///
/// #[model]
/// fn standard() {
///     sample!("x", Normal::new(0.0, 1.0));
/// }
///
/// let observer = StepSize(Mutex::new(None));
/// let nuts = Nuts::new().chains(1).warmup(150).draws(50);
/// sample_chains_from(&nuts, |_| ModelDensity::new(standard()), &Start::At(&nuts.chain.init), &observer)?;
/// let (step_size, share) = observer.0.into_inner().unwrap().unwrap();
/// assert!(step_size > 0.0);
/// assert_eq!(share, 0.75);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
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
///
/// # Example
/// An observer is shared by the threads of the chains, so that what it gathers stands behind a lock or is atomic:
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use ppl::prelude::*;
/// use ppl_infer::density::ModelDensity;
/// use ppl_infer::mcmc::chain::{Start, sample_chains_from};
/// use ppl_infer::prelude::*;
/// use ppl_infer::progress::{ChainProgress, Observer};
///
/// #[derive(Default)]
/// struct Count {
///     draws: AtomicU64,
///     chains: AtomicU64,
/// }
///
/// impl Observer for Count {
///     fn on_iteration(&self, progress: &ChainProgress<'_>) {
///         self.draws.fetch_add(u64::from(!progress.is_warmup), Ordering::Relaxed);
///     }
///
///     fn on_finish(&self, _chain: usize, outcome: Result<(), &Error>) {
///         self.chains.fetch_add(u64::from(outcome.is_ok()), Ordering::Relaxed);
///     }
/// }
///
/// #[model]
/// fn standard() {
///     sample!("x", Normal::new(0.0, 1.0));
/// }
///
/// let (nuts, count) = (Nuts::new().chains(2).warmup(150).draws(50), Count::default());
/// sample_chains_from(&nuts, |_| ModelDensity::new(standard()), &Start::At(&nuts.chain.init), &count)?;
/// assert_eq!((count.draws.into_inner(), count.chains.into_inner()), (100, 2));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
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
