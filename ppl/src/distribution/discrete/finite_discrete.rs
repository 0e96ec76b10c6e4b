//! Distribution of finitely many outcomes.

use super::categorical::draw_category;
use crate::distribution::density::categories::Categories;
use crate::distribution::density::{finite, scalar, vector};
use crate::distribution::{Cdf, Distribution, Entropy, EnumerateSupport, Mode, Moments};
use crate::random::Rng;
use crate::tensor::cumulative::Function;
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor, check};

/// Distribution of finitely many real outcomes, each with its probability.
///
#[doc = include_str!("../../../doc/distribution/FiniteDiscrete.svg")]
///
/// ```text
/// log p(outcomes[k]) = ln(probs[k]),   k ∈ {0, …, K − 1}
/// ```
///
/// # Parameters
/// | parameter  | domain               | shape                  | meaning                                |
/// |------------|----------------------|------------------------|----------------------------------------|
/// | `outcomes` | an increasing vector | batch ++ `[K]`         | values                                 |
/// | `probs`    | a simplex            | batch ++ `[K]`         | probability of each outcome            |
/// | `logits`   | real, −∞ or ∞        | batch ++ `[K]`         | logarithm of `probs`, up to a constant |
///
/// One of the last two is given: [`new`](Self::new) takes `probs`, [`from_logits`](Self::from_logits) takes `logits`. A value
/// must be one of the outcomes exactly.
///
/// # Shapes
/// batch = broadcast of all but the last axes, event = `[]`.
///
/// # Support
/// The `outcomes`: [`Constraint::OneOf`](crate::Constraint::OneOf).
///
/// # Moments
/// ```text
/// mean     = Σ probs[k] outcomes[k]
/// variance = Σ probs[k] (outcomes[k] − mean)²
/// mode     = the outcome of the largest probability, of several the first
/// entropy  = −Σ probs[k] ln(probs[k])
/// ```
/// The median is a quantile, from the running sum of the probabilities.
///
/// # Numerics
/// A tail is the sum of its own probabilities, not 1 less the other one, so that small upper tails keep their digits.
/// Draws invert the running sum by one uniform number, as those of [`Categorical`](super::Categorical), and have no
/// gradient.
///
/// # Reference
/// Devroye, "Non-Uniform Random Variate Generation" (1986), chapter III.
///
/// # Example
/// ```
/// use ppl::distribution::{Distribution, FiniteDiscrete, Moments};
///
/// let payout = FiniteDiscrete::new([0.0, 2.5, 10.0], [0.5, 0.25, 0.25])?;
/// assert_eq!(payout.prob(&2.5.into())?, 0.25);
/// assert_eq!(payout.prob(&1.0.into())?, 0.0);
/// assert_eq!(payout.mean(), 3.125);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct FiniteDiscrete {
    outcomes: Tensor,
    weights: Categories,
    batch_shape: Shape,
}

impl FiniteDiscrete {
    /// The distribution of these outcomes with these probabilities, both along the last axis.
    ///
    /// # Errors
    /// `outcomes` that do not increase or are not finite; `probs` that are negative or do not sum to 1; different numbers
    /// of both, or none; shapes that do not broadcast.
    pub fn new(outcomes: impl IntoTensor, probs: impl IntoTensor) -> Result<Self> {
        Self::build(outcomes.into_tensor(), Categories::Probs(probs.into_tensor()))
    }

    /// The distribution of these outcomes with probabilities proportional to the exponentials of these numbers.
    ///
    /// # Errors
    /// `outcomes` that do not increase or are not finite; `logits` that are NaN, all −∞, or ∞ more than once; different numbers
    /// of both, or none; shapes that do not broadcast.
    pub fn from_logits(outcomes: impl IntoTensor, logits: impl IntoTensor) -> Result<Self> {
        Self::build(outcomes.into_tensor(), Categories::Logits(logits.into_tensor()))
    }

