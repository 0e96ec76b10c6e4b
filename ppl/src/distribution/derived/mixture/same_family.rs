//! `MixtureSameFamily`: components of one family, along a batch axis.

mod capabilities;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::{choice, support};
use crate::distribution::density::vector::over_events;
use crate::distribution::sampling::implicit;
use crate::distribution::{Categorical, Cdf, Distribution, DistributionExt, Expanded};
use crate::random::Rng;
use crate::{Constraint, Error, Result, Shape, Tensor, check};

/// Mixture of distributions of one family, which stand along the last batch axis of `components`.
///
#[doc = include_str!("../../../../doc/distribution/MixtureSameFamily.svg")]
///
/// ```text
/// log p(x) = ln Σₖ weightₖ pₖ(x)
/// ```
///
/// # Parameters
/// | parameter    | domain                      | shape                   |
/// |--------------|-----------------------------|-------------------------|
/// | `mixing`     | a [`Categorical`] of K      | broadcasts to the batch |
/// | `components` | a distribution of any event | batch `++ [K]`          |
///
/// # Shapes
/// batch = broadcast(the components' batch without its last axis, that of `mixing`), event = that of the components.
///
/// # Support
/// That of the components. Of intervals that differ, it is the smallest that holds them all.
///
/// # Moments
/// ```text
/// mean     = Σₖ weightₖ meanₖ
/// variance = Σₖ weightₖ (varianceₖ + (meanₖ − mean)²)
/// ```
/// Covariances follow the same law. Mode and entropy have no closed form and are not implemented; the median is a
/// quantile, by search between those of the components.
///
/// # Numerics
/// Sums are those of logarithms, so that nothing underflows. A weight of exactly 0, given by `probs`, has a derivative
/// of 0, although one side of it is open.
///
/// # Draws
/// A component is chosen by its weight, and drawn from. If the components are reparameterised and the weights are
/// constants, draws have gradients by the components' parameters. [`reparameterize`](Self::reparameterize) gives draws of
/// continuous numbers their gradients by all parameters, the weights among them.
///
/// # Reference
/// Stan User's Guide, "Finite mixtures"; TFP, `tfp.distributions.MixtureSameFamily`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::distribution::{Categorical, Distribution, MixtureSameFamily, Moments, Normal};
///
/// let eruptions = MixtureSameFamily::new(Categorical::new([0.25, 0.75]), Normal::new([2.0, 4.0], [0.25, 0.5]))?;
/// assert_eq!(eruptions.mean(), 3.5);
/// // Of which kind is an eruption of 2.4 minutes?
/// let kind = eruptions.posterior(&2.4.into())?;
/// assert!(kind.probs().to_vec()[0] > 0.9);
/// assert!((eruptions.log_prob(&4.0.into())?.item() - (0.75 * 0.797_884_560_802_865_4_f64).ln()).abs() < 1e-12);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Debug)]
pub struct MixtureSameFamily<D: ?Sized = dyn Distribution> {
    /// In messages.
    name: &'static str,
    mixing: Arc<Categorical>,
    components: Arc<D>,
    batch_shape: Shape,
    support: Constraint,
    /// Gives draws the gradients that the distribution function implies.
    attach_gradient: Option<fn(&Self, &Tensor) -> Result<Tensor>>,
}

impl<D: Distribution + ?Sized> MixtureSameFamily<D> {
    /// The mixture of these components by the probabilities of a categorical distribution.
    ///
    /// # Errors
    /// Components without a batch axis; weights of another number; batch shapes that do not broadcast; components whose
    /// supports are neither one set nor intervals; those of building `mixing` and `components`.
    pub fn new(
        mixing: impl DistributionExt<Base = Categorical>,
        components: impl DistributionExt<Base = D>,
    ) -> Result<Self> {
        let components = components.into_shared()?;
        let support = components.support();
        let Some(support) = support::across(&support, components.event_shape().rank()) else {
            return Err(Error::Unsupported {
                what: format!("a mixture of {} with supports that differ ({support})", components.name()),
                hint: if support::is_point(&support) {
                    "a distribution over points is `Empirical`".to_owned()
                } else {
                    "give the components one by one, and the set that holds them all, to `Mixture::on`".to_owned()
                },
            });
        };
        Self::on(support, "MixtureSameFamily", mixing.into_shared()?, components)
    }

