//! Many runs at a time.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::catching_panics;
use crate::{Error, Result};

/// The stack of a thread: that of a main thread on common platforms, since models may recurse.
const STACK_SIZE: usize = 8 << 20;

/// Runs job 0, 1, …, `count` − 1 on at most `threads` threads, the caller's among them; the results come in order.
///
/// Each thread takes the next job when it has done one. Unlike those of a work-stealing pool it never begins a job within
/// another one, as while that waits for a parallel matrix product: a recording or a tape is open in its thread.
pub(crate) fn on_threads<T: Send>(count: usize, threads: Option<usize>, job: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let cores = || thread::available_parallelism().map_or(1, NonZero::get);
    let threads = threads.unwrap_or_else(cores).min(count);
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<Option<T>>> = Mutex::new((0..count).map(|_| None).collect());
    let work = || {
        let mut own = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= count {
                break;
            }
            own.push((index, job(index)));
        }
        let mut results = results.lock().unwrap_or_else(PoisonError::into_inner);
        own.into_iter().for_each(|(index, result)| results[index] = Some(result));
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
    // Every job was done, or the scope has panicked.
    results.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().flatten().collect()
}

/// Runs jobs that may fail as [`on_threads`].
///
/// The first of the jobs that fails or panics, by its number, gives the error, whatever the number of threads.
pub(crate) fn in_parallel<T: Send>(
    run: &'static str,
    count: usize,
    threads: Option<usize>,
    job: impl Fn(usize) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    // The smallest number that has failed so far: later jobs are not worth running, earlier ones still are.
    let failed = AtomicUsize::new(usize::MAX);
    let outcomes = on_threads(count, threads, |number| {
        if failed.load(Ordering::Relaxed) < number {
            return None;
        }
        let outcome = catching_panics(|| job(number));
        if outcome.is_err() {
            failed.fetch_min(number, Ordering::Relaxed);
        }
        Some(outcome.map_err(|source| Error::Run { run, number: number as u64, source: Box::new(source) }))
    });
    // A job is left out only if an earlier one failed.
    outcomes.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::DrawsError;

    #[test]
    fn results_come_in_order() {
        for threads in [None, Some(1), Some(3), Some(2000)] {
            let squares = on_threads(1000, threads, |number| number * number);
            assert!(squares.iter().enumerate().all(|(number, &square)| square == number * number));
            assert_eq!(in_parallel("job", 1000, threads, |number| Ok(number * number)).unwrap(), squares);
        }
        assert!(on_threads(0, None, |number| number).is_empty());
    }

    #[test]
    fn the_first_failure_is_reported() {
        for threads in [None, Some(1), Some(3)] {
            let error = in_parallel("job", 1000, threads, |number| {
                assert!(number != 700, "job {number} is bad");
                if number > 800 { Err(DrawsError::NoOutput.into()) } else { Ok(()) }
            });
            assert_eq!(error.unwrap_err().to_string(), "job 700: panicked: job 700 is bad");
        }
    }
}
