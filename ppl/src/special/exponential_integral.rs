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

/// `ln(eˣ E₁(x))` at `x = e^ln_x`, for every magnitude of `x`.
///
/// About `ln(-ln x)` near 0, and `-ln x` far out, where E₁ itself underflows.
///
/// # Example
/// ```
/// use ppl::special::{exponential_integral_e1, log_scaled_exponential_integral};
///
/// let scaled = 2_f64.exp() * exponential_integral_e1(2.0);
/// assert!((log_scaled_exponential_integral(2_f64.ln()) - scaled.ln()).abs() < 1e-14);
/// assert_eq!(log_scaled_exponential_integral(700.0), -700.0);
/// ```
///
/// # Reference
/// DLMF 6.6.2, the power series, for `x < 1`; Abramowitz and Stegun 5.1.22, the continued fraction, above.
pub fn log_scaled_exponential_integral(ln_x: f64) -> f64 {
    let x = ln_x.exp();
    if x < 1.0 {
        // Where x underflows, its logarithm does not.
        return (series(x) - ln_x).ln() + x;
    }
    // E₁(x) eˣ = 1 / (x + c).
    -ln_x - (remainder(x) / x).ln_1p()
}

/// The derivative of [`log_scaled_exponential_integral`] by `ln_x`: `x - e⁻ˣ / E₁(x)`.
pub(crate) fn log_scaled_exponential_integral_slope(ln_x: f64) -> f64 {
    let x = ln_x.exp();
    if x < 1.0 { x - ((series(x) - ln_x) * x.exp()).recip() } else { -remainder(x) }
}

/// `E₁(x) + ln x`, for `0 ≤ x ≤ 1`.
fn series(x: f64) -> f64 {
    const EULER_GAMMA: f64 = 0.577_215_664_901_532_9;
    let (mut term, mut sum) = (1.0, 0.0);
    for k in 1..=20 {
        let k = f64::from(k);
        term *= -x / k;
        sum += term / k;
    }
    -EULER_GAMMA - sum
}

/// `c` in `E₁(x) eˣ = 1 / (x + c)`, for `x ≥ 1`: `1 - 1 / (x + 3 - 4 / (x + 5 - 9 / (x + 7 - …)))`.
fn remainder(x: f64) -> f64 {
    // So many terms have all digits.
    let count = (20.0 + 100.0 / x) as u32;
    let mut tail = 0.0;
    for k in (1..=count).rev() {
        let k = f64::from(k);
        tail = k * k / (x + 2.0 * k + 1.0 - tail);
    }
    1.0 - tail
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scaled_by_any_magnitude() {
        // mpmath with 60 digits: ln x, value, slope.
        let cases = [
            (-700.0, 6.550_255_401_071_918, -0.001_429_750_391_890_140_1),
            (-30.0, 3.381_769_351_589_119, -0.033_987_266_079_514_07),
            (-1.0, 0.092_673_611_414_493_67, -0.543_611_510_822_161_2),
            (-0.0001, -0.516_864_272_174_402_8, -0.676_861_524_669_077),
            (0.0, -0.516_931_959_002_045_6, -0.676_875_028_178_700_9),
            (0.0001, -0.516_999_647_180_036_8, -0.676_888_531_635_457_4),
            (1.0, -1.259_215_091_540_963_2, -0.804_373_611_448_266_9),
            (5.0, -5.006_671_137_324_88, -0.993_394_416_304_900_3),
            (30.0, -30.000_000_000_000_094, -0.999_999_999_999_906_4),
            (700.0, -700.0, -1.0),
        ];
        for (ln_x, want, want_slope) in cases {
            let (got, slope) = (log_scaled_exponential_integral(ln_x), log_scaled_exponential_integral_slope(ln_x));
            assert!((got / want - 1.0).abs() < 1e-14, "{ln_x}: {got}, {want}");
            assert!((slope / want_slope - 1.0).abs() < 1e-14, "slope at {ln_x}: {slope}, {want_slope}");
        }
        assert_eq!(log_scaled_exponential_integral(f64::NEG_INFINITY), f64::INFINITY);
        assert_eq!(log_scaled_exponential_integral(f64::INFINITY), f64::NEG_INFINITY);
    }
}
