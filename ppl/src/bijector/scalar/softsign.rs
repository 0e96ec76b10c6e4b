//! `Softsign`: the real numbers onto those between −1 and 1, by a fraction.

use crate::bijector::Bijector;
use crate::{Constraint, Result, Tensor};

/// The softsign function, which nears its ends as 1/|u| and has heavy tails in its inverse.
///
#[doc = include_str!("../../../doc/bijector/Softsign.svg")]
///
/// ```text
/// forward   x = u / (1 + |u|)     ln |dx/du| = −2 ln(1 + |u|)
/// inverse   u = x / (1 − |x|)     ln |du/dx| = −2 ln(1 − |x|)
/// ```
///
/// # Domain and codomain
/// Real numbers → numbers between −1 and 1, exclusive; elementwise.
///
/// # Numerics
/// The Jacobian term is taken from u, since x rounds to ±1 for |u| > 1e16.
///
/// # Reference
/// TFP, `tfp.bijectors.Softsign`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, Softsign};
///
/// assert_eq!(Softsign.forward(&Tensor::from([0.0, 1.0, -3.0]))?.to_vec(), [0.0, 0.5, -0.75]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Softsign;

impl Bijector for Softsign {
    fn name(&self) -> &'static str {
        "Softsign"
    }

    fn domain(&self) -> Constraint {
        Constraint::Real
    }

    fn codomain(&self) -> Constraint {
        Constraint::Interval { lower: Tensor::from(-1.0), upper: Tensor::from(1.0) }
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        let magnitude = u.abs();
        Ok((u / (&magnitude + 1.0), magnitude.log1p() * -2.0))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let magnitude = x.abs();
        Ok((x / (1.0 - &magnitude), (-magnitude).log1p() * -2.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::{Laws, TAILS};

    #[test]
    fn laws() {
        Laws::of(&Softsign).hold_at(&Tensor::from([-2.0, 0.3, 1e-9, 0.0, 5.0, -1e3]));
        Laws::of(&Softsign).are_finite_at((), &TAILS);
        Laws::of(&Softsign).mirrored_ends_are_alike((-1.0, 1.0));
    }
}
