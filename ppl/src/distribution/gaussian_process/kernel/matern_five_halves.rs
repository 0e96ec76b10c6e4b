//! The Matérn kernel of smoothness 5/2.

use super::distance::of_distance;
use super::spectral_density::{self, SpectralDensity};
use crate::{Result, Tensor};

stationary! {
    /// Matérn kernel of smoothness ν = 5/2: functions with two derivatives.
    ///
    /// ```text
    /// k(x, x′) = A² (1 + √5 r + 5/3 r²) exp(−√5 r),   r² = Σ_d ((x_d − x′_d) / ℓ_d)²
    /// ```
    ///
    #[parameters]
    /// # Reference
    /// Rasmussen and Williams 2006, "Gaussian Processes for Machine Learning", eq. 4.17; TFP,
    /// `psd_kernels.MaternFiveHalves`.
    ///
    /// # Example
    /// ```
    /// use ppl::Tensor;
    /// use ppl::distribution::kernel::{Kernel, MaternFiveHalves};
    ///
    /// let kernel = MaternFiveHalves::new(1.0, 1.0)?;
    /// let r = 5_f64.sqrt();
    /// let covariance = kernel.matrix(&Tensor::from([0.0]), &Tensor::from([0.0, 1.0]))?.to_vec();
    /// assert_eq!(covariance[0], 1.0);
    /// assert!((covariance[1] - (1.0 + r + 5.0 / 3.0) * (-r).exp()).abs() < 1e-15);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct MaternFiveHalves {}
}

impl MaternFiveHalves {
    fn correlation(&self, squared_distance: &Tensor) -> Result<Tensor> {
        // 1 − u²/6 + O(u⁴), u = √5 r.
        let squares = squared_distance * 5.0;
        of_distance(&squares, -1.0 / 6.0, |u| ((u + 1.0).try_add(u.square() * (1.0 / 3.0))?).try_mul((-u).exp()))
    }
}

impl SpectralDensity for MaternFiveHalves {
    fn spectral_density(&self, frequencies: &Tensor) -> Result<Tensor> {
        let Self { amplitude, length_scale, .. } = self.checked();
        spectral_density::matern(Self::NAME, 2.5, (&amplitude, &length_scale), frequencies)
    }
}
