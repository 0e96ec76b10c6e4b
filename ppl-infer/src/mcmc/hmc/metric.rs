//! The Euclidean metric: the mass matrix M of the kinetic energy ½ pᵀ M⁻¹ p.
//!
//! What is stored and adapted is the *inverse* mass matrix M⁻¹, an estimate of the posterior covariance. The two never
//! share a type with anything of the same shape.

use faer::MatRef;
use pulp::{Arch, Simd, WithSimd};
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use super::padded::{PaddedVector, vectors, vectors_mut};
use super::state::State;
use crate::Result;
use crate::error::ChainError;
use crate::settings::require;
use crate::vector::{add_scaled, dot};

/// The inverse mass matrix M⁻¹, symmetric positive definite.
///
/// # Example
/// ```
/// use ppl_infer::Nuts;
/// use ppl_infer::mcmc::hmc::InverseMassMatrix;
///
/// // The posterior variances of an earlier run, instead of the identity.
/// let matrix = InverseMassMatrix::diagonal(vec![1.0, 100.0]);
/// assert_eq!((matrix.dim(), matrix.is_dense()), (2, false));
/// assert!(Nuts::new().inverse_mass_matrix(matrix).adapt_mass_matrix(false).validate().is_ok());
///
/// let error = InverseMassMatrix::dense(2, vec![1.0, 0.5, 0.4, 1.0]).unwrap_err();
/// assert_eq!(error.to_string(), "`inverse_mass_matrix` must be symmetric, got 0.4 at (1, 0) and 0.5 at (0, 1)");
/// let error = Nuts::new().inverse_mass_matrix(InverseMassMatrix::diagonal(vec![1.0, -1.0])).validate().unwrap_err();
/// assert_eq!(error.to_string(), "the inverse mass matrix is not positive definite: pivot 1 is -1");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum InverseMassMatrix {
    /// A diagonal matrix, given by its diagonal.
    Diagonal(Vec<f64>),
    /// A dense matrix, row by row.
    Dense {
        /// The number of rows.
        dim: usize,
        /// The entries, row by row; symmetric.
        values: Vec<f64>,
    },
    /// A diagonal matrix plus one of low rank, D (1 + Vᵀ (Λ − 1) V) D.
    LowRank {
        /// The diagonal of D.
        scales: Vec<f64>,
        /// The rows of V, one after the other; orthonormal.
        vectors: Vec<f64>,
        /// The diagonal of Λ, a number for each row of V.
        values: Vec<f64>,
    },
}

impl InverseMassMatrix {
    /// The identity, diagonal or dense.
    pub fn identity(dim: usize, dense: bool) -> Self {
        if !dense {
            return Self::Diagonal(vec![1.0; dim]);
        }
        let mut values = vec![0.0; dim * dim];
        for i in 0..dim {
            values[i * dim + i] = 1.0;
        }
        Self::Dense { dim, values }
    }

    /// The standard deviation of a coordinate, apart from the directions of low rank.
    pub(super) fn scale(&self, i: usize) -> f64 {
        match self {
            Self::Diagonal(variances) => variances[i].sqrt(),
            Self::LowRank { scales, .. } => scales[i],
            Self::Dense { dim, values } => values[i * dim + i].sqrt(),
        }
    }

    /// The diagonal matrix with this diagonal.
    pub fn diagonal(variances: Vec<f64>) -> Self {
        Self::Diagonal(variances)
    }

    /// The dense matrix with these entries, row by row.
    ///
    /// # Errors
    /// If there are not dim² values, or the matrix is not symmetric.
    pub fn dense(dim: usize, values: Vec<f64>) -> Result<Self> {
        let matrix = Self::Dense { dim, values };
        matrix.check()?;
        Ok(matrix)
    }

    /// An error unless a dense matrix is square and symmetric, and the vectors of low rank orthonormal: what was read from
    /// a file may be anything.
    fn check(&self) -> Result<()> {
        match self {
            Self::Diagonal(_) => Ok(()),
            Self::Dense { dim, values } => check_symmetric(*dim, values),
            Self::LowRank { scales, vectors, values } => check_orthonormal(scales.len(), vectors, values.len()),
        }
    }

    /// The dimension of the space it acts on.
    pub fn dim(&self) -> usize {
        match self {
            Self::Diagonal(variances) => variances.len(),
            Self::Dense { dim, .. } => *dim,
            Self::LowRank { scales, .. } => scales.len(),
        }
    }

