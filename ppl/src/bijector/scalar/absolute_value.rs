//! `AbsoluteValue`: the non-negative numbers, of which only the size is read.

use crate::bijector::Bijector;
use crate::{Constraint, Result, Tensor};

/// The absolute value, for transformations of what is not negative.
///
#[doc = include_str!("../../../doc/bijector/AbsoluteValue.svg")]
///
/// ```text
/// forward   x = |u|     ln |dx/du| = 0
/// inverse   u = x       ln |du/dx| = 0
/// ```
///
/// # Domain and codomain
/// Non-negative numbers. Of real numbers it is no bijection: two of them have one size. So the transformation of a
/// distribution on both sides of 0 is refused; distributions folded at 0 have names of their own, such as
/// [`HalfNormal`](crate::distribution::HalfNormal).
///
/// # Numerics
/// Exact.
///
/// # Reference
/// TFP, `tfp.bijectors.AbsoluteValue`, whose inverse is a pair.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{AbsoluteValue, Bijector};
///
/// assert_eq!(AbsoluteValue.forward(&Tensor::from([1.0, -2.0]))?.to_vec(), [1.0, 2.0]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct AbsoluteValue;

impl Bijector for AbsoluteValue {
    fn name(&self) -> &'static str {
        "AbsoluteValue"
    }

    fn domain(&self) -> Constraint {
        Constraint::NonNegative
    }

    fn codomain(&self) -> Constraint {
        Constraint::NonNegative
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        Ok((u.abs(), Tensor::zeros(u.shape())))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        // A negative number has no preimage.
        let u = Tensor::select(x.greater_equal(0.0), x, f64::NAN);
        Ok((u, Tensor::zeros(x.shape())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::Laws;

    #[test]
    fn laws() {
        Laws::of(&AbsoluteValue).hold_at(&Tensor::from([1e-300, 0.3, 1e9]));
        Laws::of(&AbsoluteValue).are_finite_at((), &[5e-324, 1e-300, 700.0, 1e300]);
        assert!(AbsoluteValue.inverse(&Tensor::from(-1.0)).unwrap().item().is_nan());
    }
}
