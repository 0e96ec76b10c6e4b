//! Value and gradient of one operation, by its number of elements: what the door to the tensor library costs.
//!
//! Each measurement opens a tape, runs the operation, sums, and runs the tape backward; `sum` alone is the floor that
//! the others stand on. `density` is a small log density as models have them: 14 operations, scalars among arrays.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use ppl::{Tensor, grad};

const SIZES: [usize; 5] = [1, 8, 100, 1000, 10_000];

/// Inputs to be differentiated, and a function of them.
type Case = (&'static str, Vec<Tensor>, Box<dyn Fn(&[Tensor]) -> Tensor>);

fn cases(size: usize) -> Vec<Case> {
    let x = Tensor::linspace(0.1, 1.0, size);
    let y = Tensor::linspace(-1.0, 2.0, size);
    let design = Tensor::full([size, 8], 0.5);
    let places: Vec<usize> = (0..size).map(|place| (place * 7) % size).collect();
    let both = || vec![x.clone(), y.clone()];
    let one = || vec![x.clone()];
    let (constant, data) = (y.clone(), y.clone());
    vec![
        ("sum", one(), Box::new(|x| x[0].sum())),
        ("add", both(), Box::new(|x| (&x[0] + &x[1]).sum())),
        ("mul", both(), Box::new(|x| (&x[0] * &x[1]).sum())),
        ("mul_constant", one(), Box::new(move |x| (&x[0] * &constant).sum())),
        ("mul_number", one(), Box::new(|x| (&x[0] * 0.5).sum())),
        ("mul_scalar", vec![x.clone(), Tensor::from(2.0)], Box::new(|x| (&x[0] * &x[1]).sum())),
        ("exp", one(), Box::new(|x| x[0].exp().sum())),
        ("log1p", one(), Box::new(|x| x[0].log1p().sum())),
        ("take", one(), Box::new(move |x| x[0].take(0, &places).sum())),
        ("matmul", vec![Tensor::linspace(-1.0, 1.0, 8)], Box::new(move |x| design.matmul(&x[0]).sum())),
        (
            "density",
            vec![x.clone(), Tensor::from(0.3), Tensor::from(-0.2)],
            Box::new(move |x| {
                let (effect, location, log_scale) = (&x[0], &x[1], &x[2]);
                let scale = log_scale.exp();
                let standard = (effect - location) / &scale;
                let prior = (standard.square() * -0.5 - log_scale).sum();
                let likelihood = ((&data - effect).square() * -0.5).sum();
                prior + likelihood - location.square() * 0.5 - scale.square() * 0.5
            }),
        ),
    ]
}

fn tensor(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("tensor");
    group.sample_size(30).warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_millis(600));
    for size in SIZES {
        for (name, inputs, function) in cases(size) {
            group.bench_with_input(BenchmarkId::new(name, size), &size, |bencher, _| {
                bencher.iter(|| grad(&function, black_box(&inputs)).expect("the function returns a scalar"));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, tensor);
criterion_main!(benches);
