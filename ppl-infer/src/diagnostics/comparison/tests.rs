//! Comparisons against numbers computed by hand, and their errors and warnings.

use ndarray::Array3;

use super::{Comparison, ComparisonError, ComparisonWarning, compare};
use crate::diagnostics::{Loo, loo};
use crate::{Error, Result};

/// A model with these contributions, of which all are reliable.
fn model(pointwise: &[f64]) -> Loo {
    let table = Array3::from_shape_fn((2, 100, pointwise.len()), |(_, _, observation)| pointwise[observation]);
    let own = loo(table.view(), 1.0);
    // The table does not depend on the draw.
    assert!(own.pointwise.iter().zip(pointwise).all(|(own, value)| (own - value).abs() < 1e-12 * value.abs().max(1.0)));
    Loo { pointwise: pointwise.to_vec(), elpd: pointwise.iter().sum(), effective_parameters: 1.5, ..own }
}

/// Contributions of n observations by their index.
fn each(n: usize, value: impl Fn(f64) -> f64) -> Loo {
    model(&(0..n).map(|observation| value(observation as f64)).collect::<Vec<_>>())
}

fn error_of(outcome: Result<Comparison>) -> ComparisonError {
    match outcome.unwrap_err() {
        Error::Comparison(error) => error,
        error => panic!("{error}"),
    }
}

#[test]
fn differences_by_hand() {
    let (best, other) = (model(&[-1.0, -2.0, -1.0, -4.0]), model(&[-2.0, -1.5, -3.0, -6.5]));
    let comparison = compare([("other", &other), ("best", &best)]).unwrap();
    let [first, second] = comparison.rows() else { panic!("{comparison}") };
    assert_eq!((first.name.as_str(), first.rank, first.elpd, first.elpd_diff, first.dse), ("best", 0, -8.0, 0.0, 0.0));
    assert!(first.p_worse.is_nan());
    assert_eq!((second.name.as_str(), second.rank, second.elpd, second.elpd_diff), ("other", 1, -13.0, -5.0));
    // −1, 0.5, −2, −2.5: deviations from −1.25 are 0.25, 1.75, −0.75, −1.25, with the sum of squares 5.25.
    assert!((second.dse - 5.25_f64.sqrt()).abs() < 1e-14);
    // Φ(5 / √5.25) = Φ(2.18217890…).
    assert!((second.p_worse - 0.985_451).abs() < 1e-6, "{}", second.p_worse);
    assert_eq!((second.effective_parameters, second.unreliable), (1.5, 0));
    assert_eq!((second.se, comparison.observations()), (other.se, 4));
    // (e⁻¹ + e^0.5 + e⁻² + e⁻²·⁵) / 4 < 1: a mixture gains nothing.
    assert_eq!((first.weight, second.weight), (1.0, 0.0));
    let error = comparison.row("othr").unwrap_err().to_string();
    assert!(error.contains("no model `othr`") || error.contains("did you mean `other`"), "{error}");
}

#[test]
fn the_best_comes_first_and_equal_ones_in_their_order() {
    let at = |level: f64| each(5, |_| level);
    let models = [("c", &at(-3.0)), ("a", &at(-1.0)), ("twin", &at(-1.0)), ("b", &at(-2.0))];
    let comparison = compare(models).unwrap();
    let order: Vec<(&str, usize)> = comparison.rows().iter().map(|row| (row.name.as_str(), row.rank)).collect();
    assert_eq!(order, [("a", 0), ("twin", 1), ("b", 2), ("c", 3)]);
    let weights: Vec<f64> = comparison.rows().iter().map(|row| row.weight).collect();
    assert!((weights[0] - 0.5).abs() < 1e-9 && (weights[1] - 0.5).abs() < 1e-9, "{weights:?}");
    assert_eq!(weights[2..], [0.0, 0.0]);
    let twin = comparison.row("twin").unwrap();
    assert!(twin.elpd_diff == 0.0 && twin.dse == 0.0 && twin.p_worse.is_nan());
    // The same difference at every observation has no error.
    let row = comparison.row("b").unwrap();
    assert_eq!((row.elpd_diff, row.dse, row.p_worse), (-5.0, 0.0, 1.0));
}

