//! The step size: a first guess, its adaptation, its jitter.

use ppl::random::Rng;
use rand::RngExt;

use super::{integrator::leapfrog, metric::EuclideanMetric, state::State};
use crate::error::ChainError;
use crate::{LogDensity, Result};

/// Hoffman & Gelman (2014), section 3.2.1, and Stan 2.36, `stepsize_adaptation.hpp`: the scale γ of the steps.
const ADAPTATION_SCALE: f64 = 0.05;
/// The same: t₀, which damps the first iterations.
const ADAPTATION_DELAY: f64 = 10.0;
/// The same: κ, the rate at which the average forgets early iterations.
const ADAPTATION_DECAY: f64 = 0.75;

/// γ where a step size is nearly right already: the next ones change an eighth as much.
const SETTLING_SCALE: f64 = 0.4;

/// Beyond this step size every step was accepted: Stan 2.36, `base_hmc.hpp`.
const LARGEST_STEP_SIZE: f64 = 1e7;
/// The acceptance probability that the first guess crosses: Stan 2.36, `base_hmc.hpp`.
const CROSSED_ACCEPT_PROB: f64 = 0.8;

/// Nesterov's dual averaging of the log step size, which drives the mean acceptance statistic to a target.
///
/// With the error hₜ = δ − αₜ of iteration t and its damped mean H̄ₜ = (1 − 1/(t + t₀)) H̄ₜ₋₁ + hₜ/(t + t₀), the step size
/// of the next iteration is log εₜ₊₁ = μ − (√t/γ) H̄ₜ; the one to keep is the average log ε̄ₜ = t^−κ log εₜ₊₁ +
/// (1 − t^−κ) log ε̄ₜ₋₁. μ = log(10 ε₁) makes it try large steps first.
///
/// # Example
/// ```
/// use ppl_infer::mcmc::hmc::DualAveraging;
///
/// // As if a step of the size ε were accepted with the probability exp(−ε): it is 0.8 at ε = ln 1.25.
/// let mut averaging = DualAveraging::new(0.8, 1.0);
/// assert_eq!(averaging.finish(), None);
/// let mut step_size: f64 = 1.0;
/// for _ in 0..1000 {
///     step_size = averaging.update((-step_size).exp());
/// }
/// // The first steps, which are ten times too large, count for less and less.
/// assert!((averaging.finish().unwrap() / 1.25_f64.ln() - 1.0).abs() < 0.02);
/// ```
///
/// # Reference
/// Hoffman & Gelman (2014), The No-U-Turn Sampler, section 3.2.1; Nesterov (2009).
#[derive(Clone, Debug, PartialEq)]
pub struct DualAveraging {
    target_accept_prob: f64,
    /// μ.
    attractor: f64,
    /// γ.
    scale: f64,
    /// t.
    iteration: f64,
    /// H̄ₜ.
    mean_error: f64,
    /// log ε̄ₜ.
    mean_log_step_size: f64,
}

impl DualAveraging {
    /// Starts at `step_size`, towards an acceptance statistic in (0, 1).
    pub fn new(target_accept_prob: f64, step_size: f64) -> Self {
        let attractor = (10.0 * step_size).ln();
        Self {
            target_accept_prob,
            attractor,
            scale: ADAPTATION_SCALE,
            iteration: 0.0,
            mean_error: 0.0,
            mean_log_step_size: 0.0,
        }
    }

    /// Forgets everything and starts again at `step_size`, with this target.
    pub fn restart(&mut self, target_accept_prob: f64, step_size: f64) {
        *self = Self::new(target_accept_prob, step_size);
    }

    /// Starts again at a step size that is nearly right: it is tried first, and the next ones stay close to it.
    pub(super) fn settle(&mut self, target_accept_prob: f64, step_size: f64) {
        let attractor = step_size.ln();
        *self = Self { attractor, scale: SETTLING_SCALE, ..Self::new(target_accept_prob, step_size) };
    }

    /// The acceptance statistic that the step size is driven to.
    pub fn target_accept_prob(&self) -> f64 {
        self.target_accept_prob
    }

