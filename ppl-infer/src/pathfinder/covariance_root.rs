//! A root of a covariance: a diagonal, changed in one direction after the other.

use std::iter::zip;

use crate::vector::{add_scaled, dot};

/// A matrix J with J Jᵀ a covariance Σ, as the BFGS updates of a diagonal make it:
///
/// ```text
/// J = F_m ⋯ F_1 D,   F = I − s qᵀ,   q = z / sᵀz − B s / √(sᵀz · sᵀB s)
/// ```
///
/// where D is diagonal, s is a move of the position, z the fall of the gradient along it, and B the inverse of the
/// covariance before the update. After it, Σ z = s. The determinant of F, 1 − qᵀs = √(sᵀB s / sᵀz), is positive, and so Σ
/// is positive definite; where rounding makes sᵀB s negative, the determinant is NaN.
///
/// Every product takes O(m · dim) operations.
///
/// # Reference
/// Brodlie, Gourlay and Greenstadt (1973), "Rank-one and rank-two corrections to positive definite matrices expressed in
/// product form".
#[derive(Clone, Debug)]
pub(super) struct CovarianceRoot {
    /// D.
    scales: Vec<f64>,
    /// s of each factor, one after the other.
    moves: Vec<f64>,
    /// q of each factor, one after the other.
    covectors: Vec<f64>,
    /// 1 − qᵀs of each factor, its determinant.
    determinants: Vec<f64>,
}

impl CovarianceRoot {
    /// The root of a diagonal covariance by its standard deviations, with memory for this many updates.
    pub(super) fn new(scales: Vec<f64>, updates: usize) -> Self {
        let room = updates * scales.len();
        let (moves, covectors) = (Vec::with_capacity(room), Vec::with_capacity(room));
        Self { scales, moves, covectors, determinants: Vec::with_capacity(updates) }
    }

    /// The BFGS update by a move of the position and the fall of the gradient along it; their inner product is positive.
    pub(super) fn update(&mut self, step: &[f64], fall: &[f64]) {
        let curvature = dot(step, fall);
        let mut expected = step.to_vec();
        self.precision_times(&mut expected);
        let expected_curvature = dot(step, &expected);
        let weight = 1.0 / (curvature * expected_curvature).sqrt();
        self.moves.extend_from_slice(step);
        self.covectors.extend(zip(fall, &expected).map(|(fall, expected)| fall / curvature - weight * expected));
        self.determinants.push((expected_curvature / curvature).sqrt());
    }

    pub(super) fn dim(&self) -> usize {
        self.scales.len()
    }

    /// ln |det J|.
    pub(super) fn log_determinant(&self) -> f64 {
        self.scales.iter().chain(&self.determinants).map(|factor| factor.ln()).sum()
    }

    /// Overwrites x with J x.
    pub(super) fn times(&self, x: &mut [f64]) {
        zip(&mut *x, &self.scales).for_each(|(x, scale)| *x *= scale);
        for (step, covector, _) in self.factors() {
            add_scaled(x, -dot(covector, x), step);
        }
    }

    /// Overwrites x with Σ x = J Jᵀ x.
    pub(super) fn covariance_times(&self, x: &mut [f64]) {
        for (step, covector, _) in self.factors().rev() {
            add_scaled(x, -dot(step, x), covector);
        }
        zip(&mut *x, &self.scales).for_each(|(x, scale)| *x *= scale);
        self.times(x);
    }

    /// Overwrites x with B x = Σ⁻¹ x, by F⁻¹ = I + s qᵀ / (1 − qᵀs).
    fn precision_times(&self, x: &mut [f64]) {
        for (step, covector, determinant) in self.factors().rev() {
            add_scaled(x, dot(covector, x) / determinant, step);
        }
        zip(&mut *x, &self.scales).for_each(|(x, scale)| *x /= scale * scale);
        for (step, covector, determinant) in self.factors() {
            add_scaled(x, dot(step, x) / determinant, covector);
        }
    }

