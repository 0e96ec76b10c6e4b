//! The exponential integral.

/// Exponential integral, `E₁(x) = ∫ₓ^∞ exp(-t) / t dt`, for `x ≥ 0`; `+∞` at zero.
///
/// # Example
/// ```
/// use ppl::special::exponential_integral_e1;
///
/// assert!((exponential_integral_e1(1.0) - 0.219_383_934_395_520_29).abs() < 1e-15);
/// ```
///
/// # Reference
/// Abramowitz and Stegun 5.1.11 and 5.1.22, through the crate `statrs`.
pub fn exponential_integral_e1(x: f64) -> f64 {
    if x == 0.0 {
        return f64::INFINITY;
    }
    if x.is_nan() || x < 0.0 {
        return f64::NAN;
    }
    if x.is_infinite() {
        return 0.0;
    }
    statrs::function::exponential::integral(x, 1).unwrap_or(f64::NAN)
}
