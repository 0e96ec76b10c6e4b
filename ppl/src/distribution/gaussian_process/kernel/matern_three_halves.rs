//! The Matérn kernel of smoothness 3/2.

use super::distance::of_distance;
use super::spectral_density::{self, SpectralDensity};
use crate::{Result, Tensor};

stationary! {
    /// Matérn kernel of smoothness ν = 3/2: functions with a first derivative.
    ///
    /// ```text
    /// k(x, x′) = A² (1 + √3 r) exp(−√3 r),   r² = Σ_d ((x_d − x′_d) / ℓ_d)²
    /// ```
    ///
    #[parameters]
    /// # Reference
    /// Rasmussen and Williams 2006, "Gaussian Processes for Machine Learning", eq. 4.17; TFP,
    /// `psd_kernels.MaternThreeHalves`.
    ///
    /// # Example
    /// ```
    /// use ppl::Tensor;
    /// use ppl::distribution::kernel::{Kernel, MaternThreeHalves};
    ///
    /// let kernel = MaternThreeHalves::new(1.0, 1.0)?;
    /// let r = 3_f64.sqrt();
    /// let covariance = kernel.matrix(&Tensor::from([0.0]), &Tensor::from([0.0, 1.0]))?;
    /// assert_eq!(covariance.to_vec(), [1.0, (1.0 + r) * (-r).exp()]);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct MaternThreeHalves {}
}

impl MaternThreeHalves {
    fn correlation(&self, squared_distance: &Tensor) -> Result<Tensor> {
        // 1 − ½ u² + O(u³), u = √3 r.
        of_distance(&(squared_distance * 3.0), -0.5, |u| Ok((u + 1.0) * (-u).exp()))
    }
}

impl SpectralDensity for MaternThreeHalves {
    fn spectral_density(&self, frequencies: &Tensor) -> Result<Tensor> {
        let Self { amplitude, length_scale, .. } = self.checked();
        spectral_density::matern(Self::NAME, 1.5, (&amplitude, &length_scale), frequencies)
    }
}
