//! Normalising flows by networks, fitted by variational inference in recorded programs.
//!
//! Seeds are fixed. Each test of a fit states the divergence that its fit reaches, and allows twice as much: another
//! platform rounds otherwise, and follows another path.

#![allow(clippy::print_stdout, reason = "the figures show with `--nocapture`")]

use std::sync::Arc;
use std::time::Instant;

use ppl::bijector::{Bijector, Chain, Inverse, MaskedAutoregressiveFlow, Permute, RealNvp};
use ppl::nn::layers::{Linear, Tanh};
use ppl::nn::{Architecture, Network};
use ppl::prelude::*;
use ppl_infer::density::Engine;
use ppl_infer::svi::{Adam, LearningRate, Svi, SviResult};

/// A normal distribution bent to a parabola: x₁ = z₁, x₂ = z₂ / 2 + z₁². Its density is normalised, so that the evidence
/// lower bound is minus the Kullback–Leibler divergence of the guide from it.
fn banana() -> ppl::Result<impl Distribution> {
    let bend = RealNvp::new(1, |first| Ok((first.square(), Tensor::from(0.5_f64.ln()))));
    Normal::new([0.0, 0.0], 1.0).to_event(1).transform(bend)
}

#[model]
fn target() {
    sample!("x", banana());
}

/// Layers, the first of which is applied first, with the entries reversed between them.
fn reversing(layers: Vec<Arc<dyn Bijector>>) -> Chain {
    let mut parts: Vec<Arc<dyn Bijector>> = Vec::new();
    for layer in layers {
        if !parts.is_empty() {
            parts.insert(0, Arc::new(Permute::reversed(2)));
        }
        parts.insert(0, layer);
    }
    Chain::new(parts)
}

/// Networks of one architecture with different initial values.
fn networks<A: Architecture>(count: u64) -> Vec<Network> {
    (0..count).map(|seed| Network::new::<A>(seed).expect("the layers fit")).collect()
}

/// Adam with a step size that falls by 100.
fn svi(initial: f64, steps: u64, engine: Engine) -> Svi<Adam> {
    let rate = LearningRate::ExponentialDecay { initial, factor: 0.01, steps };
    Svi::new(Adam::new(rate)).steps(steps).engine(engine)
}

fn fit<M: Model, G: Model>(svi: &Svi<Adam>, model: &M, guide: &G) -> SviResult<Adam> {
    let start = Instant::now();
    let fit = svi.run(model, guide).expect("the bound is finite");
    let steps = fit.losses().len();
    println!("{}: {steps} steps in {:.2?}", fit.engine(), start.elapsed());
    fit
}

/// The mean of the last losses: of a bound, minus its estimate.
fn last_losses(fit: &SviResult<Adam>, count: usize) -> f64 {
    fit.losses()[fit.losses().len() - count..].iter().sum::<f64>() / count as f64
}

#[guide(target)]
fn coupling_layers(networks: &[Network]) {
    let mut layers: Vec<Arc<dyn Bijector>> = Vec::new();
    for (layer, network) in networks.iter().enumerate() {
        layers.push(Arc::new(RealNvp::from_network(call!("layer_{layer}", network.learned()))?));
    }
    sample!("x", Normal::new([0.0, 0.0], 1.0).to_event(1).transform(reversing(layers)));
}

/// The fit reaches a divergence of 0.055 nats.
#[test]
fn real_nvp_bends_to_a_banana() {
    let networks = networks::<(Linear<1, 16>, Tanh, Linear<16, 2>)>(3);
    let fit = fit(&svi(0.02, 3000, Engine::Recorded).num_particles(16), &target(), &coupling_layers(&networks));
    let divergence = last_losses(&fit, 500);
    println!("divergence {divergence}");
    assert!(divergence.abs() < 0.11);
}

#[model]
fn parabola() {
    let z = sample!("z", Normal::new([0.0, 0.0], 1.0).to_event(1));
    observe!("y", Normal::new(z.get(1) - z.get(0).square(), 0.5), 1.0);
}

