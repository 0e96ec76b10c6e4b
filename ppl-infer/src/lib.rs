//! Inference for `ppl` models.
//!
//! The samplers see a model only as a [`LogDensity`]: a log density and its gradient on the unconstrained space.
//! [`Nuts`] and [`Hmc`] are values that hold settings; [`chain::sample_chains`] runs either of them on any density.

#![forbid(unsafe_code)]

pub mod chain;
pub mod density;
pub mod diagnostics;
pub mod draws;
mod error;
mod file;
mod format;
pub mod hmc;
mod importance;
mod laplace;
mod log_density;
mod mcmc;
pub mod nuts;
pub mod optimize;
pub mod plot;
pub mod posterior;
mod predictive;
pub mod prelude;
pub mod progress;
mod rejections;
mod runs;
mod suggest;
pub mod svi;

#[cfg(test)]
mod test_targets;

/// The examples of PERFORMANCE.md run with those of the documentation.
#[cfg(doctest)]
#[doc = include_str!("../../PERFORMANCE.md")]
struct Performance;

pub use draws::{Draws, SiteDraws, Summary};
pub use error::{ChainFailure, Error, Result};
pub use hmc::Hmc;
pub use importance::{Importance, ImportanceDraws};
pub use laplace::{LaplaceApproximation, LaplaceFit};
pub use log_density::{Counted, LogDensity};
pub use nuts::Nuts;
pub use optimize::MaximumAPosteriori;
pub use posterior::Posterior;
pub use predictive::{Predictions, Predictive, posterior_predictive, prior_predictive};
pub use rejections::{Rejection, Rejections};
pub use svi::Svi;
