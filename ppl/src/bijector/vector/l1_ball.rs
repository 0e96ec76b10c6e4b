//! `L1Ball`: vectors onto those whose absolute values sum to less than 1.

use std::f64::consts::LN_2;

use crate::bijector::{Bijector, real_vector, split_event};
use crate::{Constraint, Result, Shape, Tensor};

/// Stick breaking with signs: each entry is a part, between −1 and 1, of the length that the entries before it left.
///
/// ```text
/// r_k = 1 − Σ_{j<k} |x_j|
/// forward   x_k = r_k tanh u_k                             ln |det dx/du| = Σ_k ln(1 − tanh² u_k) + ln r_k
/// inverse   u_k = ½ (ln(r_k + x_k) − ln(r_k − x_k))        ln |det du/dx| = −Σ_k ln(r_k + x_k) + ln(r_k − x_k) − ln r_k
/// ```
///
/// # Domain and codomain
/// Vectors of real numbers → vectors whose absolute values sum to less than 1; the last axis.
///
/// # Numerics
/// Forward, ln r_k is a sum of ln(1 − |tanh u_j|) = ln 2 − softplus(2 |u_j|), which neither rounds to −∞ nor cancels; the
/// inverse has to subtract from 1 and is as good as that allows. Where an entry is 0, those after it have a kink.
///
/// # Reference
/// NumPyro, `numpyro.distributions.transforms.L1BallTransform`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, L1Ball};
///
/// let x = L1Ball.forward(&Tensor::from([3.0, -0.1, 20.0]))?;
/// assert!(x.abs().sum().item() <= 1.0);
/// assert_eq!(L1Ball.forward(&Tensor::from([0.0, 0.0]))?.to_vec(), [0.0, 0.0]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct L1Ball;

impl Bijector for L1Ball {
    fn name(&self) -> &'static str {
        "L1Ball"
    }

    fn domain(&self) -> Constraint {
        real_vector()
    }

    fn codomain(&self) -> Constraint {
        Constraint::L1Ball
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        let (batch, event) = split_event("L1Ball", &u.shape(), 1)?;
        if event.size() == 0 {
            return Ok((u.clone(), Tensor::zeros(batch)));
        }
        // ln(1 − |tanh u|), and ln(1 − tanh² u) with ln(1 + |tanh u|) = ln(1 − |tanh u|) + 2 |u|.
        let log_rest = LN_2 - (u.abs() * 2.0).softplus();
        let log_slope = (&log_rest + u.abs()) * 2.0;
        let log_left = before(&log_rest.cumsum(-1), 0.0);
        Ok((u.tanh() * log_left.exp(), (log_slope + log_left).sum_axis(-1)))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let (batch, event) = split_event("L1Ball", &x.shape(), 1)?;
        if event.size() == 0 {
            return Ok((x.clone(), Tensor::zeros(batch)));
        }
        let left = before(&(1.0 - x.abs().cumsum(-1)), 1.0);
        let (log_above, log_below) = ((&left + x).ln(), (&left - x).ln());
        let log_det = -(&log_above + &log_below - left.ln()).sum_axis(-1);
        Ok(((log_above - log_below) * 0.5, log_det))
    }
}

/// The entries one further to the right, after `first`.
fn before(entries: &Tensor, first: f64) -> Tensor {
    let (batch, event) = entries.shape().split_event(1);
    let (size, first) = (event.size(), Tensor::full(batch.concat(&Shape::from(1)), first));
    if size == 1 { first } else { Tensor::concat(&[first, entries.slice(-1, 0..size - 1)], -1) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::{Laws, TAILS};

    #[test]
    fn laws() {
        Laws::of(&L1Ball).hold_at(&Tensor::from([[-1.0, 0.3, 0.7], [0.5, 0.1, -2.0]]));
        Laws::of(&L1Ball).hold_at(&Tensor::from([0.2]));
        Laws::of(&L1Ball).hold_at(&Tensor::zeros([2, 0]));
        Laws::of(&L1Ball).are_finite_at(3, &TAILS);
    }

    #[test]
    fn far_out_the_values_stay_in_the_ball() {
        let x = L1Ball.forward(&Tensor::from([[800.0, -800.0], [-20.0, 30.0]])).unwrap();
        assert_eq!(Constraint::L1Ball.contains(&x).to_vec(), [1.0, 1.0]);
        assert!(x.get(1).get(1).item() > 0.0);
    }
}
