//! Loops of the recorded function, found again.
//!
//! A loop of the user's function is recorded as its body's operations over and over, most of them on numbers. Here the
//! body is found as a pattern that repeats, and each of its operations done for all iterations at once, on an array with
//! an element for each. What an iteration needs of the one before is a recurrence: where it is linear it becomes
//! [`Op::LinearRecurrence`], otherwise its operations, and no others, stay one after the other (loop fission; Allen and
//! Kennedy 2001, "Optimizing Compilers for Modern Architectures", section 6.2).

use std::collections::HashMap;

use super::graph::{Around, Graph, Id, Op};
use crate::tensor::elementwise::{Binary, Unary};

/// Fewer iterations are as fast one by one.
const FEWEST_ITERATIONS: usize = 16;
/// A body has at most so many operations.
const LONGEST_BODY: usize = 512;
/// So many later places of a body's first operation are tried.
const TRIES: usize = 6;

/// The graph of a recording, with its loops rerolled and its operations rewritten.
pub(super) fn reroll(raw: &Graph, outputs: &[Id]) -> (Graph, Vec<Id>) {
    let recording = Recording::new(raw, outputs);
    let loops = recording.loops();
    let mut rerolling =
        Rerolling { recording: &recording, graph: Graph::default(), known: vec![None; raw.nodes().len()] };
    let mut next = loops.iter().peekable();
    let mut place = 0;
    while place < raw.nodes().len() {
        if let Some(found) = next.next_if(|found| recording.sequence[found.start] == raw.id_at(place)) {
            rerolling.reroll(found);
            // Movements and constants between the loop's operations come when they are needed.
            place = recording.sequence[found.start + found.period * found.iterations - 1].place() + 1;
            continue;
        }
        let id = raw.id_at(place);
        if recording.is_needed[place] && rerolling.known[place].is_none() {
            rerolling.one(id);
        }
        place += 1;
    }
    let outputs = outputs.iter().map(|&output| rerolling.get(output)).collect();
    (rerolling.graph, outputs)
}

/// A recorded graph as a sequence of operations; constants and movements of elements belong to those that need them.
struct Recording<'a> {
    raw: &'a Graph,
    sequence: Vec<Id>,
    /// The place of each node in the sequence.
    position: Vec<Option<usize>>,
    is_needed: Vec<bool>,
    /// How often each node is an operand of what is needed, or a result.
    uses: Vec<usize>,
}