#[test]
fn what_cannot_be_compared_is_named() {
    let (nine, seven) = (each(9, |_| -1.0), each(7, |_| -1.0));
    let models = [("a", &seven), ("b", &nine), ("c", &nine)];
    assert_eq!(
        error_of(compare(models)).to_string(),
        "model comparison: the model `a` has 7 observations, expected 9 as `b` has\nhelp: models are compared by how well \
         they predict the same observations"
    );
    // Of two, the first is taken to be right, whichever predicts better.
    let error = error_of(compare([("x", &nine), ("y", &seven)]));
    assert!(matches!(error, ComparisonError::Observations { model, got: 7, expected: 9, .. } if model == "y"));
    let error = error_of(compare([("y", &seven), ("x", &nine)]));
    assert!(matches!(error, ComparisonError::Observations { model, got: 9, expected: 7, .. } if model == "x"));

    let error = error_of(compare([("a", &nine), ("b", &nine), ("a", &nine)]));
    assert_eq!(error.to_string(), "model comparison: two models have the name `a`");
    let error = error_of(compare(Vec::<(&str, &Loo)>::new()));
    assert_eq!(error.to_string(), "model comparison: there is no model");
    assert_eq!(error_of(compare([("a", &each(0, |_| 0.0))])), ComparisonError::NoObservations);

    let mut broken = each(9, |_| -1.0);
    (broken.pointwise[4], broken.elpd) = (f64::NAN, f64::NAN);
    let error = error_of(compare([("a", &nine), ("broken", &broken)])).to_string();
    let want =
        "model comparison: the model `broken` has no finite elpd: the contribution of observation 4 is NaN\nhelp: ";
    assert!(error.starts_with(want), "{error}");
}

#[test]
fn warnings_tell_what_the_differences_mean() {
    let wave = |observation: f64| 0.3 * (observation * 1.7).sin();
    let best = each(150, |_| -1.0);
    let close = each(150, |observation| -1.02 + wave(observation));
    // 6 below the best, by two observations alone: with a standard error of √18.
    let uncertain = each(150, |observation| if observation < 2.0 { -4.0 } else { -1.0 });
    let worse = each(150, |observation| -2.0 + wave(observation));
    let comparison =
        compare([("worse", &worse), ("close", &close), ("uncertain", &uncertain), ("best", &best)]).unwrap();
    let small = ComparisonWarning::SmallDifferences { models: vec!["close".to_owned()] };
    let two_errors = ComparisonWarning::UncertainDifferences { models: vec!["uncertain".to_owned()] };
    assert_eq!(comparison.warnings(), [small, two_errors]);
    assert!(compare([("best", &best), ("worse", &worse)]).unwrap().to_string().ends_with("\n\nno warnings"));

    // Few observations, and one that the model finds surprising.
    let few = each(20, |_| -1.0);
    let mut surprised = each(20, |_| -2.0);
    (surprised.pareto_k[3], surprised.pareto_k[7]) = (0.9, f64::NAN);
    let comparison = compare([("few", &few), ("surprised", &surprised)]).unwrap();
    assert_eq!(comparison.row("surprised").unwrap().unreliable, 2);
    let [ComparisonWarning::UnreliableElpd { model, count: 2, observations: 20, threshold }, few_observations] =
        comparison.warnings()
    else {
        panic!("{comparison}")
    };
    assert_eq!((model.as_str(), *threshold), ("surprised", surprised.pareto_k_threshold));
    assert_eq!(*few_observations, ComparisonWarning::FewObservations { observations: 20 });
    // Of one model there are no differences to doubt.
    assert_eq!(compare([("few", &few)]).unwrap().warnings(), []);
}

#[test]
fn the_table_and_its_html() {
    let best = each(120, |observation| -1.0 - 0.01 * observation);
    let other = each(120, |observation| -1.2 + 0.3 * (observation * 1.7).sin() - 0.01 * observation);
    let mut surprised = each(120, |observation| -3.0 - 0.02 * observation);
    surprised.pareto_k[3] = 0.9;
    let comparison = compare([("<no> pooling", &surprised), ("partial pooling", &other), ("pooled", &best)]).unwrap();
    expect_test::expect![[r#"
        3 models of 120 observations, compared by leave-one-out cross-validation; weights by stacking

                         rank  elpd_diff  dse  p_worse    p    elpd   se  weight
        pooled              0        0    0             1.5  -191.4  3.8    1.00
        partial pooling     1      -23.8  2.3     1.00  1.5  -215.2  4.5    0.00
        <no> pooling        2     -311.4  3.8     1.00  1.5  -502.8  7.6    0.00

        warning: `<no> pooling`: Pareto k̂ is above 0.57 at 1 of 120 observations: its elpd is unreliable, and often
                 too high. `plot_khat` shows which; a fit without such an observation tells its contribution"#]]
    .assert_eq(&comparison.to_string());
    let html = comparison.html();
    assert!(
        html.contains("<th style=\"text-align:left\">&lt;no&gt; pooling</th>") && html.contains("<th>elpd_diff</th>")
    );
    assert_eq!((html.matches("<tr>").count(), html.matches("</tr>").count()), (4, 4));
    assert!(
        html.contains("<pre>warning: `&lt;no&gt; pooling`: Pareto k̂ is above 0.57 at 1 of 120 observations"),
        "{html}"
    );
}
