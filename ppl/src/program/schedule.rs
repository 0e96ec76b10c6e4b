//! In which order a graph is computed: its numbers one by one, its arrays in loops that pass over them once.
//!
//! Operations on arrays of one length go into one loop if none of them needs the result of another as a whole: a
//! likelihood's value and gradient are one pass over the data. What needs a sum, or an element anywhere in an array, is
//! a level later than it.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use super::graph::{Graph, Id, Op};
use super::instruction::Code;

/// A part of the schedule; each needs earlier ones only.
#[derive(Clone, Debug)]
pub(super) enum Stage {
    /// Operations on numbers, one after the other.
    Numbers(Vec<Id>),
    /// An operation on whole arrays.
    Whole(Id),
    /// Operations that are done together on one block of elements after the other.
    Loop { elements: usize, nodes: Vec<Id> },
}

impl Stage {
    pub(super) fn nodes(&self) -> &[Id] {
        match self {
            Self::Whole(id) => std::slice::from_ref(id),
            Self::Numbers(nodes) | Self::Loop { nodes, .. } => nodes,
        }
    }
}

/// How a node is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It is there: a constant, data, noise, the input, or elements of the input that follow each other.
    Given,
    Number,
    /// Elements of an array, each on its own, in a loop over so many.
    Elements(usize),
    /// Gathered by a loop over so many elements, and known at its end.
    Reduction(usize),
    Whole,
}

/// Whether each element of the output is made of the same element of each operand.
pub(super) fn is_elementwise(op: &Op) -> bool {
    Code::elementwise(op).is_some()
}

pub(super) fn kind(graph: &Graph, id: Id) -> Kind {
    let node = graph.node(id);
    let operand_size = || graph.size(node.operands[0]);
    match &node.op {
        Op::Input | Op::Noise(_) | Op::Data(_) | Op::Constant(_) => Kind::Given,
        Op::Move(map) if is_run(map) && graph.node(node.operands[0]).op == Op::Input => Kind::Given,
        Op::MatVec(_) => Kind::Elements(node.size),
        op if is_elementwise(op) || matches!(op, Op::Move(_)) => match node.size {
            1 => Kind::Number,
            size => Kind::Elements(size),
        },
        Op::Sum((1, _, 1)) | Op::Dot | Op::Scatter(..) | Op::TransposedMatVec(_) => Kind::Reduction(operand_size()),
        _ => Kind::Whole,
    }
}

/// Whether a map takes elements that follow each other.
pub(super) fn is_run(map: &[usize]) -> bool {
    map.iter().enumerate().all(|(element, &place)| place == map[0] + element)
}

/// Whether a node needs its operand as a whole, not element by element as it comes.
pub(super) fn needs_whole(op: &Op) -> bool {
    matches!(op, Op::Move(_) | Op::MatVec(_))
}

/// The stages that compute all nodes of a graph, of which the roots are read afterwards.
pub(super) fn schedule(graph: &Graph, roots: &[Id]) -> Vec<Stage> {
    let ids: Vec<Id> = (0..graph.nodes().len()).map(|place| graph.id_at(place)).collect();
    let kinds: Vec<Kind> = ids.iter().map(|&id| kind(graph, id)).collect();
    let mut levels: Vec<usize> = Vec::with_capacity(ids.len());
    for &id in &ids {
        let node = graph.node(id);
        let own = kinds[id.place()];
        let after = |operand: &Id| {
            let is_streamed = match (own, kinds[operand.place()]) {
                (Kind::Elements(n) | Kind::Reduction(n), Kind::Elements(m)) => n == m && !needs_whole(&node.op),
                (_, Kind::Given | Kind::Number) | (Kind::Whole, Kind::Whole) => true,
                _ => false,
            };
            levels[operand.place()] + usize::from(!is_streamed)
        };
        levels.push(node.operands.iter().map(after).max().unwrap_or(0));
    }
    delay(graph, roots, &kinds, &mut levels);

    let mut numbers: BTreeMap<usize, Vec<Id>> = BTreeMap::new();
    let mut wholes: BTreeMap<usize, Vec<Id>> = BTreeMap::new();
    let mut loops: BTreeMap<(usize, usize), Vec<Id>> = BTreeMap::new();
    for &id in &ids {
        let level = levels[id.place()];
        match kinds[id.place()] {
            Kind::Given => {}
            Kind::Number => numbers.entry(level).or_default().push(id),
            Kind::Whole => wholes.entry(level).or_default().push(id),
            Kind::Elements(elements) | Kind::Reduction(elements) => {
                loops.entry((level, elements)).or_default().push(id);
            }
        }
    }
    let mut stages = Vec::new();
    for level in 0..=levels.iter().copied().max().unwrap_or(0) {
        stages.extend(numbers.remove(&level).map(Stage::Numbers));
        stages.extend(wholes.remove(&level).unwrap_or_default().into_iter().map(Stage::Whole));
        let of_level: Vec<(usize, usize)> = loops.range((level, 0)..(level + 1, 0)).map(|(&key, _)| key).collect();
        stages.extend(of_level.into_iter().filter_map(|key| {
            let nodes = loops.remove(&key)?;
            Some(Stage::Loop { elements: key.1, nodes })
        }));
    }
    stages
}

/// Moves elements to the level where they are needed first, if all that they are made of can go with them: they need
/// not be kept between two loops then.
fn delay(graph: &Graph, roots: &[Id], kinds: &[Kind], levels: &mut [usize]) {
    let mut users: Vec<Vec<Id>> = vec![Vec::new(); kinds.len()];
    for (place, node) in graph.nodes().iter().enumerate() {
        node.operands.iter().for_each(|operand| users[operand.place()].push(graph.id_at(place)));
    }
    let roots: FxHashSet<Id> = roots.iter().copied().collect();
    for place in (0..kinds.len()).rev() {
        let id = graph.id_at(place);
        let Kind::Elements(elements) = kinds[place] else { continue };
        let is_streamed_to = |user: &Id| {
            let is_here = matches!(kinds[user.place()], Kind::Elements(n) | Kind::Reduction(n) if n == elements);
            is_here && !needs_whole(&graph.node(*user).op)
        };
        if roots.contains(&id) || !users[place].iter().all(is_streamed_to) {
            continue;
        }
        let Some(first) = users[place].iter().map(|user| levels[user.place()]).min() else { continue };
        let goes_along = |operand: &Id| match kinds[operand.place()] {
            Kind::Elements(n) if n == elements && !needs_whole(&graph.node(id).op) => {
                users[operand.place()].iter().all(|user| *user == id || levels[user.place()] >= first)
            }
            _ => true,
        };
        if first > levels[place] && graph.node(id).operands.iter().all(goes_along) {
            levels[place] = first;
        }
    }
}
