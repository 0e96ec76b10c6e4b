//! Estimates of the inverse mass matrix from draws and the gradients of the log density at them.
//!
//! Where the posterior is Gaussian with covariance Σ, its gradients have the covariance Σ⁻¹: draws tell the long axes best,
//! gradients the short ones. The matrix M⁻¹ that minimises the Fisher divergence between the preconditioned posterior and a
//! standard normal distribution is the geometric mean of the covariance matrix of the draws and of the inverse of that of
//! the gradients.
//!
//! # Reference
//! Seyboldt, Carlson & Carpenter (2026), Preconditioning Hamiltonian Monte Carlo by minimizing Fisher divergence,
//! arXiv 2603.18845.

use faer::{Mat, MatRef, Side};

use super::metric::InverseMassMatrix;

/// The weight of the previous matrix, in draws, to which both covariance matrices are shrunk.
const PRIOR_DRAWS: f64 = 5.0;
/// The same where draws are independent. Where the posterior is Gaussian, any draws that span the space give its covariance.
const PRIOR_DRAWS_OF_INDEPENDENT: f64 = 0.1;
/// Eigenvalues between its reciprocal and this are taken to be 1. A vector takes two passes over the state in each step, so that
/// of many dimensions those are left out that bring little: between 2 and ½, of a hierarchy of 390 a sixth of the effective draws
/// per gradient, and a third of the time. In few dimensions an eigenvalue of 1.7 is worth its vector: of a regression with four
/// coefficients it doubled the effective draws.
const CUTOFF: f64 = 1.3;
const CUTOFF_OF_MANY_DIMENSIONS: f64 = 2.0;
const MANY_DIMENSIONS: usize = 40;
/// The least and the largest variance of a coordinate.
const VARIANCES: std::ops::RangeInclusive<f64> = 1e-20..=1e20;
/// Multiplications that an estimate may take, which bounds the number of draws that it is made of.
const MULTIPLICATIONS: f64 = 4e9;

/// Draws and the gradients at them, one after the other.
#[derive(Clone, Debug, Default)]
pub(super) struct History {
    dim: usize,
    positions: Vec<f64>,
    gradients: Vec<f64>,
}

impl History {
    pub(super) fn new(dim: usize) -> Self {
        Self { dim, positions: Vec::new(), gradients: Vec::new() }
    }

    pub(super) fn dim(&self) -> usize {
        self.dim
    }

    /// The number of draws.
    pub(super) fn len(&self) -> usize {
        self.positions.len() / self.dim.max(1)
    }

    /// Takes in a draw, unless it is where the last one was: a chain that stands still tells nothing of the posterior.
    pub(super) fn push(&mut self, position: &[f64], gradient: &[f64]) {
        if !self.positions.ends_with(position) {
            self.positions.extend_from_slice(position);
            self.gradients.extend_from_slice(gradient);
        }
    }

    /// Forgets the first draws.
    pub(super) fn forget(&mut self, draws: usize) {
        self.positions.drain(..draws * self.dim);
        self.gradients.drain(..draws * self.dim);
    }

    /// Standard deviations of M⁻¹ by coordinate, (var x / var ∇)^¼: the diagonal matrix of least Fisher divergence.
    ///
    /// One that is not finite, or out of all proportion, is replaced by that of the previous matrix.
    fn scales(&self, previous: &InverseMassMatrix) -> Vec<f64> {
        let (positions, gradients) = (self.variances(&self.positions), self.variances(&self.gradients));
        let scale = |((x, gradient), i): ((&f64, &f64), usize)| {
            let variance = (x / gradient).sqrt();
            if VARIANCES.contains(&variance) { variance.sqrt() } else { previous.scale(i) }
        };
        positions.iter().zip(&gradients).zip(0..).map(scale).collect()
    }

    /// The sample variances of the columns.
    fn variances(&self, rows: &[f64]) -> Vec<f64> {
        let means = self.means(rows);
        let mut variances = vec![0.0; self.dim];
        for row in rows.chunks_exact(self.dim) {
            for ((variance, value), mean) in variances.iter_mut().zip(row).zip(&means) {
                *variance += (value - mean) * (value - mean);
            }
        }
        let draws = self.len() as f64;
        variances.iter_mut().for_each(|variance| *variance /= draws - 1.0);
        variances
    }

