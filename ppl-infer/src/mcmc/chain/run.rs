//! One chain from its start to its last draw.

use std::ops::Range;
use std::time::{Duration, Instant};

use ppl::random::Key;

use super::sink::{ChainSoFar, DrawSink, Record};
use super::{ChainConfig, ChainState, Kernel, Sampler, Stop, Transition};
use crate::error::DensityError;
use crate::{
    Counted, Evaluations, Init, InitialPosition, LogDensity, Result,
    init::{FoundStart, StartingPoint, find_start},
    pathfinder::PathSearch,
    progress::{ChainProgress, Observer},
    purpose::Purpose,
    settings::{InvalidSetting, check_dim},
    statistics::Row,
};

/// Where one chain comes from.
pub(crate) enum Origin<'a, S> {
    Start(&'a (dyn InitialPosition + Sync)),
    /// A start that has been looked for already.
    Found(&'a FoundStart),
    Resume(&'a ChainState<S>),
}

/// One chain that is to run.
pub(crate) struct Job<'a, S> {
    pub(crate) chain: usize,
    pub(crate) origin: Origin<'a, S>,
    /// The number of draws that the chain has, and is to have at its end.
    pub(crate) first_draw: usize,
    pub(crate) draws: usize,
    /// Whether to keep the draws of the warm-up.
    pub(crate) keep_warmup: bool,
}

/// What a chain leaves beside its draws.
pub(crate) struct ChainEnd<K: Kernel> {
    pub(super) warmup: Record<K::Statistics>,
    pub(super) warmup_evaluations: Evaluations,
    pub(super) evaluations: Evaluations,
    pub(super) warmup_time: Duration,
    pub(super) sampling_time: Duration,
    pub(super) state: ChainState<K::State>,
}

/// Begins a chain, and runs it to the end of its warm-up, or until it is stopped.
///
/// # Errors
/// If there is nothing to sample, no valid start, or the density fails.
pub(crate) fn warm_up_chain<'a, S: Sampler>(
    sampler: &S,
    density: Box<dyn LogDensity + 'a>,
    job: &Job<'_, <S::Kernel as Kernel>::State>,
    stop: &'a Stop<'a>,
    observer: &'a dyn Observer,
) -> Result<WarmChain<'a, S::Kernel>> {
    let chain = job.chain;
    let dim = density.dim();
    if dim == 0 {
        return Err(DensityError::NothingToSample.into());
    }
    let began = Instant::now();
    let config = sampler.config();
    let key = Key::new(config.seed).chain(chain as u64);
    let mut density = Counted::new(density);
    let (kernel, iteration, warmup) = match &job.origin {
        Origin::Start(init) => {
            let found = look_for_start(sampler, *init, &mut density, chain)?;
            (begin(sampler, found.start, &mut density, key)?, 0, config.warmup)
        }
        Origin::Found(found) => {
            density.add(found.evaluations);
            (begin(sampler, found.start.clone(), &mut density, key)?, 0, config.warmup)
        }
        Origin::Resume(from) => {
            from.validate()?;
            check_dim("the position to resume from", dim, from.position.len())?;
            let start = find_start(&Init::Value(from.position.clone()), 1, &mut density, 0, key)?.start.point;
            from.check_density(start.log_density, &mut density, HELP)?;
            (sampler.resume(start, &from.kernel)?, from.iteration, 0)
        }
    };
    let last_iteration = last_iteration(iteration, warmup, job.draws - job.first_draw, config)?;
    let is_new = !matches!(job.origin, Origin::Resume(_));
    let mut run =
        Run { chain, key, kernel, density, iteration, last_iteration, failed_steps: 0, stop, observer, began };
    let warmup = run.warm_up(warmup, job.keep_warmup)?;
    let (draws, warmup_time) = (job.first_draw..job.draws, began.elapsed());
    Ok(WarmChain { run, is_new, draws, thinning: config.thinning, warmup, warmup_time })
}

/// A chain at the end of its warm-up.
pub(crate) struct WarmChain<'a, K: Kernel> {
    run: Run<'a, K, Box<dyn LogDensity + 'a>>,
    /// Whether it has had its warm-up in this run.
    is_new: bool,
    /// Those that are to come.
    draws: Range<usize>,
    thinning: usize,
    warmup: Record<K::Statistics>,
    warmup_time: Duration,
}

