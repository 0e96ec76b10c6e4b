//! Adam on clipped gradients.

use serde::{Deserialize, Serialize};

use super::{Adam, AdamState, LearningRate, Optimizer};
use crate::Result;
use crate::settings::require;

/// [`Adam`] after every component of the gradient has been cut to [−clip, clip].
///
/// A single wild draw then cannot undo many steps.
///
/// # Example
/// ```
/// use ppl_infer::svi::{ClippedAdam, Optimizer};
///
/// let optimizer = ClippedAdam::new(0.01).clip(10.0);
/// let (mut wild, mut tame) = ([1.0], [1.0]);
/// optimizer.update(&mut Default::default(), 0, &[1e6], &mut wild);
/// optimizer.update(&mut Default::default(), 0, &[10.0], &mut tame);
/// assert_eq!(wild, tame);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClippedAdam {
    adam: Adam,
    clip: f64,
}

impl ClippedAdam {
    /// Adam with this step size and the default settings; gradients are cut to [−10, 10].
    #[must_use]
    pub fn new(learning_rate: impl Into<LearningRate>) -> Self {
        Self::with_adam(Adam::new(learning_rate))
    }

    /// This Adam; gradients are cut to [−10, 10].
    #[must_use]
    pub fn with_adam(adam: Adam) -> Self {
        Self { adam, clip: 10.0 }
    }

    /// Sets the largest size of a component of the gradient.
    #[must_use]
    pub fn clip(self, clip: f64) -> Self {
        Self { clip, ..self }
    }
}

impl Optimizer for ClippedAdam {
    type State = AdamState;

    fn validate(&self) -> Result<()> {
        require("clip", "positive", self.clip, self.clip > 0.0)?;
        self.adam.validate()
    }

    fn validate_state(&self, state: &AdamState, size: usize) -> Result<()> {
        self.adam.validate_state(state, size)
    }

    fn update(&self, state: &mut AdamState, step: u64, gradient: &[f64], position: &mut [f64]) {
        let clipped: Vec<f64> = gradient.iter().map(|gradient| gradient.max(-self.clip).min(self.clip)).collect();
        self.adam.update(state, step, &clipped, position);
    }
}
