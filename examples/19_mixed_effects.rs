//! Mixed effects: radon in the houses of Minnesota, by county (Gelman and Hill 2007, chapters 12 and 13).
//!
//! Counties differ in their soil, and most have few measurements. Complete pooling ignores the counties, no pooling
//! believes four houses; a model in which counties vary about a common mean weighs both.
//!
//! ```text
//! cargo run --release --example 19_mixed_effects
//! ```

use ppl::prelude::*;
use ppl_infer::data::{Factor, Table};
use ppl_infer::prelude::*;

/// The houses of the survey; `tests/data/radon/README.md` says where they come from.
#[derive(Clone, Debug)]
pub struct Houses {
    /// The county of each house.
    pub county: Factor,
    /// Whether the measurement was made in the basement (0) or on the first floor (1).
    pub floor: Tensor,
    /// The logarithm of the radon level in pCi/l; 0.1 in the place of 0, as in the book.
    pub log_radon: Tensor,
}

/// Reads the table.
pub fn houses() -> Result<Houses> {
    let table = Table::read_csv(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/radon/minnesota.csv"))?;
    let log_radon: Vec<f64> = table.numbers("radon")?.into_iter().map(|radon| radon.max(0.1).ln()).collect();
    Ok(Houses { county: table.factor("county")?, floor: table.numbers("floor")?.into(), log_radon: log_radon.into() })
}

// ANCHOR: models
/// R's `log_radon ~ floor + (1 | county)`: intercepts vary by county. The plate takes its members' names from the table.
#[model]
pub fn varying_intercepts(houses: &Houses) {
    let mu = sample!("mu", Normal::new(0.0, 10.0));
    let beta = sample!("beta", Normal::new(0.0, 10.0));
    let sigma_county = sample!("sigma_county", HalfNormal::new(1.0));
    let sigma = sample!("sigma", HalfNormal::new(1.0));
    let alpha = plate!("county", houses.county.levels(), { sample!("alpha", Normal::new(mu, sigma_county)) });
    plate!("house", houses.county.len(), {
        let mean = alpha.take(0, houses.county.index()) + beta * &houses.floor;
        observe!("log_radon", Normal::new(mean, sigma), &houses.log_radon);
    });
}

/// `log_radon ~ floor + (1 + floor | county)`: intercepts and slopes vary together, with a correlation.
///
/// A pair of normal variables is one of them, and the other given it. Few counties tell much of their slopes, which are
/// therefore written by standard normal numbers ("non-centred").
#[model]
pub fn varying_slopes(houses: &Houses) {
    let mu = sample!("mu", Normal::new(0.0, 10.0));
    let beta = sample!("beta", Normal::new(0.0, 10.0));
    let sigma_county = sample!("sigma_county", HalfNormal::new(1.0));
    let sigma_slope = sample!("sigma_slope", HalfNormal::new(1.0));
    let rho = sample!("rho", Uniform::new(-1.0, 1.0));
    let sigma = sample!("sigma", HalfNormal::new(1.0));
    let (alpha, slope) = plate!("county", houses.county.levels(), {
        let alpha = sample!("alpha", Normal::new(&mu, &sigma_county));
        let z = sample!("z", Normal::new(0.0, 1.0));
        let given_alpha = &rho * (&alpha - mu) / sigma_county + (1.0 - rho.square()).sqrt() * z;
        (alpha, deterministic!("slope", beta + sigma_slope * given_alpha))
    });
    let county = houses.county.index();
    plate!("house", county.len(), {
        let mean = alpha.take(0, county) + slope.take(0, county) * &houses.floor;
        observe!("log_radon", Normal::new(mean, sigma), &houses.log_radon);
    });
}
// ANCHOR_END: models

/// Least squares with one slope and an intercept for each group: the means of the groups, after the slope within them.
pub fn least_squares(group: &[usize], groups: usize, houses: &Houses) -> (Vec<f64>, f64) {
    let (x, y) = (houses.floor.to_vec(), houses.log_radon.to_vec());
    let mut sums = vec![[0.0; 3]; groups];
    for (house, &group) in group.iter().enumerate() {
        let [count, sum_x, sum_y] = sums[group];
        sums[group] = [count + 1.0, sum_x + x[house], sum_y + y[house]];
    }
    // x less its mean in the group; that y has a mean changes nothing then.
    let within: Vec<f64> = x.iter().zip(group).map(|(x, &group)| x - sums[group][1] / sums[group][0]).collect();
    let product = |values: &[f64]| within.iter().zip(values).map(|(x, y)| x * y).sum::<f64>();
    let slope = product(&y) / product(&x);
    (sums.iter().map(|[count, sum_x, sum_y]| (sum_y - slope * sum_x) / count).collect(), slope)
}

/// The sampler of both models.
pub fn nuts() -> Nuts {
    Nuts::new().chains(4).warmup(400).draws(400).seed(0)
}

/// Estimates of all counties by their number of houses: the fewer these are, the nearer to the common mean.
fn shrinkage(houses: &Houses, no_pooling: &[f64], partial: &[f64], complete: f64) -> plot::Axes {
    let mut counts = vec![0.0_f64; no_pooling.len()];
    houses.county.index().iter().for_each(|&county| counts[county] += 1.0);
    // Counties of one size stand side by side.
    let x: Vec<f64> = counts.iter().zip(0..).map(|(count, at)| count.ln() + 0.025 * f64::from(at % 5 - 2)).collect();
    let mut axes = plot::axes().horizontal(complete).label("complete pooling");
    for (county, &at) in x.iter().enumerate() {
        axes = axes.line([at, at], [no_pooling[county], partial[county]]).color("#b3b3b3").width(1.0);
    }
    axes.scatter(&x, no_pooling)
        .color(1)
        .label("no pooling")
        .scatter(&x, partial)
        .color(0)
        .label("partial pooling")
        .x_ticks([1, 3, 10, 30, 100].map(|count| (f64::from(count).ln(), count.to_string())))
        .x_label("houses in the county")
        .y_label("intercept: log radon in the basement")
        .size(800, 520)
}

#[allow(clippy::print_stdout, reason = "an example prints its results")]
fn main() -> Result<()> {
    let houses = houses()?;
    let counties = houses.county.levels().len();
    let (complete, slope) = least_squares(&vec![0; houses.county.len()], 1, &houses);
    println!("complete pooling: intercept {:.3}, floor {slope:.3}", complete[0]);
    let (no_pooling, slope) = least_squares(houses.county.index(), counties, &houses);
    println!("no pooling: floor {slope:.3}, Lac qui Parle, of 2 houses, {:.3}", no_pooling[35]);

    let partial = nuts().run(&varying_intercepts(&houses))?;
    let summary = partial.summary();
    println!("partial pooling:      mean    sd  r_hat    (lme4: 1.46 -0.69 0.33 0.76)");
    for row in &summary.rows()[..4] {
        println!("  {:<17} {:>7.3} {:.3} {:>6.3}", row.label, row.mean, row.sd, row.r_hat);
    }
    let county = partial.component("alpha[Lac qui Parle]")?;
    println!("  Lac qui Parle has {:.3}", county.mean());

    let slopes = nuts().run(&varying_slopes(&houses))?;
    println!("slopes by county:     mean    sd    (lme4: 1.46 -0.68 0.35 0.34 -0.34 0.75)");
    for label in ["mu", "beta", "sigma_county", "sigma_slope", "rho", "sigma"] {
        let draws = slopes.component(label)?;
        println!("  {label:<17} {:>7.3} {:.3}", draws.mean(), draws.sd());
    }

    // The eight counties that the book shows, from 2 houses to 116.
    let eight = ["Lac qui Parle", "Aitkin", "Koochiching", "Douglas", "Clay", "Stearns", "Ramsey", "St. Louis"];
    let names = eight.map(|county| format!("alpha[{county}]"));
    let forest =
        plot::plot_forest(&partial).only(names.iter().map(String::as_str))?.reference("alpha", &no_pooling[..]);
    forest.title("partial pooling; reference: no pooling").save("target/examples/19_mixed_effects_forest.svg")?;
    let means = partial.get_array(varying_intercepts::alpha)?.mean();
    let picture = shrinkage(&houses, &no_pooling, means.as_slice().unwrap_or_default(), complete[0]);
    picture.save("target/examples/19_mixed_effects_shrinkage.svg")
}
