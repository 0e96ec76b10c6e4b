//! `Mixture`: components of different families.

use std::sync::Arc;

use super::MixtureSameFamily;
use super::stacked::Stacked;
use super::support::{common, is_point};
use crate::distribution::density::vector;
use crate::distribution::{Categorical, Cdf, Covariance, Distribution, DistributionExt, Moments};
use crate::random::Rng;
use crate::{Constraint, Error, Result, Shape, Tensor};

/// Mixture of distributions that may be of different families (TFP's `Mixture`, NumPyro's `MixtureGeneral`).
///
#[doc = include_str!("../../../../doc/distribution/Mixture.svg")]
///
/// ```text
/// log p(x) = ln Σₖ weightₖ pₖ(x)
/// ```
///
/// Components of one family are faster as a [`MixtureSameFamily`].
///
/// # Parameters
/// | parameter    | domain                               | shape                   |
/// |--------------|--------------------------------------|-------------------------|
/// | `mixing`     | a [`Categorical`] of K               | broadcasts to the batch |
/// | `components` | K distributions of the same events   | batch, each             |
///
/// # Shapes
/// batch = broadcast(mixing, all components), event = that of the components.
///
/// # Support
/// [`new`](Self::new) takes components whose supports are one set, or intervals of one kind: it is the smallest interval
/// that holds them all. Other components have a support together if you say which: [`on`](Self::on) takes a set that
/// holds the supports of all components. There a component has density 0 outside its own support, and no gradient.
///
/// # Capabilities
/// Those of all components that their type knows: a `Mixture<dyn Cdf>`, made of `Arc<dyn Cdf>`, has distribution functions,
/// and a `Mixture<dyn Moments>` has moments.
///
/// # Moments
/// ```text
/// mean     = Σₖ weightₖ meanₖ
/// variance = Σₖ weightₖ (varianceₖ + (meanₖ − mean)²)
/// ```
/// Covariances follow the same law. Mode and entropy have no closed form and are not implemented; the median is a
/// quantile, by search.
///
/// # Numerics
/// As [`MixtureSameFamily`]: sums are those of logarithms, so that nothing underflows. The components are evaluated one
/// after the other and stacked.
///
/// # Draws
/// All components are drawn, and one is chosen by its weight. They have gradients as those of [`MixtureSameFamily`].
///
/// # Reference
/// TFP, `tfp.distributions.Mixture`; NumPyro, `numpyro.distributions.MixtureGeneral`.
///
/// # Example
/// ```
/// use ppl::Constraint;
/// use ppl::distribution::{Categorical, Distribution, HalfNormal, IntoDistribution, Mixture, Normal, StudentT};
///
/// // Measurements of which one in ten is an outlier.
/// let components = vec![Normal::new(0.0, 1.0).into_distribution()?, StudentT::new(2.0, 0.0, 10.0).into_distribution()?];
/// let robust = Mixture::new(Categorical::new([0.9, 0.1]), components)?;
/// assert!(robust.log_prob(&30.0.into())?.item() > -10.0);
///
/// // Half of the mass is positive only.
/// let components = vec![Normal::new(0.0, 1.0).into_distribution()?, HalfNormal::new(1.0).into_distribution()?];
/// let skewed = Mixture::on(Constraint::Real, Categorical::new([0.5, 0.5]), components)?;
/// let ratio = skewed.log_prob(&1.0.into())?.item() - skewed.log_prob(&(-1.0).into())?.item();
/// assert!((ratio - 3_f64.ln()).abs() < 1e-14);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Debug)]
pub struct Mixture<D: ?Sized = dyn Distribution> {
    inner: MixtureSameFamily<Stacked<D>>,
}

impl<D: Distribution + ?Sized> Mixture<D> {
    const NAME: &'static str = "Mixture";

    /// The mixture of components with a common support, by the probabilities of a categorical distribution.
    ///
    /// # Errors
    /// No component; weights of another number; shapes that do not fit; components with different supports, discrete and
    /// continuous ones together; those of building `mixing`.
    pub fn new(mixing: impl DistributionExt<Base = Categorical>, components: Vec<Arc<D>>) -> Result<Self> {
        let stacked = Stacked::new(components)?;
        let components = stacked.parts();
        refuse_masses_among_densities(components)?;
        let mut supports = components.iter().map(|component| component.support());
        let first = supports.next().unwrap_or(Constraint::Real);
        let mut all = first;
        for (support, component) in supports.zip(components.iter().skip(1)) {
            let Some(both) = common(&all, &support) else {
                return Err(Error::Unsupported {
                    what: format!(
                        "a mixture of {} ({all}) and {} ({support}), whose supports differ,",
                        components[0].name(),
                        component.name()
                    ),
                    hint: "say which set holds the values of all components by `Mixture::on(support, ..)`".to_owned(),
                });
            };
            all = both;
        }
        Self::build(mixing.into_shared()?, stacked.on(all, false))
    }

