//! Fits reach the known optimum.
//!
//! A step size that falls by 1000 over 2000 steps leaves the parameter at about the mean of the last 2000 / ln 1000 = 290
//! steps. Where curvature is H and one gradient's noise is σ, the error is then σ / (H √(2 · 290)). For a normal guide of
//! scale s that is the posterior, this is s / √(580 particles) of its location (H = 1/s², σ² = H / particles), and
//! s / √(1160 particles) of its scale (of its logarithm H = 2, σ² = 2 / particles). Tolerances are four of these.

use ppl::prelude::*;

use super::{Nothing, ln_normal, scale, tensor};
use crate::svi::{Adam, AutoDelta, AutoMultivariateNormal, AutoNormal, ClippedAdam, LearningRate, Sgd, Svi};

/// A step size that falls by a factor of 1000 in `steps` steps.
fn falling(initial: f64, steps: u64) -> LearningRate {
    LearningRate::ExponentialDecay { initial, factor: 1e-3, steps }
}

fn close(got: &Tensor, expected: &[f64], tolerance: f64) {
    for (got, expected) in got.to_vec().iter().zip(expected) {
        assert!((got - expected).abs() < tolerance, "{got} is not {expected}");
    }
    assert_eq!(got.size(), expected.len());
}

#[test]
fn the_exact_posterior_is_found() {
    #[guide(scale)]
    fn guide() {
        let loc = param!("loc", 8.0);
        let scale = param!("scale", 2.0, Constraint::Positive);
        sample!("weight", Normal::new(loc, scale));
    }
    let svi = Svi::new(Adam::new(falling(0.05, 2000))).steps(2000).num_particles(16);
    let fit = svi.run(&scale(), &guide()).unwrap();
    close(&fit.params().get(guide::loc).unwrap(), &[9.14], 0.025);
    close(&fit.params().get(guide::scale).unwrap(), &[0.6], 0.018);
    // There the bound is tight.
    let last = -fit.losses()[1999];
    assert!((last - ln_normal(9.5, 8.5, 1.25)).abs() < 0.01, "{last}");

    // Other optimizers find it too.
    let svi = Svi::new(Sgd::new(falling(0.05, 2000)).momentum(0.5)).steps(2000).num_particles(16);
    close(&svi.run(&scale(), &guide()).unwrap().params().get("loc").unwrap(), &[9.14], 0.025);
    let svi = Svi::new(ClippedAdam::new(falling(0.05, 2000))).steps(2000).num_particles(16);
    close(&svi.run(&scale(), &guide()).unwrap().params().get("loc").unwrap(), &[9.14], 0.025);
}

#[test]
fn the_exact_posterior_is_found_by_autoguides() {
    let model = scale();
    let svi = Svi::new(Adam::new(falling(0.05, 2000))).steps(2000).num_particles(16);
    let guide = AutoNormal::new(&model).unwrap();
    let fit = svi.run(&model, &guide).unwrap();
    close(&fit.params().get("weight_auto_loc").unwrap(), &[9.14], 0.025);
    close(&fit.params().get("weight_auto_scale").unwrap(), &[0.6], 0.018);
    close(&guide.median(fit.params()).unwrap()["weight"], &[9.14], 0.025);
    close(&guide.quantile(fit.params(), 0.975).unwrap()["weight"], &[9.14 + 1.959_964 * 0.6], 0.025 + 1.96 * 0.018);

    let guide = AutoMultivariateNormal::new(&model).unwrap();
    let fit = svi.run(&model, &guide).unwrap();
    close(&guide.median(fit.params()).unwrap()["weight"], &[9.14], 0.025);
    close(&fit.params().get("auto_scale_tril").unwrap(), &[0.6], 0.018);

    let guide = AutoDelta::new(&model).unwrap();
    let fit = svi.run(&model, &guide).unwrap();
    close(&guide.median(fit.params()).unwrap()["weight"], &[9.14], 1e-3);
}

