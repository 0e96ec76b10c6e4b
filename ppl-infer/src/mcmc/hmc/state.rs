//! A point of phase space.

use crate::vector::dot;
use crate::{LogDensity, Point, Result};

/// A point of phase space with everything that was computed there; its buffers are allocated once.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// The position q.
    pub position: Vec<f64>,
    /// The momentum p.
    pub momentum: Vec<f64>,
    /// The velocity M⁻¹ p, Stan's `p_sharp`. The integrator keeps it in step with the momentum.
    pub velocity: Vec<f64>,
    /// The gradient of the log density at the position.
    pub gradient: Vec<f64>,
    /// The log density at the position.
    pub log_density: f64,
}

impl State {
    /// The origin at rest, with a log density of zero: a buffer to be written to.
    pub fn new(dim: usize) -> Self {
        let zeros = vec![0.0; dim];
        Self {
            position: zeros.clone(),
            momentum: zeros.clone(),
            velocity: zeros.clone(),
            gradient: zeros,
            log_density: 0.0,
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
        self.position.copy_from_slice(&other.position);
        self.momentum.copy_from_slice(&other.momentum);
        self.velocity.copy_from_slice(&other.velocity);
        self.gradient.copy_from_slice(&other.gradient);
        self.log_density = other.log_density;
    }

    /// The kinetic energy ½ pᵀ M⁻¹ p.
    pub fn kinetic_energy(&self) -> f64 {
        0.5 * dot(&self.momentum, &self.velocity)
    }

    /// The energy H(q, p) = −log density + ½ pᵀ M⁻¹ p; +∞ where that is not finite.
    ///
    /// A log density of +∞ counts as invalid too: a chain that stood there could never leave.
    pub fn energy(&self) -> f64 {
        let energy = self.kinetic_energy() - self.log_density;
        if energy.is_finite() { energy } else { f64::INFINITY }
    }
}

impl From<Point> for State {
    /// The state at rest.
    fn from(Point { position, log_density, gradient }: Point) -> Self {
        let zeros = vec![0.0; position.len()];
        Self { position, momentum: zeros.clone(), velocity: zeros, gradient, log_density }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_targets::Gaussian;

    #[test]
    fn energy_is_potential_plus_kinetic() {
        let mut state = State::at(vec![3.0], &mut Gaussian::diagonal(&[1.0])).unwrap();
        assert_eq!((state.log_density, state.gradient[0]), (-4.5, -3.0));
        state.momentum[0] = 2.0;
        state.velocity[0] = 8.0;
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
