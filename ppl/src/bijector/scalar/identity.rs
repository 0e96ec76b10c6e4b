//! `Identity`: the real numbers as they are.

use crate::bijector::Bijector;
use crate::{Constraint, Result, Tensor};

/// The map that changes nothing.
///
#[doc = include_str!("../../../doc/bijector/Identity.svg")]
///
/// ```text
/// forward   x = u    ln |dx/du| = 0
/// inverse   u = x    ln |du/dx| = 0
/// ```
///
/// # Domain and codomain
/// Real numbers, elementwise.
///
/// # Numerics
/// Exact.
///
/// # Reference
/// TFP, `tfp.bijectors.Identity`; NumPyro, `IdentityTransform`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, Identity};
///
/// let (x, log_det) = Identity.forward_and_log_det(&Tensor::from([-1.0, 2.0]))?;
/// assert_eq!(x.to_vec(), [-1.0, 2.0]);
/// assert_eq!(log_det.to_vec(), [0.0, 0.0]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Identity;

impl Bijector for Identity {
    fn name(&self) -> &'static str {
        "Identity"
    }

    fn domain(&self) -> Constraint {
        Constraint::Real
    }

    fn codomain(&self) -> Constraint {
        Constraint::Real
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        Ok((u.clone(), Tensor::zeros(u.shape())))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        Ok((x.clone(), Tensor::zeros(x.shape())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::{Laws, TAILS};

    #[test]
    fn laws() {
        Laws::of(&Identity).hold_at(&Tensor::from([-2.0, 0.3, 5.0]));
        Laws::of(&Identity).are_finite_at((), &TAILS);
    }
}
