//! The white noise kernel.

use super::Kernel;
use super::distance::{matrix_shape, spread};
use crate::{IntoTensor, Result, Shape, Tensor};

kernel! {
    /// White noise kernel: independent noise in every observation.
    ///
    /// ```text
    /// k = variance of an observation with itself, 0 of two observations, also at points that coincide
    /// ```
    ///
    #[parameters]
    /// A process whose kernel has white noise in it predicts new observations with it; the observation noise of
    /// [`GaussianProcess`](crate::distribution::GaussianProcess) is left out of predictions unless it is asked for.
    ///
    /// # Reference
    /// PyMC, `gp.cov.WhiteNoise`; scikit-learn, `WhiteKernel`.
    ///
    /// # Example
    /// ```
    /// use ppl::Tensor;
    /// use ppl::distribution::kernel::{Kernel, WhiteNoise};
    ///
    /// let (noise, x) = (WhiteNoise::new(0.5)?, Tensor::from([1.0, 1.0]));
    /// assert_eq!(noise.covariance(&x)?, Tensor::from([[0.5, 0.0], [0.0, 0.5]]));
    /// assert_eq!(noise.matrix(&x, &x)?, Tensor::zeros([2, 2]));
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct WhiteNoise {
        /// Variance of the noise.
        variance: NonNegative,
    }

    pub fn new(variance: impl IntoTensor) -> Result<Self>;
}

impl Kernel for WhiteNoise {
    declared_kernel!();

    fn matrix(&self, x1: &Tensor, x2: &Tensor) -> Result<Tensor> {
        Ok(Tensor::zeros(matrix_shape(Self::NAME, &self.batch_shape, x1, x2)?))
    }

    fn diagonal(&self, x: &Tensor) -> Result<Tensor> {
        spread(&self.checked().variance, 1)?.try_broadcast_to(self.diagonal_shape(x)?)
    }

    fn covariance(&self, x: &Tensor) -> Result<Tensor> {
        let shape = self.diagonal_shape(x)?;
        let size = shape[shape.rank() - 1];
        let noise = spread(&self.checked().variance, 2)?.try_mul(Tensor::eye(size))?;
        noise.try_broadcast_to(shape.concat(&Shape::from(size)))
    }
}
