//! The posterior covariance, estimated while sampling.

use super::metric::InverseMassMatrix;

/// Stan 2.36, `var_adaptation.hpp` and `covar_adaptation.hpp`: the estimate of n draws is shrunk towards this variance …
const PRIOR_VARIANCE: f64 = 1e-3;
/// … with the weight of this many draws.
const PRIOR_DRAWS: f64 = 5.0;

/// A running estimate of the posterior variances or covariances, by Welford's algorithm.
///
/// # Example
/// ```
/// use ppl_infer::mcmc::hmc::{CovarianceEstimator, InverseMassMatrix};
///
/// let mut estimator = CovarianceEstimator::new(1, false);
/// for draw in [1.0, 2.0, 3.0] {
///     estimator.update(&[draw]);
/// }
/// let Some(InverseMassMatrix::Diagonal(variances)) = estimator.finish() else { unreachable!() };
/// // The variance of three draws is 1; five more are taken to have that of 0.001.
/// assert!((variances[0] - (3.0 * 1.0 + 5.0 * 0.001) / 8.0).abs() < 1e-15);
/// ```
///
/// # Reference
/// Welford (1962), Note on a method for calculating corrected sums of squares and products.
#[derive(Clone, Debug)]
pub struct CovarianceEstimator {
    draws: usize,
    mean: Vec<f64>,
    /// Sums of squared deviations: the diagonal, or the lower triangle row by row in a full matrix.
    deviations: Vec<f64>,
    dense: bool,
    /// Deviations of the last draw from the mean before and after it.
    before: Vec<f64>,
    after: Vec<f64>,
}

impl CovarianceEstimator {
    /// An estimator without draws: of the variances, or of the whole covariance matrix if `dense`.
    pub fn new(dim: usize, dense: bool) -> Self {
        let zeros = vec![0.0; dim];
        let deviations = vec![0.0; if dense { dim * dim } else { dim }];
        Self { draws: 0, mean: zeros.clone(), deviations, dense, before: zeros.clone(), after: zeros }
    }

    /// Forgets all draws.
    pub fn restart(&mut self) {
        self.draws = 0;
        self.mean.fill(0.0);
        self.deviations.fill(0.0);
    }

    /// The number of draws seen.
    pub fn draws(&self) -> usize {
        self.draws
    }

    /// Takes in a draw.
    pub fn update(&mut self, position: &[f64]) {
        self.draws += 1;
        let weight = 1.0 / self.draws as f64;
        for (i, value) in position.iter().enumerate() {
            self.before[i] = value - self.mean[i];
            self.mean[i] += weight * self.before[i];
            self.after[i] = value - self.mean[i];
        }
        if self.dense {
            let dim = position.len();
            for (i, row) in self.deviations.chunks_exact_mut(dim).enumerate() {
                for (sum, before) in row[..=i].iter_mut().zip(&self.before) {
                    *sum += self.after[i] * before;
                }
            }
        } else {
            for ((sum, before), after) in self.deviations.iter_mut().zip(&self.before).zip(&self.after) {
                *sum += before * after;
            }
        }
    }

    /// The regularised covariance n/(n + 5) S + 10⁻³ · 5/(n + 5) · 1 of the n draws with sample covariance S;
    /// `None` if there are fewer than two draws.
    pub fn finish(&self) -> Option<InverseMassMatrix> {
        if self.draws < 2 {
            return None;
        }
        let draws = self.draws as f64;
        let factor = draws / (draws + PRIOR_DRAWS) / (draws - 1.0);
        let floor = PRIOR_VARIANCE * PRIOR_DRAWS / (draws + PRIOR_DRAWS);
        let dim = self.mean.len();
        if !self.dense {
            return Some(InverseMassMatrix::Diagonal(self.deviations.iter().map(|sum| factor * sum + floor).collect()));
        }
        let mut values = vec![0.0; dim * dim];
        for i in 0..dim {
            for j in 0..=i {
                let value = factor * self.deviations[i * dim + j] + if i == j { floor } else { 0.0 };
                values[i * dim + j] = value;
                values[j * dim + i] = value;
            }
        }
        Some(InverseMassMatrix::Dense { dim, values })
    }
}

#[cfg(test)]
mod tests {
    use ppl::random::Key;
    use rand::RngExt;

    use super::*;
    use crate::purpose::Purpose;

    /// Draws with very different means and scales, and a correlation.
    fn draws() -> Vec<[f64; 3]> {
        let mut rng = Purpose::Transition.rng(Key::new(5));
        let mut uniform = || rng.random::<f64>();
        (0..57).map(|_| (uniform(), uniform(), uniform())).map(|(a, b, c)| [a, 1e3 + 10.0 * a + b, 1e-3 * c]).collect()
    }

    fn two_pass(draws: &[[f64; 3]], i: usize, j: usize) -> f64 {
        let n = draws.len() as f64;
        let mean = |k: usize| draws.iter().map(|draw| draw[k]).sum::<f64>() / n;
        let (a, b) = (mean(i), mean(j));
        let covariance = draws.iter().map(|draw| (draw[i] - a) * (draw[j] - b)).sum::<f64>() / (n - 1.0);
        n / (n + 5.0) * covariance + if i == j { 1e-3 * 5.0 / (n + 5.0) } else { 0.0 }
    }

    #[test]
    fn both_forms_equal_the_two_pass_formula_also_after_a_restart() {
        let draws = draws();
        for dense in [false, true] {
            let mut estimator = CovarianceEstimator::new(3, dense);
            estimator.update(&[7.0, 8.0, 9.0]);
            assert_eq!(estimator.finish(), None);
            estimator.restart();
            draws.iter().for_each(|draw| estimator.update(draw));
            assert_eq!(estimator.draws(), draws.len());
            let estimate = estimator.finish().unwrap();
            for i in 0..3 {
                for j in 0..3 {
                    let value = match &estimate {
                        InverseMassMatrix::Diagonal(variances) if i == j => variances[i],
                        InverseMassMatrix::Diagonal(_) | InverseMassMatrix::LowRank { .. } => continue,
                        InverseMassMatrix::Dense { values, .. } => values[i * 3 + j],
                    };
                    let expected = two_pass(&draws, i, j);
                    assert!((value - expected).abs() <= 1e-10 * expected.abs().max(1e-3), "{value} {expected}");
                }
            }
            assert_eq!(estimate.is_dense(), dense);
        }
    }
}
