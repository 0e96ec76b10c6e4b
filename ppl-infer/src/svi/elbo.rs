//! `TraceElbo`: the evidence lower bound and its gradient, from traces of guide and model.

use std::sync::Arc;

use ppl::effect::{Effect, Handler, Message};
use ppl::handler::Trace;
use ppl::random::Key;
use ppl::tensor::singular_as_nan;
use ppl::{Ctx, Model, SiteKind, Tensor, grad};

use super::learn::Learn;
use super::non_finite::diagnose;
use super::params::{ParamStore, is_finite};
use crate::Result;
use crate::error::SviError;
use crate::runs::{AnyModel, Coverage, Follow, WithoutOutput, record, refuse_observations};
use crate::settings::settings;

settings! {
    /// Estimates the evidence lower bound by draws from the guide.
    ///
    /// ```text
    /// ELBO = E_q[ln p(z, observed) − ln q(z)] = ln p(observed) − KL(q ‖ p(· | observed))
    /// ```
    ///
    /// **Gradients** flow through the draws of sites that are reparameterized. The others enter by the score function,
    ///
    /// ```text
    /// ∇ E_q[f] = E_q[∇f + (f − b) ∇ ln q],
    /// ```
    ///
    /// where f is the particle's whole ln p − ln q and b the mean of that over the *other* particles, which keeps the
    /// estimate unbiased. With a single particle b is 0 and the variance is large: use some ten particles for guides with
    /// discrete sites.
    ///
    /// Densities are scaled and masked as the handlers say, so that subsampled plates give unbiased estimates; guide and
    /// model draw the same members of a plate of the same name.
    ///
    /// # Reference
    /// Kingma and Welling (2014), "Auto-encoding variational Bayes"; Ranganath, Gerrish and Blei (2014), "Black box
    /// variational inference"; Mnih and Rezende (2016), "Variational inference for Monte Carlo objectives", for b.
    ///
    /// # Example
    /// ```
    /// use ppl::prelude::*;
    /// use ppl_infer::svi::{ParamStore, TraceElbo};
    ///
    /// #[model]
    /// fn scale() {
    ///     let weight = sample!("weight", Normal::new(8.5, 1.0));
    ///     observe!("measurement", Normal::new(weight, 0.75), 9.5);
    /// }
    ///
    /// /// The exact posterior: the bound is tight and has no variance.
    /// #[guide(scale)]
    /// fn exact() {
    ///     sample!("weight", Normal::new(9.14, 0.6));
    /// }
    ///
    /// let elbo = TraceElbo::new().estimate(&scale(), &exact(), &ParamStore::new(), Key::new(0))?;
    /// let evidence = Normal::new(8.5, 1.25)?.log_prob(&9.5.into())?;
    /// assert!((evidence - elbo).abs() < 1e-12);
    /// # Ok::<(), ppl_infer::Error>(())
    /// ```
    #[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
    pub struct TraceElbo {
        /// Number of draws that are averaged; 1.
        num_particles: usize = 1, held_at_least(1);
    }
}

/// An estimate of the bound and of its gradient by the unconstrained parameters.
///
/// # Example
/// Of a model without a latent site the bound is its log likelihood:
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::svi::{ElboGradient, ParamStore, TraceElbo};
///
/// #[model]
/// fn count() {
///     let rate = param!("rate", 1.0, Constraint::Positive);
///     observe!("events", Poisson::new(rate), 6.0);
/// }
///
/// #[guide(count)]
/// fn nothing_is_random() {}
///
/// let mut params = ParamStore::new();
/// params.insert("rate", 4.0, Constraint::Positive)?;
/// let estimate = TraceElbo::new().gradient(&count(), &nothing_is_random(), &params, Key::new(0))?;
/// let ElboGradient { elbo, gradients } = estimate;
/// assert!((elbo - (6.0 * 4_f64.ln() - 4.0 - 720_f64.ln())).abs() < 1e-12);
/// // By the logarithm of the rate, which the optimizer moves: 6 − rate.
/// assert_eq!(gradients[0].0, "rate");
/// assert!((gradients[0].1.item() - 2.0).abs() < 1e-12);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ElboGradient {
    /// The bound.
    pub elbo: f64,
    /// The gradient by the unconstrained value of each parameter of the store that guide or model have visited, in its
    /// shape; in the order of their names.
    pub gradients: Vec<(String, Tensor)>,
}

impl TraceElbo {
    /// The keys of the particles of a step.
    pub(super) fn keys(&self, key: Key) -> impl Iterator<Item = Key> {
        (0..self.num_particles).map(move |number| key.chain(number as u64))
    }

    /// The bound, without its gradient. Parameters that the store lacks have the value that they begin with.
    ///
    /// # Errors
    /// An error in a run; a guide whose latent sites are not those of the model, in the same shape; a density that is
    /// not finite, with its site.
    pub fn estimate<M: Model, G: Model>(&self, model: &M, guide: &G, params: &ParamStore, key: Key) -> Result<f64> {
        self.estimate_erased(&WithoutOutput(model), &WithoutOutput(guide), params, key)
    }