    /// The mixture on a support that holds those of the components.
    pub(super) fn on(
        support: Constraint,
        name: &'static str,
        mixing: Arc<Categorical>,
        components: Arc<D>,
    ) -> Result<Self> {
        let along = components.batch_shape();
        let Some(&count) = along.last() else {
            return Err(Error::InvalidArgument {
                operation: name,
                argument: "components",
                expected: "distributions along the last batch axis".to_owned(),
                got: format!(
                    "{} with batch shape []\nhelp: give its parameters an axis of components, as in \
                     `Normal::new([-1.0, 1.0], 0.5)`",
                    components.name()
                ),
            });
        };
        if mixing.categories() != count {
            return Err(Error::InvalidArgument {
                operation: name,
                argument: "mixing",
                expected: format!(
                    "of {count} categories, the last axis of the batch shape {along} of {}",
                    components.name()
                ),
                got: format!(
                    "{}, of shape {}\nhelp: give each component a weight, and put the components along the last batch axis",
                    mixing.categories(),
                    mixing.parameter().1.shape()
                ),
            });
        }
        let batch_shape = check::broadcast(name, &mixing.batch_shape(), &along.split_event(1).0)?;
        Ok(Self { name, mixing, components, batch_shape, support, attach_gradient: None })
    }

    /// The same mixture with draws whose gradients, by all parameters, are those that keep F(draw) where it is (implicit
    /// reparameterisation).
    ///
    /// A draw costs an evaluation of the distribution function and its gradient.
    ///
    /// # Errors
    /// A discrete mixture, whose draws jump.
    ///
    /// # Reference
    /// Figurnov, Mohamed and Mnih, "Implicit reparameterization gradients", NeurIPS 2018; the argument `reparameterize` of
    /// TFP's `MixtureSameFamily`.
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Categorical, Draw, MixtureSameFamily, Normal};
    /// use ppl::{Tensor, grad};
    ///
    /// // The mean of draws moves with the weights.
    /// let mean = |logits: &[Tensor]| {
    ///     let mixture = MixtureSameFamily::new(Categorical::from_logits(&logits[0]), Normal::new([-1.0, 1.0], 1.0))?;
    ///     Ok(mixture.reparameterize()?.draw_n(0, 10_000)?.mean())
    /// };
    /// let (_, gradient) = grad(mean, &[Tensor::zeros(2)])?;
    /// assert!((gradient[0].to_vec()[1] - 0.5).abs() < 0.05);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub fn reparameterize(self) -> Result<Self>
    where
        D: Cdf,
    {
        if self.support.is_discrete() {
            return Err(Error::Unsupported {
                what: format!("a gradient of draws of {} of {}, which are counts,", self.name, self.components.name()),
                hint: "leave out `reparameterize`, and use a score-function estimator, or sum the site out".to_owned(),
            });
        }
        Ok(Self { attach_gradient: Some(implicit::by_cdf), ..self })
    }

    /// The distribution of the component that is drawn from.
    #[must_use]
    pub fn mixing(&self) -> &Arc<Categorical> {
        &self.mixing
    }

    /// The components, along the last batch axis.
    #[must_use]
    pub fn components(&self) -> &Arc<D> {
        &self.components
    }

    /// The log density of each component, along a new last axis.
    ///
    /// # Errors
    /// Those of [`log_prob`](Distribution::log_prob).
    pub fn component_log_probs(&self, value: &Tensor) -> Result<Tensor> {
        self.each(value, D::log_prob)
    }

    /// The distribution of the component that a value came from (the responsibilities).
    ///
    /// # Errors
    /// Those of [`log_prob`](Distribution::log_prob); a constant value that no component can draw.
    pub fn posterior(&self, value: &Tensor) -> Result<Categorical> {
        Categorical::from_logits(self.weighed(self.component_log_probs(value)?)?)
    }

    /// The axis of the components in values of shape batch `++ [K] ++` event.
    fn axis(&self) -> isize {
        -(self.event_shape().rank() as isize) - 1
    }

    /// A function of each component and the value.
    fn each(&self, value: &Tensor, function: impl Fn(&D, &Tensor) -> Result<Tensor>) -> Result<Tensor> {
        self.check_shape(value)?;
        let (batch, event) = value.shape().split_event(self.event_shape().rank());
        let (sample, own) = batch.split_event(self.batch_shape.rank().min(batch.rank()));
        if sample.rank() < 2 {
            return function(&self.components, &value.try_unsqueeze(self.axis())?);
        }
        // The component axis may be the seventh, one more than tensors have: those of the samples are made one.
        let flat = value.try_reshape(Shape::from(sample.size()).concat(&own).concat(&event))?;
        let each = function(&self.components, &flat.try_unsqueeze(self.axis())?)?;
        each.try_reshape(sample.concat(&Shape::from(&each.shape()[1..])))
    }

    /// Checks a value against the batch and event shapes; gives the shape of its log density.
    fn check_shape(&self, value: &Tensor) -> Result<Shape> {
        let event = self.event_shape();
        check::event(self.name, value, &event)?;
        check::broadcast(self.name, &value.shape().split_event(event.rank()).0, &self.batch_shape)
    }

    /// Logarithms along the component axis, with those of the weights added.
    fn weighed(&self, logs: Tensor) -> Result<Tensor> {
        let weights = self.mixing.log_probs();
        let sum = weights.try_add(logs)?;
        // Where an impossible component has an infinite density, the sum is none.
        if self.has_impossible_component() {
            Tensor::try_select(weights.equal(f64::NEG_INFINITY), &weights, sum)
        } else {
            Ok(sum)
        }
    }

    /// The average over the components of a tensor of shape batch `++ [K] ++` inner, of `inner` axes.
    fn average(&self, of: Tensor, inner: usize) -> Result<Tensor> {
        let weights = over_events(&self.mixing.checked_probs(), inner)?;
        let terms = weights.try_mul(of)?;
        let terms =
            if self.has_impossible_component() { Tensor::try_select(weights.equal(0.0), 0.0, terms)? } else { terms };
        terms.try_sum_axis(-(inner as isize) - 1)
    }

    /// Whether a constant weight is 0.
    fn has_impossible_component(&self) -> bool {
        let weights = self.mixing.parameter().1;
        !weights.is_tracked() && self.mixing.probs().elements().contains(&0.0)
    }

    /// A tensor of the components' mean or variance, less the component axis, for the whole batch.
    fn moment(&self, of: Tensor, inner: Shape) -> Tensor {
        let average =
            self.average(of, inner.rank()).and_then(|all| all.try_broadcast_to(self.batch_shape.concat(&inner)));
        average.unwrap_or_else(|error| panic!("{error}"))
    }
}

