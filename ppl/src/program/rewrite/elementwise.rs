//! Rules for operations that are done element by element: numbers and signs go outwards, to where they meet others.

use crate::program::graph::{Graph, Id, Op};
use crate::program::interval::Interval;
use crate::tensor::elementwise::{Binary, Comparison, Unary};

impl Graph {
    pub(crate) fn unary(&mut self, op: Unary, x: Id) -> Id {
        let size = self.size(x);
        if let Some(id) = self.folded([x], size, |[x]| op.value(x)) {
            return id;
        }
        match (op, &self.node(x).op) {
            // Where the exponential overflows, or is 0, its logarithm is what it should have been.
            (Unary::Neg, Op::Unary(Unary::Neg)) | (Unary::Ln, Op::Unary(Unary::Exp)) => {
                return self.node(x).operands[0];
            }
            (Unary::Neg, Op::Binary(Binary::Sub)) => {
                let [a, b] = [0, 1].map(|which| self.node(x).operands[which]);
                return self.binary(Binary::Sub, b, a);
            }
            (Unary::Neg, Op::Binary(Binary::Mul | Binary::Add)) => {
                let (op, [a, b]) = (self.node(x).op.clone(), [0, 1].map(|which| self.node(x).operands[which]));
                if let Some(number) = self.as_number(a) {
                    let minus = self.number(-number);
                    let op = if op == Op::Binary(Binary::Mul) { Binary::Mul } else { Binary::Sub };
                    return self.binary(op, minus, b);
                }
            }
            (Unary::Abs, _) if self.interval(x).low >= 0.0 => return x,
            (Unary::Square, Op::Unary(Unary::Neg | Unary::Abs)) => {
                let inner = self.node(x).operands[0];
                return self.unary(Unary::Square, inner);
            }
            // The number goes outwards, to where the array is summed.
            (Unary::Square, _)
                if let Some((number, array)) =
                    self.number_times(x).filter(|&(number, _)| match self.as_number(number) {
                        // Where its square overflows, that of the product need not.
                        Some(number) => (number * number).is_normal(),
                        None => size > 1,
                    }) =>
            {
                let squares = [number, array].map(|factor| self.unary(Unary::Square, factor));
                return self.binary(Binary::Mul, squares[0], squares[1]);
            }
            // A division takes as long as an exponential, and its gradient divides again.
            (Unary::Recip, Op::Unary(Unary::Exp)) => {
                let inner = self.node(x).operands[0];
                let minus = self.unary(Unary::Neg, inner);
                return self.unary(Unary::Exp, minus);
            }
            // The square of a reciprocal, as of a scale in a density, of which most often only the square is needed: its
            // derivative by the inner number is again a multiple of it.
            (Unary::Square, Op::Unary(Unary::Exp))
                if size == 1
                    && let Some(inner) = self.negated(self.node(x).operands[0]) =>
            {
                let minus_two = self.number(-2.0);
                let doubled = self.binary(Binary::Mul, minus_two, inner);
                return self.unary(Unary::Exp, doubled);
            }
            (Unary::Sqrt, Op::Unary(Unary::Square)) => {
                let inner = self.node(x).operands[0];
                return self.unary(Unary::Abs, inner);
            }
            _ => {}
        }
        self.add(Op::Unary(op), &[x], size)
    }

