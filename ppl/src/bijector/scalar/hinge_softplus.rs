//! `HingeSoftplus`: the real numbers onto those above a bound, by a softplus of adjustable sharpness.

use crate::bijector::Bijector;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// The softplus function with a lower bound and a softness: for a softness near 0, the larger of `u` and 0, above the
/// bound.
///
#[doc = include_str!("../../../doc/bijector/HingeSoftplus.svg")]
///
/// ```text
/// forward   x = low + c ln(1 + e^{u/c})          ln |dx/du| = ln sigmoid(u/c)
/// inverse   u = d + c ln(1 − e^{−d/c})            ln |du/dx| = −ln(1 − e^{−d/c})
/// ```
///
/// with c = `hinge_softness` and d = x − `low`.
///
/// # Domain and codomain
/// Real numbers → numbers above `low`; elementwise, `low` and `hinge_softness` broadcast.
///
/// # Numerics
/// Those of [`Softplus`](crate::bijector::Softplus), which it is for c = 1 and `low` = 0.
///
/// # Reference
/// TFP, `tfp.bijectors.Softplus(hinge_softness, low)`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, HingeSoftplus};
///
/// let hinge = HingeSoftplus::new(1.0, 1e-3)?;
/// assert_eq!(hinge.forward(&Tensor::from([-5.0, 5.0]))?.to_vec(), [1.0, 6.0]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct HingeSoftplus {
    low: Tensor,
    hinge_softness: Tensor,
    shape: Shape,
}

impl HingeSoftplus {
    /// The map onto the numbers above `low` with a hinge of this softness.
    ///
    /// # Errors
    /// `low` not finite; a softness that is not positive; shapes that do not broadcast.
    pub fn new(low: impl IntoTensor, hinge_softness: impl IntoTensor) -> Result<Self> {
        let (low, hinge_softness) = (low.into_tensor(), hinge_softness.into_tensor());
        let shape = check::broadcast_all("HingeSoftplus", &[&low, &hinge_softness])?;
        check::elements("HingeSoftplus", "low", &low, "finite", f64::is_finite)?;
        check::elements("HingeSoftplus", "hinge_softness", &hinge_softness, "finite and positive", |hinge_softness| {
            hinge_softness.is_finite() && hinge_softness > 0.0
        })?;
        Ok(Self { low, hinge_softness, shape })
    }
}

impl Bijector for HingeSoftplus {
    fn name(&self) -> &'static str {
        "HingeSoftplus"
    }

    fn domain(&self) -> Constraint {
        Constraint::Real
    }

    fn codomain(&self) -> Constraint {
        Constraint::GreaterThan(self.low.clone())
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        let shape = self.forward_shape(&u.shape())?;
        let u = u / &self.hinge_softness;
        let x = u.softplus() * &self.hinge_softness + &self.low;
        Ok((x, u.log_sigmoid().broadcast_to(shape)))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        self.inverse_shape(&x.shape())?;
        let distance = (x - &self.low) / &self.hinge_softness;
        // ln(1 − e⁻ᵈ) = ln sigmoid(u/c).
        let log_slope = (-&distance).log1mexp();
        Ok(((distance + &log_slope) * &self.hinge_softness, -log_slope))
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        check::broadcast("HingeSoftplus", &self.shape, shape)
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
        let hinge = HingeSoftplus::new([-1.0, 0.5], [[0.1], [3.0]]).unwrap();
        Laws::of(&hinge).hold_at(&Tensor::from([[-0.5, 0.3], [5.0, 600.0]]));
        Laws::of(&hinge).hold_at(&Tensor::from(0.4));
        Laws::of(&HingeSoftplus::new(1.0, 2.0).unwrap()).are_finite_at((), &TAILS);
        parameter_gradients(
            |p| HingeSoftplus::new(&p[0], &p[1]),
            &[[-1.0, 0.5].into(), [[0.3], [2.0]].into()],
            &[0.7, -0.4].into(),
        );
    }
}
