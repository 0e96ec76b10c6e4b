//! Linear algebra on the last two axes; the axes before them are a batch and broadcast.

use super::apply::apply;
use super::primitive::Primitive;
use super::singular;
use super::{IntoTensor, Shape, Tensor, or_panic};
use crate::{Error, Result};

/// # Linear algebra
impl Tensor {
    /// The matrix product. A vector on the left is a row, on the right a column; its axis is removed from the result.
    ///
    /// # Panics
    /// Scalars; inner axes that differ; batch axes that do not broadcast.
    ///
    /// # Example
    /// ```
    /// # use ppl::Tensor;
    /// let design = Tensor::from([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(design.matmul(Tensor::from([1.0, -1.0])).to_vec(), [-1.0, -1.0]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn matmul(&self, other: impl IntoTensor) -> Self {
        or_panic(self.try_matmul(other))
    }

    /// The twin of [`Tensor::matmul`] that returns a `Result`.
    ///
    /// # Errors
    /// Scalars; inner axes that differ; batch axes that do not broadcast.
    pub fn try_matmul(&self, other: impl IntoTensor) -> Result<Self> {
        let other = other.into_tensor();
        if self.rank() == 0 || other.rank() == 0 {
            return Err(Error::ShapeMismatch {
                operation: "matmul",
                relation: "both have an axis",
                left: self.shape(),
                right: other.shape(),
            });
        }
        let mismatch = |error| match error {
            // With the shapes as the user gave them, not as matrices.
            Error::ShapeMismatch { operation, relation, .. } => {
                Error::ShapeMismatch { operation, relation, left: self.shape(), right: other.shape() }
            }
            error => error,
        };
        let left = if self.rank() == 1 { self.try_unsqueeze(0)? } else { self.clone() };
        let right = if other.rank() == 1 { other.try_unsqueeze(-1)? } else { other.clone() };
        let mut product = apply(&Primitive::MatMul, &[&left, &right]).map_err(mismatch)?;
        if other.rank() == 1 {
            product = product.try_squeeze(-1)?;
        }
        if self.rank() == 1 {
            product = product.try_squeeze(if other.rank() == 1 { -1 } else { -2 })?;
        }
        Ok(product)
    }

    /// The inner product of two vectors.
    ///
    /// # Panics
    /// If the shapes differ or are not those of vectors.
    #[must_use]
    #[track_caller]
    pub fn dot(&self, other: impl IntoTensor) -> Self {
        or_panic(self.try_dot(other))
    }

    /// The twin of [`Tensor::dot`] that returns a `Result`.
    ///
    /// # Errors
    /// If the shapes differ or are not those of vectors.
    pub fn try_dot(&self, other: impl IntoTensor) -> Result<Self> {
        let other = other.into_tensor();
        if self.rank() != 1 || self.shape() != other.shape() {
            return Err(Error::ShapeMismatch {
                operation: "dot",
                relation: "be those of two vectors of one length",
                left: self.shape(),
                right: other.shape(),
            });
        }
        Ok(self.try_mul(other)?.sum())
    }

    /// The lower Cholesky factor L of A = L Lᵀ, of which only the lower triangle is read.
    ///
    /// Where A is not positive definite while it is being differentiated, or in a model that an algorithm of inference
    /// runs, the factor is NaN, so that the algorithm sees a density that is not a number and rejects.
    ///
    /// # Panics
    /// If A is not square or, elsewhere, not positive definite.
    #[must_use]
    #[track_caller]
    pub fn cholesky(&self) -> Self {
        match self.try_cholesky() {
            Err(error @ Error::SingularMatrix { .. }) if singular::note(&error) => Self::full(self.shape(), f64::NAN),
            result => or_panic(result),
        }
    }

    /// The twin of [`Tensor::cholesky`] that returns a `Result`.
    ///
    /// # Errors
    /// If A is not square or, outside of a gradient, not positive definite.
    pub fn try_cholesky(&self) -> Result<Self> {
        apply(&Primitive::Cholesky, &[self])
    }

    /// X with T X = B, or Tᵀ X = B; of T only the lower (or upper) triangle is read. B may be a vector.
    ///
    /// # Panics
    /// If T is not square or does not fit B.
    ///
    /// # Example
    /// ```
    /// # use ppl::Tensor;
    /// let lower = Tensor::from([[2.0, 0.0], [1.0, 4.0]]);
    /// let x = lower.triangular_solve(Tensor::from([2.0, 9.0]), true, false);
    /// assert_eq!(x.to_vec(), [1.0, 2.0]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn triangular_solve(&self, right: impl IntoTensor, lower: bool, transpose: bool) -> Self {
        or_panic(self.try_triangular_solve(right, lower, transpose))
    }

    /// The twin of [`Tensor::triangular_solve`] that returns a `Result`.
    ///
    /// # Errors
    /// If T is not square or does not fit B.
    pub fn try_triangular_solve(&self, right: impl IntoTensor, lower: bool, transpose: bool) -> Result<Self> {
        let right = right.into_tensor();
        let mismatch = |relation| Error::ShapeMismatch {
            operation: "triangular_solve",
            relation,
            left: self.shape(),
            right: right.shape(),
        };
        match self.shape().dims() {
            [.., rows, columns] if rows == columns && right.rank() > 0 => {}
            _ => return Err(mismatch("be those of square matrices and of vectors or matrices")),
        }
        // With the shapes as the user gave them, not as matrices.
        let as_given = |error| match error {
            Error::ShapeMismatch { relation, .. } => mismatch(relation),
            error => error,
        };
        let primitive = Primitive::TriangularSolve { lower, transpose };
        if right.rank() == 1 {
            return apply(&primitive, &[self, &right.try_unsqueeze(-1)?]).map_err(as_given)?.try_squeeze(-1);
        }
        apply(&primitive, &[self, &right]).map_err(as_given)
    }

    /// ln |det A| of square matrices; −∞ where A is singular.
    ///
    /// # Panics
    /// If A is not square.
    #[must_use]
    #[track_caller]
    pub fn log_determinant(&self) -> Self {
        or_panic(self.try_log_determinant())
    }

    /// The twin of [`Tensor::log_determinant`] that returns a `Result`.
    ///
    /// # Errors
    /// If A is not square.
    pub fn try_log_determinant(&self) -> Result<Self> {
        apply(&Primitive::LogAbsDeterminant, &[self])
    }

    /// The lower triangles of matrices, the rest 0; `diagonal` −1 leaves the diagonal out too.
    ///
    /// # Panics
    /// If there are fewer than two axes.
    #[must_use]
    #[track_caller]
    pub fn tril(&self, diagonal: isize) -> Self {
        or_panic(self.try_tril(diagonal))
    }

    /// The twin of [`Tensor::tril`] that returns a `Result`.
    ///
    /// # Errors
    /// If there are fewer than two axes.
    pub fn try_tril(&self, diagonal: isize) -> Result<Self> {
        let &[.., rows, columns] = self.shape().dims() else {
            return Err(Error::InvalidShape {
                operation: "tril",
                expected: "at least two axes".to_owned(),
                got: self.shape(),
            });
        };
        let kept = (0..rows * columns)
            .map(|element| {
                let (row, column) = ((element / columns) as isize, (element % columns) as isize);
                f64::from(u8::from(column <= row + diagonal))
            })
            .collect();
        Self::try_select(Self::from_parts(kept, Shape::from([rows, columns])), self, 0.0)
    }
}
