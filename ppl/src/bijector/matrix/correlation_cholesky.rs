//! `CorrelationCholesky`: vectors onto Cholesky factors of correlation matrices, by stick breaking.

use super::triangle::{square, strictly_lower};
use crate::bijector::scalar::tanh::log_slope;
use crate::bijector::{Bijector, real_vector, split_event};
use crate::{Constraint, Error, Result, Shape, Tensor};

/// Vectors of n (n − 1) / 2 entries to n × n Cholesky factors of correlation matrices: Stan's stick breaking of the rows.
///
/// ```text
/// u = (u_21, u_31, u_32, u_41, …),   z_ij = tanh(u_ij)
/// forward   L_ij = z_ij (Π_{k<j} (1 − z_ik²))^½,   L_ii = (Π_{k<i} (1 − z_ik²))^½
///           ln |det dL/du| = Σ_{j<i} (1 + ½ (i − 1 − j)) ln(1 − z_ij²)
/// inverse   u_ij = atanh(L_ij / (Σ_{k≥j} L_ik²)^½)       ln |det du/dL| = −ln |det dL/du|
/// ```
///
/// The determinant is that by the entries below the diagonal: those on it follow, because each row has length 1. The
/// z are the canonical partial correlations.
///
/// # Domain and codomain
/// Vectors of n (n − 1) / 2 real numbers → lower triangular n × n matrices with a positive diagonal and rows of length
/// 1; n = 1 has the empty vector.
///
/// # Numerics
/// ln(1 − z²) is computed from u, not from z, so that the remaining length of a row keeps its digits where z rounds to
/// 1. The inverse adds up the squares that follow an entry rather than subtracting from 1 those that precede it.
///
/// # Reference
/// Stan Reference Manual, "Cholesky factors of correlation matrices"; Lewandowski, Kurowicka and Joe (2009), "Generating
/// random correlation matrices based on vines and extended onion method"; NumPyro and torch,
/// `CorrCholeskyTransform`. TFP's map of this name is [`RowNormalizedCholesky`](crate::bijector::RowNormalizedCholesky).
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, CorrelationCholesky};
///
/// let (factor, log_det) = CorrelationCholesky.forward_and_log_det(&Tensor::from([0.6_f64.atanh()]))?;
/// let expected = Tensor::from([[1.0, 0.0], [0.6, 0.8]]);
/// assert!((factor - expected).abs().max() < 1e-15);
/// assert!((log_det.item() - 0.64_f64.ln()).abs() < 1e-15); // 1 − z²
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct CorrelationCholesky;

/// Batch of the vectors of this shape, and the size of the matrices below whose diagonal they fit.
pub(super) fn matrix_size(bijector: &'static str, shape: &Shape) -> Result<(Shape, usize)> {
    let (batch, event) = split_event(bijector, shape, 1)?;
    let entries = event.size();
    match (1..=entries + 1).find(|&size| strictly_lower(size) >= entries) {
        Some(size) if strictly_lower(size) == entries => Ok((batch, size)),
        _ => Err(Error::InvalidShape {
            operation: bijector,
            expected: "n (n - 1) / 2 entries along the last axis".to_owned(),
            got: *shape,
        }),
    }
}

/// Row and column of the entries below the diagonal, row by row.
pub(super) fn below_diagonal(size: usize) -> impl Iterator<Item = (usize, usize)> {
    (1..size).flat_map(|row| (0..row).map(move |column| (row, column)))
}

/// Entries of vectors along the last axis, arranged as square matrices.
pub(super) fn arrange(
    entries: &Tensor,
    batch: &Shape,
    size: usize,
    index: impl Fn(usize, usize) -> usize,
) -> Result<Tensor> {
    let indices: Vec<usize> = (0..size * size).map(|entry| index(entry / size, entry % size)).collect();
    entries.try_take(-1, &indices)?.try_reshape(batch.concat(&Shape::from([size, size])))
}

/// How often ln(1 − z²) counts in the Jacobian term: once for dz/du, and by half for each later entry of its row.
fn weights(size: usize) -> Tensor {
    Tensor::from(below_diagonal(size).map(|(row, column)| 1.0 + 0.5 * (row - 1 - column) as f64).collect::<Vec<_>>())
}

