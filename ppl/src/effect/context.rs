//! `Ctx`: one run of a model.

use std::fmt;
use std::panic::Location;
use std::sync::Arc;

use super::dispatch::Dispatcher;
use super::plate::{DrawnMembers, allocate_dim, site_batch_shape};
use super::shape_table::plate_shape_error;
use super::validation::Validation;
use super::{
    DeterministicSite, FactorSite, IntoObservation, IntoPlateSize, Model, ParamSite, PlateFrame, PlateIndex, PlateSite,
    PlateSize, SampleSite, Subsample, Term, settle,
};
use crate::distribution::{Expanded, IntoDistribution};
use crate::random::Key;
use crate::site::SiteKind;
use crate::tensor::record;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor};

/// One run of a model: the random key, the handlers, the open plates and the names of the sites so far.
///
/// The site macros are calls of its methods. [`enter`](Self::enter) puts a handler around a part of the run.
pub struct Ctx {
    key: Key,
    pub(super) dispatcher: Dispatcher,
    plates: Vec<PlateFrame>,
    /// `None` in a run that is not validated.
    validation: Option<Validation>,
}

impl Ctx {
    /// A run without handlers, whose sites draw by this key.
    #[must_use]
    pub fn new(key: Key) -> Self {
        Self { key, dispatcher: Dispatcher::default(), plates: Vec::new(), validation: Some(Validation::new()) }
    }

    /// Leaves out the checks that a model and its data need only once: that observations are in the support, and the
    /// table of shapes that errors show.
    #[must_use]
    pub fn without_validation(self) -> Self {
        Self { validation: None, ..self }
    }

    /// The key that sites draw by.
    #[must_use]
    pub fn key(&self) -> Key {
        self.key
    }

    /// The open plates, outermost first.
    #[must_use]
    pub fn plates(&self) -> &[PlateFrame] {
        &self.plates
    }

    /// `sample!`: a latent site.
    ///
    /// # Errors
    /// Those of the distribution, of handlers, of a shape that does not fit the plates, of a name that was used.
    #[track_caller]
    pub fn sample(&mut self, name: impl Into<String>, distribution: impl IntoDistribution) -> Result<Tensor> {
        let name = name.into();
        record::visit(&name, Location::caller());
        let outcome = self.random_site(&name, distribution, None);
        self.at_site(&name, outcome)
    }

    /// `observe!`: an observed site, or a latent one where there are no data.
    ///
    /// # Errors
    /// As [`sample`](Self::sample); data of another shape than the site's, or outside the support.
    #[track_caller]
    pub fn observe(
        &mut self,
        name: impl Into<String>,
        distribution: impl IntoDistribution,
        data: impl IntoObservation,
    ) -> Result<Tensor> {
        let name = name.into();
        record::visit(&name, Location::caller());
        let outcome = self.random_site(&name, distribution, data.into_observation());
        self.at_site(&name, outcome)
    }

    /// `param!`: a learnable parameter, with its initial value.
    ///
    /// # Errors
    /// A value outside the constraint; a name that was used.
    #[track_caller]
    pub fn param(&mut self, name: impl Into<String>, init: impl IntoTensor, constraint: Constraint) -> Result<Tensor> {
        let name = name.into();
        record::visit(&name, Location::caller());
        let site = ParamSite { init: init.into_tensor(), constraint, value: None };
        let outcome = self.param_site(&name, site);
        self.at_site(&name, outcome)
    }

    /// `deterministic!`: a recorded quantity.
    ///
    /// # Errors
    /// A name that was used.
    #[track_caller]
    pub fn deterministic(&mut self, name: impl Into<String>, value: impl IntoTensor) -> Result<Tensor> {
        let name = name.into();
        record::visit(&name, Location::caller());
        let mut site = DeterministicSite { value: value.into_tensor() };
        let outcome = self.dispatcher.dispatch(&name, &self.plates, &mut site, |_, _| Ok(()));
        self.at_site(&name, outcome)?;
        Ok(site.value)
    }

    /// `factor!`: a factor of the density.
    ///
    /// Inside plates it stands for one factor a member, as every statement there does: a scalar counts once for each
    /// member of the plates.
    ///
    /// # Errors
    /// A name that was used; a factor whose shape does not fit the plates.
    #[track_caller]
    pub fn factor(&mut self, name: impl Into<String>, log_weight: impl IntoTensor) -> Result<()> {
        let name = name.into();
        record::visit(&name, Location::caller());
        let outcome = self.factor_site(&name, &log_weight.into_tensor());
        self.at_site(&name, outcome)
    }

    /// `call!(child(args))`: runs a sub-model in this run.
    ///
    /// # Errors
    /// Those of the sub-model.
    pub fn call<M: Model>(&mut self, model: M) -> Result<M::Output> {
        model.run(self)
    }

    /// `plate!`: opens a plate, of all its members or of a subsample, on the axis `dim` or the rightmost free one. `size`
    /// is the count of its members, or their names.
    ///
    /// # Errors
    /// Two members of one name; a subsample larger than the plate or empty; a given member twice or from outside of the
    /// plate; an axis that is taken.
    #[track_caller]
    pub fn open_plate(
        &mut self,
        name: impl Into<String>,
        size: impl IntoPlateSize,
        subsample: impl Into<Subsample>,
        dim: Option<isize>,
    ) -> Result<PlateIndex> {
        let name = name.into();
        record::visit(&name, Location::caller());
        let outcome = size.into_plate_size().and_then(|size| self.plate_site(&name, size, subsample.into(), dim));
        self.at_site(&name, outcome)
    }

