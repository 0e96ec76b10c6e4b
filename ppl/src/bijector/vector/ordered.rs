//! `Ordered`: vectors onto increasing vectors.

use crate::bijector::{Bijector, real_vector, split_event};
use crate::{Constraint, Result, Tensor};

/// Stan's ordered vectors: the first entry is free, each further one is an exponential above the one before.
///
/// ```text
/// forward   x_1 = u_1,   x_k = x_{k−1} + e^{u_k}          ln |det dx/du| = Σ_{k=2}^K u_k
/// inverse   u_1 = x_1,   u_k = ln(x_k − x_{k−1})          ln |det du/dx| = −Σ_{k=2}^K u_k
/// ```
///
/// # Domain and codomain
/// Vectors of real numbers → increasing vectors; the last axis.
///
/// # Numerics
/// A gap e^{u_k} below the spacing of doubles at x_{k−1} vanishes, and the inverse is −∞ there.
///
/// # Reference
/// Stan Reference Manual, "Ordered vector"; TFP, `tfp.bijectors.Ascending`; NumPyro, `OrderedTransform`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, Ordered};
///
/// let (x, log_det) = Ordered.forward_and_log_det(&Tensor::from([-1.0, 0.0, 0.0]))?;
/// assert_eq!(x.to_vec(), [-1.0, 0.0, 1.0]);
/// assert_eq!(log_det, 0.0);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Ordered;

impl Bijector for Ordered {
    fn name(&self) -> &'static str {
        "Ordered"
    }

    fn domain(&self) -> Constraint {
        real_vector()
    }

    fn codomain(&self) -> Constraint {
        Constraint::OrderedVector
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        let (batch, event) = split_event("Ordered", &u.shape(), 1)?;
        if event.size() < 2 {
            return Ok((u.clone(), Tensor::zeros(batch)));
        }
        let log_gaps = u.slice(-1, 1..event.size());
        let steps = Tensor::concat(&[u.slice(-1, 0..1), log_gaps.exp()], -1);
        Ok((steps.cumsum(-1), log_gaps.sum_axis(-1)))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let (batch, event) = split_event("Ordered", &x.shape(), 1)?;
        let size = event.size();
        if size < 2 {
            return Ok((x.clone(), Tensor::zeros(batch)));
        }
        let log_gaps = (x.slice(-1, 1..size) - x.slice(-1, 0..size - 1)).ln();
        let log_det = -log_gaps.sum_axis(-1);
        Ok((Tensor::concat(&[x.slice(-1, 0..1), log_gaps], -1), log_det))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::{Laws, TAILS};

    #[test]
    fn laws() {
        Laws::of(&Ordered).hold_at(&Tensor::from([[-2.0, 0.3, 1.7], [5.0, 0.1, -3.0]]));
        Laws::of(&Ordered).hold_at(&Tensor::from([0.2]));
        Laws::of(&Ordered).hold_at(&Tensor::zeros([2, 0]));
        Laws::of(&Ordered).are_finite_at(3, &TAILS);
    }
}
