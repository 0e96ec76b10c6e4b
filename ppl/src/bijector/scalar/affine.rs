//! `Affine`: shift and scale.

use crate::bijector::Bijector;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// Shift and scale, each element by itself.
///
#[doc = include_str!("../../../doc/bijector/Affine.svg")]
///
/// ```text
/// forward   x = loc + scale · u       ln |dx/du| = ln |scale|
/// inverse   u = (x − loc) / scale     ln |du/dx| = −ln |scale|
/// ```
///
/// # Domain and codomain
/// Real numbers; elementwise, `loc` and `scale` broadcast. A negative scale mirrors.
///
/// # Numerics
/// Nothing to beware of. For a matrix in place of `scale` see
/// [`LowerCholeskyAffine`](crate::bijector::LowerCholeskyAffine).
///
/// # Reference
/// Stan Reference Manual, "Affinely transformed scalar"; torch and NumPyro, `AffineTransform`; TFP, `Shift` after `Scale`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Affine, Bijector};
///
/// let (x, log_det) = Affine::new(1.0, -2.0)?.forward_and_log_det(&Tensor::from(3.0))?;
/// assert_eq!((x.item(), log_det.item()), (-5.0, 2_f64.ln()));
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Affine {
    loc: Tensor,
    scale: Tensor,
    shape: Shape,
}

impl Affine {
    /// The map that scales by `scale` and then adds `loc`.
    ///
    /// # Errors
    /// `loc` not finite; `scale` zero or not finite; shapes that do not broadcast.
    pub fn new(loc: impl IntoTensor, scale: impl IntoTensor) -> Result<Self> {
        let (loc, scale) = (loc.into_tensor(), scale.into_tensor());
        let shape = check::broadcast("Affine", &loc.shape(), &scale.shape())?;
        check::elements("Affine", "loc", &loc, "finite", f64::is_finite)?;
        check::elements("Affine", "scale", &scale, "finite and not 0", |scale| scale.is_finite() && scale != 0.0)?;
        Ok(Self { loc, scale, shape })
    }

    /// ln |scale|, for a value of this shape.
    fn log_scale(&self, shape: Shape) -> Tensor {
        self.scale.abs().ln().broadcast_to(shape)
    }
}

impl Bijector for Affine {
    fn name(&self) -> &'static str {
        "Affine"
    }

    fn domain(&self) -> Constraint {
        Constraint::Real
    }

    fn codomain(&self) -> Constraint {
        Constraint::Real
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        let x = u.try_mul(&self.scale)?.try_add(&self.loc)?;
        let log_det = self.log_scale(x.shape());
        Ok((x, log_det))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let u = x.try_sub(&self.loc)?.try_div(&self.scale)?;
        let log_det = -self.log_scale(u.shape());
        Ok((u, log_det))
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        check::broadcast("Affine", &self.shape, shape)
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
        let affine = Affine::new([-1.0, 0.5], [[2.0], [-0.1]]).unwrap();
        Laws::of(&affine).hold_at(&Tensor::from([[-2.0, 0.3], [5.0, 600.0]]));
        Laws::of(&affine).hold_at(&Tensor::from([-2.0, 0.3]));
        Laws::of(&Affine::new(1.0, 0.2).unwrap()).are_finite_at((), &TAILS);
        parameter_gradients(
            |p| Affine::new(&p[0], &p[1]),
            &[[-1.0, 0.5].into(), [[2.0], [-0.1]].into()],
            &[0.7, -2.0].into(),
        );
    }

    #[test]
    fn scale_is_checked() {
        let error = Affine::new(0.0, 0.0).unwrap_err();
        assert_eq!(error.to_string(), "Affine: `scale` must be finite and not 0, got 0");
        assert!(Affine::new([0.0, 1.0], [1.0, 1.0, 1.0]).is_err());
    }
}
