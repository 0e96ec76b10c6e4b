//! `SoftClip`: the real numbers onto those within bounds, almost the identity between them.

use crate::bijector::Bijector;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// A clip with rounded corners: softplus functions that take the number up from the lower bound and down from the upper
/// one.
///
#[doc = include_str!("../../../doc/bijector/SoftClip.svg")]
///
/// ```text
/// t = (u − low) / c,   w = (high − low) / c,   a = softplus(t),   r = w / softplus(w)
/// both:    x = high − c r softplus(w − a)       ln |dx/du| = ln r + ln sigmoid(w − a) + ln sigmoid(t)
/// above:   x = low + c softplus(t)              ln |dx/du| = ln sigmoid(t)
/// below:   x = high − c softplus(s)             ln |dx/du| = ln sigmoid(s),   s = (high − u) / c
/// ```
///
/// with c = `hinge_softness`; the inverse undoes one softplus after the other.
///
/// # Domain and codomain
/// Real numbers → numbers between the bounds, or on one side of the one that there is; elementwise, bounds and softness
/// broadcast.
///
/// # Numerics
/// x is counted from the nearer bound, both ways: x − low = c r (a − ln(1 + (eᵃ − 1) sigmoid(−w))) near the lower one,
/// which is the formula above without its cancellation. So it keeps its distance from a bound of 0 to full relative
/// accuracy.
///
/// # Reference
/// TFP, `tfp.bijectors.SoftClip`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, SoftClip};
///
/// let clip = SoftClip::new(-1.0, 1.0)?.with_hinge_softness(0.01)?;
/// let x = clip.forward(&Tensor::from([-5.0, 0.3, 5.0]))?;
/// assert!((x - Tensor::from([-1.0, 0.3, 1.0])).abs().max() < 1e-9);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct SoftClip {
    bounds: Bounds,
    hinge_softness: Tensor,
    shape: Shape,
}

#[derive(Clone, Debug)]
enum Bounds {
    Above(Tensor),
    Below(Tensor),
    Between(Tensor, Tensor),
}

impl SoftClip {
    /// The clip to the numbers between two bounds, with a softness of 1.
    ///
    /// # Errors
    /// Bounds that are not finite, or not in order; shapes that do not broadcast.
    pub fn new(low: impl IntoTensor, high: impl IntoTensor) -> Result<Self> {
        let (low, high) = (low.into_tensor(), high.into_tensor());
        check::elements("SoftClip", "low", &low, "finite", f64::is_finite)?;
        check::elements("SoftClip", "high", &high, "finite", f64::is_finite)?;
        let shape = check::broadcast("SoftClip", &low.shape(), &high.shape())?;
        check::elements("SoftClip", "high - low", &high.try_sub(&low)?, "positive", |width| width > 0.0)?;
        Ok(Self { bounds: Bounds::Between(low, high), hinge_softness: Tensor::from(1.0), shape })
    }

    /// The clip to the numbers above a bound, with a softness of 1.
    ///
    /// # Errors
    /// A bound that is not finite.
    pub fn above(low: impl IntoTensor) -> Result<Self> {
        let low = low.into_tensor();
        check::elements("SoftClip", "low", &low, "finite", f64::is_finite)?;
        Ok(Self { shape: low.shape(), bounds: Bounds::Above(low), hinge_softness: Tensor::from(1.0) })
    }

    /// The clip to the numbers below a bound, with a softness of 1.
    ///
    /// # Errors
    /// A bound that is not finite.
    pub fn below(high: impl IntoTensor) -> Result<Self> {
        let high = high.into_tensor();
        check::elements("SoftClip", "high", &high, "finite", f64::is_finite)?;
        Ok(Self { shape: high.shape(), bounds: Bounds::Below(high), hinge_softness: Tensor::from(1.0) })
    }

    /// The same clip with corners of another softness: the width over which they are rounded.
    ///
    /// # Errors
    /// A softness that is not positive; shapes that do not broadcast.
    pub fn with_hinge_softness(self, hinge_softness: impl IntoTensor) -> Result<Self> {
        let hinge_softness = hinge_softness.into_tensor();
        check::elements("SoftClip", "hinge_softness", &hinge_softness, "finite and positive", |softness| {
            softness.is_finite() && softness > 0.0
        })?;
        let shape = check::broadcast("SoftClip", &self.shape, &hinge_softness.shape())?;
        Ok(Self { hinge_softness, shape, ..self })
    }
}

