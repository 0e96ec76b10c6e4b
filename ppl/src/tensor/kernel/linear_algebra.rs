//! Dense linear algebra on the last two axes, one matrix of the batch after the other; matrices are row by row.
//!
//! Small matrices are done by plain loops here, large ones by faer, which spends more before it begins; Cholesky factors and
//! inverses by `definite`. The functions on slices are those of recorded programs too: what they need besides their output is
//! `scratch`, so that they need not allocate.

use faer::linalg::matmul::triangular::{self, BlockStructure};
use faer::linalg::triangular_inverse::invert_lower_triangular;
use faer::linalg::triangular_solve::{solve_lower_triangular_in_place, solve_upper_triangular_in_place};
use faer::prelude::{Reborrow, ReborrowMut};
use faer::{Accum, MatMut, MatRef, Par};
use pulp::{Arch, Simd, WithSimd};

use super::super::Shape;
use super::super::primitive::Primitive;
use super::definite::{self, Storage};
use super::host::Operands;
use super::index_map::index_map;
use crate::{Error, Result, violation};

/// Up to this size loops are faster than faer.
const SMALL: usize = 32;

/// Several running sums, which the processor adds to at the same time.
#[inline(always)]
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    const LANES: usize = 8;

    let ((a_lines, a_rest), (b_lines, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    if a_lines.is_empty() {
        return rest;
    }
    let mut sums = [0.0; LANES];
    for (a, b) in a_lines.iter().zip(b_lines) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum::<f64>() + rest
}

/// y − factor · x.
#[inline(always)]
fn subtract(y: &mut [f64], factor: f64, x: &[f64]) {
    y.iter_mut().zip(x).for_each(|(y, x)| *y -= factor * x);
}

/// op(A) · op(B), where op(A) is m × k and op(B) k × n, and op may be the transpose.
pub(crate) fn matmul(
    a: &[f64],
    b: &[f64],
    (m, k, n): (usize, usize, usize),
    (transpose_a, transpose_b): (bool, bool),
    output: &mut [f64],
) {
    let view = |elements, rows, columns, is_transposed| match is_transposed {
        false => MatRef::from_row_major_slice(elements, rows, columns),
        true => MatRef::from_column_major_slice(elements, rows, columns),
    };
    let output = MatMut::from_row_major_slice_mut(output, m, n);
    let (a, b) = (view(a, m, k, transpose_a), view(b, k, n, transpose_b));
    faer::linalg::matmul::matmul(output, Accum::Replace, a, b, 1.0, Par::Seq);
}

/// A pivot of a Cholesky factorisation, the square of an element of the factor's diagonal, that is not positive.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pivot {
    /// Order of the leading minor that it makes non-positive.
    pub(crate) order: usize,
    pub(crate) value: f64,
}

impl Pivot {
    /// Where the factorisation of this matrix stops; `None` if it is positive definite.
    pub(crate) fn first_wrong(matrix: &[f64], size: usize) -> Option<Self> {
        let (mut factor, mut scratch) = (vec![0.0; matrix.len()], vec![0.0; definite::panels_len(size)]);
        factorize(matrix, size, &mut factor, &mut scratch).err()
    }
}

/// The lower Cholesky factor, of which only the lower triangle is read, or the first pivot that is not positive; `scratch` has
/// [`definite::panels_len`] numbers.
fn factorize(matrix: &[f64], size: usize, factor: &mut [f64], scratch: &mut [f64]) -> Result<(), Pivot> {
    Arch::new().dispatch(Factorize { matrix, size, factor, scratch })
}

struct Factorize<'a> {
    matrix: &'a [f64],
    size: usize,
    factor: &'a mut [f64],
    scratch: &'a mut [f64],
}

impl WithSimd for Factorize<'_> {
    type Output = Result<(), Pivot>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Result<(), Pivot> {
        cholesky(simd, self.matrix, self.size, self.factor, self.scratch)
    }
}

