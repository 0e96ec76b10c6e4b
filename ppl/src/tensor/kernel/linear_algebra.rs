//! Dense linear algebra on the last two axes, by faer, one matrix of the batch after the other.

use faer::linalg::solvers::Solve;
use faer::{Mat, MatMut, MatRef, Side};

use super::super::Shape;
use super::super::primitive::Primitive;
use super::host::Operands;
use super::index_map::index_map;
use crate::{Error, Result};

/// Lower Cholesky factors; only the lower triangle of the input is read.
pub(crate) fn cholesky(given: &Operands<'_>) -> Result<Vec<f64>> {
    let size = given.output_shape[given.output_shape.rank() - 1];
    let mut output = vec![0.0; given.values[0].len()];
    if size == 0 {
        return Ok(output);
    }
    for (matrix, factor) in given.values[0].chunks_exact(size * size).zip(output.chunks_exact_mut(size * size)) {
        let decomposition = MatRef::from_row_major_slice(matrix, size, size).llt(Side::Lower).map_err(|_| {
            Error::SingularMatrix { operation: "cholesky", problem: "not positive definite".to_owned() }
        })?;
        let lower = decomposition.L();
        for row in 0..size {
            for column in 0..=row {
                factor[row * size + column] = lower[(row, column)];
            }
        }
    }
    Ok(output)
}

/// Reverse mode by level-3 operations (Murray 2016, "Differentiation of the Cholesky decomposition", eq. 10).
///
/// The gradient is that of a function of the lower triangle, which is what the forward pass reads.
pub(crate) fn cholesky_gradient(given: &Operands<'_>, output: &[f64], output_gradient: &[f64], gradient: &mut [f64]) {
    let size = given.output_shape[given.output_shape.rank() - 1];
    if size == 0 {
        return;
    }
    let matrices = output.chunks_exact(size * size).zip(output_gradient.chunks_exact(size * size));
    for ((factor, factor_gradient), target) in matrices.zip(gradient.chunks_exact_mut(size * size)) {
        let lower = MatRef::from_row_major_slice(factor, size, size);
        let by_lower = Mat::from_fn(
            size,
            size,
            |row, column| {
                if row >= column { factor_gradient[row * size + column] } else { 0.0 }
            },
        );
        let product = lower.transpose() * &by_lower;
        let mut inner = Mat::from_fn(size, size, |row, column| match row.cmp(&column) {
            std::cmp::Ordering::Less => 0.0,
            std::cmp::Ordering::Equal => 0.5 * product[(row, column)],
            std::cmp::Ordering::Greater => product[(row, column)],
        });
        // S = L⁻ᵀ P L⁻¹, by two solves with Lᵀ.
        lower.transpose().solve_upper_triangular_in_place(inner.as_mut());
        let mut sandwich = inner.transpose().to_owned();
        lower.transpose().solve_upper_triangular_in_place(sandwich.as_mut());
        for row in 0..size {
            target[row * size + row] += sandwich[(row, row)];
            for column in 0..row {
                target[row * size + column] += sandwich[(row, column)] + sandwich[(column, row)];
            }
        }
    }
}

/// A batch broadcast against another: the matrices of one operand in the order of the output.
struct Batch<'a> {
    values: &'a [f64],
    map: Vec<usize>,
    matrix: usize,
}

impl<'a> Batch<'a> {
    fn new(given: &'a Operands<'_>, operand: usize) -> Self {
        let (output_batch, _) = given.output_shape.split_event(2);
        let (batch, matrix) = given.shapes[operand].split_event(2);
        let map = index_map(&Primitive::BroadcastTo(output_batch), &batch, &output_batch).unwrap_or_default();
        Self { values: &given.values[operand], map, matrix: matrix.size() }
    }

    fn get(&self, index: usize) -> &'a [f64] {
        let start = self.map[index] * self.matrix;
        &self.values[start..start + self.matrix]
    }
}

/// Solves op(T) X = B with op the identity or the transpose; only T's named triangle is read.
pub(crate) fn triangular_solve(given: &Operands<'_>, lower: bool, transpose: bool) -> Vec<f64> {
    let (size, columns) = matrix_of(&given.output_shape);
    let (triangles, right_sides) = (Batch::new(given, 0), Batch::new(given, 1));
    let mut output = Vec::with_capacity(given.output_shape.size());
    for index in 0..triangles.map.len() {
        let start = output.len();
        output.extend_from_slice(right_sides.get(index));
        let triangle = MatRef::from_row_major_slice(triangles.get(index), size, size);
        solve(triangle, lower, transpose, MatMut::from_row_major_slice_mut(&mut output[start..], size, columns));
    }
    output
}

