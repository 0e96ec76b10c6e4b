//! `Follow`: a model gets the values that its guide drew.

use std::collections::BTreeSet;
use std::sync::Arc;

use ppl::distribution::Distribution;
use ppl::effect::{Effect, Handler, Message, PlateFrame, SampleSite};
use ppl::handler::{Trace, Tracer};
use ppl::{Ctx, Model, SiteKind, Tensor};

use super::GuideError;
use crate::Result;

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
    checks_support: bool,
}

impl Follow {
    pub(crate) fn new(guide: Arc<Trace>, coverage: Coverage) -> Self {
        Self { guide, coverage, taken: BTreeSet::new(), checks_support: false }
    }

    /// The same, which refuses values that the model's support does not hold before the model goes on with them.
    pub(crate) fn checking_support(self) -> Self {
        Self { checks_support: true, ..self }
    }

    fn drawn(&self) -> impl Iterator<Item = &str> {
        self.guide.sites().iter().filter(|site| site.kind == SiteKind::Latent).map(|site| site.name.as_str())
    }

    fn follow(&mut self, name: &str, plates: &[PlateFrame], site: &mut SampleSite) -> ppl::Result<()> {
        let drawn = self.guide.site(name).filter(|drawn| drawn.kind == SiteKind::Latent);
        let Some(drawn) = drawn else {
            if self.coverage == Coverage::Full && !site.is_observed && site.value.is_none() {
                return Err(GuideError::NotDrawn { drawn: self.drawn().map(str::to_owned).collect() }.into());
            }
            return Ok(());
        };
        if site.is_observed {
            return Err(GuideError::Observed.into());
        }
        if drawn.value.shape() != site.shape() {
            return Err(GuideError::ValueShape { expected: site.shape(), got: drawn.value.shape() }.into());
        }
        let (model, guide) = (plates, &drawn.plates[..]);
        if let Some(plate) = other_subsample(model, guide).or_else(|| other_subsample(guide, model)) {
            let (length, size) = (plate.length(), plate.size);
            return Err(GuideError::OtherSubsample { plate: plate.name.to_string(), length, size }.into());
        }
        if self.checks_support {
            refuse_outside(site.distribution.as_ref(), &drawn.value, site.term.mask.as_ref())?;
        }
        site.value = Some(drawn.value.clone());
        self.taken.insert(name.to_owned());
        Ok(())
    }
}

impl Handler for Follow {
    fn before(&mut self, message: Message<'_>) -> ppl::Result<()> {
        match message.effect {
            Effect::Sample(site) => self.follow(message.name, message.plates, site),
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

/// Runs a program and records it.
pub(crate) fn record<M: Model>(program: &M, ctx: &mut Ctx) -> ppl::Result<Trace> {
    ctx.enter(Tracer::new(), |ctx| program.run(ctx)).map(|(_, tracer)| tracer.into_trace())
}

/// The guide's draw must be possible in the model, but for what a mask leaves out.
pub(crate) fn refuse_outside(
    distribution: &dyn Distribution,
    value: &Tensor,
    mask: Option<&Tensor>,
) -> ppl::Result<()> {
    let support = distribution.support();
    let inside = support.contains(&value.detach());
    let counted = match mask {
        Some(mask) => Tensor::try_select(mask, &inside, 1.0)?,
        None => inside,
    };
    if counted.to_vec().contains(&0.0) {
        return Err(GuideError::OutsideSupport { support: support.to_string(), value: value.to_string() }.into());
    }
    Ok(())
}

/// A guide's data would be counted besides the model's.
pub(crate) fn refuse_observations(guide: &Trace) -> Result<()> {
    match guide.sites().iter().find(|site| site.kind == SiteKind::Observed) {
        Some(site) => Err(GuideError::Observes { site: site.name.clone() }.into()),
        None => Ok(()),
    }
}

/// A plate that is subsampled in one list and not open, with the same members, in the other.
fn other_subsample<'a>(plates: &'a [PlateFrame], others: &[PlateFrame]) -> Option<&'a PlateFrame> {
    plates.iter().find(|plate| {
        plate.is_subsampled() && !others.iter().any(|other| other.name == plate.name && other.index == plate.index)
    })
}
