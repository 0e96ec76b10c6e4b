//! Censored observations: the survival function is part of the likelihood, and what a sampler and variational inference
//! make of it is the posterior by quadrature.

use ppl::prelude::*;
use ppl::special;
use ppl_infer::prelude::*;

/// What was seen, and whether it was an event (1) or the end of the observation (0).
const TIMES: [f64; 16] = [0.3, 1.5, 1.5, 0.9, 1.5, -0.2, 1.5, 1.1, 1.5, 1.5, 0.6, 1.4, 1.5, 1.5, 0.1, 1.5];
const EVENTS: [f64; 16] = [1., 0., 0., 1., 0., 1., 0., 1., 0., 0., 1., 1., 0., 0., 1., 0.];

/// Lifetimes that are normal: the censored ones as users write them.
#[model]
fn by_cdf(times: Tensor, events: Tensor) {
    let mu = sample!("mu", Normal::new(0.0, 2.0));
    let lifetime = Normal::new(mu, 1.0)?;
    factor!("events", (&events * lifetime.log_prob(&times)?).sum());
    factor!("censored", ((1.0 - &events) * (1.0 - lifetime.cdf(&times)?).ln()).sum());
}

/// The same by the function that keeps its digits in the tail.
#[model]
fn by_survival(times: Tensor, events: Tensor) {
    let mu = sample!("mu", Normal::new(0.0, 2.0));
    let lifetime = Normal::new(mu, 1.0)?;
    factor!("events", (&events * lifetime.log_prob(&times)?).sum());
    factor!("censored", ((1.0 - &events) * lifetime.log_survival(&times)?).sum());
}

/// The same as one observed site.
#[model]
fn by_censored(times: Tensor, events: Tensor) {
    let mu = sample!("mu", Normal::new(0.0, 2.0));
    observe!("times", Normal::new(mu, 1.0).censored_right(1.0 - events), times);
}

/// Lifetimes with a shape that is not known: the derivative is that of the incomplete gamma function by its parameter.
#[model]
fn gamma_lifetimes(times: Tensor, events: Tensor) {
    let shape = sample!("shape", LogNormal::new(0.0, 1.0));
    let lifetime = Gamma::new(shape, 1.0)?;
    factor!("events", (&events * lifetime.log_prob(&times)?).sum());
    factor!("censored", ((1.0 - &events) * lifetime.log_survival(&times)?).sum());
}

#[guide(by_cdf)]
fn normal_guide() {
    let loc = param!("loc", 0.0);
    let scale = param!("scale", 1.0, Constraint::Positive);
    sample!("mu", Normal::new(loc, scale));
}

fn lifetimes() -> (Tensor, Tensor) {
    (Tensor::from(TIMES), Tensor::from(EVENTS))
}

/// Mean and standard deviation of a density that is known up to a factor, by the trapezoidal rule.
fn moments(log_density: impl Fn(f64) -> f64, low: f64, high: f64) -> (f64, f64) {
    let points: Vec<f64> = (0..=4000).map(|k| low + (high - low) * f64::from(k) / 4000.0).collect();
    let weights: Vec<f64> = points.iter().map(|&x| log_density(x).exp()).collect();
    let total: f64 = weights.iter().sum();
    let mean = points.iter().zip(&weights).map(|(x, weight)| x * weight).sum::<f64>() / total;
    let variance = points.iter().zip(&weights).map(|(x, weight)| (x - mean).powi(2) * weight).sum::<f64>() / total;
    (mean, variance.sqrt())
}

fn normal_posterior() -> (f64, f64) {
    let log_density = |mu: f64| {
        let terms = TIMES.iter().zip(EVENTS).map(|(t, event)| match event {
            1.0 => -0.5 * (t - mu).powi(2),
            _ => special::log_ndtr(mu - t),
        });
        -0.5 * (mu / 2.0).powi(2) + terms.sum::<f64>()
    };
    moments(log_density, -4.0, 8.0)
}

/// A mean within 4 Monte Carlo standard errors, a standard deviation too; no divergence. Eight statistics with
/// 2 · Φ(−4) = 6.3e-5 each: a false alarm in 1 of 2000 choices of the seeds.
#[track_caller]
fn assert_posterior(posterior: &Posterior, site: &str, (mean, sd): (f64, f64)) {
    assert_eq!(posterior.engine(), "recorded");
    let summary = posterior.summary();
    let row = summary.row(site).expect("the model has the site");
    let (z_mean, z_sd) = ((row.mean - mean) / row.mcse_mean, (row.sd - sd) / row.mcse_sd);
    let report = format!("{site}: mean {} ({mean}), sd {} ({sd}), ess {}", row.mean, row.sd, row.ess_bulk);
    assert!(z_mean.abs() < 4.0 && z_sd.abs() < 4.0 && row.r_hat < 1.01 && row.ess_bulk > 400.0, "{report}");
}

#[test]
fn nuts_finds_the_posterior_of_censored_lifetimes() {
    let nuts = Nuts::new().chains(2).warmup(500).draws(1500).seed(3).progress(false);
    let (times, events) = lifetimes();
    let want = normal_posterior();
    assert!(want.0 > 1.0, "half of the lifetimes end beyond 1.5: {want:?}");
    assert_posterior(&nuts.run(&by_cdf(times.clone(), events.clone())).unwrap(), "mu", want);
    assert_posterior(&nuts.run(&by_survival(times.clone(), events.clone())).unwrap(), "mu", want);
    assert_posterior(&nuts.run(&by_censored(times, events)).unwrap(), "mu", want);
}

#[test]
fn nuts_finds_the_shape_of_censored_gamma_lifetimes() {
    let times = [0.4, 3.0, 2.2, 3.0, 1.7, 3.0, 0.9, 3.0];
    let events = [1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0];
    let log_density = |log_shape: f64| {
        let shape = log_shape.exp();
        let terms = times.iter().zip(events).map(|(&t, event)| match event {
            1.0 => (shape - 1.0) * f64::ln(t) - t - special::lgamma(shape),
            _ => special::gamma_q(shape, t).ln(),
        });
        -0.5 * log_shape * log_shape + terms.sum::<f64>()
    };
    // The prior of the shape itself has the factor 1 / shape.
    let of_shape = moments(|shape: f64| log_density(shape.ln()) - shape.ln(), 1e-3, 14.0);
    let nuts = Nuts::new().chains(2).warmup(500).draws(1500).seed(4).progress(false);
    let model = gamma_lifetimes(Tensor::from(times), Tensor::from(events));
    assert_posterior(&nuts.run(&model).unwrap(), "shape", of_shape);
}

/// The best normal guide of a posterior that is nearly normal has its mean and deviation, here to 0.01; the noise of the
/// last steps is below 0.01 as well.
#[test]
fn variational_inference_finds_the_posterior_of_censored_lifetimes() {
    let (times, events) = lifetimes();
    let rate = LearningRate::ExponentialDecay { initial: 0.05, factor: 1e-3, steps: 2000 };
    let svi = Svi::new(Adam::new(rate)).steps(2000).num_particles(16);
    let fit = svi.run(&by_cdf(times, events), &normal_guide()).unwrap();
    let (mean, sd) = normal_posterior();
    let (loc, scale) = (fit.params().get("loc").unwrap().item(), fit.params().get("scale").unwrap().item());
    assert!((loc - mean).abs() < 0.025 && (scale - sd).abs() < 0.025, "{loc} ± {scale}, {mean} ± {sd} by quadrature");
}
