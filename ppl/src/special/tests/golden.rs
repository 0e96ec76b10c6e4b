//! Every function of `tests/golden/special.json` against its values.

use std::fmt::Write as _;

use serde_json::Value;

use crate::special::*;

/// Functions of the table that this module does not have, with the reason.
const NOT_COVERED: &[(&str, &str)] = &[];

/// The relative error that each function may have at its worst argument in the table, in units of 2⁻⁵²: about twice what was
/// measured. Those that are not listed are within [`ROUNDING`].
const TOLERANCES: &[(&str, f64)] = &[
    // By reflection, which subtracts two logarithms between the poles on the negative axis.
    ("lgamma", 18.0),
    // By reflection too, whose cotangent is 0 at −½ to a rounding of π only.
    ("digamma", 50.0),
    ("ndtr", 4.0),
    // Above 0 it is −Φ(−x), whose exponent −x²/2 is rounded: at 20 by 200 of the units.
    ("log_ndtr", 140.0),
    ("log_cosh", 4.0),
    ("log_binomial", 8.0),
    // Its factor xᵃ e⁻ˣ / Γ(a) is the exponential of a sum of some hundred.
    ("gammainc", 260.0),
    ("gammaincc", 42.0),
    // The shape's root magnifies the rounding of the logarithm of the probability.
    ("gammaincinv", 28.0),
    // Its factor xᵃ (1 − x)ᵇ / B(a, b) is the exponential of a sum of some hundred.
    ("betainc", 190.0),
    ("betaincinv", 10.0),
    ("i0e", 5.0),
    ("i1e", 4.0),
    // An integral, whose largest term at the argument 1e-10 is the exponential of 23.
    ("k1e", 38.0),
    // Its factor (x/2)^ν / Γ(ν + 1) is the exponential of a sum of some hundred.
    ("ive", 240.0),
    ("kve", 15.0),
    // A continued fraction of some twenty steps.
    ("expint_e1", 12.0),
    ("owens_t", 4.0),
];

/// One or two roundings.
const ROUNDING: f64 = 2.5;

/// The relative error that a function may have.
fn tolerance(name: &str) -> f64 {
    TOLERANCES.iter().find(|(listed, _)| *listed == name).map_or(ROUNDING, |(_, units)| *units) * f64::EPSILON
}

/// The function that the table calls `name`.
fn function(name: &str) -> Option<fn(&[f64]) -> f64> {
    Some(match name {
        "lgamma" => |x| lgamma(x[0]),
        "digamma" => |x| digamma(x[0]),
        "trigamma" => |x| trigamma(x[0]),
        "multigammaln" => |x| multivariate_lgamma(x[0], x[1] as usize),
        "erf" => |x| erf(x[0]),
        "erfc" => |x| erfc(x[0]),
        "erfcx" => |x| erfcx(x[0]),
        "erfinv" => |x| erfinv(x[0]),
        "ndtr" => |x| ndtr(x[0]),
        "log_ndtr" => |x| log_ndtr(x[0]),
        "ndtri" => |x| ndtri(x[0]),
        "log1p" => |x| x[0].ln_1p(),
        "expm1" => |x| x[0].exp_m1(),
        "log1mexp" => |x| log1mexp(x[0]),
        "softplus" => |x| softplus(x[0]),
        "softplus_inverse" => |x| softplus_inverse(x[0]),
        "logit" => |x| logit(x[0]),
        "expit" => |x| sigmoid(x[0]),
        "log_expit" => |x| log_sigmoid(x[0]),
        "log_cosh" => |x| log_cosh(x[0]),
        "logaddexp" => |x| logaddexp(x[0], x[1]),
        "xlogy" => |x| xlogy(x[0], x[1]),
        "xlog1py" => |x| xlog1py(x[0], x[1]),
        "betaln" => |x| lbeta(x[0], x[1]),
        "log_binomial" => |x| log_binomial_coefficient(x[0], x[1]),
        "gammainc" => |x| gamma_p(x[0], x[1]),
        "gammaincc" => |x| gamma_q(x[0], x[1]),
        "gammaincinv" => |x| gamma_p_inverse(x[0], x[1]),
        "gammainccinv" => |x| gamma_q_inverse(x[0], x[1]),
        "betainc" => |x| beta_i(x[0], x[1], x[2]),
        "betaincinv" => |x| beta_i_inverse(x[0], x[1], x[2]),
        "i0e" => |x| bessel_i0e(x[0]),
        "i1e" => |x| bessel_i1e(x[0]),
        "k0e" => |x| bessel_kve(0.0, x[0]),
        "k1e" => |x| bessel_kve(1.0, x[0]),
        "ive" => |x| bessel_ive(x[0], x[1]),
        "kve" => |x| bessel_kve(x[0], x[1]),
        "expint_e1" => |x| exponential_integral_e1(x[0]),
        "lambertw" => |x| lambert_w0(x[0]),
        "owens_t" => |x| owens_t(x[0], x[1]),
        "zeta" => |x| zeta(x[0]),
        "zeta_hurwitz" => |x| hurwitz_zeta(x[0], x[1]),
        _ => return None,
    })
}

