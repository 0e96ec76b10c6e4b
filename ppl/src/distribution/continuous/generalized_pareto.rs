//! Generalised Pareto distribution.

use crate::distribution::density::removable::{expm1_ratio, log1p_quotient};
use crate::distribution::density::scalar;
use crate::distribution::sampling::noise::standard_exponential;
use crate::distribution::{Cdf, Distribution, Entropy, Mode, Moments};
use crate::random::Rng;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor};

declare! {
    /// Generalised Pareto distribution: excesses over a high threshold.
    ///
    #[doc = include_str!("../../../doc/distribution/GeneralizedPareto.svg")]
    ///
    /// ```text
    /// log p(x) = −(1 + concentration) t − ln(scale),   t = ln(1 + concentration · z) / concentration, z = (x − loc) / scale ≥ 0
    /// ```
    ///
    /// At a concentration of 0 it is the exponential distribution, with t = z; below, the support ends at
    /// loc − scale / concentration.
    #[parameters]
    /// # Support
    /// The numbers from `loc` to `loc − scale / concentration` for a negative concentration and else to ∞:
    /// [`Constraint::Interval`](crate::Constraint::Interval).
    ///
    /// # Moments
    /// ```text
    /// mean     = loc + scale / (1 − ξ),   ξ = concentration
    /// variance = scale² / ((1 − ξ)² (1 − 2ξ))
    /// mode     = loc if ξ > −1, the upper end if ξ < −1
    /// median   = loc + scale · (2^ξ − 1) / ξ
    /// entropy  = ln(scale) + ξ + 1
    /// ```
    /// The mean is ∞ from a concentration of 1 on, the variance from ½ on. At ξ = 0 the median is loc + scale · ln 2;
    /// at ξ = −1 it is the uniform distribution, whose mode is NaN.
    ///
    /// # Numerics
    /// Near a concentration of 0 the quotient t is a power series. Tails are those of the exponential variable t, by
    /// expm1 and log1mexp; draws are standard exponential noise, transformed.
    ///
    /// # Reference
    /// Coles, "An Introduction to Statistical Modeling of Extreme Values" (2001), chapter 4.
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Cdf, GeneralizedPareto};
    ///
    /// let excess = GeneralizedPareto::new(0.0, 2.0, -0.5)?;
    /// // (1 − ½ · ½)².
    /// assert!((excess.survival(&1.0.into())?.item() - 0.5625).abs() < 1e-15);
    /// assert_eq!(excess.survival(&4.0.into())?, 0.0);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct GeneralizedPareto {
        /// Location, the lower end.
        loc: Real,
        /// Scale.
        scale: Positive,
        /// Concentration, or shape (ξ): the tail is as x^(−1/ξ).
        concentration: Real,
    }

    pub fn new(loc: impl IntoTensor, scale: impl IntoTensor, concentration: impl IntoTensor) -> Result<Self>;
}

impl GeneralizedPareto {
    /// The upper end of the support, ∞ unless the concentration is negative.
    fn high(&self) -> Tensor {
        let is_bounded = self.concentration.detach().less(0.0);
        let concentration = Tensor::select(&is_bounded, &self.concentration, -1.0);
        Tensor::select(is_bounded, &self.loc - &self.scale / concentration, f64::INFINITY)
    }

    /// t = −ln P(X > x).
    fn cumulative_hazard(&self, value: &Tensor) -> Result<Tensor> {
        let z = value.try_sub(&self.loc)?.try_div(self.checked().scale)?;
        log1p_quotient(&self.concentration, &z)
    }
}

