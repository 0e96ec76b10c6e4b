//! Predictive draws: a model run on draws from its prior, from a posterior or from a guide.

mod collect;
mod cross_validation;
mod error;
mod predictions;
mod source;

#[cfg(test)]
mod engine_tests;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ppl::random::Key;
use ppl::site::LatentName;
use ppl::{Ctx, Model, Tensor};

use self::collect::Collect;
pub use self::error::PredictiveError;
pub use self::predictions::Predictions;
use self::source::Source;
use crate::density::Engine;
use crate::draws::{DrawSource, FEWEST_RECORDED_DRAWS, RecordedDraws, SiteColumns};
use crate::error::GuideError;
use crate::runs::{Attempt, Coverage, Follow, catching_panics, in_parallel, record, refuse_observations};
use crate::settings::{require, require_memory, settings};
use crate::svi::{ParamStore, Params};
use crate::{Error, Rejections, Result};

/// Draws from the prior predictive distribution of a model; [`Predictive`] has more settings.
///
/// # Errors
/// As [`Predictive::prior`].
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::prior_predictive;
///
/// #[model]
/// fn scale(measurement: Option<f64>) {
///     let weight = sample!("weight", Normal::new(8.5, 1.0));
///     observe!("measurement", Normal::new(weight, 0.75), measurement);
/// }
///
/// let prior = prior_predictive(&scale(None), 4000, 0)?;
/// // Normal(8.5, √(1² + 0.75²)), within four standard errors.
/// assert!((prior.get(scale::measurement)?.mean() - 8.5).abs() < 0.08);
/// assert!((prior.get(scale::measurement)?.sd() - 1.25).abs() < 0.06);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
pub fn prior_predictive<M: Model + Sync>(model: &M, draws: usize, seed: u64) -> Result<Predictions> {
    Predictive::new().seed(seed).prior(model, draws)
}

/// Draws from the posterior predictive distribution of a model; [`Predictive`] has more settings.
///
/// # Errors
/// As [`Predictive::posterior`].
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::{Importance, posterior_predictive};
///
/// #[model]
/// fn scale(measurement: Option<f64>) {
///     let weight = sample!("weight", Normal::new(8.5, 1.0));
///     observe!("measurement", Normal::new(weight, 0.75), measurement);
/// }
///
/// let posterior = Importance::new().draws(4000).run(&scale(Some(9.5)))?;
/// let next = posterior_predictive(&scale(None), &posterior, 1)?;
/// // Normal(9.14, √(0.6² + 0.75²)).
/// assert!((next.get(scale::measurement)?.mean() - 9.14).abs() < 0.08);
/// assert!((next.get(scale::measurement)?.sd() - 0.96).abs() < 0.06);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
pub fn posterior_predictive<M: Model + Sync>(model: &M, posterior: &impl DrawSource, seed: u64) -> Result<Predictions> {
    Predictive::new().seed(seed).posterior(model, posterior)
}

settings! {
    /// Runs a model on draws of its latent sites, and collects what follows from them.
    ///
    /// A model predicts what it has no data for: give `observe!` a `None`, or take the data away by
    /// `model.uncondition("y")`. What comes out are the sites that were not given: those, other latent sites, and the
    /// deterministic ones, recomputed.
    ///
    /// A model whose control flow does not depend on its draws is recorded once if there are many of them; they are then made
    /// [`PARTICLES`](ppl::program::PARTICLES) at once, batch `b` by the key `Key::new(seed).draw(b)`. Any other model runs for
    /// each draw, draw `i` by the key `Key::new(seed).draw(i)`. Either way the result depends on the seed, not on the number of
    /// threads.
    ///
    /// A draw at which a parameter of the model is outside its domain, or a matrix has no Cholesky factor, is left out;
    /// [`Predictions::rejections`] and the summary tell of it. Where there is such a draw, the model runs for each of them.
    ///
    /// | setting     | default        | meaning                                                              |
    /// |-------------|----------------|----------------------------------------------------------------------|
    /// | `seed`      | 0              |                                                                      |
    /// | `threads`   | all processors | number of threads                                                    |
    /// | `params`    | none           | values of the model's parameters, instead of those they begin with   |
    /// | `leave_out` | none           | sites whose posterior draws are not used: the model draws them anew  |
    /// | `engine`    | recorded       | program, or runs of the model                                        |
    ///
    /// # Example
    /// ```
    /// use ppl::prelude::*;
    /// use ppl_infer::prelude::*;
    ///
    /// #[model]
    /// fn scale(measurement: Option<f64>) {
    ///     let weight = sample!("weight", Normal::new(8.5, 1.0));
    ///     observe!("measurement", Normal::new(weight, 0.75), measurement);
    /// }
    ///
    /// let prior = Predictive::new().prior(&scale(None), 4000)?;
    /// assert!((prior.get(scale::measurement)?.sd() - 1.25).abs() < 0.05);
    ///
    /// let posterior = Importance::new().draws(4000).run(&scale(Some(9.5)))?;
    /// let next = Predictive::new().seed(1).posterior(&scale(None), &posterior)?;
    /// // Normal(9.14, √(0.6² + 0.75²)).
    /// assert!((next.get(scale::measurement)?.mean() - 9.14).abs() < 0.08);
    /// # Ok::<(), ppl_infer::Error>(())
    /// ```
    #[derive(Clone, Debug)]
    pub struct Predictive {
        /// Random seed; 0.
        seed: u64 = 0;
        /// Largest number of threads; that of the processors.
        threads(usize): Option<usize> = None, at_least(1);
        /// What draws: a program that was recorded, many at once, or runs of the model.
        engine: Engine = Engine::default();
    }
    own {
        params: Option<Params>,
        left_out: BTreeSet<String>,
    }
}

