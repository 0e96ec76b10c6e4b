//! `CholeskyToInvCholesky`: from the Cholesky factor of a matrix to that of its inverse.

use super::triangle::square;
use crate::bijector::{Bijector, MapId, remembered};
use crate::{Constraint, Result, Shape, Tensor};

/// The Cholesky factor of the inverse of a positive definite matrix, from the matrix's own.
///
/// ```text
/// forward   M = cholesky((L Lᵀ)⁻¹)     ln |det dM/dL| = Σ_{i=1}^n (n − i + 1) ln(L_ii / M_ii) − 2 (n + 1) Σ ln L_ii
/// inverse   L = cholesky((M Mᵀ)⁻¹)     the same function of M and L
/// ```
///
/// Both determinants are by lower triangles. It turns the factor of a covariance into that of a precision, and back.
///
/// # Domain and codomain
/// Lower triangular n × n matrices with a positive diagonal.
///
/// # Numerics
/// The factor of L⁻ᵀ L⁻¹: the condition number is squared on the way.
///
/// # Errors
/// A matrix so near to a singular one that the inverse is not positive definite in doubles (NaN while it is being
/// differentiated).
///
/// # Cache
/// The factor holds the one that it was made of, for as long as it lives, and gives it back.
///
/// # Reference
/// TFP, `tfp.bijectors.CholeskyToInvCholesky`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, CholeskyToInvCholesky};
///
/// let factor = CholeskyToInvCholesky.forward(&Tensor::from([[2.0, 0.0], [0.0, 4.0]]))?;
/// assert_eq!(factor, Tensor::from([[0.5, 0.0], [0.0, 0.25]]));
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct CholeskyToInvCholesky;

/// The other factor and the Jacobian term, which are the same functions both ways.
fn convert(factor: &Tensor) -> Result<(Tensor, Tensor)> {
    let (_, size) = square("CholeskyToInvCholesky", &factor.shape())?;
    let inverse = factor.try_triangular_solve(Tensor::eye(size), true, false)?;
    let other = inverse.transpose().try_matmul(inverse)?.try_cholesky()?;
    let powers = Tensor::from((0..size).map(|row| (size - row) as f64).collect::<Vec<_>>());
    let (log_from, log_to) = (factor.diagonal().ln(), other.diagonal().ln());
    let log_det = ((&log_from - log_to) * powers - log_from * (2.0 * (size as f64 + 1.0))).sum_axis(-1);
    Ok((other, log_det))
}

impl Bijector for CholeskyToInvCholesky {
    fn name(&self) -> &'static str {
        "CholeskyToInvCholesky"
    }

    fn domain(&self) -> Constraint {
        Constraint::LowerCholesky
    }

    fn codomain(&self) -> Constraint {
        Constraint::LowerCholesky
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        remembered(MapId::of::<Self>(), u, convert)
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        remembered(MapId::of::<Self>().inverse(), x, convert)
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        square("CholeskyToInvCholesky", shape).map(|_| *shape)
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
            || Laws::of(&CholeskyToInvCholesky).domain(Coordinates::LowerTriangle).codomain(Coordinates::LowerTriangle);
        laws().hold_at(&Tensor::from([[[1.7, 0.0], [0.4, 0.3]], [[0.9, 0.0], [-1.0, 2.0]]]));
        laws().hold_at(&Tensor::from([[0.2]]));
        laws().hold_at(&Tensor::from([[2.0, 0.0, 0.0], [0.3, 0.7, 0.0], [-1.0, 0.5, 0.8]]));
        // The matrix itself is squared on the way.
        let factor = Tensor::from([[1.7, 0.0], [0.4, 0.3]]);
        laws().are_finite_for([1e-100, 1e-20, 1e20, 1e100].map(|scale| &factor * scale));
        laws().are_finite_for([[1e-100, 1.0], [1e100, 1e-100]].map(|diagonal| Tensor::eye(2) * Tensor::from(diagonal)));
    }

    #[test]
    fn products_are_inverses() {
        let factor = Tensor::from([[2.0, 0.0, 0.0], [0.3, 0.7, 0.0], [-1.0, 2.0, 0.4]]);
        let other = CholeskyToInvCholesky.forward(&factor).unwrap();
        let product = factor.matmul(factor.transpose()).matmul(other.matmul(other.transpose()));
        assert!((product - Tensor::eye(3)).abs().max() < 1e-11);
        assert!(CholeskyToInvCholesky.inverse(&other).unwrap().shares_memory_with(&factor));
    }
}
