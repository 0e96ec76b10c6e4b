//! The rules by which an operation becomes a cheaper one when it is added to the graph.
//!
//! Each rule holds at every input, up to rounding. None looks at more than an operation and those that it is made of.

use std::sync::Arc;

use super::graph::{Around, Graph, Id, Op, Product};
use super::interval::Interval;
use super::schedule::is_run;
use crate::tensor::elementwise::{Binary, Comparison, Unary};

/// Where the elements of an operand come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Constant,
    Array(Id),
}

impl Graph {
    /// An operation of a recording.
    pub(super) fn rewritten(&mut self, op: &Op, operands: &[Id], size: usize) -> Id {
        match (op, operands) {
            (Op::Constant(numbers), _) => self.add(Op::Constant(numbers.clone()), &[], size),
            (Op::Detach, &[x]) => self.detach(x),
            (Op::Unary(op), &[x]) => self.unary(*op, x),
            (Op::Binary(op), &[a, b]) => self.binary(*op, a, b),
            (Op::Compare(op), &[a, b]) => self.compare(*op, a, b),
            (Op::Select, &[condition, a, b]) => self.select(condition, a, b),
            (Op::Move(map), &[x]) => self.moved(x, map.to_vec()),
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
            (Unary::Square, _) if let Some((number, array)) = self.number_times(x).filter(|_| size > 1) => {
                let squares = [number, array].map(|factor| self.unary(Unary::Square, factor));
                return self.binary(Binary::Mul, squares[0], squares[1]);
            }
            // A division of an array takes as long as an exponential, and its gradient divides again.
            (Unary::Recip, Op::Unary(Unary::Exp)) if size > 1 => {
                let inner = self.node(x).operands[0];
                let minus = self.unary(Unary::Neg, inner);
                return self.unary(Unary::Exp, minus);
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
    fn negated(&self, id: Id) -> Option<Id> {
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
        let parts = [a, b].map(|part| self.constant_plus(part).filter(|_| self.size(part) == size));
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
    fn constant_plus(&self, id: Id) -> Option<(f64, Id)> {
        let node = self.node(id);
        match (&node.op, node.operands.as_slice()) {
            (Op::Binary(Binary::Add), &[a, b]) => self.as_number(a).map(|number| (number, b)),
            _ => None,
        }
    }

    /// The factors of `−(a · b)`, where one of those given is negative: signs go outwards, to where they meet others or
    /// a sum.
    fn with_positive_factor(&self, a: Id, b: Id) -> Option<(Id, Id)> {
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
            (true, true) => return None,
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
        // Numbers that are not known would be multiplied in another order for nothing.
        let pays = is_number(self, inner) && (!is_number(self, x) || self.as_constant(inner).is_some());
        pays.then(|| (self.binary(Binary::Mul, outer, inner), x))
    }

    /// The number and the array of a product of the two.
    fn number_times(&self, id: Id) -> Option<(Id, Id)> {
        let node = self.node(id);
        match (&node.op, node.operands.as_slice()) {
            (Op::Binary(Binary::Mul), &[a, b]) if self.size(a) == 1 => Some((a, b)),
            (Op::Binary(Binary::Mul), &[a, b]) if self.size(b) == 1 => Some((b, a)),
            _ => None,
        }
    }

    pub(crate) fn compare(&mut self, op: Comparison, a: Id, b: Id) -> Id {
        let size = self.largest_size(&[a, b]);
        if let Some(id) = self.folded([a, b], size, |[a, b]| op.value(a, b)) {
            return id;
        }
        if let Some(holds) = Interval::compare(op, self.interval(a), self.interval(b)) {
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
        let is_truth = matches!(self.node(condition).op, Op::Compare(_)) && self.size(condition) == size;
        if is_truth && self.is_all(if_true, 1.0) && self.is_all(if_false, 0.0) {
            return condition;
        }
        self.add(Op::Select, &[condition, if_true, if_false], size)
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
        let size = self.largest_size(&[a, b]);
        self.add(Op::Masked, &[a, b], size)
    }

    /// The derivative of a unary function at `x`, where its value is `y`.
    pub(crate) fn derivative(&mut self, op: Unary, x: Id, y: Id) -> Id {
        let one = self.number(1.0);
        match op {
            Unary::Neg => self.number(-1.0),
            Unary::Exp => y,
            Unary::Ln => self.unary(Unary::Recip, x),
            Unary::Ln1p => {
                let sum = self.binary(Binary::Add, one, x);
                self.unary(Unary::Recip, sum)
            }
            Unary::Sqrt => {
                let half = self.number(0.5);
                self.binary(Binary::Div, half, y)
            }
            Unary::Square => {
                let two = self.number(2.0);
                self.binary(Binary::Mul, two, x)
            }
            Unary::Abs => self.unary(Unary::Sign, x),
            Unary::Recip => {
                let square = self.unary(Unary::Square, y);
                self.unary(Unary::Neg, square)
            }
            Unary::Sin => self.unary(Unary::Cos, x),
            Unary::Cos => {
                let sine = self.unary(Unary::Sin, x);
                self.unary(Unary::Neg, sine)
            }
            Unary::Tan => {
                let square = self.unary(Unary::Square, y);
                self.binary(Binary::Add, one, square)
            }
            Unary::Tanh => {
                let square = self.unary(Unary::Square, y);
                self.binary(Binary::Sub, one, square)
            }
            // 1 − y would cancel where y is near 1.
            Unary::Sigmoid => {
                let minus = self.unary(Unary::Neg, x);
                let complement = self.unary(Unary::Sigmoid, minus);
                self.binary(Binary::Mul, y, complement)
            }
            Unary::Softplus => self.unary(Unary::Sigmoid, x),
            Unary::Lgamma => self.unary(Unary::Digamma, x),
            Unary::Digamma => self.unary(Unary::Polygamma(1), x),
            Unary::Polygamma(order) => self.unary(Unary::Polygamma(order + 1), x),
            Unary::Expm1
            | Unary::Atan
            | Unary::Erf
            | Unary::Erfc
            | Unary::LogNdtr
            | Unary::Sign
            | Unary::Floor
            | Unary::Pow(_) => self.add(Op::Derivative(op), &[x, y], self.size(x)),
        }
    }

    /// The partial derivative of a binary function by its operand number `position`, where its value is `y`.
    pub(crate) fn partial(&mut self, op: Binary, position: usize, [a, b]: [Id; 2], y: Id) -> Id {
        self.add(Op::Partial(op, position), &[a, b, y], self.size(y))
    }

    pub(crate) fn moved(&mut self, x: Id, map: Vec<usize>) -> Id {
        let size = self.size(x);
        if map.len() == size && map.iter().copied().eq(0..size) {
            return x;
        }
        if let Some(elements) = self.as_constant(x) {
            let values = map.iter().map(|&place| elements[place]).collect();
            return self.constant(values);
        }
        if let Op::Move(inner) = &self.node(x).op {
            let composed = map.iter().map(|&place| inner[place]).collect();
            let source = self.node(x).operands[0];
            return self.moved(source, composed);
        }
        let size = map.len();
        self.add(Op::Move(map.into()), &[x], size)
    }

    /// A number, as often as that.
    pub(crate) fn repeated(&mut self, x: Id, size: usize) -> Id {
        if self.size(x) == size { x } else { self.moved(x, vec![0; size]) }
    }

    pub(crate) fn scatter(&mut self, x: Id, map: Arc<[usize]>, size: usize) -> Id {
        let factors = self.number_times(x).filter(|&(_, array)| self.size(array) > size);
        if let Some((number, array)) = factors {
            let scattered = self.scatter(array, map, size);
            return self.binary(Binary::Mul, number, scattered);
        }
        if is_run(&map) {
            let (before, own) = (map[0], self.size(x));
            let after = size - before - own;
            let zeros = [before, after].map(|count| self.constant(vec![0.0; count]));
            return self.join(&[zeros[0], x, zeros[1]], vec![before, own, after], size);
        }
        if let Some(x) = self.negated(x) {
            let scattered = self.scatter(x, map, size);
            return self.unary(Unary::Neg, scattered);
        }
        self.add(Op::Scatter(map, size), &[x], size)
    }

    pub(crate) fn join(&mut self, operands: &[Id], parts: Vec<usize>, size: usize) -> Id {
        let (operands, parts): (Vec<Id>, Vec<usize>) = operands.iter().zip(parts).filter(|&(_, part)| part > 0).unzip();
        if let [operand] = operands.as_slice() {
            return *operand;
        }
        let is_of_one = parts.iter().sum::<usize>() == size;
        if is_of_one && let Some(id) = self.joined_moves(&operands, &parts, size) {
            return id;
        }
        self.add(Op::Join(parts), &operands, size)
    }

    /// Elements of one array that are joined, or constants, are elements of it or a constant.
    fn joined_moves(&mut self, operands: &[Id], parts: &[usize], size: usize) -> Option<Id> {
        let mut joined: Vec<(Id, usize)> = Vec::new();
        let mut first = 0;
        while first < operands.len() {
            // As many as come from the same array, as their maps and as an operand.
            let source = self.source(operands[first]);
            let mut end = first + 1;
            while end < operands.len() && self.source(operands[end]) == source {
                end += 1;
            }
            let (group, elements) = (&operands[first..end], parts[first..end].iter().sum());
            let id = match source {
                _ if group.len() == 1 => group[0],
                Source::Constant => {
                    let values =
                        group.iter().flat_map(|&id| self.as_constant(id).unwrap_or_default().iter().copied()).collect();
                    self.constant(values)
                }
                Source::Array(array) => {
                    let mut map = Vec::with_capacity(elements);
                    for &id in group {
                        match &self.node(id).op {
                            Op::Move(part) => map.extend_from_slice(part),
                            _ => map.extend(0..self.size(id)),
                        }
                    }
                    self.moved(array, map)
                }
            };
            joined.push((id, elements));
            first = end;
        }
        if joined.len() == operands.len() {
            return None;
        }
        let (operands, parts): (Vec<Id>, Vec<usize>) = joined.into_iter().unzip();
        Some(self.join(&operands, parts, size))
    }

    /// The array that elements come from.
    fn source(&self, id: Id) -> Source {
        let node = self.node(id);
        match &node.op {
            Op::Constant(_) => Source::Constant,
            Op::Move(_) => Source::Array(node.operands[0]),
            _ => Source::Array(id),
        }
    }

    /// Repeats each element, or the array, so that it has so many.
    pub(super) fn each_repeated(&mut self, x: Id, times: usize) -> Id {
        let size = self.size(x);
        self.moved(x, (0..size * times).map(|element| element / times).collect())
    }

    pub(super) fn linear_recurrence(&mut self, from_the_end: bool, [a, b, initial]: [Id; 3], size: usize) -> Id {
        let b = self.repeated(b, size);
        self.add(Op::LinearRecurrence(from_the_end), &[a, b, initial], size)
    }

    /// What each step of a recurrence begins with: the values of the steps before.
    pub(super) fn before(&mut self, values: Id, initial: Id, from_the_end: bool) -> Id {
        let size = self.size(values);
        if from_the_end {
            let earlier = self.moved(values, (1..size).collect());
            self.join(&[earlier, initial], vec![size - 1, 1], size)
        } else {
            let earlier = self.moved(values, (0..size - 1).collect());
            self.join(&[initial, earlier], vec![1, size - 1], size)
        }
    }

    /// What belongs to each line along an axis, for all its elements.
    pub(super) fn spread(&mut self, x: Id, (outer, length, inner): Around) -> Id {
        if self.size(x) == 1 {
            return x;
        }
        let line_of = |element: usize| element / (length * inner) * inner + element % inner;
        self.moved(x, (0..outer * length * inner).map(line_of).collect())
    }

    /// The derivative of the logarithm of a sum of exponentials, whose value is `y`; 0 where a line is −∞ throughout.
    pub(super) fn softmax(&mut self, x: Id, y: Id, around: Around) -> Id {
        let (zero, lowest) = (self.number(0.0), self.number(f64::NEG_INFINITY));
        let is_lowest = self.compare(Comparison::Equal, y, lowest);
        let shift = self.select(is_lowest, zero, y);
        let shift = self.spread(shift, around);
        let difference = self.binary(Binary::Sub, x, shift);
        self.unary(Unary::Exp, difference)
    }

    pub(crate) fn sum(&mut self, x: Id, around: Around) -> Id {
        let (outer, length, inner) = around;
        if length == 1 {
            return x;
        }
        if outer * inner == 1
            && let Some(sum) = self.sum_of_parts(x)
        {
            return sum;
        }
        self.add(Op::Sum(around), &[x], outer * inner)
    }

    /// The sum of all elements of what is made of numbers and arrays: the numbers are taken out.
    fn sum_of_parts(&mut self, x: Id) -> Option<Id> {
        let size = self.size(x);
        let node = self.node(x);
        let (op, operands) = (node.op.clone(), node.operands.clone());
        match (op, operands.as_slice()) {
            (Op::Unary(Unary::Neg), &[a]) => {
                let sum = self.sum_all(a);
                Some(self.unary(Unary::Neg, sum))
            }
            (Op::Binary(Binary::Mul), &[a, b]) if self.size(a) == 1 => {
                let sum = self.sum_all(b);
                Some(self.binary(Binary::Mul, a, sum))
            }
            (Op::Binary(Binary::Mul), &[a, b]) if self.size(b) == 1 => {
                let sum = self.sum_all(a);
                Some(self.binary(Binary::Mul, sum, b))
            }
            (Op::Binary(op @ (Binary::Add | Binary::Sub)), &[a, b])
                if self.is_summed_apart(a, b) || self.is_summed_apart(b, a) =>
            {
                let [left, right] = [a, b].map(|part| self.sum_over(part, size));
                Some(self.binary(op, left, right))
            }
            (Op::Move(_), &[number]) if self.size(number) == 1 => Some(self.sum_over(number, size)),
            (Op::Constant(numbers), _) => Some(self.number(numbers.0.iter().sum())),
            _ => None,
        }
    }

    /// Whether Σ (part + other part) is to be two sums: where that does not turn small differences of large exact numbers,
    /// such as residuals of data, into a small difference of large rounded ones.
    fn is_summed_apart(&self, number: Id, part: Id) -> bool {
        let has_one_sign = || self.interval(part).sign().is_some();
        let is_constant = |id: Id| self.as_constant(id).is_some();
        // Where an array is multiplied by a number, that goes out of its own sum.
        let is_scaled = |id: Id| self.number_times(id).is_some_and(|(_, array)| self.size(array) > 1);
        !is_constant(part)
            && (self.size(number) == 1
                || (is_constant(number) && has_one_sign())
                || (!is_constant(number) && is_scaled(number)))
    }

    /// The sum of `size` elements: of an array, or of a number that is seen by all.
    pub(crate) fn sum_over(&mut self, x: Id, size: usize) -> Id {
        if self.size(x) == size {
            return self.sum_all(x);
        }
        let count = self.number(size as f64);
        self.binary(Binary::Mul, count, x)
    }

    /// The sum of all elements.
    pub(crate) fn sum_all(&mut self, x: Id) -> Id {
        let size = self.size(x);
        self.sum(x, (1, size, 1))
    }

    /// A reduction along an axis.
    pub(crate) fn along(&mut self, op: fn(Around) -> Op, x: Id, around: Around) -> Id {
        let (outer, length, inner) = around;
        if length == 1 {
            return x;
        }
        self.add(op(around), &[x], outer * inner)
    }

    pub(crate) fn cumsum(&mut self, x: Id, around: Around, from_the_end: bool) -> Id {
        if around.1 == 1 {
            return x;
        }
        self.add(Op::CumSum(around, from_the_end), &[x], self.size(x))
    }

    pub(crate) fn matmul(&mut self, product: Product, left: Id, right: Id) -> Id {
        let size = product.batch * product.m * product.n;
        let factors = [left, right].map(|factor| self.number_times(factor));
        for (position, factor) in factors.into_iter().enumerate() {
            if let Some((number, array)) = factor.filter(|&(_, array)| self.size(array) > size) {
                let operands = if position == 0 { [array, right] } else { [left, array] };
                let matrix = self.matmul(product, operands[0], operands[1]);
                return self.binary(Binary::Mul, number, matrix);
            }
        }
        if let Some((left, right)) = self.with_positive_factor(left, right) {
            let matrix = self.matmul(product, left, right);
            return self.unary(Unary::Neg, matrix);
        }
        self.add(Op::MatMul(product), &[left, right], size)
    }
}
