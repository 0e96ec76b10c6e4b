//! `SinhArcsinh`: the real numbers bent to other tails and skewness.

use super::sinh::{asinh, log_cosh_of_asinh, sinh};
use crate::bijector::Bijector;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// The hyperbolic sine of a scaled and shifted inverse hyperbolic sine: heavier tails for a `tailweight` above 1, a
/// longer right tail for a positive `skewness`.
///
#[doc = include_str!("../../../doc/bijector/SinhArcsinh.svg")]
///
/// ```text
/// w = (arsinh u + skewness) · tailweight,   m = 2 / sinh(tailweight · arsinh 2)
/// forward   x = m sinh w                                     ln |dx/du| = ln(m tailweight) + ln cosh w − ½ ln(1 + u²)
/// inverse   u = sinh(arsinh(x / m) / tailweight − skewness)  ln |du/dx| = −ln |dx/du|
/// ```
///
/// # Domain and codomain
/// Real numbers; elementwise, the parameters broadcast. It is the identity for a skewness of 0 and a tailweight of 1.
///
/// # Numerics
/// Those of [`Sinh`](crate::bijector::Sinh).
///
/// # Reference
/// TFP, `tfp.bijectors.SinhArcsinh`, from whose normalisation by m stems that 2 stays 2 without skewness; Jones and
/// Pewsey (2009), "Sinh-arcsinh distributions".
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, SinhArcsinh};
///
/// let x = SinhArcsinh::new(0.0, [1.0, 2.0])?.forward(&Tensor::from(2.0))?;
/// assert!((x - 2.0).abs().max() < 1e-14);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct SinhArcsinh {
    skewness: Tensor,
    tailweight: Tensor,
    shape: Shape,
}

impl SinhArcsinh {
    /// The map with this skewness and this weight of the tails.
    ///
    /// # Errors
    /// `skewness` not finite; `tailweight` not positive; shapes that do not broadcast.
    pub fn new(skewness: impl IntoTensor, tailweight: impl IntoTensor) -> Result<Self> {
        let (skewness, tailweight) = (skewness.into_tensor(), tailweight.into_tensor());
        let shape = check::broadcast_all("SinhArcsinh", &[&skewness, &tailweight])?;
        check::elements("SinhArcsinh", "skewness", &skewness, "finite", f64::is_finite)?;
        check::elements("SinhArcsinh", "tailweight", &tailweight, "finite and positive", |tailweight| {
            tailweight.is_finite() && tailweight > 0.0
        })?;
        Ok(Self { skewness, tailweight, shape })
    }

    /// m.
    fn multiplier(&self) -> Tensor {
        2.0 / sinh(&(&self.tailweight * 2_f64.asinh()))
    }

    /// ln |dx/du|.
    fn log_slope(&self, u: &Tensor, sinh_w: &Tensor, multiplier: &Tensor) -> Tensor {
        log_cosh_of_asinh(sinh_w) - log_cosh_of_asinh(u) + (multiplier * &self.tailweight).ln()
    }
}

impl Bijector for SinhArcsinh {
    fn name(&self) -> &'static str {
        "SinhArcsinh"
    }

    fn domain(&self) -> Constraint {
        Constraint::Real
    }

    fn codomain(&self) -> Constraint {
        Constraint::Real
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        self.forward_shape(&u.shape())?;
        let sinh_w = sinh(&((asinh(u) + &self.skewness) * &self.tailweight));
        let multiplier = self.multiplier();
        let log_det = self.log_slope(u, &sinh_w, &multiplier);
        Ok((sinh_w * multiplier, log_det))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        self.inverse_shape(&x.shape())?;
        let multiplier = self.multiplier();
        let sinh_w = x / &multiplier;
        let u = sinh(&(asinh(&sinh_w) / &self.tailweight - &self.skewness));
        let log_det = -self.log_slope(&u, &sinh_w, &multiplier);
        Ok((u, log_det))
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        check::broadcast("SinhArcsinh", &self.shape, shape)
    }

    fn inverse_shape(&self, shape: &Shape) -> Result<Shape> {
        self.forward_shape(shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::{Laws, TAILS, parameter_gradients};

    #[test]
    fn laws() {
        let bent = SinhArcsinh::new([-0.5, 0.3], [[2.0], [0.7]]).unwrap();
        Laws::of(&bent).hold_at(&Tensor::from([[-2.0, 0.3], [5.0, -0.1]]));
        Laws::of(&bent).hold_at(&Tensor::from(0.4));
        Laws::of(&SinhArcsinh::new(0.3, 1.5).unwrap()).are_finite_at((), &TAILS);
        parameter_gradients(
            |p| SinhArcsinh::new(&p[0], &p[1]),
            &[[-0.5, 0.3].into(), [[2.0], [0.7]].into()],
            &[0.7, -2.0].into(),
        );
    }
}
