//! Variational inference, importance sampling and Hamiltonian Monte Carlo of one model, with its data on the CPU and on a
//! CUDA device: the same random numbers give the same results, and the times say which machine to choose.
//!
//! Build with `cargo build --release --features cuda --example cuda_inference` where there is a CUDA toolkit; run where
//! there is a device. Exits with 1 if results differ by more than the tolerance.

#![allow(clippy::print_stdout, reason = "an example prints its results")]

use std::process::ExitCode;
use std::time::Instant;

use ppl::prelude::*;
use ppl_infer::LogDensity;
use ppl_infer::density::{Engine, ModelDensity};
use ppl_infer::prelude::*;

/// Largest difference accepted between the devices, relative to the largest element. A few hundred dependent steps
/// multiply the roundings.
const TOLERANCE: f64 = 1e-6;

#[model]
fn logistic(x: &Tensor, y: Option<Tensor>) {
    let coefficients = sample!("coefficients", Normal::new(Tensor::zeros(x.shape()[1]), 1.0));
    plate!("row", x.shape()[0], {
        observe!("y", Bernoulli::from_logits(x.matmul(coefficients)), y);
    });
}

/// Each method's estimate of the coefficients, and its seconds.
struct Findings {
    engine: String,
    /// Microseconds of a log density and its gradient.
    gradient: f64,
    methods: Vec<(&'static str, Tensor, f64)>,
}

fn main() -> Result<ExitCode> {
    let cuda = match Device::cuda(0) {
        Ok(device) => device,
        Err(error) => {
            println!("no CUDA device: {error}");
            return Ok(ExitCode::FAILURE);
        }
    };
    let mut failures = 0;
    for (rows, columns) in [(1_000, 25), (20_000, 200), (200_000, 400)] {
        println!("logistic regression, {rows} x {columns}");
        let x = Normal::new(0.0, 1.0)?.sample(&mut Key::new(1).rng("x", 0), &Shape::from([rows, columns]))?;
        let truth = Tensor::linspace(-0.2, 0.2, columns);
        let y = logistic(&x, None).substitute(logistic::coefficients, truth).trace(7)?.get("y")?.clone();

        let on_cpu = findings(&x, &y, Engine::Tape)?;
        let recorded = findings(&x, &y, Engine::Recorded)?;
        let on_cuda = findings(&x.to_device(&cuda)?, &y.to_device(&cuda)?, Engine::default())?;
        println!("{}", on_cuda.engine);
        println!("{:24} {:>12} {:>12} {:>12} {:>12}", "", "cpu, program", "cpu, tape", "cuda", "difference");
        println!(
            "{:24} {:12.1} {:12.1} {:12.1}",
            "gradient (µs)", recorded.gradient, on_cpu.gradient, on_cuda.gradient
        );
        for ((by_cpu, by_program), by_cuda) in on_cpu.methods.iter().zip(&recorded.methods).zip(&on_cuda.methods) {
            let difference = difference(&by_cpu.1, &by_cuda.1);
            let failed = difference.is_nan() || difference > TOLERANCE;
            failures += u32::from(failed);
            println!(
                "{:24} {:12.3} {:12.3} {:12.3} {difference:12.1e}{}",
                format!("{} (s)", by_cpu.0),
                by_program.2,
                by_cpu.2,
                by_cuda.2,
                if failed { "  FAILED" } else { "" }
            );
        }
    }
    println!("{failures} failures");
    Ok(if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn findings(x: &Tensor, y: &Tensor, engine: Engine) -> Result<Findings> {
    let model = logistic(x, Some(y.clone()));
    let mut density = ModelDensity::new(&model)?.engine(engine);
    let position = vec![0.01; density.dim()];
    let mut gradient = vec![0.0; density.dim()];
    density.value_and_gradient(&position, &mut gradient)?;
    let start = Instant::now();
    const REPEATS: u32 = 20;
    for _ in 0..REPEATS {
        density.value_and_gradient(&position, &mut gradient)?;
    }
    let microseconds = start.elapsed().as_secs_f64() * 1e6 / f64::from(REPEATS);

    let mut methods = Vec::new();
    let mut timed = |name, run: &dyn Fn() -> Result<Tensor>| -> Result<()> {
        let start = Instant::now();
        let found = run()?;
        methods.push((name, found, start.elapsed().as_secs_f64()));
        Ok(())
    };
    timed("svi, 50 steps", &|| {
        let guide = AutoNormal::new(&model)?;
        let fit = Svi::new(Adam::new(0.02)).steps(50).seed(0).engine(engine).run(&model, &guide)?;
        Ok(guide.median(fit.params())?["coefficients"].clone())
    })?;
    timed("importance, 100 draws", &|| {
        let draws = Importance::new().draws(100).seed(0).threads(1).engine(engine).run(&model)?;
        Ok(draws.get_array(logistic::coefficients)?.mean().into())
    })?;
    timed("hmc, 2 x 20 draws", &|| {
        let kernel = Hmc::new().step_size(0.005).num_steps(8);
        let draws = kernel.warmup(0).draws(20).chains(2).seed(0).engine(engine).run(&model)?;
        Ok(draws.get_array(logistic::coefficients)?.mean().into())
    })?;
    Ok(Findings { engine: density.engine_in_use(), gradient: microseconds, methods })
}

fn difference(expected: &Tensor, got: &Tensor) -> f64 {
    let (expected, got) = (expected.to_vec(), got.to_vec());
    let scale = expected.iter().fold(1e-300, |largest: f64, x| largest.max(x.abs()));
    // `max` would drop a NaN.
    let larger = |largest: f64, x: f64| if x > largest || x.is_nan() { x } else { largest };
    expected.iter().zip(&got).map(|(a, b)| (a - b).abs() / scale).fold(0.0, larger)
}