    fn means(&self, rows: &[f64]) -> Vec<f64> {
        let mut means = vec![0.0; self.dim];
        for row in rows.chunks_exact(self.dim) {
            means.iter_mut().zip(row).for_each(|(mean, value)| *mean += value);
        }
        let draws = self.len() as f64;
        means.iter_mut().for_each(|mean| *mean /= draws);
        means
    }

    /// The diagonal inverse mass matrix, and the previous one, of which the scales are taken that this history cannot tell;
    /// `None` of fewer than two draws.
    pub(super) fn diagonal(&self, previous: &InverseMassMatrix) -> Option<InverseMassMatrix> {
        (self.len() >= 2).then(|| diagonal(&self.scales(previous)))
    }

    /// The inverse mass matrix of the form diagonal plus low rank, shrunk towards the correlations of the previous one; `None`
    /// where a decomposition fails.
    pub(super) fn low_rank(&self, previous: &InverseMassMatrix) -> Option<InverseMassMatrix> {
        self.shrunk_low_rank(previous, PRIOR_DRAWS, self.cutoff())
    }

    /// The same of draws that are independent, which need less of it.
    pub(super) fn low_rank_of_independent_draws(&self, previous: &InverseMassMatrix) -> Option<InverseMassMatrix> {
        self.shrunk_low_rank(previous, PRIOR_DRAWS_OF_INDEPENDENT, self.cutoff())
    }

    fn cutoff(&self) -> f64 {
        if self.dim > MANY_DIMENSIONS { CUTOFF_OF_MANY_DIMENSIONS } else { CUTOFF }
    }

    /// The same with this number of pseudo-draws, without the eigenvalues between the cutoff and its reciprocal.
    fn shrunk_low_rank(
        &self,
        previous: &InverseMassMatrix,
        prior_draws: f64,
        cutoff: f64,
    ) -> Option<InverseMassMatrix> {
        let scales = self.scales(previous);
        let draws = self.centred(&self.positions, |value, scale| value / scale, &scales);
        let gradients = self.centred(&self.gradients, |value, scale| value * scale, &scales);
        let (values, vectors) = principal_axes(&draws, &gradients, &Prior::new(previous, prior_draws))?;
        let kept: Vec<usize> = (0..values.len()).filter(|&k| !(cutoff.recip()..=cutoff).contains(&values[k])).collect();
        if kept.is_empty() {
            return Some(diagonal(&scales));
        }
        let rows = kept.iter().flat_map(|&k| vectors.col(k).iter().copied()).collect();
        Some(InverseMassMatrix::LowRank { scales, vectors: rows, values: kept.iter().map(|&k| values[k]).collect() })
    }

    /// The last rows, as columns that are scaled and have the mean 0.
    fn centred(&self, rows: &[f64], scaled: impl Fn(f64, f64) -> f64, scales: &[f64]) -> Mat<f64> {
        let means = self.means(rows);
        // The span of both has twice this many columns, whose products are dim · (2n)² multiplications.
        let most = (MULTIPLICATIONS / self.dim as f64).sqrt() / 2.0;
        let first = if self.len() * 2 < self.dim { self.len().saturating_sub(most as usize) } else { 0 };
        Mat::from_fn(self.dim, self.len() - first, |i, draw| {
            scaled(rows[(first + draw) * self.dim + i] - means[i], scales[i])
        })
    }
}

/// The diagonal matrix with these standard deviations.
fn diagonal(scales: &[f64]) -> InverseMassMatrix {
    InverseMassMatrix::Diagonal(scales.iter().map(|scale| scale * scale).collect())
}

/// Pseudo-draws whose covariance P has the correlations of the previous matrix, in coordinates of scale 1.
///
/// Shrinkage towards the identity takes strong correlations back: of n draws and p pseudo-draws an eigenvalue λ much smaller than
/// p/n is estimated as √(λ p/n). Towards the previous estimate it converges to λ within a window or two, and stays.
struct Prior {
    draws: f64,
    /// P = R (I + V (Λ − I) Vᵀ) R: the diagonal of R, V and Λ.
    scales: Vec<f64>,
    vectors: Mat<f64>,
    values: Vec<f64>,
}

