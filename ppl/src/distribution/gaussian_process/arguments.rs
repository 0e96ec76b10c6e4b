//! Checks of what processes are given: points and observations.

use super::kernel::points;
use crate::{Constraint, Error, Result, Shape, Tensor, check};

/// Points are a vector or rows, at least one, and finite.
pub(super) fn check_points(user: &'static str, name: &'static str, x: &Tensor) -> Result<()> {
    // A batch may be empty, its members not.
    if points(user, x)?.shape().split_event(2).1.size() == 0 {
        return Err(Error::InvalidShape {
            operation: user,
            expected: format!("at least one point in `{name}`"),
            got: x.shape(),
        });
    }
    check::parameter(user, name, x, &Constraint::Real)
}

/// Observations are finite, and one for each point.
pub(super) fn check_observations(user: &'static str, observations: &Tensor, points: &Shape) -> Result<()> {
    if observations.rank() == 0 || observations.shape().split_event(1).1 != *points {
        return Err(Error::InvalidShape {
            operation: user,
            expected: format!("an observation for each of the {} points along the last axis", points.size()),
            got: observations.shape(),
        });
    }
    check::parameter(user, "observations", observations, &Constraint::Real)
}