/// As [`factorize`], by the instructions of a processor.
#[inline(always)]
pub(crate) fn cholesky<S: Simd>(
    simd: S,
    matrix: &[f64],
    size: usize,
    factor: &mut [f64],
    scratch: &mut [f64],
) -> Result<(), Pivot> {
    /// Up to this size loops are faster than panels of eight rows.
    const LOOPS: usize = 7;

    if size <= LOOPS {
        return cholesky_by_loops(matrix, size, factor);
    }
    definite::factorize(simd, (matrix, Storage::Full), size, scratch)?;
    definite::rows_of_panels(scratch, size, factor);
    Ok(())
}

fn cholesky_by_loops(matrix: &[f64], size: usize, factor: &mut [f64]) -> Result<(), Pivot> {
    for row in 0..size {
        let (above, own) = factor.split_at_mut(row * size);
        let matrix = &matrix[row * size..][..=row];
        for column in 0..row {
            let other = &above[column * size..][..=column];
            own[column] = (matrix[column] - dot(&own[..column], &other[..column])) / other[column];
        }
        let rest = matrix[row] - dot(&own[..row], &own[..row]);
        if !(rest > 0.0 && rest < f64::INFINITY) {
            return Err(Pivot { order: row + 1, value: rest });
        }
        own[row] = rest.sqrt();
        own[row + 1..size].fill(0.0);
    }
    Ok(())
}

/// Numbers of scratch that [`cholesky_gradient`] needs.
pub(crate) fn cholesky_gradient_scratch(size: usize) -> usize {
    if size <= SMALL { size * size } else { 3 * size * size }
}

/// Adds the gradient by a matrix, of whose factor a gradient is given: that of a function of the lower triangle, which is
/// what the factor is made of.
///
/// Small ones step by step backwards (Smith 1995, "Differentiation of the Cholesky algorithm"), large ones by level-3
/// operations (Murray 2016, "Differentiation of the Cholesky decomposition", eq. 10).
pub(crate) fn cholesky_gradient(
    factor: &[f64],
    by_factor: &[f64],
    size: usize,
    gradient: &mut [f64],
    scratch: &mut [f64],
) {
    if size > SMALL {
        return cholesky_gradient_by_blocks(factor, by_factor, size, gradient, scratch);
    }
    let adjoint = &mut scratch[..size * size];
    adjoint.copy_from_slice(by_factor);
    for row in (0..size).rev() {
        let (above, own) = adjoint.split_at_mut(row * size);
        let diagonal = factor[row * size + row];
        let by_square = 0.5 * own[row] / diagonal;
        gradient[row * size + row] += by_square;
        subtract(&mut own[..row], 2.0 * by_square, &factor[row * size..][..row]);
        for column in (0..row).rev() {
            let other = &factor[column * size..][..=column];
            let by_element = own[column] / other[column];
            gradient[row * size + column] += by_element;
            above[column * size + column] -= by_element * factor[row * size + column];
            subtract(&mut own[..column], by_element, &other[..column]);
            subtract(&mut above[column * size..][..column], by_element, &factor[row * size..][..column]);
        }
    }
}

