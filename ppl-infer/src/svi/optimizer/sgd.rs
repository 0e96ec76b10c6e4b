//! Stochastic gradient descent.

use serde::{Deserialize, Serialize};

use super::{LearningRate, Optimizer, check_state};
use crate::Result;
use crate::settings::require;

/// Stochastic gradient descent, with momentum if asked for.
///
/// ```text
/// v ← momentum · v + g,   x ← x − learning_rate · v
/// ```
///
/// # Reference
/// Robbins and Monro (1951), "A stochastic approximation method"; Polyak (1964) for the momentum.
///
/// # Example
/// ```
/// use ppl_infer::svi::{Optimizer, Sgd};
///
/// let sgd = Sgd::new(0.1).momentum(0.5);
/// let (mut state, mut position) = (Default::default(), [1.0]);
/// sgd.update(&mut state, 0, &[2.0], &mut position); // v = 2
/// sgd.update(&mut state, 1, &[0.0], &mut position); // v = 1
/// assert!((position[0] - 0.7).abs() < 1e-15);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sgd {
    learning_rate: LearningRate,
    momentum: f64,
}

impl Sgd {
    /// Descent with this step size, or this schedule of step sizes.
    #[must_use]
    pub fn new(learning_rate: impl Into<LearningRate>) -> Self {
        Self { learning_rate: learning_rate.into(), momentum: 0.0 }
    }

    /// Sets how much of the velocity stays.
    #[must_use]
    pub fn momentum(self, momentum: f64) -> Self {
        Self { momentum, ..self }
    }
}

/// What [`Sgd`] remembers of a parameter: its velocity.
///
/// # Example
/// ```
/// use ppl_infer::svi::Sgd;
/// use ppl_infer::svi::optimizer::{Optimizer, SgdState};
///
/// let (sgd, mut state, mut position) = (Sgd::new(0.25).momentum(0.5), SgdState::default(), [1.0]);
/// sgd.update(&mut state, 0, &[2.0], &mut position);
/// assert_eq!(serde_json::to_string(&state).unwrap(), r#"{"velocity":[2.0]}"#);
/// // Without a gradient half of the velocity is left.
/// sgd.update(&mut state, 1, &[0.0], &mut position);
/// assert_eq!(position, [1.0 - 0.25 * 2.0 - 0.25 * 1.0]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SgdState {
    velocity: Vec<f64>,
}

impl Optimizer for Sgd {
    type State = SgdState;

    fn validate(&self) -> Result<()> {
        self.learning_rate.validate()?;
        require("momentum", "from 0 and below 1", self.momentum, (0.0..1.0).contains(&self.momentum))
    }

    fn validate_state(&self, state: &SgdState, size: usize) -> Result<()> {
        check_state("velocity", &state.velocity, size)
    }

    fn update(&self, state: &mut SgdState, step: u64, gradient: &[f64], position: &mut [f64]) {
        state.velocity.resize(gradient.len(), 0.0);
        let learning_rate = self.learning_rate.at(step);
        for ((position, gradient), velocity) in position.iter_mut().zip(gradient).zip(&mut state.velocity) {
            *velocity = self.momentum * *velocity + gradient;
            *position -= learning_rate * *velocity;
        }
    }
}
