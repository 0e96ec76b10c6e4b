//! The leapfrog integrator of Hamilton's equations.

use pulp::{Simd, WithSimd};

use super::{
    metric::{EuclideanMetric, LowRankSum, Product},
    padded::{PaddedVector, vectors, vectors_mut},
    state::State,
};
use crate::{LogDensity, Result};

/// One leapfrog (velocity Verlet) step from `from`, written to `to`:
///
/// p(t + ε/2) = p(t) + (ε/2) ∇ log π(q(t)),
/// q(t + ε) = q(t) + ε M⁻¹ p(t + ε/2),
/// p(t + ε) = p(t + ε/2) + (ε/2) ∇ log π(q(t + ε)).
///
/// The map preserves volume, a step of −ε undoes a step of ε, and the energy is kept up to O(ε²) over a fixed time. It
/// costs one gradient and one product with M⁻¹: with the acceleration M⁻¹ ∇ log π(q), the velocity M⁻¹ p moves as the
/// momentum does. A log density or a gradient that is not finite spoils the energy of `to`, which is how the caller sees it.
///
/// Velocity and acceleration of `from` must be those of `metric`, as [`EuclideanMetric::follow`] and this function leave
/// them.
///
/// # Errors
/// If the density fails.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::density::ModelDensity;
/// use ppl_infer::mcmc::hmc::{EuclideanMetric, InverseMassMatrix, State, leapfrog};
///
/// #[model]
/// fn normal() {
///     sample!("x", Normal::new(0.0, 1.0));
/// }
///
/// let mut density = ModelDensity::new(normal())?;
/// let metric = EuclideanMetric::new(InverseMassMatrix::identity(1, false))?;
/// let from = State::at(vec![1.0], &mut density)?;
/// let (mut to, mut back) = (State::new(1), State::new(1));
/// leapfrog(&mut density, &metric, 0.1, &from, &mut to)?;
/// // Half a step of the momentum to −0.05, one of the position to 0.995, and the other half.
/// assert!((to.position[0] - 0.995).abs() < 1e-15 && (to.momentum[0] + 0.09975).abs() < 1e-15);
/// leapfrog(&mut density, &metric, -0.1, &to, &mut back)?;
/// assert!((back.position[0] - 1.0).abs() < 1e-15 && back.momentum[0].abs() < 1e-15);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
///
/// # Reference
/// Neal (2011), MCMC using Hamiltonian dynamics, equations 5.18 to 5.20.
pub fn leapfrog(
    density: &mut dyn LogDensity,
    metric: &EuclideanMetric,
    step_size: f64,
    from: &State,
    to: &mut State,
) -> Result<()> {
    let (processor, half_step) = (metric.processor(), 0.5 * step_size);
    match metric.product() {
        Product::Diagonal(variances) => {
            processor.dispatch(DriftByCoordinates { variances, step_size, from, to });
            to.log_density = density.value_and_gradient(&to.position, &mut to.gradient)?;
            processor.dispatch(KickByCoordinates { variances, half_step, to });
        }
        Product::Dense => {
            processor.dispatch(Drift { step_size, from, to });
            to.log_density = density.value_and_gradient(&to.position, &mut to.gradient)?;
            metric.velocity(&to.gradient, &mut to.acceleration);
            processor.dispatch(Kick { half_step, to });
        }
        Product::LowRank(matrix) => {
            processor.dispatch(Drift { step_size, from, to });
            to.log_density = density.value_and_gradient(&to.position, &mut to.gradient)?;
            processor.dispatch(KickByLowRank { matrix, half_step, to });
        }
    }
    Ok(())
}

/// The first half of the step: the momentum's, and that of the position.
struct Drift<'a> {
    step_size: f64,
    from: &'a State,
    to: &'a mut State,
}

impl WithSimd for Drift<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { step_size, from, to } = self;
        let position = vectors::<S>(&from.position);
        let length = position.len();
        let (momentum, gradient) = (&vectors::<S>(&from.momentum)[..length], &vectors::<S>(&from.gradient)[..length]);
        let velocity = &vectors::<S>(&from.velocity)[..length];
        let acceleration = &vectors::<S>(&from.acceleration)[..length];
        let next = &mut vectors_mut::<S>(&mut to.position)[..length];
        let half = &mut vectors_mut::<S>(&mut to.momentum)[..length];
        let half_velocity = &mut vectors_mut::<S>(&mut to.velocity)[..length];
        let (step, half_step) = (simd.splat_f64s(step_size), simd.splat_f64s(0.5 * step_size));
        for i in 0..length {
            half[i] = simd.mul_add_e_f64s(half_step, gradient[i], momentum[i]);
            let moved = simd.mul_add_e_f64s(half_step, acceleration[i], velocity[i]);
            half_velocity[i] = moved;
            next[i] = simd.mul_add_e_f64s(step, moved, position[i]);
        }
    }
}

