//! A model's matrices, the same in all steps or one for each.

use super::NAME;
use crate::tensor::Tensor;
use crate::{Error, Result, Shape};

/// A matrix of each step.
#[derive(Clone, Debug)]
pub(super) struct Matrices {
    /// Of shape batch ++ `[rows, columns]`, or with an axis of the steps in front of these.
    pub(super) given: Tensor,
    pub(super) has_steps: bool,
}

impl Matrices {
    /// The same in all steps.
    pub(super) fn same(given: Tensor) -> Self {
        Self { given, has_steps: false }
    }

    /// One for each step, along axis −3, or a single one there.
    pub(super) fn by_step(name: &'static str, given: Tensor, steps: usize) -> Result<Self> {
        let shape = given.shape();
        let wrong = |expected: String| Err(Error::InvalidShape { operation: NAME, expected, got: shape });
        if shape.rank() < 3 {
            return wrong(format!("a `{name}` with an axis of the steps and the matrices' two behind the batch"));
        }
        match shape[shape.rank() - 3] {
            1 => Ok(Self::same(given.try_squeeze(-3)?)),
            length if length == steps => Ok(Self { given, has_steps: true }),
            _ => wrong(format!("a `{name}` of {steps} steps, or of 1 for all, along axis -3")),
        }
    }

    /// Axes of a matrix, with that of the steps.
    pub(super) fn event_rank(&self) -> usize {
        if self.has_steps { 3 } else { 2 }
    }

    pub(super) fn batch_shape(&self) -> Shape {
        self.given.shape().split_event(self.event_rank()).0
    }

    pub(super) fn at(&self, step: usize) -> Tensor {
        if self.has_steps { self.given.index(-3, step) } else { self.given.clone() }
    }

    /// With an axis of the steps, of size 1 where they are the same in all.
    pub(super) fn with_axis(&self) -> Result<Tensor> {
        if self.has_steps { Ok(self.given.clone()) } else { self.given.try_unsqueeze(-3) }
    }

    pub(super) fn map(&self, function: impl FnOnce(&Tensor) -> Result<Tensor>) -> Result<Self> {
        Ok(Self { given: function(&self.given)?, has_steps: self.has_steps })
    }

    /// Those of some steps.
    pub(super) fn steps(&self, range: std::ops::Range<usize>) -> Self {
        match self.has_steps {
            true => Self { given: self.given.slice(-3, range), has_steps: true },
            false => self.clone(),
        }
    }
}