    /// Whether it is dense.
    pub fn is_dense(&self) -> bool {
        matches!(self, Self::Dense { .. })
    }
}

fn invalid(expected: &str, got: String) -> Result<()> {
    require("inverse_mass_matrix", expected, got, false)
}

fn check_symmetric(dim: usize, values: &[f64]) -> Result<()> {
    if Some(values.len()) != dim.checked_mul(dim) {
        let expected = format!("a matrix of {dim} rows and {dim} columns");
        return invalid(&expected, format!("{} values", values.len()));
    }
    for i in 0..dim {
        for j in 0..i {
            let (lower, upper) = (values[i * dim + j], values[j * dim + i]);
            if (lower - upper).abs() > 1e-10 * lower.abs().max(upper.abs()) {
                let got = format!("{lower} at ({i}, {j}) and {upper} at ({j}, {i})");
                return invalid("symmetric", got);
            }
        }
    }
    Ok(())
}

/// How far from orthonormal the vectors of a low rank may be.
const ORTHONORMAL: f64 = 1e-8;

fn check_orthonormal(dim: usize, vectors: &[f64], rank: usize) -> Result<()> {
    if Some(vectors.len()) != dim.checked_mul(rank) {
        return invalid(&format!("{rank} vectors of {dim} numbers"), format!("{} numbers", vectors.len()));
    }
    let vectors = MatRef::from_row_major_slice(vectors, rank, dim);
    let products = vectors * vectors.transpose();
    for i in 0..rank {
        for j in 0..=i {
            let (product, expected) = (products[(i, j)], f64::from(u8::from(i == j)));
            let distance = (product - expected).abs();
            if distance.is_nan() || distance > ORTHONORMAL {
                return invalid("of orthonormal vectors", format!("{product} as the product of vectors {j} and {i}"));
            }
        }
    }
    Ok(())
}

/// An inverse mass matrix together with what momentum draws need.
///
/// # Example
/// ```
/// use ppl_infer::mcmc::hmc::{EuclideanMetric, InverseMassMatrix, PaddedVector};
///
/// let metric = EuclideanMetric::new(InverseMassMatrix::dense(2, vec![2.0, 1.0, 1.0, 3.0])?)?;
/// let mut velocity = PaddedVector::zeros(2);
/// metric.velocity(&PaddedVector::from(vec![1.0, -1.0]), &mut velocity);
/// assert_eq!(*velocity, [1.0, -2.0]);
///
/// // Of positive entries, but with a negative eigenvalue.
/// let matrix = InverseMassMatrix::dense(2, vec![1.0, 2.0, 2.0, 1.0])?;
/// assert!(EuclideanMetric::new(matrix).unwrap_err().to_string().contains("not positive definite"));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct EuclideanMetric {
    inverse_mass_matrix: InverseMassMatrix,
    factor: MomentumFactor,
    product: Product,
    /// What the processor at hand can do.
    processor: Arch,
}

/// The inverse mass matrix as its products with vectors need it.
#[derive(Clone, Debug)]
pub(super) enum Product {
    Diagonal(PaddedVector),
    /// By the matrix itself.
    Dense,
    LowRank(LowRankSum),
}

/// A factor F of the mass matrix, M = F Fᵀ, as needed to turn standard normal draws into momenta.
#[derive(Clone, Debug)]
enum MomentumFactor {
    /// The square roots of the diagonal of M.
    Diagonal(Vec<f64>),
    /// The lower Cholesky factor L of M⁻¹ = L Lᵀ, row by row: F = L⁻ᵀ.
    InverseTranspose(Vec<f64>),
    /// Λ^−½ of M⁻¹ = D (1 + Vᵀ (Λ − 1) V) D: F = D⁻¹ (1 + Vᵀ (Λ^−½ − 1) V).
    LowRank(Vec<f64>),
}

/// The matrix D (1 + Vᵀ (Λ − 1) V) D as the sum that it is, D² + Uᵀ (Λ − 1) U with U = V D: its product with a vector scales
/// nothing twice.
#[derive(Clone, Debug)]
pub(super) struct LowRankSum {
    /// The diagonal of D².
    diagonal: PaddedVector,
    /// The rows of U, one after the other, each padded, and rows of zeros up to a multiple of [`ROWS`].
    rows: PaddedVector,
    /// The diagonal of Λ − 1, and zeros.
    weights: Vec<f64>,
}

