//! `AutoNormal`: mean-field normal guide.

use std::collections::BTreeMap;

use ppl::bijector::biject_to;
use ppl::effect::{Effect, Handler, Message};
use ppl::handler::Tracer;
use ppl::random::Key;
use ppl::site::Signature;
use ppl::special::ndtri;
use ppl::{Constraint, Ctx, Model, SiteKind, Tensor};

use super::site::AutoSite;
use super::survey::{Survey, is_free};
use super::{INIT_SCALE, check_init_scale, check_probability};
use crate::Result;
use crate::error::GuideError;
use crate::svi::ParamStore;

/// Independent normal distributions on the unconstrained space, brought to the support of each site.
///
/// ```text
/// x = forward(u),   u ~ Normal(`{site}_auto_loc`, `{site}_auto_scale`)
/// ```
///
/// where `forward` is the bijector of the site's support and the parameters have one element for each unconstrained
/// coordinate (for all members of a plate, also where a run takes a subsample).
///
/// A support may depend on other latent sites: the guide then runs the model each time, to see the support.
///
/// # Reference
/// Kucukelbir, Tran, Ranganath, Gelman and Blei (2017), "Automatic differentiation variational inference".
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::svi::{Adam, AutoNormal, LearningRate, Svi};
///
/// #[model]
/// fn rate() {
///     let rate = sample!("rate", Gamma::new(3.0, 1.0));
///     plate!("day", 5, { observe!("count", Poisson::new(rate), [4.0, 2.0, 5.0, 3.0, 6.0]); });
/// }
///
/// let model = rate();
/// let guide = AutoNormal::new(&model)?;
/// let decaying = LearningRate::ExponentialDecay { initial: 0.05, factor: 0.1, steps: 500 };
/// let fit = Svi::new(Adam::new(decaying)).steps(1500).num_particles(16).run(&model, &guide)?;
/// // The posterior is Gamma(23, 6); of the log-normal distributions, the nearest has the median 23/6 exp(-1/46).
/// let median = guide.median(fit.params())?["rate"].item();
/// assert!((median - 23.0 / 6.0 * (-1.0 / 46.0_f64).exp()).abs() < 0.04);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct AutoNormal<M> {
    model: M,
    survey: Survey,
    init_scale: f64,
}

const NAME: &str = "AutoNormal";

impl<M: Model> AutoNormal<M> {
    /// The guide of a model (or of a reference to one), which runs once, with seed 0.
    ///
    /// # Errors
    /// Those of the run; a discrete latent site; a model without latent sites.
    pub fn new(model: M) -> Result<Self> {
        let survey = Survey::new(NAME, &model, 0)?;
        Ok(Self { model, survey, init_scale: INIT_SCALE })
    }

    /// The same guide begun at the draws of another seed; it runs the model again.
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    pub fn seed(self, seed: u64) -> Result<Self> {
        Ok(Self { survey: Survey::new(NAME, &self.model, seed)?, ..self })
    }

    /// Sets the scale that the guide begins with, 0.1 by default.
    ///
    /// # Errors
    /// A scale that is not positive and finite.
    pub fn init_scale(self, init_scale: f64) -> Result<Self> {
        check_init_scale(init_scale)?;
        Ok(Self { init_scale, ..self })
    }

    /// The median of each site: of scalars and what is made of independent ones that of the guide's distribution, of
    /// others (a simplex, say) the image of the unconstrained median.
    ///
    /// # Errors
    /// A parameter that the store lacks.
    pub fn median(&self, params: &ParamStore) -> Result<BTreeMap<String, Tensor>> {
        if self.survey.dependent.is_none() {
            let site =
                |site: &AutoSite| Ok((site.name.clone(), site.constrain(params.unconstrained(site.loc_name())?)?));
            return self.survey.sites.iter().map(site).collect();
        }
        // Supports follow from the values of other sites: run the model with every site at its centre.
        let centre = |ctx: &mut Ctx| self.run_model(ctx, true);
        let ((_, tracer), _) = Ctx::new(Key::new(0)).enter(params.handler(), |ctx| ctx.enter(Tracer::new(), centre))?;
        let trace = tracer.into_trace();
        let latent = trace.sites().iter().filter(|site| site.kind == SiteKind::Latent);
        Ok(latent.map(|site| (site.name.clone(), site.value.clone())).collect())
    }

