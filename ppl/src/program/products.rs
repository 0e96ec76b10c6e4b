//! Sums, and sums of products: of arrays, and of the rows and columns of a constant matrix.
//!
//! Here the vectors are written out (crate `pulp`): the compiler does not make them of sums on its own, as it may not
//! change the order of additions.

use pulp::{Simd, WithSimd};

use super::memory::{LANES, Line};
use super::panels::{InPlace, Panels};
use super::single;

/// So many sums are in the making at a time: the processor adds to one while it waits for another.
const SUMS: usize = 4;

/// So many lines of a matrix's product are computed together.
pub(super) const ROWS_TOGETHER: usize = 4;

/// `a · b + c`, rounded once where the processor can.
#[inline(always)]
pub(super) fn multiply_add<S: Simd>(simd: S, a: S::f64s, b: S::f64s, c: S::f64s) -> S::f64s {
    if S::IS_SCALAR { simd.add_f64s(simd.mul_f64s(a, b), c) } else { simd.mul_add_f64s(a, b, c) }
}

#[inline(always)]
fn total<S: Simd>(simd: S, sums: [S::f64s; SUMS]) -> f64 {
    let [a, b, c, d] = sums;
    simd.reduce_sum_f64s(simd.add_f64s(simd.add_f64s(a, b), simd.add_f64s(c, d)))
}

/// Σ x.
#[inline(always)]
pub(super) fn sum<S: Simd>(simd: S, xs: &[f64]) -> f64 {
    let (vectors, rest) = S::as_simd_f64s(xs);
    let (groups, single) = vectors.as_chunks::<SUMS>();
    let mut sums = [simd.splat_f64s(0.0); SUMS];
    for group in groups {
        for k in 0..SUMS {
            sums[k] = simd.add_f64s(sums[k], group[k]);
        }
    }
    for (k, &x) in single.iter().enumerate() {
        sums[k] = simd.add_f64s(sums[k], x);
    }
    let mut sum = if vectors.is_empty() { 0.0 } else { total(simd, sums) };
    for x in rest {
        sum += x;
    }
    sum
}

/// Σ x y.
#[inline(always)]
pub(super) fn dot<S: Simd>(simd: S, xs: &[f64], ys: &[f64]) -> f64 {
    let ((x_vectors, x_rest), (y_vectors, y_rest)) = (S::as_simd_f64s(xs), S::as_simd_f64s(ys));
    let ((x_groups, x_single), (y_groups, y_single)) = (x_vectors.as_chunks::<SUMS>(), y_vectors.as_chunks::<SUMS>());
    let mut sums = [simd.splat_f64s(0.0); SUMS];
    for (x, y) in x_groups.iter().zip(y_groups) {
        for k in 0..SUMS {
            sums[k] = multiply_add(simd, x[k], y[k], sums[k]);
        }
    }
    for (k, (&x, &y)) in x_single.iter().zip(y_single).enumerate() {
        sums[k] = multiply_add(simd, x, y, sums[k]);
    }
    let mut sum = if x_vectors.is_empty() { 0.0 } else { total(simd, sums) };
    for (x, y) in x_rest.iter().zip(y_rest) {
        sum += x * y;
    }
    sum
}

/// A line as vectors.
#[inline(always)]
fn vectors<S: Simd>(lines: &[Line]) -> &[S::f64s] {
    S::as_simd_f64s(lines.as_flattened()).0
}

#[inline(always)]
fn vectors_mut<S: Simd>(lines: &mut [Line]) -> &mut [S::f64s] {
    S::as_mut_simd_f64s(lines.as_flattened_mut()).0
}

