//! Reverse mode on the graph: the gradient as further nodes.

mod cholesky;

use rustc_hash::FxHashMap;

use super::graph::{Around, Graph, Id, Op, Product, Solve, Sparse, SparseSolve, Square};
use super::recurrence::{
    Carry, Coefficients, Definition, Given, LogSystem, LogSystemForm, LogSystemGradient, OverSteps, Recurrence,
};
use super::schedule::is_run;
use crate::distribution::sampling::implicit::Implicit;
use crate::tensor::elementwise::{Binary, Comparison, Unary};
use crate::tensor::sparse::SparseFunction;

/// The gradient of a number by the input: what is to be added to which of its elements.
pub(crate) struct Contribution {
    /// The elements of the input; none for all of them in order.
    pub(crate) places: Option<std::sync::Arc<[usize]>>,
    /// What is added to them, or one number for all.
    pub(crate) value: Id,
}

/// Multiplication of adjoints by local derivatives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChainRule {
    /// By IEEE products, and derivatives made of cheaper functions: an adjoint of 0 times a derivative of ∞ is NaN, but
    /// where a `select` has cut it off.
    Fast,
    /// As on the tape: an adjoint of exactly 0 stays 0, whatever it is multiplied by, and derivatives are those of
    /// `tensor/elementwise.rs`. For positions at which the fast gradient is not finite.
    ZeroAbsorbing,
}

/// Builds the gradient of `output`, which has one element, by the graph's input; `is_last` says that nothing is differentiated
/// again.
pub(crate) fn gradient(graph: &mut Graph, output: Id, rule: ChainRule, is_last: bool) -> Vec<Contribution> {
    let recorded = output.place() + 1;
    let mut reverse = Reverse::new(graph, recorded, rule, |op| matches!(op, Op::Input));
    reverse.is_last = is_last;
    let one = reverse.graph.number(1.0);
    reverse.adjoints[output.place()] = Some(Adjoint { id: one, masked: false });
    reverse.steps()
}

/// The gradient by a node: of the node's size, or of size 1 if all elements have the same.
#[derive(Clone, Copy)]
struct Adjoint {
    id: Id,
    /// Whether elements may be 0 because they do not count: then they stay 0, whatever they are multiplied by.
    masked: bool,
}

struct Reverse<'a> {
    graph: &'a mut Graph,
    rule: ChainRule,
    /// Whether the gradient may have operations that are not differentiated.
    is_last: bool,
    adjoints: Vec<Option<Adjoint>>,
    /// Whether a node depends on the input.
    depends: Vec<bool>,
}

impl<'a> Reverse<'a> {
    /// For the first nodes of a graph, of which some are what is differentiated by.
    fn new(graph: &'a mut Graph, recorded: usize, rule: ChainRule, is_variable: impl Fn(&Op) -> bool) -> Self {
        let mut depends = vec![false; recorded];
        for (place, node) in graph.nodes()[..recorded].iter().enumerate() {
            depends[place] = match &node.op {
                Op::Detach | Op::Compare(_) | Op::Sample(_, None) => false,
                Op::Sample(_, Some(implicit)) => {
                    node.operands[..implicit.parameters()].iter().any(|operand| depends[operand.place()])
                }
                op => is_variable(op) || node.operands.iter().any(|operand| depends[operand.place()]),
            };
        }
        Self { graph, rule, is_last: false, adjoints: vec![None; recorded], depends }
    }

    /// Goes back from the nodes whose adjoints are there.
    fn steps(&mut self) -> Vec<Contribution> {
        let mut contributions = Vec::new();
        for place in (0..self.depends.len()).rev() {
            if let Some(adjoint) = self.adjoints[place]
                && self.depends[place]
            {
                self.step(place, adjoint, &mut contributions);
            }
        }
        contributions
    }

    /// Adds to the gradient by a node, of which `value` is as large as the `size` of what it was made of.
    fn add(&mut self, node: Id, value: Adjoint, size: usize) {
        if !self.depends[node.place()] {
            return;
        }
        let own = self.graph.size(node);
        let mut id = value.id;
        if own == 1 && size > 1 {
            // The node was seen by every element.
            id = self.graph.sum_over(id, size);
        }
        let slot = &mut self.adjoints[node.place()];
        *slot = Some(match *slot {
            None => Adjoint { id, ..value },
            Some(before) => {
                Adjoint { id: self.graph.binary(Binary::Add, before.id, id), masked: before.masked || value.masked }
            }
        });
    }

