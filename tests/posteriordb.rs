//! Samplers against the reference posteriors of posteriordb: each model is written as its Stan program defines it.
//!
//! A mean passes within 4 combined Monte Carlo standard errors of the reference, a standard deviation within 10 %.
//! For 46 independent means that is a false alarm in 1 of 345 choices of the seeds (2 · Φ(−4) = 6.3e-5 each); with
//! effective sample sizes above 400 a correct standard deviation strays by 10 % less often still.
//! Seeds are fixed, so that a platform which passes once passes always.

#![allow(clippy::print_stdout, reason = "the figures show with `--nocapture`")]

use std::fs;

use ppl::prelude::*;
use ppl_infer::{Metric, Nuts, Posterior, RandomWalk, Summary};
use serde_json::Value;

/// A posterior of posteriordb: see `tests/data/posteriordb/README.md`.
struct Reference {
    record: Value,
}

impl Reference {
    fn read(name: &str) -> Self {
        let path = format!("{}/tests/data/posteriordb/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let text = fs::read_to_string(path).expect("the file is part of the project");
        Self { record: serde_json::from_str(&text).expect("the file is JSON") }
    }

    fn vector(&self, name: &str) -> Tensor {
        Tensor::from(numbers(&self.record["data"][name]))
    }

    fn matrix(&self, name: &str) -> Tensor {
        let rows = self.record["data"][name].as_array().expect("a list of rows");
        Tensor::stack(&rows.iter().map(|row| Tensor::from(numbers(row))).collect::<Vec<_>>(), 0)
    }

    /// Compares every parameter of the reference with the row of our summary that has its name, indices from 0.
    fn assert_agrees(&self, posterior: &Posterior) {
        let summary = posterior.summary();
        let parameters = self.record["reference"].as_object().expect("a table of parameters");
        let mut report = String::new();
        let mut is_good = posterior.failed_chains().is_empty();
        for (parameter, reference) in parameters {
            let number = |field: &str| reference[field].as_f64().expect("a number");
            let row = summary.row(from_zero(parameter)).expect("the model has the parameter");
            let z = (row.mean - number("mean")) / row.mcse_mean.hypot(number("mcse_mean"));
            let sd_ratio = row.sd / number("sd");
            is_good &= z.abs() < 4.0 && (sd_ratio - 1.0).abs() < 0.1 && row.r_hat < 1.01 && row.ess_bulk > 400.0;
            report += &format!(
                "{parameter:>10}: mean {:.5} ({:.5}) z {z:.2}, sd ratio {sd_ratio:.3}, ess {:.0}, R-hat {:.4}\n",
                row.mean,
                number("mean"),
                row.ess_bulk,
                row.r_hat
            );
        }
        report += &cost(posterior, &summary);
        println!("{report}");
        assert!(is_good, "{}\n{report}{:?}", self.record["posterior"], posterior.failed_chains());
    }
}

/// What the run took.
fn cost(posterior: &Posterior, summary: &Summary) -> String {
    let divergences = posterior.sample_stats().divergences();
    format!(
        "{} gradients in {:.1?}, {divergences} divergences, warnings {:?}",
        posterior.gradient_evaluations(),
        posterior.sampling_time(),
        summary.warnings()
    )
}

fn numbers(list: &Value) -> Vec<f64> {
    list.as_array().expect("a list").iter().map(|number| number.as_f64().expect("a number")).collect()
}

/// `theta[1]` of Stan is our `theta[0]`.
fn from_zero(parameter: &str) -> String {
    match parameter.strip_suffix(']').and_then(|text| text.split_once('[')) {
        Some((site, index)) => format!("{site}[{}]", index.parse::<usize>().expect("an index") - 1),
        None => parameter.to_owned(),
    }
}

fn nuts(seed: u64) -> Nuts {
    Nuts::new().chains(4).warmup(500).draws(700).seed(seed).progress(false)
}

#[model]
fn eight_schools(y: &Tensor, sigma: &Tensor) {
    let mu = sample!("mu", Normal::new(0.0, 5.0));
    let tau = sample!("tau", HalfCauchy::new(5.0));
    plate!("school", y.size(), {
        let z = sample!("theta_trans", Normal::new(0.0, 1.0));
        let theta = deterministic!("theta", mu + tau * z);
        observe!("y", Normal::new(theta, sigma), y);
    });
}

#[test]
fn eight_schools_noncentered() {
    let reference = Reference::read("eight_schools-eight_schools_noncentered");
    let (y, sigma) = (reference.vector("y"), reference.vector("sigma"));
    let posterior = nuts(1).draws(2000).target_accept_prob(0.9).run(&eight_schools(&y, &sigma)).unwrap();
    reference.assert_agrees(&posterior);
}

/// The same by a sampler without gradients, whose draws are far more correlated.
#[test]
fn eight_schools_by_a_random_walk() {
    let reference = Reference::read("eight_schools-eight_schools_noncentered");
    let (y, sigma) = (reference.vector("y"), reference.vector("sigma"));
    let walk = RandomWalk::new().chains(4).warmup(2000).draws(2000).thinning(25).seed(1).progress(false);
    reference.assert_agrees(&walk.run(&eight_schools(&y, &sigma)).unwrap());
}

#[model]
fn kidscore_momiq(kid_score: &Tensor, mom_iq: &Tensor) {
    let beta = sample!("beta", Flat::new(2));
    let sigma = sample!("sigma", HalfCauchy::new(2.5));
    plate!("kid", kid_score.size(), {
        observe!("kid_score", Normal::new(beta.get(0) + beta.get(1) * mom_iq, sigma), kid_score);
    });
}

#[test]
fn kidiq_kidscore_momiq() {
    let reference = Reference::read("kidiq-kidscore_momiq");
    let (kid_score, mom_iq) = (reference.vector("kid_score"), reference.vector("mom_iq"));
    let posterior = nuts(2).metric(Metric::Dense).run(&kidscore_momiq(&kid_score, &mom_iq)).unwrap();
    reference.assert_agrees(&posterior);
}

#[model]
fn logearn_height(log_earn: &Tensor, height: &Tensor) {
    let beta = sample!("beta", Flat::new(2));
    let sigma = sample!("sigma", HalfFlat::new([]));
    plate!("person", height.size(), {
        observe!("log_earn", Normal::new(beta.get(0) + beta.get(1) * height, sigma), log_earn);
    });
}

#[test]
fn earnings_logearn_height() {
    let reference = Reference::read("earnings-logearn_height");
    let (log_earn, height) = (reference.vector("earn").ln(), reference.vector("height"));
    let posterior = nuts(3).metric(Metric::Dense).run(&logearn_height(&log_earn, &height)).unwrap();
    reference.assert_agrees(&posterior);
}

#[model]
fn blr(x: &Tensor, y: &Tensor) {
    let beta = sample!("beta", Normal::new(Tensor::zeros(x.shape()[1]), 10.0));
    let sigma = sample!("sigma", HalfNormal::new(10.0));
    plate!("n", y.size(), {
        observe!("y", Normal::new(x.matmul(beta), sigma), y);
    });
}

#[test]
fn sblrc_blr() {
    let reference = Reference::read("sblrc-blr");
    let (x, y) = (reference.matrix("X"), reference.vector("y"));
    let posterior = nuts(4).draws(1500).run(&blr(&x, &y)).unwrap();
    reference.assert_agrees(&posterior);
}

#[model]
fn autoregression(order: usize, y: &Tensor) {
    let alpha = sample!("alpha", Normal::new(0.0, 10.0));
    let beta = sample!("beta", Normal::new(Tensor::zeros(order), 10.0));
    let sigma = sample!("sigma", HalfCauchy::new(2.5));
    let times = y.size();
    let mut mean = alpha;
    for lag in 1..=order {
        mean += beta.get(lag - 1) * y.slice(0, order - lag..times - lag);
    }
    plate!("t", times - order, {
        observe!("y", Normal::new(mean, sigma), y.slice(0, order..times));
    });
}

#[test]
fn ark_ark() {
    let reference = Reference::read("arK-arK");
    let posterior = nuts(5).run(&autoregression(5, &reference.vector("y"))).unwrap();
    reference.assert_agrees(&posterior);
}

#[model]
fn gp_regr(x: &Tensor, y: &Tensor) {
    let rho = sample!("rho", Gamma::new(25.0, 4.0));
    let alpha = sample!("alpha", HalfNormal::new(2.0));
    let sigma = sample!("sigma", HalfNormal::new(1.0));
    let distance = x.unsqueeze(1) - x.unsqueeze(0);
    // `sigma` is the variance of the noise.
    let covariance = alpha.square() * (-0.5 * (distance / rho).square()).exp() + sigma * Tensor::eye(x.size());
    observe!("y", MultivariateNormal::new(Tensor::zeros(x.size()), covariance), y);
}

#[test]
fn gp_pois_regr_gp_regr() {
    let reference = Reference::read("gp_pois_regr-gp_regr");
    let (x, y) = (reference.vector("x"), reference.vector("y"));
    let posterior = nuts(6).run(&gp_regr(&x, &y)).unwrap();
    reference.assert_agrees(&posterior);
}

/// Two states: the rows of the transition matrix have uniform priors, the means are ordered and positive.
#[model]
fn hmm_example(y: &Tensor) {
    let theta1 = sample!("theta1", ImproperUniform::new(Constraint::Simplex, [], 2));
    let theta2 = sample!("theta2", ImproperUniform::new(Constraint::Simplex, [], 2));
    let low = sample!("mu_low", HalfFlat::new([]));
    let high = sample!("mu_high", ImproperUniform::new(Constraint::GreaterThan(low.clone()), [], []));
    let mu = deterministic!("mu", Tensor::stack(&[low, high], 0));
    // The priors are not renormalised for the order of the means, and so are factors.
    factor!("prior", Normal::new([3.0, 10.0], 1.0)?.log_prob(&mu)?.sum());

    let log_theta = Tensor::stack(&[theta1, theta2], 0).ln();
    let emission = Normal::new(mu, 1.0)?.log_prob(&y.unsqueeze(1))?;
    // The forward algorithm, for both states at once: rows of `log_theta` are where the chain comes from.
    let mut forward = emission.get(0);
    for t in 1..y.size() {
        forward = (forward.unsqueeze(1) + &log_theta).logsumexp_axis(0) + emission.get(t);
    }
    factor!("y", forward.logsumexp());
}

#[test]
fn hmm_example_hmm_example() {
    let reference = Reference::read("hmm_example-hmm_example");
    let posterior = nuts(7).warmup(400).draws(500).run(&hmm_example(&reference.vector("y"))).unwrap();
    reference.assert_agrees(&posterior);
}
