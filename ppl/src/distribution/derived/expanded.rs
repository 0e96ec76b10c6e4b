//! `Expanded`: a distribution repeated to a larger batch.

use std::sync::Arc;

use super::batch_capabilities::batch_capabilities;
use crate::distribution::{
    Cdf, Covariance, Distribution, Entropy, EnumerateSupport, KlDivergence, Mode, Moments, Structure, kl_divergence,
};
use crate::random::Rng;
use crate::tensor::or_panic;
use crate::{Constraint, Error, Result, Shape, Tensor, check};

/// A distribution whose batch is broadcast to a larger one, with an independent draw for every member.
///
/// This is what an open plate makes of a distribution in it.
///
/// ```text
/// log p(x) = log p_base(x) of each member
/// ```
///
/// # Parameters
/// | parameter     | domain                                  | meaning                          |
/// |---------------|-----------------------------------------|----------------------------------|
/// | `base`        | a distribution                          | the distribution that is repeated |
/// | `batch_shape` | one that the base's batch broadcasts to | the new batch shape              |
///
/// # Shapes
/// batch = `batch_shape`, event = the base's.
///
/// # Support
/// That of the base.
///
/// # Moments
/// ```text
/// mean, variance, mode, entropy, covariance = those of the base, broadcast to the batch
/// ```
/// as far as the base implements them; so are distribution functions and quantiles.
///
/// # Numerics
/// That of the base, whose density is broadcast. Draws are new ones for each member: axes that are stretched are drawn
/// as a sample shape and moved to their place, so that no draw is copied.
///
/// # Reference
/// NumPyro, `numpyro.distributions.ExpandedDistribution`.
///
/// # Example
/// ```
/// use std::sync::Arc;
/// use ppl::distribution::{Draw, Expanded, Normal};
///
/// let normal = Expanded::new(Arc::new(Normal::new(0.0, 1.0)?), [3])?;
/// let draw = normal.draw(0)?.to_vec();
/// assert!(draw[0] != draw[1] && draw[1] != draw[2]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Debug)]
pub struct Expanded<D: ?Sized = dyn Distribution> {
    base: Arc<D>,
    batch_shape: Shape,
}

impl<D: Distribution + ?Sized> Expanded<D> {
    /// The distribution with this batch shape.
    ///
    /// # Errors
    /// A batch shape to which the distribution's own does not broadcast.
    pub fn new(base: Arc<D>, batch_shape: impl Into<Shape>) -> Result<Self> {
        let batch_shape = batch_shape.into();
        if !base.batch_shape().broadcasts_to(&batch_shape) {
            return Err(Error::ShapeMismatch {
                operation: "expand",
                relation: "broadcast (from the first to the second)",
                left: base.batch_shape(),
                right: batch_shape,
            });
        }
        Ok(Self { base, batch_shape })
    }

    /// A tensor of the base, of shape batch `++` `inner`, for the whole batch.
    fn for_batch(&self, of: &Tensor, inner: &Shape) -> Result<Tensor> {
        of.try_broadcast_to(self.batch_shape.concat(inner))
    }

    /// A function of values of the base, for values of the whole batch.
    fn at_members(&self, of_base: &Tensor) -> Result<Tensor> {
        of_base.try_broadcast_to(check::broadcast(self.name(), &self.batch_shape, &of_base.shape())?)
    }

    /// The distribution that is repeated.
    #[must_use]
    pub fn base(&self) -> &Arc<D> {
        &self.base
    }
}

impl<D: ?Sized> Clone for Expanded<D> {
    fn clone(&self) -> Self {
        Self { base: self.base.clone(), ..*self }
    }
}

impl<D: Distribution + ?Sized> Distribution for Expanded<D> {
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
        self.base.support()
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        sample_expanded(self.base.as_ref(), self.batch_shape, rng, sample_shape)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        self.at_members(&self.base.log_prob(value)?)
    }

    fn is_reparameterized(&self) -> bool {
        self.base.is_reparameterized()
    }

    fn is_improper(&self) -> bool {
        self.base.is_improper()
    }

    fn element_mask(&self) -> Option<Tensor> {
        self.base.element_mask()
    }

    fn structure(&self) -> Option<Structure<'_>> {
        Some(Structure::Expanded(self.base.as_distribution()))
    }
}

impl<D: Cdf + ?Sized> Cdf for Expanded<D> {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        self.at_members(&self.base.cdf(value)?)
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        self.at_members(&self.base.icdf(probability)?)
    }

    fn inverse_survival(&self, probability: &Tensor) -> Result<Tensor> {
        self.at_members(&self.base.inverse_survival(probability)?)
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        self.at_members(&self.base.log_cdf(value)?)
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        self.at_members(&self.base.survival(value)?)
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        self.at_members(&self.base.log_survival(value)?)
    }
}