/// Operations that repeat: operation `j` of iteration `t` is at `start + t · period + j` of the sequence.
struct Loop {
    start: usize,
    period: usize,
    iterations: usize,
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
    fn new(raw: &'a Graph, outputs: &[Id]) -> Self {
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
            if is_needed[place] && !matches!(node.op, Op::Constant(_) | Op::Move(_) | Op::Input | Op::Noise(_)) {
                position[place] = Some(sequence.len());
                sequence.push(raw.id_at(place));
            }
        }
        Self { raw, sequence, position, is_needed, uses }
    }

    /// The operation that an operand's elements come from, and which.
    fn source(&self, id: Id) -> (Id, Option<&'a [usize]>) {
        match &self.raw.node(id).op {
            Op::Move(map) => (self.raw.node(id).operands[0], Some(map)),
            _ => (id, None),
        }
    }

    /// Operations that repeat, first to last.
    fn loops(&self) -> Vec<Loop> {
        let signature = |id: Id| {
            let node = self.raw.node(id);
            (std::mem::discriminant(&node.op), node.size, node.operands.len())
        };
        // The next operation of the same kind.
        let mut next = vec![usize::MAX; self.sequence.len()];
        let mut last = HashMap::new();
        for (position, &id) in self.sequence.iter().enumerate().rev() {
            if let Some(later) = last.insert(signature(id), position) {
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

    fn node(&self, position: usize) -> &'a super::graph::Node {
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

/// A node of the recording in the new graph.
#[derive(Clone, Copy, Debug)]
enum Known {
    Node(Id),
    /// So many elements of an array, from one on.
    Elements {
        array: Id,
        first: usize,
        count: usize,
    },
}

/// An operation of a body, for all iterations: an array, or what is the same in all.
#[derive(Clone, Copy, Debug)]
enum Row {
    Array(Id),
    Invariant(Id),
    /// Not known as a whole: iteration by iteration.
    Single,
}

struct Rerolling<'a> {
    recording: &'a Recording<'a>,
    graph: Graph,
    known: Vec<Option<Known>>,
}

impl Rerolling<'_> {
    /// A node of the recording in the new graph.
    fn get(&mut self, id: Id) -> Id {
        if self.known[id.place()].is_none() {
            self.one(id);
        }
        match self.known[id.place()] {
            Some(Known::Node(node)) => node,
            Some(Known::Elements { array, first, count }) => {
                let node = self.graph.moved(array, (first..first + count).collect());
                self.known[id.place()] = Some(Known::Node(node));
                node
            }
            None => unreachable!("a node comes after its operands"),
        }
    }

    /// Adds one operation as it is.
    fn one(&mut self, id: Id) {
        let node = self.recording.raw.node(id);
        let operands: Vec<Id> = node.operands.iter().map(|&operand| self.get(operand)).collect();
        let new = if node.op == Op::Input {
            self.graph.input(node.size)
        } else {
            self.graph.rewritten(&node.op, &operands, node.size)
        };
        // A constant may have come of it, seen by all.
        let new = if self.graph.size(new) == node.size { new } else { self.graph.repeated(new, node.size) };
        self.known[id.place()] = Some(Known::Node(new));
    }

    fn reroll(&mut self, found: &Loop) {
        let mut body = Body::new(self.recording, found);
        for group in body.groups() {
            if group.is_recurrent {
                if !self.linear(&mut body, &group.rows) {
                    self.one_by_one(&mut body, &group.rows);
                }
            } else {
                for row in group.rows {
                    self.row(&mut body, row);
                }
            }
        }
    }

    /// Notes what an operation is for all iterations.
    fn set(&mut self, body: &mut Body<'_>, row: usize, value: Row) {
        let size = body.size(row);
        body.rows[row] = Some(value);
        for iteration in 0..body.iterations {
            let known = match value {
                Row::Array(array) => Known::Elements { array, first: iteration * size, count: size },
                Row::Invariant(id) => Known::Node(id),
                Row::Single => continue,
            };
            self.known[body.id(row, iteration).place()] = Some(known);
        }
    }

    /// The operands of one operation over all iterations, one after the other; an array, or what is the same in all.
    fn operand(&mut self, body: &Body<'_>, row: usize, which: usize) -> Row {
        if let Some((source, back)) = body.inside(row, which)
            && let Some(value) = body.rows[source]
            && let (_, map) = self.recording.source(body.operand(row, which, 0))
        {
            match value {
                Row::Invariant(id) if back == 0 && map.is_none() => return Row::Invariant(id),
                Row::Array(array) => {
                    let size = body.size(source);
                    let shifted = self.shifted(body, array, source, back);
                    let Some(map) = map else { return Row::Array(shifted) };
                    let map = (0..body.iterations)
                        .flat_map(|iteration| map.iter().map(move |place| iteration * size + place))
                        .collect();
                    return Row::Array(self.graph.moved(shifted, map));
                }
                _ => {}
            }
        }
        let parts: Vec<Id> =
            (0..body.iterations).map(|iteration| self.get(body.operand(row, which, iteration))).collect();
        if parts.iter().all(|part| *part == parts[0]) {
            return Row::Invariant(parts[0]);
        }
        let sizes: Vec<usize> = parts.iter().map(|&part| self.graph.size(part)).collect();
        let size = sizes.iter().sum();
        Row::Array(self.graph.join(&parts, sizes, size))
    }

    /// The values of an operation so many iterations before.
    fn shifted(&mut self, body: &Body<'_>, array: Id, source: usize, back: usize) -> Id {
        if back == 0 {
            return array;
        }
        let (size, iterations) = (body.size(source), body.iterations);
        let mut parts: Vec<Id> = (0..back)
            .map(|early| self.recording.sequence[body.start + source + early * body.period - back * body.period])
            .collect();
        parts.iter_mut().for_each(|part| *part = self.get(*part));
        let kept = (iterations - back) * size;
        parts.push(self.graph.moved(array, (0..kept).collect()));
        let mut sizes = vec![size; back];
        sizes.push(kept);
        self.graph.join(&parts, sizes, iterations * size)
    }

    /// One operation for all iterations.
    fn row(&mut self, body: &mut Body<'_>, row: usize) {
        let node = body.node(row);
        let operands: Vec<Row> = (0..node.operands.len()).map(|which| self.operand(body, row, which)).collect();
        let all_invariant: Option<Vec<Id>> =
            operands.iter().map(|operand| if let Row::Invariant(id) = operand { Some(*id) } else { None }).collect();
        if let Some(operands) = all_invariant {
            let id = self.graph.rewritten(&node.op, &operands, node.size);
            let id = if self.graph.size(id) == node.size { id } else { self.graph.repeated(id, node.size) };
            return self.set(body, row, Row::Invariant(id));
        }
        let Some(op) = for_iterations(&node.op, body.iterations) else {
            return self.one_by_one(body, &[row]);
        };
        let is_elementwise = matches!(op, Op::Unary(_) | Op::Binary(_) | Op::Compare(_) | Op::Select | Op::Detach);
        let operands: Vec<Id> = operands
            .into_iter()
            .enumerate()
            .map(|(which, operand)| {
                let own = self.recording.raw.size(node.operands[which]);
                let id = match operand {
                    Row::Array(id) => id,
                    Row::Invariant(id) if own == 1 && is_elementwise => return id,
                    Row::Invariant(id) => self.graph.moved(id, (0..own * body.iterations).map(|k| k % own).collect()),
                    Row::Single => unreachable!("an operand is one of the others"),
                };
                // A number for each iteration, which all of its elements see.
                if own < node.size && is_elementwise { self.graph.each_repeated(id, node.size) } else { id }
            })
            .collect();
        let size = node.size * body.iterations;
        let id = self.graph.rewritten(&op, &operands, size);
        let id = self.graph.repeated(id, size);
        self.set(body, row, Row::Array(id));
    }

    /// Operations that cannot be done for all iterations at once.
    fn one_by_one(&mut self, body: &mut Body<'_>, rows: &[usize]) {
        for iteration in 0..body.iterations {
            for &row in rows {
                self.one(body.id(row, iteration));
            }
        }
        rows.iter().for_each(|&row| body.rows[row] = Some(Row::Single));
    }

    /// A recurrence whose value is linear in the one before; `false` if it is not of this kind.
    fn linear(&mut self, body: &mut Body<'_>, rows: &[usize]) -> bool {
        let Some(carry) = body.carry(rows) else { return false };
        if rows.iter().any(|&row| body.size(row) != 1) {
            return false;
        }
        // A square root whose square is what comes next: the recurrence is of the squares.
        let root = match body.node(carry).op {
            Op::Unary(Unary::Sqrt) => match body.inside(carry, 0) {
                Some((source, 0)) if rows.contains(&source) => Some(source),
                _ => None,
            },
            _ => None,
        };
        let (zero, one) = (self.graph.number(0.0), self.graph.number(1.0));
        let before = Linear { slope: one, offset: zero, is_root: root.is_some() };
        let mut values: HashMap<usize, Linear> = HashMap::new();
        for &row in rows {
            let node = body.node(row);
            let mut operands = Vec::new();
            for which in 0..node.operands.len() {
                operands.push(match body.inside(row, which) {
                    Some((source, 1)) if source == carry => Part::Linear(before),
                    Some((source, 0)) if rows.contains(&source) => match values.get(&source) {
                        Some(value) => Part::Linear(*value),
                        None => return false,
                    },
                    _ => match self.operand(body, row, which) {
                        Row::Array(id) | Row::Invariant(id) => Part::Free(id),
                        Row::Single => return false,
                    },
                });
            }
            let Some(value) = self.linear_part(&node.op, &operands) else { return false };
            values.insert(row, value);
        }
        let Some(Linear { slope, offset, is_root }) = values.get(&carry).copied() else { return false };
        if is_root != root.is_some() {
            return false;
        }
        let initial = self.recording.sequence[body.start + carry - body.period];
        let mut initial = self.get(initial);
        if is_root {
            // What is not negative is the square of its root.
            initial = self.graph.unary(Unary::Square, initial);
            if ![slope, offset].iter().all(|&id| self.graph.interval(id).low >= 0.0) {
                return false;
            }
        }
        let iterations = body.iterations;
        // A sum of which only the last value is needed is no recurrence.
        if !is_root && self.graph.is_all(slope, 1.0) && rows == [carry] && body.only_last_is_needed(carry) {
            let sum = self.graph.sum_over(offset, iterations);
            let sum = self.graph.binary(Binary::Add, initial, sum);
            body.rows[carry] = Some(Row::Single);
            self.known[body.id(carry, iterations - 1).place()] = Some(Known::Node(sum));
            return true;
        }
        let recurrence = self.graph.linear_recurrence(false, [slope, offset, initial], iterations);
        self.set(body, root.unwrap_or(carry), Row::Array(recurrence));
        if is_root {
            let id = self.graph.unary(Unary::Sqrt, recurrence);
            self.set(body, carry, Row::Array(id));
        }
        // The rest follows from the values before, which are known.
        for &row in rows {
            if body.rows[row].is_none() {
                self.row(body, row);
            }
        }
        true
    }

    /// An operation on what is linear in the value before.
    fn linear_part(&mut self, op: &Op, operands: &[Part]) -> Option<Linear> {
        let graph = &mut self.graph;
        match (op, operands) {
            (Op::Unary(Unary::Sqrt), &[Part::Linear(x)]) if !x.is_root => Some(Linear { is_root: true, ..x }),
            (Op::Unary(Unary::Square), &[Part::Linear(x)]) if x.is_root => Some(Linear { is_root: false, ..x }),
            (_, operands) if operands.iter().any(|part| matches!(part, Part::Linear(x) if x.is_root)) => None,
            (Op::Unary(Unary::Neg), &[Part::Linear(x)]) => {
                let slope = graph.unary(Unary::Neg, x.slope);
                Some(Linear { slope, offset: graph.unary(Unary::Neg, x.offset), is_root: false })
            }
            (Op::Binary(op @ (Binary::Add | Binary::Sub)), &[Part::Linear(x), Part::Linear(y)]) => {
                let slope = graph.binary(*op, x.slope, y.slope);
                Some(Linear { slope, offset: graph.binary(*op, x.offset, y.offset), is_root: false })
            }
            (Op::Binary(op @ (Binary::Add | Binary::Sub)), &[Part::Linear(x), Part::Free(y)]) => {
                Some(Linear { offset: graph.binary(*op, x.offset, y), ..x })
            }
            (Op::Binary(Binary::Add), &[Part::Free(x), Part::Linear(y)]) => {
                Some(Linear { offset: graph.binary(Binary::Add, x, y.offset), ..y })
            }
            (Op::Binary(Binary::Sub), &[Part::Free(x), Part::Linear(y)]) => {
                let slope = graph.unary(Unary::Neg, y.slope);
                Some(Linear { slope, offset: graph.binary(Binary::Sub, x, y.offset), is_root: false })
            }
            (
                Op::Binary(Binary::Mul),
                &[Part::Free(factor), Part::Linear(x)] | &[Part::Linear(x), Part::Free(factor)],
            ) => {
                let slope = graph.binary(Binary::Mul, x.slope, factor);
                // 0 · x would be kept, as it may be NaN.
                let offset =
                    if graph.is_all(x.offset, 0.0) { x.offset } else { graph.binary(Binary::Mul, x.offset, factor) };
                Some(Linear { slope, offset, is_root: false })
            }
            (Op::Binary(Binary::Div), &[Part::Linear(x), Part::Free(divisor)]) => {
                let slope = graph.binary(Binary::Div, x.slope, divisor);
                Some(Linear { slope, offset: graph.binary(Binary::Div, x.offset, divisor), is_root: false })
            }
            _ => None,
        }
    }
}

/// `slope · x + offset` for the value x before, or the square root of that.
#[derive(Clone, Copy, Debug)]
struct Linear {
    slope: Id,
    offset: Id,
    is_root: bool,
}

#[derive(Clone, Copy, Debug)]
enum Part {
    Free(Id),
    Linear(Linear),
}

/// An operation on one iteration's operands, for those of all one after the other.
fn for_iterations(op: &Op, iterations: usize) -> Option<Op> {
    let more = |(outer, length, inner): Around| (outer * iterations, length, inner);
    Some(match op {
        Op::Unary(_) | Op::Binary(_) | Op::Compare(_) | Op::Select | Op::Detach => op.clone(),
        Op::Sum(around) => Op::Sum(more(*around)),
        Op::Largest(around) => Op::Largest(more(*around)),
        Op::Smallest(around) => Op::Smallest(more(*around)),
        Op::LogSumExp(around) => Op::LogSumExp(more(*around)),
        Op::CumSum(around, from_the_end) => Op::CumSum(more(*around), *from_the_end),
        _ => return None,
    })
}

/// The operations of a loop's body, by their place in it.
struct Body<'a> {
    recording: &'a Recording<'a>,
    start: usize,
    period: usize,
    iterations: usize,
    rows: Vec<Option<Row>>,
}

