//! `CorrelationOuterProduct`: Cholesky factors onto correlation matrices.

use std::sync::Arc;

use super::lower_cholesky::square;
use crate::bijector::{Bijector, Inverse};
use crate::{Constraint, Result, Shape, Tensor};

/// The product of a Cholesky factor whose rows have length 1 with its transpose: a correlation matrix.
///
/// ```text
/// forward   x = L Lᵀ            ln |det dx/dL| = Σ_{i=1}^n (n − i) ln L_ii
/// inverse   L = cholesky(x)     ln |det dL/dx| = −Σ_{i=1}^n (n − i) ln L_ii
/// ```
///
/// Both determinants are by the entries below the diagonal. After
/// [`CorrelationCholesky`](crate::bijector::CorrelationCholesky) it maps vectors of n (n − 1) / 2 real numbers onto
/// correlation matrices.
///
/// # Domain and codomain
/// Lower triangular n × n matrices with a positive diagonal and rows of length 1 → symmetric positive definite matrices
/// with a diagonal of ones.
///
/// # Numerics
/// The diagonal of x is exactly 1, and x is exactly symmetric. The factor's condition number is squared: a density that
/// needs the factor, not the matrix, is better written with a Cholesky factor as its site.
///
/// # Errors
/// The inverse of a matrix that is not positive definite (NaN while it is being differentiated).
///
/// # Reference
/// NumPyro, `CorrMatrixCholeskyTransform` (the inverse); Stan Reference Manual, "Correlation matrices"; Lewandowski,
/// Kurowicka and Joe (2009).
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, CorrelationOuterProduct};
///
/// let correlation = CorrelationOuterProduct.forward(&Tensor::from([[1.0, 0.0], [0.6, 0.8]]))?;
/// assert_eq!(correlation, Tensor::from([[1.0, 0.6], [0.6, 1.0]]));
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct CorrelationOuterProduct;

impl CorrelationOuterProduct {
    /// The lower Cholesky factor of correlation matrices: the inverse.
    ///
    /// # Example
    /// ```
    /// use ppl::Tensor;
    /// use ppl::bijector::{Bijector, CorrelationOuterProduct};
    ///
    /// let factor = CorrelationOuterProduct::factor().forward(&Tensor::from([[1.0, 0.6], [0.6, 1.0]]))?;
    /// assert!((factor - Tensor::from([[1.0, 0.0], [0.6, 0.8]])).abs().max() < 1e-15);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    #[must_use]
    pub fn factor() -> Inverse {
        Inverse::new(Arc::new(Self))
    }
}

impl Bijector for CorrelationOuterProduct {
    fn name(&self) -> &'static str {
        "CorrelationOuterProduct"
    }

    fn domain(&self) -> Constraint {
        Constraint::CorrelationCholesky
    }

    fn codomain(&self) -> Constraint {
        Constraint::CorrelationMatrix
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        let (_, size) = square("CorrelationOuterProduct", &u.shape())?;
        let below = u.try_matmul(u.transpose())?.tril(-1);
        let correlation = below.try_add(below.transpose())?.try_add(Tensor::eye(size))?;
        Ok((correlation, log_determinant(u, size)))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let (_, size) = square("CorrelationOuterProduct", &x.shape())?;
        let factor = x.try_cholesky()?;
        let log_det = -log_determinant(&factor, size);
        Ok((factor, log_det))
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        square("CorrelationOuterProduct", shape).map(|_| *shape)
    }

    fn inverse_shape(&self, shape: &Shape) -> Result<Shape> {
        self.forward_shape(shape)
    }
}

/// ln |det dx/dL|.
fn log_determinant(factor: &Tensor, size: usize) -> Tensor {
    // The first row is (1, 0, …) and the last entry has the power 0: their logarithms are left out.
    if size < 3 {
        return Tensor::zeros(factor.shape().split_event(2).0);
    }
    let powers = Tensor::from((1..size - 1).map(|row| (size - 1 - row) as f64).collect::<Vec<_>>());
    (factor.diagonal().slice(-1, 1..size - 1).ln() * powers).sum_axis(-1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::{Coordinates, Laws};
    use crate::bijector::{Chain, CorrelationCholesky};

    /// The Jacobian is that of the map from vectors: entries of a factor do not move on their own.
    #[test]
    fn laws() {
        let chain = Chain::new(vec![Arc::new(CorrelationOuterProduct), Arc::new(CorrelationCholesky)]);
        let laws = || Laws::of(&chain).codomain(Coordinates::StrictlyLowerTriangle);
        laws().hold_at(&Tensor::from([[-1.0, 0.3, 0.7, 0.4, -1.0, 0.5], [0.5, 0.1, -0.3, 1.0, -0.2, 0.0]]));
        laws().hold_at(&Tensor::from([0.2]));
        laws().hold_at(&Tensor::zeros([2, 0]));
        laws().are_finite_at(3, &[-300.0, -50.0, 50.0, 300.0]);
    }

    #[test]
    fn an_indefinite_matrix_has_no_preimage() {
        let indefinite = Tensor::from([[1.0, 2.0], [2.0, 1.0]]);
        assert!(CorrelationOuterProduct.inverse(&indefinite).is_err());
    }
}
