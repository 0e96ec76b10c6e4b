//! Orthonormal transforms as bijectors.

use crate::bijector::split_event;
use crate::tensor::fourier::{Transform, Waves};
use crate::{Error, Result, Shape, Tensor};

/// An expansion of vectors in waves.
#[derive(Clone, Debug)]
pub(super) struct Orthonormal {
    bijector: &'static str,
    transform: Transform,
}

impl Orthonormal {
    pub(super) fn new(bijector: &'static str, waves: Waves, size: usize) -> Self {
        Self { bijector, transform: Transform::new(waves, size) }
    }

    /// The coefficients of vectors, and ln |det|, which is 0.
    pub(super) fn forward(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        self.transformed(u, &self.transform)
    }

    /// The vectors that have these coefficients.
    pub(super) fn inverse(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        self.transformed(x, &self.transform.inverse())
    }

    pub(super) fn shape(&self, shape: &Shape) -> Result<Shape> {
        let (_, event) = split_event(self.bijector, shape, 1)?;
        if event.size() != self.transform.size() {
            return Err(Error::InvalidShape {
                operation: self.bijector,
                expected: format!("{} entries along the last axis", self.transform.size()),
                got: *shape,
            });
        }
        Ok(*shape)
    }

    fn transformed(&self, vectors: &Tensor, transform: &Transform) -> Result<(Tensor, Tensor)> {
        let (batch, _) = self.shape(&vectors.shape())?.split_event(1);
        Ok((transform.of(vectors)?, Tensor::zeros(batch)))
    }
}
