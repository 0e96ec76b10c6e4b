//! `Sinh`: the hyperbolic sine.

use crate::bijector::Bijector;
use crate::{Constraint, Result, Tensor};

/// The hyperbolic sine.
///
#[doc = include_str!("../../../doc/bijector/Sinh.svg")]
///
/// ```text
/// forward   x = (eᵘ − e⁻ᵘ) / 2                               ln |dx/du| = ln cosh u = ½ ln(1 + x²)
/// inverse   u = sign x · ln(|x| + √(1 + x²))                 ln |du/dx| = −½ ln(1 + x²)
/// ```
///
/// # Domain and codomain
/// Real numbers; elementwise.
///
/// # Numerics
/// By e^{±u} − 1, exact near 0; it overflows from |u| > 709 on. The inverse is taken of 1 plus a small number near 0,
/// and squares nothing that would overflow.
///
/// # Reference
/// TFP, `tfp.bijectors.Sinh`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, Sinh};
///
/// let (x, log_det) = Sinh.forward_and_log_det(&Tensor::from([0.0, 1e-20]))?;
/// assert_eq!((x.to_vec(), log_det.to_vec()), (vec![0.0, 1e-20], vec![0.0, 5e-41]));
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Sinh;

impl Bijector for Sinh {
    fn name(&self) -> &'static str {
        "Sinh"
    }

    fn domain(&self) -> Constraint {
        Constraint::Real
    }

    fn codomain(&self) -> Constraint {
        Constraint::Real
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        let x = sinh(u);
        let log_det = log_cosh_of_asinh(&x);
        Ok((x, log_det))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        Ok((asinh(x), -log_cosh_of_asinh(x)))
    }
}

/// sinh u.
pub(crate) fn sinh(u: &Tensor) -> Tensor {
    (u.expm1() - (-u).expm1()) * 0.5
}

/// ln cosh u, from x = sinh u.
pub(crate) fn log_cosh_of_asinh(x: &Tensor) -> Tensor {
    x.log1p_square() * 0.5
}

/// The inverse of `sinh`.
pub(crate) fn asinh(x: &Tensor) -> Tensor {
    // As a factor, which unlike `abs` and `sign` has a derivative at 0.
    let sign = Tensor::select(x.less(0.0), -1.0, 1.0);
    let magnitude = x * &sign;
    // √(1 + x²); ln(|x| + √(1 + x²)) is that of 1 + |x| + x² / (1 + √(1 + x²)).
    let root = log_cosh_of_asinh(x).exp();
    (&magnitude + &magnitude * (&magnitude / (root + 1.0))).log1p() * sign
}

#[cfg(test)]
mod tests {
    use std::f64::consts::LN_2;

    use super::*;
    use crate::bijector::conformance::{Laws, TAILS};

    #[test]
    fn laws() {
        Laws::of(&Sinh).hold_at(&Tensor::from([-2.0, 0.3, 1e-9, 0.0, 5.0]));
        Laws::of(&Sinh).are_finite_at((), &TAILS);
    }

    #[test]
    fn the_inverse_keeps_its_digits() {
        for x in [1e-300, 1e-9, 0.5, 3.0, 1e8, 1e200] {
            let got = asinh(&Tensor::from([x, -x])).to_vec();
            // The standard library's has lost digits near 0 and overflows; a series and the logarithm have not.
            let want = if x < 1e-6 {
                x
            } else if x > 1e7 {
                x.ln() + LN_2
            } else {
                x.asinh()
            };
            assert!((got[0] - want).abs() <= 4e-16 * want && got[1] == -got[0], "{x}: {got:?}, {want}");
        }
    }
}
