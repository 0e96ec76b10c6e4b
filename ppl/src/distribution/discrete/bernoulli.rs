//! Bernoulli distribution.

use crate::distribution::density::odds::Odds;
use crate::distribution::density::scalar;
use crate::distribution::sampling::elementwise;
use crate::distribution::{Cdf, Distribution, Entropy, EnumerateSupport, KlDivergence, Mode, Moments};
use crate::random::Rng;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// Bernoulli distribution: 1 with a probability, else 0.
///
#[doc = include_str!("../../../doc/distribution/Bernoulli.svg")]
///
/// ```text
/// log p(x) = x ln(probs) + (1 − x) ln(1 − probs),   x ∈ {0, 1}
/// ```
///
/// # Parameters
/// | parameter | domain           | meaning                   | shape |
/// |-----------|------------------|---------------------------|-------|
/// | `probs`   | between 0 and 1  | probability of 1          | batch |
/// | `logits`  | real, −∞ or ∞    | ln(probs / (1 − probs))   | batch |
///
/// One of the two is given: [`new`](Self::new) takes `probs`, [`from_logits`](Self::from_logits) takes `logits`, which
/// is the accurate way for probabilities near 0 and 1 that come out of a linear predictor.
///
/// # Shapes
/// batch = probs, event = `[]`.
///
/// # Support
/// 0 and 1: [`Constraint::Boolean`](crate::Constraint::Boolean).
///
/// # Moments
/// ```text
/// mean     = probs
/// variance = probs · (1 − probs)
/// mode     = 1 if probs > ½, 0 otherwise
/// median   = 1 if probs > ½, 0 otherwise
/// entropy  = −probs · ln(probs) − (1 − probs) ln(1 − probs)
/// ```
///
/// # Numerics
/// By log odds both outcomes are softplus functions, which keep their digits where a probability would round to 0 or 1;
/// in formulas 0 · ln 0 is 0. Draws compare uniform noise with the probability and have no gradient.
///
/// # Reference
/// Stan Functions Reference, "Bernoulli distribution" and "Bernoulli distribution, logit parameterization".
///
/// # Example
/// ```
/// use ppl::distribution::{Bernoulli, Distribution};
/// use ppl::Tensor;
///
/// let coin = Bernoulli::new(0.75)?;
/// assert_eq!(coin.log_prob(&Tensor::from([1.0, 0.0, 0.5]))?.exp().to_vec(), [0.75, 0.25, 0.0]);
/// assert_eq!(Bernoulli::from_logits(-800.0)?.log_prob(&1.0.into())?, -800.0);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Bernoulli {
    odds: Odds,
}

impl Bernoulli {
    /// A Bernoulli distribution with this probability of 1.
    ///
    /// # Errors
    /// `probs` not between 0 and 1.
    pub fn new(probs: impl IntoTensor) -> Result<Self> {
        Self::build(Odds::Probs(probs.into_tensor()))
    }

    /// A Bernoulli distribution with these log odds of 1.
    ///
    /// # Errors
    /// `logits` that are NaN.
    pub fn from_logits(logits: impl IntoTensor) -> Result<Self> {
        Self::build(Odds::Logits(logits.into_tensor()))
    }

    fn build(odds: Odds) -> Result<Self> {
        check::constants("Bernoulli", &[odds.parameter()])?;
        Ok(Self { odds })
    }

    /// The probability of 1.
    #[must_use]
    pub fn probs(&self) -> Tensor {
        self.odds.probs()
    }

    /// The log odds of 1.
    #[must_use]
    pub fn logits(&self) -> Tensor {
        self.odds.logits()
    }
}

/// `between` from 0 to 1, and these numbers below and beyond: a distribution function of 0 and 1.
pub(super) fn stepped(
    distribution: &impl Distribution,
    value: &Tensor,
    [below, beyond]: [f64; 2],
    between: Tensor,
) -> Result<Tensor> {
    scalar::check_shape(distribution, value)?;
    let outer = Tensor::select(value.less(0.0), below, Tensor::select(value.greater_equal(1.0), beyond, f64::NAN));
    let is_between = value.greater_equal(0.0) * value.less(1.0);
    let shape = check::broadcast_all(distribution.name(), &[value, &between])?;
    Tensor::try_select(is_between, between, outer)?.try_broadcast_to(shape)
}

