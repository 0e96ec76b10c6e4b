//! Cholesky factors of positive semidefinite matrices, some of whose pivots are 0.

use super::Tensor;

/// A pivot below this part of its diagonal element, times the matrix's size, is 0 up to rounding.
const ROUND_OFF: f64 = 1e-14;

/// A matrix whose pivots are larger than minus this part of their diagonal elements counts as semidefinite. Where one of them
/// is 0 the elements below it may miss 0 by its square root.
const TOLERANCE: f64 = 1e-8;

/// The lower factor L of A = L Lᵀ, with a column of zeros for each pivot that is 0, and whether A has one, which is 1 or 0 for
/// each matrix of a batch. Of A only the lower triangle is read.
///
/// The factor is a composition of tensor operations, column by column. Where a pivot is 0 no gradient leads through it.
pub(crate) fn cholesky(matrix: &Tensor) -> (Tensor, Tensor) {
    let size = matrix.shape()[matrix.rank() - 1];
    let diagonal = matrix.diagonal().detach();
    let rows = Tensor::arange(size);
    let mut rest = matrix.clone();
    let mut columns = Vec::with_capacity(size);
    let mut is_semidefinite = Tensor::scalar(1.0);
    for column in 0..size {
        let below = rest.index(-1, column);
        let (pivot, element) = (below.index(-1, column), diagonal.index(-1, column));
        // A pivot that is no number is not 0: the factor tells.
        let is_positive = 1.0 - pivot.less_equal((&element * (ROUND_OFF * size as f64)).maximum(0.0));
        let root = Tensor::select(&is_positive, &pivot, 1.0).sqrt();
        let is_in_triangle = is_positive.unsqueeze(-1) * rows.greater_equal(column as f64);
        let factor = Tensor::select(is_in_triangle, &below / root.unsqueeze(-1), 0.0);

        let (pivot, below) = (pivot.detach(), below.detach());
        let misses = below.square().less_equal(TOLERANCE * &diagonal * element.unsqueeze(-1));
        let nothing_below = Tensor::select(rows.greater(column as f64), misses, 1.0).min_axis(-1);
        let is_zero = pivot.greater_equal(-TOLERANCE * element) * nothing_below;
        is_semidefinite *= Tensor::select(is_positive, pivot.greater(0.0), is_zero);

        rest -= factor.unsqueeze(-1) * factor.unsqueeze(-2);
        columns.push(factor);
    }
    (Tensor::stack(&columns, -1), is_semidefinite)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grad;

    #[test]
    fn factors_of_any_rank() {
        let definite = Tensor::from([[4.0, 2.0, 0.4], [2.0, 5.0, 1.0], [0.4, 1.0, 3.0]]);
        let (factor, is_semidefinite) = cholesky(&definite);
        assert!((factor - definite.cholesky()).abs().max() < 1e-15);
        assert_eq!(is_semidefinite, 1.0);
        // Of rank 1, and of rank 2 with a row of zeros in the middle.
        for root in [[[1.0, 0.0], [0.3, 0.0], [-2.0, 0.0]], [[1.0, 0.5], [0.0, 0.0], [-2.0, 0.7]]].map(Tensor::from) {
            let matrix = root.matmul(root.transpose());
            let (factor, is_semidefinite) = cholesky(&matrix);
            assert!((factor.matmul(factor.transpose()) - matrix).abs().max() < 1e-14);
            assert_eq!((is_semidefinite.item(), factor.tril(0)), (1.0, factor));
        }
    }

    #[test]
    fn gradients_are_those_of_the_definite_factor() {
        let matrix = Tensor::from([[4.0, 2.0], [2.0, 5.0]]);
        let weights = Tensor::from([[0.5, 0.0], [-1.0, 2.0]]);
        let by = |factor: fn(&Tensor) -> Tensor| {
            let sum = |inputs: &[Tensor]| {
                let matrix = inputs[0].tril(0) + inputs[0].tril(-1).transpose();
                Ok((factor(&matrix) * &weights).sum())
            };
            grad(sum, std::slice::from_ref(&matrix)).unwrap().1.remove(0)
        };
        assert!((by(|matrix| cholesky(matrix).0) - by(Tensor::cholesky)).abs().max() < 1e-15);
    }
}
