//! `Softplus`: the real numbers onto the positive ones, almost the identity for large arguments.

use crate::bijector::Bijector;
use crate::{Constraint, Result, Tensor};

/// The softplus function.
///
#[doc = include_str!("../../../doc/bijector/Softplus.svg")]
///
/// ```text
/// forward   x = ln(1 + eᵘ)          ln |dx/du| = ln sigmoid(u)
/// inverse   u = x + ln(1 − e⁻ˣ)     ln |du/dx| = −ln(1 − e⁻ˣ)
/// ```
///
/// # Domain and codomain
/// Real numbers → positive numbers; elementwise. Where [`Exp`](crate::bijector::Exp) makes steps that are
/// multiplicative everywhere, this one makes additive steps far from 0.
///
/// # Numerics
/// Ln(eˣ − 1) overflows for x > 709 and loses digits near 0; its rewriting as x + ln(1 − e⁻ˣ), with
/// Mächler's two branches for the second term, does neither.
///
/// # Reference
/// Mächler (2012), "Accurately computing log(1 − exp(−|a|))".
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, Softplus};
///
/// let x = Softplus.forward(&Tensor::from([0.0, 1000.0]))?;
/// assert_eq!(x.to_vec(), [std::f64::consts::LN_2, 1000.0]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Softplus;

impl Bijector for Softplus {
    fn name(&self) -> &'static str {
        "Softplus"
    }

    fn domain(&self) -> Constraint {
        Constraint::Real
    }

    fn codomain(&self) -> Constraint {
        Constraint::Positive
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        Ok((u.softplus(), u.log_sigmoid()))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        // ln(1 − e⁻ˣ) = ln sigmoid(u).
        let log_slope = (-x).log1mexp();
        Ok((x + &log_slope, -log_slope))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::{Laws, TAILS};

    #[test]
    fn laws() {
        Laws::of(&Softplus).hold_at(&Tensor::from([-2.0, 0.3, 5.0, 700.0, -700.0]));
        Laws::of(&Softplus).are_finite_at((), &TAILS);
    }
}
