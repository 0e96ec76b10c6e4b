//! Many chains at a time.

use std::{collections::BTreeSet, io::IsTerminal};

use super::{
    Chain, ChainState, ChainsResult, Kernel, Sampler, Start, Stop, Watching,
    run::{Job, Origin, WarmChain, warm_up_chain},
    sink::{FailedSteps, Record},
};
use crate::error::ChainError;
use crate::{
    LogDensity, Result,
    error::ChainFailure,
    progress::{Observer, ProgressBars},
    runs::{catching_panics, on_threads_with_meeting},
    settings::require,
};

/// Runs new chains of `sampler` from the starts that its settings name, with a progress bar if they ask for one.
///
/// `density` builds the density of a chain, given its index, in the thread that runs the chain. The draws depend on the
/// settings and the density only, not on the number of threads.
///
/// # Errors
/// If a setting is invalid ([`InvalidSetting`](crate::error::InvalidSetting)) or every chain failed
/// ([`ChainError::AllFailed`]). A chain that fails or panics beside others that do not is reported in
/// [`ChainsResult::failures`].
///
/// # Example
/// ```
/// use ppl_infer::{LogDensity, Nuts, Result, mcmc::chain::sample_chains};
///
/// struct StandardNormal;
///
/// impl LogDensity for StandardNormal {
///     fn dim(&self) -> usize {
///         1
///     }
///
///     fn value_and_gradient(&mut self, position: &[f64], gradient: &mut [f64]) -> Result<f64> {
///         gradient[0] = -position[0];
///         Ok(-0.5 * position[0] * position[0])
///     }
/// }
///
/// let result = sample_chains(&Nuts::new().chains(2).draws(500).progress(false), |_chain| Ok(StandardNormal))?;
/// assert_eq!(result.chains.len(), 2);
/// assert_eq!(result.chains[0].draws.dim(), (500, 1));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
pub fn sample_chains<'a, S, L, F>(sampler: &S, density: F) -> Result<ChainsResult<S::Kernel>>
where
    S: Sampler,
    L: LogDensity + 'a,
    F: Fn(usize) -> Result<L> + Sync,
{
    let config = sampler.config();
    let start = Start::At(&config.init);
    if config.progress && std::io::stderr().is_terminal() {
        sample_chains_from(sampler, density, &start, &ProgressBars::new())
    } else {
        sample_chains_from(sampler, density, &start, &())
    }
}

/// Runs chains of `sampler` from `start`, and tells `observer` of every iteration.
///
/// With [`Start::Resume`] there are as many chains as states, and no warm-up.
///
/// # Errors
/// As [`sample_chains`]; if there is no state to resume from, or two of the same chain.
///
/// # Example
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// use ppl::prelude::*;
/// use ppl_infer::mcmc::chain::{Start, sample_chains_from};
/// use ppl_infer::progress::{ChainProgress, Observer};
/// use ppl_infer::{Init, RandomWalk, density::ModelDensity};
///
/// #[model]
/// fn normal() {
///     sample!("x", Normal::new(0.0, 1.0));
/// }
///
/// /// Counts the iterations of all chains.
/// #[derive(Default)]
/// struct Count(AtomicU64);
///
/// impl Observer for Count {
///     fn on_iteration(&self, _: &ChainProgress<'_>) {
///         self.0.fetch_add(1, Ordering::Relaxed);
///     }
/// }
///
/// let (walk, count) = (RandomWalk::new().chains(3).warmup(50).draws(30), Count::default());
/// let result = sample_chains_from(&walk, |_| ModelDensity::new(normal()), &Start::At(&Init::default()), &count)?;
/// assert_eq!(result.chains[2].draws.dim(), (30, 1));
/// assert_eq!(count.0.into_inner(), 3 * (50 + 30));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
pub fn sample_chains_from<'a, S, L, F>(
    sampler: &S,
    density: F,
    start: &Start<'_, <S::Kernel as Kernel>::State>,
    observer: &dyn Observer,
) -> Result<ChainsResult<S::Kernel>>
where
    S: Sampler,
    L: LogDensity + 'a,
    F: Fn(usize) -> Result<L> + Sync,
{
    run_chains(sampler, &|chain| Ok(Box::new(density(chain)?)), start, observer)
}

/// Builds the density of a chain. It is a trait object, so that what runs the chains is compiled for each sampler once.
type BuildDensity<'f, 'a> = dyn Fn(usize) -> Result<Box<dyn LogDensity + 'a>> + Sync + 'f;

