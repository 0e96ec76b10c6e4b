//! Particles of recorded programs against the densities that their weights are made of.

use ppl::prelude::*;

use crate::density::Engine;
use crate::{Importance, ImportanceDraws};

/// A model with vectors, plates and an output.
#[model]
fn regression(x: &Tensor, y: &Tensor) -> Tensor {
    let slope = sample!("slope", Normal::new([0.0, 1.0], 1.0));
    let log_scale = sample!("log_scale", Normal::new(-0.5, 0.3));
    let scale = deterministic!("scale", log_scale.exp());
    let mean = x.matmul(&slope);
    let offset = plate!("n", y.size(), {
        let offset = sample!("offset", Normal::new(0.0, 0.2));
        observe!("y", Normal::new(&mean + &offset, scale), y);
        offset
    });
    mean + offset
}

#[guide(regression)]
fn proposal(y: &Tensor) {
    sample!("slope", Normal::new([0.5, 0.5], 0.8));
    sample!("log_scale", Normal::new(-0.4, 0.4));
    plate!("n", y.size(), {
        sample!("offset", Normal::new(0.05, 0.3));
    });
}

fn data() -> (Tensor, Tensor) {
    (Tensor::linspace(-1.0, 1.0, 12).reshape([6, 2]), Tensor::linspace(0.0, 1.5, 6).sin())
}

/// Each draw's weight, made again of its values.
#[track_caller]
fn assert_weights(posterior: &ImportanceDraws, log_weight: impl Fn(&Tensor, &Tensor, &Tensor) -> f64) {
    let column = |site: &str, draw: usize| {
        let draws = posterior.get_array(site).expect("the model has the site");
        Tensor::from(draws.values().index_axis(ndarray::Axis(0), draw).iter().copied().collect::<Vec<f64>>())
    };
    for draw in (0..posterior.num_draws()).step_by(97) {
        let expected = log_weight(&column("slope", draw), &column("scale", draw), &column("offset", draw));
        let got = posterior.weights().log()[draw];
        assert!((got - expected).abs() < 1e-10 * expected.abs().max(1.0), "draw {draw}: {got}, expected {expected}");
    }
}

fn ln_normal(x: &Tensor, loc: impl ppl::IntoTensor, scale: impl ppl::IntoTensor) -> f64 {
    Normal::new(loc, scale).unwrap().log_prob(x).unwrap().sum().item()
}

#[test]
fn weights_are_those_of_the_draws() {
    let (x, y) = data();
    let model = regression(&x, &y);
    // Not a whole number of batches.
    let importance = Importance::new().draws(2_000).seed(4);
    let likelihood =
        |slope: &Tensor, scale: &Tensor, offset: &Tensor| ln_normal(&y, x.matmul(slope) + offset, scale.get(0));
    assert_weights(&importance.run(&model).unwrap(), likelihood);

    let by_guide = importance.run_with_guide(&model, &proposal(&y)).unwrap();
    assert_weights(&by_guide, |slope, scale, offset| {
        let log_scale = scale.ln();
        let prior = ln_normal(slope, [0.0, 1.0], 1.0) + ln_normal(&log_scale, -0.5, 0.3);
        let proposal = ln_normal(slope, [0.5, 0.5], 0.8) + ln_normal(&log_scale, -0.4, 0.4);
        let by_offset = ln_normal(offset, 0.0, 0.2) - ln_normal(offset, 0.05, 0.3);
        likelihood(slope, scale, offset) + prior - proposal + by_offset
    });
}

#[test]
fn tables_and_outputs_are_those_of_single_particles() {
    let (x, y) = data();
    let model = regression(&x, &y);
    let run = |engine| Importance::new().draws(1_500).seed(4).engine(engine).run_output(&model).unwrap();
    let (recorded, single) = (run(Engine::Recorded), run(Engine::Tape));
    let (a, b) = (recorded.draws().sites(), single.draws().sites());
    assert!(a.names().eq(b.names()));
    for (a, b) in a.iter().zip(b) {
        assert_eq!((a.shape(), a.dims()), (b.shape(), b.dims()), "{}", a.name());
    }
    let output = recorded.output_array().unwrap();
    assert_eq!(output.values().shape(), single.output_array().unwrap().values().shape());
    for draw in [0, 255, 256, 1_499] {
        let row = |site: &str| recorded.get_array(site).unwrap().values().index_axis(ndarray::Axis(0), draw).to_owned();
        let slope = Tensor::from(row("slope").iter().copied().collect::<Vec<f64>>());
        let expected = x.matmul(slope) + Tensor::from(row("offset").iter().copied().collect::<Vec<f64>>());
        let got = output.values().index_axis(ndarray::Axis(0), draw).iter().copied().collect::<Vec<f64>>();
        assert!(expected.to_vec().iter().zip(&got).all(|(a, b)| (a - b).abs() < 1e-12), "draw {draw}");
    }
    // Both estimate one number: within 4 of their standard errors, a false alarm in 16,000 choices of the seed.
    let error = |posterior: &ImportanceDraws| (1.0 / posterior.ess() - 1.0 / posterior.num_draws() as f64).sqrt();
    let difference = recorded.log_evidence() - single.log_evidence();
    assert!(difference.abs() < 4.0 * error(&recorded).hypot(error(&single)), "{difference}");
}

#[test]
fn threads_change_nothing() {
    let (x, y) = data();
    let run = |threads| Importance::new().draws(3_000).seed(4).threads(threads).run(&regression(&x, &y)).unwrap();
    assert_eq!(run(1), run(3));
}

/// A program does not look at the parameters of what it draws: particles by themselves say what is wrong with them.
#[test]
fn errors_and_rejections_are_those_of_single_particles() {
    #[model]
    fn negative_scale() {
        let scale = sample!("scale", Normal::new(1.0, 1.0));
        sample!("x", Normal::new(0.0, scale));
    }
    #[model]
    fn impossible() {
        let x = sample!("x", Normal::new(0.0, 1.0));
        observe!("y", Uniform::new(&x, &x + 1.0), 1e6);
    }
    let [recorded, tape] = [Engine::Recorded, Engine::Tape].map(|engine| Importance::new().draws(2_000).engine(engine));
    let error = |importance: Importance| importance.run(&impossible()).unwrap_err().to_string();
    assert_eq!(error(recorded), error(tape));
    let posterior = recorded.run(&negative_scale()).unwrap();
    assert!(!posterior.rejections().is_empty());
    assert_eq!(posterior, tape.run(&negative_scale()).unwrap());
}
