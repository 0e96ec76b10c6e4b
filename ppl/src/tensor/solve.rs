//! General square matrices: solutions of linear systems, inverses, determinants.
//!
//! For a covariance matrix, [`cholesky`](Tensor::cholesky) and [`triangular_solve`](Tensor::triangular_solve) take half
//! as long and say where it is not positive definite.

use super::apply::apply;
use super::primitive::Primitive;
use super::{IntoTensor, Tensor, or_panic, singular};
use crate::{Error, Result};

/// Larger matrices have a determinant whose sign is read from an LU decomposition.
const LARGEST_CLOSED_FORM: usize = 3;

/// # General matrices
impl Tensor {
    /// X with A X = B, for square matrices A in the last two axes. B may be a vector.
    ///
    /// By the inverse and one step of iterative refinement, which leaves the digits of an elimination with pivots.
    ///
    /// # Panics
    /// If A is not square, does not fit B or, outside of a gradient and of inference, is singular.
    ///
    /// # Example
    /// ```
    /// # use ppl::Tensor;
    /// let a = Tensor::from([[0, 2], [1, 1]]);
    /// assert_eq!(a.solve([4, 5]).to_vec(), [3.0, 2.0]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn solve(&self, right: impl IntoTensor) -> Self {
        let right = right.into_tensor();
        match self.try_solve(&right) {
            Err(error @ Error::SingularMatrix { .. }) if singular::note(&error) => {
                or_panic(Self::full(self.shape(), f64::NAN).try_matmul(right))
            }
            result => or_panic(result),
        }
    }

    /// The twin of [`Tensor::solve`] that returns a `Result`.
    ///
    /// # Errors
    /// If A is not square, does not fit B or, outside of a gradient, is singular.
    pub fn try_solve(&self, right: impl IntoTensor) -> Result<Self> {
        let right = right.into_tensor();
        let as_solve = |error| match error {
            Error::ShapeMismatch { relation, .. } => {
                Error::ShapeMismatch { operation: "solve", relation, left: self.shape(), right: right.shape() }
            }
            Error::InvalidShape { expected, got, .. } => Error::InvalidShape { operation: "solve", expected, got },
            error => error,
        };
        let inverse = self.try_inverse().map_err(as_solve)?;
        let solution = inverse.try_matmul(&right).map_err(as_solve)?;
        let residual = right.try_sub(self.try_matmul(&solution)?)?;
        solution.try_add(inverse.try_matmul(residual)?)
    }

    /// The inverses of square matrices in the last two axes.
    ///
    /// To solve linear systems, use [`solve`](Self::solve): it keeps more digits.
    ///
    /// # Panics
    /// If a matrix is not square or, outside of a gradient and of inference, is singular.
    ///
    /// # Example
    /// ```
    /// # use ppl::Tensor;
    /// assert_eq!(Tensor::from([[0, 2], [1, 1]]).inverse(), Tensor::from([[-0.5, 1.0], [0.5, 0.0]]));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn inverse(&self) -> Self {
        match self.try_inverse() {
            Err(error @ Error::SingularMatrix { .. }) if singular::note(&error) => Self::full(self.shape(), f64::NAN),
            result => or_panic(result),
        }
    }

    /// The twin of [`Tensor::inverse`] that returns a `Result`.
    ///
    /// # Errors
    /// If a matrix is not square or, outside of a gradient, is singular.
    pub fn try_inverse(&self) -> Result<Self> {
        apply(&Primitive::InverseTranspose, &[self])?.try_transpose()
    }

    /// The determinants of square matrices in the last two axes.
    ///
    /// Beyond 3 × 3 the sign is read from the values: a model that is recorded is run each time then. Where the sign is
    /// known, as of a covariance, [`log_determinant`](Self::log_determinant) is recorded and neither over- nor
    /// underflows.
    ///
    /// # Panics
    /// If a matrix is not square; if one beyond 3 × 3 is singular while it is being differentiated.
    ///
    /// # Example
    /// ```
    /// # use ppl::Tensor;
    /// assert_eq!(Tensor::from([[0, 2], [1, 1]]).det().item(), -2.0);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn det(&self) -> Self {
        match self.try_det() {
            Err(error @ Error::SingularMatrix { .. }) if singular::note(&error) => {
                Self::full(self.shape().split_event(2).0, f64::NAN)
            }
            result => or_panic(result),
        }
    }

    /// The twin of [`Tensor::det`] that returns a `Result`.
    ///
    /// # Errors
    /// If a matrix is not square; if one beyond 3 × 3 is singular while it is being differentiated.
    #[track_caller]
    pub fn try_det(&self) -> Result<Self> {
        let size = match self.shape().dims() {
            &[.., rows, columns] if rows == columns => columns,
            _ => {
                let expected = "square matrices in the last two axes".to_owned();
                return Err(Error::InvalidShape { operation: "det", expected, got: self.shape() });
            }
        };
        if size > LARGEST_CLOSED_FORM {
            self.note_read("det");
            let signs = super::kernel::linear_algebra::signs_of_determinants(&self.elements(), size);
            if self.is_tracked() && signs.contains(&0.0) {
                // Its logarithm has no derivative there, though it has one itself.
                let problem = "singular, and beyond 3 × 3 the gradient of its determinant is not known".to_owned();
                return Err(Error::SingularMatrix { operation: "det", problem });
            }
            let magnitude = self.try_log_determinant()?.exp();
            return Self::from_parts(signs, magnitude.shape()).try_mul(magnitude);
        }
        let entry = |row: usize, column: usize| self.try_index(-1, column)?.try_index(-1, row);
        let minor = |rows: [usize; 2], columns: [usize; 2]| -> Result<Self> {
            let falling = entry(rows[0], columns[0])?.try_mul(entry(rows[1], columns[1])?)?;
            falling.try_sub(entry(rows[0], columns[1])?.try_mul(entry(rows[1], columns[0])?)?)
        };
        match size {
            0 => Ok(Self::ones(self.shape().split_event(2).0)),
            1 => entry(0, 0),
            2 => minor([0, 1], [0, 1]),
            _ => {
                let first = entry(0, 0)?.try_mul(minor([1, 2], [1, 2])?)?;
                let second = entry(0, 1)?.try_mul(minor([1, 2], [0, 2])?)?;
                first.try_sub(second)?.try_add(entry(0, 2)?.try_mul(minor([1, 2], [0, 1])?)?)
            }
        }
    }

    /// The outer product of vectors in the last axes: row i, column j is xᵢ yⱼ. The axes before them are a batch.
    ///
    /// # Panics
    /// Scalars; batch axes that do not broadcast.
    ///
    /// # Example
    /// ```
    /// # use ppl::Tensor;
    /// assert_eq!(Tensor::from([1, 2]).outer([3, 4, 5]), Tensor::from([[3, 4, 5], [6, 8, 10]]));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn outer(&self, other: impl IntoTensor) -> Self {
        or_panic(self.try_outer(other))
    }

    /// The twin of [`Tensor::outer`] that returns a `Result`.
    ///
    /// # Errors
    /// Scalars; batch axes that do not broadcast.
    pub fn try_outer(&self, other: impl IntoTensor) -> Result<Self> {
        let other = other.into_tensor();
        if self.rank() == 0 || other.rank() == 0 {
            return Err(Error::ShapeMismatch {
                operation: "outer",
                relation: "both have an axis",
                left: self.shape(),
                right: other.shape(),
            });
        }
        self.try_unsqueeze(-1)?.try_mul(other.try_unsqueeze(-2)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of n × n Hilbert matrices plus the identity, with solutions of ones: condition about 3, so that 14 digits remain.
    #[test]
    fn solutions_and_inverses_of_systems() {
        for size in 1..7_usize {
            let entries = (0..size * size).map(|k| 1.0 / (k / size + k % size + 1) as f64).collect::<Vec<_>>();
            let matrix = Tensor::new(entries, (size, size)).unwrap() + Tensor::eye(size);
            let solution = matrix.solve(matrix.sum_axis(1));
            assert!((solution - 1.0).abs().max().item() < 1e-14);
            let identity = matrix.inverse().matmul(&matrix);
            assert!((identity - Tensor::eye(size)).abs().max().item() < 1e-14);
        }
    }

    /// The Hilbert matrix of order 8 has condition 1.5e10; elimination with pivots is backward stable, so that the
    /// residual is a few roundings of ‖A‖ ‖x‖, while the inverse alone would leave 1e10 of them.
    #[test]
    fn the_residual_of_an_ill_conditioned_system_is_a_rounding() {
        let entries = (0..64).map(|k| 1.0 / f64::from(k / 8 + k % 8 + 1)).collect::<Vec<_>>();
        let matrix = Tensor::new(entries, (8, 8)).unwrap();
        let right = Tensor::from([1, -1, 1, -1, 1, -1, 1, -1]);
        let solution = matrix.solve(&right);
        let residual = (matrix.matmul(&solution) - right).abs().max() / (matrix.abs().max() * solution.abs().max());
        assert!(residual.item() < 8.0 * f64::EPSILON, "{residual}");
    }

    #[test]
    fn determinants_of_every_size_have_their_sign() {
        // Companion matrices of xⁿ + … + c have the determinant (−1)ⁿ c.
        for size in 1..6_usize {
            let mut companion = Tensor::zeros((size, size));
            if size > 1 {
                let shifted = Tensor::concat(&[Tensor::eye(size - 1), Tensor::zeros((size - 1, 1))], 1);
                companion = Tensor::concat(&[Tensor::zeros((1, size)), shifted], 0);
            }
            let last = Tensor::concat(&[Tensor::zeros((size, size - 1)), Tensor::full((size, 1), -7.0)], 1);
            let expected = if size % 2 == 0 { 7.0 } else { -7.0 };
            let determinant = (companion + last).det().item();
            assert!((determinant - expected).abs() < 1e-13, "{size}: {determinant}");
        }
        assert_eq!(Tensor::from([[1, 2], [2, 4]]).det().item(), 0.0);
        assert_eq!(Tensor::zeros((4, 4)).det().item(), 0.0);
        assert_eq!(Tensor::zeros((0, 0)).det().item(), 1.0);
    }

    #[test]
    fn errors_show_the_shapes_as_they_were_given() {
        let matrix = Tensor::eye(3);
        let error = matrix.try_solve([1, 2]).unwrap_err().to_string();
        assert!(error.starts_with("solve: ") && error.contains("[3, 3]") && error.contains("[2]"), "{error}");
        let error = Tensor::zeros((2, 3)).try_inverse().unwrap_err().to_string();
        assert_eq!(error, "inverse: expected square matrices in the last two axes, got shape [2, 3]");
        let error = Tensor::from([[1, 2], [2, 4]]).try_solve([1, 2]).unwrap_err();
        assert!(matches!(error, Error::SingularMatrix { .. }), "{error}");
    }
}
