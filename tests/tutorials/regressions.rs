//! Regression by HMC, and generalised linear models.

use approx::assert_relative_eq;
use ppl::special::{digamma, trigamma};

use super::generalised_linear_models as glm;
use super::*;

/// Mean and standard deviation of the draws of a quantity against the exact ones, by five Monte Carlo standard errors.
#[track_caller]
pub(super) fn assert_moments(posterior: &Posterior, label: &str, (mean, sd): (f64, f64)) {
    let summary = posterior.summary();
    let row = summary.row(label).expect("the posterior has the quantity");
    assert!(
        (row.mean - mean).abs() < 5.0 * row.mcse_mean,
        "{label}: mean {} ± {}, want {mean}",
        row.mean,
        row.mcse_mean
    );
    assert!((row.sd - sd).abs() < 5.0 * row.mcse_sd, "{label}: sd {} ± {}, want {sd}", row.sd, row.mcse_sd);
    assert!(row.r_hat < 1.03, "{label}: R-hat {}", row.r_hat);
}

/// The mean and the variance of a function of a parameter on a grid, given logarithms of weights.
pub(super) fn moments(log_weights: &[f64], values: &[f64], variances: &[f64]) -> (f64, f64) {
    let largest = log_weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = log_weights.iter().map(|log| (log - largest).exp()).collect();
    let total: f64 = weights.iter().sum();
    let expectation =
        |of: &dyn Fn(usize) -> f64| weights.iter().enumerate().map(|(at, weight)| weight * of(at)).sum::<f64>() / total;
    let mean = expectation(&|at| values[at]);
    (mean, expectation(&|at| variances[at] + (values[at] - mean).powi(2)))
}

/// The normal posterior of the coefficients at a noise: the mean, the covariance, and the log of the likelihood's integral.
fn given_noise(x: &Tensor, y: &Tensor, noise: f64) -> (Tensor, Tensor, f64) {
    let precision = Tensor::eye(3) + x.transpose().matmul(x) / noise.powi(2);
    let b = x.transpose().matmul(y) / noise.powi(2);
    let (mean, covariance) = (precision.solve(&b), precision.inverse());
    let square = (y.square().sum() / noise.powi(2) - b.matmul(&mean)).item();
    let log_evidence = -0.5 * square - y.len() as f64 * noise.ln() - 0.5 * precision.log_determinant().item();
    (mean, covariance, log_evidence)
}

#[test]
fn regression_by_hmc() {
    let (x, y) = regression_by_hmc::data().unwrap();
    assert_eq!(x.shape().dims(), [50, 3]);
    let (mean, covariance, _) = given_noise(&x, &y, regression_by_hmc::NOISE);
    let model = regression_by_hmc::regression(&x, &y);

    // Of 1000 trajectories, which succeed with a rate of some 0.8 and are correlated a little.
    let fixed = regression_by_hmc::fixed_step().progress(false).run(&model).unwrap();
    let (rate, steps) = regression_by_hmc::acceptance(&fixed).unwrap();
    assert!((0.6..0.95).contains(&rate), "{rate}");
    assert_relative_eq!(steps[0], 0.1, max_relative = 1e-12);
    assert_eq!(fixed.num_chains(), 1);

    // The acceptance of the adapted step size, which varies, is found up to some 0.05.
    let adapted = regression_by_hmc::adapted_step().progress(false).run(&model).unwrap();
    let (rate, _) = regression_by_hmc::acceptance(&adapted).unwrap();
    assert!((rate - 0.65).abs() < 0.12, "{rate}");

    let chains = regression_by_hmc::eight_chains().progress(false).run(&model).unwrap();
    let (rate, steps) = regression_by_hmc::acceptance(&chains).unwrap();
    assert!((rate - 0.65).abs() < 0.12 && steps.len() == 8, "{rate}");
    for at in 0..3 {
        let exact = (mean.get(at).item(), covariance.get(at).get(at).item().sqrt());
        assert_moments(&chains, &format!("w[{at}]"), exact);
        assert!((fixed.component(&format!("w[{at}]")).unwrap().mean() - exact.0).abs() < 0.5 * exact.1);
    }
}

/// By quadrature over the noise, at which the coefficients are normal: 600 points of a smooth function.
#[test]
fn regression_with_unknown_noise() {
    let (x, y) = regression_by_hmc::data().unwrap();
    let grid: Vec<f64> = (0..600).map(|at| 0.3 + 0.002 * f64::from(at)).collect();
    let given: Vec<_> = grid.iter().map(|noise| given_noise(&x, &y, *noise)).collect();
    // The prior of the noise is half normal with scale 1.
    let log_weights: Vec<f64> = grid.iter().zip(&given).map(|(noise, given)| given.2 - 0.5 * noise * noise).collect();
    let model = regression_by_hmc::with_noise(&x, Some(&y));
    let posterior = regression_by_hmc::eight_chains().progress(false).run(&model).unwrap();
    let (mean, variance) = moments(&log_weights, &grid, &[0.0; 600]);
    assert_moments(&posterior, "noise", (mean, variance.sqrt()));
    for at in 0..3 {
        let means: Vec<f64> = given.iter().map(|given| given.0.get(at).item()).collect();
        let variances: Vec<f64> = given.iter().map(|given| given.1.get(at).get(at).item()).collect();
        let (mean, variance) = moments(&log_weights, &means, &variances);
        assert_moments(&posterior, &format!("w[{at}]"), (mean, variance.sqrt()));
    }
}

