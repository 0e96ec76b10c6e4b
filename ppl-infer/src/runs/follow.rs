//! `Follow`: a model gets the values that its guide drew.

use std::collections::BTreeSet;
use std::sync::Arc;

use ppl::effect::{Handler, Message, SampleMessage};
use ppl::handler::{Trace, Tracer};
use ppl::{Ctx, Model, SiteKind};

use crate::{Error, Result};

/// Which latent sites of the model the guide must draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coverage {
    /// All of them.
    Full,
    /// Any; the others draw from the model.
    Partial,
}

/// Gives the latent sites of a model the values that a guide drew.
///
/// Unlike `replay` it does not let the two differ silently: a site that the guide draws and the model lacks or
/// observes, a value of another shape, and, at full coverage, a latent site that the guide lacks are errors.
///
/// **Acts on** `Sample` (before).
#[derive(Clone, Debug)]
pub(crate) struct Follow {
    guide: Arc<Trace>,
    coverage: Coverage,
    taken: BTreeSet<String>,
}

impl Follow {
    pub(crate) fn new(guide: Arc<Trace>, coverage: Coverage) -> Self {
        Self { guide, coverage, taken: BTreeSet::new() }
    }

    fn drawn(&self) -> impl Iterator<Item = &str> {
        self.guide.sites().iter().filter(|site| site.kind == SiteKind::Latent).map(|site| site.name.as_str())
    }

    fn follow(&mut self, site: &mut SampleMessage) -> ppl::Result<()> {
        let fail = |problem: String| Err(ppl::Error::Handler { handler: "guide", problem });
        let drawn = self.guide.site(&site.name).filter(|drawn| drawn.kind == SiteKind::Latent);
        let Some(drawn) = drawn else {
            if self.coverage == Coverage::Full && !site.is_observed && site.value.is_none() {
                return fail(format!(
                    "the guide does not draw this latent site of the model; it draws {}",
                    list(self.drawn())
                ));
            }
            return Ok(());
        };
        if site.is_observed {
            return fail("the guide draws this site, but the model observes it".to_owned());
        }
        if drawn.value.shape() != site.shape() {
            return fail(format!(
                "the guide's value has shape {}, but the site has shape {} in the model",
                drawn.value.shape(),
                site.shape()
            ));
        }
        site.value = Some(drawn.value.clone());
        self.taken.insert(site.name.clone());
        Ok(())
    }
}

impl Handler for Follow {
    fn before(&mut self, message: &mut Message) -> ppl::Result<()> {
        match message {
            Message::Sample(site) => self.follow(site),
            _ => Ok(()),
        }
    }

    fn finish(&mut self, visited: &BTreeSet<String>) -> ppl::Result<()> {
        let unused: Vec<String> = self.drawn().filter(|name| !self.taken.contains(*name)).map(str::to_owned).collect();
        if unused.is_empty() {
            return Ok(());
        }
        Err(ppl::Error::UnusedKeys {
            handler: "guide",
            kind: "latent",
            unused,
            known: visited.iter().cloned().collect(),
        })
    }
}

/// Runs a guide and records it.
pub(crate) fn trace_guide<G: Model>(guide: &G, ctx: &mut Ctx) -> Result<Trace> {
    let (_, tracer) = ctx.enter(Tracer::new(), |ctx| guide.run(ctx))?;
    let trace = tracer.into_trace();
    match trace.sites().iter().find(|site| site.kind == SiteKind::Observed) {
        Some(site) => Err(Error::GuideObserves { site: site.name.clone() }),
        None => Ok(trace),
    }
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
