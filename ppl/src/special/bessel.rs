//! Modified Bessel functions of real order, exponentially scaled.

use std::f64::consts::{LN_2, PI};

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

/// `ln(xⁿ exp(x) Kₙ(x))` of order 0 or 1 and its derivative, for `x > 0`.
///
/// The derivatives, `1 - K₁ / K₀` and `1 - K₀ / K₁`, are means of `cosh t - 1` under integrands of [`bessel_kve`], in which
/// nothing cancels.
pub(crate) fn log_scaled_bessel_k(order: u8, x: f64) -> (f64, f64) {
    if x.is_nan() || x < 0.0 {
        return (f64::NAN, f64::NAN);
    }
    if x == 0.0 {
        return if order == 0 { (f64::INFINITY, f64::NEG_INFINITY) } else { (0.0, 1.0) };
    }
    if x.is_infinite() {
        return (if order == 0 { f64::NEG_INFINITY } else { f64::INFINITY }, 0.0);
    }
    if x < SMALL {
        return small_argument(order, x);
    }
    if x > LARGE {
        return large_argument(order, x);
    }
    let step = 2.0 * PI / (600.0 + 95.0 * x.hypot(f64::from(order))).sqrt();
    let (mut sum, mut change) = (0.5, 0.0);
    let mut t = 0.0;
    loop {
        t += step;
        let half_sinh = (0.5 * t).sinh();
        // cosh t - 1.
        let excess = 2.0 * half_sinh * half_sinh;
        let weight = (-x * excess).exp();
        sum += if order == 0 { weight } else { weight * (1.0 + excess) };
        change += weight * excess;
        if x * excess > 1.0 && weight * excess < 1e-18 * change {
            break;
        }
    }
    if order == 0 { ((step * sum).ln(), -change / sum) } else { ((step * sum * x).ln(), change / sum) }
}

/// Below, all terms but the first are smaller than a rounding.
const SMALL: f64 = 1e-9;
/// Above, six terms of Hankel's expansion have all digits.
const LARGE: f64 = 1e4;

/// `K₀(x) ~ -ln(x / 2) - γ` and `x K₁(x) ~ 1` (DLMF 10.31.2, 10.30.2).
fn small_argument(order: u8, x: f64) -> (f64, f64) {
    const EULER_GAMMA: f64 = 0.577_215_664_901_532_9;
    let zeroth = LN_2 - x.ln() - EULER_GAMMA;
    if order == 0 { (zeroth.ln() + x, 1.0 - (x * zeroth).recip()) } else { (x, 1.0 - x * zeroth) }
}

/// `exp(x) Kₙ(x) ~ √(π / 2x) Σ aₖ(n) x⁻ᵏ` (DLMF 10.40.2).
fn large_argument(order: u8, x: f64) -> (f64, f64) {
    let square = if order == 0 { 0.0 } else { 4.0 };
    let (mut term, mut excess, mut slope) = (1.0, 0.0, 0.0);
    for k in 1..7 {
        let k = f64::from(k);
        let odd = 2.0 * k - 1.0;
        term *= (square - odd * odd) / (8.0 * k * x);
        excess += term;
        slope -= k * term;
    }
    let power = f64::from(order) - 0.5;
    (0.5 * (0.5 * PI).ln() + power * x.ln() + f64::ln_1p(excess), (slope / (1.0 + excess) + power) / x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_of_scaled_k() {
        // mpmath with 80 digits: order, x, value, slope.
        let cases = [
            (0, 1e-300, 6.537_982_733_881_035, -1.447_405_357_779_881_4e297),
            (0, 9e-10, 3.041_878_845_897_999, -53_050_109.587_188_91),
            (0, 1.1e-9, 3.032_251_610_293_443, -43_824_519.521_058_09),
            (0, 0.001, 1.950_288_550_192_198_7, -141.374_792_868_957_5),
            (0, 0.5, 0.421_410_230_130_918_6, -0.791_872_508_432_220_2),
            (0, 3.0, -0.359_877_784_641_719_66, -0.155_929_879_761_163_54),
            (0, 50.0, -1.732_695_655_290_929_6, -0.009_950_969_986_785_789),
            (0, 9900.0, -4.374_366_291_041_617, -5.050_377_525_379_319e-5),
            (0, 10_100.0, -4.384_366_374_394_95, -4.950_372_524_629_275e-5),
            (0, 1e200, -230.032_717_946_759_85, -5e-201),
            (1, 1e-300, 1e-300, 1.0),
            (1, 9e-10, 8.999_999_913_149_541e-10, 0.999_999_981_149_898),
            (1, 1.1e-9, 1.099_999_987_147_448e-9, 0.999_999_977_181_724_1),
            (1, 0.001, 0.000_996_238_149_009_821_8, 0.992_976_284_777_317_3),
            (1, 0.5, 0.311_524_216_744_705_9, 0.441_924_581_523_414_7),
            (1, 3.0, 0.883_639_614_790_774, 0.134_895_621_690_635_35),
            (1, 50.0, 2.189_229_135_244_52, 0.009_852_923_837_397_757),
            (1, 9900.0, 4.825_974_247_581_046, 5.050_122_475_128_831e-5),
            (1, 10_100.0, 4.835_973_830_934_378, 4.950_127_474_878_825e-5),
            (1, 1e200, 230.484_300_652_049_3, 5e-201),
        ];
        for (order, x, want, want_slope) in cases {
            let (got, slope) = log_scaled_bessel_k(order, x);
            // A logarithm near 0 is as uncertain as the number near 1.
            assert!((got - want).abs() < 2e-14 * want.abs().max(1.0), "{order}, {x}: {got}, {want}");
            assert!((slope / want_slope - 1.0).abs() < 2e-14, "slope of {order} at {x}: {slope}, {want_slope}");
        }
    }
}
