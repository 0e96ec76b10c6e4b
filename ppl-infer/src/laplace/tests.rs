use ppl::prelude::*;

use crate::density::{Engine, ModelDensity};
use crate::draws::Warning;
use crate::error::{DensityError, OptimizeError};
use crate::optimize::Lbfgs;
use crate::test_targets::{ConjugateLine, LINE_X, LINE_Y, line};
use crate::{Error, LaplaceApproximation, Map};

/// The same, but it looks at a latent value.
#[model]
fn looking_line() {
    let intercept = sample!("intercept", Normal::new(0.0, 10.0));
    let slope = sample!("slope", Normal::new(0.0, 2.0));
    let scale = if slope.item() > -1e9 { 0.5 } else { 1.0 };
    plate!("n", LINE_X.len(), {
        observe!("y", Normal::new(intercept + slope * Tensor::from(LINE_X), scale), LINE_Y);
    });
}

#[test]
fn a_gaussian_posterior_is_its_own_approximation() {
    let ConjugateLine { mean, covariance, log_evidence } = ConjugateLine::posterior();
    let fit = LaplaceApproximation::new().draws(500).run(&line()).unwrap();
    assert_eq!(fit.engine(), "recorded");
    for (site, expected) in [("intercept", mean[0]), ("slope", mean[1]), ("at_one", mean[0] + mean[1])] {
        assert!((fit.mode().get(site).unwrap() - expected).abs() < 1e-12, "{site}");
    }
    for (got, expected) in fit.covariance().iter().zip(covariance.as_flattened()) {
        assert!((got - expected).abs() < 1e-14);
    }
    assert!((fit.log_evidence() - log_evidence).abs() < 1e-11, "{} {log_evidence}", fit.log_evidence());
    // All weights are the evidence.
    assert!(fit.importance_draws().weights().log().iter().all(|weight| (weight - log_evidence).abs() < 1e-9));
    assert_eq!(fit.num_draws(), 500);
    // The mean of 500 draws is within 4 standard errors: one false alarm in 16,000 seeds.
    let slopes = fit.get("slope").unwrap();
    assert!((slopes.mean() - mean[1]).abs() < 4.0 * (covariance[1][1] / 500.0).sqrt());
    // Its square has a relative error of √(2/500).
    assert!((slopes.sd().powi(2) / covariance[1][1] - 1.0).abs() < 4.0 * (2.0_f64 / 500.0).sqrt());
}

/// A model that cannot be recorded has the same curvature, by differences.
#[test]
fn other_models_are_differentiated_by_differences() {
    let ConjugateLine { mean, covariance, log_evidence } = ConjugateLine::posterior();
    for engine in [Engine::Recorded, Engine::Tape] {
        let fit = LaplaceApproximation::new().draws(10).engine(engine).run(&looking_line()).unwrap();
        assert!(fit.engine().starts_with("run each time"), "{}", fit.engine());
        assert!((fit.mode().get("slope").unwrap() - mean[1]).abs() < 1e-8);
        assert!((fit.covariance()[[0, 1]] - covariance[0][1]).abs() < 1e-8);
        assert!((fit.log_evidence() - log_evidence).abs() < 1e-7);
    }
}

/// Coordinates of other sizes, and a look at one of them.
#[model]
fn sizes() {
    let far = sample!("far", Normal::new(1e6, 1.0));
    let narrow = sample!("narrow", Normal::new(0.0, 0.01));
    let push = if far.item() > 0.0 { 1.0 } else { 2.0 };
    factor!("push", narrow.square().square() * -1e6 * push);
}

/// A step along one coordinate does not grow with another: −12 · 10⁶ z² − 10⁴ at z = 0.01 is −1.12 · 10⁴.
#[test]
fn differences_step_by_the_size_of_what_moves() {
    let mut density = ModelDensity::new(sizes()).unwrap();
    assert!(density.program().is_none());
    let hessian = density.hessian(&[1e6, 0.01]).unwrap();
    for (got, expected) in hessian.iter().zip([-1.0, 0.0, 0.0, -1.12e4]) {
        // Of the differences' own error, ε^⅔ of the third derivative, little more than 1e-7 of the largest remains.
        assert!((got - expected).abs() < 1e-7 * 1.12e4, "{hessian:?}");
    }
}

