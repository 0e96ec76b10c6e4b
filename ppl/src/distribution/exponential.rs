//! Exponential distribution.

use super::noise::standard_exponential;
use super::{Cdf, Distribution, Entropy, KlDivergence, Moments, Reparameterized, check, scalar};
use crate::random::Rng;
use crate::{Constraint, Result, Shape, Tensor};

/// Exponential distribution: the waiting time between events that come at a constant rate.
///
/// ```text
/// log p(x) = ln(rate) − rate · x,   x ≥ 0
/// ```
///
/// | parameter | domain   | meaning    | shape |
/// |-----------|----------|------------|-------|
/// | `rate`    | positive | 1 / mean   | batch |
///
/// **Shapes** batch = rate, event = `[]`.
///
/// **Reference** Stan Functions Reference, "Exponential distribution".
///
/// ```
/// use ppl::distribution::{Distribution, Exponential, Moments};
///
/// let wait = Exponential::new(0.5)?;
/// assert_eq!(wait.mean(), 2.0);
/// assert_eq!(wait.log_prob(&(-1.0).into())?, f64::NEG_INFINITY);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Exponential {
    rate: Tensor,
}

impl Exponential {
    /// An exponential distribution with this rate.
    ///
    /// # Errors
    /// `rate` not positive and finite.
    pub fn new(rate: impl Into<Tensor>) -> Result<Self> {
        let exponential = Self { rate: rate.into() };
        check::constants("Exponential", &exponential.parameters())?;
        Ok(exponential)
    }

    fn parameters(&self) -> [check::Parameter<'_>; 1] {
        [("rate", &self.rate, Constraint::Positive)]
    }

    /// The rate.
    #[must_use]
    pub fn rate(&self) -> &Tensor {
        &self.rate
    }

    /// The cumulative hazard, −ln P(X > x).
    fn cumulative_hazard(&self, value: &Tensor) -> Result<Tensor> {
        value.try_mul(check::or_nan(&self.rate, &Constraint::Positive))
    }
}

impl Distribution for Exponential {
    fn name(&self) -> &'static str {
        "Exponential"
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        check::values(&self.parameters())
    }

    fn batch_shape(&self) -> Shape {
        self.rate.shape()
    }

    fn support(&self) -> Constraint {
        Constraint::NonNegative
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all("Exponential", &self.parameters())?;
        let standard = standard_exponential(rng, sample_shape.concat(&self.batch_shape()));
        Ok(standard.try_div(&self.rate)?.minimum(f64::MAX))
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, 1.0, |value| self.rate.ln().try_sub(value.try_mul(&self.rate)?))
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Reparameterized for Exponential {}

impl Cdf for Exponential {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::above(self, value, 0.0, 0.0, |value| Ok(-(-self.cumulative_hazard(value)?).expm1()))
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        (-(-scalar::probability(probability)).log1p()).try_div(check::or_nan(&self.rate, &Constraint::Positive))
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::above(self, value, 0.0, f64::NEG_INFINITY, |value| Ok((-self.cumulative_hazard(value)?).log1mexp()))
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::above(self, value, 0.0, 1.0, |value| Ok((-self.cumulative_hazard(value)?).exp()))
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::above(self, value, 0.0, 0.0, |value| Ok(-self.cumulative_hazard(value)?))
    }
}

impl Moments for Exponential {
    fn mean(&self) -> Tensor {
        self.rate.recip()
    }

    fn variance(&self) -> Tensor {
        self.rate.square().recip()
    }
}

impl Entropy for Exponential {
    fn entropy(&self) -> Tensor {
        1.0 - self.rate.ln()
    }
}

impl KlDivergence<Self> for Exponential {
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        // d − ln(1 + d), where 1 + d is the ratio of the rates.
        let d = other.rate.try_sub(&self.rate)?.try_div(&self.rate)?;
        Ok(&d - d.log1p())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<Exponential> {
        Family::new("Exponential", |p| Exponential::new(p.get("rate")))
            .at(parameters! { rate: 1.7 })
            .at(parameters! { rate: 0.4 })
            .rejects(parameters! { rate: 0.0 }, "Exponential: `rate` must be positive, got 0")
            .draws([0.13848817302901134, 0.250774208001374, 1.401182330139388])
    }

    conformance::distribution!(family() => univariate, cdf, moments, entropy, kl, reparameterized);
}
