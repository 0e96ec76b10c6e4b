//! Values of the recording one after the other: those of all iterations, or what is stacked after a loop.
//!
//! Most are constants or elements of an array, of which one array is made without a node for each.

use super::{Known, Rerolling};
use crate::program::graph::{Id, has_same_bits};
use crate::program::recurrence::Given;

/// A value of the recording, as elements in the new graph.
#[derive(Clone, Copy)]
enum Piece<'a> {
    Constant(&'a [f64]),
    /// All elements of a node.
    Whole(Id),
    /// So many elements of an array, from one on.
    Run {
        array: Id,
        first: usize,
        count: usize,
    },
    /// Elements of an array by their places from one on.
    Moved {
        array: Id,
        first: usize,
        map: &'a [usize],
    },
}

impl Piece<'_> {
    fn is(self, other: Self) -> bool {
        match (self, other) {
            (Self::Constant(own), Self::Constant(other)) => has_same_bits(own, other),
            (Self::Whole(own), Self::Whole(other)) => own == other,
            (Self::Run { array, first, count }, Self::Run { array: of, first: from, count: as_many }) => {
                (array, first, count) == (of, from, as_many)
            }
            (Self::Moved { array, first, map }, Self::Moved { array: of, first: from, map: by }) => {
                (array, first, map) == (of, from, by)
            }
            _ => false,
        }
    }
}

/// Pieces that become one node.
enum Group {
    Constant(Vec<f64>),
    Elements(Id, Vec<usize>),
}

impl<'a> Rerolling<'a> {
    /// What an operand is in all iterations.
    pub(super) fn over_iterations(&mut self, ids: &[Id]) -> Given {
        let pieces: Vec<Piece<'a>> = ids.iter().map(|&id| self.piece(id)).collect();
        if pieces.iter().all(|piece| piece.is(pieces[0])) {
            return Given::Same(self.get(ids[0]));
        }
        Given::Each(self.join_pieces(&pieces))
    }

    /// The elements of values, one value after the other.
    pub(super) fn joined(&mut self, ids: &[Id]) -> Id {
        let pieces: Vec<Piece<'a>> = ids.iter().map(|&id| self.piece(id)).collect();
        self.join_pieces(&pieces)
    }

    fn piece(&mut self, id: Id) -> Piece<'a> {
        let recording = self.recording;
        if let Some(elements) = recording.raw.as_constant(id) {
            return Piece::Constant(elements);
        }
        let (source, map) = recording.source(id);
        if self.known[source.place()].is_none() {
            self.one(source);
        }
        match (self.known[source.place()], map) {
            (Some(Known::Node(node)), None) => Piece::Whole(node),
            (Some(Known::Node(array)), Some(map)) => Piece::Moved { array, first: 0, map },
            (Some(Known::Elements { array, first, count }), None) => {
                Piece::Run { array, first: first as usize, count: count as usize }
            }
            (Some(Known::Elements { array, first, .. }), Some(map)) => {
                Piece::Moved { array, first: first as usize, map }
            }
            (None, _) => unreachable!("a node comes after its operands"),
        }
    }

    fn join_pieces(&mut self, pieces: &[Piece<'a>]) -> Id {
        let mut groups: Vec<Group> = Vec::new();
        for &piece in pieces {
            match piece {
                Piece::Constant(elements) => match groups.last_mut() {
                    Some(Group::Constant(all)) => all.extend_from_slice(elements),
                    _ => groups.push(Group::Constant(elements.to_vec())),
                },
                Piece::Whole(array) => add_elements(&mut groups, array, 0..self.graph.size(array)),
                Piece::Run { array, first, count } => add_elements(&mut groups, array, first..first + count),
                Piece::Moved { array, first, map } => {
                    add_elements(&mut groups, array, map.iter().map(|place| first + place));
                }
            }
        }
        let nodes: Vec<Id> = groups
            .into_iter()
            .map(|group| match group {
                Group::Constant(elements) => self.graph.constant(elements),
                Group::Elements(array, map) => self.graph.moved(array, map),
            })
            .collect();
        let sizes: Vec<usize> = nodes.iter().map(|&node| self.graph.size(node)).collect();
        let size = sizes.iter().sum();
        self.graph.join(&nodes, sizes, size)
    }
}

fn add_elements(groups: &mut Vec<Group>, array: Id, places: impl Iterator<Item = usize>) {
    match groups.last_mut() {
        Some(Group::Elements(of, all)) if *of == array => all.extend(places),
        _ => groups.push(Group::Elements(array, places.collect())),
    }
}
