//! The log density that samplers see, against densities written by hand: every support, with its Jacobian.
//!
//! At 20 random unconstrained positions a model, `ModelDensity::value_and_gradient` must give the hand-written value to
//! 1e-10 and, as gradient, the finite differences of the hand-written value to 1e-7 (relative above 1): the two share no
//! code, and an error in a Jacobian or a broadcast shows in the first digits.

use std::f64::consts::{LN_2, PI};

use ppl::prelude::*;
use ppl_infer::LogDensity;
use ppl_infer::density::{Engine, ModelDensity};
use rand::RngExt;

const POSITIONS: u64 = 20;

/// Compares value and gradient of the model's density with those of `by_hand`, a function of the unconstrained position.
#[track_caller]
fn assert_density<M: Model + Clone>(model: M, by_hand: impl Fn(&[f64]) -> f64) {
    let mut density = ModelDensity::new(model).expect("the model has continuous latent sites only");
    assert_eq!(density.engine_in_use(), "recorded");
    let mut tape = density.clone().engine(Engine::Tape);
    let dim = density.dim();
    let mut tape_gradient = vec![0.0; dim];
    for draw in 0..POSITIONS {
        let mut rng = Key::new(7).draw(draw).rng("position", 0);
        let position: Vec<f64> = (0..dim).map(|_| 4.0 * rng.random::<f64>() - 2.0).collect();
        let mut gradient = vec![0.0; dim];
        let value = density.value_and_gradient(&position, &mut gradient).expect("the density has a value");
        let expected = by_hand(&position);
        assert!(is_close(value, expected, 1e-10), "{value} at {position:?}, expected {expected}");
        let by_tape = tape.value_and_gradient(&position, &mut tape_gradient).expect("the density has a value");
        assert!(is_close(value, by_tape, 1e-10), "{value} at {position:?}, by the tape {by_tape}");
        for (slope, by_tape) in gradient.iter().zip(&tape_gradient) {
            assert!(is_close(*slope, *by_tape, 1e-10), "gradient {slope} at {position:?}, by the tape {by_tape}");
        }
        for (coordinate, &slope) in gradient.iter().enumerate() {
            let expected = finite_difference(&by_hand, &position, coordinate);
            assert!(
                is_close(slope, expected, 1e-7),
                "gradient {slope} by coordinate {coordinate} at {position:?}, expected {expected}"
            );
        }
    }
}

fn is_close(value: f64, expected: f64, tolerance: f64) -> bool {
    (value - expected).abs() <= tolerance * expected.abs().max(1.0)
}

/// The central difference of order four.
fn finite_difference(function: impl Fn(&[f64]) -> f64, position: &[f64], coordinate: usize) -> f64 {
    const STEP: f64 = 1e-3;
    let at = |steps: f64| {
        let mut moved = position.to_vec();
        moved[coordinate] += steps * STEP;
        function(&moved)
    };
    (8.0 * (at(1.0) - at(-1.0)) - (at(2.0) - at(-2.0))) / (12.0 * STEP)
}

fn log_normal(x: f64, mean: f64, sd: f64) -> f64 {
    -0.5 * ((x - mean) / sd).powi(2) - sd.ln() - 0.5 * (2.0 * PI).ln()
}

fn sigmoid(u: f64) -> f64 {
    1.0 / (1.0 + (-u).exp())
}

#[test]
fn real_line_with_a_plate_and_data() {
    #[model]
    fn hierarchy(y: &Tensor) {
        let mu = sample!("mu", Normal::new(1.0, 2.0));
        plate!("school", 3, {
            let theta = sample!("theta", Normal::new(mu, 0.7));
            observe!("y", Normal::new(theta, [1.0, 2.0, 3.0]), y);
        });
    }
    let y = [0.3, -1.0, 4.0];
    assert_density(hierarchy(&y.into()), |u| {
        let schools = (0..3).map(|j| log_normal(u[1 + j], u[0], 0.7) + log_normal(y[j], u[1 + j], 1.0 + j as f64));
        log_normal(u[0], 1.0, 2.0) + schools.sum::<f64>()
    });
}

