//! Fits on batches of data: one program for those of the same shapes.

use ppl::prelude::*;

use super::scale;
use crate::density::Engine;
use crate::svi::{Adam, AutoNormal, Svi, SviState};

#[model]
fn logistic(x: Tensor, y: Tensor, of: usize) {
    let weights = sample!("weights", Normal::new(Tensor::zeros(3), 1.0));
    let log_prob = Bernoulli::from_logits(x.matmul(weights))?.log_prob(&y)?;
    factor!("y", log_prob.sum() * (of as f64 / y.size() as f64));
}

#[model]
fn counts(x: Tensor, y: Tensor) {
    let rate = sample!("rate", Normal::new(0.0, 1.0));
    plate!("n", y.size(), {
        observe!("y", Poisson::new((rate * x).exp()), y);
    });
}

#[model]
fn classes(y: Tensor) {
    let logits = sample!("logits", Normal::new(Tensor::zeros(3), 1.0));
    plate!("n", y.size(), {
        observe!("y", Categorical::from_logits(logits), y);
    });
}

fn rows(from: usize, count: usize) -> Tensor {
    Tensor::linspace(from as f64, (from + 3 * count) as f64, 3 * count).sin().reshape([count, 3])
}

fn binary(from: usize, count: usize) -> Tensor {
    Tensor::from((from..from + count).map(|number| (number * 7 % 3 % 2) as f64).collect::<Vec<_>>())
}

fn start(engine: Engine) -> SviState<Adam> {
    Svi::new(Adam::new(0.05)).num_particles(2).seed(3).engine(engine).start().unwrap()
}

/// The programs round differently: what Adam makes of that in some tens of steps stays far below 1e-8 of the loss.
#[track_caller]
fn assert_same(recorded: (Vec<f64>, SviState<Adam>), tape: (Vec<f64>, SviState<Adam>)) {
    assert_eq!((recorded.1.engine(), tape.1.engine()), ("recorded", "run each time"));
    assert_eq!(recorded.0.len(), tape.0.len());
    for (step, (a, b)) in recorded.0.iter().zip(&tape.0).enumerate() {
        assert!((a - b).abs() <= 1e-8 * b.abs().max(1.0), "step {step}: {a}, by the tape {b}");
    }
    for name in tape.1.params().names() {
        let [a, b] = [&recorded.1, &tape.1].map(|state| state.params().unconstrained(name).unwrap().to_vec());
        assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-8), "{name}: {a:?}, by the tape {b:?}");
    }
}

/// Batches of 8, of which the last has 5 rows, as a loader gives them; three times all.
#[test]
fn batches_of_several_shapes_give_the_steps_of_the_tape() {
    let batches: Vec<(Tensor, Tensor)> = [(0, 8), (8, 8), (16, 8), (24, 5)]
        .into_iter()
        .cycle()
        .take(12)
        .map(|(from, count)| (rows(from, count), binary(from, count)))
        .collect();
    let guide = AutoNormal::new(logistic(rows(0, 8), binary(0, 8), 29)).unwrap();
    let [recorded, tape] = [Engine::Recorded, Engine::Tape].map(|engine| {
        let mut state = start(engine);
        let programs = |(x, y)| (logistic(x, y, 29), &guide);
        (state.run_batches(batches.iter().cloned(), programs).unwrap(), state)
    });
    // A step takes its own model on the tape, whoever passes it.
    let mut single = start(Engine::Tape);
    let losses = batches.iter().map(|(x, y)| single.step(&logistic(x.clone(), y.clone(), 29), &guide).unwrap());
    assert_eq!(losses.collect::<Vec<_>>(), tape.0);
    assert_same(recorded, tape);
}

/// Observed data of a discrete distribution are checked by the program.
#[test]
fn discrete_observations_enter_programs() {
    let data = |from: usize| [rows(from, 2).reshape(6), binary(from, 6) * 3.0];
    let guide = AutoNormal::new(counts(data(0)[0].clone(), data(0)[1].clone())).unwrap();
    let [recorded, tape] = [Engine::Recorded, Engine::Tape].map(|engine| {
        let mut state = start(engine);
        let programs = |[x, y]: [Tensor; 2]| (counts(x, y), &guide);
        (state.run_batches((0..10).map(data), programs).unwrap(), state)
    });
    assert_same(recorded, tape);

    let data = |from: usize| binary(from, 6) + binary(from + 1, 6);
    let guide = AutoNormal::new(classes(data(0))).unwrap();
    let [recorded, tape] = [Engine::Recorded, Engine::Tape].map(|engine| {
        let mut state = start(engine);
        (state.run_batches((0..10).map(data), |y| (classes(y), &guide)).unwrap(), state)
    });
    assert_same(recorded, tape);
}

