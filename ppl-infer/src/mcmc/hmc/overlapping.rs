//! When overlapping windows learn the metric from draws and gradients.

use super::low_rank::History;
use super::metric::InverseMassMatrix;
use crate::Point;

/// Shares of the warm-up: the early phase, in which a chain of which nothing is known finds the typical set, and the part that
/// learns a metric.
const EARLY: f64 = 0.1;
const LEARNING: f64 = 0.85;
/// Draws of a window of the early phase, and of the first one after it.
const EARLY_WINDOW: usize = 10;
const FIRST_WINDOW: usize = 60;
/// The length of a window over that of the one before.
const GROWTH: usize = 2;
/// The first metric of low rank takes at least so many draws, and a diagonal one.
const LOW_RANK_DRAWS: usize = 80;
const DIAGONAL_DRAWS: usize = 10;
/// Draws of an approximation of the posterior for a first metric, and the most dimensions of which they are enough: with twice
/// the dimension every direction is seen. Of more dimensions the approximation is worse: of a hierarchy of 390, chains needed twice
/// the time to learn a better metric.
const INIT_DRAWS: usize = 80;
const MOST_DIMENSIONS: usize = INIT_DRAWS / 2;
/// Draws between two diagonal metrics after the early phase, in which there is one after every draw.
const DIAGONAL_EVERY: usize = 10;

/// Learns a metric from the draws of two windows: the one that is open and the one before it.
///
/// At the end of a window the draws of the one before are forgotten, so that what was learned far from the typical set does
/// not stay, and the metric does not start from nothing.
///
/// # Reference
/// The schedule is that of nutpie (Seyboldt & PyMC developers), with windows that grow.
#[derive(Clone, Debug)]
pub(super) struct OverlappingWindows {
    is_low_rank: bool,
    /// The iterations at which the early phase and the learning end.
    early: usize,
    end: usize,
    /// The draws of both windows.
    history: History,
    /// The number of draws in the window that is open.
    open: usize,
    /// The length of a window after the early phase.
    length: usize,
    /// The last metric that was learned, or the identity.
    metric: InverseMassMatrix,
    /// Whether a metric was learned.
    has_metric: bool,
    /// Whether one of low rank was, of rank 0 perhaps.
    has_low_rank: bool,
}

/// What was learned at an iteration.
#[derive(Debug, PartialEq)]
pub(super) struct Learned {
    pub(super) matrix: InverseMassMatrix,
    /// Whether it differs so much from the one before that the step size has to be found anew.
    pub(super) is_new: bool,
    /// Whether it ends a window.
    pub(super) ends_window: bool,
}

impl OverlappingWindows {
    pub(super) fn new(dim: usize, warmup: usize, is_low_rank: bool) -> Self {
        Self {
            is_low_rank,
            early: (EARLY * warmup as f64) as usize,
            end: (LEARNING * warmup as f64) as usize,
            history: History::new(dim),
            open: 0,
            length: FIRST_WINDOW,
            metric: InverseMassMatrix::identity(dim, false),
            has_metric: false,
            has_low_rank: false,
        }
    }

    /// The number of draws of an approximation of the posterior from which [`begin`](Self::begin) learns.
    pub(super) fn init_draws(&self) -> usize {
        if self.is_low_rank && self.history.dim() <= MOST_DIMENSIONS { INIT_DRAWS } else { 0 }
    }

    /// The first metric, from draws of an approximation of the posterior; none if they are too few. There is no early phase then.
    pub(super) fn begin(&mut self, draws: &[Point]) -> Option<InverseMassMatrix> {
        if draws.len() < LOW_RANK_DRAWS || self.init_draws() == 0 {
            return None;
        }
        let mut history = History::new(self.history.dim());
        for draw in draws {
            history.push(&draw.position, &draw.gradient);
        }
        self.metric = history.low_rank_of_independent_draws(&self.metric)?;
        (self.has_metric, self.has_low_rank) = (true, true);
        self.early = 0;
        Some(self.metric.clone())
    }

    /// Learns from the draw at the end of an iteration, counted from 0.
    pub(super) fn update(&mut self, iteration: usize, position: &[f64], gradient: &[f64]) -> Option<Learned> {
        if iteration >= self.end {
            return None;
        }
        let before = self.history.len();
        self.history.push(position, gradient);
        self.open += self.history.len() - before;
        let is_early = iteration < self.early;
        let ends = self.ends_window(iteration, is_early);
        if ends {
            self.history.forget(self.history.len() - self.open);
            self.open = 0;
        }
        let is_last = iteration + 1 == self.end;
        let learns_low_rank = self.is_low_rank
            && (self.has_low_rank || self.history.len() >= LOW_RANK_DRAWS)
            && (is_last || ends && !is_early);
        // A metric of low rank is kept until there is a new one.
        let learns_diagonal = !self.has_low_rank && (is_early || self.open.is_multiple_of(DIAGONAL_EVERY) || is_last);
        let matrix = if learns_low_rank {
            self.history.low_rank(&self.metric).or_else(|| self.history.diagonal(&self.metric))
        } else if learns_diagonal && self.history.len() >= DIAGONAL_DRAWS {
            self.history.diagonal(&self.metric)
        } else {
            None
        };
        if is_last {
            self.history = History::default();
        }
        self.metric = matrix?;
        let is_new = !self.has_metric || learns_low_rank && !self.has_low_rank;
        self.has_metric = true;
        self.has_low_rank |= learns_low_rank;
        Some(Learned { matrix: self.metric.clone(), is_new, ends_window: is_last || (ends && !is_early) })
    }