/// L⁻ᵀ (Φ + Φᵀ) L⁻¹ with Φ the lower triangle of Lᵀ L̄, of which the diagonal counts one half.
fn cholesky_gradient_by_blocks(
    factor: &[f64],
    by_factor: &[f64],
    size: usize,
    gradient: &mut [f64],
    scratch: &mut [f64],
) {
    use BlockStructure::{Rectangular, TriangularLower, TriangularUpper};

    let lower = MatRef::from_row_major_slice(factor, size, size);
    let by_lower = MatRef::from_row_major_slice(by_factor, size, size);
    let (inverse, rest) = scratch.split_at_mut(size * size);
    let (inner, outer) = rest.split_at_mut(size * size);
    inverse.fill(0.0);
    inner.fill(0.0);
    let mut inverse = MatMut::from_row_major_slice_mut(inverse, size, size);
    let mut inner = MatMut::from_row_major_slice_mut(inner, size, size);
    let mut outer = MatMut::from_row_major_slice_mut(&mut outer[..size * size], size, size);
    invert_lower_triangular(inverse.rb_mut(), lower, Par::Seq);
    let (inverse, seq) = (inverse.rb(), Par::Seq);
    let product = inner.rb_mut();
    triangular::matmul(
        product,
        TriangularLower,
        Accum::Replace,
        lower.transpose(),
        TriangularUpper,
        by_lower,
        TriangularLower,
        1.0,
        seq,
    );
    for row in 0..size {
        inner[(row, row)] *= 0.5;
    }
    // Φ L⁻¹ is lower triangular, and L⁻ᵀ times it is not; its transpose is added to it.
    let product = outer.rb_mut();
    triangular::matmul(
        product,
        TriangularLower,
        Accum::Replace,
        inner.rb(),
        TriangularLower,
        inverse,
        TriangularLower,
        1.0,
        seq,
    );
    for row in 0..size {
        for column in row + 1..size {
            outer[(row, column)] = 0.0;
        }
    }
    let product = inner.rb_mut();
    triangular::matmul(
        product,
        Rectangular,
        Accum::Replace,
        inverse.transpose(),
        TriangularUpper,
        outer.rb(),
        TriangularLower,
        1.0,
        seq,
    );
    for row in 0..size {
        gradient[row * size + row] += inner[(row, row)];
        for column in 0..row {
            gradient[row * size + column] += inner[(row, column)] + inner[(column, row)];
        }
    }
}

/// Numbers of scratch that [`cholesky_inverse`] needs.
pub(crate) fn cholesky_inverse_scratch(size: usize) -> usize {
    definite::panels_len(size) + definite::inverse_scratch(size)
}

/// The lower triangle of (L Lᵀ)⁻¹ = L⁻ᵀ L⁻¹, and 0 above.
#[inline(always)]
pub(crate) fn cholesky_inverse<S: Simd>(
    simd: S,
    factor: &[f64],
    size: usize,
    inverse: &mut [f64],
    scratch: &mut [f64],
) {
    let (panels, scratch) = scratch.split_at_mut(definite::panels_len(size));
    definite::panels_of_rows(factor, size, panels);
    definite::inverse(simd, panels, size, (&mut *inverse, Storage::Full), scratch);
    for (row, elements) in inverse.chunks_exact_mut(size).enumerate() {
        elements[row + 1..].fill(0.0);
    }
}

/// Solves op(T) X = B in the place of B, with op the identity or the transpose; only T's named triangle is read.
pub(crate) fn triangular_solve(
    triangle: &[f64],
    (size, columns): (usize, usize),
    (lower, transpose): (bool, bool),
    right: &mut [f64],
) {
    if size > SMALL && columns > 1 {
        let triangle = MatRef::from_row_major_slice(triangle, size, size);
        let right = MatMut::from_row_major_slice_mut(right, size, columns);
        return match (lower, transpose) {
            (true, false) => solve_lower_triangular_in_place(triangle, right, Par::Seq),
            (true, true) => solve_upper_triangular_in_place(triangle.transpose(), right, Par::Seq),
            (false, false) => solve_upper_triangular_in_place(triangle, right, Par::Seq),
            (false, true) => solve_lower_triangular_in_place(triangle.transpose(), right, Par::Seq),
        };
    }
    let is_forward = lower != transpose;
    for step in 0..size {
        let row = if is_forward { step } else { size - 1 - step };
        let diagonal = triangle[row * size + row];
        if transpose {
            // The row is a column of the transpose: what is found goes into all that come later.
            right[row * columns..][..columns].iter_mut().for_each(|x| *x /= diagonal);
            let later = if lower { 0..row } else { row + 1..size };
            if columns == 1 {
                let found = right[row];
                subtract(&mut right[later.clone()], found, &triangle[row * size..][later]);
                continue;
            }
            for other in later {
                let (found, target) = two_rows(right, columns, row, other);
                subtract(target, triangle[row * size + other], found);
            }
        } else {
            let earlier = if lower { 0..row } else { row + 1..size };
            if columns == 1 {
                right[row] -= dot(&triangle[row * size..][earlier.clone()], &right[earlier]);
            } else {
                for other in earlier {
                    let (found, target) = two_rows(right, columns, other, row);
                    subtract(target, triangle[row * size + other], found);
                }
            }
            right[row * columns..][..columns].iter_mut().for_each(|x| *x /= diagonal);
        }
    }
}

