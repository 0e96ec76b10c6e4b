//! Recurrences: sₜ = f(sₜ₋₁, xₜ), where a step makes its state of the one before and of what it is given.
//!
//! What a step does that needs no state before is done for all steps at once, outside of the recurrence, as is what
//! follows from the states when they are known (loop fission). Only the rest is done step by step, and nothing where it
//! is [`linear`].

mod fraction;
mod linear;
mod log_system;
mod over_steps;
mod scalars;
mod system;

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use rustc_hash::FxHashMap;

pub(in crate::program) use self::log_system::{Coefficients, LogSystemForm};
pub(crate) use self::log_system::{LogSystem, LogSystemGradient};
pub(super) use self::over_steps::OverSteps;
pub(super) use self::system::with_systems;
pub(crate) use self::system::{LARGEST_STATE, System};
use super::graph::{Graph, Id, Node, Op};
use crate::tensor::elementwise::{Binary, Unary};

/// The states of all steps, of which each part is an array: those of the parts stand one after the other.
///
/// The operands are the parts of the state before the first step, and then what is given.
#[derive(Clone, Debug)]
pub(crate) struct Recurrence {
    /// One step: data number n are part n of the state before, and those that come after the parts are what is given.
    pub(crate) body: Graph,
    /// The parts of the state after.
    pub(crate) next: Vec<Id>,
    /// Whether each operand that is given has elements for each step, or is the same in all.
    pub(crate) has_steps: Vec<bool>,
    pub(crate) steps: usize,
    /// Whether the last step's elements come first in time.
    pub(crate) from_the_end: bool,
}

impl PartialEq for Recurrence {
    fn eq(&self, other: &Self) -> bool {
        (self.steps, self.from_the_end) == (other.steps, other.from_the_end)
            && (&self.next, &self.has_steps) == (&other.next, &other.has_steps)
            && self.body.nodes() == other.body.nodes()
    }
}

impl Eq for Recurrence {}

impl Hash for Recurrence {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.next, &self.has_steps, self.steps, self.from_the_end, self.body.nodes()).hash(state);
    }
}

impl Recurrence {
    /// Elements of each part of the state.
    pub(crate) fn sizes(&self) -> Vec<usize> {
        self.next.iter().map(|&next| self.body.size(next)).collect()
    }

    /// What is given, of the operands.
    pub(crate) fn given(&self, operands: &[Id]) -> Vec<Given> {
        let given = operands[self.next.len()..].iter().zip(&self.has_steps);
        given.map(|(&id, &has_steps)| if has_steps { Given::Each(id) } else { Given::Same(id) }).collect()
    }

    /// What is known of the body when the states of all steps are, of which each part is an array.
    pub(crate) fn known(&self, states: &[Id]) -> FxHashMap<Id, Given> {
        self.next.iter().zip(states).map(|(&next, &states)| (next, Given::Each(states))).collect()
    }

    /// The array of each part of what all states are, or of what is as large.
    pub(crate) fn parts(&self, graph: &mut Graph, states: Id) -> Vec<Id> {
        let mut first = 0;
        let part = |size: usize| {
            let range = first..first + self.steps * size;
            first = range.end;
            graph.moved(states, range.collect())
        };
        self.sizes().into_iter().map(part).collect()
    }
}

/// What steps are given: elements for each of them, one after the other, or what is the same for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Given {
    Each(Id),
    Same(Id),
}

/// A part of the state: what the body knows it as, what it makes of it, and what it is before the first step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Carry {
    pub(super) data: usize,
    pub(super) next: Id,
    pub(super) initial: Id,
}

/// The body of a recurrence in the making: its graph, whose first data are the parts of the state before, and what it is
/// given besides.
pub(super) struct StepBody {
    pub(super) graph: Graph,
    parts: usize,
    pub(super) given: Vec<Given>,
}

impl StepBody {
    /// A body that has nothing yet but the parts of the state before, which have these sizes.
    pub(super) fn new(sizes: impl IntoIterator<Item = usize>) -> (Self, Vec<Id>) {
        let mut graph = Graph::default();
        let parts: Vec<Id> = sizes.into_iter().enumerate().map(|(part, size)| graph.data(part, size)).collect();
        (Self { graph, parts: parts.len(), given: Vec::new() }, parts)
    }

