//! The criterion that ends a trajectory, and the products that it looks at.

use pulp::{Simd, WithSimd};

use crate::mcmc::hmc::{PaddedVector, State, dot, vectors, vectors_mut};

/// Whether a trajectory has made a U-turn, by the generalised criterion.
///
/// With the momenta's sum ρ = Σ p over the trajectory and the velocities v = M⁻¹ p at its ends, it goes on only as long as
/// v₋ · ρ > 0 and v₊ · ρ > 0, which are given. One that is not a number counts as a turn.
///
/// # Reference
/// Betancourt (2017), A conceptual introduction to Hamiltonian Monte Carlo, appendix A.4.2.
pub(super) fn is_turning([minus, plus]: [f64; 2]) -> bool {
    let persists = minus > 0.0 && plus > 0.0;
    !persists
}

/// Adds up the momenta of two single states, whose product v₁ · p₂ = v₂ · p₁ is returned.
pub(super) struct JoinStates<'a> {
    pub(super) first: &'a State,
    pub(super) last: &'a State,
    pub(super) rho: &'a mut PaddedVector,
}

impl WithSimd for JoinStates<'_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let Self { first, last, rho } = self;
        let rho = vectors_mut::<S>(rho);
        let length = rho.len();
        let momentum = &vectors::<S>(&first.momentum)[..length];
        let next_momentum = &vectors::<S>(&last.momentum)[..length];
        for i in 0..length {
            rho[i] = simd.add_f64s(momentum[i], next_momentum[i]);
        }
        dot(simd, &vectors::<S>(&first.velocity)[..length], next_momentum)
    }
}

/// Adds the sum of the momenta of one half of a trajectory to that of the other, in one pass with all products that the tests
/// of their union need.
pub(super) struct JoinHalves<'a> {
    /// The states at the ends of the first half.
    pub(super) first: &'a State,
    pub(super) middle: &'a State,
    /// The states at the ends of the second.
    pub(super) next_middle: &'a State,
    pub(super) last: &'a State,
    /// ρ of the first half, and then of the union.
    pub(super) rho: &'a mut PaddedVector,
    pub(super) next_rho: &'a PaddedVector,
}

/// Products of the velocity of a state with sums of momenta beyond its own half.
pub(super) struct Products {
    /// Of the first and the last state with ρ of the other half.
    pub(super) outer: [f64; 2],
    /// Of the first state with the momentum of the nearest state of the second half, and of that with ρ of the first half.
    pub(super) into_next: [f64; 2],
    /// Of the last state of the first half with ρ of the second, and of the last state with the momentum of that.
    pub(super) from_first: [f64; 2],
}

impl WithSimd for JoinHalves<'_> {
    type Output = Products;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Products {
        let Self { first, middle, next_middle, last, rho, next_rho } = self;
        let rho = vectors_mut::<S>(rho);
        let length = rho.len();
        let next_rho = &vectors::<S>(next_rho)[..length];
        let [first, middle_velocity, next_velocity, last] =
            [first, middle, next_middle, last].map(|state| &vectors::<S>(&state.velocity)[..length]);
        let [momentum, next_momentum] = [middle, next_middle].map(|state| &vectors::<S>(&state.momentum)[..length]);
        let mut sums = [simd.splat_f64s(0.0); 6];
        for i in 0..length {
            let (own, other) = (rho[i], next_rho[i]);
            sums[0] = simd.mul_add_e_f64s(first[i], other, sums[0]);
            sums[1] = simd.mul_add_e_f64s(last[i], own, sums[1]);
            sums[2] = simd.mul_add_e_f64s(first[i], next_momentum[i], sums[2]);
            sums[3] = simd.mul_add_e_f64s(next_velocity[i], own, sums[3]);
            sums[4] = simd.mul_add_e_f64s(middle_velocity[i], other, sums[4]);
            sums[5] = simd.mul_add_e_f64s(last[i], momentum[i], sums[5]);
            rho[i] = simd.add_f64s(own, other);
        }
        // Not by a closure, which would not be compiled for the processor.
        Products {
            outer: [simd.reduce_sum_f64s(sums[0]), simd.reduce_sum_f64s(sums[1])],
            into_next: [simd.reduce_sum_f64s(sums[2]), simd.reduce_sum_f64s(sums[3])],
            from_first: [simd.reduce_sum_f64s(sums[4]), simd.reduce_sum_f64s(sums[5])],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trajectory_goes_on_while_both_ends_move_along_the_sum() {
        assert!(!is_turning([2.0, 1e-300]));
        assert!(is_turning([2.0, -1e-300]));
        assert!(is_turning([-1.0, 2.0]));
        assert!(is_turning([-1.0, -2.0]));
    }

    #[test]
    fn a_right_angle_and_what_is_not_a_number_turn() {
        assert!(is_turning([0.0, 1.0]) && is_turning([1.0, 0.0]));
        assert!(is_turning([f64::NAN, 1.0]) && is_turning([1.0, f64::NAN]));
    }
}
