//! `GreaterThan`: the real numbers onto those above a bound.

use super::Bijector;
use crate::{Constraint, Result, Shape, Tensor, check};

/// The exponential function, shifted to lie above a bound.
///
/// ```text
/// forward   x = low + eᵘ         ln |dx/du| = u
/// inverse   u = ln(x − low)      ln |du/dx| = −ln(x − low)
/// ```
///
/// **Domain** real numbers. **Codomain** above `low`; elementwise, the bound broadcasts.
///
/// **Numerics** The Jacobian term is the argument itself, as in [`Exp`](super::Exp).
///
/// **Reference** Stan Reference Manual, "Lower bounded scalar".
///
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, GreaterThan};
///
/// assert_eq!(GreaterThan::new(2.0)?.forward(&Tensor::from(0.0))?, 3.0);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct GreaterThan {
    low: Tensor,
}

impl GreaterThan {
    /// The map onto the numbers above this bound.
    ///
    /// # Errors
    /// A bound that is not finite.
    pub fn new(low: impl Into<Tensor>) -> Result<Self> {
        let low = low.into();
        check::elements("GreaterThan", "low", &low, "finite", f64::is_finite)?;
        Ok(Self { low })
    }
}

impl Bijector for GreaterThan {
    fn name(&self) -> &'static str {
        "GreaterThan"
    }

    fn domain(&self) -> Constraint {
        Constraint::Real
    }

    fn codomain(&self) -> Constraint {
        Constraint::GreaterThan(self.low.clone())
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        let x = u.exp().try_add(&self.low)?;
        let log_det = u.broadcast_to(x.shape());
        Ok((x, log_det))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let u = x.try_sub(&self.low)?.ln();
        let log_det = -&u;
        Ok((u, log_det))
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        check::broadcast("GreaterThan", &self.low.shape(), shape)
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
        let bijector = GreaterThan::new([-1.0, 0.5]).unwrap();
        Laws::of(&bijector).hold_at(&Tensor::from([[-2.0, 0.3], [5.0, 600.0]]));
        Laws::of(&bijector).hold_at(&Tensor::from(0.4));
        Laws::of(&GreaterThan::new(2.0).unwrap()).are_finite_at((), &TAILS);
        parameter_gradients(|p| GreaterThan::new(&p[0]), &[[-1.0, 0.5].into()], &[0.7, -2.0].into());
    }
}
