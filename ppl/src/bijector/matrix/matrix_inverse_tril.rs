//! `MatrixInverseTriL`: inverses of triangular matrices.

use super::triangle::square;
use crate::bijector::{Bijector, MapId, remembered};
use crate::{Constraint, Result, Shape, Tensor};

/// The inverse of a lower triangular matrix, which is lower triangular.
///
/// ```text
/// forward   x = L⁻¹     ln |det dx/dL| = −(n + 1) Σ ln |L_ii|
/// inverse   L = x⁻¹     ln |det dL/dx| = −(n + 1) Σ ln |x_ii|
/// ```
///
/// Both determinants are by lower triangles.
///
/// # Domain and codomain
/// Lower triangular n × n matrices without a 0 on the diagonal; of others only the lower triangle is read.
///
/// # Cache
/// The inverse holds the matrix that it was made of, for as long as it lives, and gives it back.
///
/// # Numerics
/// By substitution, whose error is small against the factor; the determinant is a sum of logarithms of the diagonal.
///
/// # Reference
/// TFP, `tfp.bijectors.MatrixInverseTriL`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, MatrixInverseTriL};
///
/// let x = MatrixInverseTriL.forward(&Tensor::from([[2.0, 0.0], [1.0, 4.0]]))?;
/// assert_eq!(x, Tensor::from([[0.5, 0.0], [-0.125, 0.25]]));
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct MatrixInverseTriL;

/// The inverse and its Jacobian term, which are the same functions both ways.
fn invert(matrix: &Tensor) -> Result<(Tensor, Tensor)> {
    let (_, size) = square("MatrixInverseTriL", &matrix.shape())?;
    let inverse = matrix.try_triangular_solve(Tensor::eye(size), true, false)?;
    Ok((inverse, matrix.diagonal().abs().ln().sum_axis(-1) * -(size as f64 + 1.0)))
}

impl Bijector for MatrixInverseTriL {
    fn name(&self) -> &'static str {
        "MatrixInverseTriL"
    }

    fn domain(&self) -> Constraint {
        Constraint::LowerTriangular
    }

    fn codomain(&self) -> Constraint {
        Constraint::LowerTriangular
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        remembered(MapId::of::<Self>(), u, invert)
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        remembered(MapId::of::<Self>().inverse(), x, invert)
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        square("MatrixInverseTriL", shape).map(|_| *shape)
    }

    fn inverse_shape(&self, shape: &Shape) -> Result<Shape> {
        self.forward_shape(shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::{Coordinates, Laws};

    #[test]
    fn laws() {
        let laws =
            || Laws::of(&MatrixInverseTriL).domain(Coordinates::LowerTriangle).codomain(Coordinates::LowerTriangle);
        laws().hold_at(&Tensor::from([[[1.7, 0.0], [0.4, -0.3]], [[0.2, 0.0], [-3.0, 5.0]]]));
        laws().hold_at(&Tensor::from([[0.2]]));
        laws().hold_at(&Tensor::from([[2.0, 0.0, 0.0], [0.3, 0.7, 0.0], [-1.0, 2.0, 0.4]]));
        let triangle = Tensor::from([[1.7, 0.0], [0.4, -0.3]]);
        laws().are_finite_for([1e-150, 1e-20, 1e20, 1e150].map(|scale| &triangle * scale));
        laws().are_finite_for([[1e-150, 1.0], [1e150, 1e-150]].map(|diagonal| Tensor::eye(2) * Tensor::from(diagonal)));
    }

    #[test]
    fn the_matrix_is_remembered() {
        let matrix = Tensor::from([[1.7, 0.0], [0.4, -0.3]]);
        let inverse = MatrixInverseTriL.forward(&matrix).unwrap();
        assert!(MatrixInverseTriL.inverse(&inverse).unwrap().shares_memory_with(&matrix));
        // The map is its own inverse, but another direction: computed.
        let again = MatrixInverseTriL.forward(&inverse).unwrap();
        assert!(!again.shares_memory_with(&matrix) && (again - matrix).abs().max() < 1e-15);
    }
}
