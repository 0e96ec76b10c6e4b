//! `SviState`: what a fit has reached.

use std::collections::BTreeMap;
use std::sync::Arc;

use ppl::random::Key;
use ppl::{Model, Tensor};
use serde::{Deserialize, Serialize};

use super::elbo::TraceElbo;
use super::validate::validate;
use super::{Optimizer, ParamStore};
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
        let number = self.steps;
        self.try_step(model, guide).map_err(|source| Error::Run { run: "step", number, source: Box::new(source) })
    }

    /// Takes steps on the same model and guide, and returns their losses.
    ///
    /// # Errors
    /// As [`step`](Self::step); the steps before the one that fails remain taken.
    pub fn run<M: Model, G: Model>(&mut self, model: &M, guide: &G, steps: u64) -> Result<Vec<f64>> {
        (0..steps).map(|_| self.step(model, guide)).collect()
    }

    fn try_step<M: Model, G: Model>(&mut self, model: &M, guide: &G) -> Result<f64> {
        let key = Key::new(self.seed).draw(self.steps);
        let mut params = Arc::clone(&self.params);
        let is_first = !self.is_validated;
        if is_first {
            let found = validate(model, guide, &params, key)?;
            adopt(&mut params, found);
        }
        // A parameter that turns up for the first time, as by another branch of a program, must be differentiated too.
        let outcome = loop {
            let outcome = self.elbo.differentiate(model, guide, &params, key)?;
            if outcome.found.is_empty() {
                break outcome;
            }
            adopt(&mut params, outcome.found);
        };
        if is_first && params.is_empty() {
            return Err(Error::NothingToLearn);
        }
        if is_first && !outcome.depends {
            return Err(Error::NoGradient { params: params.names().map(str::to_owned).collect() });
        }
        self.update(params, &outcome.gradients)?;
        self.is_validated = true;
        self.steps += 1;
        Ok(-outcome.elbo)
    }

    /// Moves the parameters up the gradient of the bound.
    fn update(&mut self, mut params: Arc<ParamStore>, gradients: &[Option<Tensor>]) -> Result<()> {
        // The only other owner is the state itself, and gets the updated store.
        self.params = Arc::default();
        for (param, gradient) in Arc::make_mut(&mut params).params_mut().iter_mut().zip(gradients) {
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
        self.params = params;
        Ok(())
    }
}

fn adopt(params: &mut Arc<ParamStore>, found: ParamStore) {
    for param in found.params() {
        Arc::make_mut(params).put(param.clone());
    }
}
