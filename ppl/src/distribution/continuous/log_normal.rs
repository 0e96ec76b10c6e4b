//! Log-normal distribution.

use crate::distribution::continuous::normal::kl_of_scales;
use crate::distribution::density::scalar;
use crate::distribution::sampling::noise::standard_normal;
use crate::distribution::{Cdf, Distribution, Entropy, KlDivergence, Mode, Moments};
use crate::random::Rng;
use crate::special::HALF_LN_2PI;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor};

declare! {
    /// Log-normal distribution: the exponential of a normal variable.
    ///
    #[doc = include_str!("../../../doc/distribution/LogNormal.svg")]
    ///
    /// ```text
    /// log p(x) = −½ z² − ln(scale) − ½ ln(2π) − ln x,   z = (ln x − loc) / scale,   x > 0
    /// ```
    #[parameters]
    /// # Support
    /// The positive numbers: [`Constraint::Positive`](crate::Constraint::Positive).
    ///
    /// # Moments
    /// ```text
    /// mean     = e^(loc + ½ scale²)
    /// variance = (e^(scale²) − 1) · e^(2 loc + scale²)
    /// mode     = e^(loc − scale²)
    /// median   = eˡᵒᶜ
    /// entropy  = loc + ln(scale) + ½ ln(2πe)
    /// ```
    ///
    /// # Numerics
    /// Tails are Φ(±z) of ln x, with ln Φ, which does not underflow. Draws are exponentials of normal noise, kept
    /// between the smallest positive normal number and the largest.
    ///
    /// # Reference
    /// Stan Functions Reference, "Lognormal distribution".
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Distribution, LogNormal, Moments};
    ///
    /// let income = LogNormal::new(0.0, 1.0)?;
    /// assert!((income.mean().item() - 0.5_f64.exp()).abs() < 1e-15);
    /// assert_eq!(income.log_prob(&(-1.0).into())?, f64::NEG_INFINITY);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct LogNormal {
        /// Mean of ln X.
        loc: Real,
        /// Standard deviation of ln X.
        scale: Positive,
    }

    pub fn new(loc: impl IntoTensor, scale: impl IntoTensor) -> Result<Self>;
}

impl LogNormal {
    fn standardized(&self, value: &Tensor) -> Result<Tensor> {
        value.ln().try_sub(&self.loc)?.try_div(self.checked().scale)
    }
}

impl Distribution for LogNormal {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::Positive
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        let noise = standard_normal(rng, sample_shape.concat(&self.batch_shape));
        Ok(noise.try_mul(&self.scale)?.try_add(&self.loc)?.exp().clamp(f64::MIN_POSITIVE, f64::MAX))
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, 1.0, |value| {
            let ln = value.ln();
            let z = ln.try_sub(&self.loc)?.try_div(&self.scale)?;
            (z.square() * -0.5 - ln).try_sub(self.scale.ln() + HALF_LN_2PI)
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Cdf for LogNormal {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::above(self, value, 0.0, 0.0, |value| Ok(self.standardized(value)?.ndtr()))
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        Ok(probability.ndtri().try_mul(self.checked().scale)?.try_add(&self.loc)?.exp())
    }

    fn inverse_survival(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        Ok((-probability.ndtri()).try_mul(self.checked().scale)?.try_add(&self.loc)?.exp())
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::above(self, value, 0.0, f64::NEG_INFINITY, |value| Ok(self.standardized(value)?.log_ndtr()))
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::above(self, value, 0.0, 1.0, |value| Ok((-self.standardized(value)?).ndtr()))
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::above(self, value, 0.0, 0.0, |value| Ok((-self.standardized(value)?).log_ndtr()))
    }
}

impl Mode for LogNormal {
    fn mode(&self) -> Result<Tensor> {
        (-self.scale.square()).try_add(&self.loc).map(|log| log.exp())
    }
}

impl Moments for LogNormal {
    fn mean(&self) -> Tensor {
        (&self.loc + self.scale.square() * 0.5).exp()
    }

    fn variance(&self) -> Tensor {
        let squared_scale = self.scale.square();
        squared_scale.expm1() * (&self.loc * 2.0 + &squared_scale).exp()
    }
}

impl Entropy for LogNormal {
    fn entropy(&self) -> Tensor {
        &self.loc + self.scale.ln() + (0.5 + HALF_LN_2PI)
    }
}

impl KlDivergence<Self> for LogNormal {
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        // That of the logarithms: a change of variables does not touch a divergence.
        let shift = self.loc.try_sub(&other.loc)?.try_div(&other.scale)?;
        kl_of_scales(&self.scale, &other.scale)?.try_add(shift.square() * 0.5)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<LogNormal> {
        Family::new("LogNormal", |p| LogNormal::new(p.get("loc"), p.get("scale")))
            .at(parameters! { loc: 0.3, scale: 0.8 })
            .at(parameters! { loc: -2.0, scale: 0.4 })
            .rejects(parameters! { loc: f64::NAN, scale: 1.0 }, "LogNormal: `loc` must be real, got NaN")
            .rejects(parameters! { loc: 0.0, scale: -2.0 }, "LogNormal: `scale` must be positive, got -2")
            .draws([1.1352683318811776, 1.0613957636127327, 3.1859290636010202])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, kl, reparameterized);
}
