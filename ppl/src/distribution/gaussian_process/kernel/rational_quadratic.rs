//! The rational quadratic kernel.

use super::distance::spread;
use crate::{Result, Tensor};

stationary! {
    /// Rational quadratic kernel: a mixture of exponentiated quadratic kernels over many length scales.
    ///
    /// ```text
    /// k(x, x′) = A² (1 + r² / (2α))^(−α),   r² = Σ_d ((x_d − x′_d) / ℓ_d)²,   α = scale_mixture_rate
    /// ```
    ///
    /// For α → ∞ it is [`ExponentiatedQuadratic`](super::ExponentiatedQuadratic).
    ///
    #[parameters]
    /// # Numerics
    /// The power is written exp(−α log1p(r² / (2α))), which keeps its digits at large α.
    ///
    /// # Reference
    /// Rasmussen and Williams 2006, "Gaussian Processes for Machine Learning", eq. 4.19; TFP,
    /// `psd_kernels.RationalQuadratic`.
    ///
    /// # Example
    /// ```
    /// use ppl::Tensor;
    /// use ppl::distribution::kernel::{Kernel, RationalQuadratic};
    ///
    /// let kernel = RationalQuadratic::new(2.0, 0.5, 1.0)?;
    /// let covariance = kernel.matrix(&Tensor::from([0.0]), &Tensor::from([0.0, 1.0]))?.to_vec();
    /// assert_eq!(covariance[0], 4.0);
    /// assert!((covariance[1] - 4.0 / 3.0).abs() < 1e-15);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct RationalQuadratic {
        /// Rate of the mixture: small for many different length scales (α).
        scale_mixture_rate,
    }
}

impl RationalQuadratic {
    fn correlation(&self, squared_distance: &Tensor) -> Result<Tensor> {
        let rate = spread(&self.scale_mixture_rate, 2)?;
        let log = (squared_distance * 0.5).try_div(&rate)?.log1p();
        Ok((-log.try_mul(rate)?).exp())
    }
}