/// Operations of a body that need each other, or one alone.
struct Group {
    rows: Vec<usize>,
    is_recurrent: bool,
}

impl<'a> Body<'a> {
    fn new(recording: &'a Recording<'a>, found: &Loop) -> Self {
        let &Loop { start, period, iterations } = found;
        Self { recording, start, period, iterations, rows: vec![None; period] }
    }

    fn id(&self, row: usize, iteration: usize) -> Id {
        self.recording.sequence[self.start + iteration * self.period + row]
    }

    fn node(&self, row: usize) -> &'a super::graph::Node {
        self.recording.raw.node(self.id(row, 0))
    }

    fn size(&self, row: usize) -> usize {
        self.node(row).size
    }

    fn operand(&self, row: usize, which: usize, iteration: usize) -> Id {
        self.recording.raw.node(self.id(row, iteration)).operands[which]
    }

    /// The operation of the body that an operand is, and how many iterations before.
    fn inside(&self, row: usize, which: usize) -> Option<(usize, usize)> {
        let at = |iteration: usize| {
            let (source, map) = self.recording.source(self.operand(row, which, iteration));
            self.recording.position[source.place()].map(|position| (position, map))
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
    fn groups(&self) -> Vec<Group> {
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

    /// The one operation of a recurrence that the next iteration needs.
    fn carry(&self, rows: &[usize]) -> Option<usize> {
        let mut carry = None;
        for &row in rows {
            for which in 0..self.node(row).operands.len() {
                match self.inside(row, which) {
                    Some((source, back)) if back > 0 && rows.contains(&source) => {
                        let has_map = self.recording.source(self.operand(row, which, 0)).1.is_some();
                        if back > 1 || has_map || carry.is_some_and(|carry| carry != source) {
                            return None;
                        }
                        carry = Some(source);
                    }
                    _ => {}
                }
            }
        }
        carry
    }

    /// Whether nothing but the next iteration needs an operation's values, but for the last.
    fn only_last_is_needed(&self, row: usize) -> bool {
        (0..self.iterations - 1).all(|iteration| self.recording.uses[self.id(row, iteration).place()] == 1)
    }
}

/// The strongly connected components of a graph, given by what each node needs: each after those that it needs (Tarjan
/// 1972, "Depth-first search and linear graph algorithms").
fn components(needs: &[Vec<usize>]) -> Vec<Vec<usize>> {
    struct Search<'a> {
        needs: &'a [Vec<usize>],
        index: Vec<Option<usize>>,
        low: Vec<usize>,
        stack: Vec<usize>,
        is_on_stack: Vec<bool>,
        count: usize,
        found: Vec<Vec<usize>>,
    }

    impl Search<'_> {
        fn visit(&mut self, node: usize) {
            self.index[node] = Some(self.count);
            self.low[node] = self.count;
            self.count += 1;
            self.stack.push(node);
            self.is_on_stack[node] = true;
            let needs = self.needs;
            for &other in &needs[node] {
                match self.index[other] {
                    None => {
                        self.visit(other);
                        self.low[node] = self.low[node].min(self.low[other]);
                    }
                    Some(index) if self.is_on_stack[other] => self.low[node] = self.low[node].min(index),
                    Some(_) => {}
                }
            }
            if Some(self.low[node]) == self.index[node] {
                let mut component = Vec::new();
                while let Some(other) = self.stack.pop() {
                    self.is_on_stack[other] = false;
                    component.push(other);
                    if other == node {
                        break;
                    }
                }
                self.found.push(component);
            }
        }
    }

    let count = needs.len();
    let mut search = Search {
        needs,
        index: vec![None; count],
        low: vec![0; count],
        stack: Vec::new(),
        is_on_stack: vec![false; count],
        count: 0,
        found: Vec::new(),
    };
    for node in 0..count {
        if search.index[node].is_none() {
            search.visit(node);
        }
    }
    search.found
}

