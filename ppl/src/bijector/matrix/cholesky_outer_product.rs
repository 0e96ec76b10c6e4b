//! `CholeskyOuterProduct`: Cholesky factors onto positive definite matrices.

use std::f64::consts::LN_2;
use std::sync::Arc;

use super::lower_cholesky::square;
use crate::bijector::{Bijector, Chain, Inverse, LowerCholesky, MapId};
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
/// # Cache
/// The product holds the factor that it was made of, for as long as it lives: its inverse is that factor, and costs
/// nothing.
///
/// # Errors
/// The inverse of a matrix that is not positive definite (NaN while it is being differentiated).
///
/// # Reference
/// TFP, `tfp.bijectors.CholeskyOuterProduct`; torch.distributions, `PositiveDefiniteTransform`; NumPyro, `CholeskyTransform`
/// (the inverse); Stan Reference Manual, "Covariance matrices"; Muirhead (1982), "Aspects of Multivariate Statistical
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

impl CholeskyOuterProduct {
    /// Vectors of n (n + 1) / 2 real numbers onto positive definite n × n matrices: after
    /// [`LowerCholesky`](crate::bijector::LowerCholesky).
    ///
    /// # Example
    /// ```
    /// use ppl::Tensor;
    /// use ppl::bijector::{Bijector, CholeskyOuterProduct};
    ///
    /// let matrix = CholeskyOuterProduct::of_vectors().forward(&Tensor::from([3.0, 0.0, 0.0]))?;
    /// assert_eq!(matrix, Tensor::from([[1.0, 3.0], [3.0, 10.0]]));
    /// # Ok::<(), ppl::Error>(())
    /// ```
    #[must_use]
    pub fn of_vectors() -> Chain {
        Chain::new(vec![Arc::new(Self), Arc::new(LowerCholesky)])
    }

    /// The lower Cholesky factor of positive definite matrices: the inverse.
    ///
    /// # Example
    /// ```
    /// use ppl::Tensor;
    /// use ppl::bijector::{Bijector, CholeskyOuterProduct};
    ///
    /// let factor = CholeskyOuterProduct::factor().forward(&Tensor::from([[1.0, 3.0], [3.0, 10.0]]))?;
    /// assert_eq!(factor, Tensor::from([[1.0, 0.0], [3.0, 1.0]]));
    /// # Ok::<(), ppl::Error>(())
    /// ```
    #[must_use]
    pub fn factor() -> Inverse {
        Inverse::new(Arc::new(Self))
    }
}

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
        let (x, log_det) = (u.try_matmul(u.transpose())?, log_determinant(u, size));
        Ok((x.with_preimage(u, &log_det, MapId::of::<Self>()), log_det))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let (_, size) = square("CholeskyOuterProduct", &x.shape())?;
        if let Some((factor, log_det)) = x.preimage_by(MapId::of::<Self>()) {
            return Ok((factor, -log_det));
        }
        // The factor does not remember the matrix: only half of the matrix was read, and the other half would get a
        // gradient by it.
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
    use super::*;
    use crate::bijector::conformance::{Coordinates, Laws};
    use crate::grad;
    use crate::program::tests::assert_program_is_tape;

    #[test]
    fn laws() {
        let laws =
            || Laws::of(&CholeskyOuterProduct).domain(Coordinates::LowerTriangle).codomain(Coordinates::LowerTriangle);
        laws().hold_at(&Tensor::from([[[1.7, 0.0], [0.4, 0.3]], [[0.2, 0.0], [-3.0, 5.0]]]));
        laws().hold_at(&Tensor::from([[0.2]]));
        laws().hold_at(&Tensor::from([[2.0, 0.0, 0.0], [0.3, 0.7, 0.0], [-1.0, 2.0, 0.4]]));
    }

    #[test]
    fn laws_of_the_factor() {
        Laws::of(&CholeskyOuterProduct::factor())
            .domain(Coordinates::LowerTriangle)
            .codomain(Coordinates::LowerTriangle)
            .hold_at(&Tensor::from([[[2.0, 0.5], [0.5, 1.0]], [[0.3, -0.2], [-0.2, 4.0]]]));
    }

    #[test]
    fn laws_of_positive_definite_matrices() {
        let chain = CholeskyOuterProduct::of_vectors();
        let laws = || Laws::of(&chain).codomain(Coordinates::LowerTriangle);
        laws().hold_at(&Tensor::from([[-2.0, 0.3, 1.7, 0.4, -1.0, 0.5], [0.5, 0.1, -0.3, 1.0, -0.2, 0.0]]));
        // The square of e³⁵⁴ is the largest number.
        laws().are_finite_at(3, &[-300.0, -50.0, 50.0, 300.0]);
    }

    /// The very same tensor, of which a Cholesky factor would be rounded; with the gradient that the factor has.
    #[test]
    fn the_inverse_of_a_product_is_the_factor_that_it_was_made_of() {
        let factor = Tensor::from([[1.7, 0.0], [0.4, 0.3]]);
        let (product, log_det) = CholeskyOuterProduct.forward_and_log_det(&factor).unwrap();
        let (back, inverse_log_det) = CholeskyOuterProduct.inverse_and_log_det(&product).unwrap();
        assert!(back.shares_memory_with(&factor));
        assert_eq!(inverse_log_det, -log_det);
        assert!(CholeskyOuterProduct.inverse(&product.clone()).unwrap().shares_memory_with(&factor));
        // Another matrix, made of this one, is not the image of the factor.
        assert!(!CholeskyOuterProduct.inverse(&(&product * 1.0)).unwrap().shares_memory_with(&factor));

        let weights = Tensor::from([[0.3, 0.0], [-1.0, 2.0]]);
        let round_trip = |is_remembered: bool| {
            let weights = weights.clone();
            move |inputs: &[Tensor]| {
                let product = CholeskyOuterProduct.forward(&inputs[0].tril(0))?;
                let product = if is_remembered { product } else { product.without_preimage() };
                let (factor, log_det) = CholeskyOuterProduct.inverse_and_log_det(&product)?;
                Ok((factor.sin() * &weights).sum() + log_det + product.sum())
            }
        };
        let (value, gradients) = grad(round_trip(true), std::slice::from_ref(&factor)).unwrap();
        let (wanted, want) = grad(round_trip(false), std::slice::from_ref(&factor)).unwrap();
        // A few roundings.
        assert!((value - wanted).abs() < 1e-14 && (&gradients[0] - &want[0]).abs().max() < 1e-13);
        assert_program_is_tape("a remembered factor", &[factor], round_trip(true));
    }

    #[test]
    fn an_indefinite_matrix_has_no_preimage() {
        let indefinite = Tensor::from([[1.0, 2.0], [2.0, 1.0]]);
        assert!(CholeskyOuterProduct.inverse(&indefinite).is_err());
    }
}
