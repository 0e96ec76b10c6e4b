//! One evaluation on several threads: each does a part of the large loops, and all of anything else.
//!
//! Each thread has a memory of its own, so that none waits for another but at the end of a large loop, where sums are
//! added up and arrays are completed. Threads wait by spinning for a while, as the next evaluation comes at once, and then
//! sleep: there are no more of them than the process has processors, but others may be busy on these.

use std::fmt;
use std::hint::spin_loop;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle, Thread};
use std::time::Duration;

use super::Program;
use super::instruction::Loop;
use super::memory::{LANES, Line};
use super::value::Wanted;

/// Rounds of waiting before a thread sleeps: some 50 µs, what there may be between two evaluations.
const ROUNDS_BEFORE_SLEEP: u32 = 2_000;
/// The same where it has waited in vain again and again.
const FEWEST_ROUNDS_BEFORE_SLEEP: u32 = 30;
/// Rounds of waiting for a part before others may have the processor.
const ROUNDS_BEFORE_YIELD: u32 = 500;
/// Rounds before it sleeps: a thread that it waits for has not been given a processor for long.
const ROUNDS_BEFORE_NAP: u32 = 2_000;
/// For how long it sleeps then.
const NAP: Duration = Duration::from_micros(50);

/// As many of these threads as the process may use processors, by its affinity and its share of the machine.
pub(super) fn at_most_processors(threads: usize) -> usize {
    threads.min(thread::available_parallelism().map_or(1, usize::from))
}

/// How many threads evaluate a program, and those that do. A copy has threads of its own, from its first evaluation on.
#[derive(Default)]
pub(super) struct Threads {
    /// None for one.
    pub(super) count: Option<usize>,
    pub(super) team: Option<Team>,
}

impl Clone for Threads {
    fn clone(&self) -> Self {
        Self { count: self.count, team: None }
    }
}

impl fmt::Debug for Threads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Threads({})", self.count.unwrap_or(1))
    }
}

/// Threads beside the one that evaluates, which live as long as this.
pub(super) struct Team {
    shared: Arc<Shared>,
    workers: Vec<(JoinHandle<()>, Arc<AtomicBool>)>,
    meetings: u64,
}

struct Shared {
    /// Number of evaluations that were begun.
    begun: AtomicU64,
    is_over: AtomicBool,
    /// Whether a thread has ended by a panic.
    is_broken: AtomicBool,
    /// Where the evaluation is, and what it is to compute.
    task: Mutex<(Vec<f64>, Wanted)>,
    /// Number of arrivals at the ends of loops, by all threads.
    arrived: AtomicU64,
    /// What each part has found, for every other loop in turn: a thread may be one ahead of another.
    found: Vec<[Mutex<Vec<Line>>; 2]>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The part of one thread in an evaluation.
pub(super) struct Share<'a> {
    part: usize,
    shared: &'a Shared,
    meetings: &'a mut u64,
}

impl Team {
    /// Starts the threads for a program that has been copied.
    pub(super) fn new(program: &Program, count: usize) -> Self {
        let found = (0..count).map(|_| [Mutex::default(), Mutex::default()]).collect();
        let shared = Arc::new(Shared {
            begun: AtomicU64::new(0),
            is_over: AtomicBool::new(false),
            is_broken: AtomicBool::new(false),
            task: Mutex::default(),
            arrived: AtomicU64::new(0),
            found,
        });
        let worker = |part| {
            let (mut program, shared, is_asleep) =
                (program.clone(), Arc::clone(&shared), Arc::new(AtomicBool::new(false)));
            program.threads = Threads::default();
            let own = Arc::clone(&is_asleep);
            (thread::spawn(move || work(program, part, &shared, &own)), is_asleep)
        };
        Self { workers: (1..count).map(worker).collect(), shared: Arc::clone(&shared), meetings: 0 }
    }

    /// Begins an evaluation; the share of the caller.
    pub(super) fn begin(&mut self, position: &[f64], wanted: Wanted) -> Share<'_> {
        {
            let mut task = lock(&self.shared.task);
            task.0.clear();
            task.0.extend_from_slice(position);
            task.1 = wanted;
        }
        self.shared.begun.fetch_add(1, Ordering::SeqCst);
        self.wake();
        Share { part: 0, shared: &self.shared, meetings: &mut self.meetings }
    }

    fn wake(&self) {
        for (worker, is_asleep) in &self.workers {
            if is_asleep.swap(false, Ordering::SeqCst) {
                Thread::unpark(worker.thread());
            }
        }
    }
}

impl Drop for Team {
    fn drop(&mut self) {
        // Others may be waiting for what this thread does not come to any more.
        self.shared.is_broken.fetch_or(thread::panicking(), Ordering::SeqCst);
        self.shared.is_over.store(true, Ordering::SeqCst);
        self.wake();
        for (worker, _) in self.workers.drain(..) {
            worker.thread().unpark();
            // A panic there has been one here.
            drop(worker.join());
        }
    }
}

