//! `Interval`: the real numbers onto an interval with both ends finite.

use super::sigmoid::log_slope;
use crate::bijector::Bijector;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// The logistic function, scaled to lie between two bounds.
///
#[doc = include_str!("../../../doc/bijector/Interval.svg")]
///
/// ```text
/// forward   x = lower + width / (1 + e⁻ᵘ)        ln |dx/du| = ln width + u − 2 ln(1 + eᵘ)
/// inverse   u = ln(x − lower) − ln(upper − x)     ln |du/dx| = ln width − ln(x − lower) − ln(upper − x)
/// ```
///
/// with width = upper − lower.
///
/// # Domain and codomain
/// Real numbers → numbers between `lower` and `upper`, exclusive; elementwise, the bounds broadcast.
///
/// # Numerics
/// x is counted from the nearer bound, `upper − width · sigmoid(−u)` in the upper half: it never rounds
/// past `upper`, and keeps its distance from a bound of 0 to full relative accuracy. The Jacobian term is taken from
/// u, as in [`Sigmoid`](crate::bijector::Sigmoid).
///
/// # Reference
/// Stan Reference Manual, "Lower and upper bounded scalar".
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, Interval};
///
/// let interval = Interval::new(-1.0, [1.0, 3.0])?;
/// assert_eq!(interval.forward(&Tensor::from(0.0))?.to_vec(), [0.0, 1.0]);
/// assert!(Interval::new(1.0, 0.0).is_err());
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Interval {
    lower: Tensor,
    upper: Tensor,
    shape: Shape,
}

impl Interval {
    /// The map onto the interval between these bounds.
    ///
    /// # Errors
    /// Bounds that are not finite, or not in order; shapes that do not broadcast.
    pub fn new(lower: impl IntoTensor, upper: impl IntoTensor) -> Result<Self> {
        let (lower, upper) = (lower.into_tensor(), upper.into_tensor());
        let shape = check::broadcast("Interval", &lower.shape(), &upper.shape())?;
        check::elements("Interval", "lower", &lower, "finite", f64::is_finite)?;
        check::elements("Interval", "upper", &upper, "finite", f64::is_finite)?;
        if !lower.is_tracked() && !upper.is_tracked() {
            check::elements("Interval", "upper - lower", &upper.try_sub(&lower)?, "positive", |width| width > 0.0)?;
        }
        Ok(Self { lower, upper, shape })
    }
}

impl Bijector for Interval {
    fn name(&self) -> &'static str {
        "Interval"
    }

    fn domain(&self) -> Constraint {
        Constraint::Real
    }

    fn codomain(&self) -> Constraint {
        Constraint::Interval { lower: self.lower.clone(), upper: self.upper.clone() }
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        let width = &self.upper - &self.lower;
        let from_nearer_bound = (-u.abs()).sigmoid().try_mul(&width)?;
        let x = Tensor::select(u.less(0.0), &self.lower + &from_nearer_bound, &self.upper - &from_nearer_bound);
        Ok((x, log_slope(u) + width.ln()))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let log_above = x.try_sub(&self.lower)?.ln();
        let log_below = self.upper.try_sub(x)?.ln();
        let log_det = (&self.upper - &self.lower).ln() - &log_above - &log_below;
        Ok((log_above - log_below, log_det))
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        check::broadcast("Interval", &self.shape, shape)
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
        let interval = Interval::new([-1.0, 0.5], 3.0).unwrap();
        Laws::of(&interval).hold_at(&Tensor::from([[-2.0, 0.3], [5.0, 20.0]]));
        Laws::of(&interval).hold_at(&Tensor::from(0.4));
        Laws::of(&Interval::new(-2.0, 1.0).unwrap()).are_finite_at((), &TAILS);
        for (low, high) in [(0.0, 1.0), (-2.0, 2.0), (1.0, 3.0)] {
            Laws::of(&Interval::new(low, high).unwrap()).mirrored_ends_are_alike((low, high));
        }
        parameter_gradients(|p| Interval::new(&p[0], &p[1]), &[[-1.0, 0.5].into(), 3.0.into()], &[0.7, -2.0].into());
    }

    #[test]
    fn stays_inside_and_keeps_digits_near_a_bound_of_zero() {
        let far = Tensor::from([-800.0, 800.0]);
        let interval = Interval::new(0.1, 0.7).unwrap();
        assert_eq!(interval.forward(&far).unwrap().to_vec(), [0.1, 0.7]);
        let below_zero = Interval::new(-1.0, 0.0).unwrap();
        let x = below_zero.forward(&Tensor::from(300.0)).unwrap();
        assert!((x.item() / -(-300.0_f64).exp() - 1.0).abs() < 1e-13);
        assert!((below_zero.inverse(&x).unwrap().item() - 300.0).abs() < 1e-11);
    }

    #[test]
    fn bounds_are_checked() {
        let error = Interval::new(0.0, f64::INFINITY).unwrap_err();
        assert_eq!(error.to_string(), "Interval: `upper` must be finite, got inf");
        let error = Interval::new([0.0, 2.0], 1.0).unwrap_err();
        assert_eq!(error.to_string(), "Interval: `upper - lower` must be positive, got -1");
    }
}
