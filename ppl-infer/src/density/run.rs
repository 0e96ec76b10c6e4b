//! One run of a model at an unconstrained position.

use std::sync::Arc;

use ppl::bijector::biject_to;
use ppl::effect::{Effect, Handler, Message, SampleSite};
use ppl::random::Key;
use ppl::tensor::singular_as_nan;
use ppl::{Ctx, Model, Tensor};

use super::Layout;
use super::blame::first_element;
use super::layout::is_free;
use crate::Result;
use crate::draws::SiteValue;
use crate::error::DensityError;

/// What one run leaves behind.
#[derive(Debug, Default)]
pub(crate) struct Run {
    /// The terms of the log density by site: densities, Jacobians, factors.
    pub(crate) terms: Vec<Term>,
    /// Values of the latent and deterministic sites in the order of the run, if they were asked for.
    pub(crate) values: Vec<SiteValue>,
}

/// One term of the log density.
#[derive(Debug)]
pub(crate) struct Term {
    /// The site's name; empty where names were not asked for.
    pub(crate) site: String,
    pub(crate) log_prob: Tensor,
    /// The first element whose log density is not finite, if that was asked for.
    pub(crate) detail: Option<String>,
}

/// What a run is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The log density alone.
    Density,
    /// The log density of the sites' own values, without the Jacobians of the maps to them.
    ConstrainedDensity,
    /// The values of latent and deterministic sites.
    Values,
    /// Both, with the names of the terms and what is not finite in them.
    Diagnosis,
}

impl Purpose {
    fn has_terms(self) -> bool {
        self != Self::Values
    }

    fn has_jacobians(self) -> bool {
        matches!(self, Self::Density | Self::Diagnosis)
    }

    fn has_values(self) -> bool {
        matches!(self, Self::Values | Self::Diagnosis)
    }
}

/// Runs the model with its free latent sites at these unconstrained values.
pub(crate) fn run_at<M: Model>(
    model: &M,
    layout: &Arc<Layout>,
    unconstrained: Vec<Tensor>,
    purpose: Purpose,
) -> Result<Run> {
    let handler =
        Unconstrain { layout: Arc::clone(layout), unconstrained, purpose, next: 0, free: false, run: Run::default() };
    let run = || Ctx::new(Key::new(0)).without_validation().enter(handler, |ctx| model.run(ctx));
    let (_, handler) = singular_as_nan(run).0?;
    match layout.sites().get(handler.next) {
        None => Ok(handler.run),
        Some(missing) => Err(DensityError::ChangingSites { site: missing.name.clone(), what: "did not visit" }.into()),
    }
}

impl Run {
    /// The log density: the sum of the terms.
    pub(crate) fn log_density(self) -> Tensor {
        self.terms.into_iter().map(|term| term.log_prob).sum()
    }
}

/// Gives free latent sites their constrained values, and collects the log density with the Jacobians.
struct Unconstrain {
    layout: Arc<Layout>,
    unconstrained: Vec<Tensor>,
    purpose: Purpose,
    /// The index of the next site without a value; the model runs its sites in the order of the layout.
    next: usize,
    /// Whether the site at hand is free.
    free: bool,
    run: Run,
}

impl Unconstrain {
    fn push_term(&mut self, site: &str, log_prob: Tensor) {
        let site = if self.purpose == Purpose::Diagnosis { site.to_owned() } else { String::new() };
        self.run.terms.push(Term { site, log_prob, detail: None });
    }

    /// The site's own term.
    fn push_site(&mut self, name: &str, site: &SampleSite) -> ppl::Result<()> {
        let log_prob = site.log_prob()?;
        let is_blamed = self.purpose == Purpose::Diagnosis && !log_prob.try_item()?.is_finite();
        self.push_term(name, log_prob);
        if let (true, Some(term)) = (is_blamed, self.run.terms.last_mut()) {
            term.detail = first_element(site);
        }
        Ok(())
    }
}

impl Handler for Unconstrain {
    fn before(&mut self, message: Message<'_>) -> ppl::Result<()> {
        let Effect::Sample(site) = message.effect else { return Ok(()) };
        self.free = is_free(site);
        if !self.free {
            return Ok(());
        }
        self.layout.site_in_order(self.next, message.name, site.shape())?;
        // The bijector is made anew in every run: the support may depend on other sites.
        let bijector = biject_to(&site.distribution.support())?;
        let (value, log_abs_det_jacobian) = bijector.forward_and_log_det(&self.unconstrained[self.next])?;
        self.next += 1;
        if self.purpose.has_jacobians() {
            self.push_term(message.name, log_abs_det_jacobian.sum());
        }
        site.value = Some(value);
        Ok(())
    }

    fn after(&mut self, message: Message<'_>) -> ppl::Result<()> {
        let (name, plates) = (message.name, message.plates);
        match message.effect {
            Effect::Sample(site) => {
                if self.purpose.has_terms() {
                    self.push_site(name, site)?;
                }
                if let (true, Some(value)) = (self.free && self.purpose.has_values(), &site.value) {
                    let event_rank = site.distribution.event_shape().rank();
                    self.run.values.push(SiteValue::new(name, value, plates, event_rank));
                }
            }
            Effect::Factor(site) if self.purpose.has_terms() => self.push_term(name, site.log_prob()?),
            Effect::Deterministic(site) if self.purpose == Purpose::Values => {
                self.run.values.push(SiteValue::new(name, &site.value, plates, 0));
            }
            Effect::Factor(_) | Effect::Deterministic(_) | Effect::Param(_) | Effect::Plate(_) => {}
        }
        Ok(())
    }
}