/// One row to read and another one to change.
fn two_rows(matrix: &mut [f64], columns: usize, read: usize, change: usize) -> (&[f64], &mut [f64]) {
    if read < change {
        let (before, after) = matrix.split_at_mut(change * columns);
        (&before[read * columns..][..columns], &mut after[..columns])
    } else {
        let (before, after) = matrix.split_at_mut(read * columns);
        (&after[..columns], &mut before[change * columns..][..columns])
    }
}

/// Numbers of scratch that [`log_abs_determinant`] and [`add_inverse_transpose`] need.
pub(crate) fn lu_scratch(size: usize) -> usize {
    2 * size * size + size
}

/// P A = L U in the place of A, row by row; the rows' order goes to `order`.
fn lu(matrix: &mut [f64], size: usize, order: &mut [f64]) {
    order.iter_mut().enumerate().for_each(|(row, place)| *place = row as f64);
    for column in 0..size {
        let largest = |best: usize, row: usize| {
            if matrix[row * size + column].abs() > matrix[best * size + column].abs() { row } else { best }
        };
        let pivot = (column + 1..size).fold(column, largest);
        if pivot != column {
            order.swap(column, pivot);
            for element in 0..size {
                matrix.swap(column * size + element, pivot * size + element);
            }
        }
        for row in column + 1..size {
            let (own, target) = two_rows(matrix, size, column, row);
            let factor = target[column] / own[column];
            target[column] = factor;
            subtract(&mut target[column + 1..], factor, &own[column + 1..]);
        }
    }
}

/// ln |det A| by an LU decomposition; −∞ for a singular matrix.
pub(crate) fn log_abs_determinant(matrix: &[f64], size: usize, scratch: &mut [f64]) -> f64 {
    let (work, rest) = scratch.split_at_mut(size * size);
    work.copy_from_slice(matrix);
    lu(work, size, &mut rest[..size]);
    let pivots = (0..size).map(|index| work[index * size + index].abs());
    // After a pivot of 0 the decomposition goes on with NaN.
    if pivots.clone().any(|pivot| pivot == 0.0) { f64::NEG_INFINITY } else { pivots.map(f64::ln).sum() }
}

/// d ln |det A| = tr(A⁻¹ dA): adds A⁻ᵀ times the gradient by it.
pub(crate) fn add_inverse_transpose(
    matrix: &[f64],
    size: usize,
    by_output: f64,
    gradient: &mut [f64],
    scratch: &mut [f64],
) {
    if by_output == 0.0 {
        return;
    }
    let (work, rest) = scratch.split_at_mut(size * size);
    let (inverse, order) = rest.split_at_mut(size * size);
    work.copy_from_slice(matrix);
    lu(work, size, &mut order[..size]);
    // A⁻¹ = U⁻¹ L⁻¹ P.
    inverse.fill(0.0);
    order.iter().take(size).enumerate().for_each(|(row, &place)| inverse[row * size + place as usize] = 1.0);
    for row in 0..size {
        for other in 0..row {
            let (found, target) = two_rows(inverse, size, other, row);
            subtract(target, work[row * size + other], found);
        }
    }
    triangular_solve(work, (size, size), (false, false), inverse);
    for row in 0..size {
        for column in 0..size {
            gradient[column * size + row] += by_output * inverse[row * size + column];
        }
    }
}

