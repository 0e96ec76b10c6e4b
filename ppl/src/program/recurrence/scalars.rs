//! Scalar replacement of aggregates: a step on small vectors whose elements are taken apart and joined, as one on scalars.
//!
//! A scalar of the machine is as wide as a short vector, so that a vector pays where its elements are treated alike. A step
//! such as that of Lotka and Volterra's equations gathers and joins them at every operation instead.

use rustc_hash::FxHashMap;

use super::{Carry, Definition, Given, LARGEST_STATE, StepBody};
use crate::program::graph::{Graph, Id, Node, Op, Product};
use crate::program::instruction::Code;
use crate::program::schedule::is_elementwise;
use crate::tensor::elementwise::Binary;

/// A step of more scalar operations is as fast on vectors.
const LARGEST_BODY: usize = 512;

impl Graph {
    /// The states of a recurrence (see [`Graph::recurrence`]), of which each element is a state of its own where that takes
    /// fewer instructions.
    pub(super) fn recurrence_in_scalars(&mut self, definition: &mut Definition) -> Vec<Id> {
        let Some(mut scalars) = self.in_scalars(definition) else { return self.recurrence(definition) };
        let mut arrays = self.recurrence(&mut scalars).into_iter();
        let sizes: Vec<usize> = definition.carries.iter().map(|carry| definition.body.size(carry.next)).collect();
        let join = |size: usize| {
            let parts: Vec<Id> = arrays.by_ref().take(size).collect();
            self.join(&parts, vec![1; size], size * definition.steps)
        };
        sizes.into_iter().map(join).collect()
    }

    /// The definition on scalars; none where vectors take fewer instructions, or an operation has no form on scalars.
    fn in_scalars(&mut self, definition: &Definition) -> Option<Definition> {
        let Definition { body, carries, given, steps, from_the_end, .. } = definition;
        let state: usize = carries.iter().map(|carry| body.size(carry.next)).sum();
        if state == carries.len() || state > LARGEST_STATE {
            return None;
        }
        let (mut step, mut parts) = StepBody::new(std::iter::repeat_n(1, state));
        let mut scalars: FxHashMap<Id, Vec<Id>> = FxHashMap::default();
        let is_needed = body.needed(carries.iter().map(|carry| carry.next));
        let mut instructions = 0;
        let mut states: FxHashMap<usize, Vec<Id>> = FxHashMap::default();
        for carry in carries {
            states.insert(carry.data, parts.drain(..body.size(carry.next)).collect());
        }
        for (place, node) in body.nodes().iter().enumerate().filter(|&(place, _)| is_needed[place]) {
            let elements = match &node.op {
                Op::Data(number) => match states.get(number) {
                    Some(elements) => elements.clone(),
                    None => (0..node.size)
                        .map(|element| {
                            let value = self.element_in_step(given[number], (element, node.size), *steps);
                            step.given(value, 1)
                        })
                        .collect(),
                },
                Op::Constant(numbers) => numbers.elements().iter().map(|&number| step.graph.number(number)).collect(),
                _ => {
                    instructions += on_vectors(node);
                    let operands: Vec<&[Id]> =
                        node.operands.iter().map(|operand| scalars[operand].as_slice()).collect();
                    step.graph.on_scalars(node, &operands)?
                }
            };
            scalars.insert(body.id_at(place), elements);
        }
        let is_operation = |node: &&Node| !matches!(node.op, Op::Data(_) | Op::Constant(_));
        let next: Vec<Id> = carries.iter().flat_map(|carry| scalars[&carry.next].iter().copied()).collect();
        let is_needed = step.graph.needed(next.iter().copied());
        let needed = step.graph.nodes().iter().zip(is_needed).filter_map(|(node, is_needed)| is_needed.then_some(node));
        if needed.filter(is_operation).count() > instructions.min(LARGEST_BODY) {
            return None;
        }
        let mut initial = Vec::with_capacity(state);
        for carry in carries {
            initial.extend((0..body.size(carry.next)).map(|element| self.moved(carry.initial, vec![element])));
        }
        let StepBody { graph, given, .. } = step;
        Some(Definition {
            body: graph,
            carries: (0..state).map(|data| Carry { data, next: next[data], initial: initial[data] }).collect(),
            given: given.into_iter().enumerate().map(|(number, value)| (state + number, value)).collect(),
            known: FxHashMap::default(),
            steps: *steps,
            from_the_end: *from_the_end,
        })
    }