    /// Whether the metric is that of a window of the main phase.
    pub(super) fn is_settled(&self) -> bool {
        self.length > FIRST_WINDOW
    }

    /// Whether the open window ends at this iteration: only if there is time for the next one.
    fn ends_window(&mut self, iteration: usize, is_early: bool) -> bool {
        if is_early {
            return self.open >= EARLY_WINDOW;
        }
        let next = GROWTH * self.length;
        let ends = self.open >= self.length && iteration + next < self.end;
        if ends {
            self.length = next;
        }
        ends
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The iterations at which a metric is learned of draws that all differ, those at which it is a new one, and those at
    /// which it is of low rank.
    fn learned(warmup: usize, is_low_rank: bool) -> [Vec<usize>; 3] {
        let mut windows = OverlappingWindows::new(2, warmup, is_low_rank);
        let mut iterations = [(); 3].map(|()| Vec::new());
        for iteration in 0..warmup {
            // On a line, nearly: the axes are long and short.
            let (along, across) = ((iteration as f64).sin(), 0.01 * (1.7 * iteration as f64).cos());
            let (position, gradient) =
                ([along + across, along - across], [-along - 1e4 * across, -along + 1e4 * across]);
            let learned = windows.update(iteration, &position, &gradient);
            let Some(Learned { matrix, is_new, .. }) = learned else { continue };
            iterations[0].push(iteration);
            if is_new {
                iterations[1].push(iteration);
            }
            if matches!(matrix, InverseMassMatrix::LowRank { .. }) {
                iterations[2].push(iteration);
            }
        }
        iterations
    }

    #[test]
    fn windows_of_growing_lengths_fill_the_time_up_to_the_last_interval() {
        let [all, new, low_rank] = learned(1000, true);
        // A metric after every draw of the early phase from the tenth on, and after every tenth up to the first of low rank.
        assert_eq!(all[..91], (9..100).collect::<Vec<_>>());
        assert_eq!(all[91..], (109..280).step_by(10).chain([849]).collect::<Vec<_>>());
        // Windows of 60 and 120 draws. After one of 240 there is no time for 480 more before 850: it stays open. The first one and
        // what is left of the early phase are too few for low rank.
        assert_eq!(new, [9, 279]);
        assert_eq!(low_rank, [279, 849]);
    }

    /// Then there is no early phase, and a metric of low rank after each window.
    #[test]
    fn with_draws_of_an_approximation_the_first_metric_is_of_low_rank() {
        let point = |t: f64| {
            let (along, across) = (t.sin(), 0.01 * (1.7 * t).cos());
            let position = vec![along + across, along - across];
            let gradient = vec![-along - 1e4 * across, -along + 1e4 * across];
            Point { position, log_density: 0.0, gradient }
        };
        let mut windows = OverlappingWindows::new(2, 400, true);
        assert_eq!(windows.init_draws(), 80);
        let draws: Vec<Point> = (0..windows.init_draws()).map(|draw| point(draw as f64)).collect();
        assert_eq!(windows.begin(&draws[1..]), None, "too few");
        assert!(matches!(windows.begin(&draws), Some(InverseMassMatrix::LowRank { .. })));
        let mut learned = Vec::new();
        for iteration in 0..400 {
            let Point { position, gradient, .. } = point(0.3 * iteration as f64);
            if let Some(Learned { matrix, is_new, ends_window }) = windows.update(iteration, &position, &gradient) {
                assert!(matches!(matrix, InverseMassMatrix::LowRank { .. }) && !is_new && ends_window);
                learned.push(iteration);
            }
        }
        assert_eq!(learned, [59, 339]);
        assert_eq!(OverlappingWindows::new(41, 400, true).init_draws(), 0);
        assert_eq!(OverlappingWindows::new(2, 400, false).init_draws(), 0);
    }

    #[test]
    fn short_warmups_end_with_a_metric_too() {
        for warmup in 20..400 {
            for is_low_rank in [false, true] {
                let [all, new, low_rank] = learned(warmup, is_low_rank);
                let end = (LEARNING * warmup as f64) as usize;
                assert_eq!(all.last(), Some(&(end - 1)), "{warmup}");
                assert_eq!(new[0], 9, "{warmup}");
                // The last two windows of the early phase and what comes after it make 80 draws or more.
                let first_kept =
                    ((EARLY * warmup as f64) as usize).saturating_sub(EARLY_WINDOW) / EARLY_WINDOW * EARLY_WINDOW;
                let has_enough = end - first_kept >= LOW_RANK_DRAWS;
                assert_eq!(low_rank.last() == Some(&(end - 1)), is_low_rank && has_enough, "{warmup}");
            }
        }
    }

    #[test]
    fn draws_before_the_last_two_windows_are_forgotten() {
        let variance = |far: usize| {
            let mut windows = OverlappingWindows::new(1, 1000, false);
            let mut last = None;
            for iteration in 0..850 {
                // Standard normal but for the draws before `far`, where the density is narrower.
                let (x, precision) = ((iteration as f64).sin(), if iteration < far { 1e4 } else { 1.0 });
                last = windows.update(iteration, &[x], &[-precision * x]).or(last);
            }
            assert_eq!(windows.history.len(), 0);
            match last.map(|learned| learned.matrix) {
                Some(InverseMassMatrix::Diagonal(variances)) => variances[0],
                other => panic!("{other:?}"),
            }
        };
        // The last window begins at 280, the one before it at 160.
        assert!((variance(160) - 1.0).abs() < 1e-12, "{}", variance(160));
        assert!(variance(170) < 0.2, "{}", variance(170));
    }
}
