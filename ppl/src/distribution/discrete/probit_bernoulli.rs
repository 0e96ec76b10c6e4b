//! Bernoulli distribution of a probit.

use rand::RngExt;

use super::bernoulli::stepped;
use crate::distribution::density::odds::Odds;
use crate::distribution::density::scalar;
use crate::distribution::sampling::elementwise;
use crate::distribution::{Cdf, Distribution, Entropy, EnumerateSupport, KlDivergence, Mode, Moments};
use crate::random::Rng;
use crate::tensor::or_panic;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// Bernoulli distribution whose probability of 1 is given as a probit: the outcome of probit regression.
///
#[doc = include_str!("../../../doc/distribution/ProbitBernoulli.svg")]
///
/// ```text
/// log p(x) = ln Φ(probits) if x = 1, ln Φ(−probits) if x = 0,   x ∈ {0, 1}
/// ```
///
/// # Parameters
/// | parameter | domain          | shape | meaning                               |
/// |-----------|-----------------|-------|---------------------------------------|
/// | `probits` | real            | batch | Φ⁻¹(p), the normal quantile of p      |
/// | `probs`   | between 0 and 1 | batch | probability p of 1                    |
///
/// One of the two is given: [`new`](Self::new) takes `probits`, [`from_probs`](Self::from_probs) takes `probs`.
///
/// # Shapes
/// batch = shape of the parameter, event = `[]`.
///
/// # Support
/// 0 and 1: [`Constraint::Boolean`](crate::Constraint::Boolean).
///
/// # Moments
/// ```text
/// mean     = Φ(probits)
/// variance = Φ(probits) Φ(−probits)
/// mode     = 1 if probits > 0, 0 otherwise
/// median   = 1 if probits > 0, 0 otherwise
/// entropy  = −Φ(probits) ln Φ(probits) − Φ(−probits) ln Φ(−probits)
/// ```
///
/// # Numerics
/// ln Φ keeps its digits where Φ underflows: a probit of −40 has a finite log density.
///
/// # Reference
/// McCullagh and Nelder, "Generalized Linear Models" (1989), section 4.3.
///
/// # Example
/// ```
/// use ppl::distribution::{Distribution, Moments, ProbitBernoulli};
///
/// let choice = ProbitBernoulli::new([0.0, -40.0])?;
/// assert_eq!(choice.mean().to_vec()[0], 0.5);
/// assert!((choice.log_prob(&1.0.into())?.to_vec()[1] + 804.608_442_013_753_8).abs() < 1e-12);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ProbitBernoulli {
    chance: Chance,
}

/// The parameter, as it was given.
#[derive(Clone, Debug)]
enum Chance {
    Probits(Tensor),
    Odds(Odds),
}

impl Chance {
    fn parameter(&self) -> check::Parameter<'_> {
        match self {
            Self::Probits(probits) => ("probits", probits, Constraint::Real),
            Self::Odds(odds) => odds.parameter(),
        }
    }

    fn probs(&self) -> Tensor {
        match self {
            Self::Probits(probits) => probits.ndtr(),
            Self::Odds(odds) => odds.probs(),
        }
    }

    fn complement(&self) -> Tensor {
        match self {
            Self::Probits(probits) => (-probits).ndtr(),
            Self::Odds(odds) => odds.complement(),
        }
    }

    /// ln p at 1, ln(1 − p) at 0.
    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        match self {
            Self::Probits(probits) => Ok((value * 2.0 - 1.0).try_mul(probits)?.log_ndtr()),
            Self::Odds(odds) => odds.log_prob_of_trial(value),
        }
    }

    /// p times one tensor and 1 − p times another, 0 · ∞ being 0.
    fn expectation(&self, at_one: &Tensor, at_zero: &Tensor) -> Result<Tensor> {
        let part = |probability: Tensor, log: &Tensor| {
            Tensor::try_select(probability.greater(0.0), probability.try_mul(log)?, 0.0)
        };
        part(self.probs(), at_one)?.try_add(part(self.complement(), at_zero)?)
    }

    fn logarithms(&self) -> Result<[Tensor; 2]> {
        Ok([self.log_prob(&Tensor::scalar(1.0))?, self.log_prob(&Tensor::scalar(0.0))?])
    }
}

impl ProbitBernoulli {
    /// A Bernoulli distribution with probability Φ(`probits`) of 1.
    ///
    /// # Errors
    /// `probits` that are not finite.
    pub fn new(probits: impl IntoTensor) -> Result<Self> {
        Self::build(Chance::Probits(probits.into_tensor()))
    }

