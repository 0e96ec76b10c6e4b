//! Weather and ice cream: models are functions with random sites, and what a handler can ask of them.
//!
//! ```text
//! cargo run --release --example 02_weather
//! ```

use ppl::prelude::*;
use ppl_infer::prelude::*;

/// A Bernoulli site decides mean and spread of the temperature.
#[model]
pub fn weather() -> (&'static str, Tensor) {
    let cloudy = sample!("cloudy", Bernoulli::new(0.3));
    // A plain `if`: a model may do something else in every run.
    let (sky, mean_temp, scale_temp) = if cloudy == 1.0 { ("cloudy", 55.0, 10.0) } else { ("sunny", 75.0, 15.0) };
    let temp = sample!("temp", Normal::new(mean_temp, scale_temp));
    (sky, temp)
}

/// Models are made of models: `call!` runs one within another.
#[model]
pub fn ice_cream_sales() -> Tensor {
    let (sky, temp) = call!(weather());
    let expected_sales = if sky == "sunny" && temp > 80.0 { 200.0 } else { 50.0 };
    sample!("ice_cream", Normal::new(expected_sales, 10.0))
}

#[allow(clippy::print_stdout, reason = "an example prints its results")]
fn main() -> Result<()> {
    for seed in 0..3 {
        let (sky, temp) = weather().output(seed)?;
        println!("{sky:<6}  {:5.1} °F", temp.item());
    }
    println!("ice cream sold: {:.0}", ice_cream_sales().output(0)?);

    // The sites that a run visited, with those of the sub-model.
    println!("\n{}", ice_cream_sales().trace(0)?.table());

    // Many runs. The temperature is a mixture of two normal distributions.
    let draws = weather().draw_n(0, 10_000)?;
    println!("mean temperature {:.2} (exact: 0.3 · 55 + 0.7 · 75 = 69)", draws["temp"].mean());

    let temps = Tensor::linspace(20.0, 130.0, 200);
    let cloudy = 0.3 * Normal::new(55.0, 10.0)?.prob(&temps)?;
    let sunny = 0.7 * Normal::new(75.0, 15.0)?.prob(&temps)?;
    plot::axes()
        .histogram(draws["temp"].to_vec(), 40)
        .label("10,000 runs")
        .line(temps.to_vec(), (&cloudy + &sunny).to_vec())
        .label("density")
        .line(temps.to_vec(), cloudy.to_vec())
        .label("cloudy")
        .dashed()
        .line(temps.to_vec(), sunny.to_vec())
        .label("sunny")
        .dashed()
        .x_label("temperature in °F")
        .hide_y()
        .save("target/examples/02_weather.svg")?;

    // We sold 50: was it cloudy? `cloudy` is discrete, so by importance sampling.
    let sold_50 = ice_cream_sales().condition(ice_cream_sales::ice_cream, 50.0);
    let posterior = Importance::new().draws(20_000).seed(0).run(&sold_50)?;
    println!("P(cloudy | sold 50) = {:.3} (exact: 0.405)", posterior.get("cloudy")?.mean());

    // Seeing 85 degrees tells of the sky, *making* it 85 degrees does not: Pearl's do.
    let seen = weather().condition(weather::temp, 85.0);
    let made = weather().intervene(weather::temp, 85.0);
    let importance = Importance::new().draws(20_000).seed(0);
    println!("P(cloudy | 85 °F) = {:.4} (exact: 0.0089)", importance.run(&seen)?.get("cloudy")?.mean());
    println!("P(cloudy | do(85 °F)) = {:.3} (exact: 0.3)", importance.run(&made)?.get("cloudy")?.mean());
    Ok(())
}
