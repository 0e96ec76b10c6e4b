//! Two-piece normal distribution.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_PI, LN_2, SQRT_2};

use crate::distribution::density::scalar;
use crate::distribution::sampling::noise::standard_uniform;
use crate::distribution::{Cdf, Distribution, Entropy, Mode, Moments};
use crate::random::Rng;
use crate::special::HALF_LN_2PI;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor};

declare! {
    /// Two-piece normal distribution on the real line: halves of two normal distributions, with different scales.
    ///
    #[doc = include_str!("../../../doc/distribution/TwoPieceNormal.svg")]
    ///
    /// ```text
    /// log p(x) = ln 2 − ln(skewness + 1/skewness) − ½ z² − ½ ln(2π) − ln(scale)
    ///        z = skewness · (x − loc) / scale below loc,   z = (x − loc) / (scale · skewness) above
    /// ```
    ///
    /// Below `loc` lies the probability 1 / (1 + skewness²).
    #[parameters]
    /// # Support
    /// The real numbers: [`Constraint::Real`](crate::Constraint::Real).
    ///
    /// # Moments
    /// ```text
    /// mean     = loc + scale · d √(2/π),   d = skewness − 1 / skewness
    /// variance = scale² · (1 + (1 − 2/π) d²)
    /// mode     = loc
    /// entropy  = ln(scale) + ln(½ (skewness + 1 / skewness)) + ½ ln(2πe)
    /// ```
    /// The median is the quantile at ½, in closed form by the inverse error function.
    ///
    /// # Numerics
    /// The tail on the value's side of `loc` is a Φ(−|z|), whose logarithm does not underflow, and the other one a sum
    /// of positive terms. Quantiles are taken from the side on which they lie, and next to `loc` from the distance to
    /// it.
    ///
    /// # Draws
    /// Quantiles of uniform noise.
    ///
    /// # Reference
    /// Fernández and Steel, "On Bayesian modeling of fat tails and skewness", JASA 93 (1998).
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Cdf, TwoPieceNormal};
    ///
    /// let inflation = TwoPieceNormal::new(2.0, 1.0, 3.0)?;
    /// assert!((inflation.cdf(&2.0.into())?.item() - 0.1).abs() < 1e-15);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct TwoPieceNormal {
        /// Location, the mode.
        loc: Real,
        /// Scale: the geometric mean of those of both sides.
        scale: Positive,
        /// Skewness: the root of the ratio of the upper scale to the lower one; 1 is the normal distribution.
        skewness: Positive,
    }

    pub fn new(loc: impl IntoTensor, scale: impl IntoTensor, skewness: impl IntoTensor) -> Result<Self>;
}

/// Both tails where the value lies, of which none cancels.
struct Tails {
    is_below: Tensor,
    /// The logarithm of the tail on the value's side.
    log_outer: Tensor,
    /// The other tail.
    inner: Tensor,
}

impl Tails {
    fn inner_or(&self, is_outer: &Tensor) -> Result<Tensor> {
        Tensor::try_select(is_outer, self.log_outer.exp(), &self.inner)
    }

    fn log(&self, is_outer: &Tensor) -> Result<Tensor> {
        let log_inner = scalar::log_of_complements(&self.inner, &self.log_outer.exp());
        Tensor::try_select(is_outer, &self.log_outer, log_inner)
    }
}

/// The logarithms of the probabilities below and above the location.
fn log_weights(skewness: &Tensor) -> (Tensor, Tensor) {
    (-skewness.log1p_square(), -skewness.recip().log1p_square())
}

/// The standardised quantile at a probability.
fn quantile(probability: &Tensor, skewness: &Tensor) -> Result<Tensor> {
    let (log_below, log_above) = log_weights(skewness);
    let (below, above) = (log_below.exp(), log_above.exp());
    let is_below = probability.detach().try_less(below.detach())?;
    let lower = Tensor::try_select(&is_below, probability.try_div(&below * 2.0)?, 0.5)?;
    let of_lower = lower.minimum(0.5).ndtri().try_div(skewness)?;
    // The part of the upper half that lies below, from that one or from its rest.
    let part = probability.try_sub(&below)?.try_div(&above)?;
    let is_near = part.detach().less(0.5);
    let near = Tensor::select(is_near.try_mul(1.0 - &is_below)?, part, 0.25).erfinv() * SQRT_2;
    let rest = (1.0 - probability).try_div(above * 2.0)?;
    let rest = Tensor::try_select(is_below.try_maximum(&is_near)?, 0.25, rest)?;
    let of_upper = Tensor::try_select(is_near, near, -rest.ndtri())?.try_mul(skewness)?;
    Tensor::try_select(is_below, of_lower, of_upper)
}

impl TwoPieceNormal {
    /// Whether the value lies below the location, and z.
    fn standardized(&self, value: &Tensor) -> Result<(Tensor, Tensor)> {
        let Self { loc, scale, skewness, .. } = self.checked();
        let distance = value.try_sub(loc)?.try_div(scale)?;
        let is_below = distance.detach().less(0.0);
        let factor = Tensor::try_select(&is_below, &skewness, skewness.recip())?;
        Ok((is_below, distance.try_mul(factor)?))
    }

