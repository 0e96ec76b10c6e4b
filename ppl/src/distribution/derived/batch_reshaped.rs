//! `BatchReshaped`: a batch in another shape.

use std::sync::Arc;

use super::batch_capabilities::batch_capabilities;
use crate::distribution::{
    Cdf, Covariance, Distribution, Entropy, EnumerateSupport, KlDivergence, Mode, Moments, Structure, kl_divergence,
};
use crate::random::Rng;
use crate::tensor::or_panic;
use crate::{Constraint, Error, Result, Shape, Tensor, check};

/// A distribution whose batch members stand in another shape, in the same order.
///
/// Made by [`reshape_batch`](crate::distribution::DistributionExt::reshape_batch).
///
/// ```text
/// log p(x) = log p_base of each member, in the new shape
/// ```
///
/// # Parameters
/// | parameter     | domain                                | meaning                                  |
/// |---------------|---------------------------------------|------------------------------------------|
/// | `base`        | a distribution                        | the distribution whose batch is reshaped |
/// | `batch_shape` | as many members as the base's batch   | the new batch shape                      |
///
/// # Shapes
/// batch = `batch_shape`, event = the base's. Bounds of the support and a mask get the new shape; parameters keep
/// theirs.
///
/// # Support
/// That of the base.
///
/// # Moments
/// ```text
/// mean, variance, mode, entropy, covariance = those of the base, in the new shape
/// ```
/// as far as the base implements them; so are distribution functions and quantiles.
///
/// # Numerics
/// That of the base: values and draws are reshaped, and nothing is computed.
///
/// # Reference
/// TFP, `BatchReshape`.
///
/// # Example
/// ```
/// use ppl::distribution::{Distribution, DistributionExt, Normal};
/// use ppl::Tensor;
///
/// let grid = Normal::new(Tensor::arange(6), 1.0).reshape_batch([2, 3])?;
/// let log_prob = grid.log_prob(&Tensor::from([[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]))?;
/// assert_eq!(log_prob.shape().dims(), [2, 3]);
/// assert_eq!(log_prob.min(), log_prob.max());
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Debug)]
pub struct BatchReshaped<D: ?Sized = dyn Distribution> {
    base: Arc<D>,
    batch_shape: Shape,
    support: Constraint,
}

impl<D: Distribution + ?Sized> BatchReshaped<D> {
    /// The distribution with this batch shape.
    ///
    /// # Errors
    /// A shape of another size; a support that is the image under a bijector with a batch of its own.
    pub fn new(base: Arc<D>, batch_shape: impl Into<Shape>) -> Result<Self> {
        let batch_shape = batch_shape.into();
        if base.batch_shape().size() != batch_shape.size() {
            return Err(Error::ShapeMismatch {
                operation: "reshape_batch",
                relation: "have the same size",
                left: base.batch_shape(),
                right: batch_shape,
            });
        }
        let support = reshaped(&base.support(), &base.batch_shape(), &batch_shape)?;
        Ok(Self { base, batch_shape, support })
    }

    /// The distribution in its own shape.
    #[must_use]
    pub fn base(&self) -> &Arc<D> {
        &self.base
    }

    /// A tensor of the base, of shape batch `++` `inner`, in the new shape.
    fn for_batch(&self, of: &Tensor, inner: &Shape) -> Result<Tensor> {
        of.try_broadcast_to(self.base.batch_shape().concat(inner))?.try_reshape(self.batch_shape.concat(inner))
    }

    /// A function of the base's values, one element each, at values of the new shape.
    fn at_members(&self, value: &Tensor, function: impl FnOnce(&Tensor) -> Result<Tensor>) -> Result<Tensor> {
        let event = self.event_shape();
        check::event(self.name(), value, &event)?;
        let batch = value.shape().split_event(event.rank()).0;
        let shape = check::broadcast(self.name(), &batch, &self.batch_shape)?;
        let (sample, own) = shape.split_event(self.batch_shape.rank());
        if own != self.batch_shape {
            return Err(Error::ShapeMismatch {
                operation: self.name(),
                relation: "broadcast (from the first to the second)",
                left: batch,
                right: self.batch_shape,
            });
        }
        let value = value.try_broadcast_to(shape.concat(&event))?;
        let value = value.try_reshape(sample.concat(&self.base.batch_shape()).concat(&event))?;
        function(&value)?.try_reshape(shape)
    }
}

