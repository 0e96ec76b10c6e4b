//! Watching chains at work.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::{Error, Evaluations, statistics::StatisticsRow};

/// How far a chain is, after an iteration.
#[derive(Clone, Copy)]
#[expect(missing_debug_implementations, reason = "holds a trait object that need not be printable")]
pub struct ChainProgress<'a> {
    /// The index of the chain.
    pub chain: usize,
    /// The number of iterations so far, warm-up included.
    pub iteration: u64,
    /// The number of iterations at the end.
    pub last_iteration: u64,
    /// Whether the iteration belongs to the warm-up.
    pub is_warmup: bool,
    /// The number of iterations since the end of the warm-up with a failed step: for Hamiltonian samplers, divergences.
    pub failed_steps: u64,
    /// The evaluations of the density so far.
    pub evaluations: Evaluations,
    /// The time since the chain began.
    pub elapsed: Duration,
    /// The statistics of the iteration, by the names of the kernel's columns.
    pub statistics: &'a dyn StatisticsRow,
}

/// Is told of every iteration of every chain, from the thread of the chain.
///
/// `()` ignores everything.
pub trait Observer: Sync {
    /// An iteration was completed.
    fn on_iteration(&self, progress: &ChainProgress<'_>) {
        let _ = progress;
    }

    /// A chain ended.
    fn on_finish(&self, chain: usize, outcome: Result<(), &Error>) {
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
    fn on_iteration(&self, progress: &ChainProgress<'_>) {
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

    fn on_finish(&self, chain: usize, outcome: Result<(), &Error>) {
        let chains = self.chains.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ChainBar { bar, .. }) = chains.get(&chain) {
            match outcome {
                Ok(()) => bar.finish(),
                Err(error) => bar.abandon_with_message(format!("failed: {error}")),
            }
        }
    }
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{prefix} [{bar:30}] {pos}/{len} {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// Statistics that tell how the adaptation goes, if a sampler has them.
const SCALES: [(&str, &str); 2] = [("step_size", "step size"), ("proposal_scale", "proposal scale")];

/// `sampling, step size 0.312, 2 divergences, 81.2k gradients/s`.
fn describe(progress: &ChainProgress<'_>) -> String {
    let mut text = String::from(if progress.is_warmup { "warm-up" } else { "sampling" });
    for (column, label) in SCALES {
        if let Some(scale) = progress.statistics.get(column) {
            text += &format!(", {label} {scale:.3}");
        }
    }
    let noun = if progress.statistics.get("diverging").is_some() { "divergence" } else { "failed step" };
    match progress.failed_steps {
        0 => {}
        1 => text += &format!(", 1 {noun}"),
        count => text += &format!(", {count} {noun}s"),
    }
    let Evaluations { gradients, values } = progress.evaluations;
    let (count, unit) = if gradients >= values { (gradients, "gradients") } else { (values, "evaluations") };
    let rate = count as f64 / progress.elapsed.as_secs_f64().max(1e-9);
    let (rate, prefix) = match rate {
        rate if rate >= 1e6 => (rate / 1e6, "M"),
        rate if rate >= 1e3 => (rate / 1e3, "k"),
        rate => (rate, ""),
    };
    text + &format!(", {rate:.1}{prefix} {unit}/s")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Statistics by name.
    struct Named(&'static [(&'static str, f64)]);

    impl StatisticsRow for Named {
        fn get(&self, name: &str) -> Option<f64> {
            self.0.iter().find(|(own, _)| *own == name).map(|(_, value)| *value)
        }
    }

    fn progress() -> ChainProgress<'static> {
        ChainProgress {
            chain: 1,
            iteration: 1200,
            last_iteration: 2000,
            is_warmup: false,
            failed_steps: 2,
            evaluations: Evaluations { gradients: 8120, values: 0 },
            elapsed: Duration::from_millis(100),
            statistics: &Named(&[("step_size", 0.312_34), ("diverging", 0.0)]),
        }
    }

    #[test]
    fn the_text_of_a_bar_tells_phase_scale_failed_steps_and_speed() {
        let gradients = |gradients| Evaluations { gradients, values: 0 };
        assert_eq!(describe(&progress()), "sampling, step size 0.312, 2 divergences, 81.2k gradients/s");
        let warmup = ChainProgress { is_warmup: true, failed_steps: 0, evaluations: gradients(50), ..progress() };
        assert_eq!(describe(&warmup), "warm-up, step size 0.312, 500.0 gradients/s");
        let one = ChainProgress { failed_steps: 1, evaluations: gradients(812_000), ..progress() };
        assert_eq!(describe(&one), "sampling, step size 0.312, 1 divergence, 8.1M gradients/s");
        let evaluations = Evaluations { gradients: 1, values: 200 };
        let walk = ChainProgress { statistics: &Named(&[("proposal_scale", 2.0)]), evaluations, ..progress() };
        assert_eq!(describe(&walk), "sampling, proposal scale 2.000, 2 failed steps, 2.0k evaluations/s");
        let plain = ChainProgress { statistics: &Named(&[]), failed_steps: 1, ..walk };
        assert_eq!(describe(&plain), "sampling, 1 failed step, 2.0k evaluations/s");
    }

    #[test]
    fn a_bar_follows_its_chain_and_shows_its_failure() {
        let bars = ProgressBars::new();
        bars.on_iteration(&progress());
        bars.on_iteration(&ChainProgress { iteration: 2000, ..progress() });
        bars.on_finish(1, Err(&crate::error::DensityError::NothingToSample.into()));
        bars.on_finish(2, Err(&crate::error::DensityError::NothingToSample.into()));
        let chains = bars.chains.lock().unwrap();
        let bar = &chains[&1].bar;
        assert_eq!((chains.len(), bar.position(), bar.length()), (1, 2000, Some(2000)));
        assert!(bar.is_finished() && bar.message().starts_with("failed: the density has dimension 0"));
        assert!(ProgressStyle::with_template("{prefix} [{bar:30}] {pos}/{len} {msg}").is_ok());
    }
}
