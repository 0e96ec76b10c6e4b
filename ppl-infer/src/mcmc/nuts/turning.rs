//! The criterion that ends a trajectory.

use crate::vector::dot_sum;

/// Whether a trajectory has made a U-turn, by the generalised criterion.
///
/// With the momenta's sum ρ = Σ p over the trajectory and the velocities v = M⁻¹ p at its ends, it goes on only as long as
/// v₋ · ρ > 0 and v₊ · ρ > 0. ρ is given as two summands. An inner product that is not a number counts as a turn.
///
/// # Reference
/// Betancourt (2017), A conceptual introduction to Hamiltonian Monte Carlo, appendix A.4.2.
pub(super) fn is_turning(velocity_minus: &[f64], velocity_plus: &[f64], rho: (&[f64], &[f64])) -> bool {
    let persists = dot_sum(velocity_minus, rho.0, rho.1) > 0.0 && dot_sum(velocity_plus, rho.0, rho.1) > 0.0;
    !persists
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_straight_line_goes_on_and_a_reversal_turns() {
        let forward = [1.0, 0.0];
        assert!(!is_turning(&forward, &forward, (&forward, &forward)));
        let reversed = [-1.0, 0.0];
        assert!(is_turning(&forward, &reversed, (&forward, &[0.0, 1.0])));
        assert!(is_turning(&reversed, &forward, (&forward, &[0.0, 1.0])));
    }

    #[test]
    fn a_right_angle_to_the_sum_turns_and_half_of_it_does_not() {
        // ρ = (1, 1): a velocity of (1, −1) stands at a right angle, (1, −0.9) just less.
        let rho: (&[f64], &[f64]) = (&[1.0, 0.0], &[0.0, 1.0]);
        assert!(is_turning(&[1.0, -1.0], &[1.0, 1.0], rho));
        assert!(!is_turning(&[1.0, -0.9], &[1.0, 1.0], rho));
    }

    #[test]
    fn velocities_are_tested_not_momenta() {
        // p₊ = (1, −0.5), ρ = (1, 1): p₊ · ρ > 0, but with M⁻¹ = diag(1, 4) the velocity (1, −2) turns.
        let rho: (&[f64], &[f64]) = (&[0.5, 0.5], &[0.5, 0.5]);
        assert!(is_turning(&[1.0, 4.0], &[1.0, -2.0], rho));
    }

    #[test]
    fn what_is_not_a_number_and_what_does_not_move_turns() {
        assert!(is_turning(&[f64::NAN], &[1.0], (&[1.0], &[1.0])));
        assert!(is_turning(&[1.0], &[1.0], (&[f64::NAN], &[1.0])));
        assert!(is_turning(&[0.0], &[0.0], (&[0.0], &[0.0])));
    }
}
