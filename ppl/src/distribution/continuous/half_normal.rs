//! Half-normal distribution.

use crate::distribution::continuous::normal::kl_of_scales;
use crate::distribution::density::scalar;
use crate::distribution::sampling::noise::standard_normal;
use crate::distribution::{Cdf, Distribution, Entropy, KlDivergence, Mode, Moments};
use crate::random::Rng;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor};

declare! {
    /// Half-normal distribution: the absolute value of a normal variable with mean 0.
    ///
    #[doc = include_str!("../../../doc/distribution/HalfNormal.svg")]
    ///
    /// ```text
    /// log p(x) = ½ ln(2/π) − ln(scale) − ½ (x / scale)²,   x ≥ 0
    /// ```
    #[parameters]
    /// # Support
    /// The numbers from 0 on: [`Constraint::NonNegative`](crate::Constraint::NonNegative).
    ///
    /// # Moments
    /// ```text
    /// mean     = scale · √(2/π)
    /// variance = scale² · (1 − 2/π)
    /// mode     = 0
    /// median   = √2 erf⁻¹(½) · scale = 0.6745 scale
    /// entropy  = ln(scale) + ½ ln(π/2) + ½
    /// ```
    ///
    /// # Numerics
    /// The lower tail is an error function, the upper one its complement, whose logarithm is ln Φ(−x / scale) + ln 2
    /// and does not underflow. Draws are magnitudes of standard normal noise.
    ///
    /// # Reference
    /// Leone, Nelson and Nottingham, "The folded normal distribution", Technometrics 3 (1961).
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Cdf, Distribution, HalfNormal};
    ///
    /// let tau = HalfNormal::new(5.0)?;
    /// assert!((tau.cdf(&5.0.into())?.item() - 0.682_689_492_137_085_9).abs() < 1e-15);
    /// assert_eq!(tau.log_prob(&(-1.0).into())?, f64::NEG_INFINITY);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct HalfNormal {
        /// Standard deviation of the normal variable, not of X itself.
        scale: Positive,
    }

    pub fn new(scale: impl IntoTensor) -> Result<Self>;
}

impl HalfNormal {
    /// x / (√2 scale).
    fn over_root_2(&self, value: &Tensor) -> Result<Tensor> {
        (value * std::f64::consts::FRAC_1_SQRT_2).try_div(self.checked().scale)
    }
}

impl Distribution for HalfNormal {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::NonNegative
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        standard_normal(rng, sample_shape.concat(&self.batch_shape)).abs().try_mul(&self.scale)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        /// ½ ln(2/π).
        const HALF_LN_2_OVER_PI: f64 = -0.225_791_352_644_727_43;

        scalar::on_support(self, value, 1.0, |value| {
            (value.try_div(&self.scale)?.square() * -0.5).try_sub(self.scale.ln() - HALF_LN_2_OVER_PI)
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Cdf for HalfNormal {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::above(self, value, 0.0, 0.0, |value| Ok(self.over_root_2(value)?.erf()))
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        Ok(scalar::probability(probability).erfinv() * (self.checked().scale * std::f64::consts::SQRT_2))
    }

    fn inverse_survival(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        Ok(-(scalar::probability(probability) * 0.5).ndtri() * self.checked().scale)
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::above(self, value, 0.0, f64::NEG_INFINITY, |value| {
            let z = self.over_root_2(value)?;
            Ok(scalar::log_of_complements(&z.erf(), &z.erfc()))
        })
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::above(self, value, 0.0, 1.0, |value| Ok(self.over_root_2(value)?.erfc()))
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::above(self, value, 0.0, 0.0, |value| {
            Ok((-value.try_div(self.checked().scale)?).log_ndtr() + std::f64::consts::LN_2)
        })
    }
}

impl Mode for HalfNormal {
    fn mode(&self) -> Result<Tensor> {
        Ok(Tensor::zeros(self.batch_shape))
    }
}

impl Moments for HalfNormal {
    fn mean(&self) -> Tensor {
        &self.scale * std::f64::consts::FRAC_2_PI.sqrt()
    }

    fn variance(&self) -> Tensor {
        self.scale.square() * (1.0 - std::f64::consts::FRAC_2_PI)
    }
}

impl Entropy for HalfNormal {
    fn entropy(&self) -> Tensor {
        self.scale.ln() + (0.5 + 0.5 * std::f64::consts::FRAC_PI_2.ln())
    }
}

impl KlDivergence<Self> for HalfNormal {
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        kl_of_scales(&self.scale, &other.scale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<HalfNormal> {
        Family::new("HalfNormal", |p| HalfNormal::new(p.get("scale")))
            .at(parameters! { scale: 1.7 })
            .at(parameters! { scale: 0.4 })
            .rejects(parameters! { scale: 0.0 }, "HalfNormal: `scale` must be positive, got 0")
            .draws([0.36790329266494776, 0.5108822998225933, 1.824830885687285])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, kl, reparameterized);
}
