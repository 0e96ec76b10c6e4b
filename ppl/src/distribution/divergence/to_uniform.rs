//! Divergences of distributions on the unit interval from the uniform distribution.

use super::{is_within, or_infinite};
use crate::distribution::{Beta, ContinuousBernoulli, Entropy, KlDivergence, Uniform};
use crate::{Result, Tensor};

fn of_unit_interval(p: &impl Entropy, q: &Uniform) -> Result<Tensor> {
    let is_within = is_within((&0.0.into(), &1.0.into()), (q.low(), q.high()))?;
    or_infinite(&is_within, &q.entropy().try_sub(p.entropy())?, p, q)
}

impl KlDivergence<Uniform> for Beta {
    /// ∞ unless the other interval contains the unit interval.
    fn kl_divergence(&self, other: &Uniform) -> Result<Tensor> {
        of_unit_interval(self, other)
    }
}

impl KlDivergence<Uniform> for ContinuousBernoulli {
    /// ∞ unless the other interval contains the unit interval.
    fn kl_divergence(&self, other: &Uniform) -> Result<Tensor> {
        of_unit_interval(self, other)
    }
}
