//! Conditioning: from a generative model to its posterior, in three ways, and nested.
//!
//! ```text
//! cargo run --release --example 06_conditioning
//! ```

use ppl::prelude::*;
use ppl_infer::prelude::*;

/// The weight varies around our guess, the measurement around the weight.
#[model]
pub fn scale(guess: f64) -> Tensor {
    let weight = sample!("weight", Normal::new(guess, 1.0));
    sample!("measurement", Normal::new(weight, 0.75))
}

/// Conditioning that is deferred: the measurement becomes an argument. A plain function, from data to a model.
pub fn deferred_conditioned_scale(measurement: f64, guess: f64) -> impl Model<Output = Tensor> + Sync {
    scale(guess).condition(scale::measurement, measurement)
}

/// Data in the model itself: Pyro's `obs=`.
#[model]
pub fn scale_obs(guess: f64) -> Tensor {
    let weight = sample!("weight", Normal::new(guess, 1.0));
    observe!("measurement", Normal::new(weight, 0.75), 9.5)
}

/// A scale whose tolerance is unknown, too.
#[model]
pub fn scale2(guess: f64) -> Tensor {
    let weight = sample!("weight", Normal::new(guess, 1.0));
    let tolerance = sample!("tolerance", Normal::new(0.0, 1.0)).abs();
    sample!("measurement", Normal::new(weight, tolerance))
}

/// The posterior of a site by 2000 weighted draws.
fn marginal(model: &(impl Model + Sync), site: &str) -> Result<SiteDraws> {
    Importance::new().draws(2000).seed(0).run(model)?.get(site)
}

#[allow(clippy::print_stdout, reason = "an example prints its results")]
fn main() -> Result<()> {
    // `pyro.condition(scale, data={"measurement": 9.5})` is a method here. `scale::measurement` is a constant that
    // `#[model]` has made: a misspelt name does not compile.
    let conditioned_scale = scale(8.5).condition(scale::measurement, 9.5);

    println!("P(weight | measurement = 9.5, guess = 8.5); exact: mean 9.14, sd 0.6");
    let print =
        |name: &str, weight: SiteDraws| println!("{name:<10}  mean {:.2}, sd {:.2}", weight.mean(), weight.sd());
    print("condition", marginal(&conditioned_scale, "weight")?);
    print("deferred", marginal(&deferred_conditioned_scale(9.5, 8.5), "weight")?);
    print("observe!", marginal(&scale_obs(8.5), "weight")?);

    // Another measurement is another argument.
    print("11 instead", marginal(&deferred_conditioned_scale(11.0, 8.5), "weight")?);

    // Conditions nest, in any order, or come together: one and the same posterior.
    let nested = scale2(8.5).condition(scale2::weight, 9.2).condition(scale2::measurement, 9.5);
    let nested_otherwise = scale2(8.5).condition(scale2::measurement, 9.5).condition(scale2::weight, 9.2);
    let together = scale2(8.5).condition_all([(scale2::weight, 9.2), (scale2::measurement, 9.5)]);

    println!("\nP(tolerance < 0.5 in size | weight = 9.2, measurement = 9.5)");
    let probability = |tolerance: SiteDraws| tolerance.probability(|tolerance| tolerance.abs() < 0.5);
    println!("nested      {:.3}", probability(marginal(&nested, "tolerance")?));
    println!("otherwise   {:.3}", probability(marginal(&nested_otherwise, "tolerance")?));
    println!("together    {:.3}", probability(marginal(&together, "tolerance")?));

    // `marginal()` in Pyro: draws of the weight from the weighted sample.
    let posterior = Importance::new().draws(100).seed(0).run(&conditioned_scale)?;
    let weights = posterior.resample(100, 1)?.get(scale::weight)?;
    println!("\n100 draws of the weight: mean {:.2}; {:.0} effective ones", weights.mean(), posterior.ess());

    let x = Tensor::linspace(5.0, 12.0, 200);
    plot::axes()
        .histogram(weights.iter(), 15)
        .label("100 draws from the marginal")
        .line(x.to_vec(), Normal::new(9.14, 0.6)?.prob(&x)?.to_vec())
        .label("exact density")
        .title("P(weight | measurement, guess)")
        .x_label("weight")
        .hide_y()
        .save("target/examples/06_conditioning.svg")
}
