//! The exponentiated quadratic kernel.

use super::spectral_density::{SpectralDensity, scaled_frequencies};
use crate::{Result, Tensor};

stationary! {
    /// Exponentiated quadratic kernel (squared exponential, radial basis function, Gaussian): functions with derivatives of
    /// all orders.
    ///
    /// ```text
    /// k(x, x′) = A² exp(−½ r²),   r² = Σ_d ((x_d − x′_d) / ℓ_d)²
    /// ```
    ///
    #[parameters]
    /// # Numerics
    /// The matrix of many points that are near in units of the length scale is singular in floating-point numbers: give the
    /// process observation noise or jitter.
    ///
    /// # Reference
    /// Rasmussen and Williams 2006, "Gaussian Processes for Machine Learning", eq. 4.9; TFP,
    /// `psd_kernels.ExponentiatedQuadratic`.
    ///
    /// # Example
    /// ```
    /// use ppl::Tensor;
    /// use ppl::distribution::kernel::{ExponentiatedQuadratic, Kernel};
    ///
    /// let kernel = ExponentiatedQuadratic::new(2.0, 0.5)?;
    /// let covariance = kernel.matrix(&Tensor::from([0.0]), &Tensor::from([0.0, 1.0]))?;
    /// assert_eq!(covariance.to_vec(), [4.0, 4.0 * (-2.0_f64).exp()]);
    ///
    /// let relevance = ExponentiatedQuadratic::ard(1.0, [0.5, 3.0])?;
    /// assert_eq!(relevance.diagonal(&Tensor::zeros([4, 2]))?.to_vec(), [1.0; 4]);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct ExponentiatedQuadratic {}
}

impl ExponentiatedQuadratic {
    fn correlation(&self, squared_distance: &Tensor) -> Result<Tensor> {
        Ok((squared_distance * -0.5).exp())
    }
}

impl SpectralDensity for ExponentiatedQuadratic {
    /// A² (2π)^(d/2) Π ℓ_d exp(−½ Σ ℓ_d² ω_d²).
    fn spectral_density(&self, frequencies: &Tensor) -> Result<Tensor> {
        let kernel = self.checked();
        let (squares, volume) = scaled_frequencies(Self::NAME, &kernel.length_scale, frequencies)?;
        let dimension = frequencies.shape()[1] as f64;
        let factor = volume.try_mul(kernel.amplitude.square())? * std::f64::consts::TAU.powf(0.5 * dimension);
        (squares * -0.5).exp().try_mul(super::spread(&factor, 1)?)
    }
}
