//! One run of a model with two sites, inside no handler, one, and five: what the dispatcher costs.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ppl::handler::{Mask, Scale, Scope, Seed, Tracer};
use ppl::prelude::*;

#[model]
fn scale(guess: f64) {
    let weight = sample!("weight", Normal::new(guess, 1.0));
    sample!("measurement", Normal::new(weight, 0.75));
}

fn handlers(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("handlers");
    group.sample_size(20).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    group.throughput(Throughput::Elements(2));

    let model = scale(8.5);
    let run = |ctx: &mut Ctx| model.run(ctx).expect("the model has no errors");
    group.bench_function(BenchmarkId::new("run", 0), |bencher| {
        bencher.iter(|| run(&mut Ctx::new(black_box(Key::new(0)))));
    });
    group.bench_function(BenchmarkId::new("run", 1), |bencher| {
        bencher.iter(|| {
            let mut ctx = Ctx::new(black_box(Key::new(0)));
            ctx.enter(Tracer::new(), |ctx| model.run(ctx)).expect("the model has no errors")
        });
    });

    // Five that leave the draws to the sites, so that only the dispatcher's work grows.
    let nested = scale(8.5)
        .with(Scale::new(0.5).expect("a positive factor"))
        .with(Mask::new(1.0).expect("a mask of ones"))
        .with(Scope::new("inner"))
        .with(Scope::new("outer"))
        .with(Seed::new(1));
    group.bench_function(BenchmarkId::new("run", 5), |bencher| {
        bencher.iter(|| nested.run(&mut Ctx::new(black_box(Key::new(0)))).expect("the model has no errors"));
    });
    group.finish();
}

criterion_group!(benches, handlers);
criterion_main!(benches);