#[test]
fn positive() {
    #[model]
    fn counts(y: &Tensor) {
        let rate = sample!("rate", Gamma::new(3.0, 2.0));
        plate!("n", 2, {
            observe!("y", Poisson::new(rate), y);
        });
    }
    // Γ(3) = 2, 4! = 24, and the Jacobian is u.
    assert_density(counts(&[1.0, 4.0].into()), |u| {
        let rate = u[0].exp();
        3.0 * LN_2 - LN_2 + 2.0 * rate.ln() - 2.0 * rate + 5.0 * rate.ln() - 2.0 * rate - 24.0_f64.ln() + u[0]
    });
}

#[test]
fn non_negative_in_a_plate() {
    #[model]
    fn scales() {
        plate!("n", 3, {
            sample!("scale", HalfNormal::new(2.0));
        });
    }
    assert_density(scales(), |u| u.iter().map(|&u| LN_2 + log_normal(u.exp(), 0.0, 2.0) + u).sum());
}

#[test]
fn unit_interval() {
    #[model]
    fn coin(y: &Tensor) {
        let p = sample!("p", Beta::new(2.0, 3.0));
        plate!("toss", 3, {
            observe!("y", Bernoulli::new(p), y);
        });
    }
    // B(2, 3) = 1/12; two heads and a tail; dp/du = p (1 − p).
    assert_density(coin(&[1.0, 0.0, 1.0].into()), |u| {
        let p = sigmoid(u[0]);
        12.0_f64.ln() + (1.0 + 2.0 + 1.0) * p.ln() + (2.0 + 1.0 + 1.0) * (1.0 - p).ln()
    });
}

#[test]
fn interval_whose_bounds_are_other_sites() {
    #[model]
    fn between() {
        let low = sample!("low", Normal::new(0.0, 1.0));
        let width = sample!("width", Exponential::new(0.5));
        let x = sample!("x", Uniform::new(&low, &low + &width));
        observe!("y", Normal::new(x, 1.0), 0.4);
    }
    assert_density(between(), |u| {
        let (low, width, share) = (u[0], u[1].exp(), sigmoid(u[2]));
        let prior = log_normal(low, 0.0, 1.0) + 0.5_f64.ln() - 0.5 * width + u[1] - width.ln();
        let jacobian = width.ln() + share.ln() + (1.0 - share).ln();
        prior + jacobian + log_normal(0.4, low + width * share, 1.0)
    });
}

#[test]
fn half_lines_whose_ends_are_other_sites() {
    #[model]
    fn around() {
        let middle = sample!("middle", Normal::new(0.0, 1.0));
        let above = sample!("above", ImproperUniform::new(Constraint::GreaterThan(middle.clone()), [], []));
        let below = sample!("below", ImproperUniform::new(Constraint::LessThan(middle.clone()), [], []));
        observe!("y", Normal::new(above, 2.0), 3.0);
        observe!("z", Normal::new(below, 2.0), -3.0);
    }
    assert_density(around(), |u| {
        let (above, below) = (u[0] + u[1].exp(), u[0] - u[2].exp());
        // A map onto what is below may run either way; ours is x = end − eᵘ.
        log_normal(u[0], 0.0, 1.0) + u[1] + u[2] + log_normal(3.0, above, 2.0) + log_normal(-3.0, below, 2.0)
    });
}

/// Stan's stick breaking, with the Jacobian as its manual writes it.
fn stick_breaking(u: &[f64]) -> (Vec<f64>, f64) {
    let (mut stick, mut ladj, mut x) = (1.0, 0.0, Vec::new());
    for (k, coordinate) in u.iter().enumerate() {
        let share = sigmoid(coordinate - ((u.len() - k) as f64).ln());
        ladj += share.ln() + (1.0 - share).ln() + f64::ln(stick);
        x.push(stick * share);
        stick -= stick * share;
    }
    x.push(stick);
    (x, ladj)
}

