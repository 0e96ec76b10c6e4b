//! One path: from a start to a mode, with a Gaussian at each step.

use ppl::random::Key;

use super::gaussian::{Gaussian, standard_normal};
use super::inverse_hessian::InverseHessian;
use crate::error::{DensityError, OptimizeError};
use crate::init::find_start;
use crate::optimize::Lbfgs;
use crate::{Counted, Error, Evaluations, InitialPosition, LogDensity, Point, Result};

/// The Gaussian of a path that is nearest to the density.
#[derive(Debug)]
pub(super) struct Path {
    pub(super) gaussian: Gaussian,
    /// Its evidence lower bound, estimated.
    pub(super) elbo: f64,
    /// The step that it was found at.
    pub(super) best_step: usize,
    /// Steps of the optimiser.
    pub(super) steps: usize,
    pub(super) evaluations: Evaluations,
}

/// Settings of a path.
pub(super) struct Climb<'a> {
    pub(super) init: &'a (dyn InitialPosition + Sync),
    pub(super) optimizer: Lbfgs,
    /// Steps that the curvature is estimated from.
    pub(super) history: usize,
    /// Draws for each estimate of an evidence lower bound.
    pub(super) elbo_draws: usize,
}

impl Climb<'_> {
    /// Climbs from a start of chain `row`; `path` tells the random numbers of paths with the same key apart.
    ///
    /// # Errors
    /// No valid start; a density along which no Gaussian is found; the density's own.
    pub(super) fn run(&self, density: &mut dyn LogDensity, row: usize, key: Key, path: u64) -> Result<Path> {
        let mut density = Counted::new(density);
        if density.dim() == 0 {
            return Err(DensityError::NothingToSample.into());
        }
        let start = find_start(self.init, 1, &mut density, row, key.draw(path))?.start.point;
        // The same noise for the bound of each Gaussian, so that their differences are not of the noise.
        let mut rng = key.rng("pathfinder: bound", path);
        let noise: Vec<Vec<f64>> = (0..self.elbo_draws).map(|_| standard_normal(density.dim(), &mut rng)).collect();
        let mut estimate = InverseHessian::new(density.dim(), self.history);
        let mut best: Option<(f64, Gaussian, usize)> = None;
        let mut before: Option<Point> = None;
        let mut steps = 0;
        let mut observe = |density: &mut dyn LogDensity, point: &Point| {
            if let Some(before) = &before {
                steps += 1;
                estimate.add(before, point);
                if let Some(gaussian) = estimate.gaussian(point) {
                    let elbo = elbo(density, &gaussian, &noise)?;
                    if elbo.is_finite() && best.as_ref().is_none_or(|(best, ..)| elbo > *best) {
                        best = Some((elbo, gaussian, steps));
                    }
                }
            }
            before = Some(point.clone());
            Ok(())
        };
        let climbed = self.optimizer.climb(&mut density, start.position, &mut observe);
        // A density without a maximum has its Gaussians too, on the way to nowhere.
        let is_climbing = matches!(climbed, Err(Error::Optimize(OptimizeError::NoMaximum { .. })));
        if !is_climbing || best.is_none() {
            climbed?;
        }
        let (elbo, gaussian, best_step) = best.ok_or(OptimizeError::NoGaussian { steps })?;
        Ok(Path { gaussian, elbo, best_step, steps, evaluations: density.evaluations() })
    }
}

/// The mean of ln p − ln q over the draws of q that noise makes; −∞ if one has no density.
fn elbo(density: &mut dyn LogDensity, gaussian: &Gaussian, noise: &[Vec<f64>]) -> Result<f64> {
    let mut sum = 0.0;
    for noise in noise {
        sum += gaussian.weighted_at(density, noise.clone())?.1;
    }
    Ok(sum / noise.len() as f64)
}
