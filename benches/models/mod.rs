//! The models of the benches, as their users would write them. Those of posteriordb follow its Stan programs.

#![allow(dead_code, unused_imports, reason = "a bench or a test uses some of them")]

mod data;
pub(crate) mod posteriordb;

use ppl::distribution::{HiddenMarkovModel, LinearGaussianStateSpaceModel};
use ppl::prelude::*;

pub(crate) use self::data::{Data, logistic_data, standard_normal};

/// Eight schools, non-centred.
#[model]
pub(crate) fn eight_schools(y: &Tensor, sigma: &Tensor) {
    let mu = sample!("mu", Normal::new(0.0, 5.0));
    let tau = sample!("tau", HalfCauchy::new(5.0));
    plate!("school", y.size(), {
        let z = sample!("z", Normal::new(0.0, 1.0));
        observe!("y", Normal::new(mu + tau * z, sigma), y);
    });
}

/// Logistic regression.
#[model]
pub(crate) fn logistic(x: &Tensor, y: &Tensor) {
    let intercept = sample!("intercept", Normal::new(0.0, 2.5));
    let beta = sample!("beta", Normal::new(Tensor::zeros(x.shape()[1]), 1.0));
    plate!("n", y.size(), {
        observe!("y", Bernoulli::from_logits(intercept + x.matmul(beta)), y);
    });
}

/// `radon_variable_intercept_noncentered`: houses in counties.
#[model]
pub(crate) fn radon(counties: usize, county: &[usize], floor: &Tensor, log_radon: &Tensor) {
    let mu_alpha = sample!("mu_alpha", Normal::new(0.0, 10.0));
    let beta = sample!("beta", Normal::new(0.0, 10.0));
    let sigma_alpha = sample!("sigma_alpha", HalfNormal::new(1.0));
    let sigma_y = sample!("sigma_y", HalfNormal::new(1.0));
    let alpha = plate!("county", counties, {
        let z = sample!("alpha_raw", Normal::new(0.0, 1.0));
        mu_alpha + sigma_alpha * z
    });
    plate!("house", county.len(), {
        observe!("log_radon", Normal::new(alpha.take(0, county) + beta * floor, sigma_y), log_radon);
    });
}

/// Stochastic volatility, a plain loop over the times.
#[model]
pub(crate) fn stochastic_volatility(y: &Tensor) {
    let phi = sample!("phi", Uniform::new(-1.0, 1.0));
    let sigma = sample!("sigma", HalfCauchy::new(5.0));
    let mu = sample!("mu", Cauchy::new(0.0, 10.0));
    let z = sample!("z", Normal::new(Tensor::zeros(y.size()), 1.0));
    let mut h = &mu + &sigma / (1.0 - phi.square()).sqrt() * z.get(0);
    let mut volatility = vec![h.clone()];
    for t in 1..y.size() {
        h = &mu + &phi * (&h - &mu) + &sigma * z.get(t);
        volatility.push(h.clone());
    }
    let scale = (0.5 * Tensor::stack(&volatility, 0)).exp();
    plate!("t", y.size(), {
        observe!("y", Normal::new(0.0, scale), y);
    });
}

/// `logearn_height_male`: linear regression with flat priors.
#[model]
pub(crate) fn earnings(log_earn: &Tensor, height: &Tensor, male: &Tensor) {
    let beta = sample!("beta", Flat::new(3));
    let sigma = sample!("sigma", HalfFlat::new([]));
    plate!("person", height.size(), {
        let mean = beta.get(0) + beta.get(1) * height + beta.get(2) * male;
        observe!("log_earn", Normal::new(mean, sigma), log_earn);
    });
}

/// `kidscore_interaction`.
#[model]
pub(crate) fn kidiq(kid_score: &Tensor, mom_hs: &Tensor, mom_iq: &Tensor) {
    let beta = sample!("beta", Flat::new(4));
    let sigma = sample!("sigma", HalfCauchy::new(2.5));
    plate!("kid", kid_score.size(), {
        let mean = beta.get(0) + beta.get(1) * mom_hs + beta.get(2) * mom_iq + beta.get(3) * (mom_hs * mom_iq);
        observe!("kid_score", Normal::new(mean, sigma), kid_score);
    });
}

/// `arma11`: the errors follow from each other.
#[model]
pub(crate) fn arma(y: &Tensor) {
    let mu = sample!("mu", Normal::new(0.0, 10.0));
    let phi = sample!("phi", Normal::new(0.0, 2.0));
    let theta = sample!("theta", Normal::new(0.0, 2.0));
    let sigma = sample!("sigma", HalfCauchy::new(2.5));
    let mut error = y.get(0) - (&mu + &phi * &mu);
    let mut errors = vec![error.clone()];
    for t in 1..y.size() {
        error = y.get(t) - (&mu + &phi * y.get(t - 1) + &theta * &error);
        errors.push(error.clone());
    }
    plate!("t", y.size(), {
        observe!("error", Normal::new(Tensor::stack(&errors, 0), sigma), Tensor::zeros(y.size()));
    });
}

