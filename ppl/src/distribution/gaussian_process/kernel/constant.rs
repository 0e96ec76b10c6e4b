//! The constant kernel.

use super::Kernel;
use super::distance::{matrix_shape, spread};
use crate::{IntoTensor, Result, Tensor};

kernel! {
    /// Constant kernel: functions that are the same everywhere; as a factor, the scale of another kernel.
    ///
    /// ```text
    /// k(x, x′) = constant
    /// ```
    ///
    #[parameters]
    /// # Reference
    /// TFP, `psd_kernels.Constant`; PyMC, `gp.cov.Constant`.
    ///
    /// # Example
    /// ```
    /// use ppl::Tensor;
    /// use ppl::distribution::kernel::{Constant, Kernel};
    ///
    /// let covariance = Constant::new(2.5)?.matrix(&Tensor::from([0.0, 1.0]), &Tensor::from([3.0]))?;
    /// assert_eq!(covariance, Tensor::from([[2.5], [2.5]]));
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct Constant {
        /// Covariance of all pairs of function values.
        constant: NonNegative,
    }

    pub fn new(constant: impl IntoTensor) -> Result<Self>;
}

impl Kernel for Constant {
    declared_kernel!();

    fn matrix(&self, x1: &Tensor, x2: &Tensor) -> Result<Tensor> {
        let shape = matrix_shape(Self::NAME, &self.batch_shape, x1, x2)?;
        spread(&self.checked().constant, 2)?.try_broadcast_to(shape)
    }

    fn diagonal(&self, x: &Tensor) -> Result<Tensor> {
        spread(&self.checked().constant, 1)?.try_broadcast_to(self.diagonal_shape(x)?)
    }
}
