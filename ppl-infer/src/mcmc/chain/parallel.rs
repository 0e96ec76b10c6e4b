//! Many chains at a time.

use std::{collections::BTreeSet, io::IsTerminal};

use super::{
    ChainsResult, Kernel, Sampler, Start,
    run::{Origin, run_chain},
};
use crate::error::ChainError;
use crate::{
    LogDensity, Result,
    error::ChainFailure,
    progress::{Observer, ProgressBars},
    runs::{catching_panics, on_threads},
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

fn run_chains<S: Sampler>(
    sampler: &S,
    density: &BuildDensity<'_, '_>,
    start: &Start<'_, <S::Kernel as Kernel>::State>,
    observer: &dyn Observer,
) -> Result<ChainsResult<S::Kernel>> {
    sampler.validate()?;
    // Before the dimension is known.
    sampler.config().require_memory(1)?;
    let origins: Vec<(usize, Origin<'_, _>)> = match start {
        Start::At(init) => {
            let first = sampler.config().chain_id;
            (first..first + sampler.config().chains).map(|chain| (chain, Origin::Start(*init))).collect()
        }
        Start::Resume(states) => states.iter().map(|state| (state.chain, Origin::Resume(state))).collect(),
    };
    require("start", "at least one state to resume from", "none", !origins.is_empty())?;
    let mut indices = BTreeSet::new();
    for (chain, _) in &origins {
        let got = format!("chain {chain} twice");
        require("start", "states of different chains, which draw different numbers", got, indices.insert(chain))?;
    }

    let outcomes = on_threads(origins.len(), sampler.config().threads, |job| {
        let (chain, origin) = &origins[job];
        let run = || run_chain(sampler, &mut *density(*chain)?, *chain, origin, observer);
        let outcome = catching_panics(run);
        observer.on_finish(*chain, outcome.as_ref().map(|_| ()));
        outcome.map_err(|error| ChainFailure { chain: *chain, error })
    });

    let mut result = ChainsResult { chains: Vec::new(), failures: Vec::new() };
    for outcome in outcomes {
        match outcome {
            Ok(chain) => result.chains.push(chain),
            Err(failure) => result.failures.push(failure),
        }
    }
    if result.chains.is_empty() {
        return Err(ChainError::AllFailed { failures: result.failures }.into());
    }
    Ok(result)
}