/// A number of the table, which writes infinities as strings.
fn number(value: &Value) -> f64 {
    value.as_f64().or_else(|| value.as_str()?.parse().ok()).unwrap()
}

fn relative_error(got: f64, want: f64) -> f64 {
    if got == want { 0.0 } else { ((got - want) / want).abs() }
}

#[test]
#[allow(clippy::print_stderr, reason = "the accuracy of each function is the point of the table")]
fn every_function_meets_the_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/special.json");
    let table: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut report = String::new();
    let mut failures = String::new();
    for entry in table["functions"].as_array().unwrap() {
        let name = entry["function"].as_str().unwrap();
        let Some(function) = function(name) else {
            let listed = NOT_COVERED.iter().any(|(missing, _)| *missing == name);
            if !listed {
                writeln!(failures, "{name}: neither mapped nor listed as not covered").unwrap();
            }
            continue;
        };
        let mut worst = (0.0, Vec::new());
        let values = entry["value"].as_array().unwrap();
        for (i, (args, want)) in entry["args"].as_array().unwrap().iter().zip(values).enumerate() {
            if want.is_null() {
                continue;
            }
            let args: Vec<f64> = args.as_array().unwrap().iter().map(number).collect();
            let (got, want) = (function(&args), number(want));
            let error = relative_error(got, want);
            if error.is_nan() || error > tolerance(name) {
                writeln!(failures, "{name}{args:?} [{i}]: got {got:e}, want {want:e}, relative error {error:.1e}")
                    .unwrap();
            }
            if error.is_nan() || error > worst.0 {
                worst = (error, args);
            }
        }
        let (got, allowed) = (worst.0 / f64::EPSILON, tolerance(name) / f64::EPSILON);
        writeln!(report, "{name:17} {got:6.1} of {allowed:6.1} at {:?}", worst.1).unwrap();
    }
    eprintln!("worst relative error of each function, in units of 2⁻⁵²:\n{report}");
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn tolerances_are_those_of_functions_of_the_table() {
    for (name, units) in TOLERANCES {
        assert!(function(name).is_some(), "{name} is no function of the table");
        assert!(*units > ROUNDING, "{name} is as good as those that are not listed");
    }
}

#[test]
fn not_covered_lists_only_what_is_missing() {
    for (name, reason) in NOT_COVERED {
        assert!(function(name).is_none(), "{name} is mapped");
        assert!(!reason.is_empty(), "{name} has no reason");
    }
}

/// Against the table, to 1e-13 relative. The derivative of t is a difference of terms that are about df times as large:
/// 3e-13, and 1e-15 df more.
#[test]
fn quantiles_move_with_the_shapes_as_the_table_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/quantile_derivatives.json");
    let table: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let rows = |name: &str| -> Vec<Vec<f64>> {
        let rows = table[name].as_array().unwrap();
        rows.iter().map(|row| row.as_array().unwrap().iter().map(number).collect()).collect()
    };
    let mut failures = String::new();
    let mut check = |name: &str, arguments: &[f64], got: &[f64], want: &[f64], tolerance: f64| {
        for (&got, &want) in got.iter().zip(want) {
            let error = relative_error(got, want);
            if error.is_nan() || error > tolerance {
                writeln!(failures, "{name} {arguments:?}: {got:e}, want {want:e}, relative error {error:.1e}").unwrap();
            }
        }
    };
    for row in rows("gamma") {
        check("gamma", &row[..2], &[gamma_quantile_by_shape(row[0], row[1])], &row[2..], 1e-13);
    }
    for row in rows("beta") {
        check("beta", &row[..3], &beta_quantile_by_shapes(row[0], row[1], row[2]), &row[3..], 1e-13);
    }
    for row in rows("student_t") {
        let got = student_t_quantile_by_df(row[1], row[0]);
        check("student_t", &row[..2], &[got], &row[2..], 3e-13 + 1e-15 * row[0]);
    }
    assert!(failures.is_empty(), "\n{failures}");
}
