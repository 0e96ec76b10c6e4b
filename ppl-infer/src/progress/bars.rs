//! `ProgressBars`: the chains of a run on a terminal.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use console::Term;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::table::{Pace, Table};
use super::{ChainProgress, Observer};
use crate::{Error, Evaluations};

/// The time between two updates of a line.
const REFRESH: Duration = Duration::from_millis(100);
/// The width of a terminal that does not tell.
const USUAL_WIDTH: usize = 80;

/// A line on standard error for each chain: draws, divergences, step size, gradients a draw, time left. It draws nothing
/// where that is not a terminal, and no line is wider than the terminal.
///
/// ```text
/// chain                   iteration  divergences  step size  grad/draw  time left
/// 0      █████████░░░░░░  1200/2000            2      0.312       15.2        12s
/// ```
///
/// Gradients a draw are those of the warm-up until it ends, and then those of the draws.
///
/// A run of a sampler shows them by itself, unless its setting `progress` is false.
///
/// # Example
/// Where a run is told whom to tell:
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::density::ModelDensity;
/// use ppl_infer::mcmc::chain::{Start, sample_chains_from};
/// use ppl_infer::prelude::*;
/// use ppl_infer::progress::ProgressBars;
///
/// #[model]
/// fn standard() {
///     sample!("x", Normal::new(0.0, 1.0));
/// }
///
/// let nuts = Nuts::new().chains(2).warmup(150).draws(50);
/// let start = Start::At(&nuts.chain.init);
/// let result = sample_chains_from(&nuts, |_| ModelDensity::new(standard()), &start, &ProgressBars::new())?;
/// assert_eq!(result.chains[0].draws.dim(), (50, 1));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct ProgressBars {
    all: MultiProgress,
    lines: Mutex<Lines>,
}

#[derive(Debug, Default)]
struct Lines {
    /// The headings, from the first iteration on.
    table: Option<(Table, ProgressBar)>,
    chains: BTreeMap<usize, ChainLine>,
}

#[derive(Debug)]
struct ChainLine {
    bar: ProgressBar,
    /// The `elapsed` of the last update.
    refreshed: Duration,
    phase: Phase,
}

/// The warm-up or the draws of a chain: where it was when they began.
#[derive(Debug)]
struct Phase {
    is_warmup: bool,
    iteration: u64,
    evaluations: u64,
    elapsed: Duration,
}

impl Phase {
    fn begin(progress: &ChainProgress<'_>) -> Self {
        let ChainProgress { is_warmup, iteration, evaluations, elapsed, .. } = *progress;
        Self { is_warmup, iteration, evaluations: count(evaluations), elapsed }
    }

    /// The means of the phase, as if the rest of the chain went on so.
    fn pace(&self, progress: &ChainProgress<'_>) -> Pace {
        let iterations = progress.iteration.saturating_sub(self.iteration).max(1) as f64;
        let evaluations = count(progress.evaluations).saturating_sub(self.evaluations) as f64 / iterations;
        let rest = progress.last_iteration.saturating_sub(progress.iteration);
        let left = progress.elapsed.saturating_sub(self.elapsed).as_secs_f64() / iterations * rest as f64;
        Pace { evaluations, left: (rest > 0).then(|| Duration::try_from_secs_f64(left).unwrap_or(Duration::MAX)) }
    }
}

/// The evaluations that a sampler makes: of the gradient, or of the value alone.
fn count(Evaluations { gradients, values }: Evaluations) -> u64 {
    gradients.max(values)
}

impl ProgressBars {
    /// Lines that appear with the first iteration of their chain.
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, lines: &mut Lines, progress: &ChainProgress<'_>) {
        if lines.table.is_none() {
            let bar = self.all.add(ProgressBar::new(0).with_style(style()));
            lines.table = Some((Table::of(progress), bar));
        }
        // In the order of the chains, below the headings.
        let place = 1 + lines.chains.range(..progress.chain).count();
        let bar = self.all.insert(place, ProgressBar::new(0).with_style(style()));
        let phase = Phase::begin(progress);
        lines.chains.insert(progress.chain, ChainLine { bar, refreshed: Duration::ZERO, phase });
    }
}

