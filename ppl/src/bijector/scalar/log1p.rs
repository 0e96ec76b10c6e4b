//! `Log1p`: the numbers above −1 onto the real ones.

use crate::bijector::Bijector;
use crate::{Constraint, Result, Tensor};

/// The natural logarithm of a number increased by 1: [`Expm1`](crate::bijector::Expm1) turned around.
///
#[doc = include_str!("../../../doc/bijector/Log1p.svg")]
///
/// ```text
/// forward   x = ln(1 + u)     ln |dx/du| = −ln(1 + u)
/// inverse   u = eˣ − 1        ln |du/dx| = x
/// ```
///
/// # Domain and codomain
/// Numbers above −1 → real numbers; elementwise.
///
/// # Numerics
/// Exact near 0.
///
/// # Reference
/// TFP, `tfp.bijectors.Log1p`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, Log1p};
///
/// assert_eq!(Log1p.forward(&Tensor::from([0.0, 1e-20]))?.to_vec(), [0.0, 1e-20]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Log1p;

impl Bijector for Log1p {
    fn name(&self) -> &'static str {
        "Log1p"
    }

    fn domain(&self) -> Constraint {
        Constraint::GreaterThan(Tensor::from(-1.0))
    }

    fn codomain(&self) -> Constraint {
        Constraint::Real
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        let x = u.log1p();
        let log_det = -&x;
        Ok((x, log_det))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        Ok((x.expm1(), x.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::Laws;

    #[test]
    fn laws() {
        Laws::of(&Log1p).hold_at(&Tensor::from([-0.9, 1e-20, 0.3, 1e9]));
        Laws::of(&Log1p).are_finite_at((), &[-0.999, 1e300]);
    }
}