/// A covariance matrix or its inverse.
#[derive(Clone, Copy)]
enum Power {
    One = 1,
    MinusOne = -1,
}

impl Prior {
    fn new(previous: &InverseMassMatrix, draws: f64) -> Self {
        let dim = previous.dim();
        let (vectors, values) = match previous {
            InverseMassMatrix::LowRank { vectors, values, .. } => (vectors.as_slice(), values.clone()),
            InverseMassMatrix::Diagonal(_) | InverseMassMatrix::Dense { .. } => ([].as_slice(), Vec::new()),
        };
        let vectors = Mat::from_fn(dim, values.len(), |i, k| vectors[k * dim + i]);
        // The scale of a coordinate as `History::scales` has it: (var x/var ∇)^¼ is to be 1.
        let diagonal = |i: usize, power: i32| {
            let along = values.iter().enumerate().map(|(k, value)| vectors[(i, k)].powi(2) * (value.powi(power) - 1.0));
            1.0 + along.sum::<f64>()
        };
        let scales = (0..dim).map(|i| (diagonal(i, -1) / diagonal(i, 1)).powf(0.25)).collect();
        Self { draws, scales, vectors, values }
    }

    /// The covariance matrix of columns with mean 0 and of the pseudo-draws, both in the basis.
    fn shrunk(&self, columns: MatRef<'_, f64>, basis: &Mat<f64>, power: Power) -> Mat<f64> {
        let power = power as i32;
        let scaled = Mat::from_fn(basis.nrows(), basis.ncols(), |i, j| basis[(i, j)] * self.scales[i].powi(power));
        let along = self.vectors.transpose() * &scaled;
        let weighted =
            Mat::from_fn(along.nrows(), along.ncols(), |k, j| along[(k, j)] * (self.values[k].powi(power) - 1.0));
        let prior = scaled.transpose() * &scaled + along.transpose() * weighted;
        let total = columns.ncols() as f64 + self.draws;
        (columns * columns.transpose() + prior * faer::Scale(self.draws)) * faer::Scale(total.recip())
    }
}

/// The eigenvalues and, as columns, eigenvectors of the geometric mean of the covariance of the draws and of the inverse of
/// that of the gradients, both shrunk towards the prior; across the vectors that are not here, it is the identity.
fn principal_axes(draws: &Mat<f64>, gradients: &Mat<f64>, prior: &Prior) -> Option<(Vec<f64>, Mat<f64>)> {
    let dim = draws.nrows();
    let mean = |basis: &Mat<f64>, draws: &Mat<f64>, gradients: &Mat<f64>| {
        let draws = prior.shrunk(draws.as_ref(), basis, Power::One);
        geometric_mean(&draws, &prior.shrunk(gradients.as_ref(), basis, Power::MinusOne))
    };
    // Within the span of both and of the prior, if that is smaller than the space: orthogonal to it, all are multiples of the
    // identity, but for the scales of the prior.
    if draws.ncols() + gradients.ncols() + prior.vectors.ncols() >= dim {
        return mean(&Mat::identity(dim, dim), draws, gradients);
    }
    let basis = span([draws, gradients, &prior.vectors]);
    let (values, vectors) = mean(&basis, &(basis.transpose() * draws), &(basis.transpose() * gradients))?;
    Some((values, basis * vectors))
}

/// An orthonormal basis of the columns of three matrices.
fn span(matrices: [&Mat<f64>; 3]) -> Mat<f64> {
    // Columns of unit length, so that none is lost beside the others.
    let columns: Vec<(&Mat<f64>, usize, f64)> = matrices
        .into_iter()
        .flat_map(|matrix| (0..matrix.ncols()).map(move |j| (matrix, j)))
        .map(|(matrix, j)| (matrix, j, matrix.col(j).norm_l2().max(f64::MIN_POSITIVE).recip()))
        .collect();
    Mat::from_fn(matrices[0].nrows(), columns.len(), |i, j| {
        let (matrix, column, scale) = columns[j];
        matrix[(i, column)] * scale
    })
    .qr()
    .compute_thin_Q()
}

