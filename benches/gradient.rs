//! Value and gradient of a model's log density: what one leapfrog step costs.
//!
//! `gradient/dfdx/*` runs the model on dfdx's tape, `gradient/recorded/*` the program that was recorded of it. The models grow from one where the cost of an operation counts to
//! two where that of an element does.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use ppl::prelude::*;
use ppl_infer::LogDensity;
use ppl_infer::density::{Engine, ModelDensity};
use rand::RngExt;

#[model]
fn eight_schools(y: &Tensor, sigma: &Tensor) {
    let mu = sample!("mu", Normal::new(0.0, 5.0));
    let tau = sample!("tau", HalfCauchy::new(5.0));
    plate!("school", 8, {
        let z = sample!("z", Normal::new(0.0, 1.0));
        observe!("y", Normal::new(mu + tau * z, sigma), y);
    });
}

#[model]
fn logistic(x: &Tensor, y: &Tensor) {
    let intercept = sample!("intercept", Normal::new(0.0, 2.5));
    let beta = sample!("beta", Normal::new(Tensor::zeros(x.shape()[1]), 1.0));
    plate!("n", y.size(), {
        observe!("y", Bernoulli::from_logits(intercept + x.matmul(beta)), y);
    });
}

/// Houses in counties: intercepts and slopes that vary by county.
#[model]
fn radon(counties: usize, county: &[usize], floor: &Tensor, log_radon: &Tensor) {
    let mu_a = sample!("mu_a", Normal::new(0.0, 2.0));
    let mu_b = sample!("mu_b", Normal::new(0.0, 2.0));
    let sigma_a = sample!("sigma_a", HalfNormal::new(1.0));
    let sigma_b = sample!("sigma_b", HalfNormal::new(1.0));
    let sigma = sample!("sigma", HalfNormal::new(1.0));
    let (a, b) = plate!("county", counties, {
        let z_a = sample!("z_a", Normal::new(0.0, 1.0));
        let z_b = sample!("z_b", Normal::new(0.0, 1.0));
        (mu_a + sigma_a * z_a, mu_b + sigma_b * z_b)
    });
    plate!("house", county.len(), {
        let mean = a.gather(0, county) + b.gather(0, county) * floor;
        observe!("log_radon", Normal::new(mean, sigma), log_radon);
    });
}

/// Standard normal numbers by a fixed seed.
fn standard_normal(name: &str, shape: impl Into<Shape>) -> Tensor {
    let normal = Normal::new(0.0, 1.0).expect("0 and 1 are in their domains");
    normal.sample(&mut Key::new(0).rng(name, 0), &shape.into()).expect("constant parameters")
}

fn measure<M: Model + Clone>(criterion: &mut Criterion, name: &str, model: M) {
    let recorded = ModelDensity::new(model).expect("the model has continuous latent sites only");
    assert_eq!(recorded.engine_in_use(), "recorded");
    let dfdx = recorded.clone().engine(Engine::Dfdx);
    let mut rng = Key::new(0).rng("position", 0);
    let position: Vec<f64> = (0..recorded.dim()).map(|_| rng.random::<f64>() - 0.5).collect();
    let mut gradient = vec![0.0; recorded.dim()];
    let mut group = criterion.benchmark_group("gradient");
    group.sample_size(20).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    for (engine, mut density) in [("dfdx", dfdx), ("recorded", recorded)] {
        group.bench_function(BenchmarkId::new(engine, name), |bencher| {
            bencher.iter(|| {
                density.value_and_gradient(black_box(&position), &mut gradient).expect("the density has a value")
            });
        });
    }
    group.finish();
}

fn gradient(criterion: &mut Criterion) {
    let y = Tensor::from([28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0]);
    let sigma = Tensor::from([15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0]);
    measure(criterion, "eight_schools", eight_schools(&y, &sigma));

    let x = standard_normal("x", [1000, 25]);
    let y = (x.matmul(standard_normal("beta", 25)) + standard_normal("noise", 1000)).greater(0.0);
    measure(criterion, "logistic_1000x25", logistic(&x, &y));

    let (houses, counties) = (919, 85);
    let mut rng = Key::new(0).rng("county", 0);
    let county: Vec<usize> = (0..houses).map(|_| (rng.random::<f64>() * counties as f64) as usize).collect();
    let floor = standard_normal("floor", houses).greater(1.0);
    let effects = standard_normal("effect", counties).gather(0, &county);
    let log_radon = 1.3 + 0.3 * effects - 0.6 * &floor + 0.7 * standard_normal("log_radon", houses);
    measure(criterion, "radon_919x85", radon(counties, &county, &floor, &log_radon));
}

criterion_group!(benches, gradient);
criterion_main!(benches);