    fn times(&mut self, adjoint: Adjoint, factor: Id) -> Adjoint {
        if adjoint.masked || self.rule == ChainRule::ZeroAbsorbing {
            return self.masked(adjoint, factor);
        }
        Adjoint { id: self.graph.binary(Binary::Mul, adjoint.id, factor), ..adjoint }
    }

    /// Multiplies by a derivative that may be infinite where the adjoint is 0: what does not count stays 0.
    fn masked(&mut self, adjoint: Adjoint, derivative: Id) -> Adjoint {
        Adjoint { id: self.graph.chained(self.rule, adjoint.id, derivative), ..adjoint }
    }

    /// Divides; what does not count stays 0.
    fn quotient(&mut self, adjoint: Adjoint, divisor: Id) -> Adjoint {
        let zero = self.graph.number(0.0);
        let is_zero = self.graph.compare(Comparison::Equal, adjoint.id, zero);
        let size = self.graph.size(adjoint.id).max(self.graph.size(divisor));
        let quotient = self.graph.add(Op::Binary(Binary::Div), &[adjoint.id, divisor], size);
        Adjoint { id: self.graph.select(is_zero, zero, quotient), ..adjoint }
    }

    fn step(&mut self, place: usize, adjoint: Adjoint, contributions: &mut Vec<Contribution>) {
        let node = self.graph.nodes()[place].clone();
        let size = node.size;
        let operands = node.operands.as_slice();
        let this = self.graph.id_at(place);
        match &node.op {
            Op::Input => {
                contributions.push(Contribution { places: None, value: adjoint.id });
            }
            Op::Unary(Unary::Neg) => {
                let id = self.graph.unary(Unary::Neg, adjoint.id);
                self.add(operands[0], Adjoint { id, ..adjoint }, size);
            }
            Op::Constant(_)
            | Op::Noise(_)
            | Op::Data(_)
            | Op::Sample(_, None)
            | Op::Detach
            | Op::Compare(_)
            | Op::Unary(Unary::Sign | Unary::Floor) => {}
            // As on the tape: the reciprocal of a subnormal number would overflow.
            Op::Unary(Unary::Ln) if self.rule == ChainRule::ZeroAbsorbing => {
                let value = self.quotient(adjoint, operands[0]);
                self.add(operands[0], value, size);
            }
            Op::Unary(op @ (Unary::Exp | Unary::Square | Unary::Softplus | Unary::Sigmoid | Unary::Tanh)) => {
                let derivative = self.graph.derivative_by(self.rule, *op, operands[0], this);
                let value = self.times(adjoint, derivative);
                self.add(operands[0], value, size);
            }
            Op::Unary(op) => {
                let derivative = self.graph.derivative_by(self.rule, *op, operands[0], this);
                let value = self.masked(adjoint, derivative);
                self.add(operands[0], value, size);
            }
            Op::Binary(op) => self.binary(*op, [operands[0], operands[1]], this, adjoint),
            Op::Cumulative(function) => {
                for (position, &operand) in operands.iter().enumerate() {
                    if self.depends[operand.place()] {
                        let derivative = Op::Cumulative(function.derivative(position));
                        let derivative = self.graph.add(derivative, operands, size);
                        let value = self.masked(adjoint, derivative);
                        self.add(operand, value, size);
                    }
                }
            }
            Op::Select => {
                let zero = self.graph.number(0.0);
                let [condition, if_true, if_false] = [operands[0], operands[1], operands[2]];
                if self.depends[if_true.place()] {
                    let id = self.graph.select(condition, adjoint.id, zero);
                    self.add(if_true, Adjoint { id, masked: true }, size);
                }
                if self.depends[if_false.place()] {
                    let id = self.graph.select(condition, zero, adjoint.id);
                    self.add(if_false, Adjoint { id, masked: true }, size);
                }
            }
            Op::Move(map) if self.log_determinant(map, operands[0], this, adjoint) => {}
            Op::Move(map) => {
                let source = operands[0];
                let value = self.graph.repeated(adjoint.id, size);
                if self.graph.node(source).op == Op::Input {
                    let sums = if is_run(map) { None } else { self.graph.sums_by_place(value, map) };
                    let (value, places) = sums.unwrap_or_else(|| (value, map.clone()));
                    contributions.push(Contribution { places: Some(places), value });
                    return;
                }
                let own = self.graph.size(source);
                let id = if own == 1 { self.graph.sum_all(value) } else { self.graph.scatter(value, map.clone(), own) };
                self.add(source, Adjoint { id, ..adjoint }, own);
            }
            Op::Sample(_, Some(implicit)) => self.draw(*implicit, operands, this, adjoint),
            Op::Take(take) => {
                let by_output = self.graph.repeated(adjoint.id, size);
                let id = self.graph.add(Op::TransposedTake(*take), &[by_output, operands[1]], take.source_size());
                self.add(operands[0], Adjoint { id, ..adjoint }, take.source_size());
            }
            Op::Join(parts) => self.join(parts, operands, adjoint, size),
            Op::Sum(around) => {
                let id = self.graph.spread(adjoint.id, *around);
                self.add(operands[0], Adjoint { id, ..adjoint }, self.graph.size(operands[0]));
            }
            Op::Largest(around) | Op::Smallest(around) => self.extremum(*around, operands[0], this, adjoint),
            Op::LogSumExp(around) => self.logsumexp(*around, operands[0], this, adjoint),
            Op::CumSum(around, from_the_end) => {
                let by_output = self.graph.repeated(adjoint.id, size);
                let id = self.graph.cumsum(by_output, *around, !from_the_end);
                self.add(operands[0], Adjoint { id, ..adjoint }, size);
            }
            Op::LinearRecurrence(from_the_end) => {
                let operands = [operands[0], operands[1], operands[2]];
                self.linear_recurrence(*from_the_end, operands, this, adjoint);
            }
            Op::Recurrence(recurrence) => self.recurrence(recurrence, operands, this, adjoint),
            Op::MatMul(product) => self.matmul(*product, operands, adjoint),
            Op::Cholesky(square) => {
                let by_output = self.graph.repeated(adjoint.id, size);
                let id = self.graph.add(Op::CholeskyGradient(*square), &[this, by_output], size);
                self.add(operands[0], Adjoint { id, masked: false }, size);
            }
            Op::TriangularSolve(solve) => {
                let operands = [operands[0], operands[1]];
                if !self.quadratic_form(*solve, operands, this, adjoint) {
                    self.triangular_solve(*solve, operands, this, adjoint);
                }
            }
            Op::LogAbsDeterminant(square) => {
                let elements = square.size * square.size;
                let inverse = self.graph.add(Op::InverseTranspose(*square), &[operands[0]], square.batch * elements);
                let id = if size == 1 { adjoint.id } else { self.graph.each_repeated(adjoint.id, elements) };
                let value = self.masked(Adjoint { id, ..adjoint }, inverse);
                self.add(operands[0], value, square.batch * elements);
            }
            Op::InverseTranspose(square) => self.inverse_transpose(*square, operands[0], this, adjoint),
            Op::Transform(transform) => {
                let by_output = self.graph.repeated(adjoint.id, size);
                let id = self.graph.add(Op::Transform(transform.inverse()), &[by_output], size);
                self.add(operands[0], Adjoint { id, masked: false }, size);
            }
            Op::Sparse(function, sparse) => self.sparse(*function, sparse, operands[0], this, adjoint),
            Op::SparseSolve(solve) => self.sparse_solve(solve, [operands[0], operands[1]], this, adjoint),
            Op::Implicit(_)
            | Op::Derivative(_)
            | Op::Partial(..)
            | Op::Masked
            | Op::MultiplyAdd(_)
            | Op::Logistic(_)
            | Op::Scatter(..)
            | Op::TransposedTake(_)
            | Op::JoinParts(_)
            | Op::LinearFraction(_)
            | Op::LinearSystem(_)
            | Op::LogSystem(_)
            | Op::LogSystemGradient(_)
            | Op::Dot
            | Op::MatVec(_)
            | Op::TransposedMatVec(_)
            | Op::CholeskyGradient(_)
            | Op::CholeskyInverse(_)
            | Op::Definite(_) => unreachable!("a recording holds no gradients, and nothing lowered"),
        }
    }

