//! Simulation-based calibration: of parameters drawn from the prior, and data drawn given them, the rank of each parameter
//! among posterior draws is uniform, if the posterior draws are what they should be.
//!
//! NUTS as it is by default, one chain, on 500 data sets of each of three models. Of 99 draws the rank is one of 100 numbers,
//! in 20 bins; χ² of their counts has 19 degrees of freedom, and exceeds 54.0 with probability 3e-5: one false alarm in 4,000
//! choices of the seeds for the eight parameters. Every draw that is kept is the fourth, so that correlation is no matter.
//!
//! # Reference
//! Talts, Betancourt, Simpson, Vehtari and Gelman (2018), "Validating Bayesian inference algorithms with simulation-based
//! calibration", arXiv 1804.06788.

use ppl::prelude::*;
use ppl::random::{Key, Rng};
use ppl_infer::{Nuts, Posterior};
use rand::RngExt;
use rand_distr::{Distribution as _, StandardNormal};

const DATA_SETS: u64 = 500;
const DRAWS: usize = 99;
const BINS: usize = 20;
const LARGEST_CHI_SQUARED: f64 = 54.0;

fn normal(rng: &mut Rng) -> f64 {
    StandardNormal.sample(rng)
}

/// Asserts that the ranks of all parameters are uniform. `simulate` draws values of the parameters, by their names in the
/// summary, and runs NUTS on data drawn given them.
fn assert_calibrated<const N: usize>(
    parameters: [&str; N],
    simulate: impl Fn(&mut Rng, &Nuts) -> ([f64; N], ppl_infer::Result<Posterior>),
) {
    let mut counts = [[0_u32; BINS]; N];
    for seed in 0..DATA_SETS {
        let nuts = Nuts::new().chains(1).draws(DRAWS).thinning(4).seed(seed).progress(false);
        let (values, posterior) = simulate(&mut Key::new(seed).rng("data set", 0), &nuts);
        let posterior = posterior.expect("the model runs");
        for ((parameter, value), counts) in parameters.into_iter().zip(values).zip(&mut counts) {
            let rank =
                posterior.component(parameter).expect("the summary has it").iter().filter(|draw| *draw < value).count();
            counts[rank * BINS / (DRAWS + 1)] += 1;
        }
    }
    for (parameter, counts) in parameters.iter().zip(counts) {
        let expected = DATA_SETS as f64 / BINS as f64;
        let chi_squared: f64 = counts.iter().map(|&count| (f64::from(count) - expected).powi(2) / expected).sum();
        assert!(chi_squared < LARGEST_CHI_SQUARED, "{parameter}: χ² {chi_squared:.1}, ranks {counts:?}");
    }
}

#[model]
fn location_and_scale(y: &Tensor) {
    let loc = sample!("loc", Normal::new(1.0, 2.0));
    let scale = sample!("scale", LogNormal::new(0.0, 0.7));
    plate!("i", y.size(), {
        observe!("y", Normal::new(loc, scale), y);
    });
}

#[test]
fn a_location_and_a_scale() {
    assert_calibrated(["loc", "scale"], |rng, nuts| {
        let (loc, scale) = (1.0 + 2.0 * normal(rng), (0.7 * normal(rng)).exp());
        let y: Vec<f64> = (0..6).map(|_| loc + scale * normal(rng)).collect();
        ([loc, scale], nuts.run(&location_and_scale(&Tensor::from(y))))
    });
}

#[model]
fn logistic(x: &Tensor, y: &Tensor) {
    let intercept = sample!("intercept", Normal::new(0.0, 1.5));
    let slope = sample!("slope", Normal::new(0.0, 1.0));
    plate!("i", y.size(), {
        observe!("y", Bernoulli::from_logits(intercept + slope * x), y);
    });
}

/// The covariate is far from 0, so that intercept and slope are correlated.
#[test]
fn a_logistic_regression() {
    assert_calibrated(["intercept", "slope"], |rng, nuts| {
        let (intercept, slope) = (1.5 * normal(rng), normal(rng));
        let x: Vec<f64> = (0..30).map(|_| 2.0 + normal(rng)).collect();
        let outcome = |x: &f64| f64::from(rng.random::<f64>() < 1.0 / (1.0 + (-intercept - slope * x).exp()));
        let y: Vec<f64> = x.iter().map(outcome).collect();
        ([intercept, slope], nuts.run(&logistic(&Tensor::from(x), &Tensor::from(y))))
    });
}

#[model]
fn groups(y: &Tensor) {
    let mu = sample!("mu", Normal::new(0.0, 2.0));
    let tau = sample!("tau", HalfNormal::new(1.5));
    plate!("group", 5, {
        let z = sample!("z", Normal::new(0.0, 1.0));
        let theta = deterministic!("theta", mu + tau * z);
        observe!("y", Normal::new(theta, 1.0), y);
    });
}

#[test]
fn a_hierarchy() {
    assert_calibrated(["mu", "tau", "theta[0]", "theta[4]"], |rng, nuts| {
        let (mu, tau) = (2.0 * normal(rng), 1.5 * normal(rng).abs());
        let theta: Vec<f64> = (0..5).map(|_| mu + tau * normal(rng)).collect();
        let y: Vec<f64> = theta.iter().map(|theta| theta + normal(rng)).collect();
        ([mu, tau, theta[0], theta[4]], nuts.run(&groups(&Tensor::from(y))))
    });
}
