//! A Gaussian whose covariance is a diagonal changed in a few directions.

use std::f64::consts::PI;

use faer::Mat;
use ppl::random::Rng;
use rand::RngExt;
use rand_distr::StandardNormal;

use crate::vector::{add_scaled, dot};
use crate::{LogDensity, Result};

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
    /// The columns of Q, one after the other.
    directions: Vec<f64>,
    /// The rows of L − I up to the diagonal, one after the other.
    root: Vec<f64>,
    /// ln of the density at the mean.
    log_peak: f64,
}

impl Gaussian {
    /// None where a number is not finite.
    pub(super) fn new(mean: Vec<f64>, scales: Vec<f64>, directions: &Mat<f64>, root: &Mat<f64>) -> Option<Self> {
        let log_scales: f64 = scales.iter().map(|scale| scale.ln()).sum();
        let log_root: f64 = (0..root.nrows()).map(|k| root[(k, k)].ln()).sum();
        let log_peak = -0.5 * mean.len() as f64 * (2.0 * PI).ln() - log_scales - log_root;
        let is_finite = log_peak.is_finite() && mean.iter().all(|x| x.is_finite());
        let directions = directions.col_iter().flat_map(|column| column.iter().copied()).collect();
        let entry = |i: usize, j: usize| root[(i, j)] - if i == j { 1.0 } else { 0.0 };
        let root = (0..root.nrows()).flat_map(|i| (0..=i).map(move |j| entry(i, j))).collect();
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

    /// A draw, and the log of the density's ratio to the Gaussian's there: −∞ outside of the support.
    ///
    /// # Errors
    /// The density's own.
    pub(super) fn weighted_draw(&self, density: &mut dyn LogDensity, rng: &mut Rng) -> Result<(Vec<f64>, f64)> {
        let (position, log_gaussian) = self.draw(rng);
        let log_density = density.value(&position)?;
        let log_weight = if log_density.is_nan() { f64::NEG_INFINITY } else { log_density - log_gaussian };
        Ok((position, log_weight))
    }

    /// The position of a vector of noise.
    fn at(&self, noise: &[f64]) -> Vec<f64> {
        let mut position = noise.to_vec();
        let along: Vec<f64> = self.directions.chunks_exact(noise.len()).map(|column| dot(column, noise)).collect();
        let mut rows = self.root.as_slice();
        for (i, direction) in self.directions.chunks_exact(noise.len()).enumerate() {
            let (row, rest) = rows.split_at(i + 1);
            add_scaled(&mut position, dot(row, &along[..=i]), direction);
            rows = rest;
        }
        for ((x, scale), mean) in position.iter_mut().zip(&self.scales).zip(&self.mean) {
            *x = mean + scale * *x;
        }
        position
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