/// The eigenvalues and eigenvectors of the matrix S with S B S = A: the geometric mean of A and the inverse of B, which are
/// symmetric positive definite.
fn geometric_mean(a: &Mat<f64>, b: &Mat<f64>) -> Option<(Vec<f64>, Mat<f64>)> {
    let (root, inverse_root) = (power(b, 0.5)?, power(b, -0.5)?);
    let inner = power(&(&root * a * &root), 0.5)?;
    eigen(&(&inverse_root * inner * &inverse_root))
}

/// A power of a symmetric positive definite matrix.
fn power(matrix: &Mat<f64>, exponent: f64) -> Option<Mat<f64>> {
    let (values, vectors) = eigen(matrix)?;
    let scaled = Mat::from_fn(vectors.nrows(), vectors.ncols(), |i, j| vectors[(i, j)] * values[j].powf(exponent));
    Some(scaled * vectors.transpose())
}

/// The eigenvalues, all positive and finite, and the eigenvectors as columns.
fn eigen(matrix: &Mat<f64>) -> Option<(Vec<f64>, Mat<f64>)> {
    let eigen = matrix.self_adjoint_eigen(Side::Lower).ok()?;
    let values: Vec<f64> = eigen.S().column_vector().iter().copied().collect();
    let is_positive = values.iter().all(|value| *value > 0.0 && value.is_finite());
    is_positive.then(|| (values, eigen.U().to_owned()))
}

#[cfg(test)]
mod tests {
    use ppl::random::Key;
    use rand_distr::{Distribution, StandardNormal};

    use super::*;
    use crate::LogDensity;
    use crate::mcmc::hmc::{EuclideanMetric, PaddedVector};
    use crate::purpose::Purpose;
    use crate::test_targets::Gaussian;

    /// Draws of a Gaussian distribution with this precision matrix, and its gradients there.
    fn history(target: &mut Gaussian, draws: u64) -> History {
        let dim = target.dim();
        let precision = Mat::from_fn(dim, dim, |i, j| target.precision[i * dim + j]);
        let root = power(&precision, -0.5).unwrap();
        let mut history = History::new(dim);
        let (mut noise, mut gradient) = (Mat::<f64>::zeros(dim, 1), vec![0.0; dim]);
        for draw in 0..draws {
            let mut rng = Purpose::Transition.rng(Key::new(1).draw(draw));
            noise.col_mut(0).iter_mut().for_each(|noise| *noise = StandardNormal.sample(&mut rng));
            let position: Vec<f64> = (&root * &noise).col(0).iter().copied().collect();
            target.value_and_gradient(&position, &mut gradient).unwrap();
            history.push(&position, &gradient);
        }
        history
    }

    /// A Gaussian distribution in these dimensions of different scales, with one long and one short axis across them.
    fn target(dim: usize) -> Gaussian {
        let mut target = Gaussian::diagonal(&(0..dim).map(|i| 10_f64.powi(i as i32 % 5 - 2)).collect::<Vec<f64>>());
        let unit = 1.0 / (dim as f64).sqrt();
        let scales: Vec<f64> = (0..dim).map(|i| target.precision[i * dim + i].sqrt()).collect();
        for i in 0..dim {
            for j in 0..dim {
                let alternating = if (i + j) % 2 == 0 { 1.0 } else { -1.0 };
                // Variances of 100 and 1/100 along (1, 1, …) and (1, −1, …).
                let part = (0.01 - 1.0) + (100.0 - 1.0) * alternating;
                target.precision[i * dim + j] += part * unit * unit * scales[i] * scales[j];
            }
        }
        target
    }

    fn identity(dim: usize) -> InverseMassMatrix {
        InverseMassMatrix::identity(dim, false)
    }

    fn matrix_of(inverse: InverseMassMatrix) -> Vec<Vec<f64>> {
        let metric = EuclideanMetric::new(inverse).unwrap();
        let dim = metric.dim();
        (0..dim)
            .map(|j| {
                let (mut unit, mut column) = (PaddedVector::zeros(dim), PaddedVector::zeros(dim));
                unit[j] = 1.0;
                metric.velocity(&unit, &mut column);
                column.to_vec()
            })
            .collect()
    }

