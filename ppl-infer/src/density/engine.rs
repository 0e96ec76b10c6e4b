//! `Engine`: the evaluation of a model's log density and its gradient.

use std::fmt;

use ppl::program::{Obstacle, Program};
use serde::{Deserialize, Serialize};

use super::agreement::Rounding;

/// The engine that is requested.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::density::{Engine, ModelDensity};
/// use ppl_infer::{LogDensity, Nuts};
///
/// #[model]
/// fn mean(y: f64) {
///     let mu = sample!("mu", Normal::new(0.0, 1.0));
///     observe!("y", Normal::new(mu, 1.0), y);
/// }
///
/// let mut recorded = ModelDensity::new(mean(2.0))?;
/// let mut tape = ModelDensity::new(mean(2.0))?.engine(Engine::Tape);
/// assert_eq!((recorded.engine_in_use(), tape.engine_in_use()), ("recorded".to_owned(), "run each time".to_owned()));
/// assert!((recorded.value(&[0.5])? - tape.value(&[0.5])?).abs() < 1e-14);
///
/// // Methods have it as a setting, to look for the cause of a difference.
/// let posterior = Nuts::new().engine(Engine::Tape).warmup(50).draws(10).progress(false).run(&mean(2.0))?;
/// assert_eq!(posterior.engine(), "run each time");
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Engine {
    /// A program recorded from one run of the model; the tape where the model cannot be recorded.
    #[default]
    Recorded,
    /// A run of the model on the tape at every evaluation.
    Tape,
}

/// The engine that is used.
#[derive(Clone, Debug)]
pub(crate) enum EngineUsed {
    /// A program, and how far rounding moves what it computes.
    Recorded(Box<Program>, Rounding),
    Tape(WhyTape),
}

/// Why a density is not evaluated by a recorded program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WhyTape {
    Requested,
    /// What the model does may depend on its latent sites.
    Dynamic(Obstacle),
    /// What the programs of a batch do may depend on its data.
    DynamicInBatch(Obstacle),
    /// The run that was to be recorded failed; the samplers will meet the error where it matters.
    Failed(String),
    /// The model gave another density when it ran again.
    Impure,
    /// The program gave something else than a run of the model, by more than rounding explains: of which quantity.
    Differs(String),
}

impl fmt::Display for EngineUsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Recorded(_, rounding) if rounding.is_noticeable() => write!(
                f,
                "recorded; the model is ill-conditioned: rounding alone moves its log density by {:.0e} and a derivative \
                 by {:.0e} of its size",
                rounding.value, rounding.gradient
            ),
            Self::Recorded(..) => f.write_str("recorded"),
            Self::Tape(WhyTape::Requested) => f.write_str("run each time"),
            Self::Tape(WhyTape::Dynamic(obstacle)) => write!(f, "run each time, because {}", obstacle.describe("latent sites")),
            Self::Tape(WhyTape::DynamicInBatch(obstacle)) => {
                write!(f, "run each time, because {}", obstacle.describe("latent sites or on the batch"))
            }
            Self::Tape(WhyTape::Failed(error)) => write!(f, "run each time, because the model could not be recorded: {error}"),
            Self::Tape(WhyTape::Impure) => f.write_str(
                "run each time, because the model gave another density when it ran again: it depends on more than its arguments \
                 and sites",
            ),
            Self::Tape(WhyTape::Differs(what)) => write!(
                f,
                "run each time, because the recorded program disagrees with the model on {what}, by more than rounding explains: an \
                 error of ppl's, not of the model's; please report it"
            ),
        }
    }
}