impl<D: ?Sized> Clone for BatchReshaped<D> {
    fn clone(&self) -> Self {
        Self { base: self.base.clone(), support: self.support.clone(), ..*self }
    }
}

/// A tensor that broadcasts to `from ++ axes of an event`, with the axes of `from` as those of `to`.
fn reshaped_bound(bound: &Tensor, from: &Shape, to: &Shape, event_rank: usize) -> Result<Tensor> {
    let event = if bound.rank() >= event_rank { bound.shape().split_event(event_rank).1 } else { bound.shape() };
    if bound.rank() <= event_rank {
        return Ok(bound.clone());
    }
    bound.try_broadcast_to(from.concat(&event))?.try_reshape(to.concat(&event))
}

/// A support whose bounds have the new shape.
fn reshaped(support: &Constraint, from: &Shape, to: &Shape) -> Result<Constraint> {
    reshaped_in(support, from, to, 0)
}

/// `event_rank` axes of the event stand behind those of the batch in every bound.
fn reshaped_in(support: &Constraint, from: &Shape, to: &Shape, event_rank: usize) -> Result<Constraint> {
    let bound = |bound: &Tensor| reshaped_bound(bound, from, to, event_rank);
    Ok(match support {
        Constraint::Interval { lower, upper } => Constraint::Interval { lower: bound(lower)?, upper: bound(upper)? },
        Constraint::IntegerInterval { lower, upper } => {
            Constraint::IntegerInterval { lower: bound(lower)?, upper: bound(upper)? }
        }
        Constraint::GreaterThan(low) => Constraint::GreaterThan(bound(low)?),
        Constraint::LessThan(high) => Constraint::LessThan(bound(high)?),
        Constraint::CountVector(total) => Constraint::CountVector(bound(total)?),
        Constraint::Constant(point) => Constraint::Constant(bound(point)?),
        Constraint::OneOf(points) => Constraint::OneOf(reshaped_bound(points, from, to, event_rank + 1)?),
        Constraint::Independent(base, rank) => {
            Constraint::Independent(Box::new(reshaped_in(base, from, to, event_rank + rank)?), *rank)
        }
        Constraint::Image { of, under } => {
            let rank = under.domain_event_rank();
            let alone = Shape::from(vec![1; rank]);
            let has_batch =
                under.forward_shape(&alone).map_or(true, |image| image.rank() > under.codomain_event_rank());
            if has_batch {
                return Err(Error::Unsupported {
                    what: format!("reshaping the batch of the bijector {}", under.name()),
                    hint: "reshape the distribution before it is transformed".to_owned(),
                });
            }
            Constraint::Image { of: Box::new(reshaped_in(of, from, to, event_rank)?), under: under.clone() }
        }
        without_bounds => without_bounds.clone(),
    })
}

impl<D: Distribution + ?Sized> Distribution for BatchReshaped<D> {
    fn name(&self) -> &'static str {
        self.base.name()
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        self.base.parameter_values()
    }

    fn batch_shape(&self) -> Shape {
        self.batch_shape
    }

    fn event_shape(&self) -> Shape {
        self.base.event_shape()
    }

    fn support(&self) -> Constraint {
        self.support.clone()
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        let draws = self.base.sample(rng, sample_shape)?;
        draws.try_reshape(sample_shape.concat(&self.batch_shape).concat(&self.event_shape()))
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        self.at_members(value, |value| self.base.log_prob(value))
    }

    fn is_reparameterized(&self) -> bool {
        self.base.is_reparameterized()
    }

    fn element_mask(&self) -> Option<Tensor> {
        let mask = self.base.element_mask()?;
        let event = self.event_shape();
        let whole = mask.try_broadcast_to(self.base.batch_shape().concat(&event)).ok()?;
        whole.try_reshape(self.batch_shape.concat(&event)).ok()
    }

    fn structure(&self) -> Option<Structure<'_>> {
        Some(Structure::BatchReshaped(self.base.as_distribution()))
    }
}