    /// Learns the acceptance statistic of an iteration and returns the step size of the next.
    pub fn update(&mut self, accept_prob: f64) -> f64 {
        self.iteration += 1.0;
        let weight = 1.0 / (self.iteration + ADAPTATION_DELAY);
        let error = self.target_accept_prob - accept_prob.min(1.0);
        self.mean_error = (1.0 - weight) * self.mean_error + weight * error;
        let log_step_size = self.attractor - self.iteration.sqrt() / self.scale * self.mean_error;
        let weight = self.iteration.powf(-ADAPTATION_DECAY);
        self.mean_log_step_size = (1.0 - weight) * self.mean_log_step_size + weight * log_step_size;
        log_step_size.exp()
    }

    /// The step size to keep after adaptation; `None` before the first update.
    pub fn finish(&self) -> Option<f64> {
        (self.iteration > 0.0).then(|| self.mean_log_step_size.exp())
    }
}

/// Doubles or halves `step_size` until the acceptance probability of one leapfrog step from `state` crosses 0.8, with a
/// fresh momentum each time.
///
/// # Errors
/// [`ChainError::StepSizeUnbounded`] and [`ChainError::StepSizeVanished`] if it never does, and if the density fails.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::density::ModelDensity;
/// use ppl_infer::mcmc::hmc::{EuclideanMetric, InverseMassMatrix, State, find_reasonable_step_size};
///
/// #[model]
/// fn normal(scale: f64) {
///     sample!("x", Normal::new(0.0, scale));
/// }
///
/// let metric = EuclideanMetric::new(InverseMassMatrix::identity(1, false))?;
/// for scale in [0.001, 1.0, 1000.0] {
///     let mut density = ModelDensity::new(normal(scale))?;
///     let at = State::at(vec![scale], &mut density)?;
///     let step_size = find_reasonable_step_size(&mut density, &metric, &at, 1.0, &mut Key::new(0).rng("start", 0))?;
///     assert!((0.2..5.0).contains(&(step_size / scale)));
///     // It was reached from 1 by doubling, or by halving.
///     assert_eq!(step_size.log2().fract(), 0.0);
/// }
/// # Ok::<(), ppl_infer::Error>(())
/// ```
///
/// # Reference
/// Hoffman & Gelman (2014), algorithm 4, as in Stan's `init_stepsize`.
pub fn find_reasonable_step_size(
    density: &mut dyn LogDensity,
    metric: &EuclideanMetric,
    state: &State,
    mut step_size: f64,
    rng: &mut Rng,
) -> Result<f64> {
    let (mut from, mut to) = (state.clone(), state.clone());
    let mut accepts = |step_size: f64| -> Result<bool> {
        metric.refresh(rng, &mut from);
        leapfrog(density, metric, step_size, &from, &mut to)?;
        Ok(from.energy() - to.energy() > CROSSED_ACCEPT_PROB.ln())
    };
    let grow = accepts(step_size)?;
    while accepts(step_size)? == grow {
        step_size *= if grow { 2.0 } else { 0.5 };
        if step_size > LARGEST_STEP_SIZE {
            return Err(ChainError::StepSizeUnbounded { limit: LARGEST_STEP_SIZE }.into());
        }
        if step_size == 0.0 {
            return Err(ChainError::StepSizeVanished { log_density: state.log_density }.into());
        }
    }
    Ok(step_size)
}

/// A step size drawn uniformly within a relative distance of `jitter`: ε (1 + jitter (2u − 1)).
pub(crate) fn jittered(step_size: f64, jitter: f64, rng: &mut Rng) -> f64 {
    if jitter == 0.0 { step_size } else { step_size * (1.0 + jitter * (2.0 * rng.random::<f64>() - 1.0)) }
}

#[cfg(test)]
mod tests {
    use ppl::random::Key;

    use super::*;
    use crate::{
        Error,
        mcmc::hmc::metric::InverseMassMatrix,
        purpose::Purpose,
        test_targets::{Gaussian, Univariate},
    };

