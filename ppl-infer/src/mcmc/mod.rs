//! Markov chain Monte Carlo: samplers, the chains that they run in, and their runs on a model.
//!
//! [`chain`] runs any [`Sampler`](chain::Sampler) on any [`LogDensity`](crate::LogDensity) and knows none of them;
//! [`hmc`] has the parts of Hamiltonian samplers, and [`nuts`] builds on these. [`random_walk`] is the shortest example of a
//! sampler; one of your own draws from the posterior of a model by [`run()`].

pub mod chain;
mod draw_table;
mod error;
mod ess_target;
pub mod hmc;
mod model_run;
pub mod nuts;
mod output;
mod prior;
pub mod random_walk;
mod run;
mod site_sink;

pub use self::chain::RunHandle;
pub use self::{
    error::{ChainError, ChainFailure},
    hmc::Hmc,
    nuts::Nuts,
    random_walk::RandomWalk,
    run::run,
};

#[cfg(test)]
#[cfg(unix)]
mod interrupt_tests;
#[cfg(test)]
mod left_out_tests;
#[cfg(test)]
mod store_tests;
#[cfg(test)]
mod tests;
