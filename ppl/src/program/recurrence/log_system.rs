//! Recurrences that are linear in the exponentials of their states: sₜ[j] = ln Σₖ exp(sₜ₋₁[k] + rₜ[k] + cₜ[k, j]).
//!
//! The forward algorithm of a hidden Markov model is one, whether its user has written it for a vector, or for a scalar
//! of each hidden state. As such it is computed by products and sums, without an exponential and a logarithm in each step. Its
//! emissions are terms of a state (r), apart from the transitions (c), so that no step needs a matrix of its own where these
//! are the same in all.

use rustc_hash::FxHashMap;

use super::{Carry, Definition, Given, LARGEST_STATE, OverSteps, Recurrence, StepBody};
use crate::program::graph::{Around, Graph, Id, Node, Op};
use crate::tensor::elementwise::{Binary, Unary};

/// A recurrence of this kind, of (initial state, coefficients, terms if it has them): the coefficients of a step are K × K, row
/// by row, its terms K.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct LogSystem {
    /// Elements of a state, K.
    pub(crate) size: usize,
    /// Whether something is added to each state before, in each step.
    pub(crate) has_terms: bool,
    /// Whether each step has coefficients of its own.
    pub(crate) has_steps: bool,
    pub(crate) steps: usize,
    pub(crate) from_the_end: bool,
}

impl LogSystem {
    /// Number of matrices of coefficients.
    pub(crate) fn matrices(self) -> usize {
        if self.has_steps { self.steps } else { 1 }
    }

    /// The matrix of a step.
    #[inline]
    pub(crate) fn matrix(self, step: usize) -> usize {
        if self.has_steps { step } else { 0 }
    }

    /// A step, by its number in the order of the recurrence.
    #[inline]
    pub(crate) fn step(self, number: usize) -> usize {
        if self.from_the_end { self.steps - 1 - number } else { number }
    }

    /// The step that comes first.
    #[inline]
    pub(crate) fn first(self) -> usize {
        self.step(0)
    }

    /// The step before one that is not the first.
    #[inline]
    pub(crate) fn before(self, step: usize) -> usize {
        if self.from_the_end { step + 1 } else { step - 1 }
    }
}

/// The gradient of a [`LogSystem`] by its terms in all steps, and by its coefficients, of (initial state, coefficients, states,
/// gradient by the states, terms if it has them).
///
/// That by the initial state is that by the terms of the first step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct LogSystemGradient {
    pub(crate) system: LogSystem,
    /// Whether the gradient by the coefficients is wanted.
    pub(crate) by_coefficients: bool,
}

/// What a recurrence that is a [`LogSystem`] is made of.
pub(in crate::program) struct LogSystemForm {
    pub(in crate::program) system: LogSystem,
    pub(in crate::program) coefficients: Coefficients,
    /// The number of the terms among the operands.
    pub(in crate::program) terms: Option<usize>,
}

/// The coefficients of a recurrence: one of its operands, by number, or constants.
pub(in crate::program) enum Coefficients {
    Operand(usize),
    Constant(Vec<f64>),
}

impl LogSystemForm {
    /// The coefficients in the graph around the recurrence, and the terms.
    pub(in crate::program) fn operands(&self, graph: &mut Graph, operands: &[Id]) -> (Id, Option<Id>) {
        let coefficients = match &self.coefficients {
            Coefficients::Operand(number) => operands[*number],
            Coefficients::Constant(numbers) => graph.constant(numbers.clone()),
        };
        (coefficients, self.terms.map(|number| operands[number]))
    }
}

/// A state before, and what is added to it: elements of nodes that do not depend on the state.
#[derive(Clone)]
struct Term {
    state: usize,
    added: Vec<Summand>,
}

#[derive(Clone, Copy, PartialEq)]
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
        let Summands { of_rows, of_columns, rest } = Summands::new(&next, size);
        let body = &mut definition.body;
        let wanted = [sum_of(body, &of_rows), sum_of(body, &of_columns), sum_of(body, &rest)];
        let [of_rows, of_columns, rest] = wanted.map(|id| id.map(|id| OverSteps::new(definition).of(self, &[id])[0]));
        let coefficients = rest.unwrap_or_else(|| Given::Same(self.constant(vec![0.0; size * size])));
        let of_rows = of_rows.map(|terms| self.each_step(terms, size, steps));
        let of_columns = of_columns.map(|terms| self.each_step(terms, size, steps));
        // What a step adds to its sums is what the next one begins with.
        let zeros = self.constant(vec![0.0; size]);
        let carried_over = of_columns.map(|terms| self.before(terms, zeros, from_the_end));
        let terms = match (of_rows, carried_over) {
            (Some(terms), Some(more)) => Some(self.binary(Binary::Add, terms, more)),
            (terms, more) => terms.or(more),
        };

        // All parts are one.
        let parts: Vec<Id> = carries.iter().map(|carry| carry.initial).collect();
        let initial = self.join(&parts, sizes.clone(), size);
        let (mut step, before) = StepBody::new([size]);
        let state = match terms {
            Some(terms) => {
                let terms = step.given(Given::Each(terms), size);
                step.graph.binary(Binary::Add, before[0], terms)
            }
            None => before[0],
        };
        let coefficients = step.given(coefficients, size * size);
        let rows = step.graph.each_repeated(state, size);
        let terms = step.graph.binary(Binary::Add, rows, coefficients);
        let next = step.graph.add(Op::LogSumExp((1, size, size)), &[terms], size);
        let mut definition = Definition {
            body: step.graph,
            carries: vec![Carry { data: 0, next, initial }],
            given: step.given.into_iter().enumerate().map(|(number, value)| (1 + number, value)).collect(),
            known: FxHashMap::default(),
            steps,
            from_the_end,
        };
        let mut states = self.recurrence(&mut definition)[0];
        if let Some(terms) = of_columns {
            states = self.binary(Binary::Add, states, terms);
        }
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
        let form = recurrence.log_system()?;
        let (coefficients, terms) = form.operands(self, operands);
        let operands: Vec<Id> = [operands[0], coefficients].into_iter().chain(terms).collect();
        Some(self.add(Op::LogSystem(form.system), &operands, form.system.steps * form.system.size))
    }

    /// What steps are given, one after the other.
    fn each_step(&mut self, given: Given, size: usize, steps: usize) -> Id {
        match given {
            Given::Each(id) => id,
            Given::Same(id) => self.moved(id, (0..size * steps).map(|place| place % size).collect()),
        }
    }
}

