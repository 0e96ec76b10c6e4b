//! Models made of the distribution library, by NUTS against posteriors that are known: by quadrature of a density that is
//! written out here, or in closed form.
//!
//! A mean and a standard deviation pass within 4.5 of their Monte Carlo standard errors, which are estimated from the
//! effective sample size. Some 40 statistics with 2 · Φ(−4.5) = 7e-6 each: a false alarm in 1 of 3,600 choices of the seeds.
//! Seeds are fixed. Quadratures are by the midpoint rule on grids that are fine enough for 1e-4 of a standard deviation.

#![allow(clippy::print_stdout, reason = "the figures show with `--nocapture`")]

use ppl::distribution::kernel::ExponentiatedQuadratic;
use ppl::prelude::*;
use ppl_infer::{Nuts, Posterior};

fn run<M: Model + Sync>(model: &M) -> Posterior {
    Nuts::new()
        .chains(4)
        .warmup(500)
        .draws(1500)
        .seed(21)
        .target_accept_prob(0.9)
        .progress(false)
        .run(model)
        .expect("NUTS runs")
}

/// Compares the row `label` of the summary with an exact mean and standard deviation.
#[track_caller]
fn assert_moments(posterior: &Posterior, label: &str, [mean, sd]: [f64; 2]) {
    let summary = posterior.summary();
    let row = summary.row(label).expect("the model has the site");
    let (z_mean, z_sd) = ((row.mean - mean) / row.mcse_mean, (row.sd - sd) / row.mcse_sd);
    let report = format!(
        "{label}: mean {:.5} ({mean:.5}) z {z_mean:.2}, sd {:.5} ({sd:.5}) z {z_sd:.2}, ess {:.0}, R-hat {:.4}",
        row.mean, row.sd, row.ess_bulk, row.r_hat
    );
    println!("{report}");
    assert!(z_mean.abs() < 4.5 && z_sd.abs() < 4.5 && row.r_hat < 1.02 && row.ess_bulk > 400.0, "{report}");
}

/// Means and standard deviations of the coordinates under a density on a box, by the midpoint rule.
fn moments<const N: usize>(
    box_of: [(f64, f64); N],
    points: usize,
    log_density: impl Fn([f64; N]) -> f64,
) -> [[f64; 2]; N] {
    let at = |index: usize| -> [f64; N] {
        let mut rest = index;
        box_of.map(|(low, high)| {
            let place = rest % points;
            rest /= points;
            low + (high - low) * (place as f64 + 0.5) / points as f64
        })
    };
    let count = points.pow(N as u32);
    let logs: Vec<f64> = (0..count).map(|index| log_density(at(index))).collect();
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let (mut total, mut first, mut second) = (0.0, [0.0; N], [0.0; N]);
    for (index, log) in logs.iter().enumerate() {
        let weight = (log - largest).exp();
        total += weight;
        for (axis, x) in at(index).into_iter().enumerate() {
            first[axis] += weight * x;
            second[axis] += weight * x * x;
        }
    }
    std::array::from_fn(|axis| {
        let mean = first[axis] / total;
        [mean, (second[axis] / total - mean * mean).sqrt()]
    })
}

fn ln_normal(x: f64, loc: f64, scale: f64) -> f64 {
    -0.5 * ((x - loc) / scale).powi(2) - scale.ln()
}

#[model]
fn correlated(y: &Tensor) {
    let factor = sample!("factor", LKJCholesky::new(2, 2.0));
    deterministic!("rho", factor.get(1).get(0));
    plate!("row", y.shape()[0], { observe!("y", MultivariateNormal::from_scale_tril(0.0, factor), y) });
}

#[model]
fn correlated_by_matrix(y: &Tensor) {
    let correlation = sample!("correlation", LKJ::new(2, 2.0));
    deterministic!("rho", correlation.get(1).get(0));
    plate!("row", y.shape()[0], { observe!("y", MultivariateNormal::new(0.0, correlation), y) });
}

/// The density of LKJ(η) is |R|^(η − 1): of two coordinates (1 − ρ²)^(η − 1).
#[test]
fn a_correlation_under_lkj() {
    let rows = [[0.9, 1.1], [-0.6, 0.1], [1.4, 0.7], [0.2, -0.5], [-1.3, -1.0], [0.5, 1.2], [-0.1, 0.3], [0.7, -0.2]];
    let [want] = moments([(-1.0, 1.0)], 4000, |[rho]| {
        let determinant = 1.0 - rho * rho;
        let quadratic: f64 = rows.iter().map(|[a, b]| (a * a - 2.0 * rho * a * b + b * b) / determinant).sum();
        determinant.ln() - 0.5 * quadratic - 0.5 * rows.len() as f64 * determinant.ln()
    });
    let y = Tensor::from(rows);
    assert_moments(&run(&correlated(&y)), "rho", want);
    assert_moments(&run(&correlated_by_matrix(&y)), "rho", want);
}

