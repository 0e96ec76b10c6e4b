//! Results in ArviZ's groups, as a Zarr store or as JSON.

mod attributes;
mod error;
mod group;
mod json;
pub(crate) mod names;
#[cfg(test)]
mod tests;
mod zarr;

use std::collections::BTreeMap;

use ppl::site::SiteKind;
use ppl::{IntoTensor, Model, ModelExt};

pub(crate) use self::attributes::attributes;
pub use self::error::ExportError;
use self::group::{Group, GroupName, NamedGroup, Variable, name_all};
use crate::draws::{Dim, DrawSource, SiteValue};
use crate::posterior::store::data_type;
use crate::zarr::narrowest;
use crate::{Posterior, Result};

/// A posterior and what goes with it, in the groups of ArviZ: the default way to other tools.
///
/// | group                  | from                                                                                     |
/// |------------------------|------------------------------------------------------------------------------------------|
/// | `posterior`, `sample_stats` | [`posterior`](Self::posterior)                                                      |
/// | `posterior_predictive` | [`posterior_predictive`](Self::posterior_predictive): [`Predictive::posterior`](crate::Predictive::posterior) |
/// | `log_likelihood`       | [`log_likelihood`](Self::log_likelihood): [`Predictive::log_likelihood`](crate::Predictive::log_likelihood), of each observation |
/// | `prior`, `prior_predictive` | [`prior`](Self::prior): [`Predictive::prior`](crate::Predictive::prior)             |
/// | `observed_data`        | [`observed_data`](Self::observed_data): the model                                        |
/// | `constant_data`        | [`constant_data`](Self::constant_data): covariates                                       |
///
/// [`write_zarr`](Self::write_zarr) writes a folder in the Zarr v3 format, [`write_json`](Self::write_json) one file of
/// JSON. Axes have the names of plates, and the names of their members as coordinates. An axis without a name is called
/// `{variable}_dim_{axis}`; one with the name of a variable gets `_dim` at its end. Attributes are the library, its
/// version, the engine, the time, and the sampler's settings as JSON, `sampler_config`.
///
/// ```python
/// import arviz, xarray                       # ArviZ 1 reads it as it is: arviz.from_zarr("run.zarr")
/// tree = xarray.open_datatree("run.zarr", engine="zarr")
/// data = arviz.InferenceData.from_datatree(tree)   # ArviZ 0.23
/// arviz.summary(data), arviz.loo(data), arviz.plot_ppc(data)
/// tree.to_netcdf("run.nc")
/// ```
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::prelude::*;
///
/// #[model]
/// fn schools(names: &Levels, y: Option<&[f64]>) {
///     let mu = sample!("mu", Normal::new(0.0, 5.0));
///     plate!("school", names, {
///         let theta = sample!("theta", Normal::new(mu, 5.0));
///         observe!("y", Normal::new(theta, 10.0), y);
///     });
/// }
///
/// let names = Levels::new(["Choate", "Deerfield", "Exeter"])?;
/// let (data, unobserved) = (schools(&names, Some(&[28.0, 8.0, -3.0])), schools(&names, None));
/// let posterior = Nuts::new().chains(2).warmup(100).draws(50).progress(false).run(&data)?;
///
/// let path = std::env::temp_dir().join(format!("ppl-inference-data-{}.zarr", std::process::id()));
/// let run = InferenceData::new()
///     .posterior(&posterior)
///     .posterior_predictive(&Predictive::new().posterior(&unobserved, &posterior)?)?
///     .log_likelihood(&Predictive::new().log_likelihood(&data, &posterior)?)?
///     .prior(&Predictive::new().prior(&unobserved, 100)?)?
///     .observed_data(&data)?;
/// run.write_zarr(&path)?;
/// assert_eq!(
///     run.groups(),
///     ["posterior", "posterior_predictive", "log_likelihood", "sample_stats", "prior", "prior_predictive", "observed_data"]
/// );
/// assert_eq!(Posterior::read_zarr(&path)?, posterior);
/// # std::fs::remove_dir_all(path).unwrap();
/// # Ok::<(), ppl_infer::Error>(())
/// ```
///
/// # Reference
/// ArviZ, "InferenceData schema specification"; Zarr core specification, version 3.
#[derive(Clone, Debug, Default)]
pub struct InferenceData {
    posterior: Option<Posterior>,
    groups: BTreeMap<GroupName, Group>,
}

impl InferenceData {
    /// No groups.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The draws of a posterior, and their statistics.
    #[must_use]
    pub fn posterior(mut self, posterior: &Posterior) -> Self {
        let leading = || Some((posterior.chain_ids().to_vec(), posterior.num_draws()));
        let variables = posterior.draws().sites().iter().map(|site| Variable {
            name: site.name().to_owned(),
            dims: site.dims().to_vec(),
            data_type: crate::zarr::DataType::Float64,
            values: site.shared(),
        });
        let draws = Group { draws: leading(), variables: variables.collect() };
        let variables = posterior.sample_stats().iter().map(|(name, kind, values)| Variable {
            name: name.to_owned(),
            dims: Vec::new(),
            data_type: narrowest(values.iter().copied(), data_type(kind)),
            values: values.to_owned().into_dyn().into_shared(),
        });
        let statistics = Group { draws: leading(), variables: variables.collect() };
        self.groups.extend([(GroupName::Posterior, draws), (GroupName::SampleStats, statistics)]);
        self.posterior = Some(posterior.clone());
        self
    }

