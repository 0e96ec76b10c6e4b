//! Structural time series: a series is the sum of components, such as a trend, seasons and the effects of covariates.
//!
//! [`StructuralTimeSeries`] is a model: its sites are the components' parameters (`trend/level_scale`,
//! `seasonal/drift_scale`, …), and their latent states are integrated out by Kalman's filter. Every method of inference
//! runs on it. From the draws of the parameters it makes forecasts, the course of each component, and values for
//! missing observations; each is at every time a [`NormalMixture`] over the draws.
//!
//! | component | is |
//! |---|---|
//! | [`LocalLevel`] | a level that walks at random |
//! | [`LocalLinearTrend`] | a level with a slope, both of which walk at random |
//! | [`SemiLocalLinearTrend`] | a level with a slope that returns to a mean |
//! | [`Seasonal`] | an effect of each season, which may drift |
//! | [`Autoregressive`] | an autoregression |
//! | [`LinearRegression`] | effects of covariates |
//!
//! A further one is a type with the trait [`Component`], as short as `local_level.rs`.
//!
//! # Example
//! ```
//! use ppl_infer::prelude::*;
//! use ppl_infer::sts::{LocalLevel, Seasonal, StructuralTimeSeries};
//!
//! // Two seasons, a level, and a missing value.
//! let y = [3.1, 5.0, 3.3, 5.2, f64::NAN, 5.6, 3.9, 6.1, 4.0, 6.0];
//! let series = StructuralTimeSeries::new(&y)?.with(LocalLevel::new())?.with(Seasonal::new(2).without_drift())?;
//!
//! let posterior = Nuts::new().chains(2).warmup(150).draws(100).progress(false).run(&series)?;
//! assert!(posterior.get("level/level_scale")?.mean() > 0.0);
//!
//! let forecast = series.forecast(&posterior, 2)?;
//! assert_eq!(forecast.times(), [10, 11]);
//! assert!(forecast.mean()[0] < forecast.mean()[1]);
//!
//! let missing = series.impute_missing(&posterior)?;
//! assert!((missing.mean()[0] - 3.5).abs() < 0.6);
//! # Ok::<(), ppl_infer::Error>(())
//! ```
//!
//! # Reference
//! Harvey (1989), "Forecasting, Structural Time Series Models and the Kalman Filter"; Scott and Varian (2014),
//! "Predicting the present with Bayesian structural time series"; TFP, `tfp.sts`; the R package `bsts`.

mod autoregressive;
mod component;
mod decomposition;
mod error;
mod forecast;
mod given_draws;
mod linear_regression;
mod local_level;
mod local_linear_trend;
mod normal_mixture;
mod seasonal;
mod semi_local_linear_trend;
mod series;
mod state_space;
#[cfg(test)]
mod tests;

pub use self::autoregressive::Autoregressive;
pub use self::component::{Component, Parameter, ParameterValues, SeriesScale};
pub use self::decomposition::Decomposition;
pub use self::error::StsError;
pub use self::forecast::Forecast;
pub use self::linear_regression::LinearRegression;
pub use self::local_level::LocalLevel;
pub use self::local_linear_trend::LocalLinearTrend;
pub use self::normal_mixture::NormalMixture;
pub use self::seasonal::Seasonal;
pub use self::semi_local_linear_trend::SemiLocalLinearTrend;
pub use self::series::StructuralTimeSeries;
pub use self::state_space::StateSpace;
