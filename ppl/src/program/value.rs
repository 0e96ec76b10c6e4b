//! The part of a program that computes the value alone: those of its instructions that the value is made of.
//!
//! What is computed for the gradient is left out, and nothing is computed otherwise: the value is the same to the last
//! digit. Places in memory are those of the whole program. An instruction that is left out leaves in its place what was
//! there; what reads it is left out too.

use std::ops::Range;
#[cfg(feature = "jit")]
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::graph::{Graph, Id};
use super::instruction::{Instruction, Loop, Step, Tables};
#[cfg(feature = "jit")]
use super::native::Native;

/// What an evaluation computes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Wanted {
    #[default]
    ValueAndGradient,
    Value,
}

/// Steps as those of a [`Program`](super::Program), with what they refer to.
#[derive(Clone, Debug)]
pub(super) struct ValuePart {
    pub(super) instructions: Vec<Instruction>,
    pub(super) tables: Tables,
    pub(super) steps: Vec<Step>,
    #[cfg(feature = "jit")]
    pub(super) native: Option<Arc<Native>>,
}

/// Of which steps and which instructions the value is made, by their places in the program.
#[derive(Clone, Debug, Default)]
pub(super) struct OfValue {
    pub(super) steps: Vec<bool>,
    pub(super) instructions: Vec<bool>,
}

/// Whether the value is made of a node, for each node of a graph.
pub(super) fn nodes_of_value(graph: &Graph, value: Id) -> Vec<bool> {
    let mut is_needed = vec![false; graph.nodes().len()];
    is_needed[value.place()] = true;
    for place in (0..=value.place()).rev() {
        if is_needed[place] {
            graph.nodes()[place].operands.iter().for_each(|operand| is_needed[operand.place()] = true);
        }
    }
    is_needed
}

impl ValuePart {
    /// The part of a program's steps that computes the value.
    pub(super) fn new(steps: &[Step], instructions: &[Instruction], tables: &Tables, of_value: &OfValue) -> Self {
        let mut part = Self {
            instructions: Vec::new(),
            tables: tables.clone(),
            steps: Vec::new(),
            #[cfg(feature = "jit")]
            native: None,
        };
        for (step, _) in steps.iter().zip(&of_value.steps).filter(|&(_, &is_needed)| is_needed) {
            let start = part.instructions.len() as u32;
            let step = match step {
                Step::Numbers(code) | Step::Loop(Loop { code, .. }) => {
                    let places = code.start as usize..code.end as usize;
                    let needed = places.filter(|&place| of_value.instructions[place]);
                    part.instructions.extend(needed.map(|place| instructions[place]));
                    let code = start..part.instructions.len() as u32;
                    if code.is_empty() {
                        continue;
                    }
                    match step {
                        Step::Loop(pass) => Step::Loop(pass.with_code(code, &part.instructions[start as usize..])),
                        _ => Step::Numbers(code),
                    }
                }
                Step::Begin(recurrence) => {
                    part.tables.repeats[*recurrence].body = part.steps.len() + 1;
                    step.clone()
                }
                _ => step.clone(),
            };
            part.steps.push(step);
        }
        part
    }
}

