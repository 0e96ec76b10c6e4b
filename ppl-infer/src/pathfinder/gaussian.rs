//! A Gaussian whose covariance is a diagonal changed in a few directions.

use std::f64::consts::PI;

use faer::Mat;
use ppl::random::Rng;
use rand::RngExt;
use rand_distr::StandardNormal;

/// A Gaussian with covariance D (I + Q (L Lᵀ − I) Qᵀ) D, where D is diagonal and Q has orthonormal columns.
///
/// A draw takes O(columns · dim) operations.
///
/// # Reference
/// Zhang et al. (2022), algorithm 4.
#[derive(Clone, Debug)]
pub(super) struct Gaussian {
    mean: Vec<f64>,
    /// D.
    scales: Vec<f64>,
    /// Q.
    directions: Mat<f64>,
    /// L.
    root: Mat<f64>,
    /// ln of the density at the mean.
    log_peak: f64,
}

impl Gaussian {
    /// None where a number is not finite.
    pub(super) fn new(mean: Vec<f64>, scales: Vec<f64>, directions: Mat<f64>, root: Mat<f64>) -> Option<Self> {
        let log_scales: f64 = scales.iter().map(|scale| scale.ln()).sum();
        let log_root: f64 = (0..root.nrows()).map(|k| root[(k, k)].ln()).sum();
        let log_peak = -0.5 * mean.len() as f64 * (2.0 * PI).ln() - log_scales - log_root;
        let is_finite = log_peak.is_finite() && mean.iter().all(|x| x.is_finite());
        is_finite.then_some(Self { mean, scales, directions, root, log_peak })
    }

    #[cfg(test)]
    pub(super) fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// A draw, and the log density there.
    pub(super) fn draw(&self, rng: &mut Rng) -> (Vec<f64>, f64) {
        let noise: Vec<f64> = (0..self.mean.len()).map(|_| rng.sample(StandardNormal)).collect();
        let log_density = self.log_peak - 0.5 * noise.iter().map(|z| z * z).sum::<f64>();
        (self.at(&noise), log_density)
    }

    /// The position of a vector of noise.
    fn at(&self, noise: &[f64]) -> Vec<f64> {
        let noise = Mat::from_fn(noise.len(), 1, |row, _| noise[row]);
        let along = self.directions.transpose() * &noise;
        let moved = &self.root * &along - &along;
        let offset = noise + &self.directions * moved;
        (0..self.mean.len()).map(|row| self.mean[row] + self.scales[row] * offset[(row, 0)]).collect()
    }

    /// The covariance, row by row.
    #[cfg(test)]
    pub(super) fn covariance(&self) -> Vec<f64> {
        let dim = self.mean.len();
        let column = |k: usize| {
            let mut noise = vec![0.0; dim];
            noise[k] = 1.0;
            self.at(&noise).iter().zip(&self.mean).map(|(x, mean)| x - mean).collect::<Vec<f64>>()
        };
        let columns: Vec<Vec<f64>> = (0..dim).map(column).collect();
        let element = |row: usize, other: usize| columns.iter().map(|column| column[row] * column[other]).sum();
        (0..dim * dim).map(|k| element(k / dim, k % dim)).collect()
    }
}
