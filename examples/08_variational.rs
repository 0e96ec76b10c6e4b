//! Parameters and stochastic variational inference: a guide that learns the posterior.
//!
//! ```text
//! cargo run --release --example 08_variational
//! ```

use ppl::prelude::*;
use ppl_infer::prelude::*;

/// The weight varies around our guess, the measurement around the weight.
#[model]
pub fn scale(guess: f64) -> Tensor {
    let weight = sample!("weight", Normal::new(guess, 1.0));
    sample!("measurement", Normal::new(weight, 0.75))
}

/// A guide with parameters, each with a name and the value to begin with. Where Pyro's introduction takes `torch.abs(b)`,
/// a constraint keeps the spread positive: optimizers move ln b.
#[guide(scale, given = [measurement])]
pub fn scale_parametrized_guide(guess: f64) {
    let a = param!("a", guess);
    let b = param!("b", 1.0, Constraint::Positive);
    sample!("weight", Normal::new(a, b));
}

/// 1000 steps of Adam on the evidence lower bound (ELBO). The parameters are remembered by what this returns: there is
/// no global store to clear, and two fits know nothing of each other.
pub fn train(model: &impl Model, guide: &impl Model) -> Result<SviResult<Adam>> {
    let falling = LearningRate::ExponentialDecay { initial: 0.03, factor: 0.01, steps: 1000 };
    Svi::new(Adam::new(falling)).steps(1000).num_particles(4).seed(0).run(model, guide)
}

#[allow(clippy::print_stdout, reason = "an example prints its results")]
fn main() -> Result<()> {
    let guess = 8.5;
    let conditioned_scale = scale(guess).condition(scale::measurement, 9.5);
    let guide = scale_parametrized_guide(guess);

    let fit = train(&conditioned_scale, &guide)?;
    let (a, b) = (fit.params().get(scale_parametrized_guide::a)?, fit.params().get(scale_parametrized_guide::b)?);
    println!("a = {a:.3} (exact: 9.140)   b = {b:.3} (exact: 0.600)");
    let mean = |losses: &[f64]| losses.iter().sum::<f64>() / losses.len() as f64;
    println!(
        "−ELBO of the first 10 steps {:.3}, of the last 100 {:.3}; −ln p(9.5) = 1.462 is the least it can be",
        mean(&fit.losses()[..10]),
        mean(&fit.losses()[900..]),
    );

    // With what it has learned, the guide is a proposal: ten draws are worth almost ten.
    let trained = guide.clone().with(fit.params().handler());
    let posterior = Importance::new().draws(10).seed(0).run_with_guide(&conditioned_scale, &trained)?;
    println!("as the proposal of 10 draws: {:.1} effective ones", posterior.ess());

    // Or it is drawn from by itself.
    let draws = fit.sample_posterior(&conditioned_scale, &guide, 100)?;
    let weight = draws.get(scale::weight)?;
    println!("100 draws of the guide: mean {:.2}, sd {:.2}", weight.mean(), weight.sd());

    plot::plot_loss(&fit).title("Training the guide").save("target/examples/08_variational_loss.svg")?;
    let x = Tensor::linspace(7.2, 11.1, 200);
    let exact = Normal::new(9.14, 0.6)?.prob(&x)?;
    let panel = |weights: &SiteDraws, title: &str| {
        let axes = plot::axes().histogram(weights.iter(), 15).label("100 draws").line(x.to_vec(), exact.to_vec());
        axes.label("exact").title(title).x_label("weight").hide_y()
    };
    let proposed = posterior.resample(100, 1)?.get(scale::weight)?;
    let panels = [panel(&proposed, "as a proposal of 10 draws"), panel(&weight, "drawn from by itself")];
    plot::grid(1, 2, panels).title("P(weight | measurement, guess)").save("target/examples/08_variational.svg")
}
