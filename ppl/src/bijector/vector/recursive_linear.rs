//! `RecursiveLinear`: innovations onto the path of a linear recursion.

use crate::bijector::matrix::lower_cholesky::square;
use crate::bijector::{Bijector, split_event};
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor, check, scan};

/// The path of a linear dynamical system with these innovations: a vector autoregression of order 1.
///
/// ```text
/// forward   x_t = A x_{t−1} + u_t,   x_0 = 0      ln |det dx/du| = 0
/// inverse   u_t = x_t − A x_{t−1}                 ln |det du/dx| = 0
/// ```
///
/// # Domain and codomain
/// Real matrices with a row for each step and a column for each component; the last two axes. The batch of A broadcasts.
///
/// # Cost
/// Forward goes step by step, as the recursion does; the inverse is one product of matrices.
///
/// # Numerics
/// Rounding errors of a step are multiplied by A in each later one: they grow as the path does where A has an
/// eigenvalue outside of the unit circle.
///
/// # Reference
/// NumPyro, `numpyro.distributions.transforms.RecursiveLinearTransform`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, RecursiveLinear};
///
/// let walk = RecursiveLinear::new([[0.5]])?;
/// assert_eq!(walk.forward(&Tensor::from([[1.0], [2.0], [4.0]]))?.to_vec(), [1.0, 2.5, 5.25]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct RecursiveLinear {
    transition: Tensor,
    batch: Shape,
    size: usize,
}

impl RecursiveLinear {
    /// The recursion with this transition matrix.
    ///
    /// # Errors
    /// A matrix that is not square or not finite.
    pub fn new(transition: impl IntoTensor) -> Result<Self> {
        let transition = transition.into_tensor();
        let (batch, size) = square("RecursiveLinear", &transition.shape())?;
        check::elements("RecursiveLinear", "transition", &transition, "finite", f64::is_finite)?;
        Ok(Self { transition, batch, size })
    }

    /// A x for vectors in the last axis.
    fn advance(&self, vectors: &Tensor) -> Result<Tensor> {
        self.transition.try_matmul(vectors.try_unsqueeze(-1)?)?.try_squeeze(-1)
    }
}

impl Bijector for RecursiveLinear {
    fn name(&self) -> &'static str {
        "RecursiveLinear"
    }

    fn domain(&self) -> Constraint {
        Constraint::Independent(Box::new(Constraint::Real), 2)
    }

    fn codomain(&self) -> Constraint {
        Constraint::Independent(Box::new(Constraint::Real), 2)
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        let shape = self.forward_shape(&u.shape())?;
        let (batch, event) = shape.split_event(2);
        if event[0] == 0 {
            return Ok((u.broadcast_to(shape), Tensor::zeros(batch)));
        }
        // Steps first, as `scan` takes them.
        let rank = shape.rank();
        let steps_first: Vec<usize> = std::iter::once(rank - 2).chain(0..rank - 2).chain([rank - 1]).collect();
        let steps_last_but_one: Vec<usize> = (1..rank - 1).chain([0, rank - 1]).collect();
        let start = Tensor::zeros(batch.concat(&Shape::from(self.size)));
        let (_, path) = scan(start, &u.broadcast_to(shape).permute(&steps_first), |x, u| {
            let next = self.advance(&x)? + u;
            Ok((next.clone(), next))
        })?;
        Ok((path.permute(&steps_last_but_one), Tensor::zeros(batch)))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let shape = self.inverse_shape(&x.shape())?;
        let (batch, event) = shape.split_event(2);
        let steps = event[0];
        let x = x.broadcast_to(shape);
        if steps < 2 {
            return Ok((x, Tensor::zeros(batch)));
        }
        let predicted = x.slice(-2, 0..steps - 1).try_matmul(self.transition.transpose())?;
        let later = x.slice(-2, 1..steps) - predicted;
        Ok((Tensor::try_concat(&[x.slice(-2, 0..1), later], -2)?, Tensor::zeros(batch)))
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        let (batch, event) = split_event("RecursiveLinear", shape, 2)?;
        if event[1] != self.size {
            return Err(Error::InvalidShape {
                operation: "RecursiveLinear",
                expected: format!("{} entries along the last axis", self.size),
                got: *shape,
            });
        }
        Ok(check::broadcast("RecursiveLinear", &self.batch, &batch)?.concat(&event))
    }

    fn inverse_shape(&self, shape: &Shape) -> Result<Shape> {
        self.forward_shape(shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::{Laws, TAILS, parameter_gradients};

    #[test]
    fn laws() {
        let matrix = Tensor::from([[0.5, -0.2], [0.1, 0.9]]);
        let recursion = RecursiveLinear::new(&matrix).unwrap();
        let u = Tensor::arange(12).sin().reshape([2, 3, 2]);
        Laws::of(&recursion).hold_at(&u);
        Laws::of(&recursion).hold_at(&Tensor::from([[0.2, 0.3]]));
        Laws::of(&recursion).hold_at(&Tensor::zeros([0, 2]));
        Laws::of(&recursion).are_finite_at([2, 2], &TAILS);
        let batch = Tensor::stack(&[matrix.clone(), &matrix * 0.3], 0);
        Laws::of(&RecursiveLinear::new(&batch).unwrap()).hold_at(&u.get(0));
        parameter_gradients(|p| RecursiveLinear::new(&p[0]), &[matrix], &u.get(0));
    }

    #[test]
    fn shapes_are_checked() {
        assert!(RecursiveLinear::new([[1.0, 2.0]]).is_err());
        let error = RecursiveLinear::new([[1.0]]).unwrap().forward(&Tensor::zeros([3, 2])).unwrap_err().to_string();
        assert_eq!(error, "RecursiveLinear: expected 1 entries along the last axis, got shape [3, 2]");
    }
}
