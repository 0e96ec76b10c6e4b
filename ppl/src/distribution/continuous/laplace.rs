//! Laplace distribution.

use std::f64::consts::{LN_2, SQRT_2};

use crate::distribution::density::scalar;
use crate::distribution::divergence::ratio;
use crate::distribution::sampling::noise::standard_exponential;
use crate::distribution::{Cdf, Distribution, Entropy, KlDivergence, Mode, Moments};
use crate::random::Rng;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor};

declare! {
    /// Laplace (double exponential) distribution on the real line.
    ///
    #[doc = include_str!("../../../doc/distribution/Laplace.svg")]
    ///
    /// ```text
    /// log p(x) = −|z| − ln(2 scale),   z = (x − loc) / scale
    /// ```
    #[parameters]
    /// # Support
    /// The real numbers: [`Constraint::Real`](crate::Constraint::Real).
    ///
    /// # Moments
    /// ```text
    /// mean     = median = mode = loc
    /// variance = 2 scale²
    /// entropy  = 1 + ln(2 scale)
    /// ```
    ///
    /// # Numerics
    /// Either tail is ½ e^(−|z|) on its own side of `loc`, and the logarithm of the other is a log1p of that: both keep
    /// their digits. Draws are differences of standard exponential noise.
    ///
    /// # Reference
    /// Stan Functions Reference, "Double exponential (Laplace) distribution".
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Distribution, Laplace};
    ///
    /// let log_prob = Laplace::new(1.0, 0.5)?.log_prob(&2.0.into())?;
    /// assert_eq!(log_prob, -2.0);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct Laplace {
        /// Mean and median.
        loc: Real,
        /// Mean distance from the median.
        scale: Positive,
    }

    pub fn new(loc: impl IntoTensor, scale: impl IntoTensor) -> Result<Self>;
}

impl Laplace {
    fn standardized(&self, value: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, value)?;
        value.try_sub(&self.loc)?.try_div(self.checked().scale)
    }
}

impl Distribution for Laplace {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::Real
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        // The difference of two exponential variables.
        let shape = sample_shape.concat(&self.batch_shape);
        let noise = standard_exponential(rng, shape) - standard_exponential(rng, shape);
        noise.try_mul(&self.scale)?.try_add(&self.loc)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let z = value.try_sub(&self.loc)?.try_div(&self.scale)?;
        (-z.abs()).try_sub(self.scale.ln() + LN_2)
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Cdf for Laplace {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        Ok(lower_tail(&self.standardized(value)?))
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        let p = scalar::probability(probability);
        let is_lower = p.less(0.5);
        let z = Tensor::select(is_lower, (&p * 2.0).ln(), -((1.0 - &p) * 2.0).ln());
        z.try_mul(self.checked().scale)?.try_add(&self.loc)
    }

    fn inverse_survival(&self, probability: &Tensor) -> Result<Tensor> {
        (&self.loc * 2.0).try_sub(self.icdf(probability)?)
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        Ok(log_lower_tail(&self.standardized(value)?))
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        Ok(lower_tail(&-self.standardized(value)?))
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        Ok(log_lower_tail(&-self.standardized(value)?))
    }
}

impl Mode for Laplace {
    fn mode(&self) -> Result<Tensor> {
        self.loc.try_broadcast_to(self.batch_shape)
    }
}

impl Moments for Laplace {
    fn mean(&self) -> Tensor {
        self.loc.broadcast_to(self.batch_shape)
    }

    fn variance(&self) -> Tensor {
        (self.scale.square() * 2.0).broadcast_to(self.batch_shape)
    }

    fn stddev(&self) -> Tensor {
        (&self.scale * SQRT_2).broadcast_to(self.batch_shape)
    }
}

impl Entropy for Laplace {
    fn entropy(&self) -> Tensor {
        (self.scale.ln() + (1.0 + LN_2)).broadcast_to(self.batch_shape)
    }
}

impl KlDivergence<Self> for Laplace {
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        // r (e⁻ᵗ − 1 + t) + (r − 1) − ln r, of the ratio r of the scales and the distance t in units of `self`.
        let ratio = self.scale.try_div(&other.scale)?;
        let (excess, log_ratio) = ratio::of_parameters(&self.scale, &other.scale)?;
        let z = self.loc.try_sub(&other.loc)?.try_div(&self.scale)?;
        // −t; as the absolute value, but with derivatives at 0.
        let minus_distance = Tensor::select(z.detach().greater(0.0), -&z, &z);
        minus_distance.expm1x().try_mul(ratio)?.try_add(excess - log_ratio)
    }
}

/// ½ eᶻ below 0, 1 − ½ e⁻ᶻ above.
fn lower_tail(z: &Tensor) -> Tensor {
    let is_below = z.less(0.0);
    let half = Tensor::select(&is_below, z, -z).exp() * 0.5;
    Tensor::select(is_below, &half, 1.0 - &half)
}

fn log_lower_tail(z: &Tensor) -> Tensor {
    let is_below = z.less(0.0);
    let above = (Tensor::select(&is_below, 0.0, -z).exp() * -0.5).log1p();
    Tensor::select(is_below, z - std::f64::consts::LN_2, above)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<Laplace> {
        Family::new("Laplace", |p| Laplace::new(p.get("loc"), p.get("scale")))
            .at(parameters! { loc: 0.3, scale: 1.7 })
            .at(parameters! { loc: -2.0, scale: 0.6 })
            .with_corner_at("loc")
            .rejects(parameters! { loc: f64::NAN, scale: 1.0 }, "Laplace: `loc` must be real, got NaN")
            .rejects(parameters! { loc: 0.0, scale: -2.0 }, "Laplace: `scale` must be positive, got -2")
            .draws([0.5015872383993409, -0.7873269514433561, 3.970462634009104])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, kl, reparameterized);
}