    fn estimate_erased(
        &self,
        model: &AnyModel<'_>,
        guide: &AnyModel<'_>,
        params: &ParamStore,
        key: Key,
    ) -> Result<f64> {
        self.validate()?;
        let mut learn = Learn::constant(Arc::new(params.clone()));
        let mut sum = 0.0;
        for number in 0..self.num_particles {
            let particle;
            (particle, learn) = ElboTerm::draw(model, guide, key.chain(number as u64), learn)?;
            sum += particle.value;
        }
        Ok(sum / self.num_particles as f64)
    }

    /// The bound and its gradient by the unconstrained parameters. Parameters that the store lacks have the value that
    /// they begin with, and no gradient.
    ///
    /// # Errors
    /// As [`estimate`](Self::estimate); a gradient that is not finite, with its parameter.
    pub fn gradient<M: Model, G: Model>(
        &self,
        model: &M,
        guide: &G,
        params: &ParamStore,
        key: Key,
    ) -> Result<ElboGradient> {
        self.gradient_erased(&WithoutOutput(model), &WithoutOutput(guide), params, key)
    }

    fn gradient_erased(
        &self,
        model: &AnyModel<'_>,
        guide: &AnyModel<'_>,
        params: &ParamStore,
        key: Key,
    ) -> Result<ElboGradient> {
        self.validate()?;
        let outcome = self.differentiate(model, guide, &Arc::new(params.clone()), key)?;
        let named = params.names().map(str::to_owned).zip(outcome.gradients);
        let gradients = named.filter_map(|(name, gradient)| Some((name, gradient?))).collect();
        Ok(ElboGradient { elbo: outcome.elbo, gradients })
    }

    pub(super) fn differentiate(
        &self,
        model: &AnyModel<'_>,
        guide: &AnyModel<'_>,
        params: &Arc<ParamStore>,
        key: Key,
    ) -> Result<Outcome> {
        let inputs: Vec<Tensor> = params.params().iter().map(|param| param.unconstrained.clone()).collect();
        let mut outcome = Outcome::default();
        let (_, gradients) = grad(
            |leaves| -> ppl::Result<Tensor> {
                let learn = Learn::new(Arc::clone(params), leaves.to_vec());
                let (surrogate, of_run) = self.surrogate(model, guide, key, learn)?;
                outcome = of_run;
                Ok(surrogate)
            },
            &inputs,
        )?;
        for (slot, gradient) in outcome.gradients.iter_mut().zip(gradients) {
            if slot.is_some() {
                *slot = Some(gradient);
            }
        }
        for (param, gradient) in params.params().iter().zip(&outcome.gradients) {
            if let Some(gradient) = gradient
                && !is_finite(gradient)
            {
                return Err(SviError::NonFiniteGradient {
                    parameter: param.name.clone(),
                    gradient: gradient.to_string(),
                    value: param.constrained()?.to_string(),
                }
                .into());
            }
        }
        Ok(outcome)
    }

    /// The bound as a tensor that is not read, for guides all of whose sites are reparameterized; which parameters were
    /// visited.
    pub(super) fn pathwise(
        &self,
        model: &AnyModel<'_>,
        guide: &AnyModel<'_>,
        key: Key,
        mut learn: Learn,
    ) -> Result<(Tensor, Vec<bool>)> {
        let mut sum = Tensor::scalar(0.0);
        for number in 0..self.num_particles {
            let traces;
            (traces, learn) = Traces::draw(model, guide, key.chain(number as u64), learn)?;
            // Sites that are not reparameterized have drawn what is not noise: there will be no program.
            sum += traces.terms()?.0;
        }
        let (visited, _) = learn.finish();
        Ok((sum / self.num_particles as f64, visited))
    }

    /// A tensor whose gradient is that of the bound.
    fn surrogate(
        &self,
        model: &AnyModel<'_>,
        guide: &AnyModel<'_>,
        key: Key,
        mut learn: Learn,
    ) -> Result<(Tensor, Outcome)> {
        let mut particles = Vec::with_capacity(self.num_particles);
        for number in 0..self.num_particles {
            let particle;
            (particle, learn) = ElboTerm::draw(model, guide, key.chain(number as u64), learn)?;
            particles.push(particle);
        }
        let count = particles.len() as f64;
        let total: f64 = particles.iter().map(|particle| particle.value).sum();
        let terms = particles.iter().map(|particle| match &particle.score {
            Some(score) => {
                let baseline = if particles.len() > 1 { (total - particle.value) / (count - 1.0) } else { 0.0 };
                &particle.pathwise + score * (particle.value - baseline)
            }
            None => particle.pathwise.clone(),
        });
        let surrogate = terms.sum::<Tensor>() / count;
        let (visited, found) = learn.finish();
        // The gradients are filled in once they are known.
        let gradients = visited.into_iter().map(|visited| visited.then(|| Tensor::scalar(0.0))).collect();
        Ok((surrogate.clone(), Outcome { elbo: total / count, depends: surrogate.is_tracked(), gradients, found }))
    }
}

