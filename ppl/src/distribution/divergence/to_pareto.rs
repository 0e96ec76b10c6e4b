//! Divergences from the Pareto distribution.

use super::logarithm::mean_logarithm;
use super::or_infinite;
use crate::distribution::{Entropy, KlDivergence, Pareto, Uniform};
use crate::{Result, Tensor};

impl KlDivergence<Pareto> for Uniform {
    /// ∞ where the other distribution begins later.
    fn kl_divergence(&self, other: &Pareto) -> Result<Tensor> {
        let is_within = self.low().try_greater_equal(other.scale())?;
        let low = Tensor::try_select(&is_within, self.low(), 1.0)?;
        let high = Tensor::try_select(&is_within, self.high(), 2.0)?;
        let (concentration, log_scale) = (other.concentration(), other.scale().ln());
        let excess = mean_logarithm(&low, &high)?.try_sub(&log_scale)?.try_mul(concentration + 1.0)?;
        let divergence = excess.try_add(log_scale.try_sub(concentration.ln())?)?.try_sub(self.entropy())?;
        or_infinite(&is_within, &divergence, self, other)
    }
}