    pub(crate) fn binary(&mut self, op: Binary, a: Id, b: Id) -> Id {
        let size = self.largest_size(&[a, b]);
        if let Some(id) = self.folded([a, b], size, |[a, b]| op.value(a, b)) {
            return id;
        }
        let is_whole = |graph: &Self, id: Id| graph.size(id) == size;
        match op {
            Binary::Mul if self.is_all(a, 1.0) && is_whole(self, b) => return b,
            Binary::Mul | Binary::Div if self.is_all(b, 1.0) && is_whole(self, a) => return a,
            Binary::Mul if self.is_all(a, -1.0) && is_whole(self, b) => return self.unary(Unary::Neg, b),
            Binary::Mul if self.is_all(b, -1.0) && is_whole(self, a) => return self.unary(Unary::Neg, a),
            // x + 0 is x, but for the sign of zero.
            Binary::Add if self.is_all(a, 0.0) && is_whole(self, b) => return b,
            Binary::Add | Binary::Sub if self.is_all(b, 0.0) && is_whole(self, a) => return a,
            Binary::Sub if self.is_all(a, 0.0) && is_whole(self, b) => return self.unary(Unary::Neg, b),
            _ => {}
        }
        match op {
            Binary::Mul => {
                if a == b {
                    return self.unary(Unary::Square, a);
                }
                if let Some((number, x)) = self.scaled(a, b) {
                    return self.binary(Binary::Mul, number, x);
                }
                if let Some((a, b)) = self.with_positive_factor(a, b) {
                    let product = self.binary(Binary::Mul, a, b);
                    return self.unary(Unary::Neg, product);
                }
            }
            Binary::Div
                if self.as_constant(b).is_some()
                    || (size > 1 && (self.size(b) == 1 || self.node(b).op == Op::Unary(Unary::Exp))) =>
            {
                let reciprocal = self.unary(Unary::Recip, b);
                return self.binary(Binary::Mul, a, reciprocal);
            }
            Binary::Add => {
                if let Some(b) = self.negated(b) {
                    return self.binary(Binary::Sub, a, b);
                }
                if let Some(a) = self.negated(a) {
                    return self.binary(Binary::Sub, b, a);
                }
            }
            Binary::Sub => {
                if let Some(b) = self.negated(b) {
                    return self.binary(Binary::Add, a, b);
                }
                if let Some(number) = self.as_number(b) {
                    let minus = self.number(-number);
                    return self.binary(Binary::Add, minus, a);
                }
                if let Some(a) = self.negated(a) {
                    let sum = self.binary(Binary::Add, a, b);
                    return self.unary(Unary::Neg, sum);
                }
            }
            _ => {}
        }
        if let Some(id) = self.constants_outside(op, a, b) {
            return id;
        }
        // One order, so that a · b and b · a are one node: constant numbers come first, then numbers, then arrays.
        let rank = |id: Id| (self.size(id), self.as_constant(id).is_none(), id);
        let (a, b) = match op {
            Binary::Add | Binary::Mul if rank(b) < rank(a) => (b, a),
            _ => (a, b),
        };
        self.add(Op::Binary(op), &[a, b], size)
    }

    /// What this is the negative of.
    pub(in crate::program) fn negated(&self, id: Id) -> Option<Id> {
        matches!(self.node(id).op, Op::Unary(Unary::Neg)).then(|| self.node(id).operands[0])
    }

    fn as_number(&self, id: Id) -> Option<f64> {
        match self.as_constant(id) {
            Some([number]) => Some(*number),
            _ => None,
        }
    }

    /// `(c₁ + x) ± (c₂ + y)` as `(c₁ ± c₂) + (x ± y)`, with constant numbers c: those of a sum of densities meet at its end.
    fn constants_outside(&mut self, op: Binary, a: Id, b: Id) -> Option<Id> {
        let size = self.largest_size(&[a, b]);
        let parts = [a, b].map(|part| if self.size(part) == size { self.constant_plus(part) } else { None });
        if !matches!(op, Binary::Add | Binary::Sub) || parts == [None, None] {
            return None;
        }
        let [(left, x), (right, y)] = [(parts[0], a), (parts[1], b)].map(|(part, id)| part.unwrap_or((0.0, id)));
        let constant = self.number(op.value(left, right));
        // One side may be a constant itself, as in c₁ + (c₂ + y).
        let rest = match (self.as_number(x), self.as_number(y)) {
            (Some(number), _) if op == Binary::Add => {
                let constant = self.number(op.value(left, right) + number);
                return Some(self.binary(Binary::Add, constant, y));
            }
            _ => self.binary(op, x, y),
        };
        Some(self.binary(Binary::Add, constant, rest))
    }

