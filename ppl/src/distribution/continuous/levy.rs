//! Lévy distribution.

use std::f64::consts::{FRAC_1_SQRT_2, LN_2};

use crate::distribution::continuous::cauchy::LN_PI;
use crate::distribution::continuous::gumbel::EULER_GAMMA;
use crate::distribution::density::scalar;
use crate::distribution::sampling::noise::standard_normal;
use crate::distribution::{Cdf, Distribution, Entropy, Mode, Moments};
use crate::random::Rng;
use crate::special::HALF_LN_2PI;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor};

declare! {
    /// Lévy distribution: the stable distribution of index ½ on a half-line.
    ///
    #[doc = include_str!("../../../doc/distribution/Levy.svg")]
    ///
    /// ```text
    /// log p(x) = ½ ln(scale) − ½ ln(2π) − 3/2 ln d − scale / (2d),   d = x − loc > 0
    /// ```
    #[parameters]
    /// # Support
    /// The numbers above `loc`: [`Constraint::GreaterThan`](crate::Constraint::GreaterThan).
    ///
    /// # Moments
    /// ```text
    /// mean    = variance = ∞
    /// mode    = loc + scale / 3
    /// median  = loc + scale / (2 erfc⁻¹(½)²) = loc + 2.198 scale
    /// entropy = ln(scale) + ½ (1 + 3γ + 4 ln 2 + ln π)
    /// ```
    ///
    /// # Numerics
    /// With r = √(scale / d) the lower tail is 2 Φ(−r), whose logarithm does not underflow, and the upper one an error
    /// function: neither is a complement of the other. Quantiles invert the smaller of both.
    ///
    /// # Draws
    /// loc + scale / Z² with a standard normal Z. A draw that would round to `loc` is the next larger number.
    ///
    /// # Reference
    /// Nolan, "Univariate Stable Distributions" (2020), section 1.2.
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Cdf, Levy};
    ///
    /// // P(X > 1) is that of a normal variable between −1 and 1.
    /// let passage = Levy::new(0.0, 1.0)?;
    /// assert!((passage.survival(&1.0.into())?.item() - 0.682_689_492_137_085_9).abs() < 1e-15);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct Levy {
        /// Location, the lower end.
        loc: Real,
        /// Scale.
        scale: Positive,
    }

    pub fn new(loc: impl IntoTensor, scale: impl IntoTensor) -> Result<Self>;
}

impl Levy {
    /// √(scale / (x − loc)), inside the support: X > x where a standard normal variable is smaller in magnitude.
    fn root(&self, value: &Tensor) -> Result<Tensor> {
        Ok(self.checked().scale.try_div(value.try_sub(&self.loc)?)?.sqrt())
    }
}

impl Distribution for Levy {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::GreaterThan(self.loc.clone())
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        let square = standard_normal(rng, sample_shape.concat(&self.batch_shape)).square();
        let distance = self.scale.try_div(square.maximum(f64::MIN_POSITIVE))?.clamp(f64::MIN_POSITIVE, f64::MAX);
        let draws = distance.try_add(&self.loc)?.minimum(f64::MAX);
        // Only rounding leads to the end, and is not differentiated.
        let loc = self.loc.detach();
        draws.try_maximum(&loc + (loc.abs() * f64::EPSILON).maximum(f64::MIN_POSITIVE))
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, &self.loc + 1.0, |value| {
            let distance = value.try_sub(&self.loc)?;
            let ratio = self.scale.try_div(&distance)?;
            (self.scale.ln() * 0.5 - HALF_LN_2PI).try_sub(distance.ln() * 1.5)?.try_sub(ratio * 0.5)
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Cdf for Levy {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (0.0, 1.0), |value| Ok((-self.root(value)?).ndtr() * 2.0))
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        let p = scalar::probability(probability);
        let root = two_sided_quantile(&p);
        self.checked().scale.try_div(root.square())?.try_add(&self.loc)
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (f64::NEG_INFINITY, 0.0), |value| Ok((-self.root(value)?).log_ndtr() + LN_2))
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (1.0, 0.0), |value| Ok((self.root(value)? * FRAC_1_SQRT_2).erf()))
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (0.0, f64::NEG_INFINITY), |value| {
            let root = self.root(value)?;
            let (inner, outer) = ((&root * FRAC_1_SQRT_2).erf(), (-root).ndtr() * 2.0);
            Ok(scalar::log_of_complements(&inner, &outer))
        })
    }
}

/// The positive number that a standard normal variable exceeds in magnitude with this probability.
pub(super) fn two_sided_quantile(probability: &Tensor) -> Tensor {
    let is_small = probability.detach().less(0.5);
    let far = -(Tensor::select(&is_small, probability, 0.5) * 0.5).ndtri();
    let near = Tensor::select(&is_small, 0.5, 1.0 - probability).erfinv() / FRAC_1_SQRT_2;
    Tensor::select(is_small, far, near)
}

impl Mode for Levy {
    fn mode(&self) -> Result<Tensor> {
        self.loc.try_add(&self.scale / 3.0)
    }
}

impl Moments for Levy {
    fn mean(&self) -> Tensor {
        Tensor::full(self.batch_shape, f64::INFINITY)
    }

    fn variance(&self) -> Tensor {
        Tensor::full(self.batch_shape, f64::INFINITY)
    }
}

impl Entropy for Levy {
    fn entropy(&self) -> Tensor {
        let standard = 0.5 * (1.0 + 3.0 * EULER_GAMMA + 4.0 * LN_2 + LN_PI);
        (self.scale.ln() + standard).broadcast_to(self.batch_shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<Levy> {
        Family::new("Levy", |p| Levy::new(p.get("loc"), p.get("scale")))
            .at(parameters! { loc: 0.3, scale: 1.7 })
            .at(parameters! { loc: -2.0, scale: 0.6 })
            .rejects(parameters! { loc: f64::NAN, scale: 1.0 }, "Levy: `loc` must be real, got NaN")
            .rejects(parameters! { loc: 0.0, scale: -2.0 }, "Levy: `scale` must be positive, got -2")
            .draws([36.59772572946263, 19.123702553712214, 1.7753719366696277])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, reparameterized);
}
