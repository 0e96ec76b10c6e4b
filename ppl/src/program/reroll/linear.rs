//! Recurrences whose value is linear in the one before.

use rustc_hash::FxHashMap;

use super::body::Body;
use super::{Known, Rerolling, Row};
use crate::program::graph::{Id, Op};
use crate::tensor::elementwise::{Binary, Unary};

/// `slope · x + offset` for the value x before, or the square root of that.
#[derive(Clone, Copy, Debug)]
struct Linear {
    slope: Id,
    offset: Id,
    is_root: bool,
}

#[derive(Clone, Copy, Debug)]
enum Part {
    Free(Id),
    Linear(Linear),
}

impl Rerolling<'_> {
    /// A recurrence whose value is linear in the one before; `false` if it is not of this kind.
    pub(super) fn linear(&mut self, body: &mut Body<'_>, rows: &[usize]) -> bool {
        let Some(carry) = body.carry(rows) else { return false };
        if rows.iter().any(|&row| body.size(row) != 1) {
            return false;
        }
        // A square root whose square is what comes next: the recurrence is of the squares.
        let root = match body.node(carry).op {
            Op::Unary(Unary::Sqrt) => match body.inside(carry, 0) {
                Some((source, 0)) if rows.contains(&source) => Some(source),
                _ => None,
            },
            _ => None,
        };
        let (zero, one) = (self.graph.number(0.0), self.graph.number(1.0));
        let before = Linear { slope: one, offset: zero, is_root: root.is_some() };
        let mut values: FxHashMap<usize, Linear> = FxHashMap::default();
        for &row in rows {
            let node = body.node(row);
            let mut operands = Vec::new();
            for which in 0..node.operands.len() {
                operands.push(match body.inside(row, which) {
                    Some((source, 1)) if source == carry => Part::Linear(before),
                    Some((source, 0)) if rows.contains(&source) => match values.get(&source) {
                        Some(value) => Part::Linear(*value),
                        None => return false,
                    },
                    _ => match self.operand(body, row, which) {
                        Row::Array(id) | Row::Invariant(id) => Part::Free(id),
                        Row::Single => return false,
                    },
                });
            }
            let Some(value) = self.linear_part(&node.op, &operands) else { return false };
            values.insert(row, value);
        }
        let Some(Linear { slope, offset, is_root }) = values.get(&carry).copied() else { return false };
        if is_root != root.is_some() {
            return false;
        }
        let initial = self.recording.sequence[body.start + carry - body.period];
        let mut initial = self.get(initial);
        if is_root {
            // What is not negative is the square of its root.
            initial = self.graph.unary(Unary::Square, initial);
            if ![slope, offset].iter().all(|&id| self.graph.interval(id).low >= 0.0) {
                return false;
            }
        }
        let iterations = body.iterations;
        // A sum of which only the last value is needed is no recurrence.
        if !is_root && self.graph.is_all(slope, 1.0) && rows == [carry] && body.only_last_is_needed(carry) {
            let sum = self.graph.sum_over(offset, iterations);
            let sum = self.graph.binary(Binary::Add, initial, sum);
            body.rows[carry] = Some(Row::Single);
            self.known[body.id(carry, iterations - 1).place()] = Some(Known::Node(sum));
            return true;
        }
        let recurrence = self.graph.linear_recurrence(false, [slope, offset, initial], iterations);
        self.set(body, root.unwrap_or(carry), Row::Array(recurrence));
        if is_root {
            let id = self.graph.unary(Unary::Sqrt, recurrence);
            self.set(body, carry, Row::Array(id));
        }
        // The rest follows from the values before, which are known.
        for &row in rows {
            if body.rows[row].is_none() {
                self.row(body, row);
            }
        }
        true
    }

    /// An operation on what is linear in the value before.
    fn linear_part(&mut self, op: &Op, operands: &[Part]) -> Option<Linear> {
        let graph = &mut self.graph;
        match (op, operands) {
            (Op::Unary(Unary::Sqrt), &[Part::Linear(x)]) if !x.is_root => Some(Linear { is_root: true, ..x }),
            (Op::Unary(Unary::Square), &[Part::Linear(x)]) if x.is_root => Some(Linear { is_root: false, ..x }),
            (_, operands) if operands.iter().any(|part| matches!(part, Part::Linear(x) if x.is_root)) => None,
            (Op::Unary(Unary::Neg), &[Part::Linear(x)]) => {
                let slope = graph.unary(Unary::Neg, x.slope);
                Some(Linear { slope, offset: graph.unary(Unary::Neg, x.offset), is_root: false })
            }
            (Op::Binary(op @ (Binary::Add | Binary::Sub)), &[Part::Linear(x), Part::Linear(y)]) => {
                let slope = graph.binary(*op, x.slope, y.slope);
                Some(Linear { slope, offset: graph.binary(*op, x.offset, y.offset), is_root: false })
            }
            (Op::Binary(op @ (Binary::Add | Binary::Sub)), &[Part::Linear(x), Part::Free(y)]) => {
                Some(Linear { offset: graph.binary(*op, x.offset, y), ..x })
            }
            (Op::Binary(Binary::Add), &[Part::Free(x), Part::Linear(y)]) => {
                Some(Linear { offset: graph.binary(Binary::Add, x, y.offset), ..y })
            }
            (Op::Binary(Binary::Sub), &[Part::Free(x), Part::Linear(y)]) => {
                let slope = graph.unary(Unary::Neg, y.slope);
                Some(Linear { slope, offset: graph.binary(Binary::Sub, x, y.offset), is_root: false })
            }
            (
                Op::Binary(Binary::Mul),
                &[Part::Free(factor), Part::Linear(x)] | &[Part::Linear(x), Part::Free(factor)],
            ) => {
                let slope = graph.binary(Binary::Mul, x.slope, factor);
                // 0 · x would be kept, as it may be NaN.
                let offset =
                    if graph.is_all(x.offset, 0.0) { x.offset } else { graph.binary(Binary::Mul, x.offset, factor) };
                Some(Linear { slope, offset, is_root: false })
            }
            (Op::Binary(Binary::Div), &[Part::Linear(x), Part::Free(divisor)]) => {
                let slope = graph.binary(Binary::Div, x.slope, divisor);
                Some(Linear { slope, offset: graph.binary(Binary::Div, x.offset, divisor), is_root: false })
            }
            _ => None,
        }
    }
}
