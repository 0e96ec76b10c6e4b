//! Finding the loops: operations that repeat, with operands that are shifted.

use std::hash::BuildHasher;

use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::program::graph::{Graph, Id, Node, Op};

/// Fewer iterations are as fast one by one.
pub(super) const FEWEST_ITERATIONS: usize = 16;
/// A body has at most so many operations.
const LONGEST_BODY: usize = 512;
/// Operations in a row that come again where an iteration begins: a single one often comes more than once within a body.
const WINDOW: usize = 4;
/// Later positions of a body's first operations that are tried.
const TRIES: usize = 8;

/// A recorded graph as a sequence of operations; constants and movements of elements belong to those that need them.
pub(super) struct Recording<'a> {
    pub(super) raw: &'a Graph,
    pub(super) sequence: Vec<Id>,
    /// The place of each node in the sequence.
    pub(super) position: Vec<Option<usize>>,
    pub(super) is_needed: Vec<bool>,
    /// How often each node is an operand of what is needed, or a result.
    pub(super) uses: Vec<usize>,
}

/// Operations that repeat: operation `j` of iteration `t` is at `start + t · period + j` of the sequence.
pub(super) struct Loop {
    pub(super) start: usize,
    pub(super) period: usize,
    pub(super) iterations: usize,
}

/// What the operands of one operation of a body are, over the iterations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Operand {
    /// Constants.
    is_constant: bool,
    /// From before the loop.
    is_outside: bool,
    /// Always the operation so far back.
    is_inside: bool,
}

impl<'a> Recording<'a> {
    pub(super) fn new(raw: &'a Graph, outputs: &[Id]) -> Self {
        let count = raw.nodes().len();
        let (mut sequence, mut position) = (Vec::new(), vec![None; count]);
        let (mut is_needed, mut uses) = (vec![false; count], vec![0; count]);
        for output in outputs {
            is_needed[output.place()] = true;
            uses[output.place()] += 1;
        }
        for (place, node) in raw.nodes().iter().enumerate().rev() {
            if is_needed[place] {
                for operand in &node.operands {
                    is_needed[operand.place()] = true;
                    uses[operand.place()] += 1;
                }
            }
        }
        for (place, node) in raw.nodes().iter().enumerate() {
            let is_given = matches!(node.op, Op::Constant(_) | Op::Input | Op::Noise(_) | Op::Data(_));
            if is_needed[place] && !is_given && !matches!(node.op, Op::Move(_)) {
                position[place] = Some(sequence.len());
                sequence.push(raw.id_at(place));
            }
        }
        Self { raw, sequence, position, is_needed, uses }
    }

    /// The operation that an operand's elements come from, and which.
    pub(super) fn source(&self, id: Id) -> (Id, Option<&'a [usize]>) {
        match &self.raw.node(id).op {
            Op::Move(map) => (self.raw.node(id).operands[0], Some(map)),
            _ => (id, None),
        }
    }

    /// Operations that repeat, first to last.
    pub(super) fn loops(&self) -> Vec<Loop> {
        let hash = |&id: &Id| {
            let node = self.raw.node(id);
            FxBuildHasher.hash_one((&node.op, node.size, node.operands.len()))
        };
        let kinds: Vec<u64> = self.sequence.iter().map(hash).collect();
        // Where the same operations come next.
        let mut next = vec![usize::MAX; self.sequence.len()];
        let mut last = FxHashMap::default();
        for position in (0..self.sequence.len()).rev() {
            let window = &kinds[position..kinds.len().min(position + WINDOW)];
            if let Some(later) = last.insert(window, position) {
                next[position] = later;
            }
        }
        let mut loops = Vec::new();
        let mut start = 0;
        while start < self.sequence.len() {
            let mut best: Option<Loop> = None;
            let mut other = next[start];
            for _ in 0..TRIES {
                if other == usize::MAX || other - start > LONGEST_BODY {
                    break;
                }
                let period = other - start;
                let iterations = self.iterations(start, period);
                let length = |found: &Loop| found.period * found.iterations;
                let found = Loop { start, period, iterations };
                if iterations >= FEWEST_ITERATIONS && best.as_ref().is_none_or(|best| length(best) < length(&found)) {
                    best = Some(found);
                }
                other = next[other];
            }
            start = match best {
                Some(found) => {
                    let end = found.start + found.period * found.iterations;
                    loops.push(found);
                    end
                }
                None => start + 1,
            };
        }
        loops
    }

    /// How often the operations from `start` on repeat.
    fn iterations(&self, start: usize, period: usize) -> usize {
        let mut kinds: Vec<Operand> = Vec::new();
        let mut offsets: Vec<usize> = Vec::with_capacity(period);
        let mut position = start;
        while position + period < self.sequence.len() {
            let row = (position - start) % period;
            let (node, later) = (self.node(position), self.node(position + period));
            if node.op != later.op || node.size != later.size || node.operands.len() != later.operands.len() {
                break;
            }
            if position < start + period {
                offsets.push(kinds.len());
                kinds.extend(node.operands.iter().map(|_| Operand {
                    is_constant: true,
                    is_outside: true,
                    is_inside: true,
                }));
            }
            let kinds = &mut kinds[offsets[row]..][..node.operands.len()];
            let pairs = node.operands.iter().zip(&later.operands);
            let is_repeated = kinds.iter_mut().zip(pairs).all(|(kind, (&a, &b))| {
                let pair = self.compare(start, period, a, b);
                kind.is_constant &= pair.is_constant;
                kind.is_outside &= pair.is_outside;
                kind.is_inside &= pair.is_inside;
                kind.is_constant || kind.is_outside || kind.is_inside
            });
            if !is_repeated {
                break;
            }
            position += 1;
        }
        1 + (position - start) / period
    }

    fn node(&self, position: usize) -> &'a Node {
        self.raw.node(self.sequence[position])
    }

    /// What an operand and that of the next iteration have in common.
    fn compare(&self, start: usize, period: usize, a: Id, b: Id) -> Operand {
        let is_same_size = self.raw.size(a) == self.raw.size(b);
        let is_constant = |id: Id| self.raw.as_constant(id).is_some();
        let ((a_source, a_map), (b_source, b_map)) = (self.source(a), self.source(b));
        let position = |id: Id| self.position[id.place()];
        let is_before = |id: Id| !is_constant(id) && position(id).is_none_or(|position| position < start);
        Operand {
            is_constant: is_same_size && is_constant(a) && is_constant(b),
            is_outside: is_same_size && is_before(a_source) && is_before(b_source),
            is_inside: match (position(a_source), position(b_source)) {
                (Some(a), Some(b)) => a + period == b && a_map == b_map,
                _ => false,
            },
        }
    }
}
