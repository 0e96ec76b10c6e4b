//! Time and memory until a model's density is there, by the size of the model: loops by their number of steps, hierarchies
//! by their number of groups, regressions by their rows.
//!
//! Not a criterion bench: one measurement takes up to some seconds. Each row is a model of one size:
//!
//! * `new`: seconds of [`ModelDensity::new`], which finds the sites, records, compiles and compares with the tape;
//! * `peak`: the most memory that it holds at one time beside the data, and `kept`: what is left of it, both in MiB;
//! * `tape` and `program`: milliseconds of one value and gradient by the tape, and microseconds by the program;
//! * `operations` of the program.
//!
//! ```sh
//! cargo bench --bench growth
//! cargo bench --bench growth -- garch hierarchy --largest 10000
//! ```

#![allow(clippy::print_stdout, reason = "the table is what the bench is for")]

#[path = "models/mod.rs"]
mod models;

use std::time::Instant;

use allocation_counter::measure;
use ppl::prelude::*;
use ppl_infer::density::{Engine, ModelDensity};
use ppl_infer::{Error, LogDensity};

/// A random walk whose steps are sites of their own names.
#[model]
fn walk_of_sites(y: &Tensor) {
    let sigma = sample!("sigma", HalfNormal::new(1.0));
    let mut position = Tensor::from(0.0);
    let mut positions = Vec::new();
    for t in 0..y.size() {
        position = sample!("x_{t}", Normal::new(position, &sigma));
        positions.push(position.clone());
    }
    plate!("time", y.size(), {
        observe!("y", Normal::new(Tensor::stack(&positions, 0), 0.5), y);
    });
}

/// A random walk by a loop over its steps.
#[model]
fn walk(y: &Tensor) {
    let sigma = sample!("sigma", HalfNormal::new(1.0));
    let step = sample!("step", Normal::new(Tensor::zeros(y.size()), 1.0));
    let mut position = Tensor::from(0.0);
    let mut positions = Vec::new();
    for t in 0..y.size() {
        position += &sigma * step.get(t);
        positions.push(position.clone());
    }
    plate!("t", y.size(), {
        observe!("y", Normal::new(Tensor::stack(&positions, 0), 0.5), y);
    });
}

/// An autoregression of order 1 that is observed with noise.
#[model]
fn autoregression(y: &Tensor) {
    let phi = sample!("phi", Uniform::new(-1.0, 1.0));
    let sigma = sample!("sigma", HalfNormal::new(1.0));
    let z = sample!("z", Normal::new(Tensor::zeros(y.size()), 1.0));
    let mut state = Tensor::from(0.0);
    let mut states = Vec::new();
    for t in 0..y.size() {
        state = &phi * &state + &sigma * z.get(t);
        states.push(state.clone());
    }
    plate!("t", y.size(), {
        observe!("y", Normal::new(Tensor::stack(&states, 0), 0.5), y);
    });
}

/// Groups with an intercept each, and five rows a group.
#[model]
fn hierarchy(groups: usize, group: &[usize], y: &Tensor) {
    let mu = sample!("mu", Normal::new(0.0, 5.0));
    let tau = sample!("tau", HalfCauchy::new(5.0));
    let sigma = sample!("sigma", HalfNormal::new(1.0));
    let alpha = plate!("group", groups, {
        let z = sample!("z", Normal::new(0.0, 1.0));
        mu + tau * z
    });
    plate!("row", group.len(), {
        observe!("y", Normal::new(alpha.take(0, group), sigma), y);
    });
}

/// The same with counts, whose rows are not reduced.
#[model]
fn hierarchy_of_counts(groups: usize, group: &[usize], y: &Tensor) {
    let mu = sample!("mu", Normal::new(0.0, 5.0));
    let tau = sample!("tau", HalfCauchy::new(5.0));
    let alpha = plate!("group", groups, {
        let z = sample!("z", Normal::new(0.0, 1.0));
        mu + tau * z
    });
    plate!("row", group.len(), {
        observe!("y", Poisson::from_log_rate(alpha.take(0, group)), y);
    });
}

const ROWS_OF_A_GROUP: usize = 5;
const COLUMNS: usize = 100;

