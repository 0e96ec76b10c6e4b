//! Moyal distribution.

use std::f64::consts::{FRAC_1_SQRT_2, LN_2, PI};

use crate::distribution::continuous::cauchy::LN_PI;
use crate::distribution::continuous::gumbel::EULER_GAMMA;
use crate::distribution::continuous::levy::two_sided_quantile;
use crate::distribution::density::scalar;
use crate::distribution::sampling::noise::standard_normal;
use crate::distribution::{Cdf, Distribution, Entropy, Mode, Moments};
use crate::random::Rng;
use crate::special::HALF_LN_2PI;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor};

declare! {
    /// Moyal distribution on the real line: an approximation of the Landau distribution of energy losses.
    ///
    #[doc = include_str!("../../../doc/distribution/Moyal.svg")]
    ///
    /// ```text
    /// log p(x) = −½ (z + e⁻ᶻ) − ½ ln(2π) − ln(scale),   z = (x − loc) / scale
    /// ```
    #[parameters]
    /// # Support
    /// The real numbers: [`Constraint::Real`](crate::Constraint::Real).
    ///
    /// # Moments
    /// ```text
    /// mean     = loc + scale · (γ + ln 2)
    /// variance = ½ π² scale²
    /// mode     = loc
    /// median   = loc − 2 scale · ln(√2 erfc⁻¹(½)) = loc + 0.7876 scale
    /// entropy  = ln(scale) + ½ ln(2π) + ½ (1 + γ + ln 2)
    /// ```
    ///
    /// # Numerics
    /// With r = e^(−½z) the lower tail is 2 Φ(−r), whose logarithm does not underflow, and the upper one an error
    /// function: neither is a complement of the other. Beyond z = 80 the logarithm of the upper tail is linear in z.
    ///
    /// # Draws
    /// loc − scale · ln(Z²) with a standard normal Z.
    ///
    /// # Reference
    /// Moyal, "Theory of ionization fluctuations", Philosophical Magazine 46 (1955).
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Cdf, Moyal};
    ///
    /// // P(X > loc) is that of a normal variable between −1 and 1.
    /// let loss = Moyal::new(2.0, 0.5)?;
    /// assert!((loss.survival(&2.0.into())?.item() - 0.682_689_492_137_085_9).abs() < 1e-15);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct Moyal {
        /// Location, the mode.
        loc: Real,
        /// Scale, √2 / π of the standard deviation.
        scale: Positive,
    }

    pub fn new(loc: impl IntoTensor, scale: impl IntoTensor) -> Result<Self>;
}

impl Moyal {
    fn standardized(&self, value: &Tensor) -> Result<Tensor> {
        value.try_sub(&self.loc)?.try_div(self.checked().scale)
    }

    /// e^(−½z): X > x where a standard normal variable is smaller in magnitude.
    fn root(&self, value: &Tensor) -> Result<Tensor> {
        Ok((self.standardized(value)? * -0.5).exp())
    }
}

impl Distribution for Moyal {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::Real
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        let noise = standard_normal(rng, sample_shape.concat(&self.batch_shape)).abs().maximum(f64::MIN_POSITIVE);
        (noise.ln() * -2.0).try_mul(&self.scale)?.try_add(&self.loc)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        // At −∞ the formula is ∞ − ∞.
        scalar::on_support(self, value, 0.0, |value| {
            // At −∞ the formula is ∞ − ∞ again: where the scale is the smallest.
            let z = value.try_sub(&self.loc)?.try_div(&self.scale)?.maximum(f64::MIN);
            ((&z + (-&z).exp()) * -0.5).try_sub(self.scale.ln() + HALF_LN_2PI)
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Cdf for Moyal {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (0.0, 1.0), |value| Ok((-self.root(value)?).ndtr() * 2.0))
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        let root = two_sided_quantile(&scalar::probability(probability));
        (root.ln() * -2.0).try_mul(self.checked().scale)?.try_add(&self.loc)
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (f64::NEG_INFINITY, 0.0), |value| Ok((-self.root(value)?).log_ndtr() + LN_2))
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (1.0, 0.0), |value| Ok((self.root(value)? * FRAC_1_SQRT_2).erf()))
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (0.0, f64::NEG_INFINITY), |value| {
            let z = self.standardized(value)?;
            // Beyond, the error function is linear, and the root may underflow.
            let is_far = z.detach().greater(80.0);
            let root = (Tensor::select(&is_far, 0.0, &z) * -0.5).exp();
            let (inner, outer) = ((&root * FRAC_1_SQRT_2).erf(), (-root).ndtr() * 2.0);
            let near = scalar::log_of_complements(&inner, &outer);
            Ok(Tensor::select(is_far, z * -0.5 + 0.5 * (LN_2 - LN_PI), near))
        })
    }
}

impl Mode for Moyal {
    fn mode(&self) -> Result<Tensor> {
        self.loc.try_broadcast_to(self.batch_shape)
    }
}

impl Moments for Moyal {
    fn mean(&self) -> Tensor {
        &self.loc + &self.scale * (EULER_GAMMA + LN_2)
    }

    fn variance(&self) -> Tensor {
        (self.scale.square() * (0.5 * PI * PI)).broadcast_to(self.batch_shape)
    }
}

impl Entropy for Moyal {
    fn entropy(&self) -> Tensor {
        (self.scale.ln() + (HALF_LN_2PI + 0.5 * (EULER_GAMMA + LN_2 + 1.0))).broadcast_to(self.batch_shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<Moyal> {
        Family::new("Moyal", |p| Moyal::new(p.get("loc"), p.get("scale")))
            .at(parameters! { loc: 0.3, scale: 1.7 })
            .at(parameters! { loc: -2.0, scale: 0.6 })
            .rejects(parameters! { loc: f64::NAN, scale: 1.0 }, "Moyal: `loc` must be real, got NaN")
            .rejects(parameters! { loc: 0.0, scale: -2.0 }, "Moyal: `scale` must be positive, got -2")
            .draws([5.503915621480487, 4.387630617958375, 0.05907917457403958])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, reparameterized);
}