/// Rows of a matrix, from line `start` on, times a vector: each column's lines times its element.
#[inline(always)]
pub(super) fn mat_vec<S: Simd>(simd: S, panels: &Panels, start: usize, vector: &[f64], output: &mut [Line]) {
    let columns = panels.columns();
    if let Some(elements) = panels.in_place() {
        let rows = elements.from(start * LANES * columns);
        return in_place(simd, Product::RowsTimesVector(rows, &vector[..columns], output.as_flattened_mut()));
    }
    let mut line = 0;
    while line + ROWS_TOGETHER <= output.len() {
        let rows = panels.rows_of_lines::<ROWS_TOGETHER>(start + line);
        mat_vec_lines::<S, ROWS_TOGETHER>(simd, rows, &vector[..columns], &mut output[line..][..ROWS_TOGETHER]);
        line += ROWS_TOGETHER;
    }
    for line in line..output.len() {
        mat_vec_lines::<S, 1>(
            simd,
            panels.rows_of_lines::<1>(start + line),
            &vector[..columns],
            &mut output[line..][..1],
        );
    }
}

#[inline(always)]
fn mat_vec_lines<S: Simd, const ROWS: usize>(simd: S, rows: [&[Line]; ROWS], vector: &[f64], output: &mut [Line]) {
    let width = LANES / S::F64_LANES;
    let rows = rows.map(vectors::<S>);
    let output = vectors_mut::<S>(output);
    for part in 0..width {
        let mut sums = [simd.splat_f64s(0.0); ROWS];
        for (column, &factor) in vector.iter().enumerate() {
            let factor = simd.splat_f64s(factor);
            for row in 0..ROWS {
                sums[row] = multiply_add(simd, rows[row][column * width + part], factor, sums[row]);
            }
        }
        for row in 0..ROWS {
            output[row * width + part] = sums[row];
        }
    }
}

/// A product with rows of a large matrix that stays where it is.
enum Product<'a> {
    RowsTimesVector(InPlace<'a>, &'a [f64], &'a mut [f64]),
    AddRowsTimes(InPlace<'a>, &'a [f64], &'a mut [f64]),
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match self {
            Self::RowsTimesVector(InPlace::Double(rows), vector, output) => {
                rows_times_vector(simd, rows, vector, output);
            }
            Self::RowsTimesVector(InPlace::Single(rows), vector, output) => {
                single::rows_times_vector(simd, rows, vector, output);
            }
            Self::AddRowsTimes(InPlace::Double(rows), vector, sum) => add_rows_times(simd, rows, vector, sum),
            Self::AddRowsTimes(InPlace::Single(rows), vector, sum) => single::add_rows_times::<S>(rows, vector, sum),
        }
    }
}

/// A function of its own, which is called: what is rare in one function with the interpreter's loop leaves that fewer
/// registers.
#[inline(never)]
fn in_place<S: Simd>(simd: S, product: Product<'_>) {
    simd.vectorize(product);
}

/// The products of rows, each as long as the vector, with it; elements beyond those of the last row stay.
#[inline(always)]
fn rows_times_vector<S: Simd>(simd: S, rows: &[f64], vector: &[f64], output: &mut [f64]) {
    let columns = vector.len();
    let count = output.len().min(rows.len() / columns);
    let mut row = 0;
    // This is what reads the matrix from memory, nearly in its order: of eight rows at a time, which lie on the same pages,
    // the processor does not foresee the next, and all takes 1.6 times as long.
    while row + 2 <= count {
        let products = some_rows_times_vector::<S, 2>(simd, &rows[row * columns..], vector);
        output[row..row + 2].copy_from_slice(&products);
        row += 2;
    }
    if row < count {
        [output[row]] = some_rows_times_vector::<S, 1>(simd, &rows[row * columns..], vector);
    }
}

#[inline(always)]
fn some_rows_times_vector<S: Simd, const ROWS: usize>(simd: S, rows: &[f64], vector: &[f64]) -> [f64; ROWS] {
    let columns = vector.len();
    let (factors, last) = S::as_simd_f64s(vector);
    let parts: [_; ROWS] = std::array::from_fn(|row| S::as_simd_f64s(&rows[row * columns..][..columns]));
    let mut sums = [simd.splat_f64s(0.0); ROWS];
    for (place, &factor) in factors.iter().enumerate() {
        for row in 0..ROWS {
            sums[row] = multiply_add(simd, parts[row].0[place], factor, sums[row]);
        }
    }
    if !last.is_empty() {
        let factor = simd.partial_load_f64s(last);
        for row in 0..ROWS {
            sums[row] = multiply_add(simd, simd.partial_load_f64s(parts[row].1), factor, sums[row]);
        }
    }
    sums.map(|sum| simd.reduce_sum_f64s(sum))
}

