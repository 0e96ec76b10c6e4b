//! `Power`: the positive numbers onto themselves.

use crate::bijector::Bijector;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// A power of positive numbers.
///
#[doc = include_str!("../../../doc/bijector/Power.svg")]
///
/// ```text
/// forward   x = uᵖ          ln |dx/du| = ln |p| + (p − 1) ln u
/// inverse   u = x^(1/p)     ln |du/dx| = −ln |p| − (1 − 1/p) ln x
/// ```
///
/// # Domain and codomain
/// Positive numbers; elementwise, the exponent broadcasts. Not a map from unconstrained
/// space by itself: compose it with [`Exp`](crate::bijector::Exp) by [`Chain`](crate::bijector::Chain), or transform a positive
/// distribution with it.
///
/// # Numerics
/// The Jacobian term is formed from logarithms, so that it stays finite where uᵖ over- or underflows.
///
/// # Reference
/// TFP, `tfp.bijectors.Power`; torch and NumPyro, `PowerTransform`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, Power};
///
/// let (x, log_det) = Power::new(2.0)?.forward_and_log_det(&Tensor::from(3.0))?;
/// assert_eq!(x.item(), 9.0);
/// assert!((log_det.item() - 6_f64.ln()).abs() < 1e-15);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Power {
    exponent: Tensor,
}

impl Power {
    /// The map to this power.
    ///
    /// # Errors
    /// An exponent that is 0 or not finite.
    pub fn new(exponent: impl IntoTensor) -> Result<Self> {
        let exponent = exponent.into_tensor();
        check::elements("Power", "exponent", &exponent, "finite and not 0", |p| p.is_finite() && p != 0.0)?;
        Ok(Self { exponent })
    }

    /// ln |dx/du| from ln u.
    fn log_slope(&self, log_u: &Tensor) -> Result<Tensor> {
        log_u.try_mul(&self.exponent - 1.0)?.try_add(self.exponent.abs().ln())
    }
}

impl Bijector for Power {
    fn name(&self) -> &'static str {
        "Power"
    }

    fn domain(&self) -> Constraint {
        Constraint::Positive
    }

    fn codomain(&self) -> Constraint {
        Constraint::Positive
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        Ok((u.try_pow(&self.exponent)?, self.log_slope(&u.ln())?))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let log_u = x.ln().try_div(&self.exponent)?;
        Ok((x.try_pow(self.exponent.recip())?, -self.log_slope(&log_u)?))
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        check::broadcast("Power", &self.exponent.shape(), shape)
    }

    fn inverse_shape(&self, shape: &Shape) -> Result<Shape> {
        self.forward_shape(shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::{Laws, parameter_gradients};

    #[test]
    fn laws() {
        let power = Power::new([2.0, -0.5]).unwrap();
        Laws::of(&power).hold_at(&Tensor::from([[0.1, 0.3], [5.0, 1e100]]));
        Laws::of(&power).hold_at(&Tensor::from(0.4));
        Laws::of(&Power::new(0.7).unwrap()).are_finite_at((), &[1e-300, 1e-10, 1e10, 1e300]);
        parameter_gradients(|p| Power::new(&p[0]), &[[2.0, -0.5].into()], &[0.7, 2.0].into());
    }
}