impl Observer for ProgressBars {
    fn on_iteration(&self, progress: &ChainProgress<'_>) {
        let is_last = progress.iteration == progress.last_iteration;
        let mut lines = match self.lines.try_lock() {
            Ok(lines) => lines,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) if is_last => self.lock(),
            // Another chain is at it. This one does not wait, and comes again after its next iteration.
            Err(TryLockError::WouldBlock) => return,
        };
        if !lines.chains.contains_key(&progress.chain) {
            self.begin(&mut lines, progress);
        }
        let Lines { table: Some((table, heading)), chains } = &mut *lines else { return };
        let Some(line) = chains.get_mut(&progress.chain) else { return };
        if line.phase.is_warmup != progress.is_warmup {
            line.phase = Phase::begin(progress);
        }
        if is_last || progress.elapsed - line.refreshed >= REFRESH {
            line.refreshed = progress.elapsed;
            let width = width();
            heading.set_message(table.heading(width));
            line.bar.set_message(table.row(progress, line.phase.pace(progress), width));
        }
    }

    fn on_finish(&self, chain: usize, outcome: Result<(), &Error>) {
        let lines = self.lock();
        if let (Some(ChainLine { bar, .. }), Some((table, _))) = (lines.chains.get(&chain), &lines.table) {
            match outcome {
                Ok(()) => bar.abandon(),
                Err(error) => bar.abandon_with_message(table.failure(chain, &error.to_string(), width())),
            }
        }
    }
}

impl Drop for ProgressBars {
    /// The lines stay as they are.
    fn drop(&mut self) {
        if let Some((_, heading)) = &self.lock().table {
            heading.abandon();
        }
    }
}

/// The width of the lines. The last column stays empty: some terminals wrap behind it.
fn width() -> usize {
    let columns = Term::stderr().size_checked().map_or(USUAL_WIDTH, |(_, columns)| usize::from(columns));
    columns.saturating_sub(1)
}

/// The text alone, which has its bar.
fn style() -> ProgressStyle {
    ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_bar())
}

#[cfg(test)]
mod tests {
    use super::super::table::tests::progress;
    use super::*;

    #[test]
    fn a_line_follows_its_chain_and_shows_its_failure() {
        let bars = ProgressBars::new();
        let gradients = |gradients| Evaluations { gradients, values: 0 };
        bars.on_iteration(&ChainProgress { is_warmup: true, iteration: 1, evaluations: gradients(90), ..progress() });
        let first = ChainProgress { iteration: 1001, evaluations: gradients(9000), ..progress() };
        bars.on_iteration(&ChainProgress { elapsed: Duration::from_secs(20), ..first });
        let message = || bars.lock().chains[&1].bar.message();
        let at = |iteration: u64, seconds| {
            let evaluations = gradients(9000 + 7 * (iteration - 1001));
            let elapsed = Duration::from_secs(seconds);
            bars.on_iteration(&ChainProgress { iteration, evaluations, elapsed, ..progress() });
        };
        // By the draws alone: 7 gradients each, and 500 in 10 seconds.
        at(1501, 30);
        assert!(message().contains(" 7.000 ") && message().ends_with(" 9s"), "{}", message());
        at(2000, 40);
        assert!(message().contains(" 7.000 ") && message().ends_with("in 40s"), "{}", message());
        bars.on_iteration(&ChainProgress { chain: 0, iteration: 2, ..progress() });
        assert_eq!(bars.lock().chains.len(), 2);
        assert!(bars.lock().table.as_ref().unwrap().1.message().starts_with("chain"));
        let error = crate::error::DensityError::NothingToSample.into();
        bars.on_finish(1, Err(&error));
        bars.on_finish(2, Err(&error));
        let lines = bars.lock();
        let bar = &lines.chains[&1].bar;
        assert!(bar.is_finished() && bar.message().starts_with("1      failed: the density has dimension 0"));
        assert!(ProgressStyle::with_template("{msg}").is_ok());
    }
}
