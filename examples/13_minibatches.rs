//! Logistic regression on more rows than a step looks at: variational inference on minibatches, those of a loader and those
//! that a plate draws.
//!
//! ```text
//! cargo run --release --example 13_minibatches
//! ```

use ppl::prelude::*;
use ppl_infer::prelude::*;

const ROWS: usize = 20_000;
const BATCH: usize = 200;
const EPOCHS: u64 = 20;

/// Some rows of a regression of `of` rows: the plate is about as many of its members, which stand for all.
#[model]
fn regression(x: Tensor, y: Option<Tensor>, of: usize) {
    let coefficients = sample!("coefficients", Normal::new(Tensor::zeros(3), 2.0));
    plate!("row", of, subsample = 0..x.len(), {
        observe!("y", Bernoulli::from_logits(x.matmul(coefficients)), y);
    });
}

/// The same, where a plate draws the rows of each step.
#[model]
fn subsampled(x: &Tensor, y: &Tensor) {
    let coefficients = sample!("coefficients", Normal::new(Tensor::zeros(3), 2.0));
    plate!("row", x.shape()[0], subsample_size = BATCH, |row| {
        observe!("y", Bernoulli::from_logits(x.take(0, &row).matmul(coefficients)), y.take(0, &row));
    });
}

#[allow(clippy::print_stdout, reason = "an example prints its results")]
fn main() -> Result<()> {
    // Simulate from the model itself, with coefficients 0.5, −1 and 2.
    let normal = Normal::new(0.0, 1.0)?;
    let x = normal.sample(&mut Key::new(1).rng("x", 0), &Shape::from([ROWS, 3]))?;
    let truth = regression(x.clone(), None, ROWS).substitute(regression::coefficients, Tensor::from([0.5, -1.0, 2.0]));
    let y = truth.trace(7)?.get("y")?.clone();

    // Twenty times through the data, in another order each time, a batch a step.
    let loader = Minibatches::new((x.clone(), y.clone()), BATCH)?;
    let guide = AutoNormal::new(regression(x.clone(), Some(y.clone()), ROWS))?;
    let falling = LearningRate::ExponentialDecay { initial: 0.03, factor: 0.01, steps: EPOCHS * (ROWS / BATCH) as u64 };
    let mut state = Svi::new(Adam::new(falling)).seed(0).start()?;
    let losses = state.run_batches(loader.epochs(0..EPOCHS), |(x, y)| (regression(x, Some(y), ROWS), &guide))?;

    let mean = |losses: &[f64]| losses.iter().sum::<f64>() / losses.len() as f64;
    println!("engine: {}", state.engine());
    println!(
        "loss of the first epoch {:.0}, of the last {:.0}",
        mean(&losses[..100]),
        mean(&losses[losses.len() - 100..])
    );
    println!("coefficients {:.3} (truth: 0.5, -1, 2)", guide.median(state.params())?["coefficients"].to_array());
    plot::plot_loss(&losses).title("Minibatches of a loader").save("target/examples/13_minibatches.svg")?;

    let model = subsampled(&x, &y);
    let guide = AutoNormal::new(&model)?;
    let fit = Svi::new(Adam::new(falling)).seed(0).steps(losses.len() as u64).run(&model, &guide)?;
    println!("rows drawn by a plate, engine: {}", fit.engine());
    println!("coefficients {:.3}", guide.median(fit.params())?["coefficients"].to_array());
    Ok(())
}
