//! Linear regression: NUTS, the Laplace approximation and variational inference on one model, and predictions for new rows.
//!
//! ```text
//! cargo run --release --example 12_linear_regression
//! ```

use ppl::prelude::*;
use ppl_infer::prelude::*;

/// A line with normal errors. `y` is `None` where it is to be predicted.
#[model]
fn line(x: &Tensor, y: Option<Tensor>) {
    let intercept = sample!("intercept", Normal::new(0.0, 10.0));
    let slope = sample!("slope", Normal::new(0.0, 10.0));
    let noise = sample!("noise", HalfNormal::new(5.0));
    plate!("row", x.size(), {
        observe!("y", Normal::new(intercept + slope * x, noise), y);
    });
}

#[allow(clippy::print_stdout, reason = "an example prints its results")]
fn main() -> Result<()> {
    // Simulate from the model itself, with its latent sites fixed: intercept 1, slope 2, noise 0.5.
    let x = Tensor::linspace(-2.0, 2.0, 50);
    let truth =
        line(&x, None).substitute(line::intercept, 1.0).substitute(line::slope, 2.0).substitute(line::noise, 0.5);
    let y = truth.trace(7)?.get(line::y)?.clone();
    let model = line(&x, Some(y.clone()));

    let posterior = Nuts::new().seed(0).run(&model)?;
    println!("{}", posterior.summary());

    // The mode, and the curvature there. Up to a Pareto k̂ of 0.7 the weighted draws make up for what it leaves out.
    let laplace = LaplaceApproximation::new().seed(0).run(&model)?;
    let slope = laplace.get(line::slope)?;
    println!("Laplace approximation: slope {:.3} ± {:.3}", slope.mean(), slope.sd());
    println!("  ln p(y) = {:.2}, Pareto k̂ {:.2}", laplace.log_evidence(), laplace.importance_draws().pareto_k());

    // A guide that need not be written: a normal distribution for every site, on the unconstrained space.
    let guide = AutoNormal::new(&model)?;
    let fit = Svi::new(Adam::new(0.02)).steps(2000).num_particles(4).seed(0).run(&model, &guide)?;
    println!("variational: {}", fit.sample_posterior(&model, &guide, 4000)?.summary());

    // The same model predicts: new rows, no data.
    let rows = Tensor::from([3.0, 4.0]);
    let predicted = Predictive::new().seed(1).posterior(&line(&rows, None), &posterior)?;
    let predicted = predicted.get_array(line::y)?;
    println!("y at x = 3 and 4: mean {:.2}, sd {:.2} (the line itself: 7 and 9)", predicted.mean(), predicted.sd());

    plot::plot_trace_dist(&posterior).save("target/examples/12_linear_regression_trace.svg")?;
    let rows = Tensor::linspace(-2.5, 4.5, 50);
    let predicted = Predictive::new().seed(1).posterior(&line(&rows, None), &posterior)?.get_array(line::y)?;
    let (low, high) = predicted.eti(0.89);
    plot::axes()
        .band(rows.to_vec(), &low, &high)
        .label("89 % of predictions")
        .line(rows.to_vec(), predicted.mean())
        .label("mean")
        .scatter(x.to_vec(), y.to_vec())
        .label("data")
        .color("black")
        .x_label("x")
        .y_label("y")
        .save("target/examples/12_linear_regression.svg")
}
