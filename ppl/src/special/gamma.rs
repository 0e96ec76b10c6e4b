//! The gamma function: its logarithm and the derivatives of that.

use std::f64::consts::PI;

use super::polynomial::polynomial;
use super::zeta::hurwitz_zeta;

/// `½ ln(2π)`.
pub(crate) const HALF_LN_2PI: f64 = 0.918_938_533_204_672_8;

/// `ln π`.
pub(crate) const LN_PI: f64 = 1.144_729_885_849_400_2;

/// The root of the digamma function, to double precision, and what is left of it.
const DIGAMMA_ROOT: (f64, f64) = (1.461_632_144_968_362_2, 9.549_995_429_965_697e-17);

/// Taylor coefficients of the digamma function at its root, from the first power: `ψ⁽ⁿ⁾(x₀) / n!`.
const DIGAMMA_AT_ROOT: [f64; 17] = [
    0.967_672_245_447_621_2,
    -0.442_763_168_983_592_1,
    0.258_499_760_955_651,
    -0.163_942_705_442_406_52,
    0.107_824_050_691_262_37,
    -0.072_199_561_256_454_71,
    0.048_804_288_164_143_11,
    -0.033_161_126_474_847_36,
    0.022_597_648_232_218_104,
    -0.015_424_765_904_948_96,
    0.010_538_791_616_612_175,
    -0.007_204_534_386_356_869,
    0.004_926_781_395_729_853,
    -0.003_369_801_655_439_328,
    0.002_305_126_326_734_928,
    -0.001_576_936_771_430_197_2,
    0.001_078_825_201_916_296_7,
];

/// Natural logarithm of the absolute value of the gamma function, `ln |Γ(x)|`.
///
/// `+∞` at zero and at the negative integers.
///
/// # Example
/// ```
/// use ppl::special::lgamma;
///
/// assert!((lgamma(5.0) - 24_f64.ln()).abs() < 1e-15);
/// ```
///
/// # Reference
/// FreeBSD's `e_lgamma_r.c`, through the crate `libm`.
#[inline]
pub fn lgamma(x: f64) -> f64 {
    libm::lgamma(x)
}

/// Digamma function, `ψ(x) = d/dx ln Γ(x)`.
///
/// The recurrence `ψ(x) = ψ(x + 1) - 1/x` leads to the asymptotic series (DLMF 5.11.2), reflection (DLMF 5.5.4) to
/// positive arguments. Around the positive root, where that would cancel, it is the Taylor series about the root.
/// NaN at zero and at the negative integers.
///
/// # Example
/// ```
/// use ppl::special::digamma;
///
/// let euler = 0.577_215_664_901_532_9;
/// assert!((digamma(1.0) + euler).abs() < 1e-15);
/// ```
///
/// # Reference
/// DLMF 5.5, 5.11.
pub fn digamma(x: f64) -> f64 {
    if x <= 0.0 {
        return if x == x.floor() { f64::NAN } else { digamma(1.0 - x) - PI / tan_pi(x) };
    }
    let offset = (x - DIGAMMA_ROOT.0) - DIGAMMA_ROOT.1;
    if offset.abs() < 0.2 {
        return offset * polynomial(offset, &DIGAMMA_AT_ROOT);
    }
    let (mut shifted, mut sum) = (x, 0.0);
    while shifted < 8.0 {
        sum += 1.0 / shifted;
        shifted += 1.0;
    }
    let inverse = 1.0 / shifted;
    let square = inverse * inverse;
    // B₂ₙ / 2n
    let series = polynomial(
        square,
        &[
            1.0 / 12.0,
            -1.0 / 120.0,
            1.0 / 252.0,
            -1.0 / 240.0,
            1.0 / 132.0,
            -691.0 / 32_760.0,
            1.0 / 12.0,
            -3_617.0 / 8_160.0,
            43_867.0 / 14_364.0,
        ],
    );
    shifted.ln() - 0.5 * inverse - square * series - sum
}