impl Loop {
    /// The loop with these of its instructions alone.
    fn with_code(&self, code: Range<u32>, instructions: &[Instruction]) -> Self {
        let outputs: FxHashSet<u32> = instructions.iter().map(|instruction| instruction.output.line).collect();
        Self {
            code,
            kept: self.kept.iter().copied().filter(|line| outputs.contains(line)).collect(),
            zeros: self.zeros.iter().filter(|zeros| outputs.contains(&zeros.start)).cloned().collect(),
            finish: self.finish.iter().copied().filter(|finish| outputs.contains(&finish.from)).collect(),
            ..*self
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::program::tests::program;
    use crate::{Result, Tensor};

    type Function = fn(&Tensor) -> Result<Tensor>;

    /// The functions have loops over arrays, matrices, recurrences of all forms, factorisations, and reduced rows.
    const FUNCTIONS: [(&str, Function); 8] = [
        ("scalars", |x| Ok(x.get(0).exp() * x.get(1) + (x.get(2).sin() * x.get(0)).tanh())),
        ("a logistic regression", |x| {
            let matrix = Tensor::linspace(-1.0, 1.0, 500 * 8).sin().reshape([500, 8]);
            let linear = matrix.matmul(x);
            Ok((linear.softplus() - linear * Tensor::linspace(0.0, 1.0, 500).round()).sum())
        }),
        ("groups", |x| {
            let groups: Vec<usize> = (0..600).map(|row| row * 7 % 8).collect();
            let means = x.take(0, &groups);
            Ok(((Tensor::linspace(0.0, 3.0, 600) - means) / x.get(0).exp()).square().sum() + x.square().sum())
        }),
        ("an autoregression", |x| {
            let (mut state, mut sum) = (x.get(0), Tensor::from(0.0));
            for t in 0..40 {
                state = x.get(1).tanh() * &state + x.get(2) * (t as f64).sin();
                sum += (&state - 0.3).square();
            }
            Ok(sum)
        }),
        ("steps that stay steps", |x| {
            let (mut state, mut states) = (x.get(0), Vec::new());
            for t in 0..40 {
                state = (x.get(1) * &state + x.get(2) * (t as f64).cos()).tanh();
                states.push(state.clone());
            }
            Ok(Tensor::stack(&states, 0).exp().sum() + states[7].square())
        }),
        ("a Gaussian density", |x| {
            let points = Tensor::linspace(0.0, 1.0, 12);
            let distances = (points.unsqueeze(1) - points.unsqueeze(0)).square();
            let covariance = (-distances * x.get(0).exp()).exp() * x.get(1).exp() + Tensor::eye(12) * x.get(2).exp();
            let factor = covariance.cholesky();
            let white = factor.triangular_solve(points.sin(), true, false);
            Ok(white.square().sum() + factor.diagonal().ln().sum())
        }),
        ("a hidden Markov model", |x| {
            let mut state = x.slice(0, 0..3);
            let transition = x.slice(0, 2..5).unsqueeze(1) * Tensor::linspace(-1.0, 1.0, 9).reshape([3, 3]);
            for t in 0..30 {
                let emission = x.slice(0, 4..7) * (t as f64).sin();
                state = (state.unsqueeze(1) + &transition).logsumexp_axis(0) + emission;
            }
            Ok(state.logsumexp())
        }),
        ("a constant", |_| Ok(Tensor::from(3.0))),
    ];

    #[test]
    fn the_value_alone_is_that_with_the_gradient() {
        for (name, function) in FUNCTIONS {
            let at = |shift: f64| -> Vec<f64> { (0..8).map(|k| (k as f64 * 1.7 + shift).sin() * 0.5).collect() };
            let mut program = program(&at(0.0), function);
            let mut fresh = program.clone();
            let (mut gradient, mut again) = (vec![0.0; 8], vec![0.0; 8]);
            for shift in [0.3, 1.9, 0.3] {
                // In a memory in which there was no gradient, and in one where there was.
                let alone = fresh.value(&at(shift));
                let value = program.value_and_gradient(&at(shift), &mut gradient);
                assert_eq!(alone.to_bits(), value.to_bits(), "{name} at {shift}");
                assert_eq!(program.value(&at(shift)).to_bits(), value.to_bits(), "{name} at {shift}");
                // The value alone leaves nothing that the gradient would see.
                program.value(&at(shift + 1.0));
                program.value_and_gradient(&at(shift), &mut again);
                assert_eq!(again, gradient, "{name} at {shift}");
            }
        }
    }

    #[test]
    fn less_is_run_for_the_value() {
        for (name, function) in &FUNCTIONS[1..7] {
            let at: Vec<f64> = (0..8).map(|k| (k as f64 * 1.7).sin() * 0.5).collect();
            let program = program(&at, function);
            let part = program.value_part.as_ref().expect("a program with a gradient has a part for the value");
            let is_less =
                part.instructions.len() < program.instructions.len() || part.steps.len() < program.steps.len();
            assert!(is_less, "{name}: {program}");
        }
    }

    #[test]
    fn threads_share_the_value() {
        let (name, function): (_, Function) = ("large loops", |x| {
            let data = Tensor::linspace(0.1, 1.0, 60_011);
            let scaled = (&data * x.get(0)).exp();
            let centred = &scaled - scaled.mean();
            Ok((centred.square() * &data).sum() + (&data * x.get(1)).tanh().sum())
        });
        let mut one = program(&[0.1, 0.2], function);
        let mut several = one.clone();
        several.threads = crate::program::parallel::Threads { count: Some(3), team: None };
        let mut gradient = [0.0; 2];
        for number in 0..20 {
            let at = [0.1 + 0.01 * f64::from(number), -0.3];
            let value = one.value(&at);
            // Sums are added in another order, but with and without the gradient in the same.
            let shared = several.value(&at);
            assert!((shared - value).abs() <= 1e-12 * value.abs(), "{name}: {shared}, {value}");
            assert_eq!(several.value_and_gradient(&at, &mut gradient).to_bits(), shared.to_bits());
        }
    }

    /// Where rows were reduced, infinities may meet in these alone: the program with all rows has the value.
    #[test]
    fn an_infinite_parameter_has_the_value_of_all_rows() {
        let function: Function = |x| {
            let matrix = Tensor::linspace(0.0, 1.0, 40).reshape([20, 2]);
            let data = Tensor::linspace(-1.0, 1.0, 20);
            Ok(-(data - matrix.matmul(x.slice(0, 0..2))).square().sum())
        };
        let mut program = program(&[0.3, 0.2], function);
        assert!(program.is_reduced, "{program}");
        let mut gradient = [0.0; 2];
        for position in [[0.3, 0.2], [f64::INFINITY, 1.0], [f64::INFINITY, f64::NEG_INFINITY], [1e200, -1e200]] {
            let value = program.value_and_gradient(&position, &mut gradient);
            assert_eq!(program.value(&position).to_bits(), value.to_bits(), "{position:?}");
        }
    }
}
