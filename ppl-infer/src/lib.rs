//! Inference for `ppl` models.
//!
//! The samplers see a model only as a [`LogDensity`]: a log density and its gradient on the unconstrained space.
//! [`Nuts`], [`Hmc`] and [`RandomWalk`] are values that hold settings; [`mcmc::chain::sample_chains`] runs each of them on
//! any density.

#![forbid(unsafe_code)]

pub mod data;
pub mod density;
pub mod diagnostics;
pub mod draws;
pub mod error;
mod file;
mod format;
mod importance;
mod inference_data;
mod init;
mod laplace;
mod log_density;
pub mod mcmc;
mod notebook;
pub mod optimize;
mod pathfinder;
pub mod plot;
mod point;
pub mod posterior;
mod predictive;
pub mod prelude;
pub mod progress;
mod purpose;
mod rejections;
mod runs;
mod settings;
mod statistics;
pub mod sts;
pub mod svi;
mod table;
mod vector;
mod zarr;

#[cfg(doctest)]
mod book;
#[cfg(test)]
mod test_targets;

/// The program of README.md runs with the examples of the documentation.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

/// So do the examples of PERFORMANCE.md.
#[cfg(doctest)]
#[doc = include_str!("../../PERFORMANCE.md")]
struct Performance;

pub use draws::{Draws, SiteDraws, Summary};
pub use error::{Error, Result};
pub use importance::{Importance, ImportanceDraws};
pub use inference_data::InferenceData;
pub use init::{Init, InitialPosition, SiteStarts, StartingPoint};
pub use laplace::{LaplaceApproximation, LaplaceFit};
pub use log_density::{Counted, Evaluations, LogDensity};
pub use mcmc::hmc::Metric;
pub use mcmc::{Hmc, Nuts, RandomWalk, RunHandle};
pub use optimize::Map;
pub use pathfinder::{PathSummary, Pathfinder, PathfinderFit};
pub use point::Point;
pub use posterior::{Posterior, PosteriorStore};
pub use predictive::{Predictions, Predictive, posterior_predictive, prior_predictive};
pub use rejections::{Rejection, Rejections};
pub use svi::Svi;
