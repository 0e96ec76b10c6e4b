//! The laws that every bijector obeys, and the golden table.

mod golden;
mod laws;

pub(crate) use self::laws::{Coordinates, Laws, TAILS, parameter_gradients};
