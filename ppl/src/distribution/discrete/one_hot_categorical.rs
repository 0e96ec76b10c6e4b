//! Categorical distribution of one-hot vectors.

use super::categorical::draw_category;
use super::count_vectors;
use crate::distribution::density::categories::Categories;
use crate::distribution::density::{scalar, vector};
use crate::distribution::{Covariance, Distribution, Entropy, EnumerateSupport, KlDivergence, Mode, Moments};
use crate::random::Rng;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// Categorical distribution of one-hot vectors: 1 at one of K categories, 0 at the others.
///
#[doc = include_str!("../../../doc/distribution/OneHotCategorical.svg")]
///
/// ```text
/// log p(x) = Σ xₖ ln(probs[k]),   x a vector with one 1 and zeros
/// ```
///
/// # Parameters
/// | parameter | domain        | shape          | meaning                                |
/// |-----------|---------------|----------------|----------------------------------------|
/// | `probs`   | a simplex     | batch ++ `[K]` | probability of each category           |
/// | `logits`  | real, −∞ or ∞ | batch ++ `[K]` | logarithm of `probs`, up to a constant |
///
/// One of the two is given: [`new`](Self::new) takes `probs`, [`from_logits`](Self::from_logits) takes `logits`. Infinite
/// logits are as in [`Categorical`](super::Categorical).
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
/// As [`Categorical`](super::Categorical): logits are normalised by a log-softmax, which does not overflow, and in the
/// entropy 0 · ln 0 is 0.
///
/// # Draws
/// Those of [`Categorical`](super::Categorical), as vectors.
///
/// # Reference
/// Bishop, "Pattern Recognition and Machine Learning" (2006), section 2.2.
///
/// # Example
/// ```
/// use ppl::distribution::{Distribution, EnumerateSupport, OneHotCategorical};
/// use ppl::Tensor;
///
/// let topic = OneHotCategorical::new([0.5, 0.25, 0.25])?;
/// assert_eq!(topic.prob(&Tensor::from([0.0, 1.0, 0.0]))?, 0.25);
/// assert_eq!(topic.enumerate_support()?, Tensor::eye(3));
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct OneHotCategorical {
    pub(super) weights: Categories,
}

impl OneHotCategorical {
    /// A one-hot categorical distribution with these probabilities.
    ///
    /// # Errors
    /// `probs` that are negative or do not sum to 1; no axis of categories, or none along it.
    pub fn new(probs: impl IntoTensor) -> Result<Self> {
        Ok(Self { weights: Categories::Probs(probs.into_tensor()).checked("OneHotCategorical")? })
    }

    /// A one-hot categorical distribution with probabilities proportional to the exponentials of these numbers.
    ///
    /// # Errors
    /// `logits` that are NaN, all −∞, or ∞ more than once; no axis of categories, or none along it.
    pub fn from_logits(logits: impl IntoTensor) -> Result<Self> {
        Ok(Self { weights: Categories::Logits(logits.into_tensor()).checked("OneHotCategorical")? })
    }

    /// The probability of each category, along the last axis.
    #[must_use]
    pub fn probs(&self) -> Tensor {
        self.weights.probs()
    }

    /// The logarithm of the probability of each category, along the last axis.
    #[must_use]
    pub fn log_probs(&self) -> Tensor {
        self.weights.log_probs()
    }

    /// The vectors of these categories.
    pub(super) fn one_hot(&self, category: &Tensor) -> Result<Tensor> {
        vector::over_events(category, 1)?.try_equal(Tensor::arange(self.weights.size()))
    }
}

impl Distribution for OneHotCategorical {
    fn name(&self) -> &'static str {
        "OneHotCategorical"
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        vec![check::value(&self.weights.parameter())]
    }

    fn batch_shape(&self) -> Shape {
        self.weights.batch_shape()
    }

    fn event_shape(&self) -> Shape {
        Shape::from(self.weights.size())
    }

    fn support(&self) -> Constraint {
        Constraint::OneHot
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all("OneHotCategorical", &[self.weights.parameter()])?;
        self.one_hot(&draw_category(rng, sample_shape.concat(&self.batch_shape()), &self.probs())?)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let is_inside = |value: &Tensor| Constraint::OneHot.contains(value);
        vector::on_support(
            self,
            value,
            is_inside,
            || vector::point_inside(self),
            |value| Tensor::try_select(value.detach(), self.log_probs(), 0.0)?.try_sum_axis(-1),
        )
    }
}

impl Mode for OneHotCategorical {
    fn mode(&self) -> Result<Tensor> {
        scalar::refuse_derivative(self, "modes", &[self.weights.tensor()])?;
        self.one_hot(&self.weights.most_probable()?)
    }
}

impl Moments for OneHotCategorical {
    fn mean(&self) -> Tensor {
        self.probs()
    }

    fn variance(&self) -> Tensor {
        let probs = self.probs();
        &probs * (1.0 - &probs)
    }
}

impl Covariance for OneHotCategorical {
    /// diag(p) − p pᵀ.
    fn covariance(&self) -> Tensor {
        count_vectors::covariance(&self.probs(), &Tensor::ones(self.batch_shape()))
    }
}

impl Entropy for OneHotCategorical {
    fn entropy(&self) -> Tensor {
        self.weights.entropy()
    }
}

impl EnumerateSupport for OneHotCategorical {
    fn enumerate_support(&self) -> Result<Tensor> {
        let size = self.weights.size();
        Tensor::eye(size).try_reshape(scalar::along_new_axis(size, &self.batch_shape()).concat(&size.into()))
    }
}

impl KlDivergence<Self> for OneHotCategorical {
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        self.weights.kl_divergence(&other.weights, "OneHotCategorical")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};

    fn build(p: &Parameters) -> Result<OneHotCategorical> {
        if p.has("logits") {
            OneHotCategorical::from_logits(p.get("logits"))
        } else {
            OneHotCategorical::new(p.get("probs"))
        }
    }

    fn family() -> Family<OneHotCategorical> {
        Family::new("OneHotCategorical", build)
            .at(parameters! { probs: [0.2, 0.5, 0.3] })
            .at(parameters! { probs: [0.7, 0.1, 0.2] })
            // No probability moves on its own.
            .constant("probs")
            .rejects(
                parameters! { probs: [0.5, 0.5, 0.1] },
                "OneHotCategorical: `probs` must be a simplex (non-negative, sum 1), got [0.5, 0.5, 0.1], whose sum is 1.1",
            )
            .draws([0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0])
    }

    conformance::distribution!(family() => multivariate, mode, moments, covariance, entropy, kl, enumerable);

    mod logits {
        use super::*;

        fn family() -> Family<OneHotCategorical> {
            Family::new("OneHotCategorical", build)
                .at(parameters! { logits: [0.2, -0.5, 2.0] })
                .at(parameters! { logits: [1.0, 0.1, -0.2] })
                .rejects(
                    parameters! { logits: [0.5, f64::NAN, 0.0] },
                    "OneHotCategorical: `logits` must be real, got NaN at [1]",
                )
                .draws([0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0])
        }

        conformance::distribution!(family() => multivariate, mode, moments, covariance, entropy, kl, enumerable);
    }
}
