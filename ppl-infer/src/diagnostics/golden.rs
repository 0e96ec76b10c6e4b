//! Every field of `tests/golden/diagnostics.json`, to 1e-8 relative and 1e-12 absolute.

use ndarray::{Array1, Array2, Array3, ArrayView1};
use serde_json::{Map, Value};

use super::*;

fn table() -> Value {
    let text =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/diagnostics.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// A list of the table; an object in it must have no fields but those that its test knows.
fn cases(table: &Value, list: &str) -> Vec<Map<String, Value>> {
    table[list].as_array().unwrap().iter().map(|case| case.as_object().unwrap().clone()).collect()
}

/// `null` is NaN: the table's mark for "undefined".
fn number(value: &Value) -> f64 {
    if value.is_null() { f64::NAN } else { value.as_f64().unwrap() }
}

fn vector(value: &Value) -> Array1<f64> {
    value.as_array().unwrap().iter().map(number).collect()
}

fn matrix(value: &Value) -> Array2<f64> {
    let rows: Vec<_> = value.as_array().unwrap().iter().map(vector).collect();
    let views: Vec<_> = rows.iter().map(|row| row.view()).collect();
    ndarray::stack(ndarray::Axis(0), &views).unwrap()
}

fn cube(value: &Value) -> Array3<f64> {
    let slabs: Vec<_> = value.as_array().unwrap().iter().map(matrix).collect();
    let views: Vec<_> = slabs.iter().map(|slab| slab.view()).collect();
    ndarray::stack(ndarray::Axis(0), &views).unwrap()
}

#[track_caller]
fn check(case: &str, field: &str, got: f64, want: f64) {
    let close = (got - want).abs() <= 1e-8 * want.abs() + 1e-12;
    assert!(close || (got.is_nan() && want.is_nan()), "{case}: {field} is {got}, want {want}");
}

#[track_caller]
fn check_all<'a>(case: &str, field: &str, got: impl IntoIterator<Item = &'a f64>, want: &Value) {
    let got: Vec<f64> = got.into_iter().copied().collect();
    let want = vector(want);
    assert_eq!(got.len(), want.len(), "{case}: {field}");
    for (got, want) in got.iter().zip(&want) {
        check(case, field, *got, *want);
    }
}

#[test]
fn lists_are_all_tested() {
    let lists: Vec<_> = table().as_object().unwrap().keys().cloned().collect();
    assert_eq!(lists, ["format", "loo", "psis", "sets"]);
}

#[test]
fn chains() {
    let mut checked = 0;
    for case in cases(&table(), "sets") {
        let name = case["name"].as_str().unwrap();
        let draws = matrix(&case["chains"]);
        let view = draws.view();
        let pooled: Vec<f64> = draws.iter().copied().collect();
        for (field, want) in &case {
            let got = match field.as_str() {
                // The last three are NumPyro's own definitions, which differ by design.
                "name" | "chains" | "oracle" | "numpyro_gelman_rubin" | "numpyro_ess" | "numpyro_hpdi_90" => continue,
                "rhat_rank" => rhat(view),
                // NumPyro's is there for the single chain, too, for which ArviZ has no value.
                "rhat_split" | "numpyro_split_gelman_rubin" => split_rhat(view),
                "ess_bulk" => ess_bulk(view),
                "ess_tail" => ess_tail(view),
                "ess_mean" => ess_mean(view),
                "ess_sd" => ess_sd(view),
                "mcse_mean" => mcse_mean(view),
                "mcse_sd" => mcse_sd(view),
                "mean" => mean(draws.as_slice().unwrap()),
                "sd" => sd(draws.as_slice().unwrap()),
                "mcse_quantile" => {
                    check_all(
                        name,
                        field,
                        &[0.05, 0.5, 0.95].map(|probability| mcse_quantile(view, probability)),
                        want,
                    );
                    continue;
                }
                "hdi_94" => {
                    let (lower, upper) = hdi(&pooled, 0.94);
                    check_all(name, field, &[lower, upper], want);
                    continue;
                }
                "ebfmi" => {
                    check_all(name, field, &bfmi(view), want);
                    continue;
                }
                _ => panic!("{name}: no test reads `{field}`"),
            };
            check(name, field, got, number(want));
            checked += 1;
        }
    }
    assert_eq!(checked, 195);
}

