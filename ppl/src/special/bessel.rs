//! Modified Bessel functions of real order, exponentially scaled.

use std::f64::consts::PI;

use super::incomplete_gamma::{log_poisson_mass, poisson_mass};

/// Scaled modified Bessel function of the first kind, `exp(-|x|) I₀(x)`.
///
/// # Example
/// ```
/// use ppl::special::bessel_i0e;
///
/// assert_eq!(bessel_i0e(0.0), 1.0);
/// ```
///
/// # Reference
/// See [`bessel_ive`].
pub fn bessel_i0e(x: f64) -> f64 {
    bessel_ive(0.0, x.abs())
}

/// Scaled modified Bessel function of the first kind, `exp(-|x|) I₁(x)`.
///
/// # Example
/// ```
/// use ppl::special::bessel_i1e;
///
/// assert_eq!(bessel_i1e(-1.0), -bessel_i1e(1.0));
/// ```
///
/// # Reference
/// See [`bessel_ive`].
pub fn bessel_i1e(x: f64) -> f64 {
    bessel_ive(1.0, x.abs()).copysign(x)
}

/// Scaled modified Bessel function of the first kind, `exp(-x) I_v(x)`, for order `v ≥ 0` and `x ≥ 0`.
///
/// For large `x` Hankel's expansion. Elsewhere the power series, which is the probability that two Poisson variables of
/// rate `x/2` differ by `v`; it is summed outwards from its largest term, so that nothing under- or overflows:
///
/// ```text
/// exp(-x) I_v(x) = Σₖ p(k) p(k + v),   p(k) = (x/2)ᵏ exp(-x/2) / Γ(k + 1)
/// ```
///
/// # Example
/// ```
/// use ppl::special::bessel_ive;
///
/// // I_½(x) = √(2 / (πx)) sinh x
/// let expected = (2.0 / (std::f64::consts::PI * 3.0)).sqrt() * 3.0_f64.sinh() * (-3.0_f64).exp();
/// assert!((bessel_ive(0.5, 3.0) - expected).abs() < 1e-15);
/// ```
///
/// # Reference
/// DLMF 10.25.2 and 10.40.1; Skellam, J. R. Stat. Soc. 109 (1946).
pub fn bessel_ive(v: f64, x: f64) -> f64 {
    if !(v >= 0.0 && x >= 0.0) {
        return f64::NAN;
    }
    if x == 0.0 {
        return if v == 0.0 { 1.0 } else { 0.0 };
    }
    if x.is_infinite() || v.is_infinite() {
        return 0.0;
    }
    if x > 20.0_f64.max(0.5 * v * v) { hankel_expansion(v, x) } else { poisson_difference(v, x) }
}

/// The logarithm of [`bessel_ive`] for positive and finite `x`, which does not underflow.
pub(super) fn log_bessel_ive(v: f64, x: f64) -> f64 {
    if x > 20.0_f64.max(0.5 * v * v) {
        return hankel_expansion(v, x).ln();
    }
    let half = 0.5 * x;
    let (largest, sum) = skellam_sum(v, x);
    log_poisson_mass(largest, half) + log_poisson_mass(largest + v, half) + sum.ln()
}

/// `exp(-x) I_v(x) ≈ 1/√(2πx) Σ (-1)ᵏ aₖ(v) x⁻ᵏ` (DLMF 10.40.1), up to its smallest term.
fn hankel_expansion(v: f64, x: f64) -> f64 {
    let order = 4.0 * v * v;
    let (mut term, mut sum) = (1.0_f64, 1.0);
    for k in 1..200 {
        let odd = 2.0 * f64::from(k) - 1.0;
        let next = -term * (order - odd * odd) / (8.0 * x * f64::from(k));
        // Past the order the series is asymptotic: its terms grow in the end.
        if next.abs() > term.abs() && odd > 2.0 * v {
            break;
        }
        term = next;
        sum += term;
        if term.abs() < 1e-17 * sum {
            break;
        }
    }
    sum / (2.0 * PI * x).sqrt()
}

/// The power series: the probability of the difference `v`.
fn poisson_difference(v: f64, x: f64) -> f64 {
    let half = 0.5 * x;
    let (largest, sum) = skellam_sum(v, x);
    poisson_mass(largest, half) * poisson_mass(largest + v, half) * sum
}

/// The index of the largest term of the power series, which is where `k (k + v) = x²/4`, and the sum in units of that term.
fn skellam_sum(v: f64, x: f64) -> (f64, f64) {
    let half = 0.5 * x;
    let largest = (half * half / (0.5 * v + (0.25 * v * v + half * half).sqrt())).floor();
    let mut sum = 1.0;
    let mut term = 1.0;
    let mut k = largest;
    while term > 1e-18 * sum {
        k += 1.0;
        term *= (half / k) * (half / (k + v));
        sum += term;
    }
    term = 1.0;
    k = largest;
    while k > 0.0 && term > 1e-18 * sum {
        term *= (k / half) * ((k + v) / half);
        k -= 1.0;
        sum += term;
    }
    (largest, sum)
}

/// Scaled modified Bessel function of the second kind, `exp(x) K_v(x)`, for real order `v` and `x > 0`.
///
/// ```text
/// exp(x) K_v(x) = ∫₀^∞ exp(-x (cosh t - 1)) cosh(vt) dt
/// ```
///
/// The integrand is analytic and decays double exponentially, so that the trapezoidal rule converges geometrically; it
/// is positive, so that nothing cancels. `+∞` at zero.
///
/// # Example
/// ```
/// use ppl::special::bessel_kve;
///
/// // K_½(x) = √(π / (2x)) exp(-x)
/// assert!((bessel_kve(0.5, 2.0) - (std::f64::consts::PI / 4.0).sqrt()).abs() < 1e-15);
/// ```
///
/// # Reference
/// DLMF 10.32.9; Trefethen and Weideman, "The exponentially convergent trapezoidal rule",
/// SIAM Review 56 (2014).
pub fn bessel_kve(v: f64, x: f64) -> f64 {
    let v = v.abs();
    if v.is_nan() || x.is_nan() || x < 0.0 {
        return f64::NAN;
    }
    if x == 0.0 || v.is_infinite() {
        return f64::INFINITY;
    }
    if x.is_infinite() {
        return 0.0;
    }
    // exp(vt - x (cosh t - 1)) is largest at sinh t = v / x, where its width is the -½ power of x cosh t.
    let exponent = |t: f64| {
        let half_sinh = (0.5 * t).sinh();
        v * t - 2.0 * x * half_sinh * half_sinh
    };
    let peak = (v / x).asinh();
    // The error is the Fourier transform of the integrand at 2π / step, below 1e-16 there: that of a hyperbolic secant for
    // small v and x, of a normal density for large ones.
    let step = 2.0 * PI / (600.0 + 95.0 * x.hypot(v)).sqrt();
    let largest = exponent(peak);
    // cosh(vt) = exp(vt) (1 + exp(-2vt)) / 2
    let integrand = |t: f64| 0.5 * (exponent(t) - largest).exp() * (1.0 + (-2.0 * v * t).exp());
    let mut sum = 0.5 * integrand(0.0);
    let mut t = 0.0;
    loop {
        t += step;
        let term = integrand(t);
        sum += term;
        if t > peak && term < 1e-18 * sum {
            break;
        }
    }
    // In two factors: exp(largest) alone may overflow.
    (step * sum) * (0.5 * largest).exp() * (0.5 * largest).exp()
}
