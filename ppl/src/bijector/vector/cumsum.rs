//! `Cumsum`: running sums.

use crate::bijector::{Bijector, real_vector, split_event};
use crate::{Constraint, Result, Tensor};

/// The sums of the entries up to each one: increments to a path.
///
/// ```text
/// forward   x_k = Σ_{j≤k} u_j              ln |det dx/du| = 0
/// inverse   u_1 = x_1,   u_k = x_k − x_{k−1}    ln |det du/dx| = 0
/// ```
///
/// # Domain and codomain
/// Vectors of real numbers; the last axis.
///
/// # Numerics
/// The inverse takes differences: an entry that is small against the sum before it loses its digits.
///
/// # Reference
/// TFP, `tfp.bijectors.Cumsum`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, Cumsum};
///
/// assert_eq!(Cumsum.forward(&Tensor::from([1.0, 2.0, -4.0]))?.to_vec(), [1.0, 3.0, -1.0]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Cumsum;

impl Bijector for Cumsum {
    fn name(&self) -> &'static str {
        "Cumsum"
    }

    fn domain(&self) -> Constraint {
        real_vector()
    }

    fn codomain(&self) -> Constraint {
        real_vector()
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        let (batch, _) = split_event("Cumsum", &u.shape(), 1)?;
        Ok((u.cumsum(-1), Tensor::zeros(batch)))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let (batch, event) = split_event("Cumsum", &x.shape(), 1)?;
        let u = if event.size() < 2 { x.clone() } else { Tensor::concat(&[x.slice(-1, 0..1), x.diff(-1)], -1) };
        Ok((u, Tensor::zeros(batch)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::{Laws, TAILS};

    #[test]
    fn laws() {
        Laws::of(&Cumsum).hold_at(&Tensor::from([[-2.0, 0.3, 1.7], [5.0, 0.1, -3.0]]));
        Laws::of(&Cumsum).hold_at(&Tensor::from([0.2]));
        Laws::of(&Cumsum).hold_at(&Tensor::zeros([2, 0]));
        Laws::of(&Cumsum).are_finite_at(3, &TAILS);
    }
}
