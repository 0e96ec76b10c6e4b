//! `RayleighCdf`: the non-negative numbers onto the unit interval, by a Rayleigh distribution function.

use crate::bijector::Bijector;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// The distribution function of a Rayleigh distribution.
///
#[doc = include_str!("../../../doc/bijector/RayleighCdf.svg")]
///
/// ```text
/// t = ½ (u / scale)²
/// forward   x = 1 − e^{−t}                                     ln |dx/du| = ln u − 2 ln scale − t
/// inverse   u = scale · √(2 t),   t = −ln(1 − x)               ln |du/dx| = −ln |dx/du|
/// ```
///
/// # Domain and codomain
/// Non-negative numbers → numbers between 0 and 1; elementwise, the scale broadcasts.
///
/// # Numerics
/// Exact near x = 0, by expm1 and log1p. x rounds to 1 from t = 37 on; the Jacobian term is taken from u.
///
/// # Reference
/// TFP, `tfp.bijectors.RayleighCDF`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, RayleighCdf};
///
/// let x = RayleighCdf::new(3.0)?.forward(&Tensor::from(3.0))?;
/// assert_eq!(x, -(-0.5_f64).exp_m1());
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct RayleighCdf {
    scale: Tensor,
    shape: Shape,
}

impl RayleighCdf {
    /// The distribution function with this parameter.
    ///
    /// # Errors
    /// A scale that is not positive.
    pub fn new(scale: impl IntoTensor) -> Result<Self> {
        let scale = scale.into_tensor();
        let shape = scale.shape();
        check::elements("RayleighCdf", "scale", &scale, "finite and positive", |scale| {
            scale.is_finite() && scale > 0.0
        })?;
        Ok(Self { scale, shape })
    }
}

impl Bijector for RayleighCdf {
    fn name(&self) -> &'static str {
        "RayleighCdf"
    }

    fn domain(&self) -> Constraint {
        Constraint::NonNegative
    }

    fn codomain(&self) -> Constraint {
        Constraint::UnitInterval
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        self.forward_shape(&u.shape())?;
        let t = (u / &self.scale).square() * 0.5;
        let log_det = u.ln() - self.scale.ln() * 2.0 - &t;
        Ok((-(-t).expm1(), log_det))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        self.inverse_shape(&x.shape())?;
        let t = -(-x).log1p();
        let u = (&t * 2.0).sqrt() * &self.scale;
        let log_det = self.scale.ln() * 2.0 + t - u.ln();
        Ok((u, log_det))
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        check::broadcast("RayleighCdf", &self.shape, shape)
    }

    fn inverse_shape(&self, shape: &Shape) -> Result<Shape> {
        self.forward_shape(shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::{Laws, parameter_gradients};

    #[test]
    fn laws() {
        let cdf = RayleighCdf::new([1.0, 0.5]).unwrap();
        Laws::of(&cdf).hold_at(&Tensor::from([[1e-20, 0.3], [1.5, 0.7]]));
        Laws::of(&cdf).hold_at(&Tensor::from(0.1));
        Laws::of(&RayleighCdf::new(1.0).unwrap()).are_finite_at((), &[1e-150, 1e-9, 50.0, 1e100]);
        parameter_gradients(|p| RayleighCdf::new(&p[0]), &[[1.0, 0.5].into()], &[0.7, 0.2].into());
    }
}
