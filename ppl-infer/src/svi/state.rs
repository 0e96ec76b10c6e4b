//! `SviState`: what a fit has reached.

use std::collections::BTreeMap;
use std::sync::Arc;

use ppl::random::Key;
use ppl::{Model, Tensor};
use serde::{Deserialize, Serialize};

use super::elbo::{Outcome, TraceElbo};
use super::step_program::StepProgram;
use super::validate::validate;
use super::{Optimizer, ParamStore};
use crate::density::{Engine, InUse, Reason};
use crate::posterior::format::FormatVersion;
use crate::{Error, Result};

/// The state of a fit: parameters, what the optimizer remembers, the number of steps.
///
/// It is written and read with serde; a fit that goes on from a state that was read takes the same steps, bit for bit,
/// as one that was never interrupted. Step `n` draws by `Key::new(seed).draw(n)`, its particles by the chains of that.
///
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
#[serde(bound(
    serialize = "O: Serialize, O::State: Serialize",
    deserialize = "O: Deserialize<'de>, O::State: Deserialize<'de>"
))]
pub struct SviState<O: Optimizer> {
    format: FormatVersion,
    optimizer: O,
    elbo: TraceElbo,
    seed: u64,
    /// Number of the steps that were taken.
    steps: u64,
    #[serde(with = "shared")]
    params: Arc<ParamStore>,
    memories: BTreeMap<String, Memory<O::State>>,
    /// Whether model and guide have passed the checks that are made once.
    #[serde(skip)]
    is_validated: bool,
}

/// What the optimizer remembers of a parameter.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Memory<S> {
    updates: u64,
    state: S,
}

/// A store that is shared, as the store itself.
mod shared {
    use super::{Arc, Deserialize, ParamStore, Serialize};

    pub(super) fn serialize<S: serde::Serializer>(params: &Arc<ParamStore>, serializer: S) -> Result<S::Ok, S::Error> {
        params.as_ref().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Arc<ParamStore>, D::Error> {
        ParamStore::deserialize(deserializer).map(Arc::new)
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
    pub(super) fn new(optimizer: O, elbo: TraceElbo, seed: u64, params: ParamStore) -> Self {
        Self {
            format: FormatVersion,
            optimizer,
            elbo,
            seed,
            steps: 0,
            params: Arc::new(params),
            memories: BTreeMap::new(),
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

    /// Takes a step, and returns the loss before it: an estimate of −ELBO.
    ///
    /// Model and guide may differ from step to step, as for minibatches. A step that fails changes nothing.
    ///
    /// # Errors
    /// An error in a run; latent sites of the model that the guide does not draw, or the other way round, or in
    /// another shape; a guide that observes, or whose draw is outside of the model's support; a density or gradient
    /// that is not finite, with its site or parameter; nothing to learn. The step's number is added.
    pub fn step<M: Model, G: Model>(&mut self, model: &M, guide: &G) -> Result<f64> {
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
        Ok(self.run_by(model, guide, steps, Engine::default())?.0)
    }

    /// Takes steps by an engine, and says which was used.
    pub(super) fn run_by<M: Model, G: Model>(
        &mut self,
        model: &M,
        guide: &G,
        steps: u64,
        engine: Engine,
    ) -> Result<(Vec<f64>, String)> {
        let end = self.steps + steps;
        let mut losses = Vec::with_capacity(usize::try_from(steps).unwrap_or_default());
        let recorded = match engine {
            Engine::Recorded if steps > 0 => {
                let key = Key::new(self.seed).draw(self.steps);
                self.prepare(model, guide, key).map_err(|source| self.at_step(source))?;
                StepProgram::record(&self.elbo, model, guide, &self.params, key)
            }
            _ => Err(Reason::AskedFor),
        };
        let engine = match recorded {
            Ok(mut program) => {
                self.run_program(&mut program, end, &mut losses)?;
                program.in_use()
            }
            Err(reason) => InUse::Dfdx(reason),
        };
        // What the program could not do, such as saying what has gone wrong.
        while self.steps < end {
            losses.push(self.step(model, guide)?);
        }
        Ok((losses, engine.to_string()))
    }

    /// Takes steps by a program, up to one whose bound or gradient is not finite.
    fn run_program(&mut self, program: &mut StepProgram, end: u64, losses: &mut Vec<f64>) -> Result<()> {
        let mut memories: Vec<Memory<O::State>> = Vec::with_capacity(program.parts.len());
        for part in &program.parts {
            memories.push(self.memories.remove(&self.params.params()[part.param].name).unwrap_or_default());
        }
        while self.steps < end {
            let Some(bound) = program.evaluate(self.steps) else { break };
            program.gradient.iter_mut().for_each(|ascent| *ascent = -*ascent);
            for (part, memory) in program.parts.iter().zip(&mut memories) {
                let descent = &program.gradient[part.elements.clone()];
                let position = &mut program.position[part.elements.clone()];
                self.optimizer.update(&mut memory.state, memory.updates, descent, position);
                memory.updates += 1;
            }
            self.steps += 1;
            losses.push(-bound);
        }
        for (part, memory) in program.parts.iter().zip(memories) {
            self.memories.insert(self.params.params()[part.param].name.clone(), memory);
        }
        program.write(Arc::make_mut(&mut self.params))
    }

    fn try_step<M: Model, G: Model>(&mut self, model: &M, guide: &G) -> Result<f64> {
        let key = Key::new(self.seed).draw(self.steps);
        let outcome = self.prepare(model, guide, key)?;
        self.update(&outcome.gradients)?;
        self.steps += 1;
        Ok(-outcome.elbo)
    }

    /// The bound and its gradient. At first model and guide are checked, and their parameters found.
    fn prepare<M: Model, G: Model>(&mut self, model: &M, guide: &G, key: Key) -> Result<Outcome> {
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
            return Err(Error::NothingToLearn);
        }
        if is_first && !outcome.depends {
            return Err(Error::NoGradient { params: params.names().map(str::to_owned).collect() });
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

fn adopt(params: &mut Arc<ParamStore>, found: ParamStore) {
    for param in found.params() {
        Arc::make_mut(params).put(param.clone());
    }
}
