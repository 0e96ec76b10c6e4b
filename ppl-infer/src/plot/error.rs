//! `PlotError`: a plot that could not be drawn.

/// A plot that could not be drawn.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot draw the {plot}: {reason}")]
pub struct PlotError {
    /// The plot.
    pub plot: &'static str,
    /// The report of the drawing library.
    pub reason: String,
}