impl Predictive {
    /// Gives the `param!` sites of the model their values.
    #[must_use]
    pub fn params(self, params: &ParamStore) -> Self {
        Self { params: Some(params.handler()), ..self }
    }

    /// Does not use the posterior draws of a site: the model draws it anew, perhaps in another shape, as for groups
    /// that the data did not have.
    ///
    /// All of its members are drawn anew: groups that the data had are predicted as if nothing were known of them. Predict those
    /// without this, in a call of their own.
    #[must_use]
    pub fn leave_out(mut self, site: impl LatentName) -> Self {
        self.left_out.insert(site.site_name().to_owned());
        self
    }

    /// Draws every site from the model itself.
    ///
    /// # Errors
    /// The error of the first draw that fails or panics; a parameter outside its domain in all draws, or the same in all of
    /// the first ones, as a constant is; an invalid setting; a model without anything to predict.
    pub fn prior<M: Model + Sync>(&self, model: &M, draws: usize) -> Result<Predictions> {
        check_draws(draws)?;
        let run = |given, ctx: &mut Ctx| {
            Collect::new(given).collect(ctx, self.params.clone(), |ctx| model.run(ctx).map(|_| ()))
        };
        self.predict(&Source::nothing(draws), run)
    }

    /// Gives the latent sites of the model their values in each draw of a posterior. The predictions keep its chains and
    /// its weights.
    ///
    /// # Errors
    /// As [`prior`](Self::prior); posterior draws of a site that the model does not have or observes, or in another
    /// shape; a site to leave out that the posterior does not have.
    pub fn posterior<M: Model + Sync>(&self, model: &M, posterior: &impl DrawSource) -> Result<Predictions> {
        let draws = posterior.draws();
        if let Some(unknown) = self.left_out.iter().find(|site| !draws.names().any(|name| name == site.as_str())) {
            return Err(Error::unknown_name("site", unknown, draws.names()));
        }
        let run = |given, ctx: &mut Ctx| {
            Collect::new(given).collect(ctx, self.params.clone(), |ctx| model.run(ctx).map(|_| ()))
        };
        self.predict(&Source::new(draws, &self.left_out), run)
    }

    /// The log likelihood of each observation at each draw of a posterior, under the names of the observed sites: what LOO and
    /// WAIC are computed from, here by [`loo`](Self::loo) and [`waic`](Self::waic), and in ArviZ.
    ///
    /// It has a value for each element of a site's batch: of observations that are vectors, one each. Where a mask leaves an
    /// observation out, it is 0. Factors are no observations.
    ///
    /// # Errors
    /// As [`posterior`](Self::posterior); [`PredictiveError::NothingObserved`]; a plate that takes a subsample of its members.
    ///
    /// # Example
    /// ```
    /// use ppl::prelude::*;
    /// use ppl_infer::prelude::*;
    ///
    /// #[model]
    /// fn mean(y: &[f64]) {
    ///     let mu = sample!("mu", Normal::new(0.0, 10.0));
    ///     plate!("i", y.len(), { observe!("y", Normal::new(mu, 1.0), y); });
    /// }
    ///
    /// let model = mean(&[1.0, 2.0, 6.0]);
    /// let posterior = Nuts::new().chains(2).warmup(100).draws(50).progress(false).run(&model)?;
    /// let log_likelihood = Predictive::new().log_likelihood(&model, &posterior)?;
    /// let y = log_likelihood.get_array("y")?;
    /// assert_eq!(y.values().shape(), [2, 50, 3]);
    /// let mu = posterior.get(mean::mu)?.values()[[1, 7]];
    /// let expected = -0.5 * (6.0 - mu).powi(2) - 0.5 * std::f64::consts::TAU.ln();
    /// assert!((y.values()[[1, 7, 2]] - expected).abs() < 1e-12);
    /// # Ok::<(), ppl_infer::Error>(())
    /// ```
    pub fn log_likelihood<M: Model + Sync>(&self, model: &M, posterior: &impl DrawSource) -> Result<Predictions> {
        let run = |given, ctx: &mut Ctx| {
            Collect::log_likelihood(given).collect(ctx, self.params.clone(), |ctx| model.run(ctx).map(|_| ()))
        };
        match self.predict(&Source::new(posterior.draws(), &self.left_out), run) {
            Err(Error::Predictive(PredictiveError::NothingToPredict { .. })) => {
                Err(PredictiveError::NothingObserved.into())
            }
            outcome => outcome,
        }
    }

