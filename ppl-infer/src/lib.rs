//! Inference for `ppl` models.

pub mod diagnostics;
mod empirical;
mod error;
mod importance;
pub mod plot;
pub mod posterior;
mod runs;
mod suggest;

pub use empirical::{Empirical, IrregularSite, Marginal};
pub use error::{Error, Result};
pub use importance::Importance;
pub use posterior::{Posterior, Summary};
