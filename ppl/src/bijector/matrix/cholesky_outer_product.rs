//! `CholeskyOuterProduct`: Cholesky factors onto positive definite matrices.

use std::f64::consts::LN_2;

use super::lower_cholesky::square;
use crate::bijector::Bijector;
use crate::{Constraint, Result, Shape, Tensor};

/// The product of a Cholesky factor with its transpose.
///
/// ```text
/// forward   x = L Lᵀ            ln |det dx/dL| = n ln 2 + Σ_{i=1}^n (n − i + 1) ln L_ii
/// inverse   L = cholesky(x)     ln |det dL/dx| = −n ln 2 − Σ_{i=1}^n (n − i + 1) ln L_ii
/// ```
///
/// Both determinants are by lower triangles. After [`LowerCholesky`](crate::bijector::LowerCholesky) it maps vectors of
/// n (n + 1) / 2 real numbers onto positive definite matrices.
///
/// # Domain and codomain
/// Lower triangular n × n matrices with a positive diagonal → symmetric positive definite
/// matrices.
///
/// # Numerics
/// The factor's condition number is squared. A density that needs the factor, not the matrix, is better
/// written with a Cholesky factor as its site.
///
/// # Errors
/// The inverse of a matrix that is not positive definite (NaN while it is being differentiated).
///
/// # Reference
/// Stan Reference Manual, "Covariance matrices"; Muirhead (1982), "Aspects of Multivariate Statistical
/// Theory", theorem 2.1.9.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, CholeskyOuterProduct};
///
/// let covariance = CholeskyOuterProduct.forward(&Tensor::from([[1.0, 0.0], [3.0, 1.0]]))?;
/// assert_eq!(covariance, Tensor::from([[1.0, 3.0], [3.0, 10.0]]));
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct CholeskyOuterProduct;

impl Bijector for CholeskyOuterProduct {
    fn name(&self) -> &'static str {
        "CholeskyOuterProduct"
    }

    fn domain(&self) -> Constraint {
        Constraint::LowerCholesky
    }

    fn codomain(&self) -> Constraint {
        Constraint::PositiveDefinite
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        let (_, size) = square("CholeskyOuterProduct", &u.shape())?;
        Ok((u.try_matmul(u.transpose())?, log_determinant(u, size)))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let (_, size) = square("CholeskyOuterProduct", &x.shape())?;
        let factor = x.try_cholesky()?;
        let log_det = -log_determinant(&factor, size);
        Ok((factor, log_det))
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        square("CholeskyOuterProduct", shape).map(|_| *shape)
    }

    fn inverse_shape(&self, shape: &Shape) -> Result<Shape> {
        self.forward_shape(shape)
    }
}

/// ln |det dx/dL|.
fn log_determinant(factor: &Tensor, size: usize) -> Tensor {
    let powers = Tensor::from((0..size).map(|row| (size - row) as f64).collect::<Vec<_>>());
    (factor.diagonal().ln() * powers).sum_axis(-1) + LN_2 * size as f64
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::bijector::conformance::{Coordinates, Laws};
    use crate::bijector::{Chain, LowerCholesky};

    #[test]
    fn laws() {
        let laws =
            || Laws::of(&CholeskyOuterProduct).domain(Coordinates::LowerTriangle).codomain(Coordinates::LowerTriangle);
        laws().hold_at(&Tensor::from([[[1.7, 0.0], [0.4, 0.3]], [[0.2, 0.0], [-3.0, 5.0]]]));
        laws().hold_at(&Tensor::from([[0.2]]));
        laws().hold_at(&Tensor::from([[2.0, 0.0, 0.0], [0.3, 0.7, 0.0], [-1.0, 2.0, 0.4]]));
    }

    #[test]
    fn laws_of_positive_definite_matrices() {
        let chain = Chain::new(vec![Arc::new(CholeskyOuterProduct), Arc::new(LowerCholesky)]);
        let laws = || Laws::of(&chain).codomain(Coordinates::LowerTriangle);
        laws().hold_at(&Tensor::from([[-2.0, 0.3, 1.7, 0.4, -1.0, 0.5], [0.5, 0.1, -0.3, 1.0, -0.2, 0.0]]));
        // The square of e³⁵⁴ is the largest number.
        laws().are_finite_at(3, &[-300.0, -50.0, 50.0, 300.0]);
    }

    #[test]
    fn an_indefinite_matrix_has_no_preimage() {
        let indefinite = Tensor::from([[1.0, 2.0], [2.0, 1.0]]);
        assert!(CholeskyOuterProduct.inverse(&indefinite).is_err());
    }
}
