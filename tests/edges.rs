//! Near the upper end of a support a density has the digits that it has near the lower one, on both engines, and what a
//! mask leaves out is never looked at.

use ppl::bijector::Affine;
use ppl::prelude::*;
use ppl_infer::LogDensity;
use ppl_infer::density::{Engine, ModelDensity};
use ppl_infer::{Nuts, Posterior};

/// Beta, and its mirror image, on (0, 1) or scaled to an interval.
#[model]
fn beta(a: f64, b: f64) {
    let x = sample!("x", Beta::new(a, b));
    deterministic!("log_rest", (1.0 - &x).ln());
}

#[model]
fn scaled(a: f64, b: f64, low: f64, width: f64) {
    sample!("x", Beta::new(a, b).transform(Affine::new(low, width)));
}

#[model]
fn trials(successes: f64) {
    let theta = sample!("theta", Beta::new(0.5, 0.5));
    observe!("y", Bernoulli::new(&theta), successes);
    observe!("n", Binomial::new(7.0, &theta), 7.0 * successes);
    plate!("rows", 3, {
        observe!("each", Bernoulli::new(&theta), Tensor::full([3], successes));
    });
}

/// Failures before a success of probability θ, or before one of probability 1 − θ.
#[model]
fn failures(mirrored: bool) {
    let theta = sample!("theta", Beta::new(1.0, 1.0));
    let success = if mirrored { 1.0 - &theta } else { theta };
    observe!("k", Geometric::new(&success), 4.0);
    observe!("m", NegativeBinomial::new(2.5, &success), 0.0);
    observe!("y", Binomial::new(3.0, &success), 1.0);
}

/// What a user writes, with elements taken by index.
#[model]
fn formulas(mirrored: bool) {
    let theta = plate!("groups", 2, { sample!("theta", Beta::new(0.5, 0.5)) });
    let of_rows = theta.take(0, &[0usize, 1, 1]);
    let term = if mirrored { (1.0 - of_rows).ln() } else { of_rows.ln() };
    factor!("f", term.sum() * 2.0);
}

#[model]
fn dirichlet(first: f64, second: f64) {
    let x = sample!("x", Dirichlet::new([first, second]));
    deterministic!("log_x", x.ln());
}

/// Value and gradient at `u` and `−u` of two models that are each other's mirror image.
fn assert_mirrored<M: Model + Clone>(name: &str, model: M, mirrored: M) {
    for engine in [Engine::Recorded, Engine::Tape] {
        let mut density = ModelDensity::new(model.clone()).expect("a continuous model with a density").engine(engine);
        let mut mirror = ModelDensity::new(mirrored.clone()).expect("a continuous model with a density").engine(engine);
        let dim = density.dim();
        for u in [0.0, 0.7, 20.0, 36.0, 40.0, 100.0, 700.0] {
            for u in [u, -u] {
                let at = |u: f64| (0..dim).map(|k| u / (1.0 + k as f64)).collect::<Vec<f64>>();
                let (mut gradient, mut opposite) = (vec![0.0; dim], vec![0.0; dim]);
                let value =
                    density.value_and_gradient(&at(u), &mut gradient).expect("a continuous model with a density");
                let other =
                    mirror.value_and_gradient(&at(-u), &mut opposite).expect("a continuous model with a density");
                // A sum of some ten terms, each as large as the whole or smaller.
                let is_close = |a: f64, b: f64| (a - b).abs() <= 1e-14 * (1.0 + value.abs());
                assert!(value.is_finite() && is_close(value, other), "{name} at {u}: {value}, {other} ({engine:?})");
                for (slope, opposite) in gradient.iter().zip(&opposite) {
                    assert!(is_close(*slope, -opposite), "{name} at {u}: slopes {slope}, {opposite} ({engine:?})");
                }
            }
        }
    }
}

#[test]
fn mirrored_models_have_mirrored_densities() {
    assert_mirrored("beta", beta(3.0, 0.1), beta(0.1, 3.0));
    assert_mirrored("scaled beta", scaled(3.0, 0.1, -1.0, 5.0), scaled(0.1, 3.0, -1.0, 5.0));
    assert_mirrored("trials", trials(1.0), trials(0.0));
    assert_mirrored("failures", failures(false), failures(true));
    assert_mirrored("formulas", formulas(false), formulas(true));
    assert_mirrored("dirichlet", dirichlet(3.0, 0.1), dirichlet(0.1, 3.0));
}

/// ln p(u) = 3 ln σ(u) + 0.1 ln σ(−u) − ln B(3, 0.1), where B(3, 0.1) = 2 / (0.1 · 1.1 · 2.1).
#[test]
fn a_saturated_sigmoid_keeps_its_distance_from_one() {
    let log_beta = (2.0_f64 / (0.1 * 1.1 * 2.1)).ln();
    for (name, mut density) in [
        ("recorded", ModelDensity::new(beta(3.0, 0.1)).unwrap().boxed()),
        ("tape", ModelDensity::new(beta(3.0, 0.1)).unwrap().engine(Engine::Tape).boxed()),
        ("scaled", ModelDensity::new(scaled(3.0, 0.1, 0.0, 4.0)).unwrap().boxed()),
        ("dirichlet", ModelDensity::new(dirichlet(3.0, 0.1)).unwrap().boxed()),
    ] {
        for u in [30.0, 40.0, 300.0, 2000.0, -2000.0, -40.0] {
            let log_sigmoid = |u: f64| if u > 0.0 { -(-u).exp().ln_1p() } else { u - u.exp().ln_1p() };
            let want = 3.0 * log_sigmoid(u) + 0.1 * log_sigmoid(-u) - log_beta;
            let mut gradient = [0.0];
            let value = density.value_and_gradient(&[u], &mut gradient).unwrap();
            assert!((value - want).abs() <= 1e-14 * want.abs(), "{name} at {u}: {value}, {want}");
            let slope = 3.0 * log_sigmoid(-u).exp() - 0.1 * log_sigmoid(u).exp();
            assert!((gradient[0] - slope).abs() <= 1e-14 * slope.abs(), "{name} at {u}: {}, {slope}", gradient[0]);
        }
    }
}

