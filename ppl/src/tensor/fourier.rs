//! Orthonormal transforms of vectors into sums of cosines and sines: fast for long vectors, by a product for short ones.
//!
//! Each is one fast Fourier transform of complex numbers, between two passes over the vector. Its transpose, which is its
//! inverse, is another, so that gradients are.

use std::cell::RefCell;
use std::f64::consts::PI;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlanner};

use super::apply::apply;
use super::primitive::Primitive;
use super::{Shape, Tensor};
use crate::{Error, Result};

/// Below this size one product for many vectors takes less time than a fast transform of each; of one vector either takes
/// less than a microsecond or few. Where the size is a prime, products of many vectors would be faster to four times as much.
const FAST: usize = 64;

/// The functions that a vector is expanded in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Waves {
    /// A constant, the cosine and minus the sine of each frequency in turn and, for an even size, the highest frequency.
    Fourier,
    /// Cosines of half the frequencies: the discrete cosine transform of type II.
    Cosine,
}

impl Waves {
    fn name(self) -> &'static str {
        match self {
            Self::Fourier => "real_fourier",
            Self::Cosine => "cosine_transform",
        }
    }

    /// Element `j` of function number `row`.
    fn element(self, size: usize, row: usize, j: usize) -> f64 {
        match self {
            Self::Fourier => {
                // Less whole turns, which lose no digits.
                let angle = 2.0 * PI * (row.div_ceil(2) * j % size) as f64 / size as f64;
                self.norm(size, row) * if row % 2 == 1 || row == 0 { angle.cos() } else { -angle.sin() }
            }
            Self::Cosine => {
                // The angle in units of π / 2n.
                let quarter_steps = row * (2 * j + 1) % (4 * size);
                self.norm(size, row) * (PI * quarter_steps as f64 / (2 * size) as f64).cos()
            }
        }
    }

    /// What makes the length of function number `row` 1.
    fn norm(self, size: usize, row: usize) -> f64 {
        let is_single = match self {
            Self::Fourier => row == 0 || 2 * row.div_ceil(2) == size,
            Self::Cosine => row == 0,
        };
        (if is_single { 1.0 } else { 2.0 } / size as f64).sqrt()
    }
}

/// The expansion of vectors of one size in an orthonormal basis of waves, or its inverse. A clone shares the plan.
#[derive(Clone)]
pub(crate) struct Transform {
    plan: Arc<Plan>,
    is_inverse: bool,
}

struct Plan {
    waves: Waves,
    size: usize,
    fft: Arc<dyn Fft<f64>>,
    /// What the coefficient of each frequency of the complex transform is multiplied by.
    factors: Vec<Complex<f64>>,
    /// The basis, row by row, for short vectors.
    matrix: OnceLock<Tensor>,
}

impl PartialEq for Transform {
    fn eq(&self, other: &Self) -> bool {
        let key = |transform: &Self| (transform.plan.waves, transform.plan.size, transform.is_inverse);
        key(self) == key(other)
    }
}

impl Eq for Transform {}

impl Hash for Transform {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.plan.waves, self.plan.size, self.is_inverse).hash(state);
    }
}

impl fmt::Debug for Transform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}<{}>", self.name(), self.plan.size)
    }
}

impl Transform {
    /// The coefficients of vectors of this size.
    pub(crate) fn new(waves: Waves, size: usize) -> Self {
        let frequencies = match waves {
            Waves::Fourier => size / 2 + 1,
            Waves::Cosine => size,
        };
        let factor = |frequency: usize| match waves {
            Waves::Fourier => Complex::new(waves.norm(size, (2 * frequency).saturating_sub(1)), 0.0),
            Waves::Cosine => {
                let angle = PI * frequency as f64 / (2 * size) as f64;
                Complex::from_polar(waves.norm(size, frequency), -angle)
            }
        };
        let factors = if size == 0 { Vec::new() } else { (0..frequencies).map(factor).collect() };
        let fft = FftPlanner::new().plan_fft_forward(size.max(1));
        Self { plan: Arc::new(Plan { waves, size, fft, factors, matrix: OnceLock::new() }), is_inverse: false }
    }

    /// Number of elements of the vectors.
    pub(crate) fn size(&self) -> usize {
        self.plan.size
    }

    pub(crate) fn name(&self) -> String {
        format!("{}{}", if self.is_inverse { "inverse_" } else { "" }, self.plan.waves.name())
    }

    /// The inverse, which is the transpose.
    pub(crate) fn inverse(&self) -> Self {
        Self { plan: self.plan.clone(), is_inverse: !self.is_inverse }
    }

    /// The transforms of the vectors along the last axis.
    ///
    /// # Errors
    /// Vectors of another size.
    pub(crate) fn of(&self, vectors: &Tensor) -> Result<Tensor> {
        self.check(vectors.shape())?;
        if self.size() < FAST { self.by_product(vectors) } else { self.fast(vectors) }
    }

    fn fast(&self, vectors: &Tensor) -> Result<Tensor> {
        apply(&Primitive::Transform(self.clone()), &[vectors])
    }

    /// One product for the whole batch.
    fn by_product(&self, vectors: &Tensor) -> Result<Tensor> {
        let (shape, size) = (vectors.shape(), self.size());
        let matrix = self.plan.matrix.get_or_init(|| {
            let elements = (0..size * size).map(|place| self.plan.waves.element(size, place / size, place % size));
            Tensor::from_parts(elements.collect(), Shape::from([size, size]))
        });
        let rows = vectors.try_reshape([shape.split_event(1).0.size(), size])?;
        let matrix = if self.is_inverse { matrix.clone() } else { matrix.try_transpose()? };
        rows.try_matmul(matrix)?.try_reshape(shape)
    }

