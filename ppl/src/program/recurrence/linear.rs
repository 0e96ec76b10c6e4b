//! Recurrences whose value is linear in the one before.

use rustc_hash::FxHashMap;

use super::{Carry, Definition, Given, OverSteps};
use crate::program::graph::{Graph, Id, Op};
use crate::tensor::elementwise::{Binary, Comparison, Unary};

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

impl Graph {
    /// The values of a recurrence that is linear in the value before; none if it is not of this kind.
    pub(super) fn linear(&mut self, definition: &Definition, carry: Carry, moving: &[bool]) -> Option<Id> {
        let Definition { body, steps, from_the_end, .. } = definition;
        let is_needed = body.needed([carry.next]);
        let is_inside = |place: usize| is_needed[place] && moving[place];
        let inside: Vec<usize> = (0..body.nodes().len()).filter(|&place| is_inside(place)).collect();
        if inside.iter().any(|&place| body.nodes()[place].size != 1) {
            return None;
        }
        let mut free: Vec<Id> = inside
            .iter()
            .flat_map(|&place| body.nodes()[place].operands.iter().copied().filter(|operand| !moving[operand.place()]))
            .collect();
        free.sort_unstable();
        free.dedup();
        let values = OverSteps::new(definition).of(self, &free);
        let mut known: FxHashMap<Id, Part> = free
            .into_iter()
            .zip(values)
            .map(|(id, Given::Each(value) | Given::Same(value))| (id, Part::Free(value)))
            .collect();
        let (zero, one) = (self.number(0.0), self.number(1.0));
        let mut radicands: Vec<Linear> = Vec::new();
        for place in inside {
            let node = &body.nodes()[place];
            let value = match node.op {
                Op::Data(_) => Linear { slope: one, offset: zero, is_root: false },
                _ => {
                    let operands: Vec<Part> = node.operands.iter().map(|operand| known[operand]).collect();
                    self.linear_part(&node.op, &operands)?
                }
            };
            if value.is_root {
                radicands.push(value);
            }
            known.insert(body.id_at(place), Part::Linear(value));
        }
        let Part::Linear(Linear { slope, offset, is_root: false }) = known[&carry.next] else { return None };
        let values = self.linear_recurrence(*from_the_end, [slope, offset, carry.initial], *steps);
        let before = self.before(values, carry.initial, *from_the_end);
        Some(radicands.into_iter().fold(values, |values, radicand| self.defined(values, radicand, before, definition)))
    }

    /// λₜ = λₜ₋₁ aₜ + bₜ from λ₋₁ = 0, step by step, where a product by a λ of 0 is 0.
    pub(in crate::program) fn absorbing_recurrence(&mut self, from_the_end: bool, a: Id, b: Id) -> Id {
        let steps = self.size(b);
        let mut body = Graph::default();
        let [before, coefficient, term] = [0, 1, 2].map(|number| body.data(number, 1));
        let product = body.add(Op::Masked, &[before, coefficient], 1);
        let next = body.binary(Binary::Add, product, term);
        let coefficients = if self.size(a) == steps { Given::Each(a) } else { Given::Same(a) };
        let given = FxHashMap::from_iter([(1, coefficients), (2, Given::Each(b))]);
        let carries = vec![Carry { data: 0, next, initial: self.number(0.0) }];
        let mut definition = Definition { body, carries, given, known: FxHashMap::default(), steps, from_the_end };
        self.recurrence(&mut definition)[0]
    }

    /// The values of a recurrence, as long as what it takes the square root of is not negative, though the root is squared
    /// again; from there on NaN.
    fn defined(&mut self, values: Id, radicand: Linear, before: Id, definition: &Definition) -> Id {
        let Definition { steps, from_the_end, .. } = *definition;
        let product = self.binary(Binary::Mul, radicand.slope, before);
        let radicand = self.binary(Binary::Add, product, radicand.offset);
        let (zero, nan) = (self.number(0.0), self.number(f64::NAN));
        let is_negative = self.compare(Comparison::Less, radicand, zero);
        let undefined = self.select(is_negative, nan, zero);
        if self.is_all(undefined, 0.0) {
            return values;
        }
        let since = self.cumsum(undefined, (1, steps, 1), from_the_end);
        self.binary(Binary::Add, values, since)
    }

    /// An operation on what is linear in the value before.
    fn linear_part(&mut self, op: &Op, operands: &[Part]) -> Option<Linear> {
        match (op, operands) {
            (Op::Unary(Unary::Sqrt), &[Part::Linear(x)]) if !x.is_root => Some(Linear { is_root: true, ..x }),
            (Op::Unary(Unary::Square), &[Part::Linear(x)]) if x.is_root => Some(Linear { is_root: false, ..x }),
            (_, operands) if operands.iter().any(|part| matches!(part, Part::Linear(x) if x.is_root)) => None,
            (Op::Unary(Unary::Neg), &[Part::Linear(x)]) => {
                let slope = self.unary(Unary::Neg, x.slope);
                Some(Linear { slope, offset: self.unary(Unary::Neg, x.offset), is_root: false })
            }
            (Op::Binary(op @ (Binary::Add | Binary::Sub)), &[Part::Linear(x), Part::Linear(y)]) => {
                let slope = self.binary(*op, x.slope, y.slope);
                Some(Linear { slope, offset: self.binary(*op, x.offset, y.offset), is_root: false })
            }
            (Op::Binary(op @ (Binary::Add | Binary::Sub)), &[Part::Linear(x), Part::Free(y)]) => {
                Some(Linear { offset: self.binary(*op, x.offset, y), ..x })
            }
            (Op::Binary(Binary::Add), &[Part::Free(x), Part::Linear(y)]) => {
                Some(Linear { offset: self.binary(Binary::Add, x, y.offset), ..y })
            }
            (Op::Binary(Binary::Sub), &[Part::Free(x), Part::Linear(y)]) => {
                let slope = self.unary(Unary::Neg, y.slope);
                Some(Linear { slope, offset: self.binary(Binary::Sub, x, y.offset), is_root: false })
            }
            (
                Op::Binary(Binary::Mul),
                &[Part::Free(factor), Part::Linear(x)] | &[Part::Linear(x), Part::Free(factor)],
            ) => {
                let slope = self.binary(Binary::Mul, x.slope, factor);
                // 0 · x would be kept, as it may be NaN.
                let offset =
                    if self.is_all(x.offset, 0.0) { x.offset } else { self.binary(Binary::Mul, x.offset, factor) };
                Some(Linear { slope, offset, is_root: false })
            }
            (Op::Binary(Binary::Div), &[Part::Linear(x), Part::Free(divisor)]) => {
                let slope = self.binary(Binary::Div, x.slope, divisor);
                Some(Linear { slope, offset: self.binary(Binary::Div, x.offset, divisor), is_root: false })
            }
            _ => None,
        }
    }
}