    /// Closes the innermost open plate.
    pub fn close_plate(&mut self) {
        self.plates.pop();
    }

    pub(super) fn plate_depth(&self) -> usize {
        self.plates.len()
    }

    pub(super) fn close_plates_to(&mut self, depth: usize) {
        self.plates.truncate(depth);
    }

    fn random_site(&mut self, name: &str, distribution: impl IntoDistribution, data: Option<Tensor>) -> Result<Tensor> {
        let mut distribution = distribution.into_distribution().map_err(|error| match &self.validation {
            Some(validation) => validation.explain(error),
            None => error,
        })?;
        let is_data = data.is_some();
        let kind = if is_data { SiteKind::Observed } else { SiteKind::Latent };
        let (own, event) = (distribution.batch_shape(), distribution.event_shape());
        let batch = self.batch_shape(name, kind, distribution.name(), own, event)?;
        if batch != own {
            distribution = Arc::new(Expanded::new(distribution, batch)?);
        }
        let term = Term::in_plates(&self.plates);
        let mut site = SampleSite { distribution, value: data, is_observed: is_data, term, key: None };
        let name = self.dispatcher.dispatch(name, &self.plates, &mut site, |name, site| {
            settle::sample(site, name, &self.plates, self.key, is_data, self.validation.as_mut())
        })?;
        let value = settle::kept(site.value)?;
        if let (false, Some(validation)) = (site.is_observed, &mut self.validation) {
            validation.latent(&name, site.distribution.name(), &value);
        }
        Ok(value)
    }

    fn param_site(&mut self, name: &str, mut site: ParamSite) -> Result<Tensor> {
        // A parameter is one for all members of the plates.
        let name = self.dispatcher.dispatch(name, &[], &mut site, |_, site| settle::param(site))?;
        let value = settle::kept(site.value)?;
        let Some(validation) = &mut self.validation else { return Ok(value) };
        let value = value.into_drawn();
        validation.param(&name, &value);
        Ok(value)
    }

    fn factor_site(&mut self, name: &str, log_weight: &Tensor) -> Result<()> {
        let batch = self.batch_shape(name, SiteKind::Factor, "factor", log_weight.shape(), Shape::SCALAR)?;
        let log_weight = log_weight.try_broadcast_to(batch)?;
        let mut site = FactorSite { log_weight, term: Term::in_plates(&self.plates) };
        self.dispatcher.dispatch(name, &self.plates, &mut site, |_, _| Ok(())).map(|_| ())
    }

    fn plate_site(
        &mut self,
        name: &str,
        size: PlateSize,
        members: Subsample,
        dim: Option<isize>,
    ) -> Result<PlateIndex> {
        let PlateSize { count: size, levels } = size;
        members.check(size)?;
        let subsample_size = members.count(size);
        let indices = match members {
            Subsample::Members(members) => Some(members),
            Subsample::All | Subsample::Size(_) => None,
        };
        let dim = allocate_dim(name, dim, &self.plates)?;
        let own = indices.clone();
        let mut site = PlateSite { size, subsample_size, indices, key: None };
        let mut drawn: Option<DrawnMembers> = None;
        let name = self.dispatcher.dispatch(name, &self.plates, &mut site, |name, site| {
            drawn = settle::plate(site, name, own.as_deref(), self.key)?;
            Ok(())
        })?;
        let members = settle::kept(site.indices)?;
        // A handler may have put others there since.
        let drawn = drawn.filter(|drawn| drawn.members == members).map(|drawn| drawn.tensor);
        // Members that are drawn are others in the next run.
        let is_drawn = own.is_none() && subsample_size != size;
        let levels = levels.filter(|_| !is_drawn).map(|levels| levels.select(&members));
        let index = PlateIndex::new(&name, size, members, drawn);
        self.plates.push(PlateFrame { name, size, index: index.clone(), dim, levels });
        Ok(index)
    }

    /// The batch shape of a site in the open plates.
    fn batch_shape(
        &self,
        name: &str,
        kind: SiteKind,
        distribution: &'static str,
        own: Shape,
        event: Shape,
    ) -> Result<Shape> {
        site_batch_shape(&own, &self.plates).ok_or_else(|| {
            let table = self.validation.as_ref().map(|validation| &validation.shapes);
            plate_shape_error(table, distribution, name, kind, &self.plates, (own, event))
        })
    }

    /// Adds the site's name to an error.
    fn at_site<T>(&self, name: &str, outcome: Result<T>) -> Result<T> {
        outcome.map_err(|error| error.at_site(&self.dispatcher.full_name(name)))
    }
}

impl fmt::Debug for Ctx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ctx")
            .field("key", &self.key)
            .field("handlers", &self.dispatcher.depth())
            .field("plates", &self.plates)
            .field("names", self.dispatcher.names())
            .finish()
    }
}
