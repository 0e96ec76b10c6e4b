//! `Function`: a recorded function, and the programs that compute it with its derivatives.
//!
//! The chain rule multiplies derivatives, and 0 · ∞ is NaN though an adjoint of 0 says that nothing depends on the
//! factor: of an element that a `gather` left out, of a factor that underflowed. The tape looks at each adjoint; a
//! program that did so too would be slower at every position for the sake of a few. It uses IEEE products instead, in
//! which a NaN or ∞ never vanishes: the gradient tells by not being finite. Then, where the value is finite, a second
//! program of the same function computes the gradient again, in which an adjoint of 0 stays 0. It is compiled when it is
//! first needed.

use std::sync::{Arc, OnceLock};

use super::adjoint::{self, ChainRule};
use super::graph::{Graph, Id};
use super::hessian::along_direction;
use super::noise::Noise;
use super::plan::Places;
use super::{Program, Recorded, lower, plan, recurrence, reroll, rows, schedule, triangle};
use crate::tensor::record::Recording;
use crate::{Error, Result, Tensor};

/// The derivative that a program computes beside the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Derivative {
    Gradient,
    /// The Hessian times a direction, by an input of so many elements.
    HessianProduct {
        elements: usize,
    },
}

/// An operation on a scalar takes a run of the function as long as one on an array of so many elements.
const LEAST_SIZE: usize = 32;

/// The graph of a recorded function, with the random numbers that it draws.
#[derive(Debug)]
pub(super) struct Function {
    graph: Graph,
    value: Id,
    noise: Noise,
    /// See [`Program::run_size`].
    run_size: usize,
}

impl Function {
    /// Records a function of a vector and of data.
    ///
    /// # Errors
    /// The function's; a result with more than one element.
    pub(super) fn record(
        point: &[f64],
        data: &[Tensor],
        function: impl FnOnce(&Tensor, &[Tensor]) -> Result<Tensor>,
        noise: Option<Noise>,
    ) -> Result<Recorded<Self>> {
        let (recording, input, recorded_data) = Recording::open(point, noise, data)?;
        let output = function(&input, &recorded_data)?;
        Self::of(recording, output)
    }

    /// Ends the recording of the function that has this output. (Apart from `record`, which is compiled for each function.)
    fn of(recording: Recording, output: Tensor) -> Result<Recorded<Self>> {
        if output.size() != 1 {
            let expected = "one element".to_owned();
            return Err(Error::InvalidShape { operation: "record", expected, got: output.shape() });
        }
        let (raw, outputs, noise) = match recording.finish(&[output])? {
            Ok(recorded) => recorded,
            Err(obstacle) => return Ok(Recorded::Dynamic(obstacle)),
        };
        let run_size = raw.nodes().iter().map(|node| LEAST_SIZE.max(node.size)).sum();
        let (graph, outputs) = reroll::reroll(&raw, &outputs[..1]);
        Ok(Recorded::Static(Box::new(Self { graph, value: outputs[0], noise, run_size })))
    }

    /// The program of value and derivative, which falls back to another one where the derivative is not finite.
    pub(super) fn program(mut self, derivative: Derivative) -> Program {
        let reduced = rows::reduced(&self.graph, self.value);
        let is_reduced = reduced.is_some();
        let mut program = match reduced {
            Some((mut graph, value)) => compile(&mut graph, value, self.noise.clone(), derivative, ChainRule::Fast),
            None => compile(&mut self.graph, self.value, self.noise.clone(), derivative, ChainRule::Fast),
        };
        program.is_reduced = is_reduced;
        program.run_size = self.run_size;
        if derivative != Derivative::Gradient {
            program.value_part = None;
        }
        self.graph.forget_conversions();
        program.fallback = Some(Fallback {
            source: Arc::new(Source { function: self, derivative, compiled: OnceLock::new() }),
            program: None,
        });
        #[cfg(feature = "jit")]
        super::native::compile(&mut program);
        program
    }
}

