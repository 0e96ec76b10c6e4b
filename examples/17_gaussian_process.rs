//! Gaussian processes, as the tour of TensorFlow Probability shows them: a prior over functions, and regression on three
//! points.
//!
//! ```text
//! cargo run --release --example 17_gaussian_process
//! ```

use ppl::distribution::kernel::ExponentiatedQuadratic;
use ppl::distribution::{GaussianProcess, Jitter, Moments};
use ppl::prelude::*;
use ppl_infer::plot::Axes;
use ppl_infer::prelude::*;

/// Where functions are looked at.
pub fn points() -> Tensor {
    Tensor::linspace(0.0, 1.0, 100)
}

/// Functions that vary by 1 about 0, over distances of 0.2. The covariance of near points is singular but for rounding:
/// jitter is added to its diagonal.
pub fn process(points: &Tensor) -> ppl::Result<GaussianProcess> {
    Ok(GaussianProcess::new(ExponentiatedQuadratic::new(1.0, 0.2)?, points, 0.0)?.with_jitter(Jitter::fixed(1e-10)?))
}

/// The data: three points of the function, without noise.
pub fn data() -> (Tensor, Tensor) {
    (Tensor::from([0.1, 0.4, 0.8]), Tensor::from([-0.8, 0.9, 0.2]))
}

/// Mean, a band of two standard deviations, and draws.
fn picture(mean: &Tensor, variance: &Tensor, draws: &Tensor, title: &str) -> Axes {
    let (x, sd) = (points().to_vec(), variance.maximum(0.0).sqrt());
    let mut axes = plot::axes().band(&x, (mean - 2.0 * &sd).to_vec(), (mean + 2.0 * &sd).to_vec()).label("± 2 sd");
    for draw in 0..draws.shape()[0] {
        axes = axes.line(&x, draws.get(draw).to_vec()).width(1.0);
    }
    axes.line(&x, mean.to_vec()).color("black").label("mean").title(title).x_label("x").y_label("f(x)")
}

#[allow(clippy::print_stdout, reason = "an example prints its results")]
fn main() -> Result<()> {
    let prior = process(&points())?;
    let of_prior = picture(&prior.mean(), &prior.variance(), &prior.draw_n(0, 7)?, "prior");

    let (x, y) = data();
    let posterior = process(&x)?.posterior_predictive(&y, points())?;
    let of_posterior =
        picture(&posterior.mean(), &posterior.variance(), &posterior.draw_n(1, 7)?, "given three points");
    let of_posterior = of_posterior.scatter(x.to_vec(), y.to_vec()).color("black").label("data");
    plot::grid(1, 2, [of_prior, of_posterior]).save("target/examples/17_gaussian_process.svg")?;

    println!("log marginal likelihood of the three points: {:.4}", process(&x)?.log_prob(&y)?);
    let at = Tensor::from([0.4, 0.6, 1.0]);
    let function = process(&x)?.posterior_predictive(&y, &at)?;
    println!("at 0.4, 0.6 and 1: mean {:.3}, sd {:.3}", function.mean(), function.variance().maximum(0.0).sqrt());
    Ok(())
}
