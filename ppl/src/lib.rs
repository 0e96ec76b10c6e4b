//! A probabilistic programming language.

// Paths that the macros generate begin with `::ppl`; this makes them work inside the crate too.
#[allow(unused_extern_crates, reason = "used by the expansions of the macros")]
extern crate self as ppl;

pub mod bijector;
mod constraint;
pub mod distribution;
mod error;
pub mod random;
pub mod special;
pub mod tensor;

pub use crate::constraint::Constraint;
pub use crate::error::{Error, Result};
pub use crate::tensor::{Device, Shape, Tensor, grad};
