//! `DistributionExt`: distributions made of distributions, as methods.

use std::sync::Arc;

use super::{
    BatchReshaped, Cdf, Censored, Distribution, Expanded, Folded, Hurdle, Iid, Independent, IntoBounds,
    IntoDistribution, Masked, Quantized, Transformed, Truncated, ZeroInflated,
};
use crate::bijector::IntoBijector;
use crate::{IntoTensor, Result, Shape};

/// Methods of all distributions, of the `Result` of building one, and of shared ones.
///
/// # Example
/// ```
/// use ppl::distribution::{Distribution, DistributionExt, Normal};
/// use ppl::Tensor;
///
/// // No `?` is needed between the steps: an error passes through to the last.
/// let prior = Normal::new(Tensor::zeros(3), 1.0).to_event(1)?;
/// assert_eq!(prior.event_shape().dims(), [3]);
/// assert!(Normal::new(0.0, -1.0).expand([5]).mask(1.0).is_err());
/// # Ok::<(), ppl::Error>(())
/// ```
pub trait DistributionExt: IntoDistribution + Sized {
    /// The distribution's own type; `dyn Distribution` for a shared one.
    type Base: Distribution + ?Sized;

    /// The distribution behind a shared pointer.
    ///
    /// # Errors
    /// Those of building the distribution.
    fn into_shared(self) -> Result<Arc<Self::Base>>;

    /// Makes the `rank` innermost batch axes part of the event; see [`Independent`].
    ///
    /// # Errors
    /// Fewer batch axes than `rank`; those of building the distribution.
    fn to_event(self, rank: usize) -> Result<Independent<Self::Base>> {
        Independent::new(self.into_shared()?, rank)
    }

    /// Repeats to a larger batch, with independent draws; see [`Expanded`].
    ///
    /// # Errors
    /// A batch shape to which the distribution's does not broadcast; those of building the distribution.
    fn expand(self, batch_shape: impl Into<Shape>) -> Result<Expanded<Self::Base>> {
        Expanded::new(self.into_shared()?, batch_shape)
    }

    /// Independent copies along axes of this shape, as one event (TFP's `Sample`); see [`Iid`].
    ///
    /// # Errors
    /// Those of building the distribution.
    fn iid(self, shape: impl Into<Shape>) -> Result<Iid<Self::Base>> {
        Iid::new(self.into_shared()?, shape)
    }

    /// Puts the batch members in another shape, in the same order; see [`BatchReshaped`].
    ///
    /// # Errors
    /// A shape of another size; those of building the distribution.
    fn reshape_batch(self, batch_shape: impl Into<Shape>) -> Result<BatchReshaped<Self::Base>> {
        BatchReshaped::new(self.into_shared()?, batch_shape)
    }

    /// Lets only the batch members count where the mask is 1; see [`Masked`].
    ///
    /// # Errors
    /// A mask with other values than 0 and 1, or one that does not broadcast; those of building the distribution.
    fn mask(self, mask: impl IntoTensor) -> Result<Masked<Self::Base>> {
        Masked::new(self.into_shared()?, mask)
    }

    /// The distribution of a bijector's value at a draw; see [`Transformed`].
    ///
    /// # Errors
    /// A discrete distribution; shapes that do not fit; those of building the distribution and the bijector.
    fn transform(self, bijector: impl IntoBijector) -> Result<Transformed> {
        Transformed::new(self.into_distribution()?, bijector)
    }

    /// Cuts the distribution to an interval, as `0.0..`, `..high` or `low..=high`; see [`Truncated`].
    ///
    /// # Errors
    /// An interval that is empty or outside of the support; those of building the distribution.
    fn truncated(self, range: impl IntoBounds) -> Result<Truncated<Self::Base>>
    where
        Self::Base: Cdf + Sized,
    {
        Truncated::new(self.into_shared()?, range)
    }

