//! One particle: a draw from the proposal and its weight.

use std::sync::Arc;

use ppl::effect::{Effect, Handler, Message, PlateFrame, SampleSite, Term};
use ppl::handler::{Trace, TraceSite};
use ppl::random::Key;
use ppl::{Ctx, Model, Tensor};

use crate::Result;
use crate::draws::SiteValue;
use crate::error::{DensityError, WeightsError};
use crate::runs::{Attempt, Coverage, Follow, record, refuse_observations};

/// What particles are drawn from.
pub(super) enum Proposal<'a, G> {
    /// The model's own distributions of its latent sites.
    Prior,
    /// The guide, and the prior for the sites that it does not draw.
    Guide(&'a G),
}

/// A draw and its weight.
pub(super) struct Particle {
    /// Latent and deterministic sites in the order of the run.
    pub(super) sites: Vec<SiteValue>,
    pub(super) log_weight: f64,
    /// The sites at which the model's density is zero.
    pub(super) impossible_sites: Vec<String>,
    pub(super) output: Option<Tensor>,
}

impl Particle {
    /// Count of the numbers of which the particle consists, its weight included.
    pub(super) fn size(&self) -> usize {
        let values = self.sites.iter().map(|site| &site.value).chain(&self.output);
        1 + values.map(Tensor::size).sum::<usize>()
    }

    /// Draws by `key`; `keep` says what to keep of the model's output. Rejected where the model has no density; where the
    /// guide has none, it is an error.
    pub(super) fn draw<M: Model, G: Model>(
        model: &M,
        proposal: &Proposal<'_, G>,
        key: Key,
        validate: bool,
        keep: impl Fn(M::Output) -> Option<Tensor>,
    ) -> Result<Attempt<Self>> {
        let new_ctx = || if validate { Ctx::new(key) } else { Ctx::new(key).without_validation() };
        let (follow, log_proposal) = match proposal {
            Proposal::Prior => (None, 0.0),
            Proposal::Guide(guide) => {
                let trace = record(*guide, &mut new_ctx())?;
                refuse_observations(&trace)?;
                let log_proposal = log_proposal(&trace)?;
                (Some(Follow::new(Arc::new(trace), Coverage::Partial)), log_proposal)
            }
        };
        Attempt::of(|| {
            let (output, weigher) = new_ctx().enter(Weigher::default(), |ctx| match follow {
                None => model.run(ctx),
                Some(follow) => ctx.enter(follow, |ctx| model.run(ctx)).map(|(output, _)| output),
            })?;
            let Weigher { sites, log_weight, impossible_sites, non_finite, .. } = weigher;
            match non_finite {
                Some(error) => Err(error.into()),
                None => {
                    Ok(Self { sites, log_weight: log_weight - log_proposal, impossible_sites, output: keep(output) })
                }
            }
        })
    }
}

/// A site of a guide without its scale, which changes how much its density counts but not its draw.
pub(super) fn unscaled(site: &TraceSite) -> TraceSite {
    TraceSite { term: Term { scale: 1.0, mask: site.term.mask.clone() }, ..site.clone() }
}

/// The log density by which a guide drew its sites.
fn log_proposal(guide: &Trace) -> Result<f64> {
    let mut sum = 0.0;
    for site in guide.sites() {
        refuse_subsample(&site.plates).map_err(|error| error.at_site(&site.name))?;
        let log_density = unscaled(site).log_prob()?.try_item()?;
        if !log_density.is_finite() {
            return Err(DensityError::non_finite("guide", &site.name, log_density, &site.value).into());
        }
        sum += log_density;
    }
    Ok(sum)
}

