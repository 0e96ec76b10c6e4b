//! A Gaussian with the root of its covariance.

use std::f64::consts::PI;

use ppl::random::Rng;
use rand::RngExt;
use rand_distr::StandardNormal;

use super::covariance_root::CovarianceRoot;
use crate::vector::dot;
use crate::{LogDensity, Result};

/// A Gaussian: its draws are the mean and the covariance's root times standard normal noise.
#[derive(Clone, Debug)]
pub(super) struct Gaussian {
    mean: Vec<f64>,
    root: CovarianceRoot,
    /// ln of the density at the mean.
    log_peak: f64,
}

impl Gaussian {
    /// None where a number is not finite.
    pub(super) fn new(mean: Vec<f64>, root: CovarianceRoot) -> Option<Self> {
        let log_peak = -0.5 * mean.len() as f64 * (2.0 * PI).ln() - root.log_determinant();
        let is_finite = log_peak.is_finite() && mean.iter().all(|x| x.is_finite());
        is_finite.then_some(Self { mean, root, log_peak })
    }

    #[cfg(test)]
    pub(super) fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// The position of a draw.
    pub(super) fn draw(&self, rng: &mut Rng) -> Vec<f64> {
        self.at(standard_normal(self.mean.len(), rng))
    }

    /// A draw, and the log of the density's ratio to the Gaussian's there: −∞ outside of the support.
    ///
    /// # Errors
    /// The density's own.
    pub(super) fn weighted_draw(&self, density: &mut dyn LogDensity, rng: &mut Rng) -> Result<(Vec<f64>, f64)> {
        self.weighted_at(density, standard_normal(self.mean.len(), rng))
    }

    /// The draw that noise makes, with its weight.
    ///
    /// # Errors
    /// The density's own.
    pub(super) fn weighted_at(&self, density: &mut dyn LogDensity, noise: Vec<f64>) -> Result<(Vec<f64>, f64)> {
        let log_gaussian = self.log_peak - 0.5 * dot(&noise, &noise);
        let position = self.at(noise);
        let log_density = density.value(&position)?;
        let log_weight = if log_density.is_nan() { f64::NEG_INFINITY } else { log_density - log_gaussian };
        Ok((position, log_weight))
    }

    /// The position of a vector of noise.
    fn at(&self, mut noise: Vec<f64>) -> Vec<f64> {
        self.root.times(&mut noise);
        noise.iter_mut().zip(&self.mean).for_each(|(x, mean)| *x += mean);
        noise
    }

    /// The covariance, row by row.
    #[cfg(test)]
    pub(super) fn covariance(&self) -> Vec<f64> {
        let dim = self.mean.len();
        let column = |k: usize| {
            let mut column = vec![0.0; dim];
            column[k] = 1.0;
            self.root.covariance_times(&mut column);
            column
        };
        (0..dim).flat_map(column).collect()
    }
}

/// A vector of standard normal noise.
pub(super) fn standard_normal(dim: usize, rng: &mut Rng) -> Vec<f64> {
    (0..dim).map(|_| rng.sample(StandardNormal)).collect()
}