    /// Reads values as lower bounds where `is_censored` is 1; see [`Censored`].
    ///
    /// # Errors
    /// `is_censored` with other values than 0 and 1, or one that does not broadcast; those of building the distribution.
    fn censored_right(self, is_censored: impl IntoTensor) -> Result<Censored<Self::Base>>
    where
        Self::Base: Cdf + Sized,
    {
        Censored::right(self.into_shared()?, is_censored)
    }

    /// Reads values as upper bounds where `is_censored` is 1; see [`Censored`].
    ///
    /// # Errors
    /// `is_censored` with other values than 0 and 1, or one that does not broadcast; those of building the distribution.
    fn censored_left(self, is_censored: impl IntoTensor) -> Result<Censored<Self::Base>>
    where
        Self::Base: Cdf + Sized,
    {
        Censored::left(self.into_shared()?, is_censored)
    }

    /// Reads values as intervals `[low, high]` along the last axis; see [`Censored`].
    ///
    /// # Errors
    /// Those of building the distribution.
    fn censored_interval(self) -> Result<Censored<Self::Base>>
    where
        Self::Base: Cdf + Sized,
    {
        Censored::interval(self.into_shared()?)
    }

    /// Moves values beyond two bounds to the nearer one; see [`Censored`].
    ///
    /// # Errors
    /// A range that is empty, or does not broadcast; those of building the distribution.
    fn clipped(self, range: impl IntoBounds) -> Result<Censored<Self::Base>>
    where
        Self::Base: Cdf + Sized,
    {
        Censored::clipped(self.into_shared()?, range)
    }

    /// The distribution of the absolute value; see [`Folded`].
    ///
    /// # Errors
    /// A discrete distribution, or one of vectors; those of building the distribution.
    fn folded(self) -> Result<Folded<Self::Base>>
    where
        Self::Base: Sized,
    {
        Folded::new(self.into_shared()?)
    }

    /// The distribution of the value rounded up to an integer, within cutoffs if the range has some; see [`Quantized`].
    ///
    /// # Errors
    /// A discrete distribution; cutoffs that are no integers; those of building the distribution.
    fn quantized(self, range: impl IntoBounds) -> Result<Quantized<Self::Base>>
    where
        Self::Base: Cdf + Sized,
    {
        Quantized::new(self.into_shared()?, range)
    }

    /// Makes more of the counts 0, a part `gate` of all; see [`ZeroInflated`].
    ///
    /// # Errors
    /// A distribution that is not of counts with 0 among them; a gate that is no probability; shapes that do not
    /// broadcast; those of building the distribution.
    fn zero_inflated(self, gate: impl IntoTensor) -> Result<ZeroInflated<Self::Base>> {
        ZeroInflated::new(self, gate)
    }

    /// Makes a part `gate` of the draws 0, and all others positive; see [`Hurdle`].
    ///
    /// # Errors
    /// A distribution with negative values; a gate that is no probability; shapes that do not broadcast; those of building
    /// the distribution.
    fn hurdle(self, gate: impl IntoTensor) -> Result<Hurdle<Self::Base>>
    where
        Self::Base: Cdf,
    {
        Hurdle::new(self, gate)
    }
}

impl<D: Distribution> DistributionExt for D {
    type Base = D;

    fn into_shared(self) -> Result<Arc<D>> {
        Ok(Arc::new(self))
    }
}

impl<D: Distribution> DistributionExt for Result<D> {
    type Base = D;

    fn into_shared(self) -> Result<Arc<D>> {
        Ok(Arc::new(self?))
    }
}

impl DistributionExt for Arc<dyn Distribution> {
    type Base = dyn Distribution;

    fn into_shared(self) -> Result<Self> {
        Ok(self)
    }
}

impl DistributionExt for Result<Arc<dyn Distribution>> {
    type Base = dyn Distribution;

    fn into_shared(self) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Constraint;
    use crate::bijector::{Affine, Exp, biject_to};
    use crate::distribution::*;
    use crate::random::Key;