    fn binary(&mut self, op: Binary, [a, b]: [Id; 2], this: Id, adjoint: Adjoint) {
        let size = self.graph.size(this);
        match op {
            Binary::Add => {
                self.add(a, adjoint, size);
                self.add(b, adjoint, size);
            }
            Binary::Sub => {
                self.add(a, adjoint, size);
                if self.depends[b.place()] {
                    let id = self.graph.unary(Unary::Neg, adjoint.id);
                    self.add(b, Adjoint { id, ..adjoint }, size);
                }
            }
            Binary::Mul => {
                if self.depends[a.place()] {
                    let value = self.times(adjoint, b);
                    self.add(a, value, size);
                }
                if self.depends[b.place()] {
                    let value = self.times(adjoint, a);
                    self.add(b, value, size);
                }
            }
            Binary::Div if self.rule == ChainRule::ZeroAbsorbing => {
                let by_left = self.quotient(adjoint, b);
                self.add(a, by_left, size);
                if self.depends[b.place()] {
                    let partial = self.graph.partial(op, 1, [a, b], this);
                    let value = self.masked(adjoint, partial);
                    self.add(b, value, size);
                }
            }
            Binary::Div if !adjoint.masked => {
                let by_left = self.graph.binary(Binary::Div, adjoint.id, b);
                self.add(a, Adjoint { id: by_left, ..adjoint }, size);
                if self.depends[b.place()] {
                    let product = self.graph.binary(Binary::Mul, by_left, this);
                    let id = self.graph.unary(Unary::Neg, product);
                    self.add(b, Adjoint { id, ..adjoint }, size);
                }
            }
            Binary::Div
            | Binary::Pow
            | Binary::Maximum
            | Binary::Minimum
            | Binary::Xlogy
            | Binary::Xlog1py
            | Binary::Lbeta
            | Binary::LogOwensTComplement => {
                for (position, operand) in [a, b].into_iter().enumerate() {
                    if self.depends[operand.place()] {
                        let partial = self.graph.partial(op, position, [a, b], this);
                        let value = self.masked(adjoint, partial);
                        self.add(operand, value, size);
                    }
                }
            }
        }
    }

