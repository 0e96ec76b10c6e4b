//! `Engine`: what evaluates a model's log density and its gradient.

use std::fmt;

use ppl::program::{Obstacle, Program};
use serde::{Deserialize, Serialize};

use super::agreement::Rounding;

/// What is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Engine {
    /// A program recorded from one run of the model; dfdx where the model cannot be recorded.
    #[default]
    Recorded,
    /// A run of the model on dfdx's tape at every evaluation.
    Dfdx,
}

/// What is used.
#[derive(Clone, Debug)]
pub(crate) enum InUse {
    /// A program, and how far rounding moves what it computes.
    Recorded(Box<Program>, Rounding),
    Dfdx(Reason),
}

/// Why a density is not evaluated by a recorded program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    AskedFor,
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

impl fmt::Display for InUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Recorded(_, rounding) if rounding.is_noticeable() => write!(
                f,
                "recorded; the model is ill-conditioned: rounding alone moves its log density by {:.0e} and a derivative \
                 by {:.0e} of its size",
                rounding.value, rounding.gradient
            ),
            Self::Recorded(..) => f.write_str("recorded"),
            Self::Dfdx(Reason::AskedFor) => f.write_str("dfdx"),
            Self::Dfdx(Reason::Dynamic(obstacle)) => write!(f, "dfdx, because {}", obstacle.describe("latent sites")),
            Self::Dfdx(Reason::DynamicInBatch(obstacle)) => {
                write!(f, "dfdx, because {}", obstacle.describe("latent sites or on the batch"))
            }
            Self::Dfdx(Reason::Failed(error)) => write!(f, "dfdx, because the model could not be recorded: {error}"),
            Self::Dfdx(Reason::Impure) => f.write_str(
                "dfdx, because the model gave another density when it ran again: it depends on more than its arguments \
                 and sites",
            ),
            Self::Dfdx(Reason::Differs(what)) => write!(
                f,
                "dfdx, because the recorded program disagrees with the model on {what}, by more than rounding explains: an \
                 error of ppl's, not of the model's; please report it"
            ),
        }
    }
}
