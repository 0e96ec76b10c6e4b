//! A structural time series, for readers of TensorFlow Probability's `sts`: a local linear trend, the effects of the quarters of
//! a year and of a covariate, fitted, forecast and taken apart.
//!
//! ```text
//! cargo run --release --example 21_structural_time_series
//! ```

use ppl::distribution::Normal;
use ppl::prelude::*;
use ppl_infer::prelude::*;
use ppl_infer::sts::{LinearRegression, LocalLinearTrend, Seasonal, StructuralTimeSeries};

/// Quarters that are fitted, and that are held out.
pub const FITTED: usize = 48;
pub const HELD_OUT: usize = 8;

/// What the sales are made of.
pub const COEFFICIENT: f64 = 1.5;
pub const NOISE: f64 = 0.5;
pub const EFFECTS: [f64; 4] = [1.2, -0.6, -1.8, 1.2];

/// Sales of 14 years, by quarter, with their parts.
pub struct Sales {
    pub trend: Vec<f64>,
    pub seasonal: Vec<f64>,
    pub temperature: Vec<f64>,
    pub y: Vec<f64>,
}

/// The data, made from fixed seeds: a level of 20 that rises by a slope of 0.3, to which Normal(0, 0.05) is added in each step.
pub fn sales() -> ppl::Result<Sales> {
    let quarters = FITTED + HELD_OUT;
    let noise = |seed: u64| Normal::new(0.0, 1.0)?.draw_n(seed, quarters).map(|draws| draws.to_vec());
    let (steps, errors, temperature) = (noise(1)?, noise(2)?, noise(3)?);
    let (mut level, mut slope) = (20.0, 0.3);
    let trend: Vec<f64> = (steps.iter())
        .map(|step| {
            let now = level;
            level += slope;
            slope += 0.05 * step;
            now
        })
        .collect();
    let seasonal: Vec<f64> = (0..quarters).map(|t| EFFECTS[t % 4]).collect();
    let part = |t: usize| trend[t] + seasonal[t] + COEFFICIENT * temperature[t] + NOISE * errors[t];
    let y = (0..quarters).map(part).collect();
    Ok(Sales { trend, seasonal, temperature, y })
}

/// The components add up. Priors are scaled by the data unless given; the temperatures are known for the quarters to come too.
pub fn series(sales: &Sales) -> Result<StructuralTimeSeries> {
    StructuralTimeSeries::new(&sales.y[..FITTED])?
        .with(LocalLinearTrend::new())?
        .with(Seasonal::new(4).named("quarter"))?
        .with(LinearRegression::new(&sales.temperature[..]).named("temperature"))
}

/// The series is a model: of the parameters alone, the states are integrated out.
pub fn fit(series: &StructuralTimeSeries) -> Result<Posterior> {
    Nuts::new().chains(2).warmup(200).draws(200).seed(0).progress(false).run(series)
}

#[allow(clippy::print_stdout, reason = "an example prints its results")]
fn main() -> Result<()> {
    let sales = sales()?;
    let series = series(&sales)?;
    let posterior = fit(&series)?;
    println!("{}", posterior.summary());
    println!("the sales were made with temperature/coefficients[0] = {COEFFICIENT}, observation_noise_scale = {NOISE}\n");

    let forecast = series.forecast(&posterior, HELD_OUT)?;
    let (low, high) = forecast.eti(0.89);
    println!("quarter   forecast    sd   89% interval      what came");
    for (t, mean) in forecast.mean().iter().enumerate() {
        let (quarter, came) = (forecast.times()[t], sales.y[FITTED + t]);
        println!("{quarter:7} {mean:10.2} {:5.2}   {:6.2} to {:6.2} {came:12.2}", forecast.sd()[t], low[t], high[t]);
    }
    plot::plot_forecast(forecast.draws())
        .history(&sales.y[..FITTED])
        .truth(&sales.y[FITTED..])
        .x_label("quarter")
        .y_label("sales")
        .save("target/examples/21_structural_time_series.svg")?;

    // Each component over time, given all sales that were fitted.
    let parts = series.decompose(&posterior)?;
    let effects = parts.get("quarter")?.mean();
    println!("\neffects of the last year's quarters: {:.2} (they were {EFFECTS:?})", effects.slice(ndarray::s![-4..]));
    parts.plot().title("components").save("target/examples/21_structural_time_series_components.svg")?;

    // Values that are missing, by their place between the others.
    let mut gaps = sales.y[..FITTED].to_vec();
    gaps[20..23].fill(f64::NAN);
    let with_gaps = Sales { y: gaps, ..sales };
    let missing = self::series(&with_gaps)?.impute_missing(&posterior)?;
    println!("quarters 20 to 22, were they missing: {:.2} ± {:.2}", missing.mean(), missing.sd());
    Ok(())
}
