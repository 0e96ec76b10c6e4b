//! Loops over slices that the processor does well: sums with partial sums that the compiler can keep in vector registers,
//! transposition by tiles.

/// The number of partial sums.
const LANES: usize = 8;

/// The inner product a · b.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; LANES];
    let (a_chunks, a_rest) = a.as_chunks::<LANES>();
    let (b_chunks, b_rest) = b.as_chunks::<LANES>();
    for (a, b) in a_chunks.iter().zip(b_chunks) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let (a_pairs, a_last) = a_rest.as_chunks::<2>();
    let (b_pairs, b_last) = b_rest.as_chunks::<2>();
    for (a, b) in a_pairs.iter().zip(b_pairs) {
        sums[0] += a[0] * b[0];
        sums[1] += a[1] * b[1];
    }
    if let ([a], [b]) = (a_last, b_last) {
        sums[2] += a * b;
    }
    total(sums)
}

/// The sum of partial sums, by halves: no addition waits for more than two others.
fn total(sums: [f64; LANES]) -> f64 {
    let quarters = [sums[0] + sums[4], sums[1] + sums[5], sums[2] + sums[6], sums[3] + sums[7]];
    (quarters[0] + quarters[2]) + (quarters[1] + quarters[3])
}

/// Adds `factor` times `other` to `sum`, entry by entry.
pub(crate) fn add_scaled(sum: &mut [f64], factor: f64, other: &[f64]) {
    for (sum, other) in sum.iter_mut().zip(other) {
        *sum += factor * other;
    }
}

/// Writes the transpose of a matrix of so many rows and columns; a stride is the distance between rows.
///
/// Tile by tile, so that no more lines of memory are open at a time than the nearest cache has.
pub(crate) fn transpose(
    (from, from_stride): (&[f64], usize),
    (to, to_stride): (&mut [f64], usize),
    (rows, columns): (usize, usize),
) {
    for first_row in (0..rows).step_by(LANES) {
        let rows = first_row..rows.min(first_row + LANES);
        for first_column in (0..columns).step_by(LANES) {
            for column in first_column..columns.min(first_column + LANES) {
                let target = &mut to[column * to_stride..][rows.clone()];
                for (slot, row) in target.iter_mut().zip(rows.clone()) {
                    *slot = from[row * from_stride + column];
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_element_changes_its_row_for_its_column() {
        for (rows, columns) in [(0, 3), (1, 1), (3, 0), (5, 17), (16, 8), (23, 9)] {
            let (from_stride, to_stride) = (columns + 2, rows + 1);
            let from: Vec<f64> = (0..rows * from_stride).map(|k| k as f64).collect();
            let mut to = vec![-1.0; columns * to_stride];
            transpose((&from, from_stride), (&mut to, to_stride), (rows, columns));
            for column in 0..columns {
                assert!((0..rows).all(|row| to[column * to_stride + row] == from[row * from_stride + column]));
                assert_eq!(to[column * to_stride + rows], -1.0);
            }
        }
    }

    #[test]
    fn inner_products_of_every_length_are_right() {
        // Small integers: every order of summation gives the same value.
        for length in 0..40 {
            let a: Vec<f64> = (0..length).map(|i| i as f64 - 7.0).collect();
            let b: Vec<f64> = (0..length).map(|i| (i * i % 11) as f64).collect();
            let expected: f64 = (0..length).map(|i| a[i] * b[i]).sum();
            assert_eq!(dot(&a, &b), expected);
            let mut sum = b.clone();
            add_scaled(&mut sum, 2.0, &a);
            assert!((0..length).all(|i| sum[i] == b[i] + 2.0 * a[i]));
        }
    }
}