/// Rows that are multiplied with a vector at a time.
const ROWS: usize = 4;

impl LowRankSum {
    fn new(scales: &[f64], vectors: &[f64], values: &[f64]) -> Self {
        let diagonal = PaddedVector::from(scales.iter().map(|scale| scale * scale).collect::<Vec<f64>>());
        let (dim, length) = (scales.len().max(1), diagonal.padded_len().max(1));
        let mut weights: Vec<f64> = values.iter().map(|value| value - 1.0).collect();
        weights.resize(values.len().next_multiple_of(ROWS), 0.0);
        let mut rows = PaddedVector::zeros(length * weights.len());
        for (row, vector) in rows.chunks_exact_mut(length).zip(vectors.chunks_exact(dim)) {
            row.iter_mut().zip(vector).zip(scales).for_each(|((slot, x), scale)| *slot = x * scale);
        }
        Self { diagonal, rows, weights }
    }

    /// Writes the product with a vector.
    #[inline(always)]
    pub(super) fn times<S: Simd>(&self, simd: S, vector: &[S::f64s], product: &mut [S::f64s]) {
        let length = vector.len();
        let (diagonal, product) = (&vectors::<S>(&self.diagonal)[..length], &mut product[..length]);
        for i in 0..length {
            product[i] = simd.mul_f64s(diagonal[i], vector[i]);
        }
        let rows = vectors::<S>(&self.rows);
        for (rows, weights) in rows.chunks_exact(ROWS * length.max(1)).zip(self.weights.as_chunks::<ROWS>().0) {
            let (a, rest) = rows.split_at(length);
            let (b, rest) = rest.split_at(length);
            let (c, rest) = rest.split_at(length);
            let d = &rest[..length];
            let mut sums = [simd.splat_f64s(0.0); ROWS];
            for i in 0..length {
                let x = vector[i];
                sums[0] = simd.mul_add_e_f64s(a[i], x, sums[0]);
                sums[1] = simd.mul_add_e_f64s(b[i], x, sums[1]);
                sums[2] = simd.mul_add_e_f64s(c[i], x, sums[2]);
                sums[3] = simd.mul_add_e_f64s(d[i], x, sums[3]);
            }
            // Not by a closure, which would not be compiled for the processor.
            let factors = [
                simd.splat_f64s(weights[0] * simd.reduce_sum_f64s(sums[0])),
                simd.splat_f64s(weights[1] * simd.reduce_sum_f64s(sums[1])),
                simd.splat_f64s(weights[2] * simd.reduce_sum_f64s(sums[2])),
                simd.splat_f64s(weights[3] * simd.reduce_sum_f64s(sums[3])),
            ];
            for i in 0..length {
                let first = simd.mul_add_e_f64s(factors[0], a[i], product[i]);
                let second = simd.mul_add_e_f64s(factors[1], b[i], first);
                let third = simd.mul_add_e_f64s(factors[2], c[i], second);
                product[i] = simd.mul_add_e_f64s(factors[3], d[i], third);
            }
        }
    }
}

/// The product of a matrix with a vector.
struct Times<'a> {
    matrix: &'a LowRankSum,
    vector: &'a PaddedVector,
    product: &'a mut PaddedVector,
}

impl WithSimd for Times<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        self.matrix.times(simd, vectors::<S>(self.vector), vectors_mut::<S>(self.product));
    }
}

impl EuclideanMetric {
    /// Factorises an inverse mass matrix.
    ///
    /// # Errors
    /// [`ChainError::MassMatrix`] if the matrix is not positive definite or not finite;
    /// [`InvalidSetting`](crate::error::InvalidSetting) if it is not square or not symmetric.
    pub fn new(inverse_mass_matrix: InverseMassMatrix) -> Result<Self> {
        inverse_mass_matrix.check()?;
        let (factor, product) = match &inverse_mass_matrix {
            InverseMassMatrix::Diagonal(variances) => {
                require_positive(variances)?;
                let scales = variances.iter().map(|variance| variance.sqrt().recip()).collect();
                (MomentumFactor::Diagonal(scales), Product::Diagonal(variances.clone().into()))
            }
            InverseMassMatrix::Dense { dim, values } => {
                (MomentumFactor::InverseTranspose(cholesky(*dim, values)?), Product::Dense)
            }
            InverseMassMatrix::LowRank { scales, vectors, values } => {
                require_positive(scales)?;
                require_positive(values)?;
                let factors = values.iter().map(|value| value.sqrt().recip()).collect();
                (MomentumFactor::LowRank(factors), Product::LowRank(LowRankSum::new(scales, vectors, values)))
            }
        };
        Ok(Self { inverse_mass_matrix, factor, product, processor: Arch::new() })
    }