    pub(super) fn check(&self, shape: Shape) -> Result<()> {
        if shape.last() == Some(&self.size()) {
            return Ok(());
        }
        Err(Error::InvalidShape {
            operation: self.plan.waves.name(),
            expected: format!("{} elements along the last axis", self.size()),
            got: shape,
        })
    }

    /// The transforms of vectors, one after the other.
    pub(crate) fn run(&self, vectors: &[f64], output: &mut [f64]) {
        thread_local! {
            /// Complex numbers of the transform and of its scratch.
            static BUFFER: RefCell<Vec<Complex<f64>>> = const { RefCell::new(Vec::new()) };
        }

        let (size, fft) = (self.size(), &self.plan.fft);
        BUFFER.with_borrow_mut(|buffer| {
            buffer.resize(size + fft.get_inplace_scratch_len(), Complex::default());
            let (numbers, scratch) = buffer.split_at_mut(size);
            for (vector, output) in vectors.chunks_exact(size).zip(output.chunks_exact_mut(size)) {
                self.spread(vector, numbers);
                fft.process_with_scratch(numbers, scratch);
                self.gather(numbers, output);
            }
        });
    }

    /// What the complex transform is taken of.
    fn spread(&self, vector: &[f64], numbers: &mut [Complex<f64>]) {
        let Plan { waves, size, factors, .. } = &*self.plan;
        match (waves, self.is_inverse) {
            (Waves::Fourier, false) => {
                numbers.iter_mut().zip(vector).for_each(|(number, &x)| *number = Complex::new(x, 0.0));
            }
            // The vector is the real part of Σ_k (x_2k−1 − i x_2k) exp(−i ω k j).
            (Waves::Fourier, true) => {
                numbers.fill(Complex::default());
                for (frequency, factor) in factors.iter().enumerate() {
                    let real = (2 * frequency).saturating_sub(1);
                    let imaginary = if frequency > 0 && real + 1 < *size { -vector[real + 1] } else { 0.0 };
                    numbers[frequency] = Complex::new(vector[real], imaginary) * factor.re;
                }
            }
            // Even elements, and then odd ones backwards (Makhoul 1980, "A fast cosine transform in one and two
            // dimensions").
            (Waves::Cosine, false) => {
                for (place, number) in numbers.iter_mut().enumerate() {
                    *number = Complex::new(vector[even_odd(*size, place)], 0.0);
                }
            }
            (Waves::Cosine, true) => {
                let products = factors.iter().zip(vector).map(|(factor, x)| factor * x);
                numbers.iter_mut().zip(products).for_each(|(number, product)| *number = product);
            }
        }
    }

    /// The result, of the complex transform.
    fn gather(&self, numbers: &[Complex<f64>], output: &mut [f64]) {
        let Plan { waves, size, factors, .. } = &*self.plan;
        match (waves, self.is_inverse) {
            (Waves::Fourier, false) => {
                for (row, slot) in output.iter_mut().enumerate() {
                    let frequency = row.div_ceil(2);
                    let number = numbers[frequency];
                    *slot = factors[frequency].re * if row % 2 == 1 || row == 0 { number.re } else { number.im };
                }
            }
            (Waves::Fourier, true) => output.iter_mut().zip(numbers).for_each(|(slot, number)| *slot = number.re),
            (Waves::Cosine, false) => {
                let products = factors.iter().zip(numbers).map(|(factor, number)| factor * number);
                output.iter_mut().zip(products).for_each(|(slot, product)| *slot = product.re);
            }
            (Waves::Cosine, true) => {
                for (place, number) in numbers.iter().enumerate() {
                    output[even_odd(*size, place)] = number.re;
                }
            }
        }
    }
}

/// The element at a place of the even elements followed by the odd ones backwards.
fn even_odd(size: usize, place: usize) -> usize {
    if 2 * place < size { 2 * place } else { 2 * (size - place) - 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both forms of a transform and of its inverse, of all sizes up to beyond the change from one to the other.
    #[test]
    fn fast_transforms_are_products_with_the_basis() {
        for waves in [Waves::Fourier, Waves::Cosine] {
            for size in (1..=FAST + 2).chain([97, 128]) {
                let transform = Transform::new(waves, size);
                let vectors = Tensor::arange(2 * size).sin().reshape([2, size]);
                for transform in [transform.clone(), transform.inverse()] {
                    let product = transform.by_product(&vectors).unwrap();
                    let difference = (transform.fast(&vectors).unwrap() - product).abs().max().item();
                    assert!(difference < 1e-13, "{transform:?}: {difference}");
                    let back = transform.inverse().of(&transform.of(&vectors).unwrap()).unwrap();
                    assert!((back - &vectors).abs().max() < 1e-13, "{transform:?}");
                }
            }
        }
    }

    #[test]
    fn vectors_of_another_size_are_refused() {
        let error = Transform::new(Waves::Cosine, 4).of(&Tensor::zeros([4, 3])).unwrap_err().to_string();
        assert_eq!(error, "cosine_transform: expected 4 elements along the last axis, got shape [4, 3]");
        assert_eq!(Transform::new(Waves::Fourier, 0).of(&Tensor::zeros([2, 0])).unwrap().shape(), Shape::from([2, 0]));
    }
}