#[model]
fn ratings(x: &Tensor, y: &Tensor) {
    let beta = sample!("beta", Normal::new(0.0, 1.0));
    // The first is normal, and the gap is log-normal.
    let cutpoints = sample!("cutpoints", Normal::new([-1.0, 0.5], 1.0).to_event(1).transform(ppl::bijector::Ordered));
    plate!("row", x.len(), { observe!("y", OrderedLogistic::new(x * beta, cutpoints), y) });
}

#[test]
fn ordinal_regression() {
    let x = [-1.5, -1.0, -0.5, 0.0, 0.3, 0.8, 1.2, 1.7, -0.2, 0.6];
    let y = [0.0, 0.0, 1.0, 0.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0];
    let sigmoid = |z: f64| 1.0 / (1.0 + (-z).exp());
    let by_box = moments([(-4.0, 6.0), (-6.0, 4.0), (-5.0, 5.0)], 90, |[beta, first, log_gap]| {
        let ends = [f64::NEG_INFINITY, first, first + log_gap.exp(), f64::INFINITY];
        let likelihood: f64 = x
            .iter()
            .zip(y)
            .map(|(x, y): (&f64, f64)| {
                let category = y as usize;
                (sigmoid(ends[category + 1] - beta * x) - sigmoid(ends[category] - beta * x)).ln()
            })
            .sum();
        likelihood + ln_normal(beta, 0.0, 1.0) + ln_normal(first, -1.0, 1.0) + ln_normal(log_gap, 0.5, 1.0)
    });
    let posterior = run(&ratings(&x.into(), &y.into()));
    assert_moments(&posterior, "beta", by_box[0]);
    assert_moments(&posterior, "cutpoints[0]", by_box[1]);
}

#[model]
fn two_groups(y: &Tensor) {
    let weight = sample!("weight", Beta::new(2.0, 2.0));
    let loc = sample!("loc", Normal::new(3.0, 2.0));
    let weights = Tensor::stack(&[1.0 - &weight, weight], 0);
    let components = Normal::new(Tensor::stack(&[Tensor::from(0.0), loc], 0), 1.0);
    plate!("row", y.len(), { observe!("y", MixtureSameFamily::new(Categorical::new(weights), components), y) });
}

#[test]
fn a_mixture_of_two_normals() {
    let y = [-0.4, 0.3, 2.9, 3.4, 0.9, -1.1, 4.1, 2.2, 0.1, 3.0, -0.2];
    let [weight, loc] = moments([(0.0, 1.0), (-2.0, 8.0)], 500, |[weight, loc]| {
        let likelihood: f64 = y
            .iter()
            .map(|&y| ((1.0 - weight) * ln_normal(y, 0.0, 1.0).exp() + weight * ln_normal(y, loc, 1.0).exp()).ln())
            .sum();
        likelihood + weight.ln() + (1.0 - weight).ln() + ln_normal(loc, 3.0, 2.0)
    });
    let posterior = run(&two_groups(&y.into()));
    assert_moments(&posterior, "weight", weight);
    assert_moments(&posterior, "loc", loc);
}

#[model]
fn many_zeros(y: &Tensor) {
    let gate = sample!("gate", Beta::new(1.5, 1.5));
    let rate = sample!("rate", Gamma::new(2.0, 0.5));
    plate!("row", y.len(), { observe!("y", Poisson::new(rate).zero_inflated(gate), y) });
}

#[test]
fn zero_inflated_counts() {
    let y: [f64; 14] = [0.0, 0.0, 3.0, 0.0, 1.0, 0.0, 4.0, 2.0, 0.0, 0.0, 5.0, 0.0, 1.0, 0.0];
    let [gate, rate] = moments([(0.0, 1.0), (0.0, 14.0)], 600, |[gate, rate]| {
        let likelihood: f64 = y
            .iter()
            .map(|&y| match y {
                0.0 => (gate + (1.0 - gate) * (-rate).exp()).ln(),
                y => (1.0 - gate).ln() + y * rate.ln() - rate,
            })
            .sum();
        likelihood + 0.5 * (gate.ln() + (1.0 - gate).ln()) + rate.ln() - 0.5 * rate
    });
    let posterior = run(&many_zeros(&y.into()));
    assert_moments(&posterior, "gate", gate);
    assert_moments(&posterior, "rate", rate);
}

#[model]
fn on_a_map(adjacency: &Adjacency, y: &Tensor) {
    let phi = sample!("phi", CAR::new(0.0, 0.8, 2.0, adjacency));
    plate!("area", y.len(), { observe!("y", Normal::new(phi, 0.7), y) });
}

