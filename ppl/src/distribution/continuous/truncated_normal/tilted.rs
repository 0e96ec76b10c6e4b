//! Intervals so narrow, or so far from the mean, that the normal density is an exponential function in them.

use super::TruncatedNormal;
use crate::distribution::Distribution;
use crate::distribution::density::removable::TiltedUniform;
use crate::tensor::cumulative::Function;
use crate::{Result, Tensor};

/// Distances from an end, in scales, of which half of the square changes no digit.
const SHORT: f64 = 1e-7;

/// The smallest product of tilt and width; it changes no digit of a uniform density.
const LEAST: f64 = 1e-17;

/// Beyond this product of tilt and width the other end is in no moment.
const LARGEST: f64 = 1e5;

/// The members of the batch whose density is exp(−tilt · t) with t the distance from the end that is next to the mean, in scales.
pub(super) struct Tilted {
    pub(super) is_tilted: Tensor,
    /// The distribution with harmless parameters at these members.
    pub(super) ordinary: TruncatedNormal,
    /// 1 where the end is the lower one, −1 where it is the upper one.
    sign: Tensor,
    end: Tensor,
    scale: Tensor,
    tilt: Tensor,
    /// Whether the mean is so far from the end that the tail of the whole normal has the first term of its series.
    is_far: Tensor,
    /// The length of the interval in scales, which may be ∞.
    width: Tensor,
}

impl TruncatedNormal {
    /// None if no member of the batch is tilted, or if that is not known: recorded programs have the general formulas alone.
    pub(super) fn tilted(&self) -> Result<Option<Tilted>> {
        let given = [&self.loc, &self.scale, &self.low, &self.high];
        if given.iter().any(|tensor| tensor.is_recorded()) {
            return Ok(None);
        }
        // What is tilted has no derivative.
        let is_tilted = {
            let [loc, scale, low, high] = given.map(Tensor::detach);
            let distance = low.try_sub(&loc)?.try_maximum(loc.try_sub(&high)?)?.try_div(&scale)?;
            let width = high.try_sub(low)?.try_div(scale)?;
            distance.greater(SHORT.recip()).try_maximum(width.less(SHORT))?
        };
        if is_tilted.is_known_to_be_all(0.0) {
            return Ok(None);
        }
        let where_tilted = |tensor: &Tensor, otherwise: f64| Tensor::try_select(&is_tilted, tensor, otherwise);
        let elsewhere = |tensor: &Tensor, otherwise: f64| Tensor::try_select(&is_tilted, otherwise, tensor);
        let ordinary = Self {
            loc: elsewhere(&self.loc, 0.0)?,
            scale: elsewhere(&self.scale, 1.0)?,
            low: elsewhere(&self.low, -1.0)?,
            high: elsewhere(&self.high, 1.0)?,
            batch_shape: self.batch_shape,
        };
        let (loc, scale) = (where_tilted(&self.loc, -1.0)?, where_tilted(&self.scale, 1.0)?);
        let (low, high) = (where_tilted(&self.low, 0.0)?, where_tilted(&self.high, 1.0)?);
        let is_upper = {
            let [loc, low, high] = [&loc, &low, &high].map(Tensor::detach);
            loc.try_sub(&high)?.try_greater(low.try_sub(&loc)?)?
        };
        let sign = 1.0 - is_upper * 2.0;
        let end = Tensor::try_select(sign.less(0.0), &high, &low)?;
        let width = high.try_sub(&low)?.try_div(&scale)?;
        let tilt = end.try_sub(loc)?.try_mul(&sign)?.try_div(&scale)?.minimum(f64::MAX);
        let tilt = tilt.try_maximum((width.recip() * LEAST).detach())?;
        let is_far = tilt.detach().greater(SHORT.recip());
        Ok(Some(Tilted { is_tilted, ordinary, sign, end, scale, tilt, is_far, width }))
    }
}

