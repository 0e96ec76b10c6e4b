//! Densities with known answers, and the simple estimators that the statistical tests need.

use ppl::prelude::*;
use ppl::random::{Key, Rng};
use rand::RngExt;

use crate::error::DensityError;
use crate::{
    LogDensity, Result,
    mcmc::chain::{Sampler, sample_chains},
    mcmc::hmc::{EuclideanMetric, HamiltonianTransition, InverseMassMatrix, State},
    purpose::Purpose,
};

/// A Gaussian with mean `mean` and precision matrix `precision` (row by row).
#[derive(Clone, Debug)]
pub(crate) struct Gaussian {
    pub(crate) mean: Vec<f64>,
    pub(crate) precision: Vec<f64>,
}

impl Gaussian {
    /// Mean zero and independent coordinates with the given scales.
    pub(crate) fn diagonal(scales: &[f64]) -> Self {
        let dim = scales.len();
        let mut precision = vec![0.0; dim * dim];
        for (i, scale) in scales.iter().enumerate() {
            precision[i * dim + i] = 1.0 / (scale * scale);
        }
        Self { mean: vec![0.0; dim], precision }
    }

    /// Two coordinates with the given means, scales and correlation.
    pub(crate) fn bivariate(mean: [f64; 2], scale: [f64; 2], correlation: f64) -> Self {
        let factor = 1.0 / (1.0 - correlation * correlation);
        let off = -factor * correlation / (scale[0] * scale[1]);
        let precision = vec![factor / (scale[0] * scale[0]), off, off, factor / (scale[1] * scale[1])];
        Self { mean: mean.to_vec(), precision }
    }
}

impl LogDensity for Gaussian {
    fn dim(&self) -> usize {
        self.mean.len()
    }

    fn value_and_gradient(&mut self, position: &[f64], gradient: &mut [f64]) -> Result<f64> {
        let dim = self.mean.len();
        let mut value = 0.0;
        for i in 0..dim {
            let row = &self.precision[i * dim..(i + 1) * dim];
            gradient[i] = -(0..dim).map(|j| row[j] * (position[j] - self.mean[j])).sum::<f64>();
            value += 0.5 * gradient[i] * (position[i] - self.mean[i]);
        }
        Ok(value)
    }
}

/// A one-dimensional density given by its log density and the derivative of that.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Univariate<F>(pub(crate) F);

impl<F: FnMut(f64) -> (f64, f64)> LogDensity for Univariate<F> {
    fn dim(&self) -> usize {
        1
    }

    fn value_and_gradient(&mut self, position: &[f64], gradient: &mut [f64]) -> Result<f64> {
        let (value, derivative) = (self.0)(position[0]);
        gradient[0] = derivative;
        Ok(value)
    }
}

/// The standard logistic distribution.
pub(crate) fn logistic() -> impl LogDensity {
    Univariate(log_logistic)
}

/// A standard normal that is cut off above one: the density is zero there.
pub(crate) fn cliff() -> impl LogDensity {
    Univariate(|x: f64| if x > 1.0 { (f64::NEG_INFINITY, 0.0) } else { (-0.5 * x * x, -x) })
}

/// A density that panics at its `after`-th evaluation.
pub(crate) fn panicking(after: usize) -> impl LogDensity {
    let mut count = 0;
    Univariate(move |x: f64| {
        count += 1;
        assert!(count < after, "the model panicked on purpose");
        (-0.5 * x * x, -x)
    })
}

/// A density that fails at its `after`-th evaluation.
#[derive(Clone, Debug)]
pub(crate) struct Failing {
    pub(crate) after: usize,
}

impl LogDensity for Failing {
    fn dim(&self) -> usize {
        1
    }

    fn value_and_gradient(&mut self, position: &[f64], gradient: &mut [f64]) -> Result<f64> {
        if self.after == 0 {
            return Err(DensityError::NothingToSample.into());
        }
        self.after -= 1;
        gradient[0] = -position[0];
        Ok(-0.5 * position[0] * position[0])
    }
}

/// The mean of a sequence.
pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The effective sample size of the mean of one chain, by Geyer's (1992) initial positive sequence.
pub(crate) fn effective_sample_size(values: &[f64]) -> f64 {
    let n = values.len();
    let mean = mean(values);
    let autocovariance =
        |lag: usize| (0..n - lag).map(|i| (values[i] - mean) * (values[i + lag] - mean)).sum::<f64>() / n as f64;
    let variance = autocovariance(0);
    let mut time = -1.0;
    for pair in 0..n / 2 {
        let sum = (autocovariance(2 * pair) + autocovariance(2 * pair + 1)) / variance;
        if sum <= 0.0 {
            break;
        }
        time += 2.0 * sum;
    }
    n as f64 / time.max(1.0 / (n as f64).log10())
}