/// The posterior is Gamma(a, b) with a = 3 + 20, b = 1 + 5. Among log-normal distributions the divergence to it is least
/// at scale 1/√a and location ln(a/b) − 1/(2a), where the derivatives of
/// a · loc − b exp(loc + scale²/2) + ln(scale) vanish.
#[test]
fn a_gamma_posterior_by_a_log_normal_guide() {
    #[model]
    fn rate() {
        let rate = sample!("rate", Gamma::new(3.0, 1.0));
        plate!("day", 5, {
            observe!("count", Poisson::new(rate), [4.0, 2.0, 5.0, 3.0, 6.0]);
        });
    }
    #[guide(rate)]
    fn log_normal() {
        let loc = param!("loc", 0.0);
        let scale = param!("scale", 0.5, Constraint::Positive);
        sample!("rate", LogNormal::new(loc, scale));
    }
    let (a, b) = (23.0_f64, 6.0_f64);
    let (loc, sd) = ((a / b).ln() - 0.5 / a, 1.0 / a.sqrt());
    let svi = Svi::new(Adam::new(falling(0.05, 2000))).steps(2000).num_particles(8);
    let fit = svi.run(&rate(), &log_normal()).unwrap();
    close(&fit.params().get("loc").unwrap(), &[loc], 0.012);
    close(&fit.params().get("scale").unwrap(), &[sd], 9e-3);

    // The mean-field guide of a positive site is a log-normal distribution.
    let model = rate();
    let guide = AutoNormal::new(&model).unwrap();
    let fit = svi.run(&model, &guide).unwrap();
    close(&fit.params().get("rate_auto_loc").unwrap(), &[loc], 0.012);
    close(&fit.params().get("rate_auto_scale").unwrap(), &[sd], 9e-3);

    // The mode of the posterior of the rate itself.
    let guide = AutoDelta::new(&model).unwrap();
    let fit = svi.run(&model, &guide).unwrap();
    close(&guide.median(fit.params()).unwrap()["rate"], &[(a - 1.0) / b], 1e-3);
}

#[test]
fn parameters_of_the_model_by_maximum_likelihood() {
    #[model]
    fn likelihood() {
        let probs = param!("probs", [0.2, 0.3, 0.5], Constraint::Simplex);
        let rate = param!("rate", 1.0, Constraint::Positive);
        let inside = param!("inside", 0.5, Constraint::Interval { lower: 0.0.into(), upper: 2.0.into() });
        let below = param!("below", 1.0, Constraint::LessThan(3.0.into()));
        let ordered = param!("ordered", [0.0, 1.0], Constraint::OrderedVector);
        plate!("i", 4, {
            observe!("class", Categorical::new(probs), [2.0, 0.0, 0.0, 1.0]);
            observe!("count", Poisson::new(rate), [2.0, 0.0, 3.0, 1.0]);
            observe!("y", Normal::new(inside, 1.0), [0.5, 1.5, 2.0, 1.0]);
            observe!("z", Normal::new(below, 1.0), [-0.5, -1.5, -2.0, -1.0]);
        });
        observe!("pair", Normal::new(ordered, 1.0).to_event(1), [-1.0, 2.5]);
    }
    let fit = Svi::new(Adam::new(falling(0.1, 1500))).steps(1500).run(&likelihood(), &Nothing).unwrap();
    let get = |name: &str| fit.params().get(name).unwrap();
    close(&get("probs"), &[0.5, 0.25, 0.25], 1e-4);
    close(&get("rate"), &[1.5], 1e-4);
    close(&get("inside"), &[1.25], 1e-4);
    close(&get("below"), &[-1.25], 1e-4);
    close(&get("ordered"), &[-1.0, 2.5], 1e-4);
    // Without draws there is no noise: the loss falls.
    assert!(fit.losses()[1499] < fit.losses()[0]);
}

#[test]
fn parameters_of_model_and_guide_together() {
    // y = 2 ~ Normal(theta, √2) with z integrated out: theta = 2, and z | y ~ Normal(2, 1/√2).
    #[model]
    fn hierarchy() {
        let theta = param!("theta", 0.0);
        let z = sample!("z", Normal::new(theta, 1.0));
        observe!("y", Normal::new(z, 1.0), 2.0);
    }
    #[guide(hierarchy)]
    fn guide() {
        let loc = param!("loc", 0.0);
        let scale = param!("scale", 1.0, Constraint::Positive);
        sample!("z", Normal::new(loc, scale));
    }
    let svi = Svi::new(Adam::new(falling(0.1, 2000))).steps(2000).num_particles(16);
    let fit = svi.run(&hierarchy(), &guide()).unwrap();
    // Noise of theta: 0.5^½ / 4, along an axis of curvature 0.38.
    close(&fit.params().get("theta").unwrap(), &[2.0], 8e-2);
    close(&fit.params().get("loc").unwrap(), &[2.0], 8e-2);
    close(&fit.params().get("scale").unwrap(), &[0.5_f64.sqrt()], 0.021);

    // With the guide held fixed, only the model is learned: theta is the guide's mean.
    let mut fixed = fit.params().clone();
    fixed.insert("loc", 5.0, Constraint::Real).unwrap();
    let fit = svi.run(&hierarchy(), &guide().with(fixed.handler())).unwrap();
    assert_eq!(fit.params().names().collect::<Vec<_>>(), ["theta"]);
    close(&fit.params().get("theta").unwrap(), &[5.0], 3e-2);
}

