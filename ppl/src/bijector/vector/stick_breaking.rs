//! `StickBreaking`: vectors onto the simplex.

use crate::bijector::{Bijector, real_vector, split_event};
use crate::{Constraint, Error, Result, Shape, Tensor};

/// Stan's stick breaking: K − 1 real numbers to K positive ones that sum to 1.
///
/// ```text
/// z_k = sigmoid(u_k − ln(K − k)),   k = 1 … K − 1
/// forward   x_k = z_k Π_{j<k} (1 − z_j),   x_K = Π_j (1 − z_j)      ln |det dx/du| = Σ_{k=1}^K ln x_k
/// inverse   u_k = ln x_k − ln Σ_{j>k} x_j + ln(K − k)               ln |det du/dx| = −Σ_{k=1}^K ln x_k
/// ```
///
/// The offset ln(K − k) takes u = 0 to the centre of the simplex. The determinant is that by the first K − 1 entries
/// of x.
///
/// # Domain and codomain
/// Vectors of K − 1 real numbers → the simplex of K entries; the last axis.
///
/// # Numerics
/// Everything is done with logarithms, so that entries of 1e-300 keep their digits and nothing is
/// clamped. The Jacobian term is usually written Σ ln z_k + ln(1 − z_k) + ln(what is left of the stick); what is left
/// after the last break is x_K, which makes it the sum above. The inverse adds up what follows an entry rather than
/// subtracting from 1 what precedes it, and so recovers u from x even where an entry has rounded to 1. The value keeps
/// its logarithms, which ln x and 1 − x of it are taken from: a density is right also where an entry underflows.
///
/// # Reference
/// Stan Reference Manual, "Unit simplex" (its transform up to version 2.36); TFP, `tfp.bijectors.IteratedSigmoidCentered`;
/// torch and NumPyro, `StickBreakingTransform`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, StickBreaking};
///
/// let x = StickBreaking.forward(&Tensor::from([0.0, 0.0]))?;
/// assert!(x.to_vec().iter().all(|entry| (entry - 1.0 / 3.0).abs() < 1e-15));
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct StickBreaking;

impl Bijector for StickBreaking {
    fn name(&self) -> &'static str {
        "StickBreaking"
    }

    fn domain(&self) -> Constraint {
        real_vector()
    }

    fn codomain(&self) -> Constraint {
        Constraint::Simplex
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        let (batch, event) = split_event("StickBreaking", &u.shape(), 1)?;
        if event.size() == 0 {
            return Ok((Tensor::ones(batch.concat(&Shape::from(1))), Tensor::zeros(batch)));
        }
        let logit = u - offset(event.size());
        let zero = Tensor::zeros(batch.concat(&Shape::from(1)));
        let log_break = Tensor::concat(&[logit.log_sigmoid(), zero.clone()], -1);
        let log_left = Tensor::concat(&[zero, (-logit).log_sigmoid().cumsum(-1)], -1);
        let log_x = log_break + log_left;
        Ok((log_x.exp_with_origin(), log_x.sum_axis(-1)))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let shape = self.inverse_shape(&x.shape())?;
        let breaks = shape[shape.rank() - 1];
        let log_x = x.ln();
        let log_det = -log_x.sum_axis(-1);
        if breaks == 0 {
            return Ok((Tensor::zeros(shape), log_det));
        }
        // Sums from the right.
        let left = x.slice(-1, 1..breaks + 1).flip(-1).cumsum(-1).flip(-1);
        let u = log_x.slice(-1, 0..breaks) - left.ln() + offset(breaks);
        Ok((u, log_det))
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        let (batch, event) = split_event("StickBreaking", shape, 1)?;
        Ok(batch.concat(&Shape::from(event.size() + 1)))
    }

    fn inverse_shape(&self, shape: &Shape) -> Result<Shape> {
        let (batch, event) = split_event("StickBreaking", shape, 1)?;
        match event.size().checked_sub(1) {
            Some(breaks) => Ok(batch.concat(&Shape::from(breaks))),
            None => Err(Error::InvalidShape {
                operation: "StickBreaking",
                expected: "a simplex of at least one entry".to_owned(),
                got: *shape,
            }),
        }
    }
}

/// ln(K − k) for k = 1 … K − 1.
fn offset(breaks: usize) -> Tensor {
    Tensor::from((0..breaks).map(|place| ((breaks - place) as f64).ln()).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::{Coordinates, Laws, TAILS};

    fn laws() -> Laws<'static> {
        Laws::of(&StickBreaking).codomain(Coordinates::AllButLast)
    }

    #[test]
    fn hold() {
        laws().hold_at(&Tensor::from([[-2.0, 0.3, 1.7], [5.0, 0.1, -3.0]]));
        laws().hold_at(&Tensor::from([0.2]));
        laws().hold_at(&Tensor::zeros([2, 0]));
        laws().are_finite_at(3, &TAILS);
    }

    #[test]
    fn round_trip_where_entries_round_to_one() {
        let u = Tensor::from([[40.0, -40.0, 3.0], [-300.0, 200.0, 100.0]]);
        let (x, log_det) = StickBreaking.forward_and_log_det(&u).unwrap();
        assert_eq!(x.to_vec()[0], 1.0);
        let (back, inverse_log_det) = StickBreaking.inverse_and_log_det(&x).unwrap();
        for (got, want) in back.to_vec().into_iter().zip(u.to_vec()) {
            assert!((got - want).abs() < 1e-11 * want.abs(), "{got} {want}");
        }
        assert!((log_det + inverse_log_det).abs().max() < 1e-9);
    }

    #[test]
    fn a_simplex_has_an_entry() {
        let error = StickBreaking.inverse(&Tensor::zeros([2, 0])).unwrap_err();
        assert_eq!(error.to_string(), "StickBreaking: expected a simplex of at least one entry, got shape [2, 0]");
        let error = StickBreaking.forward(&Tensor::from(1.0)).unwrap_err();
        assert_eq!(error.to_string(), "StickBreaking: expected a vector in the last axis, got shape []");
    }
}
