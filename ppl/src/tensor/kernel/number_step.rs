//! Backward steps of operations on scalars that are no arrays: a loop over scalars has as many as it has operations.
//!
//! They are kept as they are, without a closure of their own each, and compute by the derivatives of `elementwise.rs` what
//! the steps of arrays (`step.rs`) compute for one element.

use dfdx::tensor::Cpu;

use super::super::elementwise::{Binary, Unary};
use super::super::tape::{GradientStore, Node, Place};

/// The step of an operation on one or two scalars.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NumberStep {
    operation: Operation,
    operands: [Operand; 2],
    output: f64,
    /// On the tape.
    output_number: u64,
}

#[derive(Clone, Copy, Debug)]
enum Operation {
    Unary(Unary),
    Binary(Binary),
}

/// A scalar, and its number on the tape: 0 for a constant.
#[derive(Clone, Copy, Debug, Default)]
struct Operand {
    value: f64,
    number: u64,
}

impl NumberStep {
    pub(crate) fn unary(op: Unary, (x, node): (f64, Option<Node>), (output, output_node): (f64, Node)) -> Self {
        Self {
            operation: Operation::Unary(op),
            operands: [Operand::new(x, node), Operand::default()],
            output,
            output_number: output_node.number(),
        }
    }

    pub(crate) fn binary(op: Binary, operands: [(f64, Option<Node>); 2], (output, output_node): (f64, Node)) -> Self {
        Self {
            operation: Operation::Binary(op),
            operands: operands.map(|(value, node)| Operand::new(value, node)),
            output,
            output_number: output_node.number(),
        }
    }

    /// Adds to the gradients by the operands.
    pub(crate) fn run(self, store: &mut GradientStore) {
        // The result does not depend on an operation to whose output no gradient came, and a gradient of 0 stays 0.
        let Some(by_output) = store.take_scalar(self.output_number).filter(|&by_output| by_output != 0.0) else {
            return;
        };
        let [a, b] = self.operands;
        let (by_a, by_b) = match self.operation {
            Operation::Unary(Unary::Ln) => (by_output / a.value, 0.0),
            Operation::Unary(op) => (by_output * op.derivative(a.value, self.output), 0.0),
            Operation::Binary(Binary::Add) => (by_output, by_output),
            Operation::Binary(Binary::Sub) => (by_output, -by_output),
            Operation::Binary(Binary::Mul) => (by_output * b.value, by_output * a.value),
            Operation::Binary(op) => {
                let (by_a, by_b) = op.derivatives(a.value, b.value, self.output);
                let by_a = if op == Binary::Div { b.value.recip() } else { by_a };
                (by_output * by_a, by_output * by_b)
            }
        };
        for (operand, by_operand) in [(a, by_a), (b, by_b)] {
            if operand.number != 0 {
                *store.scalar(operand.number) += by_operand;
            }
        }
    }
}

impl Operand {
    fn new(value: f64, node: Option<Node>) -> Self {
        Self { value, number: node.map_or(0, Node::number) }
    }
}

/// The step of an element that was taken from an array.
#[derive(Clone, Debug)]
pub(crate) struct ElementStep {
    source: Place<Cpu>,
    element: usize,
    output_number: u64,
}

impl ElementStep {
    pub(crate) fn new(source: Place<Cpu>, element: usize, output: Node) -> Self {
        Self { source, element, output_number: output.number() }
    }

    /// Adds to the gradient by the element.
    pub(crate) fn run(self, store: &mut GradientStore) {
        if let Some(by_output) = store.take_scalar(self.output_number) {
            store.slot(&self.source)[self.element] += by_output;
        }
    }
}
