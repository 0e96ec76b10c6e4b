//! `Log`: the positive numbers onto the real ones.

use crate::bijector::Bijector;
use crate::{Constraint, Result, Tensor};

/// The natural logarithm: [`Exp`](crate::bijector::Exp) turned around.
///
#[doc = include_str!("../../../doc/bijector/Log.svg")]
///
/// ```text
/// forward   x = ln u     ln |dx/du| = −ln u
/// inverse   u = eˣ       ln |du/dx| = x
/// ```
///
/// # Domain and codomain
/// Positive numbers → real numbers; elementwise.
///
/// # Numerics
/// Exact to rounding for all positive numbers. eˣ overflows above x = 709 and is 0 below −745; the Jacobian term is
/// finite there.
///
/// # Reference
/// TFP, `tfp.bijectors.Log`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, Log};
///
/// let (x, log_det) = Log.forward_and_log_det(&Tensor::from([1.0, 2.0]))?;
/// assert_eq!(x.to_vec(), [0.0, 2_f64.ln()]);
/// assert_eq!(log_det, -x);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Log;

impl Bijector for Log {
    fn name(&self) -> &'static str {
        "Log"
    }

    fn domain(&self) -> Constraint {
        Constraint::Positive
    }

    fn codomain(&self) -> Constraint {
        Constraint::Real
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        let x = u.ln();
        let log_det = -&x;
        Ok((x, log_det))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        Ok((x.exp(), x.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::Laws;

    #[test]
    fn laws() {
        Laws::of(&Log).hold_at(&Tensor::from([1e-300, 0.3, 1.0, 1e9]));
        Laws::of(&Log).are_finite_at((), &[1e-300, 1e300]);
    }
}
