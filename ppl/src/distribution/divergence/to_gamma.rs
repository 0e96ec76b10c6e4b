//! Divergences from the gamma distribution, by the means of X and ln X.

use super::logarithm::mean_logarithm;
use super::or_infinite;
use crate::distribution::continuous::gamma;
use crate::distribution::continuous::gumbel::EULER_GAMMA;
use crate::distribution::{Beta, Entropy, Exponential, Gamma, KlDivergence, Moments, Pareto, Uniform, Weibull};
use crate::special::HALF_LN_2PI;
use crate::{Result, Tensor};

/// That of a distribution of positive numbers, with E ln X.
fn by_means(p: &(impl Entropy + Moments), mean_ln: &Tensor, q: &Gamma) -> Result<Tensor> {
    let (a, rate) = (q.concentration(), q.rate());
    // ln Γ(a) − (a − 1) E ln X − a ln b + b E X, in which ln Γ(a) and a E ln(b X) would cancel for large a: with Stirling's
    // formula, a ln a is taken out of both.
    let log_ratio = rate.ln().try_sub(a.ln())?.try_add(mean_ln)?;
    let deviance = rate.try_mul(p.mean())?.try_sub(log_ratio.try_add(1.0)?.try_mul(a)?)?;
    let normalizer = a.stirling_correction() - a.ln() * 0.5 + HALF_LN_2PI;
    deviance.try_add(normalizer)?.try_add(mean_ln)?.try_sub(p.entropy())
}

impl KlDivergence<Gamma> for Beta {
    fn kl_divergence(&self, other: &Gamma) -> Result<Tensor> {
        by_means(self, &self.mean_logarithms().0, other)
    }
}

impl KlDivergence<Gamma> for Exponential {
    fn kl_divergence(&self, other: &Gamma) -> Result<Tensor> {
        gamma::kl_divergence((&1.0.into(), self.rate()), (other.concentration(), other.rate()))
    }
}

impl KlDivergence<Gamma> for Pareto {
    /// ∞ where the mean is: for concentrations up to 1.
    fn kl_divergence(&self, other: &Gamma) -> Result<Tensor> {
        by_means(self, &self.scale().ln().try_add(self.concentration().recip())?, other)
    }
}

impl KlDivergence<Gamma> for Uniform {
    /// ∞ where this interval has negative numbers.
    fn kl_divergence(&self, other: &Gamma) -> Result<Tensor> {
        let is_positive = self.low().greater_equal(0.0);
        let low = Tensor::select(&is_positive, self.low(), 0.0);
        let high = Tensor::try_select(&is_positive, self.high(), 1.0)?;
        or_infinite(&is_positive, &by_means(self, &mean_logarithm(&low, &high)?, other)?, self, other)
    }
}

impl KlDivergence<Gamma> for Weibull {
    /// Bauckhage, "Computing the Kullback–Leibler divergence between two generalized gamma distributions" (2014), formula 28.
    fn kl_divergence(&self, other: &Gamma) -> Result<Tensor> {
        by_means(self, &self.scale().ln().try_sub(self.concentration().recip() * EULER_GAMMA)?, other)
    }
}
