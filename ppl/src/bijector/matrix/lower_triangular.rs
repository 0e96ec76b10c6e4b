//! `LowerTriangular`: vectors onto lower triangular matrices, row by row.

use super::triangle;
use crate::bijector::{Bijector, real_vector};
use crate::{Constraint, Result, Shape, Tensor};

/// The entries of a vector written into the lower triangle of a matrix, row by row.
///
/// ```text
/// u = (u_11, u_21, u_22, u_31, …, u_nn)
/// forward   L_ij = u_ij (i ≥ j)      ln |det dL/du| = 0
/// inverse   u_ij = L_ij              ln |det du/dL| = 0
/// ```
///
/// The determinant is that by the lower triangle of L. For TFP's order of the entries see
/// [`FillTriangular`](crate::bijector::FillTriangular).
///
/// # Domain and codomain
/// Vectors of n (n + 1) / 2 real numbers → lower triangular n × n matrices.
///
/// # Numerics
/// Exact: entries are moved.
///
/// # Reference
/// The order of the entries is that of `numpy.tril_indices` and of torch's `tril_indices`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, LowerTriangular};
///
/// let matrix = LowerTriangular.forward(&Tensor::from([1.0, 2.0, 3.0]))?;
/// assert_eq!(matrix, Tensor::from([[1.0, 0.0], [2.0, 3.0]]));
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct LowerTriangular;

/// The index in the vector of entry (row, column) of the matrix.
fn index(row: usize, column: usize) -> Option<usize> {
    (column <= row).then(|| triangle::entries(row) + column)
}

impl Bijector for LowerTriangular {
    fn name(&self) -> &'static str {
        "LowerTriangular"
    }

    fn domain(&self) -> Constraint {
        real_vector()
    }

    fn codomain(&self) -> Constraint {
        Constraint::LowerTriangular
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        let (batch, size) = triangle::matrix_size("LowerTriangular", &u.shape())?;
        Ok((triangle::fill(u, size, index), Tensor::zeros(batch)))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let (batch, size) = triangle::square("LowerTriangular", &x.shape())?;
        Ok((triangle::unfill(x, size, index), Tensor::zeros(batch)))
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        let (batch, size) = triangle::matrix_size("LowerTriangular", shape)?;
        Ok(batch.concat(&Shape::from([size, size])))
    }

    fn inverse_shape(&self, shape: &Shape) -> Result<Shape> {
        let (batch, size) = triangle::square("LowerTriangular", shape)?;
        Ok(batch.concat(&Shape::from(triangle::entries(size))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::{Coordinates, Laws, TAILS};

    #[test]
    fn laws() {
        let laws = || Laws::of(&LowerTriangular).codomain(Coordinates::LowerTriangle);
        laws().hold_at(&Tensor::from([[-2.0, 0.3, 1.7, 0.4, -1.0, 2.0], [5.0, 0.1, -3.0, 1.0, 2.0, 0.0]]));
        laws().hold_at(&Tensor::from([0.2]));
        laws().are_finite_at(3, &TAILS);
    }

    #[test]
    fn sizes_that_fill_no_triangle() {
        let error = LowerTriangular.forward(&Tensor::zeros(4)).unwrap_err().to_string();
        assert_eq!(error, "LowerTriangular: expected n (n + 1) / 2 entries along the last axis, got shape [4]");
    }
}
