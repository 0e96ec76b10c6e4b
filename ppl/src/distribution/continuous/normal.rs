//! Normal (Gaussian) distribution.

use crate::distribution::density::blocks::in_blocks;
use crate::distribution::density::scalar;
use crate::distribution::divergence::ratio;
use crate::distribution::sampling::noise::standard_normal;
use crate::distribution::{Cdf, Distribution, Entropy, KlDivergence, Mode, Moments};
use crate::random::Rng;
use crate::special::HALF_LN_2PI;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor};

declare! {
    /// Normal distribution on the real line.
    ///
    #[doc = include_str!("../../../doc/distribution/Normal.svg")]
    ///
    /// ```text
    /// log p(x) = −½ z² − ln(scale) − ½ ln(2π),   z = (x − loc) / scale
    /// ```
    #[parameters]
    /// # Support
    /// The real numbers: [`Constraint::Real`](crate::Constraint::Real).
    ///
    /// # Moments
    /// ```text
    /// mean     = median = mode = loc
    /// variance = scale²
    /// entropy  = ln(scale) + ½ ln(2πe)
    /// ```
    ///
    /// # Numerics
    /// Tails are Φ(±z), each by the complementary error function, and their logarithms do not underflow;
    /// `inverse_survival` is the reflected quantile, which keeps its digits in the upper tail. Draws are standard
    /// normal noise, shifted and scaled.
    ///
    /// # Reference
    /// Stan Functions Reference, "Normal distribution".
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Distribution, Normal};
    /// use ppl::Tensor;
    ///
    /// let log_prob = Normal::new(0.0, 2.0)?.log_prob(&Tensor::from([0.0, 2.0]))?;
    /// assert!((log_prob.to_vec()[0] - -1.612_085_713_764_618).abs() < 1e-15);
    /// assert!(Normal::new(0.0, -1.0).is_err());
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct Normal {
        /// Mean.
        loc: Real,
        /// Standard deviation.
        scale: Positive,
    }

    pub fn new(loc: impl IntoTensor, scale: impl IntoTensor) -> Result<Self>;
}

impl Normal {
    fn standardized(&self, value: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, value)?;
        value.try_sub(&self.loc)?.try_div(self.checked().scale)
    }
}

impl Distribution for Normal {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::Real
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        let noise = standard_normal(rng, sample_shape.concat(&self.batch_shape));
        noise.try_mul(&self.scale)?.try_add(&self.loc)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        in_blocks(self, value, |value| {
            let z = value.try_sub(&self.loc)?.try_div(&self.scale)?;
            (z.square() * -0.5).try_sub(self.scale.ln() + HALF_LN_2PI)
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Cdf for Normal {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        Ok(self.standardized(value)?.ndtr())
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        probability.ndtri().try_mul(self.checked().scale)?.try_add(&self.loc)
    }

    fn inverse_survival(&self, probability: &Tensor) -> Result<Tensor> {
        (&self.loc * 2.0).try_sub(self.icdf(probability)?)
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        Ok(self.standardized(value)?.log_ndtr())
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        Ok((-self.standardized(value)?).ndtr())
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        Ok((-self.standardized(value)?).log_ndtr())
    }
}

impl Mode for Normal {
    fn mode(&self) -> Result<Tensor> {
        self.loc.try_broadcast_to(self.batch_shape)
    }
}

impl Moments for Normal {
    fn mean(&self) -> Tensor {
        self.loc.broadcast_to(self.batch_shape)
    }

    fn variance(&self) -> Tensor {
        self.scale.square().broadcast_to(self.batch_shape)
    }

    fn stddev(&self) -> Tensor {
        self.scale.broadcast_to(self.batch_shape)
    }
}

impl Entropy for Normal {
    fn entropy(&self) -> Tensor {
        (self.scale.ln() + (0.5 + HALF_LN_2PI)).broadcast_to(self.batch_shape)
    }
}

impl KlDivergence<Self> for Normal {
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        let shift = self.loc.try_sub(&other.loc)?.try_div(&other.scale)?;
        kl_of_scales(&self.scale, &other.scale)?.try_add(shift.square() * 0.5)
    }
}

/// KL between normals of the same mean and these scales.
pub(crate) fn kl_of_scales(scale: &Tensor, other: &Tensor) -> Result<Tensor> {
    // (r² − 1) / 2 − ln r, of the ratio r of the scales.
    let (excess, log_ratio) = ratio::of_parameters(scale, other)?;
    Ok(&excess * (&excess + 2.0) * 0.5 - log_ratio)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<Normal> {
        Family::new("Normal", |p| Normal::new(p.get("loc"), p.get("scale")))
            .at(parameters! { loc: 0.3, scale: 1.7 })
            .at(parameters! { loc: -2.0, scale: 0.4 })
            .rejects(parameters! { loc: f64::NAN, scale: 1.0 }, "Normal: `loc` must be real, got NaN")
            .rejects(parameters! { loc: f64::INFINITY, scale: 1.0 }, "Normal: `loc` must be finite and real, got inf")
            .rejects(parameters! { loc: 0.0, scale: 0.0 }, "Normal: `scale` must be positive, got 0")
            .rejects(parameters! { loc: 0.0, scale: [1.0, -1.0] }, "Normal: `scale` must be positive, got -1 at [1]")
            .draws([-0.06790329266494777, -0.21088229982259327, 2.124830885687285])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, kl, reparameterized);
}