#[cfg(test)]
mod tests {
    use super::components;
    use crate::Tensor;
    use crate::program::tests::{assert_program_is_tape, program};

    #[test]
    fn components_come_after_what_they_need() {
        let mut found = components(&[vec![1], vec![2, 3], vec![1], vec![], vec![0, 4]]);
        found.iter_mut().for_each(|rows| rows.sort_unstable());
        assert_eq!(found, [vec![3], vec![1, 2], vec![0], vec![4]]);
    }

    const TIMES: usize = 40;

    /// Numbers in (−1, 1) that look like chance.
    fn noise(count: usize, seed: f64) -> Vec<f64> {
        (0..count).map(|k| ((k as f64 + 1.3) * (seed + 7.1)).sin()).collect()
    }

    /// Checks a function of a vector of parameters and a time series against the tape; whether its program is as long
    /// for twice as many times.
    #[track_caller]
    fn check(name: &str, is_rerolled: bool, function: impl Fn(&Tensor, &Tensor) -> Tensor) {
        let parameters = Tensor::from([0.4, -0.3, 0.8, 0.2]);
        let series = Tensor::from(noise(TIMES, 0.0));
        assert_program_is_tape(name, &[parameters, series], |x| Ok(function(&x[0], &x[1])));
        let length = |times: usize| {
            let point: Vec<f64> = [0.4, -0.3, 0.8, 0.2].into_iter().chain(noise(times, 0.0)).collect();
            program(&point, |x| Ok(function(&x.slice(0, 0..4), &x.slice(0, 4..4 + times)))).len()
        };
        let (short, long) = (length(TIMES), length(2 * TIMES));
        assert_eq!(
            short == long,
            is_rerolled,
            "{name}: {short} operations for {TIMES} times, {long} for twice as many"
        );
    }

