//! Programs and runs of their models: impure models are found and told, ill-conditioned ones are not called impure, and what
//! is not finite in both is no disagreement.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use ppl::prelude::*;
use ppl_infer::LogDensity;
use ppl_infer::density::{Engine, ModelDensity};

const IMPURE: &str = "run each time, because the model gave another density when it ran again: it depends on more than its arguments \
                      and sites";

/// The marginal likelihood of a Gaussian process with a squared-exponential covariance.
#[model]
fn smooth(x: &Tensor, y: &Tensor, jitter: f64) {
    let n = x.size();
    let scale = sample!("scale", HalfNormal::new(1.0));
    let length = sample!("length", LogNormal::new(0.0, 0.5));
    let apart = (x.reshape([n, 1]) - x.reshape([1, n])) / length;
    let covariance = (apart.square() * -0.5).exp() * scale.square() + Tensor::eye(n) * jitter;
    observe!("y", MultivariateNormal::new(Tensor::zeros(n), covariance), y);
}

fn points(n: usize) -> (Tensor, Tensor) {
    let x = Tensor::linspace(0.0, 10.0, n);
    // Sines, whose second derivatives are not large against them.
    let y = x.map(f64::sin) + x.map(|x| 0.3 * (1.7 * x).cos());
    (x, y)
}

/// The covariance has a condition number of n/jitter, some 1e10: rounding alone moves the gradient in the seventh digit.
#[test]
fn an_ill_conditioned_model_is_recorded() {
    for n in [50, 100, 200] {
        let (x, y) = points(n);
        let mut recorded = ModelDensity::new(smooth(&x, &y, 1e-8)).unwrap();
        let engine = recorded.engine_in_use();
        assert!(engine.starts_with("recorded"), "{n}: {engine}");
        let mut tape = recorded.clone().engine(Engine::Tape);
        let (mut gradient, mut expected) = ([0.0; 2], [0.0; 2]);
        for position in [[0.1, -0.2], [-0.4, 0.3]] {
            let value = recorded.value_and_gradient(&position, &mut gradient).unwrap();
            let by_run = tape.value_and_gradient(&position, &mut expected).unwrap();
            // The condition number times the rounding, 2e10 · 1e-16, with two digits to spare.
            assert!((value - by_run).abs() < 1e-4 * by_run.abs(), "{value} {by_run}");
            let largest = expected.iter().fold(1.0, |largest: f64, by| largest.max(by.abs()));
            let is_near = gradient.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-3 * largest);
            assert!(is_near, "{n}: {gradient:?} {expected:?}");
        }
    }
}

/// With white noise instead of a smooth function, quadratic forms are of the size of n/jitter, and what rounding makes of them
/// is told.
#[test]
fn rounding_that_matters_is_told() {
    let x = Tensor::linspace(0.0, 10.0, 60);
    let y = x.map(|x| (1000.0 * x).sin());
    let engine = ModelDensity::new(smooth(&x, &y, 1e-12)).unwrap().engine_in_use();
    assert!(
        engine.starts_with("recorded; the model is ill-conditioned: rounding alone moves its log density"),
        "{engine}"
    );
    let engine = ModelDensity::new(smooth(&x, &y, 1e-2)).unwrap().engine_in_use();
    assert_eq!(engine, "recorded");
}

/// Where neither engine has a density, there is no gradient to compare.
#[test]
fn a_density_that_is_not_finite_in_both_is_recorded() {
    #[model]
    fn beyond(end: f64) {
        let x = sample!("x", Normal::new(0.0, 1.0));
        // −∞ wherever x is not above the end.
        factor!("edge", Tensor::select(x.greater(end), 0.0, f64::NEG_INFINITY));
    }
    for end in [-100.0, -0.2, 0.0, 0.2, 100.0] {
        assert_eq!(ModelDensity::new(beyond(end)).unwrap().engine_in_use(), "recorded", "{end}");
    }
    #[model]
    fn roots(offset: f64) {
        let x = sample!("x", Normal::new(0.0, 1.0));
        let z = sample!("z", Normal::new(0.0, 1.0));
        // NaN below the offset; the gradient by z is 0 or NaN.
        factor!("root", (x - offset).sqrt() * z.detach());
    }
    for offset in [-100.0, -0.2, 0.0, 0.2, 100.0] {
        assert_eq!(ModelDensity::new(roots(offset)).unwrap().engine_in_use(), "recorded", "{offset}");
    }
}

fn engine(model: impl Model) -> String {
    ModelDensity::new(model).expect("the model has continuous latent sites only").engine_in_use()
}

/// A counter, that counts from the first run on or from a later one, or in turns.
#[test]
fn a_model_that_counts_its_runs_is_found() {
    #[model]
    fn counts(runs: &AtomicUsize, spread: fn(usize) -> f64) {
        let run = runs.fetch_add(1, Ordering::Relaxed);
        sample!("x", Normal::new(0.0, spread(run)));
    }
    // The first run finds the sites, the second is recorded, and those after are compared.
    let spreads: [fn(usize) -> f64; 7] = [
        |run| 1.0 + run as f64,
        |run| 1.0 + 1e-6 * run as f64,
        |run| if run % 2 == 0 { 1.0 } else { 2.0 },
        |run| if run < 2 { 1.0 } else { 2.0 },
        |run| if run < 3 { 1.0 } else { 2.0 },
        |run| if run < 4 { 1.0 } else { 2.0 },
        |run| if run < 5 { 1.0 } else { 2.0 },
    ];
    for (number, spread) in spreads.into_iter().enumerate() {
        assert_eq!(engine(counts(&AtomicUsize::new(0), spread)), IMPURE, "{number}");
    }
    // Layout alone is no run that matters.
    assert_eq!(engine(counts(&AtomicUsize::new(0), |run| if run < 1 { 1.0 } else { 2.0 })), "recorded");
}

/// One run finds the sites, one is recorded, and four are compared with; no others where these agree, also in the tails.
#[test]
fn a_comparison_takes_four_runs() {
    #[model]
    fn schools(runs: &AtomicUsize, y: &Tensor, sigma: &Tensor) {
        runs.fetch_add(1, Ordering::Relaxed);
        let mu = sample!("mu", Normal::new(0.0, 5.0));
        let tau = sample!("tau", HalfCauchy::new(5.0));
        plate!("school", y.size(), {
            let effect = sample!("effect", Normal::new(0.0, 1.0));
            observe!("y", Normal::new(mu + tau * effect, sigma), y);
        });
    }
    let y = Tensor::from([28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0]);
    let sigma = Tensor::from([15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0]);
    let runs = AtomicUsize::new(0);
    assert_eq!(engine(schools(&runs, &y, &sigma)), "recorded");
    assert_eq!(runs.into_inner(), 6);
}

#[test]
fn a_model_that_looks_at_the_clock_or_draws_by_itself_is_found() {
    #[model]
    fn clock(start: Instant) {
        sample!("x", Normal::new(start.elapsed().as_secs_f64(), 0.01));
    }
    assert_eq!(engine(clock(Instant::now())), IMPURE);

    thread_local! {
        static STATE: Cell<u64> = const { Cell::new(1) };
    }
    #[model]
    fn draws() {
        // A generator of its own (a linear congruential one).
        let state = STATE.get().wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        STATE.set(state);
        sample!("x", Normal::new((state >> 40) as f64 / (1 << 24) as f64, 1.0));
    }
    assert_eq!(engine(draws()), IMPURE);
}
