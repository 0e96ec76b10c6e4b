//! Intercepts and slopes that vary together, under an LKJ prior, against a long run of another library:
//! see `tests/data/varying_slopes/README.md`.
//!
//! A mean, a standard deviation and a quantile pass within 4.5 of the joint Monte Carlo standard error of the two runs. For
//! the 230 statistics of 46 quantities, 2 · Φ(−4.5) = 7e-6 each: a false alarm in 1 of 640 choices of the seed at most, which
//! is fixed.

#![allow(clippy::print_stdout, reason = "the figures show with `--nocapture`")]

use std::fs;

use ndarray::Ix2;
use ppl::prelude::*;
use ppl_infer::Nuts;
use ppl_infer::diagnostics::{mcse_mean, mcse_quantile, mcse_sd};
use serde_json::Value;

fn record() -> Value {
    let path = format!("{}/tests/data/varying_slopes/cafes.json", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(path).expect("the file is part of the project");
    serde_json::from_str(&text).expect("the file is JSON")
}

fn numbers(list: &Value) -> Vec<f64> {
    list.as_array().expect("a list").iter().map(|number| number.as_f64().expect("a number")).collect()
}

/// Waits in cafes, in the morning and in the afternoon (McElreath's model m14.1). The reference has the cafes' effects as
/// transformed standard normal numbers; here they are sites of their own.
#[model]
fn waits(cafe: &[usize], afternoon: &Tensor, wait: &Tensor, cafes: usize) {
    let a = sample!("a", Normal::new(5.0, 2.0));
    let b = sample!("b", Normal::new(-1.0, 0.5));
    let scale = sample!("sigma_cafe", Exponential::new(Tensor::ones(2)));
    let sigma = sample!("sigma", Exponential::new(1.0));
    let factor = sample!("factor", LKJCholesky::new(2, 2.0));
    deterministic!("rho", factor.get(1).get(0));
    let effects = plate!("cafe", cafes, {
        let loc = Tensor::stack(&[a, b], 0);
        sample!("effects", MultivariateNormal::from_scale_tril(loc, scale.unsqueeze(-1) * factor))
    });
    let a_cafe = deterministic!("a_cafe", effects.index(-1, 0));
    let b_cafe = deterministic!("b_cafe", effects.index(-1, 1));
    plate!("visit", wait.len(), {
        observe!("wait", Normal::new(a_cafe.take(0, cafe) + b_cafe.take(0, cafe) * afternoon, sigma), wait);
    });
}

#[test]
fn cafes_whose_intercepts_and_slopes_are_correlated() {
    let record = record();
    let data = |name: &str| numbers(&record["data"][name]);
    let cafe: Vec<usize> = data("cafe").into_iter().map(|cafe| cafe as usize).collect();
    let (afternoon, wait) = (Tensor::from(data("afternoon")), Tensor::from(data("wait")));
    let nuts = Nuts::new().chains(4).warmup(700).draws(1000).seed(14).target_accept_prob(0.9).progress(false);
    let posterior = nuts.run(&waits(&cafe, &afternoon, &wait, 20)).expect("NUTS runs");
    assert!(posterior.failed_chains().is_empty());
    assert_eq!(posterior.engine(), "recorded");

    let summary = posterior.summary();
    let (mut worst, mut count) = (0.0_f64, 0);
    for (label, reference) in record["reference"].as_object().expect("a table of quantities") {
        let draws = posterior.component(label).expect("the model has the quantity");
        let chains = draws.values().into_dimensionality::<Ix2>().expect("chains of a number");
        let mut estimates = vec![("mean", draws.mean(), mcse_mean(chains)), ("sd", draws.sd(), mcse_sd(chains))];
        for (name, probability) in [("q05", 0.05), ("q50", 0.5), ("q95", 0.95)] {
            estimates.push((name, draws.quantile(probability), mcse_quantile(chains, probability)));
        }
        for (name, got, error) in estimates {
            let number = |field: &str| reference[field].as_f64().expect("a number");
            let z = (got - number(name)) / error.hypot(number(&format!("mcse_{name}")));
            assert!(z.abs() < 4.5, "{name} of {label}: {got}, in the reference {}, z {z:.2}", number(name));
            (worst, count) = (worst.max(z.abs()), count + 1);
        }
        let row = summary.row(label.as_str()).expect("the model has the quantity");
        assert!(row.r_hat < 1.02 && row.ess_bulk > 300.0, "{label}: ess {}, R-hat {}", row.ess_bulk, row.r_hat);
    }
    let divergences = posterior.sample_stats().divergences();
    println!(
        "{count} statistics, the largest |z| {worst:.2}, {divergences} divergences, {:.1?}",
        posterior.sampling_time()
    );
    assert_eq!(count, 230);
}
