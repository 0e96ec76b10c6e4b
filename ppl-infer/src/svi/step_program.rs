//! `StepProgram`: the bound and its gradient by a recorded program.

use std::sync::Arc;

use ppl::Tensor;
use ppl::program::{Program, Recorded, record_with_data};
use ppl::random::Key;

use super::elbo::TraceElbo;
use super::learn::Learn;
use super::params::ParamStore;
use crate::density::{Difference, EngineUsed, Evaluation, Rounding, Verdict, WhyTape, compare, moved};
use crate::runs::AnyModel;
use crate::{Error, Result};

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
    /// Rounding error of the log density.
    rounding: Rounding,
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

/// Makes model and guide of data.
pub(super) type Programs<'f, 'p> = dyn Fn(&[Tensor]) -> (Box<AnyModel<'p>>, Box<AnyModel<'p>>) + 'f;

impl StepProgram {
    /// Records a step from these parameters, of the model and the guide of these data, and compares the next two with
    /// the tape's.
    pub(super) fn record(
        elbo: &TraceElbo,
        data: &[Tensor],
        programs: &Programs<'_, '_>,
        params: &Arc<ParamStore>,
        key: Key,
    ) -> std::result::Result<Self, WhyTape> {
        let mut step = Self::new(elbo, data, programs, params, key)?;
        for later in 1..=2 {
            let key = key.draw(key.draw.wrapping_add(later));
            let (model, guide) = programs(data);
            match step.check(elbo, &*model, &*guide, params, key) {
                // The programs may have become others between the recording and the run.
                Err(WhyTape::Differs(what)) => {
                    let by_program = step.evaluation(&step.position.clone(), key.draw);
                    let anew = Self::new(elbo, data, programs, params, key.draw(key.draw.wrapping_sub(later)));
                    let is_same =
                        anew.is_ok_and(|mut anew| anew.evaluation(&step.position, key.draw).is_same(&by_program));
                    return Err(if is_same { WhyTape::Differs(what) } else { WhyTape::Impure });
                }
                checked => checked?,
            }
        }
        Ok(step)
    }

    fn new(
        elbo: &TraceElbo,
        data: &[Tensor],
        programs: &Programs<'_, '_>,
        params: &Arc<ParamStore>,
        key: Key,
    ) -> std::result::Result<Self, WhyTape> {
        let position: Vec<f64> = params.params().iter().flat_map(|param| param.unconstrained.to_vec()).collect();
        let mut visited = Vec::new();
        let recorded = record_with_data(&position, data, |position, data| {
            let learn = Learn::new(Arc::clone(params), split(params, position));
            let (model, guide) = programs(data);
            let (bound, now_visited) = elbo.pathwise(&*model, &*guide, key, learn)?;
            visited = now_visited;
            Ok(bound)
        });
        let program = match recorded {
            Ok(Recorded::Static(program)) => program,
            Ok(Recorded::Dynamic(obstacle)) if data.is_empty() => return Err(WhyTape::Dynamic(obstacle)),
            Ok(Recorded::Dynamic(obstacle)) => return Err(WhyTape::DynamicInBatch(obstacle)),
            Err(error) => return Err(WhyTape::Failed(error.to_string())),
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
        let (gradient, param_count) = (vec![0.0; position.len()], params.params().len());
        let rounding = Rounding::default();
        Ok(Self { program, parts, param_count, position, gradient, rounding, is_checked_again: false })
    }

    /// Compares with a run at another draw, or of other data: what was taken for a constant would show.
    pub(super) fn check(
        &mut self,
        elbo: &TraceElbo,
        model: &AnyModel<'_>,
        guide: &AnyModel<'_>,
        params: &Arc<ParamStore>,
        key: Key,
    ) -> std::result::Result<(), WhyTape> {
        let position = self.position.clone();
        let by_program = self.evaluation(&position, key.draw);
        let parts = self.parts.clone();
        let mut adds_parameters = false;
        let mut run = |number| {
            let moved = moved_params(params, &moved(&position, number))?;
            let outcome = elbo.differentiate(model, guide, &moved, key)?;
            adds_parameters |= !outcome.found.is_empty();
            let mut gradient = Vec::with_capacity(position.len());
            for part in &parts {
                let own = outcome.gradients[part.param].as_ref().map(Tensor::to_vec);
                gradient.extend(own.unwrap_or_else(|| vec![0.0; part.elements.len()]));
            }
            Ok::<_, Error>(Evaluation { value: outcome.elbo, gradient })
        };
        let by_run = match run(0) {
            Ok(by_run) => by_run,
            // A bound that is not finite is an error there.
            Err(_) if !by_program.is_finite() => return Ok(()),
            Err(error) => return Err(WhyTape::Failed(error.to_string())),
        };
        let verdict = compare(&by_program, &by_run, |number| self.evaluation(&moved(&position, number), key.draw), run);
        if adds_parameters {
            return Err(WhyTape::Impure);
        }
        match verdict {
            Ok(Verdict::Agree(rounding)) => {
                self.rounding = self.rounding.max(rounding);
                Ok(())
            }
            Ok(Verdict::Impure) => Err(WhyTape::Impure),
            Ok(Verdict::Differ(difference)) => Err(WhyTape::Differs(self.describe(params, difference))),
            Err(error) => Err(WhyTape::Failed(error.to_string())),
        }
    }

    fn describe(&self, params: &ParamStore, Difference { coordinate, program, run }: Difference) -> String {
        let mut elements = self.parts.iter().flat_map(|part| part.elements.clone().map(|_| part.param));
        let param = coordinate.and_then(|coordinate| elements.nth(coordinate)).map(|param| &params.params()[param]);
        let quantity = param.map_or_else(
            || "the evidence lower bound".to_owned(),
            |param| format!("the derivative of the evidence lower bound by the unconstrained `{}`", param.name),
        );
        format!("{quantity} ({program}, and {run} by a run)")
    }

    /// The bound at a draw of these parameters, and its gradient by those that are learned.
    fn evaluation(&mut self, position: &[f64], draw: u64) -> Evaluation {
        self.program.draw(draw);
        let value = self.program.value_and_gradient(position, &mut self.gradient);
        let gradient = self.parts.iter().flat_map(|part| &self.gradient[part.elements.clone()]).copied().collect();
        Evaluation { value, gradient }
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

    pub(super) fn in_use(self) -> EngineUsed {
        EngineUsed::Recorded(self.program, self.rounding)
    }
}

/// The same parameters at a position of their unconstrained elements.
fn moved_params(params: &Arc<ParamStore>, position: &[f64]) -> Result<Arc<ParamStore>> {
    let mut moved = ParamStore::clone(params);
    let mut rest = position;
    for param in moved.params_mut() {
        let (own, later) = rest.split_at(param.unconstrained.size());
        param.unconstrained = Tensor::new(own, param.unconstrained.shape())?;
        rest = later;
    }
    Ok(Arc::new(moved))
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
