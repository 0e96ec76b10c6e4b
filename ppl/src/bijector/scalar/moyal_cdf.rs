//! `MoyalCdf`: the real numbers onto the unit interval, by a Moyal distribution function.

use std::f64::consts::FRAC_1_SQRT_2;

use crate::bijector::Bijector;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// The distribution function of a Moyal distribution.
///
#[doc = include_str!("../../../doc/bijector/MoyalCdf.svg")]
///
/// ```text
/// z = (u − loc) / scale
/// forward   x = erfc(√(e^{−z} / 2))        ln |dx/du| = −½ (z + e^{−z}) − ln scale − ½ ln 2π
/// inverse   z = −2 ln(−Φ⁻¹(x/2))           ln |du/dx| = −ln |dx/du|
/// ```
///
/// # Domain and codomain
/// Real numbers → numbers between 0 and 1; elementwise, the parameters broadcast.
///
/// # Numerics
/// The Jacobian term is taken from u, where x rounds to 0 or 1.
///
/// # Reference
/// TFP, `tfp.bijectors.MoyalCDF`; Rychlik (2012), "Moyal distribution".
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, MoyalCdf};
///
/// let cdf = MoyalCdf::new(0.0, 1.0)?;
/// let x = cdf.forward(&Tensor::from(0.3))?;
/// assert!((cdf.inverse(&x)? - 0.3).abs().item() < 1e-15);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct MoyalCdf {
    loc: Tensor,
    scale: Tensor,
    shape: Shape,
}

impl MoyalCdf {
    /// The distribution function with these parameters.
    ///
    /// # Errors
    /// `loc` not finite; `scale` not positive; shapes that do not broadcast.
    pub fn new(loc: impl IntoTensor, scale: impl IntoTensor) -> Result<Self> {
        let (loc, scale) = (loc.into_tensor(), scale.into_tensor());
        let shape = check::broadcast_all("MoyalCdf", &[&loc, &scale])?;
        check::elements("MoyalCdf", "loc", &loc, "finite", f64::is_finite)?;
        check::elements("MoyalCdf", "scale", &scale, "finite and positive", |scale| scale.is_finite() && scale > 0.0)?;
        Ok(Self { loc, scale, shape })
    }

    /// ln |dx/du|, from z and e^{−z/2}.
    fn log_slope(&self, z: &Tensor, root: &Tensor) -> Tensor {
        // ½ ln 2π.
        const HALF_LOG_2_PI: f64 = 0.918_938_533_204_672_8;

        (z + root.square()) * -0.5 - self.scale.ln() - HALF_LOG_2_PI
    }
}

impl Bijector for MoyalCdf {
    fn name(&self) -> &'static str {
        "MoyalCdf"
    }

    fn domain(&self) -> Constraint {
        Constraint::Real
    }

    fn codomain(&self) -> Constraint {
        Constraint::UnitInterval
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        self.forward_shape(&u.shape())?;
        let z = (u - &self.loc) / &self.scale;
        let root = (&z * -0.5).exp();
        let log_det = self.log_slope(&z, &root);
        Ok(((root * FRAC_1_SQRT_2).erfc(), log_det))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        self.inverse_shape(&x.shape())?;
        let root = -(x * 0.5).ndtri();
        let z = root.ln() * -2.0;
        let log_det = -self.log_slope(&z, &root);
        Ok((z * &self.scale + &self.loc, log_det))
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        check::broadcast("MoyalCdf", &self.shape, shape)
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
        let cdf = MoyalCdf::new([-1.0, 0.5], [[2.0], [0.3]]).unwrap();
        Laws::of(&cdf).hold_at(&Tensor::from([[-2.0, 0.3], [1.5, 0.7]]));
        Laws::of(&cdf).hold_at(&Tensor::from(0.1));
        Laws::of(&MoyalCdf::new(0.0, 1.0).unwrap()).are_finite_at((), &[-6.0, 30.0, 600.0]);
        parameter_gradients(
            |p| MoyalCdf::new(&p[0], &p[1]),
            &[[-1.0, 0.5].into(), [[2.0], [0.5]].into()],
            &[0.7, 0.2].into(),
        );
    }
}
