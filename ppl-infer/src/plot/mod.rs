//! Plots of draws and of data, named and looking as those of ArviZ 1.
//!
//! Every plot is a value with options as methods; [`Plot::save`] writes it, as SVG or, with the feature `png`, as PNG;
//! [`Plot::figure`] gives the [`Figure`]. What a plot leaves out or thins is said in a note below it.
//!
//! | of draws | shows |
//! |---|---|
//! | [`plot_trace`], [`plot_trace_dist`] | the draws in their order, and the density of each chain |
//! | [`plot_dist`] | densities or histograms, with mean and interval |
//! | [`plot_forest`], [`plot_ridge`] | intervals, or densities, of many quantities |
//! | [`plot_pair`] | joint distributions, with divergences |
//! | [`plot_prior_posterior`] | prior and posterior |
//!
//! | of chains | shows |
//! |---|---|
//! | [`plot_rank`] | whether the chains have one distribution |
//! | [`plot_autocorr`], [`plot_ess_evolution`] | how many independent draws they are worth |
//! | [`plot_energy`] | whether the energies are explored |
//!
//! | of predictions | shows |
//! |---|---|
//! | [`plot_ppc_dist`], [`plot_loo_pit`] | whether the data are such as the model predicts |
//! | [`plot_khat`], [`plot_compare`] | leave-one-out cross-validation of one model, of several |
//! | [`plot_ecdf_pit`] | calibration |
//!
//! | of data | shows |
//! |---|---|
//! | [`axes()`] | lines, points, histograms, densities, bars, bands on two axes |
//! | [`grid()`] | several axes in one picture |
//! | [`heat_map`] | a matrix |
//! | [`images`] | rows of images |
//! | [`plot_loss`] | the losses of a fit |
//! | [`plot_forecast`] | a series with bands for what is to come |
//!
//! # Example
//! ```
//! use ppl::prelude::*;
//! use ppl_infer::plot::{Plot, axes, plot_trace_dist};
//! use ppl_infer::prelude::*;
//!
//! #[model]
//! fn line(x: &Tensor, y: &Tensor) {
//!     let slope = sample!("slope", Normal::new(0.0, 10.0));
//!     plate!("point", 3, {
//!         observe!("y", Normal::new(slope * x, 0.5), y);
//!     });
//! }
//!
//! let (x, y) = ([1.0, 2.0, 3.0], [2.1, 3.9, 6.2]);
//! let nuts = Nuts::new().chains(2).warmup(100).draws(100).progress(false);
//! let posterior = nuts.run(&line(&Tensor::from(x), &Tensor::from(y)))?;
//!
//! let folder = std::env::temp_dir().join(format!("ppl-plots-{}", std::process::id()));
//! plot_trace_dist(&posterior).save(folder.join("trace.svg"))?;
//!
//! let slope = posterior.get(line::slope)?.mean();
//! let fit = axes().scatter(x, y).label("data").line(x, x.map(|x| slope * x)).label("mean").x_label("x").y_label("y");
//! fit.save(folder.join("fit.svg"))?;
//! # std::fs::remove_dir_all(folder).unwrap();
//! # Ok::<(), ppl_infer::Error>(())
//! ```

mod autocorr;
mod axes;
mod canvas;
mod compare;
mod dist;
mod ecdf;
mod ecdf_band;
mod ecdf_pit;
mod energy;
mod error;
mod ess_evolution;
mod figure;
mod forecast;
mod forest;
mod grid;
mod heat_map;
mod histogram;
mod images;
mod kde;
mod khat;
mod loo_pit;
mod loss;
mod pair;
#[cfg(feature = "png")]
mod png;
mod ppc_dist;
mod prior_posterior;
mod rank;
mod references;
mod ridge;
mod scale;
mod selection;
mod style;
mod text;
mod thin;
mod trace;

pub use self::autocorr::{AutocorrPlot, plot_autocorr};
pub use self::axes::{Axes, axes};
pub use self::compare::{ComparePlot, plot_compare};
pub use self::dist::{DistPlot, plot_dist};
pub use self::ecdf_pit::{EcdfPitPlot, plot_ecdf_pit};
pub use self::energy::{EnergyPlot, plot_energy};
pub use self::error::PlotError;
pub use self::ess_evolution::{EssEvolutionPlot, plot_ess_evolution};
pub use self::figure::{Figure, Plot};
pub use self::forecast::{ForecastPlot, plot_forecast};
pub use self::forest::{ForestPlot, plot_forest};
pub use self::grid::{Grid, grid};
pub use self::heat_map::{HeatMap, Matrix, heat_map};
pub use self::histogram::Bins;
pub use self::images::{Images, images};
pub use self::khat::{KhatPlot, plot_khat};
pub use self::loo_pit::{LooPitPlot, plot_loo_pit};
pub use self::loss::{LossPlot, Losses, plot_loss};
pub use self::pair::{PairPlot, plot_pair};
pub use self::ppc_dist::{PpcDistPlot, plot_ppc_dist};
pub use self::prior_posterior::{PriorPosteriorPlot, plot_prior_posterior};
pub use self::rank::{RankPlot, plot_rank};
pub use self::ridge::{RidgePlot, plot_ridge};
pub use self::style::Color;
pub use self::trace::{TracePlot, plot_trace, plot_trace_dist};

#[cfg(test)]
mod tests;
