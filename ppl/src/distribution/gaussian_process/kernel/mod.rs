//! Covariance functions (kernels) of Gaussian processes.
//!
//! A kernel gives the covariance of the function values at two points. Kernels are added and multiplied by `+` and `*`:
//!
//! ```
//! use ppl::Tensor;
//! use ppl::distribution::kernel::{ExponentiatedQuadratic, Kernel, Periodic, WhiteNoise};
//!
//! let trend = ExponentiatedQuadratic::new(2.0, 10.0)?;
//! let season = Periodic::new(1.0, 0.7, 12.0)? * ExponentiatedQuadratic::new(1.0, 40.0)?;
//! let kernel = trend + season + WhiteNoise::new(0.1)?;
//!
//! let months = Tensor::arange(24);
//! let covariance = kernel.covariance(&months)?;
//! assert_eq!(covariance.shape().dims(), [24, 24]);
//! assert!((covariance.get(0).get(0).item() - (4.0 + 1.0 + 0.1)).abs() < 1e-14);
//! # Ok::<(), ppl::Error>(())
//! ```
//!
//! # Kernels
//!
//! | kernel | k(x, x′) | TFP | GPyTorch | PyMC |
//! |---|---|---|---|---|
//! | [`ExponentiatedQuadratic`] | A² exp(−½ r²) | `ExponentiatedQuadratic` | `RBFKernel` | `ExpQuad` |
//! | [`MaternOneHalf`] | A² exp(−r) | `MaternOneHalf` | `MaternKernel(nu=0.5)` | `Matern12` |
//! | [`MaternThreeHalves`] | A² (1 + √3 r) exp(−√3 r) | `MaternThreeHalves` | `MaternKernel(nu=1.5)` | `Matern32` |
//! | [`MaternFiveHalves`] | A² (1 + √5 r + 5/3 r²) exp(−√5 r) | `MaternFiveHalves` | `MaternKernel(nu=2.5)` | `Matern52` |
//! | [`RationalQuadratic`] | A² (1 + r² / (2α))^(−α) | `RationalQuadratic` | `RQKernel` | `RatQuad` |
//! | [`Periodic`] | A² exp(−2 Σ sin²(π (x − x′) / p) / ℓ²) | `ExpSinSquared` | `PeriodicKernel` | `Periodic` |
//! | [`Linear`] | B² + S² (x − c) · (x′ − c) | `Linear` | `LinearKernel` | `Linear` |
//! | [`Polynomial`] | A² (o + x · x′)ᵈ | — | `PolynomialKernel` | `Polynomial` |
//! | [`Constant`] | c | `Constant` | `ConstantKernel` | `Constant` |
//! | [`WhiteNoise`] | σ² of a value with itself, else 0 | — | — | `WhiteNoise` |
//!
//! r is the distance of the points in units of the length scale; A is the amplitude, the standard deviation of the function
//! values. A factor in front of any kernel is [`scaled`](Kernel::scaled), GPyTorch's `ScaleKernel`.
//!
//! # Points
//! A vector `[n]` is n points on a line. Otherwise points are rows: batch ++ `[n, d]`.
//!
//! # Batches
//! Parameters of shape batch make a batch of kernels, whose matrices have the shape batch ++ `[n, m]`. The batch broadcasts
//! with that of the points.
//!
//! # Gradients
//! Matrices are differentiable in the parameters and in the points, also at points that coincide, where the derivative of a
//! distance by itself does not exist.

#[macro_use]
mod declaration;
#[macro_use]
mod stationary;

mod constant;
mod distance;
mod exponentiated_quadratic;
mod linear;
mod matern_five_halves;
mod matern_one_half;
mod matern_three_halves;
mod operators;
mod periodic;
mod polynomial;
mod product;
mod rational_quadratic;
mod spectral_density;
mod sum;
#[cfg(test)]
mod tests;
mod white_noise;

use std::fmt::Debug;
use std::sync::Arc;

pub use self::constant::Constant;
pub use self::exponentiated_quadratic::ExponentiatedQuadratic;
pub use self::linear::Linear;
pub use self::matern_five_halves::MaternFiveHalves;
pub use self::matern_one_half::MaternOneHalf;
pub use self::matern_three_halves::MaternThreeHalves;
pub use self::periodic::Periodic;
pub use self::polynomial::Polynomial;
pub use self::product::Product;
pub use self::rational_quadratic::RationalQuadratic;
pub use self::spectral_density::SpectralDensity;
pub use self::sum::Sum;
pub use self::white_noise::WhiteNoise;

pub(super) use self::distance::{points, spread};