    #[test]
    fn methods_chain_on_results_and_shared_distributions() {
        let normal = || Normal::new(0.0, 1.0);
        let chained = normal().expand([4, 3]).to_event(1).mask([1.0, 0.0, 1.0, 1.0]).transform(Exp).unwrap();
        assert_eq!((chained.batch_shape().dims(), chained.event_shape().dims()), (&[4][..], &[3][..]));
        let shared = normal().into_distribution();
        assert_eq!(shared.expand([2]).unwrap().batch_shape().dims(), [2]);
        let shared = normal().into_distribution().unwrap();
        assert_eq!(shared.expand([2]).unwrap().batch_shape().dims(), [2]);
        let error = Normal::new(0.0, -1.0).expand([2]).to_event(1).unwrap_err();
        assert_eq!(error.to_string(), "Normal: `scale` must be positive, got -1");
        let error = normal().transform(Affine::new(0.0, 0.0)).unwrap_err();
        assert_eq!(error.to_string(), "Affine: `scale` must be finite and not 0, got 0");
    }

    /// The bijector of a distribution's support takes its draws to unconstrained space and back.
    #[test]
    fn draws_survive_the_trip_through_unconstrained_space() {
        let shared: [Result<Arc<dyn Distribution>>; 20] = [
            Normal::new([0.0, 1.0], 2.0).into_distribution(),
            HalfNormal::new(2.0).into_distribution(),
            HalfCauchy::new(2.0).into_distribution(),
            LogNormal::new(0.0, 1.0).into_distribution(),
            Exponential::new([0.1, 10.0]).into_distribution(),
            Gamma::new(2.0, 3.0).into_distribution(),
            InverseGamma::new(2.0, 3.0).into_distribution(),
            Beta::new(0.7, 3.0).into_distribution(),
            Uniform::new([-1.0, 5.0], 7.0).into_distribution(),
            Cauchy::new(0.0, 1.0).into_distribution(),
            StudentT::new(3.0, 0.0, 1.0).into_distribution(),
            Dirichlet::new([[0.5, 2.0, 1.0], [5.0, 1.0, 0.1]]).into_distribution(),
            MultivariateNormal::new(0.0, [[2.0, 1.0], [1.0, 2.0]]).into_distribution(),
            Gamma::new(2.0, [3.0, 4.0]).to_event(1).into_distribution(),
            Gamma::new(2.0, 3.0).expand([3]).into_distribution(),
            Beta::new(2.0, 3.0).mask([1.0, 0.0]).into_distribution(),
            Normal::new(0.0, 1.0).transform(Exp).into_distribution(),
            Gamma::new(2.0, 3.0).transform(Affine::new([1.0, -1.0], [2.0, -3.0])).into_distribution(),
            Dirichlet::new([[0.5, 2.0], [5.0, 1.0]]).to_event(1).into_distribution(),
            Uniform::new([-1.0, 5.0], 7.0).transform(Exp).to_event(1).into_distribution(),
        ];
        for distribution in shared {
            let distribution = distribution.unwrap();
            let draws = distribution.sample(&mut Key::new(1).rng("x", 0), &Shape::from(50)).unwrap();
            let support = distribution.support();
            assert_eq!(support.contains(&draws).min(), 1.0, "{support}");
            let bijector = biject_to(&support).unwrap();
            let (u, inverse_log_det) = bijector.inverse_and_log_det(&draws).unwrap();
            assert_eq!(Constraint::Real.contains(&u).min(), 1.0, "{support}: {u}");
            assert_eq!(u.shape(), bijector.inverse_shape(&draws.shape()).unwrap());
            let (back, log_det) = bijector.forward_and_log_det(&u).unwrap();
            assert!((&back / &draws - 1.0).abs().max() < 1e-9, "{support}");
            assert_eq!(log_det.shape(), distribution.log_prob(&draws).unwrap().shape(), "{support}");
            assert!(((log_det + &inverse_log_det) / (inverse_log_det.abs() + 1.0)).abs().max() < 1e-9, "{support}");
        }
    }
}