/// `garch11`: the variance follows from the last error and the last variance.
#[model]
pub(crate) fn garch(y: &Tensor, sigma1: f64) {
    let mu = sample!("mu", Flat::new([]));
    let alpha0 = sample!("alpha0", HalfFlat::new([]));
    let alpha1 = sample!("alpha1", ImproperUniform::new(Constraint::UnitInterval, [], []));
    let share = sample!("beta1_share", ImproperUniform::new(Constraint::UnitInterval, [], []));
    let beta1 = deterministic!("beta1", (1.0 - &alpha1) * &share);
    factor!("beta1_jacobian", (1.0 - &alpha1).ln());
    let mut sigma = Tensor::from(sigma1);
    let mut sigmas = vec![sigma.clone()];
    for t in 1..y.size() {
        sigma = (&alpha0 + &alpha1 * (y.get(t - 1) - &mu).square() + &beta1 * sigma.square()).sqrt();
        sigmas.push(sigma.clone());
    }
    plate!("t", y.size(), {
        observe!("y", Normal::new(mu, Tensor::stack(&sigmas, 0)), y);
    });
}

/// `gp_regr`: regression by a Gaussian process with an exponentiated quadratic kernel.
#[model]
pub(crate) fn gaussian_process(x: &Tensor, y: &Tensor) {
    let rho = sample!("rho", Gamma::new(25.0, 4.0));
    let alpha = sample!("alpha", HalfNormal::new(2.0));
    let sigma = sample!("sigma", HalfNormal::new(1.0));
    let distance = x.unsqueeze(1) - x.unsqueeze(0);
    // `sigma` is the variance of the noise.
    let covariance = alpha.square() * (-0.5 * (distance / rho).square()).exp() + sigma * Tensor::eye(x.size());
    observe!("y", MultivariateNormal::new(Tensor::zeros(x.size()), covariance), y);
}

/// A hidden Markov model with normal emissions, by the forward algorithm.
#[model]
pub(crate) fn hidden_markov(y: &Tensor, states: usize) {
    let mean = sample!("mean", Normal::new(Tensor::linspace(-1.0, 1.0, states), 1.0));
    let log_transition = sample!("transition", Dirichlet::new(Tensor::ones([states, states]))).ln();
    let emission = Normal::new(mean, 1.0)?;
    let mut forward = Tensor::full(states, -(states as f64).ln());
    for t in 0..y.size() {
        let predicted = (forward.unsqueeze(1) + &log_transition).logsumexp_axis(0);
        forward = predicted + emission.log_prob(&y.get(t).broadcast_to(states))?;
    }
    factor!("y", forward.logsumexp());
}

/// The same, by the distribution.
#[model]
pub(crate) fn hidden_markov_model(y: &Tensor, states: usize) {
    let mean = sample!("mean", Normal::new(Tensor::linspace(-1.0, 1.0, states), 1.0));
    let transition = sample!("transition", Dirichlet::new(Tensor::ones([states, states])));
    let initial = Tensor::full(states, 1.0 / states as f64);
    observe!("y", HiddenMarkovModel::new(initial, transition, Normal::new(mean, 1.0), y.size()), y);
}

/// The level of a random walk that is seen with noise, integrated out by Kalman's filter.
#[model]
pub(crate) fn local_level(y: &Tensor) {
    let step_variance = sample!("step", HalfNormal::new(1.0)).square();
    let noise_variance = sample!("noise", HalfNormal::new(1.0)).square();
    let (mut mean, mut variance) = (Tensor::from(0.0), Tensor::from(10.0));
    let mut log_likelihood = Tensor::from(0.0);
    for t in 0..y.size() {
        let predicted = &variance + &step_variance;
        let innovation = y.get(t) - &mean;
        let innovation_variance = &predicted + &noise_variance;
        log_likelihood -= 0.5 * (innovation.square() / &innovation_variance + innovation_variance.ln());
        let gain = &predicted / innovation_variance;
        mean += &gain * innovation;
        variance = (1.0 - gain) * predicted;
    }
    factor!("y", log_likelihood);
}

/// The same, by the distribution.
#[model]
pub(crate) fn local_level_model(y: &Tensor) {
    let step = sample!("step", HalfNormal::new(1.0));
    let noise = sample!("noise", HalfNormal::new(1.0));
    let initial = (&step.square() + 10.0).sqrt();
    observe!("y", LinearGaussianStateSpaceModel::local_level(y.size(), step, noise, 0.0, initial), y.unsqueeze(1));
}

