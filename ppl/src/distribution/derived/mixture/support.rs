//! The support of a mixture, from those of its components.
//!
//! Components have a common support if their supports are one set, or intervals of one kind: then the mixture lives on the
//! smallest interval that holds them all. Between intervals that do not touch its density is 0.

use std::mem::discriminant;
use std::sync::Arc;

use crate::{Constraint, Shape, Tensor};

/// The common support of components along a batch axis, if they have one.
///
/// `trailing` is the number of axes of the value to the right of the component axis.
pub(super) fn across(support: &Constraint, trailing: usize) -> Option<Constraint> {
    let lowest = |bound: &Tensor| reduced(bound, trailing, Tensor::min_axis);
    let highest = |bound: &Tensor| reduced(bound, trailing, Tensor::max_axis);
    Some(match support {
        Constraint::Interval { lower, upper } => Constraint::Interval { lower: lowest(lower), upper: highest(upper) },
        Constraint::IntegerInterval { lower, upper } => {
            Constraint::IntegerInterval { lower: lowest(lower), upper: highest(upper) }
        }
        Constraint::GreaterThan(lower) => Constraint::GreaterThan(lowest(lower)),
        Constraint::LessThan(upper) => Constraint::LessThan(highest(upper)),
        Constraint::OneOf(points) => Constraint::OneOf(shared(points, trailing + 1)?),
        // The total is that of an event, which has an axis of its own.
        Constraint::CountVector(total) => Constraint::CountVector(shared(total, trailing.checked_sub(1)?)?),
        Constraint::Constant(point) => Constraint::Constant(shared(point, trailing)?),
        Constraint::Independent(base, rank) => Constraint::Independent(Box::new(across(base, trailing)?), *rank),
        Constraint::ZeroOr(other) => Constraint::ZeroOr(Box::new(across(other, trailing)?)),
        Constraint::Image { of, under } => {
            let event = Shape::from(vec![2; under.codomain_event_rank()]);
            let preimage = under.inverse_shape(&event).ok()?;
            let is_one_map = under.forward_shape(&preimage).ok()? == event;
            let trailing = (trailing + under.domain_event_rank()).checked_sub(under.codomain_event_rank())?;
            let of = is_one_map.then(|| across(of, trailing))??;
            Constraint::Image { of: Box::new(of), under: Arc::clone(under) }
        }
        set => set.clone(),
    })
}

/// A bound reduced over the component axis, if it has that axis.
fn reduced(bound: &Tensor, trailing: usize, reduce: fn(&Tensor, isize) -> Tensor) -> Tensor {
    if bound.rank() <= trailing { bound.clone() } else { reduce(bound, -(trailing as isize) - 1) }
}

/// A bound that is the same for each component.
fn shared(bound: &Tensor, trailing: usize) -> Option<Tensor> {
    if bound.rank() <= trailing {
        return Some(bound.clone());
    }
    let axis = -(trailing as isize) - 1;
    let first = bound.index(axis, 0);
    let is_same = bound.shape()[bound.rank() - 1 - trailing] == 1
        || (!bound.is_tracked() && first.unsqueeze(axis).broadcast_to(bound.shape()).elements() == bound.elements());
    is_same.then_some(first)
}

/// The common support of two components, if they have one.
pub(super) fn common(left: &Constraint, right: &Constraint) -> Option<Constraint> {
    use Constraint::{
        Constant, CountVector, GreaterThan, Image, Independent, IntegerInterval, Interval, LessThan, NonNegative,
        OneOf, Positive, UnitInterval, ZeroOr,
    };
    Some(match (left, right) {
        (Interval { lower, upper }, Interval { lower: other_lower, upper: other_upper }) => {
            Interval { lower: lower.try_minimum(other_lower).ok()?, upper: upper.try_maximum(other_upper).ok()? }
        }
        (UnitInterval, Interval { .. }) => common(&unit_interval(), right)?,
        (Interval { .. }, UnitInterval) => common(left, &unit_interval())?,
        (IntegerInterval { lower, upper }, IntegerInterval { lower: other_lower, upper: other_upper }) => {
            IntegerInterval { lower: lower.try_minimum(other_lower).ok()?, upper: upper.try_maximum(other_upper).ok()? }
        }
        (GreaterThan(lower), GreaterThan(other)) => GreaterThan(lower.try_minimum(other).ok()?),
        (LessThan(upper), LessThan(other)) => LessThan(upper.try_maximum(other).ok()?),
        // They differ by the point 0, which has no probability under a density.
        (Positive, NonNegative) | (NonNegative, Positive) => NonNegative,
        (OneOf(here), OneOf(there)) | (CountVector(here), CountVector(there)) | (Constant(here), Constant(there)) => {
            let is_same = !here.is_tracked() && !there.is_tracked() && here.shape() == there.shape();
            (is_same && here.elements() == there.elements()).then(|| left.clone())?
        }
        (Independent(here, rank), Independent(there, other_rank)) if rank == other_rank => {
            Independent(Box::new(common(here, there)?), *rank)
        }
        (ZeroOr(here), ZeroOr(there)) => ZeroOr(Box::new(common(here, there)?)),
        (Image { of: here, under }, Image { of: there, under: other }) if Arc::ptr_eq(under, other) => {
            Image { of: Box::new(common(here, there)?), under: Arc::clone(under) }
        }
        (Independent(..), Independent(..)) | (Image { .. }, Image { .. }) => return None,
        (Constraint::ZeroSum(rank), Constraint::ZeroSum(other)) => (rank == other).then(|| left.clone())?,
        (left, right) => (discriminant(left) == discriminant(right)).then(|| left.clone())?,
    })
}

