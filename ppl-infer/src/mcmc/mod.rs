//! Markov chain Monte Carlo: samplers, the chains that they run in, and their runs on a model.
//!
//! [`chain`] runs any [`Sampler`](chain::Sampler) on any [`LogDensity`](crate::LogDensity) and knows none of them;
//! [`hmc`] has the parts of Hamiltonian samplers, and [`nuts`] builds on these.

pub mod chain;
pub mod hmc;
pub mod nuts;
mod run;

pub use self::{hmc::Hmc, nuts::Nuts};

#[cfg(test)]
mod tests;
