//! Plots of results, as SVG.

mod canvas;
mod density;
mod palette;
mod panels;
mod ticks;
mod trace;

pub use trace::TracePlot;
