//! Divergences of distributions that have values where the other one has none: infinite, whatever the parameters.

use crate::distribution::{
    Beta, Chi2, ContinuousBernoulli, Distribution, Exponential, Gamma, Gumbel, KlDivergence, Laplace, Normal, Pareto,
    Uniform,
};
use crate::{Result, Tensor, check};

macro_rules! infinite {
    ($($P:ident => $($Q:ident),+;)+) => {
        $($(
            impl KlDivergence<$Q> for $P {
                /// ∞: there are values outside of the other support.
                fn kl_divergence(&self, other: &$Q) -> Result<Tensor> {
                    let shape = check::broadcast(self.name(), &self.batch_shape(), &other.batch_shape())?;
                    Ok(Tensor::full(shape, f64::INFINITY))
                }
            }
        )+)+
    };
}

infinite! {
    Beta => Pareto;
    ContinuousBernoulli => Pareto;
    Exponential => Beta, ContinuousBernoulli, Pareto, Uniform;
    Gamma => Beta, ContinuousBernoulli, Pareto, Uniform;
    Chi2 => Beta, ContinuousBernoulli, Pareto, Uniform;
    Gumbel => Beta, ContinuousBernoulli, Exponential, Gamma, Chi2, Pareto, Uniform;
    Laplace => Beta, ContinuousBernoulli, Exponential, Gamma, Chi2, Pareto, Uniform;
    Normal => Beta, ContinuousBernoulli, Exponential, Gamma, Chi2, Pareto, Uniform;
    Pareto => Beta, ContinuousBernoulli, Uniform;
}
