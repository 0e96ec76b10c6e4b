//! Loops of the recorded function, found again.
//!
//! A loop of the user's function is recorded as its body's operations over and over, most of them on numbers. Here the
//! body is found as a pattern that repeats, and each of its operations done for all iterations at once, on an array with
//! an element for each. What an iteration needs of the one before is a recurrence: where it is linear it becomes
//! [`Op::LinearRecurrence`], otherwise its operations, and no others, stay one after the other (loop fission; Allen and
//! Kennedy 2001, "Optimizing Compilers for Modern Architectures", section 6.2).

mod body;
mod components;
mod linear;
mod pattern;
#[cfg(test)]
mod tests;

use self::body::Body;
use self::pattern::{Loop, Recording};
use super::graph::{Around, Graph, Id, Op};

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