    /// Predictions from the posterior, of what the model observes. Deterministic sites, which predictions have too, are written
    /// with the posterior alone.
    ///
    /// # Errors
    /// [`ExportError::Weighted`]; a site that not every draw visited, or not with the same shape.
    pub fn posterior_predictive(self, predictions: &impl DrawSource) -> Result<Self> {
        self.with_draws(GroupName::PosteriorPredictive, predictions)
    }

    /// The log likelihood of each observation at each draw, from which ArviZ computes LOO and WAIC.
    ///
    /// # Errors
    /// As [`posterior_predictive`](Self::posterior_predictive).
    pub fn log_likelihood(self, log_likelihood: &impl DrawSource) -> Result<Self> {
        self.with_draws(GroupName::LogLikelihood, log_likelihood)
    }

    /// Draws from the prior. Of these the sites that are [observed](Self::observed_data) are written as the group
    /// `prior_predictive`.
    ///
    /// # Errors
    /// As [`posterior_predictive`](Self::posterior_predictive).
    pub fn prior(self, prior: &impl DrawSource) -> Result<Self> {
        self.with_draws(GroupName::Prior, prior)
    }

    /// Predictions from the prior, of what the model observes.
    ///
    /// # Errors
    /// As [`posterior_predictive`](Self::posterior_predictive).
    pub fn prior_predictive(self, predictions: &impl DrawSource) -> Result<Self> {
        self.with_draws(GroupName::PriorPredictive, predictions)
    }

    /// The data that a model observes, by a run of the model.
    ///
    /// # Errors
    /// Those of the run; [`ExportError::Subsampled`].
    pub fn observed_data<M: Model>(mut self, model: &M) -> Result<Self> {
        let mut group = Group::default();
        let trace = model.trace(0)?;
        for site in trace.sites().iter().filter(|site| site.kind == SiteKind::Observed) {
            if let Some(plate) = site.plates.iter().find(|plate| plate.length() != plate.size) {
                let (name, length, size) = (plate.name.clone(), plate.length(), plate.size);
                return Err(ExportError::Subsampled { site: site.name.clone(), plate: name, length, size }.into());
            }
            let event_rank = site.distribution.as_ref().map_or(0, |distribution| distribution.event_shape().rank());
            let value = SiteValue::new(&site.name, &site.value, &site.plates, event_rank);
            group.push(GroupName::ObservedData, &value.name, value.dims, value.value.to_array().into_shared())?;
        }
        self.groups.insert(GroupName::ObservedData, group);
        Ok(self)
    }

    /// Data that the model takes as they are, as covariates; `dims` has a name, a [`Dim`] or `None` for each axis.
    ///
    /// # Errors
    /// [`ExportError::TwoVariables`]; [`DrawsError::DimensionNames`](crate::error::DrawsError::DimensionNames),
    /// [`DrawsError::MemberNames`](crate::error::DrawsError::MemberNames).
    pub fn constant_data(
        mut self,
        name: &str,
        dims: &[Option<impl Clone + Into<Dim>>],
        values: impl IntoTensor,
    ) -> Result<Self> {
        // A table of one site checks what belongs together.
        let mut table = crate::draws::SiteTable::new(&[]);
        table.insert_with_dims(name, dims, values.into_tensor().to_array())?;
        let site = table.get(name)?;
        let group = self.groups.entry(GroupName::ConstantData).or_default();
        group.push(GroupName::ConstantData, name, site.dims().to_vec(), site.shared())?;
        Ok(self)
    }

    fn with_draws(mut self, name: GroupName, draws: &impl DrawSource) -> Result<Self> {
        let group = Group::of_draws(name, draws.draws())?;
        self.groups.insert(name, group);
        Ok(self)
    }

    /// The names of the groups that are written.
    #[must_use]
    pub fn groups(&self) -> Vec<&'static str> {
        self.written().keys().map(|name| name.as_str()).collect()
    }

    /// The groups that are written: predictions apart from other draws, and the chains of what follows from the posterior under
    /// their ids.
    fn written(&self) -> BTreeMap<GroupName, Group> {
        let mut groups = self.groups.clone();
        let observed: Vec<String> = match groups.get(&GroupName::ObservedData) {
            Some(group) => group.variables.iter().map(|variable| variable.name.clone()).collect(),
            None => Vec::new(),
        };
        if let Some(prior) = groups.get_mut(&GroupName::Prior) {
            let (predictive, latent): (Vec<Variable>, Vec<Variable>) =
                std::mem::take(&mut prior.variables).into_iter().partition(|own| observed.contains(&own.name));
            let draws = prior.draws.clone();
            prior.variables = latent;
            if !predictive.is_empty() {
                let group = Group { draws, variables: predictive };
                groups.entry(GroupName::PriorPredictive).or_insert(group);
            }
        }
        if let Some(posterior) = &self.posterior {
            if let Some(predictive) = groups.get_mut(&GroupName::PosteriorPredictive) {
                predictive.variables.retain(|own| posterior.draws().sites().iter().all(|site| site.name() != own.name));
            }
            for name in [GroupName::PosteriorPredictive, GroupName::LogLikelihood] {
                if let Some((ids, _)) = groups.get_mut(&name).and_then(|group| group.draws.as_mut())
                    && ids.len() == posterior.num_chains()
                {
                    *ids = posterior.chain_ids().to_vec();
                }
            }
        }
        groups.retain(|_, group| !group.variables.is_empty());
        groups
    }
}

/// The groups under the names of a file.
fn named(groups: &BTreeMap<GroupName, Group>) -> Vec<NamedGroup<'_>> {
    name_all(groups.iter().map(|(name, group)| (*name, group)))
}
