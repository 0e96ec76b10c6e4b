//! The measuring scale: importance sampling with three proposals, one of them trained.
//!
//! We guess an object's weight, then weigh it on a scale that errs. What is its weight?
//!
//! ```text
//! cargo run --release --example scale
//! ```

use ppl::prelude::*;
use ppl_infer::prelude::*;

/// The weight varies around the guess, the measurement around the weight.
#[model]
fn scale(guess: f64) {
    let weight = sample!("weight", Normal::new(guess, 1.0));
    sample!("measurement", Normal::new(weight, 0.75));
}

/// The same with the measurement as data, which is what a guide is for.
#[model]
fn weighed(guess: f64, measurement: f64) {
    let weight = sample!("weight", Normal::new(guess, 1.0));
    observe!("measurement", Normal::new(weight, 0.75), measurement);
}

/// The exact posterior, known because the model is conjugate. A misspelt site here would not compile.
#[guide(weighed)]
fn exact(guess: f64) {
    let precision = 1.0 + 1.0 / (0.75 * 0.75);
    let mean = (guess + 9.5 / (0.75 * 0.75)) / precision;
    sample!("weight", Normal::new(mean, (1.0 / precision).sqrt()));
}

/// A guide with parameters to learn.
#[guide(weighed)]
fn learned(guess: f64) {
    let loc = param!("loc", guess);
    let spread = param!("spread", 1.0, Constraint::Positive);
    sample!("weight", Normal::new(loc, spread));
}

#[allow(clippy::print_stdout, reason = "an example prints its results")]
fn main() -> Result<()> {
    let report = |name: &str, draws: &ImportanceDraws| -> Result<()> {
        let weight = draws.get(weighed::weight)?;
        println!(
            "{name:<8} mean {:.3}, sd {:.3}; effective draws {:6.0} of {}; log evidence {:.4}",
            weight.mean(),
            weight.sd(),
            draws.ess(),
            draws.num_draws(),
            draws.log_evidence(),
        );
        Ok(())
    };
    let importance = Importance::new().draws(10_000).seed(0);

    // Conditioning a model is a method of it, as pyro.condition is a function.
    let conditioned = scale(8.5).condition(scale::measurement, 9.5);
    report("prior", &importance.run(&conditioned)?)?;

    let model = weighed(8.5, 9.5);
    report("exact", &importance.run_with_guide(&model, &exact(8.5))?)?;

    // Train the guide by variational inference, and use it as the proposal with what it has learned.
    let falling = LearningRate::ExponentialDecay { initial: 0.05, factor: 0.1, steps: 1000 };
    let fit = Svi::new(Adam::new(falling)).steps(3000).num_particles(4).seed(0).run(&model, &learned(8.5))?;
    println!(
        "         learned loc {:.3} (exact 9.140), spread {:.3} (exact 0.600)",
        fit.params().get(learned::loc)?.item(),
        fit.params().get(learned::spread)?.item(),
    );
    let trained = learned(8.5).with(fit.params().handler());
    report("trained", &importance.run_with_guide(&model, &trained)?)?;
    Ok(())
}
