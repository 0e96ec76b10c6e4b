//! `LowerCholesky`: vectors onto lower triangular matrices with a positive diagonal.

use crate::bijector::{Bijector, real_vector, split_event};
use crate::{Constraint, Error, Result, Shape, Tensor};

/// Vectors of n (n + 1) / 2 entries to n × n Cholesky factors.
///
/// ```text
/// u = (u_21, u_31, u_32, u_41, …, u_n(n−1),  d_1, …, d_n)
/// forward   L_ij = u_ij (i > j),   L_ii = e^{d_i}       ln |det dL/du| = Σ d_i
/// inverse   u_ij = L_ij,           d_i = ln L_ii        ln |det du/dL| = −Σ ln L_ii
/// ```
///
/// The order is NumPyro's: first the entries below the diagonal, row by row, then the logarithms of the diagonal. The
/// determinant is that by the lower triangle of L.
///
/// # Domain and codomain
/// Vectors of n (n + 1) / 2 real numbers → lower triangular n × n matrices with a positive
/// diagonal.
///
/// # Numerics
/// The Jacobian term is a sum of arguments, as in [`Exp`](crate::bijector::Exp).
///
/// # Reference
/// NumPyro, `numpyro.distributions.transforms.LowerCholeskyTransform`; Stan Reference Manual,
/// "Cholesky factors of covariance matrices" (there in another order).
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, LowerCholesky};
///
/// let (factor, log_det) = LowerCholesky.forward_and_log_det(&Tensor::from([3.0, 0.0, 0.0]))?;
/// assert_eq!(factor, Tensor::from([[1.0, 0.0], [3.0, 1.0]]));
/// assert_eq!(log_det, 0.0);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct LowerCholesky;

/// Number of entries below the diagonal.
pub(super) fn strictly_lower(size: usize) -> usize {
    size * size.saturating_sub(1) / 2
}

/// The place in the vector of entry (row, column) of the matrix, for column ≤ row.
fn place(size: usize, row: usize, column: usize) -> usize {
    if row == column { strictly_lower(size) + row } else { strictly_lower(row) + column }
}

/// Rows of the matrix that the vectors of this shape fill.
fn matrix_size(shape: &Shape) -> Result<(Shape, usize)> {
    let (batch, event) = split_event("LowerCholesky", shape, 1)?;
    let entries = event.size();
    match (1..=entries).find(|&size| strictly_lower(size + 1) >= entries) {
        Some(size) if strictly_lower(size + 1) == entries => Ok((batch, size)),
        _ => Err(Error::InvalidShape {
            operation: "LowerCholesky",
            expected: "n (n + 1) / 2 entries along the last axis".to_owned(),
            got: *shape,
        }),
    }
}

/// Batch and number of rows of square matrices.
pub(crate) fn square(bijector: &'static str, shape: &Shape) -> Result<(Shape, usize)> {
    let (batch, matrix) = split_event(bijector, shape, 2)?;
    if matrix[0] != matrix[1] || matrix[0] == 0 {
        return Err(Error::InvalidShape {
            operation: bijector,
            expected: "square matrices in the last two axes".to_owned(),
            got: *shape,
        });
    }
    Ok((batch, matrix[0]))
}

impl Bijector for LowerCholesky {
    fn name(&self) -> &'static str {
        "LowerCholesky"
    }

    fn domain(&self) -> Constraint {
        real_vector()
    }

    fn codomain(&self) -> Constraint {
        Constraint::LowerCholesky
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        let (batch, size) = matrix_size(&u.shape())?;
        let lower = strictly_lower(size);
        let log_diagonal = u.slice(-1, lower..lower + size);
        // The last entry is a zero, from which the upper triangle is filled.
        let mut entries = vec![log_diagonal.exp(), Tensor::zeros(batch.concat(&Shape::from(1)))];
        if lower > 0 {
            entries.insert(0, u.slice(-1, 0..lower));
        }
        let zero = lower + size;
        let places: Vec<usize> = (0..size * size)
            .map(|entry| (entry / size, entry % size))
            .map(|(row, column)| if column > row { zero } else { place(size, row, column) })
            .collect();
        let factor = Tensor::concat(&entries, -1).take(-1, &places).reshape(batch.concat(&Shape::from([size, size])));
        Ok((factor, log_diagonal.sum_axis(-1)))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let (batch, size) = square("LowerCholesky", &x.shape())?;
        let log_diagonal = x.diagonal().ln();
        let log_det = -log_diagonal.sum_axis(-1);
        if size == 1 {
            return Ok((log_diagonal, log_det));
        }
        let places: Vec<usize> = (0..size).flat_map(|row| (0..row).map(move |column| row * size + column)).collect();
        let lower = x.reshape(batch.concat(&Shape::from(size * size))).take(-1, &places);
        Ok((Tensor::concat(&[lower, log_diagonal], -1), log_det))
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        let (batch, size) = matrix_size(shape)?;
        Ok(batch.concat(&Shape::from([size, size])))
    }

    fn inverse_shape(&self, shape: &Shape) -> Result<Shape> {
        let (batch, size) = square("LowerCholesky", shape)?;
        Ok(batch.concat(&Shape::from(strictly_lower(size + 1))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::{Coordinates, Laws, TAILS};

    #[test]
    fn laws() {
        let laws = || Laws::of(&LowerCholesky).codomain(Coordinates::LowerTriangle);
        laws().hold_at(&Tensor::from([[-2.0, 0.3, 1.7, 0.4, -1.0, 2.0], [5.0, 0.1, -3.0, 1.0, 2.0, 0.0]]));
        laws().hold_at(&Tensor::from([0.2]));
        laws().hold_at(&Tensor::from([0.2, -1.0, 1.0]));
        laws().are_finite_at(3, &TAILS);
    }

    #[test]
    fn sizes_that_fill_no_triangle() {
        for entries in [0, 2, 4, 5, 7] {
            let error = LowerCholesky.forward(&Tensor::zeros(entries)).unwrap_err().to_string();
            assert!(error.starts_with("LowerCholesky: expected n (n + 1) / 2 entries"), "{error}");
        }
        assert!(LowerCholesky.inverse_shape(&Shape::from([2, 3])).is_err());
    }
}
