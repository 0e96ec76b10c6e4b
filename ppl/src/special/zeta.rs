//! The zeta functions of Riemann and Hurwitz.

/// `B₂ⱼ / (2j)!` for `j = 1, 2, …`
const BERNOULLI_OVER_FACTORIAL: [f64; 12] = [
    1.0 / 12.0,
    -1.0 / 720.0,
    1.0 / 30_240.0,
    -1.0 / 1_209_600.0,
    1.0 / 47_900_160.0,
    -5.284_190_138_687_493e-10,
    1.338_253_653_068_467_9e-11,
    -3.389_680_296_322_583e-13,
    8.586_062_056_277_845e-15,
    -2.174_868_698_558_062e-16,
    5.509_002_828_360_229_5e-18,
    -1.395_446_468_581_252_3e-19,
];

/// Riemann zeta function, `ζ(s) = Σ_{k ≥ 1} k⁻ˢ`, for `s > 1`.
///
/// # Example
/// ```
/// use ppl::special::zeta;
///
/// assert!((zeta(2.0) - std::f64::consts::PI.powi(2) / 6.0).abs() < 1e-15);
/// ```
///
/// # Reference
/// See [`hurwitz_zeta`].
pub fn zeta(s: f64) -> f64 {
    hurwitz_zeta(s, 1.0)
}

/// Hurwitz zeta function, `ζ(s, q) = Σ_{k ≥ 0} (k + q)⁻ˢ`, for `s > 1` and `q > 0`.
///
/// # Example
/// ```
/// use ppl::special::{hurwitz_zeta, trigamma};
///
/// assert!((hurwitz_zeta(2.0, 0.3) - trigamma(0.3)).abs() < 1e-14);
/// ```
///
/// # Reference
/// The Euler–Maclaurin formula, DLMF 25.11.28.
pub fn hurwitz_zeta(s: f64, q: f64) -> f64 {
    if !(s >= 1.0 && q >= 0.0) {
        return f64::NAN;
    }
    if s == 1.0 || q == 0.0 {
        return f64::INFINITY;
    }
    let (mut sum, mut start) = (0.0, q);
    // The terms of the formula fall by (s + 2j)² / (2π start)² each.
    while start < 12.0 + s {
        let term = start.powf(-s);
        sum += term;
        start += 1.0;
        // Both are 0 where the first term underflows already.
        if term <= 1e-18 * sum && s > 30.0 {
            return sum;
        }
    }
    let power = start.powf(-s);
    let inverse_square = 1.0 / (start * start);
    sum += power * start / (s - 1.0) + 0.5 * power;
    // s (s + 1) … (s + 2j - 2) start⁻ˢ⁻²ʲ⁺¹
    let mut factor = s * power / start;
    for (j, coefficient) in BERNOULLI_OVER_FACTORIAL.iter().enumerate() {
        let term = coefficient * factor;
        sum += term;
        if term.abs() < 1e-17 * sum {
            break;
        }
        let rising = s + 2.0 * j as f64;
        factor *= (rising + 1.0) * (rising + 2.0) * inverse_square;
    }
    sum
}