/// Normal observations of areas whose precision matrix is τ (D − α W): the posterior is normal.
#[test]
fn areas_with_neighbours() {
    let edges = [(0, 1), (1, 2), (2, 3), (3, 0), (1, 3)];
    let y = Tensor::from([1.2, 0.4, -0.9, 0.3]);
    let mut weights = vec![0.0; 16];
    for (a, b) in edges {
        weights[4 * a + b] = 1.0;
        weights[4 * b + a] = 1.0;
    }
    let weights = Tensor::new(weights, [4, 4]).unwrap();
    let degrees = Tensor::eye(4) * weights.sum_axis(-1);
    let precision = 2.0 * (degrees - 0.8 * weights) + Tensor::eye(4) / (0.7 * 0.7);
    let covariance = precision.inverse();
    let mean = covariance.matmul(&y / (0.7 * 0.7));
    let posterior = run(&on_a_map(&Adjacency::from_edges(4, &edges).unwrap(), &y));
    for area in 0..4 {
        let sd = covariance.get(area).get(area).item().sqrt();
        assert_moments(&posterior, &format!("phi[{area}]"), [mean.get(area).item(), sd]);
    }
}

#[model]
fn curve(x: &Tensor, y: &Tensor) {
    let kernel = ExponentiatedQuadratic::new(1.2, 0.8)?;
    let f = sample!("f", GaussianProcess::new(kernel, x, 1e-6));
    plate!("row", x.len(), { observe!("y", Normal::new(f, 0.4), y) });
}

/// The posterior of a process at its data is normal: K (K + σ² I)⁻¹ y.
#[test]
fn regression_by_a_gaussian_process() {
    let x = [-1.5, -0.4, 0.1, 0.9, 1.6];
    let y = Tensor::from([-0.8, 0.2, 0.7, 1.1, 0.4]);
    let entries = x.iter().flat_map(|a| x.iter().map(move |b: &f64| 1.44 * (-0.5 * ((a - b) / 0.8_f64).powi(2)).exp()));
    let prior = Tensor::new(entries.collect::<Vec<f64>>(), [5, 5]).unwrap() + Tensor::eye(5) * 1e-6;
    let gain = prior.matmul((&prior + Tensor::eye(5) * 0.16).inverse());
    let mean = gain.matmul(&y);
    let covariance = &prior - gain.matmul(&prior);
    let posterior = run(&curve(&x.into(), &y));
    for row in 0..5 {
        let sd = covariance.get(row).get(row).item().sqrt();
        assert_moments(&posterior, &format!("f[{row}]"), [mean.get(row).item(), sd]);
    }
}

#[model]
fn switching(y: &Tensor) {
    let stay = sample!("stay", Beta::new(3.0, 1.0));
    let leave = 1.0 - &stay;
    let rows = [Tensor::stack(&[stay.clone(), leave.clone()], 0), Tensor::stack(&[leave, stay], 0)];
    let states = Normal::new([-1.0, 1.0], 0.8);
    observe!("y", HiddenMarkovModel::new([0.5, 0.5], Tensor::stack(&rows, 0), states, y.len()), y);
}

/// Against the sum over all paths of the states.
#[test]
fn a_hidden_markov_model() {
    let y = [-0.7, -1.4, 0.2, 1.3, 0.8, -0.3, 1.1];
    let [want] = moments([(0.0, 1.0)], 2000, |[stay]| {
        let paths = (0..1_u32 << y.len()).map(|path| {
            let state = |time: usize| path >> time & 1;
            let log: f64 = (0..y.len())
                .map(|time| {
                    let same = time > 0 && state(time) == state(time - 1);
                    let moved = if time == 0 {
                        0.5_f64
                    } else if same {
                        stay
                    } else {
                        1.0 - stay
                    };
                    moved.ln() + ln_normal(y[time], if state(time) == 0 { -1.0 } else { 1.0 }, 0.8)
                })
                .sum();
            log.exp()
        });
        paths.sum::<f64>().ln() + 2.0 * stay.ln()
    });
    assert_moments(&run(&switching(&y.into())), "stay", want);
}

#[model]
fn level(y: &Tensor) {
    let scale = sample!("scale", HalfNormal::new(1.0));
    observe!("y", LinearGaussianStateSpaceModel::local_level(y.len(), scale, 0.5, 0.0, 1.0), y.unsqueeze(-1));
}

/// The observations of a local level are normal with covariance 1 + scale² min(s, t) and the noise on the diagonal.
#[test]
fn a_local_level() {
    let y = [0.3, 0.9, 0.7, 1.6, 2.3, 1.9, 2.8, 2.6];
    let size = y.len();
    let data = Tensor::from(y);
    let [want] = moments([(0.0, 5.0)], 800, |[scale]| {
        let entries = (0..size * size).map(|entry| {
            let (s, t) = (entry / size, entry % size);
            1.0 + scale * scale * s.min(t) as f64 + if s == t { 0.25 } else { 0.0 }
        });
        let covariance = Tensor::new(entries.collect::<Vec<f64>>(), [size, size]).unwrap();
        let factor = covariance.cholesky();
        let z = factor.triangular_solve(data.unsqueeze(-1), true, false);
        -0.5 * z.square().sum().item() - factor.diagonal().ln().sum().item() - 0.5 * scale * scale
    });
    assert_moments(&run(&level(&data)), "scale", want);
}