/// Rows and columns of the matrices in the last two axes.
pub(crate) fn matrix_of(shape: &Shape) -> (usize, usize) {
    let (_, matrix) = shape.split_event(2);
    (matrix[0], matrix[1])
}

/// Lower Cholesky factors of a batch.
pub(crate) fn cholesky_of(given: &Operands<'_>) -> Result<Vec<f64>> {
    let (size, _) = matrix_of(&given.output_shape);
    let mut output = vec![0.0; given.values[0].len()];
    if size == 0 {
        return Ok(output);
    }
    let mut scratch = vec![0.0; definite::panels_len(size)];
    for (matrix, factor) in given.values[0].chunks_exact(size * size).zip(output.chunks_exact_mut(size * size)) {
        if let Err(pivot) = factorize(matrix, size, factor, &mut scratch) {
            let found = violation::not_positive_definite(matrix, size, &pivot);
            let problem = format!("not positive definite: its {found}");
            return Err(Error::SingularMatrix { operation: "cholesky", problem });
        }
    }
    Ok(output)
}

pub(crate) fn cholesky_of_gradient(
    given: &Operands<'_>,
    output: &[f64],
    output_gradient: &[f64],
    gradient: &mut [f64],
) {
    let (size, _) = matrix_of(&given.output_shape);
    if size == 0 {
        return;
    }
    let mut scratch = vec![0.0; cholesky_gradient_scratch(size)];
    let matrices = output.chunks_exact(size * size).zip(output_gradient.chunks_exact(size * size));
    for ((factor, by_factor), target) in matrices.zip(gradient.chunks_exact_mut(size * size)) {
        cholesky_gradient(factor, by_factor, size, target, &mut scratch);
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

/// Solutions of a batch.
pub(crate) fn triangular_solve_of(given: &Operands<'_>, modes: (bool, bool)) -> Vec<f64> {
    let (size, columns) = matrix_of(&given.output_shape);
    let (triangles, right_sides) = (Batch::new(given, 0), Batch::new(given, 1));
    let mut output = Vec::with_capacity(given.output_shape.size());
    for index in 0..triangles.map.len() {
        let start = output.len();
        output.extend_from_slice(right_sides.get(index));
        triangular_solve(triangles.get(index), (size, columns), modes, &mut output[start..]);
    }
    output
}

/// With X = op(T)⁻¹ B: B̄ = op(T)⁻ᵀ X̄ and op(T)‾ = −B̄ Xᵀ (Giles 2008, section 2.3.1), within T's triangle.
pub(crate) fn triangular_solve_of_gradient(
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
        let mut by_right = output_gradient[chunk.clone()].to_vec();
        triangular_solve(triangles.get(index), (size, columns), (lower, !transpose), &mut by_right);
        let slot = &mut gradient[target.map[index] * target.matrix..][..target.matrix];
        if position == 1 {
            slot.iter_mut().zip(&by_right).for_each(|(slot, by_right)| *slot += by_right);
            continue;
        }
        let solution = &output[chunk];
        let (left, right) = if transpose { (solution, &by_right[..]) } else { (&by_right[..], solution) };
        for row in 0..size {
            let within = if lower { 0..row + 1 } else { row..size };
            for column in within {
                let product = dot(&left[row * columns..][..columns], &right[column * columns..][..columns]);
                slot[row * size + column] -= product;
            }
        }
    }
}

/// ln |det A| of a batch.
pub(crate) fn log_abs_determinant_of(given: &Operands<'_>) -> Vec<f64> {
    let (size, _) = matrix_of(&given.shapes[0]);
    if size == 0 {
        return vec![0.0; given.output_shape.size()];
    }
    let mut scratch = vec![0.0; lu_scratch(size)];
    let matrices = given.values[0].chunks_exact(size * size);
    matrices.map(|matrix| log_abs_determinant(matrix, size, &mut scratch)).collect()
}

pub(crate) fn log_abs_determinant_of_gradient(given: &Operands<'_>, output_gradient: &[f64], gradient: &mut [f64]) {
    let (size, _) = matrix_of(&given.shapes[0]);
    if size == 0 {
        return;
    }
    let mut scratch = vec![0.0; lu_scratch(size)];
    let matrices = given.values[0].chunks_exact(size * size).zip(gradient.chunks_exact_mut(size * size));
    for ((matrix, slot), &by_output) in matrices.zip(output_gradient) {
        add_inverse_transpose(matrix, size, by_output, slot, &mut scratch);
    }
}

/// A⁻ᵀ of a batch.
pub(crate) fn inverse_transpose_of(given: &Operands<'_>) -> Result<Vec<f64>> {
    let (size, _) = matrix_of(&given.shapes[0]);
    let mut output = vec![0.0; given.values[0].len()];
    if size == 0 {
        return Ok(output);
    }
    let mut scratch = vec![0.0; lu_scratch(size)];
    let matrices = given.values[0].chunks_exact(size * size).zip(output.chunks_exact_mut(size * size));
    for (index, (matrix, inverse)) in matrices.enumerate() {
        add_inverse_transpose(matrix, size, 1.0, inverse, &mut scratch);
        if inverse.iter().any(|element| !element.is_finite()) && matrix.iter().all(|element| element.is_finite()) {
            let which = if given.values[0].len() > size * size {
                format!(" (matrix {index} of the batch)")
            } else {
                String::new()
            };
            let problem = format!("singular: a pivot of its LU decomposition is 0{which}");
            return Err(Error::SingularMatrix { operation: "inverse", problem });
        }
    }
    Ok(output)
}

/// With Y = A⁻ᵀ, Ā = −Y Ȳᵀ Y.
pub(crate) fn inverse_transpose_of_gradient(
    given: &Operands<'_>,
    output: &[f64],
    output_gradient: &[f64],
    gradient: &mut [f64],
) {
    let (size, _) = matrix_of(&given.shapes[0]);
    if size == 0 {
        return;
    }
    let elements = size * size;
    let (mut right, mut product) = (vec![0.0; elements], vec![0.0; elements]);
    let inverses = output.chunks_exact(elements).zip(output_gradient.chunks_exact(elements));
    for ((inverse, by_output), slot) in inverses.zip(gradient.chunks_exact_mut(elements)) {
        matmul(by_output, inverse, (size, size, size), (true, false), &mut right);
        matmul(inverse, &right, (size, size, size), (false, false), &mut product);
        slot.iter_mut().zip(&product).for_each(|(slot, by_element)| *slot -= by_element);
    }
}

/// Signs of the determinants of a batch; 0 of singular matrices.
pub(crate) fn signs_of_determinants(matrices: &[f64], size: usize) -> Vec<f64> {
    let mut order = vec![0.0; size];
    let sign = |matrix: &[f64]| {
        let mut work = matrix.to_vec();
        lu(&mut work, size, &mut order);
        let pivots = (0..size).map(|index| work[index * size + index]);
        // After a pivot of 0 the decomposition goes on with NaN.
        if pivots.clone().any(|pivot| pivot == 0.0) {
            return 0.0;
        }
        let inversions = (0..size).flat_map(|row| (0..row).map(move |before| (before, row)));
        let swaps = inversions.filter(|&(before, row)| order[before] > order[row]).count();
        pivots.map(f64::signum).product::<f64>() * if swaps % 2 == 0 { 1.0 } else { -1.0 }
    };
    matrices.chunks_exact((size * size).max(1)).map(sign).collect()
}
