//! Vectors in whole lines of the cache, for loops by the vector instructions of the processor.

use std::ops::{Deref, DerefMut};

use pulp::Simd;

/// Numbers in a line of the cache, and in the longest vectors of any processor.
const LANES: usize = 8;

/// A vector of numbers, padded with zeros to whole lines of the cache: loops over vectors of any processor have no rest.
///
/// It is a slice of its own numbers. The padding stays zero where these are finite.
///
/// # Example
/// ```
/// use ppl_infer::mcmc::hmc::PaddedVector;
///
/// let mut vector = PaddedVector::from(vec![1.0, 2.0, 3.0]);
/// vector[2] = 5.0;
/// assert_eq!(*vector, [1.0, 2.0, 5.0]);
/// ```
#[derive(Debug)]
pub struct PaddedVector {
    storage: Vec<f64>,
    len: usize,
    /// Where the first line begins, which is a line of the cache, and where the last one ends.
    start: usize,
    end: usize,
}

impl PaddedVector {
    /// A vector of zeros.
    #[must_use]
    pub fn zeros(len: usize) -> Self {
        let storage = vec![0.0; len.next_multiple_of(LANES) + LANES];
        // Of a cache line's 64 bytes.
        let past = storage.as_ptr().addr() / size_of::<f64>() % LANES;
        let start = (LANES - past) % LANES;
        Self { storage, len, start, end: start + len.next_multiple_of(LANES) }
    }

    /// The number of numbers with the padding.
    pub(crate) fn padded_len(&self) -> usize {
        self.end - self.start
    }

    /// Copies the numbers and the padding of a vector of the same length: a trajectory through numbers that were not finite may
    /// have left its own padding so too.
    pub(super) fn copy_from(&mut self, other: &Self) {
        self.padded_mut().copy_from_slice(other.padded());
    }

    #[inline(always)]
    fn padded(&self) -> &[f64] {
        &self.storage[self.start..self.end]
    }

    #[inline(always)]
    fn padded_mut(&mut self) -> &mut [f64] {
        &mut self.storage[self.start..self.end]
    }
}

impl From<Vec<f64>> for PaddedVector {
    fn from(numbers: Vec<f64>) -> Self {
        let mut vector = Self::zeros(numbers.len());
        vector.copy_from_slice(&numbers);
        vector
    }
}

impl Deref for PaddedVector {
    type Target = [f64];

    fn deref(&self) -> &[f64] {
        &self.storage[self.start..][..self.len]
    }
}

impl DerefMut for PaddedVector {
    fn deref_mut(&mut self) -> &mut [f64] {
        &mut self.storage[self.start..][..self.len]
    }
}

/// A copy begins elsewhere, perhaps at another distance from a cache line.
impl Clone for PaddedVector {
    fn clone(&self) -> Self {
        Self::from(self.to_vec())
    }
}

impl PartialEq for PaddedVector {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

/// The numbers of a vector with the padding, as many at a time as the processor takes.
#[inline(always)]
pub(crate) fn vectors<S: Simd>(vector: &PaddedVector) -> &[S::f64s] {
    S::as_simd_f64s(vector.padded()).0
}

/// The same, to write to. The padding must stay zero.
#[inline(always)]
pub(crate) fn vectors_mut<S: Simd>(vector: &mut PaddedVector) -> &mut [S::f64s] {
    S::as_mut_simd_f64s(vector.padded_mut()).0
}

/// The inner product a · b, in two partial sums, so that additions wait less for each other.
#[inline(always)]
pub(crate) fn dot<S: Simd>(simd: S, a: &[S::f64s], b: &[S::f64s]) -> f64 {
    let mut sums = [simd.splat_f64s(0.0); 2];
    let (a_pairs, a_rest) = a.as_chunks::<2>();
    let (b_pairs, b_rest) = b.as_chunks::<2>();
    for (a, b) in a_pairs.iter().zip(b_pairs) {
        sums[0] = simd.mul_add_e_f64s(a[0], b[0], sums[0]);
        sums[1] = simd.mul_add_e_f64s(a[1], b[1], sums[1]);
    }
    for (&a, &b) in a_rest.iter().zip(b_rest) {
        sums[0] = simd.mul_add_e_f64s(a, b, sums[0]);
    }
    simd.reduce_sum_f64s(simd.add_f64s(sums[0], sums[1]))
}

#[cfg(test)]
mod tests {
    use pulp::{Arch, Scalar, WithSimd};

    use super::*;

    /// Adds the first vector to the second, and returns their inner product before.
    struct Add<'a>(&'a PaddedVector, &'a mut PaddedVector);

    impl WithSimd for Add<'_> {
        type Output = f64;

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) -> f64 {
            let (a, b) = (vectors::<S>(self.0), vectors_mut::<S>(self.1));
            let product = dot(simd, a, b);
            for i in 0..a.len() {
                b[i] = simd.add_f64s(a[i], b[i]);
            }
            product
        }
    }

    #[test]
    fn vectors_of_every_length_are_added_and_multiplied_by_every_processor() {
        // Small integers: every order of summation gives the same value.
        for length in 0..70 {
            let a: Vec<f64> = (0..length).map(|i| f64::from(i) - 7.0).collect();
            let b: Vec<f64> = (0..length).map(|i| f64::from(i * i % 11)).collect();
            let expected: f64 = a.iter().zip(&b).map(|(a, b)| a * b).sum();
            let sums: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a + b).collect();
            let (a, b) = (PaddedVector::from(a), PaddedVector::from(b));
            for is_scalar in [true, false] {
                let mut sum = b.clone();
                let add = Add(&a, &mut sum);
                let product = if is_scalar { add.with_simd(Scalar::new()) } else { Arch::new().dispatch(add) };
                assert_eq!(product, expected, "{length}");
                assert_eq!(*sum, *sums, "{length}");
            }
        }
    }

    #[test]
    fn vectors_and_their_copies_begin_with_a_line_of_the_cache_and_end_with_zeros() {
        for length in 1..40 {
            let vector = PaddedVector::from(vec![1.0; length]);
            for vector in [&vector, &vector.clone()] {
                assert_eq!(vector.padded().as_ptr().addr() % 64, 0);
                assert_eq!((vector.len(), vector.padded_len()), (length, length.div_ceil(LANES) * LANES));
                assert!(vector.padded()[length..].iter().all(|x| *x == 0.0));
                assert!(vector.iter().all(|x| *x == 1.0));
            }
        }
    }
}
