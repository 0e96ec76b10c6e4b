use std::f64::consts::PI;

use ppl::prelude::*;

use crate::draws::Warning;
use crate::error::{DensityError, OptimizeError};
use crate::test_targets::{ConjugateLine, line};
use crate::{Error, Init, Nuts, Pathfinder};

/// Of a Gaussian posterior the weighted draws have its mean and covariance, whatever the Gaussian of a path: 4,000 draws,
/// each statistic within four standard errors (one false alarm in 16,000 seeds).
#[test]
fn a_gaussian_posterior_is_found() {
    let ConjugateLine { mean, covariance, log_evidence } = ConjugateLine::posterior();
    let fit = Pathfinder::new().draws(4000).run(&line()).unwrap();
    assert!(fit.importance_draws().pareto_k() < 0.5 && fit.summary().warnings().is_empty(), "{}", fit.summary());
    let draws = fit.importance_draws();
    for (site, mean, variance) in [
        ("intercept", mean[0], covariance[0][0]),
        ("slope", mean[1], covariance[1][1]),
        ("at_one", mean[0] + mean[1], covariance[0][0] + covariance[1][1] + 2.0 * covariance[0][1]),
    ] {
        for (got, ess) in [(draws.get(site).unwrap(), draws.ess()), (fit.get(site).unwrap(), 0.5 * draws.ess())] {
            let z = (got.mean() - mean) / (variance / ess).sqrt();
            assert!(z.abs() < 4.0, "mean of {site}: {z}");
            let z = (got.sd().powi(2) / variance - 1.0) / (2.0 / ess).sqrt();
            assert!(z.abs() < 4.0, "variance of {site}: {z}");
        }
    }
    // The bound of an exact approximation is the evidence, and no bound is above it by more than its noise.
    assert!((draws.log_evidence() - log_evidence).abs() < 0.1, "{}, {log_evidence}", draws.log_evidence());
    for path in fit.paths() {
        assert!(path.elbo < log_evidence + 0.5 && path.elbo > log_evidence - 1.0, "{path:?}, {log_evidence}");
        assert!(path.steps > 1 && path.evaluations.gradients >= path.steps as u64);
        assert!(path.evaluations.values >= 1000 + 25);
    }
}

/// Draws belong to the seed and the path: not to the number of threads, nor to the engine beyond rounding.
#[test]
fn draws_do_not_depend_on_threads() {
    let run = |threads: usize| Pathfinder::new().threads(threads).seed(3).run(&line()).unwrap();
    let (one, three) = (run(1), run(3));
    assert_eq!(one.draws(), three.draws());
    assert_eq!(one.paths(), three.paths());
    assert_ne!(one.draws(), Pathfinder::new().seed(4).run(&line()).unwrap().draws());
}

#[model]
fn schools() {
    let mu = sample!("mu", Normal::new(0.0, 5.0));
    let tau = sample!("tau", HalfCauchy::new(5.0));
    plate!("school", 8, {
        let z = sample!("z", Normal::new(0.0, 1.0));
        let theta = &mu + &tau * &z;
        let y = [28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0];
        let sigma = [15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0];
        observe!("y", Normal::new(theta, Tensor::from(sigma)), y);
    });
}

/// Logistic regression with five correlated coefficients: as by NUTS, to a fifth of a standard deviation.
#[test]
fn a_logistic_regression_is_that_of_nuts() {
    #[model]
    fn logit(x: &Tensor, y: &Tensor) {
        let beta = sample!("beta", Normal::new(Tensor::zeros(5), 2.0).to_event(1));
        plate!("n", y.len(), { observe!("y", Bernoulli::from_logits(x.matmul(beta)), y) });
    }

    let x = Tensor::linspace(0.0, 99.0, 500).sin().reshape([100, 5]).cumsum(1);
    let y = (x.matmul(Tensor::from([1.0, -0.5, 0.2, 0.0, 0.4])) + Tensor::linspace(0.0, 70.0, 100).cos()).greater(0.0);
    let fit = Pathfinder::new().run(&logit(&x, &y)).unwrap();
    assert!(fit.importance_draws().pareto_k() < 0.7, "{}", fit.summary());
    assert!(fit.summary().warnings().is_empty(), "{}", fit.summary());
    let nuts = Nuts::new().init(fit.init(4)).progress(false).run(&logit(&x, &y)).unwrap();
    let (own, reference) = (fit.get_array("beta").unwrap(), nuts.get_array("beta").unwrap());
    for k in 0..5 {
        let (mean, sd) = (reference.mean()[k], reference.sd()[k]);
        assert!((own.mean()[k] - mean).abs() < 0.2 * sd, "mean {k}: {} {mean} {sd}", own.mean()[k]);
        assert!((own.sd()[k] / sd - 1.0).abs() < 0.2, "deviation {k}: {} {sd}", own.sd()[k]);
    }
}

