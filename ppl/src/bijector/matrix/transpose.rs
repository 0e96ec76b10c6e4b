//! `Transpose`: the axes of an event in another order.

use crate::bijector::{Bijector, split_event};
use crate::{Constraint, Error, Result, Shape, Tensor};

/// A permutation of the axes of an event: the last two swapped, or any.
///
/// ```text
/// forward   axis k of x is axis π(k) of u     ln |det dx/du| = 0
/// inverse   axis π(k) of u is axis k of x     ln |det du/dx| = 0
/// ```
///
/// # Domain and codomain
/// Arrays of real numbers; the axes to the left of those permuted are a batch.
///
/// # Numerics
/// Exact: entries are moved.
///
/// # Reference
/// TFP, `tfp.bijectors.Transpose`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, Transpose};
///
/// let x = Transpose::matrix().forward(&Tensor::from([[1.0, 2.0, 3.0]]))?;
/// assert_eq!(x.shape().dims(), [3, 1]);
/// assert_eq!(Transpose::new([1, 2, 0])?.forward(&Tensor::zeros([4, 3, 2]))?.shape().dims(), [3, 2, 4]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Transpose {
    permutation: Vec<usize>,
    inverse: Vec<usize>,
}

impl Transpose {
    /// The map that swaps the axes of matrices.
    #[must_use]
    pub fn matrix() -> Self {
        Self { permutation: vec![1, 0], inverse: vec![1, 0] }
    }

    /// The map that makes axis `permutation[k]` of the last ones axis k of them.
    ///
    /// # Errors
    /// Integers that are not 0, …, n − 1 in some order.
    pub fn new(permutation: impl Into<Vec<usize>>) -> Result<Self> {
        let permutation = permutation.into();
        let position = |axis| permutation.iter().position(|&from| from == axis);
        match (0..permutation.len()).map(position).collect::<Option<Vec<usize>>>() {
            Some(inverse) => Ok(Self { permutation, inverse }),
            None => Err(Error::InvalidArgument {
                operation: "Transpose",
                argument: "permutation",
                expected: format!("the integers below {} in some order", permutation.len()),
                got: format!("{permutation:?}"),
            }),
        }
    }

    fn permute(&self, tensor: &Tensor, permutation: &[usize]) -> Result<(Tensor, Tensor)> {
        let (batch, _) = split_event("Transpose", &tensor.shape(), permutation.len())?;
        let order: Vec<usize> = (0..batch.rank()).chain(permutation.iter().map(|axis| batch.rank() + axis)).collect();
        Ok((tensor.permute(&order), Tensor::zeros(batch)))
    }

    fn permute_shape(shape: &Shape, permutation: &[usize]) -> Result<Shape> {
        let (batch, event) = split_event("Transpose", shape, permutation.len())?;
        let event: Vec<usize> = permutation.iter().map(|&axis| event[axis]).collect();
        Ok(batch.concat(&Shape::from(event)))
    }
}

impl Bijector for Transpose {
    fn name(&self) -> &'static str {
        "Transpose"
    }

    fn domain(&self) -> Constraint {
        Constraint::Independent(Box::new(Constraint::Real), self.permutation.len())
    }

    fn codomain(&self) -> Constraint {
        self.domain()
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        self.permute(u, &self.permutation)
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        self.permute(x, &self.inverse)
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        Self::permute_shape(shape, &self.permutation)
    }

    fn inverse_shape(&self, shape: &Shape) -> Result<Shape> {
        Self::permute_shape(shape, &self.inverse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::Laws;

    #[test]
    fn laws() {
        let u = Tensor::arange(12).sin().reshape([2, 3, 2]);
        Laws::of(&Transpose::matrix()).hold_at(&u);
        Laws::of(&Transpose::new([1, 2, 0]).unwrap()).hold_at(&u);
        Laws::of(&Transpose::new([]).unwrap()).hold_at(&Tensor::from([1.0, 2.0]));
    }

    #[test]
    fn the_permutation_is_checked() {
        let error = Transpose::new([1, 1]).unwrap_err().to_string();
        assert_eq!(error, "Transpose: `permutation` must be the integers below 2 in some order, got [1, 1]");
        assert!(Transpose::matrix().forward(&Tensor::zeros(3)).is_err());
    }
}
