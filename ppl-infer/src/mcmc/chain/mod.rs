//! Markov chains: settings, starts, warm-up, parallel runs and what they return.
//!
//! [`sample_chains`] runs any [`Sampler`] on any [`LogDensity`](crate::LogDensity). Each chain builds its own density in
//! its own thread. A chain that fails or panics is reported beside the others, whose draws are kept.

mod config;
mod kernel;
mod parallel;
pub(crate) mod random;
mod result;
mod run;
mod start;
mod state;
mod statistics;

pub(crate) use self::config::{chain_settings, require};
pub(crate) use self::start::{check_dim, find_start};
pub use self::{
    config::ChainConfig,
    kernel::{Kernel, Sampler, Transition},
    parallel::{sample_chains, sample_chains_from},
    result::{Chain, ChainsResult},
    start::{Init, InitialPosition, Start},
    state::ChainState,
    statistics::{Divergence, DrawStatistics},
};
