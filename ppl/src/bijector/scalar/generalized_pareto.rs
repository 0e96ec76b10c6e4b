//! `GeneralizedPareto`: the real numbers onto the support of a generalized Pareto distribution.

use super::sigmoid::log_slope;
use crate::bijector::Bijector;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// The map from the real numbers onto the support of a generalized Pareto distribution: a half-line, or an interval
/// for a negative concentration.
///
#[doc = include_str!("../../../doc/bijector/GeneralizedPareto.svg")]
///
/// ```text
/// concentration ≥ 0:
/// forward   x = loc + ln(1 + eᵘ)                  ln |dx/du| = ln sigmoid(u)
/// inverse   u = d + ln(1 − e⁻ᵈ)                   ln |du/dx| = −ln(1 − e⁻ᵈ)
/// concentration < 0:
/// forward   x = loc + width · sigmoid(u)          ln |dx/du| = ln width + u − 2 ln(1 + eᵘ)
/// inverse   u = ln d − ln(width − d)              ln |du/dx| = ln width − ln d − ln(width − d)
/// ```
///
/// with d = x − `loc` and width = `scale` / |`concentration`|.
///
/// # Domain and codomain
/// Real numbers → numbers above `loc`, or between `loc` and `loc` + width; elementwise, the parameters broadcast.
///
/// # Numerics
/// Those of [`Softplus`](crate::bijector::Softplus) and [`Interval`](crate::bijector::Interval).
///
/// # Reference
/// TFP, `tfp.bijectors.GeneralizedPareto`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, GeneralizedPareto};
///
/// let support = GeneralizedPareto::new(1.0, 2.0, [0.3, -0.5])?;
/// let x = support.forward(&Tensor::from(0.0))?;
/// assert_eq!(x.to_vec(), [1.0 + 2_f64.ln(), 3.0]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct GeneralizedPareto {
    loc: Tensor,
    scale: Tensor,
    concentration: Tensor,
    shape: Shape,
}

impl GeneralizedPareto {
    /// The map onto the support of the distribution with these parameters.
    ///
    /// # Errors
    /// `loc` or `concentration` not finite; `scale` not positive; shapes that do not broadcast.
    pub fn new(loc: impl IntoTensor, scale: impl IntoTensor, concentration: impl IntoTensor) -> Result<Self> {
        let (loc, scale, concentration) = (loc.into_tensor(), scale.into_tensor(), concentration.into_tensor());
        let shape = check::broadcast_all("GeneralizedPareto", &[&loc, &scale, &concentration])?;
        check::elements("GeneralizedPareto", "loc", &loc, "finite", f64::is_finite)?;
        check::elements("GeneralizedPareto", "scale", &scale, "finite and positive", |scale| {
            scale.is_finite() && scale > 0.0
        })?;
        check::elements("GeneralizedPareto", "concentration", &concentration, "finite", f64::is_finite)?;
        Ok(Self { loc, scale, concentration, shape })
    }

    fn is_bounded(&self) -> Tensor {
        self.concentration.less(0.0)
    }

    /// The width of the support; any positive number where it is infinite.
    fn width(&self) -> Tensor {
        &self.scale / Tensor::select(self.is_bounded(), -&self.concentration, 1.0)
    }
}

impl Bijector for GeneralizedPareto {
    fn name(&self) -> &'static str {
        "GeneralizedPareto"
    }

    fn domain(&self) -> Constraint {
        Constraint::Real
    }

    fn codomain(&self) -> Constraint {
        let upper = Tensor::select(self.is_bounded(), &self.loc + self.width(), f64::INFINITY);
        Constraint::Interval { lower: self.loc.clone(), upper }
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        let shape = self.forward_shape(&u.shape())?;
        let (is_bounded, width) = (self.is_bounded(), self.width());
        let from_nearer_bound = (-u.abs()).sigmoid() * &width;
        let in_interval =
            Tensor::select(u.less(0.0), &self.loc + &from_nearer_bound, &self.loc + &width - &from_nearer_bound);
        let x = Tensor::select(&is_bounded, in_interval, u.softplus() + &self.loc);
        let log_det = Tensor::select(is_bounded, log_slope(u) + width.ln(), u.log_sigmoid());
        Ok((x.broadcast_to(shape), log_det.broadcast_to(shape)))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let shape = self.inverse_shape(&x.shape())?;
        let (is_bounded, width) = (self.is_bounded(), self.width());
        let distance = x - &self.loc;
        let log_slope = (-&distance).log1mexp();
        let (log_above, log_below) = (distance.ln(), (&self.loc + &width - x).ln());
        let u = Tensor::select(&is_bounded, &log_above - &log_below, distance + &log_slope);
        let log_det = Tensor::select(is_bounded, width.ln() - log_above - log_below, -log_slope);
        Ok((u.broadcast_to(shape), log_det.broadcast_to(shape)))
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        check::broadcast("GeneralizedPareto", &self.shape, shape)
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
        let support = GeneralizedPareto::new([-1.0, 0.5], 2.0, [[0.3], [0.0], [-0.4]]).unwrap();
        Laws::of(&support).hold_at(&Tensor::from([[-2.0, 0.3], [5.0, 20.0], [3.0, -0.3]]));
        Laws::of(&support).hold_at(&Tensor::from(0.4));
        Laws::of(&GeneralizedPareto::new(-2.0, 1.0, 0.3).unwrap()).are_finite_at((), &TAILS);
        Laws::of(&GeneralizedPareto::new(-2.0, 1.0, -0.3).unwrap()).are_finite_at((), &TAILS);
        parameter_gradients(
            |p| GeneralizedPareto::new(&p[0], &p[1], &p[2]),
            &[[-1.0, 0.5].into(), 3.0.into(), [[0.3], [-0.2]].into()],
            &[0.7, -2.0].into(),
        );
    }
}