    /// To each parameter of a draw, by how the draw moves with it.
    fn draw(&mut self, implicit: Implicit, operands: &[Id], this: Id, adjoint: Adjoint) {
        let (size, parameters) = (self.graph.size(this), &operands[..implicit.parameters()]);
        let of_draw: Vec<Id> = std::iter::once(this).chain(parameters.iter().copied()).collect();
        let derivatives = self.graph.add(Op::Implicit(implicit), &of_draw, parameters.len() * size);
        for (position, &parameter) in parameters.iter().enumerate() {
            if self.depends[parameter.place()] {
                let own = (position * size..(position + 1) * size).collect();
                let derivative = self.graph.moved(derivatives, own);
                let value = self.masked(adjoint, derivative);
                self.add(parameter, value, size);
            }
        }
    }

    /// To each operand its part.
    fn join(&mut self, parts: &[usize], operands: &[Id], adjoint: Adjoint, size: usize) {
        let by_output = self.graph.repeated(adjoint.id, size);
        let width: usize = parts.iter().sum();
        let mut start = 0;
        for (&operand, &part) in operands.iter().zip(parts) {
            let map = (0..size / width * part).map(|element| element / part * width + start + element % part).collect();
            start += part;
            let id = self.graph.moved(by_output, map);
            let own = self.graph.size(operand);
            self.add(operand, Adjoint { id, ..adjoint }, own);
        }
    }

    /// Elements that tie for the extremum share its gradient evenly.
    fn extremum(&mut self, around: Around, x: Id, y: Id, adjoint: Adjoint) {
        let of_line = self.graph.spread(y, around);
        let is_extremum = self.graph.compare(Comparison::Equal, x, of_line);
        let ties = self.graph.sum(is_extremum, around);
        let share = self.graph.binary(Binary::Div, adjoint.id, ties);
        let share = self.graph.spread(share, around);
        let zero = self.graph.number(0.0);
        let id = self.graph.select(is_extremum, share, zero);
        self.add(x, Adjoint { id, masked: true }, self.graph.size(x));
    }

    /// The softmax, times the gradient.
    fn logsumexp(&mut self, around: Around, x: Id, y: Id, adjoint: Adjoint) {
        let softmax = self.graph.softmax(x, y, around);
        let by_line = self.graph.spread(adjoint.id, around);
        let value = self.masked(Adjoint { id: by_line, ..adjoint }, softmax);
        self.add(x, value, self.graph.size(x));
    }