fn unit_interval() -> Constraint {
    Constraint::Interval { lower: 0.0.into(), upper: 1.0.into() }
}

/// Whether all the mass is at one point, so that there is no density.
pub(super) fn is_point(support: &Constraint) -> bool {
    match support {
        Constraint::Constant(_) => true,
        Constraint::Independent(base, _) => is_point(base),
        Constraint::Image { of, .. } => is_point(of),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::{Affine, Exp, IntoBijector};

    fn interval(lower: impl Into<Tensor>, upper: impl Into<Tensor>) -> Constraint {
        Constraint::Interval { lower: lower.into(), upper: upper.into() }
    }

    #[test]
    fn intervals_join_along_the_component_axis() {
        let text = |set: &Constraint, trailing| across(set, trailing).map(|set| set.to_string());
        assert_eq!(text(&interval([0.0, -1.0], [3.0, 2.0]), 0).unwrap(), "between -1 and 3");
        assert_eq!(text(&interval([[0.0], [-1.0]], 2.0), 1).unwrap(), "between [-1] and 2");
        assert_eq!(text(&Constraint::GreaterThan([0.0, 2.0].into()), 0).unwrap(), "greater than 0");
        assert_eq!(text(&Constraint::LessThan([0.0, 2.0].into()), 0).unwrap(), "less than 2");
        // A bound of the event is none of the components.
        assert_eq!(text(&Constraint::LessThan([0.0, 2.0].into()), 1).unwrap(), "less than [0, 2]");
        let counts = Constraint::IntegerInterval { lower: 0.0.into(), upper: [3.0, 5.0].into() };
        assert_eq!(text(&counts, 0).unwrap(), "an integer from 0 to 5");
        assert_eq!(text(&Constraint::Independent(Box::new(Constraint::Real), 1), 1).unwrap(), "real in every element");
    }

    #[test]
    fn sets_of_points_must_be_one() {
        assert!(across(&Constraint::Constant([1.0, 2.0].into()), 0).is_none());
        assert!(across(&Constraint::CountVector([3.0, 3.0].into()), 1).is_some());
        assert!(across(&Constraint::CountVector([3.0, 4.0].into()), 1).is_none());
        let points = Constraint::OneOf([[1.0, 2.0], [1.0, 2.0]].into());
        assert_eq!(across(&points, 0).unwrap().to_string(), "one of [1, 2]");
        assert!(common(&Constraint::CountVector(3.0.into()), &Constraint::CountVector(4.0.into())).is_none());
    }

    #[test]
    fn an_image_is_common_if_its_map_is() {
        let image = |map: Arc<dyn crate::bijector::Bijector>| Constraint::Image {
            of: Box::new(Constraint::Positive),
            under: map,
        };
        let shifted = Affine::new([0.0, 1.0], 1.0).into_bijector().unwrap();
        let same = Exp.into_bijector().unwrap();
        assert!(across(&image(shifted), 0).is_none());
        assert!(across(&image(same.clone()), 0).is_some());
        assert!(common(&image(same.clone()), &image(same)).is_some());
        assert!(common(&image(Exp.into_bijector().unwrap()), &Constraint::Real).is_none());
    }

    #[test]
    fn sets_of_one_kind_join() {
        let join = |left: &Constraint, right: &Constraint| common(left, right).map(|set| set.to_string());
        assert_eq!(join(&Constraint::Real, &Constraint::Real).unwrap(), "real");
        assert_eq!(join(&Constraint::Positive, &Constraint::NonNegative).unwrap(), "non-negative");
        assert_eq!(join(&Constraint::UnitInterval, &interval(-1.0, 0.5)).unwrap(), "between -1 and 1");
        assert!(join(&Constraint::Real, &Constraint::Positive).is_none());
        assert!(join(&Constraint::ZeroSum(1), &Constraint::ZeroSum(2)).is_none());
    }
}
