//! `Independent`: batch axes read as axes of one event.

use std::sync::Arc;

use crate::distribution::{Distribution, Entropy, KlDivergence, Mode, Moments, Structure};
use crate::random::Rng;
use crate::{Constraint, Error, Result, Shape, Tensor, check};

/// A distribution whose innermost batch axes are part of the event: one draw is that many independent ones together,
/// and its log density is their sum.
///
/// ```text
/// log p(x) = Σ over `rank` axes of the base's log p
/// ```
///
/// Made by [`to_event`](crate::distribution::DistributionExt::to_event).
///
/// # Parameters
/// | parameter | domain                        | meaning                                   |
/// |-----------|-------------------------------|-------------------------------------------|
/// | `base`    | a distribution                | the distribution whose axes are read anew |
/// | `rank`    | at most the base's batch rank | number of batch axes that join the event  |
///
/// # Shapes
/// batch = the base's without its last `rank` axes, event = those axes ++ the base's event.
///
/// # Support
/// The arrays whose entries are in the support of the base.
///
/// # Moments
/// ```text
/// mean, variance, mode = the base's
/// entropy              = Σ over `rank` axes of the base's entropy
/// ```
/// as far as the base implements them; divergences are summed like the entropy.
///
/// # Numerics
/// That of the base: densities are summed, draws are the base's own.
///
/// # Reference
/// Dillon et al. (2017), "TensorFlow Distributions", section 3.5.
///
/// # Example
/// ```
/// use ppl::distribution::{Distribution, DistributionExt, Normal};
/// use ppl::Tensor;
///
/// let vectors = Normal::new(Tensor::zeros([4, 3]), 1.0).to_event(1)?;
/// assert_eq!((vectors.batch_shape().dims(), vectors.event_shape().dims()), (&[4][..], &[3][..]));
/// assert_eq!(vectors.log_prob(&Tensor::zeros([4, 3]))?.shape().dims(), [4]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Debug)]
pub struct Independent<D: ?Sized = dyn Distribution> {
    base: Arc<D>,
    rank: usize,
    batch_shape: Shape,
    event_shape: Shape,
}

impl<D: Distribution + ?Sized> Independent<D> {
    /// The distribution with `rank` more axes in its event.
    ///
    /// # Errors
    /// A distribution with fewer batch axes.
    pub fn new(base: Arc<D>, rank: usize) -> Result<Self> {
        let batch = base.batch_shape();
        if rank > batch.rank() {
            return Err(Error::InvalidArgument {
                operation: "to_event",
                argument: "rank",
                expected: format!(
                    "at most {}: {} has batch shape {batch} and event shape {}",
                    batch.rank(),
                    base.name(),
                    base.event_shape()
                ),
                got: rank.to_string(),
            });
        }
        let (batch_shape, inner) = batch.split_event(rank);
        let event_shape = inner.concat(&base.event_shape());
        Ok(Self { base, rank, batch_shape, event_shape })
    }

    /// The distribution whose axes are read anew.
    #[must_use]
    pub fn base(&self) -> &Arc<D> {
        &self.base
    }
}

impl<D: ?Sized> Clone for Independent<D> {
    fn clone(&self) -> Self {
        Self { base: self.base.clone(), ..*self }
    }
}

impl<D: Distribution + ?Sized> Distribution for Independent<D> {
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
        self.event_shape
    }

    fn support(&self) -> Constraint {
        match self.rank {
            0 => self.base.support(),
            rank => Constraint::Independent(Box::new(self.base.support()), rank),
        }
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.base.sample(rng, sample_shape)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        check::event(self.name(), value, &self.event_shape)?;
        Ok(self.base.log_prob(value)?.sum_rightmost(self.rank))
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
        Some(Structure::Independent(self.base.as_distribution(), self.rank))
    }
}

impl<D: Mode + ?Sized> Mode for Independent<D> {
    fn mode(&self) -> Result<Tensor> {
        self.base.mode()
    }
}

impl<D: Moments + ?Sized> Moments for Independent<D> {
    fn mean(&self) -> Tensor {
        self.base.mean()
    }

    fn variance(&self) -> Tensor {
        self.base.variance()
    }
}

impl<D: Entropy + ?Sized> Entropy for Independent<D> {
    fn entropy(&self) -> Tensor {
        self.base.entropy().sum_rightmost(self.rank)
    }
}

