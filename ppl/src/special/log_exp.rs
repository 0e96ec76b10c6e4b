//! Logarithms and exponentials that keep their digits: softplus, sigmoid, logit and their kin.

use std::f64::consts::LN_2;

use pulp::{Arch, Simd, WithSimd};

use super::polynomial::polynomial;
use crate::program::elementary::exp;

/// What `ln 2` leaves after rounding to double precision.
const LN_2_REST: f64 = 2.319_046_813_846_299_6e-17;

/// `ln(1 - exp(-x))` for `x ≥ 0`.
///
/// # Example
/// ```
/// use ppl::special::log1mexp;
///
/// assert!((log1mexp(1e-300) - 1e-300_f64.ln()).abs() < 1e-12);
/// ```
///
/// # Reference
/// Mächler, "Accurately computing log(1 - exp(-|a|))" (2012), vignette of the R package Rmpfr.
#[inline]
pub fn log1mexp(x: f64) -> f64 {
    if x <= LN_2 { (-(-x).exp_m1()).ln() } else { (-(-x).exp()).ln_1p() }
}

/// Softplus, `ln(1 + exp(x))`.
///
/// # Example
/// ```
/// use ppl::special::softplus;
///
/// assert_eq!(softplus(1000.0), 1000.0);
/// ```
///
/// # Reference
/// Mächler (2012), as [`log1mexp`].
#[inline]
pub fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// Inverse of [`softplus`], `ln(exp(y) - 1)` for `y ≥ 0`.
///
/// Near its root `ln 2` it is written as `ln(1 + 2 (exp(y - ln 2) - 1))`, which does not cancel.
///
/// # Example
/// ```
/// use ppl::special::{softplus, softplus_inverse};
///
/// assert!((softplus_inverse(softplus(-3.0)) + 3.0).abs() < 1e-14);
/// ```
///
/// # Reference
/// Mächler (2012), as [`log1mexp`].
pub fn softplus_inverse(y: f64) -> f64 {
    if y < 0.4 {
        y.exp_m1().ln()
    } else if y < 1.1 {
        (2.0 * ((y - LN_2) - LN_2_REST).exp_m1()).ln_1p()
    } else {
        y + log1mexp(y)
    }
}

/// Logistic sigmoid, `1 / (1 + exp(-x))`.
///
/// # Example
/// ```
/// use ppl::special::sigmoid;
///
/// assert_eq!(sigmoid(0.0), 0.5);
/// ```
#[doc(alias = "expit")]
#[inline]
pub fn sigmoid(x: f64) -> f64 {
    // exp of a negative number cannot overflow
    let exponential = (-x.abs()).exp();
    if x >= 0.0 { 1.0 / (1.0 + exponential) } else { exponential / (1.0 + exponential) }
}

/// Logarithm of the [`sigmoid`], `-ln(1 + exp(-x))`.
///
/// # Example
/// ```
/// use ppl::special::log_sigmoid;
///
/// assert_eq!(log_sigmoid(-1000.0), -1000.0);
/// ```
#[doc(alias = "log_expit")]
#[inline]
pub fn log_sigmoid(x: f64) -> f64 {
    -softplus(-x)
}

/// Log odds, `ln(p / (1 - p))`: the inverse of [`sigmoid`].
///
/// Near its root ½ it is written as `ln(1 + (2p - 1) / (1 - p))`, which does not cancel.
///
/// # Example
/// ```
/// use ppl::special::logit;
///
/// assert!((logit(0.5 + 1e-9) / 4e-9 - 1.0).abs() < 1e-7);
/// ```
pub fn logit(p: f64) -> f64 {
    if (0.3..0.65).contains(&p) { ((2.0 * p - 1.0) / (1.0 - p)).ln_1p() } else { p.ln() - (-p).ln_1p() }
}

/// `ln(exp(a) + exp(b))`.
///
/// # Example
/// ```
/// use ppl::special::logaddexp;
///
/// assert_eq!(logaddexp(f64::NEG_INFINITY, 3.0), 3.0);
/// ```
#[inline]
pub fn logaddexp(a: f64, b: f64) -> f64 {
    // Equal infinities have no difference.
    if a == b { a + LN_2 } else { a.max(b) + (-(a - b).abs()).exp().ln_1p() }
}