/// Adds to a sum of rows, each as long as it, those times the elements of a vector; elements beyond the last row do not
/// count.
#[inline(always)]
fn add_rows_times<S: Simd>(simd: S, rows: &[f64], vector: &[f64], sum: &mut [f64]) {
    let columns = sum.len();
    let count = vector.len().min(rows.len() / columns);
    let mut row = 0;
    while row + LANES <= count {
        add_some_rows_times::<S, LANES>(simd, &rows[row * columns..], &vector[row..], sum);
        row += LANES;
    }
    for row in row..count {
        add_some_rows_times::<S, 1>(simd, &rows[row * columns..], &vector[row..], sum);
    }
}

#[inline(always)]
fn add_some_rows_times<S: Simd, const ROWS: usize>(simd: S, rows: &[f64], vector: &[f64], sum: &mut [f64]) {
    let columns = sum.len();
    let factors: [S::f64s; ROWS] = std::array::from_fn(|row| simd.splat_f64s(vector[row]));
    let parts: [_; ROWS] = std::array::from_fn(|row| S::as_simd_f64s(&rows[row * columns..][..columns]));
    let (sums, last) = S::as_mut_simd_f64s(sum);
    for (place, slot) in sums.iter_mut().enumerate() {
        let mut sum = *slot;
        for row in 0..ROWS {
            sum = multiply_add(simd, parts[row].0[place], factors[row], sum);
        }
        *slot = sum;
    }
    if !last.is_empty() {
        let mut sum = simd.partial_load_f64s(last);
        for row in 0..ROWS {
            sum = multiply_add(simd, simd.partial_load_f64s(parts[row].1), factors[row], sum);
        }
        simd.partial_store_f64s(last, sum);
    }
}

/// Adds to each column's line the products of its lines, from line `start` on, with those of a vector.
#[inline(always)]
pub(super) fn transposed_mat_vec<S: Simd>(
    simd: S,
    panels: &Panels,
    start: usize,
    vector: &[Line],
    output: &mut [Line],
) {
    if let Some(elements) = panels.in_place() {
        let columns = panels.columns();
        let (rows, sum) = (elements.from(start * LANES * columns), &mut output.as_flattened_mut()[..columns]);
        return in_place(simd, Product::AddRowsTimes(rows, vector.as_flattened(), sum));
    }
    let mut line = 0;
    while line + ROWS_TOGETHER <= vector.len() {
        let rows = panels.rows_of_lines::<ROWS_TOGETHER>(start + line);
        transposed_mat_vec_lines::<S, ROWS_TOGETHER>(simd, rows, &vector[line..][..ROWS_TOGETHER], output);
        line += ROWS_TOGETHER;
    }
    for line in line..vector.len() {
        transposed_mat_vec_lines::<S, 1>(simd, panels.rows_of_lines::<1>(start + line), &vector[line..][..1], output);
    }
}

#[inline(always)]
fn transposed_mat_vec_lines<S: Simd, const ROWS: usize>(
    simd: S,
    rows: [&[Line]; ROWS],
    vector: &[Line],
    output: &mut [Line],
) {
    let width = LANES / S::F64_LANES;
    let rows = rows.map(vectors::<S>);
    let (vector, output) = (vectors::<S>(vector), vectors_mut::<S>(output));
    for part in 0..width {
        let factors: [S::f64s; ROWS] = std::array::from_fn(|row| vector[row * width + part]);
        for (column, slot) in output.iter_mut().skip(part).step_by(width).enumerate() {
            let mut sum = *slot;
            for row in 0..ROWS {
                sum = multiply_add(simd, rows[row][column * width + part], factors[row], sum);
            }
            *slot = sum;
        }
    }
}
