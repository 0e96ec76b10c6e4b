//! The error function, its complement and its inverse.

use std::f64::consts::FRAC_2_SQRT_PI;

use super::polynomial::polynomial;

/// Error function, `erf x = 2/√π ∫₀ˣ exp(-t²) dt`.
///
/// # Example
/// ```
/// use ppl::special::erf;
///
/// assert!((erf(0.5) - 0.520_499_877_813_046_5).abs() < 1e-15);
/// ```
///
/// # Reference
/// FreeBSD's `s_erf.c`, through the crate `libm`.
#[inline]
pub fn erf(x: f64) -> f64 {
    libm::erf(x)
}

/// Complementary error function, `erfc x = 1 - erf x`, with full relative precision in the upper tail.
///
/// # Example
/// ```
/// use ppl::special::erfc;
///
/// assert!((erfc(10.0) / 2.088_487_583_762_545e-45 - 1.0).abs() < 1e-15);
/// ```
///
/// # Reference
/// FreeBSD's `s_erf.c`, through the crate `libm`.
#[inline]
pub fn erfc(x: f64) -> f64 {
    libm::erfc(x)
}

/// Scaled complementary error function, `erfcx x = exp(x²) erfc x`.
///
/// Where `erfc` underflows it decays as `1 / (x √π)`; the asymptotic series (DLMF 7.12.1) serves there, the definition
/// elsewhere. `+∞` below -26.7.
///
/// # Example
/// ```
/// use ppl::special::erfcx;
///
/// assert!((erfcx(1e8) / 5.641_895_835_477_562e-9 - 1.0).abs() < 1e-15);
/// ```
///
/// # Reference
/// DLMF 7.12.
pub fn erfcx(x: f64) -> f64 {
    if x < -27.0 {
        return f64::INFINITY;
    }
    if x < 25.0 {
        return exp_square(x) * erfc(x);
    }
    let inverse = 1.0 / x;
    let series = polynomial(0.5 * inverse * inverse, &[1.0, -1.0, 3.0, -15.0, 105.0, -945.0, 10_395.0]);
    0.5 * FRAC_2_SQRT_PI * inverse * series
}

/// Inverse of [`erf`] on `(-1, 1)`; `±∞` at the ends.
///
/// # Example
/// ```
/// use ppl::special::{erf, erfinv};
///
/// assert!((erf(erfinv(0.3)) - 0.3).abs() < 1e-15);
/// ```
///
/// # Reference
/// Maddock, rational approximations of Boost.Math's `erf_inv`, through the crate `statrs`.
#[inline]
pub fn erfinv(p: f64) -> f64 {
    if p.abs() <= 1.0 { statrs::function::erf::erf_inv(p) } else { f64::NAN }
}

/// Inverse of [`erfc`] on `(0, 2)`; `±∞` at the ends.
///
/// # Example
/// ```
/// use ppl::special::{erfc, erfcinv};
///
/// assert!((erfc(erfcinv(1e-40)) / 1e-40 - 1.0).abs() < 1e-13);
/// ```
///
/// # Reference
/// As [`erfinv`].
#[inline]
pub fn erfcinv(q: f64) -> f64 {
    if (0.0..=2.0).contains(&q) { statrs::function::erf::erfc_inv(q) } else { f64::NAN }
}

/// `exp(x²)` without the rounding of `x²`, which alone would cost `x²` units in the last place.
pub(super) fn exp_square(x: f64) -> f64 {
    let (square, rest) = split_square(x);
    square.exp() * rest.exp()
}

/// `x²` as an exact leading part and a small rest.
pub(super) fn split_square(x: f64) -> (f64, f64) {
    // 26 leading bits have an exact square.
    let head = f64::from_bits(x.to_bits() & !0x7ff_ffff);
    (head * head, (x - head) * (x + head))
}