    /// A quantile of each component of each site whose components the guide draws independently; the others, such as
    /// a simplex, are left out: draw from the guide for those.
    ///
    /// # Errors
    /// A probability that is not between 0 and 1; a support that depends on other sites; a parameter that the store
    /// lacks.
    pub fn quantile(&self, params: &ParamStore, probability: f64) -> Result<BTreeMap<String, Tensor>> {
        check_probability(probability)?;
        self.survey.require_fixed_supports("AutoNormal::quantile")?;
        let z = ndtri(probability);
        let elementwise = self.survey.sites.iter().filter(|site| site.is_elementwise());
        elementwise
            .map(|site| {
                let (loc, scale) = (params.unconstrained(site.loc_name())?, params.get(site.scale_name())?);
                Ok((site.name.clone(), site.quantile(loc, &scale, z)?))
            })
            .collect()
    }

    /// Location and scale of each site.
    fn moments(&self, ctx: &mut Ctx) -> ppl::Result<Moments> {
        let mut moments = Moments::new();
        for site in &self.survey.sites {
            let loc = ctx.param(site.loc_name(), &site.init, Constraint::Real)?;
            let init_scale = Tensor::full(site.init.shape(), self.init_scale);
            let scale = ctx.param(site.scale_name(), init_scale, Constraint::Positive)?;
            moments.insert(site.name.clone(), (site.clone(), loc, scale));
        }
        Ok(moments)
    }

    /// Runs the model with its latent sites drawn from the guide.
    fn run_model(&self, ctx: &mut Ctx, at_centre: bool) -> ppl::Result<()> {
        let moments = self.moments(ctx)?;
        ctx.enter(Swap { moments, at_centre }, |ctx| self.model.run(ctx)).map(|_| ())
    }
}

impl<M: Model> Model for AutoNormal<M> {
    type Output = ();

    fn run(&self, ctx: &mut Ctx) -> ppl::Result<()> {
        if self.survey.dependent.is_some() {
            return self.run_model(ctx, false);
        }
        let moments = self.moments(ctx)?;
        for site in &self.survey.sites {
            let (_, loc, scale) = &moments[&site.name];
            site.in_plates(ctx, |ctx| {
                let normal = site.normal(loc, scale, &site.support, ctx.plates());
                ctx.sample(site.name.clone(), normal)
            })?;
        }
        Ok(())
    }

    fn signature(&self) -> Signature {
        Signature { name: NAME, sites: &[], open: true }
    }
}

/// Site, location and scale by the site's name.
type Moments = BTreeMap<String, (AutoSite, Tensor, Tensor)>;

/// Makes a run of the model one of the guide: latent sites get the guide's distribution on the support that they have
/// in this run, and what is no business of a guide is hidden.
///
/// **Acts on** all messages but `Param` and `Plate` (before).
struct Swap {
    moments: Moments,
    /// Whether sites get the image of the unconstrained mean, instead of a draw.
    at_centre: bool,
}

impl Handler for Swap {
    fn before(&mut self, message: Message<'_>) -> ppl::Result<()> {
        match message.effect {
            Effect::Sample(site) if is_free(site) => {
                let Some((found, loc, scale)) = self.moments.get(message.name) else {
                    return Err(GuideError::NewSite { guide: NAME }.into());
                };
                let support = site.distribution.support();
                if self.at_centre {
                    site.value = Some(biject_to(&support)?.forward(&found.gather(loc, message.plates)?)?);
                }
                site.distribution = found.normal(loc, scale, &support, message.plates)?;
            }
            Effect::Sample(_) | Effect::Deterministic(_) | Effect::Factor(_) => *message.hidden = true,
            Effect::Param(_) | Effect::Plate(_) => {}
        }
        Ok(())
    }
}