    /// The inverse mass matrix.
    pub fn inverse_mass_matrix(&self) -> &InverseMassMatrix {
        &self.inverse_mass_matrix
    }

    /// The dimension of the space.
    pub fn dim(&self) -> usize {
        self.inverse_mass_matrix.dim()
    }

    pub(crate) fn processor(&self) -> Arch {
        self.processor
    }

    pub(super) fn product(&self) -> &Product {
        &self.product
    }

    /// Writes the velocity M⁻¹ p, Stan's `p_sharp`.
    ///
    /// # Shapes
    /// Both vectors have the dimension of the space.
    pub fn velocity(&self, momentum: &PaddedVector, velocity: &mut PaddedVector) {
        match &self.product {
            Product::Diagonal(variances) => {
                for ((velocity, momentum), variance) in velocity.iter_mut().zip(momentum.iter()).zip(variances.iter()) {
                    *velocity = variance * momentum;
                }
            }
            Product::Dense => {
                if let InverseMassMatrix::Dense { dim, values } = &self.inverse_mass_matrix {
                    for (velocity, row) in velocity.iter_mut().zip(values.chunks_exact(*dim)) {
                        *velocity = dot(row, momentum);
                    }
                }
            }
            Product::LowRank(matrix) => {
                self.processor.dispatch(Times { matrix, vector: momentum, product: velocity });
            }
        }
    }

    /// Draws a momentum from N(0, M) for a state.
    pub fn refresh<R: Rng + ?Sized>(&self, rng: &mut R, state: &mut State) {
        self.draw_momentum(rng, &mut state.momentum);
        self.follow(state);
    }

    /// Computes what follows from the momentum and the gradient of a state: velocity, acceleration and kinetic energy.
    pub fn follow(&self, state: &mut State) {
        self.velocity(&state.momentum, &mut state.velocity);
        if !matches!(self.product, Product::Diagonal(_)) {
            self.velocity(&state.gradient, &mut state.acceleration);
        }
        state.kinetic_energy = 0.5 * dot(&state.momentum, &state.velocity);
    }

    /// Draws a momentum from N(0, M).
    pub fn draw_momentum<R: Rng + ?Sized>(&self, rng: &mut R, momentum: &mut [f64]) {
        for value in momentum.iter_mut() {
            *value = StandardNormal.sample(rng);
        }
        match &self.factor {
            MomentumFactor::Diagonal(scales) => {
                for (momentum, scale) in momentum.iter_mut().zip(scales) {
                    *momentum *= scale;
                }
            }
            MomentumFactor::InverseTranspose(lower) => solve_transposed(lower, momentum),
            MomentumFactor::LowRank(factors) => {
                if let InverseMassMatrix::LowRank { scales, vectors, .. } = &self.inverse_mass_matrix {
                    stretch(momentum, vectors, factors);
                    momentum.iter_mut().zip(scales).for_each(|(momentum, scale)| *momentum /= scale);
                }
            }
        }
    }
}

/// Multiplies the parts of `x` along orthonormal vectors by a factor each.
fn stretch(x: &mut [f64], vectors: &[f64], factors: &[f64]) {
    // What is added along one vector does not change the part along another.
    for (vector, factor) in vectors.chunks_exact(x.len()).zip(factors) {
        let part = dot(vector, x);
        add_scaled(x, (factor - 1.0) * part, vector);
    }
}

/// An error unless all numbers are positive, and neither they nor their reciprocals overflow.
fn require_positive(numbers: &[f64]) -> Result<()> {
    let bad = |value: &f64| !(value.is_finite() && *value > 0.0 && value.recip().is_finite());
    match numbers.iter().position(bad) {
        Some(pivot) => Err(ChainError::MassMatrix { pivot, value: numbers[pivot] }.into()),
        None => Ok(()),
    }
}

