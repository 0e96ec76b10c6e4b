//! `RunHandle`: a sampler at work, as seen from another thread.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::progress::{ChainProgress, Observer};
use crate::{Error, Posterior, Result};

/// A handle to a run of a sampler, for programs that embed it: progress, the draws so far, pause and stop.
///
/// The handle is a setting of the sampler; clones of it are the same handle. A run that is stopped returns what it has. A
/// handle serves one run after the other; it stays stopped until [`reset`](Self::reset).
///
/// For Ctrl-C there is the setting `stop_on_ctrl_c`.
///
/// # Inspect
/// R̂ and ESS of the draws so far, while the run goes on:
/// ```
/// use std::time::Duration;
///
/// use ppl::prelude::*;
/// use ppl_infer::prelude::*;
///
/// #[model]
/// fn normal() {
///     sample!("x", Normal::new(0.0, 1.0));
/// }
///
/// let handle = RunHandle::new();
/// // Far more draws than anyone waits for.
/// let nuts = Nuts::new().chains(2).draws(5_000_000).threads(2).progress(false).handle(handle.clone());
/// let posterior = std::thread::scope(|scope| {
///     let run = scope.spawn(|| nuts.run(&normal()));
///     loop {
///         if let Some(so_far) = handle.posterior()? {
///             let summary = so_far.summary();
///             let x = summary.row("x")?;
///             if x.r_hat < 1.05 && x.ess_bulk > 100.0 {
///                 break;
///             }
///         }
///         std::thread::sleep(Duration::from_millis(5));
///     }
///     assert!(handle.progress().iter().any(|chain| chain.draws > 0 && chain.gradients > 0));
///     handle.stop();
///     run.join().expect("the run does not panic")
/// })?;
/// assert!(posterior.summary().row("x")?.ess_bulk > 100.0);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
///
/// # Pause
/// Leaves the processors to something else for a while. The draws are those of a run without a pause:
/// ```
/// # use std::time::Duration;
/// # use ppl::prelude::*;
/// # use ppl_infer::prelude::*;
/// # #[model]
/// # fn normal() {
/// #     sample!("x", Normal::new(0.0, 1.0));
/// # }
/// let handle = RunHandle::new();
/// let nuts = Nuts::new().chains(2).draws(2000).progress(false);
/// let embedded = nuts.clone().handle(handle.clone());
/// let posterior = std::thread::scope(|scope| {
///     handle.pause();
///     let run = scope.spawn(|| embedded.run(&normal()));
///     std::thread::sleep(Duration::from_millis(100));
///     // No chain moves, and none ends.
///     assert!(handle.is_paused() && !run.is_finished());
///     assert!(handle.progress().iter().all(|chain| chain.iterations == 0));
///     handle.unpause();
///     run.join().expect("the run does not panic")
/// })?;
/// assert_eq!(posterior.draws(), nuts.run(&normal())?.draws());
/// # Ok::<(), ppl_infer::Error>(())
/// ```
///
/// # Stop
/// The run returns the draws that it has. One that writes a [store](crate::Nuts::run_to_store) can go on later, in another
/// process too:
/// ```
/// # use std::time::Duration;
/// # use ppl::prelude::*;
/// # use ppl_infer::prelude::*;
/// # #[model]
/// # fn normal() {
/// #     sample!("x", Normal::new(0.0, 1.0));
/// # }
/// let path = std::env::temp_dir().join(format!("ppl-run-handle-{}", std::process::id()));
/// let handle = RunHandle::new();
/// let nuts = Nuts::new().chains(1).progress(false);
/// let endless = nuts.clone().draws(5_000_000).handle(handle.clone());
/// let store = std::thread::scope(|scope| {
///     let run = scope.spawn(|| endless.run_to_store(&normal(), &path));
///     while handle.progress().first().is_none_or(|chain| chain.draws < 100) {
///         std::thread::sleep(Duration::from_millis(5));
///     }
///     handle.stop();
///     run.join().expect("the run does not panic")
/// })?;
/// assert!((100..5_000_000).contains(&store.num_draws()) && !store.is_complete());
/// let more = store.num_draws() + 100;
/// assert_eq!(nuts.draws(more).resume_store(&normal(), &path)?.num_draws(), more);
/// # std::fs::remove_dir_all(path).unwrap();
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct RunHandle {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    is_stopped: AtomicBool,
    is_paused: AtomicBool,
    /// Is told when `is_paused` or `is_stopped` changes.
    changed: (Mutex<()>, Condvar),
    chains: Mutex<Arc<[ChainCounters]>>,
    draws: Mutex<Option<Arc<dyn DrawsSoFar>>>,
}