fn run_chains<'s, S: Sampler>(
    sampler: &S,
    density: &BuildDensity<'_, '_>,
    start: &Start<'s, <S::Kernel as Kernel>::State>,
    observer: &dyn Observer,
) -> Result<ChainsResult<S::Kernel>> {
    sampler.validate()?;
    let config = sampler.config();
    // Before the dimension is known.
    config.require_memory(1)?;
    let unused = config.until_ess.is_none() && config.keep == crate::draws::Keep::All;
    require("until_ess and keep", "none: a density has no sites", "one", unused)?;
    let (draws, keep_warmup) = (config.draws, config.keep_warmup);
    let jobs: Vec<Job<'_, _>> = match start {
        Start::At(init) => {
            let job = |chain| Job { chain, origin: Origin::Start(*init), first_draw: 0, draws, keep_warmup };
            (config.chain_id..config.chain_id + config.chains).map(job).collect()
        }
        Start::Resume(states) => {
            let job = |state: &'s ChainState<_>| Job {
                chain: state.chain,
                origin: Origin::Resume(state),
                first_draw: 0,
                draws,
                keep_warmup,
            };
            states.iter().map(job).collect()
        }
    };
    let stop = Stop::new(config, None)?;
    let watching = config.handle.as_ref().map(|handle| {
        handle.watch_chains(jobs.iter().map(|job| job.chain));
        Watching::new(handle, observer)
    });
    let observer = watching.as_ref().map_or(observer, |watching| watching as &dyn Observer);
    let warm_up = |job: &Job<'_, _>| {
        let density = density(job.chain)?;
        config.require_memory(density.dim())?;
        warm_up_chain(sampler, density, job, &stop, observer)
    };
    let (chains, failures) = run_jobs(&jobs, &[], config.threads, observer, warm_up, |_, job, chain| {
        let chain = chain?;
        let mut record = Record::new("draws", config.draws, chain.dim())?;
        let end = chain.sample(&mut record)?;
        let FailedSteps { first: failed_steps, non_finite: non_finite_steps } =
            std::mem::take(&mut record.failed_steps);
        let (draws, statistics) = record.finish()?;
        let (warmup_draws, warmup_statistics) = end.warmup.finish()?;
        Ok(Chain {
            chain: job.chain,
            draws,
            statistics,
            warmup_draws,
            warmup_statistics,
            failed_steps,
            non_finite_steps,
            warmup_evaluations: end.warmup_evaluations,
            evaluations: end.evaluations,
            warmup_time: end.warmup_time,
            sampling_time: end.sampling_time,
            end: end.state,
        })
    })?;
    if chains.is_empty() {
        return Err(ChainError::AllFailed { failures }.into());
    }
    Ok(ChainsResult { chains, failures })
}

/// Runs a job for each chain on some threads: the outcomes of those that succeeded, and the failures of the others.
///
/// At the end of its warm-up a chain waits for the others, and learns what all of them have adapted, and those `beside` them, which
/// have no job.
pub(crate) fn run_jobs<'a, K: Kernel + 'a, T: Send>(
    jobs: &[Job<'_, K::State>],
    beside: &[&K::State],
    threads: Option<usize>,
    observer: &dyn Observer,
    warm_up: impl Fn(&Job<'_, K::State>) -> Result<WarmChain<'a, K>> + Sync,
    sample: impl Fn(usize, &Job<'_, K::State>, Result<WarmChain<'a, K>>) -> Result<T> + Sync,
) -> Result<(Vec<T>, Vec<ChainFailure>)> {
    require("start", "at least one state to resume from", "none", !jobs.is_empty())?;
    let mut indices = BTreeSet::new();
    for Job { chain, .. } in jobs {
        let got = format!("chain {chain} twice");
        require("start", "states of different chains, which draw different numbers", got, indices.insert(chain))?;
    }
    let begin = |index: usize| {
        let begun = catching_panics(|| warm_up(&jobs[index]));
        let state = begun.as_ref().ok().map(WarmChain::state);
        (begun, state)
    };
    let meet = |begun: &mut Result<WarmChain<'a, K>>, states: &[(usize, Option<K::State>)]| {
        if let Ok(chain) = begun {
            let states = states.iter().filter_map(|(_, state)| state.as_ref());
            chain.end_warmup(&states.chain(beside.iter().copied()).collect::<Vec<_>>());
        }
    };
    let end = |index: usize, begun| {
        let job = &jobs[index];
        let outcome = catching_panics(|| sample(index, job, begun));
        observer.on_finish(job.chain, outcome.as_ref().map(|_| ()));
        outcome.map_err(|error| ChainFailure { chain: job.chain, error })
    };
    let (mut results, mut failures) = (Vec::new(), Vec::new());
    for outcome in on_threads_with_meeting(jobs.len(), threads, begin, meet, end) {
        match outcome {
            Ok(result) => results.push(result),
            Err(failure) => failures.push(failure),
        }
    }
    Ok((results, failures))
}