/// Asserts that the mean of `function` over all chains lies within four Monte Carlo standard errors of `expected`.
///
/// For an unbiased sampler one such assertion fails for one seed in sixteen thousand.
pub(crate) fn assert_expectation(chains: &[Vec<f64>], expected: f64, what: &str) {
    let all: Vec<f64> = chains.iter().flatten().copied().collect();
    let center = mean(&all);
    let variance = all.iter().map(|x| (x - center).powi(2)).sum::<f64>() / (all.len() as f64 - 1.0);
    let ess: f64 = chains.iter().map(|chain| effective_sample_size(chain)).sum();
    let error = (variance / ess).sqrt();
    let z = (center - expected) / error;
    assert!(z.abs() < 4.0, "{what}: {center} is {z:.2} standard errors from {expected} (ess {ess:.0})");
}

/// A linear map of independent standard logistic variables: x = A z with A = [[1, 0], [2, 0.5]].
///
/// It is not Gaussian, its coordinates are strongly dependent, and z has a known distribution function.
#[derive(Clone, Debug)]
pub(crate) struct SkewedLogistic;

impl SkewedLogistic {
    /// The position x of independent variables z.
    pub(crate) fn position(z: [f64; 2]) -> Vec<f64> {
        vec![z[0], 2.0 * z[0] + 0.5 * z[1]]
    }

    /// The independent variables z of a position.
    pub(crate) fn independent(position: &[f64]) -> [f64; 2] {
        [position[0], (position[1] - 2.0 * position[0]) / 0.5]
    }
}

impl LogDensity for SkewedLogistic {
    fn dim(&self) -> usize {
        2
    }

    fn value_and_gradient(&mut self, position: &[f64], gradient: &mut [f64]) -> Result<f64> {
        let [a, b] = Self::independent(position);
        let (value_a, slope_a) = log_logistic(a);
        let (value_b, slope_b) = log_logistic(b);
        gradient[1] = slope_b / 0.5;
        gradient[0] = slope_a - 2.0 * gradient[1];
        Ok(value_a + value_b)
    }
}

/// The log density of the standard logistic distribution and its derivative.
fn log_logistic(x: f64) -> (f64, f64) {
    let a = x.abs();
    (-a - 2.0 * (-a).exp().ln_1p(), -(0.5 * x).tanh())
}

/// The largest distance √n sup |Fₙ − F| between the values and the standard logistic distribution.
///
/// Kolmogorov: for independent draws it exceeds 2.23 with probability 2 exp(−2 · 2.23²) = 1 in 10 000.
pub(crate) fn kolmogorov_distance_to_logistic(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let n = values.len() as f64;
    let distance = values.iter().enumerate().fold(0.0_f64, |worst, (i, x)| {
        let expected = 1.0 / (1.0 + (-x).exp());
        worst.max((expected - i as f64 / n).abs()).max(((i + 1) as f64 / n - expected).abs())
    });
    n.sqrt() * distance
}

/// Asserts that one transition from an exact draw of [`SkewedLogistic`] gives an exact draw.
///
/// `step` moves from a position to the next. The starts are independent, so the ends are too, and a coarse step makes every
/// error of a weight visible.
pub(crate) fn assert_leaves_the_target_invariant(mut step: impl FnMut(Vec<f64>, &mut Rng) -> Vec<f64>) {
    let mut ends = [Vec::new(), Vec::new()];
    let mut moved = 0;
    for draw in 0..20_000 {
        let key = Key::new(11).draw(draw);
        let mut rng = Purpose::Start(0).rng(key);
        let z = [(); 2].map(|()| {
            let u: f64 = rng.random();
            (u / (1.0 - u)).ln()
        });
        let end = step(SkewedLogistic::position(z), &mut Purpose::Transition.rng(key));
        let end = SkewedLogistic::independent(&end);
        moved += usize::from((end[0] - z[0]).abs() > 0.1);
        ends[0].push(end[0]);
        ends[1].push(end[1]);
    }
    assert!(moved > 2_000, "{moved}");
    for values in ends {
        let distance = kolmogorov_distance_to_logistic(values);
        assert!(distance < 2.23, "{distance}");
    }
}

