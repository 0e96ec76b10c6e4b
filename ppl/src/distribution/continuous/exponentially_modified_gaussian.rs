//! Exponentially modified Gaussian distribution.

use crate::distribution::continuous::mills::log_mills_ratio_growth;
use crate::distribution::density::{quantile, scalar};
use crate::distribution::sampling::noise::{standard_exponential, standard_normal};
use crate::distribution::{Cdf, Distribution, Moments};
use crate::random::Rng;
use crate::special::HALF_LN_2PI;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor};

declare! {
    /// Exponentially modified Gaussian distribution on the real line: the sum of a normal and an exponential variable.
    ///
    #[doc = include_str!("../../../doc/distribution/ExponentiallyModifiedGaussian.svg")]
    ///
    /// ```text
    /// X = Normal(loc, scale) + Exponential(rate)
    ///
    /// log p(x) = ln(rate) + ½ b² − b z + ln Φ(z − b),   z = (x − loc) / scale, b = rate · scale
    /// ```
    #[parameters]
    /// # Support
    /// The real numbers: [`Constraint::Real`](crate::Constraint::Real).
    ///
    /// # Moments
    /// ```text
    /// mean     = loc + 1 / rate
    /// variance = scale² + 1 / rate²
    /// ```
    /// Mode and entropy have no closed form and are not implemented. The median is a quantile: the root of the
    /// distribution function by Newton's method in a bracket.
    ///
    /// # Numerics
    /// Up to z = b the log density is ln(rate) − ½ z² − ½ ln(2π) + ln M(b − z) with Mills' ratio M, in which nothing cancels.
    /// The upper tail keeps its digits. The lower tail is a difference, which loses those of 1 / b where b is small.
    ///
    /// # Reference
    /// Grushka, "Characterization of exponentially modified Gaussian peaks in chromatography", Analytical Chemistry 44 (1972).
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{ExponentiallyModifiedGaussian, Moments};
    ///
    /// let reaction_time = ExponentiallyModifiedGaussian::new(0.3, 0.03, 10.0)?;
    /// assert!((reaction_time.mean().item() - 0.4).abs() < 1e-15);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct ExponentiallyModifiedGaussian {
        /// Mean of the normal variable.
        loc: Real,
        /// Standard deviation of the normal variable.
        scale: Positive,
        /// Rate of the exponential variable.
        rate: Positive,
    }

    pub fn new(loc: impl IntoTensor, scale: impl IntoTensor, rate: impl IntoTensor) -> Result<Self>;
}

impl ExponentiallyModifiedGaussian {
    /// z and b.
    fn standardized(&self, value: &Tensor) -> Result<(Tensor, Tensor)> {
        let Self { loc, scale, rate, .. } = self.checked();
        Ok((value.try_sub(loc)?.try_div(&scale)?, rate.try_mul(scale)?))
    }

    fn log_density(&self, value: &Tensor) -> Result<Tensor> {
        let Self { loc, rate, .. } = self.checked();
        let (z, b) = self.standardized(value)?;
        let t = b.try_sub(&z)?;
        let is_low = t.detach().greater(0.0);
        let is_large = t.detach().greater(LARGE);
        let log_mills_ratio = {
            let near =
                Tensor::select(is_low.try_mul(1.0 - &is_large)?, &t, 1.0).log_mills_ratio().try_add(rate.ln())?;
            // ln(rate / t), which is −ln(scale (1 − z / b)).
            let far = Tensor::select(&is_large, &t, LARGE);
            let ratio = Tensor::try_select(&is_large, z.try_div(&b)?, 0.0)?;
            let far = log_scaled_mills_ratio(&far).try_sub((-ratio).log1p())?.try_sub(self.scale.ln())?;
            Tensor::try_select(&is_large, far, near)?
        };
        let low = (Tensor::try_select(&is_low, z, 0.0)?.square() * -0.5 - HALF_LN_2PI).try_add(log_mills_ratio)?;
        let exponent = (b.square() * 0.5).try_sub(value.try_sub(loc)?.try_mul(&rate)?)?;
        let high = (-Tensor::select(&is_low, 0.0, t)).log_ndtr().try_add(exponent)?.try_add(rate.ln())?;
        Tensor::try_select(is_low, low, high)
    }