/// The second half of the step: the momentum's, by an acceleration that is known.
struct Kick<'a> {
    half_step: f64,
    to: &'a mut State,
}

impl WithSimd for Kick<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { half_step, to } = self;
        let gradient = vectors::<S>(&to.gradient);
        let length = gradient.len();
        let acceleration = &vectors::<S>(&to.acceleration)[..length];
        let momentum = &mut vectors_mut::<S>(&mut to.momentum)[..length];
        let velocity = &mut vectors_mut::<S>(&mut to.velocity)[..length];
        let (half_step, mut sums) = (simd.splat_f64s(half_step), simd.splat_f64s(0.0));
        for i in 0..length {
            let end = simd.mul_add_e_f64s(half_step, gradient[i], momentum[i]);
            let moved = simd.mul_add_e_f64s(half_step, acceleration[i], velocity[i]);
            sums = simd.mul_add_e_f64s(end, moved, sums);
            momentum[i] = end;
            velocity[i] = moved;
        }
        to.kinetic_energy = 0.5 * simd.reduce_sum_f64s(sums);
    }
}

/// The same with the acceleration that it computes.
struct KickByLowRank<'a> {
    matrix: &'a LowRankSum,
    half_step: f64,
    to: &'a mut State,
}

impl WithSimd for KickByLowRank<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { matrix, half_step, to } = self;
        matrix.times(simd, vectors::<S>(&to.gradient), vectors_mut::<S>(&mut to.acceleration));
        Kick { half_step, to }.with_simd(simd);
    }
}

/// The same as [`Drift`] with a diagonal mass matrix, of which each coordinate is on its own.
struct DriftByCoordinates<'a> {
    variances: &'a PaddedVector,
    step_size: f64,
    from: &'a State,
    to: &'a mut State,
}

impl WithSimd for DriftByCoordinates<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { variances, step_size, from, to } = self;
        let position = vectors::<S>(&from.position);
        let length = position.len();
        let (momentum, gradient) = (&vectors::<S>(&from.momentum)[..length], &vectors::<S>(&from.gradient)[..length]);
        let variances = &vectors::<S>(variances)[..length];
        let next = &mut vectors_mut::<S>(&mut to.position)[..length];
        let half = &mut vectors_mut::<S>(&mut to.momentum)[..length];
        let (step, half_step) = (simd.splat_f64s(step_size), simd.splat_f64s(0.5 * step_size));
        for i in 0..length {
            let moved = simd.mul_add_e_f64s(half_step, gradient[i], momentum[i]);
            half[i] = moved;
            next[i] = simd.mul_add_e_f64s(step, simd.mul_f64s(variances[i], moved), position[i]);
        }
    }
}

/// The same as [`Kick`].
struct KickByCoordinates<'a> {
    variances: &'a PaddedVector,
    half_step: f64,
    to: &'a mut State,
}

