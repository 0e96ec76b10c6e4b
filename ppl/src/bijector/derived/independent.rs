//! `Independent`: batch axes read as axes of one event.

use std::sync::Arc;

use super::chain::broadcast_batch;
use crate::bijector::{Bijector, split_event};
use crate::{Constraint, Result, Shape, Tensor};

/// A bijector whose `rank` innermost batch axes are part of the event: the Jacobian term is summed over them.
///
/// ```text
/// forward   x = f(u)      ln |det dx/du| = Σ over `rank` axes of the base's
/// inverse   u = f⁻¹(x)    ln |det du/dx| = Σ over `rank` axes of the base's
/// ```
///
/// # Domain and codomain
/// The base's, in every element of the new event.
///
/// # Numerics
/// Those of the base.
///
/// # Reference
/// Torch, `IndependentTransform`. Of distributions: [`distribution::Independent`](crate::distribution::Independent).
///
/// # Example
/// ```
/// use std::sync::Arc;
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, Exp, Independent};
///
/// let (x, log_det) = Independent::new(Arc::new(Exp), 1).forward_and_log_det(&Tensor::from([0.0, 1.0]))?;
/// assert_eq!(x.shape().dims(), [2]);
/// assert_eq!(log_det, 1.0);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Independent {
    base: Arc<dyn Bijector>,
    rank: usize,
}

impl Independent {
    /// The bijector with `rank` more axes in its event.
    #[must_use]
    pub fn new(base: Arc<dyn Bijector>, rank: usize) -> Self {
        Self { base, rank }
    }
}

impl Bijector for Independent {
    fn name(&self) -> &'static str {
        "Independent"
    }

    fn domain(&self) -> Constraint {
        Constraint::Independent(Box::new(self.base.domain()), self.rank)
    }

    fn codomain(&self) -> Constraint {
        Constraint::Independent(Box::new(self.base.codomain()), self.rank)
    }

    fn domain_event_rank(&self) -> usize {
        self.base.domain_event_rank() + self.rank
    }

    fn codomain_event_rank(&self) -> usize {
        self.base.codomain_event_rank() + self.rank
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        let full = self.inverse_shape(&self.forward_shape(&u.shape())?)?;
        let u = broadcast_batch("Independent", u, &full, self.domain_event_rank())?;
        let (x, log_det) = self.base.forward_and_log_det(&u)?;
        Ok((x, log_det.sum_rightmost(self.rank)))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let full = self.forward_shape(&self.inverse_shape(&x.shape())?)?;
        let x = broadcast_batch("Independent", x, &full, self.codomain_event_rank())?;
        let (u, log_det) = self.base.inverse_and_log_det(&x)?;
        Ok((u, log_det.sum_rightmost(self.rank)))
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        split_event("Independent", shape, self.domain_event_rank())?;
        self.base.forward_shape(shape)
    }

    fn inverse_shape(&self, shape: &Shape) -> Result<Shape> {
        split_event("Independent", shape, self.codomain_event_rank())?;
        self.base.inverse_shape(shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::Laws;
    use crate::bijector::{Affine, Exp, Ordered};

    #[test]
    fn laws() {
        let elementwise = Independent::new(Arc::new(Exp), 2);
        Laws::of(&elementwise).hold_at(&Tensor::from([[-2.0, 0.3], [5.0, 1.0]]));
        Laws::of(&elementwise).hold_at(&Tensor::from([[[-2.0, 0.3]], [[5.0, 1.0]]]));
        let held = Independent::new(Arc::new(Affine::new([[1.0], [2.0]], [3.0, 4.0]).unwrap()), 1);
        Laws::of(&held).hold_at(&Tensor::from([0.3, 0.2]));
        let vectors = Independent::new(Arc::new(Ordered), 1);
        Laws::of(&vectors).hold_at(&Tensor::from([[-2.0, 0.3], [5.0, 1.0]]));
    }

    #[test]
    fn events_are_not_repeated() {
        let held = Independent::new(Arc::new(Affine::new([1.0, 2.0], 1.0).unwrap()), 1);
        let error = held.forward(&Tensor::from([0.3])).unwrap_err();
        assert_eq!(error.to_string(), "Independent: expected an event of shape [2], got shape [1]");
        let error = held.forward(&Tensor::from(0.3)).unwrap_err();
        assert_eq!(error.to_string(), "Independent: expected a vector in the last axis, got shape []");
    }
}
