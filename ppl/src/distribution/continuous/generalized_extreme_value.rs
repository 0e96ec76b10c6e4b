//! Generalised extreme value distribution.

use crate::distribution::continuous::Gumbel;
use crate::distribution::continuous::gumbel::EULER_GAMMA;
use crate::distribution::density::removable::{expm1_ratio, log1p_quotient, polynomial};
use crate::distribution::density::scalar;
use crate::distribution::sampling::noise::standard_exponential;
use crate::distribution::{Cdf, Distribution, Entropy, Mode, Moments};
use crate::random::Rng;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, special};

declare! {
    /// Generalised extreme value distribution: maxima of blocks.
    ///
    #[doc = include_str!("../../../doc/distribution/GeneralizedExtremeValue.svg")]
    ///
    /// ```text
    /// log p(x) = −(1 + concentration) s − e⁻ˢ − ln(scale),   s = ln(1 + concentration · z) / concentration, z = (x − loc) / scale
    /// ```
    ///
    /// At a concentration of 0 it is the Gumbel distribution, with s = z. Above, it is of Fréchet's type, and the
    /// support begins at loc − scale / concentration; below, of Weibull's, and it ends there.
    #[parameters]
    /// # Support
    /// The numbers from the lower end, `loc − scale / concentration` for a positive concentration and else −∞, to the
    /// upper end, the same for a negative one and else ∞: [`Constraint::Interval`](crate::Constraint::Interval).
    ///
    /// # Moments
    /// ```text
    /// mean     = loc + scale · (g₁ − 1) / ξ,   gₖ = Γ(1 − k ξ), ξ = concentration
    /// variance = scale² · (g₂ − g₁²) / ξ²
    /// mode     = loc + scale · ((1 + ξ)^(−ξ) − 1) / ξ if ξ > −1
    /// median   = loc + scale · (ln(2)^(−ξ) − 1) / ξ
    /// entropy  = ln(scale) + γ ξ + γ + 1
    /// ```
    /// The mean is ∞ from a concentration of 1 on, the variance from ½ on. At ξ = 0 they are those of [`Gumbel`]; for
    /// ξ ≤ −1 the mode is the upper end.
    ///
    /// # Numerics
    /// Near a concentration of 0 the quotients, mean and variance are power series. Tails are those of the Gumbel
    /// variable s; draws are standard Gumbel noise, transformed.
    ///
    /// # Reference
    /// Coles, "An Introduction to Statistical Modeling of Extreme Values" (2001), chapter 3.
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Cdf, GeneralizedExtremeValue};
    ///
    /// let flood = GeneralizedExtremeValue::new(3.0, 1.0, 0.5)?;
    /// assert!((flood.cdf(&5.0.into())?.item() - (-0.25_f64).exp()).abs() < 1e-15);
    /// // It begins at 1.
    /// assert_eq!(flood.cdf(&1.0.into())?, 0.0);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct GeneralizedExtremeValue {
        /// Location.
        loc: Real,
        /// Scale.
        scale: Positive,
        /// Concentration, or shape (ξ): the upper tail is as x^(−1/ξ).
        concentration: Real,
    }

    pub fn new(loc: impl IntoTensor, scale: impl IntoTensor, concentration: impl IntoTensor) -> Result<Self>;
}

/// Below this concentration the cumulants are power series.
const NEAR: f64 = 0.05;

impl GeneralizedExtremeValue {
    /// The ends of the support.
    fn ends(&self) -> (Tensor, Tensor) {
        let concentration = self.concentration.detach();
        let is_flat = concentration.equal(0.0);
        let end = &self.loc - &self.scale / Tensor::select(is_flat, 1.0, &self.concentration);
        (
            Tensor::select(concentration.greater(0.0), &end, f64::NEG_INFINITY),
            Tensor::select(concentration.less(0.0), end, f64::INFINITY),
        )
    }