impl Tilted {
    /// A function of values, of this distribution where it is tilted and of the ordinary one elsewhere.
    pub(super) fn or_ordinary(
        &self,
        value: &Tensor,
        tilted: impl FnOnce(&Tensor) -> Result<Tensor>,
        ordinary: impl FnOnce(&TruncatedNormal, &Tensor) -> Result<Tensor>,
    ) -> Result<Tensor> {
        let (own, other) =
            (Tensor::try_select(&self.is_tilted, value, &self.end)?, Tensor::try_select(&self.is_tilted, 0.0, value)?);
        Tensor::try_select(&self.is_tilted, tilted(&own)?, ordinary(&self.ordinary, &other)?)
    }

    /// A property, likewise.
    pub(super) fn property(&self, tilted: Tensor, ordinary: impl FnOnce(&TruncatedNormal) -> Tensor) -> Tensor {
        Tensor::select(&self.is_tilted, tilted, ordinary(&self.ordinary)).broadcast_to(self.ordinary.batch_shape())
    }

    /// The distance of a value from the end, up to the other end.
    fn distance(&self, value: &Tensor) -> Result<Tensor> {
        let distance = value.try_sub(&self.end)?.try_mul(&self.sign)?.try_div(&self.scale)?;
        distance.clamp(0.0, f64::MAX).try_minimum(&self.width)
    }

    /// −ln P(T > start + length | T > start) of the distance T, without the other end.
    ///
    /// Far from the mean it is that of the normal tail, e^(−½ t²) / t: the square counts far beyond the end.
    fn exponent(&self, start: &Tensor, length: &Tensor) -> Result<Tensor> {
        let from_mean = start.try_add(&self.tilt)?;
        let square = start.try_add(length * 0.5)?.try_mul(length)?;
        let far = length.try_div(from_mean)?.log1p().try_add(square)?;
        self.tilt.try_mul(length)?.try_add(Tensor::try_select(&self.is_far, far, 0.0)?)
    }

    /// That of the whole width.
    fn whole(&self) -> Result<Tensor> {
        self.exponent(&Tensor::scalar(0.0), &self.width)
    }

    pub(super) fn log_density(&self, value: &Tensor) -> Result<Tensor> {
        let normalizer = (-self.whole()?).log1mexp().try_add(self.scale.ln())?.try_sub(self.tilt.ln())?;
        let distance = self.distance(value)?;
        let slope = self.tilt.try_add(&distance * 0.5)?;
        let exponent = Tensor::try_select(&self.is_far, slope, &self.tilt)?.try_mul(distance)?;
        (-exponent).try_sub(normalizer)
    }

    pub(super) fn tail(&self, function: Function, value: &Tensor) -> Result<Tensor> {
        let distance = self.distance(value)?;
        let exponent = self.exponent(&Tensor::scalar(0.0), &distance)?;
        let total = (-self.whole()?).log1mexp();
        // On this side of the value, and beyond it.
        let near = (-&exponent).log1mexp().try_sub(&total)?;
        let rest = self.exponent(&distance, &self.width.try_sub(&distance)?)?;
        let far = (-rest).log1mexp().try_sub(exponent)?.try_sub(total)?;
        let is_from_low = self.sign.greater(0.0);
        let is_lower = matches!(function, Function::Lower | Function::LogLower);
        let (of_low, of_high) = if is_lower { (near, far) } else { (far, near) };
        let log_tail = Tensor::try_select(is_from_low, of_low, of_high)?.minimum(0.0);
        Ok(if matches!(function, Function::LogLower | Function::LogUpper) { log_tail } else { log_tail.exp() })
    }

    pub(super) fn quantile(&self, probability: &Tensor) -> Result<Tensor> {
        let share = Tensor::try_select(self.sign.greater(0.0), probability, 1.0 - probability)?;
        let log_rest = share.try_mul((-self.whole()?).expm1())?.log1p();
        let distance = (-log_rest).try_div(&self.tilt)?.try_minimum(&self.width)?;
        distance.try_mul(&self.scale)?.try_mul(&self.sign)?.try_add(&self.end)
    }

    /// The distribution of the distance as a share of the width that is in the moments, and that width.
    fn share(&self) -> (TiltedUniform, Tensor) {
        let width = self.width.minimum(LARGEST / &self.tilt);
        (TiltedUniform::new(&(&self.tilt * &width)), width)
    }

