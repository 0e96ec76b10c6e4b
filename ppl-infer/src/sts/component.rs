//! `Component`: a part of a structural time series, and its parameters.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Index;
use std::sync::Arc;

use ppl::Tensor;
use ppl::distribution::{Distribution, DistributionExt, IntoDistribution, LogNormal, Normal};

use super::StateSpace;
use crate::error::Result;

/// A part of a [`StructuralTimeSeries`](super::StructuralTimeSeries): parameters with priors, and the state space that
/// they make.
///
/// # Example
/// A series that returns to 0, as a component of one's own:
///
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::prelude::*;
/// use ppl_infer::sts::{Component, Parameter, ParameterValues, SeriesScale, StateSpace, StructuralTimeSeries};
///
/// #[derive(Debug)]
/// struct Cooling;
///
/// impl Component for Cooling {
///     fn name(&self) -> &str {
///         "cooling"
///     }
///
///     fn parameters(&self, _: &SeriesScale) -> Result<Vec<Parameter>> {
///         Ok(vec![Parameter::new("rate", Uniform::new(0.0, 1.0))?])
///     }
///
///     fn state_space(&self, values: &ParameterValues<'_>, scale: &SeriesScale, _steps: usize) -> Result<StateSpace> {
///         let rate = values["rate"].unsqueeze(-1).unsqueeze(-1);
///         Ok(StateSpace::new(rate, [[1.0]])
///             .noise([[[0.0]]])
///             .initial([scale.initial], [[scale.stddev.powi(2)]]))
///     }
/// }
///
/// let series = StructuralTimeSeries::new(&[80.0, 39.0, 21.0, 10.5, 4.9])?.with(Cooling)?;
/// let posterior = Nuts::new().chains(2).warmup(150).draws(100).progress(false).run(&series)?;
/// assert!((posterior.get("cooling/rate")?.mean() - 0.5).abs() < 0.1);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
pub trait Component: fmt::Debug + Send + Sync {
    /// The name, of which a series has one component. The site of a parameter is `name/parameter`.
    fn name(&self) -> &str;

    /// The parameters, with their priors.
    ///
    /// # Errors
    /// Those of building the priors.
    fn parameters(&self, scale: &SeriesScale) -> Result<Vec<Parameter>>;

    /// The state space at these values of the parameters, for the first `steps` times.
    ///
    /// # Errors
    /// Those of tensor operations.
    fn state_space(&self, values: &ParameterValues<'_>, scale: &SeriesScale, steps: usize) -> Result<StateSpace>;

    /// Whether the component can be a part of a series of `steps` times.
    ///
    /// # Errors
    /// [`StsError`](super::StsError), for settings outside their domains and covariates that are too few.
    fn check(&self, _steps: usize) -> Result<()> {
        Ok(())
    }
}

/// A parameter of a component: its name and its prior.
///
/// # Example
/// A vector of effects, one of each day of the week, as a component:
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::prelude::*;
/// use ppl_infer::sts::{Component, Parameter, ParameterValues, SeriesScale, StateSpace, StructuralTimeSeries};
///
/// #[derive(Debug)]
/// struct Weekdays;
///
/// impl Component for Weekdays {
///     fn name(&self) -> &str {
///         "weekdays"
///     }
///
///     fn parameters(&self, scale: &SeriesScale) -> Result<Vec<Parameter>> {
///         Ok(vec![Parameter::new("effects", Normal::new(Tensor::zeros(7), scale.stddev).to_event(1))?])
///     }
///
///     fn state_space(&self, values: &ParameterValues<'_>, _: &SeriesScale, steps: usize) -> Result<StateSpace> {
///         let days: Vec<usize> = (0..steps).map(|day| day % 7).collect();
///         Ok(StateSpace::of_offset(values["effects"].take(-1, &days)))
///     }
/// }
///
/// let series = StructuralTimeSeries::new(&[3.0, 5.0, 4.0, 4.0, 6.0, 9.0, 8.0, 3.5, 5.5])?.with(Weekdays)?;
/// assert_eq!(series.trace(0)?.get("weekdays/effects")?.shape(), Shape::from([7]));
/// // The error of a prior.
/// assert!(Parameter::new("effects", Normal::new(0.0, -1.0)).is_err());
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Parameter {
    pub(super) name: &'static str,
    pub(super) prior: Arc<dyn Distribution>,
}

impl Parameter {
    /// A parameter of this name and prior. A vector's prior has an event of rank 1.
    ///
    /// # Errors
    /// Those of building the distribution.
    pub fn new(name: &'static str, prior: impl IntoDistribution) -> Result<Self> {
        Ok(Self { name, prior: prior.into_distribution()? })
    }

    /// A scale, with the prior that was given, or LogNormal(ln(`guess`), 3).
    pub(super) fn scale(name: &'static str, given: &Prior, guess: f64) -> Result<Self> {
        match given {
            Some(prior) => Self::new(name, Arc::clone(prior)),
            None => Self::new(name, LogNormal::new(guess.ln(), 3.0)),
        }
    }

