//! `Panels`: a constant matrix, laid out for its product with a vector and that of its transpose.

use super::memory::{LANES, Line, Memory, lines_of};

/// Eight rows after the other, column by column: line `(row / 8) · columns + column` holds the column's elements of
/// eight rows. Both products then work on whole lines, and the second finds in the cache what the first has read.
#[derive(Clone, Debug)]
pub(crate) struct Panels {
    lines: Memory,
    rows: usize,
    columns: usize,
}

impl Panels {
    /// The matrix with these elements, row by row, or its transpose.
    pub(super) fn new(elements: &[f64], rows: usize, columns: usize, is_transposed: bool) -> Self {
        let mut memory = Memory::zeros(lines_of(rows) * columns);
        for (place, line) in memory.lines_mut().iter_mut().enumerate() {
            let (first, column) = (place / columns * LANES, place % columns);
            for (row, slot) in (first..rows).zip(line) {
                *slot = elements[if is_transposed { column * rows + row } else { row * columns + column }];
            }
        }
        Self { lines: memory, rows, columns }
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn columns(&self) -> usize {
        self.columns
    }

    /// The columns' lines of some lines of rows; rows beyond the last are 0.
    #[inline(always)]
    pub(super) fn rows_of_lines<const N: usize>(&self, start: usize) -> [&[Line]; N] {
        let lines = self.lines.lines();
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
