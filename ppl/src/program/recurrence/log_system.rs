//! Recurrences that are linear in the exponentials of their states: sₜ[j] = ln Σₖ exp(sₜ₋₁[k] + cₜ[k, j]).
//!
//! The forward algorithm of a hidden Markov model is one, whether its user has written it for a vector, or for a scalar
//! of each hidden state. As such it is computed by products and sums, without an exponential and a logarithm in each step.

use rustc_hash::FxHashMap;

use super::{Carry, Definition, LARGEST_STATE, OverSteps, Recurrence, StepBody};
use crate::program::graph::{Around, Graph, Id, Node, Op};
use crate::tensor::elementwise::{Binary, Unary};

/// A recurrence of this kind, of (initial state, coefficients): those of a step are K × K, row by row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct LogSystem {
    /// Elements of a state, K.
    pub(crate) size: usize,
    /// Whether each step has coefficients of its own.
    pub(crate) has_steps: bool,
    pub(crate) steps: usize,
    pub(crate) from_the_end: bool,
}

/// A state before, and what is added to it: elements of nodes that do not depend on the state.
#[derive(Clone)]
struct Term {
    state: usize,
    added: Vec<Summand>,
}

#[derive(Clone, Copy)]
struct Summand {
    id: Id,
    element: usize,
    is_negative: bool,
}

/// An element of a node, as the logarithm of a sum of exponentials of terms.
type Element = Vec<Term>;

/// The elements along an axis that belong to one of the result.
fn line((_, length, inner): Around, place: usize) -> impl Iterator<Item = usize> {
    (0..length).map(move |index| (place / inner * length + index) * inner + place % inner)
}

impl Graph {
    /// The states of a recurrence, an array for each part; none if it is not of this kind.
    pub(super) fn log_linear_recurrence(&mut self, definition: &mut Definition) -> Option<Vec<Id>> {
        let Definition { body, carries, steps, from_the_end, .. } = definition;
        let (steps, from_the_end) = (*steps, *from_the_end);
        let sizes: Vec<usize> = carries.iter().map(|carry| body.size(carry.next)).collect();
        let size: usize = sizes.iter().sum();
        if !(2..=LARGEST_STATE).contains(&size) {
            return None;
        }
        let next = log_linear_states(definition, size)?;
        let carries = definition.carries.clone();
        let coefficients = coefficients(&mut definition.body, &next, size);
        let coefficients = OverSteps::new(definition).of(self, &[coefficients])[0];

        // All parts are one.
        let parts: Vec<Id> = carries.iter().map(|carry| carry.initial).collect();
        let initial = self.join(&parts, sizes.clone(), size);
        let (mut step, before) = StepBody::new([size]);
        let coefficients = step.given(coefficients, size * size);
        let rows = step.graph.each_repeated(before[0], size);
        let terms = step.graph.binary(Binary::Add, rows, coefficients);
        let next = step.graph.add(Op::LogSumExp((1, size, size)), &[terms], size);
        let mut definition = Definition {
            body: step.graph,
            carries: vec![Carry { data: 0, next, initial }],
            given: step.given.into_iter().map(|value| (1, value)).collect(),
            known: FxHashMap::default(),
            steps,
            from_the_end,
        };
        let states = self.recurrence(&mut definition)[0];
        let mut first = 0;
        let part = |own: usize| {
            let places = (0..steps).flat_map(|step| (first..first + own).map(move |element| step * size + element));
            let map = places.collect();
            first += own;
            self.moved(states, map)
        };
        Some(sizes.into_iter().map(part).collect())
    }

    /// The states of a recurrence as [`Op::LogSystem`]; none if it is not one.
    pub(super) fn log_system(&mut self, recurrence: &Recurrence, operands: &[Id]) -> Option<Id> {
        let Recurrence { body, next, steps, from_the_end, .. } = recurrence;
        let &[next] = next.as_slice() else { return None };
        let size = body.size(next);
        let terms = body.node(next).operands.first().copied()?;
        let is_one = body.node(next).op == Op::LogSumExp((1, size, size)) && size <= LARGEST_STATE;
        if !is_one || body.node(terms).op != Op::Binary(Binary::Add) {
            return None;
        }
        let is_state = |id: Id| {
            let node = body.node(id);
            let is_rows = |map: &[usize]| map.iter().copied().eq((0..size * size).map(|place| place / size));
            matches!(&node.op, Op::Move(map) if is_rows(map)) && body.node(node.operands[0]).op == Op::Data(0)
        };
        let [a, b] = [0, 1].map(|which| body.node(terms).operands[which]);
        let coefficients = if is_state(a) { b } else { a };
        if !(is_state(a) || is_state(b)) || body.size(coefficients) != size * size {
            return None;
        }
        let coefficients = match &body.node(coefficients).op {
            Op::Data(number) => *operands.get(*number)?,
            Op::Constant(numbers) => self.constant(numbers.0.to_vec()),
            _ => return None,
        };
        let has_steps = self.size(coefficients) > size * size;
        let system = LogSystem { size, has_steps, steps: *steps, from_the_end: *from_the_end };
        Some(self.add(Op::LogSystem(system), &[operands[0], coefficients], steps * size))
    }
}

