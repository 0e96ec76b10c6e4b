//! Calibration: values that should be uniform.

use std::borrow::Borrow;

use super::{
    Axes, Figure, Grid, Plot, axes,
    dist::shape,
    ecdf::{PROBABILITY, uniform_differences},
    rank::check_probability,
    selection::figure_options,
};
use crate::error::Result;

/// Values that should be uniform, by quantity; see [`plot_ecdf_pit`].
///
/// # Example
/// ```
/// use ppl_infer::plot::{Plot, plot_ecdf_pit};
///
/// let ranks: Vec<f64> = (0..200).map(|at| (f64::from(at) * 0.618).fract()).collect();
/// let plot = plot_ecdf_pit([("mu", &ranks), ("tau", &ranks)]).probability(0.9).title("calibration");
/// let figure = plot.figure()?;
/// assert_eq!(figure.svg().matches("class=\"band\"").count(), 2);
/// assert!(figure.svg().contains(">band: 90% if the values are uniform</text>"));
///
/// let error = plot.probability(1.0).figure().unwrap_err();
/// assert_eq!(error.to_string(), "plot_ecdf_pit: `probability` must be between 0 and 1, got 1");
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct EcdfPitPlot {
    values: Vec<(String, Vec<f64>)>,
    title: Option<String>,
    size: Option<(u32, u32)>,
    probability: f64,
}

figure_options!(EcdfPitPlot);

/// The distribution function of values on [0, 1] less that of the uniform distribution, a panel a quantity. If the values are
/// uniform the line lies in the band with probability 99%.
///
/// The values are those of simulation-based calibration: for each simulated data set the fraction of the posterior draws
/// that are below the parameter which the data were simulated with. A line that rises above 0 and falls below it is that of
/// posteriors that are too wide, the reverse of ones that are too narrow.
///
/// # Errors
/// A [`probability`](EcdfPitPlot::probability) that is not between 0 and 1 is an error of [`figure`](Plot::figure).
///
/// # Example
/// ```
/// use ppl_infer::plot::{Plot, plot_ecdf_pit};
///
/// let ranks: Vec<f64> = (0..200).map(|at| (f64::from(at) * 0.618).fract()).collect();
/// let figure = plot_ecdf_pit([("mu", &ranks)]).figure()?;
/// assert!(figure.svg().contains(">mu</text>"));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
///
/// # Reference
/// Säilynoja, Bürkner and Vehtari (2022), "Graphical test for discrete uniformity and its applications in goodness-of-fit
/// evaluation and multiple sample comparison"; Talts, Betancourt, Simpson, Vehtari and Gelman (2018), "Validating Bayesian
/// inference algorithms with simulation-based calibration".
pub fn plot_ecdf_pit<N: Into<String>, V: IntoIterator<Item: Borrow<f64>>>(
    values: impl IntoIterator<Item = (N, V)>,
) -> EcdfPitPlot {
    let numbers = |values: V| values.into_iter().map(|value| *value.borrow()).collect();
    let values = values.into_iter().map(|(name, values)| (name.into(), numbers(values))).collect();
    EcdfPitPlot { values, title: None, size: None, probability: PROBABILITY }
}

impl EcdfPitPlot {
    /// The probability of the band; 0.99.
    #[must_use]
    pub fn probability(mut self, probability: f64) -> Self {
        self.probability = probability;
        self
    }
}

impl Plot for EcdfPitPlot {
    fn figure(&self) -> Result<Figure> {
        check_probability("plot_ecdf_pit", self.probability)?;
        let panels = self.values.iter().map(|(name, values)| Some(panel(values, self.probability).title(name.clone())));
        let (rows, columns) = shape(self.values.len());
        let grid = Grid::of_cells(rows, columns, panels).titled(self.title.clone());
        grid.note(format!("band: {}% if the values are uniform", 100.0 * self.probability)).sized(self.size).figure()
    }
}

/// One panel of values that should be uniform.
pub(super) fn panel(values: &[f64], probability: f64) -> Axes {
    let lost = values.iter().filter(|value| !value.is_finite()).count();
    let panel = match uniform_differences(values, probability) {
        Some((differences, band)) => band.add(band.axes(), &differences, 0),
        None => axes().note("a distribution function needs two values or more"),
    };
    let panel = if lost > 0 { panel.note(super::axes::not_finite(lost)) } else { panel };
    panel.x_limits(0.0, 1.0).x_label("PIT").y_label("Δ ECDF")
}
