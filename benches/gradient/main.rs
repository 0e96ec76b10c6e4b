//! Value and gradient of a model's log density: what one leapfrog step costs.
//!
//! `gradient/recorded/*` runs the program that was recorded of the model, `gradient/tape/*` the model on the tape, and
//! `gradient/by_hand/*`, where there is one, a density and gradient written by hand in plain Rust. All three are compared
//! before they are measured. `gradient/value/*` is the program's value alone. `gradient/hessian/*` is a product of the Hessian with a vector, `record/*` what it takes to record
//! a model and plan its program.

mod by_hand;
#[path = "../models/mod.rs"]
mod models;

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use ppl::prelude::*;
use ppl_infer::LogDensity;
use ppl_infer::density::{Engine, ModelDensity};
use rand::RngExt;

use self::models::Data;

type ByHand = Box<dyn FnMut(&[f64], &mut [f64]) -> f64>;

fn measure<M: Model + Clone>(criterion: &mut Criterion, name: &str, model: M, by_hand: Option<ByHand>) {
    let mut recorded = ModelDensity::new(model).expect("the model has continuous latent sites only");
    assert_eq!(recorded.engine_in_use(), "recorded");
    let mut tape = recorded.clone().engine(Engine::Tape);
    let mut rng = Key::new(0).rng("position", 0);
    let position: Vec<f64> = (0..recorded.dim()).map(|_| rng.random::<f64>() - 0.5).collect();
    let mut gradient = vec![0.0; recorded.dim()];

    let mut expected = gradient.clone();
    let value = tape.value_and_gradient(&position, &mut expected).expect("the density has a value");
    let check = |got: f64, gradient: &[f64]| {
        let is_near = |a: f64, b: f64| (a - b).abs() <= 1e-8 * b.abs().max(1.0);
        let is_good = is_near(got, value) && gradient.iter().zip(&expected).all(|(&a, &b)| is_near(a, b));
        assert!(is_good, "{name}: {got} {gradient:?}, by the tape {value} {expected:?}");
    };
    let got = recorded.value_and_gradient(&position, &mut gradient).expect("the density has a value");
    check(got, &gradient);

    let mut group = criterion.benchmark_group("record");
    group.sample_size(10).warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_secs(1));
    group.bench_function(name, |bencher| {
        bencher.iter(|| recorded.clone().engine(Engine::Recorded));
    });
    group.finish();

    let (mut hessian, mut value_alone) = (recorded.clone(), recorded.clone());
    assert_eq!(value_alone.value(&position).expect("the density has a value").to_bits(), got.to_bits());
    let mut group = criterion.benchmark_group("gradient");
    group.sample_size(20).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    for (engine, mut density) in [("tape", tape), ("recorded", recorded)] {
        group.bench_function(BenchmarkId::new(engine, name), |bencher| {
            bencher.iter(|| {
                density.value_and_gradient(black_box(&position), &mut gradient).expect("the density has a value")
            });
        });
    }
    group.bench_function(BenchmarkId::new("value", name), |bencher| {
        bencher.iter(|| value_alone.value(black_box(&position)).expect("the density has a value"));
    });
    let mut product = vec![0.0; position.len()];
    group.bench_function(BenchmarkId::new("hessian", name), |bencher| {
        bencher.iter(|| {
            let position = black_box(&position);
            hessian.hessian_vector_product(position, &expected, &mut product).expect("the density has a Hessian");
        });
    });
    if let Some(mut by_hand) = by_hand {
        let got = by_hand(&position, &mut gradient);
        check(got, &gradient);
        group.bench_function(BenchmarkId::new("by_hand", name), |bencher| {
            bencher.iter(|| by_hand(black_box(&position), &mut gradient));
        });
    }
    group.finish();
}

fn logistic(criterion: &mut Criterion, name: &str, rows: usize, columns: usize) {
    let (x, y) = models::logistic_data(rows, columns);
    let by_hand = by_hand::logistic(x.to_vec(), y.to_vec());
    measure(criterion, name, models::logistic(&x, &y), Some(Box::new(by_hand)));
}

