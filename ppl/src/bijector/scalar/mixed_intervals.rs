//! `MixedIntervals`: the real numbers onto intervals of which some are bounded, on one side or on both, and some are not.

use crate::bijector::{Bijector, GreaterThan, Interval, LessThan};
use crate::{Constraint, Result, Shape, Tensor, check};

/// [`Interval`], [`GreaterThan`], [`LessThan`] or the identity, for each element by its bounds.
///
/// A kind is evaluated at harmless operands in the elements that are of another, so that no NaN enters the gradient.
#[derive(Clone, Debug)]
pub(crate) struct MixedIntervals {
    lower: Tensor,
    upper: Tensor,
    shape: Shape,
    /// The kinds with the elements that are of each: 1 or 0. The identity has the rest.
    kinds: [(Tensor, Kind); 3],
}

#[derive(Clone, Debug)]
enum Kind {
    Between(Interval),
    Above(GreaterThan),
    Below(LessThan),
}

impl Kind {
    fn bijector(&self) -> &dyn Bijector {
        match self {
            Self::Between(bijector) => bijector,
            Self::Above(bijector) => bijector,
            Self::Below(bijector) => bijector,
        }
    }
}

impl MixedIntervals {
    /// The map onto the intervals between these bounds, each of which may be infinite.
    ///
    /// # Errors
    /// Bounds that are not in order; shapes that do not broadcast.
    pub(crate) fn new(lower: &Tensor, upper: &Tensor) -> Result<Self> {
        let shape = check::broadcast("Interval", &lower.shape(), &upper.shape())?;
        let has_lower = lower.detach().greater(f64::NEG_INFINITY).broadcast_to(shape);
        let has_upper = upper.detach().less(f64::INFINITY).broadcast_to(shape);
        let has_both = &has_lower * &has_upper;
        // Finite bounds of the elements that are of the kind, and of the others.
        let finite = |is: &Tensor, bound: &Tensor, other: f64| Tensor::try_select(is, bound, other);
        let between = Interval::new(finite(&has_both, lower, 0.0)?, finite(&has_both, upper, 1.0)?)?;
        let above = GreaterThan::new(finite(&has_lower, lower, 0.0)?)?;
        let below = LessThan::new(finite(&has_upper, upper, 0.0)?)?;
        let kinds = [
            (has_both.clone(), Kind::Between(between)),
            (&has_lower - &has_both, Kind::Above(above)),
            (&has_upper - &has_both, Kind::Below(below)),
        ];
        Ok(Self { lower: lower.clone(), upper: upper.clone(), shape, kinds })
    }
}

impl Bijector for MixedIntervals {
    fn name(&self) -> &'static str {
        "MixedIntervals"
    }

    fn domain(&self) -> Constraint {
        Constraint::Real
    }

    fn codomain(&self) -> Constraint {
        Constraint::Interval { lower: self.lower.clone(), upper: self.upper.clone() }
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        let shape = self.forward_shape(&u.shape())?;
        let (mut x, mut total) = (u.try_broadcast_to(shape)?, Tensor::zeros(shape));
        for (is, kind) in &self.kinds {
            let (value, log_det) = kind.bijector().forward_and_log_det(&Tensor::try_select(is, u, 0.0)?)?;
            x = Tensor::try_select(is, value, x)?;
            total = Tensor::try_select(is, log_det, total)?;
        }
        Ok((x, total))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let shape = self.inverse_shape(&x.shape())?;
        let (mut u, mut total) = (x.try_broadcast_to(shape)?, Tensor::zeros(shape));
        for (is, kind) in &self.kinds {
            // In the elements of other kinds, the value at 0.
            let inside = kind.bijector().forward(&Tensor::from(0.0))?.detach();
            let (value, log_det) = kind.bijector().inverse_and_log_det(&Tensor::try_select(is, x, inside)?)?;
            u = Tensor::try_select(is, value, u)?;
            total = Tensor::try_select(is, log_det, total)?;
        }
        Ok((u, total))
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
    use crate::grad;

    const INFINITY: f64 = f64::INFINITY;

    fn example() -> MixedIntervals {
        let lower = Tensor::from([-1.0, 0.5, -INFINITY, -INFINITY]);
        let upper = Tensor::from([3.0, INFINITY, 2.0, INFINITY]);
        MixedIntervals::new(&lower, &upper).unwrap()
    }

    #[test]
    fn laws() {
        Laws::of(&example()).hold_at(&Tensor::from([[-2.0, 0.3, 5.0, 20.0], [0.1, -3.0, 1.5, -7.0]]));
        Laws::of(&example()).hold_at(&Tensor::from(0.4));
        let halves = MixedIntervals::new(&Tensor::from([[0.0], [-INFINITY]]), &Tensor::from([1.0, INFINITY])).unwrap();
        Laws::of(&halves).hold_at(&Tensor::from([[-2.0, 0.3], [5.0, 1.0]]));
        parameter_gradients(
            |p| MixedIntervals::new(&Tensor::concat(&[p[0].clone(), [-INFINITY].into()], 0), &p[1]),
            &[[-1.0].into(), 3.0.into()],
            &[0.7, -2.0].into(),
        );
    }

    /// Each element is that of its kind; far out, where eᵘ overflows, the others keep their gradients.
    #[test]
    fn elements_are_those_of_their_kinds() {
        for &u in TAILS.iter().chain(&[0.7]) {
            let (x, log_det) = example().forward_and_log_det(&Tensor::full(4, u)).unwrap();
            let parts: [&dyn Bijector; 3] =
                [&Interval::new(-1.0, 3.0).unwrap(), &GreaterThan::new(0.5).unwrap(), &LessThan::new(2.0).unwrap()];
            for (index, part) in parts.into_iter().enumerate() {
                let (want, want_log_det) = part.forward_and_log_det(&Tensor::from(u)).unwrap();
                // Up to a rounding: the same operations, of a tensor and of numbers.
                let is_close =
                    |got: Tensor, want: Tensor| (got.item() - want.item()).abs() <= 1e-15 * want.item().abs();
                assert!(is_close(x.get(index), want) && is_close(log_det.get(index), want_log_det), "{u}, {index}");
            }
            assert_eq!((x.get(3).item(), log_det.get(3).item()), (u, 0.0));
        }
        let far = Tensor::from([800.0; 4]);
        let (_, gradients) =
            grad(|u| Ok(example().forward_and_log_det(&u[0])?.1.sum()), std::slice::from_ref(&far)).unwrap();
        assert_eq!(gradients[0].to_vec(), [-1.0, 1.0, 1.0, 0.0]);
        let (_, gradients) = grad(|u| Ok(example().forward(&u[0])?.get(3)), &[far]).unwrap();
        assert_eq!(gradients[0].get(3), 1.0);
        assert!(gradients[0].slice(0, 0..1).item().is_finite());
    }

    #[test]
    fn bounds_are_checked() {
        let error = MixedIntervals::new(&Tensor::from([2.0, -INFINITY]), &Tensor::from(1.0)).unwrap_err();
        assert_eq!(error.to_string(), "Interval: `upper - lower` must be positive, got -1");
        let error = MixedIntervals::new(&Tensor::from([INFINITY, -INFINITY]), &Tensor::from(INFINITY)).unwrap_err();
        assert_eq!(error.to_string(), "GreaterThan: `lower` must be finite, got inf");
    }
}
