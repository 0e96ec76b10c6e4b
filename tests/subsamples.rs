//! Plates over some of their members: random ones (`subsample_size`), and given ones (`subsample`).

use approx::assert_relative_eq;
use ppl::prelude::*;
use ppl_infer::svi::{Adam, LearningRate, Svi};

const Y: [f64; 6] = [1.5, -0.5, 2.0, 0.25, 3.0, -1.0];

#[model]
fn mean(rows: &[usize]) {
    let mu = sample!("mu", Normal::new(0.0, 2.0));
    plate!("n", Y.len(), subsample = rows, |index| {
        observe!("y", Normal::new(mu, 1.0), Tensor::from(Y).take(0, &index));
    });
}

/// A guide with a latent site inside the same plate would need the same members; this one has none.
#[guide(mean)]
fn normal() {
    let loc = param!("loc", 0.0);
    let scale = param!("scale", 1.0, Constraint::Positive);
    sample!("mu", Normal::new(loc, scale));
}

#[model]
fn effects(rows: &[usize]) {
    plate!("n", Y.len(), subsample = rows, |index| {
        let effect = sample!("effect", Normal::new(0.0, 1.0));
        observe!("y", Normal::new(effect, 0.5), Tensor::from(Y).take(0, &index));
    });
}

#[guide(effects)]
fn effects_guide(rows: &[usize]) {
    let loc = param!("loc", Tensor::zeros(Y.len()));
    plate!("n", Y.len(), subsample = rows, |index| {
        sample!("effect", Normal::new(loc.take(0, &index), 0.4));
    });
}

/// Normal's log density.
fn log_prob(x: f64, loc: f64, scale: f64) -> f64 {
    -0.5 * ((x - loc) / scale).powi(2) - scale.ln() - 0.5 * (2.0 * std::f64::consts::PI).ln()
}

#[test]
fn densities_of_given_members_stand_for_all() {
    for rows in [&[4, 0][..], &[3], &[5, 4, 3, 2, 1, 0]] {
        let trace = mean(rows).substitute(mean::mu, 0.5).trace(0).unwrap();
        let sum: f64 = rows.iter().map(|&row| log_prob(Y[row], 0.5, 1.0)).sum();
        let expected = sum * Y.len() as f64 / rows.len() as f64;
        assert_relative_eq!(trace.log_likelihood().unwrap().item(), expected, epsilon = 1e-13);
        assert_eq!(trace.get(mean::y).unwrap().to_vec(), rows.iter().map(|&row| Y[row]).collect::<Vec<_>>());
    }
    let contiguous = mean(&Vec::from_iter(2..4)).trace(0).unwrap();
    assert_eq!(contiguous.get(mean::y).unwrap().to_vec(), Y[2..4]);
}

#[test]
fn wrong_members() {
    let error = |rows: &[usize]| mean(rows).trace(0).unwrap_err().to_string();
    assert_eq!(error(&[6]), "site `n`: plate!: `subsample` must be indices below the plate's size 6, got 6");
    assert_eq!(error(&[1, 2, 1]), "site `n`: plate!: `subsample` must be different indices, got 1 twice");
    assert_eq!(error(&[]), "site `n`: plate!: `subsample` must be at least one index, got none");
}

/// Steps of SVI by the recorded program are those on the tape, to within rounding.
#[test]
fn given_members_are_recorded() {
    let start = || Svi::new(Adam::new(0.05)).num_particles(2).seed(1).start().unwrap();
    let (mut recorded, mut on_the_tape) = (start(), start());
    let losses = recorded.run(&mean(&[4, 0]), &normal(), 20).unwrap();
    assert_eq!(recorded.engine(), "recorded");
    for loss in losses {
        assert_relative_eq!(loss, on_the_tape.step(&mean(&[4, 0]), &normal()).unwrap(), max_relative = 1e-9);
    }
}

/// Epochs over batches of rows, a model for each. The mean of the posterior is Σy / (n + 1/4). Over an epoch the gradient in
/// `loc` is that of all rows, and its noise, of the guide's draws and of the order of the batches, is averaged by a learning
/// rate that falls to 5e-5: within 0.02.
#[test]
fn epochs() {
    let falling = LearningRate::ExponentialDecay { initial: 0.05, factor: 0.1, steps: 300 };
    let mut state = Svi::new(Adam::new(falling)).num_particles(4).seed(2).start().unwrap();
    for rows in [[0, 3], [4, 1], [5, 2]].iter().cycle().take(900) {
        state.step(&mean(rows), &normal()).unwrap();
    }
    let expected = Y.iter().sum::<f64>() / (Y.len() as f64 + 0.25);
    assert_relative_eq!(state.params().get(normal::loc).unwrap().item(), expected, epsilon = 0.02);
}

/// Model and guide must be about the same members.
#[test]
fn guides_inside_of_the_plate() {
    let mut state = Svi::new(Adam::new(0.05)).seed(3).start().unwrap();
    for rows in [[0, 3, 5], [4, 1, 2]].iter().cycle().take(10) {
        state.step(&effects(rows), &effects_guide(rows)).unwrap();
    }
    let learned = state.params().get(effects_guide::loc).unwrap().to_vec();
    assert!(learned.iter().zip(Y).all(|(loc, y)| loc * y > 0.0), "{learned:?}");
    let error = state.step(&effects(&[0, 3, 5]), &effects_guide(&[0, 3, 4])).unwrap_err().to_string();
    assert!(
        error.contains("model and guide do not both have the site in that plate, with the same subsample"),
        "{error}"
    );
    // In another order they are others too.
    let order = state.step(&effects(&[0, 1, 2, 3, 4, 5]), &effects_guide(&[1, 0, 2, 3, 4, 5])).unwrap_err();
    assert!(order.to_string().contains("with the same subsample"), "{order}");
}