impl<K: Kernel> WarmChain<'_, K> {
    pub(super) fn dim(&self) -> usize {
        self.run.density.dim()
    }

    /// What it has adapted.
    pub(super) fn state(&self) -> K::State {
        self.run.kernel.state()
    }

    /// Ends the warm-up of a new chain, with what the chains of the run have adapted. One that goes on gives the draws that it would
    /// have given without the stop.
    pub(super) fn end_warmup(&mut self, chains: &[&K::State]) {
        if self.is_new {
            self.run.kernel.end_warmup(chains);
        }
    }

    /// Runs the chain, whose draws go to `sink`, until it has made them all or is stopped.
    ///
    /// # Errors
    /// If the density or the sink fails.
    pub(crate) fn sample(self, sink: &mut dyn DrawSink<K>) -> Result<ChainEnd<K>> {
        self.run.sample(self.draws, self.thinning, (self.warmup, self.warmup_time), sink)
    }
}

/// Looks for the start of a chain, as its sampler does.
///
/// # Errors
/// If there is no valid start, or the density fails.
pub(crate) fn look_for_start<S: Sampler>(
    sampler: &S,
    init: &(dyn InitialPosition + Sync),
    density: &mut dyn LogDensity,
    chain: usize,
) -> Result<FoundStart> {
    let config = sampler.config();
    let (row, key) = (chain - config.chain_id, Key::new(config.seed).chain(chain as u64));
    let search = PathSearch {
        paths: sampler.init_paths(),
        draws: sampler.init_draws(density.dim()),
        candidates: config.init_candidates,
    };
    if search.paths > 0 && init.is_uninformed(row) {
        search.find_start(init, density, row, key)
    } else {
        find_start(init, search.candidates, density, row, key)
    }
}

/// The kernel of a new chain.
fn begin<S: Sampler>(sampler: &S, start: StartingPoint, density: &mut dyn LogDensity, key: Key) -> Result<S::Kernel> {
    sampler.start(start, density, &mut Purpose::Adaptation.rng(key.draw(0)))
}

/// The number of iterations at the end of a chain.
fn last_iteration(iteration: u64, warmup: usize, draws: usize, config: &ChainConfig) -> Result<u64> {
    let draws = (draws as u64).checked_mul(config.thinning as u64);
    let last = draws.and_then(|draws| draws.checked_add(warmup as u64)).and_then(|own| own.checked_add(iteration));
    let invalid = || InvalidSetting {
        parameter: "iteration",
        expected: format!("at most {} with the iterations of this run", u64::MAX),
        got: iteration.to_string(),
    };
    Ok(last.ok_or_else(invalid)?)
}

/// What to do about a state of another density.
const HELP: &str = "resume with the data and the model of that run, or set `log_density` of the state to `None`";

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
    stop: &'a Stop<'a>,
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
        if !self.observer.is_watching() {
            return;
        }
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
            if self.stop.is_due(0) {
                break;
            }
            let Transition { statistics, .. } = self.transition()?;
            if keep {
                record.push_draw(self.kernel.position(), statistics);
            }
            let mut rng = Purpose::Adaptation.rng(self.key.draw(self.iteration));
            self.kernel.adapt(&statistics, &mut self.density, &mut rng)?;
            self.report(true, &statistics);
        }
        Ok(record)
    }

    fn sample(
        mut self,
        draws: Range<usize>,
        thinning: usize,
        (warmup, warmup_time): (Record<K::Statistics>, Duration),
        sink: &mut dyn DrawSink<K>,
    ) -> Result<ChainEnd<K>> {
        let began = Instant::now();
        let warmup_evaluations = self.density.evaluations();
        for draw in draws {
            // Between two draws, where a chain that goes on later begins.
            if self.stop.is_due(draw) {
                break;
            }
            for repetition in 1..=thinning {
                let Transition { statistics, failed_step } = self.transition()?;
                self.failed_steps += u64::from(failed_step.is_some());
                if repetition == thinning {
                    sink.push(self.kernel.position(), &statistics, failed_step)?;
                }
                self.report(false, &statistics);
            }
            if sink.is_full() {
                sink.end_block(&self.so_far(warmup_evaluations))?;
            }
        }
        sink.end_block(&self.so_far(warmup_evaluations))?;
        let state = self.so_far(warmup_evaluations).state();
        Ok(ChainEnd {
            warmup,
            warmup_evaluations,
            evaluations: self.density.evaluations() - warmup_evaluations,
            warmup_time,
            sampling_time: began.elapsed(),
            state,
        })
    }

    fn so_far(&self, warmup_evaluations: Evaluations) -> ChainSoFar<'_, K> {
        ChainSoFar {
            chain: self.chain,
            iteration: self.iteration,
            kernel: &self.kernel,
            evaluations: self.density.evaluations(),
            warmup_evaluations,
            elapsed: self.began.elapsed(),
        }
    }
}