impl Distribution for GeneralizedPareto {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::Interval { lower: self.loc.clone(), upper: self.high() }
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        let noise = standard_exponential(rng, sample_shape.concat(&self.batch_shape));
        let z = expm1_ratio(&noise.try_mul(&self.concentration)?).try_mul(noise)?;
        let draws = z.try_mul(&self.scale)?.try_add(&self.loc)?.minimum(f64::MAX);
        // Only rounding leads beyond an end, and is not differentiated.
        draws.try_minimum(self.high().detach())
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, &self.loc, |value| {
            let more = &self.concentration + 1.0;
            let hazard = self.cumulative_hazard(value)?;
            // At the upper end of the uniform distribution it is 0 · ∞.
            let is_uniform = hazard.detach().equal(f64::INFINITY).try_mul(more.detach().equal(0.0))?;
            let hazard = Tensor::try_select(is_uniform, 0.0, hazard)?;
            (-more.try_mul(hazard)?).try_sub(self.scale.ln())
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Cdf for GeneralizedPareto {
    tails_by_cumulative_hazard!();

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        let probability = scalar::probability(probability);
        let is_end = probability.detach().equal(1.0);
        let exponential = -(-Tensor::select(&is_end, 0.5, probability)).log1p();
        let z = expm1_ratio(&exponential.try_mul(&self.concentration)?).try_mul(exponential)?;
        let inside = z.try_mul(self.checked().scale)?.try_add(&self.loc)?;
        Tensor::try_select(is_end, self.high(), inside)
    }
}

impl Mode for GeneralizedPareto {
    /// The upper end where the density rises, at concentrations below −1; NaN for the uniform distribution.
    fn mode(&self) -> Result<Tensor> {
        let more = self.concentration.detach() + 1.0;
        let rising = Tensor::try_select(more.less(0.0), self.high(), &self.loc)?;
        Tensor::try_select(more.equal(0.0), f64::NAN, rising)?.try_broadcast_to(self.batch_shape)
    }
}

impl Moments for GeneralizedPareto {
    fn mean(&self) -> Tensor {
        let is_finite = self.concentration.less(1.0);
        let concentration = Tensor::select(&is_finite, &self.concentration, 0.0);
        let mean = &self.loc + &self.scale / (1.0 - concentration);
        Tensor::select(is_finite, mean, f64::INFINITY)
    }

    fn variance(&self) -> Tensor {
        let is_finite = self.concentration.less(0.5);
        let concentration = Tensor::select(&is_finite, &self.concentration, 0.0);
        let relative = (1.0 - &concentration).square() * (1.0 - concentration * 2.0);
        Tensor::select(is_finite, self.scale.square() / relative, f64::INFINITY).broadcast_to(self.batch_shape)
    }
}

impl Entropy for GeneralizedPareto {
    fn entropy(&self) -> Tensor {
        (self.scale.ln() + &self.concentration + 1.0).broadcast_to(self.batch_shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};

    fn build(p: &Parameters) -> Result<GeneralizedPareto> {
        GeneralizedPareto::new(p.get("loc"), p.get("scale"), p.get("concentration"))
    }

    fn family() -> Family<GeneralizedPareto> {
        Family::new("GeneralizedPareto", build)
            .at(parameters! { loc: 0.3, scale: 1.7, concentration: 0.2 })
            .at(parameters! { loc: -2.0, scale: 0.6, concentration: -0.4 })
            .at(parameters! { loc: -2.0, scale: 0.6, concentration: 0.0 })
            .rejects(
                parameters! { loc: f64::NAN, scale: 1.0, concentration: 0.0 },
                "GeneralizedPareto: `loc` must be real, got NaN",
            )
            .rejects(
                parameters! { loc: 0.0, scale: -2.0, concentration: 0.0 },
                "GeneralizedPareto: `scale` must be positive, got -2",
            )
            .rejects(
                parameters! { loc: 0.0, scale: 1.0, concentration: f64::NAN },
                "GeneralizedPareto: `concentration` must be real, got NaN",
            )
            .draws([0.709803098690527, 1.0565313496862943, 5.4872967170445985])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, reparameterized);

    #[test]
    fn modes_of_falling_flat_and_rising_densities() {
        let mode = |concentration: f64| GeneralizedPareto::new(1.0, 3.0, concentration).unwrap().mode().unwrap().item();
        assert_eq!([mode(0.5), mode(-0.5), mode(-1.5)], [1.0, 1.0, 3.0]);
        assert!(mode(-1.0).is_nan());
    }
}