use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// A covariance function; see the [module](self).
///
/// # Example
/// A kernel of one's own, the Brownian motion's min(x, x′):
///
/// ```
/// use ppl::distribution::kernel::Kernel;
/// use ppl::{Constraint, Result, Shape, Tensor};
///
/// #[derive(Debug)]
/// struct Brownian;
///
/// impl Kernel for Brownian {
///     fn name(&self) -> &'static str {
///         "Brownian"
///     }
///
///     fn parameters(&self) -> Vec<(&'static str, Tensor, Constraint)> {
///         Vec::new()
///     }
///
///     fn batch_shape(&self) -> Shape {
///         Shape::SCALAR
///     }
///
///     fn matrix(&self, x1: &Tensor, x2: &Tensor) -> Result<Tensor> {
///         x1.unsqueeze(-1).try_minimum(x2)
///     }
///
///     fn diagonal(&self, x: &Tensor) -> Result<Tensor> {
///         Ok(x.clone())
///     }
/// }
///
/// let times = Tensor::from([1.0, 2.0]);
/// assert_eq!(Brownian.scaled(3.0)?.covariance(&times)?.to_vec(), [3.0, 3.0, 3.0, 6.0]);
/// # Ok::<(), ppl::Error>(())
/// ```
pub trait Kernel: Debug + Send + Sync + 'static {
    /// The kernel's name.
    fn name(&self) -> &'static str;

    /// Name, value and domain of each parameter.
    fn parameters(&self) -> Vec<(&'static str, Tensor, Constraint)>;

    /// Shape of the batch: the parameters, broadcast.
    fn batch_shape(&self) -> Shape;

    /// Covariances of the function values at the points `x1` with those at the points `x2`: batch ++ `[n, m]`.
    ///
    /// The points are those of different observations: [`WhiteNoise`] is 0, also where they coincide.
    ///
    /// # Errors
    /// Points of different dimensions; batch shapes that do not broadcast.
    fn matrix(&self, x1: &Tensor, x2: &Tensor) -> Result<Tensor>;

    /// Variances of the function values at the points `x`, the diagonal of [`covariance`](Self::covariance):
    /// batch ++ `[n]`.
    ///
    /// # Errors
    /// Points of another dimension than the kernel's; batch shapes that do not broadcast.
    fn diagonal(&self, x: &Tensor) -> Result<Tensor>;

    /// The covariance matrix of the function values at the points `x`: batch ++ `[n, n]`.
    ///
    /// # Errors
    /// Those of [`diagonal`](Self::diagonal).
    fn covariance(&self, x: &Tensor) -> Result<Tensor> {
        self.matrix(x, x)
    }

    /// Checks all parameters, also those that are being differentiated, which are not inspected earlier.
    ///
    /// # Errors
    /// A parameter outside of its domain.
    fn check_parameters(&self) -> Result<()> {
        let parameters = self.parameters();
        let borrowed: Vec<check::Parameter<'_>> =
            parameters.iter().map(|(name, value, domain)| (*name, value, domain.clone())).collect();
        check::all(self.name(), &borrowed)
    }

    /// The kernel times a factor, which multiplies covariances: a squared amplitude.
    ///
    /// # Errors
    /// A negative factor; a factor that does not broadcast with the batch.
    ///
    /// # Example
    /// ```
    /// use ppl::Tensor;
    /// use ppl::distribution::kernel::{ExponentiatedQuadratic, Kernel};
    ///
    /// let kernel = ExponentiatedQuadratic::new(1.0, 0.5)?.scaled(4.0)?;
    /// assert_eq!(kernel.diagonal(&Tensor::from([0.0, 1.0]))?.to_vec(), [4.0, 4.0]);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    fn scaled(self, factor: impl IntoTensor) -> Result<Product>
    where
        Self: Sized,
    {
        Product::new(Constant::new(factor)?, self)
    }
}

impl Kernel for Arc<dyn Kernel> {
    fn name(&self) -> &'static str {
        self.as_ref().name()
    }

    fn parameters(&self) -> Vec<(&'static str, Tensor, Constraint)> {
        self.as_ref().parameters()
    }

    fn batch_shape(&self) -> Shape {
        self.as_ref().batch_shape()
    }

    fn matrix(&self, x1: &Tensor, x2: &Tensor) -> Result<Tensor> {
        self.as_ref().matrix(x1, x2)
    }

    fn diagonal(&self, x: &Tensor) -> Result<Tensor> {
        self.as_ref().diagonal(x)
    }

    fn covariance(&self, x: &Tensor) -> Result<Tensor> {
        self.as_ref().covariance(x)
    }

    fn check_parameters(&self) -> Result<()> {
        self.as_ref().check_parameters()
    }
}