/// A level with a slope, both of which walk at random.
#[model]
pub(crate) fn local_linear_trend(y: &Tensor) {
    let level = sample!("level", HalfNormal::new(1.0));
    let slope = sample!("slope", HalfNormal::new(1.0));
    let noise = sample!("noise", HalfNormal::new(1.0));
    let model =
        LinearGaussianStateSpaceModel::local_linear_trend(y.size(), level, slope, noise, [0.0, 0.0], [3.0, 1.0]);
    observe!("y", model, y.unsqueeze(1));
}

/// A latent autoregression of order 2, non-centred.
#[model]
pub(crate) fn ar2(y: &Tensor) {
    let [phi1, phi2] = [sample!("phi1", Normal::new(0.0, 0.5)), sample!("phi2", Normal::new(0.0, 0.5))];
    let sigma = sample!("sigma", HalfNormal::new(1.0));
    let z = sample!("z", Normal::new(Tensor::zeros(y.size()), 1.0).to_event(1));
    let (mut last, mut before) = (Tensor::from(0.0), Tensor::from(0.0));
    let mut path = Vec::new();
    for t in 0..y.size() {
        let next = &phi1 * &last + &phi2 * before + z.get(t);
        path.push(next.clone());
        (before, last) = (last, next);
    }
    plate!("t", y.size(), {
        observe!("y", Normal::new(Tensor::stack(&path, 0), sigma), y);
    });
}

/// A population that grows to its capacity: an ordinary differential equation of one number, by steps of the classical
/// Runge-Kutta method.
#[model]
pub(crate) fn logistic_growth(y: &Tensor) {
    let rate = sample!("rate", LogNormal::new(0.0, 0.5));
    let capacity = sample!("capacity", LogNormal::new(1.0, 0.5));
    let start = sample!("start", LogNormal::new(-1.0, 0.5));
    let slope = |x: &Tensor| &rate * x * (1.0 - x / &capacity);
    const STEP: f64 = 0.05;
    let mut population = start;
    let mut path = Vec::new();
    for _ in 0..y.size() {
        let first = slope(&population);
        let second = slope(&(&population + 0.5 * STEP * &first));
        let third = slope(&(&population + 0.5 * STEP * &second));
        let last = slope(&(&population + STEP * &third));
        population += STEP / 6.0 * (first + 2.0 * second + 2.0 * third + last);
        path.push(population.clone());
    }
    plate!("t", y.size(), {
        observe!("y", Normal::new(Tensor::stack(&path, 0), 0.5), y);
    });
}

/// Predator and prey (Lotka and Volterra), whose numbers are the two elements of one tensor, by steps of the classical
/// Runge-Kutta method.
#[model]
pub(crate) fn predator_prey(y: &Tensor) {
    let rates = sample!("rates", LogNormal::new(Tensor::from([-0.5, -3.0, -0.2, -3.5]), 0.3).to_event(1));
    let start = sample!("start", LogNormal::new(Tensor::from([3.0, 1.5]), 0.3).to_event(1));
    let slope = |z: &Tensor| {
        let (prey, predators) = (z.get(0), z.get(1));
        let by_prey = (rates.get(0) - rates.get(1) * &predators) * &prey;
        let by_predators = (rates.get(3) * prey - rates.get(2)) * predators;
        Tensor::stack(&[by_prey, by_predators], 0)
    };
    const STEP: f64 = 0.05;
    let mut state = start;
    let mut path = Vec::new();
    for _ in 0..y.shape()[0] {
        let first = slope(&state);
        let second = slope(&(&state + 0.5 * STEP * &first));
        let third = slope(&(&state + 0.5 * STEP * &second));
        let last = slope(&(&state + STEP * &third));
        state += STEP / 6.0 * (first + 2.0 * second + 2.0 * third + last);
        path.push(state.clone());
    }
    observe!("y", LogNormal::new(Tensor::stack(&path, 0).ln(), 0.25).to_event(2), y);
}

