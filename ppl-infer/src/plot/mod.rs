//! Plots of results, as SVG.

mod density;
mod palette;
mod ticks;
mod trace;

pub use trace::TracePlot;
