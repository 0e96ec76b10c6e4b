//! Sinh-arcsinh distribution.

use std::f64::consts::LN_2;

use rand_distr::{Distribution as _, StandardNormal};

use crate::bijector::scalar::sinh::{asinh, log_cosh_of_asinh, sinh};
use crate::distribution::density::removable::{asinhc, log_sinhc};
use crate::distribution::density::scalar;
use crate::distribution::sampling::noise;
use crate::distribution::{Cdf, Distribution};
use crate::random::Rng;
use crate::special::HALF_LN_2PI;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor};

declare! {
    /// Sinh-arcsinh distribution on the real line: a normal variable with other tails and skewness.
    ///
    #[doc = include_str!("../../../doc/distribution/SinhArcsinh.svg")]
    ///
    /// ```text
    /// X = loc + scale · m sinh((arsinh Z + skewness) · tailweight),   Z ~ Normal(0, 1)
    ///
    /// log p(x) = −½ z² − ½ ln(2π) + ln |dz/dx|,   z = sinh(arsinh((x − loc) / (m · scale)) / tailweight − skewness)
    /// ```
    ///
    /// with m = 2 / sinh(tailweight · arsinh 2), such that loc ± 2 scale keep their probabilities without skewness.
    #[parameters]
    /// # Support
    /// The real numbers: [`Constraint::Real`](crate::Constraint::Real).
    ///
    /// # Moments
    /// ```text
    /// median = loc + scale · m sinh(skewness · tailweight)
    /// ```
    /// Mean, variance, mode and entropy have no form of elementary functions and are not implemented.
    ///
    /// # Numerics
    /// Far out, and for a large `tailweight`, the inverse hyperbolic sine is taken of a logarithm, which does not overflow.
    ///
    /// # Reference
    /// Jones and Pewsey, "Sinh-arcsinh distributions", Biometrika 96 (2009); TFP, "SinhArcsinh", whose factor m is this one.
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Cdf, Normal, SinhArcsinh};
    ///
    /// // Heavy tails beyond two scales.
    /// let error = SinhArcsinh::new(0.0, 1.0, 0.0, 2.0)?;
    /// let normal = Normal::new(0.0, 1.0)?;
    /// assert!((error.cdf(&2.0.into())? - normal.cdf(&2.0.into())?).abs().item() < 1e-15);
    /// assert!(error.survival(&5.0.into())?.item() > 1e3 * normal.survival(&5.0.into())?.item());
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct SinhArcsinh {
        /// Location; the median without skewness.
        loc: Real,
        /// Scale.
        scale: Positive,
        /// Skewness; a positive one makes the upper tail the longer one.
        skewness: Real,
        /// Weight of the tails, 1 for those of the normal distribution; the larger, the heavier.
        tailweight: Positive,
    }

    pub fn new(
        loc: impl IntoTensor,
        scale: impl IntoTensor,
        skewness: impl IntoTensor,
        tailweight: impl IntoTensor,
    ) -> Result<Self>;
}

/// arsinh 2.
const UNIT: f64 = 1.443_635_475_178_810_3;

/// From this logarithm of x on, arsinh x is ln(2x), up to rounding.
const FAR: f64 = 20.0;

/// ln sinh y of y > 0, without overflow.
fn log_sinh(y: &Tensor) -> Tensor {
    y + (y * -2.0).log1mexp() - LN_2
}

/// A standard normal variable as a function of the value.
struct Normal {
    z: Tensor,
    /// The logarithm of its derivative by the value.
    log_slope: Tensor,
}

impl SinhArcsinh {
    fn normal_with_slope(&self, value: &Tensor) -> Result<Normal> {
        let Self { loc, scale, skewness, tailweight, .. } = self.checked();
        let distance = value.try_sub(loc)?;
        let s = distance.try_div(&scale)?;
        // s / m = ½ s sinh(unit).
        let unit = &tailweight * UNIT;
        let log_sinh = log_sinh(&unit);
        let is_far = s.detach().abs().ln().try_add(log_sinh.detach())?.greater(FAR + LN_2);
        let sign = Tensor::select(s.detach().less(0.0), -1.0, 1.0);
        // arsinh(s / m) / tailweight, and the logarithm of its derivative by the value.
        let (w, log_slope) = {
            let s = Tensor::try_select(&is_far, 0.0, &s)?;
            let log_sinhc = Tensor::try_select(&is_far, 0.0, log_sinhc(&unit))?;
            // s / (m · tailweight), and s / m.
            let root = (&log_sinhc * 0.5).minimum(f64::MAX.ln()).exp();
            let quotient = s.try_mul(&root)?.try_mul(root)? * (0.5 * UNIT);
            let ratio = quotient.try_mul(&tailweight)?;
            let log_slope = (log_sinhc + (0.5 * UNIT).ln()).try_sub(log_cosh_of_asinh(&ratio))?.try_sub(scale.ln())?;
            (asinhc(&ratio).try_mul(quotient)?, log_slope)
        };
        let (far, far_log_slope) = {
            let ln = Tensor::try_select(&is_far, s.try_mul(&sign)?, 1.0)?.ln();
            let distance = Tensor::try_select(&is_far, distance.try_mul(&sign)?, 1.0)?;
            let log_slope = (-distance.ln()).try_sub(tailweight.ln())?;
            (ln.try_add(log_sinh)?.try_div(&tailweight)?.try_mul(sign)?, log_slope)
        };
        let z = sinh(&Tensor::try_select(&is_far, far, w)?.try_sub(skewness)?);
        // Where z overflows the density is 0.
        let log_cosh = log_cosh_of_asinh(&z.clamp(-1e200, 1e200));
        let log_slope = Tensor::try_select(is_far, far_log_slope, log_slope)?.try_add(log_cosh)?;
        Ok(Normal { z, log_slope })
    }