impl Recurrence {
    /// What it is made of, if it is a [`LogSystem`].
    pub(in crate::program) fn log_system(&self) -> Option<LogSystemForm> {
        let Self { body, next, has_steps, steps, from_the_end } = self;
        let &[next] = next.as_slice() else { return None };
        let size = body.size(next);
        let sum = body.node(next).operands.first().copied()?;
        let is_one = body.node(next).op == Op::LogSumExp((1, size, size)) && (2..=LARGEST_STATE).contains(&size);
        if !is_one || body.node(sum).op != Op::Binary(Binary::Add) {
            return None;
        }
        let [a, b] = [0, 1].map(|which| body.node(sum).operands[which]);
        let (coefficients, terms) = match (rows_with_terms(body, a, size), rows_with_terms(body, b, size)) {
            (Some(terms), None) => (b, terms),
            (None, Some(terms)) => (a, terms),
            _ => return None,
        };
        if body.size(coefficients) != size * size {
            return None;
        }
        let has_own = |number: &usize| has_steps[number - 1];
        if terms.as_ref().is_some_and(|number| !has_own(number)) {
            return None;
        }
        let coefficients = match &body.node(coefficients).op {
            Op::Data(0) => return None,
            Op::Data(number) => Coefficients::Operand(*number),
            Op::Constant(numbers) => Coefficients::Constant(numbers.elements().to_vec()),
            _ => return None,
        };
        let has_steps = matches!(&coefficients, Coefficients::Operand(number) if has_own(number));
        let (has_terms, steps, from_the_end) = (terms.is_some(), *steps, *from_the_end);
        let system = LogSystem { size, has_terms, has_steps, steps, from_the_end };
        Some(LogSystemForm { system, coefficients, terms })
    }
}

/// The number of the terms, if there are any, where a node has the state before and the terms in its rows; none if it has not.
fn rows_with_terms(body: &Graph, id: Id, size: usize) -> Option<Option<usize>> {
    let node = body.node(id);
    let is_rows = |map: &[usize]| map.iter().copied().eq((0..size * size).map(|place| place / size));
    if !matches!(&node.op, Op::Move(map) if is_rows(map)) {
        return None;
    }
    let state = body.node(node.operands[0]);
    let data = |id: Id| if let Op::Data(number) = body.node(id).op { Some(number) } else { None };
    match &state.op {
        Op::Data(0) => Some(None),
        Op::Binary(Binary::Add) => match [0, 1].map(|which| data(state.operands[which])) {
            [Some(0), Some(number)] | [Some(number), Some(0)] if number > 0 && state.size == size => Some(Some(number)),
            _ => None,
        },
        _ => None,
    }
}

/// The summands of all terms, row by row; those that all terms of a row or a column have are kept once.
struct Summands {
    of_rows: Vec<Vec<Summand>>,
    of_columns: Vec<Vec<Summand>>,
    rest: Vec<Vec<Summand>>,
}

impl Summands {
    fn new(next: &[Element], size: usize) -> Self {
        let mut rest: Vec<Vec<Summand>> =
            (0..size * size).map(|place| next[place % size][place / size].added.clone()).collect();
        let of_rows = (0..size).map(|row| take_common(&mut rest, (0..size).map(|column| row * size + column)));
        let of_rows = of_rows.collect();
        let of_columns = (0..size).map(|column| take_common(&mut rest, (0..size).map(|row| row * size + column)));
        Self { of_rows, of_columns: of_columns.collect(), rest }
    }
}

/// Takes the summands out that the terms at some places share.
fn take_common(terms: &mut [Vec<Summand>], places: impl Iterator<Item = usize>) -> Vec<Summand> {
    let places: Vec<usize> = places.collect();
    let mut common = Vec::new();
    for summand in terms[places[0]].clone() {
        let positions = places.iter().map(|&place| terms[place].iter().position(|own| *own == summand));
        let Some(positions) = positions.collect::<Option<Vec<usize>>>() else { continue };
        places.iter().zip(positions).for_each(|(&place, position)| {
            terms[place].remove(position);
        });
        common.push(summand);
    }
    common
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

/// An array of sums, if there is a summand.
fn sum_of(body: &mut Graph, sums: &[Vec<Summand>]) -> Option<Id> {
    let mut total = None;
    for number in 0..sums.iter().map(Vec::len).max().unwrap_or(0) {
        let summand = |summands: &Vec<Summand>| match summands.get(number) {
            None => body.number(0.0),
            Some(&Summand { id, element, is_negative }) => {
                let element = if body.size(id) == 1 { id } else { body.moved(id, vec![element]) };
                if is_negative { body.unary(Unary::Neg, element) } else { element }
            }
        };
        let parts: Vec<Id> = sums.iter().map(summand).collect();
        let summands = body.join(&parts, vec![1; sums.len()], sums.len());
        total = Some(match total {
            Some(total) => body.binary(Binary::Add, total, summands),
            None => summands,
        });
    }
    total
}
