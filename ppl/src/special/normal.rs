//! The standard normal distribution function `Φ`, its logarithm and its inverse.

use std::f64::consts::{FRAC_1_SQRT_2, SQRT_2};

use super::error_function::{erfc, erfcinv, erfcx, split_square};

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
