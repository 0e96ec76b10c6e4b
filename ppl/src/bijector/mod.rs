//! Bijectors: smooth invertible maps between unconstrained and constrained space.
//!
//! **Convention**, here and everywhere: *forward* maps unconstrained `u` to constrained `x`, and
//!
//! ```text
//! log p(u) = log p(x) + log_abs_det_jacobian(u),    log_abs_det_jacobian(u) = ln |det dx/du|.
//! ```
//!
//! A bijector may act on whole events (a vector, a matrix): axes to the left of its event are a batch, and the
//! Jacobian term has the shape of the batch.

use std::fmt::Debug;

use crate::{Result, Shape, Tensor};

/// A smooth invertible map; see the [module](self) for the direction and the sign of the Jacobian.
pub trait Bijector: Debug + Send + Sync {
    /// The map's name.
    fn name(&self) -> &'static str;

    /// Number of axes of one event on the unconstrained side.
    fn domain_event_rank(&self) -> usize {
        0
    }

    /// Number of axes of one event on the constrained side.
    fn codomain_event_rank(&self) -> usize {
        self.domain_event_rank()
    }

    /// Constrained value and ln |det dx/du|, the latter with one element an event.
    ///
    /// # Errors
    /// A shape that the map cannot take.
    fn forward_with_ladj(&self, u: &Tensor) -> Result<(Tensor, Tensor)>;

    /// Unconstrained value and ln |det du/dx|, the latter with one element an event.
    ///
    /// # Errors
    /// A shape that the map cannot take.
    fn inverse_with_ladj(&self, x: &Tensor) -> Result<(Tensor, Tensor)>;

    /// The shape of the constrained value for an unconstrained one of this shape.
    ///
    /// # Errors
    /// A shape that the map cannot take.
    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        Ok(*shape)
    }

    /// The shape of the unconstrained value for a constrained one of this shape.
    ///
    /// # Errors
    /// A shape that the map cannot take.
    fn inverse_shape(&self, shape: &Shape) -> Result<Shape> {
        Ok(*shape)
    }

    /// Constrained value.
    ///
    /// # Errors
    /// A shape that the map cannot take.
    fn forward(&self, u: &Tensor) -> Result<Tensor> {
        Ok(self.forward_with_ladj(u)?.0)
    }

    /// Unconstrained value.
    ///
    /// # Errors
    /// A shape that the map cannot take.
    fn inverse(&self, x: &Tensor) -> Result<Tensor> {
        Ok(self.inverse_with_ladj(x)?.0)
    }
}