/// Trigamma function, `ψ'(x) = d²/dx² ln Γ(x)`.
///
/// Recurrence to the asymptotic series, as for [`digamma`]; nothing cancels. `+∞` at the poles.
///
/// # Example
/// ```
/// use ppl::special::trigamma;
///
/// let expected = std::f64::consts::PI.powi(2) / 6.0;
/// assert!((trigamma(1.0) - expected).abs() < 1e-14);
/// ```
///
/// # Reference
/// DLMF 5.15.
pub fn trigamma(x: f64) -> f64 {
    if x <= 0.0 {
        if x == x.floor() {
            return f64::INFINITY;
        }
        let ratio = PI / sin_pi(x);
        return ratio * ratio - trigamma(1.0 - x);
    }
    let (mut shifted, mut sum) = (x, 0.0);
    while shifted < 8.0 {
        sum += 1.0 / (shifted * shifted);
        shifted += 1.0;
    }
    let inverse = 1.0 / shifted;
    let square = inverse * inverse;
    // B₂ₙ
    let series = polynomial(
        square,
        &[
            1.0 / 6.0,
            -1.0 / 30.0,
            1.0 / 42.0,
            -1.0 / 30.0,
            5.0 / 66.0,
            -691.0 / 2_730.0,
            7.0 / 6.0,
            -3_617.0 / 510.0,
            43_867.0 / 798.0,
        ],
    );
    sum + inverse * (1.0 + inverse * (0.5 + inverse * series))
}

/// Polygamma function, `ψ⁽ⁿ⁾(x)`: the derivative of order n of the [digamma] function.
///
/// Arguments that are not positive have a value for orders up to 2; NaN for higher ones, and at poles of even order.
///
/// # Example
/// ```
/// use ppl::special::{polygamma, trigamma, zeta};
///
/// assert_eq!(polygamma(1, 0.3), trigamma(0.3));
/// assert!((polygamma(2, 1.0) + 2.0 * zeta(3.0)).abs() < 1e-14);
/// ```
///
/// # Reference
/// DLMF 25.11.12, and for negative arguments the second derivative of DLMF 5.5.4.
pub fn polygamma(order: u32, x: f64) -> f64 {
    match order {
        0 => digamma(x),
        1 => trigamma(x),
        2 if x <= 0.0 && x != x.floor() => {
            let ratio = PI / sin_pi(x);
            polygamma(2, 1.0 - x) - 2.0 * PI * ratio * ratio / tan_pi(x)
        }
        _ if x <= 0.0 => f64::NAN,
        _ => {
            let sign = if order.is_multiple_of(2) { -1.0 } else { 1.0 };
            let factorial: f64 = (1..=order).map(f64::from).product();
            sign * factorial * hurwitz_zeta(f64::from(order) + 1.0, x)
        }
    }
}

/// What Stirling's formula leaves of `ln Γ`, for `x > 0`.
///
/// ```text
/// δ(x) = ln Γ(x) - (x - ½) ln x + x - ½ ln(2π) = 1/(12x) - 1/(360x³) + …
/// ```
///
/// Differences of `ln Γ` at large arguments, such as [`lbeta`](super::lbeta), keep their digits when they are written
/// with `δ`, because the large parts can be subtracted by hand.
///
/// # Example
/// ```
/// use ppl::special::{lgamma, stirling_correction};
///
/// let x: f64 = 12.5;
/// let stirling = (x - 0.5) * x.ln() - x + 0.5 * (2.0 * std::f64::consts::PI).ln();
/// assert!((lgamma(x) - stirling - stirling_correction(x)).abs() < 1e-14);
/// ```
///
/// # Reference
/// DLMF 5.11.1; Didonato and Morris, "Algorithm 708", ACM TOMS 18 (1992), function `BCORR`.
pub fn stirling_correction(x: f64) -> f64 {
    if x < 10.0 {
        return lgamma(x) - (x - 0.5) * x.ln() + x - HALF_LN_2PI;
    }
    let inverse = 1.0 / x;
    // B₂ₙ / (2n (2n - 1))
    let series = polynomial(
        inverse * inverse,
        &[
            1.0 / 12.0,
            -1.0 / 360.0,
            1.0 / 1_260.0,
            -1.0 / 1_680.0,
            1.0 / 1_188.0,
            -691.0 / 360_360.0,
            1.0 / 156.0,
            -3_617.0 / 122_400.0,
        ],
    );
    inverse * series
}