    fn times(series: &Tensor) -> usize {
        series.size()
    }

    #[test]
    fn a_sum_over_a_loop_is_a_sum() {
        check("independent terms", true, |p, z| {
            let mut total = Tensor::from(0.0);
            for t in 0..times(z) {
                total = total + (z.get(t) - p.get(0)).square() * p.get(1).exp() - p.get(2);
            }
            total
        });
        let data = noise(2 * TIMES, 1.0);
        check("data, equal ones among them", true, move |p, z| {
            let terms = (0..times(z)).map(|t| {
                let x = if t % 7 == 0 { 1.0 } else { data[t] };
                (p.get(0) + p.get(1) * x - z.get(t)).square()
            });
            terms.sum()
        });
        check("groups", true, |p, z| {
            let terms = (0..times(z)).map(|t| (p.get(t * t % 3) - z.get(t)).square());
            terms.sum()
        });
        check("a stack", true, |p, z| {
            let terms: Vec<Tensor> = (0..times(z)).map(|t| (z.get(t) * p.get(0)).tanh()).collect();
            let stack = Tensor::stack(&terms, 0);
            (&stack * &stack).sum() + stack.get(3)
        });
    }

    #[test]
    fn linear_recurrences() {
        check("random walk", true, |p, z| {
            let mut position = p.get(0);
            let mut steps = Vec::new();
            for t in 0..times(z) {
                position = position + p.get(1) * z.get(t);
                steps.push(position.clone());
            }
            Tensor::stack(&steps, 0).sin().sum()
        });
        check("autoregression", true, |p, z| {
            let (mu, phi, sigma) = (p.get(0), p.get(1), p.get(2));
            let mut h = &mu + &sigma * z.get(0);
            let mut all = vec![h.clone()];
            for t in 1..times(z) {
                h = &mu + &phi * (&h - &mu) + &sigma * z.get(t);
                all.push(h.clone());
            }
            (Tensor::stack(&all, 0) * 0.5).exp().sum()
        });
        check("with a term for each step", true, |p, z| {
            let mut error = p.get(3);
            let mut total = Tensor::from(0.0);
            for t in 1..times(z) {
                error = z.get(t) - (p.get(0) + p.get(1) * z.get(t - 1) + p.get(2) * &error);
                total = total - error.square();
            }
            total + error
        });
        check("coefficients that change", true, |p, z| {
            let mut x = p.get(0);
            let mut total = Tensor::from(0.0);
            for t in 0..times(z) {
                x = z.get(t) * &x / (2.0 + p.get(1)) - p.get(2);
                total = total + x.sin();
            }
            total
        });
        check("of squares", true, |p, z| {
            let [a, b, c] = [0, 1, 2].map(|k| (p.get(k) * 0.5).exp() * 0.3);
            let mut sigma = Tensor::from(0.5);
            let mut total = Tensor::from(0.0);
            for t in 1..times(z) {
                sigma = (&a + &b * z.get(t - 1).square() + &c * sigma.square()).sqrt();
                total = total - (z.get(t) / &sigma).square() - sigma.ln();
            }
            total
        });
    }