/// `ln Σ exp(xᵢ)`; `-∞` for an empty slice.
///
/// # Example
/// ```
/// use ppl::special::logsumexp;
///
/// assert!((logsumexp(&[1000.0, 1000.0]) - 1000.0 - 2_f64.ln()).abs() < 1e-12);
/// assert_eq!(logsumexp(&[]), f64::NEG_INFINITY);
/// ```
///
/// # Reference
/// Blanchard, Higham and Higham, "Accurately computing the log-sum-exp and softmax functions",
/// IMA J. Numer. Anal. 41 (2021).
pub fn logsumexp(values: &[f64]) -> f64 {
    let max = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if max.is_infinite() {
        // `max` ignores NaN; the sum does not.
        return if values.iter().any(|value| value.is_nan()) { f64::NAN } else { max };
    }
    let sum: f64 = values.iter().map(|value| (value - max).exp()).sum();
    max + sum.ln()
}

/// `exp(xᵢ) / Σ exp(xⱼ)`, in the place of x.
///
/// All are NaN if no element is above −∞, if one is +∞, or if one is NaN.
///
/// # Example
/// ```
/// use ppl::special::softmax;
///
/// let mut weights = [-1e4, -1e4, f64::NEG_INFINITY];
/// softmax(&mut weights);
/// assert_eq!(weights, [0.5, 0.5, 0.0]);
/// ```
///
/// # Reference
/// As [`logsumexp`].
pub fn softmax(values: &mut [f64]) {
    Arch::new().dispatch(Softmax(values));
}

struct Softmax<'a>(&'a mut [f64]);

/// Compiled for each kind of processor.
impl WithSimd for Softmax<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        const LANES: usize = 8;

        let (lines, rest) = self.0.as_chunks_mut::<LANES>();
        // A comparison with NaN fails: it is left to the sum.
        let larger = |largest: f64, x: f64| if x > largest { x } else { largest };
        let mut largest = [f64::NEG_INFINITY; LANES];
        for line in &*lines {
            for lane in 0..LANES {
                largest[lane] = larger(largest[lane], line[lane]);
            }
        }
        let shift = largest.iter().chain(&*rest).fold(f64::NEG_INFINITY, |largest, &x| larger(largest, x));
        let mut sums = [0.0; LANES];
        for line in &mut *lines {
            line.iter_mut().for_each(|x| *x = exp::<S>(*x - shift));
            for lane in 0..LANES {
                sums[lane] += line[lane];
            }
        }
        rest.iter_mut().for_each(|x| *x = exp::<S>(*x - shift));
        let share = sums.iter().chain(&*rest).sum::<f64>().recip();
        lines.as_flattened_mut().iter_mut().chain(rest).for_each(|x| *x *= share);
    }
}

/// `ln cosh x`.
///
/// Near zero it is written as `½ ln(1 + sinh² x)`, which does not cancel.
///
/// # Example
/// ```
/// use ppl::special::log_cosh;
///
/// assert!((log_cosh(1e-5) / 5e-11 - 1.0).abs() < 1e-10);
/// assert!((log_cosh(1e4) - 1e4 + 2_f64.ln()).abs() < 1e-11);
/// ```
pub fn log_cosh(x: f64) -> f64 {
    let magnitude = x.abs();
    if magnitude < 1.0 {
        let sinh = magnitude.sinh();
        0.5 * (sinh * sinh).ln_1p()
    } else {
        magnitude + (-2.0 * magnitude).exp().ln_1p() - LN_2
    }
}

/// `x ln y`, and zero where `x` is zero.
///
/// # Example
/// ```
/// use ppl::special::xlogy;
///
/// assert_eq!(xlogy(0.0, 0.0), 0.0);
/// ```
#[inline]
pub fn xlogy(x: f64, y: f64) -> f64 {
    if x == 0.0 && !y.is_nan() { 0.0 } else { x * y.ln() }
}

/// `x ln(1 + y)`, and zero where `x` is zero.
///
/// # Example
/// ```
/// use ppl::special::xlog1py;
///
/// assert_eq!(xlog1py(0.0, -1.0), 0.0);
/// ```
#[inline]
pub fn xlog1py(x: f64, y: f64) -> f64 {
    if x == 0.0 && !y.is_nan() { 0.0 } else { x * y.ln_1p() }
}

