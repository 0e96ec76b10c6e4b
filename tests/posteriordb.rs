//! Samplers against the reference posteriors of posteriordb.
//!
//! A mean passes within 4 combined Monte Carlo standard errors of the reference, a standard deviation within 10 %.
//! For 196 independent means that is a false alarm in 1 of 80 choices of the seeds (2 · Φ(−4) = 6.3e-5 each); with
//! effective sample sizes above 400 a correct standard deviation strays by 10 % less often still.
//! Seeds are fixed, so that a platform which passes once passes always.

#![allow(clippy::print_stdout, reason = "the figures show with `--nocapture`")]

#[path = "../benches/models/mod.rs"]
mod models;

use ppl_infer::{Metric, Nuts, Posterior, RandomWalk, Summary};

use self::models::posteriordb;

/// Compares every parameter of a reference with the row of our summary that has its name, indices from 0.
fn assert_agrees(name: &str, posterior: &Posterior) {
    let record = posteriordb::record(name);
    let summary = posterior.summary();
    let parameters = record["reference"].as_object().expect("a table of parameters");
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
    println!("{name}\n{report}");
    assert!(is_good, "{name}\n{report}{:?}", posterior.failed_chains());
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

/// `theta[1]` of Stan is our `theta[0]`.
fn from_zero(parameter: &str) -> String {
    match parameter.strip_suffix(']').and_then(|text| text.split_once('[')) {
        Some((site, index)) => format!("{site}[{}]", index.parse::<usize>().expect("an index") - 1),
        None => parameter.to_owned(),
    }
}

fn nuts(seed: u64) -> Nuts {
    Nuts::new().seed(seed).progress(false)
}

/// NUTS as it is by default, on all posteriors.
#[test]
fn nuts_agrees_with_every_reference() {
    for (seed, name) in (0..).zip(posteriordb::NAMES) {
        assert_agrees(name, &posteriordb::sample(&nuts(seed), name).unwrap());
    }
}

/// The adaptation of Stan, with both of its metrics.
#[test]
fn nuts_with_the_adaptation_of_stan_agrees() {
    for (metric, name) in [
        (Metric::Diagonal, "eight_schools-eight_schools_noncentered"),
        (Metric::Diagonal, "sblrc-blr"),
        (Metric::Diagonal, "arK-arK"),
        (Metric::Dense, "kidiq-kidscore_momiq"),
        (Metric::Dense, "earnings-logearn_height"),
        (Metric::Dense, "gp_pois_regr-gp_regr"),
    ] {
        assert_agrees(name, &posteriordb::sample(&nuts(1).metric(metric).draws(1500), name).unwrap());
    }
}

/// A sampler without gradients, whose draws are far more correlated.
#[test]
fn a_random_walk_agrees() {
    let name = "eight_schools-eight_schools_noncentered";
    let walk = RandomWalk::new().chains(4).warmup(2000).draws(2000).thinning(25).seed(1).progress(false);
    assert_agrees(name, &posteriordb::sample(&walk, name).unwrap());
}
