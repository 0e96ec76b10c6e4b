//! `Sigmoid`: the real numbers onto the unit interval.

use crate::bijector::Bijector;
use crate::{Constraint, Result, Tensor};

/// The logistic function.
///
#[doc = include_str!("../../../doc/bijector/Sigmoid.svg")]
///
/// ```text
/// forward   x = 1 / (1 + e⁻ᵘ)        ln |dx/du| = u − 2 ln(1 + eᵘ)
/// inverse   u = ln x − ln(1 − x)     ln |du/dx| = −ln x − ln(1 − x)
/// ```
///
/// # Domain and codomain
/// Real numbers → numbers between 0 and 1, exclusive; elementwise.
///
/// # Numerics
/// ln x + ln(1 − x) = u − 2 softplus(u) is taken from u, since x rounds to 1 for u > 37 while the
/// Jacobian term must keep falling as −u. The value keeps u: ln x, 1 − x and ln(1 − x) of it are taken from there, and so
/// keep their digits at both ends, in densities as in a model's own formulas.
///
/// # Reference
/// Stan Reference Manual, "Lower and upper bounded scalar".
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, Sigmoid};
///
/// let (x, log_det) = Sigmoid.forward_and_log_det(&Tensor::from([0.0, 100.0]))?;
/// assert_eq!(x.to_vec(), [0.5, 1.0]);
/// assert_eq!(log_det.to_vec(), [0.25_f64.ln(), -100.0]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Sigmoid;

impl Bijector for Sigmoid {
    fn name(&self) -> &'static str {
        "Sigmoid"
    }

    fn domain(&self) -> Constraint {
        Constraint::Real
    }

    fn codomain(&self) -> Constraint {
        Constraint::UnitInterval
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        Ok((u.sigmoid_with_origin(), log_slope(u)))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let (log_x, log_rest) = (x.ln(), (-x).log1p());
        Ok((&log_x - &log_rest, -(log_x + log_rest)))
    }
}

/// ln of the logistic function's derivative.
pub(super) fn log_slope(u: &Tensor) -> Tensor {
    u - u.softplus() * 2.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::{Laws, TAILS};

    #[test]
    fn laws() {
        Laws::of(&Sigmoid).hold_at(&Tensor::from([-2.0, 0.3, 5.0, 8.0, -700.0]));
        Laws::of(&Sigmoid).are_finite_at((), &TAILS);
        Laws::of(&Sigmoid).mirrored_ends_are_alike((0.0, 1.0));
    }

    #[test]
    fn inverse_near_the_edges() {
        let u = Sigmoid.inverse(&Tensor::from([1e-300, 1.0 - f64::EPSILON])).unwrap().to_vec();
        assert!((u[0] - 1e-300_f64.ln()).abs() < 1e-12);
        assert!((u[1] + f64::EPSILON.ln()).abs() < 1e-12);
    }
}
