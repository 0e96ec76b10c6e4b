//! NUTS and HMC against posteriors in closed form.
//!
//! A mean passes within 4 Monte Carlo standard errors, a standard deviation and a covariance within 4 of their own, all
//! from the effective sample size. Some 100 statistics with 2 · Φ(−4) = 6.3e-5 each: a false alarm in 1 of 160 choices
//! of the seeds. Seeds are fixed.

#![allow(clippy::print_stdout, reason = "the figures show with `--nocapture`")]

use ppl::prelude::*;
use ppl_infer::{Hmc, Metric, Nuts, Posterior};

/// Both samplers, with settings under which HMC's trajectories are about as long as NUTS's.
fn posteriors<M: Model + Sync>(model: &M, metric: Metric) -> [(&'static str, Posterior); 2] {
    let nuts = Nuts::new().chains(4).warmup(500).draws(1500).seed(11).metric(metric).progress(false);
    let hmc = Hmc::new().chains(4).warmup(500).draws(1500).seed(12).metric(metric).progress(false);
    // A quarter of a normal target's period, jittered: successive draws are nearly independent.
    let hmc = hmc.trajectory_length(1.6).step_size_jitter(0.3);
    [("NUTS", nuts.run(model).expect("NUTS runs")), ("HMC", hmc.run(model).expect("HMC runs"))]
}

/// Compares the row `label` of the summary with an exact mean and variance.
#[track_caller]
fn assert_moments(sampler: &str, posterior: &Posterior, label: &str, mean: f64, variance: f64) {
    assert!(posterior.failed_chains().is_empty(), "{sampler}: {:?}", posterior.failed_chains());
    let summary = posterior.summary();
    let row = summary.row(label).expect("the model has the site");
    let z_mean = (row.mean - mean) / row.mcse_mean;
    let z_sd = (row.sd - variance.sqrt()) / row.mcse_sd;
    let report = format!(
        "{sampler} {label}: mean {:.5} ({mean:.5}) z {z_mean:.2}, sd {:.5} ({:.5}) z {z_sd:.2}, ess {:.0}, R-hat {:.4}",
        row.mean,
        row.sd,
        variance.sqrt(),
        row.ess_bulk,
        row.r_hat
    );
    println!("{report}");
    assert!(z_mean.abs() < 4.0 && z_sd.abs() < 4.0 && row.r_hat < 1.01 && row.ess_bulk > 400.0, "{report}");
}

/// Compares the means and the covariance matrix of scalar components with exact ones.
#[track_caller]
fn assert_joint(sampler: &str, posterior: &Posterior, labels: &[String], mean: &[f64], covariance: &[Vec<f64>]) {
    for (place, label) in labels.iter().enumerate() {
        assert_moments(sampler, posterior, label, mean[place], covariance[place][place]);
    }
    let draws: Vec<Vec<f64>> = labels.iter().map(|label| component(posterior, label)).collect();
    let summary = posterior.summary();
    let ess = |place: usize| summary.row(&labels[place]).expect("the model has the site").ess_bulk;
    for row in 0..labels.len() {
        for column in 0..row {
            let unit = (covariance[row][row] * covariance[column][column]).sqrt();
            let correlation = covariance[row][column] / unit;
            let products = draws[row].iter().zip(&draws[column]).map(|(a, b)| (a - mean[row]) * (b - mean[column]));
            let error = products.sum::<f64>() / draws[row].len() as f64 / unit - correlation;
            // The variance of a product of two normal variables of variance 1 is 1 + ρ².
            let z = error / ((1.0 + correlation * correlation) / ess(row).min(ess(column))).sqrt();
            assert!(z.abs() < 4.0, "{sampler} covariance of {} and {}: z {z:.2}", labels[row], labels[column]);
        }
    }
}

/// The draws of `site` or `site[index]`.
fn component(posterior: &Posterior, label: &str) -> Vec<f64> {
    posterior.component(label).expect("the model has the site").iter().collect()
}

fn labels(site: &str, size: usize) -> Vec<String> {
    (0..size).map(|index| format!("{site}[{index}]")).collect()
}

/// The inverse of a positive definite matrix, by Gauss and Jordan.
fn inverse(matrix: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let size = matrix.len();
    let unit = |row: usize| (0..size).map(move |column| f64::from(u8::from(row == column)));
    let mut rows: Vec<Vec<f64>> =
        matrix.iter().enumerate().map(|(row, entries)| entries.iter().copied().chain(unit(row)).collect()).collect();
    for pivot in 0..size {
        let scale = rows[pivot][pivot];
        rows[pivot].iter_mut().for_each(|entry| *entry /= scale);
        let pivot_row = rows[pivot].clone();
        for (_, row) in rows.iter_mut().enumerate().filter(|(place, _)| *place != pivot) {
            let factor = row[pivot];
            row.iter_mut().zip(&pivot_row).for_each(|(entry, above)| *entry -= factor * above);
        }
    }
    rows.into_iter().map(|row| row[size..].to_vec()).collect()
}

fn product(matrix: &[Vec<f64>], vector: &[f64]) -> Vec<f64> {
    matrix.iter().map(|row| row.iter().zip(vector).map(|(a, b)| a * b).sum()).collect()
}

#[test]
fn beta_bernoulli() {
    #[model]
    fn coin(y: &Tensor) {
        let p = sample!("p", Beta::new(2.0, 3.0));
        plate!("toss", y.size(), {
            observe!("y", Bernoulli::new(p), y);
        });
    }
    let y = [1.0, 1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0, 0.0, 1.0];
    let (a, b) = (2.0 + 7.0, 3.0 + 3.0);
    for (sampler, posterior) in posteriors(&coin(&y.into()), Metric::Diagonal) {
        assert_moments(sampler, &posterior, "p", a / (a + b), a * b / ((a + b) * (a + b) * (a + b + 1.0)));
    }
}

#[test]
fn gamma_poisson() {
    #[model]
    fn counts(y: &Tensor) {
        let rate = sample!("rate", Gamma::new(2.0, 0.5));
        plate!("n", y.size(), {
            observe!("y", Poisson::new(rate), y);
        });
    }
    let y = [3.0, 1.0, 4.0, 1.0, 5.0];
    let (shape, rate) = (2.0 + 14.0, 0.5 + 5.0);
    for (sampler, posterior) in posteriors(&counts(&y.into()), Metric::Diagonal) {
        assert_moments(sampler, &posterior, "rate", shape / rate, shape / (rate * rate));
    }
}

#[test]
fn a_count_of_1e15() {
    // The log rate moves by 1e-7, of which the likelihood's standard deviation is 1e-7.5: it is normal to as many digits.
    #[model]
    fn photons(count: f64) {
        let x = sample!("x", Normal::new(0.0, 1.0));
        observe!("count", Poisson::from_log_rate(count.ln() + 1e-7 * x), count);
    }
    for (sampler, posterior) in posteriors(&photons(1e15), Metric::Diagonal) {
        assert_moments(sampler, &posterior, "x", 0.0, 1.0 / (1.0 + 10.0));
    }
}

#[test]
fn normal_mean_with_known_variance() {
    #[model]
    fn mean(y: &Tensor) {
        let mu = sample!("mu", Normal::new(-1.0, 2.0));
        plate!("n", y.size(), {
            observe!("y", Normal::new(mu, 1.5), y);
        });
    }
    let y = [2.1, 0.3, 1.7, 3.2];
    let precision = 1.0 / 4.0 + 4.0 / 2.25;
    let expected = (-1.0 / 4.0 + y.iter().sum::<f64>() / 2.25) / precision;
    for (sampler, posterior) in posteriors(&mean(&y.into()), Metric::Diagonal) {
        assert_moments(sampler, &posterior, "mu", expected, 1.0 / precision);
    }
}

#[test]
fn normal_inverse_gamma() {
    #[model]
    fn unknown_variance(y: &Tensor) {
        let variance = sample!("variance", InverseGamma::new(5.0, 6.0));
        let mu = sample!("mu", Normal::new(1.0, (&variance / 0.5).sqrt()));
        plate!("n", y.size(), {
            observe!("y", Normal::new(mu, variance.sqrt()), y);
        });
    }
    let y = [2.1, 0.3, 1.7, 3.2, -0.4, 2.6];
    let n = y.len() as f64;
    let average = y.iter().sum::<f64>() / n;
    let squares: f64 = y.iter().map(|y| (y - average).powi(2)).sum();
    let (kappa, shape) = (0.5 + n, 5.0 + n / 2.0);
    let mean = (0.5 * 1.0 + n * average) / kappa;
    let scale = 6.0 + 0.5 * squares + 0.5 * 0.5 * n / kappa * (average - 1.0).powi(2);
    let variance = scale / (shape - 1.0);
    for (sampler, posterior) in posteriors(&unknown_variance(&y.into()), Metric::Diagonal) {
        assert_moments(sampler, &posterior, "variance", variance, variance * variance / (shape - 2.0));
        assert_moments(sampler, &posterior, "mu", mean, variance / kappa);
    }
}

#[test]
fn dirichlet_categorical() {
    /// Two groups, each with shares of three kinds.
    #[model]
    fn kinds(first: &Tensor, second: &Tensor) {
        let a = sample!("a", Dirichlet::new([1.0, 2.0, 0.5]));
        let b = sample!("b", Dirichlet::new([1.0, 1.0, 1.0]));
        plate!("n", first.size(), {
            observe!("first", Categorical::new(a), first);
            observe!("second", Categorical::new(b), second);
        });
    }
    let (first, second) = ([0.0, 1.0, 1.0, 2.0, 1.0, 0.0, 1.0], [2.0, 2.0, 2.0, 0.0, 2.0, 2.0, 2.0]);
    let posterior_of = |prior: [f64; 3], data: &[f64]| -> [f64; 3] {
        std::array::from_fn(|kind| prior[kind] + data.iter().filter(|&&y| y == kind as f64).count() as f64)
    };
    let sites = [("a", posterior_of([1.0, 2.0, 0.5], &first)), ("b", posterior_of([1.0; 3], &second))];
    for (sampler, posterior) in posteriors(&kinds(&first.into(), &second.into()), Metric::Diagonal) {
        for (site, concentration) in sites {
            let total: f64 = concentration.iter().sum();
            for (kind, alpha) in concentration.into_iter().enumerate() {
                let mean = alpha / total;
                let variance = mean * (1.0 - mean) / (total + 1.0);
                assert_moments(sampler, &posterior, &format!("{site}[{kind}]"), mean, variance);
            }
        }
    }
}

#[test]
fn linear_regression() {
    #[model]
    fn regression(x: &Tensor, y: &Tensor) {
        let beta = sample!("beta", Normal::new([1.0, 0.0, -1.0], [3.0, 2.0, 1.0]));
        plate!("n", y.size(), {
            observe!("y", Normal::new(x.matmul(beta), 0.5), y);
        });
    }
    // An uncentred regressor and two that go together: strong correlations.
    let x: Vec<Vec<f64>> =
        (0..12).map(|i| f64::from(i) / 4.0).map(|t| vec![1.0, 2.0 + t, 1.0 + t + 0.3 * (7.0 * t).sin()]).collect();
    let y: Vec<f64> = (0..12).map(|i| 0.5 + 0.1 * f64::from(i) + 0.4 * f64::from(i * i % 5)).collect();
    let (mean, sd) = ([1.0, 0.0, -1.0], [3.0, 2.0, 1.0]);
    let precision: Vec<Vec<f64>> = (0..3)
        .map(|row| {
            (0..3)
                .map(|column| {
                    let prior = if row == column { 1.0 / (sd[row] * sd[row]) } else { 0.0 };
                    prior + x.iter().map(|x| x[row] * x[column]).sum::<f64>() / 0.25
                })
                .collect()
        })
        .collect();
    let linear: Vec<f64> = (0..3)
        .map(|row| mean[row] / (sd[row] * sd[row]) + x.iter().zip(&y).map(|(x, y)| x[row] * y).sum::<f64>() / 0.25)
        .collect();
    let covariance = inverse(&precision);
    let design = Tensor::stack(&x.iter().map(Tensor::from).collect::<Vec<_>>(), 0);
    for (sampler, posterior) in posteriors(&regression(&design, &Tensor::from(y)), Metric::Dense) {
        assert_joint(sampler, &posterior, &labels("beta", 3), &product(&covariance, &linear), &covariance);
    }
}

#[test]
fn hierarchical_normal() {
    #[model]
    fn hierarchy(y: &Tensor, sigma: &Tensor) {
        let mu = sample!("mu", Normal::new(0.0, 3.0));
        plate!("group", 4, {
            let theta = sample!("theta", Normal::new(mu, 1.2));
            observe!("y", Normal::new(theta, sigma), y);
        });
    }
    let (y, sigma) = ([1.0, 3.5, -0.5, 2.0], [0.5, 1.0, 2.0, 1.5]);
    // The precision matrix of (mu, theta).
    let between = 1.0 / (1.2 * 1.2);
    let mut precision = vec![vec![0.0; 5]; 5];
    let mut linear = vec![0.0; 5];
    precision[0][0] = 1.0 / 9.0 + 4.0 * between;
    for group in 0..4 {
        let within = 1.0 / (sigma[group] * sigma[group]);
        precision[0][group + 1] = -between;
        precision[group + 1][0] = -between;
        precision[group + 1][group + 1] = between + within;
        linear[group + 1] = y[group] * within;
    }
    let covariance = inverse(&precision);
    let names: Vec<String> = std::iter::once("mu".to_owned()).chain(labels("theta", 4)).collect();
    for (sampler, posterior) in posteriors(&hierarchy(&y.into(), &sigma.into()), Metric::Diagonal) {
        assert_joint(sampler, &posterior, &names, &product(&covariance, &linear), &covariance);
    }
}