    fn normal(&self, value: &Tensor) -> Result<Tensor> {
        Ok(self.normal_with_slope(value)?.z)
    }

    /// The value of arsinh Z.
    fn of_arsinh(&self, arsinh: &Tensor) -> Result<Tensor> {
        let Self { loc, scale, skewness, tailweight, .. } = self.checked();
        let w = arsinh.try_add(skewness)?.try_mul(&tailweight)?;
        let unit = &tailweight * UNIT;
        // sinh w / sinh(unit), of which neither overflows.
        let magnitude = w.abs();
        let growth = magnitude.try_sub(&unit)?.exp().minimum(f64::MAX);
        let ratio = (magnitude * -2.0).expm1().try_div((unit * -2.0).expm1())?.try_mul(growth)?;
        (ratio * w.sign() * 2.0).try_mul(scale)?.try_add(loc)
    }

    /// The value of a standard normal variable, ±∞ where that is infinite.
    fn of_normal(&self, z: &Tensor) -> Result<Tensor> {
        let is_end = z.detach().abs().equal(f64::INFINITY);
        let inside = self.of_arsinh(&asinh(&Tensor::select(&is_end, 0.0, z)))?;
        Tensor::try_select(is_end, z, inside)
    }
}

impl Distribution for SinhArcsinh {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::Real
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        let noise = noise::draw(rng, sample_shape.concat(&self.batch_shape), |rng, numbers| {
            noise::each(rng, numbers, |rng| {
                let z: f64 = StandardNormal.sample(rng);
                z.asinh()
            });
        });
        Ok(self.of_arsinh(&noise)?.clamp(f64::MIN, f64::MAX))
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, 0.0, |value| {
            let Normal { z, log_slope } = self.normal_with_slope(value)?;
            (z.square() * -0.5 - HALF_LN_2PI).try_add(log_slope)
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Cdf for SinhArcsinh {
    tails_by_normal!();

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        let shape = scalar::check_shape(self, probability)?;
        self.of_normal(&scalar::probability(probability).ndtri())?.try_broadcast_to(shape)
    }

    fn inverse_survival(&self, probability: &Tensor) -> Result<Tensor> {
        let shape = scalar::check_shape(self, probability)?;
        self.of_normal(&-scalar::probability(probability).ndtri())?.try_broadcast_to(shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};

    fn build(p: &Parameters) -> Result<SinhArcsinh> {
        SinhArcsinh::new(p.get("loc"), p.get("scale"), p.get("skewness"), p.get("tailweight"))
    }

    fn family() -> Family<SinhArcsinh> {
        Family::new("SinhArcsinh", build)
            .at(parameters! { loc: 0.3, scale: 1.7, skewness: 0.4, tailweight: 0.8 })
            .at(parameters! { loc: -2.0, scale: 0.6, skewness: -0.7, tailweight: 1.4 })
            .rejects(
                parameters! { loc: f64::NAN, scale: 1.0, skewness: 0.0, tailweight: 1.0 },
                "SinhArcsinh: `loc` must be real, got NaN",
            )
            .rejects(
                parameters! { loc: 0.0, scale: 0.0, skewness: 0.0, tailweight: 1.0 },
                "SinhArcsinh: `scale` must be positive, got 0",
            )
            .rejects(
                parameters! { loc: 0.0, scale: 1.0, skewness: f64::NAN, tailweight: 1.0 },
                "SinhArcsinh: `skewness` must be real, got NaN",
            )
            .rejects(
                parameters! { loc: 0.0, scale: 1.0, skewness: 0.0, tailweight: -1.5 },
                "SinhArcsinh: `tailweight` must be positive, got -1.5",
            )
            .draws([0.653804950623988, 0.4978154096892944, 3.3435867125672196])
    }

    conformance::distribution!(family() => univariate, cdf, reparameterized);
}
