//! Plots of results, as SVG.

mod canvas;
mod density;
mod error;
mod palette;
mod panels;
mod ticks;
mod trace;

pub use error::PlotError;
pub use trace::TracePlot;