    #[test]
    fn the_first_updates_are_the_formula() {
        let mut averaging = DualAveraging::new(0.8, 1.0);
        assert_eq!(averaging.finish(), None);
        // H̄₁ = 0.3/11, log ε = log 10 − H̄₁/0.05, ε̄₁ = ε.
        let first = (10.0_f64.ln() - 0.3 / 11.0 / 0.05).exp();
        assert!((averaging.update(0.5) - first).abs() < 1e-13);
        assert!((averaging.finish().unwrap() - first).abs() < 1e-13);
        // H̄₂ = (11/12) H̄₁ + (−0.2)/12; acceptance above one counts as one.
        let second = (10.0_f64.ln() - 2.0_f64.sqrt() / 0.05 * (0.3 - 0.2) / 12.0).exp();
        assert!((averaging.update(1.5) - second).abs() < 1e-12);
    }

    #[test]
    fn dual_averaging_finds_a_known_root() {
        // The acceptance exp(−ε) is 0.8 at ε = −log 0.8. What is left of μ decays with 1/√t.
        let root = -0.8_f64.ln();
        let mut averaging = DualAveraging::new(0.8, 1.0);
        let mut step_size = 1.0_f64;
        let mut excess = Vec::new();
        for iteration in 1..=16_000 {
            step_size = averaging.update((-step_size).exp());
            if [1_000, 4_000, 16_000].contains(&iteration) {
                excess.push(averaging.finish().unwrap() / root - 1.0);
            }
        }
        assert!(excess[0].abs() < 0.02 && excess[2].abs() < 0.006, "{excess:?}");
        assert!((excess[0] / excess[1] - 2.0).abs() < 0.1 && (excess[1] / excess[2] - 2.0).abs() < 0.1, "{excess:?}");
        averaging.restart(0.8, 1.0);
        assert_eq!(averaging, DualAveraging::new(0.8, 1.0));
    }

    #[test]
    fn the_first_guess_scales_with_the_target_and_with_the_metric() {
        let guess = |scale: f64, inverse: f64, start: f64| {
            let mut density = Gaussian::diagonal(&[scale]);
            let metric = EuclideanMetric::new(InverseMassMatrix::diagonal(vec![inverse])).unwrap();
            let state = State::at(vec![scale], &mut density).unwrap();
            let mut rng = Purpose::Adaptation.rng(Key::new(1));
            find_reasonable_step_size(&mut density, &metric, &state, start, &mut rng).unwrap()
        };
        // Powers of two: the search runs through the same accept decisions, scaled.
        assert_eq!(guess(1.0 / 1024.0, 1.0, 1.0 / 1024.0), guess(1.0, 1.0, 1.0) / 1024.0);
        assert_eq!(guess(1.0, 1.0 / 16.0, 4.0), guess(1.0, 1.0, 1.0) * 4.0);
        let unit = guess(1.0, 1.0, 1.0);
        assert!((0.25..=8.0).contains(&unit), "{unit}");
        assert!((0.25..=8.0).contains(&guess(1.0, 1.0, 1e-4)));
    }

    #[test]
    fn flat_and_broken_densities_are_errors() {
        let metric = EuclideanMetric::new(InverseMassMatrix::identity(1, false)).unwrap();
        let state = State::new(1);
        let mut rng = Purpose::Adaptation.rng(Key::new(1));
        let flat = find_reasonable_step_size(&mut Univariate(|_| (0.0, 0.0)), &metric, &state, 1.0, &mut rng);
        assert!(matches!(flat, Err(Error::Chain(ChainError::StepSizeUnbounded { .. }))));
        let broken = find_reasonable_step_size(&mut Univariate(|_| (f64::NAN, 0.0)), &metric, &state, 1.0, &mut rng);
        assert!(matches!(broken, Err(Error::Chain(ChainError::StepSizeVanished { .. }))));
    }

    #[test]
    fn jitter_stays_within_its_bounds_and_zero_jitter_draws_nothing() {
        let mut rng = Purpose::Transition.rng(Key::new(1));
        let mut untouched = rng.clone();
        assert_eq!(jittered(0.3, 0.0, &mut rng), 0.3);
        assert_eq!(rng.random::<u64>(), untouched.random::<u64>());
        let draws: Vec<f64> = (0..1000).map(|_| jittered(2.0, 0.5, &mut rng)).collect();
        assert!(draws.iter().all(|draw| (1.0..=3.0).contains(draw)));
        assert!(draws.iter().any(|draw| *draw < 1.05) && draws.iter().any(|draw| *draw > 2.95));
    }
}