/// The same for a Hamiltonian transition under a metric of every kind.
pub(crate) fn assert_hamiltonian_invariant(transition: &mut impl HamiltonianTransition, step_size: f64) {
    for inverse in [
        InverseMassMatrix::dense(2, vec![1.0, 0.9, 0.9, 3.0]).unwrap(),
        InverseMassMatrix::LowRank { scales: vec![0.5, 0.6], vectors: vec![0.6, 0.8], values: vec![4.0] },
        InverseMassMatrix::diagonal(vec![0.2, 0.3]),
    ] {
        let metric = EuclideanMetric::new(inverse).unwrap();
        assert_leaves_the_target_invariant(|position, rng| {
            let mut state = State::at(position, &mut SkewedLogistic).unwrap();
            transition.step(&mut state, &mut SkewedLogistic, &metric, step_size, rng).unwrap();
            state.position.to_vec()
        });
    }
}

/// Runs `sampler` on a Gaussian and asserts the mean and the variance of every coordinate.
pub(crate) fn assert_samples_the_gaussian<S: Sampler>(sampler: &S, target: &Gaussian, scales: &[f64]) {
    let result = sample_chains(sampler, |_| Ok(target.clone())).unwrap();
    assert_eq!(result.failures.len(), 0);
    assert!(result.chains.iter().all(|chain| chain.failed_steps.is_empty()));
    for (i, scale) in scales.iter().enumerate() {
        let column = |f: &dyn Fn(f64) -> f64| -> Vec<Vec<f64>> {
            result.chains.iter().map(|chain| chain.draws.column(i).iter().map(|x| f(*x)).collect()).collect()
        };
        let center = target.mean[i];
        assert_expectation(&column(&|x| x), center, "mean");
        assert_expectation(&column(&|x| (x - center).powi(2)), scale * scale, "variance");
    }
}

/// Data of [`line`].
pub(crate) const LINE_X: [f64; 5] = [-2.0, -1.0, 0.5, 1.0, 3.0];
pub(crate) const LINE_Y: [f64; 5] = [-3.1, -0.7, 1.9, 2.2, 7.4];

/// A line through points, with normal priors: its posterior is Gaussian.
#[model]
pub(crate) fn line() {
    let intercept = sample!("intercept", Normal::new(0.0, 10.0));
    let slope = sample!("slope", Normal::new(0.0, 2.0));
    deterministic!("at_one", &intercept + &slope);
    plate!("n", LINE_X.len(), {
        observe!("y", Normal::new(intercept + slope * Tensor::from(LINE_X), 0.5), LINE_Y);
    });
}

/// Mean and covariance of the posterior of [`line`], and its evidence, by hand.
pub(crate) struct ConjugateLine {
    pub(crate) mean: [f64; 2],
    pub(crate) covariance: [[f64; 2]; 2],
    pub(crate) log_evidence: f64,
}

impl ConjugateLine {
    pub(crate) fn posterior() -> Self {
        // Precision: prior and XᵀX / σ².
        let sum = |term: fn(f64, f64) -> f64| LINE_X.iter().zip(LINE_Y).map(|(&x, y)| term(x, y)).sum::<f64>() / 0.25;
        let [a, b, c] = [0.01 + 5.0 / 0.25, sum(|x, _| x), 0.25 + sum(|x, _| x * x)];
        let [u, v] = [sum(|_, y| y), sum(|x, y| x * y)];
        let determinant = a * c - b * b;
        let covariance = [[c / determinant, -b / determinant], [-b / determinant, a / determinant]];
        let mean = [covariance[0][0] * u + covariance[0][1] * v, covariance[1][0] * u + covariance[1][1] * v];
        // ln p(y) = ln p(y | β) + ln p(β) − ln p(β | y), at the mean.
        let normal =
            |x: f64, loc: f64, scale: f64| Normal::new(loc, scale).unwrap().log_prob(&x.into()).unwrap().item();
        let likelihood: f64 = LINE_X.iter().zip(LINE_Y).map(|(x, y)| normal(y, mean[0] + mean[1] * x, 0.5)).sum();
        let prior = normal(mean[0], 0.0, 10.0) + normal(mean[1], 0.0, 2.0);
        let posterior = 0.5 * determinant.ln() - (2.0 * std::f64::consts::PI).ln();
        Self { mean, covariance, log_evidence: likelihood + prior - posterior }
    }
}
