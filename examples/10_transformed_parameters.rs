//! Parameters of a distribution that are transforms of what is optimised.
//!
//! A question that is often asked: `Normal(mean, exp(log_std))` is to be fitted by gradient steps on `mean` and `log_std`.
//! A distribution that is built once, before the loop, holds the number that `exp(log_std)` was then, and its gradient
//! does not reach `log_std`. Here a family is written once, as a function from parameters to a distribution; each step
//! calls it anew, or replays a recording of the call.
//!
//! ```text
//! cargo run --release --example 10_transformed_parameters
//! ```

use std::sync::Arc;
use std::time::Instant;

use ppl::prelude::*;
use ppl::program::{Recorded, record_with_draws};
use ppl_infer::prelude::*;
use ppl_infer::svi::{Optimizer, optimizer::AdamState};

/// Normal(mean, exp(log_std)).
pub fn normal(parameters: &Tensor) -> ppl::Result<Normal> {
    let (mean, log_std) = (parameters.get(0), parameters.get(1));
    Normal::new(mean, log_std.exp())
}

/// Gamma(concentration, exp(log_rate)).
pub fn gamma(parameters: &Tensor) -> ppl::Result<Gamma> {
    let (concentration, log_rate) = (parameters.get(0), parameters.get(1));
    Gamma::new(concentration, log_rate.exp())
}

/// KL(q ‖ target), by 1000 draws of q through which the gradient flows: those of a normal distribution are noise, moved
/// and scaled, those of a gamma distribution have implicit derivatives.
fn kl_divergence(q: &impl Distribution, target: &impl Distribution, seed: u64) -> ppl::Result<Tensor> {
    let x = q.draw_n(seed, 1000)?;
    Ok((q.log_prob(&x)? - target.log_prob(&x)?).mean())
}

const STEPS: u64 = 1000;

/// A step size of 0.2, at the end a hundredth of it: the draws differ in each step, and small steps average over them.
fn adam() -> Adam {
    Adam::new(LearningRate::ExponentialDecay { initial: 0.2, factor: 0.01, steps: STEPS })
}

/// Fits a family to a target; gives the parameters after each step, and its loss. One run of the loss is recorded: the
/// program computes it, and its gradient, without running it again, with other draws in each step.
pub fn fit<D: Distribution>(
    family: impl Fn(&Tensor) -> ppl::Result<D>,
    target: &D,
    mut parameters: [f64; 2],
) -> Result<(Vec<[f64; 2]>, Vec<f64>)> {
    let loss = |parameters: &Tensor| kl_divergence(&family(parameters)?, target, 0);
    let Recorded::Static(mut program) = record_with_draws(&parameters, loss)? else {
        panic!("the loss branches on its parameters");
    };
    let (adam, mut state, mut path, mut losses) = (adam(), AdamState::default(), Vec::new(), Vec::new());
    for step in 0..STEPS {
        let mut gradient = [0.0; 2];
        program.draw(step);
        losses.push(program.value_and_gradient(&parameters, &mut gradient));
        adam.update(&mut state, step, &gradient, &mut parameters);
        path.push(parameters);
    }
    Ok((path, losses))
}

/// The same by `param!`: a target as a model, 1000 draws of it a plate, and guides whose parameters have constraints. No
/// `exp` is written: a site that asks for a positive number has its logarithm optimised.
#[model]
pub fn target(distribution: Arc<dyn Distribution>) {
    plate!("draw", 1000, { sample!("x", distribution) });
}

/// Normal(mean, std).
#[guide(target)]
pub fn normal_guide() {
    let mean = param!("mean", 0.0);
    let std = param!("std", 1.0, Constraint::Positive);
    plate!("draw", 1000, { sample!("x", Normal::new(mean, std)) });
}

/// Gamma(concentration, rate).
#[guide(target)]
pub fn gamma_guide() {
    let concentration = param!("concentration", 1.0, Constraint::Positive);
    let rate = param!("rate", 1.0, Constraint::Positive);
    plate!("draw", 1000, { sample!("x", Gamma::new(concentration, rate)) });
}

/// Fits a guide to a target. The loss, −ELBO, is 1000 KL(guide ‖ target), because the mass of the target is 1.
pub fn fit_guide(guide: &impl Model, of: impl Distribution) -> Result<SviResult<Adam>> {
    Svi::new(adam()).steps(STEPS).seed(0).run(&target(Arc::new(of)), guide)
}

/// Fits, and prints what is found, with the time of a step beside that on the tape, which builds the distribution and runs
/// the loss each time.
#[allow(clippy::print_stdout, reason = "an example prints its results")]
fn fit_and_print<D: Distribution>(
    family: fn(&Tensor) -> ppl::Result<D>,
    target: &D,
    begin: [f64; 2],
) -> Result<(Vec<[f64; 2]>, Vec<f64>)> {
    let start = Instant::now();
    let (path, losses) = fit(family, target, begin)?;
    let recorded = start.elapsed() / STEPS as u32;

    let found @ [first, second] = path[path.len() - 1];
    let start = Instant::now();
    for step in 0..50 {
        grad(|p| kl_divergence(&family(&p[0])?, target, step), &[Tensor::from(found)])?;
    }
    let tape = start.elapsed() / 50;
    println!("{}({first:.3}, exp({second:.3}) = {:.3}) for (5, 5)", target.name(), second.exp());
    println!("  a step takes {recorded:.1?} recorded, {tape:.1?} on the tape");
    Ok((path, losses))
}

#[allow(clippy::print_stdout, reason = "an example prints its results")]
fn main() -> Result<()> {
    let (of_normal, of_gamma) = (Normal::new(5.0, 5.0)?, Gamma::new(5.0, 5.0)?);
    let (normal_path, normal_losses) = fit_and_print(normal, &of_normal, [0.0, 0.0])?;
    let (gamma_path, gamma_losses) = fit_and_print(gamma, &of_gamma, [1.0, 0.0])?;

    println!("\nby `param!`");
    for fit in [fit_guide(&normal_guide(), of_normal)?, fit_guide(&gamma_guide(), of_gamma)?] {
        for name in fit.params().names() {
            print!("{name} {:.3}  ", fit.params().get(name)?);
        }
        println!("({})", fit.engine());
    }

    let steps = || (0..200).map(f64::from);
    let losses = plot::axes().line(steps(), &normal_losses[..200]).label("Normal");
    let losses = losses.line(steps(), &gamma_losses[..200]).label("Gamma").y_label("KL divergence");
    let (normal_path, gamma_path) = (&normal_path[..200], &gamma_path[..200]);
    let parameters = plot::axes()
        .line(steps(), normal_path.iter().map(|[mean, _]| *mean))
        .label("mean")
        .line(steps(), normal_path.iter().map(|[_, log_std]| log_std.exp()))
        .label("std")
        .line(steps(), gamma_path.iter().map(|[concentration, _]| *concentration))
        .label("concentration")
        .line(steps(), gamma_path.iter().map(|[_, log_rate]| log_rate.exp()))
        .label("rate")
        .horizontal(5.0)
        .dashed();
    let panels = [losses.x_label("step"), parameters.x_label("step")];
    plot::grid(1, 2, panels).save("target/examples/10_transformed_parameters.svg")
}
