//! `Expm1`: the real numbers onto those above −1.

use crate::bijector::Bijector;
use crate::{Constraint, Result, Tensor};

/// The exponential function less 1.
///
#[doc = include_str!("../../../doc/bijector/Expm1.svg")]
///
/// ```text
/// forward   x = eᵘ − 1         ln |dx/du| = u
/// inverse   u = ln(1 + x)     ln |du/dx| = −ln(1 + x)
/// ```
///
/// # Domain and codomain
/// Real numbers → numbers above −1; elementwise.
///
/// # Numerics
/// Exact near 0. Far below 0 the distance of x from −1 is rounded, and with it u.
///
/// # Reference
/// TFP, `tfp.bijectors.Expm1`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, Expm1};
///
/// let (x, log_det) = Expm1.forward_and_log_det(&Tensor::from([0.0, 1e-20]))?;
/// assert_eq!((x.to_vec(), log_det.to_vec()), (vec![0.0, 1e-20], vec![0.0, 1e-20]));
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Expm1;

impl Bijector for Expm1 {
    fn name(&self) -> &'static str {
        "Expm1"
    }

    fn domain(&self) -> Constraint {
        Constraint::Real
    }

    fn codomain(&self) -> Constraint {
        Constraint::GreaterThan(Tensor::from(-1.0))
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        Ok((u.expm1(), u.clone()))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let u = x.log1p();
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
        Laws::of(&Expm1).hold_at(&Tensor::from([-2.0, 0.3, 1e-9, 5.0, 700.0]));
        Laws::of(&Expm1).are_finite_at((), &TAILS);
    }
}
