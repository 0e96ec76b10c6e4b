//! The Euclidean metric: the mass matrix M of the kinetic energy ½ pᵀ M⁻¹ p.
//!
//! What is stored and adapted is the *inverse* mass matrix M⁻¹, an estimate of the posterior covariance. The two never
//! share a type with anything of the same shape.

use rand::Rng;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::error::ChainError;
use crate::settings::require;
use crate::vector::dot;

/// The inverse mass matrix M⁻¹, symmetric positive definite.
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

    /// An error unless a dense matrix is square and symmetric: one that was read from a file may be anything.
    fn check(&self) -> Result<()> {
        let Self::Dense { dim, values } = self else { return Ok(()) };
        let dim = *dim;
        let invalid = |expected: &str, got: String| require("inverse_mass_matrix", expected, got, false);
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

    /// The dimension of the space it acts on.
    pub fn dim(&self) -> usize {
        match self {
            Self::Diagonal(variances) => variances.len(),
            Self::Dense { dim, .. } => *dim,
        }
    }

    /// Whether it is dense.
    pub fn is_dense(&self) -> bool {
        matches!(self, Self::Dense { .. })
    }
}

/// An inverse mass matrix together with what momentum draws need.
#[derive(Clone, Debug)]
pub struct Metric {
    inverse_mass_matrix: InverseMassMatrix,
    factor: MomentumFactor,
}

/// A factor F of the mass matrix, M = F Fᵀ, as needed to turn standard normal draws into momenta.
#[derive(Clone, Debug)]
enum MomentumFactor {
    /// The square roots of the diagonal of M.
    Diagonal(Vec<f64>),
    /// The lower Cholesky factor L of M⁻¹ = L Lᵀ, row by row: F = L⁻ᵀ.
    InverseTranspose(Vec<f64>),
}

impl Metric {
    /// Factorises an inverse mass matrix.
    ///
    /// # Errors
    /// [`ChainError::MassMatrix`] if the matrix is not positive definite or not finite;
    /// [`InvalidSetting`](crate::error::InvalidSetting) if it is not square or not symmetric.
    pub fn new(inverse_mass_matrix: InverseMassMatrix) -> Result<Self> {
        inverse_mass_matrix.check()?;
        let factor = match &inverse_mass_matrix {
            InverseMassMatrix::Diagonal(variances) => {
                let bad = |value: &f64| !(value.is_finite() && *value > 0.0 && value.recip().is_finite());
                if let Some(pivot) = variances.iter().position(bad) {
                    return Err(ChainError::MassMatrix { pivot, value: variances[pivot] }.into());
                }
                MomentumFactor::Diagonal(variances.iter().map(|variance| variance.sqrt().recip()).collect())
            }
            InverseMassMatrix::Dense { dim, values } => MomentumFactor::InverseTranspose(cholesky(*dim, values)?),
        };
        Ok(Self { inverse_mass_matrix, factor })
    }

    /// The inverse mass matrix.
    pub fn inverse_mass_matrix(&self) -> &InverseMassMatrix {
        &self.inverse_mass_matrix
    }

    /// The dimension of the space.
    pub fn dim(&self) -> usize {
        self.inverse_mass_matrix.dim()
    }

    /// Writes the velocity M⁻¹ p, Stan's `p_sharp`.
    pub fn velocity(&self, momentum: &[f64], velocity: &mut [f64]) {
        match &self.inverse_mass_matrix {
            InverseMassMatrix::Diagonal(variances) => {
                for ((velocity, momentum), variance) in velocity.iter_mut().zip(momentum).zip(variances) {
                    *velocity = variance * momentum;
                }
            }
            InverseMassMatrix::Dense { dim, values } => {
                for (velocity, row) in velocity.iter_mut().zip(values.chunks_exact(*dim)) {
                    *velocity = dot(row, momentum);
                }
            }
        }
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
        }
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
        let mut velocity = [0.0; 3];
        Metric::new(dense()).unwrap().velocity(&[1.0, -1.0, 2.0], &mut velocity);
        for (value, expected) in velocity.iter().zip([4.0 - 1.2 - 1.6, 1.2 - 2.0 + 0.6, -0.8 - 0.3 + 2.0]) {
            assert!((value - expected).abs() < 1e-15);
        }
        Metric::new(InverseMassMatrix::diagonal(vec![1.0, 2.0, 3.0])).unwrap().velocity(&[1.0; 3], &mut velocity);
        assert_eq!(velocity, [1.0, 2.0, 3.0]);
    }

    /// p ~ N(0, M) exactly if the velocity M⁻¹ p has covariance M⁻¹ and E[p (M⁻¹ p)ᵀ] = 1.
    ///
    /// An average of n products of Gaussians has variance (a_ii b_jj + a_ij²)/n; the test allows five standard errors
    /// for 18 entries of two metrics: a false alarm in one seed of 50 000.
    #[test]
    fn momentum_draws_have_the_mass_matrix_as_covariance() {
        let draws = 40_000;
        for inverse in [dense(), InverseMassMatrix::diagonal(vec![0.01, 1.0, 25.0])] {
            let metric = Metric::new(inverse.clone()).unwrap();
            let entry = |i: usize, j: usize| match &inverse {
                InverseMassMatrix::Diagonal(variances) => f64::from(u8::from(i == j)) * variances[i],
                InverseMassMatrix::Dense { values, .. } => values[i * 3 + j],
            };
            let mut rng = Purpose::Transition.rng(Key::new(3));
            let (mut p, mut v) = ([0.0; 3], [0.0; 3]);
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
        assert!(matches!(Metric::new(indefinite), Err(Error::Chain(ChainError::MassMatrix { pivot: 1, value: -3.0 }))));
        for value in [0.0, -1.0, f64::NAN, f64::INFINITY, f64::MIN_POSITIVE / 1e10] {
            let error = Metric::new(InverseMassMatrix::diagonal(vec![1.0, value])).unwrap_err();
            assert!(matches!(error, Error::Chain(ChainError::MassMatrix { pivot: 1, .. })), "{value}");
        }
        assert!(InverseMassMatrix::dense(2, vec![1.0, 0.5, 0.4, 1.0]).is_err());
        assert!(InverseMassMatrix::dense(2, vec![1.0, 0.5]).is_err());
    }
}
