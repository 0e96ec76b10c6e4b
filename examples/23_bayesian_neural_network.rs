//! A Bayesian neural network: a regression by a network whose weights are latent, and a band of predictions that is wide
//! where there are no data.
//!
//! ```text
//! cargo run --release --example 23_bayesian_neural_network
//! ```

use ndarray::ArrayD;
use ppl::nn::Network;
use ppl::nn::layers::{Linear, Tanh};
use ppl::prelude::*;
use ppl_infer::draws::DrawSource;
use ppl_infer::plot::Axes;
use ppl_infer::prelude::*;

/// Eight hidden units: 25 weights and biases.
type Layers = (Linear<1, 8>, Tanh, Linear<8, 1>);

/// The function that is to be learned.
pub fn truth(x: &Tensor) -> Tensor {
    (1.5 * x).sin() + 0.3 * x
}

/// Ten points on each side of a gap, with noise of standard deviation 0.2.
pub fn data() -> ppl::Result<(Tensor, Tensor)> {
    let x = Tensor::concat(&[Tensor::linspace(-3.0, -0.8, 10), Tensor::linspace(1.2, 3.0, 10)], 0);
    let y = Normal::new(truth(&x), 0.2)?.draw(3)?;
    Ok((x, y))
}

/// The weights have a normal prior: that of the second layer is such that the sum over the hidden units varies by 2. `y` is
/// `None` where it is to be predicted.
#[model]
pub fn regression(network: &Network, x: &Tensor, y: Option<Tensor>) {
    let prior = |name: &str, value: &Tensor| {
        let inputs = if name == "2.weight" { value.shape()[1] } else { 1 };
        Normal::new(0.0, 2.0 / (inputs as f64).sqrt())
    };
    let network = call!("network", network.under_prior(prior));
    let f = deterministic!("f", network.forward(x.unsqueeze(-1))?.squeeze(-1));
    let noise = sample!("noise", HalfNormal::new(0.5));
    plate!("row", x.len(), {
        observe!("y", Normal::new(f, noise), y);
    });
}

/// What has the layers, and the names of the weights.
pub fn network() -> ppl::Result<Network> {
    Network::new::<Layers>(0)
}

/// The posterior by NUTS.
pub fn by_nuts() -> Result<Posterior> {
    let (x, y) = data()?;
    Nuts::new().chains(2).warmup(300).draws(300).seed(0).progress(false).run(&regression(&network()?, &x, Some(y)))
}

/// Draws of an independent normal distribution for each weight, fitted by variational inference.
pub fn by_svi() -> Result<Predictions> {
    let ((x, y), network) = (data()?, network()?);
    let model = regression(&network, &x, Some(y));
    let guide = AutoNormal::new(&model)?;
    let fit = Svi::new(Adam::new(0.02)).steps(2000).seed(0).run(&model, &guide)?;
    fit.sample_posterior(&model, &guide, 600)
}

/// The function at other points: what the weights of the draws make of them.
pub fn at(points: &Tensor, draws: &impl DrawSource) -> Result<SiteDraws<ArrayD<f64>>> {
    Predictive::new().posterior(&regression(&network()?, points, None), draws)?.get_array(regression::f)
}

/// Mean and 89 % band of the function.
fn picture(draws: &impl DrawSource, title: &str) -> Result<Axes> {
    let points = Tensor::linspace(-3.5, 3.5, 141);
    let (x, f, (data_x, data_y)) = (points.to_vec(), at(&points, draws)?, data()?);
    let (low, high) = f.eti(0.89);
    let axes = plot::axes().band(&x, &low, &high).label("89 % of functions").line(&x, f.mean()).label("mean");
    let axes = axes.line(&x, truth(&points).to_vec()).color("black").dashed().label("truth");
    let axes = axes.scatter(data_x.to_vec(), data_y.to_vec()).color("black").label("data");
    Ok(axes.y_limits(-3.0, 3.0).x_label("x").y_label("f(x)").title(title))
}

#[allow(clippy::print_stdout, reason = "an example prints its results")]
fn main() -> Result<()> {
    let posterior = by_nuts()?;
    // Weights may change places and signs, the function does not: its draws are what must agree between the chains.
    let points = Tensor::from([-2.0, 0.2, 2.0]);
    let functions = Predictive::new().posterior(&regression(&network()?, &points, None), &posterior)?;
    println!("{}", functions.summary());
    println!("the truth: {:.3}; noise {:.3} (truth: 0.2)", truth(&points), posterior.get(regression::noise)?.mean());

    let variational = by_svi()?;
    let spread = |draws: SiteDraws<ArrayD<f64>>| draws.sd();
    println!(
        "sd of the function at -2, 0.2 and 2: {:.3} by NUTS, {:.3} by independent normal distributions",
        { spread(at(&points, &posterior)?) },
        spread(at(&points, &variational)?)
    );

    let panels = [picture(&posterior, "NUTS")?, picture(&variational, "independent normal distributions")?];
    plot::grid(1, 2, panels).size(1000, 420).save("target/examples/23_bayesian_neural_network.svg")
}
