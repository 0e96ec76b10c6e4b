//! Symmetric positive definite matrices: the Cholesky factor L, systems with it, and the inverse.
//!
//! Everything is made of the product of panels of eight rows, which stays in registers ([`tile`]), compiled for each kind of
//! processor (crate `pulp`).
//!
//! L is kept in *panels*: eight rows after the other, column by column up to the diagonal's block, so that a column of a panel is
//! a line. Behind them are the reciprocals of its diagonal. A size that is no multiple of eight is filled up by the identity.

mod factor;
mod inverse;
mod substitution;
#[cfg(test)]
mod tests;
mod tile;

pub(crate) use self::factor::factorize;
pub(crate) use self::inverse::{inverse, inverse_scratch};
pub(crate) use self::substitution::{substitute, substitution_scratch};
use self::tile::{transposed, without_negligible};

const LANES: usize = 8;

type Line = [f64; LANES];

/// Where the elements of the lower triangle of a symmetric matrix stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Storage {
    /// Rows as long as the matrix is large.
    Full,
    /// Each row up to its diagonal, one behind the other.
    Packed,
}

impl Storage {
    /// The element at which a row begins.
    #[inline(always)]
    fn row(self, row: usize, size: usize) -> usize {
        match self {
            Self::Full => row * size,
            Self::Packed => packed_len(row),
        }
    }
}

/// Number of elements of a lower triangle.
#[inline(always)]
pub(crate) fn packed_len(size: usize) -> usize {
    size * (size + 1) / 2
}

/// Lines before a panel of the factor, which has as many as its last row has elements.
#[inline(always)]
fn factor_lines(panel: usize) -> usize {
    LANES * packed_len(panel)
}

/// Number of elements of a factor in panels.
pub(crate) fn panels_len(size: usize) -> usize {
    let count = size.div_ceil(LANES);
    (factor_lines(count) + count) * LANES
}

/// Where an element of the factor stands in its panels; none for the zeros above the diagonal.
pub(crate) fn place_in_panels(row: usize, column: usize) -> Option<usize> {
    let line = factor_lines(row / LANES) + column;
    (column <= row).then_some(line * LANES + row % LANES)
}

/// The panels of a factor that stands row by row.
#[inline(always)]
pub(crate) fn panels_of_rows(factor: &[f64], size: usize, panels: &mut [f64]) {
    let count = size.div_ceil(LANES);
    let (panels, reciprocals) = panels.as_chunks_mut().0.split_at_mut(factor_lines(count));
    load(factor, Storage::Full, size, panels, 0.0);
    for (panel, reciprocals) in reciprocals.iter_mut().take(count).enumerate() {
        let diagonal = &panels[factor_lines(panel + 1) - LANES..];
        (0..LANES).for_each(|lane| reciprocals[lane] = 1.0 / diagonal[lane][lane]);
    }
}

/// A factor in panels row by row, with 0 above the diagonal.
pub(crate) fn rows_of_panels(panels: &[f64], size: usize, factor: &mut [f64]) {
    store(panels.as_chunks().0, size, factor);
}

/// The bound below which elements are taken for 0, by the diagonal of a matrix, or that of its inverse.
///
/// The covariances of points far from each other are as small as numbers can be. What is computed of them is subnormal, which
/// takes a processor a hundred times as long. Against a diagonal that is far from the bound they are less than nothing: the
/// error is at most 10⁻⁵⁰ of √(aᵢᵢ aⱼⱼ), where rounding makes one of 10⁻¹⁶ (Higham 2002, theorem 10.3). Products of two elements
/// that are kept are normal numbers.
#[inline(always)]
fn negligible(diagonal: impl Iterator<Item = f64>) -> f64 {
    const BOUND: f64 = 1e-150;
    const FAR: std::ops::RangeInclusive<f64> = 1e-100..=1e100;

    if diagonal.fold(true, |is_far, element| is_far & FAR.contains(&element)) { BOUND } else { 0.0 }
}

/// The columns of a panel before a block of eight of them, and these.
#[inline(always)]
fn split_panel(panel: &mut [Line], block: usize) -> (&[Line], &mut [Line; LANES]) {
    let (known, own) = panel.split_at_mut(block * LANES);
    let Some(own) = own.first_chunk_mut() else { unreachable!("a panel reaches to its diagonal") };
    (known, own)
}

/// A lower triangle as panels, filled up by the identity.
#[inline(always)]
fn load(matrix: &[f64], storage: Storage, size: usize, panels: &mut [Line], negligible: f64) {
    for panel in 0..size.div_ceil(LANES) {
        let first = panel * LANES;
        let blocks = panels[factor_lines(panel)..factor_lines(panel + 1)].as_chunks_mut::<LANES>().0;
        let rows: [&[f64]; LANES] = std::array::from_fn(|lane| match first + lane {
            row if row < size => &matrix[storage.row(row, size)..],
            _ => &[],
        });
        for (block, lines) in blocks.iter_mut().enumerate() {
            *lines = transposed(&std::array::from_fn(|lane| line_at(rows[lane], block * LANES)));
            for line in lines {
                *line = without_negligible(line, negligible);
            }
        }
        let Some(own) = blocks.last_mut() else { unreachable!("a panel reaches to its diagonal") };
        // What stands behind the diagonal is of another row.
        for (column, line) in own.iter_mut().enumerate() {
            line[..column].fill(0.0);
            if first + column >= size {
                line[column] = 1.0;
            }
        }
    }
}

/// Eight elements, of which those beyond the end are 0.
#[inline(always)]
fn line_at(elements: &[f64], start: usize) -> Line {
    match elements.get(start..) {
        Some(rest) if let Some(line) = rest.first_chunk() => *line,
        Some(rest) => std::array::from_fn(|lane| rest.get(lane).copied().unwrap_or(0.0)),
        None => [0.0; LANES],
    }
}

/// Writes eight elements, but for those beyond the end.
#[inline(always)]
fn put_line(elements: &mut [f64], start: usize, line: &Line) {
    let rest = &mut elements[start..];
    if let Some(slot) = rest.first_chunk_mut() {
        *slot = *line;
    } else {
        rest.iter_mut().zip(line).for_each(|(slot, x)| *slot = *x);
    }
}

/// Panels as rows, with 0 above the diagonal.
#[inline(always)]
fn store(panels: &[Line], size: usize, factor: &mut [f64]) {
    factor.fill(0.0);
    for panel in 0..size.div_ceil(LANES) {
        let blocks = panels[factor_lines(panel)..factor_lines(panel + 1)].as_chunks().0;
        // From the diagonal to the left: what a line writes beyond its row's end is written over.
        for (block, lines) in blocks.iter().enumerate().rev() {
            for (row, line) in (panel * LANES..size).zip(&transposed(lines)) {
                put_line(factor, row * size + block * LANES, line);
            }
        }
    }
}
