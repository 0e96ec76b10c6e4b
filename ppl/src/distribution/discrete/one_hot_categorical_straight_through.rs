//! Categorical distribution of one-hot vectors, with straight-through gradients.

use super::OneHotCategorical;
use crate::distribution::density::categories::Categories;
use crate::distribution::sampling::noise::standard_uniform;
use crate::distribution::{Covariance, Distribution, Entropy, EnumerateSupport, KlDivergence, Mode, Moments};
use crate::random::Rng;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// Categorical distribution of one-hot vectors whose draws carry the gradient of the probabilities.
///
#[doc = include_str!("../../../doc/distribution/OneHotCategoricalStraightThrough.svg")]
///
/// ```text
/// log p(x) = Σ xₖ ln(probs[k]),   x a vector with one 1 and zeros
/// ```
///
/// [`OneHotCategorical`] but for the gradient of its draws.
///
/// # Parameters
/// | parameter | domain        | shape          | meaning                                |
/// |-----------|---------------|----------------|----------------------------------------|
/// | `probs`   | a simplex     | batch ++ `[K]` | probability of each category           |
/// | `logits`  | real, −∞ or ∞ | batch ++ `[K]` | logarithm of `probs`, up to a constant |
///
/// One of the two is given: [`new`](Self::new) takes `probs`, [`from_logits`](Self::from_logits) takes `logits`.
///
/// # Shapes
/// batch = all but the last axis of the parameter, event = `[K]`.
///
/// # Support
/// The vectors with one 1 and zeros: [`Constraint::OneHot`](crate::Constraint::OneHot).
///
/// # Moments
/// ```text
/// mean[k]          = probs[k]
/// variance[k]      = probs[k] (1 − probs[k])
/// covariance[j, k] = −probs[j] probs[k],   j ≠ k
/// mode             = the vector of the largest probability, of several the first
/// entropy          = −Σ probs[k] ln(probs[k])
/// ```
///
/// # Numerics
/// Those of [`OneHotCategorical`].
///
/// # Draws
/// Inversion of the running sums of the probabilities, with d draw / d probs = 1: the straight-through estimator. The
/// gradient of an expectation that it gives is unbiased for functions that are linear in the draw, and biased for
/// others; that of the log density by the value is 0.
///
/// # Reference
/// Bengio, Léonard and Courville, "Estimating or propagating gradients through stochastic neurons for conditional
/// computation" (2013); torch, `OneHotCategoricalStraightThrough`.
///
/// # Example
/// ```
/// use ppl::distribution::{Distribution, OneHotCategoricalStraightThrough};
/// use ppl::random::Key;
/// use ppl::{Shape, Tensor, grad};
///
/// let cost = Tensor::from([1.0, 2.0, 5.0]);
/// let drawn = |probs: &[Tensor]| {
///     let choice = OneHotCategoricalStraightThrough::new(&probs[0])?;
///     Ok((choice.sample(&mut Key::new(0).rng("choice", 0), &Shape::SCALAR)? * &cost).sum())
/// };
/// let (value, gradient) = grad(drawn, &[Tensor::from([0.5, 0.25, 0.25])])?;
/// assert!(cost.to_vec().contains(&value));
/// assert_eq!(gradient[0], cost);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct OneHotCategoricalStraightThrough {
    base: OneHotCategorical,
}

impl OneHotCategoricalStraightThrough {
    const NAME: &'static str = "OneHotCategoricalStraightThrough";

    /// A one-hot categorical distribution with these probabilities.
    ///
    /// # Errors
    /// `probs` that are negative or do not sum to 1; no axis of categories, or none along it.
    pub fn new(probs: impl IntoTensor) -> Result<Self> {
        Self::of(Categories::Probs(probs.into_tensor()))
    }

    /// A one-hot categorical distribution with probabilities proportional to the exponentials of these numbers.
    ///
    /// # Errors
    /// `logits` that are NaN, all −∞, or ∞ more than once; no axis of categories, or none along it.
    pub fn from_logits(logits: impl IntoTensor) -> Result<Self> {
        Self::of(Categories::Logits(logits.into_tensor()))
    }

