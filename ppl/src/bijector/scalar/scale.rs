//! `Scale`: a multiplication by a number.

use crate::bijector::Bijector;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// The multiplication by a number.
///
#[doc = include_str!("../../../doc/bijector/Scale.svg")]
///
/// ```text
/// forward   x = scale · u     ln |dx/du| = ln |scale|
/// inverse   u = x / scale     ln |du/dx| = −ln |scale|
/// ```
///
/// # Domain and codomain
/// Real numbers; elementwise, the scale broadcasts. A negative scale mirrors.
///
/// # Numerics
/// [`from_log`](Self::from_log) keeps the logarithm of a positive scale as it is given.
///
/// # Reference
/// TFP, `tfp.bijectors.Scale`. TFP's `ScaleMatvecDiag` is `Independent::new(Arc::new(Scale::new(diagonal)?), 1)`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, Scale};
///
/// let (x, log_det) = Scale::new(-2.0)?.forward_and_log_det(&Tensor::from([1.0, 3.0]))?;
/// assert_eq!(x.to_vec(), [-2.0, -6.0]);
/// assert_eq!(log_det.to_vec(), [2_f64.ln(); 2]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Scale {
    scale: Tensor,
    /// Of its absolute value.
    log_scale: Tensor,
    shape: Shape,
}

impl Scale {
    /// The map that multiplies by `scale`.
    ///
    /// # Errors
    /// A scale that is 0 or not finite.
    pub fn new(scale: impl IntoTensor) -> Result<Self> {
        let scale = scale.into_tensor();
        let shape = scale.shape();
        check::elements("Scale", "scale", &scale, "finite and not 0", |scale| scale.is_finite() && scale != 0.0)?;
        let log_scale = scale.abs().ln();
        Ok(Self { scale, log_scale, shape })
    }

    /// The map that multiplies by the exponential of `log_scale`.
    ///
    /// # Errors
    /// A logarithm that is not finite.
    pub fn from_log(log_scale: impl IntoTensor) -> Result<Self> {
        let log_scale = log_scale.into_tensor();
        check::elements("Scale", "log_scale", &log_scale, "finite", f64::is_finite)?;
        Ok(Self { scale: log_scale.exp(), shape: log_scale.shape(), log_scale })
    }
}

impl Bijector for Scale {
    fn name(&self) -> &'static str {
        "Scale"
    }

    fn domain(&self) -> Constraint {
        Constraint::Real
    }

    fn codomain(&self) -> Constraint {
        Constraint::Real
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        let x = u.try_mul(&self.scale)?;
        let log_det = self.log_scale.broadcast_to(x.shape());
        Ok((x, log_det))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let u = x.try_div(&self.scale)?;
        let log_det = -self.log_scale.broadcast_to(u.shape());
        Ok((u, log_det))
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        check::broadcast("Scale", &self.shape, shape)
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
        let scale = Scale::new([[-1.0], [0.5]]).unwrap();
        Laws::of(&scale).hold_at(&Tensor::from([[-2.0, 0.3], [5.0, 600.0]]));
        Laws::of(&scale).hold_at(&Tensor::from(0.4));
        Laws::of(&Scale::from_log([-0.3, 2.0]).unwrap()).hold_at(&Tensor::from([-2.0, 0.3]));
        Laws::of(&Scale::new(-3.0).unwrap()).are_finite_at((), &TAILS);
        parameter_gradients(|p| Scale::new(&p[0]), &[[-1.0, 0.5].into()], &[0.7, -2.0].into());
        parameter_gradients(|p| Scale::from_log(&p[0]), &[[-1.0, 0.5].into()], &[0.7, -2.0].into());
    }

    #[test]
    fn the_scale_is_checked() {
        let error = Scale::new([1.0, 0.0]).unwrap_err().to_string();
        assert_eq!(error, "Scale: `scale` must be finite and not 0, got 0");
        assert!(Scale::from_log(f64::NAN).is_err());
    }
}
