//! Products of vectors with a constant orthonormal matrix.

use std::sync::Arc;

use crate::bijector::split_event;
use crate::{Error, Result, Shape, Tensor};

/// An orthonormal matrix, whose rows are the functions that a vector is expanded in.
#[derive(Clone, Debug)]
pub(super) struct Orthonormal {
    bijector: &'static str,
    rows: Arc<Tensor>,
    size: usize,
}

impl Orthonormal {
    /// The matrix with entries `entry(row, column)`.
    pub(super) fn new(bijector: &'static str, size: usize, entry: impl Fn(usize, usize) -> f64) -> Self {
        let entries = (0..size * size).map(|place| entry(place / size, place % size)).collect();
        Self { bijector, rows: Arc::new(Tensor::from_parts(entries, Shape::from([size, size]))), size }
    }

    /// The coefficients of vectors, and ln |det|, which is 0.
    pub(super) fn forward(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        self.product(u, &self.rows.transpose())
    }

    /// The vectors that have these coefficients.
    pub(super) fn inverse(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        self.product(x, &self.rows)
    }

    pub(super) fn shape(&self, shape: &Shape) -> Result<Shape> {
        let (_, event) = split_event(self.bijector, shape, 1)?;
        if event.size() != self.size {
            return Err(Error::InvalidShape {
                operation: self.bijector,
                expected: format!("{} entries along the last axis", self.size),
                got: *shape,
            });
        }
        Ok(*shape)
    }

    fn product(&self, vectors: &Tensor, matrix: &Tensor) -> Result<(Tensor, Tensor)> {
        let shape = self.shape(&vectors.shape())?;
        let (batch, _) = shape.split_event(1);
        // One product for the whole batch.
        let product = vectors.reshape([batch.size(), self.size]).try_matmul(matrix)?.reshape(shape);
        Ok((product, Tensor::zeros(batch)))
    }
}
