//! The standard normal distribution function `Φ`, its logarithm and its inverse.

use std::f64::consts::{FRAC_1_SQRT_2, SQRT_2};

use super::error_function::{erfc, erfcinv, erfcx, split_square};
use super::gamma::HALF_LN_2PI;

/// `√(2/π)`.
const SQRT_2_OVER_PI: f64 = 0.797_884_560_802_865_4;

/// Standard normal distribution function, `Φ(x)`, with full relative precision in the lower tail.
///
/// # Example
/// ```
/// use ppl::special::ndtr;
///
/// assert_eq!(ndtr(0.0), 0.5);
/// assert!((ndtr(-10.0) / 7.619_853_024_160_525e-24 - 1.0).abs() < 1e-15);
/// ```
///
/// # Reference
/// DLMF 7.17; `Φ(x) = ½ erfc(-x/√2)`.
pub fn ndtr(x: f64) -> f64 {
    if (-39.0..=-1.0).contains(&x) {
        // The rounding of x/√2 costs x² units in the last place of erfc, but only one of erfcx.
        let (square, rest) = split_square(x);
        0.5 * erfcx(-x * FRAC_1_SQRT_2) * (-0.5 * square).exp() * (-0.5 * rest).exp()
    } else {
        0.5 * erfc(-x * FRAC_1_SQRT_2)
    }
}

/// Logarithm of the standard normal distribution function, `ln Φ(x)`.
///
/// Finite for every finite `x` whose square is: `-x²/2 - ln(-x √(2π)) + …` far in the lower tail.
///
/// # Example
/// ```
/// use ppl::special::log_ndtr;
///
/// assert!((log_ndtr(-1e4) / -50_000_010.129_278_91 - 1.0).abs() < 1e-15);
/// ```
///
/// # Reference
/// DLMF 7.17 and 7.12.
pub fn log_ndtr(x: f64) -> f64 {
    if x > -1.0 {
        (-0.5 * erfc(x * FRAC_1_SQRT_2)).ln_1p()
    } else {
        (0.5 * erfcx(-x * FRAC_1_SQRT_2)).ln() - 0.5 * x * x
    }
}

/// Inverse Mills ratio, the derivative of [`log_ndtr`]: `φ(x) / Φ(x)`, with `φ` the standard normal density.
///
/// # Example
/// ```
/// use ppl::special::inverse_mills_ratio;
///
/// assert!((inverse_mills_ratio(-1e6) / 1e6 - 1.0).abs() < 1e-11);
/// ```
///
/// # Reference
/// DLMF 7.8.1; `φ(x) / Φ(x) = √(2/π) / erfcx(-x/√2)`.
pub fn inverse_mills_ratio(x: f64) -> f64 {
    SQRT_2_OVER_PI / erfcx(-x * FRAC_1_SQRT_2)
}

/// Logarithm of the standard normal Mills ratio, `ln((1 - Φ(x)) / φ(x))`, with `φ` the standard normal density.
///
/// About `-ln x` far in the upper tail, where both underflow.
///
/// # Example
/// ```
/// use ppl::special::log_mills_ratio;
///
/// assert!((log_mills_ratio(0.0) - 0.5 * std::f64::consts::FRAC_PI_2.ln()).abs() < 1e-15);
/// assert_eq!(log_mills_ratio(1e200), -(1e200_f64.ln()));
/// ```
///
/// # Reference
/// DLMF 7.8.1 and 7.9.1.
pub fn log_mills_ratio(x: f64) -> f64 {
    if x < 0.0 {
        return log_ndtr(-x) + 0.5 * x * x + HALF_LN_2PI;
    }
    if x < FRACTION_FROM {
        return (erfcx(x * FRAC_1_SQRT_2) / SQRT_2_OVER_PI).ln();
    }
    -x.ln() - (mills_remainder(x) / x).ln_1p()
}

/// The derivative of [`log_mills_ratio`]: `x` less the inverse Mills ratio of `-x`.
pub(crate) fn log_mills_ratio_slope(x: f64) -> f64 {
    if x < FRACTION_FROM { x - inverse_mills_ratio(-x) } else { -mills_remainder(x) }
}

/// From here on Mills' ratio is a continued fraction.
const FRACTION_FROM: f64 = 2.0;

/// `c` in `(1 - Φ(x)) / φ(x) = 1 / (x + c)`: `1 / (x + 2 / (x + 3 / (x + …)))`.
fn mills_remainder(x: f64) -> f64 {
    // So many terms have all digits.
    let count = (20.0 + 500.0 / (x * x)) as u32;
    let mut tail = 0.0;
    for k in (1..=count).rev() {
        tail = f64::from(k) / (x + tail);
    }
    tail
}

/// Inverse of the standard normal distribution function, `Φ⁻¹(p)` for `p` in `[0, 1]`.
///
/// # Example
/// ```
/// use ppl::special::ndtri;
///
/// assert!((ndtri(0.975) - 1.959_963_984_540_054).abs() < 1e-15);
/// assert_eq!(ndtri(0.0), f64::NEG_INFINITY);
/// ```
///
/// # Reference
/// `Φ⁻¹(p) = -√2 erfc⁻¹(2p)`, see [`erfcinv`].
pub fn ndtri(p: f64) -> f64 {
    -SQRT_2 * erfcinv(2.0 * p)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mills_ratio_keeps_its_digits() {
        // mpmath with 60 digits: x, value, slope.
        let cases = [
            (-30.0, 450.918_938_533_204_65, -30.0),
            (-2.0, 2.895_925_623_875_709_4, -2.055_247_862_678_99),
            (0.5, -0.131_973_228_388_945_87, -0.641_077_770_368_064_5),
            (1.999, -0.863_872_527_795_091_9, -0.373_329_841_607_757_1),
            (2.001, -0.864_618_958_880_522_8, -0.373_101_283_393_788_34),
            (7.0, -1.965_368_965_606_402_4, -0.137_545_613_226_503_27),
            (40.0, -3.689_503_480_549_115_4, -0.024_968_847_207_263_722),
            (1000.0, -6.907_756_278_979_637, -0.000_999_998_000_01),
            (100_000_000.0, -18.420_680_743_952_367, -9.999_999_999_999_999e-9),
            (1e150, -345.387_763_949_106_84, -1e-150),
        ];
        for (x, want, want_slope) in cases {
            let (got, slope) = (log_mills_ratio(x), log_mills_ratio_slope(x));
            assert!((got / want - 1.0).abs() < 2e-14, "{x}: {got}, {want}");
            assert!((slope / want_slope - 1.0).abs() < 2e-14, "slope at {x}: {slope}, {want_slope}");
        }
    }
}
