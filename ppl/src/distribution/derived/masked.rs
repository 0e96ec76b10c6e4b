//! `Masked`: a distribution some of whose batch members do not count.

use std::sync::Arc;

use super::batch_capabilities::batch_capabilities;
use super::expanded::sample_expanded;
use crate::distribution::density::vector;
use crate::distribution::{Covariance, Distribution, Entropy, KlDivergence, Mode, Moments, Structure, kl_divergence};
use crate::random::Rng;
use crate::tensor::or_panic;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// A distribution whose log density is 0 where the mask is 0, whatever the value: missing or padded data.
///
/// ```text
/// log p(x) = the base's where mask = 1, else 0
/// ```
///
/// Made by [`mask`](crate::distribution::DistributionExt::mask).
///
/// # Parameters
/// | parameter | domain         | shape                     | meaning                                   |
/// |-----------|----------------|---------------------------|-------------------------------------------|
/// | `base`    | a distribution | batch                     | the distribution of what counts           |
/// | `mask`    | 0 or 1         | broadcasts with the batch | 1 for members that count, 0 for the others |
///
/// The base's parameters are those of the whole batch, and checked when the base is made, before anything is masked:
/// constants must be valid also where the mask is 0. Parameters that depend on a latent site are not checked while a
/// density is taken, and do not count there.
///
/// # Shapes
/// batch = the base's and the mask's, broadcast; event = the base's.
///
/// # Support
/// That of the base.
///
/// # Moments
/// ```text
/// mean, variance, mode = those of the base, for all members: so are draws
/// entropy              = that of the base where mask = 1, else 0
/// ```
/// as far as the base implements them. A member that does not count has no density, and so there is no distribution
/// function.
///
/// # Numerics
/// An event that is masked out is replaced by a point of the support before the base sees it: neither its
/// value nor a NaN in it touches the density or the gradient. As an observation it may be NaN, infinite or outside the
/// support.
///
/// # Reference
/// NumPyro, `numpyro.distributions.Distribution.mask`.
///
/// # Example
/// ```
/// use ppl::distribution::{Distribution, DistributionExt, Normal};
/// use ppl::Tensor;
///
/// let observed = Normal::new(0.0, 1.0).mask([1.0, 0.0])?;
/// let log_prob = observed.log_prob(&Tensor::from([0.0, f64::NAN]))?;
/// assert_eq!(log_prob.to_vec(), [-0.918_938_533_204_672_8, 0.0]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Debug)]
pub struct Masked<D: ?Sized = dyn Distribution> {
    base: Arc<D>,
    mask: Tensor,
    batch_shape: Shape,
}

impl<D: Distribution + ?Sized> Masked<D> {
    /// The distribution with this mask.
    ///
    /// # Errors
    /// A mask with other values than 0 and 1, or one that does not broadcast with the batch.
    pub fn new(base: Arc<D>, mask: impl IntoTensor) -> Result<Self> {
        // Which elements count is data: the mask is compared with 0, which has no derivative.
        let mask = mask.into_tensor().detach();
        let batch_shape = check::broadcast("mask", &base.batch_shape(), &mask.shape())?;
        let masked = Self { base, mask, batch_shape };
        check::constants("Masked", &[masked.parameter()])?;
        Ok(masked)
    }

    fn parameter(&self) -> check::Parameter<'_> {
        ("mask", &self.mask, Constraint::Boolean)
    }

    /// The mask.
    #[must_use]
    pub fn mask(&self) -> &Tensor {
        &self.mask
    }

    /// The distribution of what counts.
    #[must_use]
    pub fn base(&self) -> &Arc<D> {
        &self.base
    }

    /// A tensor of the base, of shape batch `++` `inner`, for the whole batch.
    fn for_batch(&self, of: &Tensor, inner: &Shape) -> Result<Tensor> {
        of.try_broadcast_to(self.batch_shape.concat(inner))
    }
}

impl<D: ?Sized> Clone for Masked<D> {
    fn clone(&self) -> Self {
        Self { base: self.base.clone(), mask: self.mask.clone(), ..*self }
    }
}

impl<D: Distribution + ?Sized> Distribution for Masked<D> {
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
        if self.mask.is_tracked() {
            check::all("Masked", &[self.parameter()])?;
        }
        if self.base.batch_shape() == self.batch_shape {
            return self.base.sample(rng, sample_shape);
        }
        sample_expanded(self.base.as_ref(), self.batch_shape, rng, sample_shape)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let event_rank = self.event_shape().rank();
        check::event(self.name(), value, &self.event_shape())?;
        let counts = vector::over_events(&self.mask, event_rank)?;
        let value = Tensor::try_select(counts, value, vector::point_inside(self.base.as_ref())?)?;
        let log_prob = Tensor::try_select(&self.mask, self.base.log_prob(&value)?, 0.0)?;
        if !self.mask.is_tracked() {
            return Ok(log_prob);
        }
        // That of a program is not known when it is recorded.
        Tensor::try_select(Constraint::Boolean.contains(&self.mask), log_prob, f64::NAN)
    }

    fn is_reparameterized(&self) -> bool {
        self.base.is_reparameterized()
    }

    fn is_improper(&self) -> bool {
        self.base.is_improper()
    }

    fn element_mask(&self) -> Option<Tensor> {
        let own = vector::over_events(&self.mask, self.event_shape().rank()).ok()?;
        Some(match self.base.element_mask() {
            Some(inner) => own * inner,
            None => own,
        })
    }

    fn structure(&self) -> Option<Structure<'_>> {
        Some(Structure::Masked(self.base.as_distribution(), &self.mask))
    }
}

batch_capabilities!(Masked);

