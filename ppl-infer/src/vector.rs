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
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f64>() + rest
}

/// The inner product a · (b + c), without writing b + c down.
pub(crate) fn dot_sum(a: &[f64], b: &[f64], c: &[f64]) -> f64 {
    let mut sums = [0.0; LANES];
    let (a_chunks, a_rest) = a.as_chunks::<LANES>();
    let (b_chunks, b_rest) = b.as_chunks::<LANES>();
    let (c_chunks, c_rest) = c.as_chunks::<LANES>();
    for ((a, b), c) in a_chunks.iter().zip(b_chunks).zip(c_chunks) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * (b[lane] + c[lane]);
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).zip(c_rest).map(|((a, b), c)| a * (b + c)).sum();
    sums.iter().sum::<f64>() + rest
}

/// Adds `factor` times `other` to `sum`, entry by entry.
pub(crate) fn add_scaled(sum: &mut [f64], factor: f64, other: &[f64]) {
    for (sum, other) in sum.iter_mut().zip(other) {
        *sum += factor * other;
    }
}

/// Adds `other` to `sum`, entry by entry.
pub(crate) fn add_assign(sum: &mut [f64], other: &[f64]) {
    for (sum, other) in sum.iter_mut().zip(other) {
        *sum += other;
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
            let c: Vec<f64> = (0..length).map(|i| 3.0 - i as f64).collect();
            let expected: f64 = (0..length).map(|i| a[i] * b[i]).sum();
            let expected_sum: f64 = (0..length).map(|i| a[i] * (b[i] + c[i])).sum();
            assert_eq!(dot(&a, &b), expected);
            assert_eq!(dot_sum(&a, &b, &c), expected_sum);
            let mut sum = b.clone();
            add_assign(&mut sum, &c);
            assert_eq!(dot(&a, &sum), expected_sum);
            add_scaled(&mut sum, -1.0, &c);
            assert_eq!(sum, b);
        }
    }
}
