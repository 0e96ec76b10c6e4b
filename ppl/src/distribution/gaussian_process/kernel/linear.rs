//! The linear kernel.

use super::Kernel;
use super::distance::{inner_products, pair, points, spread};
use crate::{IntoTensor, Result, Tensor};

kernel! {
    /// Linear kernel: straight lines with normal slopes and intercepts, Bayesian linear regression.
    ///
    /// ```text
    /// k(x, x′) = bias_amplitude² + slope_amplitude² (x − shift) · (x′ − shift)
    /// ```
    ///
    #[parameters]
    /// # Numerics
    /// The rank of the matrix of any number of points is at most d + 1: give the process observation noise, or add another
    /// kernel.
    ///
    /// # Reference
    /// Rasmussen and Williams 2006, "Gaussian Processes for Machine Learning", section 4.2.2; TFP, `psd_kernels.Linear`.
    ///
    /// # Example
    /// ```
    /// use ppl::Tensor;
    /// use ppl::distribution::kernel::{Kernel, Linear};
    ///
    /// let kernel = Linear::new(1.0, 2.0, 3.0)?;
    /// let covariance = kernel.matrix(&Tensor::from([3.0, 4.0]), &Tensor::from([5.0]))?;
    /// assert_eq!(covariance.to_vec(), [1.0, 1.0 + 4.0 * 2.0]);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct Linear {
        /// Standard deviation of the lines at `shift`.
        bias_amplitude: NonNegative,
        /// Standard deviation of the slopes.
        slope_amplitude: NonNegative,
        /// Point at which the lines are independent of their slopes, the same along each coordinate.
        shift: Real,
    }

    pub fn new(
        bias_amplitude: impl IntoTensor,
        slope_amplitude: impl IntoTensor,
        shift: impl IntoTensor,
    ) -> Result<Self>;
}

impl Kernel for Linear {
    declared_kernel!();

    fn matrix(&self, x1: &Tensor, x2: &Tensor) -> Result<Tensor> {
        let Self { bias_amplitude, slope_amplitude, shift, .. } = self.checked();
        let shift = spread(&shift, 2)?;
        let (rows1, rows2) = pair(Self::NAME, x1, x2)?;
        let products = inner_products(&rows1.try_sub(&shift)?, &rows2.try_sub(&shift)?)?;
        products.try_mul(spread(&slope_amplitude.square(), 2)?)?.try_add(spread(&bias_amplitude.square(), 2)?)
    }

    fn diagonal(&self, x: &Tensor) -> Result<Tensor> {
        let Self { bias_amplitude, slope_amplitude, shift, .. } = self.checked();
        let norms = points(Self::NAME, x)?.try_sub(spread(&shift, 2)?)?.square().try_sum_axis(-1)?;
        let slopes = norms.try_mul(spread(&slope_amplitude.square(), 1)?)?;
        slopes.try_add(spread(&bias_amplitude.square(), 1)?)?.try_broadcast_to(self.diagonal_shape(x)?)
    }
}