impl<D: Entropy + ?Sized> Entropy for Masked<D> {
    /// The mean of −ln p, which is 0 where the mask is.
    fn entropy(&self) -> Tensor {
        let entropy = Tensor::try_select(&self.mask, self.base.entropy(), 0.0);
        or_panic(entropy.and_then(|entropy| self.for_batch(&entropy, &Shape::SCALAR)))
    }
}

impl<D: Distribution + ?Sized, Other: Distribution + ?Sized> KlDivergence<Masked<Other>> for Masked<D> {
    /// That of the distributions, and 0 where one of the masks leaves it out.
    ///
    /// # Errors
    /// Those of [`kl_divergence`], which looks for the closed form by the types at run time.
    fn kl_divergence(&self, other: &Masked<Other>) -> Result<Tensor> {
        kl_divergence(self, other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::{
        Bernoulli, Delta, Dirichlet, DistributionExt, Gamma, MultivariateNormal, Normal, Uniform,
    };
    use crate::grad;
    use crate::random::Key;

    #[test]
    fn masked_out_events_leave_no_trace() {
        let data = Tensor::from([0.3, f64::NAN, -2.0, f64::INFINITY]);
        let (value, gradients) = grad(
            |p| Normal::new(&p[0], &p[1]).mask([1.0, 0.0, 1.0, 0.0])?.log_prob(&data).map(|each| each.sum()),
            &[Tensor::from(0.5), Tensor::from(1.5)],
        )
        .unwrap();
        let (want, wanted) = grad(
            |p| Normal::new(&p[0], &p[1])?.log_prob(&Tensor::from([0.3, -2.0])).map(|each| each.sum()),
            &[Tensor::from(0.5), Tensor::from(1.5)],
        )
        .unwrap();
        assert_eq!((value, gradients), (want, wanted));
    }

    #[test]
    fn every_support_has_a_point_to_put_in_place() {
        fn missing<D: Distribution>(distribution: Result<Masked<D>>) {
            let distribution = distribution.unwrap();
            let shape = distribution.batch_shape().concat(&distribution.event_shape());
            let log_prob = distribution.log_prob(&Tensor::full(shape, f64::NAN)).unwrap();
            assert_eq!(log_prob, Tensor::zeros(distribution.batch_shape()), "{}", distribution.name());
        }
        missing(Dirichlet::new([1.0, 2.0]).mask([0.0, 0.0]));
        missing(MultivariateNormal::new(0.0, Tensor::eye(3)).mask(0.0));
        missing(Uniform::new([1.0, 2.0], 3.0).mask(0.0));
        missing(Bernoulli::new(0.4).mask([0.0; 3]));
        missing(Delta::new([1.0, 2.0]).mask(0.0));
        missing(Normal::new(Tensor::zeros([2, 3]), 1.0).to_event(1).mask([0.0, 0.0]));
    }

    #[test]
    fn a_mask_may_enlarge_the_batch() {
        let masked = Normal::new(0.0, 1.0).mask([[1.0, 0.0], [1.0, 1.0]]).unwrap();
        assert_eq!(masked.batch_shape().dims(), [2, 2]);
        let draws = masked.sample(&mut Key::new(0).rng("x", 0), &Shape::from(3)).unwrap();
        assert_eq!(draws.shape().dims(), [3, 2, 2]);
        let mut distinct = draws.to_vec();
        distinct.dedup();
        assert_eq!(distinct.len(), 12);
        assert_eq!(masked.log_prob(&draws).unwrap().shape().dims(), [3, 2, 2]);
    }

    #[test]
    fn capabilities_are_those_of_the_base() {
        let base = Gamma::new([2.0, 3.0], 2.0).unwrap();
        let masked = base.clone().mask([[1.0, 0.0], [1.0, 1.0]]).unwrap();
        let all = base.clone().expand([2, 2]).unwrap();
        assert_eq!((masked.mean(), masked.variance(), masked.stddev()), (all.mean(), all.variance(), all.stddev()));
        assert_eq!(masked.mode().unwrap(), all.mode().unwrap());
        assert_eq!(masked.entropy(), all.entropy() * &masked.mask);
        let vectors = MultivariateNormal::new(0.0, Tensor::eye(3)).mask([1.0, 0.0]).unwrap();
        assert_eq!(vectors.covariance().shape().dims(), [2, 3, 3]);
    }

    #[test]
    fn masks_are_checked() {
        let error = Normal::new(0.0, 1.0).mask([1.0, 0.5]).unwrap_err();
        assert_eq!(error.to_string(), "Masked: `mask` must be 0 or 1, got 0.5 at [1]");
        let error = Normal::new([0.0, 1.0], 1.0).mask([1.0, 0.0, 1.0]).unwrap_err();
        assert_eq!(error.to_string(), "mask: shapes [2] and [3] do not broadcast");
    }

    /// Events that count, by the golden table of the normal distribution; the laws of masks are those of every
    /// distribution.
    mod normal {
        use super::*;
        use crate::distribution::conformance::{self, Family, parameters};

        fn family() -> Family<Masked<Normal>> {
            Family::new("Normal", |p| Normal::new(p.get("loc"), p.get("scale")).mask(1.0))
                .covers(&["cdf", "icdf", "kl"])
                .at(parameters! { loc: 0.3, scale: 1.7 })
                .at(parameters! { loc: -2.0, scale: 0.4 })
                .rejects(parameters! { loc: f64::NAN, scale: 1.0 }, "Normal: `loc` must be real, got NaN")
                .rejects(parameters! { loc: 0.0, scale: -1.0 }, "Normal: `scale` must be positive, got -1")
                .draws([-0.06790329266494777, -0.21088229982259327, 2.124830885687285])
        }

        conformance::distribution!(family() => univariate, mode, moments, entropy, reparameterized_by_common_numbers);
    }
}