/// The draws of a run at work.
pub(crate) trait DrawsSoFar: Send + Sync {
    /// The complete blocks of the chains; none before the first.
    fn posterior(&self) -> Result<Option<Posterior>>;
}

/// Progress counters of a chain, written by its thread.
#[derive(Default)]
struct ChainCounters {
    chain: usize,
    iterations: AtomicU64,
    last_iteration: AtomicU64,
    draws: AtomicU64,
    failed_steps: AtomicU64,
    gradients: AtomicU64,
    microseconds: AtomicU64,
    is_finished: AtomicBool,
}

/// How far a chain of a run is.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::prelude::*;
///
/// #[model]
/// fn normal() {
///     sample!("x", Normal::new(0.0, 1.0));
/// }
///
/// let handle = RunHandle::new();
/// assert!(handle.progress().is_empty());
/// Nuts::new().chains(2).warmup(50).draws(30).progress(false).handle(handle.clone()).run(&normal())?;
/// let status = &handle.progress()[1];
/// assert_eq!((status.chain, status.iterations, status.last_iteration, status.draws), (1, 80, 80, 30));
/// // Each iteration takes a gradient at least.
/// assert!(status.is_finished && status.gradients >= 80);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChainStatus {
    /// Id of the chain.
    pub chain: usize,
    /// Iterations so far, warm-up included.
    pub iterations: u64,
    /// Iterations at the end; 0 before the first.
    pub last_iteration: u64,
    /// Iterations after the warm-up so far.
    pub draws: u64,
    /// Iterations after the warm-up with a failed step: for Hamiltonian samplers, divergences.
    pub failed_steps: u64,
    /// Evaluations of the gradient so far.
    pub gradients: u64,
    /// Time since the chain began.
    pub elapsed: Duration,
    /// Whether the chain has ended, by an error too.
    pub is_finished: bool,
}

/// The time after which a chain that is paused looks for what nobody tells it, as a time limit.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl RunHandle {
    /// A handle of no run yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends every chain after its current iteration; the run returns the draws that it has.
    pub fn stop(&self) {
        self.change(|shared| shared.is_stopped.store(true, Ordering::Relaxed));
    }

    /// Whether [`stop`](Self::stop) was called.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.shared.is_stopped.load(Ordering::Relaxed)
    }

    /// Makes every chain wait after its current iteration, until [`unpause`](Self::unpause) or [`stop`](Self::stop).
    pub fn pause(&self) {
        self.change(|shared| shared.is_paused.store(true, Ordering::Relaxed));
    }

    /// Whether [`pause`](Self::pause) was called, and [`unpause`](Self::unpause) was not since.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.shared.is_paused.load(Ordering::Relaxed)
    }

    /// Lets the chains go on.
    pub fn unpause(&self) {
        self.change(|shared| shared.is_paused.store(false, Ordering::Relaxed));
    }

    /// Takes back [`stop`](Self::stop) and [`pause`](Self::pause), for a further run.
    pub fn reset(&self) {
        self.change(|shared| {
            shared.is_stopped.store(false, Ordering::Relaxed);
            shared.is_paused.store(false, Ordering::Relaxed);
        });
    }

    /// How far each chain is, in the order of their ids; empty before the run.
    #[must_use]
    pub fn progress(&self) -> Vec<ChainStatus> {
        let chains = Arc::clone(&lock(&self.shared.chains));
        chains.iter().map(ChainCounters::status).collect()
    }

    /// The posterior of the complete blocks of draws so far, with its R̂ and ESS in the summary: as many draws of each chain
    /// as the shortest has, as if the run were stopped here. `None` before the first block, and where no run on a model is
    /// at work.
    ///
    /// # Errors
    /// [`FileError::Read`](crate::error::FileError::Read) of a run whose draws go to a store.
    pub fn posterior(&self) -> Result<Option<Posterior>> {
        let draws = lock(&self.shared.draws).clone();
        draws.map_or(Ok(None), |draws| draws.posterior())
    }

    fn change(&self, change: impl FnOnce(&Shared)) {
        let _guard = lock(&self.shared.changed.0);
        change(&self.shared);
        self.shared.changed.1.notify_all();
    }

    /// Whether a chain is to stop; it waits while the run is paused, unless something else ends the pause.
    pub(super) fn stops_here(&self, ends_pause: impl Fn() -> bool) -> bool {
        if self.is_paused() {
            let (mutex, changed) = &self.shared.changed;
            let mut guard = lock(mutex);
            while self.is_paused() && !self.is_stopped() && !ends_pause() {
                guard = changed.wait_timeout(guard, LOOK_AGAIN).unwrap_or_else(PoisonError::into_inner).0;
            }
        }
        self.is_stopped()
    }

    /// Begins to count what these chains do.
    pub(crate) fn watch_chains(&self, chains: impl Iterator<Item = usize>) {
        *lock(&self.shared.chains) = chains.map(|chain| ChainCounters { chain, ..ChainCounters::default() }).collect();
    }

    /// The draws that [`posterior`](Self::posterior) returns.
    pub(crate) fn watch_draws(&self, draws: Option<Arc<dyn DrawsSoFar>>) {
        *lock(&self.shared.draws) = draws;
    }
}