    /// s, q and 1 − qᵀs of each factor, the first to act on a vector first.
    fn factors(&self) -> impl DoubleEndedIterator<Item = (&[f64], &[f64], f64)> + ExactSizeIterator {
        let dim = self.dim();
        let vectors = zip(self.moves.chunks_exact(dim), self.covectors.chunks_exact(dim));
        zip(vectors, &self.determinants).map(|((step, covector), determinant)| (step, covector, *determinant))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A column of the identity.
    fn unit(dim: usize, k: usize) -> Vec<f64> {
        (0..dim).map(|other| f64::from(u8::from(other == k))).collect()
    }

    /// The root of a covariance in four dimensions after this many updates by arbitrary steps and falls.
    fn root(updates: usize) -> (CovarianceRoot, Vec<[Vec<f64>; 2]>) {
        let mut root = CovarianceRoot::new(vec![0.1, 2.0, 1.0, 30.0], updates);
        let wave = |k: usize, phase: f64| -> Vec<f64> {
            (0..4).map(|row| (1.7 * (row * row + 3 * k) as f64 + phase).sin() + 0.1).collect()
        };
        let steps: Vec<_> = (0..updates)
            .map(|k| {
                let (step, mut fall) = (wave(k, 0.0), wave(k, 0.4));
                if dot(&step, &fall) < 0.0 {
                    fall.iter_mut().for_each(|z| *z = -*z);
                }
                [step, fall]
            })
            .collect();
        steps.iter().for_each(|[step, fall]| root.update(step, fall));
        (root, steps)
    }

    /// The matrix of a product, column by column.
    fn matrix(product: impl Fn(&mut [f64])) -> Vec<Vec<f64>> {
        (0..4)
            .map(|k| {
                let mut column = unit(4, k);
                product(&mut column);
                column
            })
            .collect()
    }

    /// Σ after an update from Σ before, by the formula of Broyden, Fletcher, Goldfarb and Shanno.
    fn updated(before: &[Vec<f64>], step: &[f64], fall: &[f64]) -> Vec<Vec<f64>> {
        let curvature = dot(step, fall);
        let by_fall: Vec<f64> = before.iter().map(|column| dot(column, fall)).collect();
        let along = 1.0 + dot(fall, &by_fall) / curvature;
        let entry = |i: usize, j: usize| {
            before[j][i] + (along * step[i] * step[j] - by_fall[i] * step[j] - step[i] * by_fall[j]) / curvature
        };
        (0..4).map(|j| (0..4).map(|i| entry(i, j)).collect()).collect()
    }

    /// To 1e-10 of the largest entry: the covariances have condition numbers of some 10⁵.
    fn assert_alike(got: &[Vec<f64>], expected: &[Vec<f64>]) {
        let largest = expected.iter().flatten().fold(0.0_f64, |largest, x| largest.max(x.abs()));
        for (got, expected) in zip(got.iter().flatten(), expected.iter().flatten()) {
            assert!((got - expected).abs() < 1e-10 * largest, "{got}, {expected} of {largest}");
        }
    }

    #[test]
    fn the_covariance_is_that_of_the_updates() {
        let (diagonal, _) = root(0);
        let mut expected = matrix(|x| diagonal.covariance_times(x));
        assert_eq!(expected[3], [0.0, 0.0, 0.0, 900.0]);
        let (root, steps) = root(5);
        for [step, fall] in &steps {
            expected = updated(&expected, step, fall);
        }
        assert_alike(&matrix(|x| root.covariance_times(x)), &expected);
        let columns = matrix(|x| root.times(x));
        let entry = |i: usize, j: usize| columns.iter().map(|column| column[i] * column[j]).sum();
        let square: Vec<Vec<f64>> = (0..4).map(|j| (0..4).map(|i| entry(i, j)).collect()).collect();
        assert_alike(&square, &expected);
    }

    #[test]
    fn the_precision_is_the_inverse_of_the_covariance() {
        let (root, _) = root(5);
        let identity: Vec<Vec<f64>> = (0..4).map(|k| unit(4, k)).collect();
        assert_alike(
            &matrix(|x| {
                root.covariance_times(x);
                root.precision_times(x);
            }),
            &identity,
        );
    }

    /// Beside the determinant by Gaussian elimination of J.
    #[test]
    fn the_determinant_is_that_of_the_matrix() {
        let (root, _) = root(3);
        let mut columns = matrix(|x| root.times(x));
        let mut log_determinant = 0.0;
        for k in 0..4 {
            let pivot = (k..4).max_by(|a, b| columns[*a][k].abs().total_cmp(&columns[*b][k].abs())).unwrap();
            columns.swap(k, pivot);
            log_determinant += columns[k][k].abs().ln();
            let pivot = columns[k].clone();
            for column in &mut columns[k + 1..] {
                let factor = column[k] / pivot[k];
                add_scaled(column, -factor, &pivot);
            }
        }
        assert!((root.log_determinant() - log_determinant).abs() < 1e-10, "{log_determinant}");
    }
}
