//! The support of observations whose state is not known.

use crate::{Constraint, Shape, Tensor};

/// The set of observations in any of the states, which are the last batch axis of the bounds.
pub(super) fn in_any_state(support: Constraint, event_rank: usize) -> Constraint {
    let axis = -1 - event_rank as isize;
    let smallest = |bound: Tensor| match bound.rank() > event_rank {
        true => bound.min_axis(axis).unsqueeze(axis),
        false => bound,
    };
    let largest = |bound: Tensor| match bound.rank() > event_rank {
        true => bound.max_axis(axis).unsqueeze(axis),
        false => bound,
    };
    match support {
        Constraint::Independent(base, rank) => Constraint::Independent(Box::new(in_any_state(*base, event_rank)), rank),
        Constraint::Interval { lower, upper } => Constraint::Interval { lower: smallest(lower), upper: largest(upper) },
        Constraint::IntegerInterval { lower, upper } => {
            Constraint::IntegerInterval { lower: smallest(lower), upper: largest(upper) }
        }
        Constraint::GreaterThan(lower) => Constraint::GreaterThan(smallest(lower)),
        Constraint::LessThan(upper) => Constraint::LessThan(largest(upper)),
        Constraint::OneOf(points) if points.rank() > 1 => {
            let (batch, points_of_states) = points.shape().split_event(2);
            Constraint::OneOf(points.reshape(batch.concat(&Shape::from([1, points_of_states.size()]))))
        }
        // No set of the list has several sums.
        Constraint::CountVector(total) if total.rank() > 0 => {
            Constraint::Independent(Box::new(Constraint::NonNegativeInteger), 1)
        }
        same_in_all => same_in_all,
    }
}