impl ChainCounters {
    fn status(&self) -> ChainStatus {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        ChainStatus {
            chain: self.chain,
            iterations: read(&self.iterations),
            last_iteration: read(&self.last_iteration),
            draws: read(&self.draws),
            failed_steps: read(&self.failed_steps),
            gradients: read(&self.gradients),
            elapsed: Duration::from_micros(read(&self.microseconds)),
            is_finished: self.is_finished.load(Ordering::Relaxed),
        }
    }
}

/// Tells a handle and another observer of every iteration.
pub(crate) struct Watching<'a> {
    inner: &'a dyn Observer,
    chains: Arc<[ChainCounters]>,
}

impl<'a> Watching<'a> {
    /// Of the chains that the handle watches.
    pub(crate) fn new(handle: &RunHandle, inner: &'a dyn Observer) -> Self {
        Self { inner, chains: Arc::clone(&lock(&handle.shared.chains)) }
    }

    fn counters(&self, chain: usize) -> Option<&ChainCounters> {
        self.chains.iter().find(|counters| counters.chain == chain)
    }
}

impl Observer for Watching<'_> {
    fn on_iteration(&self, progress: &ChainProgress<'_>) {
        if let Some(counters) = self.counters(progress.chain) {
            let write = |counter: &AtomicU64, value| counter.store(value, Ordering::Relaxed);
            write(&counters.iterations, progress.iteration);
            write(&counters.last_iteration, progress.last_iteration);
            if !progress.is_warmup {
                counters.draws.fetch_add(1, Ordering::Relaxed);
            }
            write(&counters.failed_steps, progress.failed_steps);
            write(&counters.gradients, progress.evaluations.gradients);
            write(&counters.microseconds, u64::try_from(progress.elapsed.as_micros()).unwrap_or(u64::MAX));
        }
        self.inner.on_iteration(progress);
    }

    fn on_finish(&self, chain: usize, outcome: Result<(), &Error>) {
        if let Some(counters) = self.counters(chain) {
            counters.is_finished.store(true, Ordering::Relaxed);
        }
        self.inner.on_finish(chain, outcome);
    }
}

/// The same handle, not one in the same state.
impl PartialEq for RunHandle {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }
}

impl fmt::Debug for RunHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunHandle").field("is_stopped", &self.is_stopped()).field("progress", &self.progress()).finish()
    }
}

/// Nothing: a handle is of this process. Settings that are read have none.
impl Serialize for RunHandle {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_none()
    }
}

impl<'de> Deserialize<'de> for RunHandle {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <()>::deserialize(deserializer).map(|()| Self::new())
    }
}
