//! Skew normal distribution.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_PI, LN_2};

use crate::distribution::density::{quantile, scalar};
use crate::distribution::sampling::noise::standard_normal;
use crate::distribution::{Cdf, Distribution, Moments};
use crate::random::Rng;
use crate::special::HALF_LN_2PI;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor};

declare! {
    /// Skew normal distribution on the real line.
    ///
    #[doc = include_str!("../../../doc/distribution/SkewNormal.svg")]
    ///
    /// ```text
    /// log p(x) = ln 2 − ½ z² − ½ ln(2π) + ln Φ(alpha · z) − ln(scale),   z = (x − loc) / scale
    /// ```
    #[parameters]
    /// # Support
    /// The real numbers: [`Constraint::Real`](crate::Constraint::Real).
    ///
    /// # Moments
    /// ```text
    /// mean     = loc + scale · δ √(2/π),   δ = alpha / √(1 + alpha²)
    /// variance = scale² · (1 − 2 δ² / π)
    /// ```
    /// Mode and entropy have no closed form and are not implemented. The median is a quantile: the root of the
    /// distribution function by Newton's method in a bracket.
    ///
    /// # Numerics
    /// The tails are sums of positive terms with the part of Owen's integral that T leaves out, and keep their digits.
    ///
    /// # Draws
    /// δ |Z₀| + √(1 − δ²) Z₁ with standard normal Z₀ and Z₁ and δ = alpha / √(1 + alpha²).
    ///
    /// # Reference
    /// Azzalini, "A class of distributions which includes the normal ones", Scandinavian Journal of Statistics 12 (1985).
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Cdf, SkewNormal};
    ///
    /// // The half-normal distribution, nearly.
    /// let income = SkewNormal::new(0.0, 1.0, 1e9)?;
    /// assert!((income.cdf(&1.0.into())?.item() - 0.682_689_492_137_085_9).abs() < 1e-9);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct SkewNormal {
        /// Location: the mean of the normal distribution that is skewed.
        loc: Real,
        /// Scale: its standard deviation.
        scale: Positive,
        /// Skewness; the normal distribution at 0, the half-normal at ±∞.
        alpha: Real,
    }

    pub fn new(loc: impl IntoTensor, scale: impl IntoTensor, alpha: impl IntoTensor) -> Result<Self>;
}

/// The logarithms of both tails.
struct LogTails {
    lower: Tensor,
    upper: Tensor,
}

impl SkewNormal {
    /// Inside the support.
    fn log_tails(&self, value: &Tensor) -> Result<LogTails> {
        let z = value.try_sub(&self.loc)?.try_div(self.checked().scale)?;
        // Beyond the root of the largest number tails are 0 also as logarithms.
        let (is_beyond, is_first) = (z.detach().abs().greater(1e154), z.detach().less(0.0));
        let z = Tensor::try_select(&is_beyond, 1.0, z)?;
        // Seen from the side to which it is skewed: z and alpha change their signs together.
        let is_mirrored = self.alpha.detach().less(0.0);
        let z = Tensor::try_select(&is_mirrored, -&z, &z)?;
        let alpha = Tensor::select(&is_mirrored, -&self.alpha, &self.alpha);
        let is_below = z.detach().less(0.0);
        let log_complement = Tensor::select(&is_below, -&z, &z).try_log_owens_t_complement(alpha)?;
        // Below 0 the lower tail is twice the complement. Above, the upper one is 2 Φ(−z) less that, which is no more than
        // Φ(−z); and the lower one is P(|Z| < z) of a normal variable and that.
        let z = Tensor::try_select(&is_below, 0.5, &z)?;
        let log_twice_ndtr = (-&z).log_ndtr() + LN_2;
        let log_ratio = Tensor::try_select(&is_below, -1.0, &log_complement + LN_2 - &log_twice_ndtr)?;
        let log_upper = log_twice_ndtr + (-log_ratio.exp()).log1p();
        let lower = (&z * FRAC_1_SQRT_2).erf() + (&log_complement + LN_2).exp();
        let log_lower = scalar::log_of_complements(&lower, &log_upper.exp());
        let below = &log_complement + LN_2;
        let lower = Tensor::try_select(&is_below, &below, log_lower)?;
        let upper = Tensor::try_select(&is_below, (-below.exp()).log1p(), log_upper)?;
        let beyond =
            [Tensor::select(&is_first, f64::NEG_INFINITY, 0.0), Tensor::select(&is_first, 0.0, f64::NEG_INFINITY)];
        let [lower_beyond, upper_beyond] = beyond;
        let first = Tensor::try_select(&is_mirrored, &upper, &lower)?;
        let last = Tensor::try_select(&is_mirrored, lower, upper)?;
        Ok(LogTails {
            lower: Tensor::try_select(&is_beyond, lower_beyond, first)?,
            upper: Tensor::try_select(is_beyond, upper_beyond, last)?,
        })
    }