fn radon(criterion: &mut Criterion, name: &str) {
    let data = Data::read(name);
    let (county, counties) = (data.indices("county_idx"), data.number("J") as usize);
    let (floor, log_radon) = (data.vector("floor_measure"), data.vector("log_radon"));
    let by_hand = by_hand::radon(county.clone(), floor.to_vec(), log_radon.to_vec());
    measure(criterion, name, models::radon(counties, &county, &floor, &log_radon), Some(Box::new(by_hand)));
}

fn gradient(criterion: &mut Criterion) {
    let y = Tensor::from([28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0]);
    let sigma = Tensor::from([15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0]);
    let by_hand = by_hand::eight_schools(y.to_vec(), sigma.to_vec());
    measure(criterion, "eight_schools", models::eight_schools(&y, &sigma), Some(Box::new(by_hand)));

    logistic(criterion, "logistic_1000x25", 1_000, 25);
    logistic(criterion, "logistic_10000x100", 10_000, 100);
    let (x, y) = models::logistic_data(10_000, 100);
    let single = x.to_single_precision().expect("its numbers are in the range of single precision");
    measure(criterion, "logistic_10000x100_single", models::logistic(&single, &y), None);
    radon(criterion, "radon_mn");
    radon(criterion, "radon_all");

    let log_variance = 0.3 * models::standard_normal("log_variance", 500).cumsum(0);
    let y = (0.2 * log_variance).exp() * models::standard_normal("y", 500);
    let by_hand = by_hand::stochastic_volatility(y.to_vec());
    measure(criterion, "stochvol_500", models::stochastic_volatility(&y), Some(Box::new(by_hand)));

    let data = Data::read("earnings");
    let (log_earn, height, male) = (data.vector("earn").ln(), data.vector("height"), data.vector("male"));
    measure(criterion, "earnings", models::earnings(&log_earn, &height, &male), None);

    let data = Data::read("kidiq");
    let (kid_score, mom_hs, mom_iq) = (data.vector("kid_score"), data.vector("mom_hs"), data.vector("mom_iq"));
    measure(criterion, "kidiq", models::kidiq(&kid_score, &mom_hs, &mom_iq), None);

    let y = Data::read("arma").vector("y");
    measure(criterion, "arma11", models::arma(&y), None);

    let data = Data::read("garch");
    measure(criterion, "garch11", models::garch(&data.vector("y"), data.number("sigma1")), None);

    let y = models::standard_normal("level", 200).cumsum(0) + models::standard_normal("y", 200);
    measure(criterion, "kalman_200", models::local_level(&y), None);
    measure(criterion, "kalman_200_distribution", models::local_level_model(&y), None);
    measure(criterion, "trend_200_distribution", models::local_linear_trend(&y), None);
    measure(criterion, "ar2_200", models::ar2(&y), None);
    measure(criterion, "hmm_200x2", models::hidden_markov(&y, 2), None);
    measure(criterion, "hmm_200x3", models::hidden_markov(&y, 3), None);
    measure(criterion, "hmm_200x3_distribution", models::hidden_markov_model(&y, 3), None);

    let time = Tensor::linspace(0.0, 10.0, 200);
    let growth = 3.0 / (1.0 + 5.0 * (-&time).exp()) + 0.5 * models::standard_normal("growth", 200);
    measure(criterion, "rk4_200", models::logistic_growth(&growth), None);
    let prey = 20.0 + 10.0 * (0.7 * time).sin();
    let populations = Tensor::stack(&[prey, Tensor::full(200, 8.0)], 1)
        * (0.25 * models::standard_normal("populations", [200, 2])).exp();
    measure(criterion, "rk4_200x2", models::predator_prey(&populations), None);

    let data = Data::read("hudson_lynx_hare");
    let (y_init, y) = (data.vector("y_init"), data.matrix("y"));
    measure(criterion, "lotka_volterra", models::lotka_volterra(&y_init, &y), None);
    measure(criterion, "lotka_volterra_numbers", models::lotka_volterra_numbers(&y_init, &y), None);

    for (name, file) in [("gp_11", "gp_pois_regr"), ("gp_200", "gp_200")] {
        let data = Data::read(file);
        measure(criterion, name, models::gaussian_process(&data.vector("x"), &data.vector("y")), None);
    }
    let x = Tensor::linspace(-10.0, 10.0, 50);
    measure(criterion, "gp_50", models::gaussian_process(&x, &models::standard_normal("y", 50)), None);
}

criterion_group!(benches, gradient);
criterion_main!(benches);