/// The lower Cholesky factor, row by row, zeros above the diagonal.
fn cholesky(dim: usize, values: &[f64]) -> Result<Vec<f64>> {
    let mut lower = vec![0.0; dim * dim];
    for i in 0..dim {
        let (above, row) = lower.split_at_mut(i * dim);
        let row = &mut row[..dim];
        for j in 0..i {
            let other = &above[j * dim..(j + 1) * dim];
            row[j] = (values[i * dim + j] - dot(&row[..j], &other[..j])) / other[j];
        }
        let value = values[i * dim + i] - dot(&row[..i], &row[..i]);
        if !(value.is_finite() && value > 0.0) {
            return Err(ChainError::MassMatrix { pivot: i, value }.into());
        }
        row[i] = value.sqrt();
    }
    Ok(lower)
}

/// Solves Lᵀ x = b in place, by columns of Lᵀ (rows of L).
fn solve_transposed(lower: &[f64], x: &mut [f64]) {
    let dim = x.len();
    for i in (0..dim).rev() {
        let row = &lower[i * dim..=i * dim + i];
        x[i] /= row[i];
        let value = x[i];
        for (x, l) in x[..i].iter_mut().zip(row) {
            *x -= value * l;
        }
    }
}

#[cfg(test)]
mod tests {
    use ppl::random::Key;

    use super::*;
    use crate::Error;
    use crate::purpose::Purpose;

    fn dense() -> InverseMassMatrix {
        InverseMassMatrix::dense(3, vec![4.0, 1.2, -0.8, 1.2, 2.0, 0.3, -0.8, 0.3, 1.0]).unwrap()
    }

    fn low_rank() -> InverseMassMatrix {
        let vectors = vec![0.6, 0.8, 0.0, 0.0, 0.0, 1.0];
        InverseMassMatrix::LowRank { scales: vec![2.0, 1.0, 0.5], vectors, values: vec![4.0, 0.5] }
    }

    #[test]
    fn the_cholesky_factor_multiplies_back() {
        let InverseMassMatrix::Dense { dim, values } = dense() else { unreachable!("dense by construction") };
        let lower = cholesky(dim, &values).unwrap();
        for i in 0..dim {
            for j in 0..dim {
                let product: f64 = (0..dim).map(|k| lower[i * dim + k] * lower[j * dim + k]).sum();
                assert!((product - values[i * dim + j]).abs() < 1e-14);
                assert!(j <= i || lower[i * dim + j] == 0.0);
            }
        }
    }

    #[test]
    fn velocity_is_the_inverse_mass_matrix_times_the_momentum() {
        let mut velocity = PaddedVector::zeros(3);
        let momentum = PaddedVector::from(vec![1.0, -1.0, 2.0]);
        EuclideanMetric::new(dense()).unwrap().velocity(&momentum, &mut velocity);
        for (value, expected) in velocity.iter().zip([4.0 - 1.2 - 1.6, 1.2 - 2.0 + 0.6, -0.8 - 0.3 + 2.0]) {
            assert!((value - expected).abs() < 1e-15);
        }
        EuclideanMetric::new(InverseMassMatrix::diagonal(vec![1.0, 2.0, 3.0]))
            .unwrap()
            .velocity(&vec![1.0; 3].into(), &mut velocity);
        assert_eq!(*velocity, [1.0, 2.0, 3.0]);
        // With D p = (2, −1, 1), of which 0.4 is along v and 1 along w: D (D p + 3 · 0.4 v − ½ w).
        EuclideanMetric::new(low_rank()).unwrap().velocity(&momentum, &mut velocity);
        for (value, expected) in velocity.iter().zip([2.0 * (2.0 + 1.2 * 0.6), -1.0 + 1.2 * 0.8, 0.5 * 0.5]) {
            assert!((value - expected).abs() < 1e-14, "{value}, {expected}");
        }
    }