    fn build(outcomes: Tensor, weights: Categories) -> Result<Self> {
        let weights = weights.checked("FiniteDiscrete")?;
        if outcomes.shape().last() != Some(&weights.size()) {
            return Err(Error::ShapeMismatch {
                operation: "FiniteDiscrete",
                relation: "have the same number of entries along the last axis",
                left: outcomes.shape(),
                right: weights.tensor().shape(),
            });
        }
        let batch_shape =
            check::broadcast("FiniteDiscrete", &outcomes.shape().split_event(1).0, &weights.batch_shape())?;
        let distribution = Self { outcomes, weights, batch_shape };
        check::constants("FiniteDiscrete", &distribution.parameters())?;
        Ok(distribution)
    }

    fn parameters(&self) -> [check::Parameter<'_>; 2] {
        [("outcomes", &self.outcomes, Constraint::OrderedVector), self.weights.parameter()]
    }

    /// The outcomes, along the last axis.
    #[must_use]
    pub fn outcomes(&self) -> &Tensor {
        &self.outcomes
    }

    /// The probability of each outcome, along the last axis.
    #[must_use]
    pub fn probs(&self) -> Tensor {
        self.weights.probs()
    }

    /// The logarithm of the probability of each outcome, along the last axis.
    #[must_use]
    pub fn log_probs(&self) -> Tensor {
        self.weights.log_probs()
    }

    /// The outcomes of these indices; NaN where one is NaN.
    fn outcome_at(&self, index: &Tensor) -> Result<Tensor> {
        let chosen = vector::over_events(index, 1)?.try_equal(Tensor::arange(self.weights.size()))?;
        let outcome = Tensor::try_select(chosen, self.outcomes.detach(), 0.0)?.try_sum_axis(-1)?;
        Tensor::try_select(index.equal(index), outcome, f64::NAN)
    }

    fn cumulative(&self, function: Function, value: &Tensor) -> Result<Tensor> {
        let outcomes = &check::or_nan(&self.outcomes, &Constraint::OrderedVector).detach();
        let last = outcomes.index(-1, self.weights.size() - 1);
        finite::tail(self, function, value, outcomes, &last, &self.log_probs())
    }

    /// The sum of a function of the outcomes, weighted by their probabilities.
    fn expectation(&self, of_outcomes: &Tensor) -> Tensor {
        (self.probs() * of_outcomes).sum_axis(-1)
    }
}

impl Distribution for FiniteDiscrete {
    fn name(&self) -> &'static str {
        "FiniteDiscrete"
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        check::values(&self.parameters())
    }

    fn batch_shape(&self) -> Shape {
        self.batch_shape
    }

    fn support(&self) -> Constraint {
        Constraint::OneOf(self.outcomes.clone())
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all("FiniteDiscrete", &self.parameters())?;
        self.outcome_at(&draw_category(rng, sample_shape.concat(&self.batch_shape), &self.probs())?)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let outcomes = check::or_nan(&self.outcomes, &Constraint::OrderedVector).detach();
        scalar::on_support(self, value, outcomes.index(-1, 0), |value| {
            let chosen = vector::over_events(&value.detach(), 1)?.try_equal(&outcomes)?;
            let log_prob = Tensor::try_select(&chosen, self.log_probs(), 0.0)?.try_sum_axis(-1)?;
            Tensor::try_select(chosen.try_sum_axis(-1)?, log_prob, f64::NEG_INFINITY)
        })
    }
}

impl Cdf for FiniteDiscrete {
    tails_by_cumulative!();

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::refuse_derivative(self, "quantiles", &[probability, &self.outcomes, self.weights.tensor()])?;
        let probs = self.probs();
        let has_more = (probs.flip(-1).cumsum(-1).flip(-1) - &probs).greater(0.0);
        self.outcome_at(&finite::quantile_index(self, probability, &self.log_probs(), &has_more)?)
    }
}

impl Mode for FiniteDiscrete {
    fn mode(&self) -> Result<Tensor> {
        scalar::refuse_derivative(self, "modes", &[&self.outcomes, self.weights.tensor()])?;
        self.outcome_at(&self.weights.most_probable()?)?.try_broadcast_to(self.batch_shape)
    }
}

impl Moments for FiniteDiscrete {
    fn mean(&self) -> Tensor {
        self.expectation(&self.outcomes)
    }