    /// What is given, with so many elements in each step; once, however often it is needed.
    pub(super) fn given(&mut self, value: Given, size: usize) -> Id {
        let number = self.given.iter().position(|other| *other == value).unwrap_or_else(|| {
            self.given.push(value);
            self.given.len() - 1
        });
        self.graph.data(self.parts + number, size)
    }
}

/// A recurrence in the making.
pub(super) struct Definition {
    pub(super) body: Graph,
    pub(super) carries: Vec<Carry>,
    /// What the other data of the body are, by their number.
    pub(super) given: FxHashMap<usize, Given>,
    /// Nodes of the body that are known for all steps, though they are made of others.
    pub(super) known: FxHashMap<Id, Given>,
    pub(super) steps: usize,
    pub(super) from_the_end: bool,
}

impl Definition {
    /// Whether each node of the body depends on these parts of the state before.
    fn moving(&self, carries: &[usize]) -> Vec<bool> {
        let data: Vec<usize> = carries.iter().map(|&carry| self.carries[carry].data).collect();
        let mut moving: Vec<bool> = Vec::with_capacity(self.body.nodes().len());
        for node in self.body.nodes() {
            moving.push(match &node.op {
                Op::Data(number) => data.contains(number),
                _ => node.operands.iter().any(|operand| moving[operand.place()]),
            });
        }
        moving
    }
}

impl Graph {
    /// The states of a loop of the user's: an array for each part. The recurrence takes the form that the machine does best,
    /// which its gradient has too.
    pub(super) fn loop_states(&mut self, definition: &mut Definition) -> Vec<Id> {
        match self.log_linear_recurrence(definition) {
            Some(arrays) => arrays,
            None => self.recurrence_in_scalars(definition),
        }
    }

    /// The states of all steps: an array for each part. Parts that turn out to need no state before are given afterwards.
    pub(super) fn recurrence(&mut self, definition: &mut Definition) -> Vec<Id> {
        let count = definition.carries.len();
        let mut arrays: Vec<Option<Id>> = vec![None; count];
        let mut rest: Vec<usize> = (0..count).collect();
        // Parts that need no state before are known for all steps, and what is known is no state.
        let moving = loop {
            let moving = definition.moving(&rest);
            let is_known = |&carry: &usize| !moving[definition.carries[carry].next.place()];
            let Some(position) = rest.iter().position(is_known) else { break moving };
            let carry = rest.remove(position);
            let Carry { data, next, initial } = definition.carries[carry];
            let size = definition.body.size(next) * definition.steps;
            let array = match OverSteps::new(definition).of(self, &[next])[0] {
                Given::Each(id) => id,
                Given::Same(id) => self.moved(id, (0..size).map(|k| k % (size / definition.steps)).collect()),
            };
            let before = self.before(array, initial, definition.from_the_end);
            definition.given.insert(data, Given::Each(before));
            arrays[carry] = Some(array);
        };
        if let &[carry] = rest.as_slice()
            && let Some(array) = self.linear(definition, definition.carries[carry], &moving)
        {
            arrays[carry] = Some(array);
        } else if !rest.is_empty() {
            let states = self.step_by_step(definition, &rest, &moving);
            rest.iter().zip(states).for_each(|(&carry, array)| arrays[carry] = Some(array));
        }
        arrays.into_iter().flatten().collect()
    }

