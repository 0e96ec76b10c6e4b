//! One chain from its start to its last draw.

use std::{collections::BTreeMap, time::Instant};

use ndarray::Array2;

use super::{
    Chain, ChainState, DrawStatistics, InitialPosition, Kernel, Sampler, Transition,
    random::{Key, Purpose},
    start::{check_dim, find_start},
};
use crate::{
    Counted, Error, LogDensity, Result,
    hmc::{Adaptation, Metric, State},
    progress::{ChainProgress, Observer},
};

/// The number of divergences whose positions are kept.
const KEPT_DIVERGENCES: usize = 100;

/// Where one chain comes from.
#[derive(Clone, Copy)]
pub(crate) enum Origin<'a> {
    Start(&'a dyn InitialPosition),
    Resume(&'a ChainState),
}

/// Runs one chain.
///
/// # Errors
/// If there is nothing to sample, no valid start, or the density fails.
pub(crate) fn run_chain<S: Sampler, L: LogDensity>(
    sampler: &S,
    density: L,
    chain: usize,
    origin: Origin<'_>,
    observer: &dyn Observer,
) -> Result<Chain> {
    let dim = density.dim();
    if dim == 0 {
        return Err(Error::NothingToSample);
    }
    let config = sampler.config();
    let key = Key::new(config.seed, chain);
    let mut density = Counted::new(density);
    let iterations = config.draws as u64;
    match origin {
        Origin::Start(init) => {
            if let Some(matrix) = &config.inverse_mass_matrix {
                check_dim("the inverse mass matrix", dim, matrix.dim())?;
            }
            let state = find_start(init, &mut density, chain - config.chain_id, key)?;
            let last = config.warmup as u64 + iterations;
            let mut run = Run::new(chain, key, state, 0, last, sampler.kernel(dim), density, observer);
            let mut adaptation = {
                let mut rng = key.rng(Purpose::StepSize, 0);
                Adaptation::start(config, &mut run.density, &run.state, &mut rng)?
            };
            let mut record = Record::new(if config.keep_warmup { config.warmup } else { 0 }, dim);
            for _ in 0..config.warmup {
                let Transition { statistics, .. } = run.transition(adaptation.metric(), adaptation.step_size())?;
                if config.keep_warmup {
                    record.push(&run.state, statistics);
                }
                let mut rng = key.rng(Purpose::StepSize, run.iteration);
                adaptation.update(statistics.acceptance_rate, &mut run.density, &run.state, &mut rng)?;
                run.report(true, statistics.step_size);
            }
            let (step_size, metric) = adaptation.finish();
            run.sample(config.draws, step_size, metric, record)
        }
        Origin::Resume(from) => {
            check_dim("the position to resume from", dim, from.position.len())?;
            check_dim("the inverse mass matrix to resume with", dim, from.inverse_mass_matrix.dim())?;
            let state = find_start(&super::Init::Value(from.position.clone()), &mut density, chain, key)?;
            let last = from.iteration + iterations;
            let run = Run::new(chain, key, state, from.iteration, last, sampler.kernel(dim), density, observer);
            let metric = Metric::new(from.inverse_mass_matrix.clone())?;
            run.sample(config.draws, from.step_size, metric, Record::new(0, dim))
        }
    }
}

/// A chain at work.
struct Run<'a, K, L> {
    chain: usize,
    key: Key,
    state: State,
    /// The number of iterations so far, and at the end.
    iteration: u64,
    last_iteration: u64,
    kernel: K,
    density: Counted<L>,
    observer: &'a dyn Observer,
    began: Instant,
    /// The number of divergences after the warm-up.
    divergences: u64,
}

impl<'a, K: Kernel, L: LogDensity> Run<'a, K, L> {
    #[expect(clippy::too_many_arguments, reason = "a constructor that only fills fields")]
    fn new(
        chain: usize,
        key: Key,
        state: State,
        iteration: u64,
        last_iteration: u64,
        kernel: K,
        density: Counted<L>,
        observer: &'a dyn Observer,
    ) -> Self {
        let began = Instant::now();
        Self { chain, key, state, iteration, last_iteration, kernel, density, observer, began, divergences: 0 }
    }

    fn transition(&mut self, metric: &Metric, step_size: f64) -> Result<Transition> {
        let mut rng = self.key.rng(Purpose::Transition, self.iteration);
        self.iteration += 1;
        self.kernel.step(&mut self.state, &mut self.density, metric, step_size, &mut rng)
    }

    fn report(&self, is_warmup: bool, step_size: f64) {
        self.observer.on_iteration(&ChainProgress {
            chain: self.chain,
            iteration: self.iteration,
            last_iteration: self.last_iteration,
            is_warmup,
            step_size,
            divergences: self.divergences,
            gradient_evaluations: self.density.evaluations(),
            elapsed: self.began.elapsed(),
        });
    }

    fn sample(mut self, draws: usize, step_size: f64, metric: Metric, warmup: Record) -> Result<Chain> {
        let warmup_time = self.began.elapsed();
        let warmup_gradient_evaluations = self.density.evaluations();
        let mut record = Record::new(draws, self.density.dim());
        let mut divergences = BTreeMap::new();
        for draw in 0..draws {
            let Transition { statistics, divergence } = self.transition(&metric, step_size)?;
            record.push(&self.state, statistics);
            self.divergences += u64::from(statistics.diverging);
            if let Some(divergence) = divergence
                && divergences.len() < KEPT_DIVERGENCES
            {
                divergences.insert(draw, divergence);
            }
            self.report(false, statistics.step_size);
        }
        let (warmup_draws, warmup_statistics) = warmup.finish();
        let (draws, statistics) = record.finish();
        Ok(Chain {
            chain: self.chain,
            draws,
            statistics,
            warmup_draws,
            warmup_statistics,
            divergences,
            warmup_gradient_evaluations,
            gradient_evaluations: self.density.evaluations() - warmup_gradient_evaluations,
            warmup_time,
            sampling_time: self.began.elapsed() - warmup_time,
            end: ChainState {
                chain: self.chain,
                iteration: self.iteration,
                position: self.state.position,
                step_size,
                inverse_mass_matrix: metric.inverse_mass_matrix().clone(),
            },
        })
    }
}

/// Draws and their statistics, while they come in.
struct Record {
    draws: Array2<f64>,
    statistics: Vec<DrawStatistics>,
}

impl Record {
    fn new(draws: usize, dim: usize) -> Self {
        Self { draws: Array2::zeros((draws, dim)), statistics: Vec::with_capacity(draws) }
    }

    fn push(&mut self, state: &State, statistics: DrawStatistics) {
        let mut row = self.draws.row_mut(self.statistics.len());
        for (entry, value) in row.iter_mut().zip(&state.position) {
            *entry = *value;
        }
        self.statistics.push(statistics);
    }

    fn finish(self) -> (Array2<f64>, Vec<DrawStatistics>) {
        debug_assert_eq!(self.draws.nrows(), self.statistics.len(), "every row was written");
        (self.draws, self.statistics)
    }
}
