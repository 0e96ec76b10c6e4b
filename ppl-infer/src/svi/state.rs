//! `SviState`: what a fit has reached.

use std::collections::BTreeMap;
use std::sync::Arc;

use ppl::random::Key;
use ppl::{Model, Shape, Tensor};
use serde::{Deserialize, Serialize};

use super::batch::{Batch, shapes};
use super::blame::explain;
use super::elbo::{Outcome, TraceElbo};
use super::params::is_finite;
use super::running::{Memory, Running};
use super::step_program::{Programs, StepProgram};
use super::validate::validate;
use super::{Optimizer, ParamStore};
use crate::density::{Engine, EngineUsed, WhyTape};
use crate::error::SviError;
use crate::format::FormatVersion;
use crate::runs::{AnyModel, WithoutOutput};
use crate::settings::{require, require_memory, reserve};
use crate::{Error, Result};

/// The state of a fit: parameters, what the optimizer remembers, the number of steps.
///
/// It is written and read with serde; a fit that goes on from a state that was read takes the same steps, bit for bit,
/// as one that was never interrupted. Step `n` draws by `Key::new(seed).draw(n)`, its particles by the chains of that.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::svi::{Adam, Svi, SviState};
///
/// #[model]
/// fn model() {
///     sample!("x", Normal::new(3.0, 1.0));
/// }
///
/// #[guide(model)]
/// fn guide() {
///     let loc = param!("loc", 0.0);
///     sample!("x", Normal::new(loc, 1.0));
/// }
///
/// let mut state = Svi::new(Adam::new(0.1)).start()?;
/// state.run(&model(), &guide(), 100)?;
/// let text = serde_json::to_string(&state).unwrap();
/// let mut resumed: SviState<Adam> = serde_json::from_str(&text).unwrap();
/// assert_eq!(resumed.step(&model(), &guide())?, state.step(&model(), &guide())?);
/// assert_eq!(resumed, state);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(
    try_from = "Record<O>",
    bound(
        serialize = "O: Serialize, O::State: Serialize",
        deserialize = "O: Deserialize<'de>, O::State: Deserialize<'de>"
    )
)]
pub struct SviState<O: Optimizer> {
    format: FormatVersion,
    optimizer: O,
    elbo: TraceElbo,
    seed: u64,
    /// Number of the steps that were taken.
    steps: u64,
    #[serde(serialize_with = "shared::serialize")]
    params: Arc<ParamStore>,
    memories: BTreeMap<String, Memory<O::State>>,
    /// What is asked for, and what has taken the last steps.
    engine: Engine,
    #[serde(skip)]
    in_use: String,
    /// Whether model and guide have passed the checks that are made once.
    #[serde(skip)]
    is_validated: bool,
}

/// A state as it is read, before it is checked.
#[derive(Deserialize)]
#[serde(bound = "O: Deserialize<'de>, O::State: Deserialize<'de>")]
struct Record<O: Optimizer> {
    #[expect(dead_code, reason = "reading it checks the version")]
    format: FormatVersion,
    optimizer: O,
    elbo: TraceElbo,
    seed: u64,
    steps: u64,
    params: ParamStore,
    memories: BTreeMap<String, Memory<O::State>>,
    #[serde(default)]
    engine: Engine,
}

impl<O: Optimizer> TryFrom<Record<O>> for SviState<O> {
    type Error = Error;

    fn try_from(record: Record<O>) -> Result<Self> {
        let Record { optimizer, elbo, seed, steps, params, memories, engine, .. } = record;
        optimizer.validate()?;
        elbo.validate()?;
        if let Some(param) = params.params().iter().find(|param| !is_finite(&param.unconstrained)) {
            let got = format!("{} at parameter `{}`", param.unconstrained.brief(), param.name);
            require("params", "finite", got, false)?;
        }
        for (name, memory) in &memories {
            let updates = memory.updates;
            require("updates", "at most the number of steps", format!("{updates} of `{name}`"), updates <= steps)?;
            let size = params.unconstrained(name.as_str())?.size();
            optimizer.validate_state(&memory.state, size)?;
        }
        Ok(Self { steps, memories, ..Self::new(optimizer, elbo, seed, params, engine) })
    }
}