impl<D: KlDivergence<Other>, Other: Distribution> KlDivergence<Independent<Other>> for Independent<D> {
    fn kl_divergence(&self, other: &Independent<Other>) -> Result<Tensor> {
        if self.event_shape != other.event_shape || self.rank != other.rank {
            return Err(Error::ShapeMismatch {
                operation: self.name(),
                relation: "agree as event shapes",
                left: self.event_shape,
                right: other.event_shape,
            });
        }
        Ok(self.base.kl_divergence(&other.base)?.sum_rightmost(self.rank))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::{Dirichlet, DistributionExt, IntoDistribution, Normal};
    use crate::random::Key;

    fn rng() -> Rng {
        Key::new(3).rng("x", 0)
    }

    #[test]
    fn log_densities_are_summed() {
        let base = Normal::new(Tensor::arange(3), [[1.0], [2.0]]).unwrap();
        let vectors = base.clone().to_event(1).unwrap();
        let draw = vectors.sample(&mut rng(), &Shape::from(4)).unwrap();
        assert_eq!(draw, base.sample(&mut rng(), &Shape::from(4)).unwrap());
        assert_eq!(vectors.log_prob(&draw).unwrap(), base.log_prob(&draw).unwrap().sum_axis(-1));
        // One event against the whole batch.
        assert_eq!(vectors.log_prob(&Tensor::zeros(3)).unwrap().shape().dims(), [2]);
        // The same twice is the same as one of both axes.
        let both = base.clone().to_event(2).unwrap();
        let twice = base.to_event(1).to_event(1).unwrap();
        assert_eq!(both.log_prob(&draw).unwrap(), twice.log_prob(&draw).unwrap());
        assert_eq!(twice.support().to_string(), "real in every element in every element");
    }

    #[test]
    fn capabilities_pass_through() {
        let base = Normal::new(Tensor::arange(3), [[1.0], [2.0]]).unwrap();
        let other = Normal::new(Tensor::ones(3), 1.5).unwrap();
        let (p, q) = (base.clone().to_event(1).unwrap(), other.clone().expand([2, 3]).unwrap().to_event(1).unwrap());
        assert_eq!(p.entropy(), base.entropy().sum_axis(-1));
        assert_eq!((p.mean(), p.variance()), (base.mean(), base.variance()));
        let kl = p.kl_divergence(&other.clone().to_event(1).unwrap()).unwrap();
        assert_eq!(kl, base.kl_divergence(&other).unwrap().sum_axis(-1));
        assert_eq!(q.batch_shape().dims(), [2]);
        assert!(p.kl_divergence(&Normal::new(Tensor::ones(2), 1.0).to_event(1).unwrap()).is_err());
    }

    #[test]
    fn events_of_shared_distributions_grow() {
        let shared = Dirichlet::new(Tensor::ones([2, 3])).into_distribution().unwrap();
        let pairs = shared.to_event(1).unwrap();
        assert_eq!(pairs.event_shape().dims(), [2, 3]);
        let draw = pairs.sample(&mut rng(), &Shape::SCALAR).unwrap();
        assert_eq!(pairs.support().contains(&draw), 1.0);
        assert!((pairs.log_prob(&draw).unwrap().item() - 2.0 * 2_f64.ln()).abs() < 1e-14);
        assert!(pairs.log_prob(&draw.get(0)).is_err());
    }

    #[test]
    fn more_axes_than_the_batch_has() {
        let error = Normal::new(Tensor::zeros(3), 1.0).to_event(2).unwrap_err();
        assert_eq!(
            error.to_string(),
            "to_event: `rank` must be at most 1: Normal has batch shape [3] and event shape [], got 2"
        );
    }

    mod normal {
        use super::*;
        use crate::distribution::conformance::{self, Family, parameters};

        fn family() -> Family<Independent<Normal>> {
            Family::of("Normal", |p| Normal::new(p.get("loc"), p.get("scale")).to_event(1))
                .without_far_cases("those of one normal distribution")
                .of_real_elements()
                .at(parameters! { loc: [0.3, -1.0], scale: [1.7, 0.6] })
                .at(parameters! { loc: [0.2, -0.8], scale: [1.5, 0.5] })
                .rejects(
                    parameters! { loc: [0.0, f64::NAN], scale: [1.0, 1.0] },
                    "Normal: `loc` must be real, got NaN at [1]",
                )
                .rejects(
                    parameters! { loc: [0.0, 1.0], scale: [-1.0, 1.0] },
                    "Normal: `scale` must be positive, got -1 at [0]",
                )
                .draws([
                    -0.06790329266494777,
                    -1.180311399937386,
                    2.124830885687285,
                    -1.667529806201652,
                    -0.05304059248288262,
                    -1.4429919777625912,
                ])
        }

        conformance::distribution!(
            family() => multivariate, mode, moments, entropy, kl, reparameterized_by_common_numbers
        );
    }
}