    /// s, which is standard Gumbel.
    fn gumbel(&self, value: &Tensor) -> Result<Tensor> {
        let z = value.try_sub(&self.loc)?.try_div(self.checked().scale)?;
        log1p_quotient(&self.concentration, &z)
    }

    /// The value of a standard Gumbel variable.
    fn of_gumbel(&self, s: &Tensor) -> Result<Tensor> {
        let z = expm1_ratio(&s.try_mul(&self.concentration)?).try_mul(s)?;
        z.try_mul(self.checked().scale)?.try_add(&self.loc)
    }

    /// The same, and an end of the support where it is infinite.
    fn quantile(&self, s: &Tensor) -> Result<Tensor> {
        let (low, high) = self.ends();
        let is_end = s.detach().abs().equal(f64::INFINITY);
        let inside = self.of_gumbel(&Tensor::select(&is_end, 0.0, s))?;
        Tensor::try_select(is_end, Tensor::try_select(s.less(0.0), low, high)?, inside)
    }
}

fn standard() -> Result<Gumbel> {
    Gumbel::unchecked(Tensor::scalar(0.0), Tensor::scalar(1.0))
}

impl Distribution for GeneralizedExtremeValue {
    declared!();

    fn support(&self) -> Constraint {
        let (lower, upper) = self.ends();
        Constraint::Interval { lower, upper }
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        let noise = -standard_exponential(rng, sample_shape.concat(&self.batch_shape)).maximum(f64::MIN_POSITIVE).ln();
        let draws = self.of_gumbel(&noise)?.clamp(f64::MIN, f64::MAX);
        // Only rounding leads beyond an end, and is not differentiated.
        let (low, high) = self.ends();
        draws.try_maximum(low.detach())?.try_minimum(high.detach())
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, &self.loc, |value| {
            let s = self.gumbel(value)?;
            // At the lower end the formula is ∞ − ∞, and at the upper one of the concentration −1 it is 0 · ∞.
            let is_low = s.detach().equal(f64::NEG_INFINITY);
            let s = Tensor::select(&is_low, 0.0, s);
            let more = &self.concentration + 1.0;
            let is_flat = s.detach().equal(f64::INFINITY).try_mul(more.detach().equal(0.0))?;
            let near = Tensor::try_select(is_flat, 0.0, &s)?.try_mul(more)?.try_add(self.scale.ln())?;
            // Elsewhere concentration · s + ln(scale) is one logarithm, such that its derivatives do not cancel.
            let excess = value.try_sub(&self.loc)?.try_mul(&self.concentration)?;
            let is_far = excess.detach().try_greater(self.scale.detach())?;
            let far = Tensor::try_select(&is_far, excess.try_add(&self.scale)?, 1.0)?.ln().try_add(&s)?;
            let log_prob = (-Tensor::try_select(is_far, far, near)?).try_sub((-s).exp())?;
            Tensor::try_select(is_low, f64::NEG_INFINITY, log_prob)
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Cdf for GeneralizedExtremeValue {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (0.0, 1.0), |value| standard()?.cdf(&self.gumbel(value)?))
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        self.quantile(&standard()?.icdf(probability)?)
    }

    fn inverse_survival(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        self.quantile(&standard()?.inverse_survival(probability)?)
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (f64::NEG_INFINITY, 0.0), |value| standard()?.log_cdf(&self.gumbel(value)?))
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (1.0, 0.0), |value| standard()?.survival(&self.gumbel(value)?))
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (0.0, f64::NEG_INFINITY), |value| standard()?.log_survival(&self.gumbel(value)?))
    }
}

impl Mode for GeneralizedExtremeValue {
    /// The upper end where the density rises up to it, at concentrations from −1 down.
    fn mode(&self) -> Result<Tensor> {
        let rises = self.concentration.detach().less_equal(-1.0);
        let concentration = Tensor::select(&rises, 0.0, &self.concentration);
        let s = -concentration.log1p();
        let z = expm1_ratio(&s.try_mul(concentration)?).try_mul(s)?;
        Tensor::try_select(rises, self.ends().1, z.try_mul(&self.scale)?.try_add(&self.loc)?)?
            .try_broadcast_to(self.batch_shape)
    }
}

