//! Log-uniform distribution.

use crate::distribution::density::scalar;
use crate::distribution::sampling::noise::standard_uniform;
use crate::distribution::{Cdf, Distribution, Entropy, KlDivergence, Mode, Moments};
use crate::random::Rng;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor};

declare! {
    /// Log-uniform (reciprocal) distribution: the exponential of a uniform variable.
    ///
    #[doc = include_str!("../../../doc/distribution/LogUniform.svg")]
    ///
    /// ```text
    /// log p(x) = −ln x − ln ln(high / low),   0 < low ≤ x ≤ high
    /// ```
    #[parameters]
    /// # Support
    /// The numbers from `low` to `high`: [`Constraint::Interval`](crate::Constraint::Interval).
    ///
    /// # Moments
    /// ```text
    /// mean     = (high − low) / w,   w = ln(high / low)
    /// variance = mean · (½ (low + high) − mean)
    /// mode     = low
    /// median   = √(low · high)
    /// entropy  = ½ ln(low · high) + ln w
    /// ```
    ///
    /// # Numerics
    /// ln(high / low) and ln(x / low) are log1p of the relative difference where the two are within a factor of 2, so
    /// that narrow intervals keep their digits; there the variance is a power series too. Draws are exponentials of
    /// uniform noise, kept between the ends.
    ///
    /// # Reference
    /// Hamming, "On the distribution of numbers", Bell System Technical Journal 49 (1970).
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Cdf, LogUniform};
    ///
    /// let learning_rate = LogUniform::new(1e-4, 1.0)?;
    /// assert!((learning_rate.median()?.item() - 1e-2).abs() < 1e-16);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct LogUniform {
        /// Lower end.
        low: Positive,
        /// Upper end.
        high: GreaterThan(low),
    }

    pub fn new(low: impl IntoTensor, high: impl IntoTensor) -> Result<Self>;
}

impl LogUniform {
    /// ln(high / low).
    fn width(&self) -> Result<Tensor> {
        log_ratio(&self.checked().high, &self.checked().low)
    }
}

/// ln(a / b), from the difference where the two are near each other.
pub(super) fn log_ratio(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    let (a_number, b_number) = (a.detach(), b.detach());
    let is_near = a_number.try_less(&b_number * 2.0)?.try_mul(a_number.try_greater(&b_number * 0.5)?)?;
    let relative = Tensor::try_select(&is_near, a.try_sub(b)?.try_div(b)?, 0.0)?;
    Tensor::try_select(is_near, relative.log1p(), a.ln().try_sub(b.ln())?)
}

impl Distribution for LogUniform {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::Interval { lower: self.low.clone(), upper: self.high.clone() }
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        let noise = standard_uniform(rng, sample_shape.concat(&self.batch_shape));
        let draws = noise.try_mul(self.width()?)?.exp().try_mul(&self.low)?;
        // Only rounding leads beyond an end, and is not differentiated.
        draws.try_maximum(self.low.detach())?.try_minimum(self.high.detach())
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, &self.low, |value| (-value.ln()).try_sub(self.width()?.ln()))
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Cdf for LogUniform {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (0.0, 1.0), |value| log_ratio(value, &self.low)?.try_div(self.width()?))
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        let p = scalar::probability(probability);
        let width = self.width()?;
        // From the nearer end.
        let from_low = p.try_mul(&width)?.exp().try_mul(&self.low)?;
        let from_high = (&p - 1.0).try_mul(width)?.exp().try_mul(&self.high)?;
        Tensor::try_select(p.less(0.5), from_low, from_high)
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        Ok(self.cdf(value)?.ln())
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (1.0, 0.0), |value| log_ratio(&self.high, value)?.try_div(self.width()?))
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        Ok(self.survival(value)?.ln())
    }
}

impl Mode for LogUniform {
    fn mode(&self) -> Result<Tensor> {
        self.low.try_broadcast_to(self.batch_shape)
    }
}

/// cosh h − sinh h / h, which is h² / 3 nearly, for h < ½: Σ 2k h²ᵏ / (2k + 1)!.
fn excess_of_cosh(h: &Tensor) -> Tensor {
    let square = h.square();
    let coefficients = [
        1.0 / 3.0,
        1.0 / 30.0,
        1.0 / 840.0,
        1.0 / 45_360.0,
        1.0 / 3_991_680.0,
        1.0 / 518_918_400.0,
        1.0 / 93_405_312_000.0,
    ];
    coefficients.iter().rev().fold(Tensor::scalar(0.0), |sum, &coefficient| sum * &square + coefficient) * &square
}

impl Moments for LogUniform {
    fn mean(&self) -> Tensor {
        (&self.high - &self.low) / self.width().unwrap_or_else(|_| unreachable!("the parameters broadcast"))
    }

    fn variance(&self) -> Tensor {
        let width = self.width().unwrap_or_else(|_| unreachable!("the parameters broadcast"));
        // E[X] (½ (low + high) − E[X]), from the geometric mean where the difference cancels.
        let mean = self.mean();
        let is_narrow = width.detach().less(1.0);
        let narrow = excess_of_cosh(&(Tensor::select(&is_narrow, &width, 0.0) * 0.5)) * (&self.low * &self.high).sqrt();
        let wide = (&self.low + &self.high) * 0.5 - &mean;
        mean * Tensor::select(is_narrow, narrow, wide)
    }
}

impl Entropy for LogUniform {
    fn entropy(&self) -> Tensor {
        let width = self.width().unwrap_or_else(|_| unreachable!("the parameters broadcast"));
        (self.low.ln() + self.high.ln()) * 0.5 + width.ln()
    }
}

impl KlDivergence<Self> for LogUniform {
    /// ∞ unless this interval lies within the other.
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        let within = self.low.try_greater_equal(&other.low)?.try_mul(self.high.try_less_equal(&other.high)?)?;
        Tensor::try_select(within, other.width()?.ln().try_sub(self.width()?.ln())?, f64::INFINITY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<LogUniform> {
        Family::new("LogUniform", |p| LogUniform::new(p.get("low"), p.get("high")))
            .at(parameters! { low: 0.7, high: 5.5 })
            .at(parameters! { low: 0.01, high: 6.0 })
            .rejects(parameters! { low: 0.0, high: 1.0 }, "LogUniform: `low` must be positive, got 0")
            .rejects(parameters! { low: 1.0, high: 1.0 }, "LogUniform: `high` must be greater than 1, got 1")
            .draws([1.5111937909160085, 1.5215848705287542, 3.2102305095295414])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, kl, reparameterized);

    #[test]
    fn the_variance_of_a_narrow_interval_is_that_of_the_uniform_distribution() {
        let variance = |ratio: f64| LogUniform::new(3.0, 3.0 * ratio).unwrap().variance().item();
        // The next term is as the square of the width.
        assert!((variance(1.0 + 1e-6) / (9e-12 / 12.0) - 1.0).abs() < 1e-9);
        // On both sides of the change of method.
        let (below, above) = (variance(1_f64.exp() * (1.0 - 1e-14)), variance(1_f64.exp() * (1.0 + 1e-14)));
        assert!((below / above - 1.0).abs() < 1e-12, "{below}, {above}");
    }
}
