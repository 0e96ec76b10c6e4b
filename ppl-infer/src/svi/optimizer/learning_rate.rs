//! The step size of an optimizer and its schedule.

use serde::{Deserialize, Serialize};

use crate::Result;
use crate::settings::{require, require_positive};

/// Step size as a function of the step. A number is a constant one.
///
/// # Example
/// ```
/// use ppl_infer::svi::LearningRate;
///
/// assert_eq!(LearningRate::from(0.1).at(1000), 0.1);
/// let decaying = LearningRate::ExponentialDecay { initial: 0.1, factor: 0.5, steps: 100 };
/// assert_eq!((decaying.at(0), decaying.at(200)), (0.1, 0.025));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum LearningRate {
    /// The same in every step.
    Constant(f64),
    /// `initial · factor^(step / steps)`, the power not rounded.
    ExponentialDecay {
        /// That of the first step.
        initial: f64,
        /// What it is multiplied by over `steps` steps.
        factor: f64,
        /// Number of steps in which it decays by the factor.
        steps: u64,
    },
}

impl LearningRate {
    /// The step size of a step, counted from 0.
    #[must_use]
    pub fn at(&self, step: u64) -> f64 {
        match *self {
            Self::Constant(rate) => rate,
            Self::ExponentialDecay { initial, factor, steps } => initial * factor.powf(step as f64 / steps as f64),
        }
    }

    pub(super) fn validate(&self) -> Result<()> {
        match *self {
            Self::Constant(rate) => require_positive("learning_rate", rate),
            Self::ExponentialDecay { initial, factor, steps } => {
                require_positive("learning_rate.initial", initial)?;
                require("learning_rate.factor", "above 0 and at most 1", factor, factor > 0.0 && factor <= 1.0)?;
                require("learning_rate.steps", "at least 1", steps, steps > 0)
            }
        }
    }
}

impl From<f64> for LearningRate {
    fn from(rate: f64) -> Self {
        Self::Constant(rate)
    }
}
