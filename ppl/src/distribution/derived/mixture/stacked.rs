//! `Stacked`: distributions of different families along a batch axis.

use std::sync::Arc;

use crate::distribution::density::vector;
use crate::distribution::{Cdf, Covariance, Distribution, Expanded, Moments};
use crate::random::Rng;
use crate::{Constraint, Error, Result, Shape, Tensor, check};

/// Distributions along the last batch axis.
#[derive(Debug)]
pub(super) struct Stacked<D: ?Sized> {
    parts: Vec<Arc<D>>,
    /// Of each part.
    batch_shape: Shape,
    event_shape: Shape,
    /// What holds the supports of all parts.
    support: Constraint,
    /// Whether a part is asked only about values of its own support.
    has_different_supports: bool,
}

impl<D: Distribution + ?Sized> Stacked<D> {
    /// Parts whose events have the same shape; their support is still to be said.
    pub(super) fn new(parts: Vec<Arc<D>>) -> Result<Self> {
        let Some(first) = parts.first() else {
            return Err(Error::InvalidArgument {
                operation: "Mixture",
                argument: "components",
                expected: "at least one distribution".to_owned(),
                got: "none".to_owned(),
            });
        };
        let event_shape = first.event_shape();
        let mut batch_shape = Shape::SCALAR;
        for part in &parts {
            batch_shape = check::broadcast("Mixture", &batch_shape, &part.batch_shape())?;
            if part.event_shape() != event_shape {
                return Err(Error::ShapeMismatch {
                    operation: "Mixture",
                    relation: "agree as event shapes of the components",
                    left: event_shape,
                    right: part.event_shape(),
                });
            }
        }
        Ok(Self { parts, batch_shape, event_shape, support: Constraint::Real, has_different_supports: false })
    }

    /// The parts on a set that holds their supports.
    pub(super) fn on(self, support: Constraint, has_different_supports: bool) -> Self {
        Self { support, has_different_supports, ..self }
    }

    pub(super) fn parts(&self) -> &[Arc<D>] {
        &self.parts
    }

    /// A function of each part and its element along the component axis of the value, stacked along the last axis.
    fn each(&self, value: &Tensor, function: impl Fn(&D, &Tensor) -> Result<Tensor>) -> Result<Tensor> {
        let rank = self.event_shape.rank();
        let axis = value.rank() - 1 - rank;
        let of_part = |(which, part): (usize, &Arc<D>)| {
            // One value for all parts, or one for each.
            let value = value.try_index(axis as isize, if value.shape()[axis] == 1 { 0 } else { which })?;
            let shape = check::broadcast("Mixture", &value.shape().split_event(rank).0, &self.batch_shape)?;
            function(part, &value)?.try_broadcast_to(shape)
        };
        let each: Vec<Tensor> = self.parts.iter().enumerate().map(of_part).collect::<Result<_>>()?;
        Tensor::try_stack(&each, -1)
    }

    /// A tensor of each part with as many axes behind the batch, stacked along the component axis.
    fn stack(&self, of: impl Fn(&D) -> Tensor, inner: Shape) -> Tensor {
        let shape = self.batch_shape.concat(&inner);
        let each: Vec<Tensor> = self.parts.iter().map(|part| of(part).broadcast_to(shape)).collect();
        Tensor::stack(&each, -(inner.rank() as isize) - 1)
    }
}

impl<D: Distribution + ?Sized> Distribution for Stacked<D> {
    fn name(&self) -> &'static str {
        "Mixture"
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        self.parts.iter().flat_map(|part| part.parameter_values()).collect()
    }

    fn batch_shape(&self) -> Shape {
        self.batch_shape.concat(&Shape::from(self.parts.len()))
    }

    fn event_shape(&self) -> Shape {
        self.event_shape
    }

    fn support(&self) -> Constraint {
        self.support.clone()
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        let mut draws = Vec::with_capacity(self.parts.len());
        for part in &self.parts {
            draws.push(Expanded::new(part.clone(), self.batch_shape)?.sample(rng, sample_shape)?);
        }
        Tensor::try_stack(&draws, -(self.event_shape.rank() as isize) - 1)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let rank = self.event_shape.rank();
        self.each(value, |part, value| {
            if !self.has_different_supports {
                return part.log_prob(value);
            }
            let support = part.support();
            // Where a support ends has no derivative; beyond it the part is asked about a point inside.
            let constant = value.detach();
            let is_inside = support.contains(&constant) * vector::is_finite(&constant, rank);
            let counts = vector::over_events(&is_inside, rank)?;
            let inside = vector::point_of(&support, &part.batch_shape().concat(&self.event_shape))?;
            let log_prob = part.log_prob(&Tensor::try_select(counts, value, inside)?)?;
            Tensor::try_select(is_inside, log_prob, f64::NEG_INFINITY)
        })
    }

    fn is_reparameterized(&self) -> bool {
        self.parts.iter().all(|part| part.is_reparameterized())
    }

    fn element_mask(&self) -> Option<Tensor> {
        let masks: Vec<Option<Tensor>> = self.parts.iter().map(|part| part.element_mask()).collect();
        if masks.iter().all(Option::is_none) {
            return None;
        }
        let shape = self.batch_shape.concat(&self.event_shape);
        let whole = |mask: Option<Tensor>| mask.unwrap_or_else(|| Tensor::scalar(1.0)).try_broadcast_to(shape);
        let masks: Vec<Tensor> = masks.into_iter().map(whole).collect::<Result<_>>().ok()?;
        Tensor::try_stack(&masks, -(self.event_shape.rank() as isize) - 1).ok()
    }
}

impl<D: Cdf + ?Sized> Cdf for Stacked<D> {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        self.each(value, D::cdf)
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        // A probability for all parts may have no axes.
        let probability = if probability.rank() == 0 { &probability.unsqueeze(0) } else { probability };
        self.each(probability, D::icdf)
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        self.each(value, D::log_cdf)
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        self.each(value, D::survival)
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        self.each(value, D::log_survival)
    }
}

impl<D: Moments + ?Sized> Moments for Stacked<D> {
    fn mean(&self) -> Tensor {
        self.stack(D::mean, self.event_shape)
    }

    fn variance(&self) -> Tensor {
        self.stack(D::variance, self.event_shape)
    }
}

impl<D: Covariance + ?Sized> Covariance for Stacked<D> {
    fn covariance(&self) -> Tensor {
        self.stack(D::covariance, self.event_shape.concat(&self.event_shape))
    }
}
