//! `PowerTransform`: the Box–Cox family turned around: from a power of 0, the exponential function, to 1, a shift.

use crate::bijector::Bijector;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// The power family whose inverse is the Box–Cox transformation.
///
#[doc = include_str!("../../../doc/bijector/PowerTransform.svg")]
///
/// ```text
/// L = ln(1 + p u) / p,   u for p = 0
/// forward   x = (1 + p u)^{1/p},   eᵘ for p = 0            ln |dx/du| = (1 − p) L
/// inverse   u = (xᵖ − 1) / p,   ln x for p = 0             ln |du/dx| = (p − 1) ln x
/// ```
///
/// # Domain and codomain
/// Numbers above −1/p, all real ones for p = 0 → positive numbers; elementwise, the power broadcasts.
///
/// # Numerics
/// Near p u = 0, L and its derivatives by both come from a series, so the power 0 is no special point.
///
/// # Reference
/// TFP, `tfp.bijectors.PowerTransform`; Box and Cox (1964), "An analysis of transformations".
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, PowerTransform};
///
/// let x = PowerTransform::new([0.0, 0.5, 1.0])?.forward(&Tensor::from(2.0))?;
/// assert!((x - Tensor::from([2_f64.exp(), 4.0, 3.0])).abs().max() < 1e-14);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct PowerTransform {
    power: Tensor,
    shape: Shape,
}

impl PowerTransform {
    /// The family's map with this power.
    ///
    /// # Errors
    /// A power that is negative or not finite.
    pub fn new(power: impl IntoTensor) -> Result<Self> {
        let power = power.into_tensor();
        let shape = power.shape();
        check::elements("PowerTransform", "power", &power, "finite and not negative", |power| {
            power.is_finite() && power >= 0.0
        })?;
        Ok(Self { power, shape })
    }
}

impl Bijector for PowerTransform {
    fn name(&self) -> &'static str {
        "PowerTransform"
    }

    fn domain(&self) -> Constraint {
        let lower = Tensor::select(self.power.greater(0.0), -self.power.recip(), f64::NEG_INFINITY);
        Constraint::Interval { lower, upper: Tensor::from(f64::INFINITY) }
    }

    fn codomain(&self) -> Constraint {
        Constraint::Positive
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        self.forward_shape(&u.shape())?;
        let log_x = log1p_over(u, &self.power);
        let log_det = &log_x * (1.0 - &self.power);
        Ok((log_x.exp(), log_det))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        self.inverse_shape(&x.shape())?;
        let log_x = x.ln();
        let u = expm1_over(&log_x, &self.power);
        Ok((u, log_x * (&self.power - 1.0)))
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        check::broadcast("PowerTransform", &self.shape, shape)
    }

    fn inverse_shape(&self, shape: &Shape) -> Result<Shape> {
        self.forward_shape(shape)
    }
}

/// Below this |w| the series of `log1p_over` and `expm1_over` are exact to rounding, and above it the quotients have
/// derivatives that are.
const SERIES: f64 = 1e-2;

/// ln(1 + p u) / p, and u for p = 0, with its derivatives by both.
pub(super) fn log1p_over(u: &Tensor, p: &Tensor) -> Tensor {
    let w = u * p;
    // ln(1 + w) / w = Σ (−w)^k / (k + 1).
    let series = (0..9).rev().fold(Tensor::scalar(0.0), |sum, k| sum * -&w + 1.0 / f64::from(k + 1));
    near_zero(&w, series * u, |w| w.log1p(), p)
}

/// (e^{p v} − 1) / p, and v for p = 0, with its derivatives by both: the inverse of `log1p_over`.
pub(super) fn expm1_over(v: &Tensor, p: &Tensor) -> Tensor {
    let w = v * p;
    // (eʷ − 1) / w = Σ w^k / (k + 1)!, by Horner's rule.
    let series = (0..8).rev().fold(Tensor::scalar(1.0), |sum, k| sum * &w / f64::from(k + 2) + 1.0);
    near_zero(&w, series * v, |w| w.expm1(), p)
}

/// The series where w is small, and else the function of w over p.
fn near_zero(w: &Tensor, series: Tensor, function: impl FnOnce(&Tensor) -> Tensor, p: &Tensor) -> Tensor {
    let is_small = w.abs().less(SERIES);
    // The branch that is not chosen is evaluated at harmless operands.
    let quotient = function(&Tensor::select(&is_small, 1.0, w)) / Tensor::select(&is_small, 1.0, p);
    Tensor::select(is_small, series, quotient)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::{Laws, parameter_gradients};
    use crate::grad;

    #[test]
    fn laws() {
        let transform = PowerTransform::new([[0.0], [0.5], [2.0]]).unwrap();
        Laws::of(&transform).hold_at(&Tensor::from([-0.3, 1e-9, 0.7, 3.0]));
        Laws::of(&transform).hold_at(&Tensor::from(0.4));
        Laws::of(&PowerTransform::new(0.3).unwrap()).are_finite_at((), &[-3.0, 50.0, 1e9, 1e60]);
        parameter_gradients(|p| PowerTransform::new(&p[0]), &[[0.3, 2.0].into()], &[0.7, 1.2].into());
    }

    /// The derivative by the power at 0: x (−½ u²) for x = eᵘ, and −u for the Jacobian term, whose first term is −½ u².
    #[test]
    fn the_power_0_has_a_derivative() {
        let slope = |power: f64| {
            let value = |p: &[Tensor]| PowerTransform::new(&p[0])?.forward_and_log_det(&Tensor::from(0.7));
            let of_x = grad(|p| Ok(value(p)?.0), &[Tensor::from(power)]).unwrap().1[0].item();
            let of_log_det = grad(|p| Ok(value(p)?.1), &[Tensor::from(power)]).unwrap().1[0].item();
            (of_x, of_log_det)
        };
        let (of_x, of_log_det) = slope(0.0);
        assert!((of_x + 0.7_f64.exp() * 0.245).abs() < 1e-14, "{of_x}");
        assert!((of_log_det + 0.7 + 0.245).abs() < 1e-14, "{of_log_det}");
        // Both sides of where the series ends, to a step of 2e-12 and the rounding of 1 / w.
        let (below, above) = (slope(SERIES / 0.7 - 1e-12), slope(SERIES / 0.7 + 1e-12));
        assert!((below.0 - above.0).abs() < 1e-11 && (below.1 - above.1).abs() < 1e-11, "{below:?} {above:?}");
    }
}