#[test]
fn simplexes_in_a_plate() {
    #[model]
    fn shares() {
        plate!("group", 2, {
            let shares = sample!("shares", Dirichlet::new([1.0, 2.0, 3.0, 1.5]));
            factor!("data", (shares * Tensor::from([3.0, 0.0, 1.0, 2.0])).sum_axis(-1));
        });
    }
    // ln Γ(7.5) − ln Γ(1) − ln Γ(2) − ln Γ(3) − ln Γ(1.5), where Γ(7.5) = 135135 √π / 128 and Γ(1.5) = √π / 2.
    let normaliser = (135_135.0_f64 / 128.0).ln();
    assert_density(shares(), |u| {
        let group = |u: &[f64]| {
            let (x, ladj) = stick_breaking(u);
            let prior = normaliser + x[1].ln() + 2.0 * x[2].ln() + 0.5 * x[3].ln();
            prior + ladj + 3.0 * x[0] + x[2] + 2.0 * x[3]
        };
        group(&u[..3]) + group(&u[3..])
    });
}

#[test]
fn increasing_vectors() {
    #[model]
    fn cutpoints() {
        let cuts = sample!("cuts", ImproperUniform::new(Constraint::OrderedVector, [], 3));
        factor!("prior", Normal::new([0.0, 1.0, 2.0], 1.5)?.log_prob(&cuts)?.sum());
    }
    assert_density(cutpoints(), |u| {
        let cuts = [u[0], u[0] + u[1].exp(), u[0] + u[1].exp() + u[2].exp()];
        cuts.iter().zip(0..).map(|(&cut, k)| log_normal(cut, f64::from(k), 1.5)).sum::<f64>() + u[1] + u[2]
    });
}

#[test]
fn lower_cholesky_factors() {
    #[model]
    fn factor() {
        let l = sample!("l", ImproperUniform::new(Constraint::LowerCholesky, [], [3, 3]));
        factor!("prior", Normal::new(0.5, 1.0)?.log_prob(&l)?.sum());
    }
    assert_density(factor(), |u| {
        // Below the diagonal row by row, then the diagonal; the three zeros above it count as entries here.
        let entries = [u[0], u[1], u[2], u[3].exp(), u[4].exp(), u[5].exp(), 0.0, 0.0, 0.0];
        entries.iter().map(|&entry| log_normal(entry, 0.5, 1.0)).sum::<f64>() + u[3] + u[4] + u[5]
    });
}

#[test]
fn positive_definite_matrices() {
    #[model]
    fn covariance() {
        let s = sample!("s", ImproperUniform::new(Constraint::PositiveDefinite, [], [2, 2]));
        // A Wishart density with 5 degrees of freedom, up to its constant: |S|^((5 − 3) / 2) e^(−tr S / 2).
        factor!("prior", s.log_determinant() - 0.5 * s.diagonal().sum());
    }
    assert_density(covariance(), |u| {
        let (l21, l11, l22) = (u[0], u[1].exp(), u[2].exp());
        let (log_determinant, trace) = (2.0 * (u[1] + u[2]), l11 * l11 + l21 * l21 + l22 * l22);
        // s11 = l11², s21 = l11 l21, s22 = l21² + l22²: |∂s/∂l| = 2 l11 · l11 · 2 l22.
        let jacobian = (2.0 * l11 * l11 * 2.0 * l22).ln() + u[1] + u[2];
        log_determinant - 0.5 * trace + jacobian
    });
}

#[test]
fn elements_of_an_event() {
    #[model]
    fn vector() {
        let x = sample!("x", ImproperUniform::new(Constraint::Positive, [], 3));
        factor!("prior", -x.sum());
    }
    assert_density(vector(), |u| u.iter().map(|u| u - u.exp()).sum());
}

