//! A distribution that a user might write: the improper uniform density on a set.

use ppl::prelude::*;
use ppl::random::Rng;

/// Density 1 on a set, which Stan programs give to every parameter without a prior.
///
/// It cannot be drawn from: `sample` gives a point of the set, from which the shapes follow.
#[derive(Clone, Debug)]
pub(crate) struct Flat {
    support: Constraint,
    point: Tensor,
}

impl Flat {
    pub(crate) fn new(support: Constraint, point: impl IntoTensor) -> Self {
        Self { support, point: point.into_tensor() }
    }
}

impl Distribution for Flat {
    fn name(&self) -> &'static str {
        "Flat"
    }

    fn batch_shape(&self) -> Shape {
        self.point.shape().split_event(self.support.event_rank()).0
    }

    fn event_shape(&self) -> Shape {
        self.point.shape().split_event(self.support.event_rank()).1
    }

    fn support(&self) -> Constraint {
        self.support.clone()
    }

    fn sample(&self, _: &mut Rng, sample_shape: &Shape) -> ppl::Result<Tensor> {
        self.point.try_broadcast_to(sample_shape.concat(&self.point.shape()))
    }

    fn log_prob(&self, value: &Tensor) -> ppl::Result<Tensor> {
        Ok(self.support.contains(&value.detach()).ln())
    }
}
