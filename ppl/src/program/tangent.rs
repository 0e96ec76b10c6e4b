//! Forward mode on the graph: how the nodes of a function and of its gradient move along a direction.
//!
//! Of the gradient's nodes that is the Hessian times the direction (Pearlmutter 1994, "Fast exact multiplication by the
//! Hessian"), at the cost of another gradient or two.

use rustc_hash::FxHashMap;

use super::adjoint::ChainRule;
use super::graph::{Graph, Id, Op, Product, Solve, Sparse, SparseSolve, Square};
use super::recurrence::{Carry, Definition, Given, Recurrence};
use crate::special::HALF_LN_2PI;
use crate::tensor::elementwise::{Binary, Comparison, FRAC_1_SQRT_2PI, Unary};
use crate::tensor::sparse::SparseFunction;

/// The derivatives of the roots along a direction, which has the input's size; none where nothing moves. Each has the
/// root's size, or size 1 if all elements move alike.
pub(super) fn tangents(graph: &mut Graph, direction: Id, roots: &[Id], rule: ChainRule) -> Vec<Option<Id>> {
    let count = graph.nodes().len();
    let mut forward = Forward { graph, rule, direction: Some(direction), known: FxHashMap::default() };
    forward.first(count);
    roots.iter().map(|&root| forward.of(root)).collect()
}

/// The derivatives of some nodes of a recurrence's body, which are among its first `count`, along a direction of one part
/// of the state before, of which the others do not move.
pub(super) fn step_tangents(
    body: &mut Graph,
    count: usize,
    part: usize,
    direction: Vec<f64>,
    roots: &[Id],
) -> Vec<Option<Id>> {
    let direction = body.constant(direction);
    let mut known = FxHashMap::default();
    for place in 0..count {
        if body.nodes()[place].op == Op::Data(part) {
            known.insert(body.id_at(place), Some(direction));
        }
    }
    let mut forward = Forward { graph: body, rule: ChainRule::Fast, direction: None, known };
    forward.first(count);
    roots.iter().map(|&root| forward.whole(root)).collect()
}

struct Forward<'a> {
    graph: &'a mut Graph,
    rule: ChainRule,
    /// That of the input.
    direction: Option<Id>,
    known: FxHashMap<Id, Option<Id>>,
}

