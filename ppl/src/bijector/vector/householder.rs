//! `Householder`: a reflection.

use crate::bijector::{Bijector, real_vector, split_event};
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor, check};

/// The reflection of vectors by the plane at right angles to an axis: its own inverse.
///
/// ```text
/// forward   x = u − 2 a (a·u) / (a·a)      ln |det dx/du| = 0
/// inverse   u = x − 2 a (a·x) / (a·a)      ln |det du/dx| = 0
/// ```
///
/// # Domain and codomain
/// Vectors of real numbers; the batch of axes broadcasts. Several of them in a [`Chain`](crate::bijector::Chain) make any
/// orthogonal map.
///
/// # Numerics
/// The map is orthonormal: errors are a few roundings of the vector's length. The axis need not have length 1; its
/// square must not over- or underflow.
///
/// # Reference
/// TFP, `tfp.bijectors.Householder`; Pyro, `Householder`; Tomczak and Welling (2016), "Improving variational
/// auto-encoders using Householder flow".
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, Householder};
///
/// let mirror = Householder::new([0.0, 3.0])?;
/// assert_eq!(mirror.forward(&Tensor::from([1.0, 2.0]))?.to_vec(), [1.0, -2.0]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Householder {
    reflection_axis: Tensor,
}

impl Householder {
    /// The reflection along this axis, which need not have length 1.
    ///
    /// # Errors
    /// A scalar; an axis that is 0 or not finite.
    pub fn new(reflection_axis: impl IntoTensor) -> Result<Self> {
        let reflection_axis = reflection_axis.into_tensor();
        split_event("Householder", &reflection_axis.shape(), 1)?;
        check::elements("Householder", "reflection_axis", &reflection_axis, "finite", f64::is_finite)?;
        let square = reflection_axis.square().sum_axis(-1);
        check::elements("Householder", "length of reflection_axis", &square, "positive", |square| square > 0.0)?;
        Ok(Self { reflection_axis })
    }
}

impl Bijector for Householder {
    fn name(&self) -> &'static str {
        "Householder"
    }

    fn domain(&self) -> Constraint {
        real_vector()
    }

    fn codomain(&self) -> Constraint {
        real_vector()
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        let (batch, _) = self.forward_shape(&u.shape())?.split_event(1);
        let axis = &self.reflection_axis;
        let part = (axis * u).sum_axis(-1) / axis.square().sum_axis(-1);
        Ok((u - axis * part.unsqueeze(-1) * 2.0, Tensor::zeros(batch)))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        self.forward_and_log_det(x)
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        let (batch, event) = split_event("Householder", shape, 1)?;
        let (axis_batch, axis) = self.reflection_axis.shape().split_event(1);
        if event != axis {
            return Err(Error::InvalidShape {
                operation: "Householder",
                expected: format!("{} entries along the last axis", axis.size()),
                got: *shape,
            });
        }
        Ok(check::broadcast("Householder", &axis_batch, &batch)?.concat(&event))
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
        let mirror = Householder::new([1.2, -0.3, 2.0]).unwrap();
        Laws::of(&mirror).hold_at(&Tensor::from([[-2.0, 0.3, 1.7], [5.0, 0.1, -3.0]]));
        Laws::of(&mirror).are_finite_at(3, &TAILS);
        let batch = Householder::new([[1.2, -0.3], [0.1, 0.4]]).unwrap();
        Laws::of(&batch).hold_at(&Tensor::from([-2.0, 0.3]));
        parameter_gradients(|p| Householder::new(&p[0]), &[[1.2, -0.3].into()], &[0.7, -2.0].into());
    }

    #[test]
    fn the_axis_is_checked() {
        assert!(Householder::new([0.0, 0.0]).is_err() && Householder::new(1.0).is_err());
        let error = Householder::new([1.0, 0.0]).unwrap().forward(&Tensor::zeros(3)).unwrap_err().to_string();
        assert_eq!(error, "Householder: expected 2 entries along the last axis, got shape [3]");
    }
}