#[test]
fn minibatches_are_models() {
    let data: Vec<f64> = (0..40).map(|member| (f64::from(member) * 0.7).sin() + 1.0).collect();
    // Normal(0, 10) prior, unit noise: the posterior has precision 40.01.
    let mean = data.iter().sum::<f64>() / 40.01;
    #[model]
    fn batch(y: &Tensor) {
        let mu = sample!("mu", Normal::new(0.0, 10.0));
        let likelihood = call!(likelihood(&mu, y).scale(10.0)?);
        let () = likelihood;
    }
    #[model]
    fn likelihood(mu: &Tensor, y: &Tensor) {
        plate!("i", 4, {
            observe!("y", Normal::new(mu, 1.0), y);
        });
    }
    let first_data = tensor(&data[..4]);
    let first = batch(&first_data);
    let guide = AutoNormal::new(&first).unwrap();
    let mut state = Svi::new(Adam::new(falling(0.1, 4000))).num_particles(2).start().unwrap();
    for step in 0..4000 {
        let from = 4 * (step * 7 % 10);
        state.step(&batch(&tensor(&data[from..from + 4])), &guide).unwrap();
    }
    close(&state.params().get("mu_auto_loc").unwrap(), &[mean], 2e-2);
    close(&state.params().get("mu_auto_scale").unwrap(), &[1.0 / 40.01_f64.sqrt()], 1e-2);
}

/// A linear model, whose posterior is a correlated normal distribution.
#[test]
fn a_correlated_posterior() {
    #[model]
    fn line(x: &Tensor, y: &Tensor) {
        let a = sample!("a", Normal::new(0.0, 1.0));
        let b = sample!("b", Normal::new(0.0, 1.0));
        plate!("i", 4, {
            observe!("y", Normal::new(a + b * x, 1.0), y);
        });
    }
    let (x, y) = ([0.5, 1.0, 2.0, 2.5], [1.0, 0.5, 2.0, 3.0]);
    // Precision [[1 + n, Σx], [Σx, 1 + Σx²]], mean precision⁻¹ [Σy, Σxy].
    let (n, sx, sxx) = (4.0, x.iter().sum::<f64>(), x.iter().map(|x| x * x).sum::<f64>());
    let (sy, sxy) = (y.iter().sum::<f64>(), x.iter().zip(&y).map(|(x, y)| x * y).sum::<f64>());
    let determinant = (1.0 + n) * (1.0 + sxx) - sx * sx;
    let mean = [((1.0 + sxx) * sy - sx * sxy) / determinant, ((1.0 + n) * sxy - sx * sy) / determinant];
    let covariance = [(1.0 + sxx) / determinant, -sx / determinant, -sx / determinant, (1.0 + n) / determinant];

    let (x_data, y_data) = (tensor(&x), tensor(&y));
    let model = line(&x_data, &y_data);
    let guide = AutoMultivariateNormal::new(&model).unwrap();
    let fit = Svi::new(Adam::new(falling(0.05, 3000))).steps(3000).num_particles(8).run(&model, &guide).unwrap();
    let factor = fit.params().get("auto_scale_tril").unwrap();
    close(&factor.matmul(factor.transpose()), &covariance, 1e-2);
    let median = guide.median(fit.params()).unwrap();
    close(&median["a"], &mean[..1], 1e-2);
    close(&median["b"], &mean[1..], 1e-2);
    let upper = guide.quantile(fit.params(), 0.841_344_746).unwrap();
    close(&upper["b"], &[mean[1] + covariance[3].sqrt()], 2e-2);

    // Mean field gets the means right and the scales too small: 1/√precision.
    let guide = AutoNormal::new(&model).unwrap();
    let fit = Svi::new(Adam::new(falling(0.05, 3000))).steps(3000).num_particles(8).run(&model, &guide).unwrap();
    close(&fit.params().get("a_auto_loc").unwrap(), &mean[..1], 1e-2);
    close(&fit.params().get("a_auto_scale").unwrap(), &[1.0 / (1.0 + n).sqrt()], 1e-2);
}

