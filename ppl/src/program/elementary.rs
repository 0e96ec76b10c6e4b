//! exp, ln and ln(1 + x) without branches, so that the compiler computes several at once.
//!
//! Each is within 1.5 units in the last place of the exact value (the tests assert 2 from `std`'s, which rounds too) on
//! its whole domain, subnormal numbers included; infinities, NaN and what is outside of the domain give what `std` gives.
//! The polynomials are the functions' Taylor series, as far as they count at double precision on the reduced argument.

use std::f64::consts::{LOG2_E, SQRT_2};

/// How `a · b + c` is computed: rounded once where the processor can.
pub(super) trait Arithmetic: Copy {
    fn multiply_add(a: f64, b: f64, c: f64) -> f64;
}

/// For processors without fused multiplication and addition.
#[derive(Clone, Copy)]
pub(super) struct Plain;

impl Arithmetic for Plain {
    #[inline(always)]
    fn multiply_add(a: f64, b: f64, c: f64) -> f64 {
        a * b + c
    }
}

/// For those with; `WIDTH` (bits of a vector) keeps apart the code that is compiled for each.
#[derive(Clone, Copy)]
pub(super) struct Fused<const WIDTH: usize>;

impl<const WIDTH: usize> Arithmetic for Fused<WIDTH> {
    #[inline(always)]
    fn multiply_add(a: f64, b: f64, c: f64) -> f64 {
        a.mul_add(b, c)
    }
}

/// ln 2 in two parts, of which the first has 32 bits, so that its product with an exponent is exact.
const LN_2_HIGH: f64 = f64::from_bits(0x3FE6_2E42_FEE0_0000);
const LN_2_LOW: f64 = f64::from_bits(0x3DEA_39EF_3579_3C76);

/// Added to a number below 2⁵¹, it leaves the nearest integer in the last bits.
const TO_INTEGER: f64 = 1.5 * (1_u64 << 52) as f64;

const MANTISSA_BITS: u32 = 52;
const EXPONENT_BIAS: u64 = 1023;

/// 1/2!, 1/3! … 1/13!: for |r| ≤ ln 2 / 2 what follows is below 2⁻⁵⁷.
const EXP_SERIES: [f64; 12] = {
    let mut series = [0.0; 12];
    let (mut k, mut factorial) = (0, 1.0);
    while k < 12 {
        factorial *= (k + 2) as f64;
        series[k] = 1.0 / factorial;
        k += 1;
    }
    series
};

/// 2/3, 2/5 … 2/21, of ln((1 + s) / (1 − s)) = 2s + 2s³/3 + …: for |s| ≤ 3 − 2√2 what follows is below 2⁻⁵⁶.
const LN_SERIES: [f64; 10] = {
    let mut series = [0.0; 10];
    let mut k = 0;
    while k < 10 {
        series[k] = 2.0 / (2 * k + 3) as f64;
        k += 1;
    }
    series
};

#[inline(always)]
fn polynomial<A: Arithmetic, const N: usize>(coefficients: &[f64; N], x: f64) -> f64 {
    let mut sum = coefficients[N - 1];
    for k in (0..N - 1).rev() {
        sum = A::multiply_add(sum, x, coefficients[k]);
    }
    sum
}

/// 2ⁿ for an integer that was found by adding `TO_INTEGER` to it.
#[inline(always)]
fn power_of_two(shifted: f64) -> f64 {
    f64::from_bits(shifted.to_bits().wrapping_add(EXPONENT_BIAS) << MANTISSA_BITS)
}

/// eˣ = 2ⁿ eʳ with r = x − n ln 2.
#[inline(always)]
pub(super) fn exp<A: Arithmetic>(x: f64) -> f64 {
    // Beyond these bounds it is ∞ and 0; NaN is on neither side of them.
    let x = if x > 710.0 { 710.0 } else { x };
    let x = if x < -746.0 { -746.0 } else { x };
    let n = A::multiply_add(x, LOG2_E, TO_INTEGER) - TO_INTEGER;
    let r = A::multiply_add(n, -LN_2_HIGH, x);
    let r = A::multiply_add(n, -LN_2_LOW, r);
    let by_series = 1.0 + A::multiply_add(r * r, polynomial::<A, 12>(&EXP_SERIES, r), r);
    // In two steps, as 2ⁿ alone may be too large or too small for a normal number.
    let half = A::multiply_add(n, 0.5, TO_INTEGER);
    let rest = n - (half - TO_INTEGER) + TO_INTEGER;
    by_series * power_of_two(half) * power_of_two(rest)
}