/// `exp(x) - 1 - x`, with full relative precision near zero, where it is `x²/2 + x³/6 + …`.
///
/// # Example
/// ```
/// use ppl::special::expm1x;
///
/// assert!((expm1x(1e-10) / 5e-21 - 1.0).abs() < 1e-9);
/// assert!((expm1x(1.0) - (1_f64.exp() - 2.0)).abs() < 1e-15);
/// ```
///
/// `k expm1x(ln(m / k))` is the deviance part `k ln(k / m) + m - k` of a Poisson count.
///
/// # Reference
/// DLMF 4.2.19; Loader, "Fast and accurate computation of binomial probabilities" (2000).
pub fn expm1x(x: f64) -> f64 {
    if x.abs() >= 0.5 {
        // ∞ − ∞
        return if x == f64::INFINITY { x } else { x.exp_m1() - x };
    }
    // 1/2!, 1/3! … 1/17!
    let series = [
        1.0 / 2.0,
        1.0 / 6.0,
        1.0 / 24.0,
        1.0 / 120.0,
        1.0 / 720.0,
        1.0 / 5_040.0,
        1.0 / 40_320.0,
        1.0 / 362_880.0,
        1.0 / 3_628_800.0,
        1.0 / 39_916_800.0,
        1.0 / 479_001_600.0,
        1.0 / 6_227_020_800.0,
        1.0 / 87_178_291_200.0,
        1.0 / 1_307_674_368_000.0,
        1.0 / 20_922_789_888_000.0,
        1.0 / 355_687_428_096_000.0,
    ];
    x * x * polynomial(x, &series)
}

/// `ln(1 + x²)`, also where the square would overflow.
///
/// # Example
/// ```
/// use ppl::special::log1p_square;
///
/// assert_eq!(log1p_square(1e-9), 1e-18);
/// assert!((log1p_square(1e200) - 400.0 * 10_f64.ln()).abs() < 1e-12);
/// ```
#[inline]
pub fn log1p_square(x: f64) -> f64 {
    let magnitude = x.abs();
    if magnitude > 1e100 { 2.0 * magnitude.ln() } else { (x * x).ln_1p() }
}

/// `x - ln(1 + x)` for `x > -1`, with full relative precision near zero, where it is `x²/2 - x³/3 + …`.
///
/// With `r = x / (2 + x)`, `ln(1 + x) = 2 artanh r` and `x - 2r = xr`. Used for the exponents of densities at large
/// counts: Loader's saddle point.
///
/// # Reference
/// Loader, "Fast and accurate computation of binomial probabilities" (2000); DLMF 4.6.
pub(super) fn x_minus_log1p(x: f64) -> f64 {
    if !(-0.4..0.7).contains(&x) {
        return x - x.ln_1p();
    }
    let ratio = x / (2.0 + x);
    let square = ratio * ratio;
    // artanh(r)/r³ - 1/r² = 1/3 + r²/5 + …, |r| ≤ 1/3.8
    let series = polynomial(
        square,
        &[
            1.0 / 3.0,
            1.0 / 5.0,
            1.0 / 7.0,
            1.0 / 9.0,
            1.0 / 11.0,
            1.0 / 13.0,
            1.0 / 15.0,
            1.0 / 17.0,
            1.0 / 19.0,
            1.0 / 21.0,
            1.0 / 23.0,
            1.0 / 25.0,
        ],
    );
    ratio * (x - 2.0 * square * series)
}

#[cfg(test)]
mod tests {
    use super::softmax;

    fn of(values: &[f64]) -> Vec<f64> {
        let mut shares = values.to_vec();
        softmax(&mut shares);
        shares
    }

    #[test]
    fn softmax_is_the_share_of_each_exponential() {
        // Numbers of elements about those that are done together; the largest stands anywhere.
        for size in (1..=20).chain([100, 1001]) {
            let values: Vec<f64> = (0..size).map(|k| 900.0 + 20.0 * f64::from(k * 7 % 13).sin()).collect();
            let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let powers: Vec<f64> = values.iter().map(|x| (x - largest).exp()).collect();
            let total: f64 = powers.iter().sum();
            for (share, power) in of(&values).iter().zip(&powers) {
                // Two roundings of exponentials, and those of a sum.
                let expected = power / total;
                assert!((share - expected).abs() <= 1e-14 * expected, "{size}: {share}, not {expected}");
            }
        }
        assert_eq!(of(&[f64::NEG_INFINITY, -1e300, -1e300]), [0.0, 0.5, 0.5]);
        assert!(of(&[]).is_empty());
    }

    #[test]
    fn without_a_largest_finite_element_there_are_no_shares() {
        for wrong in [f64::NAN, f64::INFINITY] {
            for size in [1, 8, 9, 30] {
                for place in 0..size {
                    let mut values = vec![0.5; size];
                    values[place] = wrong;
                    let shares = of(&values);
                    assert!(shares.iter().all(|share| share.is_nan()), "{wrong} at {place} of {size}: {shares:?}");
                }
            }
        }
        assert!(of(&[f64::NEG_INFINITY; 9]).iter().all(|share| share.is_nan()));
    }
}
