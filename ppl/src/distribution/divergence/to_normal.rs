//! Divergences from the normal distribution, by mean and standard deviation.

use super::or_infinite;
use crate::distribution::{
    Beta, ContinuousBernoulli, Entropy, Exponential, Gamma, Gumbel, KlDivergence, Laplace, Moments, Normal, Pareto,
    Uniform,
};
use crate::special::HALF_LN_2PI;
use crate::{Result, Tensor};

fn by_moments(p: &(impl Entropy + Moments), q: &Normal) -> Result<Tensor> {
    let shift = p.mean().try_sub(q.loc())?.try_div(q.scale())?;
    let spread = p.stddev().try_div(q.scale())?;
    let squares = shift.square().try_add(spread.square())? * 0.5;
    squares.try_add(q.scale().ln().try_sub(p.entropy())? + HALF_LN_2PI)
}

impl KlDivergence<Normal> for Pareto {
    /// ∞ where the variance is: for concentrations up to 2.
    fn kl_divergence(&self, other: &Normal) -> Result<Tensor> {
        let is_finite = self.concentration().greater(2.0);
        let concentration = Tensor::select(&is_finite, self.concentration(), 3.0);
        let finite = Self::unchecked(concentration, self.scale().clone())?;
        or_infinite(&is_finite, &by_moments(&finite, other)?, self, other)
    }
}

macro_rules! by_moments {
    ($($(#[$doc:meta])* $P:ident;)+) => {
        $(
            impl KlDivergence<Normal> for $P {
                $(#[$doc])*
                fn kl_divergence(&self, other: &Normal) -> Result<Tensor> {
                    by_moments(self, other)
                }
            }
        )+
    };
}

by_moments! {
    Beta;
    ContinuousBernoulli;
    Exponential;
    Gamma;
    Gumbel;
    Laplace;
    Uniform;
}
