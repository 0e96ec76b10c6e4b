//! `MatvecLu`: vectors times an invertible matrix, given by its LU decomposition.

use super::permute::Permute;
use crate::bijector::matrix::lower_cholesky::square;
use crate::bijector::{Bijector, real_vector, split_event};
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor, check};

/// The product of vectors with an invertible matrix A, which is given by its LU decomposition: the invertible 1 × 1
/// convolution of Glow.
///
/// ```text
/// A_{π(k)·} = (L U)_{k·}
/// forward   x = A u          ln |det dx/du| = Σ ln |U_ii|
/// inverse   u = A⁻¹ x        ln |det du/dx| = −Σ ln |U_ii|
/// ```
///
/// # Domain and codomain
/// Vectors of real numbers; the batch of matrices broadcasts.
///
/// # Numerics
/// The inverse is two triangular solves; A⁻¹ is never formed, nor is A.
///
/// # Reference
/// TFP, `tfp.bijectors.ScaleMatvecLU`; Kingma and Dhariwal (2018), "Glow: generative flow with invertible 1 × 1
/// convolutions", section 3.2.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, MatvecLu};
///
/// // L = [[1, 0], [3, 1]] and U = [[2, 1], [0, 4]]; the rows of their product in the other order.
/// let matrix = MatvecLu::new([[2.0, 1.0], [3.0, 4.0]], [1, 0])?;
/// assert_eq!(matrix.forward(&Tensor::from([1.0, 1.0]))?.to_vec(), [13.0, 3.0]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct MatvecLu {
    /// U, and below its diagonal L, whose own is of ones.
    lower_upper: Tensor,
    rows: Permute,
    /// Batch shape of the matrices.
    batch: Shape,
    size: usize,
}

impl MatvecLu {
    /// The product with the matrix of this decomposition, L and U in one matrix without L's diagonal of ones.
    ///
    /// # Errors
    /// A matrix that is not square or finite, or has a 0 on its diagonal; a permutation of another size.
    pub fn new(lower_upper: impl IntoTensor, permutation: impl Into<Vec<usize>>) -> Result<Self> {
        let lower_upper = lower_upper.into_tensor();
        let permutation = permutation.into();
        let (batch, size) = square("MatvecLu", &lower_upper.shape())?;
        if permutation.len() != size {
            return Err(Error::InvalidArgument {
                operation: "MatvecLu",
                argument: "permutation",
                expected: format!("one of {size} rows"),
                got: format!("{permutation:?}"),
            });
        }
        check::elements("MatvecLu", "lower_upper", &lower_upper, "finite", f64::is_finite)?;
        let diagonal = lower_upper.diagonal();
        check::elements("MatvecLu", "diagonal of lower_upper", &diagonal, "not 0", |entry| entry != 0.0)?;
        Ok(Self { lower_upper, rows: Permute::new(permutation)?, batch, size })
    }

    fn lower(&self) -> Tensor {
        self.lower_upper.tril(-1) + Tensor::eye(self.size)
    }

    fn upper(&self) -> Tensor {
        self.lower_upper.transpose().tril(0).transpose()
    }

    fn log_det(&self, shape: &Shape) -> Tensor {
        self.lower_upper.diagonal().abs().ln().sum_axis(-1).broadcast_to(shape.split_event(1).0)
    }
}

impl Bijector for MatvecLu {
    fn name(&self) -> &'static str {
        "MatvecLu"
    }

    fn domain(&self) -> Constraint {
        real_vector()
    }

    fn codomain(&self) -> Constraint {
        real_vector()
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        let shape = self.forward_shape(&u.shape())?;
        let column = self.lower().try_matmul(self.upper().try_matmul(u.try_unsqueeze(-1)?)?)?;
        Ok((self.rows.inverse(&column.try_squeeze(-1)?)?, self.log_det(&shape)))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let shape = self.inverse_shape(&x.shape())?;
        let column = self.rows.forward(x)?.try_unsqueeze(-1)?;
        let column = self.lower().try_triangular_solve(column, true, false)?;
        let column = self.lower_upper.try_triangular_solve(column, false, false)?;
        Ok((column.try_squeeze(-1)?, -self.log_det(&shape)))
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        let (batch, event) = split_event("MatvecLu", shape, 1)?;
        if event.size() != self.size {
            return Err(Error::InvalidShape {
                operation: "MatvecLu",
                expected: format!("{} entries along the last axis", self.size),
                got: *shape,
            });
        }
        Ok(check::broadcast("MatvecLu", &self.batch, &batch)?.concat(&event))
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
        let lu = Tensor::from([[2.0, 1.0, -0.3], [0.4, -1.5, 0.2], [-0.7, 0.1, 0.8]]);
        let matrix = MatvecLu::new(&lu, [2, 0, 1]).unwrap();
        Laws::of(&matrix).hold_at(&Tensor::from([[-2.0, 0.3, 1.7], [5.0, 0.1, -3.0]]));
        Laws::of(&matrix).are_finite_at(3, &TAILS);
        let batch = Tensor::stack(&[lu.clone(), &lu * 0.3], 0);
        Laws::of(&MatvecLu::new(batch, [1, 0, 2]).unwrap()).hold_at(&Tensor::from([0.2, -1.0, 0.4]));
        parameter_gradients(|p| MatvecLu::new(&p[0], [2, 0, 1]), &[lu], &[0.7, -2.0, 0.3].into());
    }

    /// The matrix itself, made of L and U.
    #[test]
    fn rows_are_permuted() {
        let lu = Tensor::from([[2.0, 1.0, -0.3], [0.4, -1.5, 0.2], [-0.7, 0.1, 0.8]]);
        let lower = Tensor::from([[1.0, 0.0, 0.0], [0.4, 1.0, 0.0], [-0.7, 0.1, 1.0]]);
        let upper = Tensor::from([[2.0, 1.0, -0.3], [0.0, -1.5, 0.2], [0.0, 0.0, 0.8]]);
        let columns = MatvecLu::new(lu, [2, 0, 1]).unwrap().forward(&Tensor::eye(3)).unwrap();
        let product = lower.matmul(upper);
        let matrix = columns.transpose();
        for (row, to) in [2, 0, 1].into_iter().enumerate() {
            assert!((matrix.get(to) - product.get(row)).abs().max() < 1e-15);
        }
    }

    #[test]
    fn parameters_are_checked() {
        assert!(MatvecLu::new([[1.0, 0.0], [0.0, 0.0]], [0, 1]).is_err());
        let error = MatvecLu::new(Tensor::eye(2), [0]).unwrap_err().to_string();
        assert_eq!(error, "MatvecLu: `permutation` must be one of 2 rows, got [0]");
    }
}
