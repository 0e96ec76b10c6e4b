//! Householder's QR factorisation of a few columns (Golub and Van Loan 2013, "Matrix Computations", section 5.2), and the
//! least squares solution of columns that may depend on each other.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::householder::{
    apply_block_householder_sequence_transpose_on_the_left_in_place_scratch as scratch,
    apply_block_householder_sequence_transpose_on_the_left_in_place_with_conj as apply_transpose,
};
use faer::linalg::qr::no_pivoting::factor::{qr_in_place, qr_in_place_scratch, recommended_block_size};
use faer::{Conj, Mat, MatMut, Par};

use crate::tensor::kernel::linear_algebra::dot;

/// Up to so many columns plain loops are faster than faer, which spends more before it begins.
const FEW: usize = 8;

/// A column whose part that is orthogonal to those before is relatively smaller has coefficient 0 in a least squares
/// solution: an offset needs to be no better, and is not to be large because columns nearly depend on each other.
const INDEPENDENT: f64 = 1e-4;

/// A = QR. It needs as much memory as A.
pub(super) struct Qr {
    rows: usize,
    columns: usize,
    reflections: Reflections,
}

enum Reflections {
    /// I − τ v vᵀ one after the other: the columns of R above the diagonal, and of v from it on.
    Loops { columns: Vec<f64>, diagonal: Vec<f64>, factors: Vec<f64> },
    /// R on and above the diagonal, Householder vectors below, and what makes blocks of them.
    Blocked { columns: Mat<f64>, coefficients: Mat<f64> },
}

impl Qr {
    pub(super) fn new(columns: &[Vec<f64>], rows: usize) -> Self {
        let reflections = if columns.len() <= FEW { by_loops(columns, rows) } else { by_blocks(columns, rows) };
        Self { rows, columns: columns.len(), reflections }
    }

    /// How many rows of R there are.
    pub(super) fn rank(&self) -> usize {
        self.rows.min(self.columns)
    }

    /// An element of R.
    pub(super) fn r(&self, row: usize, column: usize) -> f64 {
        match &self.reflections {
            _ if column < row => 0.0,
            Reflections::Loops { diagonal, .. } if column == row => diagonal[row],
            Reflections::Loops { columns, .. } => columns[column * self.rows + row],
            Reflections::Blocked { columns, .. } => columns[(row, column)],
        }
    }

    /// Qᵀ times a column, in its place.
    pub(super) fn apply_transpose(&self, column: &mut [f64]) {
        match &self.reflections {
            Reflections::Loops { columns, factors, .. } => {
                for (first, &factor) in factors.iter().enumerate() {
                    reflect(&mut column[first..], factor, &columns[first * self.rows..][first..self.rows]);
                }
            }
            Reflections::Blocked { columns, coefficients } => {
                let mut memory = MemBuffer::new(scratch::<f64>(self.rows, coefficients.nrows(), 1));
                let column = MatMut::from_column_major_slice_mut(column, self.rows, 1);
                let stack = MemStack::new(&mut memory);
                let basis = columns.get(.., ..coefficients.ncols());
                apply_transpose(basis, coefficients.as_ref(), Conj::No, column, Par::Seq, stack);
            }
        }
    }

    /// Some x for which A x + b is small, given Qᵀ b: as small as can be where the columns are far from dependent.
    pub(super) fn least_squares(&self, rotated: &[f64]) -> Vec<f64> {
        let mut x = vec![0.0; self.columns];
        for row in (0..self.rank()).rev() {
            let norm = (0..=row).map(|above| self.r(above, row).powi(2)).sum::<f64>().sqrt();
            let pivot = self.r(row, row);
            if pivot.abs() > INDEPENDENT * norm {
                let rest: f64 = (row + 1..self.columns).map(|column| self.r(row, column) * x[column]).sum();
                x[row] = -(rotated[row] + rest) / pivot;
            }
        }
        x
    }
}