/// Adds up the weight of a run of the model: the density of all that was not drawn from it.
///
/// It stands outermost, so that a latent site without a value will be drawn from its own distribution.
///
/// **Acts on** `Sample` (before, after), `Factor`, `Deterministic`, `Plate` (after).
#[derive(Debug, Default)]
pub(super) struct Weigher {
    pub(super) sites: Vec<SiteValue>,
    log_weight: f64,
    /// The log weight as a tensor, while runs are being recorded: then nothing is read.
    recorded: Option<Tensor>,
    impossible_sites: Vec<String>,
    /// The first density that is NaN or +∞.
    non_finite: Option<DensityError>,
    /// Whether the site that is being visited draws from its own distribution.
    draws: bool,
}

impl Weigher {
    /// One that reads no density.
    pub(super) fn recording() -> Self {
        Self { recorded: Some(Tensor::scalar(0.0)), ..Self::default() }
    }

    /// The log weight of a run that is being recorded.
    pub(super) fn recorded(&self) -> Tensor {
        self.recorded.clone().unwrap_or_else(|| Tensor::scalar(self.log_weight))
    }

    fn weigh(&mut self, name: &str, value: &Tensor, log_density: &Tensor) -> ppl::Result<()> {
        if let Some(sum) = &mut self.recorded {
            *sum = &*sum + log_density;
            return Ok(());
        }
        let log_density = log_density.try_item()?;
        if log_density == f64::NEG_INFINITY {
            self.impossible_sites.push(name.to_owned());
        } else if !log_density.is_finite() && self.non_finite.is_none() {
            self.non_finite = Some(DensityError::non_finite("model", name, log_density, value));
        }
        self.log_weight += log_density;
        Ok(())
    }

    fn keep(&mut self, name: &str, value: &Tensor, plates: &[PlateFrame], event_rank: usize) {
        self.sites.push(SiteValue::new(name, value, plates, event_rank));
    }

    fn visit(&mut self, name: &str, plates: &[PlateFrame], site: &SampleSite, value: &Tensor) -> ppl::Result<()> {
        if !self.draws {
            self.weigh(name, value, &site.log_prob()?)?;
        } else if site.term.scale != 1.0 {
            // Drawn from p, weighted for p to the power of the scale.
            let scaled = site.log_prob()?;
            self.weigh(name, value, &(&scaled - &scaled / site.term.scale))?;
        } else if self.recorded.is_some() {
            // A program draws without looking at the parameters: where they are outside of their domain the density is
            // NaN, and so will be the weight.
            self.weigh(name, value, &(site.log_prob()? * 0.0))?;
        }
        if !site.is_observed {
            self.keep(name, value, plates, site.distribution.event_shape().rank());
        }
        Ok(())
    }
}

impl Handler for Weigher {
    fn before(&mut self, message: Message<'_>) -> ppl::Result<()> {
        if let Effect::Sample(site) = message.effect {
            self.draws = site.value.is_none();
        }
        Ok(())
    }

    fn after(&mut self, message: Message<'_>) -> ppl::Result<()> {
        let (name, plates) = (message.name, message.plates);
        match message.effect {
            Effect::Sample(site) => {
                refuse_subsample(plates)?;
                let Some(value) = site.value.clone() else { return Ok(()) };
                self.visit(name, plates, site, &value)?;
            }
            Effect::Factor(site) => {
                refuse_subsample(plates)?;
                self.weigh(name, &site.log_weight, &site.log_prob()?)?;
            }
            Effect::Deterministic(site) => self.keep(name, &site.value, plates, 0),
            Effect::Param(_) | Effect::Plate(_) => {}
        }
        Ok(())
    }
}

/// The exponential of an unbiased estimate of a log likelihood is no unbiased estimate of the likelihood.
pub(super) fn refuse_subsample(plates: &[PlateFrame]) -> ppl::Result<()> {
    match plates.iter().find(|plate| plate.length() != plate.size) {
        Some(plate) => {
            let (length, size) = (plate.length(), plate.size);
            Err(WeightsError::SubsampledPlate { plate: plate.name.to_string(), length, size }.into())
        }
        None => Ok(()),
    }
}
