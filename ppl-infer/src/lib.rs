//! Inference for `ppl` models.

pub mod diagnostics;
mod error;
pub mod posterior;
mod suggest;

pub use error::{Error, Result};
pub use posterior::{Posterior, Summary};
