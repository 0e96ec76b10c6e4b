//! `ZeroSum`: arrays onto arrays that sum to 0 along each axis.

use crate::bijector::{Bijector, split_event};
use crate::{Constraint, Error, Result, Shape, Tensor};

/// The isometric embedding of n − 1 numbers into the vectors of n numbers that sum to 0, along each of the last `rank`
/// axes in turn.
///
/// ```text
/// s = Σ_j u_j,   c = s / (√n (1 + √n))
/// forward   x_k = u_k − c  (k < n),   x_n = −s / √n          ln |det dx/du| = 0
/// inverse   u_k = x_k − x_n / (1 + √n)                       ln |det du/dx| = 0
/// ```
///
/// The map turns and does not stretch: independent standard normal u give normal x with covariance I − 1/n, the same for
/// all entries and pairs of them. Its determinant is that by lengths on the plane Σ x = 0.
///
/// # Domain and codomain
/// Arrays of real numbers, whose last `rank` axes have n_a − 1 entries → arrays with n_a entries that sum to 0 along each
/// of these axes.
///
/// # Numerics
/// The sums are 0 up to rounding.
///
/// # Reference
/// NumPyro, `numpyro.distributions.transforms.ZeroSumTransform`; PyMC, `ZeroSumTransform`; Stan Reference Manual,
/// "Zero sum vector".
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, ZeroSum};
///
/// let x = ZeroSum::new(1).forward(&Tensor::from([3.0, -1.0, 0.5]))?;
/// assert_eq!(x.shape().dims(), [4]);
/// assert!(x.sum().item().abs() < 1e-15);
/// // Lengths stay the same.
/// assert!((x.square().sum().item() - 10.25).abs() < 1e-13);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ZeroSum {
    rank: usize,
}

impl ZeroSum {
    /// The map onto arrays whose last `rank` axes sum to 0.
    #[must_use]
    pub fn new(rank: usize) -> Self {
        Self { rank }
    }

    /// The last `rank` axes with one entry more or less.
    fn resized(&self, shape: &Shape, resize: impl Fn(usize) -> Option<usize>) -> Result<Shape> {
        let (batch, event) = split_event("ZeroSum", shape, self.rank)?;
        match event.dims().iter().map(|&size| resize(size)).collect::<Option<Vec<usize>>>() {
            Some(event) => Ok(batch.concat(&Shape::from(event))),
            None => Err(Error::InvalidShape {
                operation: "ZeroSum",
                expected: "at least one entry along each axis that sums to 0".to_owned(),
                got: *shape,
            }),
        }
    }
}

impl Bijector for ZeroSum {
    fn name(&self) -> &'static str {
        "ZeroSum"
    }

    fn domain(&self) -> Constraint {
        Constraint::Independent(Box::new(Constraint::Real), self.rank)
    }

    fn codomain(&self) -> Constraint {
        Constraint::ZeroSum(self.rank)
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        let (batch, event) = split_event("ZeroSum", &u.shape(), self.rank)?;
        if event.size() == 0 {
            return Ok((Tensor::zeros(self.forward_shape(&u.shape())?), Tensor::zeros(batch)));
        }
        let mut x = u.clone();
        for axis in 1..=self.rank as isize {
            let root = root_of_size(event[self.rank - axis as usize] + 1);
            let sum = x.sum_axis(-axis).unsqueeze(-axis);
            x = Tensor::concat(&[x - &sum / (root * (1.0 + root)), -sum / root], -axis);
        }
        Ok((x, Tensor::zeros(batch)))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let shape = self.inverse_shape(&x.shape())?;
        let (batch, event) = split_event("ZeroSum", &x.shape(), self.rank)?;
        let mut u = x.clone();
        for axis in 1..=self.rank as isize {
            let size = event[self.rank - axis as usize];
            if size == 1 {
                return Ok((Tensor::zeros(shape), Tensor::zeros(batch)));
            }
            let last = u.slice(-axis, size - 1..size);
            u = u.slice(-axis, 0..size - 1) - last / (1.0 + root_of_size(size));
        }
        Ok((u, Tensor::zeros(batch)))
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        self.resized(shape, |size| Some(size + 1))
    }

    fn inverse_shape(&self, shape: &Shape) -> Result<Shape> {
        self.resized(shape, |size| size.checked_sub(1))
    }
}

fn root_of_size(size: usize) -> f64 {
    (size as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::{Coordinates, Laws, TAILS};

    #[test]
    fn laws() {
        fn laws(bijector: &ZeroSum) -> Laws<'_> {
            Laws::of(bijector).codomain(Coordinates::Volume)
        }
        laws(&ZeroSum::new(1)).hold_at(&Tensor::from([[-2.0, 0.3, 1.7], [5.0, 0.1, -3.0]]));
        laws(&ZeroSum::new(1)).hold_at(&Tensor::from([0.2]));
        laws(&ZeroSum::new(1)).hold_at(&Tensor::zeros([2, 0]));
        laws(&ZeroSum::new(1)).are_finite_at(3, &TAILS);
        laws(&ZeroSum::new(2)).hold_at(&Tensor::from([[-2.0, 0.3, 1.7], [5.0, 0.1, -3.0]]));
        laws(&ZeroSum::new(2)).hold_at(&Tensor::from([[[-2.0, 0.3]], [[5.0, 0.1]]]));
        laws(&ZeroSum::new(2)).hold_at(&Tensor::zeros([3, 0]));
        laws(&ZeroSum::new(3)).hold_at(&Tensor::from([[[-2.0, 0.3], [1.0, 2.0]], [[5.0, 0.1], [0.4, -1.0]]]));
    }

    /// E x xᵀ = I − 1/n, from J Jᵀ.
    #[test]
    fn all_entries_have_the_same_variance() {
        let columns = ZeroSum::new(1).forward(&Tensor::eye(3)).unwrap();
        let covariance = columns.transpose().matmul(&columns);
        assert!((covariance - (Tensor::eye(4) - 0.25)).abs().max() < 1e-15);
    }

    #[test]
    fn an_empty_array_is_no_image() {
        let error = ZeroSum::new(1).inverse(&Tensor::zeros([2, 0])).unwrap_err().to_string();
        assert!(error.starts_with("ZeroSum: expected at least one entry along each axis"), "{error}");
    }
}