/// The derivative of this order of [`stirling_correction`], for `x > 0`; order 0 is the function itself.
///
/// ```text
/// δ'(x) = ψ(x) - ln x + 1/(2x)
/// ```
///
/// From 10 on it is the asymptotic series, term by term. Below, nothing large cancels.
pub(crate) fn stirling_correction_derivative(order: u32, x: f64) -> f64 {
    // B₂ⱼ / (2j (2j - 1))
    const SERIES: [f64; 9] = [
        1.0 / 12.0,
        -1.0 / 360.0,
        1.0 / 1_260.0,
        -1.0 / 1_680.0,
        1.0 / 1_188.0,
        -691.0 / 360_360.0,
        1.0 / 156.0,
        -3_617.0 / 122_400.0,
        43_867.0 / 244_188.0,
    ];

    if order == 0 {
        return stirling_correction(x);
    }
    let n = f64::from(order);
    let sign = if order.is_multiple_of(2) { 1.0 } else { -1.0 };
    if x < 10.0 + 2.0 * (n - 1.0) {
        if order == 1 {
            return digamma(x) - x.ln() + 0.5 / x;
        }
        // Those of -ln x and of 1/(2x).
        let factorial: f64 = (1..order - 1).map(f64::from).product();
        let rest = (1.0 + 0.5 * (n - 1.0) / x) * factorial / x.powf(n - 1.0);
        return polygamma(order - 1, x) - sign * rest;
    }
    let inverse = 1.0 / x;
    let square = inverse * inverse;
    let mut sum = 0.0;
    for (index, coefficient) in SERIES.iter().enumerate().rev() {
        // That of x to the power of -p: (-1)ⁿ p (p + 1) … (p + n - 1), and one order of x more each.
        let power = 2.0 * index as f64 + 1.0;
        let rising: f64 = (0..order).map(|step| power + f64::from(step)).product();
        sum = sum * square + coefficient * rising;
    }
    sign * sum * inverse.powf(n + 1.0)
}

/// `ψ(a + b) - ψ(a)`, with full relative precision where `a` and `a + b` are positive, also if `b` is small against `a`.
pub(crate) fn digamma_difference(a: f64, b: f64) -> f64 {
    if b < 0.0 && a + b > 0.0 {
        return -digamma_difference(a + b, -b);
    }
    if !(a > 0.0 && b >= 0.0) {
        return digamma(a + b) - digamma(a);
    }
    // The recurrence's terms 1/a - 1/(a + b) are positive.
    let (mut shifted, mut sum) = (a, 0.0);
    while shifted < 10.0 {
        sum += b / (shifted * (shifted + b));
        shifted += 1.0;
    }
    let total = shifted + b;
    // Of near numbers by the slope between them: their difference would have few digits.
    let correction = if b < 1e-5 * shifted {
        b * stirling_correction_derivative(2, shifted + 0.5 * b)
    } else {
        stirling_correction_derivative(1, total) - stirling_correction_derivative(1, shifted)
    };
    // Of ln x - 1/(2x).
    sum + (b / shifted).ln_1p() + 0.5 * b / shifted / total + correction
}

/// Logarithm of the multivariate gamma function of dimension `d`, for `x > (d - 1) / 2`.
///
/// ```text
/// ln Γ_d(x) = d (d - 1) / 4 · ln π + Σ_{j < d} ln Γ(x - j / 2)
/// ```
///
/// # Example
/// ```
/// use ppl::special::{lgamma, multivariate_lgamma};
///
/// assert_eq!(multivariate_lgamma(2.5, 1), lgamma(2.5));
/// ```
///
/// # Reference
/// Muirhead, "Aspects of Multivariate Statistical Theory" (1982), theorem 2.1.12.
pub fn multivariate_lgamma(x: f64, dimension: usize) -> f64 {
    let d = dimension as f64;
    let sum: f64 = (0..dimension).map(|j| lgamma(x - 0.5 * j as f64)).sum();
    0.25 * d * (d - 1.0) * LN_PI + sum
}

/// `ln Γ(1 + x)` for `x ≥ 0`, with full relative precision near zero, where `1 + x` would round.
pub(super) fn lgamma1p(x: f64) -> f64 {
    if x > 0.02 {
        return lgamma(1.0 + x);
    }
    // -γ x + Σ ζ(k) (-x)ᵏ / k (DLMF 5.7.3)
    let series = [
        -0.577_215_664_901_532_9,
        0.822_467_033_424_113_2,
        -0.400_685_634_386_531_43,
        0.270_580_808_427_784_54,
        -0.207_385_551_028_673_98,
        0.169_557_176_997_408_2,
        -0.144_049_896_768_846_1,
        0.125_509_669_524_743_04,
        -0.111_334_265_869_564_69,
    ];
    x * polynomial(x, &series)
}

/// `sin(πx)` without the rounding of `πx`.
pub(super) fn sin_pi(x: f64) -> f64 {
    // x = n + r with |r| ≤ ½, and both exact
    let nearest = x.round();
    let sine = (PI * (x - nearest)).sin();
    if nearest % 2.0 == 0.0 { sine } else { -sine }
}

/// `tan(πx)` without the rounding of `πx`.
fn tan_pi(x: f64) -> f64 {
    (PI * (x - x.round())).tan()
}