    fn of(weights: Categories) -> Result<Self> {
        Ok(Self { base: OneHotCategorical { weights: weights.checked(Self::NAME)? } })
    }

    /// The probability of each category, along the last axis.
    #[must_use]
    pub fn probs(&self) -> Tensor {
        self.base.probs()
    }

    /// The logarithm of the probability of each category, along the last axis.
    #[must_use]
    pub fn log_probs(&self) -> Tensor {
        self.base.log_probs()
    }
}

impl Distribution for OneHotCategoricalStraightThrough {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        self.base.parameter_values()
    }

    fn batch_shape(&self) -> Shape {
        self.base.batch_shape()
    }

    fn event_shape(&self) -> Shape {
        self.base.event_shape()
    }

    fn support(&self) -> Constraint {
        Constraint::OneHot
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all(Self::NAME, &[self.base.weights.parameter()])?;
        let probs = self.probs();
        // The category is the first whose running sum exceeds the noise: by tensor operations, which are recorded.
        let running = probs.detach().cumsum(-1);
        let size = self.base.weights.size();
        let noise = standard_uniform(rng, sample_shape.concat(&self.batch_shape())).unsqueeze(-1);
        let level = noise.try_mul(running.slice(-1, size - 1..size))?;
        let category = running.slice(-1, 0..size - 1).try_less_equal(level)?.try_sum_axis(-1)?;
        let draws = self.base.one_hot(&category)?;
        // The difference is 0, exactly; its gradient is not.
        draws.try_add(&probs - probs.detach())
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        check::event(Self::NAME, value, &self.event_shape())?;
        self.base.log_prob(value)
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Mode for OneHotCategoricalStraightThrough {
    fn mode(&self) -> Result<Tensor> {
        self.base.mode()
    }
}

impl Moments for OneHotCategoricalStraightThrough {
    fn mean(&self) -> Tensor {
        self.base.mean()
    }

    fn variance(&self) -> Tensor {
        self.base.variance()
    }
}

impl Covariance for OneHotCategoricalStraightThrough {
    fn covariance(&self) -> Tensor {
        self.base.covariance()
    }
}

impl Entropy for OneHotCategoricalStraightThrough {
    fn entropy(&self) -> Tensor {
        self.base.entropy()
    }
}

impl EnumerateSupport for OneHotCategoricalStraightThrough {
    fn enumerate_support(&self) -> Result<Tensor> {
        self.base.enumerate_support()
    }
}

impl KlDivergence<Self> for OneHotCategoricalStraightThrough {
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        self.base.weights.kl_divergence(&other.base.weights, Self::NAME)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};

    fn build(p: &Parameters) -> Result<OneHotCategoricalStraightThrough> {
        if p.has("logits") {
            OneHotCategoricalStraightThrough::from_logits(p.get("logits"))
        } else {
            OneHotCategoricalStraightThrough::new(p.get("probs"))
        }
    }

    fn family() -> Family<OneHotCategoricalStraightThrough> {
        Family::of("OneHotCategoricalStraightThrough", build)
            .without_golden_cases("it is a one-hot categorical distribution, which is in the table")
            .without_far_cases("those of the one-hot categorical distribution")
            .at(parameters! { logits: [0.2, -0.5, 2.0] })
            .at(parameters! { logits: [1.0, 0.1, -0.2] })
            .rejects(
                parameters! { logits: [0.5, f64::NAN, 0.0] },
                "OneHotCategoricalStraightThrough: `logits` must be real, got NaN at [1]",
            )
            .draws([0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0])
    }

    conformance::distribution!(
        family() => multivariate, mode, moments, covariance, entropy, kl, enumerable, reparameterized_straight_through
    );

    #[test]
    fn probabilities_are_checked() {
        let error = build(&parameters! { probs: [0.5, 0.5, 0.1] }).unwrap_err().to_string();
        assert_eq!(
            error,
            "OneHotCategoricalStraightThrough: `probs` must be a simplex (non-negative, sum 1), got [0.5, 0.5, 0.1], \
             whose sum is 1.1"
        );
        assert_eq!(build(&parameters! { probs: [0.2, 0.5, 0.3] }).unwrap().probs().to_vec(), [0.2, 0.5, 0.3]);
    }
}