    /// The gradient runs through a recurrence the other way: λₜ = h̄ₜ + aₜ₊₁ λₜ₊₁, and then b̄ = λ, āₜ = λₜ hₜ₋₁.
    fn linear_recurrence(&mut self, from_the_end: bool, [a, b, initial]: [Id; 3], this: Id, adjoint: Adjoint) {
        let size = self.graph.size(this);
        let by_output = self.graph.repeated(adjoint.id, size);
        let zero = self.graph.number(0.0);
        // In the order of the recurrence, the next of an element, and the first one.
        let next = |element: usize| if from_the_end { element.saturating_sub(1) } else { (element + 1).min(size - 1) };
        let first = if from_the_end { size - 1 } else { 0 };
        let coefficient = if self.graph.size(a) == 1 { a } else { self.graph.moved(a, (0..size).map(next).collect()) };
        let by_sum = match self.rule {
            ChainRule::Fast => self.graph.linear_recurrence(!from_the_end, [coefficient, by_output, zero], size),
            ChainRule::ZeroAbsorbing => self.graph.absorbing_recurrence(!from_the_end, coefficient, by_output),
        };
        let by_sum = Adjoint { id: by_sum, masked: false };
        self.add(b, by_sum, size);
        if self.depends[a.place()] {
            let before = self.graph.before(this, initial, from_the_end);
            let value = self.times(by_sum, before);
            self.add(a, value, size);
        }
        if self.depends[initial.place()] {
            let by_first = self.graph.moved(by_sum.id, vec![first]);
            let coefficient = if self.graph.size(a) == 1 { a } else { self.graph.moved(a, vec![first]) };
            let value = self.times(Adjoint { id: by_first, ..by_sum }, coefficient);
            self.add(initial, value, 1);
        }
    }

    /// The gradient runs through a recurrence the other way: λₜ = s̄ₜ + (∂fₜ₊₁/∂s)ᵀ λₜ₊₁, and then x̄ₜ = (∂fₜ/∂x)ᵀ λₜ.
    fn recurrence(&mut self, recurrence: &Recurrence, operands: &[Id], this: Id, adjoint: Adjoint) {
        if self.is_last
            && self.rule == ChainRule::Fast
            && let Some(form) = recurrence.log_system()
        {
            self.log_system(&form, operands, this, adjoint);
            return;
        }
        let Recurrence { ref body, ref next, steps, from_the_end, .. } = *recurrence;
        let (parts, sizes, given) = (next.len(), recurrence.sizes(), recurrence.given(operands));
        let is_varied = |number: usize| number < parts || self.depends[operands[number].place()];
        // One step backwards: the data of the step, then (∂fₜ₊₁/∂s)ᵀ λₜ₊₁ and s̄ₜ for each part of the state.
        let (later, own) = (operands.len(), operands.len() + parts);
        let mut backwards = body.clone();
        let is_variable = |op: &Op| matches!(op, Op::Data(number) if is_varied(*number));
        let mut reverse = Reverse::new(&mut backwards, body.nodes().len(), self.rule, is_variable);
        for (part, (&next, &size)) in next.iter().zip(&sizes).enumerate() {
            let [later, own] = [later, own].map(|first| reverse.graph.data(first + part, size));
            let id = reverse.graph.binary(Binary::Add, later, own);
            reverse.add(next, Adjoint { id, ..adjoint }, size);
        }
        reverse.steps();
        let mut by_data: Vec<Option<Id>> = vec![None; operands.len()];
        for (place, node) in body.nodes().iter().enumerate() {
            if let Op::Data(number) = node.op
                && let Some(adjoint) = reverse.adjoints[place]
            {
                by_data[number] = Some(reverse.graph.repeated(adjoint.id, node.size));
            }
        }

        let by_states = self.graph.repeated(adjoint.id, self.graph.size(this));
        let by_states = recurrence.parts(self.graph, by_states);
        let states = recurrence.parts(self.graph, this);
        let mut values: FxHashMap<usize, Given> =
            given.iter().enumerate().map(|(number, &value)| (parts + number, value)).collect();
        let mut carries = Vec::with_capacity(parts);
        for part in 0..parts {
            let before = self.graph.before(states[part], operands[part], from_the_end);
            values.insert(part, Given::Each(before));
            values.insert(own + part, Given::Each(by_states[part]));
            let initial = self.graph.constant(vec![0.0; sizes[part]]);
            let next = by_data[part].unwrap_or_else(|| backwards.constant(vec![0.0; sizes[part]]));
            carries.push(Carry { data: later + part, next, initial });
        }
        let initial: Vec<Id> = carries.iter().map(|carry| carry.initial).collect();
        let known = recurrence.known(&states);
        let mut definition =
            Definition { body: backwards, carries, given: values, known, steps, from_the_end: !from_the_end };
        let by_before = self.graph.recurrence(&mut definition);
        for part in 0..parts {
            let first = if from_the_end { steps - 1 } else { 0 } * sizes[part];
            let id = self.graph.moved(by_before[part], (first..first + sizes[part]).collect());
            self.add(operands[part], Adjoint { id, ..adjoint }, sizes[part]);
            let later_value = self.graph.before(by_before[part], initial[part], !from_the_end);
            definition.given.insert(later + part, Given::Each(later_value));
        }
        let varied: Vec<usize> = (parts..operands.len()).filter(|&number| by_data[number].is_some()).collect();
        let ids: Vec<Id> = varied.iter().filter_map(|&number| by_data[number]).collect();
        let by_given = OverSteps::new(&definition).of(self.graph, &ids);
        for (&number, by_given) in varied.iter().zip(by_given) {
            let size = self.graph.size(operands[number]);
            let id = match (given[number - parts], by_given) {
                (Given::Each(_), Given::Each(id)) => id,
                (Given::Each(_), Given::Same(id)) => {
                    self.graph.moved(id, (0..size).map(|place| place % (size / steps)).collect())
                }
                (Given::Same(_), Given::Each(id)) => self.graph.sum(id, (1, steps, size)),
                (Given::Same(_), Given::Same(id)) => {
                    let count = self.graph.number(steps as f64);
                    self.graph.binary(Binary::Mul, count, id)
                }
            };
            self.add(operands[number], Adjoint { id, ..adjoint }, size);
        }
    }

