//! Many chains at a time.

use std::{
    any::Any,
    io::IsTerminal,
    num::NonZero,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use super::{
    Chain, ChainsResult, Sampler, Start,
    config::require,
    run::{Origin, run_chain},
};
use crate::{
    ChainFailure, Error, LogDensity, Result,
    progress::{Observer, ProgressBars},
};

/// The stack of a chain's thread: that of a main thread on common platforms, since models may recurse.
const STACK_SIZE: usize = 8 << 20;

/// Runs new chains of `sampler` from the starts that its settings name, with a progress bar if they ask for one.
///
/// `density` builds the density of a chain, given its index, in the thread that runs the chain. The draws depend on the
/// settings and the density only, not on the number of threads.
///
/// # Errors
/// If a setting is invalid ([`Error::InvalidSetting`]) or every chain failed ([`Error::AllChainsFailed`]). A chain that
/// fails or panics beside others that do not is reported in [`ChainsResult::failures`].
///
/// # Example
/// ```
/// use ppl_infer::{LogDensity, Nuts, Result, chain::sample_chains};
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
pub fn sample_chains<S, L, F>(sampler: &S, density: F) -> Result<ChainsResult>
where
    S: Sampler,
    L: LogDensity,
    F: Fn(usize) -> Result<L> + Sync,
{
    let config = sampler.config();
    let start = Start::At(&config.init);
    if config.progress && std::io::stderr().is_terminal() {
        sample_chains_from(sampler, density, start, &ProgressBars::new())
    } else {
        sample_chains_from(sampler, density, start, &())
    }
}

/// Runs chains of `sampler` from `start`, and tells `observer` of every iteration.
///
/// With [`Start::Resume`] there are as many chains as states, and no warm-up.
///
/// # Errors
/// As [`sample_chains`].
pub fn sample_chains_from<S, L, F>(
    sampler: &S,
    density: F,
    start: Start<'_>,
    observer: &dyn Observer,
) -> Result<ChainsResult>
where
    S: Sampler,
    L: LogDensity,
    F: Fn(usize) -> Result<L> + Sync,
{
    sampler.validate()?;
    let origins: Vec<(usize, Origin<'_>)> = match start {
        Start::At(init) => {
            let first = sampler.config().chain_id;
            (first..first + sampler.config().chains).map(|chain| (chain, Origin::Start(init))).collect()
        }
        Start::Resume(states) => states.iter().map(|state| (state.chain, Origin::Resume(state))).collect(),
    };
    require("start", "at least one state to resume from", "none", !origins.is_empty())?;

    let outcomes = in_parallel(origins.len(), sampler.config().threads, |job| {
        let (chain, origin) = origins[job];
        let outcome = catching_panics(|| run_chain(sampler, density(chain)?, chain, origin, observer));
        observer.on_finish(chain, outcome.as_ref());
        outcome.map_err(|error| ChainFailure { chain, error })
    });

    let mut result = ChainsResult { chains: Vec::new(), failures: Vec::new() };
    for outcome in outcomes {
        match outcome {
            Ok(chain) => result.chains.push(chain),
            Err(failure) => result.failures.push(failure),
        }
    }
    if result.chains.is_empty() {
        return Err(Error::AllChainsFailed { failures: result.failures });
    }
    Ok(result)
}

/// Runs `jobs` jobs on at most `threads` threads; returns their results in order.
fn in_parallel<T: Send>(jobs: usize, threads: Option<usize>, job: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let cores = || thread::available_parallelism().map_or(1, NonZero::get);
    let threads = threads.unwrap_or_else(cores).min(jobs);
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::with_capacity(jobs));
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= jobs {
                break;
            }
            let result = job(index);
            results.lock().unwrap_or_else(PoisonError::into_inner).push((index, result));
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            // Where no further thread can be had, those that exist do the work.
            if thread::Builder::new().stack_size(STACK_SIZE).spawn_scoped(scope, work).is_err() {
                break;
            }
        }
        work();
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

/// Turns a panic into an error that carries its message.
fn catching_panics(run: impl FnOnce() -> Result<Chain>) -> Result<Chain> {
    // Unwind safety: everything that the closure changes belongs to the chain and is dropped with it.
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|payload| {
        let message = panic_message(payload.as_ref());
        Err(Error::ChainPanicked { message })
    })
}

