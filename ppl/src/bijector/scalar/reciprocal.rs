//! `Reciprocal`: numbers and their reciprocals.

use crate::bijector::Bijector;
use crate::{Constraint, Result, Tensor};

/// The reciprocal.
///
#[doc = include_str!("../../../doc/bijector/Reciprocal.svg")]
///
/// ```text
/// forward   x = 1 / u     ln |dx/du| = −2 ln |u|
/// inverse   u = 1 / x     ln |du/dx| = −2 ln |x|
/// ```
///
/// # Domain and codomain
/// Real numbers but 0; elementwise. Of positive numbers the image is that of the positive numbers, and falls.
///
/// # Numerics
/// Formed from logarithms, the Jacobian term stays finite where u² over- or underflows.
///
/// # Reference
/// TFP, `tfp.bijectors.Reciprocal`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, Reciprocal};
///
/// let (x, log_det) = Reciprocal.forward_and_log_det(&Tensor::from(-4.0))?;
/// assert_eq!((x.item(), log_det.item()), (-0.25, -2.0 * 4_f64.ln()));
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Reciprocal;

impl Bijector for Reciprocal {
    fn name(&self) -> &'static str {
        "Reciprocal"
    }

    fn domain(&self) -> Constraint {
        Constraint::Real
    }

    fn codomain(&self) -> Constraint {
        Constraint::Real
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        Ok((u.recip(), u.abs().ln() * -2.0))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        self.forward_and_log_det(x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::Laws;

    #[test]
    fn laws() {
        Laws::of(&Reciprocal).hold_at(&Tensor::from([-1e-300, 0.3, -2.0, 1e9]));
        Laws::of(&Reciprocal).are_finite_at((), &[1e-150, -1e150, 1e300]);
    }
}