    /// A Bernoulli distribution with this probability of 1.
    ///
    /// # Errors
    /// `probs` not between 0 and 1.
    pub fn from_probs(probs: impl IntoTensor) -> Result<Self> {
        Self::build(Chance::Odds(Odds::Probs(probs.into_tensor())))
    }

    fn build(chance: Chance) -> Result<Self> {
        check::constants("ProbitBernoulli", &[chance.parameter()])?;
        Ok(Self { chance })
    }

    /// The probability of 1.
    #[must_use]
    pub fn probs(&self) -> Tensor {
        self.chance.probs()
    }

    /// The normal quantile of the probability of 1.
    #[must_use]
    pub fn probits(&self) -> Tensor {
        match &self.chance {
            Chance::Probits(probits) => probits.clone(),
            Chance::Odds(odds) => odds.probs().ndtri(),
        }
    }
}

impl Distribution for ProbitBernoulli {
    fn name(&self) -> &'static str {
        "ProbitBernoulli"
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        vec![check::value(&self.chance.parameter())]
    }

    fn batch_shape(&self) -> Shape {
        self.chance.parameter().1.shape()
    }

    fn support(&self) -> Constraint {
        Constraint::Boolean
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all("ProbitBernoulli", &[self.chance.parameter()])?;
        elementwise::draw(rng, sample_shape.concat(&self.batch_shape()), [&self.probs()], |rng, [probs]| {
            f64::from(u8::from(rng.random::<f64>() < probs))
        })
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, 0.0, |value| self.chance.log_prob(value))
    }
}

impl Cdf for ProbitBernoulli {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        stepped(self, value, [0.0, 1.0], self.chance.complement())
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::step_function(self, "quantiles", [probability, &self.chance.complement()], |[p, complement]| {
            scalar::quantile(p, |p| f64::from(u8::from(p > complement)))
        })
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        stepped(self, value, [f64::NEG_INFINITY, 0.0], self.chance.log_prob(&Tensor::scalar(0.0))?)
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        stepped(self, value, [1.0, 0.0], self.chance.probs())
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        stepped(self, value, [0.0, f64::NEG_INFINITY], self.chance.log_prob(&Tensor::scalar(1.0))?)
    }
}

impl Mode for ProbitBernoulli {
    fn mode(&self) -> Result<Tensor> {
        scalar::step_function(self, "modes", [&self.probs()], |[probs]| f64::from(u8::from(probs > 0.5)))
    }
}

impl Moments for ProbitBernoulli {
    fn mean(&self) -> Tensor {
        self.probs()
    }

    fn variance(&self) -> Tensor {
        self.probs() * self.chance.complement()
    }
}

impl Entropy for ProbitBernoulli {
    fn entropy(&self) -> Tensor {
        let entropy = self.chance.logarithms().and_then(|[one, zero]| self.chance.expectation(&one, &zero));
        -or_panic(entropy)
    }
}

impl EnumerateSupport for ProbitBernoulli {
    fn enumerate_support(&self) -> Result<Tensor> {
        Tensor::arange(2).try_reshape(scalar::along_new_axis(2, &self.batch_shape()))
    }
}

impl KlDivergence<Self> for ProbitBernoulli {
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        let ([one, zero], [other_one, other_zero]) = (self.chance.logarithms()?, other.chance.logarithms()?);
        self.chance.expectation(&one.try_sub(other_one)?, &zero.try_sub(other_zero)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};

    fn build(p: &Parameters) -> Result<ProbitBernoulli> {
        if p.has("probs") {
            ProbitBernoulli::from_probs(p.get("probs"))
        } else {
            ProbitBernoulli::new(p.get("probits"))
        }
    }

    fn family() -> Family<ProbitBernoulli> {
        Family::new("ProbitBernoulli", build)
            .at(parameters! { probits: 0.7 })
            .at(parameters! { probits: -1.3 })
            .rejects(parameters! { probits: f64::NAN }, "ProbitBernoulli: `probits` must be real, got NaN")
            .draws([1.0, 1.0, 1.0])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, kl, enumerable);

    mod probs {
        use super::*;

        fn family() -> Family<ProbitBernoulli> {
            Family::new("ProbitBernoulli", build)
                .at(parameters! { probs: 0.3 })
                .at(parameters! { probs: 0.85 })
                .rejects(parameters! { probs: 1.5 }, "ProbitBernoulli: `probs` must be between 0 and 1, got 1.5")
                .draws([0.0, 0.0, 0.0])
        }

        conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, kl, enumerable);
    }
}