/// What comes of an estimate with its gradient.
#[derive(Default)]
pub(super) struct Outcome {
    pub(super) elbo: f64,
    /// Whether the bound depends on any parameter at all.
    pub(super) depends: bool,
    /// By each parameter of the store; none for those that were not visited.
    pub(super) gradients: Vec<Option<Tensor>>,
    /// Parameters that the store lacks.
    pub(super) found: ParamStore,
}

/// Term of the ELBO by one draw from the guide.
struct ElboTerm {
    /// ln p − ln q.
    value: f64,
    /// The same, whose gradient is the part that flows through the draws and the densities.
    pathwise: Tensor,
    /// ln q of the sites that were drawn without a reparameterization, if there are any.
    score: Option<Tensor>,
}

impl ElboTerm {
    fn draw(model: &AnyModel<'_>, guide: &AnyModel<'_>, key: Key, learn: Learn) -> Result<(Self, Learn)> {
        let (traces, learn) = Traces::draw(model, guide, key, learn)?;
        let (pathwise, score) = traces.terms()?;
        let value = pathwise.try_item()?;
        if value.is_finite() {
            Ok((Self { value, pathwise, score }, learn))
        } else {
            Err(diagnose(&traces.model, &traces.guide.trace, value))
        }
    }
}

/// A run of the guide, and one of the model that follows it.
struct Traces {
    model: Trace,
    guide: GuideRun,
}

impl Traces {
    fn draw(model: &AnyModel<'_>, guide: &AnyModel<'_>, key: Key, learn: Learn) -> Result<(Self, Learn)> {
        let new_ctx = || Ctx::new(key).without_validation();
        let (guide, learn) = GuideRun::new(guide, new_ctx(), learn)?;
        let (model, learn) = run_model(model, new_ctx(), &guide, learn)?;
        Ok((Self { model, guide }, learn))
    }

    /// ln p − ln q, and ln q of the sites that were drawn without a reparameterization, if there are any.
    fn terms(&self) -> Result<(Tensor, Option<Tensor>)> {
        let mut pathwise = self.model.log_density()?;
        let mut score: Option<Tensor> = None;
        for site in self.guide.trace.sites() {
            match &site.distribution {
                Some(distribution) if self.guide.scored.contains(&site.name) => {
                    // The score is that of what was drawn, however much its density counts; the mean of the gradient
                    // of ln q itself is zero.
                    let drawn = distribution.log_prob(&site.value).map_err(|error| error.at_site(&site.name))?.sum();
                    score = Some(score.map_or_else(|| drawn.clone(), |score| score + &drawn));
                    pathwise -= site.log_prob()?.detach();
                }
                None if site.kind != SiteKind::Factor => {}
                _ => pathwise -= site.log_prob()?,
            }
        }
        Ok((pathwise, score))
    }
}

/// A run of the guide.
pub(super) struct GuideRun {
    pub(super) trace: Arc<Trace>,
    /// Sites that were drawn without a reparameterization.
    scored: Vec<String>,
}

impl GuideRun {
    pub(super) fn new(guide: &AnyModel<'_>, mut ctx: Ctx, learn: Learn) -> Result<(Self, Learn)> {
        let ((trace, learn), Scored { names, .. }) =
            ctx.enter(Scored::default(), |ctx| ctx.enter(learn, |ctx| record(&guide, ctx)))?;
        refuse_observations(&trace)?;
        Ok((Self { trace: Arc::new(trace), scored: names }, learn))
    }
}

/// Runs the model with the guide's draws, and records it.
pub(super) fn run_model(model: &AnyModel<'_>, mut ctx: Ctx, guide: &GuideRun, learn: Learn) -> Result<(Trace, Learn)> {
    let follow = Follow::new(Arc::clone(&guide.trace), Coverage::Full);
    let run = || ctx.enter(learn, |ctx| ctx.enter(follow, |ctx| record(&model, ctx)));
    let (outcome, singular) = singular_as_nan(run);
    let ((trace, _), learn) = outcome.map_err(|error| match (singular, error.site()) {
        // The parameter is NaN for want of a factor.
        (Some(singular), Some(site)) if error.is_outside_domain() => singular.at_site(site),
        _ => error,
    })?;
    Ok((trace, learn))
}

/// Notes the sites that are drawn without a reparameterization, and cuts their draws off from any gradient.
///
/// It stands outermost: a site without a value will be drawn.
///
/// **Acts on** `Sample` (before, after).
#[derive(Default)]
struct Scored {
    names: Vec<String>,
    draws: bool,
}

impl Handler for Scored {
    fn before(&mut self, message: Message<'_>) -> ppl::Result<()> {
        if let Effect::Sample(site) = message.effect {
            self.draws = site.value.is_none() && !site.distribution.is_reparameterized();
        }
        Ok(())
    }

    fn after(&mut self, message: Message<'_>) -> ppl::Result<()> {
        if let Effect::Sample(site) = message.effect
            && self.draws
        {
            self.names.push(message.name.to_owned());
            // A draw of a transformed distribution may carry a part of its gradient.
            site.value = site.value.take().map(|value| value.detach());
        }
        Ok(())
    }
}
