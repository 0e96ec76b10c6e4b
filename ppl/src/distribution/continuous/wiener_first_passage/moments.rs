//! Mean and variance of the time, given the boundary.
//!
//! The cumulants of the time are derivatives of ln(sinh(εθ) / sinh θ) by s = ½ θ² at the drift, with changed signs of
//! the odd ones:
//!
//! ```text
//! κ₁ = h(v) − ε² h(εv),    κ₂ = ε⁴ m(εv) − m(v),    h(x) = (x coth x − 1) / x²,    m(x) = h'(x) / x
//! ```

use std::f64::consts::PI;

use super::WienerFirstPassage;
use crate::Tensor;
use crate::distribution::density::removable::polynomial;
use crate::special;

/// Up to here h and m are their power series.
const NEAR: f64 = 1.0;

/// From this drift on, the hyperbolic cotangent is 1 and the higher powers of the reciprocal are nothing beside the third.
const LARGE: f64 = 1e50;
/// Coefficients of x², x⁴, …, x³² of x coth x − 1.
const TERMS: usize = 16;

/// The time at one boundary.
pub(super) struct Time {
    pub(super) probability: Tensor,
    pub(super) mean: Tensor,
    pub(super) variance: Tensor,
}

impl WienerFirstPassage {
    /// The times at the upper and at the lower boundary.
    pub(super) fn times(&self) -> [Time; 2] {
        let drift = (&self.drift * &self.boundary_separation).abs();
        let separation = &self.boundary_separation;
        let is_large = drift.detach().greater(LARGE);
        let (of_drift, slope_of_drift) = excess_quotient(&drift);
        [true, false].map(|is_upper| {
            let rest = if is_upper { self.relative_start.clone() } else { 1.0 - &self.relative_start };
            let (of_rest, slope_of_rest) = excess_quotient(&(&drift * &rest));
            let square = rest.square();
            let mean = &of_drift - &square * of_rest;
            let variance = square.square() * slope_of_rest - &slope_of_drift;
            // Of a large drift the cumulant is (1 + ε y³ m(y)) v⁻³, y = εv, which may underflow.
            let y = (&rest * &drift).minimum(LARGE);
            let own = excess_quotient(&y).1 * (y.square() * y) * &rest + 1.0;
            let speed = self.drift.abs();
            let large = own * (separation / &speed) / &speed / &speed;
            let (factor, log_decay) = self.boundary_probability(is_upper);
            Time {
                probability: factor * log_decay.exp(),
                mean: mean * separation * separation + &self.non_decision_time,
                variance: Tensor::select(&is_large, large, variance * separation.square().square()),
            }
        })
    }
}

/// h and m of x ≥ 0.
fn excess_quotient(x: &Tensor) -> (Tensor, Tensor) {
    // 2 (−1)ⁿ⁺¹ ζ(2n) / π²ⁿ
    let coefficients: [f64; TERMS] = std::array::from_fn(|n| {
        let n = n as i32 + 1;
        let sign = if n % 2 == 0 { -1.0 } else { 1.0 };
        2.0 * sign * special::zeta(f64::from(2 * n)) / PI.powi(2 * n)
    });
    let slopes: [f64; TERMS - 1] = std::array::from_fn(|n| coefficients[n + 1] * 2.0 * (n + 1) as f64);
    let is_near = x.detach().less(NEAR);
    let square = Tensor::select(&is_near, x, 0.0).square();
    let near = (polynomial(&square, &coefficients), polynomial(&square, &slopes));
    let x = Tensor::select(&is_near, 1.0, x);
    let decay = (&x * -2.0).exp();
    let rest = -(&x * -2.0).expm1();
    let inverse = x.recip();
    let coth = (&decay + 1.0) / &rest;
    let square = inverse.square();
    let far = &coth * &inverse - &square;
    // −1 / sinh² x / x² − coth x / x³ + 2 / x⁴
    let slope = square.square() * 2.0 - coth * &square * inverse - decay * 4.0 / rest.square() * square;
    (Tensor::select(&is_near, near.0, far), Tensor::select(is_near, near.1, slope))
}
