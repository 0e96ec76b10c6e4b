//! Cauchy distribution.

use std::f64::consts::{FRAC_1_PI, PI};

use crate::distribution::density::scalar;
use crate::distribution::sampling::noise::standard_cauchy;
use crate::distribution::{Cdf, Distribution, Entropy, KlDivergence, Mode};
use crate::random::Rng;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor};

/// ln π.
pub(crate) const LN_PI: f64 = 1.144_729_885_849_400_2;

declare! {
    /// Cauchy distribution on the real line.
    ///
    #[doc = include_str!("../../../doc/distribution/Cauchy.svg")]
    ///
    /// ```text
    /// log p(x) = −ln π − ln(scale) − ln(1 + z²),   z = (x − loc) / scale
    /// ```
    #[parameters]
    /// # Support
    /// The real numbers: [`Constraint::Real`](crate::Constraint::Real).
    ///
    /// # Moments
    /// ```text
    /// mode    = median = loc
    /// entropy = ln(4π scale)
    /// ```
    /// Mean and variance do not exist: it does not implement [`Moments`](crate::distribution::Moments).
    ///
    /// # Numerics
    /// ln(1 + z²) does not overflow where z² does. Below −1 the distribution function is arctan(−1 / z) / π, in which
    /// nothing cancels; quantiles in the outer quarters are tangents seen from the poles at 0 and 1. Draws are tangents
    /// of uniform noise.
    ///
    /// # Reference
    /// Stan Functions Reference, "Cauchy distribution"; the divergence is that of Chyzak and Nielsen, "A
    /// closed-form formula for the Kullback–Leibler divergence between Cauchy distributions" (2019).
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Cauchy, Cdf};
    ///
    /// let cauchy = Cauchy::new(1.0, 2.0)?;
    /// assert_eq!(cauchy.cdf(&1.0.into())?, 0.5);
    /// assert!((cauchy.icdf(&0.75.into())?.item() - 3.0).abs() < 1e-15);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct Cauchy {
        /// Median.
        loc: Real,
        /// Half the interquartile range.
        scale: Positive,
    }

    pub fn new(loc: impl IntoTensor, scale: impl IntoTensor) -> Result<Self>;
}

impl Cauchy {
    fn standardized(&self, value: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, value)?;
        value.try_sub(&self.loc)?.try_div(self.checked().scale)
    }
}

impl Distribution for Cauchy {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::Real
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        let noise = standard_cauchy(rng, sample_shape.concat(&self.batch_shape));
        noise.try_mul(&self.scale)?.try_add(&self.loc)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let z = value.try_sub(&self.loc)?.try_div(&self.scale)?;
        (-z.log1p_square()).try_sub(self.scale.ln() + LN_PI)
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Cdf for Cauchy {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        Ok(lower_tail(&self.standardized(value)?))
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        let z = standard_quantile(&scalar::probability(probability));
        z.try_mul(self.checked().scale)?.try_add(&self.loc)
    }

    fn inverse_survival(&self, probability: &Tensor) -> Result<Tensor> {
        (&self.loc * 2.0).try_sub(self.icdf(probability)?)
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        let z = self.standardized(value)?;
        Ok(scalar::log_of_complements(&lower_tail(&z), &lower_tail(&-z)))
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        Ok(lower_tail(&-self.standardized(value)?))
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        let z = self.standardized(value)?;
        Ok(scalar::log_of_complements(&lower_tail(&-&z), &lower_tail(&z)))
    }
}

impl Mode for Cauchy {
    fn mode(&self) -> Result<Tensor> {
        self.loc.try_broadcast_to(self.batch_shape)
    }
}

impl Entropy for Cauchy {
    fn entropy(&self) -> Tensor {
        (self.scale.ln() + (4.0 * PI).ln()).broadcast_to(self.batch_shape)
    }
}

impl KlDivergence<Self> for Cauchy {
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        // ln((s₁ + s₂)² + (l₁ − l₂)²) − ln(4 s₁ s₂), as the logarithm of 1 plus what is 0 for equal distributions.
        let relative = |shift: Tensor| shift.try_div(&self.scale)?.try_mul(shift.try_div(&other.scale)?);
        let excess = relative(self.scale.try_sub(&other.scale)?)?.try_add(relative(self.loc.try_sub(&other.loc)?)?)?;
        Ok((excess * 0.25).log1p())
    }
}

/// ½ + atan(z) / π, without cancellation in the lower tail.
fn lower_tail(z: &Tensor) -> Tensor {
    let is_far = z.less(-1.0);
    let far = (-Tensor::select(&is_far, z, -1.0).recip()).atan() * FRAC_1_PI;
    let near = Tensor::select(&is_far, 0.0, z).atan() * FRAC_1_PI + 0.5;
    Tensor::select(is_far, far, near)
}

/// tan(π (p − ½)), seen from the poles at 0 and 1 in the outer quarters.
fn standard_quantile(p: &Tensor) -> Tensor {
    let [is_low, is_high] = [p.less(0.25), p.greater(0.75)];
    let is_central = 1.0 - &is_low - &is_high;
    let low = -(Tensor::select(&is_low, p, 0.25) * PI).tan().recip();
    let high = (Tensor::select(&is_high, 1.0 - p, 0.25) * PI).tan().recip();
    let central = (Tensor::select(is_central, p - 0.5, 0.0) * PI).tan();
    // What is no probability is in none of the parts.
    let central = Tensor::select(p.not_equal(p), p, central);
    Tensor::select(is_low, low, Tensor::select(is_high, high, central))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<Cauchy> {
        Family::new("Cauchy", |p| Cauchy::new(p.get("loc"), p.get("scale")))
            .at(parameters! { loc: 0.3, scale: 1.7 })
            .at(parameters! { loc: -2.0, scale: 0.4 })
            .rejects(parameters! { loc: f64::NAN, scale: 1.0 }, "Cauchy: `loc` must be real, got NaN")
            .rejects(parameters! { loc: 0.0, scale: -2.0 }, "Cauchy: `scale` must be positive, got -2")
            .draws([4.343742361492445, 4.46496203467165, -1.523834044857695])
    }

    conformance::distribution!(family() => univariate, cdf, mode, entropy, kl, reparameterized);
}