/// With X = op(T)⁻¹ B: B̄ = op(T)⁻ᵀ X̄ and op(T)‾ = −B̄ Xᵀ (Giles 2008, section 2.3.1), within T's triangle.
pub(crate) fn triangular_solve_gradient(
    given: &Operands<'_>,
    (lower, transpose): (bool, bool),
    position: usize,
    output: &[f64],
    output_gradient: &[f64],
    gradient: &mut [f64],
) {
    let (size, columns) = matrix_of(&given.output_shape);
    let triangles = Batch::new(given, 0);
    let target = Batch::new(given, position);
    for index in 0..triangles.map.len() {
        let chunk = index * size * columns..(index + 1) * size * columns;
        let triangle = MatRef::from_row_major_slice(triangles.get(index), size, size);
        let mut by_right = MatRef::from_row_major_slice(&output_gradient[chunk.clone()], size, columns).to_owned();
        solve(triangle, lower, !transpose, by_right.as_mut());
        let slot = &mut gradient[target.map[index] * target.matrix..][..target.matrix];
        if position == 1 {
            for (element, slot) in slot.iter_mut().enumerate() {
                *slot += by_right[(element / columns, element % columns)];
            }
            continue;
        }
        let solution = MatRef::from_row_major_slice(&output[chunk], size, columns);
        let by_triangle = if transpose { solution * by_right.transpose() } else { &by_right * solution.transpose() };
        for row in 0..size {
            let within = if lower { 0..row + 1 } else { row..size };
            for column in within {
                slot[row * size + column] -= by_triangle[(row, column)];
            }
        }
    }
}

fn matrix_of(shape: &Shape) -> (usize, usize) {
    let (_, matrix) = shape.split_event(2);
    (matrix[0], matrix[1])
}

fn solve(triangle: MatRef<'_, f64>, lower: bool, transpose: bool, right: MatMut<'_, f64>) {
    match (lower, transpose) {
        (true, false) => triangle.solve_lower_triangular_in_place(right),
        (true, true) => triangle.transpose().solve_upper_triangular_in_place(right),
        (false, false) => triangle.solve_upper_triangular_in_place(right),
        (false, true) => triangle.transpose().solve_lower_triangular_in_place(right),
    }
}

/// ln |det A| by an LU decomposition; −∞ for a singular matrix.
pub(crate) fn log_abs_determinant(given: &Operands<'_>) -> Vec<f64> {
    let size = given.shapes[0][given.shapes[0].rank() - 1];
    if size == 0 {
        return vec![0.0; given.output_shape.size()];
    }
    let matrices = given.values[0].chunks_exact(size * size);
    matrices
        .map(|matrix| {
            let decomposition = MatRef::from_row_major_slice(matrix, size, size).partial_piv_lu();
            let upper = decomposition.U();
            let pivots = (0..size).map(|index| upper[(index, index)].abs());
            // After a pivot of 0 the decomposition goes on with NaN.
            if pivots.clone().any(|pivot| pivot == 0.0) { f64::NEG_INFINITY } else { pivots.map(f64::ln).sum() }
        })
        .collect()
}

/// d ln |det A| = tr(A⁻¹ dA): the gradient is A⁻ᵀ.
pub(crate) fn log_abs_determinant_gradient(given: &Operands<'_>, output_gradient: &[f64], gradient: &mut [f64]) {
    let size = given.shapes[0][given.shapes[0].rank() - 1];
    if size == 0 {
        return;
    }
    let matrices = given.values[0].chunks_exact(size * size).zip(gradient.chunks_exact_mut(size * size));
    for ((matrix, slot), &by_output) in matrices.zip(output_gradient) {
        if by_output == 0.0 {
            continue;
        }
        let mut inverse = Mat::<f64>::identity(size, size);
        MatRef::from_row_major_slice(matrix, size, size).partial_piv_lu().solve_transpose_in_place(inverse.as_mut());
        for (element, slot) in slot.iter_mut().enumerate() {
            *slot += by_output * inverse[(element / size, element % size)];
        }
    }
}
