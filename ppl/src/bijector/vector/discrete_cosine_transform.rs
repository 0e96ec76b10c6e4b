//! `DiscreteCosineTransform`: vectors as sums of cosines.

use super::orthonormal::Orthonormal;
use crate::bijector::{Bijector, real_vector};
use crate::tensor::fourier::Waves;
use crate::{Constraint, Result, Shape, Tensor};

/// The orthonormal discrete cosine transform of type II; that of type III is its [`Inverse`](crate::bijector::Inverse).
///
/// ```text
/// c_0 = √(1/n),   c_k = √(2/n)
/// forward   x_k = c_k Σ_{j=0}^{n−1} u_j cos(π k (2 j + 1) / 2n)      ln |det dx/du| = 0
/// inverse   u_j = Σ_{k=0}^{n−1} c_k x_k cos(π k (2 j + 1) / 2n)      ln |det du/dx| = 0
/// ```
///
/// # Domain and codomain
/// Vectors of real numbers of a given size; the last axis.
///
/// # Cost
/// Of long vectors n log n operations, by a fast Fourier transform; of those of less than 64 entries a product with the
/// matrix, which takes less time.
///
/// # Numerics
/// The map is orthonormal: errors are a few roundings of the vector's length.
///
/// # Reference
/// TFP, `tfp.bijectors.DiscreteCosineTransform`; Pyro, `DiscreteCosineTransform`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, DiscreteCosineTransform};
///
/// let x = DiscreteCosineTransform::new(4).forward(&Tensor::from([1.0, 1.0, 1.0, 1.0]))?;
/// assert!((x - Tensor::from([2.0, 0.0, 0.0, 0.0])).abs().max() < 1e-15);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct DiscreteCosineTransform {
    basis: Orthonormal,
}

impl DiscreteCosineTransform {
    /// The transform of vectors of this size.
    #[must_use]
    pub fn new(size: usize) -> Self {
        Self { basis: Orthonormal::new("DiscreteCosineTransform", Waves::Cosine, size) }
    }
}

impl Bijector for DiscreteCosineTransform {
    fn name(&self) -> &'static str {
        "DiscreteCosineTransform"
    }

    fn domain(&self) -> Constraint {
        real_vector()
    }

    fn codomain(&self) -> Constraint {
        real_vector()
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        self.basis.forward(u)
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        self.basis.inverse(x)
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        self.basis.shape(shape)
    }

    fn inverse_shape(&self, shape: &Shape) -> Result<Shape> {
        self.basis.shape(shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::{Laws, TAILS};

    #[test]
    fn laws() {
        let transform = DiscreteCosineTransform::new(3);
        Laws::of(&transform).hold_at(&Tensor::from([[-2.0, 0.3, 1.7], [5.0, 0.1, -3.0]]));
        Laws::of(&transform).are_finite_at(3, &TAILS);
        Laws::of(&DiscreteCosineTransform::new(1)).hold_at(&Tensor::from([0.2]));
        // Long enough for the fast Fourier transform.
        Laws::of(&DiscreteCosineTransform::new(65)).hold_at(&Tensor::arange(65).sin());
        assert!(transform.forward(&Tensor::zeros(4)).is_err());
    }
}