/// A store that is shared, as the store itself.
mod shared {
    use super::{Arc, ParamStore, Serialize};

    pub(super) fn serialize<S: serde::Serializer>(params: &Arc<ParamStore>, serializer: S) -> Result<S::Ok, S::Error> {
        params.as_ref().serialize(serializer)
    }
}

/// Equal if they go on alike.
impl<O: Optimizer<State: PartialEq> + PartialEq> PartialEq for SviState<O> {
    fn eq(&self, other: &Self) -> bool {
        self.optimizer == other.optimizer
            && self.elbo == other.elbo
            && (self.seed, self.steps) == (other.seed, other.steps)
            && self.params == other.params
            && self.memories == other.memories
    }
}

impl<O: Optimizer> SviState<O> {
    pub(super) fn seed(&self) -> u64 {
        self.seed
    }

    pub(super) fn new(optimizer: O, elbo: TraceElbo, seed: u64, params: ParamStore, engine: Engine) -> Self {
        Self {
            format: FormatVersion,
            optimizer,
            elbo,
            seed,
            steps: 0,
            params: Arc::new(params),
            memories: BTreeMap::new(),
            engine,
            in_use: String::new(),
            is_validated: false,
        }
    }

    /// The parameters.
    #[must_use]
    pub fn params(&self) -> &ParamStore {
        &self.params
    }

    /// The parameters, to be changed by the caller between steps.
    pub fn params_mut(&mut self) -> &mut ParamStore {
        Arc::make_mut(&mut self.params)
    }

    /// The parameters.
    #[must_use]
    pub fn into_params(self) -> ParamStore {
        Arc::unwrap_or_clone(self.params)
    }

    /// Number of the steps that were taken.
    #[must_use]
    pub fn steps_taken(&self) -> u64 {
        self.steps
    }

    /// The engine that took the steps of the last [`run`](Self::run) or [`run_batches`](Self::run_batches), and if model
    /// and guide could not be recorded, why and where, and for batches of which shapes; empty before.
    #[must_use]
    pub fn engine(&self) -> &str {
        &self.in_use
    }

    /// Takes a step, and returns the loss before it: an estimate of −ELBO.
    ///
    /// Model and guide may differ from step to step, and are run on the tape; for minibatches of data,
    /// [`run_batches`](Self::run_batches) is faster. A step that fails changes nothing.
    ///
    /// # Errors
    /// An error in a run; latent sites of the model that the guide does not draw, or the other way round, or in
    /// another shape; a guide that observes, or whose draw is outside of the model's support; a density or gradient
    /// that is not finite, with its site or parameter; nothing to learn. The step's number is added.
    pub fn step<M: Model, G: Model>(&mut self, model: &M, guide: &G) -> Result<f64> {
        self.step_erased(&WithoutOutput(model), &WithoutOutput(guide))
    }

    fn step_erased(&mut self, model: &AnyModel<'_>, guide: &AnyModel<'_>) -> Result<f64> {
        self.try_step(model, guide).map_err(|source| self.at_step(source))
    }

    /// Takes steps on the same model and guide, and returns their losses.
    ///
    /// Guide and model are recorded as one program if they can be, see [`Engine`]: its steps are those of
    /// [`step`](Self::step), but for rounding.
    ///
    /// # Errors
    /// As [`step`](Self::step); the steps before the one that fails remain taken.
    pub fn run<M: Model, G: Model>(&mut self, model: &M, guide: &G, steps: u64) -> Result<Vec<f64>> {
        self.run_erased(&WithoutOutput(model), &WithoutOutput(guide), steps)
    }

