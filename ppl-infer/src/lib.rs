//! Inference for `ppl` models.

pub mod diagnostics;
mod empirical;
mod error;
pub mod plot;
pub mod posterior;
mod suggest;

pub use empirical::{Empirical, Marginal};
pub use error::{Error, Result};
pub use posterior::{Posterior, Summary};
