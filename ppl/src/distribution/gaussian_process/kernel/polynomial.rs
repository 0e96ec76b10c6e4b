//! The polynomial kernel.

use super::Kernel;
use super::distance::{inner_products, pair, points, spread};
use crate::{IntoTensor, Result, Tensor};

kernel! {
    /// Polynomial kernel: polynomials with normal coefficients.
    ///
    /// ```text
    /// k(x, x′) = A² (offset + x · x′)^degree
    /// ```
    ///
    #[parameters]
    /// TFP's `Polynomial` has its offset outside of the power: it is this kernel with offset 0 plus a
    /// [`Constant`](super::Constant).
    ///
    /// # Numerics
    /// The rank of the matrix of any number of points on a line is at most `degree` + 1: give the process observation noise,
    /// or add another kernel.
    ///
    /// # Reference
    /// Rasmussen and Williams 2006, "Gaussian Processes for Machine Learning", section 4.2.2; GPyTorch, `PolynomialKernel`.
    ///
    /// # Example
    /// ```
    /// use ppl::Tensor;
    /// use ppl::distribution::kernel::{Kernel, Polynomial};
    ///
    /// let kernel = Polynomial::new(2.0, 1.0, 3)?;
    /// let covariance = kernel.matrix(&Tensor::from([0.0, -4.0]), &Tensor::from([0.5]))?;
    /// assert_eq!(covariance.to_vec(), [4.0, -4.0]);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct Polynomial {
        /// Amplitude of the whole (A).
        amplitude: Positive,
        /// Weight of the terms of lower degrees; 0 leaves `degree` alone.
        offset: NonNegative,
        /// Degree of the polynomials.
        degree: NonNegativeInteger,
    }

    pub fn new(
        amplitude: impl IntoTensor,
        offset: impl IntoTensor,
        degree: impl IntoTensor,
    ) -> Result<Self>;
}

impl Kernel for Polynomial {
    declared_kernel!();

    fn matrix(&self, x1: &Tensor, x2: &Tensor) -> Result<Tensor> {
        let (rows1, rows2) = pair(Self::NAME, x1, x2)?;
        self.power(&inner_products(&rows1, &rows2)?, 2)
    }

    fn diagonal(&self, x: &Tensor) -> Result<Tensor> {
        let norms = points(Self::NAME, x)?.square().try_sum_axis(-1)?;
        self.power(&norms, 1)?.try_broadcast_to(self.diagonal_shape(x)?)
    }
}

impl Polynomial {
    /// The kernel by inner products, with this number of axes besides those of the batch.
    fn power(&self, products: &Tensor, axes: usize) -> Result<Tensor> {
        let Self { amplitude, offset, degree, .. } = self.checked();
        let power = products.try_add(spread(&offset, axes)?)?.try_pow(spread(&degree, axes)?)?;
        power.try_mul(spread(&amplitude.square(), axes)?)
    }
}
