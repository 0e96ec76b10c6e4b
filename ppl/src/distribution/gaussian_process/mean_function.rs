//! Mean functions of processes.

use std::fmt;
use std::sync::Arc;

use super::kernel::{points, spread};
use crate::{Constraint, Error, Result, Shape, Tensor, check};

/// The mean of a process at any points.
#[derive(Clone)]
pub(super) enum MeanFunction {
    /// The same at all points: of shape batch.
    Constant(Tensor),
    /// A function of the points, as they were given: batch ++ `[n]`.
    Function(Arc<dyn Fn(&Tensor) -> Tensor + Send + Sync>),
}

impl MeanFunction {
    /// The means at points, of shape batch ++ `[n]`, or broadcasting to it.
    pub(super) fn at(&self, user: &'static str, x: &Tensor) -> Result<Tensor> {
        match self {
            Self::Constant(mean) => spread(mean, 1),
            Self::Function(function) => {
                let means = function(x);
                let (_, rows) = points(user, x)?.shape().split_event(2);
                if means.rank() > 0 && means.shape().split_event(1).1 != Shape::from(rows[0]) {
                    return Err(Error::InvalidShape {
                        operation: user,
                        expected: format!("a mean function with a value for each of the {} points", rows[0]),
                        got: means.shape(),
                    });
                }
                check::parameter(user, "mean", &means, &Constraint::Real)?;
                Ok(means)
            }
        }
    }

    /// The constant mean, for messages.
    pub(super) fn constant(&self) -> Option<check::Parameter<'_>> {
        match self {
            Self::Constant(mean) => Some(("mean", mean, Constraint::Real)),
            Self::Function(_) => None,
        }
    }
}

impl fmt::Debug for MeanFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constant(mean) => f.debug_tuple("Constant").field(mean).finish(),
            Self::Function(_) => f.write_str("Function(..)"),
        }
    }
}
