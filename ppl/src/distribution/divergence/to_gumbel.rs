//! Divergences from the Gumbel distribution, by the means of X and of e⁻ᶻ, with z = (X − loc) / scale.

use crate::distribution::density::removable::expm1_ratio;
use crate::distribution::{Entropy, Exponential, Gamma, Gumbel, KlDivergence, Moments, Normal, Uniform};
use crate::{Result, Tensor};

/// That of a distribution with the mean of e⁻ᶻ.
fn by_means(p: &(impl Entropy + Moments), tail: Tensor, q: &Gumbel) -> Result<Tensor> {
    let mean = p.mean().try_sub(q.loc())?.try_div(q.scale())?;
    mean.try_add(tail)?.try_add(q.scale().ln())?.try_sub(p.entropy())
}

impl KlDivergence<Gumbel> for Exponential {
    fn kl_divergence(&self, other: &Gumbel) -> Result<Tensor> {
        by_means(self, tail_of_gamma(&1.0.into(), self.rate(), other)?, other)
    }
}

impl KlDivergence<Gumbel> for Gamma {
    fn kl_divergence(&self, other: &Gumbel) -> Result<Tensor> {
        by_means(self, tail_of_gamma(self.concentration(), self.rate(), other)?, other)
    }
}

/// e^(loc / scale) (1 + 1 / (rate · scale))^(−concentration).
fn tail_of_gamma(concentration: &Tensor, rate: &Tensor, q: &Gumbel) -> Result<Tensor> {
    let powers = rate.try_mul(q.scale())?.recip().log1p().try_mul(concentration)?;
    Ok(q.loc().try_div(q.scale())?.try_sub(powers)?.exp())
}

impl KlDivergence<Gumbel> for Normal {
    fn kl_divergence(&self, other: &Gumbel) -> Result<Tensor> {
        let mean = self.loc().try_sub(other.loc())?.try_div(other.scale())?;
        let spread = self.scale().try_div(other.scale())?.square() * 0.5;
        by_means(self, spread.try_sub(mean)?.exp(), other)
    }
}

impl KlDivergence<Gumbel> for Uniform {
    fn kl_divergence(&self, other: &Gumbel) -> Result<Tensor> {
        let lowest = self.low().try_sub(other.loc())?.try_div(other.scale())?;
        let width = self.high().try_sub(self.low())?.try_div(other.scale())?;
        by_means(self, expm1_ratio(&-width).try_mul((-lowest).exp())?, other)
    }
}
