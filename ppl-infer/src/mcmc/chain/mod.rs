//! Markov chains: settings, warm-up, parallel runs and what they return.
//!
//! [`sample_chains`] runs any [`Sampler`] on any [`LogDensity`](crate::LogDensity). Each chain builds its own density in
//! its own thread. A chain that fails or panics is reported beside the others, whose draws are kept.
//!
//! Nothing here knows how a [`Kernel`] moves, what it adapts or which statistics it keeps.

mod config;
mod handle;
mod interrupt;
mod kernel;
mod parallel;
mod result;
mod run;
mod sink;
mod state;
mod stop;

pub use self::{
    config::ChainConfig,
    handle::{ChainStatus, RunHandle},
    kernel::{FailedStep, Kernel, Sampler, Transition},
    parallel::{sample_chains, sample_chains_from},
    result::{Chain, ChainsResult},
    state::{ChainState, Start},
};
pub(crate) use self::{
    config::chain_settings,
    handle::{DrawsSoFar, Watching},
    parallel::run_jobs,
    run::{Job, Origin, look_for_start, warm_up_chain},
    sink::{ChainSoFar, DrawSink},
    stop::Stop,
};
pub use crate::statistics::{Column, ColumnKind, StatisticsRow};
