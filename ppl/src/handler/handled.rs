//! `Handled`: a model inside a handler, and `ModelExt`: the verbs as methods on models.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::joint::{self, Given};
use super::{Block, Condition, Intervene, Mask, Replay, Scale, Scope, Seed, Substitute, Trace, Tracer, Uncondition};
use crate::effect::{BoxModel, Ctx, Handler, Model};
use crate::random::Key;
use crate::site::{AnyName, LatentName, ObservedName, Signature, SiteName, SubstitutableName};
use crate::{IntoTensor, Result, Shape, Tensor};

/// A model that runs inside a handler: each run gets a fresh clone of it.
///
/// # Example
/// A function that returns a conditioned model:
///
/// ```
/// use ppl::handler::{Condition, Handled};
/// use ppl::prelude::*;
///
/// #[model]
/// fn scale(guess: f64) -> Tensor {
///     let weight = sample!("weight", Normal::new(guess, 1.0));
///     sample!("measurement", Normal::new(weight, 0.75))
/// }
///
/// fn weighed(measurement: f64) -> Handled<impl Model<Output = Tensor>, Condition> {
///     scale(8.5).condition(scale::measurement, measurement)
/// }
///
/// assert_eq!(weighed(9.5).output(0)?, 9.5);
/// assert_eq!(weighed(9.5).signature().name, "scale");
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Handled<M, H> {
    model: M,
    handler: H,
}

impl<M: Model, H: Handler + Clone> Model for Handled<M, H> {
    type Output = M::Output;

    fn run(&self, ctx: &mut Ctx) -> Result<M::Output> {
        Ok(ctx.enter(self.handler.clone(), |ctx| self.model.run(ctx))?.0)
    }

    fn signature(&self) -> Signature {
        self.model.signature()
    }
}

/// The verbs, as methods on every model. Each returns a model, so that they chain; the first is the innermost.
pub trait ModelExt: Model + Sized {
    /// The model inside a handler of one's own; each run gets a fresh clone of it.
    ///
    /// A clone ends with its run: to read what a handler has gathered, use [`Ctx::enter`].
    fn with<H: Handler + Clone>(self, handler: H) -> Handled<Self, H> {
        Handled { model: self, handler }
    }

    /// The model behind a pointer: models of different functions get one type, which can be written.
    ///
    /// # Example
    /// A model whose value is a function from numbers to models, closed over a latent site:
    ///
    /// ```
    /// use ppl::prelude::*;
    ///
    /// #[model]
    /// fn normal(mean: Tensor, scale: f64) -> Tensor {
    ///     sample!("x", Normal::new(mean, scale))
    /// }
    ///
    /// #[model]
    /// fn make_normal_normal() -> impl Fn(f64) -> BoxModel<'static, Tensor> {
    ///     let mean = sample!("mean", Normal::new(0.0, 1.0));
    ///     move |scale| normal(mean.clone(), scale).boxed()
    /// }
    ///
    /// #[model]
    /// fn pair() -> Tensor {
    ///     let normal_normal = call!(make_normal_normal());
    ///     call!("near", normal_normal(0.1)) - call!("far", normal_normal(10.0))
    /// }
    ///
    /// assert_eq!(pair().trace(0)?.names().collect::<Vec<_>>(), ["mean", "near/x", "far/x"]);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    fn boxed<'a>(self) -> BoxModel<'a, Self::Output>
    where
        Self: Send + Sync + 'a,
    {
        Box::new(self)
    }

