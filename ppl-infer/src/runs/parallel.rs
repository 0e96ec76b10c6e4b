//! Many runs at a time.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
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
    let queue = Queue::new(count);
    let results = Results::new(count);
    let work = || {
        let mut own = Vec::new();
        while let Some(index) = queue.next() {
            own.push((index, job(index)));
        }
        results.put(own);
    };
    work_on(threads, count, work);
    results.finish()
}

/// Runs jobs that meet half way, as [`on_threads`]: when all have begun, each hears what every one of them has to say, in their
/// order and with their numbers, and ends.
///
/// A thread holds the jobs that it has begun, so that fewer threads than jobs are enough. `begin` must not panic: the
/// others would wait for it.
pub(crate) fn on_threads_with_meeting<W, M: Send, T: Send>(
    count: usize,
    threads: Option<usize>,
    begin: impl Fn(usize) -> (W, M) + Sync,
    hear: impl Fn(&mut W, &[(usize, M)]) + Sync,
    end: impl Fn(usize, W) -> T + Sync,
) -> Vec<T> {
    let queue = Queue::new(count);
    let (meeting, all_have_come) = (Mutex::new(Vec::with_capacity(count)), Condvar::new());
    let results = Results::new(count);
    let work = || {
        let mut begun = Vec::new();
        while let Some(index) = queue.next() {
            let (job, word) = begin(index);
            begun.push((index, job));
            meeting.lock().unwrap_or_else(PoisonError::into_inner).push((index, word));
            all_have_come.notify_all();
        }
        let guard = meeting.lock().unwrap_or_else(PoisonError::into_inner);
        let is_early = |words: &mut Vec<(usize, M)>| words.len() < count;
        let mut words = all_have_come.wait_while(guard, is_early).unwrap_or_else(PoisonError::into_inner);
        words.sort_by_key(|(index, _)| *index);
        begun.iter_mut().for_each(|(_, job)| hear(job, &words));
        drop(words);
        results.put(begun.into_iter().map(|(index, job)| (index, end(index, job))).collect());
    };
    work_on(threads, count, work);
    results.finish()
}

/// The numbers of the jobs that no thread has taken.
struct Queue {
    next: AtomicUsize,
    count: usize,
}

impl Queue {
    fn new(count: usize) -> Self {
        Self { next: AtomicUsize::new(0), count }
    }

    fn next(&self) -> Option<usize> {
        let index = self.next.fetch_add(1, Ordering::Relaxed);
        (index < self.count).then_some(index)
    }
}

/// The results of the jobs that are done.
struct Results<T>(Mutex<Vec<Option<T>>>);

impl<T> Results<T> {
    fn new(count: usize) -> Self {
        Self(Mutex::new((0..count).map(|_| None).collect()))
    }

    fn put(&self, own: Vec<(usize, T)>) {
        let mut results = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        own.into_iter().for_each(|(index, result)| results[index] = Some(result));
    }

    /// All of them: every job was done, or the scope of the threads has panicked.
    fn finish(self) -> Vec<T> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().flatten().collect()
    }
}

/// Works on at most so many threads, the caller's among them, for this many jobs.
fn work_on(threads: Option<usize>, jobs: usize, work: impl Fn() + Sync) {
    let cores = || thread::available_parallelism().map_or(1, NonZero::get);
    let threads = threads.unwrap_or_else(cores).min(jobs);
    thread::scope(|scope| {
        for _ in 1..threads {
            // Where no further thread can be had, those that exist do the work.
            if thread::Builder::new().stack_size(STACK_SIZE).spawn_scoped(scope, &work).is_err() {
                break;
            }
        }
        work();
    });
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
    fn jobs_that_meet_know_what_all_of_them_say() {
        for threads in [None, Some(1), Some(3), Some(2000)] {
            let ended = on_threads_with_meeting(
                100,
                threads,
                |number| (std::rc::Rc::new((number, Vec::new())), number * number),
                |begun, squares| std::rc::Rc::make_mut(begun).1 = squares.to_vec(),
                |number, begun| (number == begun.0, begun.1.clone()),
            );
            let squares: Vec<_> = (0..100).map(|number| (number, number * number)).collect();
            assert_eq!(ended, vec![(true, squares); 100]);
        }
        assert!(on_threads_with_meeting(0, None, |_| ((), ()), |(), _| (), |_, ()| ()).is_empty());
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