    /// The constant number and the rest of a sum of the two.
    fn constant_plus(&mut self, id: Id) -> Option<(f64, Id)> {
        let node = self.node(id);
        match (&node.op, node.operands.as_slice()) {
            (Op::Binary(Binary::Add), &[a, b]) => self.as_number(a).map(|number| (number, b)),
            // Where they may cancel, as in 1 − p, their difference has digits that are lost in any other order.
            (Op::Binary(Binary::Sub), &[a, b]) => {
                let number = self.as_number(a)?;
                let Interval { low, high, .. } = self.interval(b);
                let has_one_sign = (number <= 0.0 && low >= 0.0) || (number >= 0.0 && high <= 0.0);
                has_one_sign.then(|| (number, self.unary(Unary::Neg, b)))
            }
            _ => None,
        }
    }

    /// The factors of `−(a · b)`, where one of those given is negative: signs go outwards, to where they meet others or
    /// a sum.
    pub(super) fn with_positive_factor(&self, a: Id, b: Id) -> Option<(Id, Id)> {
        match (self.negated(a), self.negated(b)) {
            (Some(a), _) => Some((a, b)),
            (None, Some(b)) => Some((a, b)),
            (None, None) => None,
        }
    }

    /// A product of numbers and arrays as that of a number and an array: `s₁ · (s₂ · x)` as `(s₁ s₂) · x`, `x · (s · y)`
    /// as `s · (x y)`, and `c · −x` as `−c · x`. Numbers meet numbers then, and go out of sums.
    fn scaled(&mut self, a: Id, b: Id) -> Option<(Id, Id)> {
        let is_number = |graph: &Self, id: Id| graph.size(id) == 1;
        let (outer, array) = match (is_number(self, a), is_number(self, b)) {
            (true, false) => (a, b),
            (false, true) => (b, a),
            // Of two numbers, one that is known.
            (true, true) if self.as_constant(a).is_some() => (a, b),
            (true, true) if self.as_constant(b).is_some() => (b, a),
            (true, true) => {
                // A power of 2 goes outwards: it rounds nothing, wherever it is. Another number would be rounded in one of two
                // products that cancel, and not in the other, which is part of a sum.
                let is_kept = |number: f64| number.is_normal() && number.to_bits().trailing_zeros() >= 52;
                let known =
                    |id: Id| self.number_times(id).filter(|&(number, _)| self.as_number(number).is_some_and(is_kept));
                return match (known(a), known(b)) {
                    (Some((number, x)), _) => Some((number, self.binary(Binary::Mul, x, b))),
                    (None, Some((number, y))) => Some((number, self.binary(Binary::Mul, a, y))),
                    (None, None) => None,
                };
            }
            (false, false) => {
                let factors = |id: Id| self.number_times(id).filter(|_| self.size(id) > 1);
                let (number, x, y) = match (factors(a), factors(b)) {
                    (Some((number, x)), _) => (number, x, b),
                    (None, Some((number, y))) => (number, a, y),
                    (None, None) => return None,
                };
                return Some((number, self.binary(Binary::Mul, x, y)));
            }
        };
        if let (Some(x), Some(number)) = (self.negated(array), self.as_number(outer)) {
            return Some((self.number(-number), x));
        }
        let (inner, x) = self.number_times(array)?;
        // Where the product of known numbers overflows, that of all three need not.
        if let (Some(a), Some(b)) = (self.as_number(outer), self.as_number(inner))
            && !(a * b).is_normal()
        {
            return None;
        }
        // Numbers that are not known would be multiplied in another order for nothing.
        let pays = is_number(self, inner) && (!is_number(self, x) || self.as_constant(inner).is_some());
        pays.then(|| (self.binary(Binary::Mul, outer, inner), x))
    }

    /// The number and the array of a product of the two.
    pub(super) fn number_times(&self, id: Id) -> Option<(Id, Id)> {
        let node = self.node(id);
        match (&node.op, node.operands.as_slice()) {
            (Op::Binary(Binary::Mul), &[a, b]) if self.size(a) == 1 => Some((a, b)),
            (Op::Binary(Binary::Mul), &[a, b]) if self.size(b) == 1 => Some((b, a)),
            _ => None,
        }
    }

