//! `TransformDiagonal`: a bijector of the diagonals of matrices.

use std::sync::Arc;

use super::triangle::square;
use crate::bijector::{Bijector, IntoBijector, check_gradient};
use crate::{Constraint, Error, Result, Shape, Tensor};

/// A bijector applied to the diagonals of square matrices, whose other entries stay as they are.
///
/// ```text
/// forward   x_ii = f(u_ii),     x_ij = u_ij      ln |det dx/du| = Σ of the diagonal's
/// inverse   u_ii = f⁻¹(x_ii),   u_ij = x_ij      ln |det du/dx| = Σ of the diagonal's
/// ```
///
/// # Domain and codomain
/// Square matrices with diagonals in the domain of f → those with diagonals in its codomain.
///
/// # Numerics
/// Those of f.
///
/// # Reference
/// TFP, `tfp.bijectors.TransformDiagonal`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, Exp, TransformDiagonal};
///
/// let x = TransformDiagonal::new(Exp)?.forward(&Tensor::from([[0.0, 0.0], [3.0, 0.0]]))?;
/// assert_eq!(x, Tensor::from([[1.0, 0.0], [3.0, 1.0]]));
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct TransformDiagonal {
    diagonal: Arc<dyn Bijector>,
}

impl TransformDiagonal {
    /// The map of diagonals by this bijector, of numbers or of vectors.
    ///
    /// # Errors
    /// Those of building the bijector; one of matrices.
    pub fn new(diagonal: impl IntoBijector) -> Result<Self> {
        let diagonal = diagonal.into_bijector()?;
        if diagonal.domain_event_rank() > 1 || diagonal.domain_event_rank() != diagonal.codomain_event_rank() {
            return Err(Error::Unsupported {
                what: format!("the transformation of diagonals by {}, which is not a map of vectors,", diagonal.name()),
                hint: "use a bijector of numbers or of vectors".to_owned(),
            });
        }
        Ok(Self { diagonal })
    }

    /// The bijector of the diagonals.
    #[must_use]
    pub fn diagonal(&self) -> &Arc<dyn Bijector> {
        &self.diagonal
    }

    /// The matrices with other diagonals, and the diagonals' Jacobian term for each of them.
    fn replace(&self, matrices: &Tensor, (diagonals, log_det): (Tensor, Tensor)) -> Result<(Tensor, Tensor)> {
        check_gradient(self.diagonal.as_ref(), matrices, &diagonals)?;
        let size = diagonals.shape()[diagonals.rank() - 1];
        let replaced = Tensor::try_select(Tensor::eye(size), diagonals.try_unsqueeze(-1)?, matrices)?;
        Ok((replaced, log_det.sum_rightmost(1 - self.diagonal.domain_event_rank())))
    }

    fn shape(&self, shape: &Shape, diagonal: impl FnOnce(&Shape) -> Result<Shape>) -> Result<Shape> {
        let (batch, size) = square("TransformDiagonal", shape)?;
        let (batch, event) = diagonal(&batch.concat(&Shape::from(size)))?.split_event(1);
        if event.size() != size {
            return Err(Error::InvalidShape {
                operation: "TransformDiagonal",
                expected: format!("a bijector that maps {size} entries of the diagonal to as many"),
                got: event,
            });
        }
        Ok(batch.concat(&Shape::from([size, size])))
    }
}

impl Bijector for TransformDiagonal {
    fn name(&self) -> &'static str {
        "TransformDiagonal"
    }

    fn domain(&self) -> Constraint {
        Constraint::Independent(Box::new(Constraint::Real), 2)
    }

    fn codomain(&self) -> Constraint {
        Constraint::Independent(Box::new(Constraint::Real), 2)
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        self.forward_shape(&u.shape())?;
        self.replace(u, self.diagonal.forward_and_log_det(&u.diagonal())?)
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        self.inverse_shape(&x.shape())?;
        self.replace(x, self.diagonal.inverse_and_log_det(&x.diagonal())?)
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        self.shape(shape, |diagonal| self.diagonal.forward_shape(diagonal))
    }

    fn inverse_shape(&self, shape: &Shape) -> Result<Shape> {
        self.shape(shape, |diagonal| self.diagonal.inverse_shape(diagonal))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::{Coordinates, Laws, TAILS};
    use crate::bijector::{Affine, LowerCholesky, Ordered, Softplus, StickBreaking};

    #[test]
    fn laws() {
        let u = Tensor::arange(8).sin().reshape([2, 2, 2]);
        Laws::of(&TransformDiagonal::new(Softplus).unwrap()).hold_at(&u);
        Laws::of(&TransformDiagonal::new(Ordered).unwrap()).hold_at(&u);
        let batch = TransformDiagonal::new(Affine::new([[1.0, 2.0], [0.0, 0.5]], 0.3)).unwrap();
        Laws::of(&batch).hold_at(&u.get(0));
        let triangles = TransformDiagonal::new(Softplus).unwrap();
        Laws::of(&triangles)
            .domain(Coordinates::LowerTriangle)
            .codomain(Coordinates::LowerTriangle)
            .hold_at(&Tensor::from([[2.0, 0.0, 0.0], [0.3, 0.7, 0.0], [-1.0, 2.0, 0.4]]));
        Laws::of(&triangles).are_finite_at([2, 2], &TAILS);
    }

    #[test]
    fn diagonals_keep_their_size() {
        assert!(TransformDiagonal::new(LowerCholesky).is_err());
        let error = TransformDiagonal::new(StickBreaking).unwrap().forward(&Tensor::eye(2)).unwrap_err().to_string();
        assert!(error.starts_with("TransformDiagonal: expected a bijector that maps 2 entries"), "{error}");
    }
}