/// Tells the others if a thread ends by a panic: they would wait for ever.
struct Alarm<'a>(&'a Shared);

impl Drop for Alarm<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.is_broken.store(true, Ordering::SeqCst);
        }
    }
}

fn work(mut program: Program, part: usize, shared: &Shared, is_asleep: &AtomicBool) {
    let _alarm = Alarm(shared);
    let (mut done, mut meetings) = (0, 0);
    let mut position = Vec::new();
    let mut patience = ROUNDS_BEFORE_SLEEP;
    while shared.wait_for_next(done, is_asleep, &mut patience) {
        done += 1;
        let wanted = {
            let task = lock(&shared.task);
            position.clone_from(&task.0);
            task.1
        };
        program.run_at(&position, wanted, Some(Share { part, shared, meetings: &mut meetings }));
    }
}

impl Shared {
    /// Waits until there is another evaluation than those that are done; `false` if there will be none. The patience, in
    /// rounds before it sleeps, is halved where it was too short and restored where it was not.
    fn wait_for_next(&self, done: u64, is_asleep: &AtomicBool, patience: &mut u32) -> bool {
        let (mut rounds, mut has_slept) = (0, false);
        loop {
            if self.is_over.load(Ordering::SeqCst) {
                return false;
            }
            if self.begun.load(Ordering::SeqCst) > done {
                *patience =
                    if has_slept { (*patience / 2).max(FEWEST_ROUNDS_BEFORE_SLEEP) } else { ROUNDS_BEFORE_SLEEP };
                return true;
            }
            rounds += 1;
            if rounds < *patience {
                spin_loop();
                continue;
            }
            is_asleep.store(true, Ordering::SeqCst);
            // What began meanwhile has not seen that this one sleeps.
            if self.begun.load(Ordering::SeqCst) == done && !self.is_over.load(Ordering::SeqCst) {
                thread::park();
            }
            is_asleep.store(false, Ordering::SeqCst);
            (rounds, has_slept) = (0, true);
        }
    }

    /// Waits until all threads have arrived as often as this one.
    fn meet(&self, meetings: u64) {
        self.arrived.fetch_add(1, Ordering::SeqCst);
        let all = meetings * self.found.len() as u64;
        let mut rounds: u32 = 0;
        while self.arrived.load(Ordering::SeqCst) < all {
            assert!(!self.is_broken.load(Ordering::SeqCst), "a thread of this evaluation has ended by a panic");
            rounds += 1;
            match rounds {
                ..ROUNDS_BEFORE_YIELD => spin_loop(),
                ROUNDS_BEFORE_YIELD..ROUNDS_BEFORE_NAP => thread::yield_now(),
                ROUNDS_BEFORE_NAP.. => thread::sleep(NAP),
            }
        }
    }
}

/// The lines of a part of a loop: whole blocks.
fn part_of(pass: &Loop, lines: usize, part: usize, parts: usize) -> Range<usize> {
    let blocks = lines.div_ceil(pass.block);
    let start = |part: usize| (blocks * part / parts * pass.block).min(lines);
    start(part)..start(part + 1)
}