impl Forward<'_> {
    /// The first nodes in order, so that none has to wait for a chain of others.
    fn first(&mut self, count: usize) {
        for place in 0..count {
            self.of(self.graph.id_at(place));
        }
    }

    fn of(&mut self, id: Id) -> Option<Id> {
        if let Some(&known) = self.known.get(&id) {
            return known;
        }
        let tangent = self.step(id);
        self.known.insert(id, tangent);
        tangent
    }

    /// The tangent with all elements.
    fn whole(&mut self, id: Id) -> Option<Id> {
        let size = self.graph.size(id);
        self.of(id).map(|tangent| self.graph.repeated(tangent, size))
    }

    /// The sum of those that move.
    fn sum(&mut self, a: Option<Id>, b: Option<Id>) -> Option<Id> {
        match (a, b) {
            (Some(a), Some(b)) => Some(self.graph.binary(Binary::Add, a, b)),
            (one, other) => one.or(other),
        }
    }

    fn minus(&mut self, x: Option<Id>) -> Option<Id> {
        x.map(|x| self.graph.unary(Unary::Neg, x))
    }

    fn times(&mut self, tangent: Option<Id>, factor: Id) -> Option<Id> {
        if self.rule == ChainRule::ZeroAbsorbing {
            return self.masked(tangent, factor);
        }
        tangent.map(|tangent| self.graph.binary(Binary::Mul, tangent, factor))
    }

    /// Times a derivative that may be infinite: what does not move stays where it is.
    fn masked(&mut self, tangent: Option<Id>, derivative: Id) -> Option<Id> {
        tangent.map(|tangent| self.graph.chained(self.rule, tangent, derivative))
    }

    fn step(&mut self, this: Id) -> Option<Id> {
        let node = self.graph.node(this).clone();
        let operands = node.operands.as_slice();
        match &node.op {
            Op::Input => self.direction,
            Op::Constant(_)
            | Op::Noise(_)
            | Op::Data(_)
            | Op::Sample(..)
            | Op::Detach
            | Op::Compare(_)
            | Op::Unary(Unary::Sign | Unary::Floor)
            | Op::Derivative(Unary::Sign | Unary::Floor)
            | Op::Partial(Binary::Maximum | Binary::Minimum, _) => None,
            Op::Unary(op) => {
                let tangent = self.of(operands[0])?;
                let derivative = self.graph.derivative_by(self.rule, *op, operands[0], this);
                self.masked(Some(tangent), derivative)
            }
            Op::Binary(op) => self.binary(*op, [operands[0], operands[1]], this),
            Op::Select => {
                let [a, b] = [self.of(operands[1]), self.of(operands[2])];
                if (a, b) == (None, None) {
                    return None;
                }
                let zero = self.graph.number(0.0);
                Some(self.graph.select(operands[0], a.unwrap_or(zero), b.unwrap_or(zero)))
            }
            Op::Cumulative(function) => {
                let mut total = None;
                for (position, &operand) in operands.iter().enumerate() {
                    if let Some(tangent) = self.of(operand) {
                        let derivative = Op::Cumulative(function.derivative(position));
                        let derivative = self.graph.add(derivative, operands, node.size);
                        let part = self.masked(Some(tangent), derivative);
                        total = self.sum(total, part);
                    }
                }
                total
            }
            Op::Derivative(Unary::LogNdtr) => {
                // The inverse Mills ratio r moves by −r (x + r).
                let tangent = self.of(operands[0]);
                let sum = self.graph.binary(Binary::Add, operands[0], this);
                let slope = self.graph.binary(Binary::Mul, this, sum);
                let tangent = self.times(tangent, slope);
                self.minus(tangent)
            }
            Op::Derivative(op) => {
                self.of(operands[0])?;
                let same = self.derivative(*op, operands[0], operands[1]);
                self.of(same)
            }
            Op::Partial(op, position) => {
                let [a, b] = [operands[0], operands[1]];
                if (self.of(a), self.of(b)) == (None, None) {
                    return None;
                }
                let same = self.partial(*op, *position, [a, b, operands[2]]);
                self.of(same)
            }
            Op::Masked => {
                let [a, b] = [operands[0], operands[1]];
                let [by_a, by_b] = [self.of(a), self.of(b)];
                let first = self.masked(by_a, b);
                let second = by_b.map(|tangent| self.graph.masked(a, tangent));
                self.sum(first, second)
            }
            Op::Move(map) => match self.of(operands[0])? {
                tangent if self.graph.size(tangent) == 1 => Some(tangent),
                tangent => Some(self.graph.moved(tangent, map.to_vec())),
            },
            Op::Scatter(map, size) => {
                let tangent = self.whole(operands[0])?;
                Some(self.graph.scatter(tangent, map.clone(), *size))
            }
            Op::Take(take) => {
                let tangent = self.whole(operands[0])?;
                Some(self.graph.add(Op::Take(*take), &[tangent, operands[1]], take.output_size()))
            }
            Op::TransposedTake(take) => {
                let tangent = self.whole(operands[0])?;
                Some(self.graph.add(Op::TransposedTake(*take), &[tangent, operands[1]], take.source_size()))
            }
            Op::Join(parts) => {
                let tangents: Vec<Option<Id>> = operands.iter().map(|&operand| self.whole(operand)).collect();
                if tangents.iter().all(Option::is_none) {
                    return None;
                }
                let zeros = |graph: &mut Graph, &operand: &Id| graph.constant(vec![0.0; graph.size(operand)]);
                let joined: Vec<Id> = tangents
                    .into_iter()
                    .zip(operands)
                    .map(|(tangent, operand)| tangent.unwrap_or_else(|| zeros(self.graph, operand)))
                    .collect();
                Some(self.graph.join(&joined, parts.clone(), node.size))
            }
            Op::Sum(around) => {
                let tangent = self.whole(operands[0])?;
                Some(self.graph.sum(tangent, *around))
            }
            Op::Largest(around) | Op::Smallest(around) => {
                let tangent = self.of(operands[0])?;
                let of_line = self.graph.spread(this, *around);
                let is_extremum = self.graph.compare(Comparison::Equal, operands[0], of_line);
                let ties = self.graph.sum(is_extremum, *around);
                let zero = self.graph.number(0.0);
                let chosen = self.graph.select(is_extremum, tangent, zero);
                let sum = self.graph.sum(chosen, *around);
                Some(self.graph.binary(Binary::Div, sum, ties))
            }
            Op::LogSumExp(around) => {
                let tangent = self.of(operands[0])?;
                let softmax = self.graph.softmax(operands[0], this, *around);
                let weighted = self.graph.masked(tangent, softmax);
                Some(self.graph.sum(weighted, *around))
            }
            Op::CumSum(around, from_the_end) => {
                let tangent = self.whole(operands[0])?;
                Some(self.graph.cumsum(tangent, *around, *from_the_end))
            }
            Op::LinearRecurrence(from_the_end) => self.linear_recurrence(*from_the_end, operands, this),
            Op::Recurrence(recurrence) => self.recurrence(recurrence, operands, this),
            Op::MatMul(product) => {
                let [a, b] = [self.whole(operands[0]), self.whole(operands[1])];
                let first = a.map(|tangent| self.graph.matmul(*product, tangent, operands[1]));
                let second = b.map(|tangent| self.graph.matmul(*product, operands[0], tangent));
                self.sum(first, second)
            }
            Op::Cholesky(square) => self.cholesky(*square, operands[0], this),
            Op::CholeskyGradient(square) => {
                if (self.of(operands[0]), self.of(operands[1])) == (None, None) {
                    return None;
                }
                let same = self.cholesky_gradient(*square, operands[0], operands[1]);
                self.of(same)
            }
            Op::TriangularSolve(solve) => self.triangular_solve(*solve, [operands[0], operands[1]], this),
            Op::LogAbsDeterminant(square) => {
                let tangent = self.of(operands[0])?;
                let elements = square.size * square.size;
                let inverse = self.graph.add(Op::InverseTranspose(*square), &[operands[0]], square.batch * elements);
                let product = self.graph.masked(tangent, inverse);
                Some(self.graph.sum(product, (square.batch, elements, 1)))
            }
            Op::InverseTranspose(square) => {
                let tangent = self.whole(operands[0])?;
                let right = self.product(*square, (tangent, true), (this, false));
                let moved = self.product(*square, (this, false), (right, false));
                self.minus(Some(moved))
            }
            Op::Transform(transform) => {
                let tangent = self.whole(operands[0])?;
                Some(self.graph.add(Op::Transform(transform.clone()), &[tangent], node.size))
            }
            Op::Sparse(function, sparse) => self.sparse(*function, sparse, operands, node.size),
            Op::SparseSolve(solve) => self.sparse_solve(solve, [operands[0], operands[1]], this),
            Op::MultiplyAdd(_)
            | Op::Logistic(_)
            | Op::JoinParts(_)
            | Op::LinearFraction(_)
            | Op::LinearSystem(_)
            | Op::LogSystem(_)
            | Op::LogSystemGradient(_)
            | Op::CholeskyInverse(_)
            | Op::Definite(_)
            | Op::Dot
            | Op::MatVec(_)
            | Op::TransposedMatVec(_) => {
                unreachable!("nothing has been lowered yet, and the gradient is not the last one")
            }
            Op::Implicit(_) => unreachable!("what draws is recorded without its Hessian"),
        }
    }

    fn binary(&mut self, op: Binary, [a, b]: [Id; 2], this: Id) -> Option<Id> {
        let [by_a, by_b] = [self.of(a), self.of(b)];
        match op {
            Binary::Add => self.sum(by_a, by_b),
            Binary::Sub => {
                let by_b = self.minus(by_b);
                self.sum(by_a, by_b)
            }
            Binary::Mul => {
                let [first, second] = [self.times(by_a, b), self.times(by_b, a)];
                self.sum(first, second)
            }
            Binary::Div
            | Binary::Pow
            | Binary::Maximum
            | Binary::Minimum
            | Binary::Xlogy
            | Binary::Xlog1py
            | Binary::Lbeta
            | Binary::LogOwensTComplement => {
                let mut total = None;
                for (position, tangent) in [by_a, by_b].into_iter().enumerate() {
                    if tangent.is_some() {
                        let partial = self.graph.partial(op, position, [a, b], this);
                        let part = self.masked(tangent, partial);
                        total = self.sum(total, part);
                    }
                }
                total
            }
        }
    }

    /// The derivative of a function at `x`, where its value is `y`, made of functions.
    fn derivative(&mut self, op: Unary, x: Id, y: Id) -> Id {
        match op {
            Unary::Expm1 => self.graph.unary(Unary::Exp, x),
            Unary::Log1pSquare => {
                let (one, two) = (self.graph.number(1.0), self.graph.number(2.0));
                let square = self.graph.unary(Unary::Square, x);
                let sum = self.graph.binary(Binary::Add, one, square);
                let quotient = self.graph.binary(Binary::Div, x, sum);
                self.graph.binary(Binary::Mul, two, quotient)
            }
            Unary::Atan => {
                let (one, square) = (self.graph.number(1.0), self.graph.unary(Unary::Square, x));
                let sum = self.graph.binary(Binary::Add, one, square);
                self.graph.unary(Unary::Recip, sum)
            }
            Unary::Erf | Unary::Erfc => {
                let sign = if op == Unary::Erf { 1.0 } else { -1.0 };
                let factor = self.graph.number(sign * std::f64::consts::FRAC_2_SQRT_PI);
                let square = self.graph.unary(Unary::Square, x);
                let minus = self.graph.unary(Unary::Neg, square);
                let exponential = self.graph.unary(Unary::Exp, minus);
                self.graph.binary(Binary::Mul, factor, exponential)
            }
            Unary::Ndtr => self.gaussian(x, (-0.5, FRAC_1_SQRT_2PI)),
            Unary::Ndtri => {
                let quantile = self.graph.unary(op, x);
                self.gaussian(quantile, (0.5, FRAC_1_SQRT_2PI.recip()))
            }
            Unary::Erfinv => {
                let quantile = self.graph.unary(op, x);
                self.gaussian(quantile, (1.0, std::f64::consts::FRAC_2_SQRT_PI.recip()))
            }
            Unary::LambertW0 => {
                let w = self.graph.unary(op, x);
                let minus = self.graph.unary(Unary::Neg, w);
                let (one, exponential) = (self.graph.number(1.0), self.graph.unary(Unary::Exp, minus));
                let sum = self.graph.binary(Binary::Add, one, w);
                self.graph.binary(Binary::Div, exponential, sum)
            }
            Unary::Pow(exponent) => {
                let factor = self.graph.number(exponent);
                let power = match exponent {
                    1.0 => self.graph.number(1.0),
                    _ => self.graph.unary(Unary::Pow(exponent - 1.0), x),
                };
                self.graph.binary(Binary::Mul, factor, power)
            }
            // w − 1 / (eʷ E₁(w)).
            Unary::LogScaledExponentialIntegral => {
                let minus = self.graph.unary(Unary::Neg, y);
                let [own, reciprocal] = [x, minus].map(|ln| self.graph.unary(Unary::Exp, ln));
                self.graph.binary(Binary::Sub, own, reciprocal)
            }
            // x − φ(x) / (1 − Φ(x)).
            Unary::LogMillsRatio => {
                let minus = self.graph.unary(Unary::Neg, y);
                let hazard = self.graph.unary(Unary::Exp, minus);
                self.graph.binary(Binary::Sub, x, hazard)
            }
            // 1 − K₁ / K₀ and 1 − K₀ / K₁.
            Unary::LogScaledBesselK(order) => {
                let one = self.graph.number(1.0);
                let other = self.graph.unary(Unary::LogScaledBesselK(1 - order), x);
                let difference = self.graph.binary(Binary::Sub, other, y);
                let ratio = self.graph.unary(Unary::Exp, difference);
                let scaling = if order == 0 { Binary::Div } else { Binary::Mul };
                let ratio = self.graph.binary(scaling, ratio, x);
                self.graph.binary(Binary::Sub, one, ratio)
            }
            // (2v + 1) A / x − y (2 − y), with A / x = exp(ln of the function of the next order − ln of this one) / (2v + 2).
            Unary::BesselRatioComplement(order) => {
                let [next, own] = [order + 1.0, order].map(|order| self.graph.unary(Unary::LogBesselIe(order), x));
                let log_ratio = self.graph.binary(Binary::Sub, next, own);
                let ratio = self.graph.unary(Unary::Exp, log_ratio);
                let factor = self.graph.number((order + 0.5) / (order + 1.0));
                let first = self.graph.binary(Binary::Mul, factor, ratio);
                let two = self.graph.number(2.0);
                let sum = self.graph.binary(Binary::Sub, two, y);
                let second = self.graph.binary(Binary::Mul, y, sum);
                self.graph.binary(Binary::Sub, first, second)
            }
            _ => self.graph.derivative(op, x, y),
        }
    }

    /// `factor` · exp(`exponent` · x²).
    fn gaussian(&mut self, x: Id, (exponent, factor): (f64, f64)) -> Id {
        let [exponent, factor] = [exponent, factor].map(|number| self.graph.number(number));
        let square = self.graph.unary(Unary::Square, x);
        let product = self.graph.binary(Binary::Mul, exponent, square);
        let exponential = self.graph.unary(Unary::Exp, product);
        self.graph.binary(Binary::Mul, factor, exponential)
    }

    /// The partial derivative of a function, where its value is `y`, made of functions.
    fn partial(&mut self, op: Binary, position: usize, [a, b, y]: [Id; 3]) -> Id {
        match (op, position) {
            (Binary::Div, 0) => self.graph.unary(Unary::Recip, b),
            (Binary::Div, _) => {
                let quotient = self.graph.binary(Binary::Div, y, b);
                self.graph.unary(Unary::Neg, quotient)
            }
            (Binary::Pow, 0) => {
                let minus_one = self.graph.number(-1.0);
                let less = self.graph.binary(Binary::Add, minus_one, b);
                let power = self.graph.binary(Binary::Pow, a, less);
                self.graph.masked(b, power)
            }
            // Where a and so y are 0, the logarithm is not.
            (Binary::Pow, _) => {
                let logarithm = self.graph.unary(Unary::Ln, a);
                self.graph.masked(y, logarithm)
            }
            (Binary::Xlogy, 0) => self.graph.unary(Unary::Ln, b),
            (Binary::Xlog1py, 0) => self.graph.unary(Unary::Ln1p, b),
            (Binary::Xlogy, _) => {
                let reciprocal = self.graph.unary(Unary::Recip, b);
                self.graph.masked(a, reciprocal)
            }
            (Binary::Xlog1py, _) => {
                let one = self.graph.number(1.0);
                let sum = self.graph.binary(Binary::Add, one, b);
                let reciprocal = self.graph.unary(Unary::Recip, sum);
                self.graph.masked(a, reciprocal)
            }
            (Binary::Lbeta, _) => {
                let sum = self.graph.binary(Binary::Add, a, b);
                let own = if position == 0 { a } else { b };
                let [own, total] = [own, sum].map(|x| self.graph.unary(Unary::Digamma, x));
                self.graph.binary(Binary::Sub, own, total)
            }
            // −φ(a) Φ(−ab) / eʸ and −φ(a) φ(ab) / (1 + b²) / eʸ.
            (Binary::LogOwensTComplement, _) => {
                let product = self.graph.binary(Binary::Mul, a, b);
                let [gaussian, of_product] = [a, product].map(|x| {
                    let [half, log_peak] = [-0.5, -HALF_LN_2PI].map(|number| self.graph.number(number));
                    let square = self.graph.unary(Unary::Square, x);
                    let exponent = self.graph.binary(Binary::Mul, half, square);
                    self.graph.binary(Binary::Add, log_peak, exponent)
                });
                let factor = if position == 0 {
                    let minus = self.graph.unary(Unary::Neg, product);
                    self.graph.unary(Unary::LogNdtr, minus)
                } else {
                    let log = self.graph.unary(Unary::Log1pSquare, b);
                    self.graph.binary(Binary::Sub, of_product, log)
                };
                let log_density = self.graph.binary(Binary::Add, gaussian, factor);
                let log_ratio = self.graph.binary(Binary::Sub, log_density, y);
                let ratio = self.graph.unary(Unary::Exp, log_ratio);
                self.graph.unary(Unary::Neg, ratio)
            }
            (Binary::Add | Binary::Sub | Binary::Mul | Binary::Maximum | Binary::Minimum, _) => {
                unreachable!("{op:?} has simpler derivatives")
            }
        }
    }

    /// ḣₜ = aₜ ḣₜ₋₁ + (ȧₜ hₜ₋₁ + ḃₜ): the same recurrence of other terms.
    fn linear_recurrence(&mut self, from_the_end: bool, operands: &[Id], this: Id) -> Option<Id> {
        let [a, b, initial] = [operands[0], operands[1], operands[2]];
        let [by_a, by_b, by_initial] = [self.of(a), self.of(b), self.of(initial)];
        if (by_a, by_b, by_initial) == (None, None, None) {
            return None;
        }
        let before = by_a.map(|_| self.graph.before(this, initial, from_the_end));
        let through_a = before.and_then(|before| self.times(by_a, before));
        let zero = self.graph.number(0.0);
        let terms = self.sum(through_a, by_b).unwrap_or(zero);
        let operands = [a, terms, by_initial.unwrap_or(zero)];
        Some(self.graph.linear_recurrence(from_the_end, operands, self.graph.size(this)))
    }

    /// ṡₜ = (∂f/∂s) ṡₜ₋₁ + (∂f/∂x) ẋₜ: a recurrence of the tangents, which is given the states.
    fn recurrence(&mut self, recurrence: &Recurrence, operands: &[Id], this: Id) -> Option<Id> {
        let moving: Vec<Option<Id>> = operands.iter().map(|&operand| self.whole(operand)).collect();
        if moving.iter().all(Option::is_none) {
            return None;
        }
        let (parts, sizes, given) = (recurrence.next.len(), recurrence.sizes(), recurrence.given(operands));
        let states = recurrence.parts(self.graph, this);
        // The data of the step, then their tangents.
        let tangent_of = |number: usize| operands.len() + number;
        let mut body = recurrence.body.clone();
        let mut known = FxHashMap::default();
        for (place, node) in recurrence.body.nodes().iter().enumerate() {
            if let Op::Data(number) = node.op {
                let moves = number < parts || moving[number].is_some();
                let tangent = moves.then(|| body.data(tangent_of(number), node.size));
                known.insert(recurrence.body.id_at(place), tangent);
            }
        }
        let mut forward = Forward { graph: &mut body, rule: self.rule, direction: None, known };
        forward.first(recurrence.body.nodes().len());
        let next: Vec<Option<Id>> = recurrence.next.iter().map(|&next| forward.whole(next)).collect();
        let mut values: FxHashMap<usize, Given> = FxHashMap::default();
        for (number, &value) in given.iter().enumerate() {
            values.insert(parts + number, value);
            if let Some(tangent) = moving[parts + number] {
                let tangent = match value {
                    Given::Each(_) => Given::Each(tangent),
                    Given::Same(_) => Given::Same(tangent),
                };
                values.insert(tangent_of(parts + number), tangent);
            }
        }
        let mut carries = Vec::with_capacity(parts);
        for part in 0..parts {
            let before = self.graph.before(states[part], operands[part], recurrence.from_the_end);
            values.insert(part, Given::Each(before));
            let zeros = vec![0.0; sizes[part]];
            let initial = moving[part].unwrap_or_else(|| self.graph.constant(zeros.clone()));
            let next = next[part].unwrap_or_else(|| body.constant(zeros));
            carries.push(Carry { data: tangent_of(part), next, initial });
        }
        let Recurrence { steps, from_the_end, .. } = *recurrence;
        let known = recurrence.known(&states);
        let mut definition = Definition { body, carries, given: values, known, steps, from_the_end };
        let tangents = self.graph.recurrence(&mut definition);
        let sizes = sizes.into_iter().map(|size| size * steps).collect();
        Some(self.graph.join(&tangents, sizes, self.graph.size(this)))
    }

    /// A product of square matrices, of which each may be transposed.
    fn product(&mut self, square: Square, left: (Id, bool), right: (Id, bool)) -> Id {
        let Square { batch, size } = square;
        let (transpose_left, transpose_right) = (left.1, right.1);
        let product = Product { batch, m: size, k: size, n: size, transpose_left, transpose_right };
        self.graph.matmul(product, left.0, right.0)
    }

    /// op(L)⁻¹ B for square matrices B.
    fn solved(&mut self, square: Square, lower: Id, transpose: bool, right: Id) -> Id {
        let Square { batch, size } = square;
        let solve = Solve { batch, size, columns: size, lower: true, transpose };
        self.graph.add(Op::TriangularSolve(solve), &[lower, right], batch * size * size)
    }

    /// The matrices whose element (row, column) is that of `source` at another row and column.
    fn rearranged(&mut self, square: Square, x: Id, source: impl Fn(usize, usize) -> (usize, usize)) -> Id {
        let Square { batch, size } = square;
        let elements = size * size;
        let place = |element: usize| {
            let (row, column) = source(element % elements / size, element % size);
            element / elements * elements + row * size + column
        };
        self.graph.moved(x, (0..batch * elements).map(place).collect())
    }

    fn transposed(&mut self, square: Square, x: Id) -> Id {
        self.rearranged(square, x, |row, column| (column, row))
    }

    /// The lower triangles, with half the diagonal: Φ of Giles (2008) and Murray (2016).
    fn half_triangle(&mut self, square: Square, x: Id) -> Id {
        let Square { batch, size } = square;
        let weight = |element: usize| match (element / size % size).cmp(&(element % size)) {
            std::cmp::Ordering::Less => 0.0,
            std::cmp::Ordering::Equal => 0.5,
            std::cmp::Ordering::Greater => 1.0,
        };
        let weights = self.graph.constant((0..batch * size * size).map(weight).collect());
        self.graph.binary(Binary::Mul, x, weights)
    }

    /// L̇ = L Φ(L⁻¹ Ȧ L⁻ᵀ) (Murray 2016, "Differentiation of the Cholesky decomposition", eq. 8), where only the lower
    /// triangle of A is seen.
    fn cholesky(&mut self, square: Square, matrix: Id, factor: Id) -> Option<Id> {
        let tangent = self.whole(matrix)?;
        let symmetric = self.rearranged(square, tangent, |row, column| (row.max(column), row.min(column)));
        let left = self.solved(square, factor, false, symmetric);
        let left = self.transposed(square, left);
        let both = self.solved(square, factor, false, left);
        let half = self.half_triangle(square, both);
        Some(self.product(square, (factor, false), (half, false)))
    }

    /// The gradient by a matrix whose factor has a gradient (Murray 2016, eq. 10), made of operations: with
    /// S = L⁻ᵀ Φ(Lᵀ L̄) L⁻¹ the lower triangle of S + Sᵀ, with half the diagonal.
    fn cholesky_gradient(&mut self, square: Square, factor: Id, by_factor: Id) -> Id {
        let product = self.product(square, (factor, true), (by_factor, false));
        let half = self.half_triangle(square, product);
        let left = self.solved(square, factor, true, half);
        let left = self.transposed(square, left);
        let both = self.solved(square, factor, true, left);
        let transposed = self.transposed(square, both);
        let sum = self.graph.binary(Binary::Add, both, transposed);
        self.half_triangle(square, sum)
    }

    /// By the function that is its derivative, of the operands and of how they move.
    fn sparse(&mut self, function: SparseFunction, sparse: &Sparse, operands: &[Id], size: usize) -> Option<Id> {
        let tangent = match function {
            SparseFunction::Factor => SparseFunction::FactorTangent,
            SparseFunction::FactorGradient => SparseFunction::FactorGradientTangent,
            SparseFunction::Inverse => SparseFunction::InverseTangent,
            SparseFunction::InverseTangent => SparseFunction::InverseSecondTangent,
            function => unreachable!("a gradient holds no {}", function.name()),
        };
        let moves: Vec<Option<Id>> = operands.iter().map(|&operand| self.whole(operand)).collect();
        if moves.iter().all(Option::is_none) {
            return None;
        }
        let zeros = |graph: &mut Graph, &operand: &Id| graph.constant(vec![0.0; graph.size(operand)]);
        let moves = moves.into_iter().zip(operands);
        let moves: Vec<Id> = moves.map(|(own, operand)| own.unwrap_or_else(|| zeros(self.graph, operand))).collect();
        Some(self.graph.add(Op::Sparse(tangent, sparse.clone()), &[operands, &moves].concat(), size))
    }

    /// ẋ = op(L)⁻¹ (ḃ − op(L̇) x), where L has entries.
    fn sparse_solve(&mut self, solve: &SparseSolve, [factor, right]: [Id; 2], this: Id) -> Option<Id> {
        let [by_factor, by_right] = [self.whole(factor), self.whole(right)];
        let size = self.graph.size(this);
        let through_factor = by_factor.map(|tangent| {
            let length = solve.pattern.factor_len();
            let rights = solve.batch * solve.columns;
            let map = (0..rights * length).map(|k| k / length / solve.columns * length + k % length).collect();
            let entries = self.graph.moved(tangent, map);
            let seen = self.graph.moved(this, solve.beside_factor(solve.transpose));
            let products = self.graph.binary(Binary::Mul, entries, seen);
            let products = self.graph.repeated(products, rights * length);
            self.graph.scatter(products, solve.beside_factor(!solve.transpose).into(), size)
        });
        let through_factor = self.minus(through_factor);
        let sum = self.sum(by_right, through_factor)?;
        let sum = self.graph.repeated(sum, size);
        Some(self.graph.add(Op::SparseSolve(solve.clone()), &[factor, sum], size))
    }

    /// Ẋ = op(T)⁻¹ (Ḃ − op(Ṫ) X), within T's triangle.
    fn triangular_solve(&mut self, solve: Solve, [triangle, right]: [Id; 2], this: Id) -> Option<Id> {
        let Solve { batch, size, columns, transpose, .. } = solve;
        let [by_triangle, by_right] = [self.whole(triangle), self.whole(right)];
        let through_triangle = by_triangle.map(|tangent| {
            let within = self.graph.constant(solve.triangles(1.0));
            let tangent = self.graph.masked(within, tangent);
            let (m, k, n) = (size, size, columns);
            let product = Product { batch, m, k, n, transpose_left: transpose, transpose_right: false };
            self.graph.matmul(product, tangent, this)
        });
        let through_triangle = self.minus(through_triangle);
        let sum = self.sum(by_right, through_triangle)?;
        let elements = batch * size * columns;
        let sum = self.graph.repeated(sum, elements);
        Some(self.graph.add(Op::TriangularSolve(solve), &[triangle, sum], elements))
    }
}