/// A guide of the posterior's own family reaches it, by draws that have implicit gradients.
///
/// There the gradient's noise is the Fisher information over the number of particles, which is also the curvature: a
/// logarithm of a parameter has the error √(F⁻¹ / (580 · particles)). F⁻¹ is at most 2.1 for these, the errors at most
/// 0.0107 with 32 particles, and the tolerance is four of these.
#[test]
fn conjugate_posteriors_are_found_by_guides_with_implicit_gradients() {
    #[track_caller]
    fn assert_found<M: Model, G: Model>(model: &M, guide: &G, expected: &[(&str, &[f64])]) {
        for seed in 0..1 {
            let svi = Svi::new(Adam::new(falling(0.05, 2000))).steps(2000).num_particles(32).seed(seed);
            let fit = svi.run(model, guide).unwrap();
            assert_eq!(fit.engine(), "recorded");
            for (name, expected) in expected {
                let got = fit.params().get(*name).unwrap();
                for (got, expected) in got.to_vec().into_iter().zip(*expected) {
                    assert!((got / expected).ln().abs() < 0.043, "{name}: {got} is not {expected}");
                }
                assert_eq!(got.size(), expected.len());
            }
        }
    }

    /// 20 counts in 5 observations.
    #[model]
    fn counts() {
        let rate = sample!("rate", Gamma::new(2.0, 1.0));
        plate!("n", 5, {
            observe!("y", Poisson::new(rate), [3.0, 5.0, 4.0, 2.0, 6.0]);
        });
    }
    #[guide(counts)]
    fn gamma() {
        let concentration = param!("concentration", 10.0, Constraint::Positive);
        let of = param!("of", 3.0, Constraint::Positive);
        sample!("rate", Gamma::new(concentration, of));
    }
    assert_found(&counts(), &gamma(), &[("concentration", &[22.0]), ("of", &[6.0])]);

    #[model]
    fn coin() {
        let bias = sample!("bias", Beta::new(2.0, 3.0));
        observe!("heads", Binomial::new(10.0, bias), 7.0);
    }
    #[guide(coin)]
    fn beta() {
        let heads = param!("alpha", 1.0, Constraint::Positive);
        let tails = param!("beta", 1.0, Constraint::Positive);
        sample!("bias", Beta::new(heads, tails));
    }
    assert_found(&coin(), &beta(), &[("alpha", &[9.0]), ("beta", &[6.0])]);

    #[model]
    fn faces(y: &Tensor) {
        let weights = sample!("weights", Dirichlet::new([0.5, 1.0, 2.0]));
        plate!("n", y.size(), {
            observe!("y", Categorical::new(weights), y);
        });
    }
    #[guide(faces)]
    fn dirichlet() {
        let concentration = param!("concentration", [1.0, 1.0, 1.0], Constraint::Positive);
        sample!("weights", Dirichlet::new(concentration));
    }
    let y = Tensor::from([0.0, 2.0, 2.0, 1.0, 2.0, 0.0, 2.0, 1.0, 2.0]);
    assert_found(&faces(&y), &dirichlet(), &[("concentration", &[2.5, 3.0, 7.0])]);

    #[model]
    fn spread() {
        let variance = sample!("variance", InverseGamma::new(3.0, 2.0));
        plate!("n", 4, {
            observe!("y", Normal::new(0.0, variance.sqrt()), [0.5, -1.5, 1.0, 2.0]);
        });
    }
    #[guide(spread)]
    fn inverse_gamma() {
        let concentration = param!("concentration", 2.0, Constraint::Positive);
        let of = param!("of", 2.0, Constraint::Positive);
        sample!("variance", InverseGamma::new(concentration, of));
    }
    assert_found(&spread(), &inverse_gamma(), &[("concentration", &[5.0]), ("of", &[5.75])]);
}