/// Differentiates, lowers, schedules and plans.
fn compile(graph: &mut Graph, value: Id, noise: Noise, derivative: Derivative, rule: ChainRule) -> Program {
    let is_last = derivative == Derivative::Gradient;
    let gradient = adjoint::gradient(graph, value, rule, is_last);
    let parts = match derivative {
        Derivative::Gradient => gradient,
        Derivative::HessianProduct { elements } => along_direction(graph, elements, gradient, rule),
    };
    // A sign goes outwards to where the gradient is written.
    let signed = parts.iter().map(|part| graph.negated(part.value).map_or((1.0, part.value), |x| (-1.0, x)));
    let (signs, mut roots): (Vec<f64>, Vec<Id>) = signed.unzip();
    roots.push(value);
    let (lowered, roots) = match rule {
        ChainRule::Fast => {
            let (graph, roots) = recurrence::with_systems(graph, roots);
            match triangle::packed(&graph, &roots) {
                Some((graph, roots)) => lower::lower(&graph, &roots),
                None => lower::lower(&graph, &roots),
            }
        }
        // The matrices of linear systems are products of derivatives that the tape multiplies by an adjoint one by one.
        ChainRule::ZeroAbsorbing => lower::lower(graph, &roots),
    };
    let stages = schedule::schedule(&lowered, &roots);
    let value = roots[parts.len()];
    let places = parts.iter().map(|part| Places::new(part.places.as_ref()));
    let gradient = places.zip(signs).zip(&roots).map(|((places, sign), &root)| (places, sign, root)).collect();
    let recorded_draw = noise.recorded_draw();
    let mut program = plan::program(lowered, stages, value, gradient, noise);
    if let Some(draw) = recorded_draw {
        program.draw(draw);
    }
    program
}

/// The program of a function for positions at which the fast one gives a derivative that is not finite.
#[derive(Clone, Debug)]
pub(super) struct Fallback {
    source: Arc<Source>,
    /// A copy of what the source has compiled, with a memory of its own.
    program: Option<Box<Program>>,
}

#[derive(Debug)]
struct Source {
    function: Function,
    derivative: Derivative,
    compiled: OnceLock<Program>,
}

impl Source {
    fn program(&self) -> &Program {
        self.compiled.get_or_init(|| {
            let Function { graph, value, noise, .. } = &self.function;
            compile(&mut graph.clone(), *value, noise.clone(), self.derivative, ChainRule::ZeroAbsorbing)
        })
    }
}

/// Elements from which on vector instructions of the processor at hand save more than choosing them costs.
const LARGE_GRADIENT: usize = 64;

/// Whether all elements are finite, without a branch.
#[inline(always)]
fn are_finite(elements: &[f64]) -> bool {
    const SIGN: u64 = 1 << 63;
    const LAST_OF_EXPONENT: u64 = 1 << 52;

    // An exponent of ones carries into the sign.
    let carried = elements.iter().fold(0, |all, x| all | ((x.to_bits() & !SIGN) + LAST_OF_EXPONENT));
    carried & SIGN == 0
}

impl Program {
    /// Whether a derivative is one: 0 · ∞ leaves a NaN or ∞ in it.
    #[inline(always)]
    pub(super) fn is_defined(&self, derivative: &[f64]) -> bool {
        if derivative.len() < LARGE_GRADIENT {
            return are_finite(derivative);
        }
        self.processor.dispatch(|| are_finite(derivative))
    }

    /// Value and derivative once more, by the program in which an adjoint of 0 stays 0.
    #[cold]
    #[inline(never)]
    pub(super) fn fall_back(&mut self, position: &[f64], derivative: &mut [f64]) -> Option<f64> {
        Some(self.fallback_program()?.value_and_gradient(position, derivative))
    }

    /// The value once more, by that program.
    #[cold]
    #[inline(never)]
    pub(super) fn fall_back_to_value(&mut self, position: &[f64]) -> Option<f64> {
        Some(self.fallback_program()?.value(position))
    }

    fn fallback_program(&mut self) -> Option<&mut Self> {
        let Fallback { source, program } = self.fallback.as_mut()?;
        let program = program.get_or_insert_with(|| Box::new(source.program().clone()));
        for (number, to) in &program.data {
            // Both compute the same function of the same data.
            if let Some((_, from)) = self.data.iter().find(|(own, _)| own == number) {
                let elements = &self.memory.lines()[from.line as usize..].as_flattened()[..from.elements];
                to.put(elements, program.memory.lines_mut());
            }
        }
        if self.draw != program.draw
            && let Some(draw) = self.draw
        {
            program.draw(draw);
        }
        Some(program)
    }
}

#[cfg(test)]
mod tests {
    use super::are_finite;

    #[test]
    fn what_is_not_finite_is_seen() {
        let mut elements = [0.0, -0.0, f64::MAX, f64::MIN, f64::MIN_POSITIVE, 5e-324, -1.5, 1e300];
        assert!(are_finite(&elements) && are_finite(&[]));
        for wrong in [f64::NAN, -f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            for position in 0..elements.len() {
                let own = std::mem::replace(&mut elements[position], wrong);
                assert!(!are_finite(&elements), "{wrong} at {position}");
                elements[position] = own;
            }
        }
    }
}
