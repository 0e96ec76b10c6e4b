//! The latent sites of a model, found by running it.

use std::collections::BTreeMap;

use ppl::bijector::biject_to;
use ppl::effect::{Effect, Handler, Message, SampleSite};
use ppl::random::Key;
use ppl::{Ctx, Model, Shape, Tensor, grad};

use super::site::AutoSite;
use crate::Result;
use crate::error::GuideError;
use crate::svi::params::is_tracked;

/// Number of draws whose median a guide begins at.
const INIT_DRAWS: usize = 15;

/// What a guide knows of its model.
#[derive(Clone, Debug)]
pub(super) struct Survey {
    /// In the order of the run.
    pub(super) sites: Vec<AutoSite>,
    /// The first site whose support depends on another site or on a parameter.
    pub(super) dependent: Option<String>,
}

impl Survey {
    /// Runs the model; each latent site is set to the median of some draws, as seen on its unconstrained space.
    pub(super) fn new<M: Model>(guide: &'static str, model: &M, seed: u64) -> Result<Self> {
        let key = Key::new(seed);
        let finder = Finder { guide, key, sites: Vec::new(), values: BTreeMap::new() };
        let (_, Finder { sites, values, .. }) = Ctx::new(key).enter(finder, |ctx| model.run(ctx))?;
        if sites.is_empty() {
            return Err(GuideError::NothingToGuide { guide }.into());
        }
        let dependent = dependent_support(model, key, values)?;
        Ok(Self { sites, dependent })
    }

    /// An error if a support depends on another site.
    pub(super) fn require_fixed_supports(&self, guide: &'static str) -> Result<()> {
        let Some(site) = &self.dependent else { return Ok(()) };
        Err(ppl::Error::from(GuideError::DependentSupport { guide }).at_site(site).into())
    }
}

/// Whether a site wants a value from a guide.
pub(super) fn is_free(site: &SampleSite) -> bool {
    !site.is_observed && site.value.is_none()
}

/// Finds the latent sites and a value to begin with.
///
/// **Acts on** `Sample` (before), `Param` (after).
struct Finder {
    guide: &'static str,
    key: Key,
    sites: Vec<AutoSite>,
    /// The values of latent sites and parameters in this run.
    values: BTreeMap<String, Tensor>,
}

impl Handler for Finder {
    fn before(&mut self, message: Message<'_>) -> ppl::Result<()> {
        let Effect::Sample(site) = message.effect else { return Ok(()) };
        if !is_free(site) {
            return Ok(());
        }
        let support = site.distribution.support();
        if support.is_discrete() {
            let (guide, distribution) = (self.guide, site.distribution.name());
            return Err(GuideError::DiscreteLatent { guide, distribution }.into());
        }
        let bijector = biject_to(&support)?;
        let init = if site.distribution.is_improper() {
            // There is nothing to draw; the origin is where chains start around.
            Tensor::zeros(bijector.inverse_shape(&site.shape())?)
        } else {
            let draws = site.distribution.sample(&mut self.key.rng(message.name, 1), &Shape::from(INIT_DRAWS))?;
            median(&bijector.inverse(&draws.detach())?)
        };
        let value = bijector.forward(&init)?;
        self.sites.push(AutoSite::new(message.name, message.plates, site, init, bijector.domain_event_rank()));
        self.values.insert(message.name.to_owned(), value.clone());
        site.value = Some(value);
        Ok(())
    }

    fn after(&mut self, message: Message<'_>) -> ppl::Result<()> {
        if let Effect::Param(param) = message.effect
            && let Some(value) = &param.value
        {
            self.values.insert(message.name.to_owned(), value.detach());
        }
        Ok(())
    }
}

/// The median over the first axis, and 0 where that is not a number.
fn median(draws: &Tensor) -> Tensor {
    let shape = Shape::from(&draws.shape()[1..]);
    let elements = draws.to_vec();
    let medians: Vec<f64> = (0..shape.size())
        .map(|place| {
            let mut column: Vec<f64> = elements.iter().skip(place).step_by(shape.size().max(1)).copied().collect();
            column.sort_unstable_by(f64::total_cmp);
            let middle = column[column.len() / 2];
            if middle.is_finite() { middle } else { 0.0 }
        })
        .collect();
    Tensor::from(medians).reshape(shape)
}

/// Runs the model with its latent sites and parameters being differentiated: a support that depends on them shows.
fn dependent_support<M: Model>(model: &M, key: Key, values: BTreeMap<String, Tensor>) -> Result<Option<String>> {
    let (names, values): (Vec<String>, Vec<Tensor>) = values.into_iter().unzip();
    let mut dependent = None;
    grad(
        |leaves| -> ppl::Result<Tensor> {
            let values = names.into_iter().zip(leaves.iter().cloned()).collect();
            let (_, probe) = Ctx::new(key).enter(Probe { values, dependent: None }, |ctx| model.run(ctx))?;
            dependent = probe.dependent;
            Ok(Tensor::scalar(0.0))
        },
        &values,
    )?;
    Ok(dependent)
}

/// Gives sites and parameters values that are being differentiated.
///
/// **Acts on** `Sample`, `Param` (before).
struct Probe {
    values: BTreeMap<String, Tensor>,
    dependent: Option<String>,
}

impl Handler for Probe {
    fn before(&mut self, message: Message<'_>) -> ppl::Result<()> {
        match message.effect {
            Effect::Sample(site) if is_free(site) => {
                if self.dependent.is_none() && is_tracked(&site.distribution.support()) {
                    self.dependent = Some(message.name.to_owned());
                }
                site.value = self.values.get(message.name).cloned();
            }
            Effect::Param(param) if param.value.is_none() => param.value = self.values.get(message.name).cloned(),
            _ => {}
        }
        Ok(())
    }
}
