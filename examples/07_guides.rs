//! Guides for a conditioned model, as proposals of importance sampling: the prior, and the exact posterior.
//!
//! ```text
//! cargo run --release --example 07_guides
//! ```

use ppl::prelude::*;
use ppl_infer::prelude::*;

/// A weight, and as many measurements of it as we like.
#[model]
pub fn scale(guess: f64, measurements: usize) -> Tensor {
    let weight = sample!("weight", Normal::new(guess, 1.0));
    plate!("weighing", measurements, { sample!("measurement", Normal::new(weight, 0.75)) })
}

/// The data enter by `condition`: the model itself stays generative.
pub fn conditioned_scale(guess: f64, measurement: &Tensor) -> impl Model<Output = Tensor> + Sync {
    scale(guess, measurement.size()).condition(scale::measurement, measurement)
}

/// A guide proposes values for the latent sites: here, by the prior. `given` says which sites are conditioned where it
/// is used. The compiler compares both functions: a site that is forgotten or misspelt is an error.
#[guide(scale, given = [measurement])]
pub fn scale_prior_guide(guess: f64) {
    sample!("weight", Normal::new(guess, 1.0));
}

/// The posterior, known because the model is conjugate: precisions add, and the mean is weighted by them.
#[guide(scale, given = [measurement])]
pub fn scale_posterior_guide(measurement: &Tensor, guess: f64) {
    let (prior, of_one) = (1.0, 1.0 / 0.75_f64.powi(2));
    let precision = prior + of_one * measurement.size() as f64;
    let mean = (prior * guess + of_one * measurement.sum()) / precision;
    sample!("weight", Normal::new(mean, 1.0 / precision.sqrt()));
}

#[allow(clippy::print_stdout, reason = "an example prints its results")]
fn main() -> Result<()> {
    let guess = 8.5;
    let report = |name: &str, posterior: &ImportanceDraws| -> Result<()> {
        let weight = posterior.get(scale::weight)?;
        println!(
            "{name:<18} mean {:.3}, sd {:.3}; {:5.1} effective draws of {}; ln p(data) {:.3}",
            weight.mean(),
            weight.sd(),
            posterior.ess(),
            posterior.num_draws(),
            posterior.log_evidence(),
        );
        Ok(())
    };

    // One measurement of 9.5.
    let measurement = Tensor::from([9.5]);
    let model = conditioned_scale(guess, &measurement);
    println!("one measurement; exact: mean 9.140, sd 0.600");
    report("no guide", &Importance::new().draws(100).run(&model)?)?;
    report("prior guide", &Importance::new().draws(100).run_with_guide(&model, &scale_prior_guide(guess))?)?;
    let exact = scale_posterior_guide(&measurement, guess);
    report("posterior guide", &Importance::new().draws(20).run_with_guide(&model, &exact)?)?;

    // Ten measurements: the posterior is narrow, and few draws of the prior fall into it. The exact guide does not care:
    // all weights are the same, and the evidence is exact.
    let measurements = Tensor::from([9.1, 10.2, 9.6, 8.7, 10.4, 9.5, 9.9, 8.8, 9.7, 10.1]);
    let model = conditioned_scale(guess, &measurements);
    println!("\nten measurements; exact: mean 9.540, sd 0.231");
    let by_prior = Importance::new().draws(100).run_with_guide(&model, &scale_prior_guide(guess))?;
    let exact = scale_posterior_guide(&measurements, guess);
    let by_posterior = Importance::new().draws(20).run_with_guide(&model, &exact)?;
    report("prior guide", &by_prior)?;
    report("posterior guide", &by_posterior)?;

    // 100 draws from each marginal: they repeat the some twenty weights that count.
    let panel = |posterior: &ImportanceDraws, title: &str| -> Result<plot::Axes> {
        let weights = posterior.resample(100, 1)?.get(scale::weight)?;
        let x = Tensor::linspace(8.6, 10.5, 200);
        let axes = plot::axes().histogram(weights.iter(), 15).label("100 draws").x_label("weight");
        Ok(axes.line(x.to_vec(), Normal::new(9.540, 0.231)?.prob(&x)?.to_vec()).label("exact").title(title).hide_y())
    };
    let panels = [panel(&by_prior, "prior guide")?, panel(&by_posterior, "posterior guide")?];
    plot::grid(1, 2, panels).title("P(weight | ten measurements, guess)").save("target/examples/07_guides.svg")
}
