//! The periodic kernel.

use super::Kernel;
use super::distance::{differences, pair, spread};
use crate::{IntoTensor, Result, Tensor};

kernel! {
    /// Periodic kernel (exponential of a squared sine): functions that repeat themselves.
    ///
    /// ```text
    /// k(x, x′) = A² exp(−2 Σ_d sin²(π (x_d − x′_d) / period) / ℓ²)
    /// ```
    ///
    #[parameters]
    /// The length scale of PyMC's `Periodic` is half as large, and that of GPyTorch's `PeriodicKernel` is ℓ².
    ///
    /// # Numerics
    /// There is no distance in the formula, and so nothing without a derivative at points that coincide.
    ///
    /// # Reference
    /// Rasmussen and Williams 2006, "Gaussian Processes for Machine Learning", eq. 4.31; TFP, `psd_kernels.ExpSinSquared`.
    ///
    /// # Example
    /// ```
    /// use ppl::Tensor;
    /// use ppl::distribution::kernel::{Kernel, Periodic};
    ///
    /// let kernel = Periodic::new(2.0, 0.5, 12.0)?;
    /// let covariance = kernel.matrix(&Tensor::from([0.0]), &Tensor::from([0.0, 12.0, 6.0]))?.to_vec();
    /// assert_eq!(covariance[0], 4.0);
    /// assert!((covariance[1] - 4.0).abs() < 1e-14);
    /// assert!((covariance[2] - 4.0 * (-8.0_f64).exp()).abs() < 1e-17);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    #[doc(alias = "ExpSinSquared")]
    pub struct Periodic {
        /// Standard deviation of the function values (A).
        amplitude: Positive,
        /// Smoothness within a period, relative to its length (ℓ).
        length_scale: Positive,
        /// Distance after which the function repeats itself.
        period: Positive,
    }

    pub fn new(
        amplitude: impl IntoTensor,
        length_scale: impl IntoTensor,
        period: impl IntoTensor,
    ) -> Result<Self>;
}

impl Kernel for Periodic {
    declared_kernel!();

    fn matrix(&self, x1: &Tensor, x2: &Tensor) -> Result<Tensor> {
        let Self { amplitude, length_scale, period, .. } = self.checked();
        let (rows1, rows2) = pair(Self::NAME, x1, x2)?;
        let angles = (differences(&rows1, &rows2)? * std::f64::consts::PI).try_div(spread(&period, 3)?)?;
        let ratios = angles.sin().try_div(spread(&length_scale, 3)?)?;
        let exponent = ratios.square().try_sum_axis(-1)? * -2.0;
        exponent.exp().try_mul(spread(&amplitude.square(), 2)?)
    }

    fn diagonal(&self, x: &Tensor) -> Result<Tensor> {
        spread(&self.checked().amplitude.square(), 1)?.try_broadcast_to(self.diagonal_shape(x)?)
    }
}
