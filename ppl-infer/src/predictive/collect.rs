//! `Collect`: a run of the model with given values, and what follows from them.

use std::collections::{BTreeMap, BTreeSet};

use ppl::effect::{Effect, Handler, Message, PlateFrame, SampleSite};
use ppl::{Ctx, Tensor};

use super::PredictiveError;
use crate::Result;
use crate::draws::SiteValue;
use crate::error::DensityError;
use crate::svi::Params;

/// Gives latent sites the values of a draw, and collects the values of the other latent sites and of the deterministic
/// ones, which are recomputed.
///
/// **Acts on** `Sample` (before, after), `Deterministic` (after).
///
/// # Errors
/// A value that no site took, an observed site, a value of another shape.
pub(super) struct Collect {
    given: BTreeMap<String, Tensor>,
    taken: BTreeSet<String>,
    sites: Vec<SiteValue>,
    observed: Vec<String>,
    wanted: Wanted,
}

/// What is collected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    /// The values of the sites that are not observed.
    Predictions,
    /// The log densities of the observations.
    LogLikelihood,
}

impl Collect {
    pub(super) fn new(given: BTreeMap<String, Tensor>) -> Self {
        Self { given, taken: BTreeSet::new(), sites: Vec::new(), observed: Vec::new(), wanted: Wanted::Predictions }
    }

    /// Collects the log density of each observation instead.
    pub(super) fn log_likelihood(given: BTreeMap<String, Tensor>) -> Self {
        Self { wanted: Wanted::LogLikelihood, ..Self::new(given) }
    }

    /// Runs the model.
    pub(super) fn collect(
        self,
        ctx: &mut Ctx,
        params: Option<Params>,
        run: impl FnOnce(&mut Ctx) -> ppl::Result<()>,
    ) -> Result<Self> {
        let ((), collected) = match params {
            Some(params) => ctx.enter(self, |ctx| ctx.enter(params, run).map(|_| ()))?,
            None => ctx.enter(self, run)?,
        };
        Ok(collected)
    }

    pub(super) fn observed(&self) -> impl Iterator<Item = &str> {
        self.observed.iter().map(String::as_str)
    }

    /// Count of the numbers that were collected.
    pub(super) fn size(&self) -> usize {
        self.sites.iter().map(|site| site.value.size()).sum()
    }

    pub(super) fn into_sites(self) -> Vec<SiteValue> {
        self.sites
    }

    fn give(&mut self, name: &str, site: &mut SampleSite) -> ppl::Result<()> {
        let Some(value) = self.given.get(name) else { return Ok(()) };
        if site.is_observed {
            return Err(PredictiveError::Observed.into());
        }
        if value.shape() != site.shape() {
            return Err(PredictiveError::DrawShape { expected: site.shape(), got: value.shape() }.into());
        }
        site.value = Some(value.clone());
        self.taken.insert(name.to_owned());
        Ok(())
    }
}

/// The log density of each observation, in the batch shape of the site; 0 where a mask leaves it out.
fn log_likelihood(site: &SampleSite, plates: &[PlateFrame]) -> ppl::Result<Tensor> {
    if let Some(plate) = plates.iter().find(|plate| plate.length() != plate.size) {
        let (subsample_size, size) = (plate.length(), plate.size);
        return Err(DensityError::SubsampledPlate { subsample_size, size }.into());
    }
    let value = site.value.as_ref().ok_or(ppl::Error::NoValue)?;
    let log_prob = site.distribution.log_prob(value)?;
    match &site.term.mask {
        None => Ok(log_prob),
        Some(mask) => Tensor::try_select(mask, &log_prob, 0.0),
    }
}

impl Handler for Collect {
    fn before(&mut self, message: Message<'_>) -> ppl::Result<()> {
        match message.effect {
            Effect::Sample(site) => self.give(message.name, site),
            _ => Ok(()),
        }
    }

    fn after(&mut self, message: Message<'_>) -> ppl::Result<()> {
        let (name, plates) = (message.name, message.plates);
        let is_predicted = self.wanted == Wanted::Predictions;
        match message.effect {
            Effect::Sample(site) if site.is_observed && !is_predicted => {
                self.sites.push(SiteValue::new(name, &log_likelihood(site, plates)?, plates, 0));
            }
            Effect::Deterministic(_) if !is_predicted => {
                self.taken.insert(name.to_owned());
            }
            Effect::Sample(site) if site.is_observed => self.observed.push(name.to_owned()),
            Effect::Sample(site) if is_predicted && !self.given.contains_key(name) => {
                let Some(value) = &site.value else { return Ok(()) };
                let event_rank = site.distribution.event_shape().rank();
                self.sites.push(SiteValue::new(name, value, plates, event_rank));
            }
            Effect::Deterministic(site) => {
                // A posterior has draws of it too, but those of this run are what follows from the other sites.
                self.taken.insert(name.to_owned());
                self.sites.push(SiteValue::new(name, &site.value, plates, 0));
            }
            Effect::Sample(_) | Effect::Factor(_) | Effect::Param(_) | Effect::Plate(_) => {}
        }
        Ok(())
    }

    fn finish(&mut self, visited: &BTreeSet<String>) -> ppl::Result<()> {
        let unused: Vec<String> = self.given.keys().filter(|name| !self.taken.contains(*name)).cloned().collect();
        if unused.is_empty() {
            return Ok(());
        }
        Err(ppl::Error::UnusedKeys {
            handler: "predictive, draws of the posterior",
            kind: "latent or deterministic",
            unused,
            known: visited.iter().cloned().collect(),
        })
    }
}
