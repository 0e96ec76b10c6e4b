//! Panics as errors.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::{Error, Result};

/// Runs the user's code, and turns a panic in it into an error that carries its message.
///
/// What `run` changes must not be used after a panic, for it may be half done.
pub(crate) fn catching_panics<T>(run: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|payload| {
        let message = match payload.downcast::<String>() {
            Ok(message) => *message,
            Err(payload) => payload.downcast_ref::<&str>().copied().unwrap_or("without a message").to_owned(),
        };
        Err(Error::Panicked { message })
    })
}
