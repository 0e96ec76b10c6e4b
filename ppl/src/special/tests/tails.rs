//! Tails of distributions and their derivatives by the parameters, against `tests/golden/tails.json`.

use std::fmt::Write as _;

use serde_json::Value;

use crate::special::{Tail, beta_tail, gamma_tail, noncentral_gamma, student_t_tail, truncated_normal_tail};

fn tail(family: &str, x: &[f64]) -> (Tail<2>, usize) {
    let alone = |tail: Tail<1>| (Tail { is_lower: tail.is_lower, log: tail.log, by: [tail.by[0], 0.0] }, 1);
    match family {
        "gamma" => alone(gamma_tail(x[0], x[1])),
        "beta" => (beta_tail(x[0], x[1], x[2], 1.0 - x[2]), 2),
        "student_t" => alone(student_t_tail(x[0], x[1])),
        "noncentral_gamma" => (noncentral_gamma(x[0], x[1], x[2]).tail, 2),
        "truncated_normal" => (truncated_normal_tail(x[0], x[1], x[2]), 2),
        other => panic!("the table has a family `{other}` that no test knows"),
    }
}

#[test]
#[allow(clippy::print_stderr, reason = "the accuracy of each function is the point of the table")]
fn tails_and_their_derivatives_meet_the_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/tails.json");
    let table: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let (mut failures, mut rows) = (String::new(), 0);
    for (family, entries) in table.as_object().unwrap() {
        let mut worst = (0.0, String::new());
        for entry in entries.as_array().unwrap() {
            rows += 1;
            let number = |value: &Value| value.as_f64().unwrap();
            let args: Vec<f64> = entry["args"].as_array().unwrap().iter().map(number).collect();
            let logs = ["log_lower", "log_upper"].map(|name| number(&entry[name]));
            let (tail, parameters) = tail(family, &args);
            let mut compare = |what: &str, got: f64, want: f64, tolerance: f64, absolute: f64| {
                let error = (got - want).abs();
                let relative = error / want.abs();
                let is_close = error <= tolerance * want.abs() + absolute;
                if !is_close {
                    writeln!(failures, "{family}{args:?}: {what} is {got:e}, want {want:e}, relative {relative:.1e}")
                        .unwrap();
                }
                if error > absolute && relative > worst.0 {
                    worst = (relative, format!("{what} at {args:?}"));
                }
            };
            for (side, lower) in [true, false].into_iter().enumerate() {
                let name = ["lower", "upper"][side];
                let is_small = logs[side] < -std::f64::consts::LN_2;
                // The logarithm of a probability of nearly 1 is as accurate as the other tail.
                compare(&format!("log {name}"), tail.log_of(lower), logs[side], 1e-10, 1e-14);
                for parameter in 0..parameters {
                    let want = number(&entry["by"][parameter][side]);
                    let got = tail.log_of_by(lower, parameter);
                    let tolerance = if is_small { 1e-10 } else { 1e-9 };
                    // About the median the derivatives of the t distribution by its degrees of freedom cancel.
                    let scale = if family == "student_t" { 1e-16 } else { 1e-300 };
                    compare(&format!("d log {name} / d parameter {parameter}"), got, want, tolerance, scale);
                }
            }
        }
        eprintln!("worst relative error of {family}: {:.1e} in {}", worst.0, worst.1);
    }
    assert!(rows > 150, "{rows} rows");
    assert!(failures.is_empty(), "{failures}");
}