    /// Draws the latent sites of the model from a guide with these parameters; those that the guide does not draw come
    /// from the model. All of them are collected.
    ///
    /// # Errors
    /// As [`prior`](Self::prior); a parameter that the store lacks; a guide that observes, or draws what the model
    /// lacks or observes or has in another shape.
    pub fn guide<M: Model + Sync, G: Model + Sync>(
        &self,
        model: &M,
        guide: &G,
        params: &ParamStore,
        draws: usize,
    ) -> Result<Predictions> {
        check_draws(draws)?;
        let params = params.handler();
        let run = |given, ctx: &mut Ctx| {
            let mut guide_ctx = Ctx::new(ctx.key());
            let drawn = guide_ctx.enter(params.clone(), |ctx| record(guide, ctx));
            let (trace, _) = drawn.map_err(|error| match error.is_outside_domain() {
                // No draw of the model's is to be left out for it.
                true => Error::Guide(GuideError::CannotDraw(Box::new(error.into()))),
                false => error.into(),
            })?;
            refuse_observations(&trace)?;
            let follow = Follow::new(Arc::new(trace), Coverage::Partial);
            let run = |ctx: &mut Ctx| ctx.enter(follow, |ctx| model.run(ctx)).map(|_| ());
            Collect::new(given).collect(ctx, Some(params.clone()), run)
        };
        self.predict(&Source::nothing(draws), run)
    }

    /// Runs on each draw of the source, by a program for many at once if the run can be recorded.
    fn predict(
        &self,
        source: &Source<'_>,
        run: impl Fn(BTreeMap<String, Tensor>, &mut Ctx) -> Result<Collect> + Sync,
    ) -> Result<Predictions> {
        self.validate()?;
        let key = Key::new(self.seed);
        let draws = source.len();
        let one = |index: usize| {
            let ctx = Ctx::new(key.draw(index as u64));
            let values = source.values(index)?;
            Attempt::of(|| run(values, &mut if index == 0 { ctx } else { ctx.without_validation() }))
        };
        // A draw by itself meets all checks.
        if let Some(collected) = Attempt::probe("draw", draws, one)? {
            require_memory("draws", draws as u64, collected.size() as u64, 1)?;
        }
        if self.engine == Engine::Recorded && draws >= FEWEST_RECORDED_DRAWS && source.is_regular() {
            let mut observed = Vec::new();
            let (names, values): (Vec<String>, Vec<Tensor>) = source.values(0)?.into_iter().unzip();
            let record = |values: &[Tensor]| {
                let given = names.iter().cloned().zip(values.iter().cloned()).collect();
                let collected = run(given, &mut Ctx::new(key).without_validation())?;
                observed = collected.observed().map(str::to_owned).collect();
                Ok(collected.into_sites())
            };
            let recorded = catching_panics(|| Ok(RecordedDraws::record(&values, record))).ok().flatten();
            let given: Vec<&[f64]> = names.iter().map(|name| source.elements(name)).collect();
            if let Some(recorded) = recorded
                && let Some(columns) = recorded.draw(draws, &given, self.threads)?
            {
                return source.predictions(columns, (0..draws).collect(), Rejections::default(), observed);
            }
        }
        let (kept, collected, rejections) = Attempt::partition(in_parallel("draw", draws, self.threads, one)?);
        if kept.is_empty() {
            return Err(PredictiveError::AllRejected { draws, rejections }.into());
        }
        let observed: BTreeSet<String> = collected.iter().flat_map(Collect::observed).map(str::to_owned).collect();
        let mut columns = SiteColumns::default();
        collected.into_iter().for_each(|collected| columns.push(collected.into_sites()));
        source.predictions(columns, kept, rejections, observed.into_iter().collect())
    }
}

fn check_draws(draws: usize) -> Result<()> {
    require("draws", "at least 1", draws, draws >= 1)?;
    require_memory("draws", draws as u64, 1, 1)
}
