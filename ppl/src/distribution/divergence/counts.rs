//! Divergences between distributions of counts.

use super::or_infinite;
use crate::distribution::{Bernoulli, Binomial, Distribution, Entropy, KlDivergence, Poisson};
use crate::{Result, Tensor, check};

impl KlDivergence<Poisson> for Bernoulli {
    fn kl_divergence(&self, other: &Poisson) -> Result<Tensor> {
        // 0! = 1! = 1.
        let cross = other.rate().try_sub(other.times_log_rate(&self.probs())?)?;
        cross.try_sub(self.entropy())
    }
}

impl KlDivergence<Bernoulli> for Poisson {
    /// ∞ unless the rate is 0: all counts are possible.
    fn kl_divergence(&self, other: &Bernoulli) -> Result<Tensor> {
        of_no_events(self, other)
    }
}

impl KlDivergence<Binomial> for Poisson {
    /// ∞ unless the rate is 0: all counts are possible.
    fn kl_divergence(&self, other: &Binomial) -> Result<Tensor> {
        of_no_events(self, other)
    }
}

/// −ln q(0) where the rate of p is 0, and ∞ elsewhere.
fn of_no_events(p: &Poisson, q: &impl Distribution) -> Result<Tensor> {
    let is_zero = p.rate().detach().equal(0.0);
    if is_zero.is_known_to_be_all(0.0) {
        let shape = check::broadcast(p.name(), &p.batch_shape(), &q.batch_shape())?;
        return Ok(Tensor::full(shape, f64::INFINITY));
    }
    or_infinite(&is_zero, &-q.log_prob(&Tensor::scalar(0.0))?, p, q)
}
