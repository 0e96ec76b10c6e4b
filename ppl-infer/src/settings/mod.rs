//! Settings: their declaration, their domains, the memory that they ask for.

mod declare;
mod error;
mod memory;
pub(crate) mod rules;

use std::fmt::Display;

pub(crate) use self::declare::{setters, settings};
pub use self::error::InvalidSetting;
pub(crate) use self::memory::{require_memory, reserve};
use crate::Result;
use crate::error::DensityError;

/// An error that names the setting, unless it is `valid`.
pub(crate) fn require(parameter: &'static str, expected: &str, got: impl Display, valid: bool) -> Result<()> {
    if valid {
        return Ok(());
    }
    Err(InvalidSetting { parameter, expected: expected.into(), got: got.to_string() }.into())
}

/// An error unless the setting is a positive and finite number.
pub(crate) fn require_positive(parameter: &'static str, value: f64) -> Result<()> {
    require(parameter, "positive and finite", value, value > 0.0 && value.is_finite())
}

/// An error unless `got` is the dimension of the density.
pub(crate) fn check_dim(what: &'static str, expected: usize, got: usize) -> Result<()> {
    if got == expected { Ok(()) } else { Err(DensityError::DimensionMismatch { what, expected, got }.into()) }
}
