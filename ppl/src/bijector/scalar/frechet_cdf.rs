//! `FrechetCdf`: the numbers above a bound onto the unit interval, by a Fréchet distribution function.

use crate::bijector::Bijector;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// The distribution function of a Fréchet distribution.
///
#[doc = include_str!("../../../doc/bijector/FrechetCdf.svg")]
///
/// ```text
/// z = (u − loc) / scale,   t = z^{−c}
/// forward   x = e^{−t}                                   ln |dx/du| = ln(c / scale) + (1 + 1/c) ln t − t
/// inverse   z = t^{−1/c},   t = −ln x                    ln |du/dx| = −ln |dx/du|
/// ```
///
/// with c = `concentration`.
///
/// # Domain and codomain
/// Numbers above `loc` → numbers between 0 and 1; elementwise, the parameters broadcast.
///
/// # Numerics
/// The Jacobian term is taken from u, where x rounds to 0 or 1.
///
/// # Reference
/// TFP, `tfp.bijectors.FrechetCDF`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, FrechetCdf};
///
/// let x = FrechetCdf::new(1.0, 2.0, 3.0)?.forward(&Tensor::from(3.0))?;
/// assert_eq!(x, (-1_f64).exp());
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct FrechetCdf {
    loc: Tensor,
    scale: Tensor,
    concentration: Tensor,
    shape: Shape,
}

impl FrechetCdf {
    /// The distribution function with these parameters.
    ///
    /// # Errors
    /// `loc` not finite; other parameters not positive; shapes that do not broadcast.
    pub fn new(loc: impl IntoTensor, scale: impl IntoTensor, concentration: impl IntoTensor) -> Result<Self> {
        let (loc, scale, concentration) = (loc.into_tensor(), scale.into_tensor(), concentration.into_tensor());
        let shape = check::broadcast_all("FrechetCdf", &[&loc, &scale, &concentration])?;
        check::elements("FrechetCdf", "loc", &loc, "finite", f64::is_finite)?;
        check::elements("FrechetCdf", "scale", &scale, "finite and positive", |scale| {
            scale.is_finite() && scale > 0.0
        })?;
        check::elements("FrechetCdf", "concentration", &concentration, "finite and positive", |concentration| {
            concentration.is_finite() && concentration > 0.0
        })?;
        Ok(Self { loc, scale, concentration, shape })
    }

    /// ln |dx/du|, from t and its logarithm.
    fn log_slope(&self, log_t: &Tensor, t: &Tensor) -> Tensor {
        log_t * (self.concentration.recip() + 1.0) - t + (&self.concentration / &self.scale).ln()
    }
}

impl Bijector for FrechetCdf {
    fn name(&self) -> &'static str {
        "FrechetCdf"
    }

    fn domain(&self) -> Constraint {
        Constraint::GreaterThan(self.loc.clone())
    }

    fn codomain(&self) -> Constraint {
        Constraint::UnitInterval
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        self.forward_shape(&u.shape())?;
        let log_t = -((u - &self.loc) / &self.scale).ln() * &self.concentration;
        let t = log_t.exp();
        let log_det = self.log_slope(&log_t, &t);
        Ok(((-t).exp(), log_det))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        self.inverse_shape(&x.shape())?;
        let t = -x.ln();
        let log_t = t.ln();
        let log_det = -self.log_slope(&log_t, &t);
        Ok(((-log_t / &self.concentration).exp() * &self.scale + &self.loc, log_det))
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        check::broadcast("FrechetCdf", &self.shape, shape)
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
        let cdf = FrechetCdf::new([-1.0, 0.1], [[2.0], [0.3]], 1.5).unwrap();
        Laws::of(&cdf).hold_at(&Tensor::from([[-0.2, 0.7], [1.5, 0.7]]));
        Laws::of(&cdf).hold_at(&Tensor::from(0.7));
        Laws::of(&FrechetCdf::new(0.0, 1.0, 2.0).unwrap()).are_finite_at((), &[0.05, 1e10, 1e100]);
        parameter_gradients(
            |p| FrechetCdf::new(&p[0], &p[1], &p[2]),
            &[[-1.0, 0.1].into(), [[2.0], [0.5]].into(), 1.5.into()],
            &[0.7, 0.9].into(),
        );
    }
}
