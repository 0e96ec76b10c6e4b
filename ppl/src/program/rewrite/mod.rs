//! The rules by which an operation becomes a cheaper one when it is added to the graph.
//!
//! Each rule holds at every input, up to rounding. None looks at more than an operation and those that it is made of.

mod derivative;
mod elementwise;
mod movement;
mod reduction;

use super::graph::{Graph, Id, Op};

impl Graph {
    /// An operation of a recording, or of its gradient.
    pub(super) fn rewritten(&mut self, op: &Op, operands: &[Id], size: usize) -> Id {
        match (op, operands) {
            (Op::Constant(numbers), _) => self.add(Op::Constant(numbers.clone()), &[], size),
            (Op::Detach, &[x]) => self.detach(x),
            (Op::Unary(op), &[x]) => self.unary(*op, x),
            (Op::Binary(op), &[a, b]) => self.binary(*op, a, b),
            (Op::Compare(op), &[a, b]) => self.compare(*op, a, b),
            (Op::Select, &[condition, a, b]) => self.select(condition, a, b),
            (Op::Masked, &[a, b]) => self.masked(a, b),
            (Op::Move(map), &[x]) => self.moved(x, map.to_vec()),
            (Op::Scatter(map, size), &[x]) => self.scatter(x, map.clone(), *size),
            (Op::Join(parts), operands) => self.join(operands, parts.clone(), size),
            (Op::Sum(around), &[x]) => self.sum(x, *around),
            (Op::Largest(around), &[x]) => self.along(Op::Largest, x, *around),
            (Op::Smallest(around), &[x]) => self.along(Op::Smallest, x, *around),
            (Op::LogSumExp(around), &[x]) => self.along(Op::LogSumExp, x, *around),
            (Op::CumSum(around, from_the_end), &[x]) => self.cumsum(x, *around, *from_the_end),
            (Op::MatMul(product), &[left, right]) => self.matmul(*product, left, right),
            (op, operands) => self.add(op.clone(), operands, size),
        }
    }

    pub(crate) fn detach(&mut self, id: Id) -> Id {
        if self.as_constant(id).is_some() {
            return id;
        }
        self.add(Op::Detach, &[id], self.size(id))
    }

    /// A constant, if its operands are constants.
    fn folded<const N: usize>(
        &mut self,
        operands: [Id; N],
        size: usize,
        function: impl Fn([f64; N]) -> f64,
    ) -> Option<Id> {
        if operands.iter().any(|&operand| self.as_constant(operand).is_none()) {
            return None;
        }
        let elements = operands.map(|operand| self.as_constant(operand).unwrap_or_default());
        // An operand of one element is seen by all.
        let at = |elements: &[f64], place: usize| elements[if elements.len() == 1 { 0 } else { place }];
        let values = (0..size).map(|place| function(elements.map(|elements| at(elements, place)))).collect();
        Some(self.constant(values))
    }

    fn largest_size(&self, operands: &[Id]) -> usize {
        operands.iter().map(|&operand| self.size(operand)).max().unwrap_or(1)
    }
}
