//! Divergences from the beta distribution.

use super::logarithm::mean_logarithm;
use super::{is_within, or_infinite};
use crate::distribution::{Beta, Entropy, KlDivergence, Uniform};
use crate::{Result, Tensor};

impl KlDivergence<Beta> for Uniform {
    /// ∞ unless this interval lies within the unit interval.
    fn kl_divergence(&self, other: &Beta) -> Result<Tensor> {
        let is_within = is_within((self.low(), self.high()), (&0.0.into(), &1.0.into()))?;
        let low = Tensor::try_select(&is_within, self.low(), 0.25)?;
        let high = Tensor::try_select(&is_within, self.high(), 0.75)?;
        let (a, b) = (other.concentration1(), other.concentration0());
        let powers = (a - 1.0)
            .try_mul(mean_logarithm(&low, &high)?)?
            .try_add((b - 1.0).try_mul(mean_logarithm(&(1.0 - &high), &(1.0 - &low))?)?)?;
        let divergence = a.try_lbeta(b)?.try_sub(powers)?.try_sub(self.entropy())?;
        or_infinite(&is_within, &divergence, self, other)
    }
}