batch_capabilities!(Expanded);

impl<D: Entropy + ?Sized> Entropy for Expanded<D> {
    fn entropy(&self) -> Tensor {
        or_panic(self.for_batch(&self.base.entropy(), &Shape::SCALAR))
    }
}

impl<D: EnumerateSupport + ?Sized> EnumerateSupport for Expanded<D> {
    fn enumerate_support(&self) -> Result<Tensor> {
        let values = self.base.enumerate_support()?;
        let ones = Shape::from(vec![1; self.batch_shape.rank()]);
        values.try_reshape(Shape::from(values.shape()[0]).concat(&ones).concat(&self.event_shape()))
    }
}

impl<D: KlDivergence<Other>, Other: Distribution> KlDivergence<Expanded<Other>> for Expanded<D> {
    fn kl_divergence(&self, other: &Expanded<Other>) -> Result<Tensor> {
        let shape = check::broadcast(self.name(), &self.batch_shape, &other.batch_shape)?;
        self.base.kl_divergence(&other.base)?.try_broadcast_to(shape)
    }
}

impl KlDivergence<Self> for Expanded {
    /// That of the distributions that are repeated.
    ///
    /// # Errors
    /// Those of [`kl_divergence`], which looks for the closed form by the types at run time.
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        kl_divergence(self, other)
    }
}