    fn run_erased(&mut self, model: &AnyModel<'_>, guide: &AnyModel<'_>, steps: u64) -> Result<Vec<f64>> {
        require_memory("steps", steps, 1, 1)?;
        let end = self.steps.checked_add(steps);
        let got = format!("{} and {steps}", self.steps);
        require("steps", "together with those taken at most 2^64 - 1", got, end.is_some())?;
        let end = end.unwrap_or(u64::MAX);
        let mut losses = reserve("steps", usize::try_from(steps).unwrap_or(usize::MAX))?;
        let recorded = match self.engine {
            Engine::Recorded if steps > 0 => {
                let programs: &Programs<'_, '_> = &|_| (Box::new(WithoutOutput(model)), Box::new(WithoutOutput(guide)));
                self.record(&[], programs, model, guide)?
            }
            _ => Err(WhyTape::Requested),
        };
        let engine = match recorded {
            Ok(mut program) => {
                let mut running = Running::begin(&mut program, &self.params, &mut self.memories);
                while self.steps < end
                    && let Some(loss) = running.step(&self.optimizer, self.steps)
                {
                    self.steps += 1;
                    losses.push(loss);
                }
                running.end(Arc::make_mut(&mut self.params), &mut self.memories)?;
                program.in_use()
            }
            Err(reason) => EngineUsed::Tape(reason),
        };
        self.in_use = engine.to_string();
        // What the program could not do, such as saying what has gone wrong.
        while self.steps < end {
            losses.push(self.step_erased(model, guide)?);
        }
        Ok(losses)
    }

    /// Takes a step on each batch of data, and returns their losses. `programs` makes model and guide of a batch.
    ///
    /// Guide and model are recorded as one program for all batches of the same shapes, if they can be: the data enter it
    /// as the parameters do. An element of the data that is read on the host, as to branch on it, keeps them from being
    /// recorded, like one of a latent site. All that `programs` uses besides the batch must stay the same.
    /// [`Minibatches`](super::Minibatches) gives the rows of data in shuffled batches.
    ///
    /// # Errors
    /// As [`step`](Self::step); the steps before the one that fails remain taken.
    ///
    /// # Example
    /// ```
    /// use ppl::prelude::*;
    /// use ppl_infer::svi::{Adam, Svi};
    ///
    /// #[model]
    /// fn mean(y: Tensor, of: usize) {
    ///     let loc = sample!("loc", Normal::new(0.0, 10.0));
    ///     // A batch stands for all data.
    ///     let scale = of as f64 / y.size() as f64;
    ///     plate!("n", y.size(), {
    ///         factor!("y", Normal::new(&loc, 1.0)?.log_prob(&y)? * scale);
    ///     });
    /// }
    ///
    /// #[guide(mean)]
    /// fn normal() {
    ///     let guess = param!("guess", 0.0);
    ///     let scale = param!("scale", 1.0, Constraint::Positive);
    ///     sample!("loc", Normal::new(guess, scale));
    /// }
    ///
    /// let data = Tensor::linspace(2.0, 4.0, 100);
    /// let batches = (0..1000).map(|step| data.slice(0, step % 10 * 10..step % 10 * 10 + 10));
    /// let mut state = Svi::new(Adam::new(0.02)).start()?;
    /// state.run_batches(batches, |y| (mean(y, 100), normal()))?;
    /// assert_eq!(state.engine(), "recorded");
    /// assert!((state.params().get(normal::guess)?.item() - 3.0).abs() < 0.2);
    /// # Ok::<(), ppl_infer::Error>(())
    /// ```
    pub fn run_batches<B: Batch, M: Model, G: Model>(
        &mut self,
        batches: impl IntoIterator<Item = B>,
        programs: impl Fn(B) -> (M, G),
    ) -> Result<Vec<f64>> {
        let programs = |batch| {
            let (model, guide) = programs(batch);
            (WithoutOutput(model), WithoutOutput(guide))
        };
        let mut losses = Vec::new();
        let mut batches = batches.into_iter().peekable();
        // By the shapes of their batches: what remains of the data at the end has others.
        let mut recorded: Vec<RecordedBatches> = Vec::new();
        while let Some(batch) = batches.next() {
            let shapes = shapes(&batch);
            // A program knows the parameters by their places, which a new one among them may have moved.
            let count = self.params.params().len();
            recorded.retain(|(_, program)| program.as_ref().map_or(true, |program| program.param_count == count));
            let (model, guide) = programs(batch.clone());
            let place = recorded.iter().position(|(own, _)| *own == shapes);
            if let Some((_, program)) = place.map(|place| &mut recorded[place]) {
                self.check_again(program, &batch.tensors(), &model, &guide);
            } else {
                let program = match self.engine {
                    Engine::Recorded => {
                        let of_data: &Programs<'_, '_> = &|data| {
                            let (model, guide) = programs(batch.with_tensors(data));
                            (Box::new(model), Box::new(guide))
                        };
                        self.record(&batch.tensors(), of_data, &model, &guide)?
                    }
                    Engine::Tape => Err(WhyTape::Requested),
                };
                recorded.push((shapes.clone(), program));
            }
            self.in_use = engines(&recorded);
            let place = place.unwrap_or(recorded.len() - 1);
            let mut left = Some(batch);
            if let Ok(program) = &mut recorded[place].1 {
                let is_alike = |batch: &B| self::shapes(batch) == shapes;
                left = self.run_alike(program, left, &mut losses, || batches.next_if(is_alike))?;
            }
            if let Some(batch) = left {
                let (model, guide) = programs(batch.clone());
                losses.push(self.step_erased(&model, &guide)?);
            }
        }
        Ok(losses)
    }

