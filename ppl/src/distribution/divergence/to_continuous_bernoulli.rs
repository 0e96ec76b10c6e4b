//! Divergences from the continuous Bernoulli distribution, by the mean.

use super::{is_within, or_infinite};
use crate::distribution::{Beta, ContinuousBernoulli, Entropy, KlDivergence, Moments, Uniform};
use crate::{Result, Tensor};

impl KlDivergence<ContinuousBernoulli> for Beta {
    fn kl_divergence(&self, other: &ContinuousBernoulli) -> Result<Tensor> {
        other.cross_entropy(&self.mean())?.try_sub(self.entropy())
    }
}

impl KlDivergence<ContinuousBernoulli> for Uniform {
    /// ∞ unless this interval lies within the unit interval.
    fn kl_divergence(&self, other: &ContinuousBernoulli) -> Result<Tensor> {
        let is_within = is_within((self.low(), self.high()), (&0.0.into(), &1.0.into()))?;
        let divergence = other.cross_entropy(&self.mean())?.try_sub(self.entropy())?;
        or_infinite(&is_within, &divergence, self, other)
    }
}
