//! `NormalCdf`: the real numbers onto the unit interval, by the normal distribution function.

use crate::bijector::Bijector;
use crate::{Constraint, Result, Tensor};

/// The distribution function of the standard normal distribution: the probit link.
///
#[doc = include_str!("../../../doc/bijector/NormalCdf.svg")]
///
/// ```text
/// forward   x = Φ(u)        ln |dx/du| = −½ u² − ½ ln 2π
/// inverse   u = Φ⁻¹(x)      ln |du/dx| = ½ u² + ½ ln 2π
/// ```
///
/// # Domain and codomain
/// Real numbers → numbers between 0 and 1; elementwise.
///
/// # Numerics
/// Φ keeps its digits in the lower tail to u = −38, and rounds to 1 from u = 8.3 on; the Jacobian term is taken from
/// u.
///
/// # Reference
/// TFP, `tfp.bijectors.NormalCDF`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, NormalCdf};
///
/// assert_eq!(NormalCdf.forward(&Tensor::from(0.0))?, 0.5);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct NormalCdf;

impl Bijector for NormalCdf {
    fn name(&self) -> &'static str {
        "NormalCdf"
    }

    fn domain(&self) -> Constraint {
        Constraint::Real
    }

    fn codomain(&self) -> Constraint {
        Constraint::UnitInterval
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        Ok((u.ndtr(), log_density(u)))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let u = x.ndtri();
        let log_det = -log_density(&u);
        Ok((u, log_det))
    }
}

/// Of the standard normal distribution.
fn log_density(u: &Tensor) -> Tensor {
    // ½ ln 2π.
    const HALF_LOG_2_PI: f64 = 0.918_938_533_204_672_8;

    u.square() * -0.5 - HALF_LOG_2_PI
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::{Laws, TAILS};

    #[test]
    fn laws() {
        Laws::of(&NormalCdf).hold_at(&Tensor::from([-20.0, -2.0, 0.3, 0.0, 2.0]));
        Laws::of(&NormalCdf).are_finite_at((), &TAILS);
        Laws::of(&NormalCdf).mirrored_ends_are_alike((0.0, 1.0));
    }
}