impl Share<'_> {
    /// The lines of a loop that this thread does.
    pub(super) fn lines(&self, pass: &Loop, lines: usize) -> Range<usize> {
        part_of(pass, lines, self.part, self.shared.found.len())
    }

    /// At the end of a loop: adds up what the parts have summed, in their order, and completes the arrays.
    pub(super) fn exchange(&mut self, pass: &Loop, lines: usize, memory: &mut [Line]) {
        let parts = self.shared.found.len();
        let turn = (*self.meetings % 2) as usize;
        {
            let mut own = lock(&self.shared.found[self.part][turn]);
            own.clear();
            for sums in &pass.zeros {
                own.extend_from_slice(&memory[sums.start as usize..sums.end as usize]);
            }
            let range = self.lines(pass, lines);
            for &array in &pass.kept {
                own.extend_from_slice(&memory[array as usize + range.start..array as usize + range.end]);
            }
        }
        *self.meetings += 1;
        self.shared.meet(*self.meetings);
        for part in 0..parts {
            let found = lock(&self.shared.found[part][turn]);
            let mut rest = found.as_slice();
            for sums in &pass.zeros {
                let sums = &mut memory[sums.start as usize..sums.end as usize];
                let (own, later) = rest.split_at(sums.len());
                if part == 0 {
                    sums.copy_from_slice(own);
                } else {
                    for (sum, own) in sums.iter_mut().zip(own) {
                        (0..LANES).for_each(|lane| sum[lane] += own[lane]);
                    }
                }
                rest = later;
            }
            let range = part_of(pass, lines, part, parts);
            for &array in &pass.kept {
                let (own, later) = rest.split_at(range.len());
                if part != self.part {
                    memory[array as usize + range.start..array as usize + range.end].copy_from_slice(own);
                }
                rest = later;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Threads, at_most_processors};
    use crate::program::tests::program;
    use crate::{Result, Tensor};

    const SIZE: usize = 30_011;

    /// Sums, matrices, gathers, an array that another loop needs, and one that is a part of the gradient.
    fn function(x: &Tensor) -> Result<Tensor> {
        let data = Tensor::linspace(0.1, 1.0, SIZE);
        let (coefficients, offsets) = (x.slice(0, 0..3), x.slice(0, 3..3 + SIZE));
        let matrix = Tensor::linspace(-1.0, 1.0, SIZE * 3).reshape([SIZE, 3]);
        let groups: Vec<usize> = (0..SIZE).map(|row| row * 7 % 3).collect();
        let linear = matrix.matmul(&coefficients) + coefficients.take(0, &groups) * &data + &offsets;
        let scaled = (&linear * 0.1).exp();
        // Every element is needed before the first of what follows.
        let centred = &scaled - scaled.mean();
        (centred.square() * &data).try_sum()?.try_add(linear.tanh().sum() + offsets.square().sum())
    }

    #[test]
    fn threads_agree_with_one_at_every_evaluation() {
        let position = |number: usize| -> Vec<f64> {
            (0..SIZE + 3).map(|k| ((k + 13 * number) as f64 * 0.37).sin() * 0.5).collect()
        };
        let mut one = program(&position(0), function);
        for threads in [2, 3, 5, 16] {
            let mut several = one.clone();
            // As many as that, also where there are fewer processors.
            several.threads = Threads { count: Some(threads), team: None };
            let (mut expected, mut gradient) = (vec![0.0; SIZE + 3], vec![0.0; SIZE + 3]);
            for number in 0..20 {
                let position = position(number);
                let value = one.value_and_gradient(&position, &mut expected);
                let got = several.value_and_gradient(&position, &mut gradient);
                // Roundings of sums of 30,000 terms in another order.
                assert!((got - value).abs() <= 1e-12 * value.abs(), "{got} {value}");
                let largest = expected.iter().fold(1.0, |largest: f64, by| largest.max(by.abs()));
                assert!(gradient.iter().zip(&expected).all(|(a, b)| (a - b).abs() <= 1e-12 * largest));
                if number == 7 {
                    // A copy goes on with threads of its own; those of the first end with it.
                    several = several.clone();
                }
                if number == 9 {
                    // Long enough for the others to fall asleep.
                    std::thread::sleep(std::time::Duration::from_millis(2));
                }
            }
        }
    }

    /// More threads than processors would wait for each other: no more are started, whatever is asked for.
    #[test]
    fn threads_are_no_more_than_the_processors() {
        let position = vec![0.1; SIZE + 3];
        let mut one = program(&position, function);
        let (mut expected, mut gradient) = (vec![0.0; SIZE + 3], vec![0.0; SIZE + 3]);
        let value = one.value_and_gradient(&position, &mut expected);
        one.set_threads(1000);
        assert_eq!(one.threads(), at_most_processors(1000));
        for _ in 0..10 {
            let got = one.value_and_gradient(&position, &mut gradient);
            // Roundings of sums of 30,000 terms in another order.
            assert!((got - value).abs() <= 1e-12 * value.abs(), "{got} {value}");
            let largest = expected.iter().fold(1.0, |largest: f64, by| largest.max(by.abs()));
            assert!(gradient.iter().zip(&expected).all(|(a, b)| (a - b).abs() <= 1e-12 * largest));
        }
    }

    /// A panic in an evaluation ends it, and leaves nobody waiting; the next one has new threads.
    #[test]
    fn a_panic_ends_the_evaluation() {
        let mut several = program(&vec![0.1; SIZE + 3], function);
        let (position, mut gradient) = (vec![0.1; SIZE + 3], vec![0.0; SIZE + 3]);
        let expected = several.value_and_gradient(&position, &mut gradient);
        several.threads = Threads { count: Some(3), team: None };
        several.value_and_gradient(&position, &mut gradient);
        let short = std::panic::AssertUnwindSafe(|| several.value_and_gradient(&[0.1; 2], &mut [0.0; 2]));
        assert!(std::panic::catch_unwind(short).is_err(), "the position is too short");
        let again = several.value_and_gradient(&position, &mut gradient);
        assert!((again - expected).abs() <= 1e-12 * expected.abs());
    }

    #[test]
    fn small_programs_stay_on_one_thread() {
        let mut small = program(&[0.5, 1.0], |x| Ok(x.exp().sum()));
        small.set_threads(4);
        assert_eq!(small.threads(), 1);
    }
}
