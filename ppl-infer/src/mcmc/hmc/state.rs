//! A point of phase space.

use super::PaddedVector;
use crate::{LogDensity, Point, Result};

/// A point of phase space with everything that was computed there; its buffers are allocated once.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::density::ModelDensity;
/// use ppl_infer::mcmc::hmc::{EuclideanMetric, InverseMassMatrix, State};
///
/// #[model]
/// fn normal() {
///     sample!("x", Normal::new(0.0, 2.0));
/// }
///
/// // At rest the energy is that of the position.
/// let mut state = State::at(vec![3.0], &mut ModelDensity::new(normal())?)?;
/// assert_eq!((*state.gradient).to_vec(), [-0.75]);
/// assert_eq!((state.kinetic_energy, state.energy()), (0.0, -state.log_density));
/// // With a momentum of 2 and an inverse mass of 4 it is ½ · 4 · 2² more.
/// state.momentum[0] = 2.0;
/// EuclideanMetric::new(InverseMassMatrix::diagonal(vec![4.0]))?.follow(&mut state);
/// assert_eq!((state.velocity[0], state.energy()), (8.0, 8.0 - state.log_density));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// The position q.
    pub position: PaddedVector,
    /// The momentum p.
    pub momentum: PaddedVector,
    /// The velocity M⁻¹ p, Stan's `p_sharp`. The integrator keeps it in step with the momentum.
    pub velocity: PaddedVector,
    /// The gradient of the log density at the position.
    pub gradient: PaddedVector,
    /// The acceleration M⁻¹ ∇ log π(q), by which the velocity moves as the momentum does by the gradient. Nothing under a
    /// diagonal metric, where the velocity is as quickly computed from the momentum.
    pub acceleration: PaddedVector,
    /// The log density at the position.
    pub log_density: f64,
    /// The kinetic energy ½ pᵀ M⁻¹ p.
    pub kinetic_energy: f64,
}

impl State {
    /// The origin at rest, with a log density of zero: a buffer to be written to.
    pub fn new(dim: usize) -> Self {
        let zeros = || PaddedVector::zeros(dim);
        Self {
            position: zeros(),
            momentum: zeros(),
            velocity: zeros(),
            gradient: zeros(),
            acceleration: zeros(),
            log_density: 0.0,
            kinetic_energy: 0.0,
        }
    }

    /// The state at rest at `position`, with the log density and its gradient there.
    ///
    /// # Errors
    /// If the density fails.
    pub fn at(position: Vec<f64>, density: &mut dyn LogDensity) -> Result<Self> {
        Point::at(position, density).map(Self::from)
    }

    /// Copies everything from `other` without an allocation.
    pub fn copy_from(&mut self, other: &State) {
        self.position.copy_from(&other.position);
        self.momentum.copy_from(&other.momentum);
        self.velocity.copy_from(&other.velocity);
        self.gradient.copy_from(&other.gradient);
        self.acceleration.copy_from(&other.acceleration);
        self.log_density = other.log_density;
        self.kinetic_energy = other.kinetic_energy;
    }

    /// The energy H(q, p) = −log density + ½ pᵀ M⁻¹ p; +∞ where that is not finite.
    ///
    /// A log density of +∞ counts as invalid too: a chain that stood there could never leave.
    pub fn energy(&self) -> f64 {
        let energy = self.kinetic_energy - self.log_density;
        if energy.is_finite() { energy } else { f64::INFINITY }
    }
}

impl From<Point> for State {
    /// The state at rest.
    fn from(Point { position, log_density, gradient }: Point) -> Self {
        let rest = Self::new(position.len());
        Self { position: position.into(), gradient: gradient.into(), log_density, ..rest }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mcmc::hmc::{EuclideanMetric, InverseMassMatrix};
    use crate::test_targets::Gaussian;

    #[test]
    fn energy_is_potential_plus_kinetic() {
        let mut state = State::at(vec![3.0], &mut Gaussian::diagonal(&[1.0])).unwrap();
        assert_eq!((state.log_density, state.gradient[0]), (-4.5, -3.0));
        state.momentum[0] = 2.0;
        EuclideanMetric::new(InverseMassMatrix::diagonal(vec![4.0])).unwrap().follow(&mut state);
        assert_eq!((state.velocity[0], state.kinetic_energy), (8.0, 8.0));
        assert_eq!(state.energy(), 4.5 + 8.0);
    }

    #[test]
    fn a_log_density_that_is_not_finite_has_infinite_energy() {
        let mut state = State::new(1);
        for value in [f64::NAN, f64::NEG_INFINITY, f64::INFINITY] {
            state.log_density = value;
            assert_eq!(state.energy(), f64::INFINITY);
        }
    }
}