/// The elements of the next state, of which each is a logarithm of a sum with a term for each element of the state before,
/// in their order; none if they are not.
fn log_linear_states(definition: &Definition, size: usize) -> Option<Vec<Element>> {
    let Definition { body, carries, .. } = definition;
    let all: Vec<usize> = (0..carries.len()).collect();
    let moving = definition.moving(&all);
    let is_needed = body.needed(carries.iter().map(|carry| carry.next));
    let mut first_of: FxHashMap<usize, usize> = FxHashMap::default();
    let mut first = 0;
    for carry in carries {
        first_of.insert(carry.data, first);
        first += body.size(carry.next);
    }
    let mut known: FxHashMap<Id, Vec<Element>> = FxHashMap::default();
    for (place, node) in body.nodes().iter().enumerate().filter(|&(place, _)| moving[place] && is_needed[place]) {
        let elements = match &node.op {
            Op::Data(number) => {
                let first = *first_of.get(number)?;
                (first..first + node.size).map(|state| vec![Term { state, added: Vec::new() }]).collect()
            }
            _ => log_linear_elements(node, &known, size)?,
        };
        known.insert(body.id_at(place), elements);
    }
    let mut next = Vec::with_capacity(size);
    for carry in carries {
        next.extend(known.get(&carry.next)?.iter().cloned());
    }
    for element in &mut next {
        element.sort_by_key(|term| term.state);
        if !element.iter().map(|term| term.state).eq(0..size) {
            return None;
        }
    }
    Some(next)
}

/// The elements of an operation on such ones.
fn log_linear_elements(node: &Node, known: &FxHashMap<Id, Vec<Element>>, size: usize) -> Option<Vec<Element>> {
    let of = |which: usize| known.get(&node.operands[which]);
    match &node.op {
        Op::Move(map) => {
            let elements = of(0)?;
            Some(map.iter().map(|&place| elements[place].clone()).collect())
        }
        Op::Join(parts) => {
            let operands: Vec<&Vec<Element>> = (0..parts.len()).map(of).collect::<Option<_>>()?;
            let row = |outer: usize| {
                operands.iter().zip(parts).flat_map(move |(elements, &part)| &elements[outer * part..][..part])
            };
            Some((0..node.size / parts.iter().sum::<usize>()).flat_map(row).cloned().collect())
        }
        Op::Binary(op @ (Binary::Add | Binary::Sub)) => {
            let (elements, added) = match (of(0), of(1)) {
                (Some(elements), None) => (elements, node.operands[1]),
                (None, Some(elements)) if *op == Binary::Add => (elements, node.operands[0]),
                _ => return None,
            };
            let plus = |place: usize| {
                let mut element = elements[if elements.len() == 1 { 0 } else { place }].clone();
                let summand = Summand { id: added, element: place, is_negative: *op == Binary::Sub };
                element.iter_mut().for_each(|term| term.added.push(summand));
                element
            };
            Some((0..node.size).map(plus).collect())
        }
        Op::LogSumExp(around) if around.1 <= size => {
            let elements = of(0)?;
            let sum =
                |place: usize| -> Element { line(*around, place).flat_map(|place| elements[place].clone()).collect() };
            let sums: Vec<Element> = (0..node.size).map(sum).collect();
            sums.iter().all(|element| element.len() <= size).then_some(sums)
        }
        _ => None,
    }
}

/// Coefficients of a step, row by row: row k has those of state k before, column j those of state j after.
fn coefficients(body: &mut Graph, next: &[Element], size: usize) -> Id {
    let terms: Vec<&[Summand]> =
        (0..size * size).map(|place| next[place % size][place / size].added.as_slice()).collect();
    let mut sum = body.constant(vec![0.0; size * size]);
    for number in 0..terms.iter().map(|summands| summands.len()).max().unwrap_or(0) {
        let summand = |summands: &&[Summand]| match summands.get(number) {
            None => body.number(0.0),
            Some(&Summand { id, element, is_negative }) => {
                let element = if body.size(id) == 1 { id } else { body.moved(id, vec![element]) };
                if is_negative { body.unary(Unary::Neg, element) } else { element }
            }
        };
        let parts: Vec<Id> = terms.iter().map(summand).collect();
        let summands = body.join(&parts, vec![1; size * size], size * size);
        sum = body.binary(Binary::Add, sum, summands);
    }
    sum
}
