//! Many chains at a time.

use std::{
    any::Any,
    io::IsTerminal,
    num::NonZero,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use super::{
    Chain, ChainsResult, Sampler, Start,
    config::require,
    run::{Origin, run_chain},
};
use crate::{
    ChainFailure, Error, LogDensity, Result,
    progress::{Observer, ProgressBars},
};

/// The stack of a chain's thread: that of a main thread on common platforms, since models may recurse.
const STACK_SIZE: usize = 8 << 20;

/// Runs new chains of `sampler` from the starts that its settings name, with a progress bar if they ask for one.
///
/// `density` builds the density of a chain, given its index, in the thread that runs the chain. The draws depend on the
/// settings and the density only, not on the number of threads.
///
/// # Errors
/// If a setting is invalid ([`Error::InvalidSetting`]) or every chain failed ([`Error::AllChainsFailed`]). A chain that
/// fails or panics beside others that do not is reported in [`ChainsResult::failures`].
///
/// # Example
/// ```
/// use ppl_infer::{LogDensity, Nuts, Result, chain::sample_chains};
///
/// struct StandardNormal;
///
/// impl LogDensity for StandardNormal {
///     fn dim(&self) -> usize {
///         1
///     }
///
///     fn value_and_gradient(&mut self, position: &[f64], gradient: &mut [f64]) -> Result<f64> {
///         gradient[0] = -position[0];
///         Ok(-0.5 * position[0] * position[0])
///     }
/// }
///
/// let result = sample_chains(&Nuts::new().chains(2).draws(500).progress(false), |_chain| Ok(StandardNormal))?;
/// assert_eq!(result.chains.len(), 2);
/// assert_eq!(result.chains[0].draws.dim(), (500, 1));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
pub fn sample_chains<S, L, F>(sampler: &S, density: F) -> Result<ChainsResult>
where
    S: Sampler,
    L: LogDensity,
    F: Fn(usize) -> Result<L> + Sync,
{
    let config = sampler.config();
    let start = Start::At(&config.init);
    if config.progress && std::io::stderr().is_terminal() {
        sample_chains_from(sampler, density, start, &ProgressBars::new())
    } else {
        sample_chains_from(sampler, density, start, &())
    }
}

/// Runs chains of `sampler` from `start`, and tells `observer` of every iteration.
///
/// With [`Start::Resume`] there are as many chains as states, and no warm-up.
///
/// # Errors
/// As [`sample_chains`].
pub fn sample_chains_from<S, L, F>(
    sampler: &S,
    density: F,
    start: Start<'_>,
    observer: &dyn Observer,
) -> Result<ChainsResult>
where
    S: Sampler,
    L: LogDensity,
    F: Fn(usize) -> Result<L> + Sync,
{
    sampler.validate()?;
    let origins: Vec<(usize, Origin<'_>)> = match start {
        Start::At(init) => (0..sampler.config().chains).map(|chain| (chain, Origin::Start(init))).collect(),
        Start::Resume(states) => states.iter().map(|state| (state.chain, Origin::Resume(state))).collect(),
    };
    require("start", "at least one state to resume from", "none", !origins.is_empty())?;

    let outcomes = in_parallel(origins.len(), sampler.config().threads, |job| {
        let (chain, origin) = origins[job];
        let outcome = catching_panics(|| run_chain(sampler, density(chain)?, chain, origin, observer));
        observer.on_finish(chain, outcome.as_ref());
        outcome.map_err(|error| ChainFailure { chain, error })
    });

    let mut result = ChainsResult { chains: Vec::new(), failures: Vec::new() };
    for outcome in outcomes {
        match outcome {
            Ok(chain) => result.chains.push(chain),
            Err(failure) => result.failures.push(failure),
        }
    }
    if result.chains.is_empty() {
        return Err(Error::AllChainsFailed { failures: result.failures });
    }
    Ok(result)
}

/// Runs `jobs` jobs on at most `threads` threads; returns their results in order.
fn in_parallel<T: Send>(jobs: usize, threads: Option<usize>, job: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let cores = || thread::available_parallelism().map_or(1, NonZero::get);
    let threads = threads.unwrap_or_else(cores).min(jobs);
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::with_capacity(jobs));
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= jobs {
                break;
            }
            let result = job(index);
            results.lock().unwrap_or_else(PoisonError::into_inner).push((index, result));
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            // Where no further thread can be had, those that exist do the work.
            if thread::Builder::new().stack_size(STACK_SIZE).spawn_scoped(scope, work).is_err() {
                break;
            }
        }
        work();
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

/// Turns a panic into an error that carries its message.
fn catching_panics(run: impl FnOnce() -> Result<Chain>) -> Result<Chain> {
    // Unwind safety: everything that the closure changes belongs to the chain and is dropped with it.
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|payload| {
        let message = panic_message(payload.as_ref());
        Err(Error::ChainPanicked { message })
    })
}

fn panic_message(payload: &(dyn Any + Send)) -> String {
    if let Some(message) = payload.downcast_ref::<&str>() {
        (*message).to_owned()
    } else if let Some(message) = payload.downcast_ref::<String>() {
        message.clone()
    } else {
        "a value that is not a message".to_owned()
    }
}
