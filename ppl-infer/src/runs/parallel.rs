//! Many runs at a time.

use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::ThreadPoolBuilder;
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::catching_panics;
use crate::{Error, Result};

/// The stack of a thread: that of a main thread on common platforms, since models may recurse.
const STACK_SIZE: usize = 8 << 20;

/// Runs job 0, 1, …, `count` − 1 on at most `threads` threads; the results come in order.
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
    let numbered = |number: usize| {
        if failed.load(Ordering::Relaxed) < number {
            return None;
        }
        let outcome = catching_panics(|| job(number));
        if outcome.is_err() {
            failed.fetch_min(number, Ordering::Relaxed);
        }
        Some(outcome.map_err(|source| Error::Run { run, number: number as u64, source: Box::new(source) }))
    };
    let pool = match threads {
        Some(1) => None,
        _ => ThreadPoolBuilder::new().num_threads(threads.unwrap_or(0)).stack_size(STACK_SIZE).build().ok(),
    };
    let outcomes: Vec<Option<Result<T>>> = match pool {
        Some(pool) => pool.install(|| (0..count).into_par_iter().map(numbered).collect()),
        // Where threads cannot be had, this one does the work.
        None => (0..count).map(numbered).collect(),
    };
    // A job is left out only if an earlier one failed.
    outcomes.into_iter().flatten().collect()
}

/// The number of threads that a user sets.
pub(crate) fn check_threads(threads: Option<usize>) -> Result<()> {
    match threads {
        Some(0) => {
            Err(Error::InvalidSetting { parameter: "threads", expected: "at least 1".to_owned(), got: "0".to_owned() })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order() {
        for threads in [None, Some(1), Some(3)] {
            let squares = in_parallel("job", 1000, threads, |number| Ok(number * number)).unwrap();
            assert!(squares.iter().enumerate().all(|(number, &square)| square == number * number));
        }
    }

    #[test]
    fn the_first_failure_is_reported() {
        for threads in [None, Some(1), Some(3)] {
            let error = in_parallel("job", 1000, threads, |number| {
                assert!(number != 700, "job {number} is bad");
                if number > 800 { Err(Error::NoOutput) } else { Ok(()) }
            });
            assert_eq!(error.unwrap_err().to_string(), "job 700: panicked: job 700 is bad");
        }
    }
}
