//! exp, ln and their kin eˣ − 1, ln(1 + x), ln(1 + x²) and eˣ − 1 − x without branches, so that the compiler computes
//! several at once.
//!
//! Each but the last, which has a relative error of at most 4e-15, is within 2 units in the last place of `std`'s, as the
//! tests assert, on its whole domain, subnormal numbers included; infinities, NaN and what is outside of the domain give
//! what `std` gives.
//! The polynomials are the functions' Taylor series, as far as they count at double precision on the reduced argument.

use std::f64::consts::{LOG2_E, SQRT_2};

use pulp::Simd;

/// `a · b + c`, rounded once where the processor can.
#[inline(always)]
pub(super) fn multiply_add<S: Simd>(a: f64, b: f64, c: f64) -> f64 {
    // Without such an instruction it would be computed by many.
    if S::IS_SCALAR { a * b + c } else { a.mul_add(b, c) }
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

/// 2/3, 2/5 … 2/25, of ln((1 + s) / (1 − s)) = 2s + 2s³/3 + …: for |s| ≤ 3 − 2√2 what follows is below 2⁻⁶⁰.
const LN_SERIES: [f64; 12] = {
    let mut series = [0.0; 12];
    let mut k = 0;
    while k < 12 {
        series[k] = 2.0 / (2 * k + 3) as f64;
        k += 1;
    }
    series
};

/// c₀ + c₁ x + … + c₁₁ x¹¹, in pairs, pairs of pairs and so on: what does not depend on each other is computed at the
/// same time (Estrin's scheme).
#[inline(always)]
fn polynomial<S: Simd>(c: &[f64; 12], x: f64) -> f64 {
    let square = x * x;
    let fourth = square * square;
    let pair = |k: usize| multiply_add::<S>(c[k + 1], x, c[k]);
    let low = multiply_add::<S>(pair(2), square, pair(0));
    let middle = multiply_add::<S>(pair(6), square, pair(4));
    let high = multiply_add::<S>(pair(10), square, pair(8));
    multiply_add::<S>(multiply_add::<S>(high, fourth, middle), fourth, low)
}

/// 2ⁿ for an integer that was found by adding `TO_INTEGER` to it.
#[inline(always)]
fn power_of_two(shifted: f64) -> f64 {
    f64::from_bits(shifted.to_bits().wrapping_add(EXPONENT_BIAS) << MANTISSA_BITS)
}

/// eˣ = 2ⁿ eʳ with r = x − n ln 2.
#[inline(always)]
pub(crate) fn exp<S: Simd>(x: f64) -> f64 {
    // Beyond these bounds it is ∞ and 0; NaN is on neither side of them.
    let x = if x > 710.0 { 710.0 } else { x };
    let x = if x < -746.0 { -746.0 } else { x };
    let n = multiply_add::<S>(x, LOG2_E, TO_INTEGER) - TO_INTEGER;
    let r = multiply_add::<S>(n, -LN_2_HIGH, x);
    let r = multiply_add::<S>(n, -LN_2_LOW, r);
    let by_series = 1.0 + multiply_add::<S>(r * r, polynomial::<S>(&EXP_SERIES, r), r);
    // In two steps, as 2ⁿ alone may be too large or too small for a normal number.
    let half = multiply_add::<S>(n, 0.5, TO_INTEGER);
    let rest = n - (half - TO_INTEGER) + TO_INTEGER;
    by_series * power_of_two(half) * power_of_two(rest)
}

/// A positive number's bits, as 2ᵏ (1 + f) with √½ ≤ 1 + f < √2: k, as what it is with the bias, and 1 + f.
#[inline(always)]
fn split(bits: u64) -> (u64, f64) {
    let offset = (0.5 * SQRT_2).to_bits().wrapping_sub(EXPONENT_BIAS << MANTISSA_BITS);
    let biased = bits.wrapping_sub(offset) >> MANTISSA_BITS;
    (biased, f64::from_bits(bits.wrapping_sub(biased.wrapping_sub(EXPONENT_BIAS) << MANTISSA_BITS)))
}

/// An exponent as a number.
#[inline(always)]
fn unbiased(biased: u64) -> f64 {
    /// Its bits are those of an integer below 2⁵² put into its last bits.
    const TWO_52: f64 = (1_u64 << 52) as f64;

    f64::from_bits(biased | TWO_52.to_bits()) - (TWO_52 + EXPONENT_BIAS as f64)
}

/// k ln 2 + ln(1 + f).
///
/// ln(1 + f) = 2 artanh(s) with s = f / (2 + f), written as f − (f²/2 − s (f²/2 + R)) so that what is rounded is small
/// against f (Tang 1990, "Table-driven implementation of the logarithm function").
#[inline(always)]
fn ln_of_parts<S: Simd>(k: f64, f: f64) -> f64 {
    let s = f / (2.0 + f);
    let z = s * s;
    let series = z * polynomial::<S>(&LN_SERIES, z);
    let half_square = 0.5 * f * f;
    let low = multiply_add::<S>(s, half_square + series, k * LN_2_LOW);
    multiply_add::<S>(k, LN_2_HIGH, f - (half_square - low))
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
pub(super) fn ln<S: Simd>(x: f64) -> f64 {
    const TWO_54: f64 = (1_u64 << 54) as f64;

    let is_subnormal = x < f64::MIN_POSITIVE;
    let (biased, mantissa) = split((if is_subnormal { x * TWO_54 } else { x }).to_bits());
    let k = unbiased(biased);
    let k = if is_subnormal { k - 54.0 } else { k };
    logarithm_at(x, ln_of_parts::<S>(k, mantissa - 1.0))
}

/// ln(1 + x), where 1 + x = 2ᵏ (1 + f) and f is found from x without a loss.
#[inline(always)]
pub(super) fn ln_1p<S: Simd>(x: f64) -> f64 {
    /// From here on 1 + x is x.
    const TWO_53: f64 = (1_u64 << 53) as f64;

    let sum = 1.0 + x;
    let (biased, mantissa) = split(sum.to_bits());
    let power = f64::from_bits(biased << MANTISSA_BITS);
    let inverse = f64::from_bits((2 * EXPONENT_BIAS).wrapping_sub(biased) << MANTISSA_BITS);
    let f = (x - (power - 1.0)) * inverse;
    let f = if x < TWO_53 { f } else { mantissa - 1.0 };
    logarithm_at(sum, ln_of_parts::<S>(unbiased(biased), f))
}

/// eˣ − 1: 2ⁿ (eʳ − 1) + (2ⁿ − 1) where that has more digits than eˣ − 1 itself.
#[inline(always)]
pub(super) fn exp_m1<S: Simd>(x: f64) -> f64 {
    let (n, power, r) = near_zero::<S>(x);
    let by_series = multiply_add::<S>(r * r, polynomial::<S>(&EXP_SERIES, r), r);
    let small = multiply_add::<S>(power, by_series, power - 1.0);
    // The sign of zero is kept.
    let small = if n == 0.0 { by_series } else { small };
    if x.abs() < 1.0 { small } else { exp::<S>(x) - 1.0 }
}

/// eˣ − 1 − x, likewise.
#[inline(always)]
pub(super) fn expm1x<S: Simd>(x: f64) -> f64 {
    let (n, power, r) = near_zero::<S>(x);
    let rest = r * r * polynomial::<S>(&EXP_SERIES, r);
    let small = multiply_add::<S>(power, r + rest, power - 1.0) - x;
    let small = if n == 0.0 { rest } else { small };
    let large = exp::<S>(x) - 1.0 - x;
    // ∞ − ∞.
    let large = if x == f64::INFINITY { x } else { large };
    if x.abs() < 1.0 { small } else { large }
}

/// n, 2ⁿ and r of x = n ln 2 + r, for |x| < 1.
#[inline(always)]
fn near_zero<S: Simd>(x: f64) -> (f64, f64, f64) {
    let x = if x.abs() < 1.0 { x } else { 0.0 };
    let shifted = multiply_add::<S>(x, LOG2_E, TO_INTEGER);
    let n = shifted - TO_INTEGER;
    let r = multiply_add::<S>(n, -LN_2_HIGH, x);
    (n, power_of_two(shifted), multiply_add::<S>(n, -LN_2_LOW, r))
}

/// ln(1 + x²), which is 2 ln |x| where the square would overflow.
#[inline(always)]
pub(super) fn log1p_square<S: Simd>(x: f64) -> f64 {
    let is_large = x.abs() > 1e100;
    let logarithm = ln_1p::<S>(if is_large { x.abs() } else { x * x });
    if is_large { 2.0 * logarithm } else { logarithm }
}

/// The derivative 2x / (1 + x²) of ln(1 + x²), which is 2 / x where the square would overflow.
#[inline(always)]
pub(super) fn log1p_square_slope(x: f64) -> f64 {
    let is_large = x.abs() > 1e100;
    (if is_large { 2.0 } else { 2.0 * x }) / (if is_large { x } else { 1.0 + x * x })
}

#[cfg(test)]
mod tests {
    use pulp::{Arch, Scalar, WithSimd};

    use super::*;
    use crate::special;

    /// A function by the instructions of the machine at hand.
    macro_rules! on_this_machine {
        ($name:ident, $function:ident) => {
            struct $name(f64);

            impl WithSimd for $name {
                type Output = f64;

                #[inline(always)]
                fn with_simd<S: Simd>(self, _: S) -> f64 {
                    $function::<S>(self.0)
                }
            }
        };
    }

    on_this_machine!(Exp, exp);
    on_this_machine!(Ln, ln);
    on_this_machine!(Ln1p, ln_1p);
    on_this_machine!(Expm1, exp_m1);
    on_this_machine!(Expm1x, expm1x);
    on_this_machine!(Log1pSquare, log1p_square);

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

    const LARGEST: u64 = 2;

    /// The largest distance from `std` over a range, and at special numbers.
    #[track_caller]
    fn check(name: &str, functions: [Function; 2], std: Function, points: impl Iterator<Item = f64> + Clone) {
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

    /// The functions as programs compute them, by the machine's vector instructions.
    #[test]
    fn vectors_are_those_of_std() {
        use crate::Tensor;
        use crate::program::{PARTICLES, RecordedBatch, record_batch_with_data};

        type Tensors = fn(&Tensor) -> Tensor;
        let functions: [(&str, Tensors, Function); 3] =
            [("exp", Tensor::exp, f64::exp), ("ln", Tensor::ln, f64::ln), ("ln_1p", Tensor::log1p, f64::ln_1p)];
        let points: Vec<f64> = between(-746.0, 711.0).chain(between(-1.0, 1.0)).chain(between(0.25, 4.0)).collect();
        let points: Vec<f64> = points.into_iter().chain(all_sizes()).chain(all_sizes().map(|x| -x)).collect();
        for (name, function, std) in functions {
            let recorded = record_batch_with_data(&[Tensor::from(0.5)], |x| Ok(vec![function(&x[0])]));
            let Ok(RecordedBatch::Static(mut program)) = recorded else { panic!("{name}: {recorded:?}") };
            for numbers in points.chunks_exact(PARTICLES) {
                program.set_data(0, numbers);
                program.run(0);
                for (&x, &got) in numbers.iter().zip(program.output(0)) {
                    let expected = std(x);
                    assert!(ulps(got, expected) <= LARGEST, "{name}({x:e}) = {got:e}, by std {expected:e}");
                }
            }
        }
    }

    #[test]
    fn exp_is_that_of_std() {
        let functions = [exp::<Scalar>, |x| Arch::new().dispatch(Exp(x))];
        let points = between(-746.0, 711.0).chain(between(-1.0, 1.0)).chain(all_sizes()).chain(all_sizes().map(|x| -x));
        check("exp", functions, f64::exp, points);
    }

    #[test]
    fn ln_is_that_of_std() {
        check("ln", [ln::<Scalar>, |x| Arch::new().dispatch(Ln(x))], f64::ln, between(0.25, 4.0).chain(all_sizes()));
    }

    #[test]
    fn ln_1p_is_that_of_std() {
        let points = between(-1.0, 3.0).chain(all_sizes()).chain(all_sizes().map(|x| -x).filter(|&x| x > -1.0));
        check("ln_1p", [ln_1p::<Scalar>, |x| Arch::new().dispatch(Ln1p(x))], f64::ln_1p, points);
    }

    #[test]
    fn exp_m1_is_that_of_std() {
        let points = between(-746.0, 711.0).chain(between(-1.5, 1.5)).chain(all_sizes()).chain(all_sizes().map(|x| -x));
        check("exp_m1", [exp_m1::<Scalar>, |x| Arch::new().dispatch(Expm1(x))], f64::exp_m1, points);
    }

    #[test]
    fn expm1x_is_that_of_the_special_function() {
        // Where the parts cancel, to x²/2 at 0.35 and there to seven bits less than they have.
        let relative = |x: f64, got: f64| (got / special::expm1x(x) - 1.0).abs();
        let points = between(-740.0, 700.0).chain(between(-1.5, 1.5)).chain((1..150).map(|k| 10_f64.powi(-k)));
        for function in [expm1x::<Scalar>, |x| Arch::new().dispatch(Expm1x(x))] {
            for x in points.clone().filter(|&x| x != 0.0) {
                assert!(relative(x, function(x)) < 4e-15, "expm1x({x:e}) = {:e}", function(x));
            }
            for (x, want) in [(0.0, 0.0), (f64::INFINITY, f64::INFINITY), (f64::NEG_INFINITY, f64::INFINITY)] {
                assert_eq!(function(x), want);
            }
            assert!(function(f64::NAN).is_nan());
        }
    }

    #[test]
    fn log1p_square_is_that_of_the_special_function() {
        let points = between(-5.0, 5.0).chain(all_sizes()).chain(all_sizes().map(|x| -x));
        let functions = [log1p_square::<Scalar>, |x| Arch::new().dispatch(Log1pSquare(x))];
        check("log1p_square", functions, special::log1p_square, points);
    }
}