/// A density whatever its model.
trait Boxed {
    fn boxed(self) -> Box<dyn LogDensity>;
}

impl<M: Model + 'static> Boxed for ModelDensity<M>
where
    Self: LogDensity,
{
    fn boxed(self) -> Box<dyn LogDensity> {
        Box::new(self)
    }
}

/// The mean of a column of draws, in Monte Carlo standard errors from what it should be.
fn z(posterior: &Posterior, label: &str, mean: f64) -> f64 {
    let summary = posterior.summary();
    let row = summary.row(label).expect("the site has a row");
    (row.mean - mean) / row.mcse_mean
}

/// Means within 4.5 standard errors: 24 of them, 7e-6 each, a false alarm in one of 6,000 choices of the seed.
#[test]
fn samplers_move_freely_next_to_the_upper_end() {
    for engine in [Engine::Recorded, Engine::Tape] {
        let nuts = Nuts::new().chains(2).warmup(500).draws(1500).seed(3).engine(engine).progress(false);
        // E ln(1 − x) = ψ(b) − ψ(a + b).
        for (a, b, log_rest) in [(3.0, 0.1, -11.385_281_385_281_385), (0.1, 3.0, -0.038_742_109_718_413_35)] {
            let posterior = nuts.run(&beta(a, b)).unwrap();
            let divergent = posterior.sample_stats().divergences();
            assert!(divergent <= 3, "Beta({a}, {b}): {divergent} of 3000 divergent");
            for (label, mean) in [("x", a / (a + b)), ("log_rest", log_rest)] {
                let z = z(&posterior, label, mean);
                assert!(z.abs() < 4.5, "Beta({a}, {b}), mean of {label}: z = {z:.2} ({engine:?})");
            }
            let posterior = nuts.run(&scaled(a, b, -1.0, 5.0)).unwrap();
            assert!(posterior.sample_stats().divergences() <= 3);
            let z = z(&posterior, "x", -1.0 + 5.0 * a / (a + b));
            assert!(z.abs() < 4.5, "scaled Beta({a}, {b}): z = {z:.2} ({engine:?})");
        }
        // One entry rounds to 1, the other lies far below the spacing of numbers there.
        let posterior = nuts.run(&dirichlet(0.05, 0.05)).unwrap();
        assert!(posterior.sample_stats().divergences() <= 3);
        for (label, mean) in [("x[0]", 0.5), ("x[1]", 0.5)] {
            let z = z(&posterior, label, mean);
            assert!(z.abs() < 4.5, "mean of {label}: z = {z:.2} ({engine:?})");
        }
    }
}

/// y is missing where the mask is 0.
#[model]
fn masked(x: Tensor, y: Tensor, mask: Tensor) {
    let b = sample!("b", Normal::new(0.0, 1.0));
    plate!("rows", 4, {
        observe!("y", Normal::new(b * x, 0.3).mask(mask), y);
    });
}

/// b has the posterior of a linear regression on the two rows that count.
#[test]
fn missing_values_may_be_nan_under_a_mask() {
    let x = [1.0, 2.0, -0.5, 3.0];
    let y = [0.9, f64::NAN, -0.2, f64::INFINITY];
    let model = masked(x.into(), y.into(), [1.0, 0.0, 1.0, 0.0].into());
    let precision = 1.0 + (1.0 + 0.25) / 0.09;
    let mean = (0.9 + 0.1) / 0.09 / precision;
    for engine in [Engine::Recorded, Engine::Tape] {
        let mut density = ModelDensity::new(model.clone()).unwrap().engine(engine);
        let mut gradient = [0.0];
        for b in [-1.0, 0.3, 2.0] {
            density.value_and_gradient(&[b], &mut gradient).unwrap();
            let want = -precision * (b - mean);
            assert!((gradient[0] - want).abs() < 1e-12 * want.abs(), "{} {want} ({engine:?})", gradient[0]);
        }
    }
}

/// Zero is a value like another one of a normal distribution that is truncated there.
#[model]
fn at_the_end(y: [f64; 3]) {
    let s = sample!("s", HalfNormal::new(2.0));
    plate!("rows", 3, {
        observe!("y", TruncatedNormal::new(0.0, &s, 0.0, f64::INFINITY), Tensor::from(y));
    });
}

#[test]
fn data_may_lie_at_the_end_of_a_truncated_normal() {
    let y = [0.0, 1.2, 0.4];
    for engine in [Engine::Recorded, Engine::Tape] {
        let mut density = ModelDensity::new(at_the_end(y)).unwrap().engine(engine);
        let mut gradient = [0.0];
        for u in [-1.0, 0.2] {
            let value = density.value_and_gradient(&[u], &mut gradient).unwrap();
            let s = f64::exp(u);
            let half_normal =
                |x: f64, s: f64| (2.0 / std::f64::consts::PI).sqrt().ln() - s.ln() - 0.5 * (x / s).powi(2);
            let want = u + half_normal(s, 2.0) + y.iter().map(|y| half_normal(*y, s)).sum::<f64>();
            assert!((value - want).abs() < 1e-13, "{value} {want} ({engine:?})");
        }
    }
}
