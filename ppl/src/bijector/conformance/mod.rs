//! The laws that every bijector obeys, and the golden table.

#![allow(clippy::unwrap_used, reason = "a check that fails panics")]

#[cfg(test)]
mod golden;
mod laws;

pub use self::laws::{Coordinates, Laws};
#[cfg(test)]
pub(crate) use self::laws::{TAILS, parameter_gradients};
