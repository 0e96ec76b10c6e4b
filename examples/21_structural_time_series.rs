//! A structural time series, for readers of TensorFlow Probability's `sts`: a local linear trend, the effects of the
//! quarters of a year and of a covariate, fitted, forecast and taken apart.
//!
//! ```text
//! cargo run --release --example 21_structural_time_series
//! ```

use ppl::prelude::*;
use ppl_infer::prelude::*;
use ppl_infer::sts::{LinearRegression, LocalLinearTrend, Seasonal, StructuralTimeSeries};

/// Quarters that are fitted.
pub const FITTED: usize = 40;
/// Quarters after them, that are held out.
pub const HELD_OUT: usize = 8;
/// Quarters that are missing.
pub const MISSING: std::ops::Range<usize> = 20..23;

/// The effect of a temperature of 1 on the sales.
pub const COEFFICIENT: f64 = 1.5;
/// The standard deviation of what no part explains.
pub const NOISE: f64 = 0.5;
/// The effects of the quarters.
pub const EFFECTS: [f64; 4] = [1.2, -0.6, -1.8, 1.2];

/// Sales by quarter, with their parts.
#[derive(Debug)]
pub struct Sales {
    /// The level.
    pub trend: Vec<f64>,
    /// The covariate.
    pub temperature: Vec<f64>,
    /// The sales.
    pub y: Vec<f64>,
}

/// The data, made from fixed seeds: a level of 20 that rises by a slope of 0.3, to which Normal(0, 0.1) is added in
/// each step.
pub fn sales() -> ppl::Result<Sales> {
    let quarters = FITTED + HELD_OUT;
    let normal = |seed: u64| Normal::new(0.0, 1.0).draw_n(seed, quarters).map(|draws| draws.to_vec());
    let (steps, errors, temperature) = (normal(1)?, normal(2)?, normal(3)?);
    let (mut level, mut slope) = (20.0, 0.3);
    let mut trend = Vec::new();
    for step in steps {
        trend.push(level);
        level += slope;
        slope += 0.1 * step;
    }
    let value = |t: usize| trend[t] + EFFECTS[t % 4] + COEFFICIENT * temperature[t] + NOISE * errors[t];
    Ok(Sales { y: (0..quarters).map(value).collect(), trend, temperature })
}

/// The components add up. Their scales have priors of the data's spread unless given; the temperatures are known for
/// the quarters to come too; what is missing is NaN.
pub fn series(sales: &Sales) -> Result<StructuralTimeSeries> {
    let trend = LocalLinearTrend::new().level_scale(HalfNormal::new(0.2))?.slope_scale(HalfNormal::new(0.2))?;
    let mut y = sales.y[..FITTED].to_vec();
    y[MISSING].fill(f64::NAN);
    StructuralTimeSeries::new(y)?
        .with(trend)?
        .with(Seasonal::new(4).without_drift().named("quarter"))?
        .with(LinearRegression::new(Tensor::from(sales.temperature.clone())).named("temperature"))?
        .observation_noise_scale(HalfNormal::new(1.0))?
        .max_draws(100)
}

/// The series is a model of the parameters: the states are integrated out.
pub fn fit(series: &StructuralTimeSeries) -> Result<Posterior> {
    Nuts::new().chains(2).warmup(100).draws(150).seed(0).progress(false).run(series)
}

#[allow(clippy::print_stdout, reason = "an example prints its results")]
fn main() -> Result<()> {
    let sales = sales()?;
    let series = series(&sales)?;
    let posterior = fit(&series)?;
    println!("{}", posterior.summary());
    println!("the sales were made with temperature/coefficients[0] = {COEFFICIENT}, observation_noise_scale = {NOISE}");

    let forecast = series.forecast(&posterior, HELD_OUT)?;
    let (low, high) = forecast.eti(0.89);
    println!("\nquarter   forecast    sd    89% interval    what came");
    for (t, quarter) in forecast.times().iter().enumerate() {
        let (mean, sd) = (forecast.mean()[t], forecast.sd()[t]);
        println!("{quarter:7} {mean:10.2} {sd:5.2} {:6.2} to {:6.2} {:12.2}", low[t], high[t], sales.y[*quarter]);
    }
    plot::plot_forecast(forecast.draws())
        .history(series.values())
        .truth(&sales.y[FITTED..])
        .x_label("quarter")
        .y_label("sales")
        .save("target/examples/21_structural_time_series.svg")?;

    // Each component over time, given all that was seen.
    let parts = series.decompose(&posterior)?;
    let effects = parts.get("quarter")?.mean();
    println!("\neffects of the quarters: {:.2} (they were {EFFECTS:?})", effects.slice(ndarray::s![..4]));
    parts.plot().save("target/examples/21_structural_time_series_components.svg")?;

    let missing = series.impute_missing(&posterior)?;
    println!(
        "the missing quarters: mean {:.2}, sd {:.2} (they were {:.2?})",
        missing.mean(),
        missing.sd(),
        &sales.y[MISSING]
    );
    Ok(())
}
