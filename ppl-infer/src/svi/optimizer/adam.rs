//! Adam.

use serde::{Deserialize, Serialize};

use super::{LearningRate, Optimizer, check_state};
use crate::Result;
use crate::settings::{require, require_positive};

/// Adam: steps of a size that running moments of the gradient set for each component.
///
/// ```text
/// m ← b1 m + (1 − b1) g,   v ← b2 v + (1 − b2) g²
/// x ← x − learning_rate · m̂ / (√v̂ + eps),   m̂ = m / (1 − b1ᵗ),  v̂ = v / (1 − b2ᵗ)
/// ```
///
/// | setting         | default | domain              |
/// |-----------------|---------|---------------------|
/// | `learning_rate` |         | positive            |
/// | `b1`, `b2`      | 0.9, 0.999 | from 0, below 1  |
/// | `eps`           | 1e-8    | positive            |
///
/// # Reference
/// Kingma and Ba (2015), "Adam: a method for stochastic optimization", algorithm 1.
///
/// # Example
/// ```
/// use ppl_infer::svi::{Adam, Optimizer};
///
/// // The first step has the length of the learning rate, whatever the size of the gradient.
/// let mut position = [1.0];
/// Adam::new(0.01).update(&mut Default::default(), 0, &[250.0], &mut position);
/// assert!((position[0] - 0.99).abs() < 1e-9);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Adam {
    learning_rate: LearningRate,
    b1: f64,
    b2: f64,
    eps: f64,
}

impl Adam {
    /// Adam with this step size, or this schedule of step sizes.
    #[must_use]
    pub fn new(learning_rate: impl Into<LearningRate>) -> Self {
        Self { learning_rate: learning_rate.into(), b1: 0.9, b2: 0.999, eps: 1e-8 }
    }

    /// Sets the decay of the first moment.
    #[must_use]
    pub fn b1(self, b1: f64) -> Self {
        Self { b1, ..self }
    }

    /// Sets the decay of the second moment.
    #[must_use]
    pub fn b2(self, b2: f64) -> Self {
        Self { b2, ..self }
    }

    /// Sets what is added to the root of the second moment.
    #[must_use]
    pub fn eps(self, eps: f64) -> Self {
        Self { eps, ..self }
    }
}

/// What [`Adam`] remembers of a parameter: the running moments of its gradient.
///
/// # Example
/// It is what a fit keeps of the optimizer, and is written with it:
/// ```
/// use ppl_infer::svi::Adam;
/// use ppl_infer::svi::optimizer::{AdamState, Optimizer};
///
/// let (adam, mut state, mut position) = (Adam::new(0.1), AdamState::default(), [1.0]);
/// adam.update(&mut state, 0, &[2.0], &mut position);
///
/// let text = serde_json::to_string(&state).unwrap();
/// let (mut resumed, mut copy): (AdamState, _) = (serde_json::from_str(&text).unwrap(), position);
/// adam.update(&mut resumed, 1, &[-1.0], &mut copy);
/// adam.update(&mut state, 1, &[-1.0], &mut position);
/// assert_eq!((resumed, copy), (state, position));
/// // The moments remember the first gradient: the parameter still moves against it.
/// assert!(position[0] < 0.9);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AdamState {
    first_moment: Vec<f64>,
    second_moment: Vec<f64>,
    /// What the moments have seen of their sum of weights: 1 − b1ᵗ and 1 − b2ᵗ.
    first_bias: f64,
    second_bias: f64,
}

impl Optimizer for Adam {
    type State = AdamState;

    fn validate(&self) -> Result<()> {
        self.learning_rate.validate()?;
        require("b1", "from 0 and below 1", self.b1, (0.0..1.0).contains(&self.b1))?;
        require("b2", "from 0 and below 1", self.b2, (0.0..1.0).contains(&self.b2))?;
        require_positive("eps", self.eps)
    }

    fn validate_state(&self, state: &AdamState, size: usize) -> Result<()> {
        check_state("first_moment", &state.first_moment, size)?;
        check_state("second_moment", &state.second_moment, size)?;
        if let Some(moment) = state.second_moment.iter().find(|moment| **moment < 0.0) {
            require("second_moment", "at least 0", moment, false)?;
        }
        for (parameter, bias) in [("first_bias", state.first_bias), ("second_bias", state.second_bias)] {
            require(parameter, "from 0 to 1", bias, (0.0..=1.0).contains(&bias))?;
        }
        Ok(())
    }

    fn update(&self, state: &mut AdamState, step: u64, gradient: &[f64], position: &mut [f64]) {
        state.first_moment.resize(gradient.len(), 0.0);
        state.second_moment.resize(gradient.len(), 0.0);
        let learning_rate = self.learning_rate.at(step);
        // 1 − bᵗ, by the rule of the moments, of which it is that of a gradient of 1: powers would take as long as the rest.
        state.first_bias = self.b1 * state.first_bias + (1.0 - self.b1);
        state.second_bias = self.b2 * state.second_bias + (1.0 - self.b2);
        let (bias1, bias2) = (state.first_bias, state.second_bias);
        let moments = state.first_moment.iter_mut().zip(&mut state.second_moment);
        for ((position, gradient), (first, second)) in position.iter_mut().zip(gradient).zip(moments) {
            *first = self.b1 * *first + (1.0 - self.b1) * gradient;
            *second = self.b2 * *second + (1.0 - self.b2) * gradient * gradient;
            *position -= learning_rate * (*first / bias1) / ((*second / bias2).sqrt() + self.eps);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_steps_by_hand() {
        // Gradients 1, −2, 3 with b1 = 0.5, b2 = 0.75, eps = 0.25.
        let adam = Adam::new(0.5).b1(0.5).b2(0.75).eps(0.25);
        let (mut state, mut position) = (AdamState::default(), [10.0]);
        let mut expected = 10.0;
        let (mut m, mut v) = (0.0_f64, 0.0_f64);
        for (step, gradient) in [1.0_f64, -2.0, 3.0].into_iter().enumerate() {
            adam.update(&mut state, step as u64, &[gradient], &mut position);
            (m, v) = (0.5 * m + 0.5 * gradient, 0.75 * v + 0.25 * gradient.powi(2));
            let t = step as i32 + 1;
            expected -= 0.5 * (m / (1.0 - 0.5_f64.powi(t))) / ((v / (1.0 - 0.75_f64.powi(t))).sqrt() + 0.25);
            assert!((position[0] - expected).abs() < 1e-14);
        }
        // m = 0.5, −0.75, 1.125; v = 0.25, 1.1875, 3.140625.
        assert_eq!((state.first_moment[0], state.second_moment[0]), (1.125, 3.140_625));
    }

    #[test]
    fn settings_are_checked() {
        let message = |adam: Adam| adam.validate().unwrap_err().to_string();
        assert_eq!(message(Adam::new(0.0)), "`learning_rate` must be positive and finite, got 0");
        assert_eq!(message(Adam::new(0.1).b1(1.0)), "`b1` must be from 0 and below 1, got 1");
        assert_eq!(message(Adam::new(0.1).b2(f64::NAN)), "`b2` must be from 0 and below 1, got NaN");
        assert_eq!(message(Adam::new(0.1).eps(-1.0)), "`eps` must be positive and finite, got -1");
        let growing = LearningRate::ExponentialDecay { initial: 0.1, factor: 2.0, steps: 10 };
        assert_eq!(message(Adam::new(growing)), "`learning_rate.factor` must be above 0 and at most 1, got 2");
    }
}
