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

/// A step size of 0.05, at the end a hundredth of it.
fn adam() -> Adam {
    Adam::new(LearningRate::ExponentialDecay { initial: 0.05, factor: 0.01, steps: STEPS })
}

/// Fits a family to a target; the parameters, and the loss of each step.
///
/// The loss is recorded by one run of it. The program then computes loss and gradient without running it again, with other
/// draws in each step.
pub fn fit<D: Distribution>(
    family: impl Fn(&Tensor) -> ppl::Result<D>,
    target: &D,
    mut parameters: [f64; 2],
) -> Result<([f64; 2], Vec<f64>)> {
    let Recorded::Static(mut program) = record_with_draws(&parameters, |p| kl_divergence(&family(p)?, target, 0))?
    else {
        panic!("the loss branches on its parameters");
    };
    let (adam, mut state, mut losses) = (adam(), AdamState::default(), Vec::new());
    for step in 0..STEPS {
        let mut gradient = [0.0; 2];
        program.draw(step);
        losses.push(program.value_and_gradient(&parameters, &mut gradient));
        adam.update(&mut state, step, &gradient, &mut parameters);
    }
    Ok((parameters, losses))
}

/// The same by `param!`: a target as a model, and guides whose parameters have constraints. No `exp` is written: the
/// optimiser moves ln std, because the site asks for a positive number.
#[model]
pub fn target(distribution: Arc<dyn Distribution>) {
    sample!("x", distribution);
}

/// Normal(mean, std).
#[guide(target)]
pub fn normal_guide() {
    let mean = param!("mean", 0.0);
    let std = param!("std", 1.0, Constraint::Positive);
    sample!("x", Normal::new(mean, std));
}

/// Gamma(concentration, rate).
#[guide(target)]
pub fn gamma_guide() {
    let concentration = param!("concentration", 1.0, Constraint::Positive);
    let rate = param!("rate", 1.0, Constraint::Positive);
    sample!("x", Gamma::new(concentration, rate));
}

/// Fits a guide to a target. The loss, −ELBO, is KL(guide ‖ target), because the target has a density of mass 1.
pub fn fit_guide(guide: &impl Model, to: impl Distribution) -> Result<SviResult<Adam>> {
    let svi = Svi::new(adam()).steps(STEPS).num_particles(1000).seed(0);
    svi.run(&target(Arc::new(to)), guide)
}

/// Microseconds of a step, by the recording and on the tape.
fn step_times<D: Distribution>(family: fn(&Tensor) -> ppl::Result<D>, target: &D) -> Result<[f64; 2]> {
    const TAPE_STEPS: u64 = 100;

    let start = Instant::now();
    let (parameters, _) = fit(family, target, [1.0, 0.0])?;
    let replayed = start.elapsed().as_secs_f64() / STEPS as f64;

    let (start, parameters) = (Instant::now(), [Tensor::from(parameters)]);
    for step in 0..TAPE_STEPS {
        grad(|p| kl_divergence(&family(&p[0])?, target, step), &parameters)?;
    }
    let tape = start.elapsed().as_secs_f64() / TAPE_STEPS as f64;
    Ok([replayed * 1e6, tape * 1e6])
}

#[allow(clippy::print_stdout, reason = "an example prints its results")]
fn main() -> Result<()> {
    let ([mean, log_std], normal_losses) = fit(normal, &Normal::new(5.0, 5.0)?, [0.0, 0.0])?;
    println!("Normal(mean, exp(log_std)):       mean {mean:.3}, std {:.3} (exact: 5, 5)", log_std.exp());
    let ([concentration, log_rate], gamma_losses) = fit(gamma, &Gamma::new(5.0, 5.0)?, [1.0, 0.0])?;
    println!("Gamma(concentration, exp(log_rate)): {concentration:.3}, rate {:.3} (exact: 5, 5)", log_rate.exp());
    println!("last losses {:.1e}, {:.1e}", normal_losses[normal_losses.len() - 1], gamma_losses[gamma_losses.len() - 1]);

    println!("\nby `param!`:");
    let fit = fit_guide(&normal_guide(), Normal::new(5.0, 5.0)?)?;
    print!("{}engine: {}\n{}", fit.params(), fit.engine(), fit_guide(&gamma_guide(), Gamma::new(5.0, 5.0)?)?.params());

    // A step on the tape builds the distribution and runs the loss; one of the recording does neither.
    let [replayed, tape] = step_times(normal, &Normal::new(5.0, 5.0)?)?;
    println!("\nNormal: {replayed:.0} µs a step replayed, {tape:.0} µs on the tape");
    let [replayed, tape] = step_times(gamma, &Gamma::new(5.0, 5.0)?)?;
    println!("Gamma:  {replayed:.0} µs a step replayed, {tape:.0} µs on the tape");
    Ok(())
}
