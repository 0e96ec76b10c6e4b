//! Triangular distribution.

use std::f64::consts::LN_2;

use crate::distribution::density::scalar;
use crate::distribution::sampling::noise::standard_uniform;
use crate::distribution::{Cdf, Distribution, Entropy, Mode, Moments};
use crate::random::Rng;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor};

declare! {
    /// Triangular distribution on an interval.
    ///
    #[doc = include_str!("../../../doc/distribution/Triangular.svg")]
    ///
    /// ```text
    /// log p(x) = ln(2 / (high − low)) + ln(d / D),   low ≤ x ≤ high
    /// ```
    ///
    /// with d the distance of x, and D that of the peak, from the end on whose side of the peak x lies.
    #[parameters]
    /// # Support
    /// The numbers from `low` to `high`: [`Constraint::Interval`](crate::Constraint::Interval).
    ///
    /// # Moments
    /// ```text
    /// mean     = (low + high + peak) / 3
    /// variance = ((peak − low)² + (peak − low) (high − peak) + (high − peak)²) / 18
    /// mode     = peak
    /// median   = low + √(½ (high − low) (peak − low)) if peak ≥ ½ (low + high)
    ///            high − √(½ (high − low) (high − peak)) otherwise
    /// entropy  = ½ + ln((high − low) / 2)
    /// ```
    ///
    /// # Numerics
    /// Both tails are sums of positive terms, and quantiles are measured from the nearer end. Draws are quantiles of
    /// uniform noise.
    ///
    /// # Reference
    /// Kotz and van Dorp, "Beyond Beta" (2004), chapter 1.
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Cdf, Distribution, Triangular};
    ///
    /// let cost = Triangular::new(1.0, 5.0, 2.0)?;
    /// assert_eq!(cost.prob(&2.0.into())?, 0.5);
    /// assert_eq!(cost.cdf(&2.0.into())?, 0.25);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct Triangular {
        /// Lower end.
        low: Real,
        /// Upper end.
        high: GreaterThan(low),
        /// Mode, which may be an end.
        peak: Interval(low, high),
    }

    pub fn new(low: impl IntoTensor, high: impl IntoTensor, peak: impl IntoTensor) -> Result<Self>;
}

/// Lengths of the interval and of its two parts.
struct Lengths {
    width: Tensor,
    left: Tensor,
    right: Tensor,
}

impl Triangular {
    fn lengths(&self) -> Result<Lengths> {
        let Self { low, high, peak, .. } = self.checked();
        Ok(Lengths { width: high.try_sub(&low)?, left: peak.try_sub(&low)?, right: high.try_sub(&peak)? })
    }

    /// The shares of both parts.
    fn shares(&self) -> Result<(Tensor, Tensor)> {
        let Lengths { width, left, right } = self.lengths()?;
        Ok((left.try_div(&width)?, right.try_div(&width)?))
    }

    /// Both tails of values inside the support, each of which is a sum of positive terms.
    fn tails(&self, value: &Tensor) -> Result<(Tensor, Tensor)> {
        let (left, right) = self.shares()?;
        // Distances in units of the interval.
        let width = self.lengths()?.width;
        let [from_low, to_high, from_peak] =
            [value.try_sub(&self.low)?, self.high.try_sub(value)?, value.try_sub(&self.peak)?];
        let (from_low, to_high) = (from_low.try_div(&width)?, to_high.try_div(&width)?);
        let from_peak = from_peak.try_div(&width)?;
        let is_left = from_peak.detach().less(0.0);
        let product = from_low.try_mul(&to_high)?;
        // On a side of length 0 there is no value.
        let left = Tensor::try_select(&is_left, left, 1.0)?;
        let right = Tensor::try_select(&is_left, 1.0, right)?;
        let lower_right = from_peak.try_add(&product)?.try_div(&right)?;
        let upper_left = product.try_sub(&from_peak)?.try_div(&left)?;
        let lower = Tensor::try_select(&is_left, from_low.square().try_div(left)?, lower_right)?;
        let upper = Tensor::try_select(is_left, upper_left, to_high.square().try_div(right)?)?;
        Ok((lower, upper))
    }
}