    fn tails(&self, value: &Tensor) -> Result<Tails> {
        let (is_below, z) = self.standardized(value)?;
        let (log_below, log_above) = log_weights(&self.checked().skewness);
        let own = Tensor::try_select(&is_below, &log_below, &log_above)?;
        let other = Tensor::try_select(&is_below, log_above, log_below)?;
        let distance = Tensor::select(&is_below, -&z, &z);
        let log_outer = (-&distance).log_ndtr() + &own + LN_2;
        let inner = other.exp() + own.exp() * (distance * FRAC_1_SQRT_2).erf();
        Ok(Tails { is_below, log_outer, inner })
    }
}

impl Distribution for TwoPieceNormal {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::Real
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        // The quantile at 0 is −∞.
        let uniform = standard_uniform(rng, sample_shape.concat(&self.batch_shape)).maximum(0.25 * f64::EPSILON);
        quantile(&uniform, &self.skewness)?.try_mul(&self.scale)?.try_add(&self.loc)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, 0.0, |value| {
            let z = self.standardized(value)?.1;
            // ln(k + 1/k).
            let log_sum = self.skewness.log1p_square() - self.skewness.ln();
            (z.square() * -0.5 + (LN_2 - HALF_LN_2PI)).try_sub(log_sum)?.try_sub(self.scale.ln())
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Cdf for TwoPieceNormal {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (0.0, 1.0), |value| {
            let tails = self.tails(value)?;
            tails.inner_or(&tails.is_below)
        })
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        let Self { loc, scale, skewness, .. } = self.checked();
        quantile(&scalar::probability(probability), &skewness)?.try_mul(scale)?.try_add(loc)
    }

    fn inverse_survival(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        let Self { loc, scale, skewness, .. } = self.checked();
        // Seen from the other side.
        loc.try_sub(quantile(&scalar::probability(probability), &skewness.recip())?.try_mul(scale)?)
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (f64::NEG_INFINITY, 0.0), |value| {
            let tails = self.tails(value)?;
            tails.log(&tails.is_below)
        })
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (1.0, 0.0), |value| {
            let tails = self.tails(value)?;
            tails.inner_or(&(1.0 - &tails.is_below))
        })
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (0.0, f64::NEG_INFINITY), |value| {
            let tails = self.tails(value)?;
            tails.log(&(1.0 - &tails.is_below))
        })
    }
}

impl Mode for TwoPieceNormal {
    fn mode(&self) -> Result<Tensor> {
        self.loc.try_broadcast_to(self.batch_shape)
    }
}

impl TwoPieceNormal {
    /// The difference of the scales of both sides, in units of the scale.
    fn asymmetry(&self) -> Tensor {
        &self.skewness - self.skewness.recip()
    }
}

impl Moments for TwoPieceNormal {
    fn mean(&self) -> Tensor {
        &self.loc + &self.scale * self.asymmetry() * FRAC_2_PI.sqrt()
    }

    fn variance(&self) -> Tensor {
        (self.scale.square() * (self.asymmetry().square() * (1.0 - FRAC_2_PI) + 1.0)).broadcast_to(self.batch_shape)
    }
}

impl Entropy for TwoPieceNormal {
    fn entropy(&self) -> Tensor {
        let log_sum = self.skewness.log1p_square() - self.skewness.ln();
        (self.scale.ln() + log_sum + (0.5 + HALF_LN_2PI - LN_2)).broadcast_to(self.batch_shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};

    fn build(p: &Parameters) -> Result<TwoPieceNormal> {
        TwoPieceNormal::new(p.get("loc"), p.get("scale"), p.get("skewness"))
    }

    fn family() -> Family<TwoPieceNormal> {
        Family::new("TwoPieceNormal", build)
            .at(parameters! { loc: 0.3, scale: 1.7, skewness: 1.5 })
            .at(parameters! { loc: -2.0, scale: 0.6, skewness: 0.7 })
            .with_corner_at("loc")
            .rejects(
                parameters! { loc: f64::NAN, scale: 1.0, skewness: 1.0 },
                "TwoPieceNormal: `loc` must be real, got NaN",
            )
            .rejects(
                parameters! { loc: 0.0, scale: 0.0, skewness: 1.0 },
                "TwoPieceNormal: `scale` must be positive, got 0",
            )
            .rejects(
                parameters! { loc: 0.0, scale: 1.0, skewness: -2.0 },
                "TwoPieceNormal: `skewness` must be positive, got -2",
            )
            .draws([0.603688219641844, 0.6191487641122888, 2.551528491127237])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, reparameterized);

    #[test]
    fn no_tail_cancels() {
        // Above a location below which nearly nothing lies; by mpmath with 40 digits.
        let skewed = TwoPieceNormal::new(0.0, 1.0, 1e6).unwrap();
        let cdf = skewed.cdf(&1e-6.into()).unwrap().item();
        let want = 1.797_884_560_801_067_4e-12;
        assert!((cdf / want - 1.0).abs() < 1e-14, "{cdf}");
        assert!((skewed.icdf(&want.into()).unwrap().item() / 1e-6 - 1.0).abs() < 1e-14);
    }
}
