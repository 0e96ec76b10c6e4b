//! Checks and builder methods of settings.

mod error;

use std::fmt::Display;

pub use self::error::InvalidSetting;
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

/// Builder methods for the fields of a part of the settings, `self.$part`.
macro_rules! setters {
    ($part:ident: $($(#[$documentation:meta])* $name:ident: $type:ty,)+) => {$(
        $(#[$documentation])*
        #[must_use]
        pub fn $name(mut self, $name: $type) -> Self {
            self.$part.$name = $name.into();
            self
        }
    )+};
}
pub(crate) use setters;