/// A batch outside the support is the error of its step, as on the tape, with the site and the step.
#[test]
fn a_batch_outside_the_support_names_its_site() {
    let batch = |number: usize| {
        let y = if number == 4 { Tensor::from([1.0, -1.0]) } else { Tensor::from([1.0, 2.0]) };
        [Tensor::from([0.5, 0.1]), y]
    };
    let guide = AutoNormal::new(counts(batch(0)[0].clone(), batch(0)[1].clone())).unwrap();
    let [recorded, tape] = [Engine::Recorded, Engine::Tape].map(|engine| {
        let mut state = start(engine);
        let programs = |[x, y]: [Tensor; 2]| (counts(x, y), &guide);
        let error = state.run_batches((0..10).map(batch), programs).unwrap_err();
        assert_eq!(state.steps_taken(), 4);
        error.to_string()
    });
    assert_eq!(recorded, "step 4: site `y`: value must be a non-negative integer, got -1 at [1]");
    assert_eq!(recorded, tape);
}

#[model]
fn by_sign(y: Tensor) {
    let loc = sample!("loc", Normal::new(0.0, 1.0));
    let scale = if y.get(0).item() > 0.0 { 1.0 } else { 2.0 };
    plate!("n", y.size(), {
        observe!("y", Normal::new(loc, scale), y);
    });
}

/// What is decided by data may be decided otherwise for the next: it is run on the tape.
#[test]
fn data_that_are_read_keep_a_program_from_being_recorded() {
    let line = line!() - 9;
    let data = |number: usize| Tensor::from([number as f64 - 2.5, 1.0]);
    let guide = AutoNormal::new(by_sign(data(0))).unwrap();
    let [recorded, tape] = [Engine::Recorded, Engine::Tape].map(|engine| {
        let mut state = start(engine);
        (state.run_batches((0..6).map(data), |y| (by_sign(y), &guide)).unwrap(), state)
    });
    let expected = format!(
        "run each time, because a value that depends on latent sites or on the batch was read at {}:{line}:",
        file!()
    );
    assert!(recorded.1.engine().starts_with(&expected), "{}", recorded.1.engine());
    assert_eq!(recorded.0, tape.0);
}

#[model]
fn single_by_sign(y: Tensor) {
    let loc = sample!("loc", Normal::new(0.0, 1.0));
    let scale = if y.size() == 1 && y.item() > 0.0 { 2.0 } else { 1.0 };
    plate!("n", y.size(), {
        observe!("y", Normal::new(loc, scale), y);
    });
}

/// The rest of the data, say, whichever batch comes last.
#[test]
fn batches_that_are_not_recorded_are_told_by_their_shape() {
    let data = |number: usize| Tensor::linspace(0.5, 1.0, if number == 2 { 1 } else { 3 });
    let guide = AutoNormal::new(single_by_sign(data(0))).unwrap();
    for count in [3, 6] {
        let mut state = start(Engine::Recorded);
        state.run_batches((0..count).map(data), |y| (single_by_sign(y), &guide)).unwrap();
        let expected = "recorded, but for batches of shape [1]: run each time, because a value that depends on latent sites or on the \
                        batch was read at";
        assert!(state.engine().starts_with(expected), "{}", state.engine());
    }
}

/// A model that changes by itself is found out where the second batch comes.
#[test]
fn a_program_that_does_not_stay_the_same_is_given_up() {
    let runs = std::cell::Cell::new(0);
    let guide = AutoNormal::new(scale()).unwrap();
    let mut state = start(Engine::Recorded);
    let losses = state.run_batches(vec![[Tensor::scalar(0.5)]; 6], |_| {
        runs.set(runs.get() + 1);
        let strength = if runs.get() > 3 { 2.0 } else { 1.0 };
        (scale().scale(strength).unwrap(), &guide)
    });
    assert_eq!(losses.unwrap().len(), 6);
    assert!(state.engine().starts_with("run each time, because the model gave another density"), "{}", state.engine());
}

#[model]
fn mean(y: Tensor) {
    let mu = sample!("mu", Normal::new(0.0, 1.0));
    plate!("n", y.size(), {
        observe!("y", Normal::new(mu, 1.0), y);
    });
}

/// A guide with a parameter for each size of a batch.
#[guide(mean)]
fn by_size(size: usize) {
    let loc = param!("loc", 0.0);
    let offset = param!("by_size_{size}", 0.0);
    sample!("mu", Normal::new(loc + offset, 0.5));
}

/// A parameter that turns up later moves the places of others: programs from before are not used with it.
#[test]
fn parameters_may_turn_up_with_a_new_shape() {
    let batches = || [3, 3, 2, 3, 2, 2, 1, 3, 3, 2].map(|size| Tensor::linspace(0.5, 1.5, size));
    let [recorded, tape] = [Engine::Recorded, Engine::Tape].map(|engine| {
        let mut state = start(engine);
        (state.run_batches(batches(), |y| (mean(y.clone()), by_size(y.size()))).unwrap(), state)
    });
    assert_eq!(tape.1.params().names().collect::<Vec<_>>().len(), 4);
    assert_same(recorded, tape);
}

#[test]
fn no_batches_take_no_steps() {
    let guide = AutoNormal::new(scale()).unwrap();
    let mut state = start(Engine::Recorded);
    assert_eq!(state.run_batches(Vec::<Tensor>::new(), |_| (scale(), &guide)).unwrap(), [0.0; 0]);
    assert_eq!((state.steps_taken(), state.engine()), (0, ""));
}