/// ln Γ(1 − ξ) / ξ, and (ln Γ(1 − 2ξ) − 2 ln Γ(1 − ξ)) / ξ².
fn log_moments(concentration: &Tensor) -> (Tensor, Tensor) {
    let is_near = concentration.detach().abs().less(NEAR);
    let near = Tensor::select(&is_near, concentration, 0.0);
    let far = Tensor::select(&is_near, 0.25, concentration);
    // Of the first k terms Σ ζ(k) ξᵏ / k, the first of which has Euler's constant for ζ(1).
    let zeta = |k: i32| special::zeta(f64::from(k)) / f64::from(k);
    let first: Vec<f64> = (1..=14).map(|k| if k == 1 { EULER_GAMMA } else { zeta(k) }).collect();
    let second: Vec<f64> = (2..=20).map(|k| zeta(k) * (2_f64.powi(k) - 2.0)).collect();
    let log_gamma = (1.0 - &far).lgamma();
    let log_ratio = (1.0 - &far * 2.0).lgamma() - &log_gamma * 2.0;
    (
        Tensor::select(&is_near, polynomial(&near, &first), log_gamma / &far),
        Tensor::select(&is_near, polynomial(&near, &second), log_ratio / far.square()),
    )
}

impl Moments for GeneralizedExtremeValue {
    fn mean(&self) -> Tensor {
        let is_finite = self.concentration.less(1.0);
        let concentration = Tensor::select(&is_finite, &self.concentration, 0.0);
        let first = log_moments(&concentration).0;
        let relative = expm1_ratio(&(concentration * &first)) * first;
        Tensor::select(is_finite, &self.loc + &self.scale * relative, f64::INFINITY).broadcast_to(self.batch_shape)
    }

    fn variance(&self) -> Tensor {
        let is_finite = self.concentration.less(0.5);
        let concentration = Tensor::select(&is_finite, &self.concentration, 0.0);
        // The variance overflows long before, and the formula would be 0 · ∞.
        let concentration = concentration.maximum(-1e100);
        let (first, second) = log_moments(&concentration);
        let relative = (first * &concentration * 2.0).exp() * expm1_ratio(&(concentration.square() * &second)) * second;
        Tensor::select(is_finite, self.scale.square() * relative, f64::INFINITY).broadcast_to(self.batch_shape)
    }
}

impl Entropy for GeneralizedExtremeValue {
    fn entropy(&self) -> Tensor {
        (self.scale.ln() + &self.concentration * EULER_GAMMA + (EULER_GAMMA + 1.0)).broadcast_to(self.batch_shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};

    fn build(p: &Parameters) -> Result<GeneralizedExtremeValue> {
        GeneralizedExtremeValue::new(p.get("loc"), p.get("scale"), p.get("concentration"))
    }

    fn family() -> Family<GeneralizedExtremeValue> {
        Family::new("GeneralizedExtremeValue", build)
            .at(parameters! { loc: 0.3, scale: 1.7, concentration: 0.15 })
            .at(parameters! { loc: -2.0, scale: 0.6, concentration: -0.4 })
            .at(parameters! { loc: -2.0, scale: 0.6, concentration: 0.0 })
            .rejects(
                parameters! { loc: f64::NAN, scale: 1.0, concentration: 0.0 },
                "GeneralizedExtremeValue: `loc` must be real, got NaN",
            )
            .rejects(
                parameters! { loc: 0.0, scale: -2.0, concentration: 0.0 },
                "GeneralizedExtremeValue: `scale` must be positive, got -2",
            )
            .rejects(
                parameters! { loc: 0.0, scale: 1.0, concentration: f64::NAN },
                "GeneralizedExtremeValue: `concentration` must be real, got NaN",
            )
            .draws([3.0458810260339675, 1.8461337648030705, -1.083492662830783])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, reparameterized);
}