    /// The mixture of components whose supports may differ, on a set that holds them all.
    ///
    /// # Errors
    /// No component; weights of another number; shapes that do not fit; a component with values outside the set; discrete
    /// and continuous components together; those of building `mixing`.
    pub fn on(
        support: Constraint,
        mixing: impl DistributionExt<Base = Categorical>,
        components: Vec<Arc<D>>,
    ) -> Result<Self> {
        let stacked = Stacked::new(components)?;
        refuse_masses_among_densities(stacked.parts())?;
        for component in stacked.parts() {
            let shape = component.batch_shape().concat(&component.event_shape());
            let own = component.support();
            let has_same_events = own.event_rank() == support.event_rank();
            let holds = || -> Result<bool> {
                let point = vector::point_of(&own, &shape)?.try_broadcast_to(shape)?;
                Ok(!support.contains(&point).elements().contains(&0.0))
            };
            if !has_same_events || own.is_discrete() != support.is_discrete() || !holds()? {
                return Err(Error::InvalidArgument {
                    operation: Self::NAME,
                    argument: "support",
                    expected: format!("a set that holds the values of {} ({own})", component.name()),
                    got: support.to_string(),
                });
            }
        }
        Self::build(mixing.into_shared()?, stacked.on(support, true))
    }

    fn build(mixing: Arc<Categorical>, components: Stacked<D>) -> Result<Self> {
        if mixing.categories() != components.parts().len() {
            return Err(Error::InvalidArgument {
                operation: Self::NAME,
                argument: "mixing",
                expected: format!("of {} categories, one for each component", components.parts().len()),
                got: format!("{}, of shape {}", mixing.categories(), mixing.parameter().1.shape()),
            });
        }
        let support = components.support();
        Ok(Self { inner: MixtureSameFamily::on(support, Self::NAME, mixing, Arc::new(components))? })
    }

    /// The same mixture with draws that have gradients by all parameters; see
    /// [`MixtureSameFamily::reparameterize`].
    ///
    /// # Errors
    /// A discrete mixture, whose draws jump.
    pub fn reparameterize(self) -> Result<Self>
    where
        D: Cdf,
    {
        Ok(Self { inner: self.inner.reparameterize()? })
    }

    /// The distribution of the component that is drawn from.
    #[must_use]
    pub fn mixing(&self) -> &Arc<Categorical> {
        self.inner.mixing()
    }

    /// The components.
    #[must_use]
    pub fn components(&self) -> &[Arc<D>] {
        self.inner.components().parts()
    }

    /// The log density of each component, along a new last axis.
    ///
    /// # Errors
    /// Those of [`log_prob`](Distribution::log_prob).
    pub fn component_log_probs(&self, value: &Tensor) -> Result<Tensor> {
        self.inner.component_log_probs(value)
    }

    /// The distribution of the component that a value came from (the responsibilities).
    ///
    /// # Errors
    /// Those of [`log_prob`](Distribution::log_prob); a constant value that no component can draw.
    pub fn posterior(&self, value: &Tensor) -> Result<Categorical> {
        self.inner.posterior(value)
    }
}

/// A mass is no density: their sum would be neither.
fn refuse_masses_among_densities<D: Distribution + ?Sized>(components: &[Arc<D>]) -> Result<()> {
    let has_mass = |component: &&Arc<D>| component.support().is_discrete() || is_point(&component.support());
    let (mass, density) = (components.iter().find(has_mass), components.iter().find(|component| !has_mass(component)));
    match (mass, density) {
        (Some(mass), Some(density)) => Err(Error::Unsupported {
            what: format!(
                "a mixture of {}, which has probabilities, and {}, which has a density,",
                mass.name(),
                density.name()
            ),
            hint: "draw which of the two it is at a discrete site of its own, or, for an exact 0 among continuous values, \
                   use `Hurdle`"
                .to_owned(),
        }),
        _ => Ok(()),
    }
}

impl<D: ?Sized> Clone for Mixture<D> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

impl<D: Distribution + ?Sized> Distribution for Mixture<D> {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        self.inner.parameter_values()
    }

    fn batch_shape(&self) -> Shape {
        self.inner.batch_shape()
    }

    fn event_shape(&self) -> Shape {
        self.inner.event_shape()
    }

    fn support(&self) -> Constraint {
        self.inner.support()
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.inner.sample(rng, sample_shape)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        self.inner.log_prob(value)
    }

    fn is_reparameterized(&self) -> bool {
        self.inner.is_reparameterized()
    }

    fn element_mask(&self) -> Option<Tensor> {
        self.inner.element_mask()
    }
}

impl<D: Cdf + ?Sized> Cdf for Mixture<D> {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        self.inner.cdf(value)
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        self.inner.icdf(probability)
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        self.inner.log_cdf(value)
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        self.inner.survival(value)
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        self.inner.log_survival(value)
    }
}

impl<D: Moments + ?Sized> Moments for Mixture<D> {
    fn mean(&self) -> Tensor {
        self.inner.mean()
    }

    fn variance(&self) -> Tensor {
        self.inner.variance()
    }
}

impl<D: Covariance + ?Sized> Covariance for Mixture<D> {
    fn covariance(&self) -> Tensor {
        self.inner.covariance()
    }
}

#[cfg(test)]
mod tests;
