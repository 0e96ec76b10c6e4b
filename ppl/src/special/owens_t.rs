//! Owen's T function and its complement.

use std::f64::consts::PI;

use super::HALF_LN_2PI;
use super::log_exp::log1p_square;
use super::normal::{log_ndtr, ndtr};

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

/// Logarithm of the part of Owen's integral that `T(h, a)` leaves out, for `a ≥ 0`.
///
/// ```text
/// ln(T(h, ∞) - T(h, a)) = ln(1/2π ∫ₐ^∞ exp(-½ h² (1 + x²)) / (1 + x²) dx)
/// ```
///
/// The logarithm of the probability that `X > h` and `Y > aX`. It keeps its digits where the difference cancels or underflows.
///
/// # Example
/// ```
/// use ppl::special::{log_owens_t_complement, ndtr, owens_t};
///
/// let difference = 0.5 * ndtr(-0.7) - owens_t(0.7, 1.2);
/// assert!((log_owens_t_complement(0.7, 1.2) - difference.ln()).abs() < 1e-14);
/// assert!((log_owens_t_complement(30.0, 2.0) + 2_260.943_578_533_274).abs() < 1e-10);
/// ```
///
/// # Reference
/// Owen, Ann. Math. Stat. 27 (1956).
pub fn log_owens_t_complement(h: f64, a: f64) -> f64 {
    if h.is_nan() || a.is_nan() || a < 0.0 {
        return f64::NAN;
    }
    let h = h.abs();
    // In T(h, a) the terms of third order are no more than a rounding there.
    if h < 1e-8 && a * h < 1e-8 {
        let at_zero = a.recip().atan() / (2.0 * PI);
        return (at_zero - 0.5 * h * (-HALF_LN_2PI).exp() + a * h * h / (4.0 * PI)).ln();
    }
    let ah = a * h;
    let log_largest = -0.5 * h * h - 0.5 * ah * ah;
    if log_largest == f64::NEG_INFINITY {
        log_largest
    } else {
        log_largest + (scaled_complement(h, a) / (2.0 * PI)).ln()
    }
}

/// The derivatives of [`log_owens_t_complement`] by `h ≥ 0` and `a`, where its value is `log`.
pub(crate) fn log_owens_t_complement_slopes(h: f64, a: f64, log: f64) -> (f64, f64) {
    if log == f64::NEG_INFINITY {
        return (f64::NEG_INFINITY, f64::NEG_INFINITY);
    }
    let gaussian = -0.5 * h * h - HALF_LN_2PI - log;
    let by_h = -(gaussian + log_ndtr(-a * h)).exp();
    let ah = a * h;
    let by_a = -(gaussian - HALF_LN_2PI - 0.5 * ah * ah - log1p_square(a)).exp();
    (by_h, by_a)
}

/// `∫ₐ^∞ exp(-½ h² (x² - a²)) / (1 + x²) dx`, by Gauss–Legendre quadrature in panels.
fn scaled_complement(h: f64, a: f64) -> f64 {
    // Over a panel the Gaussian falls by no more than e⁻⁸, and the poles at ±i keep their distance.
    const FALL: f64 = 8.0;
    let mut sum = 0.0;
    // Of x − a, which may be much smaller than a.
    let mut start = 0.0;
    loop {
        let scaled = (a + start) * h;
        let by_gaussian = 2.0 * FALL / h / (scaled + scaled.hypot((2.0 * FALL).sqrt()));
        let half_width = 0.5 * by_gaussian.min(2.0 * (a + start).hypot(1.0));
        let centre = start + half_width;
        let mut panel = 0.0;
        for (node, weight) in GAUSS_LEGENDRE {
            for u in [centre - half_width * node, centre + half_width * node] {
                let gaussian = (-0.5 * (h * u) * (h * (2.0 * a + u))).exp();
                panel += weight * gaussian * (-log1p_square(a + u)).exp();
            }
        }
        sum += panel * half_width;
        start = centre + half_width;
        if 0.5 * (h * start) * (h * (2.0 * a + start)) > 45.0 {
            return sum;
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_complement_does_not_cancel() {
        // mpmath with 60 digits: h, a, value.
        let cases = [
            (0.0, 0.0, -1.386_294_361_119_890_6),
            (0.0, 3.0, -2.971_855_775_850_244),
            (0.5, 0.0, -1.869_058_942_153_564),
            (2.0, 0.25, -5.066_112_323_332_128),
            (2.0, 1.0, -8.259_515_847_924_01),
            (0.125, 8.0, -5.501_170_603_491_366),
            (5.0, 2.0, -69.884_586_387_033_55),
            (1e-4, 1.0, -2.079_601_124_958_267),
            (1e-7, 1e3, -8.745_758_013_034_195),
            (1e-9, 1e3, -8.745_633_932_039_512),
            (1e-10, 1e12, -5_038.679_538_449_383),
            (30.0, 2.0, -2_260.943_578_533_274),
            (1e5, 1e-5, -5_000_000_014.272_886),
            (1e3, 1e3, -500_000_500_036.376_65),
        ];
        for (h, a, want) in cases {
            let got = log_owens_t_complement(h, a);
            // The two parts of the exponent are added in another order.
            assert!((got - want).abs() <= 1e-15 * want.abs() + 1e-14, "h = {h}, a = {a}: {got}, {want}");
        }
        assert_eq!(log_owens_t_complement(1e200, 1.0), f64::NEG_INFINITY);
        assert!(log_owens_t_complement(1.0, -1.0).is_nan());
    }
}