    /// The matrix of the form diagonal plus low rank, written out: D (1 + Vᵀ (Λ − 1) V) D.
    #[test]
    fn a_metric_of_low_rank_is_the_dense_one_of_the_same_matrix() {
        let InverseMassMatrix::LowRank { scales, vectors, values } = low_rank() else { unreachable!("of low rank") };
        let dim = scales.len();
        let entry = |i: usize, j: usize| {
            let along: f64 =
                (0..values.len()).map(|k| vectors[k * dim + i] * (values[k] - 1.0) * vectors[k * dim + j]).sum();
            scales[i] * (f64::from(u8::from(i == j)) + along) * scales[j]
        };
        let matrix = (0..dim).flat_map(|i| (0..dim).map(move |j| (i, j))).map(|(i, j)| entry(i, j)).collect();
        let dense = EuclideanMetric::new(InverseMassMatrix::dense(dim, matrix).unwrap()).unwrap();
        let low_rank = EuclideanMetric::new(low_rank()).unwrap();
        let (mut expected, mut velocity) = (PaddedVector::zeros(3), PaddedVector::zeros(3));
        for momentum in [[1.0, -1.0, 2.0], [0.0, 3.0, 0.1], [-2.0, 0.5, -0.7]] {
            let momentum = PaddedVector::from(momentum.to_vec());
            dense.velocity(&momentum, &mut expected);
            low_rank.velocity(&momentum, &mut velocity);
            for (value, expected) in velocity.iter().zip(expected.iter()) {
                assert!((value - expected).abs() < 1e-13, "{value}, {expected}");
            }
            // And so is the kinetic energy ½ pᵀ M⁻¹ p.
            assert!((dot(&momentum, &velocity) - dot(&momentum, &expected)).abs() < 1e-12);
        }
    }

    /// Of more rows than are multiplied at a time, in a space whose dimension is no multiple of a line's length.
    #[test]
    fn a_metric_of_many_rows_is_the_dense_one_of_the_same_matrix() {
        let (dim, rank) = (21, 11);
        // The cosines of the discrete transform are orthonormal.
        let cosine = |k: usize, i: usize| {
            let angle = std::f64::consts::PI * (k + 1) as f64 * (i as f64 + 0.5) / dim as f64;
            (2.0 / dim as f64).sqrt() * angle.cos()
        };
        let scales: Vec<f64> = (0..dim).map(|i| 0.5 + 0.1 * i as f64).collect();
        let vectors = (0..rank).flat_map(|k| (0..dim).map(move |i| cosine(k, i))).collect();
        let values: Vec<f64> = (0..rank).map(|k| if k % 2 == 0 { 3.0 + k as f64 } else { 0.1 }).collect();
        let along = |i: usize, j: usize| {
            (0..rank).map(|k| cosine(k, i) * (values[k] - 1.0) * cosine(k, j)).sum::<f64>()
                + f64::from(u8::from(i == j))
        };
        let matrix =
            (0..dim).flat_map(|i| (0..dim).map(move |j| (i, j))).map(|(i, j)| scales[i] * along(i, j) * scales[j]);
        let dense = EuclideanMetric::new(InverseMassMatrix::dense(dim, matrix.collect()).unwrap()).unwrap();
        let momentum: PaddedVector = (0..dim).map(|i| (1.7 * i as f64).sin()).collect::<Vec<f64>>().into();
        let (mut expected, mut velocity) = (PaddedVector::zeros(dim), PaddedVector::zeros(dim));
        dense.velocity(&momentum, &mut expected);
        let low_rank = InverseMassMatrix::LowRank { scales, vectors, values };
        EuclideanMetric::new(low_rank).unwrap().velocity(&momentum, &mut velocity);
        for (value, expected) in velocity.iter().zip(expected.iter()) {
            assert!((value - expected).abs() < 1e-13 * expected.abs().max(1.0), "{value}, {expected}");
        }
    }

    /// p = F z with F Fᵀ = M: what was drawn as z has the kinetic energy ½ pᵀ M⁻¹ p = ½ zᵀ z under every metric, and the same
    /// numbers z are drawn for each.
    #[test]
    fn momenta_of_the_same_numbers_have_the_same_kinetic_energy() {
        for seed in 0..20 {
            let energy = |inverse: InverseMassMatrix| {
                let metric = EuclideanMetric::new(inverse).unwrap();
                let (mut p, mut v) = (PaddedVector::zeros(3), PaddedVector::zeros(3));
                metric.draw_momentum(&mut Purpose::Transition.rng(Key::new(seed)), &mut p);
                metric.velocity(&p, &mut v);
                0.5 * dot(&p, &v)
            };
            let expected = energy(InverseMassMatrix::identity(3, false));
            for inverse in [dense(), low_rank(), InverseMassMatrix::diagonal(vec![0.01, 1.0, 25.0])] {
                assert!((energy(inverse) - expected).abs() < 1e-13 * expected.max(1.0));
            }
        }
    }

