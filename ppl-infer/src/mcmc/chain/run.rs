//! One chain from its start to its last draw.

use std::{collections::BTreeMap, time::Instant};

use ndarray::Array2;
use ppl::random::Key;

use super::{Chain, ChainConfig, ChainState, FailedStep, Kernel, Sampler, Transition};
use crate::error::DensityError;
use crate::{
    Counted, Init, InitialPosition, LogDensity, Result,
    init::find_start,
    progress::{ChainProgress, Observer},
    purpose::Purpose,
    settings::{InvalidSetting, check_dim, reserve},
    statistics::Row,
};

/// The number of failed steps whose positions are kept.
const KEPT_FAILED_STEPS: usize = 100;

/// Where one chain comes from.
pub(super) enum Origin<'a, S> {
    Start(&'a dyn InitialPosition),
    Resume(&'a ChainState<S>),
}

/// Runs one chain.
///
/// # Errors
/// If there is nothing to sample, no valid start, or the density fails.
pub(super) fn run_chain<S: Sampler>(
    sampler: &S,
    density: &mut dyn LogDensity,
    chain: usize,
    origin: &Origin<'_, <S::Kernel as Kernel>::State>,
    observer: &dyn Observer,
) -> Result<Chain<S::Kernel>> {
    let dim = density.dim();
    if dim == 0 {
        return Err(DensityError::NothingToSample.into());
    }
    let began = Instant::now();
    let config = sampler.config();
    config.require_memory(dim)?;
    let key = Key::new(config.seed).chain(chain as u64);
    let mut density = Counted::new(density);
    let (kernel, iteration, warmup) = match origin {
        Origin::Start(init) => {
            let start = find_start(*init, config.init_candidates, &mut density, chain - config.chain_id, key)?;
            let kernel = sampler.start(start, &mut density, &mut Purpose::Adaptation.rng(key.draw(0)))?;
            (kernel, 0, config.warmup)
        }
        Origin::Resume(from) => {
            from.validate()?;
            check_dim("the position to resume from", dim, from.position.len())?;
            let start = find_start(&Init::Value(from.position.clone()), 1, &mut density, 0, key)?;
            (sampler.resume(start, &from.kernel)?, from.iteration, 0)
        }
    };
    let last_iteration = last_iteration(iteration, warmup, config)?;
    let mut run = Run { chain, key, kernel, density, iteration, last_iteration, failed_steps: 0, observer, began };
    let warmup = run.warm_up(warmup, config.keep_warmup)?;
    run.sample(config, warmup)
}

/// The number of iterations at the end of a chain.
fn last_iteration(iteration: u64, warmup: usize, config: &ChainConfig) -> Result<u64> {
    let draws = (config.draws as u64).checked_mul(config.thinning as u64);
    let last = draws.and_then(|draws| draws.checked_add(warmup as u64)).and_then(|own| own.checked_add(iteration));
    let invalid = || InvalidSetting {
        parameter: "iteration",
        expected: format!("at most {} with the iterations of this run", u64::MAX),
        got: iteration.to_string(),
    };
    Ok(last.ok_or_else(invalid)?)
}

/// A chain at work.
struct Run<'a, K, L> {
    chain: usize,
    key: Key,
    kernel: K,
    density: Counted<L>,
    /// The number of iterations so far, and at the end.
    iteration: u64,
    last_iteration: u64,
    /// The number of iterations after the warm-up with a failed step.
    failed_steps: u64,
    observer: &'a dyn Observer,
    began: Instant,
}

