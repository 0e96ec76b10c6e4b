//! `WeibullCdf`: the non-negative numbers onto the unit interval, by a Weibull distribution function.

use crate::bijector::Bijector;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// The distribution function of a Weibull distribution.
///
#[doc = include_str!("../../../doc/bijector/WeibullCdf.svg")]
///
/// ```text
/// t = (u / scale)^k
/// forward   x = 1 − e^{−t}                                      ln |dx/du| = ln(k / scale) + (k − 1) ln(u / scale) − t
/// inverse   u = scale · t^{1/k},   t = −ln(1 − x)               ln |du/dx| = −ln |dx/du|
/// ```
///
/// with k = `concentration`.
///
/// # Domain and codomain
/// Non-negative numbers → numbers between 0 and 1; elementwise, the parameters broadcast.
///
/// # Numerics
/// Exact near x = 0, by expm1 and log1p. x rounds to 1 from t = 37 on; the Jacobian term is taken from u.
///
/// # Reference
/// TFP, `tfp.bijectors.WeibullCDF`. The density: [`Weibull`](crate::distribution::Weibull).
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, WeibullCdf};
///
/// // The exponential distribution.
/// let x = WeibullCdf::new(2.0, 1.0)?.forward(&Tensor::from(2.0))?;
/// assert_eq!(x, -(-1_f64).exp_m1());
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct WeibullCdf {
    scale: Tensor,
    concentration: Tensor,
    shape: Shape,
}

impl WeibullCdf {
    /// The distribution function with these parameters.
    ///
    /// # Errors
    /// Parameters that are not positive; shapes that do not broadcast.
    pub fn new(scale: impl IntoTensor, concentration: impl IntoTensor) -> Result<Self> {
        let (scale, concentration) = (scale.into_tensor(), concentration.into_tensor());
        let shape = check::broadcast_all("WeibullCdf", &[&scale, &concentration])?;
        check::elements("WeibullCdf", "scale", &scale, "finite and positive", |scale| {
            scale.is_finite() && scale > 0.0
        })?;
        check::elements("WeibullCdf", "concentration", &concentration, "finite and positive", |concentration| {
            concentration.is_finite() && concentration > 0.0
        })?;
        Ok(Self { scale, concentration, shape })
    }

    /// ln |dx/du|, from u / scale and its k-th power; also at 0, where (k − 1) ln 0 is 0 for k = 1.
    fn log_slope(&self, ratio: &Tensor, t: &Tensor) -> Tensor {
        (&self.concentration - 1.0).xlogy(ratio) - t + (&self.concentration / &self.scale).ln()
    }
}

impl Bijector for WeibullCdf {
    fn name(&self) -> &'static str {
        "WeibullCdf"
    }

    fn domain(&self) -> Constraint {
        Constraint::NonNegative
    }

    fn codomain(&self) -> Constraint {
        Constraint::UnitInterval
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        self.forward_shape(&u.shape())?;
        let ratio = u / &self.scale;
        let t = ratio.pow(&self.concentration);
        let log_det = self.log_slope(&ratio, &t);
        Ok((-(-t).expm1(), log_det))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        self.inverse_shape(&x.shape())?;
        let t = -(-x).log1p();
        let ratio = t.pow(self.concentration.recip());
        let log_det = -self.log_slope(&ratio, &t);
        Ok((ratio * &self.scale, log_det))
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        check::broadcast("WeibullCdf", &self.shape, shape)
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
        let cdf = WeibullCdf::new([1.0, 0.5], [[2.0], [0.7]]).unwrap();
        Laws::of(&cdf).hold_at(&Tensor::from([[1e-20, 0.3], [1.5, 0.7]]));
        Laws::of(&cdf).hold_at(&Tensor::from(0.1));
        // At its edge an exponential density is finite.
        let (_, log_det) = WeibullCdf::new(2.0, 1.0).unwrap().forward_and_log_det(&Tensor::from(0.0)).unwrap();
        assert_eq!(log_det, -2_f64.ln());
        Laws::of(&WeibullCdf::new(1.0, 1.5).unwrap()).are_finite_at((), &[1e-300, 1e-9, 50.0, 1e100]);
        parameter_gradients(
            |p| WeibullCdf::new(&p[0], &p[1]),
            &[[1.0, 0.5].into(), [[2.0], [0.7]].into()],
            &[0.7, 0.2].into(),
        );
    }
}