/// What the Gaussian misses shows in the weights: of a Student t with one degree of freedom, whose tails it lacks.
#[test]
fn an_approximation_that_is_not_the_posterior_says_so() {
    #[model]
    fn cauchy() {
        sample!("x", Cauchy::new(0.0, 1.0));
    }
    let good = LaplaceApproximation::new().run(&line()).unwrap().summary();
    assert_eq!(good.warnings(), []);
    assert!(good.to_string().starts_with("1000 draws of the Laplace approximation; Pareto k "));
    let poor = LaplaceApproximation::new().draws(4000).run(&cauchy()).unwrap().summary();
    let [Warning::PoorApproximation { pareto_k, total: 4000, .. }] = poor.warnings() else {
        panic!("not {:?}", poor.warnings())
    };
    assert!(*pareto_k > 0.7);
}

#[model]
fn funnel() {
    let tau = sample!("tau", HalfCauchy::new(5.0));
    plate!("j", 8, {
        sample!("theta", Normal::new(0.0, tau));
    });
}

#[model]
fn saddle() {
    let x = sample!("x", Normal::new(0.0, 1.0));
    let y = sample!("y", Normal::new(0.0, 1.0));
    // Flat along x at the mode.
    factor!("flat", x.square() * 0.5 - y.square());
}

/// Outcomes that a threshold separates: the likelihood rises to 1 as the slope grows, and has no maximum.
#[model]
fn separated() {
    let slope = sample!("slope", Flat::new([]));
    let odds = slope * Tensor::from([-2.0, -1.0, 1.0, 3.0]);
    plate!("row", 4, { observe!("y", Bernoulli::from_logits(odds), [0.0, 0.0, 1.0, 1.0]) });
}

/// The gradient falls to nothing on the way, as near a mode, and Newton's steps do not.
#[test]
fn a_slope_that_flattens_is_no_mode() {
    for seed in 0..10 {
        let error = LaplaceApproximation::new().seed(seed).run(&separated()).unwrap_err();
        let names_it = match &error {
            Error::Optimize(OptimizeError::NoMaximum { site, .. }) => site.as_deref() == Some("slope"),
            Error::Optimize(OptimizeError::NotConcave { sites }) => sites == &["slope"],
            _ => false,
        };
        assert!(names_it, "{error}");
    }
}

#[test]
fn what_has_no_mode_or_no_curvature_names_its_sites() {
    // As tau goes to 0, the densities of theta grow beyond all bounds.
    let error = LaplaceApproximation::new().run(&funnel()).unwrap_err();
    assert!(matches!(&error, Error::Optimize(OptimizeError::NoMaximum { site: Some(_), .. })), "{error}");
    let error = LaplaceApproximation::new().run(&saddle()).unwrap_err().to_string();
    assert!(
        error.starts_with("the log density does not fall in all directions from its mode: look at site `x`;"),
        "{error}"
    );
}

#[test]
fn settings_and_models_are_checked() {
    let error = LaplaceApproximation::new().draws(0).run(&line()).unwrap_err();
    assert_eq!(error.to_string(), "`draws` must be at least 1, got 0");
    let error = Map::new().optimizer(Lbfgs::new().history(0)).run(&line()).unwrap_err();
    assert_eq!(error.to_string(), "`history` must be at least 1, got 0");
    let error = Map::new().run(&line()).unwrap().get("slop").unwrap_err();
    assert!(error.to_string().contains("did you mean `slope`?"), "{error}");
    let nothing = line().substitute("intercept", 0.0).substitute("slope", 0.0);
    assert!(matches!(LaplaceApproximation::new().run(&nothing), Err(Error::Density(DensityError::NothingToSample))));
}