    /// δ, and √(1 − δ²).
    fn delta(&self) -> (Tensor, Tensor) {
        let root = (self.alpha.log1p_square() * -0.5).exp();
        (&self.alpha * &root, root)
    }
}

impl Distribution for SkewNormal {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::Real
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        let shape = sample_shape.concat(&self.batch_shape);
        let (delta, root) = self.delta();
        let skewed = standard_normal(rng, shape).abs().try_mul(delta)?;
        let z = standard_normal(rng, shape).try_mul(root)?.try_add(skewed)?;
        z.try_mul(&self.scale)?.try_add(&self.loc)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, 0.0, |value| {
            let z = value.try_sub(&self.loc)?.try_div(&self.scale)?;
            let log_ndtr = z.try_mul(&self.alpha)?.log_ndtr();
            (z.square() * -0.5).try_add(log_ndtr)?.try_sub(self.scale.ln() + (HALF_LN_2PI - LN_2))
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Cdf for SkewNormal {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (0.0, 1.0), |value| Ok(self.log_tails(value)?.lower.exp()))
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        // The square of the standard deviation overflows or underflows at extreme scales.
        quantile::by_inversion(self, probability, &self.mean(), &self.scale)
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (f64::NEG_INFINITY, 0.0), |value| Ok(self.log_tails(value)?.lower))
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (1.0, 0.0), |value| Ok(self.log_tails(value)?.upper.exp()))
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (0.0, f64::NEG_INFINITY), |value| Ok(self.log_tails(value)?.upper))
    }
}

impl Moments for SkewNormal {
    fn mean(&self) -> Tensor {
        &self.loc + &self.scale * self.delta().0 * FRAC_2_PI.sqrt()
    }

    fn variance(&self) -> Tensor {
        (self.scale.square() * (1.0 - self.delta().0.square() * FRAC_2_PI)).broadcast_to(self.batch_shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<SkewNormal> {
        Family::new("SkewNormal", |p| SkewNormal::new(p.get("loc"), p.get("scale"), p.get("alpha")))
            .at(parameters! { loc: 0.3, scale: 1.7, alpha: 2.5 })
            .at(parameters! { loc: -2.0, scale: 0.6, alpha: -1.2 })
            .at(parameters! { loc: -2.0, scale: 0.6, alpha: 0.0 })
            .rejects(parameters! { loc: f64::NAN, scale: 1.0, alpha: 0.0 }, "SkewNormal: `loc` must be real, got NaN")
            .rejects(parameters! { loc: 0.0, scale: -2.0, alpha: 0.0 }, "SkewNormal: `scale` must be positive, got -2")
            .rejects(parameters! { loc: 0.0, scale: 1.0, alpha: f64::NAN }, "SkewNormal: `alpha` must be real, got NaN")
            .draws([-0.06083434919396491, 0.643226322748461, 1.52816418648619])
    }

    conformance::distribution!(family() => univariate, cdf, moments, reparameterized_by_common_numbers);

    #[test]
    fn quantiles_scale() {
        let p = Tensor::from([0.01, 0.5, 0.99]);
        let of = |scale: f64| SkewNormal::new(0.0, scale, -2.0).unwrap().icdf(&p).unwrap();
        for scale in [1e-200, 1e200] {
            assert!((of(scale) / scale / of(1.0) - 1.0).abs().max() < 1e-13, "{scale}");
        }
    }

    #[test]
    fn no_tail_cancels() {
        // Far on the side away from the skew, and half-normal next to its end.
        let skewed = SkewNormal::new(0.0, 1.0, [3.0, -3.0]).unwrap();
        let value = Tensor::from([-20.0, 20.0]);
        let got = [skewed.log_cdf(&value).unwrap().get(0), skewed.log_survival(&value).unwrap().get(1)];
        // Both numbers by quadrature with 40 digits; some ten roundings.
        for got in got {
            assert!((got.item() / -2_010.538_168_886_811_6 - 1.0).abs() < 2e-15, "{got}");
        }
        let half_normal = SkewNormal::new(0.0, 1.0, 1e12).unwrap();
        let cdf = half_normal.cdf(&1e-12.into()).unwrap().item();
        assert!((cdf / 8.643_606_884_608_055e-13 - 1.0).abs() < 1e-14, "{cdf}");
    }
}
