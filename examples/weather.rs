//! Weather and ice cream: a random branch, and what a handler can ask of a model.
//!
//! ```text
//! cargo run --release --example weather
//! ```

use ppl::prelude::*;
use ppl_infer::prelude::*;

/// Cloudy days are colder. Returns the temperature.
#[model]
fn weather() -> Tensor {
    let cloudy = sample!("cloudy", Bernoulli::new(0.3));
    // A plain `if`: the model is an ordinary function, and the branch may differ from run to run.
    let (mean, scale) = if cloudy == 1.0 { (55.0, 10.0) } else { (75.0, 15.0) };
    sample!("temperature", Normal::new(mean, scale))
}

/// Sales depend on the weather: a model that calls another.
#[model]
fn ice_cream_sales() -> Tensor {
    let temperature = call!(weather());
    let expected = if temperature > 80.0 { 200.0 } else { 50.0 };
    sample!("sales", Normal::new(expected, 10.0))
}

#[allow(clippy::print_stdout, reason = "an example prints its results")]
fn main() -> Result<()> {
    for seed in 0..3 {
        let (trace, sales) = ice_cream_sales().trace_output(Key::new(seed))?;
        let is_cloudy = trace.get("cloudy")? == 1.0;
        println!(
            "cloudy: {is_cloudy:<5}  temperature: {:5.1}  sales: {:5.1}",
            trace.get("temperature")?.item(),
            sales.item()
        );
    }
    println!("\n{}", ice_cream_sales().trace(0)?.table());

    // We sold 190: was it cloudy? `cloudy` is discrete, so importance sampling rather than NUTS.
    let sold = ice_cream_sales().condition(ice_cream_sales::sales, 190.0);
    let posterior = Importance::new().draws(100_000).seed(0).run(&sold)?;
    println!("P(cloudy | sold 190) = {:.3}", posterior.get("cloudy")?.mean());

    // Pearl's do: had we *made* it 85 degrees, cloudiness would keep its prior probability.
    let made_hot = ice_cream_sales().intervene("temperature", 85.0);
    let intervened = Importance::new().draws(10_000).seed(0).run(&made_hot)?;
    println!("P(cloudy | do(85 degrees)) = {:.3}", intervened.get("cloudy")?.mean());
    Ok(())
}
