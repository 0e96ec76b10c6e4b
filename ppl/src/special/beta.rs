//! The beta function and binomial coefficients, as logarithms.

use super::gamma::{HALF_LN_2PI, lgamma, stirling_correction};

/// Logarithm of the beta function for positive arguments, `ln B(a, b) = ln Γ(a) + ln Γ(b) - ln Γ(a + b)`.
///
/// Where an argument is at least 10, the leading parts of `ln Γ` are subtracted by hand and only
/// [`stirling_correction`] is evaluated: the plain difference loses four digits at `a = b = 1e4`, and all of them when
/// `a` is small and `b` is 1e15.
///
/// # Example
/// ```
/// use ppl::special::lbeta;
///
/// assert!((lbeta(2.0, 3.0) - (1.0_f64 / 12.0).ln()).abs() < 1e-15);
/// ```
///
/// # Reference
/// Didonato and Morris, "Algorithm 708", ACM TOMS 18 (1992), function `BETALN`.
pub fn lbeta(a: f64, b: f64) -> f64 {
    let (small, large) = if a <= b { (a, b) } else { (b, a) };
    if large < 10.0 {
        return lgamma(small) + (lgamma(large) - lgamma(small + large));
    }
    let total = small + large;
    // ln(large / total)
    let log_fraction = (-small / total).ln_1p();
    let correction = stirling_correction(large) - stirling_correction(total);
    if small < 10.0 {
        lgamma(small) + correction + small * (1.0 - total.ln()) + (large - 0.5) * log_fraction
    } else {
        let correction = correction + stirling_correction(small);
        HALF_LN_2PI - 0.5 * large.ln() + correction + (small - 0.5) * (small / total).ln() + large * log_fraction
    }
}

/// Logarithm of the binomial coefficient, `ln C(n, k)`, for real `0 ≤ k ≤ n`.
///
/// ```text
/// ln C(n, k) = -ln(n + 1) - ln B(n - k + 1, k + 1)
/// ```
///
/// # Example
/// ```
/// use ppl::special::log_binomial_coefficient;
///
/// assert!((log_binomial_coefficient(5.0, 2.0) - 10_f64.ln()).abs() < 1e-15);
/// assert_eq!(log_binomial_coefficient(5.0, 0.0), 0.0);
/// ```
///
/// # Reference
/// DLMF 1.2.6 and 5.12.1.
pub fn log_binomial_coefficient(n: f64, k: f64) -> f64 {
    if k == 0.0 || k == n {
        return 0.0;
    }
    -n.ln_1p() - lbeta(n - k + 1.0, k + 1.0)
}

/// `ln Γ(b + a) - ln Γ(b)` for `a ≥ 0` and `b > 0`, with full relative precision for small `a`.
///
/// The recurrence leads to `b ≥ 10`, where the leading parts of Stirling's formula are subtracted by hand.
pub(super) fn lgamma_difference(b: f64, a: f64) -> f64 {
    let (mut shifted, mut sum) = (b, 0.0);
    while shifted < 10.0 {
        sum += (a / shifted).ln_1p();
        shifted += 1.0;
    }
    let total = shifted + a;
    let correction = stirling_correction(total) - stirling_correction(shifted);
    (shifted - 0.5) * (a / shifted).ln_1p() + a * (total.ln() - 1.0) + correction - sum
}