fn by_loops(columns: &[Vec<f64>], rows: usize) -> Reflections {
    let mut own = columns.concat();
    let (mut diagonal, mut factors) = (Vec::new(), Vec::new());
    for column in 0..columns.len() {
        let (before, column_and_after) = own.split_at_mut(column * rows);
        let column = &mut column_and_after[..rows];
        for (first, &factor) in factors.iter().enumerate() {
            reflect(&mut column[first..], factor, &before[first * rows..][first..rows]);
        }
        let place = factors.len();
        if place < rows {
            let (factor, image) = reflection(&mut column[place..]);
            factors.push(factor);
            diagonal.push(image);
        }
    }
    Reflections::Loops { columns: own, diagonal, factors }
}

fn by_blocks(columns: &[Vec<f64>], rows: usize) -> Reflections {
    let mut own = Mat::zeros(rows, columns.len());
    for (column, elements) in columns.iter().enumerate() {
        own.col_as_slice_mut(column).copy_from_slice(elements);
    }
    let block = recommended_block_size::<f64>(rows, columns.len());
    let mut coefficients = Mat::zeros(block, rows.min(columns.len()));
    let mut memory =
        MemBuffer::new(qr_in_place_scratch::<f64>(rows, columns.len(), block, Par::Seq, Default::default()));
    qr_in_place(own.as_mut(), coefficients.as_mut(), Par::Seq, MemStack::new(&mut memory), Default::default());
    Reflections::Blocked { columns: own, coefficients }
}

/// Makes of a column the direction of the reflection that leaves nothing of it but the first element; its factor, and that
/// element.
fn reflection(column: &mut [f64]) -> (f64, f64) {
    let norm = dot(column, column).sqrt();
    if norm == 0.0 || column[1..].iter().all(|&element| element == 0.0) {
        return (0.0, column[0]);
    }
    let image = -norm.copysign(column[0]);
    column[0] -= image;
    (2.0 / dot(column, column), image)
}

fn reflect(column: &mut [f64], factor: f64, direction: &[f64]) {
    let along = factor * dot(direction, column);
    if along != 0.0 {
        column.iter_mut().zip(direction).for_each(|(element, by)| *element -= along * by);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Key;
    use rand::RngExt;

    /// RᵀR = AᵀA, and ‖Qᵀ b‖ = ‖b‖, to 1e-13 relative to the norms of the columns: a hundred roundings or so.
    #[test]
    fn it_keeps_inner_products() {
        let mut rng = Key::new(3).rng("matrix", 0);
        for (rows, columns) in [(30, 1), (30, 3), (3, 3), (2, 5), (1, 1), (200, 20), (300, 100), (20, 20), (5, 12)] {
            let mut random = || (0..rows).map(|_| rng.random::<f64>() - 0.4).collect::<Vec<f64>>();
            let matrix: Vec<Vec<f64>> = (0..columns).map(|_| random()).collect();
            let qr = Qr::new(&matrix, rows);
            let column = |j: usize| &matrix[j][..];
            for a in 0..columns {
                for b in 0..columns {
                    let by_r: f64 = (0..qr.rank()).map(|row| qr.r(row, a) * qr.r(row, b)).sum();
                    let expected = dot(column(a), column(b));
                    let norms = (dot(column(a), column(a)) * dot(column(b), column(b))).sqrt();
                    assert!((by_r - expected).abs() <= 1e-13 * norms, "{rows}×{columns}: {by_r}, not {expected}");
                }
                let mut rotated = column(a).to_vec();
                qr.apply_transpose(&mut rotated);
                for (row, &element) in rotated.iter().enumerate() {
                    let expected = if row < qr.rank() { qr.r(row, a) } else { 0.0 };
                    assert!((element - expected).abs() <= 1e-13 * rows as f64, "{rows}×{columns}");
                }
            }
        }
    }

    #[test]
    fn a_dependent_column_has_coefficient_zero() {
        let matrix = [[1.0, 1.0, 1.0, 1.0], [2.0, 2.0, 2.0, 2.0 + 1e-9], [1.0, 2.0, 3.0, 4.0]];
        let qr = Qr::new(&matrix.map(Vec::from), 4);
        let mut right = vec![-3.0, -5.0, -7.0, -9.0];
        qr.apply_transpose(&mut right);
        let x = qr.least_squares(&right);
        // 1 + 2 k, by the first and the last column.
        assert_eq!(x[1], 0.0);
        assert!((x[0] - 1.0).abs() < 1e-12 && (x[2] - 2.0).abs() < 1e-12, "{x:?}");
    }
}