    pub(super) fn mean(&self) -> Tensor {
        let (share, width) = self.share();
        &self.end + &self.sign * (share.mean() * width * &self.scale)
    }

    pub(super) fn variance(&self) -> Tensor {
        let (share, width) = self.share();
        share.variance() * (width * &self.scale).square()
    }

    pub(super) fn entropy(&self) -> Tensor {
        let (share, width) = self.share();
        share.entropy() + width.ln() + self.scale.ln()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::{Cdf, Entropy, Moments};

    fn close(got: f64, want: f64, what: &str) {
        assert!((got - want).abs() <= 1e-13 * want.abs(), "{what}: {got}, {want}");
    }

    /// mpmath with 60 digits.
    #[test]
    fn far_from_the_mean_the_tail_is_that_of_the_normal() -> Result<()> {
        let (x, beyond) = (Tensor::scalar(20_000_000.000_000_1), Tensor::scalar(20_000_001.0));
        let upper = TruncatedNormal::new(0.0, 1.0, 2e7, f64::INFINITY)?;
        let lower = TruncatedNormal::new(0.0, 1.0, f64::NEG_INFINITY, -2e7)?;
        close(upper.log_prob(&x)?.item(), 14.799_586_070_348_829, "density");
        close(lower.log_prob(&-&x)?.item(), 14.799_586_070_348_829, "mirrored density");
        close(upper.log_survival(&beyond)?.item(), -20_000_000.500_000_05, "tail");
        close(lower.log_cdf(&-beyond)?.item(), -20_000_000.500_000_05, "mirrored tail");
        close(upper.log_cdf(&x)?.item(), -0.143_601_204_827_999_5, "rest");
        close(lower.log_survival(&-&x)?.item(), -0.143_601_204_827_999_5, "mirrored rest");
        close(upper.variance().item(), 1.0 / 2e7 / 2e7, "variance");
        Ok(())
    }

    #[test]
    fn a_narrow_interval_is_uniform() -> Result<()> {
        let narrow = TruncatedNormal::new(0.3, 1e9, -1.0, 2.5)?;
        close(narrow.log_prob(&Tensor::scalar(0.7))?.item(), -(3.5_f64.ln()), "density");
        close(narrow.cdf(&Tensor::scalar(0.0))?.item(), 1.0 / 3.5, "cdf");
        close(narrow.icdf(&Tensor::scalar(0.25))?.item(), -0.125, "quantile");
        close(narrow.mean().item(), 0.75, "mean");
        close(narrow.variance().item(), 3.5 * 3.5 / 12.0, "variance");
        close(narrow.entropy().item(), 3.5_f64.ln(), "entropy");
        Ok(())
    }

    /// The members of a batch are what they are alone.
    #[test]
    fn tilted_and_ordinary_members_share_a_batch() -> Result<()> {
        let batch = TruncatedNormal::new(Tensor::from([0.3, 1e300]), 1.7, -1.0, 2.5)?;
        let alone = TruncatedNormal::new(0.3, 1.7, -1.0, 2.5)?;
        let value = Tensor::scalar(1.0);
        let got = batch.log_prob(&value)?;
        assert_eq!(got.index(0, 0), alone.log_prob(&value)?);
        close(got.index(0, 1).item(), -1.5 * 1e300 / (1.7 * 1.7), "density");
        assert_eq!(batch.cdf(&value)?.to_vec(), [alone.cdf(&value)?.item(), 0.0]);
        assert_eq!(batch.mean().to_vec(), [alone.mean().item(), 2.5]);
        let draws = batch.sample(&mut crate::random::Key::new(1).rng("x", 0), &crate::Shape::from(5))?;
        assert!(draws.index(-1, 1).to_vec().iter().all(|draw| *draw == 2.5), "{draws}");
        let density = batch.log_prob(&Tensor::scalar(2.5))?.index(0, 1).item();
        close(density, 1e300_f64.ln() - 2.0 * 1.7_f64.ln(), "density at the end");
        Ok(())
    }
}
