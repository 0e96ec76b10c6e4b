//! When warm-up adapts what.

use std::ops::Range;

/// Stan 2.36 defaults: the lengths of the first interval, of the first window and of the last interval.
const INITIAL_BUFFER: usize = 75;
const BASE_WINDOW: usize = 25;
const FINAL_BUFFER: usize = 50;
/// The share of the last interval where the step size has to come near its target.
const LONG_FINAL_BUFFER: f64 = 0.15;
/// With fewer iterations than this, only the step size is adapted.
pub(super) const SHORTEST: usize = 20;

/// Stan's windowed schedule of a warm-up.
///
/// The step size is adapted throughout. A first interval lets the chain find the typical set; then come windows, each
/// twice as long as the one before, whose draws give a new mass matrix at their end; a last interval settles the step
/// size for the last mass matrix.
///
/// A warm-up of fewer than 150 iterations is split into 15 %, one window of 75 %, and 10 %. One of fewer than 20 has no
/// window. (Stan 2.36 announces the same split, but leaves the end of the window unset.)
///
/// # Example
/// ```
/// use ppl_infer::mcmc::hmc::WarmupSchedule;
///
/// let schedule = WarmupSchedule::new(1000);
/// assert_eq!(schedule.windows(), [75..100, 100..150, 150..250, 250..450, 450..950]);
/// ```
///
/// # Reference
/// Stan reference manual, section "Automatic parameter tuning"; Stan 2.36, `windowed_adaptation.hpp`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WarmupSchedule {
    warmup: usize,
    windows: Vec<Range<usize>>,
}

impl WarmupSchedule {
    /// The schedule of `warmup` iterations.
    pub fn new(warmup: usize) -> Self {
        Self::with_final_buffer(warmup, FINAL_BUFFER)
    }

    /// The same, but for a last interval of 15 %: after Stan's 50 iterations the step size realises an acceptance that is
    /// far above its target.
    pub(super) fn with_long_final_buffer(warmup: usize) -> Self {
        Self::with_final_buffer(warmup, FINAL_BUFFER.max((LONG_FINAL_BUFFER * warmup as f64) as usize))
    }

    fn with_final_buffer(warmup: usize, final_buffer: usize) -> Self {
        if warmup < SHORTEST {
            return Self { warmup, windows: Vec::new() };
        }
        if warmup < INITIAL_BUFFER + BASE_WINDOW + FINAL_BUFFER {
            let initial_buffer = (0.15 * warmup as f64) as usize;
            let final_buffer = (0.10 * warmup as f64) as usize;
            let window = initial_buffer..warmup - final_buffer;
            return Self { warmup, windows: Vec::from([window]) };
        }
        let end = warmup - final_buffer;
        let mut windows = Vec::new();
        let (mut start, mut length) = (INITIAL_BUFFER, BASE_WINDOW);
        while start < end {
            // A window, except the first, that leaves no room for the next, twice as long, takes all that is left.
            let fits = windows.is_empty() || start + length + 2 * length <= end;
            let stop = if fits { start + length } else { end };
            windows.push(start..stop);
            start = stop;
            length *= 2;
        }
        Self { warmup, windows }
    }

    /// The number of iterations.
    pub fn warmup(&self) -> usize {
        self.warmup
    }

    /// The windows that estimate the mass matrix, each as a range of iterations counted from zero.
    pub fn windows(&self) -> &[Range<usize>] {
        &self.windows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The windows' ends as `windowed_adaptation.hpp` computes them, statement by statement, with unsigned arithmetic.
    fn stan(num_warmup: u32) -> Vec<u32> {
        let (init_buffer, base_window, term_buffer) = (75, 25, 50);
        let mut window_size = base_window;
        let mut next_window = init_buffer + window_size - 1;
        let mut ends = Vec::new();
        for counter in 0..num_warmup {
            if counter == next_window && counter != num_warmup {
                ends.push(counter + 1);
                if next_window == num_warmup - term_buffer - 1 {
                    continue;
                }
                window_size *= 2;
                next_window = counter + window_size;
                if next_window == num_warmup - term_buffer - 1 {
                    continue;
                }
                let next_window_boundary = next_window + 2 * window_size;
                if next_window_boundary >= num_warmup - term_buffer {
                    next_window = num_warmup - term_buffer - 1;
                }
            }
        }
        ends
    }

    #[test]
    fn windows_end_where_stan_ends_them() {
        assert_eq!(stan(1000), [100, 150, 250, 450, 950]);
        for warmup in 150..3000 {
            let ends: Vec<u32> = WarmupSchedule::new(warmup).windows().iter().map(|window| window.end as u32).collect();
            assert_eq!(ends, stan(warmup as u32), "{warmup}");
        }
    }

    #[test]
    fn windows_tile_the_time_between_the_buffers() {
        for warmup in 20..3000 {
            let schedule = WarmupSchedule::new(warmup);
            let windows = schedule.windows();
            assert!(windows.windows(2).all(|pair| pair[0].end == pair[1].start));
            assert!(windows.iter().all(|window| !window.is_empty()));
            if warmup >= 150 {
                assert_eq!((windows[0].start, windows[windows.len() - 1].end), (75, warmup - 50));
            }
        }
    }

    #[test]
    fn short_warmups_have_one_window_or_none() {
        for (warmup, window) in [(20, 3..18), (100, 15..90), (149, 22..135)] {
            assert_eq!(WarmupSchedule::new(warmup).windows(), [window]);
        }
        assert_eq!(WarmupSchedule::new(150).windows().to_vec(), vec![75..100; 1]);
        for warmup in [0, 1, 19] {
            assert_eq!(WarmupSchedule::new(warmup).windows(), []);
            assert_eq!(WarmupSchedule::new(warmup).warmup(), warmup);
        }
    }
}