    /// An element of what each step is given.
    fn element_in_step(&mut self, value: Given, (element, size): (usize, usize), steps: usize) -> Given {
        match value {
            Given::Each(id) => Given::Each(self.moved(id, (0..steps).map(|step| step * size + element).collect())),
            Given::Same(id) => Given::Same(self.moved(id, vec![element])),
        }
    }

    /// The elements of an operation's result, of those of its operands; none where it has no form on scalars.
    fn on_scalars(&mut self, node: &Node, operands: &[&[Id]]) -> Option<Vec<Id>> {
        let size = node.size;
        Some(match &node.op {
            op if is_elementwise(op) => {
                let at = |elements: &[Id], element: usize| elements[if elements.len() == 1 { 0 } else { element }];
                let of = |element: usize| {
                    let own: Vec<Id> = operands.iter().map(|elements| at(elements, element)).collect();
                    self.rewritten(op, &own, 1)
                };
                (0..size).map(of).collect()
            }
            Op::Move(map) => map.iter().map(|&place| operands[0][place]).collect(),
            Op::Join(parts) => {
                let outer = size / parts.iter().sum::<usize>();
                let row = |outer: usize| {
                    operands.iter().zip(parts).flat_map(move |(elements, &part)| &elements[outer * part..][..part])
                };
                (0..outer).flat_map(row).copied().collect()
            }
            &Op::Sum((outer, length, inner)) => {
                let term =
                    |place: usize, index: usize| operands[0][(place / inner * length + index) * inner + place % inner];
                let sum = |place: usize| {
                    (1..length).fold(term(place, 0), |sum, index| self.binary(Binary::Add, sum, term(place, index)))
                };
                (0..outer * inner).map(sum).collect()
            }
            Op::MatMul(product) => self.product_of_scalars(*product, [operands[0], operands[1]]),
            _ => return None,
        })
    }

    fn product_of_scalars(&mut self, product: Product, [left, right]: [&[Id]; 2]) -> Vec<Id> {
        let Product { batch, m, k, n, transpose_left, transpose_right } = product;
        let mut elements = Vec::with_capacity(batch * m * n);
        for place in 0..batch * m * n {
            let (matrix, row, column) = (place / (m * n), place / n % m, place % n);
            let mut terms = (0..k).map(|inner| {
                let left = left[matrix * m * k + if transpose_left { inner * m + row } else { row * k + inner }];
                let right =
                    right[matrix * k * n + if transpose_right { column * k + inner } else { inner * n + column }];
                (left, right)
            });
            let Some((left, right)) = terms.next() else { continue };
            let first = self.binary(Binary::Mul, left, right);
            let sum = terms.fold(first, |sum, (left, right)| {
                let product = self.binary(Binary::Mul, left, right);
                self.binary(Binary::Add, sum, product)
            });
            elements.push(sum);
        }
        elements
    }
}

/// Cost of an operation on vectors, in scalar instructions.
fn on_vectors(node: &Node) -> usize {
    // Each is a step of the program to itself.
    const JOIN: usize = 4;
    const WHOLE: usize = 8;

    match Code::elementwise(&node.op) {
        // One element after the other.
        Some(Code::Unary(_) | Code::Binary(_) | Code::Derivative(_) | Code::Partial(..)) => node.size,
        Some(_) => 1,
        None => match node.op {
            Op::Move(_) => 1,
            Op::Join(_) => JOIN,
            _ => WHOLE,
        },
    }
}
