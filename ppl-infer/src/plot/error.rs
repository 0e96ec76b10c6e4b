//! `PlotError`: a plot that could not be drawn.

/// A plot that could not be drawn.
///
/// # Example
/// ```
/// use ppl_infer::Error;
/// use ppl_infer::plot::{Plot, PlotError, axes};
///
/// let error = axes().line([0.0, 1.0, 2.0], [0.0, 1.0]).figure().unwrap_err();
/// assert!(matches!(error, Error::Plot(PlotError::Lengths { expected_len: 3, got_len: 2, .. })));
/// assert_eq!(error.to_string(), "line: `x` has 3 values, but `y` has 2");
///
/// let error = axes().save("figure.gif").unwrap_err();
/// assert!(matches!(error, Error::Plot(PlotError::Ending { path }) if path == "figure.gif"));
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PlotError {
    /// Arrays that belong together and differ in length.
    #[error("{plot}: `{expected}` has {expected_len} values, but `{got}` has {got_len}")]
    Lengths {
        /// The plot or the layer.
        plot: &'static str,
        /// One argument.
        expected: &'static str,
        /// Its length.
        expected_len: usize,
        /// Another one.
        got: &'static str,
        /// Its length.
        got_len: usize,
    },

    /// An option that is one of a layer, where there is none.
    #[error("`{option}` is an option of a layer, but the axes have none yet\nhelp: add the line, scatter, … before it")]
    NoLayer {
        /// The option.
        option: &'static str,
    },

    /// An argument outside its domain.
    #[error("{plot}: `{argument}` must be {expected}, got {got}")]
    Argument {
        /// The plot.
        plot: &'static str,
        /// The argument.
        argument: &'static str,
        /// Its domain.
        expected: &'static str,
        /// What was given.
        got: String,
    },

    /// More panels than the grid has cells.
    #[error("a grid of {rows} rows and {columns} columns has no room for {panels} panels")]
    Cells {
        /// Number of rows.
        rows: usize,
        /// Number of columns.
        columns: usize,
        /// Number of panels.
        panels: usize,
    },

    /// An array of another shape.
    #[error("{plot}: {quantity} has shape {got:?}, expected {expected}")]
    Shape {
        /// The plot.
        plot: &'static str,
        /// The array.
        quantity: String,
        /// The shape, in words.
        expected: String,
        /// Its shape.
        got: Vec<usize>,
    },

    /// Draws without the order of a chain, where the plot shows it.
    #[error(
        "{plot} shows draws in their order, which weighted draws do not have\nhelp: use `plot_dist` or `plot_forest`"
    )]
    Weighted {
        /// The plot.
        plot: &'static str,
    },

    /// Draws of no sampler, where the plot shows a statistic of it.
    #[error("{plot} shows the sample statistic `{statistic}`, which these draws do not have")]
    NoStatistic {
        /// The plot.
        plot: &'static str,
        /// The statistic.
        statistic: &'static str,
    },

    /// A file of an unknown kind.
    #[error("a figure is saved as `.svg`{}, got `{path}`", if cfg!(feature = "png") { " or `.png`" } else { "" })]
    Ending {
        /// The file.
        path: String,
    },

    /// A bitmap, without the feature that makes it.
    #[error(
        "`{path}`: a figure is saved as `.png` with the feature `png` of ppl-infer\nhelp: turn it on, or save as `.svg`"
    )]
    NoPng {
        /// The file.
        path: String,
    },

    /// A bitmap, on a system without any font.
    #[error(
        "a figure cannot be saved as `.png`: this system has no font for its text\nhelp: install one, such as DejaVu Sans, or save as `.svg`"
    )]
    NoFont,

    /// A bitmap that could not be made.
    #[error("a figure cannot be saved as `.png`: {reason}")]
    Png {
        /// The report of the renderer.
        reason: String,
    },
}