/// What R prints for the example of `help(glm)`, and the closed form: the margins of the table are fitted exactly.
#[test]
fn counts_of_a_trial() {
    let (x, y) = glm::trial();
    let fit = glm::fit_trial(&x, &y).unwrap();
    let printed = [(3.045, 0.1709), (-0.4543, 0.2022), (-0.2930, 0.1927), (0.0, 0.2), (0.0, 0.2)];
    let ratio = |a: f64, b: f64| ((a / b).ln(), (1.0 / a + 1.0 / b).sqrt());
    let exact = [(21_f64.ln(), fit.standard_errors[0]), ratio(40.0, 63.0), ratio(47.0, 63.0), (0.0, 0.2), (0.0, 0.2)];
    for at in 0..5 {
        // Half a unit of the last digit that R prints; rounding of a solution by Newton's method.
        assert!((fit.coefficients[at] - printed[at].0).abs() < 5.1e-4, "{:?}", fit.coefficients);
        assert!((fit.standard_errors[at] - printed[at].1).abs() < 5.1e-5, "{:?}", fit.standard_errors);
        assert_relative_eq!(fit.coefficients[at], exact[at].0, epsilon = 1e-9);
        assert_relative_eq!(fit.standard_errors[at], exact[at].1, epsilon = 1e-9);
    }
    assert!((fit.deviance - 5.1291).abs() < 5.1e-5, "{}", fit.deviance);
    let null = glm::fit_trial(&Tensor::ones([9, 1]), &y).unwrap();
    assert!((null.deviance - 10.5814).abs() < 5.1e-5, "{}", null.deviance);

    // Under flat priors the total of 150 is Gamma(150, 1), and the shares of outcomes (63, 40, 47) and of treatments (50, 50,
    // 50) are Dirichlet, all independent: the coefficients are logarithms of their ratios.
    let posterior = glm::nuts().progress(false).run(&glm::poisson_glm(&x, &y)).unwrap();
    let log_ratio = |a: f64, b: f64| (digamma(a) - digamma(b), (trigamma(a) + trigamma(b)).sqrt());
    let variance = trigamma(63.0) + trigamma(50.0) - trigamma(150.0);
    let intercept = (digamma(63.0) + digamma(50.0) - digamma(150.0), variance.sqrt());
    let ratios = [log_ratio(40.0, 63.0), log_ratio(47.0, 63.0), log_ratio(50.0, 50.0), log_ratio(50.0, 50.0)];
    for (at, exact) in std::iter::once(intercept).chain(ratios).enumerate() {
        assert_moments(&posterior, &format!("beta[{at}]"), exact);
    }
}

/// The fit that textbooks print of these data by R; the posterior by quadrature over both coefficients.
#[test]
fn damage_of_space_shuttles() {
    let (x, y) = (glm::with_intercept(&glm::TEMPERATURE), Tensor::from(glm::DAMAGED));
    let fit = glm::fit_shuttles(&x, &y).unwrap();
    for (at, (estimate, error)) in [(15.0429, 7.3786), (-0.2322, 0.1082)].into_iter().enumerate() {
        assert!((fit.coefficients[at] - estimate).abs() < 5.1e-5, "{:?}", fit.coefficients);
        assert!((fit.standard_errors[at] - error).abs() < 5.1e-5, "{:?}", fit.standard_errors);
    }
    let null = glm::fit_shuttles(&Tensor::ones([23, 1]), &y).unwrap();
    assert!((fit.deviance - 20.315).abs() < 5.1e-4 && (null.deviance - 28.267).abs() < 5.1e-4);

    // Over the slope and the log odds at 69 °F, which are nearly independent; far out, the weights are below 1e-9.
    let likelihood = |odds: f64, slope: f64| -> f64 {
        let of_launch = |(at, damaged): (&f64, &f64)| {
            let odds = odds + slope * (at - 69.0);
            damaged * odds - odds.exp().ln_1p()
        };
        glm::TEMPERATURE.iter().zip(&glm::DAMAGED).map(of_launch).sum()
    };
    let (mut log_weights, mut intercepts, mut slopes) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..200 {
        let slope = -1.5 + 0.008 * f64::from(row);
        for column in 0..160 {
            let odds = -6.0 + 0.06 * f64::from(column);
            log_weights.push(likelihood(odds, slope));
            intercepts.push(odds - 69.0 * slope);
            slopes.push(slope);
        }
    }
    let posterior = glm::nuts().progress(false).run(&glm::logistic_glm(&x, &y)).unwrap();
    for (label, values) in [("beta[0]", &intercepts), ("beta[1]", &slopes)] {
        let (mean, variance) = moments(&log_weights, values, &vec![0.0; values.len()]);
        assert_moments(&posterior, label, (mean, variance.sqrt()));
    }
}

/// Outcomes that a threshold separates have a likelihood without a maximum, which is an error that names the coefficients.
#[test]
fn separated_outcomes_have_no_maximum() {
    let x = glm::with_intercept(&[1.0, 2.0, 3.0, 4.0]);
    let error = glm::fit_shuttles(&x, &Tensor::from([0.0, 0.0, 1.0, 1.0])).unwrap_err().to_string();
    assert!(error.contains("beta"), "{error}");
}
