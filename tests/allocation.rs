//! Recorded programs do not allocate: every evaluation after the first works in memory that is there. How memory grows with
//! the size of a model.

use allocation_counter::{AllocationInfo, measure};
use ppl::prelude::*;
use ppl::program::{Recorded, record_with_draws};
use ppl_infer::LogDensity;
use ppl_infer::density::{Engine, ModelDensity};

#[path = "../benches/models/mod.rs"]
mod models;

/// Numbers in (−1, 1) that look like chance.
fn noise(shape: impl Into<Shape>) -> Tensor {
    let shape = shape.into();
    let values: Vec<f64> = (0..shape.size()).map(|k| ((k as f64 + 1.3) * 7.1).sin()).collect();
    Tensor::from(values).reshape(shape)
}

#[track_caller]
fn assert_no_allocation<M: Model>(name: &str, model: M) {
    let mut density = ModelDensity::new(model).expect("the model has continuous sites");
    assert_eq!(density.engine_in_use(), "recorded", "{name}");
    let mut gradient = vec![0.0; density.dim()];
    let position: Vec<f64> = (0..density.dim()).map(|k| 0.3 * (k as f64).cos()).collect();
    // Packing buffers of large products are kept by the thread.
    density.value_and_gradient(&position, &mut gradient).expect("a value");
    let allocations = measure(|| {
        for _ in 0..10 {
            density.value_and_gradient(&position, &mut gradient).expect("a value");
        }
    });
    assert_eq!(allocations.count_total, 0, "{name}: {} bytes", allocations.bytes_total);
}

/// A mixture, whose sites are sums over components, and a determinant.
#[model]
fn others(y: &Tensor) {
    let weights = sample!("weights", Dirichlet::new([2.0, 3.0, 4.0]));
    let means = sample!("means", Normal::new(Tensor::zeros(3), 1.0));
    let terms = weights.ln() - 0.5 * (y.unsqueeze(1) - &means).square();
    factor!("y", terms.logsumexp_axis(1).sum() + terms.max_axis(1).sum() + means.cumsum(0).lgamma().sum());
    let matrix = Tensor::eye(3) * 3.0 + means.unsqueeze(1) * means.unsqueeze(0);
    factor!("determinant", matrix.log_determinant());
}

/// A recurrence that is not linear.
#[model]
fn recurrence(z: &Tensor) {
    let rate = sample!("rate", Normal::new(0.0, 1.0));
    let mut x = rate.clone();
    for t in 0..z.size() {
        x = (&rate * &x + z.get(t)).tanh();
    }
    factor!("x", x);
}

#[test]
fn evaluations_on_the_tape_are_seen_to_allocate() {
    let y = noise(5);
    let mut density = ModelDensity::new(models::arma(&y)).unwrap().engine(Engine::Tape);
    let mut gradient = vec![0.0; density.dim()];
    let allocations = measure(|| {
        density.value_and_gradient(&[0.1; 4], &mut gradient).unwrap();
    });
    assert!(allocations.count_total > 0);
}

#[test]
fn evaluations_do_not_allocate() {
    let (y, sigma) = (noise(8), noise(8).exp());
    assert_no_allocation("eight schools", models::eight_schools(&y, &sigma));
    assert_no_allocation("logistic regression", models::logistic(&noise([300, 7]), &noise(300).greater(0.0)));
    let county: Vec<usize> = (0..90).map(|house| house * house % 13).collect();
    assert_no_allocation("radon", models::radon(13, &county, &noise(90), &noise(90)));
    assert_no_allocation("stochastic volatility", models::stochastic_volatility(&noise(60)));
    assert_no_allocation("linear regression", models::earnings(&noise(70), &noise(70), &noise(70)));
    assert_no_allocation("interaction", models::kidiq(&noise(70), &noise(70), &noise(70)));
    assert_no_allocation("ARMA", models::arma(&noise(50)));
    assert_no_allocation("GARCH", models::garch(&noise(50), 0.5));
    assert_no_allocation("Gaussian process", models::gaussian_process(&Tensor::linspace(-3.0, 3.0, 11), &noise(11)));
    assert_no_allocation(
        "large Gaussian process",
        models::gaussian_process(&Tensor::linspace(-9.0, 9.0, 70), &noise(70)),
    );
    assert_no_allocation("hidden Markov model", models::hidden_markov(&noise(40), 3));
    assert_no_allocation("Kalman filter", models::local_level(&noise(40)));
    assert_no_allocation("second-order autoregression", models::ar2(&noise(40)));
    assert_no_allocation("others", others(&noise(40)));
    assert_no_allocation("a recurrence", recurrence(&noise(40)));
}

