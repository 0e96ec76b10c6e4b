//! Draws of the exit of a Wiener process from an interval.

use std::f64::consts::PI;

use rand::RngExt;
use rand_distr::{Distribution as _, Exp1, StandardNormal};

use crate::random::Rng;
use crate::special::{log_ndtr, sigmoid};

/// Draws where and when a Wiener process of this drift leaves the unit interval, from a relative start: the time, which is
/// negative where the process leaves at 0.
///
/// The largest interval about the position that lies within the unit interval is left first. It is symmetric, so that
/// the side at which it is left does not depend on the time. One of its ends is an end of the unit interval; from the
/// other end the process starts again. After k intervals the probability to be inside is 2⁻ᵏ without a drift.
pub(super) fn draw_exit(rng: &mut Rng, [start, drift]: [f64; 2]) -> f64 {
    if !(start > 0.0 && start < 1.0 && drift.is_finite()) {
        return f64::NAN;
    }
    let (mut position, mut time) = (start, 0.0);
    loop {
        let radius = position.min(1.0 - position);
        time += radius * radius * draw_symmetric_exit_time(rng, drift.abs() * radius);
        let moves_up = rng.random::<f64>() < sigmoid(2.0 * drift * radius);
        if moves_up && radius == 1.0 - position {
            return time.max(f64::MIN_POSITIVE);
        }
        if !moves_up && radius == position {
            return -time.max(f64::MIN_POSITIVE);
        }
        position += if moves_up { radius } else { -radius };
    }
}

/// Where the sampler changes from one series of the density to the other.
const SWITCH: f64 = 0.64;

/// The time at which a Wiener process of drift ≥ 0 leaves (−1, 1) from 0, by Devroye's method of alternating series.
///
/// # Reference
/// Polson, Scott and Windle, "Bayesian inference for logistic models using Pólya–Gamma latent variables", JASA 108 (2013),
/// appendix 1: the distribution J*(1, drift).
fn draw_symmetric_exit_time(rng: &mut Rng, drift: f64) -> f64 {
    let rate = PI * PI / 8.0 + 0.5 * drift * drift;
    let above = 0.5 * PI / rate * (-rate * SWITCH).exp();
    let root = SWITCH.sqrt();
    let from_below = log_ndtr((drift * SWITCH - 1.0) / root) - drift;
    let reflected = log_ndtr(-(drift * SWITCH + 1.0) / root) + drift;
    let below = 2.0 * (from_below.exp() + reflected.exp());
    loop {
        let is_above = rng.random::<f64>() * (above + below) < above;
        let time = if is_above {
            let exponential: f64 = Exp1.sample(rng);
            SWITCH + exponential / rate
        } else {
            draw_short_passage(rng, drift)
        };
        if is_accepted(rng, time) {
            return time;
        }
    }
}

/// Whether a proposal is taken: the partial sums of the series bound the density from above and below, in turn.
fn is_accepted(rng: &mut Rng, time: f64) -> bool {
    // The terms relative to the first one, which is the density of the proposals.
    let ratio = |n: f64| {
        let exponent = if time <= SWITCH { 2.0 * n * (n + 1.0) / time } else { 0.5 * n * (n + 1.0) * PI * PI * time };
        (2.0 * n + 1.0) * (-exponent).exp()
    };
    let height: f64 = rng.random();
    let (mut sum, mut n) = (1.0, 0.0);
    loop {
        n += 1.0;
        sum -= ratio(n);
        if height <= sum {
            return true;
        }
        n += 1.0;
        sum += ratio(n);
        if height > sum {
            return false;
        }
    }
}

/// The first passage of a distance of 1 with this drift, given that it is at most [`SWITCH`]: an inverse Gaussian variable
/// that is truncated.
fn draw_short_passage(rng: &mut Rng, drift: f64) -> f64 {
    if drift * SWITCH < 1.0 {
        // The passage without a drift, 1 / Z² with Z beyond 1 / √SWITCH, thinned by the drift.
        loop {
            let time = loop {
                let (first, second): (f64, f64) = (Exp1.sample(rng), Exp1.sample(rng));
                if first * first * SWITCH <= 2.0 * second {
                    break SWITCH / (1.0 + SWITCH * first).powi(2);
                }
            };
            if rng.random::<f64>() <= (-0.5 * drift * drift * time).exp() {
                return time;
            }
        }
    }
    loop {
        // Michael, Schucany and Haas (1976), by the larger root, in which nothing cancels.
        let normal: f64 = StandardNormal.sample(rng);
        let half = 0.5 * normal * normal / drift;
        let larger = 1.0 + half + (half * (2.0 + half)).sqrt();
        let is_smaller = rng.random::<f64>() * (1.0 + larger) <= larger;
        let time = if is_smaller { larger.recip() } else { larger } / drift;
        if time <= SWITCH {
            return time;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Key;

    #[test]
    fn laplace_transforms_of_symmetric_exits() {
        // E exp(−s T) = cosh(drift) / cosh(√(drift² + 2s)).
        for drift in [0.0, 0.4, 1.5, 1.7, 30.0] {
            let mut rng = Key::new(0).rng("exit", 0);
            let times: Vec<f64> = (0..40_000).map(|_| draw_symmetric_exit_time(&mut rng, drift)).collect();
            for s in [0.3, 2.0, 20.0] {
                let terms: Vec<f64> = times.iter().map(|time| (-s * time).exp()).collect();
                let mean = terms.iter().sum::<f64>() / 40_000.0;
                let variance = terms.iter().map(|term| (term - mean).powi(2)).sum::<f64>() / 40_000.0;
                let want = f64::cosh(drift) / f64::cosh(f64::sqrt(drift * drift + 2.0 * s));
                // False alarm rate 6e-7 each.
                let score = (mean - want) / (variance / 40_000.0).sqrt();
                assert!(score.abs() < 5.0, "drift {drift}, s = {s}: {mean}, {want}");
            }
        }
    }

    #[test]
    fn exits_by_extreme_parameters_are_numbers() {
        let mut rng = Key::new(0).rng("exit", 0);
        for (start, drift) in [(1e-300, 1e6), (1.0 - 1e-16, -1e6), (0.3, 1e200), (0.7, -1e200), (1e-17, 0.0)] {
            for _ in 0..100 {
                let exit = draw_exit(&mut rng, [start, drift]);
                assert!(exit.is_finite() && exit != 0.0, "{start}, {drift}: {exit}");
            }
        }
    }
}
