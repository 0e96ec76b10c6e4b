//! `Reshape`: events in another shape.

use crate::bijector::{Bijector, split_event};
use crate::{Constraint, Error, Result, Shape, Tensor};

/// The entries of an event in an array of another shape, in the same row-major order.
///
/// ```text
/// forward   x = u, with shape `to`         ln |det dx/du| = 0
/// inverse   u = x, with shape `from`       ln |det du/dx| = 0
/// ```
///
/// # Domain and codomain
/// Arrays of real numbers of the one shape → those of the other; axes to the left are a batch.
///
/// # Numerics
/// Exact: entries are moved.
///
/// # Reference
/// TFP, `tfp.bijectors.Reshape(event_shape_out, event_shape_in)`; torch and NumPyro, `ReshapeTransform`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, Reshape};
///
/// let x = Reshape::new(4, [2, 2])?.forward(&Tensor::zeros([5, 4]))?;
/// assert_eq!(x.shape().dims(), [5, 2, 2]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Reshape {
    from: Shape,
    to: Shape,
}

impl Reshape {
    /// The map of events of the one shape to the other.
    ///
    /// # Errors
    /// Shapes of different sizes.
    pub fn new(from: impl Into<Shape>, to: impl Into<Shape>) -> Result<Self> {
        let (from, to) = (from.into(), to.into());
        if from.size() == to.size() {
            return Ok(Self { from, to });
        }
        Err(Error::ShapeMismatch { operation: "Reshape", relation: "have the same size", left: from, right: to })
    }

    fn batch(shape: &Shape, own: &Shape) -> Result<Shape> {
        let (batch, event) = split_event("Reshape", shape, own.rank())?;
        if event == *own {
            return Ok(batch);
        }
        Err(Error::InvalidShape { operation: "Reshape", expected: format!("an event of shape {own}"), got: *shape })
    }
}

impl Bijector for Reshape {
    fn name(&self) -> &'static str {
        "Reshape"
    }

    fn domain(&self) -> Constraint {
        Constraint::Independent(Box::new(Constraint::Real), self.from.rank())
    }

    fn codomain(&self) -> Constraint {
        Constraint::Independent(Box::new(Constraint::Real), self.to.rank())
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        let batch = Self::batch(&u.shape(), &self.from)?;
        Ok((u.try_reshape(batch.concat(&self.to))?, Tensor::zeros(batch)))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let batch = Self::batch(&x.shape(), &self.to)?;
        Ok((x.try_reshape(batch.concat(&self.from))?, Tensor::zeros(batch)))
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        Ok(Self::batch(shape, &self.from)?.concat(&self.to))
    }

    fn inverse_shape(&self, shape: &Shape) -> Result<Shape> {
        Ok(Self::batch(shape, &self.to)?.concat(&self.from))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::Laws;

    #[test]
    fn laws() {
        let u = Tensor::arange(12).sin().reshape([2, 6]);
        Laws::of(&Reshape::new(6, [3, 2]).unwrap()).hold_at(&u);
        Laws::of(&Reshape::new(6, [1, 3, 2]).unwrap()).hold_at(&u);
        Laws::of(&Reshape::new([], 1).unwrap()).hold_at(&Tensor::from([0.1, 0.2]));
    }

    #[test]
    fn shapes_are_checked() {
        let error = Reshape::new(6, [2, 2]).unwrap_err().to_string();
        assert_eq!(error, "Reshape: shapes [6] and [2, 2] do not have the same size");
        assert!(Reshape::new(6, [2, 3]).unwrap().forward(&Tensor::zeros([2, 3])).is_err());
    }
}
