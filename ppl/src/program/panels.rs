//! `Panels`: a constant matrix, laid out for its product with a vector and that of its transpose.

use super::graph::Numbers;
use super::memory::{LANES, Line, Memory, lines_of};

/// Elements from which on a matrix stays where it is: a megabyte, more than the fastest caches hold, so that its
/// products wait for memory and not for how it is laid out.
const LARGE: usize = crate::tensor::LARGE_MATRIX;
/// Columns from which on the rows of a large matrix are long enough for vectors.
const FEWEST_COLUMNS_IN_PLACE: usize = 4 * LANES;

/// A constant matrix in one of two layouts, in both of which the second product finds in the cache what the first has read.
#[derive(Clone, Debug)]
pub(crate) struct Panels {
    elements: Elements,
    rows: usize,
    columns: usize,
}

#[derive(Clone, Debug)]
enum Elements {
    /// Eight rows after the other, column by column: line `(row / 8) · columns + column` holds the column's elements of
    /// eight rows. Both products then work on whole lines.
    Lines(Memory),
    /// A large matrix row by row, shared with the tensor that it came from.
    InPlace(Numbers),
}

/// The elements of a matrix that has stayed where it is, row by row.
#[derive(Clone, Copy, Debug)]
pub(super) enum InPlace<'a> {
    Double(&'a [f64]),
    Single(&'a [f32]),
}

impl<'a> InPlace<'a> {
    /// Those from one on.
    #[inline(always)]
    pub(super) fn from(self, first: usize) -> Self {
        match self {
            Self::Double(elements) => Self::Double(&elements[first..]),
            Self::Single(elements) => Self::Single(&elements[first..]),
        }
    }
}

impl Panels {
    /// The matrix with these elements, row by row, or its transpose.
    pub(super) fn new(numbers: &Numbers, rows: usize, columns: usize, is_transposed: bool) -> Self {
        if !is_transposed && rows * columns >= LARGE && columns >= FEWEST_COLUMNS_IN_PLACE {
            return Self { elements: Elements::InPlace(numbers.clone()), rows, columns };
        }
        let elements = numbers.elements();
        let mut memory = Memory::zeros(lines_of(rows) * columns);
        for (place, line) in memory.lines_mut().iter_mut().enumerate() {
            let (first, column) = (place / columns * LANES, place % columns);
            for (row, slot) in (first..rows).zip(line) {
                *slot = elements[if is_transposed { column * rows + row } else { row * columns + column }];
            }
        }
        Self { elements: Elements::Lines(memory), rows, columns }
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn columns(&self) -> usize {
        self.columns
    }

    /// The elements row by row, if the matrix has stayed where it is.
    #[inline(always)]
    pub(super) fn in_place(&self) -> Option<InPlace<'_>> {
        match &self.elements {
            Elements::InPlace(Numbers::Single(elements, _)) => Some(InPlace::Single(elements)),
            Elements::InPlace(numbers) => Some(InPlace::Double(numbers.elements())),
            Elements::Lines(_) => None,
        }
    }

    /// The columns' lines of some lines of rows; rows beyond the last are 0.
    #[inline(always)]
    pub(super) fn rows_of_lines<const N: usize>(&self, start: usize) -> [&[Line]; N] {
        let lines = match &self.elements {
            Elements::Lines(memory) => memory.lines(),
            Elements::InPlace(_) => &[],
        };
        let mut rows: [&[Line]; N] = [&[]; N];
        for (number, rows) in rows.iter_mut().enumerate() {
            *rows = &lines[(start + number) * self.columns..][..self.columns];
        }
        rows
    }
}

/// Two matrices are one if they stand in one place: they were made of one constant.
impl PartialEq for Panels {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for Panels {}

impl std::hash::Hash for Panels {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        std::ptr::from_ref(self).hash(state);
    }
}