impl Bijector for SoftClip {
    fn name(&self) -> &'static str {
        "SoftClip"
    }

    fn domain(&self) -> Constraint {
        Constraint::Real
    }

    fn codomain(&self) -> Constraint {
        match self.bounds.clone() {
            Bounds::Above(low) => Constraint::GreaterThan(low),
            Bounds::Below(high) => Constraint::LessThan(high),
            Bounds::Between(lower, upper) => Constraint::Interval { lower, upper },
        }
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        let shape = self.forward_shape(&u.shape())?;
        let softness = &self.hinge_softness;
        let (x, log_det) = match &self.bounds {
            Bounds::Above(low) => {
                let t = (u - low) / softness;
                (t.softplus() * softness + low, t.log_sigmoid())
            }
            Bounds::Below(high) => {
                let t = (high - u) / softness;
                (high - t.softplus() * softness, t.log_sigmoid())
            }
            Bounds::Between(low, high) => {
                let (t, width) = ((u - low) / softness, (high - low) / softness);
                let (above, ratio) = (t.softplus(), &width / width.softplus());
                let left = &width - &above;
                let from_low = &above - (above.expm1() * (-&width).sigmoid()).log1p();
                let scale = &ratio * softness;
                let x =
                    Tensor::select(above.less(&width * 0.5), low + from_low * &scale, high - left.softplus() * &scale);
                (x, left.log_sigmoid() + t.log_sigmoid() + ratio.ln())
            }
        };
        Ok((x.broadcast_to(shape), log_det.broadcast_to(shape)))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let shape = self.inverse_shape(&x.shape())?;
        let softness = &self.hinge_softness;
        let (u, log_det) = match &self.bounds {
            Bounds::Above(low) => {
                let (t, log_slope) = inverse_softplus(&((x - low) / softness));
                (t * softness + low, -log_slope)
            }
            Bounds::Below(high) => {
                let (t, log_slope) = inverse_softplus(&((high - x) / softness));
                (high - t * softness, -log_slope)
            }
            Bounds::Between(low, high) => {
                let width = (high - low) / softness;
                let ratio = &width / width.softplus();
                let (from_low, from_high) = ((x - low) / softness / &ratio, (high - x) / softness / &ratio);
                let by_low = &from_low - ((-&width).exp() * -from_low.expm1()).log1p();
                let above = Tensor::select(from_low.less(&from_high), by_low, &width - inverse_softplus(&from_high).0);
                let (t, log_slope) = inverse_softplus(&above);
                (t * softness + low, -(log_slope + (width - above).log_sigmoid() + ratio.ln()))
            }
        };
        Ok((u.broadcast_to(shape), log_det.broadcast_to(shape)))
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        check::broadcast("SoftClip", &self.shape, shape)
    }

    fn inverse_shape(&self, shape: &Shape) -> Result<Shape> {
        self.forward_shape(shape)
    }
}

/// The t with softplus(t) = y, and ln sigmoid(t), the logarithm of softplus's derivative there.
fn inverse_softplus(y: &Tensor) -> (Tensor, Tensor) {
    let log_slope = (-y).log1mexp();
    (y + &log_slope, log_slope)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::{Laws, TAILS, parameter_gradients};

    #[test]
    fn laws() {
        let u = Tensor::from([[-2.0, 0.3], [5.0, 1.7], [2.9, -0.4]]);
        let clip = SoftClip::new([-1.0, 0.5], 3.0).unwrap().with_hinge_softness([[0.3], [1.0], [4.0]]).unwrap();
        Laws::of(&clip).hold_at(&u);
        Laws::of(&clip).hold_at(&Tensor::from(0.4));
        Laws::of(&SoftClip::above([-1.0, 0.5]).unwrap()).hold_at(&u);
        Laws::of(&SoftClip::below([-1.0, 0.5]).unwrap()).hold_at(&u);
        for clip in [SoftClip::new(-1.0, 2.0), SoftClip::above(1.0), SoftClip::below(1.0)] {
            Laws::of(&clip.unwrap()).are_finite_at((), &TAILS);
        }
        parameter_gradients(
            |p| SoftClip::new(&p[0], &p[1])?.with_hinge_softness(&p[2]),
            &[[-1.0, 0.5].into(), 3.0.into(), [[0.7], [1.3]].into()],
            &[0.7, -0.4].into(),
        );
        parameter_gradients(
            |p| SoftClip::above(&p[0])?.with_hinge_softness(&p[1]),
            &[[-1.0, 0.5].into(), 1.3.into()],
            &[0.7, -0.4].into(),
        );
    }

    /// A wide clip: at its middle both formulas hold, and far out the distance to a bound keeps its digits.
    #[test]
    fn no_digits_are_lost_in_a_wide_clip() {
        let clip = SoftClip::new(0.0, 80.0).unwrap();
        let u = Tensor::from([-300.0, -20.0, 5.0, 39.9, 40.1, 75.0]);
        let x = clip.forward(&u).unwrap();
        assert!((x.get(0).item() / (-300_f64).exp() - 1.0).abs() < 1e-13);
        let back = clip.inverse(&x).unwrap();
        assert!((back / u - 1.0).abs().max() < 1e-14);
    }

    #[test]
    fn parameters_are_checked() {
        let error = SoftClip::new(1.0, 1.0).unwrap_err().to_string();
        assert_eq!(error, "SoftClip: `high - low` must be positive, got 0");
        assert!(SoftClip::above(0.0).unwrap().with_hinge_softness(0.0).is_err());
    }
}
