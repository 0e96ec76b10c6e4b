//! Triangles of matrices as vectors.

use crate::bijector::split_event;
use crate::{Error, Result, Shape, Tensor};

/// Number of entries of a triangle with its diagonal.
pub(super) fn entries(size: usize) -> usize {
    size * (size + 1) / 2
}

/// Number of entries below the diagonal.
pub(super) fn strictly_lower(size: usize) -> usize {
    size * size.saturating_sub(1) / 2
}

/// Batch, and number of rows of the matrices whose triangles the vectors of this shape fill.
pub(super) fn matrix_size(bijector: &'static str, shape: &Shape) -> Result<(Shape, usize)> {
    let (batch, event) = split_event(bijector, shape, 1)?;
    match (1..=event.size()).find(|&size| entries(size) >= event.size()) {
        Some(size) if entries(size) == event.size() => Ok((batch, size)),
        _ => Err(Error::InvalidShape {
            operation: bijector,
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

/// Matrices of `size` rows, whose entry (row, column) is that of the vector at `index(row, column)`, or 0.
pub(super) fn fill(vector: &Tensor, size: usize, index: impl Fn(usize, usize) -> Option<usize>) -> Tensor {
    let (batch, event) = vector.shape().split_event(1);
    // The last entry is a zero, from which the rest is filled.
    let with_zero = Tensor::concat(&[vector.clone(), Tensor::zeros(batch.concat(&Shape::from(1)))], -1);
    let indices: Vec<usize> =
        (0..size * size).map(|entry| index(entry / size, entry % size).unwrap_or(event.size())).collect();
    with_zero.take(-1, &indices).reshape(batch.concat(&Shape::from([size, size])))
}

/// The vectors that `fill` makes these matrices of: `index` inverted.
pub(super) fn unfill(matrix: &Tensor, size: usize, index: impl Fn(usize, usize) -> Option<usize>) -> Tensor {
    let batch = matrix.shape().split_event(2).0;
    let mut places: Vec<(usize, usize)> =
        (0..size * size).filter_map(|entry| Some((index(entry / size, entry % size)?, entry))).collect();
    places.sort_unstable();
    let entries: Vec<usize> = places.into_iter().map(|(_, entry)| entry).collect();
    matrix.reshape(batch.concat(&Shape::from(size * size))).take(-1, &entries)
}
