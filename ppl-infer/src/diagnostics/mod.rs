//! Convergence and accuracy diagnostics of Markov chains and of importance weights.
//!
//! Functions of chains take an [`ArrayView2`](ndarray::ArrayView2) of one scalar quantity, **chain × draw**. Functions
//! of weights take a slice of unnormalised log weights.
//!
//! | question | functions |
//! |---|---|
//! | have the chains converged to one distribution? | [`rhat`], [`split_rhat`], [`rhat_noise`] |
//! | how many independent draws are they worth? | [`ess_bulk`], [`ess_tail`], [`ess_mean`], [`ess_sd`], [`ess_quantile`] |
//! | how accurate is an estimate? | [`mcse_mean`], [`mcse_sd`], [`mcse_quantile`] |
//! | where is the mass? | [`quantile()`], [`hdi()`] |
//! | does the momentum resampling reach all energies? | [`bfmi()`] |
//! | how correlated are successive draws? | [`autocovariance`], [`autocorrelation()`] |
//! | can these importance weights be trusted? | [`weights_ess`], [`pareto_smooth`], [`pareto_k_of_mean`], [`pareto_k_threshold`] |
//! | how well does the model predict? | [`loo()`], [`waic()`]; of a model and its posterior [`Predictive::loo`](crate::Predictive::loo) |
//! | which model predicts best? | [`compare`] |
//!
//! The definitions are those of Vehtari, Gelman, Simpson, Carpenter and Bürkner (2021), "Rank-normalization, folding,
//! and localization: an improved R̂ for assessing convergence of MCMC", as ArviZ 0.23 implements them; the values agree
//! with `tests/golden/diagnostics.json` to 1e-8 relative.
//!
//! # Degenerate input
//!
//! A diagnostic never panics on data. It is NaN where it has no value:
//!
//! * no chain, or fewer than four draws in a chain;
//! * a NaN among the draws. Infinite draws are ordered like any other, so the diagnostics that use ranks or indicators
//!   keep their value, and those that use moments are NaN;
//! * R̂, the MCSE of the standard deviation and BFMI of a constant (0 / 0). Its effective sample size is the number of
//!   draws, the MCSE of its mean is 0. R̂ of chains that are each constant, at different values, is +∞.

mod autocorrelation;
mod bfmi;
mod chain_diagnostics;
mod chains;
mod comparison;
mod ess;
mod hdi;
mod loo;
mod mcse;
mod moments;
mod psis;
mod quantile;
mod rank;
mod rhat;
mod waic;
mod weights;

#[cfg(test)]
mod golden;

pub use autocorrelation::{autocorrelation, autocovariance};
pub use bfmi::bfmi;
pub use comparison::{Comparison, ComparisonError, ComparisonRow, ComparisonWarning, compare};
pub use ess::{ess_bulk, ess_mean, ess_quantile, ess_sd, ess_tail};
pub use hdi::hdi;
pub use loo::{Loo, loo};
pub use mcse::{mcse_mean, mcse_quantile, mcse_sd};
pub use psis::{ParetoSmoothed, pareto_k_of_mean, pareto_k_threshold, pareto_smooth};
pub use quantile::quantile;
pub use rhat::{rhat, rhat_noise, split_rhat};
pub use waic::{Waic, waic};
pub use weights::{normalized_weights, weights_ess};

pub(crate) use chain_diagnostics::Workspace;
pub(crate) use comparison::{difference, ranked};
pub(crate) use hdi::hdi_of_sorted;
pub(crate) use moments::{mean, sd, variance};
pub(crate) use psis::is_unreliable;
pub(crate) use quantile::{quantile_of_sorted, sorted};