    /// With precision P, the gradients are −P (x − mean) exactly: if the draws have the sample covariance C, that of the
    /// gradients is P C P, and the geometric mean of C and of the inverse of P C P is P⁻¹, whatever the draws.
    #[test]
    fn the_covariance_of_a_gaussian_is_exact_from_more_draws_than_dimensions() {
        let dim = 6;
        let mut target = target(dim);
        let matrix = matrix_of(history(&mut target, 12).shrunk_low_rank(&identity(dim), 0.0, 1.0).unwrap());
        for (i, row) in matrix.iter().enumerate() {
            for j in 0..dim {
                let product: f64 = (0..dim).map(|k| row[k] * target.precision[k * dim + j]).sum();
                let identity = f64::from(u8::from(i == j));
                // Rounding, by the condition number 10⁴ of the scaled draws and by the scales of the coordinates.
                let scale = (target.precision[j * dim + j] / target.precision[i * dim + i]).sqrt();
                assert!((product - identity).abs() < 1e-9 * scale, "({i}, {j}): {product}");
            }
        }
    }

    /// The largest and the least eigenvalue of M⁻¹ P: 1 where the metric is exact.
    fn errors(inverse: InverseMassMatrix, target: &Gaussian) -> [f64; 2] {
        let dim = inverse.dim();
        let matrix = matrix_of(inverse);
        let product =
            Mat::from_fn(dim, dim, |i, j| (0..dim).map(|k| matrix[i][k] * target.precision[k * dim + j]).sum::<f64>());
        let values = product.eigenvalues().unwrap().into_iter().map(|value| value.re);
        [values.clone().fold(f64::MIN, f64::max), values.fold(f64::MAX, f64::min)]
    }

    /// A correlation of 1 − 10⁻⁶, for which the least eigenvalue is 0.7·10⁻³ of the geometric mean. Shrunk towards the
    /// identity it is estimated as much larger, and as the exact one if the previous matrix is exact.
    #[test]
    fn shrinkage_towards_the_previous_matrix_converges_to_strong_correlations() {
        let mut target = Gaussian::bivariate([0.0, 0.0], [1.0, 30.0], 1.0 - 1e-6);
        let history = history(&mut target, 60);
        let mut previous = identity(2);
        let mut spreads = Vec::new();
        for _ in 0..5 {
            previous = history.low_rank(&previous).unwrap();
            let [most, least] = errors(previous.clone(), &target);
            spreads.push(most / least);
        }
        // Five pseudo-draws of 65 take √λ for λ, by a factor of √(5/60) or so, at both ends.
        assert!(spreads[0] > 50.0, "{spreads:?}");
        assert!(spreads[4] < 1.01, "{spreads:?}");
    }

    /// Orthogonal to all draws and gradients, both shrunk covariances are the same multiple of the identity, and so their
    /// geometric mean is the identity: what is found within the span is all that there is.
    #[test]
    fn the_axes_within_the_span_of_few_draws_are_those_of_the_space() {
        let (dim, draws) = (60, 20);
        let history = history(&mut target(dim), draws);
        let scales = history.scales(&identity(dim));
        let draws = history.centred(&history.positions, |value, scale| value / scale, &scales);
        let gradients = history.centred(&history.gradients, |value, scale| value * scale, &scales);
        let mean_of = |(values, vectors): (Vec<f64>, Mat<f64>)| {
            let stretched = Mat::from_fn(dim, values.len(), |i, k| vectors[(i, k)] * (values[k] - 1.0));
            stretched * vectors.transpose()
        };
        let prior = Prior::new(&identity(dim), PRIOR_DRAWS);
        let within = mean_of(principal_axes(&draws, &gradients, &prior).unwrap());
        // With columns of zeros they span the space.
        let padded = |columns: &Mat<f64>, scale: f64| {
            Mat::from_fn(dim, dim, |i, j| if j < columns.ncols() { scale * columns[(i, j)] } else { 0.0 })
        };
        let prior = Prior::new(&identity(dim), PRIOR_DRAWS);
        let whole = mean_of(principal_axes(&padded(&draws, 1.0), &padded(&gradients, 1.0), &prior).unwrap());
        assert!(whole.norm_max() > 0.1, "{}", whole.norm_max());
        let difference = (&within - &whole).norm_max();
        assert!(difference < 1e-9 * whole.norm_max(), "{difference}");
    }

