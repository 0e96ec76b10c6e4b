//! Stochastic variational inference with a mean-field guide: steps per second, by recorded programs and on the tape;
//! on all data, and on batches of them.

#[path = "models/mod.rs"]
mod models;

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ppl::prelude::*;
use ppl_infer::density::Engine;
use ppl_infer::svi::{Adam, AutoNormal, Svi};

/// Standard normal numbers by a fixed seed.
fn standard_normal(name: &str, shape: impl Into<Shape>) -> Tensor {
    let normal = Normal::new(0.0, 1.0).expect("0 and 1 are in their domains");
    normal.sample(&mut Key::new(0).rng(name, 0), &shape.into()).expect("constant parameters")
}

fn measure<M: Model + Clone>(criterion: &mut Criterion, name: &str, model: &M) {
    let guide = AutoNormal::new(model.clone()).expect("the model has continuous latent sites only");
    measure_guide(criterion, name, model, &guide);
}

fn measure_guide<M: Model, G: Model>(criterion: &mut Criterion, name: &str, model: &M, guide: &G) {
    let mut group = criterion.benchmark_group("svi");
    group.sample_size(10).warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_secs(2));
    // As many steps as a fit takes: a program is recorded once for all of them.
    for (engine, label, steps) in [(Engine::Recorded, "recorded", 10_000), (Engine::Tape, "dfdx", 500)] {
        let svi = Svi::new(Adam::new(0.01)).steps(steps).engine(engine);
        group.throughput(Throughput::Elements(steps));
        group.bench_function(BenchmarkId::new(label, name), |bencher| {
            bencher.iter(|| svi.run(model, guide).expect("the bound is finite"));
        });
    }
    group.finish();
}

/// The logistic regression on a batch of the rows, which stands for all.
#[model]
fn logistic_batch(x: Tensor, y: Tensor, of: usize) {
    let beta = sample!("beta", Normal::new(Tensor::zeros(x.shape()[1]), 1.0));
    let log_prob = Bernoulli::from_logits(x.matmul(beta))?.log_prob(&y)?.sum();
    factor!("y", log_prob * (of as f64 / y.size() as f64));
}

/// The logistic regression on rows that each step draws.
#[model]
fn logistic_subsample(x: &Tensor, y: &Tensor, rows: usize) {
    let beta = sample!("beta", Normal::new(Tensor::zeros(x.shape()[1]), 1.0));
    plate!("row", y.size(), subsample_size = rows, |row| {
        observe!("y", Bernoulli::from_logits(x.take(0, &row).matmul(beta)), y.take(0, &row));
    });
}

/// Rates and shares of eight groups, and weights of four classes.
#[model]
fn groups(counts: &Tensor, classes: &Tensor) {
    let weights = sample!("weights", Dirichlet::new([1.0, 1.0, 1.0, 1.0]));
    plate!("member", classes.size(), {
        observe!("class", Categorical::new(weights), classes);
    });
    plate!("group", counts.size(), {
        let rate = sample!("rate", Gamma::new(2.0, 0.5));
        let share = sample!("share", Beta::new(2.0, 2.0));
        observe!("count", Poisson::new(rate * share), counts);
    });
}

/// The families of the priors, each site by itself.
#[guide(groups)]
fn conjugate(size: usize) {
    let weights = param!("weights_concentration", [1.0, 1.0, 1.0, 1.0], Constraint::Positive);
    sample!("weights", Dirichlet::new(weights));
    let rate_concentration = param!("rate_concentration", Tensor::full(size, 2.0), Constraint::Positive);
    let rate_rate = param!("rate_rate", Tensor::full(size, 1.0), Constraint::Positive);
    let alpha = param!("alpha", Tensor::full(size, 2.0), Constraint::Positive);
    let beta = param!("beta", Tensor::full(size, 2.0), Constraint::Positive);
    plate!("group", size, {
        sample!("rate", Gamma::new(rate_concentration, rate_rate));
        sample!("share", Beta::new(alpha, beta));
    });
}

/// Each step on another batch of the rows.
fn measure_batches(criterion: &mut Criterion, name: &str, x: &Tensor, y: &Tensor, rows: usize) {
    let batches: Vec<(Tensor, Tensor)> = (0..y.size() / rows)
        .map(|batch| batch * rows..(batch + 1) * rows)
        .map(|rows| (x.slice(0, rows.clone()), y.slice(0, rows)))
        .collect();
    let first = logistic_batch(batches[0].0.clone(), batches[0].1.clone(), y.size());
    let guide = AutoNormal::new(first).expect("the model has continuous latent sites only");
    let mut group = criterion.benchmark_group("svi");
    group.sample_size(10).warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_secs(2));
    for (engine, label, steps) in [(Engine::Recorded, "recorded", 10_000), (Engine::Tape, "dfdx", 500)] {
        let svi = Svi::new(Adam::new(0.01)).engine(engine);
        group.throughput(Throughput::Elements(steps as u64));
        group.bench_function(BenchmarkId::new(label, name), |bencher| {
            bencher.iter(|| {
                let mut state = svi.start().expect("the settings are in their domains");
                let batches = batches.iter().cycle().take(steps).cloned();
                let losses = state.run_batches(batches, |(x, own)| (logistic_batch(x, own, y.size()), &guide));
                losses.expect("the bound is finite")
            });
        });
    }
    group.finish();
}

fn svi(criterion: &mut Criterion) {
    let y = Tensor::from([28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0]);
    let sigma = Tensor::from([15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0]);
    measure(criterion, "eight_schools", &models::eight_schools(&y, &sigma));

    let counts = Tensor::from([3.0, 0.0, 5.0, 2.0, 2.0, 1.0, 7.0, 0.0]);
    let classes = Tensor::from([0.0, 1.0, 3.0, 0.0, 2.0, 0.0, 1.0, 1.0, 0.0, 3.0]);
    measure(criterion, "groups_by_normals", &groups(&counts, &classes));
    measure_guide(criterion, "groups_by_their_families", &groups(&counts, &classes), &conjugate(counts.size()));

    let x = standard_normal("x", [1000, 25]);
    let y = (x.matmul(standard_normal("beta", 25)) + standard_normal("noise", 1000)).greater(0.0);
    measure(criterion, "logistic_1000x25", &models::logistic(&x, &y));
    measure(criterion, "logistic_subsample_of_250x25", &logistic_subsample(&x, &y, 250));
    measure_batches(criterion, "logistic_batches_of_250x25", &x, &y, 250);
}

criterion_group!(benches, svi);
criterion_main!(benches);
