//! Expectations of powers of e^(arsinh Z), where Z is a standard normal variable.

use super::UNIT;
use crate::bijector::scalar::sinh::{asinh, log_cosh_of_asinh, sinh};
use crate::distribution::density::quadrature;
use crate::distribution::density::removable::log_sinhc;
use crate::special::HALF_LN_2PI;
use crate::{Result, Shape, Tensor};

/// Nodes of the quadratures of [`log_power`] and [`near_powers`].
const NODES: usize = 161;

/// arsinh Z is never that far from 0 with a probability that counts.
const REACH: f64 = 4.0;

/// The log density of a = arsinh Z.
fn log_density(a: &Tensor) -> Tensor {
    let sinh = sinh(a);
    sinh.square() * -0.5 + log_cosh_of_asinh(&sinh) - HALF_LN_2PI
}

/// ln E e^(q arsinh Z) for q > 0, by the trapezoidal rule about the peak of the integrand.
pub(super) fn log_power(batch_shape: &Shape, q: &Tensor) -> Result<Tensor> {
    let known = q.detach();
    let peak = asinh(&(&known * 2.0)) * 0.5;
    // The integrand has fallen by e⁻⁴⁰ there.
    let below = (known.recip() * 70.0).sqrt().try_maximum(known.recip() * 70.0)?.try_minimum(&peak + REACH)?;
    let above = (known.recip() * 60.0).sqrt().minimum(REACH);
    let step = below.try_add(above)? / (NODES - 1) as f64;
    let a = quadrature::indices(NODES, batch_shape)?.try_mul(&step)?.try_add(peak.try_sub(below)?)?;
    let log_terms = a.try_mul(q)?.try_add(log_density(&a))?;
    log_terms.try_logsumexp_axis(0)?.try_add(step.ln())
}

/// E (sinh(q arsinh Z) / sinh(q unit))², and P(2q) − P(q)² with P(q) = E e^(q arsinh Z).
///
/// For a small q: nothing cancels.
pub(super) fn near_powers(batch_shape: &Shape, q: &Tensor) -> Result<(Tensor, Tensor)> {
    let step = 2.0 * REACH / (NODES - 1) as f64;
    let a = quadrature::indices(NODES, batch_shape)? * step - REACH;
    let weights = log_density(&a).exp() * step;
    let average = |of: Tensor| of.try_mul(&weights)?.try_sum_axis(0);
    let magnitude = a.abs().try_mul(q)?;
    let log_unit = log_sinhc(&(q * UNIT));
    let ratio = log_sinhc(&magnitude).try_sub(log_unit)?.exp().try_mul(&a)? / UNIT;
    // E sinh²(q a), and 2 E sinh²(½ q a) = P(q) − 1.
    let square = average(sinh(&magnitude).square())?;
    let excess = average(sinh(&(magnitude * 0.5)).square() * 2.0)?;
    let spread = (square - &excess) * 2.0 - excess.square();
    Ok((average(ratio.square())?, spread))
}