/// Draws with implicit gradients are made in memory that is there, too.
#[test]
fn draws_do_not_allocate() {
    let recorded = record_with_draws(&[0.7, 1.8], |x| {
        let draw = |name: &str, of: &dyn Distribution| of.sample(&mut Key::new(0).rng(name, 0), &Shape::from(9));
        let gamma = draw("gamma", &Gamma::new(x.get(0), x.get(1))?)?;
        let beta = draw("beta", &Beta::new(x.get(0), gamma.get(0))?)?;
        let weights = draw("weights", &Dirichlet::new(x * 2.0)?)?;
        Ok(gamma.ln().sum() + beta.ln().sum() + weights.ln().sum())
    });
    let Ok(Recorded::Static(mut program)) = recorded else { panic!("nothing is read") };
    let mut gradient = [0.0; 2];
    program.value_and_gradient(&[0.7, 1.8], &mut gradient);
    let allocations = measure(|| {
        for number in 0..10 {
            program.draw(number);
            assert!(program.value_and_gradient(&[0.7, 1.8], &mut gradient).is_finite());
        }
    });
    assert_eq!(allocations.count_total, 0, "{} bytes", allocations.bytes_total);
}

/// What it takes to make the density of a model.
fn making<M: Model>(model: M) -> AllocationInfo {
    let mut density = None;
    let allocations = measure(|| density = Some(ModelDensity::new(&model)));
    let density = density.expect("it was made").expect("the model has continuous sites");
    assert_eq!(density.engine_in_use(), "recorded");
    allocations
}

/// Twice the steps take at most twice the allocations and the memory, but for what does not grow and for vectors whose
/// capacity is a power of two.
#[test]
fn loops_grow_linearly() {
    let steps = 1024;
    let (y, longer) = (noise(steps), noise(2 * steps));
    for (name, once, twice) in [
        ("autoregression", making(models::ar2(&y)), making(models::ar2(&longer))),
        ("GARCH", making(models::garch(&y, 0.5)), making(models::garch(&longer, 0.5))),
        ("volatility", making(models::stochastic_volatility(&y)), making(models::stochastic_volatility(&longer))),
    ] {
        let ratio = |once: u64, twice: u64| twice as f64 / once as f64;
        let (count, bytes) = (ratio(once.count_total, twice.count_total), ratio(once.bytes_max, twice.bytes_max));
        assert!(count < 2.05, "{name}: {count} times the allocations");
        assert!(bytes < 2.05, "{name}: {bytes} times the memory");
    }
}

/// A design matrix is read where the user's tensor has it, by the tape and by the program.
#[test]
fn a_design_matrix_is_kept_once() {
    let (rows, columns) = (2003, 100);
    let matrix = (rows * columns * size_of::<f64>()) as f64;
    let x = Tensor::new(noise(rows * columns).to_vec(), [rows, columns]).unwrap();
    let allocations = making(models::logistic(&x, &noise(rows).greater(0.0)));
    // Vectors with an element for each of the rows, of which a matrix is a hundred.
    let (peak, kept) = (allocations.bytes_max as f64 / matrix, allocations.bytes_current as f64 / matrix);
    assert!(peak < 0.4, "{peak} of the matrix at the peak");
    assert!(kept < 0.2, "{kept} of the matrix kept");
}
