//! Products of a matrix in single precision, row by row, with vectors in double precision: the matrix is what is read from
//! memory, and each of its elements is converted when it is there.

#![allow(clippy::needless_range_loop, reason = "closures of iterators may not have the processor's instructions")]

use pulp::Simd;

use super::elementary::multiply_add;
use super::memory::{LANES, Line};
use super::products;

/// So many rows are multiplied together: of more, the processor does not foresee the next.
const ROWS: usize = 4;

/// The products of rows, each as long as the vector, with it; elements beyond those of the last row stay.
#[inline(always)]
pub(super) fn rows_times_vector<S: Simd>(simd: S, rows: &[f32], vector: &[f64], output: &mut [f64]) {
    let columns = vector.len();
    let count = output.len().min(rows.len() / columns);
    let mut row = 0;
    while row + ROWS <= count {
        let products = some_rows_times_vector::<S, ROWS>(simd, &rows[row * columns..], vector);
        output[row..row + ROWS].copy_from_slice(&products);
        row += ROWS;
    }
    for row in row..count {
        [output[row]] = some_rows_times_vector::<S, 1>(simd, &rows[row * columns..], vector);
    }
}

#[inline(always)]
fn some_rows_times_vector<S: Simd, const ROWS: usize>(simd: S, rows: &[f32], vector: &[f64]) -> [f64; ROWS] {
    let columns = vector.len();
    let (factors, last) = vector.as_chunks::<LANES>();
    let parts: [(&[[f32; LANES]], &[f32]); ROWS] = std::array::from_fn(|row| {
        let (elements, last_elements) = rows[row * columns..][..columns].as_chunks();
        (&elements[..factors.len()], &last_elements[..last.len()])
    });
    let mut sums = [simd.splat_f64s(0.0); ROWS];
    for (place, factor) in factors.iter().enumerate() {
        let factor = S::as_simd_f64s(factor).0;
        for row in 0..ROWS {
            let elements = parts[row].0[place];
            // As a line, of which the compiler makes one conversion: of sums of single elements it would make vectors across
            // rows.
            let line: Line = std::array::from_fn(|lane| f64::from(elements[lane]));
            for (&x, &factor) in S::as_simd_f64s(&line).0.iter().zip(factor) {
                sums[row] = products::multiply_add(simd, x, factor, sums[row]);
            }
        }
    }
    std::array::from_fn(|row| {
        let sum = simd.reduce_sum_f64s(sums[row]);
        parts[row].1.iter().zip(last).fold(sum, |sum, (&element, factor)| f64::from(element) * factor + sum)
    })
}

/// Adds to a sum of rows, each as long as it, those times the elements of a vector; elements beyond the last row do not
/// count.
#[inline(always)]
pub(super) fn add_rows_times<S: Simd>(rows: &[f32], vector: &[f64], sum: &mut [f64]) {
    let columns = sum.len();
    let count = vector.len().min(rows.len() / columns);
    let mut row = 0;
    while row + LANES <= count {
        add_some_rows_times::<S, LANES>(&rows[row * columns..], &vector[row..], sum);
        row += LANES;
    }
    for row in row..count {
        add_some_rows_times::<S, 1>(&rows[row * columns..], &vector[row..], sum);
    }
}

#[inline(always)]
fn add_some_rows_times<S: Simd, const ROWS: usize>(rows: &[f32], vector: &[f64], sum: &mut [f64]) {
    let columns = sum.len();
    let factors: [f64; ROWS] = std::array::from_fn(|row| vector[row]);
    let (sums, last) = sum.as_chunks_mut::<LANES>();
    let parts: [(&[[f32; LANES]], &[f32]); ROWS] = std::array::from_fn(|row| {
        let (elements, last_elements) = rows[row * columns..][..columns].as_chunks();
        (&elements[..sums.len()], &last_elements[..last.len()])
    });
    for (place, slot) in sums.iter_mut().enumerate() {
        let mut sum: Line = *slot;
        for row in 0..ROWS {
            let elements = parts[row].0[place];
            for lane in 0..LANES {
                sum[lane] = multiply_add::<S>(f64::from(elements[lane]), factors[row], sum[lane]);
            }
        }
        *slot = sum;
    }
    for (place, slot) in last.iter_mut().enumerate() {
        for row in 0..ROWS {
            *slot += f64::from(parts[row].1[place]) * factors[row];
        }
    }
}
