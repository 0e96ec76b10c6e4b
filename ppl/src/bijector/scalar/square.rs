//! `Square`: squares of non-negative numbers.

use std::f64::consts::LN_2;

use crate::bijector::Bijector;
use crate::{Constraint, Result, Tensor};

/// The square of non-negative numbers.
///
#[doc = include_str!("../../../doc/bijector/Square.svg")]
///
/// ```text
/// forward   x = u²     ln |dx/du| = ln 2 + ln u
/// inverse   u = √x     ln |du/dx| = −ln 2 − ½ ln x
/// ```
///
/// # Domain and codomain
/// Non-negative numbers; elementwise. Of real numbers it is no bijection: two of them have one square.
///
/// # Numerics
/// The Jacobian terms are of u and x themselves. u² overflows above 1e154 and is 0 below 1e-162.
///
/// # Reference
/// TFP, `tfp.bijectors.Square`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, Square};
///
/// let (x, log_det) = Square.forward_and_log_det(&Tensor::from(3.0))?;
/// assert_eq!((x.item(), log_det.item()), (9.0, 2_f64.ln() + 3_f64.ln()));
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Square;

impl Bijector for Square {
    fn name(&self) -> &'static str {
        "Square"
    }

    fn domain(&self) -> Constraint {
        Constraint::NonNegative
    }

    fn codomain(&self) -> Constraint {
        Constraint::NonNegative
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        Ok((u.square(), u.ln() + LN_2))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        Ok((x.sqrt(), x.ln() * -0.5 - LN_2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::Laws;

    #[test]
    fn laws() {
        Laws::of(&Square).hold_at(&Tensor::from([1e-100, 0.3, 1.0, 1e9]));
        Laws::of(&Square).are_finite_at((), &[1e-150, 1e150]);
    }
}