    /// By the backward algorithm, as one operation.
    fn log_system(&mut self, form: &LogSystemForm, operands: &[Id], this: Id, adjoint: Adjoint) {
        let (coefficients, terms) = form.operands(self.graph, operands);
        let LogSystem { size, steps, .. } = form.system;
        let by_coefficients =
            matches!(form.coefficients, Coefficients::Operand(number) if self.depends[operands[number].place()]);
        let own = if by_coefficients { self.graph.size(coefficients) } else { 0 };
        let by_states = self.graph.repeated(adjoint.id, steps * size);
        let of: Vec<Id> = [operands[0], coefficients, this, by_states].into_iter().chain(terms).collect();
        let gradient = LogSystemGradient { system: form.system, by_coefficients };
        let gradient = self.graph.add(Op::LogSystemGradient(gradient), &of, steps * size + own);
        let mut part = |node: Id, first: usize, count: usize| {
            let id = self.graph.moved(gradient, (first..first + count).collect());
            self.add(node, Adjoint { id, ..adjoint }, count);
        };
        part(operands[0], form.system.first() * size, size);
        if let Some(terms) = terms {
            part(terms, 0, steps * size);
        }
        if by_coefficients {
            part(coefficients, steps * size, own);
        }
    }

    /// Ā = C̄ Bᵀ and B̄ = Aᵀ C̄.
    fn matmul(&mut self, product: Product, operands: &[Id], adjoint: Adjoint) {
        let Product { batch, m, k, n, .. } = product;
        let by_output = self.graph.repeated(adjoint.id, batch * m * n);
        let (left, right) = (operands[0], operands[1]);
        if self.depends[left.place()] {
            let product = Product { batch, m, k: n, n: k, transpose_left: false, transpose_right: true };
            let id = self.graph.matmul(product, by_output, right);
            let size = self.graph.size(left);
            self.add(left, Adjoint { id, ..adjoint }, size);
        }
        if self.depends[right.place()] {
            let product = Product { batch, m: k, k: m, n, transpose_left: true, transpose_right: false };
            let id = self.graph.matmul(product, left, by_output);
            let size = self.graph.size(right);
            self.add(right, Adjoint { id, ..adjoint }, size);
        }
    }

