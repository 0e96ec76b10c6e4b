//! Exponential distribution.

use crate::distribution::density::scalar;
use crate::distribution::divergence::ratio;
use crate::distribution::sampling::noise::standard_exponential;
use crate::distribution::{Cdf, Distribution, Entropy, KlDivergence, Mode, Moments};
use crate::random::Rng;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor};

declare! {
    /// Exponential distribution: the waiting time between events that come at a constant rate.
    ///
    #[doc = include_str!("../../../doc/distribution/Exponential.svg")]
    ///
    /// ```text
    /// log p(x) = ln(rate) − rate · x,   x ≥ 0
    /// ```
    #[parameters]
    /// # Support
    /// The numbers from 0 on: [`Constraint::NonNegative`](crate::Constraint::NonNegative).
    ///
    /// # Moments
    /// ```text
    /// mean     = 1 / rate
    /// variance = 1 / rate²
    /// mode     = 0
    /// median   = ln(2) / rate
    /// entropy  = 1 − ln(rate)
    /// ```
    ///
    /// # Numerics
    /// The distribution function is taken by expm1 and its inverse by log1p, so that both ends keep their digits;
    /// −ln P(X > x) is rate · x exactly. Draws are standard exponential noise, divided by the rate.
    ///
    /// # Reference
    /// Stan Functions Reference, "Exponential distribution".
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Distribution, Exponential, Moments};
    ///
    /// let wait = Exponential::new(0.5)?;
    /// assert_eq!(wait.mean(), 2.0);
    /// assert_eq!(wait.log_prob(&(-1.0).into())?, f64::NEG_INFINITY);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct Exponential {
        /// Rate, 1 / mean.
        rate: Positive,
    }

    pub fn new(rate: impl IntoTensor) -> Result<Self>;
}

impl Exponential {
    /// The cumulative hazard, −ln P(X > x).
    fn cumulative_hazard(&self, value: &Tensor) -> Result<Tensor> {
        value.try_mul(self.checked().rate)
    }
}

impl Distribution for Exponential {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::NonNegative
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        let standard = standard_exponential(rng, sample_shape.concat(&self.batch_shape));
        Ok(standard.try_div(&self.rate)?.minimum(f64::MAX))
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, 1.0, |value| self.rate.ln().try_sub(value.try_mul(&self.rate)?))
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Cdf for Exponential {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::above(self, value, 0.0, 0.0, |value| Ok(-(-self.cumulative_hazard(value)?).expm1()))
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        (-(-scalar::probability(probability)).log1p()).try_div(self.checked().rate)
    }

    fn inverse_survival(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        (-scalar::probability(probability).ln()).try_div(self.checked().rate)
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

impl Mode for Exponential {
    fn mode(&self) -> Result<Tensor> {
        Ok(Tensor::zeros(self.batch_shape))
    }
}

impl Moments for Exponential {
    fn mean(&self) -> Tensor {
        self.rate.recip()
    }

    fn variance(&self) -> Tensor {
        self.rate.square().recip()
    }

    fn stddev(&self) -> Tensor {
        self.rate.recip()
    }
}

impl Entropy for Exponential {
    fn entropy(&self) -> Tensor {
        1.0 - self.rate.ln()
    }
}

impl KlDivergence<Self> for Exponential {
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        // r − 1 − ln r, of the ratio of the rates.
        let (excess, log_ratio) = ratio::of_parameters(&other.rate, &self.rate)?;
        Ok(excess - log_ratio)
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

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, kl, reparameterized);
}