    /// What cannot be done for all iterations at once is done one after the other.
    #[test]
    fn other_recurrences() {
        check("not linear", false, |p, z| {
            let mut x = p.get(0);
            for t in 0..times(z) {
                x = (p.get(1) * &x + z.get(t)).tanh();
            }
            x
        });
        check("two back", false, |p, z| {
            let (mut x, mut before) = (p.get(0), p.get(1));
            let mut total = Tensor::from(0.0);
            for t in 0..times(z) {
                let next = p.get(2) * &x + p.get(3) * &before + z.get(t);
                total = total + next.sin();
                (before, x) = (x, next);
            }
            total
        });
        check("two that need each other", false, |p, z| {
            let (mut x, mut y) = (p.get(0), p.get(1));
            for t in 0..times(z) {
                let next = &x + 0.1 * (&y + z.get(t));
                y = &y - 0.1 * &x * p.get(2);
                x = next;
            }
            x * y
        });
        check("a hidden Markov chain", false, |p, z| {
            let transition = Tensor::stack(&[p.slice(0, 0..2).log_softmax(0), p.slice(0, 2..4).log_softmax(0)], 0);
            let mut forward = Tensor::zeros(2);
            for t in 0..times(z) {
                let emission = -(p.slice(0, 1..3) - z.get(t)).square();
                forward = (forward.unsqueeze(1) + &transition).logsumexp_axis(0) + emission;
            }
            forward.logsumexp()
        });
    }