impl Distribution for Triangular {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::Interval { lower: self.low.clone(), upper: self.high.clone() }
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        self.icdf(&standard_uniform(rng, sample_shape.concat(&self.batch_shape)))
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, &self.peak, |value| {
            let Lengths { width, left, right } = self.lengths()?;
            let (number, peak) = (value.detach(), self.peak.detach());
            let (is_left, is_right) = (number.try_less(&peak)?, number.try_greater(&peak)?);
            let distance = Tensor::try_select(&is_left, value.try_sub(&self.low)?, self.high.try_sub(value)?)?;
            let of_peak = Tensor::try_select(&is_left, left, right)?;
            // At the peak, which may be an end, the ratio is 1.
            let is_off = is_left.try_add(is_right)?;
            let ratio =
                Tensor::try_select(&is_off, distance, 1.0)?.try_div(Tensor::try_select(&is_off, of_peak, 1.0)?)?;
            (ratio.ln() + LN_2).try_sub(width.ln())
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Cdf for Triangular {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (0.0, 1.0), |value| Ok(self.tails(value)?.0))
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        let p = scalar::probability(probability);
        let q = 1.0 - &p;
        let (left, right) = self.shares()?;
        let is_left = p.detach().try_less_equal(left.detach())?;
        // The distance from the end of its side, in units of the interval, and that from the other end by a sum of positive
        // terms.
        let near = |p: &Tensor, own: &Tensor| -> Result<Tensor> { Ok(p.try_mul(own)?.sqrt()) };
        let far = |p: &Tensor, own: &Tensor, other: &Tensor, near: &Tensor| {
            own.try_add(p.try_mul(other)?)?.try_div(near + 1.0)
        };
        let (near_low, near_high) = (near(&p, &left)?, near(&q, &right)?);
        let from_low = Tensor::try_select(&is_left, &near_low, far(&p, &left, &right, &near_high)?)?;
        let from_high = Tensor::try_select(&is_left, far(&q, &right, &left, &near_low)?, &near_high)?;
        let width = self.lengths()?.width;
        let by_low = from_low.try_mul(&width)?.try_add(&self.low)?;
        Tensor::try_select(p.detach().less(0.5), by_low, self.high.try_sub(from_high.try_mul(width)?)?)
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (f64::NEG_INFINITY, 0.0), |value| {
            let (lower, upper) = self.tails(value)?;
            Ok(scalar::log_of_complements(&lower, &upper))
        })
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (1.0, 0.0), |value| Ok(self.tails(value)?.1))
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (0.0, f64::NEG_INFINITY), |value| {
            let (lower, upper) = self.tails(value)?;
            Ok(scalar::log_of_complements(&upper, &lower))
        })
    }
}

impl Mode for Triangular {
    fn mode(&self) -> Result<Tensor> {
        self.peak.try_broadcast_to(self.batch_shape)
    }
}

impl Moments for Triangular {
    fn mean(&self) -> Tensor {
        (&self.low + &self.high + &self.peak) / 3.0
    }

    fn variance(&self) -> Tensor {
        let (left, right) = (&self.peak - &self.low, &self.high - &self.peak);
        (left.square() + &left * &right + right.square()) / 18.0
    }
}

impl Entropy for Triangular {
    fn entropy(&self) -> Tensor {
        ((&self.high - &self.low).ln() + (0.5 - LN_2)).broadcast_to(self.batch_shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<Triangular> {
        Family::new("Triangular", |p| Triangular::new(p.get("low"), p.get("high"), p.get("peak")))
            .at(parameters! { low: -0.7, high: 2.5, peak: 0.3 })
            .at(parameters! { low: -3.0, high: 4.0, peak: 2.0 })
            .with_corner_at("peak")
            .rejects(parameters! { low: f64::NAN, high: 1.0, peak: 0.0 }, "Triangular: `low` must be real, got NaN")
            .rejects(parameters! { low: 0.0, high: 0.0, peak: 0.0 }, "Triangular: `high` must be greater than 0, got 0")
            .rejects(
                parameters! { low: 0.0, high: 1.0, peak: 2.0 },
                "Triangular: `peak` must be between 0 and 1, got 2",
            )
            .draws([0.39956859440359116, 0.4051468159522307, 1.1440069937418196])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, reparameterized);
}
