//! When overlapping windows learn the metric from draws and gradients.

use super::low_rank::History;
use super::metric::InverseMassMatrix;

/// Shares of the warm-up: the early phase, in which the chain finds the typical set, and the part that learns a metric.
const EARLY: f64 = 0.3;
const LEARNING: f64 = 0.85;
/// Draws of a window of the early phase, and of the first one after it.
const EARLY_WINDOW: usize = 10;
const FIRST_WINDOW: usize = 80;
/// The length of a window over that of the one before.
const GROWTH: f64 = 1.5;
/// A metric of low rank takes at least so many draws, and a diagonal one.
const LOW_RANK_DRAWS: usize = 80;
const DIAGONAL_DRAWS: usize = 10;

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
    /// Whether a metric was learned.
    has_metric: bool,
    scales: Vec<f64>,
}

/// What was learned at an iteration.
#[derive(Debug, PartialEq)]
pub(super) struct Learned {
    pub(super) matrix: InverseMassMatrix,
    /// Whether it differs so much from the one before that the step size has to be found anew.
    pub(super) is_new: bool,
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
            has_metric: false,
            scales: vec![1.0; dim],
        }
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
        let learns_low_rank =
            self.is_low_rank && self.history.len() >= LOW_RANK_DRAWS && (is_last || ends && !is_early);
        // A metric of low rank is kept until there is a new one; a diagonal one costs next to nothing.
        let learns_diagonal = !self.is_low_rank || is_early || !self.has_low_rank();
        let matrix = if learns_low_rank {
            self.history.low_rank(&self.scales)
        } else if learns_diagonal && self.history.len() >= DIAGONAL_DRAWS {
            self.history.diagonal(&self.scales)
        } else {
            None
        }?;
        self.scales = match &matrix {
            InverseMassMatrix::Diagonal(variances) => variances.iter().map(|variance| variance.sqrt()).collect(),
            InverseMassMatrix::LowRank { scales, .. } => scales.clone(),
            InverseMassMatrix::Dense { .. } => return None,
        };
        let is_new = !self.has_metric || (ends && !is_early);
        self.has_metric = true;
        if is_last {
            self.history = History::default();
        }
        Some(Learned { matrix, is_new })
    }

    /// Whether a metric of low rank was learned: after the first window of the main phase.
    fn has_low_rank(&self) -> bool {
        self.length > FIRST_WINDOW
    }

    /// Whether the open window ends at this iteration: only if there is time for the next one.
    fn ends_window(&mut self, iteration: usize, is_early: bool) -> bool {
        if is_early {
            return self.open >= EARLY_WINDOW;
        }
        let next = (GROWTH * self.length as f64) as usize;
        let ends = self.open >= self.length && iteration + next < self.end;
        if ends {
            self.length = next;
        }
        ends
    }
}
