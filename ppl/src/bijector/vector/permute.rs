//! `Permute`: the entries of a vector in another order.

use crate::bijector::{Bijector, real_vector, split_event};
use crate::{Constraint, Error, Result, Shape, Tensor};

/// A permutation of the entries along the last axis: mixes them between the layers of a flow.
///
/// ```text
/// forward   x_k = u_{π(k)}         ln |det dx/du| = 0
/// inverse   u_{π(k)} = x_k         ln |det du/dx| = 0
/// ```
///
/// # Domain and codomain
/// Vectors of real numbers; the last axis.
///
/// # Numerics
/// Exact: entries are moved.
///
/// # Reference
/// TFP, `tfp.bijectors.Permute`; NumPyro and Pyro, `PermuteTransform`, `Permute`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, Permute};
///
/// let permute = Permute::new([2, 0, 1])?;
/// assert_eq!(permute.forward(&Tensor::from([1.0, 2.0, 3.0]))?.to_vec(), [3.0, 1.0, 2.0]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Permute {
    permutation: Vec<usize>,
    inverse: Vec<usize>,
}

impl Permute {
    /// The map that puts the entry with index `permutation[k]` at index k.
    ///
    /// # Errors
    /// Integers that are not 0, …, n − 1 in some order.
    pub fn new(permutation: impl Into<Vec<usize>>) -> Result<Self> {
        let permutation = permutation.into();
        let mut inverse = vec![usize::MAX; permutation.len()];
        for (position, &entry) in permutation.iter().enumerate() {
            match inverse.get_mut(entry) {
                Some(slot) if *slot == usize::MAX => *slot = position,
                _ => {
                    return Err(Error::InvalidArgument {
                        operation: "Permute",
                        argument: "permutation",
                        expected: format!("the integers below {} in some order", permutation.len()),
                        got: format!("{permutation:?}"),
                    });
                }
            }
        }
        Ok(Self { permutation, inverse })
    }

    /// The map that reverses vectors of this size.
    #[must_use]
    pub fn reversed(size: usize) -> Self {
        let permutation: Vec<usize> = (0..size).rev().collect();
        Self { inverse: permutation.clone(), permutation }
    }

    fn take(&self, vectors: &Tensor, indices: &[usize]) -> Result<(Tensor, Tensor)> {
        self.forward_shape(&vectors.shape())?;
        let (batch, _) = vectors.shape().split_event(1);
        Ok((vectors.take(-1, indices), Tensor::zeros(batch)))
    }
}

impl Bijector for Permute {
    fn name(&self) -> &'static str {
        "Permute"
    }

    fn domain(&self) -> Constraint {
        real_vector()
    }

    fn codomain(&self) -> Constraint {
        real_vector()
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        self.take(u, &self.permutation)
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        self.take(x, &self.inverse)
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        let (_, event) = split_event("Permute", shape, 1)?;
        if event.size() != self.permutation.len() {
            return Err(Error::InvalidShape {
                operation: "Permute",
                expected: format!("{} entries along the last axis", self.permutation.len()),
                got: *shape,
            });
        }
        Ok(*shape)
    }

    fn inverse_shape(&self, shape: &Shape) -> Result<Shape> {
        self.forward_shape(shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::{Laws, TAILS};

    #[test]
    fn laws() {
        let permute = Permute::new([2, 0, 1]).unwrap();
        Laws::of(&permute).hold_at(&Tensor::from([[-2.0, 0.3, 1.7], [5.0, 0.1, -3.0]]));
        Laws::of(&permute).are_finite_at(3, &TAILS);
        Laws::of(&Permute::reversed(2)).hold_at(&Tensor::from([-2.0, 0.3]));
    }

    #[test]
    fn arguments_are_checked() {
        for wrong in [vec![0, 0, 1], vec![0, 3, 1]] {
            let error = Permute::new(wrong).unwrap_err().to_string();
            assert!(error.starts_with("Permute: `permutation` must be the integers below 3 in some order"), "{error}");
        }
        assert!(Permute::reversed(2).forward(&Tensor::zeros(3)).is_err());
    }
}
