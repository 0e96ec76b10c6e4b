//! `PositiveOrdered`: vectors onto increasing vectors of positive numbers.

use crate::bijector::{Bijector, real_vector, split_event};
use crate::{Constraint, Result, Tensor};

/// Stan's positive ordered vectors: every entry is an exponential above the one before, the first one above 0.
///
/// ```text
/// forward   x_k = x_{k−1} + e^{u_k},   x_0 = 0           ln |det dx/du| = Σ_{k=1}^K u_k
/// inverse   u_k = ln(x_k − x_{k−1})                      ln |det du/dx| = −Σ_{k=1}^K u_k
/// ```
///
/// # Domain and codomain
/// Vectors of real numbers → increasing vectors of positive numbers; the last axis.
///
/// # Numerics
/// A sum of positive numbers: no cancellation on the way forward. A gap e^{u_k} below the spacing of doubles at
/// x_{k−1} vanishes, and the inverse is −∞ there.
///
/// # Reference
/// Stan Reference Manual, "Positive ordered vector". NumPyro takes `Exp` after `Ordered` instead, whose gaps grow with
/// the entries: `Chain::new(vec![Arc::new(Exp), Arc::new(Ordered)])`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, PositiveOrdered};
///
/// let (x, log_det) = PositiveOrdered.forward_and_log_det(&Tensor::from([0.0, 0.0, 0.0]))?;
/// assert_eq!(x.to_vec(), [1.0, 2.0, 3.0]);
/// assert_eq!(log_det, 0.0);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct PositiveOrdered;

impl Bijector for PositiveOrdered {
    fn name(&self) -> &'static str {
        "PositiveOrdered"
    }

    fn domain(&self) -> Constraint {
        real_vector()
    }

    fn codomain(&self) -> Constraint {
        Constraint::PositiveOrderedVector
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        split_event("PositiveOrdered", &u.shape(), 1)?;
        Ok((u.exp().cumsum(-1), u.sum_axis(-1)))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let (_, event) = split_event("PositiveOrdered", &x.shape(), 1)?;
        let gaps = match event.size() {
            0 | 1 => x.clone(),
            size => Tensor::concat(&[x.slice(-1, 0..1), x.slice(-1, 1..size) - x.slice(-1, 0..size - 1)], -1),
        };
        let u = gaps.ln();
        let log_det = -u.sum_axis(-1);
        Ok((u, log_det))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::{Laws, TAILS};

    #[test]
    fn laws() {
        Laws::of(&PositiveOrdered).hold_at(&Tensor::from([[-2.0, 0.3, 1.7], [5.0, 0.1, -3.0]]));
        Laws::of(&PositiveOrdered).hold_at(&Tensor::from([0.2]));
        Laws::of(&PositiveOrdered).hold_at(&Tensor::zeros([2, 0]));
        Laws::of(&PositiveOrdered).are_finite_at(3, &TAILS);
    }
}
