//! `LowerCholesky`: vectors onto lower triangular matrices with a positive diagonal.

use std::cmp::Ordering;

use super::triangle;
pub(crate) use super::triangle::square;
use crate::bijector::{Bijector, real_vector};
use crate::{Constraint, Result, Shape, Tensor};

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

/// The index in the vector of entry (row, column) of the matrix: first what is below the diagonal.
pub(super) fn index(size: usize, row: usize, column: usize) -> Option<usize> {
    match row.cmp(&column) {
        Ordering::Less => None,
        Ordering::Equal => Some(triangle::entries(size - 1) + row),
        Ordering::Greater => Some(row * (row - 1) / 2 + column),
    }
}

/// The matrices of vectors whose last entries, a diagonal, are mapped by an elementwise function, and its Jacobian term.
pub(super) fn forward(
    bijector: &'static str,
    u: &Tensor,
    of_diagonal: impl FnOnce(&Tensor) -> Result<(Tensor, Tensor)>,
) -> Result<(Tensor, Tensor)> {
    let (_, size) = triangle::matrix_size(bijector, &u.shape())?;
    let below = triangle::entries(size - 1);
    let (diagonal, log_slope) = of_diagonal(&u.slice(-1, below..below + size))?;
    let entries = if below == 0 { diagonal } else { Tensor::concat(&[u.slice(-1, 0..below), diagonal], -1) };
    Ok((triangle::fill(&entries, size, |row, column| index(size, row, column)), log_slope.sum_axis(-1)))
}

/// The inverse of `forward`.
pub(super) fn inverse(
    bijector: &'static str,
    x: &Tensor,
    of_diagonal: impl FnOnce(&Tensor) -> Result<(Tensor, Tensor)>,
) -> Result<(Tensor, Tensor)> {
    let (_, size) = square(bijector, &x.shape())?;
    let (diagonal, log_slope) = of_diagonal(&x.diagonal())?;
    let log_det = log_slope.sum_axis(-1);
    if size == 1 {
        return Ok((diagonal, log_det));
    }
    let below = triangle::unfill(x, size, |row, column| index(size, row, column).filter(|_| column < row));
    Ok((Tensor::concat(&[below, diagonal], -1), log_det))
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
        forward("LowerCholesky", u, |log_diagonal| Ok((log_diagonal.exp(), log_diagonal.clone())))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        inverse("LowerCholesky", x, |diagonal| {
            let log_diagonal = diagonal.ln();
            Ok((log_diagonal.clone(), -log_diagonal))
        })
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        let (batch, size) = triangle::matrix_size("LowerCholesky", shape)?;
        Ok(batch.concat(&Shape::from([size, size])))
    }

    fn inverse_shape(&self, shape: &Shape) -> Result<Shape> {
        let (batch, size) = square("LowerCholesky", shape)?;
        Ok(batch.concat(&Shape::from(triangle::entries(size))))
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
