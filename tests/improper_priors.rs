//! Priors that cannot be drawn from: samplers and guides start without a draw, and who needs one is told so.
//!
//! A mean passes within 4 Monte Carlo standard errors; four statistics with 2 · Φ(−4) = 6.3e-5 each: a false alarm in 1 of
//! 4000 choices of the seed, which is fixed.

use ppl::distribution::{Flat, HalfFlat, ImproperUniform};
use ppl::prelude::*;
use ppl_infer::Nuts;
use ppl_infer::svi::{Adam, AutoNormal, Svi};

#[model]
fn measurements(y: Tensor) {
    let loc = sample!("loc", Flat::new([]));
    let scale = sample!("scale", HalfFlat::new([]));
    plate!("n", y.size(), {
        observe!("y", Normal::new(loc, scale), y);
    });
}

#[model]
fn ordered(y: Tensor) {
    let cuts = sample!("cuts", ImproperUniform::new(Constraint::OrderedVector, [], [2]));
    observe!("y", Normal::new(cuts, 1.0).to_event(1), y);
}

/// loc has a t distribution, and the variance an inverse gamma distribution (Gelman et al., "Bayesian Data Analysis" (2013),
/// section 3.2, with a uniform density of the scale in the place of that of its logarithm).
#[test]
fn nuts_finds_the_posterior_under_flat_priors() {
    let y: Vec<f64> = (0..20).map(|k| 3.0 + 2.0 * (7.0 * f64::from(k)).sin()).collect();
    let (n, mean) = (20.0, y.iter().sum::<f64>() / 20.0);
    let squares: f64 = y.iter().map(|y| (y - mean).powi(2)).sum();
    let model = measurements(Tensor::from(y));
    let posterior = Nuts::new().chains(4).warmup(500).draws(1500).seed(3).progress(false).run(&model).unwrap();
    assert!(posterior.failed_chains().is_empty());
    let summary = posterior.summary();
    let loc = summary.row("loc").unwrap();
    let sd = (squares / (n * (n - 4.0))).sqrt();
    assert!(((loc.mean - mean) / loc.mcse_mean).abs() < 4.0, "{} is not {mean}", loc.mean);
    assert!(((loc.sd - sd) / loc.mcse_sd).abs() < 4.0, "{} is not {sd}", loc.sd);
    let variances: Vec<f64> = posterior.component("scale").unwrap().iter().map(|scale| scale * scale).collect();
    let got = variances.iter().sum::<f64>() / variances.len() as f64;
    let want = squares / (n - 4.0);
    // The variance of an inverse gamma distribution of concentration n / 2 − 1.
    let error = want * (1.0 / (n / 2.0 - 3.0) / summary.row("scale").unwrap().ess_bulk).sqrt();
    assert!(((got - want) / error).abs() < 4.0, "{got} is not {want} ± {error}");
}

#[test]
fn guides_start_without_a_draw() {
    let model = measurements(Tensor::from([1.0, 2.0, 3.0, 4.5]));
    let guide = AutoNormal::new(&model).unwrap();
    let fit = Svi::new(Adam::new(0.05)).steps(300).seed(1).run(&model, &guide).unwrap();
    assert!(fit.losses()[299] < fit.losses()[0]);
    let model = ordered(Tensor::from([-1.0, 2.0]));
    assert!(AutoNormal::new(&model).is_ok());
    let posterior = Nuts::new().chains(1).warmup(200).draws(200).seed(1).progress(false).run(&model).unwrap();
    let [low, high] =
        ["cuts[0]", "cuts[1]"].map(|name| posterior.component(name).unwrap().iter().collect::<Vec<f64>>());
    assert!(low.iter().zip(&high).all(|(low, high)| low < high));
}

#[test]
fn a_draw_of_the_prior_names_the_site_and_the_cure() {
    let error = measurements(Tensor::from([1.0])).trace(0).unwrap_err().to_string();
    assert!(
        error.starts_with("site `loc`: a draw of ImproperUniform (real), which is no probability distribution"),
        "{error}"
    );
    assert!(
        error.contains("\nhelp: give the site a proper prior, or a value by `substitute` or `condition`"),
        "{error}"
    );
}