    #[test]
    fn bodies_that_are_not_regular() {
        check("one that alternates", true, |p, z| {
            let terms = (0..times(z)).map(|t| if t % 2 == 0 { z.get(t).exp() * p.get(0) } else { z.get(t).sin() });
            terms.sum()
        });
        check("a loop in a loop", true, |p, z| {
            let mut total = Tensor::from(0.0);
            for t in 3..times(z) {
                let mut mean = p.get(0);
                for lag in 1..4 {
                    mean = mean + p.get(lag) * z.get(t - lag);
                }
                total = total - (z.get(t) - mean).square();
            }
            total
        });
        check("vectors", true, |p, z| {
            let terms = (0..times(z)).map(|t| {
                let rates = (p * z.get(t)).exp();
                rates.logsumexp() + (&rates / rates.sum()).max() + rates.get(2)
            });
            terms.sum()
        });
        check("a break", false, |p, z| {
            let mut total = Tensor::from(0.0);
            for t in 0..times(z) {
                total = if t * t % 11 == 3 { total * p.get(0) } else { total + z.get(t) * p.get(1) };
            }
            total
        });
        check("matrices", false, |p, z| {
            let terms = (0..times(z)).map(|t| {
                let matrix = Tensor::eye(2) * (2.0 + z.get(t)) + p.get(0) * 0.1;
                matrix.cholesky().sum()
            });
            terms.sum()
        });
    }

    /// A product by 1 or 0 in the data must not hide a loop.
    #[test]
    fn data_do_not_hide_a_loop() {
        check("zeros and ones", true, |p, z| {
            let terms = (0..times(z)).map(|t| z.get(t) * p.get(0) * f64::from(u8::from(t % 3 == 0)) + p.get(1));
            terms.sum()
        });
    }
}