    /// The recurrence as an operation, of which the body has nothing that can be done outside.
    fn step_by_step(&mut self, definition: &Definition, carries: &[usize], moving: &[bool]) -> Vec<Id> {
        let Definition { body: source, steps, from_the_end, .. } = definition;
        let carries: Vec<Carry> = carries.iter().map(|&carry| definition.carries[carry]).collect();
        let (mut step, parts) = StepBody::new(carries.iter().map(|carry| source.size(carry.next)));
        let mut known: FxHashMap<Id, Id> = FxHashMap::default();
        let part = |data: usize| carries.iter().position(|carry| carry.data == data).map(|part| parts[part]);
        let is_needed = source.needed(carries.iter().map(|carry| carry.next));
        let is_moving = |id: Id| moving[id.place()];
        // What each step waits for is multiplied, which takes a quarter of the time of a division.
        let inverted = |node: &Node| {
            let is_division = node.op == Op::Binary(Binary::Div);
            (is_division && is_moving(node.operands[0]) && !is_moving(node.operands[1])).then(|| node.operands[1])
        };
        let (mut outside, mut inverses): (Vec<Id>, Vec<Id>) = (Vec::new(), Vec::new());
        for (place, node) in source.nodes().iter().enumerate() {
            if moving[place] && is_needed[place] {
                let inverse = inverted(node);
                inverses.extend(inverse);
                let is_other = |id: &Id| !is_moving(*id) && source.as_constant(*id).is_none() && inverse != Some(*id);
                outside.extend(node.operands.iter().copied().filter(is_other));
            }
        }
        for ids in [&mut outside, &mut inverses] {
            ids.sort_unstable();
            ids.dedup();
        }
        let over = OverSteps::new(definition);
        let values = over.of(self, &outside);
        let inside = |step: &mut StepBody, graph: &Graph, value: Given, size: usize| match value {
            Given::Same(same) if let Some(elements) = graph.as_constant(same) => step.graph.constant(elements.to_vec()),
            _ => step.given(value, size),
        };
        for (&id, value) in outside.iter().zip(values) {
            known.insert(id, inside(&mut step, self, value, source.size(id)));
        }
        let mut inverse_of: FxHashMap<Id, Id> = FxHashMap::default();
        for (&id, value) in inverses.iter().zip(over.of(self, &inverses)) {
            let size = source.size(id);
            let value = self.over_steps(&Op::Unary(Unary::Recip), &[value], size, *steps);
            inverse_of.insert(id, inside(&mut step, self, value, size));
        }
        let body = &mut step.graph;
        for (place, node) in source.nodes().iter().enumerate() {
            let id = source.id_at(place);
            if !is_needed[place] || known.contains_key(&id) {
                continue;
            }
            let new = match &node.op {
                &Op::Data(number) if let Some(part) = part(number) => part,
                Op::Constant(_) => body.add(node.op.clone(), &[], node.size),
                _ if let Some(inverse) = inverted(node).filter(|_| moving[place]) => {
                    let product = body.binary(Binary::Mul, known[&node.operands[0]], inverse_of[&inverse]);
                    body.repeated(product, node.size)
                }
                _ if moving[place] => {
                    let operands: Vec<Id> = node.operands.iter().map(|operand| known[operand]).collect();
                    let new = body.rewritten(&node.op, &operands, node.size);
                    body.repeated(new, node.size)
                }
                _ => continue,
            };
            known.insert(id, new);
        }
        let next: Vec<Id> = carries.iter().map(|carry| known[&carry.next]).collect();
        let StepBody { graph: body, given, .. } = step;
        let has_steps = given.iter().map(|given| matches!(given, Given::Each(_))).collect();
        let recurrence = Recurrence { body, next, has_steps, steps: *steps, from_the_end: *from_the_end };
        let size = *steps * recurrence.sizes().iter().sum::<usize>();
        let given = given.into_iter().map(|(Given::Each(id) | Given::Same(id))| id);
        let operands: Vec<Id> = carries.iter().map(|carry| carry.initial).chain(given).collect();
        let recurrence = Arc::new(recurrence);
        let states = self.add(Op::Recurrence(recurrence.clone()), &operands, size);
        recurrence.parts(self, states)
    }

    /// Which nodes some of them need, themselves included.
    pub(super) fn needed(&self, ids: impl IntoIterator<Item = Id>) -> Vec<bool> {
        let mut is_needed = vec![false; self.nodes().len()];
        ids.into_iter().for_each(|id| is_needed[id.place()] = true);
        for (place, node) in self.nodes().iter().enumerate().rev() {
            if is_needed[place] {
                node.operands.iter().for_each(|operand| is_needed[operand.place()] = true);
            }
        }
        is_needed
    }
}
