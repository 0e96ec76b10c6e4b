//! Owen's T function.

use std::f64::consts::PI;

use super::normal::ndtr;

/// Positive nodes and weights of the Gauss–Legendre rule of 20 points on `[-1, 1]`.
const GAUSS_LEGENDRE: [(f64, f64); 10] = [
    (0.076_526_521_133_497_34, 0.152_753_387_130_725_84),
    (0.227_785_851_141_645_07, 0.149_172_986_472_603_74),
    (0.373_706_088_715_419_55, 0.142_096_109_318_382_04),
    (0.510_867_001_950_827_1, 0.131_688_638_449_176_64),
    (0.636_053_680_726_515, 0.118_194_531_961_518_41),
    (0.746_331_906_460_150_8, 0.101_930_119_817_240_44),
    (0.839_116_971_822_218_8, 0.083_276_741_576_704_75),
    (0.912_234_428_251_326, 0.062_672_048_334_109_07),
    (0.963_971_927_277_913_8, 0.040_601_429_800_386_94),
    (0.993_128_599_185_094_9, 0.017_614_007_139_152_118),
];

/// Owen's T function.
///
/// ```text
/// T(h, a) = 1/2π ∫₀ᵃ exp(-½ h² (1 + x²)) / (1 + x²) dx
/// ```
///
/// The probability that `X > h` and `0 < Y < aX` for independent standard normal `X` and `Y`. Gauss–Legendre quadrature
/// for `|a| ≤ 1`; the identity for `T(ah, 1/a)`, written in upper tails so that it does not cancel, for `|a| > 1`.
///
/// # Example
/// ```
/// use ppl::special::owens_t;
///
/// assert!((owens_t(0.0, 1.0) - 0.125).abs() < 1e-16);
/// ```
///
/// # Reference
/// Owen, Ann. Math. Stat. 27 (1956), equations 2.2 and 2.3.
pub fn owens_t(h: f64, a: f64) -> f64 {
    if h.is_nan() || a.is_nan() {
        return f64::NAN;
    }
    // T is even in h and odd in a.
    let (h, magnitude) = (h.abs(), a.abs());
    // T ≤ ½ Φ(-h) underflows beyond.
    let value = if h > 39.0 {
        0.0
    } else if magnitude <= 1.0 {
        quadrature(h, magnitude)
    } else if magnitude.is_infinite() {
        0.5 * ndtr(-h)
    } else {
        let (upper, scaled_upper) = (ndtr(-h), ndtr(-magnitude * h));
        0.5 * (upper + scaled_upper) - upper * scaled_upper - quadrature(magnitude * h, 1.0 / magnitude)
    };
    value.copysign(a)
}

/// The defining integral for `h ≥ 0` and `0 ≤ a ≤ 1`.
fn quadrature(h: f64, a: f64) -> f64 {
    // The integrand has underflowed, relatively, beyond 9/h.
    let end = if a * h > 9.0 { 9.0 / h } else { a };
    // A panel of width 4/h or less is smooth enough for 20 points.
    let panels = (end * h / 4.0).ceil().max(1.0);
    let half_width = 0.5 * end / panels;
    let mut sum = 0.0;
    let mut panel = 0.0;
    while panel < panels {
        let centre = (2.0 * panel + 1.0) * half_width;
        for (node, weight) in GAUSS_LEGENDRE {
            for x in [centre - half_width * node, centre + half_width * node] {
                sum += weight * (-0.5 * (h * x) * (h * x)).exp() / (1.0 + x * x);
            }
        }
        panel += 1.0;
    }
    sum * half_width * (-0.5 * h * h).exp() / (2.0 * PI)
}
