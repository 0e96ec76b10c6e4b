//! `Engine`: what evaluates a model's log density and its gradient.

use std::fmt;

use ppl::program::{Obstacle, Program};
use serde::{Deserialize, Serialize};

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

/// How far the two engines may be apart where they are compared, relative to values above 1.
const AGREEMENT: f64 = 1e-8;

/// Whether both engines have given the same number.
pub(crate) fn agree(a: f64, b: f64) -> bool {
    a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= AGREEMENT * a.abs().max(1.0)
}

/// What is used.
#[derive(Clone, Debug)]
pub(crate) enum InUse {
    Recorded(Box<Program>),
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
    Differs,
}

impl fmt::Display for InUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Recorded(_) => f.write_str("recorded"),
            Self::Dfdx(Reason::AskedFor) => f.write_str("dfdx"),
            Self::Dfdx(Reason::Dynamic(Obstacle::Read { location })) => {
                write!(f, "dfdx, because a value that depends on latent sites was read at {location}")
            }
            Self::Dfdx(Reason::Dynamic(Obstacle::Format { after: Some(site) })) => {
                write!(f, "dfdx, because a value that depends on latent sites was formatted after site `{site}`")
            }
            Self::Dfdx(Reason::DynamicInBatch(Obstacle::Read { location })) => {
                write!(f, "dfdx, because a value that depends on latent sites or on the batch was read at {location}")
            }
            Self::Dfdx(Reason::Dynamic(obstacle) | Reason::DynamicInBatch(obstacle)) => {
                write!(f, "dfdx, because {obstacle}")
            }
            Self::Dfdx(Reason::Failed(error)) => write!(f, "dfdx, because the model could not be recorded: {error}"),
            Self::Dfdx(Reason::Differs) => f.write_str(
                "dfdx, because the model gave another density when it ran again: it depends on more than its arguments \
                 and sites",
            ),
        }
    }
}
