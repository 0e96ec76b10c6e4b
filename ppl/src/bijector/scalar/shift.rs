//! `Shift`: a number added.

use crate::bijector::Bijector;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// The addition of a number.
///
#[doc = include_str!("../../../doc/bijector/Shift.svg")]
///
/// ```text
/// forward   x = u + shift     ln |dx/du| = 0
/// inverse   u = x − shift     ln |du/dx| = 0
/// ```
///
/// # Domain and codomain
/// Real numbers; elementwise, the shift broadcasts.
///
/// # Numerics
/// One rounding; digits of u that are small against the shift are lost.
///
/// # Reference
/// TFP, `tfp.bijectors.Shift`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, Shift};
///
/// assert_eq!(Shift::new(2.0)?.forward(&Tensor::from([1.0, -2.0]))?.to_vec(), [3.0, 0.0]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Shift {
    shift: Tensor,
    shape: Shape,
}

impl Shift {
    /// The map that adds `shift`.
    ///
    /// # Errors
    /// A shift that is not finite.
    pub fn new(shift: impl IntoTensor) -> Result<Self> {
        let shift = shift.into_tensor();
        let shape = shift.shape();
        check::elements("Shift", "shift", &shift, "finite", f64::is_finite)?;
        Ok(Self { shift, shape })
    }
}

impl Bijector for Shift {
    fn name(&self) -> &'static str {
        "Shift"
    }

    fn domain(&self) -> Constraint {
        Constraint::Real
    }

    fn codomain(&self) -> Constraint {
        Constraint::Real
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        let x = u.try_add(&self.shift)?;
        let log_det = Tensor::zeros(x.shape());
        Ok((x, log_det))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let u = x.try_sub(&self.shift)?;
        let log_det = Tensor::zeros(u.shape());
        Ok((u, log_det))
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        check::broadcast("Shift", &self.shape, shape)
    }

    fn inverse_shape(&self, shape: &Shape) -> Result<Shape> {
        self.forward_shape(shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::{Laws, TAILS, parameter_gradients};

    #[test]
    fn laws() {
        let shift = Shift::new([[-1.0], [0.5]]).unwrap();
        Laws::of(&shift).hold_at(&Tensor::from([[-2.0, 0.3], [5.0, 600.0]]));
        Laws::of(&shift).hold_at(&Tensor::from(0.4));
        Laws::of(&Shift::new(1.0).unwrap()).are_finite_at((), &TAILS);
        parameter_gradients(|p| Shift::new(&p[0]), &[[-1.0, 0.5].into()], &[0.7, -2.0].into());
    }
}
