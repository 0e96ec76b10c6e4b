//! Rules for movements of elements: one of another is one.

use std::sync::Arc;

use crate::program::graph::{Around, Graph, Id, Op};
use crate::program::schedule::is_run;
use crate::tensor::elementwise::{Binary, Unary};

/// The axis along which a map repeats what belongs to each line (see [`Graph::spread`]), if that is what it does.
fn spread_around(map: &[usize], size: usize) -> Option<Around> {
    let length = map.len() / size;
    let inner = map.iter().enumerate().take_while(|&(element, &place)| element == place).count();
    if length * size != map.len() || inner == 0 || !size.is_multiple_of(inner) {
        return None;
    }
    let line_of = |element: usize| element / (length * inner) * inner + element % inner;
    map.iter().enumerate().all(|(element, &place)| place == line_of(element)).then_some((size / inner, length, inner))
}

/// Where the elements of an operand come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Constant,
    Array(Id),
}

impl Graph {
    pub(crate) fn moved(&mut self, x: Id, map: Vec<usize>) -> Id {
        let size = self.size(x);
        if map.len() == size && map.iter().copied().eq(0..size) {
            return x;
        }
        if let Some(elements) = self.as_constant(x) {
            let values = map.iter().map(|&place| elements[place]).collect();
            return self.constant(values);
        }
        if let Op::Move(inner) = &self.node(x).op {
            let composed = map.iter().map(|&place| inner[place]).collect();
            let source = self.node(x).operands[0];
            return self.moved(source, composed);
        }
        let size = map.len();
        self.add(Op::Move(map.into()), &[x], size)
    }

    /// A number, as often as that.
    pub(crate) fn repeated(&mut self, x: Id, size: usize) -> Id {
        if self.size(x) == size { x } else { self.moved(x, vec![0; size]) }
    }

    /// Repeats each element, or the array, so that it has so many.
    pub(in crate::program) fn each_repeated(&mut self, x: Id, times: usize) -> Id {
        let size = self.size(x);
        self.moved(x, (0..size * times).map(|element| element / times).collect())
    }

    /// What belongs to each line along an axis, for all its elements.
    pub(in crate::program) fn spread(&mut self, x: Id, (outer, length, inner): Around) -> Id {
        if self.size(x) == 1 {
            return x;
        }
        let line_of = |element: usize| element / (length * inner) * inner + element % inner;
        self.moved(x, (0..outer * length * inner).map(line_of).collect())
    }

    /// What each step of a recurrence begins with: the values of the steps before, of which one has as many elements as the
    /// initial one.
    pub(in crate::program) fn before(&mut self, values: Id, initial: Id, from_the_end: bool) -> Id {
        let (size, step) = (self.size(values), self.size(initial));
        if from_the_end {
            let earlier = self.moved(values, (step..size).collect());
            self.join(&[earlier, initial], vec![size - step, step], size)
        } else {
            // All states in order are often needed too.
            let all = self.join(&[initial, values], vec![step, size], step + size);
            self.moved(all, (0..size).collect())
        }
    }

    pub(crate) fn scatter(&mut self, x: Id, map: Arc<[usize]>, size: usize) -> Id {
        let factors = self.number_times(x).filter(|&(_, array)| self.size(array) > size);
        if let Some((number, array)) = factors {
            let scattered = self.scatter(array, map, size);
            return self.binary(Binary::Mul, number, scattered);
        }
        if is_run(&map) {
            let (before, own) = (map[0], self.size(x));
            let after = size - before - own;
            let zeros = [before, after].map(|count| self.constant(vec![0.0; count]));
            return self.join(&[zeros[0], x, zeros[1]], vec![before, own, after], size);
        }
        if let Some(x) = self.negated(x) {
            let scattered = self.scatter(x, map, size);
            return self.unary(Unary::Neg, scattered);
        }
        if let Some((sums, places)) = self.sums_by_place(x, &map) {
            // Elements beyond those that are added to stay 0.
            return if places.len() == size { sums } else { self.scatter(sums, places, size) };
        }
        self.add(Op::Scatter(map, size), &[x], size)
    }

    /// The sums of the elements that are added to each place, and these places, where the map repeats them regularly.
    pub(in crate::program) fn sums_by_place(&mut self, x: Id, map: &[usize]) -> Option<(Id, Arc<[usize]>)> {
        let first = map.iter().copied().min()?;
        let count = map.iter().max()? + 1 - first;
        let within: Vec<usize> = map.iter().map(|place| place - first).collect();
        let around = spread_around(&within, count)?;
        Some((self.sum(x, around), (first..first + count).collect()))
    }

    pub(crate) fn join(&mut self, operands: &[Id], parts: Vec<usize>, size: usize) -> Id {
        let (operands, parts): (Vec<Id>, Vec<usize>) = operands.iter().zip(parts).filter(|&(_, part)| part > 0).unzip();
        if let [operand] = operands.as_slice() {
            return *operand;
        }
        let is_of_one = parts.iter().sum::<usize>() == size;
        if is_of_one && let Some(id) = self.joined_moves(&operands, &parts, size) {
            return id;
        }
        self.add(Op::Join(parts), &operands, size)
    }

    /// Elements of one array that are joined, or constants, are elements of it or a constant.
    fn joined_moves(&mut self, operands: &[Id], parts: &[usize], size: usize) -> Option<Id> {
        let mut joined: Vec<(Id, usize)> = Vec::new();
        let mut first = 0;
        while first < operands.len() {
            // As many as come from the same array, as their maps and as an operand.
            let source = self.source(operands[first]);
            let mut end = first + 1;
            while end < operands.len() && self.source(operands[end]) == source {
                end += 1;
            }
            let (group, elements) = (&operands[first..end], parts[first..end].iter().sum());
            let id = match source {
                _ if group.len() == 1 => group[0],
                Source::Constant => {
                    let values =
                        group.iter().flat_map(|&id| self.as_constant(id).unwrap_or_default().iter().copied()).collect();
                    self.constant(values)
                }
                Source::Array(array) => {
                    let mut map = Vec::with_capacity(elements);
                    for &id in group {
                        match &self.node(id).op {
                            Op::Move(part) => map.extend_from_slice(part),
                            _ => map.extend(0..self.size(id)),
                        }
                    }
                    self.moved(array, map)
                }
            };
            joined.push((id, elements));
            first = end;
        }
        if joined.len() == operands.len() {
            return None;
        }
        let (operands, parts): (Vec<Id>, Vec<usize>) = joined.into_iter().unzip();
        Some(self.join(&operands, parts, size))
    }

    /// The array that elements come from.
    fn source(&self, id: Id) -> Source {
        let node = self.node(id);
        match &node.op {
            Op::Constant(_) => Source::Constant,
            Op::Move(_) => Source::Array(node.operands[0]),
            _ => Source::Array(id),
        }
    }
}
