//! Divergences of and from chi-squared distributions: those of the gamma distributions that they are.

use crate::distribution::{Beta, Chi2, Exponential, Gamma, Gumbel, KlDivergence, Normal, Pareto, Uniform, Weibull};
use crate::{Result, Tensor};

macro_rules! as_gamma {
    (from $($P:ident),+; to $($Q:ident),+;) => {
        $(
            impl KlDivergence<Chi2> for $P {
                /// That from the gamma distribution.
                fn kl_divergence(&self, other: &Chi2) -> Result<Tensor> {
                    self.kl_divergence(&other.gamma())
                }
            }
        )+
        $(
            impl KlDivergence<$Q> for Chi2 {
                /// That of the gamma distribution.
                fn kl_divergence(&self, other: &$Q) -> Result<Tensor> {
                    self.gamma().kl_divergence(other)
                }
            }
        )+
    };
}

as_gamma! {
    from Beta, Exponential, Gamma, Pareto, Uniform, Weibull;
    to Exponential, Gamma, Gumbel, Normal;
}
