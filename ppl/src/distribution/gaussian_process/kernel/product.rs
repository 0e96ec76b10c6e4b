//! Products of kernels.

use std::sync::Arc;

use super::Kernel;
use crate::{Constraint, Result, Shape, Tensor, check};

/// The product of two kernels, `a * b`: similar are points that are so by both.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::distribution::kernel::{Constant, Kernel, Linear};
///
/// let kernel = Constant::new(3.0)? * Linear::new(0.0, 1.0, 0.0)?;
/// assert_eq!(kernel.covariance(&Tensor::from([1.0, 2.0]))?.to_vec(), [3.0, 6.0, 6.0, 12.0]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Product {
    left: Arc<dyn Kernel>,
    right: Arc<dyn Kernel>,
    batch_shape: Shape,
}

impl Product {
    /// The product of two kernels.
    ///
    /// # Errors
    /// Batches that do not broadcast.
    pub fn new(left: impl Kernel, right: impl Kernel) -> Result<Self> {
        let batch_shape = check::broadcast("Product", &left.batch_shape(), &right.batch_shape())?;
        Ok(Self { left: Arc::new(left), right: Arc::new(right), batch_shape })
    }
}

impl Kernel for Product {
    fn name(&self) -> &'static str {
        "Product"
    }

    fn parameters(&self) -> Vec<(&'static str, Tensor, Constraint)> {
        let mut parameters = self.left.parameters();
        parameters.extend(self.right.parameters());
        parameters
    }

    fn batch_shape(&self) -> Shape {
        self.batch_shape
    }

    fn matrix(&self, x1: &Tensor, x2: &Tensor) -> Result<Tensor> {
        self.left.matrix(x1, x2)?.try_mul(self.right.matrix(x1, x2)?)
    }

    fn diagonal(&self, x: &Tensor) -> Result<Tensor> {
        self.left.diagonal(x)?.try_mul(self.right.diagonal(x)?)
    }

    fn covariance(&self, x: &Tensor) -> Result<Tensor> {
        self.left.covariance(x)?.try_mul(self.right.covariance(x)?)
    }

    fn check_parameters(&self) -> Result<()> {
        self.left.check_parameters()?;
        self.right.check_parameters()
    }
}
