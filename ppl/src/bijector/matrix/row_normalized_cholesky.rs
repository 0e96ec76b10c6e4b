//! `RowNormalizedCholesky`: vectors onto Cholesky factors of correlation matrices, by rows of length 1.

use super::correlation_cholesky::{arrange, below_diagonal, matrix_size};
use super::triangle::{square, strictly_lower};
use crate::bijector::{Bijector, real_vector};
use crate::{Constraint, Result, Shape, Tensor};

/// Vectors of n (n − 1) / 2 entries to n × n Cholesky factors of correlation matrices: rows of a unit lower triangular
/// matrix, divided by their lengths.
///
/// ```text
/// u_i = the entries of row i below the diagonal,   s_i = (1 + |u_i|²)^½
/// forward   L_ij = u_ij / s_i,   L_ii = 1 / s_i        ln |det dL/du| = −Σ_{i=2}^n (i + 1) ln s_i
/// inverse   u_ij = L_ij / L_ii                         ln |det du/dL| = −Σ_{i=2}^n (i + 1) ln L_ii
/// ```
///
/// The order of the entries is that of TFP's `FillTriangular`, a clockwise spiral. The determinant is that by the
/// entries below the diagonal. [`CorrelationCholesky`](crate::bijector::CorrelationCholesky) is the map that samplers
/// use.
///
/// # Domain and codomain
/// Vectors of n (n − 1) / 2 real numbers → lower triangular n × n matrices with a positive diagonal and rows of length
/// 1; n = 1 has the empty vector.
///
/// # Numerics
/// 1 + |u_i|² is at least 1, and the rows keep their digits; it overflows where an entry exceeds 1e154, as that of
/// `CorrelationCholesky` does not. The determinant is a sum of logarithms.
///
/// # Reference
/// TFP, `tfp.bijectors.CorrelationCholesky`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, RowNormalizedCholesky};
///
/// let factor = RowNormalizedCholesky.forward(&Tensor::from([0.75]))?;
/// assert_eq!(factor, Tensor::from([[1.0, 0.0], [0.6, 0.8]]));
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct RowNormalizedCholesky;

/// The index in the vector of entry (row, column) below the diagonal of an n × n matrix.
///
/// The vector without its first n − 1 entries, and then the whole vector backwards, fill an (n − 1) × (n − 1) matrix, of
/// which the lower triangle is taken.
fn spiral(size: usize, row: usize, column: usize) -> usize {
    let (rows, entries) = (size - 1, strictly_lower(size));
    let offset = (row - 1) * rows + column;
    if offset < entries - rows { rows + offset } else { 2 * entries - rows - 1 - offset }
}

/// (i + 1) for each row i = 2, …, n, in half for a squared length.
fn weights(size: usize) -> Tensor {
    Tensor::from((1..size).map(|row| 0.5 * (row + 2) as f64).collect::<Vec<_>>())
}

impl Bijector for RowNormalizedCholesky {
    fn name(&self) -> &'static str {
        "RowNormalizedCholesky"
    }

    fn domain(&self) -> Constraint {
        real_vector()
    }

    fn codomain(&self) -> Constraint {
        Constraint::CorrelationCholesky
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        let (batch, size) = matrix_size("RowNormalizedCholesky", &u.shape())?;
        if size == 1 {
            return Ok((Tensor::ones(batch.concat(&Shape::from([1, 1]))), Tensor::zeros(batch)));
        }
        let entries = strictly_lower(size);
        let zero = Tensor::zeros(batch.concat(&Shape::from(1)));
        let part = |row: usize, column: usize| match column.cmp(&row) {
            std::cmp::Ordering::Less => spiral(size, row, column),
            std::cmp::Ordering::Equal => entries,
            std::cmp::Ordering::Greater => entries + 1,
        };
        let rows = arrange(&Tensor::concat(&[u.clone(), &zero + 1.0, zero], -1), &batch, size, part)?;
        let squared_length = rows.square().sum_axis(-1);
        let log_det = -(squared_length.slice(-1, 1..size).ln() * weights(size)).sum_axis(-1);
        Ok((rows.try_div(squared_length.sqrt().unsqueeze(-1))?, log_det))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let (batch, size) = square("RowNormalizedCholesky", &x.shape())?;
        if size == 1 {
            return Ok((Tensor::zeros(batch.concat(&Shape::from(0))), Tensor::zeros(batch)));
        }
        let diagonal = x.diagonal();
        let rows = x.try_div(diagonal.unsqueeze(-1))?.reshape(batch.concat(&Shape::from(size * size)));
        let mut indices = vec![0; strictly_lower(size)];
        for (row, column) in below_diagonal(size) {
            indices[spiral(size, row, column)] = row * size + column;
        }
        let log_det = (diagonal.slice(-1, 1..size).ln() * (weights(size) * -2.0)).sum_axis(-1);
        Ok((rows.take(-1, &indices), log_det))
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        let (batch, size) = matrix_size("RowNormalizedCholesky", shape)?;
        Ok(batch.concat(&Shape::from([size, size])))
    }

    fn inverse_shape(&self, shape: &Shape) -> Result<Shape> {
        let (batch, size) = square("RowNormalizedCholesky", shape)?;
        Ok(batch.concat(&Shape::from(strictly_lower(size))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::{Coordinates, Laws, TAILS};

    #[test]
    fn laws() {
        let laws = || Laws::of(&RowNormalizedCholesky).codomain(Coordinates::StrictlyLowerTriangle);
        laws().hold_at(&Tensor::from([[-2.0, 0.3, 1.7, 0.4, -1.0, 0.0], [0.5, 0.1, -3.0, 1.0, 2.0, 0.0]]));
        laws().hold_at(&Tensor::from([0.2]));
        laws().hold_at(&Tensor::from([0.0, -1.0, 1.0]));
        laws().hold_at(&Tensor::zeros([2, 0]));
        laws().are_finite_at(3, &TAILS);
    }

    #[test]
    fn entries_fill_the_triangle_in_a_spiral() {
        let factor = RowNormalizedCholesky.forward(&Tensor::from([1.0, 2.0, 3.0])).unwrap();
        let rows = &factor / factor.diagonal().unsqueeze(-1);
        // TFP: fill_triangular([1, 2, 3]) = [[3, 0], [2, 1]].
        let expected = Tensor::from([[1.0, 0.0, 0.0], [3.0, 1.0, 0.0], [2.0, 1.0, 1.0]]);
        assert!((rows - expected).abs().max() < 1e-14);
    }
}
