//! Importance sampling on the scale of the tutorials: draws per second, from the prior and by a guide.

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ppl::prelude::*;
use ppl_infer::Importance;

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

criterion_group!(benches, importance);
criterion_main!(benches);