#[test]
fn scaled_masked_and_conditioned_sites() {
    #[model]
    fn three(y: &Tensor) {
        let scale = sample!("scale", Exponential::new(1.0));
        sample!("given", Normal::new(0.0, &scale));
        plate!("n", 3, {
            observe!("y", Normal::new(0.0, &scale), y);
        });
    }
    let y = [0.5, -1.5, 2.5];
    let by_hand = |u: &[f64], factors: [f64; 3], prior: f64| {
        let scale = u[0].exp();
        let data = y.iter().zip(factors).map(|(&y, factor)| factor * log_normal(y, 0.0, scale)).sum::<f64>();
        prior * (-scale + log_normal(1.0, 0.0, scale)) + data + u[0]
    };
    let observed = Tensor::from(y);
    let model = || three(&observed).condition(three::given, 1.0);
    assert_density(model(), |u| by_hand(u, [1.0; 3], 1.0));
    // A tempered density is still one by the constrained value: the Jacobian is not tempered.
    assert_density(model().scale(0.3).unwrap(), |u| by_hand(u, [0.3; 3], 0.3));
    #[model]
    fn masked(y: &Tensor) {
        let scale = sample!("scale", Exponential::new(1.0));
        call!("part", data(&scale, y).mask([1.0, 0.0, 1.0])?);
    }
    #[model]
    fn data(scale: &Tensor, y: &Tensor) {
        plate!("n", 3, {
            observe!("y", Normal::new(0.0, scale), y);
        });
    }
    assert_density(masked(&y.into()), |u| {
        let scale = u[0].exp();
        -scale + log_normal(y[0], 0.0, scale) + log_normal(y[2], 0.0, scale) + u[0]
    });
}

#[test]
fn linear_regression() {
    #[model]
    fn regression(x: &Tensor, y: &Tensor) {
        let beta = sample!("beta", Normal::new(Tensor::zeros(2), [1.0, 2.0]));
        let sigma = sample!("sigma", InverseGamma::new(2.0, 1.0));
        plate!("n", 4, {
            observe!("y", Normal::new(x.matmul(beta), sigma), y);
        });
    }
    let x = [[1.0, 0.5], [1.0, -0.5], [1.0, 2.0], [1.0, 1.0]];
    let y = [0.1, 0.2, 2.0, 1.0];
    assert_density(regression(&x.into(), &y.into()), |u| {
        let sigma = u[2].exp();
        let prior = log_normal(u[0], 0.0, 1.0) + log_normal(u[1], 0.0, 2.0) - 3.0 * sigma.ln() - 1.0 / sigma + u[2];
        let data = x.iter().zip(y).map(|(x, y)| log_normal(y, x[0] * u[0] + x[1] * u[1], sigma));
        prior + data.sum::<f64>()
    });
}

/// A sampler without gradients sees the same density, also where a parameter is outside of its domain.
#[test]
fn the_value_alone_is_that_beside_the_gradient() {
    #[model]
    fn line(y: &Tensor) {
        let slope = sample!("slope", Normal::new(0.5, 1.0));
        let rate = sample!("rate", HalfNormal::new(1.0));
        plate!("i", y.size(), {
            observe!("y", Normal::new(&rate, slope), y);
        });
    }
    let y = Tensor::from([0.5, 1.0]);
    for engine in [Engine::Recorded, Engine::Tape] {
        let mut density = ModelDensity::new(line(&y)).unwrap().engine(engine);
        let mut gradient = [0.0; 2];
        for position in [[0.7, -0.3], [2.0, 1.5], [0.01, 3.0]] {
            let expected = density.value_and_gradient(&position, &mut gradient).unwrap();
            let value = density.value(&position).unwrap();
            assert!((value - expected).abs() <= 1e-12 * expected.abs(), "{engine:?}: {value}, {expected}");
        }
        // A scale of −0.5.
        assert!(!density.value(&[-0.5, 0.0]).unwrap().is_finite(), "{engine:?}");
    }
}
