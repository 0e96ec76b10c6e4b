//! `Pad`: constants before and after a vector.

use std::sync::Arc;

use crate::bijector::{Bijector, real_vector, split_event};
use crate::{Constraint, Error, Result, Shape, Tensor};

/// A vector with entries of one value put before and after it.
///
/// ```text
/// forward   x = (value, …, value, u_1, …, u_n, value, …, value)       ln |det dx/du| = 0
/// inverse   u = (x_{before+1}, …, x_{before+n})                       ln |det du/dx| = 0
/// ```
///
/// The determinant is that by the entries that are not padding.
///
/// # Domain and codomain
/// Vectors of real numbers → longer vectors with this padding; the last axis. A vector with other padding has no
/// preimage: its inverse is NaN.
///
/// # Numerics
/// Exact: entries are copied.
///
/// # Reference
/// TFP, `tfp.bijectors.Pad`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, Pad};
///
/// let x = Pad::new(1, 0, 0.0).forward(&Tensor::from([1.0, 2.0]))?;
/// assert_eq!(x.to_vec(), [0.0, 1.0, 2.0]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Pad {
    before: usize,
    after: usize,
    value: f64,
}

impl Pad {
    /// The map that puts `before` entries of this value before a vector and `after` ones after it.
    #[must_use]
    pub fn new(before: usize, after: usize, value: f64) -> Self {
        Self { before, after, value }
    }
}

impl Bijector for Pad {
    fn name(&self) -> &'static str {
        "Pad"
    }

    fn domain(&self) -> Constraint {
        real_vector()
    }

    fn codomain(&self) -> Constraint {
        Constraint::Image { of: Box::new(real_vector()), under: Arc::new(*self) }
    }

    fn codomain_event_rank(&self) -> usize {
        1
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        let (batch, _) = split_event("Pad", &u.shape(), 1)?;
        let padding = |size: usize| Tensor::full(batch.concat(&Shape::from(size)), self.value);
        let parts = [padding(self.before), u.clone(), padding(self.after)];
        let parts: Vec<Tensor> = parts.into_iter().filter(|part| part.shape().last() != Some(&0)).collect();
        let x = if parts.is_empty() { u.clone() } else { Tensor::concat(&parts, -1) };
        Ok((x, Tensor::zeros(batch)))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let shape = self.inverse_shape(&x.shape())?;
        let (batch, event) = shape.split_event(1);
        let end = self.before + event.size();
        let mut u = x.slice(-1, self.before..end);
        for padding in [0..self.before, end..end + self.after] {
            if !padding.is_empty() {
                let is_padded = x.detach().slice(-1, padding).equal(self.value).min_axis(-1);
                u = Tensor::select(is_padded.unsqueeze(-1), u, f64::NAN);
            }
        }
        Ok((u, Tensor::zeros(batch)))
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        let (batch, event) = split_event("Pad", shape, 1)?;
        Ok(batch.concat(&Shape::from(event.size() + self.before + self.after)))
    }

    fn inverse_shape(&self, shape: &Shape) -> Result<Shape> {
        let (batch, event) = split_event("Pad", shape, 1)?;
        match event.size().checked_sub(self.before + self.after) {
            Some(size) => Ok(batch.concat(&Shape::from(size))),
            None => Err(Error::InvalidShape {
                operation: "Pad",
                expected: format!("at least {} entries along the last axis", self.before + self.after),
                got: *shape,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::{Coordinates, Laws, TAILS};

    #[test]
    fn laws() {
        let pad = Pad::new(1, 2, -0.5);
        let laws = || Laws::of(&pad).codomain(Coordinates::Volume);
        laws().hold_at(&Tensor::from([[-2.0, 0.3, 1.7], [5.0, 0.1, -3.0]]));
        laws().hold_at(&Tensor::from([0.2]));
        laws().are_finite_at(3, &TAILS);
        Laws::of(&Pad::new(0, 0, 0.0)).hold_at(&Tensor::from([0.2]));
    }

    #[test]
    fn other_padding_has_no_preimage() {
        let pad = Pad::new(1, 0, 0.0);
        let vectors = Tensor::from([[0.0, 1.0, 2.0], [0.1, 1.0, 2.0]]);
        assert_eq!(pad.codomain().contains(&vectors).to_vec(), [1.0, 0.0]);
        assert!(pad.inverse(&Tensor::zeros(0)).is_err());
    }
}
