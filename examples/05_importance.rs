//! The measuring scale: importance sampling, and draws from the marginal of a site.
//!
//! We guess an object's weight, then weigh it on a scale that errs.
//!
//! ```text
//! cargo run --release --example 05_importance
//! ```

use ppl::prelude::*;
use ppl_infer::prelude::*;

/// The weight varies around our guess, the measurement around the weight.
#[model]
pub fn scale(guess: f64) -> Tensor {
    let weight = sample!("weight", Normal::new(guess, 1.0));
    sample!("measurement", Normal::new(weight, 0.75))
}

#[allow(clippy::print_stdout, reason = "an example prints its results")]
fn main() -> Result<()> {
    // `pyro.infer.Importance(scale, num_samples=100).run(8.5)`. There are no data yet: every draw has the same weight.
    let posterior = Importance::new().draws(100).seed(0).run(&scale(8.5))?;
    println!("{}", posterior.summary());

    // `EmpiricalMarginal(posterior, "measurement")`: the 100 draws of one site, with their weights.
    let marginal = posterior.get(scale::measurement)?;
    println!("measurement: mean {:.2}, sd {:.2} (exact: 8.5, 1.25)", marginal.mean(), marginal.sd());

    // Draws from it, `marginal()` in Pyro, come from the same weighted sample: the model does not run again. So they
    // repeat.
    let draws = posterior.resample(100, 1)?;
    let mut distinct: Vec<f64> = draws.get(scale::measurement)?.iter().collect();
    distinct.sort_by(f64::total_cmp);
    distinct.dedup();
    println!("100 draws from the marginal, {} of them different", distinct.len());

    let x = Tensor::linspace(5.0, 12.0, 200);
    plot::axes()
        .histogram(draws.get(scale::measurement)?.iter(), 15)
        .label("100 draws from the marginal")
        .line(x.to_vec(), Normal::new(8.5, 1.25)?.prob(&x)?.to_vec())
        .label("exact density")
        .title("P(measurement | guess)")
        .x_label("measurement")
        .hide_y()
        .save("target/examples/05_importance.svg")
}