impl WithSimd for KickByCoordinates<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { variances, half_step, to } = self;
        let gradient = vectors::<S>(&to.gradient);
        let length = gradient.len();
        let variances = &vectors::<S>(variances)[..length];
        let momentum = &mut vectors_mut::<S>(&mut to.momentum)[..length];
        let velocity = &mut vectors_mut::<S>(&mut to.velocity)[..length];
        let (half_step, mut sums) = (simd.splat_f64s(half_step), simd.splat_f64s(0.0));
        for i in 0..length {
            let end = simd.mul_add_e_f64s(half_step, gradient[i], momentum[i]);
            let moved = simd.mul_f64s(variances[i], end);
            sums = simd.mul_add_e_f64s(end, moved, sums);
            momentum[i] = end;
            velocity[i] = moved;
        }
        to.kinetic_energy = 0.5 * simd.reduce_sum_f64s(sums);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{mcmc::hmc::metric::InverseMassMatrix, test_targets::Gaussian};

    fn low_rank(scales: Vec<f64>, vectors: Vec<f64>, values: Vec<f64>) -> InverseMassMatrix {
        InverseMassMatrix::LowRank { scales, vectors, values }
    }

    fn metrics() -> [EuclideanMetric; 3] {
        [
            EuclideanMetric::new(InverseMassMatrix::diagonal(vec![0.3, 2.5])).unwrap(),
            EuclideanMetric::new(InverseMassMatrix::dense(2, vec![0.7, -0.4, -0.4, 1.9]).unwrap()).unwrap(),
            EuclideanMetric::new(low_rank(vec![0.7, 1.3], vec![0.6, 0.8], vec![3.0])).unwrap(),
        ]
    }

    fn start(density: &mut Gaussian, metric: &EuclideanMetric) -> State {
        let mut state = State::at(vec![0.4, -1.3], density).unwrap();
        state.momentum = vec![1.1, -0.6].into();
        metric.follow(&mut state);
        state
    }

    /// Integrates over time `steps × step_size`; returns the last state and the largest energy error on the way.
    fn integrate(
        density: &mut Gaussian,
        metric: &EuclideanMetric,
        from: &State,
        step_size: f64,
        steps: usize,
    ) -> (State, f64) {
        let (mut current, mut next) = (from.clone(), from.clone());
        let mut worst = 0.0_f64;
        for _ in 0..steps {
            leapfrog(density, metric, step_size, &current, &mut next).unwrap();
            std::mem::swap(&mut current, &mut next);
            worst = worst.max((current.energy() - from.energy()).abs());
        }
        (current, worst)
    }

    #[test]
    fn one_step_is_the_textbook_formula() {
        // Standard normal, M⁻¹ = 4, q = 1, p = 0.5, ε = 0.1:
        // p½ = 0.5 − 0.05 = 0.45; q' = 1 + 0.1·4·0.45 = 1.18; p' = 0.45 − 0.05·1.18 = 0.391.
        let mut density = Gaussian::diagonal(&[1.0]);
        let metric = EuclideanMetric::new(InverseMassMatrix::diagonal(vec![4.0])).unwrap();
        let mut from = State::at(vec![1.0], &mut density).unwrap();
        from.momentum[0] = 0.5;
        metric.follow(&mut from);
        let mut to = State::new(1);
        leapfrog(&mut density, &metric, 0.1, &from, &mut to).unwrap();
        assert!((to.position[0] - 1.18).abs() < 1e-15);
        assert!((to.momentum[0] - 0.391).abs() < 1e-15);
        assert!((to.velocity[0] - 4.0 * 0.391).abs() < 1e-15);
        assert!((to.log_density + 0.5 * 1.18 * 1.18).abs() < 1e-15);
        assert!((to.gradient[0] + 1.18).abs() < 1e-15);
    }

    #[test]
    fn steps_backwards_undo_steps_forwards_under_any_metric() {
        for metric in metrics() {
            let mut density = Gaussian::bivariate([0.5, -1.0], [1.0, 2.0], 0.6);
            let from = start(&mut density, &metric);
            let (there, _) = integrate(&mut density, &metric, &from, 0.2, 50);
            assert!((there.position[0] - from.position[0]).abs() > 1e-2);
            let (back, _) = integrate(&mut density, &metric, &there, -0.2, 50);
            for i in 0..2 {
                assert!((back.position[i] - from.position[i]).abs() < 1e-12);
                assert!((back.momentum[i] - from.momentum[i]).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn halving_the_step_quarters_the_energy_error_under_any_metric() {
        for metric in metrics() {
            let mut density = Gaussian::bivariate([0.5, -1.0], [1.0, 2.0], 0.6);
            let from = start(&mut density, &metric);
            let (_, coarse) = integrate(&mut density, &metric, &from, 0.02, 200);
            let (_, fine) = integrate(&mut density, &metric, &from, 0.01, 400);
            assert!(coarse > 1e-6);
            assert!((coarse / fine - 4.0).abs() < 0.05, "{}", coarse / fine);
        }
    }

    #[test]
    fn one_step_preserves_volume_under_any_metric() {
        // The Jacobian of a linear map by differences of unit displacements: exact for a Gaussian up to rounding.
        for metric in metrics() {
            let mut density = Gaussian::bivariate([0.0, 0.0], [1.0, 2.0], 0.6);
            let mut columns = [[0.0; 4]; 4];
            for (k, column) in columns.iter_mut().enumerate() {
                let mut position = vec![0.0; 2];
                let mut momentum = vec![0.0; 2];
                let coordinate = if k < 2 { &mut position[k] } else { &mut momentum[k - 2] };
                *coordinate = 1.0;
                let mut from = State::at(position, &mut density).unwrap();
                from.momentum = momentum.into();
                metric.follow(&mut from);
                let mut to = State::new(2);
                leapfrog(&mut density, &metric, 0.7, &from, &mut to).unwrap();
                column[..2].copy_from_slice(&to.position);
                column[2..].copy_from_slice(&to.momentum);
            }
            assert!((determinant(columns) - 1.0).abs() < 1e-12);
        }
    }

    /// The determinant by elimination with pivots.
    fn determinant(mut a: [[f64; 4]; 4]) -> f64 {
        let mut product = 1.0;
        for k in 0..4 {
            let pivot = (k..4).max_by(|&i, &j| a[i][k].abs().total_cmp(&a[j][k].abs())).unwrap();
            if pivot != k {
                a.swap(pivot, k);
                product = -product;
            }
            product *= a[k][k];
            for i in k + 1..4 {
                let factor = a[i][k] / a[k][k];
                let row = a[k];
                for (entry, pivot) in a[i].iter_mut().zip(row) {
                    *entry -= factor * pivot;
                }
            }
        }
        product
    }
}