    /// With Y = A⁻ᵀ: Ā = −Y Ȳᵀ Y (Giles 2008, section 2.2.3).
    fn inverse_transpose(&mut self, square: Square, matrix: Id, this: Id, adjoint: Adjoint) {
        let Square { batch, size } = square;
        let by_output = self.graph.repeated(adjoint.id, batch * size * size);
        let product =
            |transpose_left| Product { batch, m: size, k: size, n: size, transpose_left, transpose_right: false };
        let right = self.graph.matmul(product(true), by_output, this);
        let value = self.graph.matmul(product(false), this, right);
        let id = self.graph.unary(Unary::Neg, value);
        self.add(matrix, Adjoint { id, masked: false }, batch * size * size);
    }

    /// Of a factor the steps backwards; of the inverse the derivative −A⁻¹ dA A⁻¹, which is symmetric in the elements of dA.
    fn sparse(&mut self, function: SparseFunction, sparse: &Sparse, values: Id, this: Id, adjoint: Adjoint) {
        let size = self.graph.size(values);
        let by_output = self.graph.repeated(adjoint.id, self.graph.size(this));
        let id = match function {
            SparseFunction::Factor => {
                let op = Op::Sparse(SparseFunction::FactorGradient, sparse.clone());
                self.graph.add(op, &[this, by_output], size)
            }
            SparseFunction::Inverse => {
                let weights = self.graph.constant(sparse.pattern.multiplicities().repeat(sparse.batch));
                let direction = self.graph.binary(Binary::Div, by_output, weights);
                let direction = self.graph.repeated(direction, size);
                let op = Op::Sparse(SparseFunction::InverseTangent, sparse.clone());
                let moved = self.graph.add(op, &[values, direction], size);
                self.graph.binary(Binary::Mul, moved, weights)
            }
            function => unreachable!("a recording holds no {}", function.name()),
        };
        self.add(values, Adjoint { id, masked: false }, size);
    }

    /// With x = L⁻¹ b: b̄ = L⁻ᵀ x̄ and L̄ = −b̄ xᵀ, where L has entries, for the sum of all right sides.
    fn sparse_solve(&mut self, solve: &SparseSolve, [factor, right]: [Id; 2], this: Id, adjoint: Adjoint) {
        let size = self.graph.size(this);
        let by_output = self.graph.repeated(adjoint.id, size);
        let transposed = Op::SparseSolve(SparseSolve { transpose: !solve.transpose, ..solve.clone() });
        let by_right = self.graph.add(transposed, &[factor, by_output], size);
        self.add(right, Adjoint { id: by_right, masked: false }, size);
        if self.depends[factor.place()] {
            let (left, right) = if solve.transpose { (this, by_right) } else { (by_right, this) };
            let left = self.graph.moved(left, solve.beside_factor(true));
            let right = self.graph.moved(right, solve.beside_factor(false));
            let products = self.graph.binary(Binary::Mul, left, right);
            let length = solve.pattern.factor_len();
            let products = self.graph.repeated(products, solve.batch * solve.columns * length);
            let sum = self.graph.sum(products, (solve.batch, solve.columns, length));
            let id = self.graph.unary(Unary::Neg, sum);
            self.add(factor, Adjoint { id, masked: false }, solve.batch * length);
        }
    }

    /// With X = op(T)⁻¹ B: B̄ = op(T)⁻ᵀ X̄ and op(T)‾ = −B̄ Xᵀ (Giles 2008, section 2.3.1), within T's triangle.
    fn triangular_solve(&mut self, solve: Solve, [triangle, right]: [Id; 2], this: Id, adjoint: Adjoint) {
        let Solve { batch, size, columns, transpose, .. } = solve;
        let elements = batch * size * columns;
        let by_output = self.graph.repeated(adjoint.id, elements);
        let transposed = Op::TriangularSolve(Solve { transpose: !transpose, ..solve });
        let by_right = self.graph.add(transposed, &[triangle, by_output], elements);
        self.add(right, Adjoint { id: by_right, masked: false }, elements);
        if self.depends[triangle.place()] {
            let (left, right) = if transpose { (this, by_right) } else { (by_right, this) };
            let (m, n, k) = (size, size, columns);
            let product = Product { batch, m, k, n, transpose_left: false, transpose_right: true };
            let product = self.graph.matmul(product, left, right);
            let minus = self.graph.constant(solve.triangles(-1.0));
            let value = self.masked(Adjoint { id: minus, masked: false }, product);
            self.add(triangle, value, batch * size * size);
        }
    }
}
