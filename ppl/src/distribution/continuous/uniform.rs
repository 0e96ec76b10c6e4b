//! Uniform distribution on an interval.

use crate::distribution::density::scalar;
use crate::distribution::sampling::noise;
use crate::distribution::{Cdf, Distribution, Entropy, KlDivergence, Moments};
use crate::random::Rng;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor};

declare! {
    /// Uniform distribution on an interval.
    ///
    #[doc = include_str!("../../../doc/distribution/Uniform.svg")]
    ///
    /// ```text
    /// log p(x) = −ln(high − low),   low ≤ x ≤ high
    /// ```
    #[parameters]
    /// # Support
    /// The numbers from `low` to `high`: [`Constraint::Interval`](crate::Constraint::Interval).
    ///
    /// # Moments
    /// ```text
    /// mean     = median = ½ (low + high)
    /// variance = (high − low)² / 12
    /// entropy  = ln(high − low)
    /// ```
    /// No point is the only mode: it does not implement [`Mode`](crate::distribution::Mode).
    ///
    /// # Numerics
    /// Both tails are lengths from their own end, and quantiles are measured from the nearer end. Draws lie in [low,
    /// high), up to rounding.
    ///
    /// # Reference
    /// Stan Functions Reference, "Uniform distribution".
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Distribution, Moments, Uniform};
    ///
    /// let angle = Uniform::new(-1.0, 3.0)?;
    /// assert_eq!(angle.mean(), 1.0);
    /// assert_eq!(angle.log_prob(&0.5.into())?, -4_f64.ln());
    /// assert_eq!(angle.log_prob(&3.5.into())?, f64::NEG_INFINITY);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct Uniform {
        /// Lower end.
        low: Real,
        /// Upper end.
        high: GreaterThan(low),
    }

    pub fn new(low: impl IntoTensor, high: impl IntoTensor) -> Result<Self>;
}

impl Uniform {
    fn width(&self) -> Tensor {
        &self.high - &self.low
    }

    /// The share of the interval that `part` measures; 0 or 1 beyond the ends.
    fn share(&self, value: &Tensor, part: impl Fn(&Tensor) -> Result<Tensor>) -> Result<Tensor> {
        scalar::check_shape(self, value)?;
        let width = self.high.try_sub(&self.low)?;
        let share = part(value)?.try_div(width)?;
        let beyond = Tensor::select(share.greater_equal(1.0), 1.0, &share);
        Ok(Tensor::select(share.less_equal(0.0), 0.0, beyond))
    }
}

impl Distribution for Uniform {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::Interval { lower: self.low.clone(), upper: self.high.clone() }
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        let noise = noise::standard_uniform(rng, sample_shape.concat(&self.batch_shape));
        noise.try_mul(self.width())?.try_add(&self.low)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, 0.0, |_| Ok(-self.width().ln()))
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Cdf for Uniform {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        self.share(value, |value| value.try_sub(&self.low))
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        let p = scalar::probability(probability);
        let width = self.high.try_sub(&self.low)?;
        // From the nearer end.
        let from_low = p.try_mul(&width)?.try_add(&self.low)?;
        let from_high = self.high.try_sub((1.0 - &p).try_mul(width)?)?;
        Tensor::try_select(p.less(0.5), from_low, from_high)
    }

    fn inverse_survival(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        let p = scalar::probability(probability);
        let width = self.high.try_sub(&self.low)?;
        // From the nearer end.
        let from_high = self.high.try_sub(p.try_mul(&width)?)?;
        let from_low = self.low.try_add((1.0 - &p).try_mul(width)?)?;
        Tensor::try_select(p.less(0.5), from_high, from_low)
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        self.share(value, |value| self.high.try_sub(value))
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        Ok(self.survival(value)?.ln())
    }
}

impl Moments for Uniform {
    fn mean(&self) -> Tensor {
        (&self.low + &self.high) * 0.5
    }

    fn variance(&self) -> Tensor {
        self.width().square() / 12.0
    }

    fn stddev(&self) -> Tensor {
        self.width() / 12_f64.sqrt()
    }
}

impl Entropy for Uniform {
    fn entropy(&self) -> Tensor {
        self.width().ln()
    }
}

impl KlDivergence<Self> for Uniform {
    /// ∞ unless this interval lies within the other.
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        let within = self.low.try_greater_equal(&other.low)?.try_mul(self.high.try_less_equal(&other.high)?)?;
        Tensor::try_select(within, other.width().ln().try_sub(self.width().ln())?, f64::INFINITY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<Uniform> {
        Family::new("Uniform", |p| Uniform::new(p.get("low"), p.get("high")))
            .at(parameters! { low: -0.7, high: 2.5 })
            .at(parameters! { low: -3.0, high: 4.0 })
            .rejects(parameters! { low: f64::NAN, high: 1.0 }, "Uniform: `low` must be real, got NaN")
            .rejects(parameters! { low: 0.0, high: 0.0 }, "Uniform: `high` must be greater than 0, got 0")
            .rejects(
                parameters! { low: 0.0, high: f64::INFINITY },
                "Uniform: `high` must be finite and greater than 0, got inf",
            )
            .rejects(
                parameters! { low: [0.0, 1.0], high: 1.0 },
                "Uniform: `high` must be greater than [0, 1], got 1 at [1]",
            )
            .draws([0.4946308683564977, 0.5052682442204193, 1.6642195304449559])
    }

    conformance::distribution!(family() => univariate, cdf, moments, entropy, kl, reparameterized);
}
