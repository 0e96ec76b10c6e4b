//! Loops of the recorded function, found again.
//!
//! A loop of the user's function is recorded as its body's operations over and over, most of them on numbers. Here the
//! body is found as a pattern that repeats, and each of its operations done for all iterations at once, on an array with
//! an element for each. What an iteration needs of the one before is a recurrence: where it is linear it becomes
//! [`Op::LinearRecurrence`], otherwise its operations, and no others, stay one after the other (loop fission; Allen and
//! Kennedy 2001, "Optimizing Compilers for Modern Architectures", section 6.2).

mod body;
mod components;
mod gather;
mod interruption;
mod pattern;
mod repeats;
#[cfg(test)]
mod tests;

use std::ops::Range;

use rustc_hash::FxHashMap;

use self::body::Body;
use self::pattern::{Loop, Recording};
use super::graph::{Graph, Id, Op};
use super::recurrence::{Carry, Definition, Given, StepBody};
use crate::tensor::elementwise::Binary;

/// The graph of a recording, with its loops rerolled and its operations rewritten.
pub(super) fn reroll(raw: &Graph, outputs: &[Id]) -> (Graph, Vec<Id>) {
    let mut recording = Recording::new(raw, outputs);
    let found = recording.loops();
    let loops: Vec<Loop> = found.into_iter().map(|found| Body::new(&recording, &found).turned()).collect();
    let mut rerolling =
        Rerolling { recording: &recording, graph: Graph::default(), known: vec![None; raw.nodes().len()] };
    let mut next = loops.iter().peekable();
    let (mut position, mut place) = (0, 0);
    while let Some(&id) = recording.sequence.get(position) {
        // Movements and data before it; those between a loop's operations come when they are needed.
        rerolling.all_before(place..id.place());
        place = place.max(id.place() + 1);
        if let Some(found) = next.next_if(|found| found.start == position) {
            rerolling.reroll(found);
            position += found.period * found.iterations;
            place = place.max(recording.sequence[position - 1].place() + 1);
        } else {
            if rerolling.known[id.place()].is_none() {
                rerolling.one(id);
            }
            position += 1;
        }
    }
    rerolling.all_before(place..raw.nodes().len());
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
        first: u32,
        count: u32,
    },
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
                let node = self.graph.moved(array, (first..first + count).map(|place| place as usize).collect());
                self.known[id.place()] = Some(Known::Node(node));
                node
            }
            None => unreachable!("a node comes after its operands"),
        }
    }

    /// Adds what is needed and no operation of the sequence.
    fn all_before(&mut self, places: Range<usize>) {
        for place in places {
            let id = self.recording.raw.id_at(place);
            if self.recording.is_needed[place] && self.known[place].is_none() && self.recording.position(id).is_none() {
                self.one(id);
            }
        }
    }

    /// Adds one operation as it is.
    fn one(&mut self, id: Id) {
        let node = self.recording.raw.node(id);
        if matches!(&node.op, Op::Join(parts) if parts.iter().sum::<usize>() == node.size) {
            let joined = self.joined(&node.operands);
            self.known[id.place()] = Some(Known::Node(joined));
            return;
        }
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
            match group.rows.as_slice() {
                &[row] if !group.is_recurrent => self.row(&mut body, row),
                &[row] if self.sum(&body, row) => {}
                rows => self.recurrence(&mut body, rows),
            }
        }
    }

    /// Notes what an operation is for all iterations.
    fn set(&mut self, body: &mut Body<'_>, row: usize, value: Given) {
        let size = body.size(row);
        body.rows[row] = Some(value);
        for iteration in 0..body.iterations {
            let known = match value {
                Given::Each(array) => Known::Elements { array, first: (iteration * size) as u32, count: size as u32 },
                Given::Same(id) => Known::Node(id),
            };
            self.known[body.id(row, iteration).place()] = Some(known);
        }
    }

    /// The operands of one operation over all iterations, one after the other; an array, or what is the same in all.
    fn operand(&mut self, body: &Body<'_>, row: usize, which: usize) -> Given {
        if let Some((source, back)) = body.inside(row, which)
            && let Some(value) = body.rows[source]
            && let (_, map) = self.recording.source(body.operand(row, which, 0))
        {
            match value {
                Given::Same(id) if back == 0 && map.is_none() => return Given::Same(id),
                Given::Each(array) => {
                    let size = body.size(source);
                    let shifted = self.shifted(body, array, source, back);
                    let Some(map) = map else { return Given::Each(shifted) };
                    let map = (0..body.iterations)
                        .flat_map(|iteration| map.iter().map(move |place| iteration * size + place))
                        .collect();
                    return Given::Each(self.graph.moved(shifted, map));
                }
                Given::Same(_) => {}
            }
        }
        let ids: Vec<Id> = (0..body.iterations).map(|iteration| body.operand(row, which, iteration)).collect();
        self.over_iterations(&ids)
    }

    /// The values of an operation so many iterations before.
    fn shifted(&mut self, body: &Body<'_>, array: Id, source: usize, back: usize) -> Id {
        if back == 0 {
            return array;
        }
        let (size, iterations) = (body.size(source), body.iterations);
        let mut parts = Vec::with_capacity(back + 1);
        for early in (1..=back).rev() {
            let part = self.get(body.before(source, early));
            parts.push(self.graph.repeated(part, size));
        }
        parts.push(array);
        let mut sizes = vec![size; back];
        sizes.push(iterations * size);
        // All values in order are often needed too.
        let all = self.graph.join(&parts, sizes, (back + iterations) * size);
        self.graph.moved(all, (0..iterations * size).collect())
    }

    /// One operation for all iterations.
    fn row(&mut self, body: &mut Body<'_>, row: usize) {
        let node = body.node(row);
        let operands: Vec<Given> = (0..node.operands.len()).map(|which| self.operand(body, row, which)).collect();
        let value = self.graph.over_steps(&node.op, &operands, node.size, body.iterations);
        self.set(body, row, value);
    }

    /// A sum of terms, of which only the last value is needed, is no recurrence; `false` if it is not of this kind.
    fn sum(&mut self, body: &Body<'_>, row: usize) -> bool {
        let Op::Binary(op @ (Binary::Add | Binary::Sub)) = body.node(row).op else { return false };
        let is_before = |which: usize| {
            body.inside(row, which) == Some((row, 1)) && self.recording.source(body.operand(row, which, 0)).1.is_none()
        };
        let term = match (is_before(0), is_before(1)) {
            (true, false) => 1,
            (false, true) if op == Binary::Add => 0,
            _ => return false,
        };
        if !body.only_last_is_needed(row) {
            return false;
        }
        let (size, terms) = (body.size(row), self.operand(body, row, term));
        let sum = match terms {
            Given::Each(id) => {
                let own = self.graph.size_in_step(terms, body.iterations);
                self.graph.sum(id, (1, body.iterations, own))
            }
            Given::Same(term) => {
                let count = self.graph.number(body.iterations as f64);
                self.graph.binary(Binary::Mul, count, term)
            }
        };
        let initial = self.get(body.before(row, 1));
        let total = self.graph.binary(op, initial, sum);
        let total = self.graph.repeated(total, size);
        self.known[body.id(row, body.iterations - 1).place()] = Some(Known::Node(total));
        true
    }

    /// Operations that need each other over the iterations.
    fn recurrence(&mut self, body: &mut Body<'_>, rows: &[usize]) {
        let parts = body.state(rows);
        let (mut step, before) = StepBody::new(parts.iter().map(|&(source, _)| body.size(source)));
        let mut known: FxHashMap<(usize, usize), Id> = parts.iter().copied().zip(before).collect();
        for &row in rows {
            let node = body.node(row);
            let mut operands = Vec::with_capacity(node.operands.len());
            for which in 0..node.operands.len() {
                operands.push(match body.inside(row, which) {
                    Some((source, back)) if rows.contains(&source) => {
                        match self.recording.source(body.operand(row, which, 0)).1 {
                            Some(map) => step.graph.moved(known[&(source, back)], map.to_vec()),
                            None => known[&(source, back)],
                        }
                    }
                    _ => {
                        let value = self.operand(body, row, which);
                        step.given(value, self.graph.size_in_step(value, body.iterations))
                    }
                });
            }
            let id = step.graph.rewritten(&node.op, &operands, node.size);
            known.insert((row, 0), step.graph.repeated(id, node.size));
        }
        let carry = |(data, &(source, back)): (usize, &(usize, usize))| {
            let initial = self.get(body.before(source, back));
            let initial = self.graph.repeated(initial, body.size(source));
            Carry { data, next: known[&(source, back - 1)], initial }
        };
        let carries = parts.iter().enumerate().map(carry).collect();
        let StepBody { graph, given, .. } = step;
        let given = given.into_iter().enumerate().map(|(number, value)| (parts.len() + number, value)).collect();
        let mut definition = Definition {
            body: graph,
            carries,
            given,
            known: FxHashMap::default(),
            steps: body.iterations,
            from_the_end: false,
        };
        let arrays = self.graph.loop_states(&mut definition);
        for (&(source, back), array) in parts.iter().zip(arrays) {
            if back == 1 {
                self.set(body, source, Given::Each(array));
            }
        }
        // The rest follows from the states before, which are known.
        for &row in rows {
            if body.rows[row].is_none() {
                self.row(body, row);
            }
        }
    }
}
