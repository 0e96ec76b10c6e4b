//! Gumbel distribution.

use std::f64::consts::PI;

use crate::distribution::density::scalar;
use crate::distribution::sampling::noise::standard_exponential;
use crate::distribution::{Cdf, Distribution, Entropy, KlDivergence, Mode, Moments};
use crate::random::Rng;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor};

/// Euler's constant γ.
pub(crate) const EULER_GAMMA: f64 = 0.577_215_664_901_532_9;

declare! {
    /// Gumbel distribution of maxima on the real line.
    ///
    #[doc = include_str!("../../../doc/distribution/Gumbel.svg")]
    ///
    /// ```text
    /// log p(x) = −z − e⁻ᶻ − ln(scale),   z = (x − loc) / scale
    /// ```
    #[parameters]
    /// # Support
    /// The real numbers: [`Constraint::Real`](crate::Constraint::Real).
    ///
    /// # Moments
    /// ```text
    /// mean     = loc + γ scale
    /// variance = π² / 6 · scale²
    /// mode     = loc
    /// median   = loc − scale · ln(ln 2)
    /// entropy  = ln(scale) + γ + 1
    /// ```
    /// with Euler's constant γ = 0.5772…
    ///
    /// # Numerics
    /// The logarithm of the distribution function is −e⁻ᶻ exactly; the upper tail is an expm1 of it, whose logarithm is
    /// −z beyond z = 40, where e⁻ᶻ may underflow. Draws are −ln E of standard exponential noise E.
    ///
    /// # Reference
    /// Stan Functions Reference, "Gumbel distribution".
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Cdf, Gumbel};
    ///
    /// let flood = Gumbel::new(1.0, 2.0)?;
    /// assert!((flood.cdf(&1.0.into())?.item() - (-1_f64).exp()).abs() < 1e-15);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct Gumbel {
        /// Location, the mode.
        loc: Real,
        /// Scale, √6 / π of the standard deviation.
        scale: Positive,
    }

    pub fn new(loc: impl IntoTensor, scale: impl IntoTensor) -> Result<Self>;
}

impl Gumbel {
    fn standardized(&self, value: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, value)?;
        value.try_sub(&self.loc)?.try_div(self.checked().scale)
    }
}

impl Distribution for Gumbel {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::Real
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        let noise = -standard_exponential(rng, sample_shape.concat(&self.batch_shape)).maximum(f64::MIN_POSITIVE).ln();
        noise.try_mul(&self.scale)?.try_add(&self.loc)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        // At −∞ the formula is ∞ − ∞.
        scalar::on_support(self, value, 0.0, |value| {
            // At −∞ the formula is ∞ − ∞ again: where the scale is the smallest.
            let z = value.try_sub(&self.loc)?.try_div(&self.scale)?.maximum(f64::MIN);
            (-(&z + (-&z).exp())).try_sub(self.scale.ln())
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Cdf for Gumbel {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        Ok((-(-self.standardized(value)?).exp()).exp())
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        let z = -(-scalar::probability(probability).ln()).ln();
        z.try_mul(self.checked().scale)?.try_add(&self.loc)
    }

    fn inverse_survival(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        let z = -(-(-scalar::probability(probability)).log1p()).ln();
        z.try_mul(self.checked().scale)?.try_add(&self.loc)
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        Ok(-(-self.standardized(value)?).exp())
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        Ok(-(-(-self.standardized(value)?).exp()).expm1())
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        let z = self.standardized(value)?;
        // 1 − exp(−exp(−z)) is exp(−z) there, up to rounding, and exp(−z) may underflow.
        let is_far = z.greater(40.0);
        let near = (-(-Tensor::select(&is_far, 0.0, &z)).exp()).log1mexp();
        Ok(Tensor::select(is_far, -z, near))
    }
}

impl Mode for Gumbel {
    fn mode(&self) -> Result<Tensor> {
        self.loc.try_broadcast_to(self.batch_shape)
    }
}

impl Moments for Gumbel {
    fn mean(&self) -> Tensor {
        &self.loc + &self.scale * EULER_GAMMA
    }

    fn variance(&self) -> Tensor {
        (self.scale.square() * (PI * PI / 6.0)).broadcast_to(self.batch_shape)
    }

    fn stddev(&self) -> Tensor {
        (&self.scale * (PI / 6_f64.sqrt())).broadcast_to(self.batch_shape)
    }
}

impl Entropy for Gumbel {
    fn entropy(&self) -> Tensor {
        (self.scale.ln() + (1.0 + EULER_GAMMA)).broadcast_to(self.batch_shape)
    }
}

impl KlDivergence<Self> for Gumbel {
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        let ratio = self.scale.try_div(&other.scale)?;
        let shift = self.loc.try_sub(&other.loc)?.try_div(&other.scale)?;
        // The mean of exp(−z) in units of `other`.
        let tail = (&ratio + 1.0).lgamma().try_sub(&shift)?.exp();
        tail.try_add(shift)?.try_add((&ratio - 1.0) * EULER_GAMMA - ratio.ln() - 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<Gumbel> {
        Family::new("Gumbel", |p| Gumbel::new(p.get("loc"), p.get("scale")))
            .at(parameters! { loc: 0.3, scale: 1.7 })
            .at(parameters! { loc: -2.0, scale: 0.6 })
            .rejects(parameters! { loc: f64::NAN, scale: 1.0 }, "Gumbel: `loc` must be real, got NaN")
            .rejects(parameters! { loc: 0.0, scale: -2.0 }, "Gumbel: `scale` must be positive, got -2")
            .draws([2.7587815686929122, 1.7493759077111097, -1.1755059097665626])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, kl, reparameterized);
}