    /// A vector: of a prior of a scalar, independent copies.
    pub(super) fn vector(name: &'static str, prior: Arc<dyn Distribution>, length: usize) -> Result<Self> {
        if prior.event_shape().rank() == 0 && prior.batch_shape().rank() == 0 {
            return Self::new(name, prior.iid([length]));
        }
        if prior.event_shape().rank() == 0 && prior.batch_shape().dims() == [length] {
            return Self::new(name, prior.to_event(1));
        }
        Self::new(name, prior)
    }
}

/// A prior that was given, if one was.
pub(super) type Prior = Option<Arc<dyn Distribution>>;

/// Writes the setters of a component's priors, and that of its name.
macro_rules! priors {
    ($component:ident: $($(#[$doc:meta])* $parameter:ident;)*) => {
        impl $component {
            /// Another name than the default one; the sites of the parameters begin with it.
            #[must_use]
            pub fn named(mut self, name: impl Into<String>) -> Self {
                self.name = name.into();
                self
            }

            $(
                $(#[$doc])*
                ///
                /// # Errors
                /// Those of building the distribution.
                pub fn $parameter(
                    mut self,
                    prior: impl ppl::distribution::IntoDistribution,
                ) -> crate::error::Result<Self> {
                    self.$parameter = Some(prior.into_distribution()?);
                    Ok(self)
                }
            )*
        }
    };
}
pub(super) use priors;

/// Start and spread of the observed values, from which components make default priors.
///
/// # Example
/// ```
/// use ppl_infer::sts::StructuralTimeSeries;
///
/// // Missing values do not count.
/// let scale = StructuralTimeSeries::new(&[2.0, 4.0, f64::NAN, 4.0, 2.0])?.series_scale();
/// assert_eq!((scale.initial, scale.stddev), (2.0, 1.0));
/// // Of a constant series.
/// let scale = StructuralTimeSeries::new(&[-3.0, -3.0])?.series_scale();
/// assert_eq!((scale.initial, scale.stddev), (-3.0, 3.0));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct SeriesScale {
    /// The first observed value.
    pub initial: f64,
    /// Standard deviation of the observed values, with divisor n. Where they are equal, the absolute value of
    /// `initial`, or 1.
    pub stddev: f64,
}

impl SeriesScale {
    /// Of values of which one at least is not NaN.
    pub(super) fn of(y: &[f64]) -> Self {
        let observed: Vec<f64> = y.iter().copied().filter(|y| !y.is_nan()).collect();
        let initial = observed[0];
        let stddev = standard_deviation(&observed);
        let stddev = [stddev, initial.abs(), 1.0].into_iter().find(|scale| *scale > 0.0).unwrap_or(1.0);
        Self { initial, stddev }
    }
}

/// Standard deviation with divisor n; 0 of equal values.
pub(super) fn standard_deviation(values: &[f64]) -> f64 {
    if values.windows(2).all(|pair| pair[0] == pair[1]) {
        return 0.0;
    }
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64).sqrt()
}

/// Mean and variance of a normal prior of a state at the first time, which must be normal for the filter.
#[derive(Clone, Debug)]
pub(super) struct InitialState {
    given: Option<Normal>,
}

impl InitialState {
    pub(super) const DEFAULT: Self = Self { given: None };

    pub(super) fn new(prior: Normal) -> Self {
        Self { given: Some(prior) }
    }

    /// Mean and variance, those of Normal(`loc`, `scale`) unless given.
    pub(super) fn moments(&self, loc: f64, scale: f64) -> Result<(f64, f64)> {
        match &self.given {
            Some(prior) => Ok((prior.loc().try_item()?, prior.scale().try_item()?.powi(2))),
            None => Ok((loc, scale * scale)),
        }
    }
}

/// Values of a component's parameters, by name: `values["level_scale"]`.
///
/// A scalar's are of shape batch, a vector's of shape batch ++ `[k]`. There is no batch in a run of the model, and one
/// of draws where these are looked at.
///
/// # Example
/// An effect times what is known of each time. The new last axis is that of the times, whatever the batch:
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::prelude::*;
/// use ppl_infer::sts::{Component, Parameter, ParameterValues, SeriesScale, StateSpace, StructuralTimeSeries};
///
/// #[derive(Debug)]
/// struct Promotion(Vec<f64>);
///
/// impl Component for Promotion {
///     fn name(&self) -> &str {
///         "promotion"
///     }
///
///     fn parameters(&self, scale: &SeriesScale) -> Result<Vec<Parameter>> {
///         Ok(vec![Parameter::new("effect", Normal::new(0.0, scale.stddev))?])
///     }
///
///     fn state_space(&self, values: &ParameterValues<'_>, _: &SeriesScale, steps: usize) -> Result<StateSpace> {
///         Ok(StateSpace::of_offset(values["effect"].unsqueeze(-1) * Tensor::from(&self.0[..steps])))
///     }
/// }
///
/// let series = StructuralTimeSeries::new(&[0.0, 2.5, 0.5])?.with(Promotion(vec![0.0, 1.0, 0.0]))?;
/// let known = series.substitute("promotion/effect", 2.0).substitute("observation_noise_scale", 0.5);
/// // Three residuals of a normal with standard deviation ½: 0, ½ and ½.
/// let want = Normal::new(0.0, 0.5)?.log_prob(&Tensor::from([0.0, 0.5, 0.5]))?.sum();
/// assert!((known.trace(0)?.log_likelihood()? - want).abs().item() < 1e-12);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ParameterValues<'a> {
    component: &'a str,
    values: &'a SiteTensors,
}

/// The values of all sites, by name.
pub(super) type SiteTensors = BTreeMap<String, Tensor>;

/// The name of a parameter's site.
pub(super) fn site_name(component: &str, parameter: &str) -> String {
    format!("{component}/{parameter}")
}

impl<'a> ParameterValues<'a> {
    pub(super) fn new(component: &'a str, values: &'a SiteTensors) -> Self {
        Self { component, values }
    }
}

impl Index<&str> for ParameterValues<'_> {
    type Output = Tensor;

    /// # Panics
    /// A name that is not among the component's [`parameters`](Component::parameters).
    fn index(&self, parameter: &str) -> &Tensor {
        let value = self.values.get(&site_name(self.component, parameter));
        value.unwrap_or_else(|| panic!("component `{}` has no parameter `{parameter}`", self.component))
    }
}
