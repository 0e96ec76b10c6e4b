//! The Matérn kernel of smoothness 1/2.

use super::spectral_density::{self, SpectralDensity};
use crate::{Result, Tensor};

stationary! {
    /// Matérn kernel of smoothness ν = 1/2 (exponential, Ornstein–Uhlenbeck): continuous functions without derivatives.
    ///
    /// ```text
    /// k(x, x′) = A² exp(−r),   r² = Σ_d ((x_d − x′_d) / ℓ_d)²
    /// ```
    ///
    #[parameters]
    /// # Numerics
    /// At points that coincide the kernel has a corner, as a function of one of them; the derivative is taken to be 0, that
    /// of the way through the middle.
    ///
    /// # Reference
    /// Rasmussen and Williams 2006, "Gaussian Processes for Machine Learning", section 4.2.1; TFP, `psd_kernels.MaternOneHalf`.
    ///
    /// # Example
    /// ```
    /// use ppl::Tensor;
    /// use ppl::distribution::kernel::{Kernel, MaternOneHalf};
    ///
    /// let kernel = MaternOneHalf::new(2.0, 0.5)?;
    /// let covariance = kernel.matrix(&Tensor::from([0.0]), &Tensor::from([0.0, 1.0]))?;
    /// assert_eq!(covariance.to_vec(), [4.0, 4.0 * (-2.0_f64).exp()]);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct MaternOneHalf {}
}

impl MaternOneHalf {
    fn correlation(&self, squared_distance: &Tensor) -> Result<Tensor> {
        // The derivative of the square root at 0 is 0.
        Ok((-squared_distance.sqrt()).exp())
    }
}

impl SpectralDensity for MaternOneHalf {
    fn spectral_density(&self, frequencies: &Tensor) -> Result<Tensor> {
        let Self { amplitude, length_scale, .. } = self.checked();
        spectral_density::matern(Self::NAME, 0.5, (&amplitude, &length_scale), frequencies)
    }
}
