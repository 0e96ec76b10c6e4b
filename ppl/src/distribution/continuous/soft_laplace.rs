//! Soft Laplace distribution.

use std::f64::consts::{FRAC_2_PI, FRAC_PI_2, LN_2, PI};

use crate::distribution::continuous::cauchy::LN_PI;
use crate::distribution::density::scalar;
use crate::distribution::sampling::noise::standard_cauchy;
use crate::distribution::{Cdf, Distribution, Entropy, Mode, Moments};
use crate::random::Rng;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor};

declare! {
    /// Soft Laplace (hyperbolic secant) distribution on the real line: Laplace tails without the corner.
    ///
    #[doc = include_str!("../../../doc/distribution/SoftLaplace.svg")]
    ///
    /// ```text
    /// log p(x) = ln(2/π) − ln(scale) − ln(eᶻ + e⁻ᶻ),   z = (x − loc) / scale
    /// ```
    #[parameters]
    /// # Support
    /// The real numbers: [`Constraint::Real`](crate::Constraint::Real).
    ///
    /// # Moments
    /// ```text
    /// mean     = median = mode = loc
    /// variance = ¼ π² scale²
    /// entropy  = ln(2π scale)
    /// ```
    ///
    /// # Numerics
    /// The density is a function of |z|, in which nothing overflows. The smaller tail is 2/π · arctan(e^(−|z|)) and the
    /// other its complement; beyond |z| = 40 the logarithm of the former is linear in z.
    ///
    /// # Draws
    /// Logarithms of half-Cauchy variables.
    ///
    /// # Reference
    /// Fischer, "Generalized Hyperbolic Secant Distributions" (2014), chapter 1.
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Moments, SoftLaplace};
    ///
    /// let error = SoftLaplace::new(1.0, 2.0)?;
    /// assert!((error.stddev().item() - std::f64::consts::PI).abs() < 1e-15);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct SoftLaplace {
        /// Mean and median.
        loc: Real,
        /// Scale of the tails, 2 / π of the standard deviation.
        scale: Positive,
    }

    pub fn new(loc: impl IntoTensor, scale: impl IntoTensor) -> Result<Self>;
}

/// 2/π · arctan(eᶻ), from the smaller tail.
fn lower(z: &Tensor) -> Tensor {
    let is_small = z.detach().less(0.0);
    let small = Tensor::select(&is_small, z, -z).exp().atan() * FRAC_2_PI;
    Tensor::select(is_small, &small, 1.0 - &small)
}

/// Its logarithm.
fn log_lower(z: &Tensor) -> Tensor {
    // Below, the arcus tangent is its argument, which may underflow.
    let is_far = z.detach().less(-40.0);
    let near = Tensor::select(&is_far, 0.0, z);
    let log = scalar::log_of_complements(&lower(&near), &lower(&-near));
    Tensor::select(is_far, z + (LN_2 - LN_PI), log)
}

impl SoftLaplace {
    fn standardized(&self, value: &Tensor) -> Result<Tensor> {
        value.try_sub(&self.loc)?.try_div(self.checked().scale)
    }
}

impl Distribution for SoftLaplace {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::Real
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        let noise = standard_cauchy(rng, sample_shape.concat(&self.batch_shape)).abs();
        noise.clamp(f64::MIN_POSITIVE, f64::MAX).ln().try_mul(&self.scale)?.try_add(&self.loc)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        // The density is symmetric; in |z| nothing overflows.
        let distance = value.try_sub(&self.loc)?.try_div(&self.scale)?.abs();
        (-(&distance + (&distance * -2.0).softplus())).try_sub(self.scale.ln() + (LN_PI - LN_2))
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Cdf for SoftLaplace {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (0.0, 1.0), |value| Ok(lower(&self.standardized(value)?)))
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        let p = scalar::probability(probability);
        // ln tan(½ π p), from the nearer end.
        let is_high = p.detach().greater(0.5);
        let small = Tensor::select(&is_high, 1.0 - &p, &p);
        let log_tan = (small * FRAC_PI_2).tan().ln();
        let z = Tensor::select(is_high, -&log_tan, &log_tan);
        z.try_mul(self.checked().scale)?.try_add(&self.loc)
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (f64::NEG_INFINITY, 0.0), |value| Ok(log_lower(&self.standardized(value)?)))
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (1.0, 0.0), |value| Ok(lower(&-self.standardized(value)?)))
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (0.0, f64::NEG_INFINITY), |value| Ok(log_lower(&-self.standardized(value)?)))
    }
}

impl Mode for SoftLaplace {
    fn mode(&self) -> Result<Tensor> {
        self.loc.try_broadcast_to(self.batch_shape)
    }
}

impl Moments for SoftLaplace {
    fn mean(&self) -> Tensor {
        self.loc.broadcast_to(self.batch_shape)
    }

    fn variance(&self) -> Tensor {
        (self.scale.square() * (0.25 * PI * PI)).broadcast_to(self.batch_shape)
    }
}

impl Entropy for SoftLaplace {
    fn entropy(&self) -> Tensor {
        (self.scale.ln() + (LN_2 + LN_PI)).broadcast_to(self.batch_shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<SoftLaplace> {
        Family::new("SoftLaplace", |p| SoftLaplace::new(p.get("loc"), p.get("scale")))
            .at(parameters! { loc: 0.3, scale: 1.7 })
            .at(parameters! { loc: -2.0, scale: 0.6 })
            .rejects(parameters! { loc: f64::NAN, scale: 1.0 }, "SoftLaplace: `loc` must be real, got NaN")
            .rejects(parameters! { loc: 0.0, scale: -2.0 }, "SoftLaplace: `scale` must be positive, got -2")
            .draws([1.773121976702559, 1.8233341456232668, 0.41953150886199636])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, reparameterized);
}