/// `lotka_volterra`: predator and prey, by steps of the classical Runge-Kutta method, `STEPS` in the unit of time.
#[model]
pub(crate) fn lotka_volterra(y_init: &Tensor, y: &Tensor) {
    let theta = sample!("theta", HalfFlat::new(4));
    factor!("prior", Normal::new([1.0, 0.05, 1.0, 0.05], [0.5, 0.05, 0.5, 0.05])?.log_prob(&theta)?.sum());
    let start = sample!("z_init", LogNormal::new(Tensor::full(2, 10_f64.ln()), 1.0).to_event(1));
    let sigma = sample!("sigma", LogNormal::new(Tensor::full(2, -1.0), 1.0).to_event(1));
    observe!("y_init", LogNormal::new(start.ln(), &sigma).to_event(1), y_init);
    let slope = |z: &Tensor| {
        let (prey, predators) = (z.get(0), z.get(1));
        let by_prey = (theta.get(0) - theta.get(1) * &predators) * &prey;
        let by_predators = (theta.get(3) * prey - theta.get(2)) * predators;
        Tensor::stack(&[by_prey, by_predators], 0)
    };
    const STEPS: usize = 10;
    const STEP: f64 = 1.0 / STEPS as f64;
    let mut state = start;
    let mut path = Vec::new();
    for _ in 0..STEPS * y.shape()[0] {
        let first = slope(&state);
        let second = slope(&(&state + 0.5 * STEP * &first));
        let third = slope(&(&state + 0.5 * STEP * &second));
        let last = slope(&(&state + STEP * &third));
        state += STEP / 6.0 * (first + 2.0 * second + 2.0 * third + last);
        path.push(state.clone());
    }
    let years: Vec<usize> = (1..=y.shape()[0]).map(|year| STEPS * year - 1).collect();
    observe!("y", LogNormal::new(Tensor::stack(&path, 0).take(0, &years).ln(), sigma).to_event(2), y);
}

/// `lotka_volterra` once more, with the two numbers in variables of their own and each kept in a vector of its own.
#[model]
pub(crate) fn lotka_volterra_numbers(y_init: &Tensor, y: &Tensor) {
    let theta = sample!("theta", HalfFlat::new(4));
    factor!("prior", Normal::new([1.0, 0.05, 1.0, 0.05], [0.5, 0.05, 0.5, 0.05])?.log_prob(&theta)?.sum());
    let start = sample!("z_init", LogNormal::new(Tensor::full(2, 10_f64.ln()), 1.0).to_event(1));
    let sigma = sample!("sigma", LogNormal::new(Tensor::full(2, -1.0), 1.0).to_event(1));
    observe!("y_init", LogNormal::new(start.ln(), &sigma).to_event(1), y_init);
    let by_prey = |u: &Tensor, v: &Tensor| (theta.get(0) - theta.get(1) * v) * u;
    let by_predators = |u: &Tensor, v: &Tensor| (theta.get(3) * u - theta.get(2)) * v;
    const STEPS: usize = 10;
    const STEP: f64 = 1.0 / STEPS as f64;
    let (mut u, mut v) = (start.get(0), start.get(1));
    let (mut prey, mut predators) = (Vec::new(), Vec::new());
    for step in 1..=STEPS * y.shape()[0] {
        let (a, b) = (by_prey(&u, &v), by_predators(&u, &v));
        let (x, y) = (&u + 0.5 * STEP * &a, &v + 0.5 * STEP * &b);
        let (c, d) = (by_prey(&x, &y), by_predators(&x, &y));
        let (x, y) = (&u + 0.5 * STEP * &c, &v + 0.5 * STEP * &d);
        let (e, f) = (by_prey(&x, &y), by_predators(&x, &y));
        let (x, y) = (&u + STEP * &e, &v + STEP * &f);
        let (g, h) = (by_prey(&x, &y), by_predators(&x, &y));
        u += STEP / 6.0 * (a + 2.0 * c + 2.0 * e + g);
        v += STEP / 6.0 * (b + 2.0 * d + 2.0 * f + h);
        if step % STEPS == 0 {
            prey.push(u.clone());
            predators.push(v.clone());
        }
    }
    let z = Tensor::stack(&[Tensor::stack(&prey, 0), Tensor::stack(&predators, 0)], 1);
    observe!("y", LogNormal::new(z.ln(), sigma).to_event(2), y);
}

/// `gp_pois_regr`: counts whose log rates are a Gaussian process, non-centred.
#[model]
pub(crate) fn poisson_process(x: &Tensor, k: &Tensor) {
    let rho = sample!("rho", Gamma::new(25.0, 4.0));
    let alpha = sample!("alpha", HalfNormal::new(2.0));
    let z = sample!("f_tilde", Normal::new(Tensor::zeros(x.size()), 1.0).to_event(1));
    let distance = x.unsqueeze(1) - x.unsqueeze(0);
    let covariance = alpha.square() * (-0.5 * (distance / rho).square()).exp() + 1e-10 * Tensor::eye(x.size());
    let f = covariance.cholesky().matmul(z);
    plate!("n", k.size(), {
        observe!("k", Poisson::from_log_rate(f), k);
    });
}
