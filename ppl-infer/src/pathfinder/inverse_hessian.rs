//! The inverse of a negative Hessian along the path of an optimiser, as a Gaussian's covariance.

use std::collections::VecDeque;

use super::covariance_root::CovarianceRoot;
use super::gaussian::Gaussian;
use crate::Point;
use crate::vector::{add_scaled, dot};

/// Smallest fall of the gradient along a step, relative to its square, that a curvature is learnt from.
const LEAST_CURVATURE: f64 = 1e-12;

/// An estimate of the inverse of the negative Hessian: a diagonal, and its BFGS updates by the last steps of the path, each a
/// move of the position and the fall of the gradient along it.
///
/// # Reference
/// Zhang, Carpenter, Gelman and Vehtari (2022), "Pathfinder: parallel quasi-Newton variational inference", algorithm 3, but
/// for the form of the updates, which is that of [`CovarianceRoot`]; Gilbert and Lemaréchal (1989), "Some numerical
/// experiments with variable-storage quasi-Newton algorithms", for the diagonal.
pub(super) struct InverseHessian {
    diagonal: Vec<f64>,
    steps: VecDeque<(Vec<f64>, Vec<f64>)>,
    /// Number of steps that are kept.
    history: usize,
}

impl InverseHessian {
    /// The identity.
    pub(super) fn new(dim: usize, history: usize) -> Self {
        Self { diagonal: vec![1.0; dim], steps: VecDeque::with_capacity(history), history }
    }

    /// Learns from a step, unless the gradient did not fall along it.
    pub(super) fn add(&mut self, from: &Point, to: &Point) {
        let difference = |a: &[f64], b: &[f64]| -> Vec<f64> { a.iter().zip(b).map(|(a, b)| a - b).collect() };
        let step = difference(&to.position, &from.position);
        let fall = difference(&from.gradient, &to.gradient);
        let curvature = dot(&step, &fall);
        if curvature.is_nan() || curvature <= LEAST_CURVATURE * dot(&fall, &fall) {
            return;
        }
        // The diagonal of the BFGS update of the estimate that has this diagonal alone, scaled to the step.
        let by_fall: f64 = self.diagonal.iter().zip(&fall).map(|(alpha, z)| alpha * z * z).sum();
        let by_step: f64 = self.diagonal.iter().zip(&step).map(|(alpha, s)| s * s / alpha).sum();
        for ((alpha, s), z) in self.diagonal.iter_mut().zip(&step).zip(&fall) {
            let scaled = by_fall / curvature / *alpha;
            let inverse = scaled + z * z / curvature - by_fall / curvature * s * s / (by_step * *alpha * *alpha);
            let updated = 1.0 / inverse;
            if updated.is_finite() && updated > 0.0 {
                *alpha = updated;
            }
        }
        if self.steps.len() == self.history {
            self.steps.pop_front();
        }
        self.steps.push_back((step, fall));
    }

    /// The Gaussian with this covariance that has the density's gradient at a point; none before the first step, and none
    /// where a number is not finite.
    pub(super) fn gaussian(&self, at: &Point) -> Option<Gaussian> {
        if self.steps.is_empty() {
            return None;
        }
        let scales = self.diagonal.iter().map(|alpha| alpha.sqrt()).collect();
        let mut root = CovarianceRoot::new(scales, self.steps.len());
        for (step, fall) in &self.steps {
            root.update(step, fall);
        }
        let mut mean = at.gradient.clone();
        root.covariance_times(&mut mean);
        add_scaled(&mut mean, 1.0, &at.position);
        Gaussian::new(mean, root)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LogDensity;
    use crate::test_targets::Gaussian as Target;

    /// Points of a density, and the estimate after steps between them.
    fn walk(density: &mut Target, positions: &[Vec<f64>], history: usize) -> (InverseHessian, Point) {
        let mut estimate = InverseHessian::new(density.dim(), history);
        let points: Vec<Point> =
            positions.iter().map(|position| Point::at(position.clone(), density).unwrap()).collect();
        for pair in points.windows(2) {
            estimate.add(&pair[0], &pair[1]);
        }
        (estimate, points.last().unwrap().clone())
    }

    /// After steps along conjugate directions, as many as the dimension, the estimate is the covariance, and the mean is
    /// that of the density.
    #[test]
    fn a_gaussian_is_learnt_from_as_many_conjugate_steps_as_dimensions() {
        let mut density = Target::bivariate([1.0, -2.0], [0.5, 3.0], 0.6);
        // Conjugate: sᵀ P t = 0.
        let precision = density.precision.clone();
        let first = [1.0, 0.3];
        let by_precision =
            [precision[0] * first[0] + precision[1] * first[1], precision[2] * first[0] + precision[3] * first[1]];
        let second = [-by_precision[1], by_precision[0]];
        let start = vec![0.2, 0.4];
        let next = vec![start[0] + first[0], start[1] + first[1]];
        let last = vec![next[0] + 0.1 * second[0], next[1] + 0.1 * second[1]];
        let (estimate, at) = walk(&mut density, &[start, next, last], 6);
        let gaussian = estimate.gaussian(&at).unwrap();
        for (got, expected) in gaussian.mean().iter().zip([1.0, -2.0]) {
            assert!((got - expected).abs() < 1e-10, "{:?}", gaussian.mean());
        }
        let covariance = gaussian.covariance();
        for (got, expected) in covariance.iter().zip([0.25, 0.9, 0.9, 9.0]) {
            assert!((got - expected).abs() < 1e-10, "{covariance:?}");
        }
    }

    /// The secant equation: Σ z = s for the last step, whatever came before.
    #[test]
    fn the_last_step_is_kept() {
        let scales: Vec<f64> = (0..9).map(|k| 10_f64.powi(k % 4 - 2)).collect();
        let mut density = Target::diagonal(&scales);
        let positions: Vec<Vec<f64>> =
            (0..7).map(|step| (0..9).map(|k| ((step * 5 + k * k) as f64).sin() * scales[k]).collect()).collect();
        for history in [1, 3, 20] {
            let (estimate, at) = walk(&mut density, &positions, history);
            let covariance = estimate.gaussian(&at).unwrap().covariance();
            let (step, fall) = estimate.steps.back().unwrap();
            for row in 0..9 {
                let got: f64 = (0..9).map(|column| covariance[row * 9 + column] * fall[column]).sum();
                assert!((got - step[row]).abs() < 1e-9 * scales[row], "{history}, {row}: {got}, {}", step[row]);
            }
        }
    }

    #[test]
    fn a_step_without_curvature_teaches_nothing() {
        let mut estimate = InverseHessian::new(1, 6);
        let point = |position: f64, gradient: f64| Point {
            position: vec![position],
            log_density: 0.0,
            gradient: vec![gradient],
        };
        estimate.add(&point(0.0, 1.0), &point(1.0, 1.0));
        estimate.add(&point(0.0, 1.0), &point(1.0, 2.0));
        estimate.add(&point(0.0, f64::NAN), &point(1.0, 2.0));
        assert!(estimate.gaussian(&point(1.0, 1.0)).is_none());
    }
}
