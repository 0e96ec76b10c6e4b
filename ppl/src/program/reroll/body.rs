//! The body of a loop: its operations, which of them need each other, and what they carry on.

use std::collections::BTreeMap;

use super::components::components;
use super::pattern::{FEWEST_ITERATIONS, Loop, Recording};
use crate::program::graph::{Id, Node, Op};
use crate::program::recurrence::Given;
use crate::tensor::elementwise::{Binary, Unary};

/// The operations of a loop's body, by their place in it.
pub(super) struct Body<'a> {
    recording: &'a Recording<'a>,
    pub(super) start: usize,
    pub(super) period: usize,
    pub(super) iterations: usize,
    /// What each operation is for all iterations, as far as that is known.
    pub(super) rows: Vec<Option<Given>>,
}

/// Operations of a body that need each other, or one alone.
pub(super) struct Group {
    pub(super) rows: Vec<usize>,
    pub(super) is_recurrent: bool,
}

impl<'a> Body<'a> {
    pub(super) fn new(recording: &'a Recording<'a>, found: &Loop) -> Self {
        let &Loop { start, period, iterations } = found;
        Self { recording, start, period, iterations, rows: vec![None; period] }
    }

    pub(super) fn id(&self, row: usize, iteration: usize) -> Id {
        self.recording.sequence[self.start + iteration * self.period + row]
    }

    pub(super) fn node(&self, row: usize) -> &'a Node {
        self.recording.raw.node(self.id(row, 0))
    }

    pub(super) fn size(&self, row: usize) -> usize {
        self.node(row).size
    }

    pub(super) fn operand(&self, row: usize, which: usize, iteration: usize) -> Id {
        self.recording.raw.node(self.id(row, iteration)).operands[which]
    }

    /// The operation of the body that an operand is, and how many iterations before.
    pub(super) fn inside(&self, row: usize, which: usize) -> Option<(usize, usize)> {
        let at = |iteration: usize| {
            let (source, map) = self.recording.source(self.operand(row, which, iteration));
            self.recording.position(source).map(|position| (position, map))
        };
        let (position, map) = at(self.iterations - 1)?;
        if position < self.start || at(self.iterations - 2) != Some((position.checked_sub(self.period)?, map)) {
            return None;
        }
        let source = (position - self.start) % self.period;
        let iteration = (position - self.start) / self.period;
        // The loop's first operands of this kind are from before it, where they have a place if there was one.
        let back = self.iterations - 1 - iteration;
        (self.start + source >= back * self.period).then_some((source, back))
    }

    /// The operations in an order in which each group can be done for all iterations after those before it.
    pub(super) fn groups(&self) -> Vec<Group> {
        let operands: Vec<Vec<(usize, usize)>> = (0..self.period)
            .map(|row| (0..self.node(row).operands.len()).filter_map(|which| self.inside(row, which)).collect())
            .collect();
        let rows: Vec<Vec<usize>> =
            operands.iter().map(|operands| operands.iter().map(|&(source, _)| source).collect()).collect();
        components(&rows)
            .into_iter()
            .map(|mut rows| {
                rows.sort_unstable();
                let needs_itself = |row: &usize| operands[*row].iter().any(|(source, _)| rows.contains(source));
                let is_recurrent = rows.len() > 1 || rows.iter().any(needs_itself);
                Group { rows, is_recurrent }
            })
            .collect()
    }

    /// The loop that begins at the operation where least is carried over from one iteration to the next: where the first
    /// one was found is chance. What comes before that operation the first time, and after it the last time, is outside.
    pub(super) fn turned(&self) -> Loop {
        let &Self { start, period, iterations, .. } = self;
        let mut needs: Vec<(usize, usize, usize)> = Vec::new();
        for Group { rows, .. } in self.groups().into_iter().filter(|group| group.is_recurrent) {
            for &row in &rows {
                let inside = (0..self.node(row).operands.len()).filter_map(|which| self.inside(row, which));
                needs.extend(
                    inside.filter(|(source, _)| rows.contains(source)).map(|(source, back)| (row, source, back)),
                );
            }
        }
        // Elements that are carried over, and what speaks against the operations that they are results of.
        let carried = |first: usize| -> (usize, usize) {
            let mut furthest = vec![0; period];
            for &(row, source, back) in &needs {
                let back = back + usize::from(source < first) - usize::from(row < first);
                furthest[source] = back.max(furthest[source]);
            }
            let carried = || furthest.iter().enumerate().filter(|&(_, &back)| back > 0);
            let elements = carried().map(|(row, back)| self.size(row) * back).sum();
            (elements, carried().map(|(row, _)| reluctance(&self.node(row).op)).sum())
        };
        let best = if needs.len() > 1 { (0..period).min_by_key(|&first| carried(first)).unwrap_or(0) } else { 0 };
        if best == 0 || iterations == FEWEST_ITERATIONS {
            return Loop { start, period, iterations };
        }
        // What is behind the loop that was found may be another one's.
        Loop { start: start + best, period, iterations: iterations - 1 }
    }

    /// What an operation was so many iterations before the first.
    pub(super) fn before(&self, row: usize, back: usize) -> Id {
        self.recording.sequence[self.start + row - back * self.period]
    }

    /// What some operations need of the iterations before: the values of which of them, and from how far back.
    pub(super) fn state(&self, rows: &[usize]) -> Vec<(usize, usize)> {
        let mut furthest = BTreeMap::new();
        for &row in rows {
            for which in 0..self.node(row).operands.len() {
                if let Some((source, back)) = self.inside(row, which)
                    && back > 0
                    && rows.contains(&source)
                {
                    let own = furthest.entry(source).or_insert(back);
                    *own = back.max(*own);
                }
            }
        }
        furthest.into_iter().flat_map(|(source, furthest)| (1..=furthest).map(move |back| (source, back))).collect()
    }

    /// Whether nothing but the next iteration needs an operation's values, but for the last.
    pub(super) fn only_last_is_needed(&self, row: usize) -> bool {
        (0..self.iterations - 1).all(|iteration| self.recording.uses[self.id(row, iteration).place()] == 1)
    }
}

/// How little an operation's result is wanted as a state. A state is known afterwards, so that what takes long is better
/// one than done once more. Where there is a root, the recurrence of what it is taken of may be linear.
fn reluctance(op: &Op) -> usize {
    const CHEAP: usize = 1;

    match op {
        Op::Unary(Unary::Sqrt) => 2,
        Op::Unary(Unary::Neg | Unary::Abs | Unary::Square | Unary::Recip | Unary::Sign | Unary::Floor) => CHEAP,
        Op::Unary(_)
        | Op::Binary(Binary::Pow | Binary::Xlogy | Binary::Xlog1py | Binary::Lbeta | Binary::LogOwensTComplement)
        | Op::Cumulative(_)
        | Op::LogSumExp(_)
        | Op::MatMul(_)
        | Op::Cholesky(_)
        | Op::TriangularSolve(_)
        | Op::LogAbsDeterminant(_)
        | Op::InverseTranspose(_)
        | Op::Transform(_)
        | Op::Sparse(..)
        | Op::SparseSolve(_) => 0,
        _ => CHEAP,
    }
}
