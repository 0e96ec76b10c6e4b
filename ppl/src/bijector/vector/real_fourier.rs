//! `RealFourier`: vectors as sums of cosines and sines.

use super::orthonormal::Orthonormal;
use crate::bijector::{Bijector, real_vector};
use crate::tensor::fourier::Waves;
use crate::{Constraint, Result, Shape, Tensor};

/// The orthonormal discrete Fourier transform of real vectors, by real coefficients: those of a constant, of the cosine and
/// the sine of each frequency in turn and, for an even n, of the highest frequency.
///
/// ```text
/// ω = 2 π / n
/// forward   x_0 = √(1/n) Σ_j u_j                                           ln |det dx/du| = 0
///           x_{2k−1} =  √(2/n) Σ_j u_j cos(ω k j),   0 < k < n/2
///           x_{2k}   = −√(2/n) Σ_j u_j sin(ω k j),   0 < k < n/2
///           x_{n−1}  =  √(1/n) Σ_j u_j (−1)ʲ,        n even
/// inverse   u = Qᵀ x, for x = Q u                                          ln |det du/dx| = 0
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
/// NumPyro, `RealFastFourierTransform`, whose complex coefficients are √n x_0, √(n/2) (x_{2k−1} + i x_{2k}) and √n x_{n−1}.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, RealFourier};
///
/// let x = RealFourier::new(4).forward(&Tensor::from([1.0, 0.0, -1.0, 0.0]))?;
/// assert!((x - Tensor::from([0.0, 2_f64.sqrt(), 0.0, 0.0])).abs().max() < 1e-15);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct RealFourier {
    basis: Orthonormal,
}

impl RealFourier {
    /// The transform of vectors of this size.
    #[must_use]
    pub fn new(size: usize) -> Self {
        Self { basis: Orthonormal::new("RealFourier", Waves::Fourier, size) }
    }
}

impl Bijector for RealFourier {
    fn name(&self) -> &'static str {
        "RealFourier"
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
    use std::f64::consts::PI;

    use super::*;
    use crate::bijector::conformance::{Laws, TAILS};

    #[test]
    fn laws() {
        for size in [1, 2, 4, 5, 64, 65] {
            let transform = RealFourier::new(size);
            let u = Tensor::arange(2 * size).sin().reshape([2, size]);
            Laws::of(&transform).hold_at(&u);
        }
        Laws::of(&RealFourier::new(3)).are_finite_at(3, &TAILS);
        assert!(RealFourier::new(3).forward(&Tensor::zeros(4)).is_err());
    }

    /// Against the definition, and the energy at each frequency against that of a sine wave.
    #[test]
    fn a_wave_has_one_frequency() {
        for size in [8, 80] {
            let time = Tensor::arange(size);
            let wave = (&time * (2.0 * PI * 3.0 / size as f64)).sin() * 5.0 + 1.0;
            let x = RealFourier::new(size).forward(&wave).unwrap().to_vec();
            for (index, coefficient) in x.into_iter().enumerate() {
                let want = match index {
                    0 => (size as f64).sqrt(),
                    6 => -5.0 * (size as f64 / 2.0).sqrt(),
                    _ => 0.0,
                };
                assert!((coefficient - want).abs() < 1e-12, "{size}, {index}: {coefficient}");
            }
        }
    }
}
