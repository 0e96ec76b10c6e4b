//! `Exp`: the real numbers onto the positive ones.

use crate::bijector::Bijector;
use crate::{Constraint, Result, Tensor};

/// The exponential function.
///
#[doc = include_str!("../../../doc/bijector/Exp.svg")]
///
/// ```text
/// forward   x = eᵘ      ln |dx/du| = u
/// inverse   u = ln x    ln |du/dx| = −ln x
/// ```
///
/// # Domain and codomain
/// Real numbers → positive numbers; elementwise.
///
/// # Numerics
/// The Jacobian term is the argument itself, so it keeps all digits where eᵘ underflows to 0
/// (u < −745) or overflows to ∞ (u > 709).
///
/// # Reference
/// Stan Reference Manual, "Lower bounded scalar".
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, Exp};
///
/// let (x, log_det) = Exp.forward_and_log_det(&Tensor::from([0.0, 2.0]))?;
/// assert_eq!(x.to_vec(), [1.0, 2_f64.exp()]);
/// assert_eq!(log_det.to_vec(), [0.0, 2.0]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Exp;

impl Bijector for Exp {
    fn name(&self) -> &'static str {
        "Exp"
    }

    fn domain(&self) -> Constraint {
        Constraint::Real
    }

    fn codomain(&self) -> Constraint {
        Constraint::Positive
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        Ok((u.exp(), u.clone()))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let u = x.ln();
        let log_det = -&u;
        Ok((u, log_det))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::{Laws, TAILS};

    #[test]
    fn laws() {
        Laws::of(&Exp).hold_at(&Tensor::from([-2.0, 0.3, 5.0, 700.0, -700.0]));
        Laws::of(&Exp).are_finite_at((), &TAILS);
    }
}
