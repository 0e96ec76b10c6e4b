//! Sums over slices, with partial sums that the compiler can keep in vector registers.

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

#[cfg(test)]
mod tests {
    use super::*;

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