fn panic_message(payload: &(dyn Any + Send)) -> String {
    if let Some(message) = payload.downcast_ref::<&str>() {
        (*message).to_owned()
    } else if let Some(message) = payload.downcast_ref::<String>() {
        message.clone()
    } else {
        "a value that is not a message".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU64;

    use super::*;
    use crate::{
        Hmc, Nuts,
        chain::{ChainState, Init},
        hmc::InverseMassMatrix,
        progress::ChainProgress,
        test_targets::{Failing, Gaussian, Univariate, cliff, panicking},
    };

    fn nuts() -> Nuts {
        Nuts::new().chains(4).warmup(150).draws(60).seed(5).progress(false)
    }

    fn target(_: usize) -> Result<Gaussian> {
        Ok(Gaussian::bivariate([1.0, 2.0], [0.5, 3.0], 0.8))
    }

    fn boxed(density: impl LogDensity + 'static) -> Result<Box<dyn LogDensity>> {
        Ok(Box::new(density))
    }

    fn draws(result: &ChainsResult) -> Vec<Vec<f64>> {
        result.chains.iter().map(|chain| chain.draws.iter().copied().collect()).collect()
    }

    #[test]
    fn draws_do_not_depend_on_the_number_of_threads_nor_on_other_chains() {
        let sequential = sample_chains(&nuts().threads(1), target).unwrap();
        let parallel = sample_chains(&nuts().threads(4), target).unwrap();
        assert_eq!(draws(&sequential), draws(&parallel));
        assert_eq!(sequential.chains.iter().map(|chain| chain.chain).collect::<Vec<_>>(), [0, 1, 2, 3]);
        for (a, b) in sequential.chains.iter().zip(&parallel.chains) {
            assert_eq!((&a.statistics, &a.end), (&b.statistics, &b.end));
        }
        let fewer = sample_chains(&nuts().chains(2), target).unwrap();
        assert_eq!(draws(&fewer), draws(&sequential)[..2]);
    }

    #[test]
    fn chains_and_seeds_have_streams_of_their_own() {
        let mut all = Vec::new();
        for seed in 0..3 {
            all.extend(draws(&sample_chains(&nuts().seed(seed), target).unwrap()));
        }
        for i in 0..all.len() {
            for j in 0..i {
                assert_ne!(all[i], all[j], "chains {i} and {j}");
            }
        }
    }

    #[test]
    fn a_stopped_run_resumes_bit_for_bit() {
        let resume = |from: &[ChainState], draws| {
            sample_chains_from(&nuts().draws(draws).dense_mass(true), target, Start::Resume(from), &()).unwrap()
        };
        let whole = sample_chains(&nuts().dense_mass(true), target).unwrap();
        let first = sample_chains(&nuts().dense_mass(true).draws(25), target).unwrap();
        let stored = serde_json::to_string(&first.end()).unwrap();
        let second = resume(&serde_json::from_str::<Vec<ChainState>>(&stored).unwrap(), 35);
        for ((whole, first), second) in whole.chains.iter().zip(&first.chains).zip(&second.chains) {
            let glued: Vec<f64> = first.draws.iter().chain(&second.draws).copied().collect();
            assert_eq!(whole.draws.iter().copied().collect::<Vec<_>>(), glued);
            assert_eq!(whole.statistics[25..], second.statistics);
            assert_eq!(whole.end, second.end);
            assert_eq!(
                second.gradient_evaluations,
                second.statistics.iter().map(|s| u64::from(s.n_steps)).sum::<u64>()
            );
        }
        // A chain resumes by itself, under its own index.
        let alone = resume(&first.end()[2..3], 35);
        assert_eq!(alone.chains[0].chain, 2);
        assert_eq!(alone.chains[0].draws, second.chains[2].draws);
    }

    #[test]
    fn a_panic_in_one_chain_keeps_the_others() {
        let density = |chain| if chain == 2 { boxed(panicking(500)) } else { boxed(Gaussian::diagonal(&[1.0])) };
        for threads in [1, 4] {
            let result = sample_chains(&nuts().threads(threads), density).unwrap();
            assert_eq!(result.chains.iter().map(|chain| chain.chain).collect::<Vec<_>>(), [0, 1, 3]);
            assert_eq!(result.failures.len(), 1);
            assert_eq!(result.failures[0].to_string(), "chain 2: the chain panicked: the model panicked on purpose");
        }
    }

    #[test]
    fn a_density_that_fails_or_cannot_be_built_is_the_error_of_its_chain() {
        let density = |chain| match chain {
            0 => boxed(Failing { after: 40 }),
            1 => Err(Error::DimensionMismatch { what: "data", expected: 1, got: 2 }),
            _ => boxed(Failing { after: usize::MAX }),
        };
        let result = sample_chains(&nuts(), density).unwrap();
        assert_eq!(result.failures.iter().map(|failure| failure.chain).collect::<Vec<_>>(), [0, 1]);
        assert!(matches!(result.failures[0].error, Error::NothingToSample));
        assert!(matches!(result.failures[1].error, Error::DimensionMismatch { .. }));
    }

    #[test]
    fn a_run_without_any_chain_is_an_error_with_every_reason() {
        let invalid = |_| Ok(Univariate(|_| (f64::NAN, 0.0)));
        match sample_chains(&nuts().chains(2), invalid) {
            Err(Error::AllChainsFailed { failures }) => {
                assert_eq!(failures.len(), 2);
                assert!(matches!(&failures[1].error, Error::NoValidStart { attempts: 100, .. }));
            }
            other => panic!("{other:?}"),
        }
        let nothing = sample_chains(&nuts(), |_| Ok(Gaussian::diagonal(&[]))).unwrap_err();
        assert!(nothing.to_string().contains("there is no continuous latent variable to sample"), "{nothing}");
        let flat = sample_chains(&nuts(), |_| Ok(Univariate(|_| (0.0, 0.0)))).unwrap_err();
        assert!(flat.to_string().contains("improper"), "{flat}");
    }

    #[test]
    fn invalid_settings_and_shapes_are_errors() {
        assert!(matches!(
            sample_chains(&nuts().draws(0), target),
            Err(Error::InvalidSetting { parameter: "draws", .. })
        ));
        let message = |nuts: Nuts| sample_chains(&nuts, target).unwrap_err().to_string();
        let matrix = InverseMassMatrix::identity(3, false);
        assert!(message(nuts().inverse_mass_matrix(matrix)).contains("the inverse mass matrix has dimension 3"));
        assert!(message(nuts().init(Init::Value(vec![0.0]))).contains("the start has dimension 1"));
        let none = sample_chains_from(&nuts(), target, Start::Resume(&[]), &());
        assert!(matches!(none, Err(Error::InvalidSetting { parameter: "start", .. })));
    }

    #[test]
    fn warmup_draws_are_kept_on_request_and_gradients_counted() {
        let plain = sample_chains(&nuts().chains(1), target).unwrap();
        let kept = sample_chains(&nuts().chains(1).keep_warmup(true), target).unwrap();
        let (plain, kept) = (&plain.chains[0], &kept.chains[0]);
        assert_eq!((plain.warmup_draws.dim(), kept.warmup_draws.dim()), ((0, 2), (150, 2)));
        assert_eq!((plain.warmup_statistics.len(), kept.warmup_statistics.len()), (0, 150));
        assert_eq!(plain.draws, kept.draws);
        let steps: u64 = kept.statistics.iter().map(|statistics| u64::from(statistics.n_steps)).sum();
        let warmup_steps: u64 = kept.warmup_statistics.iter().map(|statistics| u64::from(statistics.n_steps)).sum();
        assert_eq!(kept.gradient_evaluations, steps);
        // One gradient for the start; a search for a step size at the start and after the only window.
        let searches = kept.warmup_gradient_evaluations - warmup_steps - 1;
        assert!((4..40).contains(&searches), "{searches}");
        assert_eq!(kept.end.iteration, 210);
        assert_eq!(kept.end.position, kept.draws.row(59).to_vec());
        assert!(kept.statistics.iter().all(|statistics| statistics.step_size == kept.end.step_size));
    }

    #[test]
    fn divergences_are_counted_and_located() {
        for result in [
            sample_chains(&nuts(), |_| Ok(cliff())).unwrap(),
            sample_chains(&Hmc::new().warmup(150).draws(60).progress(false), |_| Ok(cliff())).unwrap(),
        ] {
            assert!(result.divergences() > 10);
            for chain in &result.chains {
                assert!(chain.draws.iter().all(|x| *x <= 1.0));
                for (draw, divergence) in &chain.divergences {
                    assert!(chain.statistics[*draw].diverging);
                    assert!(divergence.start[0] <= 1.0 && divergence.end[0] > 1.0);
                }
                let diverging = chain.statistics.iter().filter(|statistics| statistics.diverging).count();
                assert_eq!(chain.divergences.len(), diverging);
            }
        }
    }

    #[test]
    fn an_observer_sees_every_iteration_and_every_end() {
        #[derive(Default)]
        struct Count {
            warmup: AtomicU64,
            draws: AtomicU64,
            succeeded: AtomicU64,
            failed: AtomicU64,
        }
        impl Observer for Count {
            fn on_iteration(&self, progress: &ChainProgress) {
                let counter = if progress.is_warmup { &self.warmup } else { &self.draws };
                counter.fetch_add(1, Ordering::Relaxed);
                assert_eq!(progress.is_warmup, progress.iteration <= 150);
                assert_eq!(progress.last_iteration, 210);
            }

            fn on_finish(&self, chain: usize, outcome: std::result::Result<&Chain, &Error>) {
                let counter = if outcome.is_ok() { &self.succeeded } else { &self.failed };
                counter.fetch_add(1, Ordering::Relaxed);
                assert_eq!(outcome.is_err(), chain == 3);
            }
        }
        let count = Count::default();
        let density = |chain| if chain == 3 { boxed(Failing { after: 0 }) } else { boxed(Gaussian::diagonal(&[1.0])) };
        sample_chains_from(&nuts(), density, Start::At(&Init::default()), &count).unwrap();
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        assert_eq!((get(&count.warmup), get(&count.draws)), (450, 180));
        assert_eq!((get(&count.succeeded), get(&count.failed)), (3, 1));
    }

    #[test]
    fn parallel_jobs_come_back_in_order_and_every_panic_message_is_kept() {
        assert_eq!(in_parallel(20, Some(3), |job| job * job), (0..20).map(|job| job * job).collect::<Vec<_>>());
        assert_eq!(in_parallel(2, None, |job| job), [0, 1]);
        assert_eq!(panic_message(&"static"), "static");
        assert_eq!(panic_message(&String::from("formatted")), "formatted");
        assert_eq!(panic_message(&3), "a value that is not a message");
    }
}