    /// The logarithms of both tails.
    fn log_tails(&self, value: &Tensor) -> Result<(Tensor, Tensor)> {
        let (z, b) = self.standardized(value)?;
        let z = z.clamp(-LARGEST, LARGEST);
        // That the normal variable is beyond, or that the exponential one makes up for it.
        let by_waiting = self.log_density(value)?.try_sub(self.rate.ln())?;
        let survival = (-&z).log_ndtr().try_logaddexp(by_waiting)?.minimum(0.0);
        // φ(z) (M(−z) − M(b − z)), above loc too where the rate is so small that next to all of the mass is beyond.
        let is_below = z.detach().less(0.0);
        let is_lower = is_below.try_maximum(b.detach().less(SMALL))?;
        let below = Tensor::try_select(&is_lower, &z, -1.0)?;
        let ratio = log_mills_ratio_growth(&-&below, &b)?;
        let lower = below.log_ndtr().try_add(ratio.log1mexp())?;
        let complement = (-Tensor::try_select(&is_lower, f64::NEG_INFINITY, &survival)?.exp()).log1p();
        let upper_of_lower = (-lower.exp()).log1p();
        Ok((Tensor::try_select(&is_lower, lower, complement)?, Tensor::try_select(is_below, upper_of_lower, survival)?))
    }
}

/// From here on Mills' ratio is a power series of 1 / t².
const LARGE: f64 = 30.0;

/// Below this product of rate and scale the lower tail is that of a difference of Mills' ratios everywhere.
const SMALL: f64 = 1e-6;

/// Beyond this z the normal density is 0; the square is finite.
const LARGEST: f64 = 1e150;

/// ln(t M(t)) of a large t, whose derivative is as small as it is.
fn log_scaled_mills_ratio(t: &Tensor) -> Tensor {
    let w = t.square().recip();
    // 1 − w (1 − 3w (1 − 5w (…))).
    let series = (1..=8).rev().fold(Tensor::scalar(1.0), |sum, k| 1.0 - sum * &w * f64::from(2 * k + 1));
    (-(series * &w)).log1p()
}

impl Distribution for ExponentiallyModifiedGaussian {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::Real
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        let shape = sample_shape.concat(&self.batch_shape);
        let normal = standard_normal(rng, shape).try_mul(&self.scale)?.try_add(&self.loc)?;
        standard_exponential(rng, shape).try_div(&self.rate)?.try_add(normal)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, 0.0, |value| self.log_density(value))
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Cdf for ExponentiallyModifiedGaussian {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (0.0, 1.0), |value| Ok(self.log_tails(value)?.0.exp()))
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        quantile::by_inversion_of(self, probability, &self.mean(), &self.stddev(), |value| self.log_tails(value))
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (f64::NEG_INFINITY, 0.0), |value| Ok(self.log_tails(value)?.0))
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (1.0, 0.0), |value| Ok(self.log_tails(value)?.1.exp()))
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (0.0, f64::NEG_INFINITY), |value| Ok(self.log_tails(value)?.1))
    }
}

impl Moments for ExponentiallyModifiedGaussian {
    fn mean(&self) -> Tensor {
        (&self.loc + self.rate.recip()).broadcast_to(self.batch_shape)
    }

    fn variance(&self) -> Tensor {
        (self.scale.square() + self.rate.recip().square()).broadcast_to(self.batch_shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};

    fn build(p: &Parameters) -> Result<ExponentiallyModifiedGaussian> {
        ExponentiallyModifiedGaussian::new(p.get("loc"), p.get("scale"), p.get("rate"))
    }

    fn family() -> Family<ExponentiallyModifiedGaussian> {
        Family::new("ExponentiallyModifiedGaussian", build)
            .at(parameters! { loc: 0.3, scale: 1.7, rate: 0.9 })
            .at(parameters! { loc: -2.0, scale: 0.6, rate: 2.5 })
            .rejects(
                parameters! { loc: f64::NAN, scale: 1.0, rate: 1.0 },
                "ExponentiallyModifiedGaussian: `loc` must be real, got NaN",
            )
            .rejects(
                parameters! { loc: 0.0, scale: 0.0, rate: 1.0 },
                "ExponentiallyModifiedGaussian: `scale` must be positive, got 0",
            )
            .rejects(
                parameters! { loc: 0.0, scale: 1.0, rate: -2.0 },
                "ExponentiallyModifiedGaussian: `rate` must be positive, got -2",
            )
            .draws([0.061929113645184164, 0.9734735253848101, 2.3725134347681522])
    }

    conformance::distribution!(family() => univariate, cdf, moments, reparameterized_by_common_numbers);
}