    /// Takes steps on batches of the same shapes by a program; returns one on which the bound or its gradient is not
    /// finite.
    fn run_alike<B: Batch>(
        &mut self,
        program: &mut StepProgram,
        mut batch: Option<B>,
        losses: &mut Vec<f64>,
        mut next: impl FnMut() -> Option<B>,
    ) -> Result<Option<B>> {
        // The second batch of a program is one to compare on.
        let is_checked = program.is_checked_again;
        let mut running = Running::begin(program, &self.params, &mut self.memories);
        while let Some(own) = &batch {
            running.program.set_data(&own.tensors());
            let Some(loss) = running.step(&self.optimizer, self.steps) else { break };
            self.steps += 1;
            losses.push(loss);
            batch = if is_checked { next() } else { None };
        }
        running.end(Arc::make_mut(&mut self.params), &mut self.memories)?;
        Ok(batch)
    }

    /// Compares a program with a run on another batch than that of the recording, if that was not done yet.
    fn check_again(
        &self,
        program: &mut std::result::Result<StepProgram, WhyTape>,
        data: &[Tensor],
        model: &AnyModel<'_>,
        guide: &AnyModel<'_>,
    ) {
        let Ok(step) = program.as_mut() else { return };
        if step.is_checked_again {
            return;
        }
        step.read(&self.params);
        step.set_data(data);
        let key = Key::new(self.seed).draw(self.steps);
        match step.check(&self.elbo, model, guide, &self.params, key) {
            Ok(()) => step.is_checked_again = true,
            Err(WhyTape::Failed(_)) => {}
            Err(reason) => *program = Err(reason),
        }
    }

    /// Records a step of the programs that are made of data, of which `model` and `guide` are those of these data.
    fn record(
        &mut self,
        data: &[Tensor],
        programs: &Programs<'_, '_>,
        model: &AnyModel<'_>,
        guide: &AnyModel<'_>,
    ) -> Result<std::result::Result<StepProgram, WhyTape>> {
        let key = Key::new(self.seed).draw(self.steps);
        self.prepare(model, guide, key).map_err(|source| self.at_step(source))?;
        Ok(StepProgram::record(&self.elbo, data, programs, &self.params, key))
    }