    pub(crate) fn compare(&mut self, op: Comparison, a: Id, b: Id) -> Id {
        // A comparison has no gradient anyway.
        let [a, b] = [a, b].map(|id| if self.node(id).op == Op::Detach { self.node(id).operands[0] } else { id });
        let size = self.largest_size(&[a, b]);
        if let Some(id) = self.folded([a, b], size, |[a, b]| op.value(a, b)) {
            return id;
        }
        // A number is not equal to itself if it is NaN.
        let is_itself = a == b && !self.interval(a).has_nan;
        let of_itself = is_itself.then(|| op.value(0.0, 0.0) != 0.0);
        if let Some(holds) = of_itself.or_else(|| Interval::compare(op, self.interval(a), self.interval(b))) {
            return self.constant(vec![f64::from(u8::from(holds)); size]);
        }
        self.add(Op::Compare(op), &[a, b], size)
    }

    pub(crate) fn select(&mut self, condition: Id, if_true: Id, if_false: Id) -> Id {
        let size = self.largest_size(&[condition, if_true, if_false]);
        let choose = |[condition, a, b]: [f64; 3]| if condition == 0.0 { b } else { a };
        if let Some(id) = self.folded([condition, if_true, if_false], size, choose) {
            return id;
        }
        if let Some(elements) = self.as_constant(condition) {
            let chosen = match elements {
                _ if elements.iter().all(|&element| element != 0.0) => Some(if_true),
                _ if elements.iter().all(|&element| element == 0.0) => Some(if_false),
                _ => None,
            };
            if let Some(chosen) = chosen.filter(|&chosen| self.size(chosen) == size) {
                return chosen;
            }
        }
        if if_true == if_false && self.size(if_true) == size {
            return if_true;
        }
        if self.is_all(if_false, 0.0) && self.size(if_true) == size && self.is_zero_without(if_true, condition) {
            return if_true;
        }
        let is_truth = matches!(self.node(condition).op, Op::Compare(_)) && self.size(condition) == size;
        if is_truth && self.is_all(if_true, 1.0) && self.is_all(if_false, 0.0) {
            return condition;
        }
        self.add(Op::Select, &[condition, if_true, if_false], size)
    }

    /// Whether elements are 0 where those of a condition are.
    pub(in crate::program) fn is_zero_without(&self, id: Id, condition: Id) -> bool {
        let node = self.node(id);
        let operands = node.operands.as_slice();
        match (&node.op, operands) {
            _ if id == condition => true,
            (Op::Unary(Unary::Neg), &[x]) | (Op::Masked, &[x, _]) => self.is_zero_without(x, condition),
            (Op::Binary(Binary::Mul), &[a, b]) => {
                let is_finite = |elements: &[f64]| elements.iter().all(|element| element.is_finite());
                self.as_constant(a).is_some_and(is_finite) && self.is_zero_without(b, condition)
            }
            (Op::Select, &[own, _, if_false]) => own == condition && self.is_all(if_false, 0.0),
            _ => false,
        }
    }

    pub(crate) fn masked(&mut self, a: Id, b: Id) -> Id {
        let is_finite = |elements: &[f64]| elements.iter().all(|element| element.is_finite());
        let never_zero = |elements: &[f64]| elements.iter().all(|&element| element != 0.0);
        if self.as_constant(b).is_some_and(is_finite) || self.as_constant(a).is_some_and(never_zero) {
            return self.binary(Binary::Mul, a, b);
        }
        if let Some((a, b)) = self.with_positive_factor(a, b) {
            let product = self.masked(a, b);
            return self.unary(Unary::Neg, product);
        }
        // A known number goes outwards, to where it meets others: it does not change what is 0.
        for (which, factor) in [a, b].into_iter().enumerate() {
            let known = self.number_times(factor).filter(|&(number, rest)| {
                let is_kept = |number: f64| number != 0.0 && number.is_finite();
                self.as_number(number).is_some_and(is_kept) && self.size(rest) == self.size(factor)
            });
            if let Some((number, rest)) = known {
                let product = if which == 0 { self.masked(rest, b) } else { self.masked(a, rest) };
                return self.binary(Binary::Mul, number, product);
            }
        }
        let size = self.largest_size(&[a, b]);
        self.add(Op::Masked, &[a, b], size)
    }
}
