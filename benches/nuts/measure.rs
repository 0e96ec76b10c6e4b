//! A model's runs, and their row of the table.

use ppl::prelude::*;
use ppl_infer::{Nuts, Posterior};

use super::options::Options;

pub(crate) struct Bench {
    options: Options,
}

/// The result of a run with one seed.
struct Run {
    /// The least bulk effective sample size and the greatest R̂ of all parameters.
    ess: f64,
    r_hat: f64,
    seconds: f64,
    gradients: f64,
    /// Leapfrog steps of the draws.
    sampling_steps: f64,
    divergences: usize,
    /// Mean acceptance statistic and step size of each chain: one that stands still has an acceptance of its own.
    accept_probs: Vec<f64>,
    step_sizes: Vec<f64>,
    failed_chains: usize,
}

impl Bench {
    pub(crate) fn new(options: Options) -> Self {
        println!(
            "{:<16}{:<10}{:>9}{:>10}{:>10}{:>8}{:>8}{:>6}{:>6}{:>12}{:>8}{:>8}",
            "model",
            "",
            "ESS/s",
            "ESS/1000",
            "sampling",
            "µs",
            "R̂",
            ">1.01",
            ">1.05",
            "divergences",
            "accept",
            "failed"
        );
        Self { options }
    }

    /// Runs the model with all settings and seeds, and prints a row for each of the settings.
    pub(crate) fn model<M: Model + Sync>(&self, name: &str, model: &M) {
        self.runs(name, &|nuts| nuts.run(model));
    }

    /// Does the runs with all settings and seeds, and prints a row for each of the settings.
    pub(crate) fn runs(&self, name: &str, run: &dyn Fn(&Nuts) -> ppl_infer::Result<Posterior>) {
        let wanted = &self.options.models;
        if !wanted.is_empty() && !wanted.iter().any(|part| name.contains(part.as_str())) {
            return;
        }
        for (settings, nuts) in &self.options.samplers {
            let runs: Vec<Run> = self
                .options
                .seeds
                .clone()
                .map(|seed| {
                    let run = Run::of(run(&nuts.clone().seed(seed)), nuts.chain.chains);
                    if self.options.each {
                        run.print(name, settings, seed);
                    }
                    run
                })
                .collect();
            print_row(name, settings, &runs);
        }
    }
}

impl Run {
    fn of(posterior: ppl_infer::Result<Posterior>, chains: usize) -> Self {
        let posterior = match posterior {
            Ok(posterior) => posterior,
            Err(error) => {
                println!("{error}");
                return Self::failed(chains);
            }
        };
        let summary = posterior.summary();
        // Not a number, of a parameter that did not move, is the worst.
        let ess = summary.rows().iter().map(|row| if row.ess_bulk.is_nan() { 0.0 } else { row.ess_bulk });
        let r_hat = summary.rows().iter().map(|row| if row.r_hat.is_nan() { f64::INFINITY } else { row.r_hat });
        let statistics = posterior.sample_stats();
        let column = |name: &str| statistics.column(name).expect("a statistic of NUTS");
        let means = |name: &str| column(name).rows().into_iter().map(|row| row.sum() / row.len() as f64).collect();
        Self {
            ess: ess.fold(f64::INFINITY, f64::min),
            r_hat: r_hat.fold(0.0, f64::max),
            seconds: posterior.sampling_time().as_secs_f64(),
            gradients: posterior.gradient_evaluations() as f64,
            sampling_steps: column("n_steps").sum(),
            divergences: statistics.divergences(),
            accept_probs: means("acceptance_rate"),
            step_sizes: means("step_size"),
            failed_chains: posterior.failed_chains().len(),
        }
    }

    /// A run without any chain.
    fn failed(chains: usize) -> Self {
        Self {
            ess: 0.0,
            r_hat: f64::INFINITY,
            seconds: 0.0,
            gradients: 0.0,
            sampling_steps: 0.0,
            divergences: 0,
            accept_probs: Vec::new(),
            step_sizes: Vec::new(),
            failed_chains: chains,
        }
    }

    fn print(&self, name: &str, settings: &str, seed: u64) {
        println!(
            "  {name} {settings} seed {seed}: ESS {:.0}, R̂ {:.4}, {} gradients, {} of the draws, {:.2} s, \
             {} divergences, accept {:.3?}, step sizes {:.3?}, {} failed",
            self.ess,
            self.r_hat,
            self.gradients,
            self.sampling_steps,
            self.seconds,
            self.divergences,
            self.accept_probs,
            self.step_sizes,
            self.failed_chains
        );
    }
}

fn print_row(name: &str, settings: &str, runs: &[Run]) {
    let mean = |value: &dyn Fn(&Run) -> f64| {
        (runs.iter().map(|run| value(run).max(f64::MIN_POSITIVE).ln()).sum::<f64>() / runs.len() as f64).exp()
    };
    let total = |value: &dyn Fn(&Run) -> f64| runs.iter().map(value).sum::<f64>();
    let worst = runs.iter().map(|run| run.r_hat).fold(0.0, f64::max);
    let above = |limit: f64| runs.iter().filter(|run| run.r_hat > limit).count();
    let accept_probs: Vec<f64> = runs.iter().flat_map(|run| run.accept_probs.iter().copied()).collect();
    println!(
        "{name:<16}{settings:<10}{:>9.0}{:>10.2}{:>10.2}{:>8.2}{worst:>8.3}{:>6}{:>6}{:>12}{:>8.3}{:>8}",
        mean(&|run| run.ess / run.seconds),
        mean(&|run| 1000.0 * run.ess / run.gradients),
        mean(&|run| 1000.0 * run.ess / run.sampling_steps),
        1e6 * total(&|run| run.seconds) / total(&|run| run.gradients),
        above(1.01),
        above(1.05),
        runs.iter().map(|run| run.divergences).sum::<usize>(),
        accept_probs.iter().sum::<f64>() / accept_probs.len() as f64,
        runs.iter().map(|run| run.failed_chains).sum::<usize>(),
    );
}