impl<K: Kernel, L: LogDensity> Run<'_, K, L> {
    fn transition(&mut self) -> Result<Transition<K::Statistics>> {
        let mut rng = Purpose::Transition.rng(self.key.draw(self.iteration));
        self.iteration += 1;
        self.kernel.step(&mut self.density, &mut rng)
    }

    fn report(&self, is_warmup: bool, statistics: &K::Statistics) {
        self.observer.on_iteration(&ChainProgress {
            chain: self.chain,
            iteration: self.iteration,
            last_iteration: self.last_iteration,
            is_warmup,
            failed_steps: self.failed_steps,
            evaluations: self.density.evaluations(),
            elapsed: self.began.elapsed(),
            statistics: &Row { columns: K::COLUMNS, record: statistics },
        });
    }

    /// Adapts the kernel; the record is empty unless it is to be kept.
    fn warm_up(&mut self, iterations: usize, keep: bool) -> Result<Record<K::Statistics>> {
        let mut record = Record::new("warmup", if keep { iterations } else { 0 }, self.density.dim())?;
        for _ in 0..iterations {
            let Transition { statistics, .. } = self.transition()?;
            if keep {
                record.push(self.kernel.position(), statistics);
            }
            let mut rng = Purpose::Adaptation.rng(self.key.draw(self.iteration));
            self.kernel.adapt(&statistics, &mut self.density, &mut rng)?;
            self.report(true, &statistics);
        }
        Ok(record)
    }

    fn sample(mut self, config: &ChainConfig, warmup: Record<K::Statistics>) -> Result<Chain<K>> {
        let warmup_time = self.began.elapsed();
        let warmup_evaluations = self.density.evaluations();
        let mut record = Record::new("draws", config.draws, self.density.dim())?;
        let mut failed_steps = FailedSteps::default();
        for draw in 0..config.draws {
            for repetition in 1..=config.thinning {
                let Transition { statistics, failed_step } = self.transition()?;
                self.failed_steps += u64::from(failed_step.is_some());
                if repetition == config.thinning {
                    record.push(self.kernel.position(), statistics);
                    failed_steps.push(draw, failed_step);
                }
                self.report(false, &statistics);
            }
        }
        let (draws, statistics) = record.finish()?;
        let (warmup_draws, warmup_statistics) = warmup.finish()?;
        Ok(Chain {
            chain: self.chain,
            draws,
            statistics,
            warmup_draws,
            warmup_statistics,
            failed_steps: failed_steps.first,
            non_finite_steps: failed_steps.non_finite,
            warmup_evaluations,
            evaluations: self.density.evaluations() - warmup_evaluations,
            warmup_time,
            sampling_time: self.began.elapsed() - warmup_time,
            end: ChainState {
                chain: self.chain,
                iteration: self.iteration,
                position: self.kernel.position().to_vec(),
                kernel: self.kernel.state(),
            },
        })
    }
}

/// Draws and their statistics, while they come in.
struct Record<T> {
    dim: usize,
    /// The positions, one after the other.
    draws: Vec<f64>,
    statistics: Vec<T>,
}

impl<T> Record<T> {
    /// An empty record with the capacity for `draws`, or an error that names the setting.
    fn new(parameter: &'static str, draws: usize, dim: usize) -> Result<Self> {
        let scalars = draws.saturating_mul(dim);
        Ok(Self { dim, draws: reserve(parameter, scalars)?, statistics: reserve(parameter, draws)? })
    }

    fn push(&mut self, position: &[f64], statistics: T) {
        self.draws.extend_from_slice(position);
        self.statistics.push(statistics);
    }

    fn finish(self) -> Result<(Array2<f64>, Vec<T>)> {
        let shape = (self.statistics.len(), self.dim);
        let got = self.draws.len() / shape.0.max(1);
        let mismatch =
            |_| DensityError::DimensionMismatch { what: "the position of the kernel", expected: self.dim, got };
        Ok((Array2::from_shape_vec(shape, self.draws).map_err(mismatch)?, self.statistics))
    }
}

/// The first failed steps, and the number of those that left the domain of the density.
#[derive(Default)]
struct FailedSteps {
    first: BTreeMap<usize, FailedStep>,
    non_finite: usize,
}

impl FailedSteps {
    fn push(&mut self, draw: usize, failed_step: Option<FailedStep>) {
        let Some(failed_step) = failed_step else { return };
        self.non_finite += usize::from(!failed_step.is_finite());
        if self.first.len() < KEPT_FAILED_STEPS {
            self.first.insert(draw, failed_step);
        }
    }
}