    /// Two draws ±√m σ along each of a few axes: with p pseudo-draws of n + p, the covariances have the eigenvalues
    /// (2 m σ² + p)/(n + p) and (2 m/σ² + p)/(n + p) there.
    #[test]
    fn pseudo_draws_shrink_axes_as_their_formula_says() {
        let (dim, deviations, m, prior) = (40, [10.0_f64, 1.0, 0.2], 8.0_f64, PRIOR_DRAWS);
        // Haar wavelets, orthonormal: ½ (1, 1, −1, −1) in elements of their own.
        let axis = |k: usize, i: usize| if i / 4 == k { if i % 4 < 2 { 0.5 } else { -0.5 } } else { 0.0 };
        let columns = |inverse: bool| {
            Mat::from_fn(dim, 6, |i, draw| {
                let deviation = if inverse { deviations[draw / 2].recip() } else { deviations[draw / 2] };
                let sign = if draw % 2 == 0 { 1.0 } else { -1.0 };
                sign * m.sqrt() * deviation * axis(draw / 2, i)
            })
        };
        let (values, vectors) =
            principal_axes(&columns(false), &columns(true), &Prior::new(&identity(dim), prior)).unwrap();
        for (k, deviation) in deviations.iter().enumerate() {
            let variance = deviation * deviation;
            let expected = ((2.0 * m * variance + prior) / (2.0 * m / variance + prior)).sqrt();
            // vᵀ S v of the axis.
            let got: f64 = (0..values.len())
                .map(|j| (0..dim).map(|i| vectors[(i, j)] * axis(k, i)).sum::<f64>().powi(2) * values[j])
                .sum();
            assert!((got - expected).abs() < 1e-12 * expected, "{deviation}: {got}, {expected}");
        }
    }

    /// The geometric mean is monotone, so that p pseudo-draws beside n draws of covariance C take the eigenvalues of M⁻¹ P
    /// from 1 to no more than √(1 + p/(n λ)) and its counterpart for the gradients, λ the least eigenvalue of C; the cutoff
    /// takes them a factor of itself further.
    #[test]
    fn shrinkage_and_cutoff_stay_within_their_bounds() {
        let (dim, draws) = (6, 200);
        let mut target = target(dim);
        let history = history(&mut target, draws);
        let scales = history.scales(&identity(dim));
        let slack = |columns: Mat<f64>| {
            let least = eigen(&(&columns * columns.transpose())).unwrap().0.into_iter().fold(f64::MAX, f64::min);
            CUTOFF * (1.0 + PRIOR_DRAWS / least).sqrt()
        };
        let high = slack(history.centred(&history.positions, |value, scale| value / scale, &scales));
        let low = slack(history.centred(&history.gradients, |value, scale| value * scale, &scales)).recip();
        let inverse = history.low_rank(&identity(dim)).unwrap();
        let InverseMassMatrix::LowRank { values, .. } = &inverse else { panic!("{inverse:?}") };
        assert!(values.iter().all(|value| !(CUTOFF.recip()..=CUTOFF).contains(value)), "{values:?}");
        let [most, least] = errors(inverse, &target);
        assert!(low <= least && most <= high, "{low} to {high}: {least}, {most}");
        // The bounds say something: without a metric, the eigenvalues differ by 10⁴ even after scaling.
        assert!(high / low < 50.0, "{low} to {high}");
    }

    #[test]
    fn draws_that_did_not_move_do_not_count() {
        let mut history = History::new(2);
        for position in [[0.0, 1.0], [0.0, 1.0], [2.0, 1.0], [0.0, 1.0]] {
            history.push(&position, &[-1.0, 1.0]);
        }
        assert_eq!(history.len(), 3);
        history.forget(1);
        assert_eq!(history.positions, [2.0, 1.0, 0.0, 1.0]);
        // Neither coordinate has a scale: one did not move, and the gradient of the other did not.
        assert_eq!(history.scales(&InverseMassMatrix::diagonal(vec![9.0, 16.0])), [3.0, 4.0]);
    }

    #[test]
    fn scales_of_independent_coordinates_are_exact() {
        let scales = [1e-3, 1.0, 50.0];
        let history = history(&mut Gaussian::diagonal(&scales), 10);
        for (got, want) in history.scales(&identity(3)).into_iter().zip(scales) {
            assert!((got - want).abs() < 1e-12 * want, "{got}, {want}");
        }
    }
}
