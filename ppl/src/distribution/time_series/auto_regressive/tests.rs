//! The autoregression against normal distributions of vectors.

use super::*;
use crate::distribution::conformance::{self, Family, Parameters, parameters};
use crate::distribution::{MultivariateNormal, Normal};
use crate::random::Key;

fn build(p: &Parameters) -> Result<AutoRegressive> {
    let series = AutoRegressive::new(p.get("coefficients"), p.get("scale"), 4)?;
    let series = if p.has("intercept") { series.with_intercept(p.get("intercept"))? } else { series };
    if p.has("initial_values") { series.with_initial_values(p.get("initial_values")) } else { series.stationary() }
}

fn family() -> Family<AutoRegressive> {
    Family::new("AutoRegressive", build)
        .without_far_cases("its innovations are normal, and a normal distribution is in the table")
        .without_golden_cases("it is compared with a normal distribution of vectors below")
        .nan_at(
            "coefficients",
            &["sample", "mean", "variance", "mode"],
            "a value beyond every finite number has the next ones of differences of such values",
        )
        .at(parameters! { coefficients: [0.7, -0.4], scale: 1.3, intercept: 0.5, initial_values: [0.2, -1.0] })
        .at(parameters! { coefficients: [0.6, -0.3], scale: 1.0, intercept: 0.3, initial_values: [0.3, -0.6] })
        .rejects(
            parameters! { coefficients: [0.5, f64::NAN], scale: 1.0, intercept: 0.0, initial_values: [0.0, 0.0] },
            "AutoRegressive: `coefficients` must be real, got NaN at [1]",
        )
        .rejects(
            parameters! { coefficients: [0.5, 0.1], scale: -1.0, intercept: 0.0, initial_values: [0.0, 0.0] },
            "AutoRegressive: `scale` must be positive, got -1",
        )
        .rejects(
            parameters! { coefficients: [0.5, 0.1], scale: 1.0, intercept: f64::INFINITY, initial_values: [0.0, 0.0] },
            "AutoRegressive: `intercept` must be finite and real, got inf",
        )
        .rejects(
            parameters! { coefficients: [0.5, 0.1], scale: 1.0, intercept: 0.0, initial_values: [f64::NAN, 0.0] },
            "AutoRegressive: `initial_values` must be real, got NaN at [0]",
        )
        .draws([
            -0.5613378120379012,
            0.11638883170913311,
            2.201466219595948,
            0.5481562409299311,
            -0.5499722177810278,
            -0.4447965042656673,
            -1.5222629647795494,
            1.9102460389105058,
            0.298318168973615,
            0.5968000755944887,
            -0.07845306039511668,
            0.08841167024953533,
        ])
}

conformance::distribution!(
    family() => multivariate, mode, moments, covariance, entropy, kl, reparameterized_by_common_numbers
);

mod stationary {
    use super::*;

    fn family() -> Family<AutoRegressive> {
        Family::new("AutoRegressive", build)
            .without_far_cases("its innovations are normal, and a normal distribution is in the table")
            .without_golden_cases("it is compared with a normal distribution of vectors below")
            .at(parameters! { coefficients: [0.7, -0.4], scale: 1.3, intercept: 0.5 })
            .at(parameters! { coefficients: [0.6, -0.3], scale: 1.0, intercept: 0.3 })
            .rejects(
                parameters! { coefficients: [0.5, 0.5], scale: 1.0, intercept: 0.0 },
                "AutoRegressive: `coefficients` must be those of a stationary autoregression, with partial autocorrelations between -1 and 1, got [0.5, 0.5], with partial autocorrelations [1, 0.5]",
            )
            .rejects(
                parameters! { coefficients: [0.5, 2.0], scale: 1.0, intercept: 0.0 },
                "AutoRegressive: `coefficients` must be those of a stationary autoregression, with partial autocorrelations between -1 and 1, got [0.5, 2], with partial autocorrelations [-0.5, 2]",
            )
            .rejects(
                parameters! { coefficients: [0.5, 0.1], scale: -1.0, intercept: 0.0 },
                "AutoRegressive: `scale` must be positive, got -1",
            )
            .rejects(
                parameters! { coefficients: [0.5, 0.1], scale: 1.0, intercept: f64::INFINITY },
                "AutoRegressive: `intercept` must be finite and real, got inf",
            )
            .draws([0.3598333880707996, 0.11079850731338214, 1.8290845124754422, 0.28972517570387735, 0.3741526908832524, -0.5030258575194255, -1.9326734755228923, 1.6462504226916692, 1.4428981208449594, 0.5199294133642187, -0.5900945047048436, -0.2389890758751656])
    }

