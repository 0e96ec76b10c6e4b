//! What is left where large parts cancel, against numbers by mpmath 1.3.0 with 60 digits.

use crate::special::{digamma_difference, expm1x, log1p_square, stirling_correction_derivative};

/// The Stirling correction and its first three derivatives.
const STIRLING: [(f64, [f64; 4]); 8] = [
    (1e-3, [2.542_270_467_967_094_7, -493.667_816_652_828_15, 499_001.642_533_195_85, -999_000_002.397_632_2]),
    (0.7, [0.113_263_702_114_740_25, -0.149_062_895_473_487_97, 0.385_069_564_857_876, -1.478_724_652_616_579]),
    (
        3.0,
        [0.027_677_925_684_998_34, -0.009_161_286_902_975_886, 0.006_045_177_959_337_547, -0.005_965_658_171_040_423],
    ),
    (9.5, [8.768_700_134_139_386e-3, -9.223_432_561_771_964e-4, 1.939_643_693_760_407e-4, -6.116_261_773_995_424e-5]),
    (
        10.5,
        [7.934_114_564_314_02e-3, -7.551_752_467_436_927e-4, 1.437_134_287_412_456_7e-4, -4.101_186_460_319_433_5e-5],
    ),
    (
        40.0,
        [2.083_289_938_302_421_8e-3, -5.208_007_909_317_694e-5, 2.603_841_291_028_157e-6, -1.952_718_352_985_877_6e-7],
    ),
    (
        1e6,
        [8.333_333_333_333_056e-8, -8.333_333_333_332_5e-14, 1.666_666_666_666_333_3e-19, -4.999_999_999_998_334e-25],
    ),
    (1e12, [8.333_333_333_333_334e-14, -8.333_333_333_333_334e-26, 1.666_666_666_666_666_6e-37, -5e-49]),
];

#[track_caller]
fn check(what: &str, got: f64, want: f64, absolute: f64) {
    assert!((got - want).abs() <= 1e-13 * want.abs() + absolute, "{what}: {got:e}, not {want:e}");
}

#[test]
fn the_stirling_correction_and_its_derivatives() {
    for (x, wanted) in STIRLING {
        for (order, want) in wanted.into_iter().enumerate() {
            // Below 10, and 14 of the third derivative, parts of the size of 20 cancel, of the derivatives parts of the
            // size of 3.
            let absolute = if x > 14.0 || (x > 10.0 && order < 2) { 0.0 } else { [1e-14, 2e-15, 2e-15, 2e-15][order] };
            check(
                &format!("δ, order {order}, at {x}"),
                stirling_correction_derivative(order as u32, x),
                want,
                absolute,
            );
        }
    }
}

#[test]
fn differences_of_digamma() {
    for (a, b, want) in [
        (1e12, 0.5, 5.000_000_000_001_25e-13),
        (1e12, 1e-12, 1.000_000_000_000_5e-24),
        (0.3, 1e-9, 1.224_536_450_847_146_5e-8),
        (5.0, 7.5, 0.979_077_982_843_111_5),
        (1e-12, 1e12, 1_000_000_000_028.208_3),
        (9.9, 1e-14, 1.062_830_416_287_405_3e-15),
    ] {
        check(&format!("ψ({a} + {b}) - ψ({a})"), digamma_difference(a, b), want, 0.0);
    }
}

#[test]
fn exponentials_without_their_tangent() {
    for (x, want) in [
        (1e-200, 0.0),
        (1e-10, 5.000_000_000_166_667e-21),
        (-1e-5, 4.999_983_333_375_001e-11),
        (0.3, 0.049_858_807_576_003_1),
        (-0.499, 0.106_137_493_738_789_64),
        (0.5, 0.148_721_270_700_128_14),
        (-0.7, 0.196_585_303_791_409_48),
        (3.0, 16.085_536_923_187_668),
        (-50.0, 49.0),
        (600.0, 3.773_020_300_929_939_7e260),
        (f64::INFINITY, f64::INFINITY),
    ] {
        assert!(expm1x(x) == want || (expm1x(x) / want - 1.0).abs() < 1e-14, "{x}: {:e}, not {want:e}", expm1x(x));
    }
}

#[test]
fn logarithms_of_squares_do_not_overflow() {
    for (x, want) in [(1e-170, 0.0), (1e-9, 1e-18), (3.0, 10_f64.ln()), (-1e300, 600.0 * 10_f64.ln())] {
        check(&format!("ln(1 + {x}²)"), log1p_square(x), want, 0.0);
    }
    // The two forms meet.
    check("at the seam", log1p_square(1e100 * (1.0 + 1e-15)), log1p_square(1e100), 0.0);
}