/// ln x for `x` > 0 and finite, plus a small `correction`.
///
/// x = 2ᵏ (1 + f) with √½ ≤ 1 + f < √2, and ln(1 + f) = 2 artanh(s) with s = f / (2 + f), written as f − (f²/2 − s (f²/2 + R))
/// so that what is rounded is small against f (Tang 1990, "Table-driven implementation of the logarithm function").
#[inline(always)]
fn ln_of_positive<A: Arithmetic>(x: f64, correction: f64) -> f64 {
    const TWO_54: f64 = (1_u64 << 54) as f64;
    /// Its bits are those of an integer below 2⁵² put into its last bits.
    const TWO_52: f64 = (1_u64 << 52) as f64;

    let is_subnormal = x < f64::MIN_POSITIVE;
    let bits = (if is_subnormal { x * TWO_54 } else { x }).to_bits();
    let offset = (0.5 * SQRT_2).to_bits().wrapping_sub(EXPONENT_BIAS << MANTISSA_BITS);
    let biased = bits.wrapping_sub(offset) >> MANTISSA_BITS;
    let k = f64::from_bits(biased | TWO_52.to_bits()) - (TWO_52 + EXPONENT_BIAS as f64);
    let k = if is_subnormal { k - 54.0 } else { k };
    let f = f64::from_bits(bits.wrapping_sub(biased.wrapping_sub(EXPONENT_BIAS) << MANTISSA_BITS)) - 1.0;
    let s = f / (2.0 + f);
    let z = s * s;
    let series = z * polynomial::<A, 10>(&LN_SERIES, z);
    let half_square = 0.5 * f * f;
    let low = A::multiply_add(s, half_square + series, A::multiply_add(k, LN_2_LOW, correction));
    A::multiply_add(k, LN_2_HIGH, f - (half_square - low))
}

/// What the logarithm of `x` is where `x` is not positive and finite; `value` where it is.
#[inline(always)]
fn logarithm_at(x: f64, value: f64) -> f64 {
    let outside = if x == 0.0 { f64::NEG_INFINITY } else { f64::NAN };
    let outside = if x == f64::INFINITY { f64::INFINITY } else { outside };
    if (x > 0.0) & (x < f64::INFINITY) { value } else { outside }
}

/// The natural logarithm.
#[inline(always)]
pub(super) fn ln<A: Arithmetic>(x: f64) -> f64 {
    logarithm_at(x, ln_of_positive::<A>(x, 0.0))
}

/// ln(1 + x) = ln u + (x − (u − 1)) / u for the rounded sum u.
#[inline(always)]
pub(super) fn ln_1p<A: Arithmetic>(x: f64) -> f64 {
    let u = 1.0 + x;
    let lost = if x < 1.0 { x - (u - 1.0) } else { 1.0 - (u - x) };
    logarithm_at(u, ln_of_positive::<A>(u, lost / u))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Distance in numbers that can be represented.
    fn ulps(a: f64, b: f64) -> u64 {
        if a == b || (a.is_nan() && b.is_nan()) {
            return 0;
        }
        let ordered = |x: f64| {
            let bits = x.to_bits() as i64;
            if bits < 0 { i64::MIN - bits } else { bits }
        };
        if a.is_nan() || b.is_nan() { u64::MAX } else { ordered(a).abs_diff(ordered(b)) }
    }

    type Function = fn(f64) -> f64;

    /// The largest distance from `std` over a range, and at special numbers.
    #[track_caller]
    fn check(name: &str, functions: [Function; 2], std: Function, points: impl Iterator<Item = f64> + Clone) {
        const LARGEST: u64 = 2;

        let special = [
            0.0,
            -0.0,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NAN,
            f64::MIN_POSITIVE,
            -f64::MIN_POSITIVE,
            5e-324,
            -5e-324,
            1e-310,
            f64::MAX,
            f64::MIN,
            f64::EPSILON,
            -f64::EPSILON / 2.0,
            1.0,
            -1.0,
            1.0 + f64::EPSILON,
            1.0 - f64::EPSILON / 2.0,
            -1.0 + f64::EPSILON / 2.0,
            -2.0,
        ];
        for function in functions {
            for x in special.into_iter().chain(points.clone()) {
                let (got, expected) = (function(x), std(x));
                assert!(ulps(got, expected) <= LARGEST, "{name}({x:e}) = {got:e}, by std {expected:e}");
            }
        }
    }

    /// Numbers of every size: each exponent, with several mantissas.
    fn all_sizes() -> impl Iterator<Item = f64> + Clone {
        (0..2047_u64).flat_map(|exponent| {
            (0..200_u64).map(move |k| {
                let mantissa = k.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 12;
                f64::from_bits(exponent << 52 | mantissa)
            })
        })
    }

    fn between(low: f64, high: f64) -> impl Iterator<Item = f64> + Clone {
        const POINTS: usize = 200_000;
        (0..=POINTS).map(move |k| low + (high - low) * k as f64 / POINTS as f64)
    }

    #[test]
    fn exp_is_that_of_std() {
        let functions = [exp::<Plain>, exp::<Fused<256>>];
        let points = between(-746.0, 711.0).chain(between(-1.0, 1.0)).chain(all_sizes()).chain(all_sizes().map(|x| -x));
        check("exp", functions, f64::exp, points);
    }

    #[test]
    fn ln_is_that_of_std() {
        check("ln", [ln::<Plain>, ln::<Fused<256>>], f64::ln, between(0.25, 4.0).chain(all_sizes()));
    }

    #[test]
    fn ln_1p_is_that_of_std() {
        let points = between(-1.0, 3.0).chain(all_sizes()).chain(all_sizes().map(|x| -x).filter(|&x| x > -1.0));
        check("ln_1p", [ln_1p::<Plain>, ln_1p::<Fused<256>>], f64::ln_1p, points);
    }
}
