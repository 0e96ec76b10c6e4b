//! A guide of a model whose data come by `condition`, as in the introduction to Pyro.

use approx::assert_relative_eq;
use ppl::prelude::*;
use ppl_infer::prelude::*;
use ppl_infer::svi::{Adam, LearningRate};

const GUESS: f64 = 8.5;
const MEASURED: f64 = 9.5;
/// The posterior of the weight, Normal(9.14, 0.6): its precision is 1 / 1² + 1 / 0.75², its mean the weighted one.
const POSTERIOR: (f64, f64) = (9.14, 0.6);

#[model]
fn scale(guess: f64) -> Tensor {
    let weight = sample!("weight", Normal::new(guess, 1.0));
    sample!("measurement", Normal::new(weight, 0.75))
}

#[guide(scale, given = [measurement])]
fn exact() {
    sample!("weight", Normal::new(POSTERIOR.0, POSTERIOR.1));
}

#[guide(scale, given = [measurement])]
fn learned(guess: f64) {
    let loc = param!("loc", guess);
    let spread = param!("spread", 1.0, Constraint::Positive);
    sample!("weight", Normal::new(loc, spread));
}

fn conditioned() -> impl Model<Output = Tensor> + Clone + Sync {
    scale(GUESS).condition(scale::measurement, MEASURED)
}

/// ln p(9.5) of the measurement, which is Normal(8.5, √(1² + 0.75²)).
fn log_evidence() -> f64 {
    let variance: f64 = 1.0 + 0.75 * 0.75;
    -0.5 * (MEASURED - GUESS).powi(2) / variance - 0.5 * (2.0 * std::f64::consts::PI * variance).ln()
}

/// With the posterior as the guide each weight is the evidence, so that the estimate is exact up to rounding.
#[test]
fn importance_sampling() {
    let weighted = Importance::new().draws(100).seed(0).run_with_guide(&conditioned(), &exact()).unwrap();
    assert_relative_eq!(weighted.log_evidence(), log_evidence(), epsilon = 1e-12);
    assert_relative_eq!(weighted.ess(), 100.0, epsilon = 1e-9);
}

/// Adam with a falling learning rate comes to within 0.02 of the posterior, which the family contains: at the last learning
/// rate, 5e-4, the gradient's noise moves the parameters by some 0.01.
#[test]
fn variational_inference() {
    let falling = LearningRate::ExponentialDecay { initial: 0.05, factor: 0.1, steps: 1000 };
    let svi = Svi::new(Adam::new(falling)).steps(2000).num_particles(8).seed(0);
    let fit = svi.run(&conditioned(), &learned(GUESS)).unwrap();
    let param = |site| fit.params().get(site).unwrap().item();
    assert_relative_eq!(param(learned::loc), POSTERIOR.0, epsilon = 0.02);
    assert_relative_eq!(param(learned::spread), POSTERIOR.1, epsilon = 0.02);
}

/// What the guide leaves out must be given where it is used.
#[test]
fn a_condition_that_is_forgotten() {
    let svi = Svi::new(Adam::new(0.01)).steps(1).seed(0);
    let error = svi.run(&scale(GUESS), &learned(GUESS)).unwrap_err().to_string();
    assert!(error.contains("site `measurement`: the guide does not draw this latent site"), "{error}");
}
