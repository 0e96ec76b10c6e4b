//! `Tanh`: the real numbers onto the interval from −1 to 1.

use std::f64::consts::LN_2;

use crate::bijector::Bijector;
use crate::{Constraint, Result, Tensor};

/// The hyperbolic tangent.
///
#[doc = include_str!("../../../doc/bijector/Tanh.svg")]
///
/// ```text
/// forward   x = tanh u                        ln |dx/du| = 2 (ln 2 − u − ln(1 + e⁻²ᵘ))
/// inverse   u = ½ (ln(1 + x) − ln(1 − x))     ln |du/dx| = −ln(1 + x) − ln(1 − x)
/// ```
///
/// # Domain and codomain
/// Real numbers → numbers between −1 and 1, exclusive; elementwise.
///
/// # Numerics
/// ln(1 − tanh² u) is −∞ from |u| > 19 on, where tanh rounds to ±1; the form by softplus keeps falling
/// as −2 |u|.
///
/// # Reference
/// TFP, `tfp.bijectors.Tanh`; torch, `TanhTransform`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, Tanh};
///
/// let (x, log_det) = Tanh.forward_and_log_det(&Tensor::from([0.0, 100.0]))?;
/// assert_eq!(x.to_vec(), [0.0, 1.0]);
/// assert_eq!(log_det.to_vec()[1], 2.0 * (2_f64.ln() - 100.0));
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Tanh;

impl Bijector for Tanh {
    fn name(&self) -> &'static str {
        "Tanh"
    }

    fn domain(&self) -> Constraint {
        Constraint::Real
    }

    fn codomain(&self) -> Constraint {
        Constraint::Interval { lower: Tensor::from(-1.0), upper: Tensor::from(1.0) }
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        Ok((u.tanh(), log_slope(u)))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let (log_above, log_below) = (x.log1p(), (-x).log1p());
        Ok(((&log_above - &log_below) * 0.5, -(log_above + log_below)))
    }
}

/// ln(1 − tanh²u), without cancellation.
pub(crate) fn log_slope(u: &Tensor) -> Tensor {
    (LN_2 - u - (u * -2.0).softplus()) * 2.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::{Laws, TAILS};

    #[test]
    fn laws() {
        Laws::of(&Tanh).hold_at(&Tensor::from([-2.0, 0.3, 4.0, -4.0, 1e-9]));
        Laws::of(&Tanh).are_finite_at((), &TAILS);
        Laws::of(&Tanh).mirrored_ends_are_alike((-1.0, 1.0));
    }
}