#[test]
fn importance_weights() {
    let cases = cases(&table(), "psis");
    assert_eq!(cases.len(), 8);
    for case in cases {
        let name = case["name"].as_str().unwrap();
        let log_weights = vector(&case["log_weights"]).to_vec();
        let smoothed = pareto_smooth(&log_weights, number(&case["reff"]));
        for (field, want) in &case {
            match field.as_str() {
                "name" | "oracle" | "reff" | "log_weights" => {}
                "pareto_k" => check(name, field, smoothed.pareto_k, number(want)),
                "smoothed_log_weights" => check_all(name, field, &smoothed.log_weights, want),
                _ => panic!("{name}: no test reads `{field}`"),
            }
        }
    }
}

#[test]
fn predictive_densities() {
    let cases = cases(&table(), "loo");
    assert_eq!(cases.len(), 2);
    for case in cases {
        let name = case["name"].as_str().unwrap();
        let log_likelihood = cube(&case["log_likelihood"]);
        let parameter = matrix(&case["posterior_mu"]);
        for (field, expected) in &case {
            match field.as_str() {
                "name" | "log_likelihood" | "posterior_mu" => {}
                "loo_reff1" => check_loo(name, expected, log_likelihood.view(), 1.0),
                "loo_reff_auto" => {
                    let efficiency = ess_mean(parameter.view()) / parameter.len() as f64;
                    check_loo(name, expected, log_likelihood.view(), efficiency);
                }
                "waic" => check_waic(name, expected, log_likelihood.view()),
                _ => panic!("{name}: no test reads `{field}`"),
            }
        }
    }
}

fn check_loo(name: &str, expected: &Value, log_likelihood: ndarray::ArrayView3<'_, f64>, efficiency: f64) {
    let got = loo(log_likelihood, efficiency);
    for (field, want) in expected.as_object().unwrap() {
        match field.as_str() {
            "oracle" => {}
            "elpd_loo" => check(name, field, got.elpd, number(want)),
            "se" => check(name, field, got.se, number(want)),
            "p_loo" => check(name, field, got.effective_parameters, number(want)),
            "loo_i" => check_all(name, field, &got.pointwise, want),
            "pareto_k" => check_all(name, field, &got.pareto_k, want),
            "reff" => check(name, field, efficiency, number(want)),
            _ => panic!("{name}: no test reads `{field}`"),
        }
    }
}

fn check_waic(name: &str, expected: &Value, log_likelihood: ndarray::ArrayView3<'_, f64>) {
    let got = waic(log_likelihood);
    for (field, want) in expected.as_object().unwrap() {
        match field.as_str() {
            "oracle" => {}
            "elpd_waic" => check(name, field, got.elpd, number(want)),
            "se" => check(name, field, got.se, number(want)),
            "p_waic" => check(name, field, got.effective_parameters, number(want)),
            "waic_i" => check_all(name, field, &got.pointwise, want),
            _ => panic!("{name}: no test reads `{field}`"),
        }
    }
}

/// The other functions agree with the table's arrays where they can be compared with them.
#[test]
fn ess_of_a_quantile_is_the_tail_ess() {
    for case in cases(&table(), "sets") {
        let draws = matrix(&case["chains"]);
        let tails = [0.05, 0.95].map(|probability| ess_quantile(draws.view(), probability));
        check(case["name"].as_str().unwrap(), "ess_tail", tails[0].min(tails[1]), number(&case["ess_tail"]));
        let first: ArrayView1<'_, f64> = draws.row(0);
        assert_eq!(autocovariance(&first.to_vec()).len(), first.len());
    }
}
