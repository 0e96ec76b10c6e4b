//! Mass and quantiles of the standard normal distribution cut to an interval, as functions of numbers.

use super::gamma::HALF_LN_2PI;
use super::log_exp::{log1mexp, logaddexp};
use super::normal::{inverse_mills_ratio, log_ndtr, ndtri};
use super::tail::Tail;

/// ln(Φ(b) − Φ(a)) for a < b = a + `width`, evaluated in the lower tail.
pub(crate) fn truncated_log_mass(a: f64, b: f64, width: f64) -> f64 {
    /// Nodes of the Gauss–Legendre rule of order 2 on the unit interval.
    const NODES: [f64; 2] = [0.211_324_865_405_187_1, 0.788_675_134_594_812_9];

    let (lower, upper) = if a + b > 0.0 { (-b, -a) } else { (a, b) };
    let log_ratio = if width < 1e-3 {
        // The difference of ln Φ would cancel; its derivative is the inverse Mills ratio.
        0.5 * width * NODES.iter().map(|node| inverse_mills_ratio(lower + node * width)).sum::<f64>()
    } else {
        log_ndtr(upper) - log_ndtr(lower)
    };
    log_ndtr(upper) + log1mexp(log_ratio)
}

/// The quantile of the standard normal cut to a and b.
pub(crate) fn truncated_quantile(p: f64, a: f64, b: f64) -> f64 {
    let mirrored = a + b > 0.0;
    let (lower, upper, p) = if mirrored { (-b, -a, 1.0 - p) } else { (a, b, p) };
    // ln Φ(z) = ln(Φ(lower) + p mass) or ln(Φ(upper) − (1 − p) mass), from the nearer end.
    let log_mass = truncated_log_mass(a, b, b - a);
    let log_cdf = if p < 0.5 {
        logaddexp(log_ndtr(lower), p.ln() + log_mass)
    } else {
        let log_upper = log_ndtr(upper);
        log_upper + log1mexp(log_upper - (-p).ln_1p() - log_mass)
    };
    let z = log_ndtri(log_cdf).clamp(lower, upper);
    if mirrored { -z } else { z }
}

/// Derivatives of a draw z of the standard normal truncated to (a, b) by both ends; 0 by an infinite end.
///
/// ```text
/// dz/da = (Φ(b) − Φ(z)) / (Φ(b) − Φ(a)) · φ(a) / φ(z),   dz/db = (Φ(z) − Φ(a)) / (Φ(b) − Φ(a)) · φ(b) / φ(z)
/// ```
pub(crate) fn truncated_quantile_by_ends(z: f64, a: f64, b: f64) -> [f64; 2] {
    let mass = truncated_log_mass(a, b, b - a);
    let by_end =
        |end: f64, rest: f64| if end.is_finite() { (rest - mass + 0.5 * (z - end) * (z + end)).exp() } else { 0.0 };
    [by_end(a, truncated_log_mass(z, b, b - z)), by_end(b, truncated_log_mass(a, z, z - a))]
}

/// How far the quantile of the standard normal cut to a and b lies above a.
pub(crate) fn truncated_excess(p: f64, a: f64, b: f64) -> f64 {
    let target = p.ln() + truncated_log_mass(a, b, b - a);
    let mut excess = (truncated_quantile(p, a, b) - a).max(f64::MIN_POSITIVE);
    // Newton's method for the logarithm of the mass, in the logarithm of the excess.
    for _ in 0..3 {
        let z = a + excess;
        let mass = truncated_log_mass(a, z, excess);
        let log_density = -0.5 * z * z - HALF_LN_2PI;
        let step = (mass - target) * (mass - log_density - excess.ln()).exp();
        if !step.is_finite() {
            break;
        }
        excess *= (-step).exp();
    }
    excess.min(b - a)
}

/// Inverse of ln Φ. Where Φ underflows, by Newton's method: ln Φ is concave, so that it converges from below.
fn log_ndtri(log_cdf: f64) -> f64 {
    if log_cdf > -700.0 {
        return ndtri(log_cdf.exp());
    }
    let mut z = -(-2.0 * log_cdf).sqrt();
    for _ in 0..20 {
        let step = (log_ndtr(z) - log_cdf) / inverse_mills_ratio(z);
        z -= step;
        if step.abs() <= 1e-15 * z.abs() {
            break;
        }
    }
    z
}

/// One of the tails of the standard normal cut to `a` and `b`, at `z` between them, with its derivatives by `a` and `b`.
pub(crate) fn truncated_normal_tail(a: f64, b: f64, z: f64) -> Tail<2> {
    let total = truncated_log_mass(a, b, b - a);
    let below = truncated_log_mass(a, z, z - a) - total;
    let above = truncated_log_mass(z, b, b - z) - total;
    let density = |end: f64, log_mass: f64| (-0.5 * end * end - HALF_LN_2PI - log_mass).exp();
    // The end that a tail does not reach is in the total alone.
    if below <= above {
        let by_a = density(a, total) - density(a, below + total);
        Tail { is_lower: true, log: below, by: [by_a, -density(b, total)] }
    } else {
        let by_b = density(b, above + total) - density(b, total);
        Tail { is_lower: false, log: above, by: [density(a, total), by_b] }
    }
}