    fn variance(&self) -> Tensor {
        self.expectation(&(&self.outcomes - self.mean().unsqueeze(-1)).square())
    }
}

impl Entropy for FiniteDiscrete {
    fn entropy(&self) -> Tensor {
        self.weights.entropy().broadcast_to(self.batch_shape)
    }
}

impl EnumerateSupport for FiniteDiscrete {
    /// # Errors
    /// Batch members with different outcomes.
    fn enumerate_support(&self) -> Result<Tensor> {
        let size = self.weights.size();
        let outcomes = self.outcomes.to_vec();
        let (first, others) = outcomes.split_at(size);
        if others.chunks_exact(size).any(|other| other != first) {
            return Err(Error::Unsupported {
                what: "enumerating FiniteDiscrete with outcomes that differ".to_owned(),
                hint: "give all members of the batch the same outcomes".to_owned(),
            });
        }
        Tensor::new(first, scalar::along_new_axis(size, &self.batch_shape))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};

    fn build(p: &Parameters) -> Result<FiniteDiscrete> {
        if p.has("logits") {
            FiniteDiscrete::from_logits(p.get("outcomes"), p.get("logits"))
        } else {
            FiniteDiscrete::new(p.get("outcomes"), p.get("probs"))
        }
    }

    fn family() -> Family<FiniteDiscrete> {
        Family::new("FiniteDiscrete", build)
            .without_far_cases("its log density is an element of its parameter")
            .at(parameters! { outcomes: [-1.5, 0.25, 3.0], probs: [0.2, 0.5, 0.3] })
            .at(parameters! { outcomes: [-2.0, 0.5, 2.0], probs: [0.7, 0.1, 0.2] })
            .constant("outcomes")
            // No probability moves on its own.
            .constant("probs")
            .rejects(
                parameters! { outcomes: [0.0, 0.0, 1.0], probs: [0.5, 0.25, 0.25] },
                "FiniteDiscrete: `outcomes` must be an increasing vector, got [0, 0, 1], with 0 before 0 at [0]",
            )
            .rejects(
                parameters! { outcomes: [-1.5, 0.25, 3.0], probs: [0.5, 0.5, 0.1] },
                "FiniteDiscrete: `probs` must be a simplex (non-negative, sum 1), got [0.5, 0.5, 0.1], whose sum is 1.1",
            )
            .draws([0.25, 0.25, 3.0])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, enumerable);

    mod logits {
        use super::*;

        fn family() -> Family<FiniteDiscrete> {
            Family::new("FiniteDiscrete", build)
                .without_far_cases("its log density is an element of its parameter")
                .at(parameters! { outcomes: [-1.5, 0.25, 3.0], logits: [0.2, -0.5, 2.0] })
                .at(parameters! { outcomes: [-2.0, 0.5, 2.0], logits: [1.0, 0.1, -0.2] })
                .constant("outcomes")
                .rejects(
                    parameters! { outcomes: [-1.5, 4.0, 3.0], logits: [0.5, 0.0, 0.0] },
                    "FiniteDiscrete: `outcomes` must be an increasing vector, got [-1.5, 4, 3], with 4 before 3 at [1]",
                )
                .rejects(
                    parameters! { outcomes: [-1.5, 0.25, 3.0], logits: [0.5, f64::NAN, 0.0] },
                    "FiniteDiscrete: `logits` must be real, got NaN at [1]",
                )
                .draws([3.0, 3.0, 3.0])
        }

        conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, enumerable);
    }

    #[test]
    fn quantiles_have_a_mass() {
        let finite = FiniteDiscrete::new([1.0, 2.0, 3.0, 4.0], [0.0, 0.5, 0.5, 0.0]).unwrap();
        let quantiles = finite.icdf(&Tensor::from([1e-9, 0.5, 0.6, 1.0])).unwrap();
        assert_eq!(quantiles.to_vec(), [2.0, 2.0, 3.0, 3.0]);
        assert_eq!(finite.log_cdf(&1.0.into()).unwrap(), f64::NEG_INFINITY);
        assert!(FiniteDiscrete::new([1.0, 2.0], [0.5, 0.25, 0.25]).is_err());
    }
}