#[guide(parabola)]
fn inverse_autoregressive(networks: &[Network]) {
    let mut layers: Vec<Arc<dyn Bijector>> = Vec::new();
    for (layer, network) in networks.iter().enumerate() {
        let flow = MaskedAutoregressiveFlow::from_network(call!("layer_{layer}", network.learned()))?;
        layers.push(Arc::new(Inverse::new(Arc::new(flow))));
    }
    sample!("z", Normal::new([0.0, 0.0], 1.0).to_event(1).transform(reversing(layers)));
}

/// The evidence is an integral over z₁ alone: y is normal given it. The fit reaches a divergence of 0.010 nats.
#[test]
fn an_inverse_autoregressive_flow_finds_the_evidence() {
    let ln_normal = |x: f64, variance: f64| -0.5 * (x * x / variance + (2.0 * std::f64::consts::PI * variance).ln());
    let density = |z: f64| (ln_normal(z, 1.0) + ln_normal(1.0 + z * z, 1.25)).exp();
    let evidence = (0..4000).map(|point| density(-10.0 + (f64::from(point) + 0.5) * 0.005) * 0.005).sum::<f64>();

    let networks = networks::<(Linear<2, 16>, Tanh, Linear<16, 4>)>(3);
    let svi = svi(0.02, 3000, Engine::Recorded).num_particles(16);
    let fit = fit(&svi, &parabola(), &inverse_autoregressive(&networks));
    let divergence = last_losses(&fit, 500) + evidence.ln();
    println!("divergence {divergence}");
    assert!(divergence.abs() < 0.02);
}

#[model]
fn density(networks: &[Network], y: &Tensor) {
    let mut layers: Vec<Arc<dyn Bijector>> = Vec::new();
    for (layer, network) in networks.iter().enumerate() {
        let network = call!("layer_{layer}", network.learned());
        layers.push(Arc::new(MaskedAutoregressiveFlow::from_network(network)?));
    }
    plate!("row", y.shape()[0], {
        observe!("y", Normal::new([0.0, 0.0], 1.0).to_event(1).transform(reversing(layers)), y);
    });
}

#[guide(density)]
fn nothing() {}

/// The divergence of the fit from the banana, by 10,000 draws of it that the fit has not seen: 0.038 nats.
#[test]
fn a_masked_autoregressive_flow_estimates_a_density() {
    let banana = banana().unwrap();
    let draws = |name: &str, size: usize| banana.sample(&mut Key::new(0).rng(name, 0), &Shape::from(size)).unwrap();
    let networks = networks::<(Linear<2, 16>, Tanh, Linear<16, 4>)>(3);
    let train = draws("train", 1000);
    let fit = fit(&svi(0.02, 500, Engine::Recorded), &density(&networks, &train), &nothing());

    let test = draws("test", 10_000);
    let fitted = density(&networks, &test).with(fit.params().handler()).trace(0).unwrap();
    let log_ratio = banana.log_prob(&test).unwrap().sum() - fitted.log_likelihood().unwrap();
    let divergence = log_ratio.item() / 10_000.0;
    println!("divergence {divergence}");
    assert!(divergence > 0.0 && divergence < 0.08);
}

#[test]
fn a_recorded_fit_is_that_on_the_tape() {
    let networks = networks::<(Linear<1, 16>, Tanh, Linear<16, 2>)>(3);
    let guide = coupling_layers(&networks);
    let recorded = fit(&svi(0.02, 50, Engine::Recorded).num_particles(2), &target(), &guide);
    let tape = fit(&svi(0.02, 50, Engine::Tape).num_particles(2), &target(), &guide);
    assert_eq!((recorded.engine(), tape.engine()), ("recorded", "run each time"));
    for (recorded, tape) in recorded.losses().iter().zip(tape.losses()) {
        assert!((recorded - tape).abs() < 1e-8, "{recorded}, by the tape {tape}");
    }
}