impl Bijector for CorrelationCholesky {
    fn name(&self) -> &'static str {
        "CorrelationCholesky"
    }

    fn domain(&self) -> Constraint {
        real_vector()
    }

    fn codomain(&self) -> Constraint {
        Constraint::CorrelationCholesky
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        let (batch, size) = matrix_size("CorrelationCholesky", &u.shape())?;
        if size == 1 {
            return Ok((Tensor::ones(batch.concat(&Shape::from([1, 1]))), Tensor::zeros(batch)));
        }
        let entries = strictly_lower(size);
        let zero = Tensor::zeros(batch.concat(&Shape::from(1)));
        let log_slope = log_slope(u);
        let log_det = log_slope.try_mul(weights(size))?.sum_axis(-1);

        // ln of the squared length that earlier entries of a row leave to an entry.
        let earlier = |row: usize, column: usize| match column {
            0 => entries,
            _ if column > row => entries,
            _ => strictly_lower(row) + column - 1,
        };
        let log_left = arrange(&Tensor::concat(&[log_slope, zero.clone()], -1), &batch, size, earlier)?.cumsum(-1);
        let part = |row: usize, column: usize| match column.cmp(&row) {
            std::cmp::Ordering::Less => strictly_lower(row) + column,
            std::cmp::Ordering::Equal => entries,
            std::cmp::Ordering::Greater => entries + 1,
        };
        let parts = arrange(&Tensor::concat(&[u.tanh(), &zero + 1.0, zero], -1), &batch, size, part)?;
        Ok((parts.try_mul((log_left * 0.5).exp())?, log_det))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let (batch, size) = square("CorrelationCholesky", &x.shape())?;
        if size == 1 {
            return Ok((Tensor::zeros(batch.concat(&Shape::from(0))), Tensor::zeros(batch)));
        }
        let flat = batch.concat(&Shape::from(size * size));
        // Squared lengths of what is left of a row, from the right.
        let left = x.square().flip(-1).cumsum(-1).flip(-1).reshape(flat);
        let at =
            |shift: usize| below_diagonal(size).map(|(row, column)| row * size + column + shift).collect::<Vec<_>>();
        let (own, next) = (at(0), at(1));
        let (entry, left, left_over) = (x.reshape(flat).take(-1, &own), left.take(-1, &own), left.take(-1, &next));

        let length = left.sqrt();
        let z = &entry / &length;
        // atanh(z), in the tails by 1 − z² = left_over / left.
        let is_large = z.detach().abs().greater(0.5);
        let small = Tensor::select(&is_large, 0.0, &z);
        let near = (small.log1p() - (-&small).log1p()) * 0.5;
        let far = entry.sign() * ((&length + entry.abs()).ln() - left_over.ln() * 0.5);
        let log_slope = left_over.ln() - left.ln();
        let log_det = -(log_slope * weights(size)).sum_axis(-1);
        Ok((Tensor::select(is_large, far, near), log_det))
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        let (batch, size) = matrix_size("CorrelationCholesky", shape)?;
        Ok(batch.concat(&Shape::from([size, size])))
    }

    fn inverse_shape(&self, shape: &Shape) -> Result<Shape> {
        let (batch, size) = square("CorrelationCholesky", shape)?;
        Ok(batch.concat(&Shape::from(strictly_lower(size))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::{Coordinates, Laws, TAILS};

    #[test]
    fn laws() {
        let laws = || Laws::of(&CorrelationCholesky).codomain(Coordinates::StrictlyLowerTriangle);
        laws().hold_at(&Tensor::from([[-2.0, 0.3, 1.7, 0.4, -1.0, 0.0], [0.5, 0.1, -3.0, 1.0, 2.0, 0.0]]));
        laws().hold_at(&Tensor::from([0.2]));
        laws().hold_at(&Tensor::from([0.0, -1.0, 1.0]));
        laws().hold_at(&Tensor::zeros([2, 0]));
        laws().are_finite_at(3, &TAILS);
    }

    #[test]
    fn round_trip_where_a_partial_correlation_rounds_to_one() {
        let u = Tensor::from([[30.0, -40.0, 3.0], [-100.0, 0.5, 60.0]]);
        let (factor, log_det) = CorrelationCholesky.forward_and_log_det(&u).unwrap();
        assert_eq!(factor.get(0).get(1).to_vec()[0], 1.0);
        let (back, inverse_log_det) = CorrelationCholesky.inverse_and_log_det(&factor).unwrap();
        // The exponential of −100 has lost two digits of the exponent.
        for (got, want) in back.to_vec().into_iter().zip(u.to_vec()) {
            assert!((got - want).abs() < 1e-13 * want.abs(), "{got} {want}");
        }
        assert!((log_det + inverse_log_det).abs().max() < 1e-11);
    }

    /// d u / d L at the identity, where both branches of atanh would have a corner.
    #[test]
    fn the_inverse_is_differentiated_at_zero() {
        let below = |inputs: &[Tensor]| Ok(CorrelationCholesky.inverse(&inputs[0])?.sum());
        let (_, gradients) = crate::grad(below, &[Tensor::eye(2)]).unwrap();
        assert_eq!(gradients[0].to_vec(), [0.0, 0.0, 1.0, 0.0]);
    }

    #[test]
    fn sizes_that_fill_no_triangle() {
        for entries in [2, 4, 5, 7] {
            let error = CorrelationCholesky.forward(&Tensor::zeros(entries)).unwrap_err().to_string();
            assert!(error.starts_with("CorrelationCholesky: expected n (n - 1) / 2 entries"), "{error}");
        }
        assert!(CorrelationCholesky.inverse_shape(&Shape::from([2, 3])).is_err());
    }
}