impl Distribution for Bernoulli {
    fn name(&self) -> &'static str {
        "Bernoulli"
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        vec![check::value(&self.odds.parameter())]
    }

    fn batch_shape(&self) -> Shape {
        self.odds.tensor().shape()
    }

    fn support(&self) -> Constraint {
        Constraint::Boolean
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all("Bernoulli", &[self.odds.parameter()])?;
        elementwise::draw_by_uniform(rng, sample_shape.concat(&self.batch_shape()), &self.probs(), |uniforms, probs| {
            let trial = |uniform: f64, prob: f64| f64::from(u8::from(uniform < prob));
            match probs {
                [prob] => uniforms.iter_mut().for_each(|number| *number = trial(*number, *prob)),
                _ => uniforms.iter_mut().zip(probs).for_each(|(number, prob)| *number = trial(*number, *prob)),
            }
        })
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, 0.0, |value| self.odds.log_prob_of_trial(value))
    }
}

impl Cdf for Bernoulli {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        stepped(self, value, [0.0, 1.0], self.odds.complement())
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::step_function(self, "quantiles", [probability, &self.odds.complement()], |[p, complement]| {
            scalar::quantile(p, |p| f64::from(u8::from(p > complement)))
        })
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        stepped(self, value, [f64::NEG_INFINITY, 0.0], self.odds.log_prob_of_trial(&Tensor::scalar(0.0))?)
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        stepped(self, value, [1.0, 0.0], self.odds.probs())
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        stepped(self, value, [0.0, f64::NEG_INFINITY], self.odds.log_prob_of_trial(&Tensor::scalar(1.0))?)
    }
}

impl Mode for Bernoulli {
    fn mode(&self) -> Result<Tensor> {
        scalar::step_function(self, "modes", [&self.probs()], |[probs]| f64::from(u8::from(probs > 0.5)))
    }
}

impl Moments for Bernoulli {
    fn mean(&self) -> Tensor {
        self.probs()
    }

    fn variance(&self) -> Tensor {
        self.probs() * self.odds.complement()
    }
}

impl Entropy for Bernoulli {
    fn entropy(&self) -> Tensor {
        self.odds.entropy()
    }
}

impl EnumerateSupport for Bernoulli {
    fn enumerate_support(&self) -> Result<Tensor> {
        Tensor::arange(2).try_reshape(scalar::along_new_axis(2, &self.batch_shape()))
    }
}

impl KlDivergence<Self> for Bernoulli {
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        self.odds.kl_divergence(&other.odds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};

    fn build(p: &Parameters) -> Result<Bernoulli> {
        if p.has("logits") { Bernoulli::from_logits(p.get("logits")) } else { Bernoulli::new(p.get("probs")) }
    }

    fn family() -> Family<Bernoulli> {
        Family::new("Bernoulli", build)
            .at(parameters! { probs: 0.3 })
            .at(parameters! { probs: 0.85 })
            .rejects(parameters! { probs: 1.5 }, "Bernoulli: `probs` must be between 0 and 1, got 1.5")
            .rejects(parameters! { probs: [0.5, -0.1] }, "Bernoulli: `probs` must be between 0 and 1, got -0.1 at [1]")
            .draws([0.0; 3])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, kl, enumerable);

    mod logits {
        use super::*;

        fn family() -> Family<Bernoulli> {
            Family::new("Bernoulli", build)
                .at(parameters! { logits: 0.7 })
                .at(parameters! { logits: -2.0 })
                .rejects(parameters! { logits: f64::NAN }, "Bernoulli: `logits` must be real, got NaN")
                .draws([1.0, 1.0, 0.0])
        }

        conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, kl, enumerable);
    }

    #[test]
    fn certain_outcomes_have_gradients() {
        // 0 · ln 0 must not poison the gradient.
        let log_prob = |p: &[Tensor]| Bernoulli::new(&p[0])?.log_prob(&Tensor::from([1.0, 0.0]))?.try_sum_axis(0);
        let (value, gradients) = crate::grad(log_prob, &[Tensor::from([1.0, 0.0])]).unwrap();
        assert_eq!((value, gradients[0].to_vec()), (0.0, vec![1.0, -1.0]));
    }
}