    fn try_step(&mut self, model: &AnyModel<'_>, guide: &AnyModel<'_>) -> Result<f64> {
        let key = Key::new(self.seed).draw(self.steps);
        let outcome = self.prepare(model, guide, key)?;
        self.update(&outcome.gradients)?;
        self.steps += 1;
        Ok(-outcome.elbo)
    }

    /// The bound and its gradient. At first model and guide are checked, and their parameters found.
    fn prepare(&mut self, model: &AnyModel<'_>, guide: &AnyModel<'_>, key: Key) -> Result<Outcome> {
        self.try_prepare(model, guide, key).map_err(|error| {
            let keys = std::iter::once(key).chain(self.elbo.keys(key));
            explain(model, guide, &self.params, keys, error)
        })
    }

    fn try_prepare(&mut self, model: &AnyModel<'_>, guide: &AnyModel<'_>, key: Key) -> Result<Outcome> {
        let mut params = Arc::clone(&self.params);
        let is_first = !self.is_validated;
        if is_first {
            let found = validate(model, guide, &params, key)?;
            adopt(&mut params, found);
        }
        // A parameter that turns up for the first time, as by another branch of a program, must be differentiated too.
        let outcome = loop {
            let mut outcome = self.elbo.differentiate(model, guide, &params, key)?;
            let found = std::mem::take(&mut outcome.found);
            if found.is_empty() {
                break outcome;
            }
            adopt(&mut params, found);
        };
        if is_first && params.is_empty() {
            return Err(SviError::NothingToLearn.into());
        }
        if is_first && !outcome.depends {
            return Err(SviError::NoGradient { params: params.names().map(str::to_owned).collect() }.into());
        }
        self.params = params;
        self.is_validated = true;
        Ok(outcome)
    }

    fn at_step(&self, source: Error) -> Error {
        Error::Run { run: "step", number: self.steps, source: Box::new(source) }
    }

    /// Moves the parameters up the gradient of the bound.
    fn update(&mut self, gradients: &[Option<Tensor>]) -> Result<()> {
        for (param, gradient) in Arc::make_mut(&mut self.params).params_mut().iter_mut().zip(gradients) {
            let Some(gradient) = gradient else { continue };
            let descent: Vec<f64> = gradient.to_vec().into_iter().map(|ascent| -ascent).collect();
            let mut position = param.unconstrained.to_vec();
            let memory = match self.memories.get_mut(&param.name) {
                Some(memory) => memory,
                None => self.memories.entry(param.name.clone()).or_default(),
            };
            self.optimizer.update(&mut memory.state, memory.updates, &descent, &mut position);
            memory.updates += 1;
            param.unconstrained = Tensor::new(position, param.unconstrained.shape())?;
        }
        Ok(())
    }
}

/// What batches of some shapes are evaluated by.
type RecordedBatches = (Vec<Shape>, std::result::Result<StepProgram, WhyTape>);

/// What has taken the steps on batches, and if it was not the same for all, for which.
fn engines(batches: &[RecordedBatches]) -> String {
    let run = batches.iter().find_map(|(shapes, program)| Some((shapes, program.as_ref().err()?)));
    let Some((shapes, reason)) = run else { return "recorded".to_owned() };
    let reason = EngineUsed::Tape(reason.clone());
    if batches.iter().any(|(_, program)| program.is_ok()) {
        let shapes: Vec<String> = shapes.iter().map(ToString::to_string).collect();
        format!("recorded, but for batches of shape {}: {reason}", shapes.join(", "))
    } else {
        reason.to_string()
    }
}

fn adopt(params: &mut Arc<ParamStore>, found: ParamStore) {
    for param in found.params() {
        Arc::make_mut(params).put(param.clone());
    }
}
