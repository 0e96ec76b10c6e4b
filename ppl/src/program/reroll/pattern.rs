//! Finding the loops: operations that repeat, with operands that are shifted.

use std::hash::BuildHasher;
use std::ops::Range;

use rustc_hash::{FxBuildHasher, FxHashMap};
use smallvec::SmallVec;

use super::interruption::{Interruptions, LONGEST_INTERRUPTION};
use super::repeats::Repeats;
use crate::program::graph::{Graph, Id, Node, Op};

/// Fewer iterations are as fast one by one.
pub(super) const FEWEST_ITERATIONS: usize = 16;
/// A body has at most so many operations.
const LONGEST_BODY: usize = 512;
/// So many follow each other before something may interrupt them.
const FEWEST_IN_A_ROW: usize = 4;
/// Operations in a row that come again where an iteration begins: a single one often comes more than once within a body.
const WINDOW: usize = 4;
/// Periods that are tried at a position, of those by which the kinds of operations repeat.
const TRIES: usize = 8;

/// No position.
const NONE: u32 = u32::MAX;

/// A recorded graph as a sequence of operations; constants and movements of elements belong to those that need them.
pub(super) struct Recording<'a> {
    pub(super) raw: &'a Graph,
    pub(super) sequence: Vec<Id>,
    /// The place of each node in the sequence.
    position: Vec<u32>,
    pub(super) is_needed: Vec<bool>,
    /// How often each node is an operand of what is needed, or a result.
    pub(super) uses: Vec<u32>,
    /// How often two operations were compared.
    #[cfg(test)]
    pub(super) compared: std::cell::Cell<usize>,
}

/// Operations that repeat: operation `j` of iteration `t` is at `start + t · period + j` of the sequence.
pub(super) struct Loop {
    pub(super) start: usize,
    pub(super) period: usize,
    pub(super) iterations: usize,
}

/// What an operand of a body's operation may be, over the iterations: constants, something from before the loop, or always
/// the operation so far back.
type Operand = u8;
const CONSTANT: Operand = 1;
const OUTSIDE: Operand = 2;
const INSIDE: Operand = 4;
const ANY: Operand = CONSTANT | OUTSIDE | INSIDE;

/// How often the operations from a position on repeat, and what is between them.
struct Repetition {
    iterations: usize,
    interruptions: Interruptions,
}

