//! `Running`: steps by a program, from when it takes over the parameters to when it gives them back.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::step_program::StepProgram;
use super::{Optimizer, ParamStore};
use crate::Result;

/// What the optimizer remembers of a parameter.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Memory<S> {
    pub(super) updates: u64,
    pub(super) state: S,
}

/// A program that takes steps: parameters and memories are its own meanwhile, without a name in the way.
pub(super) struct Running<'a, S> {
    pub(super) program: &'a mut StepProgram,
    memories: Vec<Memory<S>>,
}

impl<'a, S: Default> Running<'a, S> {
    /// Takes over the parameters and their memories.
    pub(super) fn begin(
        program: &'a mut StepProgram,
        params: &ParamStore,
        memories: &mut BTreeMap<String, Memory<S>>,
    ) -> Self {
        program.read(params);
        let take = |part: &super::step_program::Part| memories.remove(&params.params()[part.param].name);
        let memories = program.parts.iter().map(take).map(Option::unwrap_or_default).collect();
        Self { program, memories }
    }

    /// Takes a step at a draw, and returns the loss before it; none, and no step, if bound or gradient are not finite.
    pub(super) fn step<O: Optimizer<State = S>>(&mut self, optimizer: &O, draw: u64) -> Option<f64> {
        let Self { program, memories } = self;
        let bound = program.evaluate(draw)?;
        program.gradient.iter_mut().for_each(|ascent| *ascent = -*ascent);
        for (part, memory) in program.parts.iter().zip(memories) {
            let descent = &program.gradient[part.elements.clone()];
            let position = &mut program.position[part.elements.clone()];
            optimizer.update(&mut memory.state, memory.updates, descent, position);
            memory.updates += 1;
        }
        Some(-bound)
    }

    /// Gives parameters and memories back.
    pub(super) fn end(self, params: &mut ParamStore, memories: &mut BTreeMap<String, Memory<S>>) -> Result<()> {
        for (part, memory) in self.program.parts.iter().zip(self.memories) {
            memories.insert(params.params()[part.param].name.clone(), memory);
        }
        self.program.write(params)
    }
}
