//! `Expanded`: a distribution repeated to a larger batch.

use std::sync::Arc;

use crate::distribution::{Distribution, KlDivergence, Structure, kl_divergence};
use crate::random::Rng;
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
/// None of its own: those of [`base`](Self::base), broadcast to the batch.
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
        let log_prob = self.base.log_prob(value)?;
        log_prob.try_broadcast_to(check::broadcast(self.name(), &self.batch_shape, &log_prob.shape())?)
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
    use crate::distribution::Normal;
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
    fn a_batch_cannot_shrink() {
        let base = Normal::new([0.0, 1.0, 2.0], 1.0).unwrap();
        let error = Expanded::new(Arc::new(base), [2]).unwrap_err().to_string();
        assert!(error.contains("[3]") && error.contains("[2]"), "{error}");
    }
}