fn main() -> Result<(), Error> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let (names, largest) = match arguments.iter().position(|argument| argument == "--largest") {
        Some(place) => (&arguments[..place], arguments.get(place + 1).and_then(|largest| largest.parse().ok())),
        None => (&arguments[..], None),
    };
    let is_asked = |name: &str| names.is_empty() || names.iter().any(|asked| asked == name);
    let largest: usize = largest.unwrap_or(usize::MAX);
    println!(
        "{:<22}{:>9}{:>9}{:>9}{:>9}{:>10}{:>12}{:>12}",
        "", "size", "new", "peak", "kept", "tape", "program", "operations"
    );

    let sizes = |sizes: [usize; 3]| sizes.into_iter().filter(move |&size| size <= largest);
    for steps in sizes([1_000, 10_000, 100_000]) {
        let y = wave(steps);
        if is_asked("walk") {
            row("walk", steps, walk(&y))?;
        }
        if is_asked("walk_of_sites") {
            row("walk_of_sites", steps, walk_of_sites(&y))?;
        }
        if is_asked("autoregression") {
            row("autoregression", steps, autoregression(&y))?;
        }
        if is_asked("garch") {
            row("garch", steps, models::garch(&y, 0.5))?;
        }
        if is_asked("stochastic_volatility") {
            row("stochastic_volatility", steps, models::stochastic_volatility(&y))?;
        }
    }
    for groups in sizes([10_000, 100_000, 1_000_000]) {
        let group: Vec<usize> = (0..groups * ROWS_OF_A_GROUP).map(|row| row % groups).collect();
        let y = wave(group.len());
        if is_asked("hierarchy") {
            row("hierarchy", groups, hierarchy(groups, &group, &y))?;
        }
        if is_asked("hierarchy_of_counts") {
            row("hierarchy_of_counts", groups, hierarchy_of_counts(groups, &group, &(y * 2.0 + 2.0).floor()))?;
        }
    }
    for rows in sizes([1_000, 10_000, 100_000]) {
        if is_asked("logistic") {
            let x = Tensor::new(waves(rows * COLUMNS), [rows, COLUMNS])?;
            row("logistic", rows, models::logistic(&x, &wave(rows).greater(0.0)))?;
        }
        if is_asked("linear") {
            let x = Tensor::new(waves(rows * COLUMNS), [rows, COLUMNS])?;
            row("linear", rows, linear(&x, &wave(rows)))?;
        }
    }
    Ok(())
}

/// A linear regression.
#[model]
fn linear(x: &Tensor, y: &Tensor) {
    let beta = sample!("beta", Normal::new(Tensor::zeros(x.shape()[1]), 1.0));
    let sigma = sample!("sigma", HalfNormal::new(1.0));
    plate!("n", y.size(), {
        observe!("y", Normal::new(x.matmul(beta), sigma), y);
    });
}

/// Data of which hardly two are equal.
fn waves(size: usize) -> Vec<f64> {
    (0..size).map(|place| (place as f64 * 0.7 + (place * place % 101) as f64 * 0.013).sin()).collect()
}

fn wave(size: usize) -> Tensor {
    Tensor::from(waves(size))
}

fn row<M: Model>(name: &str, size: usize, model: M) -> Result<(), Error> {
    const MEBIBYTE: f64 = (1 << 20) as f64;

    let (mut density, mut seconds) = (None, 0.0);
    let memory = measure(|| {
        let start = Instant::now();
        density = Some(ModelDensity::new(&model));
        seconds = start.elapsed().as_secs_f64();
    });
    let Some(density) = density else { unreachable!("it was made") };
    let mut density = density?;
    let operations = density.program().map_or(0, |program| program.len());
    if operations == 0 {
        println!("{name}: {}", density.engine_in_use());
    }
    let by_program = gradient_seconds(&mut density, 20)?;
    let by_tape = gradient_seconds(&mut density.engine(Engine::Tape), 1)?;
    println!(
        "{name:<22}{size:>9}{seconds:>9.3}{:>9.1}{:>9.1}{:>10.1}{:>12.1}{operations:>12}",
        memory.bytes_max as f64 / MEBIBYTE,
        memory.bytes_current as f64 / MEBIBYTE,
        by_tape * 1e3,
        by_program * 1e6,
    );
    Ok(())
}

/// The shortest of some evaluations.
fn gradient_seconds(density: &mut impl LogDensity, evaluations: usize) -> Result<f64, Error> {
    let (position, mut gradient) = (vec![0.1; density.dim()], vec![0.0; density.dim()]);
    let mut shortest = f64::INFINITY;
    for _ in 0..evaluations {
        let start = Instant::now();
        density.value_and_gradient(&position, &mut gradient)?;
        shortest = shortest.min(start.elapsed().as_secs_f64());
    }
    Ok(shortest)
}