    /// p ~ N(0, M) exactly if the velocity M⁻¹ p has covariance M⁻¹ and E[p (M⁻¹ p)ᵀ] = 1.
    ///
    /// An average of n products of Gaussians has variance (a_ii b_jj + a_ij²)/n; the test allows five standard errors
    /// for 18 entries of three metrics: a false alarm in one seed of 30 000.
    #[test]
    fn momentum_draws_have_the_mass_matrix_as_covariance() {
        let draws = 40_000;
        for inverse in [dense(), InverseMassMatrix::diagonal(vec![0.01, 1.0, 25.0]), low_rank()] {
            let metric = EuclideanMetric::new(inverse).unwrap();
            let entry = |i: usize, j: usize| {
                let (mut unit, mut column) = (PaddedVector::zeros(3), PaddedVector::zeros(3));
                unit[j] = 1.0;
                metric.velocity(&unit, &mut column);
                column[i]
            };
            let mut rng = Purpose::Transition.rng(Key::new(3));
            let (mut p, mut v) = (PaddedVector::zeros(3), PaddedVector::zeros(3));
            let (mut cross, mut covariance) = ([[0.0; 3]; 3], [[0.0; 3]; 3]);
            let mut mass_diagonal = [0.0; 3];
            for _ in 0..draws {
                metric.draw_momentum(&mut rng, &mut p);
                metric.velocity(&p, &mut v);
                for i in 0..3 {
                    mass_diagonal[i] += p[i] * p[i] / f64::from(draws);
                    for j in 0..3 {
                        cross[i][j] += p[i] * v[j] / f64::from(draws);
                        covariance[i][j] += v[i] * v[j] / f64::from(draws);
                    }
                }
            }
            for i in 0..3 {
                for j in 0..3 {
                    let error = ((entry(i, i) * entry(j, j) + entry(i, j).powi(2)) / f64::from(draws)).sqrt();
                    assert!((covariance[i][j] - entry(i, j)).abs() < 5.0 * error);
                    let identity = f64::from(u8::from(i == j));
                    let error = ((mass_diagonal[i] * entry(j, j) + identity) / f64::from(draws)).sqrt();
                    assert!((cross[i][j] - identity).abs() < 5.0 * error);
                }
            }
        }
    }

    #[test]
    fn a_matrix_that_is_not_positive_definite_is_named_with_its_pivot() {
        let indefinite = InverseMassMatrix::dense(2, vec![1.0, 2.0, 2.0, 1.0]).unwrap();
        assert!(matches!(
            EuclideanMetric::new(indefinite),
            Err(Error::Chain(ChainError::MassMatrix { pivot: 1, value: -3.0 }))
        ));
        for value in [0.0, -1.0, f64::NAN, f64::INFINITY, f64::MIN_POSITIVE / 1e10] {
            let error = EuclideanMetric::new(InverseMassMatrix::diagonal(vec![1.0, value])).unwrap_err();
            assert!(matches!(error, Error::Chain(ChainError::MassMatrix { pivot: 1, .. })), "{value}");
        }
        assert!(InverseMassMatrix::dense(2, vec![1.0, 0.5, 0.4, 1.0]).is_err());
        assert!(InverseMassMatrix::dense(2, vec![1.0, 0.5]).is_err());
        let of = |vectors: Vec<f64>| {
            let matrix = InverseMassMatrix::LowRank { scales: vec![1.0; 2], vectors, values: vec![2.0] };
            EuclideanMetric::new(matrix).map(drop).map_err(|error| error.to_string())
        };
        assert_eq!(of(vec![0.6, 0.8]), Ok(()));
        for (vectors, message) in [
            (vec![1.0], "`inverse_mass_matrix` must be 1 vectors of 2 numbers, got 1 numbers"),
            (
                vec![1.0, 1.0],
                "`inverse_mass_matrix` must be of orthonormal vectors, got 2 as the product of vectors 0 and 0",
            ),
        ] {
            assert_eq!(of(vectors), Err(message.to_owned()));
        }
    }
}
