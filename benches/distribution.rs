//! Densities and draws of a million elements, beside the crates `statrs` (densities) and `rand_distr` (draws); many small
//! systems of equations, one after the other and as a batch; the inverse of an expensive bijector, remembered and computed.

use std::hint::black_box;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ppl::bijector::{Bijector, CholeskyOuterProduct};
use ppl::distribution::{
    Beta, Categorical, Distribution, Draw, Gamma, LKJCholesky, MultivariateNormal, Normal, Poisson, StudentT,
};
use ppl::random::Key;
use ppl::{Shape, Tensor};
use statrs::distribution::{Continuous, Discrete};

const ELEMENTS: usize = 1_000_000;
/// Events of ten numbers.
const VECTORS: usize = 100_000;

/// The density at its own draws, and draws.
fn ours(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, distribution: &dyn Distribution, count: usize) {
    let shape = Shape::from(count);
    let draws = distribution.draw_n(0, shape).expect("the parameters are valid");
    group.throughput(Throughput::Elements((count * distribution.event_shape().size()) as u64));
    group.bench_function(BenchmarkId::new(name, "log_prob"), |bencher| {
        bencher.iter(|| distribution.log_prob(&draws).expect("the shapes agree"));
    });
    group.bench_function(BenchmarkId::new(name, "sample"), |bencher| {
        bencher.iter(|| distribution.draw_n(0, shape).expect("the parameters are valid"));
    });
}

/// The density of `statrs` at the same draws.
fn statrs(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    distribution: &dyn Distribution,
    ln: impl Fn(f64) -> f64,
) {
    let draws = distribution.draw_n(0, ELEMENTS).expect("the parameters are valid").to_vec();
    group.throughput(Throughput::Elements(ELEMENTS as u64));
    group.bench_function(BenchmarkId::new(name, "log_prob, statrs"), |bencher| {
        bencher.iter(|| draws.iter().map(|&x| ln(black_box(x))).collect::<Vec<f64>>());
    });
}

/// Draws of `rand_distr`, by the same generator.
fn rand_distr<T>(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, distribution: impl rand_distr::Distribution<T>) {
    group.throughput(Throughput::Elements(ELEMENTS as u64));
    group.bench_function(BenchmarkId::new(name, "sample, rand_distr"), |bencher| {
        bencher.iter(|| {
            let mut rng = Key::new(0).rng("draw", 0);
            (0..ELEMENTS).map(|_| distribution.sample(&mut rng)).collect::<Vec<T>>()
        });
    });
}

fn distribution(criterion: &mut Criterion) {
    const VALID: &str = "the parameters are valid";

    let mut group = criterion.benchmark_group("distribution");
    group.sample_size(10).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));

    let normal = Normal::new(0.3, 1.7).expect(VALID);
    ours(&mut group, "normal", &normal, ELEMENTS);
    let other = statrs::distribution::Normal::new(0.3, 1.7).expect(VALID);
    statrs(&mut group, "normal", &normal, |x| other.ln_pdf(x));
    rand_distr(&mut group, "normal", rand_distr::Normal::new(0.3, 1.7).expect(VALID));

    let gamma = Gamma::new(2.5, 1.7).expect(VALID);
    ours(&mut group, "gamma", &gamma, ELEMENTS);
    let other = statrs::distribution::Gamma::new(2.5, 1.7).expect(VALID);
    statrs(&mut group, "gamma", &gamma, |x| other.ln_pdf(x));
    rand_distr(&mut group, "gamma", rand_distr::Gamma::new(2.5, 1.0 / 1.7).expect(VALID));

    let beta = Beta::new(2.5, 1.7).expect(VALID);
    ours(&mut group, "beta", &beta, ELEMENTS);
    let other = statrs::distribution::Beta::new(2.5, 1.7).expect(VALID);
    statrs(&mut group, "beta", &beta, |x| other.ln_pdf(x));
    rand_distr(&mut group, "beta", rand_distr::Beta::new(2.5, 1.7).expect(VALID));

    let poisson = Poisson::new(7.5).expect(VALID);
    ours(&mut group, "poisson", &poisson, ELEMENTS);
    let other = statrs::distribution::Poisson::new(7.5).expect(VALID);
    statrs(&mut group, "poisson", &poisson, |x| other.ln_pmf(x as u64));
    rand_distr::<f64>(&mut group, "poisson", rand_distr::Poisson::new(7.5).expect(VALID));

    let student_t = StudentT::new(4.5, 0.3, 1.7).expect(VALID);
    ours(&mut group, "student_t", &student_t, ELEMENTS);
    let other = statrs::distribution::StudentsT::new(0.3, 1.7, 4.5).expect(VALID);
    statrs(&mut group, "student_t", &student_t, |x| other.ln_pdf(x));
    rand_distr(&mut group, "student_t", rand_distr::StudentT::new(4.5).expect(VALID));

    let weights = [1.0, 2.0, 3.0, 4.0, 5.0, 5.0, 4.0, 3.0, 2.0, 1.0];
    let categorical = Categorical::new(weights.map(|weight| weight / 30.0)).expect(VALID);
    ours(&mut group, "categorical_10", &categorical, ELEMENTS);
    rand_distr(&mut group, "categorical_10", rand_distr::weighted::WeightedIndex::new(weights).expect(VALID));

    let multivariate = MultivariateNormal::new(Tensor::zeros(10), 0.5 + 0.5 * Tensor::eye(10)).expect(VALID);
    ours(&mut group, "multivariate_normal_10", &multivariate, VECTORS);

    let lkj = LKJCholesky::new(10, 2.0).expect(VALID);
    ours(&mut group, "lkj_cholesky_10", &lkj, VECTORS / 10);
    group.finish();
}

/// A thousand systems of ten equations: TFP's tour.
fn solve(criterion: &mut Criterion) {
    let matrices = Tensor::linspace(0.0, 1e5, 100_000).sin().reshape([1_000, 10, 10]) + 4.0 * Tensor::eye(10);
    let right = Tensor::ones([1_000, 10, 1]);
    let mut group = criterion.benchmark_group("solve_1000x10x10");
    group.sample_size(10).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    group.bench_function("batch", |bencher| bencher.iter(|| matrices.solve(&right)));
    group.bench_function("loop", |bencher| {
        bencher.iter(|| (0..1_000).map(|place| matrices.get(place).solve(right.get(place))).collect::<Vec<Tensor>>());
    });
    group.finish();
}

/// An expensive bijector's inverse of its own result, which is remembered, and of a copy, which is factorised: TFP's tour.
fn remembered_inverse(criterion: &mut Criterion) {
    const SIZE: usize = 2_500;

    let bijector = CholeskyOuterProduct;
    let factor = Tensor::eye(SIZE) * 2.0;
    let matrix = bijector.forward(&factor).expect("a factor");
    let copy = &matrix * 1.0;
    let mut group = criterion.benchmark_group("cholesky_outer_product_2500");
    group.sample_size(10).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    group.bench_function("inverse of a result", |bencher| bencher.iter(|| bijector.inverse(&matrix)));
    group.bench_function("inverse of a copy", |bencher| bencher.iter(|| bijector.inverse(&copy)));
    group.finish();
}

criterion_group!(benches, distribution, solve, remembered_inverse);
criterion_main!(benches);
