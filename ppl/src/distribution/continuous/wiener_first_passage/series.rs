//! The density of the first passage of a Wiener process without drift between boundaries of distance 1, by two series.
//!
//! With w the distance from the start to the boundary that is reached, and ε = 1 − w,
//!
//! ```text
//! g(u, w) = (2π u³)^(−½) Σ_k (w + 2k) exp(−(w + 2k)² / (2u))
//!         = π Σ_k k sin(k π w) exp(−½ k² π² u)
//! ```
//!
//! At the times where a series is used, the terms left out are below 1e-19 of the sum.

use std::f64::consts::PI;

use crate::special::LN_PI;
use crate::{Result, Tensor};

/// Up to this time the first series is summed, and the second from there on.
pub(super) const SHORT: f64 = 0.4;

/// The reciprocal of a smaller distance might overflow.
const LEAST: f64 = 1e-300;

/// The logarithm of Σ_k (w + 2k) exp((w² − (w + 2k)²) / (2u)): the first series without its Gaussian factor.
///
/// The terms are paired such that each pair vanishes with w, or with ε, as the sum does, and their signs do not cancel.
pub(super) fn log_short(time: &Tensor, distance: &Tensor, rest: &Tensor) -> Result<Tensor> {
    let is_near = distance.detach().try_less_equal(rest.detach())?;
    // Each form is fed harmless arguments where the other one is chosen.
    let near = {
        let w = Tensor::select(&is_near, distance, 0.25);
        // w and the pairs of k and −k, relative to w, which have a limit at 0.
        let least = w.maximum(LEAST);
        let mut excess = Tensor::scalar(0.0);
        for k in [1.0, 2.0, 3.0] {
            let decay = (k - &w).try_div(time)? * (-2.0 * k);
            let difference = least.try_div(time)? * (-4.0 * k);
            let pair = (2.0 * k / &least + 1.0).try_mul(difference.expm1())? + 2.0;
            excess = excess.try_add(pair.try_mul(decay.exp())?)?;
        }
        w.ln().try_add(excess.log1p())?
    };
    let far = {
        let epsilon = Tensor::select(&is_near, 0.25, rest);
        // The pairs of m − ε and −(m + ε), with m = 1, 3, 5.
        let mut sum = Tensor::scalar(0.0);
        for m in [1.0, 3.0, 5.0] {
            let difference = epsilon.try_div(time)? * (-2.0 * m);
            let pair = -(&epsilon + m).try_mul(difference.expm1())?.try_add(&epsilon * 2.0)?;
            let decay = (m + 1.0 - &epsilon * 2.0).try_div(time)? * (0.5 * (1.0 - m));
            sum = sum.try_add(pair.try_mul(decay.exp())?)?;
        }
        sum.ln()
    };
    Tensor::try_select(is_near, near, far)
}

/// The logarithm of the second series.
pub(super) fn log_long(time: &Tensor, distance: &Tensor, rest: &Tensor) -> Result<Tensor> {
    let is_near = distance.detach().try_less_equal(rest.detach())?;
    let angle = Tensor::try_select(&is_near, distance, rest)? * PI;
    let sign = is_near * 2.0 - 1.0;
    // sin(k π w) / sin(π w) are polynomials in cos(π w).
    let cosine = angle.cos().try_mul(sign)?;
    let square = cosine.square();
    let quotients = [&cosine * 2.0, &square * 4.0 - 1.0, (square * 8.0 - 4.0).try_mul(&cosine)?];
    let mut excess = Tensor::scalar(0.0);
    for (k, quotient) in [2.0, 3.0, 4.0].into_iter().zip(quotients) {
        let decay = (time * (-0.5 * (k * k - 1.0) * PI * PI)).exp();
        excess = excess.try_add(quotient.try_mul(decay)? * k)?;
    }
    let log_sum = angle.sin().ln().try_add(excess.log1p())?;
    log_sum.try_sub(time * (0.5 * PI * PI)).map(|log| log + LN_PI)
}