impl<D: Cdf + ?Sized> Cdf for BatchReshaped<D> {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        self.at_members(value, |value| self.base.cdf(value))
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        self.at_members(probability, |probability| self.base.icdf(probability))
    }

    fn inverse_survival(&self, probability: &Tensor) -> Result<Tensor> {
        self.at_members(probability, |probability| self.base.inverse_survival(probability))
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        self.at_members(value, |value| self.base.log_cdf(value))
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        self.at_members(value, |value| self.base.survival(value))
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        self.at_members(value, |value| self.base.log_survival(value))
    }
}

batch_capabilities!(BatchReshaped);

impl<D: Entropy + ?Sized> Entropy for BatchReshaped<D> {
    fn entropy(&self) -> Tensor {
        or_panic(self.for_batch(&self.base.entropy(), &Shape::SCALAR))
    }
}

impl<D: EnumerateSupport + ?Sized> EnumerateSupport for BatchReshaped<D> {
    fn enumerate_support(&self) -> Result<Tensor> {
        let values = self.base.enumerate_support()?;
        let ones = Shape::from(vec![1; self.batch_shape.rank()]);
        values.try_reshape(Shape::from(values.shape()[0]).concat(&ones).concat(&self.event_shape()))
    }
}

impl<D: Distribution + ?Sized, Other: Distribution + ?Sized> KlDivergence<BatchReshaped<Other>> for BatchReshaped<D> {
    /// That of the distributions, in the new shape.
    ///
    /// # Errors
    /// Those of [`kl_divergence`], which looks for the closed form by the types at run time.
    fn kl_divergence(&self, other: &BatchReshaped<Other>) -> Result<Tensor> {
        kl_divergence(self, other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::{Affine, Exp, biject_to};
    use crate::distribution::{Bernoulli, Dirichlet, DistributionExt, Draw, MultivariateNormal, Normal, Uniform};

    #[test]
    fn members_stand_in_order() {
        let plain = Normal::new([[0.0, 10.0, 20.0], [30.0, 40.0, 50.0]], 0.1).unwrap();
        let reshaped = plain.clone().reshape_batch([3, 2]).unwrap();
        let draws = reshaped.draw_n(0, 4).unwrap();
        assert_eq!(draws.shape().dims(), [4, 3, 2]);
        assert_eq!(draws.reshape([4, 2, 3]), plain.draw_n(0, 4).unwrap());
        let log_prob = reshaped.log_prob(&draws).unwrap();
        assert_eq!(log_prob.reshape([4, 2, 3]), plain.log_prob(&draws.reshape([4, 2, 3])).unwrap());
        // One value against the whole batch.
        assert_eq!(reshaped.log_prob(&0.0.into()).unwrap().shape().dims(), [3, 2]);
        assert!(reshaped.log_prob(&Tensor::zeros([5, 2])).is_err());
    }

    #[test]
    fn the_bounds_of_the_support_go_along() {
        let reshaped = Uniform::new([[-1.0, 5.0]], [6.0, 7.0]).reshape_batch([2, 1]).unwrap();
        let draw = reshaped.draw_n(0, 10).unwrap();
        assert_eq!(reshaped.support().contains(&draw).min(), 1.0);
        let back = biject_to(&reshaped.support()).unwrap().inverse(&draw).unwrap();
        assert_eq!(back.shape(), draw.shape());
        let events = Uniform::new([[-1.0, 5.0], [0.0, 1.0]], 7.0).to_event(1).reshape_batch([1, 2]).unwrap();
        let draw = events.draw_n(0, 10).unwrap();
        assert_eq!((draw.shape().dims(), events.support().contains(&draw).min()), (&[10, 1, 2, 2][..], 1.0.into()));
    }

    #[test]
    fn vectors_masks_and_images() {
        let simplices = Dirichlet::new(Tensor::ones([6, 3])).reshape_batch([2, 3]).unwrap();
        assert_eq!(simplices.draw(0).unwrap().shape().dims(), [2, 3, 3]);
        let masked = Normal::new([0.0, 1.0], 1.0).mask([1.0, 0.0]).reshape_batch([2, 1]).unwrap();
        assert_eq!(masked.element_mask().unwrap().shape().dims(), [2, 1]);
        assert_eq!(masked.log_prob(&Tensor::from([[0.0], [f64::NAN]])).unwrap().get(1).item(), 0.0);
        let image = Uniform::new([0.0, 1.0], 2.0).transform(Exp).reshape_batch([2, 1]).unwrap();
        assert_eq!(image.support().contains(&image.draw(0).unwrap()).min(), 1.0);
        let error = Uniform::new(0.0, 2.0).transform(Affine::new([0.0, 1.0], 2.0)).reshape_batch([2, 1]).unwrap_err();
        assert!(error.to_string().contains("Affine"), "{error}");
    }

    #[test]
    fn capabilities_are_those_of_the_base() {
        let flat = Normal::new(Tensor::arange(6), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).unwrap();
        let grid = flat.clone().reshape_batch([2, 3]).unwrap();
        for (got, want) in [
            (grid.mean(), flat.mean()),
            (grid.variance(), flat.variance()),
            (grid.stddev(), flat.stddev()),
            (grid.entropy(), flat.entropy()),
            (grid.mode().unwrap(), flat.mode().unwrap()),
            (grid.median().unwrap(), flat.median().unwrap()),
        ] {
            assert_eq!(got, want.reshape([2, 3]));
        }
        let values = (Tensor::arange(6) + 1.0) * 0.125;
        for function in [Cdf::cdf, Cdf::icdf, Cdf::log_cdf, Cdf::survival, Cdf::log_survival, Cdf::inverse_survival] {
            let want = function(&flat as &dyn Cdf, &values).unwrap().reshape([2, 3]);
            assert_eq!(function(&grid, &values.reshape([2, 3])).unwrap(), want);
            // One value for all members, and one for each row.
            assert_eq!(function(&grid, &0.5.into()).unwrap().shape().dims(), [2, 3]);
            assert_eq!(function(&grid, &Tensor::from([[0.25], [0.5]])).unwrap().shape().dims(), [2, 3]);
        }
        let vectors = MultivariateNormal::new(Tensor::zeros([4, 2]), Tensor::eye(2)).reshape_batch([2, 2]).unwrap();
        assert_eq!(
            (vectors.mean().shape().dims(), vectors.covariance().shape().dims()),
            (&[2, 2, 2][..], &[2, 2, 2, 2][..])
        );
        let coins = Bernoulli::new([0.2, 0.7]).reshape_batch([1, 2]).unwrap();
        assert_eq!(coins.enumerate_support().unwrap().shape().dims(), [2, 1, 1]);
    }

    #[test]
    fn the_size_stays() {
        let error = Normal::new([0.0, 1.0], 1.0).reshape_batch([3]).unwrap_err().to_string();
        assert!(error.contains("[2]") && error.contains("[3]"), "{error}");
    }

    /// A batch that is made flat and gets its axes back, by the golden table of the normal distribution.
    mod normal {
        use super::*;
        use crate::distribution::conformance::{self, Family, parameters};

        fn family() -> Family<BatchReshaped<BatchReshaped<Normal>>> {
            let build = |p: &conformance::Parameters| {
                let normal = Normal::new(p.get("loc"), p.get("scale"))?;
                let batch = normal.batch_shape();
                normal.reshape_batch(batch.size())?.reshape_batch(batch)
            };
            Family::new("Normal", build)
                .covers(&["kl"])
                .at(parameters! { loc: 0.3, scale: 1.7 })
                .at(parameters! { loc: -2.0, scale: 0.4 })
                .rejects(parameters! { loc: f64::NAN, scale: 1.0 }, "Normal: `loc` must be real, got NaN")
                .rejects(parameters! { loc: 0.0, scale: -1.0 }, "Normal: `scale` must be positive, got -1")
                .draws([-0.06790329266494777, -0.21088229982259327, 2.124830885687285])
        }

        conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, reparameterized);
    }
}