impl<'a> Recording<'a> {
    pub(super) fn new(raw: &'a Graph, outputs: &[Id]) -> Self {
        let count = raw.nodes().len();
        let (mut sequence, mut position) = (Vec::new(), vec![NONE; count]);
        let (mut is_needed, mut uses) = (vec![false; count], vec![0_u32; count]);
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
                position[place] = sequence.len() as u32;
                sequence.push(raw.id_at(place));
            }
        }
        Self {
            raw,
            sequence,
            position,
            is_needed,
            uses,
            #[cfg(test)]
            compared: std::cell::Cell::new(0),
        }
    }

    /// The operation that an operand's elements come from, and which.
    pub(super) fn source(&self, id: Id) -> (Id, Option<&'a [usize]>) {
        match &self.raw.node(id).op {
            Op::Move(map) => (self.raw.node(id).operands[0], Some(map)),
            _ => (id, None),
        }
    }

    /// The place of a node in the sequence, if it has one.
    pub(super) fn position(&self, id: Id) -> Option<usize> {
        let position = self.position[id.place()];
        (position != NONE).then_some(position as usize)
    }

    /// Operations that repeat, first to last. What interrupts them goes behind them.
    pub(super) fn loops(&mut self) -> Vec<Loop> {
        let mut loops = Vec::new();
        self.loops_within(0..self.sequence.len(), &mut loops);
        loops
    }

    fn loops_within(&mut self, range: Range<usize>, loops: &mut Vec<Loop>) {
        let hash = |&id: &Id| {
            let node = self.raw.node(id);
            FxBuildHasher.hash_one((&node.op, node.size, node.operands.len()))
        };
        let kinds: Vec<u64> = self.sequence[range.clone()].iter().map(hash).collect();
        let repeats = Repeats::new(&kinds, range.start);
        // Where the same operations come next.
        let mut next = vec![NONE; kinds.len()];
        let mut last: FxHashMap<&[u64], u32> = FxHashMap::default();
        for place in (0..kinds.len()).rev() {
            let window = &kinds[place..kinds.len().min(place + WINDOW)];
            if let Some(later) = last.insert(window, (range.start + place) as u32) {
                next[place] = later;
            }
        }
        drop(last);
        let mut start = range.start;
        while start < range.end {
            let Some((found, interruptions)) = self.longest(start, &repeats, &next, range.clone()) else {
                start += 1;
                continue;
            };
            let (first, end) = (start, found.start + found.period * found.iterations);
            loops.push(found);
            start = end + interruptions.total();
            if start > end {
                interruptions.set_aside(&mut self.sequence[..start], first);
                for place in first..start {
                    self.position[self.sequence[place].place()] = place as u32;
                }
                // The last time comes after the loop. What begins there may be longer than it is seen here.
                let (known, behind) = (loops.len(), start);
                self.loops_within(end..range.end.min(behind + LONGEST_BODY), loops);
                while loops.len() > known && loops.last().is_some_and(|last| last.start >= behind) {
                    loops.pop();
                }
                if let Some(last) = loops[known..].last() {
                    start = start.max(last.start + last.period * last.iterations);
                }
            }
        }
    }

    /// The loop that begins at a position and has most operations.
    fn longest(
        &self,
        start: usize,
        repeats: &Repeats,
        next: &[u32],
        range: Range<usize>,
    ) -> Option<(Loop, Interruptions)> {
        let mut best: Option<(Loop, Interruptions)> = None;
        let (mut other, mut tries) = (next[start - range.start], 0);
        let longest = LONGEST_BODY.min((range.end - start) / FEWEST_ITERATIONS);
        while other != NONE && other as usize - start <= longest && tries < TRIES {
            let period = other as usize - start;
            other = next[other as usize - range.start];
            // A multiple of a period is one as well.
            let is_covered = best.as_ref().is_some_and(|(best, _)| {
                period.is_multiple_of(best.period) && FEWEST_ITERATIONS * period <= best.period * best.iterations
            });
            // Operations come more than once within a body, as in the stages of a Runge-Kutta step, but a body does not.
            if is_covered || !repeats.is_repeated(start, period, FEWEST_IN_A_ROW) {
                continue;
            }
            tries += 1;
            let Repetition { iterations, interruptions } = self.repetition((start, period), repeats, range.end);
            let length = |found: &Loop| found.period * found.iterations;
            let found = Loop { start, period, iterations };
            if iterations >= FEWEST_ITERATIONS && best.as_ref().is_none_or(|(best, _)| length(best) < length(&found)) {
                best = Some((found, interruptions));
            }
        }
        best
    }

    /// How often the operations from `start` on repeat before `end`.
    fn repetition(&self, (start, period): (usize, usize), repeats: &Repeats, end: usize) -> Repetition {
        let mut interruptions = Interruptions::default();
        let mut kinds: Vec<Operand> = Vec::new();
        let mut offsets: Vec<usize> = Vec::with_capacity(period);
        // An operation, that of the next iteration, and how many were compared before.
        let (mut own, mut later, mut count) = (start, start + period, 0);
        let mut passed = 0;
        while later < end {
            if let Some(interruption) = interruptions.get(passed).filter(|interruption| interruption.start == own) {
                own = interruption.end;
                passed += 1;
            }
            let node = self.node(own);
            if count < period {
                offsets.push(kinds.len());
                kinds.extend(node.operands.iter().map(|_| ANY));
            }
            let kinds = &mut kinds[offsets[count % period]..][..node.operands.len()];
            let is_repeated = |later: usize, interruptions: &Interruptions| {
                let shared = self.compare(start, period, [own, later], interruptions)?;
                let shared: SmallVec<[Operand; 4]> = kinds.iter().zip(shared).map(|(kind, own)| kind & own).collect();
                (!shared.contains(&0)).then_some(shared)
            };
            if let Some(shared) = is_repeated(later, &interruptions) {
                kinds.copy_from_slice(&shared);
                own += 1;
                later += 1;
                count += 1;
                continue;
            }
            // Before each interruption there are iterations without one.
            let in_a_row = match interruptions.end() {
                None => FEWEST_IN_A_ROW * period,
                Some(_) => period,
            };
            if later - interruptions.end().unwrap_or(start) < in_a_row {
                break;
            }
            let resumes = |&at: &usize| {
                repeats.is_same(later - period, at, period) && {
                    let mut interruptions = interruptions.clone();
                    interruptions.push(later, at);
                    is_repeated(at, &interruptions).is_some()
                }
            };
            let Some(at) = (later + 1..end.min(later + LONGEST_INTERRUPTION + 1)).find(resumes) else { break };
            interruptions.push(later, at);
            later = at;
        }
        let iterations = 1 + count / period;
        interruptions.keep_before(start + period * iterations);
        Repetition { iterations, interruptions }
    }

    fn node(&self, position: usize) -> &'a Node {
        self.raw.node(self.sequence[position])
    }

    /// What the operands of an operation and of that of the next iteration have in common; nothing if these are not the same
    /// operation.
    fn compare(
        &self,
        start: usize,
        period: usize,
        positions: [usize; 2],
        interruptions: &Interruptions,
    ) -> Option<SmallVec<[Operand; 4]>> {
        #[cfg(test)]
        self.compared.set(self.compared.get() + 1);
        let [node, later] = positions.map(|position| self.node(position));
        if node.op != later.op || node.size != later.size || node.operands.len() != later.operands.len() {
            return None;
        }
        let is_constant = |id: Id| self.raw.as_constant(id).is_some();
        let is_before = |id: Id| !is_constant(id) && self.position(id).is_none_or(|position| position < start);
        let pairs = node.operands.iter().zip(&later.operands);
        Some(
            pairs
                .map(|(&a, &b)| {
                    let is_same_size = self.raw.size(a) == self.raw.size(b);
                    let ((a_source, a_map), (b_source, b_map)) = (self.source(a), self.source(b));
                    let mut shared = 0;
                    if is_same_size && is_constant(a) && is_constant(b) {
                        shared |= CONSTANT;
                    }
                    if is_same_size && is_before(a_source) && is_before(b_source) {
                        shared |= OUTSIDE;
                    }
                    let position = |id: Id| interruptions.without(self.position(id)?);
                    if let (Some(a), Some(b)) = (position(a_source), position(b_source))
                        && a + period == b
                        && a_map == b_map
                    {
                        shared |= INSIDE;
                    }
                    shared
                })
                .collect(),
        )
    }
}