impl<D: ?Sized> Clone for MixtureSameFamily<D> {
    fn clone(&self) -> Self {
        Self {
            mixing: self.mixing.clone(),
            components: self.components.clone(),
            support: self.support.clone(),
            ..*self
        }
    }
}

impl<D: Distribution + ?Sized> Distribution for MixtureSameFamily<D> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        let mut values = self.mixing.parameter_values();
        values.extend(self.components.parameter_values());
        values
    }

    fn batch_shape(&self) -> Shape {
        self.batch_shape
    }

    fn event_shape(&self) -> Shape {
        self.components.event_shape()
    }

    fn support(&self) -> Constraint {
        self.support.clone()
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        if sample_shape.rank() > 1 {
            // As in `each`.
            let flat = self.sample(rng, &Shape::from(sample_shape.size()))?;
            return flat.try_reshape(sample_shape.concat(&Shape::from(&flat.shape()[1..])));
        }
        let chosen = choice::one_hot(&self.mixing, rng, sample_shape.concat(&self.batch_shape))?;
        let whole = self.batch_shape.concat(&Shape::from(self.mixing.categories()));
        let draws = if self.components.batch_shape() == whole {
            self.components.sample(rng, sample_shape)?
        } else {
            Expanded::new(self.components.clone(), whole)?.sample(rng, sample_shape)?
        };
        let chosen = over_events(&chosen, self.event_shape().rank())?;
        let draw = Tensor::try_select(chosen, draws, 0.0)?.try_sum_axis(self.axis())?;
        match self.attach_gradient {
            Some(attach) => attach(self, &draw.detach()),
            None if self.is_reparameterized() => Ok(draw),
            // What is left of the gradient, without that of the choice, would be wrong.
            None => Ok(draw.detach()),
        }
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let shape = self.check_shape(value)?;
        let log_prob = self.weighed(self.component_log_probs(value)?)?.try_logsumexp_axis(-1)?;
        if log_prob.shape() == shape { Ok(log_prob) } else { log_prob.try_broadcast_to(shape) }
    }

    fn is_reparameterized(&self) -> bool {
        let has_constant_weights = !self.mixing.parameter().1.is_tracked();
        self.attach_gradient.is_some() || (has_constant_weights && self.components.is_reparameterized())
    }

    fn element_mask(&self) -> Option<Tensor> {
        let mask = self.components.element_mask()?;
        // An element counts that counts for one of the components.
        if mask.rank() > self.event_shape().rank() { mask.try_max_axis(self.axis()).ok() } else { Some(mask) }
    }
}