/// Draws of a distribution whose batch is broadcast to a larger one, with an independent draw for every member.
pub(crate) fn sample_expanded<D: Distribution + ?Sized>(
    distribution: &D,
    batch_shape: Shape,
    rng: &mut Rng,
    sample_shape: &Shape,
) -> Result<Tensor> {
    let base = distribution.batch_shape();
    let event = distribution.event_shape();
    let leading = batch_shape.rank() - base.rank();
    // Axes that the base has with size 1 are drawn in front as well, and then moved to their place.
    let stretched: Vec<usize> = (0..base.rank()).filter(|&axis| base[axis] != batch_shape[leading + axis]).collect();
    let in_front = Shape::from(&batch_shape[..leading])
        .concat(&Shape::from(stretched.iter().map(|&axis| batch_shape[leading + axis]).collect::<Vec<_>>()));
    let draw = distribution.sample(rng, &sample_shape.concat(&in_front))?;
    let target = sample_shape.concat(&batch_shape).concat(&event);
    if stretched.is_empty() {
        return draw.try_reshape(target);
    }
    // Drop the axes of size 1, so that the base's axes that remain stand in order behind those in front.
    let kept: Vec<usize> = (0..base.rank()).filter(|axis| !stretched.contains(axis)).collect();
    let kept_shape = Shape::from(kept.iter().map(|&axis| base[axis]).collect::<Vec<_>>());
    let draw = draw.try_reshape(sample_shape.concat(&in_front).concat(&kept_shape).concat(&event))?;
    let offset = sample_shape.rank() + leading;
    let mut order: Vec<usize> = (0..offset).collect();
    for axis in 0..base.rank() {
        order.push(match stretched.iter().position(|&stretched| stretched == axis) {
            Some(place) => offset + place,
            None => offset + stretched.len() + kept.iter().position(|&kept| kept == axis).unwrap_or(0),
        });
    }
    order.extend(order.len()..order.len() + event.rank());
    draw.try_permute(&order)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::{Binomial, Categorical, DistributionExt, MultivariateNormal, Normal};
    use crate::random::Key;

    #[test]
    fn every_member_of_the_larger_batch_has_its_own_draw() {
        let base = Normal::new([[0.0], [100.0]], 1e-3).unwrap();
        let expanded = Expanded::new(Arc::new(base), [3, 2, 4]).unwrap();
        let draws = expanded.sample(&mut Key::new(0).rng("x", 0), &Shape::from(5)).unwrap();
        assert_eq!(draws.shape(), Shape::from([5, 3, 2, 4]));
        // Each draw belongs to its member: rows of the third axis are those of the base.
        assert!((draws.index(2, 0).abs().max()) < 0.01);
        assert!(((draws.index(2, 1) - 100.0).abs().max()) < 0.01);
        let mut elements = draws.to_vec();
        elements.sort_by(f64::total_cmp);
        elements.dedup();
        assert_eq!(elements.len(), draws.size());
        let log_prob = expanded.log_prob(&draws.get(0)).unwrap();
        assert_eq!(log_prob.shape(), Shape::from([3, 2, 4]));
        assert!(log_prob.min() > 0.0);
        // One value serves the whole batch.
        assert_eq!(expanded.log_prob(&Tensor::from(0.0)).unwrap().shape(), Shape::from([3, 2, 4]));
    }

    #[test]
    fn capabilities_are_those_of_the_base() {
        let base = Normal::new([0.0, 3.0], [1.0, 2.0]).unwrap();
        let all = Normal::new([[0.0, 3.0]; 3], [1.0, 2.0]).unwrap();
        let expanded = base.expand([3, 2]).unwrap();
        for (got, want) in [
            (expanded.mean(), all.mean()),
            (expanded.variance(), all.variance()),
            (expanded.stddev(), all.stddev()),
            (expanded.entropy(), all.entropy()),
            (expanded.mode().unwrap(), all.mode().unwrap()),
            (expanded.median().unwrap(), all.median().unwrap()),
        ] {
            assert_eq!(got, want);
        }
        let value = &Tensor::from(0.25);
        for function in [Cdf::cdf, Cdf::icdf, Cdf::log_cdf, Cdf::survival, Cdf::log_survival, Cdf::inverse_survival] {
            assert_eq!(function(&expanded as &dyn Cdf, value).unwrap(), function(&all, value).unwrap());
        }
        let vectors = MultivariateNormal::new([1.0, 2.0], [[2.0, 1.0], [1.0, 2.0]]).unwrap();
        let many = vectors.clone().expand([5]).unwrap();
        assert_eq!((many.mean().shape().dims(), many.covariance().shape().dims()), (&[5, 2][..], &[5, 2, 2][..]));
        assert_eq!(many.covariance().get(4), vectors.covariance());
        assert_eq!(Binomial::new(3.0, 0.5).expand([4]).unwrap().enumerate_support().unwrap().shape().dims(), [4, 1]);
        assert_eq!(Categorical::new([0.2, 0.8]).expand([3]).unwrap().mode().unwrap().to_vec(), [1.0; 3]);
    }

    #[test]
    fn a_batch_cannot_shrink() {
        let base = Normal::new([0.0, 1.0, 2.0], 1.0).unwrap();
        let error = Expanded::new(Arc::new(base), [2]).unwrap_err().to_string();
        assert!(error.contains("[3]") && error.contains("[2]"), "{error}");
    }

    /// A normal distribution as one that is repeated, by the golden table.
    mod normal {
        use super::*;
        use crate::distribution::conformance::{self, Family, parameters};

        fn family() -> Family<Expanded<Normal>> {
            let build = |p: &conformance::Parameters| {
                let normal = Normal::new(p.get("loc"), p.get("scale"))?;
                let batch = normal.batch_shape();
                Expanded::new(Arc::new(normal), batch)
            };
            Family::new("Normal", build)
                .at(parameters! { loc: 0.3, scale: 1.7 })
                .at(parameters! { loc: -2.0, scale: 0.4 })
                .rejects(parameters! { loc: f64::NAN, scale: 1.0 }, "Normal: `loc` must be real, got NaN")
                .rejects(parameters! { loc: 0.0, scale: -1.0 }, "Normal: `scale` must be positive, got -1")
                .draws([-0.06790329266494777, -0.21088229982259327, 2.124830885687285])
        }

        conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, kl, reparameterized);
    }

    /// An axis of size 1 that is stretched, as a vector.
    mod stretched {
        use super::*;
        use crate::distribution::Independent;
        use crate::distribution::conformance::{self, Family, parameters};

        fn family() -> Family<Independent<Expanded<Normal>>> {
            let build = |p: &conformance::Parameters| {
                let normal = Normal::new(p.get("loc"), p.get("scale"))?;
                let batch = normal.batch_shape().split_event(1).0;
                let stretched = Expanded::new(Arc::new(normal), batch.concat(&Shape::from(3)))?;
                Independent::new(Arc::new(stretched), 1)
            };
            Family::of("Normal", build)
                .without_far_cases("those of one normal distribution")
                .of_real_elements()
                .at(parameters! { loc: [0.3], scale: [1.7] })
                .at(parameters! { loc: [0.1], scale: [1.4] })
                .rejects(parameters! { loc: [f64::NAN], scale: [1.0] }, "Normal: `loc` must be real, got NaN at [0]")
                .rejects(parameters! { loc: [0.0], scale: [-1.0] }, "Normal: `scale` must be positive, got -1 at [0]")
                .draws([
                    -0.06790329266494777,
                    -0.21088229982259327,
                    2.124830885687285,
                    -1.5913344509046803,
                    -0.05304059248288262,
                    -0.9551439369940087,
                    -2.2250156216462993,
                    3.3049612087191305,
                    1.0562622209654964,
                ])
        }

        conformance::distribution!(family() => multivariate, kl, reparameterized_by_common_numbers);
    }
}
