//! `StepProgram`: the bound and its gradient by a recorded program.

use std::sync::Arc;

use ppl::program::{Program, Recorded, record_with_data};
use ppl::random::Key;
use ppl::{Model, Tensor};

use super::elbo::TraceElbo;
use super::learn::Learn;
use super::params::ParamStore;
use crate::Result;
use crate::density::{InUse, Reason, agree};

/// Draws from the guide, the bound and its gradient in one program, for a model and a guide that stay the same but for
/// their data.
#[derive(Clone, Debug)]
pub(super) struct StepProgram {
    program: Box<Program>,
    /// The parameters that are learned: which of the store, and where its elements begin.
    pub(super) parts: Vec<Part>,
    /// Number of parameters that the store had.
    pub(super) param_count: usize,
    pub(super) position: Vec<f64>,
    pub(super) gradient: Vec<f64>,
    /// Whether it has been compared on other data than those of the recording.
    pub(super) is_checked_again: bool,
}

/// A parameter's elements in the vector that the program is a function of.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// The place in the store.
    pub(super) param: usize,
    pub(super) elements: std::ops::Range<usize>,
}

impl StepProgram {
    /// Records a step from these parameters, of the model and the guide of these data, and compares the next one with
    /// dfdx's.
    pub(super) fn record<M: Model, G: Model>(
        elbo: &TraceElbo,
        data: &[Tensor],
        programs: impl Fn(&[Tensor]) -> (M, G),
        params: &Arc<ParamStore>,
        key: Key,
    ) -> std::result::Result<Self, Reason> {
        let position: Vec<f64> = params.params().iter().flat_map(|param| param.unconstrained.to_vec()).collect();
        let mut visited = Vec::new();
        let recorded = record_with_data(&position, data, |position, data| {
            let learn = Learn::new(Arc::clone(params), split(params, position));
            let (model, guide) = programs(data);
            let (bound, now_visited) = elbo
                .pathwise(&model, &guide, key, learn)
                .map_err(|error| ppl::Error::Handler { handler: "evidence lower bound", problem: error.to_string() })?;
            visited = now_visited;
            Ok(bound)
        });
        let program = match recorded {
            Ok(Recorded::Static(program)) => program,
            Ok(Recorded::Dynamic(obstacle)) if data.is_empty() => return Err(Reason::Dynamic(obstacle)),
            Ok(Recorded::Dynamic(obstacle)) => return Err(Reason::DynamicInBatch(obstacle)),
            Err(error) => return Err(Reason::Failed(error.to_string())),
        };
        let mut start = 0;
        let mut parts = Vec::new();
        for (place, (param, visited)) in params.params().iter().zip(visited).enumerate() {
            let end = start + param.unconstrained.size();
            if visited {
                parts.push(Part { param: place, elements: start..end });
            }
            start = end;
        }
        let gradient = vec![0.0; position.len()];
        let mut step =
            Self { program, parts, param_count: params.params().len(), position, gradient, is_checked_again: false };
        let (model, guide) = programs(data);
        step.check(elbo, &model, &guide, params, key.draw(key.draw.wrapping_add(1)))?;
        Ok(step)
    }

    /// Compares with a run at another draw, or of other data: what was taken for a constant would show.
    pub(super) fn check<M: Model, G: Model>(
        &mut self,
        elbo: &TraceElbo,
        model: &M,
        guide: &G,
        params: &Arc<ParamStore>,
        key: Key,
    ) -> std::result::Result<(), Reason> {
        let by_run =
            elbo.differentiate(model, guide, params, key).map_err(|error| Reason::Failed(error.to_string()))?;
        let is_good = self.evaluate(key.draw).is_some_and(|bound| agree(by_run.elbo, bound))
            && by_run.found.is_empty()
            && self.parts.iter().all(|part| {
                let expected = by_run.gradients[part.param].as_ref().map(Tensor::to_vec).unwrap_or_default();
                self.gradient[part.elements.clone()].iter().zip(&expected).all(|(&a, &b)| agree(a, b))
            });
        if is_good { Ok(()) } else { Err(Reason::Differs) }
    }

    /// Sets the data, which have the shapes of those recorded.
    pub(super) fn set_data(&mut self, data: &[Tensor]) {
        for (number, tensor) in data.iter().enumerate() {
            self.program.set_data(number, &tensor.to_vec());
        }
    }

    /// The bound at a draw, and its gradient; none if either is not finite.
    pub(super) fn evaluate(&mut self, draw: u64) -> Option<f64> {
        self.program.draw(draw);
        let bound = self.program.value_and_gradient(&self.position, &mut self.gradient);
        (bound.is_finite() && self.gradient.iter().all(|by| by.is_finite())).then_some(bound)
    }

    /// Begins from these parameters.
    pub(super) fn read(&mut self, params: &ParamStore) {
        for part in &self.parts {
            self.position[part.elements.clone()].copy_from_slice(&params.params()[part.param].unconstrained.to_vec());
        }
    }

    /// The parameters, as they are now.
    pub(super) fn write(&self, params: &mut ParamStore) -> Result<()> {
        for part in &self.parts {
            let param = &mut params.params_mut()[part.param];
            param.unconstrained =
                Tensor::new(self.position[part.elements.clone()].to_vec(), param.unconstrained.shape())?;
        }
        Ok(())
    }

    pub(super) fn in_use(self) -> InUse {
        InUse::Recorded(self.program)
    }
}

/// The parameters of a vector that has them one after the other.
fn split(params: &ParamStore, position: &Tensor) -> Vec<Tensor> {
    let mut start = 0;
    let cut = |param: &super::params::Param| {
        let shape = param.unconstrained.shape();
        start += shape.size();
        position.slice(0, start - shape.size()..start).reshape(shape)
    };
    params.params().iter().map(cut).collect()
}
