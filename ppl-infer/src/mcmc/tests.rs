//! Tests of chains by the samplers that run in them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::chain::{
    ChainConfig, ChainState, ChainsResult, Kernel, RunHandle, Sampler, Start, sample_chains, sample_chains_from,
};
use super::hmc::{HamiltonianKernel, HamiltonianState, HamiltonianTransition, HmcConfig, InverseMassMatrix, Metric};
use super::{Hmc, Nuts};
use crate::error::{ChainError, DensityError, InvalidSetting};
use crate::{
    Error, Init, LogDensity, Result,
    density::{DensityConfig, Engine},
    draws::Keep,
    progress::{ChainProgress, Observer},
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

fn draws<K: Kernel>(result: &ChainsResult<K>) -> Vec<Vec<f64>> {
    result.chains.iter().map(|chain| chain.draws.iter().copied().collect()).collect()
}

/// Nor on other chains, unless the target of the step size rises in one.
#[test]
fn draws_do_not_depend_on_the_number_of_threads() {
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

/// Neal's funnel, of two dimensions: the deeper in its neck, the smaller the steps must be.
#[derive(Clone)]
struct Funnel;

impl LogDensity for Funnel {
    fn dim(&self) -> usize {
        2
    }

    fn value_and_gradient(&mut self, x: &[f64], gradient: &mut [f64]) -> Result<f64> {
        let precision = (-x[0]).exp();
        gradient.copy_from_slice(&[-x[0] / 9.0 + 0.5 * x[1] * x[1] * precision - 0.5, -x[1] * precision]);
        Ok(-x[0] * x[0] / 18.0 - 0.5 * (x[1] * x[1] * precision + x[0]))
    }
}

#[test]
fn chains_that_have_seen_different_curvatures_take_no_larger_steps_than_their_lower_median() {
    let sampler = nuts().warmup(400);
    let run = |threads| sample_chains(&sampler.clone().threads(threads), |_| Ok(Funnel)).unwrap();
    let together = run(2);
    assert_eq!(draws(&together), draws(&run(1)));
    assert_eq!(draws(&together), draws(&run(4)));
    let alone: Vec<HamiltonianState> = (0..4)
        .map(|chain| {
            let end = sample_chains(&sampler.clone().chains(1).chain_id(chain), |_| Ok(Funnel)).unwrap().end();
            end[0].kernel.clone()
        })
        .collect();
    assert!(alone.iter().any(|state| state.target_accept_prob > Some(0.8)), "{alone:?}");
    let mut sorted: Vec<f64> = alone.iter().map(|state| state.step_size).collect();
    sorted.sort_by(f64::total_cmp);
    assert!(sorted[3] > 1.05 * sorted[1], "{sorted:?}");
    for (own, chain) in alone.iter().zip(together.end()) {
        assert_eq!(chain.kernel.step_size, own.step_size.min(sorted[1]));
        assert_eq!(chain.kernel.inverse_mass_matrix, own.inverse_mass_matrix);
    }
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
    for metric in [Metric::Automatic, Metric::Diagonal, Metric::DrawsAndGradients, Metric::LowRank, Metric::Dense] {
        // Long enough for a metric of low rank.
        let nuts = nuts().warmup(400).metric(metric);
        let resume = |from: &[ChainState<HamiltonianState>], draws| {
            sample_chains_from(&nuts.clone().draws(draws), target, &Start::Resume(from), &()).unwrap()
        };
        let whole = sample_chains(&nuts, target).unwrap();
        let first = sample_chains(&nuts.clone().draws(25), target).unwrap();
        for end in first.end() {
            let matrix = &end.kernel.inverse_mass_matrix;
            match metric {
                Metric::Diagonal | Metric::DrawsAndGradients => {
                    assert!(matches!(matrix, InverseMassMatrix::Diagonal(_)));
                }
                Metric::Automatic | Metric::LowRank => assert!(matches!(matrix, InverseMassMatrix::LowRank { .. })),
                Metric::Dense => assert!(matches!(matrix, InverseMassMatrix::Dense { .. })),
            }
        }
        let stored = serde_json::to_string(&first.end()).unwrap();
        let second = resume(&serde_json::from_str::<Vec<ChainState<HamiltonianState>>>(&stored).unwrap(), 35);
        for ((whole, first), second) in whole.chains.iter().zip(&first.chains).zip(&second.chains) {
            let glued: Vec<f64> = first.draws.iter().chain(&second.draws).copied().collect();
            assert_eq!(whole.draws.iter().copied().collect::<Vec<_>>(), glued);
            assert_eq!(whole.statistics[25..], second.statistics);
            assert_eq!(whole.end, second.end);
            let steps: u64 = second.statistics.iter().map(|s| u64::from(s.n_steps)).sum();
            assert_eq!(second.evaluations.gradients, steps);
        }
        // A chain resumes by itself, under its own index.
        let alone = resume(&first.end()[2..3], 35);
        assert_eq!(alone.chains[0].chain, 2);
        assert_eq!(alone.chains[0].draws, second.chains[2].draws);
    }
}

#[test]
fn a_panic_in_one_chain_keeps_the_others() {
    let density = |chain| if chain == 2 { boxed(panicking(500)) } else { boxed(Gaussian::diagonal(&[1.0])) };
    for threads in [1, 4] {
        let result = sample_chains(&nuts().threads(threads), density).unwrap();
        assert_eq!(result.chains.iter().map(|chain| chain.chain).collect::<Vec<_>>(), [0, 1, 3]);
        assert_eq!(result.failures.len(), 1);
        assert_eq!(result.failures[0].to_string(), "chain 2: panicked: the model panicked on purpose");
    }
}

#[test]
fn a_density_that_fails_or_cannot_be_built_is_the_error_of_its_chain() {
    let density = |chain| match chain {
        0 => boxed(Failing { after: 40 }),
        1 => Err(DensityError::DimensionMismatch { what: "data", expected: 1, got: 2 }.into()),
        _ => boxed(Failing { after: usize::MAX }),
    };
    let result = sample_chains(&nuts(), density).unwrap();
    assert_eq!(result.failures.iter().map(|failure| failure.chain).collect::<Vec<_>>(), [0, 1]);
    assert!(matches!(result.failures[0].error, Error::Density(DensityError::NothingToSample)));
    assert!(matches!(result.failures[1].error, Error::Density(DensityError::DimensionMismatch { .. })));
}

#[test]
fn a_run_without_any_chain_is_an_error_with_every_reason() {
    let invalid = |_| Ok(Univariate(|_| (f64::NAN, 0.0)));
    match sample_chains(&nuts().chains(2), invalid) {
        Err(Error::Chain(ChainError::AllFailed { failures })) => {
            assert_eq!(failures.len(), 2);
            assert!(
                matches!(&failures[1].error, Error::Density(DensityError::NoValidStart { positions, .. }) if positions.len() == 100)
            );
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
        Err(Error::Setting(InvalidSetting { parameter: "draws", .. }))
    ));
    let message = |nuts: Nuts| sample_chains(&nuts, target).unwrap_err().to_string();
    let matrix = InverseMassMatrix::identity(3, false);
    assert!(message(nuts().inverse_mass_matrix(matrix)).contains("the inverse mass matrix has dimension 3"));
    assert!(message(nuts().init(Init::Value(vec![0.0]))).contains("the start has dimension 1"));
    let none = sample_chains_from(&nuts(), target, &Start::Resume(&[]), &());
    assert!(matches!(none, Err(Error::Setting(InvalidSetting { parameter: "start", .. }))));
}

#[test]
fn warmup_draws_are_kept_on_request_and_gradients_counted() {
    // Stan's adaptation: one proposal as a start, windows one after the other.
    let nuts = nuts().chains(1).metric(Metric::Diagonal);
    let plain = sample_chains(&nuts, target).unwrap();
    let kept = sample_chains(&nuts.clone().keep_warmup(true), target).unwrap();
    let (plain, kept) = (&plain.chains[0], &kept.chains[0]);
    assert_eq!((plain.warmup_draws.dim(), kept.warmup_draws.dim()), ((0, 2), (150, 2)));
    assert_eq!((plain.warmup_statistics.len(), kept.warmup_statistics.len()), (0, 150));
    assert_eq!(plain.draws, kept.draws);
    let steps: u64 = kept.statistics.iter().map(|statistics| u64::from(statistics.n_steps)).sum();
    let warmup_steps: u64 = kept.warmup_statistics.iter().map(|statistics| u64::from(statistics.n_steps)).sum();
    assert_eq!(kept.evaluations.gradients, steps);
    // A gradient for each of the starts; a search for a step size at the start and after the only window.
    let starts = nuts.chain.init_candidates as u64;
    let searches = kept.warmup_evaluations.gradients - warmup_steps - starts;
    assert!((4..40).contains(&searches), "{searches}");
    assert_eq!(kept.end.iteration, 210);
    assert_eq!(kept.end.position, kept.draws.row(59).to_vec());
    assert!(kept.statistics.iter().all(|statistics| statistics.step_size == kept.end.kernel.step_size));
}

#[test]
fn divergences_are_counted_and_located() {
    fn check<S, T>(sampler: &S)
    where
        S: Sampler<Kernel = HamiltonianKernel<T>>,
        T: HamiltonianTransition,
    {
        let result = sample_chains(sampler, |_| Ok(cliff())).unwrap();
        assert!(result.divergences() > 10);
        for chain in &result.chains {
            assert!(chain.draws.iter().all(|x| *x <= 1.0));
            for (draw, divergence) in &chain.failed_steps {
                assert!(chain.statistics[*draw].diverging);
                assert!(divergence.start[0] <= 1.0 && divergence.end[0] > 1.0);
            }
            let diverging = chain.statistics.iter().filter(|statistics| statistics.diverging).count();
            assert_eq!((chain.failed_steps.len(), chain.non_finite_steps), (diverging, diverging));
        }
    }
    check(&nuts());
    check(&Hmc::new().warmup(150).draws(60).progress(false));
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
        fn on_iteration(&self, progress: &ChainProgress<'_>) {
            let counter = if progress.is_warmup { &self.warmup } else { &self.draws };
            counter.fetch_add(1, Ordering::Relaxed);
            assert_eq!(progress.is_warmup, progress.iteration <= 150);
            assert_eq!(progress.last_iteration, 210);
        }

        fn on_finish(&self, chain: usize, outcome: std::result::Result<(), &Error>) {
            let counter = if outcome.is_ok() { &self.succeeded } else { &self.failed };
            counter.fetch_add(1, Ordering::Relaxed);
            assert_eq!(outcome.is_err(), chain == 3);
        }
    }
    let count = Count::default();
    let density = |chain| if chain == 3 { boxed(Failing { after: 0 }) } else { boxed(Gaussian::diagonal(&[1.0])) };
    sample_chains_from(&nuts(), density, &Start::At(&Init::default()), &count).unwrap();
    let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    assert_eq!((get(&count.warmup), get(&count.draws)), (450, 180));
    assert_eq!((get(&count.succeeded), get(&count.failed)), (3, 1));
}

#[test]
fn builders_set_the_field_of_their_name() {
    let matrix = InverseMassMatrix::identity(2, true);
    let nuts = Nuts::new().chains(3).chain_id(5).warmup(10).draws(20).thinning(4).seed(7).threads(2).progress(false);
    let nuts = nuts
        .keep_warmup(true)
        .init(Init::Uniform { radius: 1.0 })
        .init_candidates(4)
        .engine(Engine::Tape)
        .threads_per_chain(2);
    let nuts =
        nuts.target_accept_prob(0.9).step_size(0.1).adapt_step_size(false).step_size_jitter(0.3).metric(Metric::Dense);
    let nuts = nuts
        .init_paths(3)
        .adapt_mass_matrix(false)
        .inverse_mass_matrix(matrix.clone())
        .max_energy_error(50.0)
        .max_tree_depth(7);
    let handle = RunHandle::new();
    let nuts = nuts.keep(["x"]).time_limit(Duration::from_secs(9)).until_ess(400.0).stop_on_ctrl_c(true);
    let nuts = nuts.handle(handle.clone());
    let expected = Nuts {
        chain: ChainConfig {
            chains: 3,
            chain_id: 5,
            warmup: 10,
            draws: 20,
            thinning: 4,
            seed: 7,
            threads: Some(2),
            progress: false,
            keep_warmup: true,
            keep: Keep::Sites(vec!["x".to_owned()]),
            time_limit: Some(Duration::from_secs(9)),
            stop_on_ctrl_c: true,
            until_ess: Some(400.0),
            handle: Some(handle),
            init: Init::Uniform { radius: 1.0 },
            init_candidates: 4,
        },
        density: DensityConfig { engine: Engine::Tape, threads_per_chain: 2 },
        hmc: HmcConfig {
            target_accept_prob: Some(0.9),
            step_size: 0.1,
            adapt_step_size: false,
            step_size_jitter: 0.3,
            metric: Metric::Dense,
            adapt_mass_matrix: false,
            inverse_mass_matrix: Some(matrix),
            init_paths: Some(3),
            max_energy_error: 50.0,
        },
        max_tree_depth: 7,
    };
    assert_eq!(nuts, expected);
    assert!(nuts.validate().is_ok());
}

#[test]
fn a_chain_goes_on_only_with_the_density_that_it_came_from() {
    let first = sample_chains(&nuts(), target).unwrap();
    let states = first.end();
    let other = |_| Ok(Gaussian::bivariate([1.0, 2.0], [0.5, 3.0], 0.801));
    let resume = |states: &[ChainState<HamiltonianState>], density: fn(usize) -> Result<Gaussian>| {
        sample_chains_from(&nuts(), density, &Start::Resume(states), &())
    };
    let whole = resume(&states, target).unwrap();
    let Err(Error::Chain(ChainError::AllFailed { failures })) = resume(&states, other) else { panic!("it went on") };
    for (failure, state) in failures.iter().zip(&states) {
        let Error::Chain(ChainError::ChangedDensity { chain, stored, now, .. }) = failure.error else {
            panic!("{failure}")
        };
        let mut density = other(0).unwrap();
        let expected = density.value_and_gradient(&state.position, &mut [0.0; 2]).unwrap();
        assert_eq!((chain, Some(stored), now), (state.chain, state.log_density, expected));
    }
    // On purpose, and where the state is one of an earlier release.
    let mut unchecked = states.clone();
    unchecked.iter_mut().for_each(|state| state.log_density = None);
    assert_eq!(resume(&unchecked, other).unwrap().chains.len(), 4);
    let mut json = serde_json::to_value(&states).unwrap();
    json.as_array_mut()
        .unwrap()
        .iter_mut()
        .for_each(|state| drop(state.as_object_mut().unwrap().remove("log_density")));
    assert_eq!(serde_json::from_value::<Vec<ChainState<HamiltonianState>>>(json).unwrap(), unchecked);
    // Rounding is no other density, and changes no draw.
    let scaled = |by: f64| {
        let mut states = states.clone();
        states.iter_mut().for_each(|state| state.log_density = state.log_density.map(|stored| stored * (1.0 + by)));
        states
    };
    assert_eq!(draws(&resume(&scaled(1e-10), target).unwrap()), draws(&whole));
    assert!(resume(&scaled(1e-6), target).is_err());
}

#[test]
fn settings_of_every_part_are_checked() {
    let rejected = |nuts: Nuts| match nuts.validate() {
        Err(Error::Setting(InvalidSetting { parameter, .. })) => parameter,
        other => panic!("{other:?}"),
    };
    for (name, nuts) in [
        ("thinning", Nuts::new().thinning(0)),
        ("step_size", Nuts::new().step_size(-0.1)),
        ("max_tree_depth", Nuts::new().max_tree_depth(0)),
        ("max_tree_depth", Nuts::new().max_tree_depth(31)),
    ] {
        assert_eq!(rejected(nuts), name);
    }
}

#[test]
fn settings_survive_serialisation_and_missing_ones_are_defaults() {
    let nuts = Nuts::new().seed(3).metric(Metric::Dense);
    let text = serde_json::to_string(&nuts).unwrap();
    assert_eq!(serde_json::from_str::<Nuts>(&text).unwrap(), nuts);
    let nuts: Nuts = serde_json::from_str(r#"{"chain": {"draws": 10}, "hmc": {"step_size": 0.5}}"#).unwrap();
    assert_eq!(nuts, Nuts::new().draws(10).step_size(0.5));
    assert_eq!(serde_json::from_str::<Hmc>("{}").unwrap(), Hmc::new());
}

#[test]
fn thinning_keeps_the_last_of_every_few_draws() {
    let all = sample_chains(&nuts().draws(60), target).unwrap();
    let thinned = sample_chains(&nuts().draws(20).thinning(3), target).unwrap();
    for (all, thinned) in all.chains.iter().zip(&thinned.chains) {
        assert_eq!((thinned.draws.dim(), thinned.statistics.len()), ((20, 2), 20));
        for draw in 0..20 {
            assert_eq!(thinned.draws.row(draw), all.draws.row(3 * draw + 2));
            assert_eq!(thinned.statistics[draw], all.statistics[3 * draw + 2]);
        }
        assert_eq!((&thinned.end, thinned.evaluations), (&all.end, all.evaluations));
    }
}

#[test]
fn a_state_that_cannot_be_resumed_is_an_error_that_names_the_field() {
    let end = sample_chains(&nuts().chains(2), target).unwrap().end();
    let message = |change: &dyn Fn(&mut ChainState<HamiltonianState>)| {
        let mut states = end.clone();
        change(&mut states[1]);
        match sample_chains_from(&nuts(), target, &Start::Resume(&states), &()) {
            Ok(result) => result.failures[0].to_string(),
            Err(error) => error.to_string(),
        }
    };
    for (change, expected) in [
        (&|state: &mut ChainState<_>| state.chain = 0, "`start` must be states of different chains"),
        (&|state| state.iteration = u64::MAX - 59, "chain 1: `iteration` must be at most 18446744073709551615"),
        (&|state| state.position.truncate(1), "chain 1: the position to resume from has dimension 1"),
        (&|state| state.position[0] = f64::NAN, "chain 1: `position` must be finite, got NaN at [0]"),
        (&|state| state.chain = 1 << 32, "chain 4294967296: `chain` must be less than 2^32, got 4294967296"),
        (&|state| state.kernel.step_size = -1.0, "chain 1: `step_size` must be positive and finite, got -1"),
        (
            &|state| state.kernel.inverse_mass_matrix = InverseMassMatrix::identity(3, false),
            "chain 1: the inverse mass matrix to resume with has dimension 3",
        ),
        (
            &|state| state.kernel.inverse_mass_matrix = InverseMassMatrix::diagonal(vec![1.0, -1.0]),
            "chain 1: the inverse mass matrix is not positive definite",
        ),
    ] as [(&dyn Fn(&mut ChainState<HamiltonianState>), &str); 8]
    {
        assert!(message(change).starts_with(expected), "{}", message(change));
    }
}

/// The last of 20 draws of two chains at a step size that is given, as they were when velocities were products with M⁻¹. In a
/// warm-up rounding grows until draws are others: trajectories of its first steps are unstable. No start is
/// looked for by Pathfinder.
#[test]
fn the_draws_of_a_seed_are_what_they_always_were_but_for_rounding() {
    fn assert_last<K: Kernel>(result: &ChainsResult<K>, expected: [[f64; 2]; 2]) {
        for (chain, expected) in result.chains.iter().zip(expected) {
            for (x, expected) in chain.draws.row(19).iter().zip(expected) {
                assert!((x - expected).abs() < 1e-12, "{x} {expected}");
            }
        }
    }
    let nuts = Nuts::new().chains(2).warmup(0).draws(20).seed(5).progress(false).step_size(0.3);
    assert_last(
        &sample_chains(&nuts.clone().metric(Metric::Diagonal), target).unwrap(),
        [[1.0085304832743798, 1.9459627726095252], [1.3282840095810577, 6.509678921942694]],
    );
    assert_last(
        &sample_chains(&nuts.clone().metric(Metric::Dense).step_size_jitter(0.2), target).unwrap(),
        [[0.988160050848617, 1.3961381231785406], [1.343000364147841, 2.6440908348847794]],
    );
    let low_rank = InverseMassMatrix::LowRank { scales: vec![0.5, 3.0], vectors: vec![0.6, 0.8], values: vec![2.0] };
    assert_last(
        &sample_chains(&nuts.init_paths(0).inverse_mass_matrix(low_rank), target).unwrap(),
        [[1.2784622149158555, 2.629845502190326], [1.255213984004656, 2.3199748718856443]],
    );
    let hmc =
        Hmc::new().chains(2).warmup(0).draws(20).seed(5).progress(false).step_size(0.3).num_steps(7).init_paths(0);
    assert_last(
        &sample_chains(&hmc, target).unwrap(),
        [[0.7803112167615425, 1.9198483835396893], [0.16339746349394593, -1.9915648584625691]],
    );
}
