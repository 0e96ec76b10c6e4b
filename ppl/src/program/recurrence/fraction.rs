//! Recurrences of one number that are fractions of linear functions: xₜ = (aₜ xₜ₋₁ + bₜ) / (cₜ xₜ₋₁ + 1) with a, b, c, x ≥ 0.
//!
//! The variance of a filter of Kalman of one state is one (the equation of Riccati). Such functions are matrices of 2 × 2, those
//! of several steps their products, so that steps with the same coefficients need not wait for each other. No sum has terms of
//! different signs, so that no digits are lost.

use rustc_hash::FxHashMap;

use super::{Carry, Definition, Given, OverSteps, Recurrence};
use crate::program::graph::{Graph, Id, Op};
use crate::tensor::elementwise::Binary;

/// (a x + b) / (c x + 1) of the number x before; none is 0.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Fraction {
    a: Option<Id>,
    b: Option<Id>,
    c: Option<Id>,
}

#[derive(Clone, Copy, Debug)]
enum Part {
    Free(Id),
    Moving(Fraction),
}

impl Graph {
    /// The numbers of a recurrence as [`Op::LinearFraction`]; none if it is not of this kind, as far as its operations tell.
    pub(super) fn linear_fraction(&mut self, recurrence: &Recurrence, operands: &[Id]) -> Option<Id> {
        let Recurrence { body, next, steps, from_the_end, .. } = recurrence;
        let &[next] = next.as_slice() else { return None };
        let given = recurrence.given(operands).into_iter().enumerate();
        let definition = Definition {
            body: body.clone(),
            carries: vec![Carry { data: 0, next, initial: operands[0] }],
            given: given.map(|(number, value)| (1 + number, value)).collect(),
            known: FxHashMap::default(),
            steps: *steps,
            from_the_end: *from_the_end,
        };
        let (moving, is_needed) = (definition.moving(&[0]), body.needed([next]));
        let is_inside = |place: usize| is_needed[place] && moving[place];
        let inside: Vec<usize> = (0..body.nodes().len()).filter(|&place| is_inside(place)).collect();
        let is_candidate = |place: &usize| {
            let node = &body.nodes()[*place];
            let is_known =
                matches!(node.op, Op::Data(_) | Op::Select | Op::Binary(Binary::Add | Binary::Mul | Binary::Div));
            node.size == 1 && is_known
        };
        if !inside.iter().all(is_candidate) {
            return None;
        }
        let operands_of = |place: &usize| body.nodes()[*place].operands.iter().copied();
        let mut free: Vec<Id> = inside.iter().flat_map(operands_of).filter(|id| !moving[id.place()]).collect();
        free.sort_unstable();
        free.dedup();
        let values = OverSteps::new(&definition).of(self, &free);
        let free = free.into_iter().zip(values);
        let mut known: FxHashMap<Id, Part> =
            free.map(|(id, Given::Each(value) | Given::Same(value))| (id, Part::Free(value))).collect();
        let one = self.number(1.0);
        for place in inside {
            let node = &body.nodes()[place];
            let fraction = match node.op {
                Op::Data(_) => Fraction { a: Some(one), b: None, c: None },
                _ => {
                    let parts: Vec<Part> = node.operands.iter().map(|operand| known[operand]).collect();
                    self.fraction(&node.op, &parts)?
                }
            };
            known.insert(body.id_at(place), Part::Moving(fraction));
        }
        let Part::Moving(Fraction { a, b, c }) = known[&next] else { return None };
        let zero = self.number(0.0);
        let of = [a, b, c].map(|id| id.unwrap_or(zero));
        let initial = operands[0];
        if !of.iter().chain([&initial]).all(|&id| self.interval(id).low >= 0.0) {
            return None;
        }
        Some(self.add(Op::LinearFraction(*from_the_end), &[of[0], of[1], of[2], initial], *steps))
    }

    /// An operation on fractions, where it gives one.
    fn fraction(&mut self, op: &Op, parts: &[Part]) -> Option<Fraction> {
        match (op, parts) {
            (Op::Binary(Binary::Add), &[Part::Moving(x), Part::Free(y)] | &[Part::Free(y), Part::Moving(x)]) => {
                let more = self.product_if_any(x.c, y);
                Some(Fraction { a: self.sum_if_any(x.a, more), b: self.sum_if_any(x.b, Some(y)), ..x })
            }
            (Op::Binary(Binary::Add), &[Part::Moving(x), Part::Moving(y)]) if x.c == y.c => {
                Some(Fraction { a: self.sum_if_any(x.a, y.a), b: self.sum_if_any(x.b, y.b), ..x })
            }
            (Op::Binary(Binary::Mul), &[Part::Moving(x), Part::Free(y)] | &[Part::Free(y), Part::Moving(x)]) => {
                Some(Fraction { a: self.product_if_any(x.a, y), b: self.product_if_any(x.b, y), ..x })
            }
            (Op::Binary(Binary::Mul), &[Part::Moving(x), Part::Moving(y)]) => {
                // A linear function, and a fraction with a constant numerator.
                let (linear, other) = if y.a.is_none() { (x, y) } else { (y, x) };
                let (None, None, Some(numerator)) = (linear.c, other.a, other.b) else { return None };
                let [a, b] = [linear.a, linear.b].map(|id| self.product_if_any(id, numerator));
                Some(Fraction { a, b, c: other.c })
            }
            (Op::Binary(Binary::Div), &[Part::Moving(x), Part::Free(y)]) => {
                Some(Fraction { a: self.quotient_if_any(x.a, y), b: self.quotient_if_any(x.b, y), ..x })
            }
            (Op::Binary(Binary::Div), &[Part::Free(x), Part::Moving(y)]) => {
                let divisor = y.b?;
                let share = self.binary(Binary::Div, x, divisor);
                let a = self.product_if_any(y.c, share);
                Some(Fraction { a, b: Some(share), c: self.quotient_if_any(y.a, divisor) })
            }
            (Op::Binary(Binary::Div), &[Part::Moving(x), Part::Moving(y)]) if x.c == y.c => {
                let divisor = y.b?;
                let [a, b, c] = [x.a, x.b, y.a].map(|id| self.quotient_if_any(id, divisor));
                Some(Fraction { a, b, c })
            }
            (Op::Select, &[Part::Free(condition), x, y]) => {
                let [x, y] = [x, y].map(|part| match part {
                    Part::Free(id) => Fraction { a: None, b: Some(id), c: None },
                    Part::Moving(fraction) => fraction,
                });
                let mut either = |x: Option<Id>, y: Option<Id>| {
                    if (x, y) == (None, None) {
                        return None;
                    }
                    let zero = self.number(0.0);
                    Some(self.select(condition, x.unwrap_or(zero), y.unwrap_or(zero)))
                };
                Some(Fraction { a: either(x.a, y.a), b: either(x.b, y.b), c: either(x.c, y.c) })
            }
            _ => None,
        }
    }

    fn sum_if_any(&mut self, x: Option<Id>, y: Option<Id>) -> Option<Id> {
        match (x, y) {
            (Some(x), Some(y)) => Some(self.binary(Binary::Add, x, y)),
            (x, y) => x.or(y),
        }
    }

    fn product_if_any(&mut self, x: Option<Id>, y: Id) -> Option<Id> {
        x.map(|x| self.binary(Binary::Mul, x, y))
    }

    fn quotient_if_any(&mut self, x: Option<Id>, y: Id) -> Option<Id> {
        x.map(|x| self.binary(Binary::Div, x, y))
    }
}
