//! `LambertWTail`: the real numbers bent to heavy tails.

use crate::bijector::Bijector;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// Numbers stretched by the exponential of their squares: of normal numbers it makes Tukey's h distribution. The
/// inverse, by Lambert's W function, gaussianises.
///
#[doc = include_str!("../../../doc/bijector/LambertWTail.svg")]
///
/// ```text
/// v = (u − shift) / scale
/// forward   x = shift + scale · v e^{δ v²/2}                ln |dx/du| = δ v²/2 + ln(1 + δ v²)
/// inverse   v = z e^{−W(δ z²)/2}                            ln |du/dx| = −W/2 − ln(1 + W)
/// ```
///
/// with δ = `tailweight`, z = (x − shift) / scale and W = W(δ z²) = δ v².
///
/// # Domain and codomain
/// Real numbers; elementwise, the parameters broadcast. It is the identity for a tailweight of 0.
///
/// # Numerics
/// The inverse divides by neither δ nor z, so that 0 is no special point of either. Where δ z² overflows, W is found from
/// the logarithm of that.
///
/// # Reference
/// TFP, `tfp.bijectors.LambertWTail`; Goerg (2015), "The Lambert way to gaussianize heavy-tailed data".
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, LambertWTail};
///
/// let tail = LambertWTail::new(1.0, 2.0, 0.1)?;
/// let x = tail.forward(&Tensor::from([1.0, 9.0]))?;
/// assert!((&x - Tensor::from([1.0, 1.0 + 8.0 * 0.8_f64.exp()])).abs().max() < 1e-14);
/// assert!((tail.inverse(&x)? - Tensor::from([1.0, 9.0])).abs().max() < 1e-14);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct LambertWTail {
    shift: Tensor,
    scale: Tensor,
    tailweight: Tensor,
    shape: Shape,
}

impl LambertWTail {
    /// The map that stretches by the tailweight about `shift`, in units of `scale`.
    ///
    /// # Errors
    /// `shift` not finite; `scale` not positive; `tailweight` negative; shapes that do not broadcast.
    pub fn new(shift: impl IntoTensor, scale: impl IntoTensor, tailweight: impl IntoTensor) -> Result<Self> {
        let (shift, scale, tailweight) = (shift.into_tensor(), scale.into_tensor(), tailweight.into_tensor());
        let shape = check::broadcast_all("LambertWTail", &[&shift, &scale, &tailweight])?;
        check::elements("LambertWTail", "shift", &shift, "finite", f64::is_finite)?;
        check::elements("LambertWTail", "scale", &scale, "finite and positive", |scale| {
            scale.is_finite() && scale > 0.0
        })?;
        check::elements("LambertWTail", "tailweight", &tailweight, "finite and not negative", |tailweight| {
            tailweight.is_finite() && tailweight >= 0.0
        })?;
        Ok(Self { shift, scale, tailweight, shape })
    }
}

impl Bijector for LambertWTail {
    fn name(&self) -> &'static str {
        "LambertWTail"
    }

    fn domain(&self) -> Constraint {
        Constraint::Real
    }

    fn codomain(&self) -> Constraint {
        Constraint::Real
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        let shape = self.forward_shape(&u.shape())?;
        let v = (u - &self.shift) / &self.scale;
        let w = v.square() * &self.tailweight;
        let x = v * (&w * 0.5).exp() * &self.scale + &self.shift;
        Ok((x, log_slope(&w).broadcast_to(shape)))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let shape = self.inverse_shape(&x.shape())?;
        let z = (x - &self.shift) / &self.scale;
        let w = lambert_w_of_square(&z, &self.tailweight);
        let u = z * (&w * -0.5).exp() * &self.scale + &self.shift;
        Ok((u, -log_slope(&w).broadcast_to(shape)))
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        check::broadcast("LambertWTail", &self.shape, shape)
    }

    fn inverse_shape(&self, shape: &Shape) -> Result<Shape> {
        self.forward_shape(shape)
    }
}

/// W(δ z²), also where δ z² overflows.
fn lambert_w_of_square(z: &Tensor, tailweight: &Tensor) -> Tensor {
    let argument = z * (z * tailweight);
    let is_huge = argument.greater(1e300);
    // The branch that is not chosen is evaluated at harmless operands.
    let direct = Tensor::select(&is_huge, 1.0, argument).lambert_w0();
    let log_argument = Tensor::select(&is_huge, z.abs().ln() * 2.0 + tailweight.ln(), 700.0);
    Tensor::select(is_huge, lambert_w_of_large(&log_argument), direct)
}

/// W(e^a) of large a: the w with w + ln w = a.
pub(super) fn lambert_w_of_large(log_argument: &Tensor) -> Tensor {
    // From a start that is off by 0.01, two steps are exact to rounding; the third makes the derivatives so.
    let start = log_argument - log_argument.ln();
    (0..3).fold(start, |w, _| &w * (log_argument + 1.0 - w.ln()) / (&w + 1.0))
}

/// ln |dx/du|, from δ v².
fn log_slope(w: &Tensor) -> Tensor {
    w * 0.5 + w.log1p()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::{Laws, parameter_gradients};
    use crate::grad;

    #[test]
    fn laws() {
        let tail = LambertWTail::new([-0.5, 0.3], 0.8, [[0.1], [0.0], [0.7]]).unwrap();
        Laws::of(&tail).hold_at(&Tensor::from([[-2.0, 0.3], [5.0, -0.1], [-0.5, 1.0]]));
        Laws::of(&tail).hold_at(&Tensor::from(0.4));
        Laws::of(&LambertWTail::new(0.3, 1.5, 0.2).unwrap()).are_finite_at((), &[-70.0, 0.3, 50.0]);
        parameter_gradients(
            |p| LambertWTail::new(&p[0], &p[1], &p[2]),
            &[[-0.5, 0.3].into(), 0.8.into(), [[0.1], [0.7]].into()],
            &[0.7, -2.0].into(),
        );
    }

    /// Where δ z² would overflow, and just below.
    #[test]
    fn the_inverse_goes_as_far_as_numbers_do() {
        let tail = LambertWTail::new(0.0, 1.0, [0.1, 0.5]).unwrap();
        let u = Tensor::from([[80.0, -37.0], [118.0, 52.5]]);
        let x = tail.forward(&u).unwrap();
        assert!(x.abs().min().item() > 1e135 && x.abs().max().item() > 1e299);
        // Exponents of 700 have rounded by 1e-13, on both ways.
        assert!((tail.inverse(&x).unwrap() / &u - 1.0).abs().max() < 2e-13);
        let slope = |x: f64| {
            let inverse = |x: &[Tensor]| LambertWTail::new(0.0, 1.0, 0.1)?.inverse(&x[0]);
            grad(inverse, &[Tensor::from(x)]).unwrap().1[0].item()
        };
        // du/dx is the reciprocal of dx/du = e^{δ u²/2} (1 + δ u²), whose exponent has rounded by 1e-13.
        let want = |u: f64| 1.0 / ((0.05 * u * u).exp() * (1.0 + 0.1 * u * u));
        for u in [80.0, 117.0] {
            let x = u * (0.05_f64 * u * u).exp();
            assert!((slope(x) / want(u) - 1.0).abs() < 1e-12, "{u}");
        }
        assert_eq!(LambertWTail::new(0.0, 1.0, 0.0).unwrap().inverse(&Tensor::from(1e200)).unwrap(), 1e200);
    }
}
