//! Divergences from the exponential distribution, by the mean.

use super::or_infinite;
use crate::distribution::continuous::gamma;
use crate::distribution::{
    Beta, ContinuousBernoulli, Entropy, Exponential, Gamma, KlDivergence, Moments, Pareto, Uniform,
};
use crate::{Result, Tensor};

/// That of a distribution of positive numbers.
fn by_mean(p: &(impl Entropy + Moments), q: &Exponential) -> Result<Tensor> {
    q.rate().try_mul(p.mean())?.try_sub(q.rate().ln())?.try_sub(p.entropy())
}

impl KlDivergence<Exponential> for Beta {
    fn kl_divergence(&self, other: &Exponential) -> Result<Tensor> {
        by_mean(self, other)
    }
}

impl KlDivergence<Exponential> for ContinuousBernoulli {
    fn kl_divergence(&self, other: &Exponential) -> Result<Tensor> {
        by_mean(self, other)
    }
}

impl KlDivergence<Exponential> for Gamma {
    fn kl_divergence(&self, other: &Exponential) -> Result<Tensor> {
        gamma::kl_divergence((self.concentration(), self.rate()), (&1.0.into(), other.rate()))
    }
}

impl KlDivergence<Exponential> for Pareto {
    /// ∞ where the mean is: for concentrations up to 1.
    fn kl_divergence(&self, other: &Exponential) -> Result<Tensor> {
        by_mean(self, other)
    }
}

impl KlDivergence<Exponential> for Uniform {
    /// ∞ where this interval has negative numbers.
    fn kl_divergence(&self, other: &Exponential) -> Result<Tensor> {
        or_infinite(&self.low().greater_equal(0.0), &by_mean(self, other)?, self, other)
    }
}
