//! `Haar`: vectors as sums of square waves.

use std::f64::consts::FRAC_1_SQRT_2;

use crate::bijector::{Bijector, real_vector, split_event};
use crate::{Constraint, Result, Tensor};

/// The orthonormal discrete Haar wavelet transform.
///
/// ```text
/// one level   a_k = (u_{2k} + u_{2k+1}) / √2,   d_k = (u_{2k} − u_{2k+1}) / √2
/// forward     x = (a, d of the last level, …, d of the first level), each level of the a before    ln |det dx/du| = 0
/// inverse     u_{2k} = (a_k + d_k) / √2,   u_{2k+1} = (a_k − d_k) / √2, from the last level on     ln |det du/dx| = 0
/// ```
///
/// The last of an odd number of entries goes to the next level as it is.
///
/// # Domain and codomain
/// Vectors of real numbers; the last axis.
///
/// # Cost
/// 2 n additions a vector, in log₂ n levels.
///
/// # Numerics
/// The map is orthonormal: errors are a few roundings of the vector's length.
///
/// # Reference
/// Haar (1910), "Zur Theorie der orthogonalen Funktionensysteme"; Pyro, `HaarTransform`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, Haar};
///
/// let x = Haar.forward(&Tensor::from([1.0, 1.0, 3.0, 3.0]))?;
/// assert!((x - Tensor::from([4.0, -2.0, 0.0, 0.0])).abs().max() < 1e-15);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Haar;

impl Bijector for Haar {
    fn name(&self) -> &'static str {
        "Haar"
    }

    fn domain(&self) -> Constraint {
        real_vector()
    }

    fn codomain(&self) -> Constraint {
        real_vector()
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        let (batch, event) = split_event("Haar", &u.shape(), 1)?;
        let (mut sums, mut size) = (u.clone(), event.size());
        // The coarsest level first.
        let mut levels = Vec::new();
        while size > 1 {
            let pairs = size / 2;
            let (even, odd) = (every_other(&sums, 0, pairs), every_other(&sums, 1, pairs));
            levels.insert(0, (&even - &odd) * FRAC_1_SQRT_2);
            let mut next = vec![(even + odd) * FRAC_1_SQRT_2];
            if size % 2 == 1 {
                next.push(sums.slice(-1, size - 1..size));
            }
            sums = Tensor::try_concat(&next, -1)?;
            size = size.div_ceil(2);
        }
        levels.insert(0, sums);
        Ok((Tensor::try_concat(&levels, -1)?, Tensor::zeros(batch)))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let (batch, event) = split_event("Haar", &x.shape(), 1)?;
        let mut sizes = vec![event.size()];
        while let Some(&size @ 2..) = sizes.last() {
            sizes.push(size.div_ceil(2));
        }
        let mut start = sizes.pop().unwrap_or(0);
        let mut sums = x.slice(-1, 0..start);
        for size in sizes.into_iter().rev() {
            let pairs = size / 2;
            let (sum, difference) = (sums.slice(-1, 0..pairs), x.slice(-1, start..start + pairs));
            let (even, odd) = ((&sum + &difference) * FRAC_1_SQRT_2, (sum - difference) * FRAC_1_SQRT_2);
            let both = Tensor::try_stack(&[even, odd], -1)?;
            let mut next = vec![both.reshape(batch.concat(&(2 * pairs).into()))];
            if size % 2 == 1 {
                next.push(sums.slice(-1, pairs..pairs + 1));
            }
            sums = Tensor::try_concat(&next, -1)?;
            start += pairs;
        }
        Ok((sums, Tensor::zeros(batch)))
    }
}

/// Of the first `pairs` pairs of entries, the first or the second ones.
fn every_other(vectors: &Tensor, first: usize, pairs: usize) -> Tensor {
    vectors.take(-1, &(0..pairs).map(|pair| 2 * pair + first).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::{Laws, TAILS};

    #[test]
    fn laws() {
        for size in [1, 2, 3, 5, 8] {
            Laws::of(&Haar).hold_at(&Tensor::arange(2 * size).sin().reshape([2, size]));
        }
        Laws::of(&Haar).hold_at(&Tensor::zeros([2, 0]));
        Laws::of(&Haar).are_finite_at(3, &TAILS);
    }

    #[test]
    fn it_is_orthonormal() {
        let rows = Haar.forward(&Tensor::eye(7)).unwrap();
        assert!((rows.matmul(rows.transpose()) - Tensor::eye(7)).abs().max() < 1e-15);
    }
}
