//! `LessThan`: the real numbers onto those below a bound.

use super::Bijector;
use crate::{Constraint, Result, Shape, Tensor, check};

/// The exponential function, mirrored and shifted to lie below a bound.
///
/// ```text
/// forward   x = high − eᵘ         ln |dx/du| = u
/// inverse   u = ln(high − x)      ln |du/dx| = −ln(high − x)
/// ```
///
/// **Domain** real numbers. **Codomain** below `high`; elementwise, the bound broadcasts. The map falls: large u is
/// far below the bound.
///
/// **Numerics** The Jacobian term is the argument itself, as in [`Exp`](super::Exp).
///
/// **Reference** Stan Reference Manual, "Upper bounded scalar".
///
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, LessThan};
///
/// assert_eq!(LessThan::new(2.0)?.forward(&Tensor::from(0.0))?, 1.0);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct LessThan {
    high: Tensor,
}

impl LessThan {
    /// The map onto the numbers below this bound.
    ///
    /// # Errors
    /// A bound that is not finite.
    pub fn new(high: impl Into<Tensor>) -> Result<Self> {
        let high = high.into();
        check::elements("LessThan", "high", &high, "finite", f64::is_finite)?;
        Ok(Self { high })
    }
}

impl Bijector for LessThan {
    fn name(&self) -> &'static str {
        "LessThan"
    }

    fn domain(&self) -> Constraint {
        Constraint::Real
    }

    fn codomain(&self) -> Constraint {
        Constraint::LessThan(self.high.clone())
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        let x = self.high.try_sub(u.exp())?;
        let log_det = u.broadcast_to(x.shape());
        Ok((x, log_det))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let u = self.high.try_sub(x)?.ln();
        let log_det = -&u;
        Ok((u, log_det))
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        check::broadcast("LessThan", &self.high.shape(), shape)
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
        let bijector = LessThan::new([-1.0, 0.5]).unwrap();
        Laws::of(&bijector).hold_at(&Tensor::from([[-2.0, 0.3], [5.0, 600.0]]));
        Laws::of(&bijector).hold_at(&Tensor::from(0.4));
        Laws::of(&LessThan::new(2.0).unwrap()).are_finite_at((), &TAILS);
        parameter_gradients(|p| LessThan::new(&p[0]), &[[-1.0, 0.5].into()], &[0.7, -2.0].into());
    }
}
