//! `GumbelCdf`: the real numbers onto the unit interval, by a Gumbel distribution function.

use crate::bijector::Bijector;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// The distribution function of a Gumbel distribution.
///
#[doc = include_str!("../../../doc/bijector/GumbelCdf.svg")]
///
/// ```text
/// z = (u − loc) / scale
/// forward   x = e^{−e^{−z}}           ln |dx/du| = −z − e^{−z} − ln scale
/// inverse   z = −ln(−ln x)            ln |du/dx| = z − ln x + ln scale
/// ```
///
/// # Domain and codomain
/// Real numbers → numbers between 0 and 1; elementwise, the parameters broadcast.
///
/// # Numerics
/// x rounds to 1 from z = 37 on; the Jacobian term is taken from u.
///
/// # Reference
/// TFP, `tfp.bijectors.GumbelCDF`. The density: [`Gumbel`](crate::distribution::Gumbel).
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, GumbelCdf};
///
/// let x = GumbelCdf::new(2.0, 0.5)?.forward(&Tensor::from(2.0))?;
/// assert_eq!(x, (-1_f64).exp());
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct GumbelCdf {
    loc: Tensor,
    scale: Tensor,
    shape: Shape,
}

impl GumbelCdf {
    /// The distribution function with these parameters.
    ///
    /// # Errors
    /// `loc` not finite; `scale` not positive; shapes that do not broadcast.
    pub fn new(loc: impl IntoTensor, scale: impl IntoTensor) -> Result<Self> {
        let (loc, scale) = (loc.into_tensor(), scale.into_tensor());
        let shape = check::broadcast_all("GumbelCdf", &[&loc, &scale])?;
        check::elements("GumbelCdf", "loc", &loc, "finite", f64::is_finite)?;
        check::elements("GumbelCdf", "scale", &scale, "finite and positive", |scale| scale.is_finite() && scale > 0.0)?;
        Ok(Self { loc, scale, shape })
    }
}

impl Bijector for GumbelCdf {
    fn name(&self) -> &'static str {
        "GumbelCdf"
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
        let minus_log_x = (-&z).exp();
        let log_det = -(z + &minus_log_x) - self.scale.ln();
        Ok(((-minus_log_x).exp(), log_det))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        self.inverse_shape(&x.shape())?;
        let log_x = x.ln();
        let z = -(-&log_x).ln();
        let log_det = &z - log_x + self.scale.ln();
        Ok((z * &self.scale + &self.loc, log_det))
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        check::broadcast("GumbelCdf", &self.shape, shape)
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
        let cdf = GumbelCdf::new([-1.0, 0.5], [[2.0], [0.3]]).unwrap();
        Laws::of(&cdf).hold_at(&Tensor::from([[-2.0, 0.3], [1.5, 0.7]]));
        Laws::of(&cdf).hold_at(&Tensor::from(0.1));
        Laws::of(&GumbelCdf::new(0.0, 1.0).unwrap()).are_finite_at((), &[-6.0, 30.0, 700.0]);
        parameter_gradients(
            |p| GumbelCdf::new(&p[0], &p[1]),
            &[[-1.0, 0.5].into(), [[2.0], [0.5]].into()],
            &[0.7, 0.2].into(),
        );
    }
}
