//! The Poisson mixture of gamma distributions, term by term.

use super::Sums;
use crate::special::gamma::digamma;
use crate::special::incomplete_gamma::{gamma_tail, log_poisson_mass};

/// More terms than any sum has while √(a² + 4 m x) is at most 50.
const TERMS: usize = 256;

/// In units of the mass xᵃ e^(−x − m) / Γ(a + 1).
///
/// With the masses of the gamma distributions, x^(a + i) e⁻ˣ / Γ(a + i + 1), which are what one tail differs by from the next,
///
/// ```text
/// P(X ≤ x) = Σᵢ massᵢ P(N ≤ i),    P(X > x) = Q(a, x) + Σᵢ massᵢ P(N > i)
/// ```
pub(super) fn sums(a: f64, m: f64, x: f64) -> Sums {
    let is_lower = x < a + m;
    let (log_x, first_digamma) = (x.ln(), digamma(a + 1.0));
    let log_factor = log_poisson_mass(a, x) - m;

    // Terms of the density with a + 1: massᵢ mⁱ / i!, and the sums of them with the derivatives of their logarithms.
    let (mut term, mut digamma) = (1.0, first_digamma);
    let (mut next, mut density, mut by_shape, mut by_noncentrality, mut by_value) = (0.0, 0.0, 0.0, 0.0, 0.0);
    let mut last = 0;
    let mut terms = [0.0; TERMS];
    for (index, kept) in terms.iter_mut().enumerate() {
        let i = index as f64;
        if index > 0 {
            digamma += (a + i).recip();
            term *= x / (a + i) * (m / i);
        }
        *kept = term;
        last = index;
        next += term;
        // Times x, which may be tiny.
        let part = term * (a + i);
        density += part;
        by_shape += part * (log_x - digamma + (a + i).recip());
        by_noncentrality += term * (x - (a + i));
        by_value += part * ((a + i - 1.0) / x - 1.0);
        if term < 1e-18 * next && i * (a + i) > m * x {
            break;
        }
    }
    let (tail, tail_by_shape) = if is_lower {
        lower(a, m, x, log_x - first_digamma)
    } else {
        let base = gamma_tail(a, x);
        let central = (base.log_of(false) - log_poisson_mass(a, x) + m).exp();
        let (sum, derivative) = upper(a, m, &terms[..=last], log_x - first_digamma);
        (central + sum, central * base.log_of_by(false, 0) + derivative)
    };
    Sums {
        log_factor,
        log_density_factor: log_factor - log_x,
        is_lower,
        tail,
        tail_by_shape,
        density,
        density_by: [by_shape, by_noncentrality, by_value],
        next,
    }
}

/// Σᵢ massᵢ P(N ≤ i), and its derivative.
fn lower(a: f64, m: f64, x: f64, first_log: f64) -> (f64, f64) {
    // Both factors by powers of this, so that neither over- nor underflows.
    let scale = m.max(1.0);
    let (mut mass, mut poisson, mut below, mut log) = (1.0, 1.0, 1.0, first_log);
    let (mut sum, mut derivative) = (1.0, first_log);
    for i in 1..100_000 {
        let i = f64::from(i);
        mass *= x / (a + i) * scale;
        poisson *= m / scale / i;
        below = below / scale + poisson;
        log -= (a + i).recip();
        let term = mass * below;
        sum += term;
        derivative += term * log;
        if term < 1e-18 * sum && term * log.abs() < 1e-18 * derivative.abs() && i > x - a {
            break;
        }
    }
    (sum, derivative)
}

/// Σᵢ massᵢ P(N > i), and its derivative, from the terms massᵢ mⁱ / i!: the last first, from which the tail of N follows.
fn upper(a: f64, m: f64, terms: &[f64], first_log: f64) -> (f64, f64) {
    let mut log = first_log - (1..terms.len()).map(|i| (a + i as f64).recip()).sum::<f64>();
    let (mut sum, mut derivative) = (0.0, 0.0);
    // P(N > i) over P(N = i), at the last i by the series of it.
    let mut ratio = {
        let (mut term, mut ratio, mut i) = (1.0, 0.0, terms.len() as f64 - 1.0);
        while term > 1e-18 * ratio {
            i += 1.0;
            term *= m / i;
            ratio += term;
        }
        ratio
    };
    for (i, term) in terms.iter().enumerate().rev() {
        let part = term * ratio;
        sum += part;
        derivative += part * log;
        // P(N > i − 1) = P(N = i) + P(N > i), and P(N = i − 1) is P(N = i) · i / m.
        ratio = (1.0 + ratio) * m / i as f64;
        log += (a + i as f64).recip();
    }
    (sum, derivative)
}
