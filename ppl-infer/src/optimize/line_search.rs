//! A line search for the strong Wolfe conditions.

use crate::vector::dot;
use crate::{LogDensity, Point, Result};

/// How much of the rise that the slope promises must come about, and how much of the slope may remain.
const SUFFICIENT_RISE: f64 = 1e-4;
const REMAINING_SLOPE: f64 = 0.9;
const MAX_EVALUATIONS: u64 = 50;

/// What came of a search.
pub(super) struct Found {
    /// A higher point; none if there is none that rounding would let see.
    pub(super) point: Option<Point>,
    pub(super) evaluations: u64,
    /// Whether the density rises as far as it was searched.
    pub(super) is_rising: bool,
}

/// A point on the line: how far, how high, how steep.
#[derive(Clone, Copy)]
struct LinePoint {
    length: f64,
    value: f64,
    slope: f64,
}

/// Finds a higher point from a state along a direction, first at `first` times it.
///
/// Where the density is not finite is beyond the edge: the search turns back.
///
/// # Reference
/// Nocedal and Wright (2006), *Numerical Optimization*, algorithms 3.5 and 3.6, with the sign for a maximum.
pub(super) fn line_search(density: &mut dyn LogDensity, from: &Point, direction: &[f64], first: f64) -> Result<Found> {
    let start = LinePoint { length: 0.0, value: from.log_density, slope: dot(&from.gradient, direction) };
    let mut best = start;
    let mut best_point = None;
    // The other end of an interval that has a maximum, once there is one.
    let mut end: Option<LinePoint> = None;
    let mut length = first;
    for evaluation in 1..=MAX_EVALUATIONS {
        let position = from.position.iter().zip(direction).map(|(x, by)| x + length * by).collect();
        let point = Point::at(position, density)?;
        let here = LinePoint { length, value: point.log_density, slope: dot(&point.gradient, direction) };
        let is_high = point.is_finite()
            && here.value >= start.value + SUFFICIENT_RISE * length * start.slope
            && here.value > best.value;
        if !is_high {
            end = Some(here);
        } else {
            if here.slope.abs() <= REMAINING_SLOPE * start.slope {
                return Ok(Found { point: Some(point), evaluations: evaluation, is_rising: false });
            }
            let is_uphill_of_end = end.map_or(here.slope <= 0.0, |end| here.slope * (end.length - best.length) <= 0.0);
            if is_uphill_of_end {
                end = Some(best);
            }
            best = here;
            best_point = Some(point);
        }
        length = match end {
            None => 2.0 * length,
            Some(end) => between(best, end),
        };
        let is_new = length != best.length && end.is_none_or(|end| length != end.length);
        if !is_new || !length.is_finite() {
            return Ok(Found { point: best_point, evaluations: evaluation, is_rising: false });
        }
    }
    Ok(Found { point: best_point, evaluations: MAX_EVALUATIONS, is_rising: end.is_none() })
}

/// Where the cubic through two points has its maximum, but not near either; the middle, if it has none.
fn between(best: LinePoint, end: LinePoint) -> f64 {
    let width = end.length - best.length;
    let middle = best.length + 0.5 * width;
    if !(end.value.is_finite() && end.slope.is_finite()) {
        return middle;
    }
    // Nocedal and Wright, eq. 3.59, for the density upside down.
    let sum = -best.slope - end.slope + 3.0 * (end.value - best.value) / width;
    let root = (sum * sum - best.slope * end.slope).sqrt() * width.signum();
    let length = end.length - width * (-end.slope + root - sum) / (best.slope - end.slope + 2.0 * root);
    let share = (length - best.length) / width;
    if share.is_finite() { best.length + share.clamp(0.1, 0.9) * width } else { middle }
}