    /// One run by the key of `seed`, recorded.
    ///
    /// # Errors
    /// Those of the run.
    ///
    /// # Example
    /// ```
    /// use ppl::prelude::*;
    ///
    /// #[model]
    /// fn pair() -> Tensor {
    ///     let a = sample!("a", Normal::new(0.0, 1.0));
    ///     sample!("b", Normal::new(a, 1.0))
    /// }
    ///
    /// let trace = pair().trace(0)?;
    /// assert_eq!(trace.names().collect::<Vec<_>>(), ["a", "b"]);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    fn trace(&self, seed: u64) -> Result<Trace> {
        self.trace_with(Key::new(seed))
    }

    /// One run by this key, recorded.
    ///
    /// # Errors
    /// Those of the run.
    fn trace_with(&self, key: Key) -> Result<Trace> {
        Ok(self.trace_output(key)?.0)
    }

    /// One run by this key, recorded, with the model's value.
    ///
    /// # Errors
    /// Those of the run.
    fn trace_output(&self, key: Key) -> Result<(Trace, Self::Output)> {
        let (output, tracer) = Ctx::new(key).enter(Tracer::new(), |ctx| self.run(ctx))?;
        Ok((tracer.into_trace(), output))
    }

    /// The value of one run by the key of `seed`: what a call of the function gives in Pyro.
    ///
    /// The sites that the run visited come by [`trace_output`](Self::trace_output).
    ///
    /// # Errors
    /// Those of the run.
    ///
    /// # Example
    /// ```
    /// use ppl::prelude::*;
    ///
    /// #[model]
    /// fn geometric(p: f64, trial: usize) -> usize {
    ///     let success = sample!("success_{trial}", Bernoulli::new(p));
    ///     if success == 1.0 { trial } else { call!(geometric(p, trial + 1)) }
    /// }
    ///
    /// let (trace, failures) = geometric(0.5, 0).trace_output(Key::new(3))?;
    /// assert_eq!(geometric(0.5, 0).output(3)?, failures);
    /// assert_eq!(trace.names().count(), failures + 1);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    fn output(&self, seed: u64) -> Result<Self::Output> {
        self.run(&mut Ctx::new(Key::new(seed)))
    }

    /// One draw from the joint distribution that the model is: the values of its sites by name, factors left out.
    ///
    /// Data are forgotten: an observed site draws too, as by [`uncondition`](Self::uncondition). Factors have no say in
    /// what is drawn.
    ///
    /// # Errors
    /// Those of the run.
    ///
    /// # Example
    /// ```
    /// use ppl::prelude::*;
    ///
    /// #[model]
    /// fn scale(measurement: f64) {
    ///     let weight = sample!("weight", Normal::new(8.5, 1.0));
    ///     observe!("measurement", Normal::new(weight, 0.75), measurement);
    /// }
    ///
    /// let draw = scale(9.5).draw(0)?;
    /// assert!(draw["measurement"].item() != 9.5);
    /// // The joint density of what was drawn.
    /// let (weight, measurement) = (&draw["weight"], &draw["measurement"]);
    /// let want = Normal::new(8.5, 1.0)?.log_prob(weight)? + Normal::new(weight, 0.75)?.log_prob(measurement)?;
    /// assert_eq!(scale(9.5).log_prob(&draw)?, want);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    fn draw(&self, seed: u64) -> Result<BTreeMap<String, Tensor>> {
        joint::draw(self, Key::new(seed))
    }

    /// Draws from the joint distribution, with the sample shape in front of each site's own; the first differs from
    /// [`draw`](Self::draw) of the same seed.
    ///
    /// The model runs once for each draw. [`log_prob`](Self::log_prob) takes what this gives.
    ///
    /// Predictive draws of many runs at once, and by a posterior, are `Predictive` of `ppl-infer`.
    ///
    /// # Errors
    /// Those of the runs; a site that not every run has, or has in another shape.
    ///
    /// # Example
    /// ```
    /// use ppl::prelude::*;
    ///
    /// #[model]
    /// fn pair() {
    ///     let a = sample!("a", Normal::new([0.0, 1.0], 1.0).to_event(1));
    ///     sample!("b", Normal::new(a.sum(), 1.0));
    /// }
    ///
    /// let draws = pair().draw_n(0, 100)?;
    /// assert_eq!((draws["a"].shape().dims(), draws["b"].shape().dims()), (&[100, 2][..], &[100][..]));
    /// assert_eq!(pair().log_prob(&draws)?.shape().dims(), [100]);
    /// assert_eq!(pair().draw_n(0, [4, 25])?["a"].shape().dims(), [4, 25, 2]);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    fn draw_n(&self, seed: u64, sample_shape: impl Into<Shape>) -> Result<BTreeMap<String, Tensor>> {
        joint::draw_n(self, Key::new(seed), sample_shape.into())
    }

    /// The joint log density at values of all latent sites; an observed site has its data, or a value that is given
    /// instead.
    ///
    /// Parameters may be given too. Values of deterministic sites, which a draw has, are computed anew.
    ///
    /// # Shapes
    /// A value has its site's shape, and the density is a scalar. Or every value that is given has a sample shape in front,
    /// the same for all, as those of [`draw_n`](Self::draw_n) have; then the density has it, and the model runs once for
    /// each draw. Data that the model has itself are those of every draw.
    ///
    /// # Errors
    /// A latent site without a value; a value of a site that the model does not have; values whose sample shapes differ;
    /// those of the run.
    ///
    /// # Example
    /// ```
    /// use ppl::prelude::*;
    ///
    /// #[model]
    /// fn scale(measurement: f64) {
    ///     let weight = sample!("weight", Normal::new(8.5, 1.0));
    ///     observe!("measurement", Normal::new(weight, 0.75), measurement);
    /// }
    ///
    /// let given = scale(9.5).log_prob([("weight", 9.0)])?;
    /// assert_eq!(given, scale(9.5).condition(scale::weight, 9.0).trace(0)?.log_density()?);
    /// let error = scale(9.5).log_prob([("measurement", 9.0)]).unwrap_err();
    /// assert!(error.to_string().starts_with("log_prob: no value of `weight`"));
    ///
    /// // Of three draws at once.
    /// let densities = scale(9.5).log_prob([("weight", [8.0, 9.0, 10.0])])?;
    /// assert_eq!(densities.get(1), given);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    fn log_prob(&self, values: impl IntoIterator<Item = (impl AnyName, impl IntoTensor)>) -> Result<Tensor> {
        joint::log_prob(self, Given::new(values))
    }

    /// Gives a latent site a value that counts as data. See [`Condition`].
    fn condition(self, site: impl LatentName, value: impl IntoTensor) -> Handled<Self, Condition> {
        self.condition_all([(site, value)])
    }

    /// Gives latent sites values that count as data: pairs of site and value, or a map.
    ///
    /// # Example
    /// ```
    /// use std::collections::BTreeMap;
    ///
    /// use ppl::prelude::*;
    ///
    /// #[model]
    /// fn pair() {
    ///     let a = sample!("a", Normal::new(0.0, 1.0));
    ///     sample!("b", Normal::new(a, 1.0));
    /// }
    ///
    /// let conditioned = pair().condition_all([(pair::a, 1.0), (pair::b, 2.0)]);
    /// assert_eq!(conditioned.trace(0)?.log_prior()?.item(), 0.0);
    ///
    /// let draw = BTreeMap::from([("a".to_owned(), Tensor::from(1.0)), ("b".to_owned(), Tensor::from(2.0))]);
    /// assert!(pair().condition_all(draw).trace(0)? == conditioned.trace(0)?);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    fn condition_all(
        self,
        values: impl IntoIterator<Item = (impl LatentName, impl IntoTensor)>,
    ) -> Handled<Self, Condition> {
        self.with(Condition::new(values))
    }

    /// Makes an observed site latent. See [`Uncondition`].
    fn uncondition(self, site: impl ObservedName) -> Handled<Self, Uncondition> {
        self.with(Uncondition::new([site]))
    }

    /// Gives a latent site or a parameter a value, and leaves it latent or a parameter. See [`Substitute`].
    fn substitute(self, site: impl SubstitutableName, value: impl IntoTensor) -> Handled<Self, Substitute> {
        self.substitute_all([(site, value)])
    }

    /// Gives latent sites or parameters values: pairs of site and value, a map, or [`Trace::latent_values`].
    fn substitute_all(
        self,
        values: impl IntoIterator<Item = (impl SubstitutableName, impl IntoTensor)>,
    ) -> Handled<Self, Substitute> {
        self.with(Substitute::new(values))
    }

    /// Sets a latent site and cuts it off from its causes (Pearl's *do*). See [`Intervene`].
    fn intervene(self, site: impl LatentName, value: impl IntoTensor) -> Handled<Self, Intervene> {
        self.intervene_all([(site, value)])
    }

    /// Sets latent sites and cuts them off from their causes: pairs of site and value, or a map.
    fn intervene_all(
        self,
        values: impl IntoIterator<Item = (impl LatentName, impl IntoTensor)>,
    ) -> Handled<Self, Intervene> {
        self.with(Intervene::new(values))
    }

    /// Gives latent sites the values of an earlier trace, all of which must be used. See [`Replay`].
    fn replay(self, trace: impl Into<Arc<Trace>>) -> Handled<Self, Replay> {
        self.with(Replay::new(trace))
    }

    /// Hides all sites from the handlers further out. See [`Block`].
    fn block(self) -> Handled<Self, Block> {
        self.with(Block::all())
    }

    /// Hides these sites from the handlers further out.
    ///
    /// # Example
    /// ```
    /// use ppl::prelude::*;
    ///
    /// #[model]
    /// fn pair() {
    ///     let a = sample!("a", Normal::new(0.0, 1.0));
    ///     sample!("b", Normal::new(a, 1.0));
    /// }
    ///
    /// assert_eq!(pair().block_hide([pair::a]).trace(0)?.names().collect::<Vec<_>>(), ["b"]);
    /// assert_eq!(pair().block_expose([pair::a]).trace(0)?.names().collect::<Vec<_>>(), ["a"]);
    /// assert_eq!(pair().block().trace(0)?.names().count(), 0);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    fn block_hide(self, sites: impl IntoIterator<Item = impl SiteName>) -> Handled<Self, Block> {
        self.with(Block::hide(sites))
    }

    /// Hides all sites but these from the handlers further out.
    fn block_expose(self, sites: impl IntoIterator<Item = impl SiteName>) -> Handled<Self, Block> {
        self.with(Block::expose(sites))
    }

    /// Draws by the key of this seed. See [`Seed`].
    fn seed(self, seed: u64) -> Handled<Self, Seed> {
        self.with(Seed::new(seed))
    }

    /// Multiplies the log densities. See [`Scale`].
    ///
    /// # Errors
    /// A factor that is not positive and finite.
    fn scale(self, factor: f64) -> Result<Handled<Self, Scale>> {
        Ok(self.with(Scale::new(factor)?))
    }

    /// Chooses where the log densities count. See [`Mask`].
    ///
    /// # Errors
    /// A mask with values other than 0 and 1.
    #[track_caller]
    fn mask(self, mask: impl IntoTensor) -> Result<Handled<Self, Mask>> {
        Ok(self.with(Mask::new(mask)?))
    }

    /// Prefixes the names of the sites by `scope/`. See [`Scope`].
    fn scope(self, scope: impl Into<String>) -> Handled<Self, Scope> {
        self.with(Scope::new(scope))
    }
}

impl<M: Model> ModelExt for M {}
