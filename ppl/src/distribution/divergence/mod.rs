//! Divergences between distributions of different families.
//!
//! Each is a cross entropy less an entropy, KL(p ‖ q) = −E ln q(X) − H(p) with X of p, and stands in the file of the
//! family of q: the cross entropy is made of a few moments of p. Those between members of one family stand with the family.

mod by_type;
mod chi2;
mod counts;
mod logarithm;
mod outside;
pub(crate) mod ratio;
mod structure;
mod to_beta;
mod to_continuous_bernoulli;
mod to_exponential;
mod to_gamma;
mod to_gumbel;
mod to_laplace;
mod to_normal;
mod to_pareto;
mod to_uniform;

#[cfg(test)]
mod tests;

pub use self::by_type::kl_divergence;
pub use self::structure::{AsDistribution, Structure};

use crate::distribution::Distribution;
use crate::{Result, Tensor, check};

/// 1 for each batch member where an interval lies within another one.
fn is_within(inner: (&Tensor, &Tensor), outer: (&Tensor, &Tensor)) -> Result<Tensor> {
    inner.0.try_greater_equal(outer.0)?.try_mul(inner.1.try_less_equal(outer.1)?)
}

/// The divergence where `is_finite`, and ∞ elsewhere, for each member of the common batch.
fn or_infinite(is_finite: &Tensor, divergence: &Tensor, p: &dyn Distribution, q: &dyn Distribution) -> Result<Tensor> {
    let shape = check::broadcast(p.name(), &p.batch_shape(), &q.batch_shape())?;
    Tensor::try_select(is_finite, divergence, f64::INFINITY)?.try_broadcast_to(shape)
}
