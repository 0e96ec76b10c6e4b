//! Horseshoe distribution.

use std::f64::consts::LN_2;

use crate::distribution::continuous::cauchy::LN_PI;
use crate::distribution::density::scalar;
use crate::distribution::sampling::noise::{standard_cauchy, standard_normal};
use crate::distribution::{Distribution, Mode, Moments};
use crate::random::Rng;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor};

declare! {
    /// Horseshoe distribution on the real line: a normal distribution with a half-Cauchy standard deviation. It has no mean.
    ///
    #[doc = include_str!("../../../doc/distribution/Horseshoe.svg")]
    ///
    /// ```text
    /// X ~ Normal(0, scale · λ),   λ ~ HalfCauchy(1)
    ///
    /// log p(x) = w + ln E₁(w) − ½ ln(2π³) − ln(scale),   w = ½ (x / scale)²
    /// ```
    ///
    /// with the exponential integral E₁. At 0 the density is infinite.
    #[parameters]
    /// # Draws
    /// Products of a normal and a Cauchy variable.
    ///
    /// # Reference
    /// Carvalho, Polson and Scott, "The horseshoe estimator for sparse signals", Biometrika 97 (2010).
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Distribution, Horseshoe};
    /// use ppl::special::exponential_integral_e1;
    ///
    /// let coefficient = Horseshoe::new(1.0)?;
    /// let want = (2.0 * std::f64::consts::PI.powi(3)).powf(-0.5) * 2_f64.exp() * exponential_integral_e1(2.0);
    /// assert!((coefficient.prob(&2.0.into())?.item() - want).abs() < 1e-15);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct Horseshoe {
        /// Scale of the half-Cauchy standard deviation.
        scale: Positive,
    }

    pub fn new(scale: impl IntoTensor) -> Result<Self>;
}

impl Distribution for Horseshoe {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::Real
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        let shape = sample_shape.concat(&self.batch_shape);
        let noise = standard_normal(rng, shape) * standard_cauchy(rng, shape).abs();
        Ok(noise.try_mul(&self.scale)?.clamp(f64::MIN, f64::MAX))
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, 1.0, |value| {
            let log_scale = self.scale.ln();
            // The logarithm of w, which neither overflows nor underflows.
            let log_square = value.abs().ln().try_sub(&log_scale)? * 2.0 - LN_2;
            log_square.log_scaled_exponential_integral().try_sub(log_scale + 0.5 * (LN_2 + 3.0 * LN_PI))
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Mode for Horseshoe {
    fn mode(&self) -> Result<Tensor> {
        Ok(Tensor::zeros(self.batch_shape))
    }
}

impl Moments for Horseshoe {
    fn mean(&self) -> Tensor {
        Tensor::full(self.batch_shape, f64::NAN)
    }

    fn variance(&self) -> Tensor {
        Tensor::full(self.batch_shape, f64::NAN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<Horseshoe> {
        Family::new("Horseshoe", |p| Horseshoe::new(p.get("scale")))
            .at(parameters! { scale: 1.7 })
            .at(parameters! { scale: 0.4 })
            .with_corner_at_zero()
            .rejects(parameters! { scale: 0.0 }, "Horseshoe: `scale` must be positive, got 0")
            .draws([-0.10337410455375572, -2.9377278287910293, 1.2992228654257658])
    }

    conformance::distribution!(family() => univariate, mode, moments, reparameterized_by_common_numbers);
}
