//! Many draws at once: importance sampling on the scale of the tutorials, from the prior and by a guide, and predictions of a
//! logistic regression; draws per second.

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ppl::prelude::*;
use ppl_infer::density::Engine;
use ppl_infer::{Importance, Predictive};

const DRAWS: usize = 100_000;

#[model]
fn scale(guess: f64) {
    let weight = sample!("weight", Normal::new(guess, 1.0));
    observe!("measurement", Normal::new(weight, 0.75), 9.5);
}

#[guide(scale)]
fn scale_guide() {
    sample!("weight", Normal::new(9.14, 0.6));
}

fn importance(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("importance");
    group.sample_size(20).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    group.throughput(Throughput::Elements(DRAWS as u64));
    // One thread, so that machines with other numbers of cores measure the same.
    let importance = Importance::new().draws(DRAWS).threads(1);
    group.bench_function(BenchmarkId::new("scale", "prior"), |bencher| {
        bencher.iter(|| importance.run(&scale(8.5)).expect("the weights are positive"));
    });
    group.bench_function(BenchmarkId::new("scale", "guide"), |bencher| {
        bencher.iter(|| importance.run_with_guide(&scale(8.5), &scale_guide()).expect("the weights are positive"));
    });
    group.finish();
}

#[model]
fn trials(x: &Tensor, y: Option<Tensor>) {
    let beta = sample!("beta", Normal::new(Tensor::zeros(x.shape()[1]), 1.0));
    plate!("n", x.shape()[0], {
        observe!("y", Bernoulli::from_logits(x.matmul(beta)), y);
    });
}

fn predictive(criterion: &mut Criterion) {
    const DRAWS: usize = 4_000;

    let x = Tensor::linspace(0.0, 10_000.0, 25_000).sin().reshape([1_000, 25]);
    let model = trials(&x, None);
    let posterior = Importance::new().draws(DRAWS).run(&model).expect("nothing is observed");
    let mut group = criterion.benchmark_group("predictive");
    group.sample_size(10).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    group.throughput(Throughput::Elements(DRAWS as u64));
    for (engine, label) in [(Engine::Recorded, "recorded"), (Engine::Tape, "tape")] {
        let predictive = Predictive::new().threads(1).engine(engine).leave_out("y");
        group.bench_function(BenchmarkId::new(label, "logistic_1000x25"), |bencher| {
            bencher.iter(|| predictive.posterior(&model, &posterior).expect("the model has the sites"));
        });
    }
    group.finish();
}

criterion_group!(benches, importance, predictive);
criterion_main!(benches);
