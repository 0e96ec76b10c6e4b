//! Validation: the checks that a model and its data need once, and not in each of a thousand runs.

use super::ShapeTable;
use super::help::{self, Origin};
use crate::tensor::drawn;
use crate::{Error, Tensor};

/// The memory of a run that is validated.
pub(super) struct Validation {
    /// The shapes of the sites so far, which messages show.
    pub(super) shapes: ShapeTable,
    /// Count of reads of drawn values when the run began.
    pub(super) reads: u64,
    /// The values of sites so far, any of which may turn out to be a wrong parameter.
    origins: Vec<Origin>,
}

impl Validation {
    /// The memory of a run that begins.
    pub(super) fn new() -> Self {
        Self { shapes: ShapeTable::default(), reads: drawn::reads(), origins: Vec::new() }
    }

    /// Remembers a value drawn from a distribution.
    pub(super) fn latent(&mut self, name: &str, distribution: &'static str, value: &Tensor) {
        self.origins.push(Origin::latent(name, distribution, value));
    }

    /// Remembers the value of a parameter.
    pub(super) fn param(&mut self, name: &str, value: &Tensor) {
        self.origins.push(Origin::param(name, value));
    }

    /// Adds to an error about a wrong parameter where the parameter comes from.
    pub(super) fn explain(&self, error: Error) -> Error {
        help::parameter(error, &self.origins)
    }
}
