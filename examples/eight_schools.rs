//! The eight schools: a hierarchical model by NUTS, the main example.
//!
//! Eight schools coached pupils for a test; `y` is the estimated effect in each school and `sigma` its standard error
//! (Rubin 1981). How much do the schools tell about each other?
//!
//! ```text
//! cargo run --release --example eight_schools
//! ```

use std::path::Path;

use ppl::prelude::*;
use ppl_infer::prelude::*;

/// The schools' effects `theta` vary around `mu` by `tau`.
///
/// They are written as `mu + tau * z` with standard normal `z` ("non-centred"): where `tau` is small, `theta` itself would
/// live in a funnel too narrow for any step size, while `z` does not.
#[model]
pub fn eight_schools(y: &Tensor, sigma: &Tensor) {
    let mu = sample!("mu", Normal::new(0.0, 5.0));
    let tau = sample!("tau", HalfCauchy::new(5.0));
    // What pyro.plate is: the sites inside are independent, along an axis of size 8.
    plate!("school", 8, {
        let z = sample!("z", Normal::new(0.0, 1.0));
        let theta = deterministic!("theta", &mu + &tau * &z);
        observe!("y", Normal::new(theta, sigma), y);
    });
}

/// The intervals of all effects, with the measured ones as references: the schools are drawn towards their mean.
pub fn forest<'a>(posterior: &'a Posterior, y: &Tensor) -> Result<plot::ForestPlot<'a>> {
    let forest = plot::plot_forest(posterior).only(["mu", "tau", "theta"])?.reference(eight_schools::theta, y);
    Ok(forest.title("Eight schools; reference: as measured").size(640, 380))
}

#[allow(clippy::print_stdout, reason = "an example prints its results")]
fn main() -> Result<()> {
    let y = Tensor::from([28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0]);
    let sigma = Tensor::from([15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0]);

    let nuts = Nuts::new().chains(4).warmup(400).draws(1000).seed(0).target_accept_prob(0.9);
    let posterior = nuts.run(&eight_schools(&y, &sigma))?;

    println!("{}", posterior.summary());

    let seconds = posterior.sampling_time().as_secs_f64();
    println!(
        "divergences: {}    gradient evaluations: {} ({:.0} per second)    engine: {}",
        posterior.sample_stats().divergences(),
        posterior.gradient_evaluations(),
        posterior.gradient_evaluations() as f64 / seconds,
        posterior.engine(),
    );

    // A typo in `eight_schools::tau` would not compile.
    let tau = posterior.get(eight_schools::tau)?;
    println!("P(tau < 5 | y) = {:.2}: the schools may well be alike", tau.probability(|tau| tau < 5.0));

    let picture = Path::new("target").join("trace.svg");
    plot::plot_trace_dist(&posterior).save(&picture)?;
    println!("trace and density plots: {}", picture.display());
    let picture = Path::new("target").join("forest.svg");
    forest(&posterior, &y)?.save(&picture)?;
    println!("intervals: {}", picture.display());
    Ok(())
}