/// A funnel is no Gaussian, but its draws are starts: mean and standard deviation of mu are 4.41 and 3.30 (posteriordb,
/// `eight_schools_noncentered`).
#[test]
fn draws_are_starts_of_chains() {
    let fit = Pathfinder::new().run(&schools()).unwrap();
    let is_early = |warning: &Warning| matches!(warning, Warning::EarlyApproximation { total: 4, .. });
    assert!(fit.summary().warnings().iter().any(is_early), "{}", fit.summary());
    let Init::PerChain(starts) = fit.init(4) else { panic!("{:?}", fit.init(4)) };
    assert!(starts.len() == 4 && starts.iter().all(|start| matches!(start, Init::Value(x) if x.len() == 10)));
    let posterior = Nuts::new().init(fit.init(4)).warmup(300).progress(false).run(&schools()).unwrap();
    assert!((posterior.get("mu").unwrap().mean() - 4.41).abs() < 0.5, "{}", posterior.summary());
}

/// The first path begins where the density is 0.
#[test]
fn a_path_that_fails_beside_others_is_a_warning() {
    #[model]
    fn cut_off() {
        let x = sample!("x", Normal::new(1.0, 1.0));
        factor!("positive", Tensor::select(x.greater(-9.0), 0.0, f64::NEG_INFINITY));
    }

    let starts = |first: f64| Init::per_chain([first, 0.5, 2.0, 3.0].map(|x| Init::Value(vec![x])));
    let fit = Pathfinder::new().init(starts(-10.0)).run(&cut_off()).unwrap();
    let warnings = fit.summary().warnings().to_vec();
    let failed = warnings.iter().find_map(|warning| match warning {
        Warning::FailedPath { path, message } => Some((*path, message.clone())),
        _ => None,
    });
    let (path, message) = failed.unwrap();
    assert!(path == 0 && message.contains("positive"), "{message}");
    assert_eq!(fit.failed_paths().count(), 1);
    assert_eq!(fit.paths().iter().map(|path| path.path).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(fit.summary().to_string().contains("path 0 failed and has no draws here"), "{}", fit.summary());

    let nowhere = Pathfinder::new().paths(1).init(Init::Value(vec![-10.0])).run(&cut_off());
    assert!(matches!(nowhere, Err(Error::Density(DensityError::NoValidStart { .. }))), "{nowhere:?}");
}

/// Draws at which a parameter is outside its domain have no values of the sites: they count with weight 0. The posterior is
/// nearly the prior, cut off at 0, below which 2.3 % of it lie. The evidence, by 2,000 steps of the midpoint rule, is within
/// four standard errors of weights that are nearly equal or 0.
#[test]
fn draws_outside_the_domain_of_a_parameter_count_as_nothing() {
    #[model]
    fn root() {
        let x = sample!("x", Normal::new(0.6, 0.3));
        observe!("y", Normal::new(x.sqrt(), 10.0), 0.0);
    }
    let fit = Pathfinder::new().run(&root()).unwrap();
    assert!(fit.importance_draws().num_draws() < 4000, "some draws are negative");
    let density = |x: f64| (-0.5 * ((x - 0.6) / 0.3).powi(2) - 0.005 * x).exp() / (2.0 * PI * 0.3 * 10.0);
    let (step, steps) = (3.0 / 2000.0, 0..2000);
    let evidence: f64 = steps.map(|k| step * density((f64::from(k) + 0.5) * step)).sum();
    let got = fit.importance_draws().log_evidence();
    assert!((got - evidence.ln()).abs() < 4.0 * (0.023 / 0.977 / 4000.0_f64).sqrt(), "{got}, {}", evidence.ln());
}

#[test]
fn densities_without_curvature_and_models_without_sites_are_errors() {
    #[model]
    fn rising() {
        let x = sample!("x", Flat::new([]));
        factor!("rise", x);
    }

    #[model]
    fn nothing() {
        observe!("y", Normal::new(0.0, 1.0), 1.0);
    }

    let error = Pathfinder::new().run(&rising()).unwrap_err();
    assert!(
        matches!(error, Error::Optimize(OptimizeError::NoMaximum { .. } | OptimizeError::NoGaussian { .. })),
        "{error}"
    );
    let error = Pathfinder::new().run(&nothing()).unwrap_err();
    assert!(matches!(error, Error::Density(DensityError::NothingToSample)), "{error}");
    for (message, pathfinder) in [
        ("`paths` must be at least 1, got 0", Pathfinder::new().paths(0)),
        ("`history` must be at least 1, got 0", Pathfinder::new().history(0)),
        (
            "`init` must be one start for each path, got 1 for 4 paths",
            Pathfinder::new().init(Init::per_chain([Init::Prior])),
        ),
    ] {
        assert_eq!(pathfinder.run(&rising()).unwrap_err().to_string(), message);
    }
}
