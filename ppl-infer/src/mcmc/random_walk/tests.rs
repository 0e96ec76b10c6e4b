//! Tests of the random walk against targets with known answers.

use super::*;
use crate::{
    mcmc::chain::{ChainState, Start, sample_chains, sample_chains_from},
    test_targets::{
        Gaussian, SkewedLogistic, assert_leaves_the_target_invariant, assert_samples_the_gaussian, cliff, mean,
    },
};

fn walk() -> RandomWalk {
    RandomWalk::new().chains(4).warmup(1000).draws(3000).thinning(5).seed(2).progress(false)
}

fn target(_: usize) -> Result<Gaussian> {
    Ok(Gaussian::bivariate([1.0, -50.0], [0.5, 20.0], 0.6))
}

/// One false alarm of a correct sampler in 1 600 seeds: six draws of a statistic that exceeds in 1 of 10 000.
#[test]
fn a_transition_leaves_the_target_invariant_at_every_scale() {
    for scale in [0.5, 1.0, 3.0] {
        let proposal = Proposal { scale, variances: vec![1.0, 2.5] };
        assert_leaves_the_target_invariant(|position, rng| {
            let at = Point::at(position, &mut SkewedLogistic).unwrap();
            let mut kernel = RandomWalk::new().resume(at, &proposal).unwrap();
            kernel.step(&mut SkewedLogistic, rng).unwrap();
            kernel.position
        });
    }
}

/// Means and variances of five coordinates: each strays by four standard errors for one seed in sixteen thousand.
#[test]
fn gaussians_of_one_and_two_dimensions() {
    assert_samples_the_gaussian(&walk(), &Gaussian::diagonal(&[3.0]), &[3.0]);
    assert_samples_the_gaussian(&walk(), &target(0).unwrap(), &[0.5, 20.0]);
    assert_samples_the_gaussian(&walk(), &Gaussian::diagonal(&[0.01, 100.0]), &[0.01, 100.0]);
}

#[test]
fn the_warm_up_reaches_the_best_acceptance_and_the_variances() {
    let scales: Vec<f64> = (0..8).map(|i| 10.0_f64.powi(i % 4 - 2)).collect();
    let result = sample_chains(&walk().warmup(4000), |_| Ok(Gaussian::diagonal(&scales))).unwrap();
    for chain in &result.chains {
        let rates: Vec<f64> = chain.statistics.iter().map(|draw| draw.acceptance_rate).collect();
        assert!((mean(&rates) - (0.234 + 0.206 / 8.0)).abs() < 0.06, "{}", mean(&rates));
        // The variances are means of the last hundred iterations or so, which are highly correlated.
        for (variance, scale) in chain.end.kernel.variances.iter().zip(&scales) {
            let ratio = variance / (scale * scale);
            assert!((0.2..4.0).contains(&ratio), "{ratio}");
        }
    }
}

#[test]
fn a_stopped_run_resumes_bit_for_bit() {
    let walk = |draws| walk().draws(draws).warmup(100).thinning(2);
    let whole = sample_chains(&walk(60), target).unwrap();
    let first = sample_chains(&walk(25), target).unwrap();
    let stored = serde_json::to_string(&first.end()).unwrap();
    let states: Vec<ChainState<Proposal>> = serde_json::from_str(&stored).unwrap();
    let second = sample_chains_from(&walk(35), target, &Start::Resume(&states), &()).unwrap();
    for ((whole, first), second) in whole.chains.iter().zip(&first.chains).zip(&second.chains) {
        let glued: Vec<f64> = first.draws.iter().chain(&second.draws).copied().collect();
        assert_eq!(whole.draws.iter().copied().collect::<Vec<_>>(), glued);
        assert_eq!((&whole.statistics[25..], &whole.end), (&second.statistics[..], &second.end));
    }
}

#[test]
fn it_asks_for_values_alone_and_never_leaves_the_support() {
    let result = sample_chains(&walk(), |_| Ok(cliff())).unwrap();
    for chain in &result.chains {
        assert!(chain.draws.iter().all(|x| *x <= 1.0));
        assert!(chain.non_finite_steps > 100 && chain.failed_steps.len() == 100, "{}", chain.non_finite_steps);
        assert!(chain.failed_steps.values().all(|step| step.start[0] <= 1.0 && step.end[0] > 1.0));
        assert_eq!((chain.evaluations.gradients, chain.evaluations.values), (0, 15_000));
    }
}

#[test]
fn settings_survive_serialisation_and_missing_ones_are_defaults() {
    assert_eq!(serde_json::from_str::<RandomWalk>(r#"{"chain": {"draws": 7}}"#).unwrap(), RandomWalk::new().draws(7));
    assert!(RandomWalk::new().thinning(0).validate().is_err());
}

#[test]
fn a_proposal_that_was_read_is_checked() {
    let read = |text: &str| serde_json::from_str::<Proposal>(text);
    assert_eq!(read(r#"{"scale": 0.5, "variances": [1.0, 2.0]}"#).unwrap().variances, [1.0, 2.0]);
    let message = |text| read(text).unwrap_err().to_string();
    assert_eq!(message(r#"{"scale": 0.0, "variances": [1.0]}"#), "`scale` must be positive and finite, got 0");
    assert_eq!(
        message(r#"{"scale": 1.0, "variances": [1.0, -2.0]}"#),
        "`variances` must be positive and finite, got -2"
    );
}
