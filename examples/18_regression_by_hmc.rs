//! Linear regression by Hamiltonian Monte Carlo, as the tour of TensorFlow Probability shows it: with a fixed step size, with
//! an adapted one, by eight chains, and with the noise as a latent variable.
//!
//! ```text
//! cargo run --release --example 18_regression_by_hmc
//! ```

use ppl::prelude::*;
use ppl_infer::prelude::*;

/// The coefficients that the data are made of: an intercept and two slopes.
pub const W: [f64; 3] = [-1.0, 2.0, 3.0];
/// The standard deviation of the noise.
pub const NOISE: f64 = 0.5;

// ANCHOR: models
/// Coefficients under a standard normal prior; the noise is known.
#[model]
pub fn regression(x: &Tensor, y: &Tensor) {
    let w = sample!("w", Normal::new(Tensor::zeros(3), 1.0).to_event(1));
    plate!("row", x.shape()[0], {
        observe!("y", Normal::new(x.matmul(w), NOISE), y);
    });
}

/// The same with the noise as a latent variable. What the tour does by a `TransformedTransitionKernel` is done for every
/// site by its support: the sampler moves ln(noise), and the draws are those of the noise. `y` is `None` where it is drawn.
#[model]
pub fn with_noise(x: &Tensor, y: Option<&Tensor>) {
    let w = sample!("w", Normal::new(Tensor::zeros(3), 1.0).to_event(1));
    let noise = sample!("noise", HalfNormal::new(1.0));
    plate!("row", x.shape()[0], {
        observe!("y", Normal::new(x.matmul(w), noise), y);
    });
}
// ANCHOR_END: models

/// Fifty rows: a column of ones and two features between −1 and 1; outcomes drawn from the model itself.
pub fn data() -> Result<(Tensor, Tensor)> {
    let features = Uniform::new(-1.0, 1.0)?.draw_n(0, [50, 2])?;
    let x = Tensor::concat(&[Tensor::ones([50, 1]), features], 1);
    let y = {
        let truth = with_noise(&x, None).substitute(with_noise::w, W).substitute(with_noise::noise, NOISE);
        truth.trace(1)?.get(with_noise::y)?.clone()
    };
    Ok((x, y))
}

// ANCHOR: kernels
/// One chain from zero, trajectories of three steps of 0.1 in the metric of the coefficients themselves: the tour's kernel.
pub fn fixed_step() -> Hmc {
    let hmc = Hmc::new().num_steps(3).step_size(0.1).adapt_step_size(false).adapt_mass_matrix(false);
    hmc.chains(1).warmup(500).draws(1000).init([(regression::w, [0.0; 3])]).seed(2)
}

/// The same, but the warm-up looks for the step size that is accepted in 65 % of the trajectories.
///
/// Trajectories of one length go, in some coefficient, almost to the mirror image of their start, and the next one back: the
/// bursts in the traces of the fixed step size. A step size that varies by 30 % from draw to draw has no such resonance.
pub fn adapted_step() -> Hmc {
    fixed_step().adapt_step_size(true).target_accept_prob(0.65).step_size_jitter(0.3)
}

/// Eight chains from different random points, without which R̂ would say little.
pub fn eight_chains() -> Hmc {
    adapted_step().chains(8).init(ppl_infer::Init::default())
}
// ANCHOR_END: kernels

/// The mean acceptance probability, and the mean step size of each chain.
pub fn acceptance(posterior: &Posterior) -> Result<(f64, Vec<f64>)> {
    let rate = posterior.sample_stats().column("acceptance_rate")?.mean().unwrap_or(f64::NAN);
    let steps = posterior.sample_stats().column("step_size")?;
    Ok((rate, steps.outer_iter().map(|chain| chain.mean().unwrap_or(f64::NAN)).collect()))
}

#[allow(clippy::print_stdout, reason = "an example prints its results")]
fn main() -> Result<()> {
    let (x, y) = data()?;

    let fixed = fixed_step().run(&regression(&x, &y))?;
    println!("fixed step 0.1: acceptance rate {:.3}", acceptance(&fixed)?.0);
    let adapted = adapted_step().run(&regression(&x, &y))?;
    let (rate, steps) = acceptance(&adapted)?;
    println!("adapted step {:.3}: acceptance rate {rate:.3}\n", steps[0]);

    // A panel a coefficient, the true values dashed.
    let title = "step size fixed at 0.1";
    plot::plot_trace(&fixed)
        .reference("w", W)
        .title(title)
        .save("target/examples/18_regression_by_hmc_fixed_trace.svg")?;
    let histogram = plot::plot_dist(&fixed).histogram(40).reference("w", W).title(title);
    histogram.save("target/examples/18_regression_by_hmc_fixed_dist.svg")?;
    let title = format!("step size adapted to {:.3}", steps[0]);
    let trace = plot::plot_trace(&adapted).reference("w", W).title(&title);
    trace.save("target/examples/18_regression_by_hmc_adapted_trace.svg")?;
    let histogram = plot::plot_dist(&adapted).histogram(40).reference("w", W).title(&title);
    histogram.save("target/examples/18_regression_by_hmc_adapted_dist.svg")?;

    // R̂ is a column of the summary: near 1, the chains cannot be told apart.
    let chains = eight_chains().run(&regression(&x, &y))?;
    println!("{}", chains.summary());
    let trace = plot::plot_trace_dist(&chains).reference("w", W);
    trace.save("target/examples/18_regression_by_hmc_chains.svg")?;

    let with_noise = eight_chains().run(&with_noise(&x, Some(&y)))?;
    let (rate, steps) = acceptance(&with_noise)?;
    println!("{}\nacceptance rate {rate:.3}, step sizes {steps:.3?}", with_noise.summary());
    let trace = plot::plot_trace_dist(&with_noise).reference("w", W).reference("noise", NOISE);
    trace.save("target/examples/18_regression_by_hmc_noise.svg")?;
    let forest = plot::plot_forest(&with_noise).by_chain().reference("w", W).reference("noise", NOISE);
    forest.save("target/examples/18_regression_by_hmc_noise_by_chain.svg")?;
    plot::plot_rank(&with_noise).save("target/examples/18_regression_by_hmc_noise_rank.svg")
}
