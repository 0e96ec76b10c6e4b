//! Recurrences of several numbers that are linear: sₜ = Aₜ sₜ₋₁ + bₜ, with matrices and terms that are known for all steps.
//!
//! Those of gradients and tangents always are, whatever the recurrence that they are of.

use std::borrow::Cow;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{Carry, Definition, Given, OverSteps, Recurrence};
use crate::program::graph::{Graph, Id, Node, Op};
use crate::program::tangent::step_tangents;
use crate::tensor::elementwise::{Binary, Unary};

/// The states have at most so many elements: a step of others has enough to do for its operations to be worth it.
pub(crate) const LARGEST_STATE: usize = 8;

/// sₜ = Aₜ sₜ₋₁ + bₜ, of the parts of the first state, those of b, and those of each column of A.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct System {
    /// Elements of the parts.
    pub(crate) sizes: Vec<usize>,
    /// Whether each part of a column has elements for each step, or is the same in all.
    pub(crate) has_steps: Vec<bool>,
    pub(crate) steps: usize,
    pub(crate) from_the_end: bool,
    /// Whether a product by 0 is 0, whatever the other factor.
    pub(crate) is_masked: bool,
}

/// The graph, with systems for the recurrences that are linear, and its roots.
pub(in crate::program) fn with_systems(graph: &Graph, roots: Vec<Id>) -> (Cow<'_, Graph>, Vec<Id>) {
    if !graph.nodes().iter().any(|node| matches!(node.op, Op::Recurrence(_))) {
        return (Cow::Borrowed(graph), roots);
    }
    let mut target = Graph::default();
    let mut known: Vec<Id> = Vec::with_capacity(graph.nodes().len());
    let is_needed = graph.needed(roots.iter().copied());
    for (place, node) in graph.nodes().iter().enumerate() {
        if !is_needed[place] {
            // Nothing asks for it.
            known.push(graph.id_at(place));
            continue;
        }
        let operands: Vec<Id> = node.operands.iter().map(|operand| known[operand.place()]).collect();
        let system = match &node.op {
            Op::Recurrence(recurrence) => {
                let log_system = target.log_system(recurrence, &operands);
                let fraction = log_system.or_else(|| target.linear_fraction(recurrence, &operands));
                fraction.or_else(|| target.system(recurrence, &operands))
            }
            _ => None,
        };
        known.push(system.unwrap_or_else(|| target.add(node.op.clone(), &operands, node.size)));
    }
    let roots = roots.into_iter().map(|root| known[root.place()]).collect();
    (Cow::Owned(target), roots)
}

impl Graph {
    /// The states of a recurrence that is linear; none if it is not, as far as its operations tell.
    fn system(&mut self, recurrence: &Recurrence, operands: &[Id]) -> Option<Id> {
        let Recurrence { body, next, steps, from_the_end, .. } = recurrence;
        let sizes = recurrence.sizes();
        let size: usize = sizes.iter().sum();
        if size > LARGEST_STATE {
            return None;
        }
        let parts = next.len();
        let carry = |part: usize| Carry { data: part, next: next[part], initial: operands[part] };
        let given = recurrence.given(operands).into_iter().enumerate();
        let mut definition = Definition {
            body: body.clone(),
            carries: (0..parts).map(carry).collect(),
            given: given.map(|(number, value)| (parts + number, value)).collect(),
            known: FxHashMap::default(),
            steps: *steps,
            from_the_end: *from_the_end,
        };
        let all: Vec<usize> = (0..parts).collect();
        let moving = definition.moving(&all);
        let mut is_masked = false;
        for (node, _) in body.nodes().iter().zip(&moving).filter(|&(_, &moves)| moves) {
            if !is_linear(node, |id| moving[id.place()]) {
                return None;
            }
            is_masked |= node.op == Op::Masked;
        }

        // The terms are what the step makes of a state of zeros, the columns how it moves along each element.
        let mut wanted = definition.body.at_zero(&sizes, next);
        for part in 0..parts {
            for element in 0..sizes[part] {
                let mut direction = vec![0.0; sizes[part]];
                direction[element] = 1.0;
                let tangents = step_tangents(&mut definition.body, body.nodes().len(), part, direction, next);
                for (tangent, &size) in tangents.into_iter().zip(&sizes) {
                    wanted.push(tangent.unwrap_or_else(|| definition.body.constant(vec![0.0; size])));
                }
            }
        }
        let values = OverSteps::new(&definition).of(self, &wanted);
        let (terms, columns) = values.split_at(parts);
        let mut system_operands: Vec<Id> = operands[..parts].to_vec();
        for (&term, size) in terms.iter().zip(&sizes) {
            system_operands.push(match term {
                Given::Each(id) => id,
                Given::Same(id) => self.moved(id, (0..size * steps).map(|place| place % size).collect()),
            });
        }
        system_operands.extend(columns.iter().map(|&(Given::Each(id) | Given::Same(id))| id));
        let has_steps = columns.iter().map(|column| matches!(column, Given::Each(_))).collect();
        let system = System { sizes, has_steps, steps: *steps, from_the_end: *from_the_end, is_masked };
        Some(self.add(Op::LinearSystem(Arc::new(system)), &system_operands, steps * size))
    }

    /// What becomes of some nodes where the parts of the state are 0.
    fn at_zero(&mut self, sizes: &[usize], wanted: &[Id]) -> Vec<Id> {
        let nodes: Vec<Node> = self.nodes().to_vec();
        let mut known: FxHashMap<Id, Id> = FxHashMap::default();
        for (place, node) in nodes.iter().enumerate() {
            let id = self.id_at(place);
            let new = match &node.op {
                &Op::Data(number) if number < sizes.len() => self.constant(vec![0.0; node.size]),
                _ if node.operands.iter().all(|operand| known[operand] == *operand) => id,
                op => {
                    let operands: Vec<Id> = node.operands.iter().map(|operand| known[operand]).collect();
                    let new = self.rewritten(op, &operands, node.size);
                    self.repeated(new, node.size)
                }
            };
            known.insert(id, new);
        }
        wanted.iter().map(|id| known[id]).collect()
    }
}

/// Whether what depends on the state is linear in it, if its operands are.
fn is_linear(node: &Node, is_moving: impl Fn(Id) -> bool) -> bool {
    let moves = |which: usize| is_moving(node.operands[which]);
    match &node.op {
        Op::Data(_)
        | Op::Unary(Unary::Neg)
        | Op::Binary(Binary::Add | Binary::Sub)
        | Op::Move(_)
        | Op::Scatter(..)
        | Op::Join(_)
        | Op::Sum(_)
        | Op::CumSum(..) => true,
        Op::Binary(Binary::Mul) | Op::Masked | Op::MatMul(_) => !(moves(0) && moves(1)),
        Op::Binary(Binary::Div) | Op::Take(_) | Op::TransposedTake(_) => !moves(1),
        Op::Select | Op::TriangularSolve(_) => !moves(0),
        _ => false,
    }
}
