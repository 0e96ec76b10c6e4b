//! Watching chains at work.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::{Error, mcmc::chain::Chain};

/// How far a chain is, after an iteration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChainProgress {
    /// The index of the chain.
    pub chain: usize,
    /// The number of iterations so far, warm-up included.
    pub iteration: u64,
    /// The number of iterations at the end.
    pub last_iteration: u64,
    /// Whether the iteration belongs to the warm-up.
    pub is_warmup: bool,
    /// The step size of the iteration.
    pub step_size: f64,
    /// The number of divergences since the end of the warm-up.
    pub divergences: u64,
    /// The number of gradients computed so far.
    pub gradient_evaluations: u64,
    /// The time since the chain began.
    pub elapsed: Duration,
}

/// Is told of every iteration of every chain, from the thread of the chain.
///
/// `()` ignores everything.
pub trait Observer: Sync {
    /// An iteration was completed.
    fn on_iteration(&self, progress: &ChainProgress) {
        let _ = progress;
    }

    /// A chain ended.
    fn on_finish(&self, chain: usize, outcome: Result<&Chain, &Error>) {
        let _ = (chain, outcome);
    }
}

impl Observer for () {}

/// The time between two updates of the text of a bar.
const REFRESH: Duration = Duration::from_millis(100);

/// A progress bar on standard error for each chain; it draws nothing where that is not a terminal.
#[derive(Debug, Default)]
pub struct ProgressBars {
    all: MultiProgress,
    chains: Mutex<BTreeMap<usize, ChainBar>>,
}

#[derive(Debug)]
struct ChainBar {
    bar: ProgressBar,
    /// The `elapsed` of the last update.
    refreshed: Duration,
}

impl ProgressBars {
    /// Bars that appear with the first iteration of their chain.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Observer for ProgressBars {
    fn on_iteration(&self, progress: &ChainProgress) {
        let mut chains = self.chains.lock().unwrap_or_else(PoisonError::into_inner);
        let chain = chains.entry(progress.chain).or_insert_with(|| {
            let bar = ProgressBar::new(progress.last_iteration).with_style(style());
            let bar = self.all.add(bar.with_prefix(format!("chain {}", progress.chain)));
            ChainBar { bar, refreshed: Duration::ZERO }
        });
        let is_last = progress.iteration == progress.last_iteration;
        if is_last || progress.elapsed - chain.refreshed >= REFRESH {
            chain.refreshed = progress.elapsed;
            chain.bar.set_message(describe(progress));
            chain.bar.set_position(progress.iteration);
        }
    }

    fn on_finish(&self, chain: usize, outcome: Result<&Chain, &Error>) {
        let chains = self.chains.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ChainBar { bar, .. }) = chains.get(&chain) {
            match outcome {
                Ok(_) => bar.finish(),
                Err(error) => bar.abandon_with_message(format!("failed: {error}")),
            }
        }
    }
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{prefix} [{bar:30}] {pos}/{len} {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// `sampling, step size 0.312, 2 divergences, 81.2k gradients/s`.
fn describe(progress: &ChainProgress) -> String {
    let phase = if progress.is_warmup { "warm-up" } else { "sampling" };
    let divergences = match progress.divergences {
        0 => String::new(),
        1 => ", 1 divergence".to_owned(),
        count => format!(", {count} divergences"),
    };
    let rate = progress.gradient_evaluations as f64 / progress.elapsed.as_secs_f64().max(1e-9);
    let (rate, unit) = match rate {
        rate if rate >= 1e6 => (rate / 1e6, "M"),
        rate if rate >= 1e3 => (rate / 1e3, "k"),
        rate => (rate, ""),
    };
    format!("{phase}, step size {:.3}{divergences}, {rate:.1}{unit} gradients/s", progress.step_size)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress() -> ChainProgress {
        ChainProgress {
            chain: 1,
            iteration: 1200,
            last_iteration: 2000,
            is_warmup: false,
            step_size: 0.312_34,
            divergences: 2,
            gradient_evaluations: 8120,
            elapsed: Duration::from_millis(100),
        }
    }

    #[test]
    fn the_text_of_a_bar_tells_phase_step_size_divergences_and_speed() {
        assert_eq!(describe(&progress()), "sampling, step size 0.312, 2 divergences, 81.2k gradients/s");
        let warmup = ChainProgress { is_warmup: true, divergences: 0, gradient_evaluations: 50, ..progress() };
        assert_eq!(describe(&warmup), "warm-up, step size 0.312, 500.0 gradients/s");
        let one = ChainProgress { divergences: 1, gradient_evaluations: 812_000, ..progress() };
        assert_eq!(describe(&one), "sampling, step size 0.312, 1 divergence, 8.1M gradients/s");
    }

    #[test]
    fn a_bar_follows_its_chain_and_shows_its_failure() {
        let bars = ProgressBars::new();
        bars.on_iteration(&progress());
        bars.on_iteration(&ChainProgress { iteration: 2000, ..progress() });
        bars.on_finish(1, Err(&Error::NothingToSample));
        bars.on_finish(2, Err(&Error::NothingToSample));
        let chains = bars.chains.lock().unwrap();
        let bar = &chains[&1].bar;
        assert_eq!((chains.len(), bar.position(), bar.length()), (1, 2000, Some(2000)));
        assert!(bar.is_finished() && bar.message().starts_with("failed: the density has dimension 0"));
        assert!(ProgressStyle::with_template("{prefix} [{bar:30}] {pos}/{len} {msg}").is_ok());
    }
}