    conformance::distribution!(
        family() => multivariate, mode, moments, covariance, entropy, kl, reparameterized_by_common_numbers
    );
}

/// The autocovariances of an autoregression of order 2 (Brockwell and Davis, example 3.3.4) at lags 0, …, 5.
fn autocovariances(phi: [f64; 2], scale: f64) -> Vec<f64> {
    let variance = scale * scale * (1.0 - phi[1]) / ((1.0 + phi[1]) * ((1.0 - phi[1]).powi(2) - phi[0].powi(2)));
    let mut all = vec![variance, variance * phi[0] / (1.0 - phi[1])];
    for lag in 2..6 {
        all.push(phi[0] * all[lag - 1] + phi[1] * all[lag - 2]);
    }
    all
}

#[test]
fn a_stationary_sequence_has_its_autocovariances() {
    let (phi, scale) = ([0.7, -0.4], 1.3);
    let series = AutoRegressive::new(phi, scale, 6).unwrap().with_intercept(0.5).unwrap().stationary().unwrap();
    let autocovariances = autocovariances(phi, scale);
    let rows: Vec<f64> = (0..36).map(|place: usize| autocovariances[(place / 6).abs_diff(place % 6)]).collect();
    let covariance = Tensor::new(rows, [6, 6]).unwrap();
    assert!((series.covariance() - &covariance).abs().max() < 1e-14);
    assert!((series.mean() - 0.5 / (1.0 - 0.3)).abs().max() < 1e-15);
    let dense = MultivariateNormal::new(series.mean(), covariance).unwrap();
    let x = series.sample(&mut Key::new(1).rng("x", 0), &Shape::from(3)).unwrap();
    assert!((series.log_prob(&x).unwrap() - dense.log_prob(&x).unwrap()).abs().max() < 1e-12);
    assert!((series.entropy() - dense.entropy()).abs().max() < 1e-13);
}

#[test]
fn a_sequence_may_be_shorter_than_the_order() {
    let series = AutoRegressive::new([0.3, 0.2, 0.1], 1.0, 2).unwrap().stationary().unwrap();
    let longer = AutoRegressive::new([0.3, 0.2, 0.1], 1.0, 5).unwrap().stationary().unwrap();
    assert!((series.covariance() - longer.covariance().slice(0, 0..2).slice(1, 0..2)).abs().max() < 1e-15);
    let conditional = AutoRegressive::new([0.3, 0.2, 0.1], 1.0, 2).unwrap().with_initial_values([1.0, 2.0, 3.0]);
    let mean = conditional.unwrap().mean().to_vec();
    assert!((mean[0] - 1.4).abs() < 1e-15 && (mean[1] - (0.42 + 0.6 + 0.2)).abs() < 1e-15);
}

#[test]
fn coefficients_of_an_explosive_sequence_are_those_of_a_conditional_one() {
    let series = AutoRegressive::new([2.0], 1.0, 3).unwrap().with_initial_values([1.0]).unwrap();
    assert_eq!(series.mean().to_vec(), [2.0, 4.0, 8.0]);
    let log_prob = series.log_prob(&Tensor::from([2.0, 4.0, 8.0])).unwrap();
    assert!((log_prob - 3.0 * Normal::new(0.0, 1.0).unwrap().log_prob(&0.0.into()).unwrap()).abs().max() < 1e-15);
}

#[test]
fn shapes_are_checked() {
    assert_eq!(
        AutoRegressive::new(0.5, 1.0, 3).unwrap_err().to_string(),
        "AutoRegressive: expected coefficients along the last axis, got shape []"
    );
    assert_eq!(
        AutoRegressive::new([0.5], 1.0, 3).unwrap().with_initial_values([0.0, 1.0]).unwrap_err().to_string(),
        "AutoRegressive: expected 1 initial values along the last axis, one for each coefficient, got shape [2]"
    );
}
