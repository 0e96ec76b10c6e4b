//! Forecasts: a time series with bands for what is to come.

use std::borrow::Borrow;

use ndarray::ArrayD;

use super::{Axes, Color, Figure, Plot, PlotError, axes, selection::figure_options, style::TEXT};
use crate::{draws::SiteDraws, error::Result};

/// A forecast; see [`plot_forecast`].
///
/// # Example
/// ```
/// use ndarray::Array2;
/// use ppl_infer::draws::{Draws, SiteTable};
/// use ppl_infer::plot::{Plot, plot_forecast};
///
/// let mut sites = SiteTable::new(&[100]);
/// sites.insert("y", Array2::from_shape_fn((100, 3), |(d, t)| (t + 1) as f64 * (d as f64 / 50.0 - 1.0)).into_dyn())?;
/// let forecast = Draws::new(sites)?.get_array("y")?;
///
/// let plot = plot_forecast(&forecast).history([0.3, -0.2]).truth([0.4, 0.1, -0.6]).draws(5).y_label("°C");
/// let figure = plot.clone().times([10.0, 20.0, 30.0, 40.0, 50.0]).x_label("minutes").title("how it went").figure()?;
/// // Five draws, the median and the history.
/// assert_eq!(figure.svg().matches("class=\"line\"").count(), 7);
/// assert!(figure.svg().contains(">what came</text>") && figure.svg().contains(">minutes</text>"));
///
/// let error = plot.times([10.0, 20.0]).figure().unwrap_err();
/// assert_eq!(error.to_string(), "plot_forecast: `times` has shape [2], expected 5 times, of `history` and of the forecast");
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ForecastPlot {
    /// Lower bounds, medians and upper bounds at each time: of 89%, of 50%.
    bands: Vec<[f64; 5]>,
    times: Option<Vec<f64>>,
    history: Vec<f64>,
    truth: Vec<f64>,
    draws: Vec<Vec<f64>>,
    shown_draws: usize,
    labels: [Option<String>; 2],
    title: Option<String>,
    size: Option<(u32, u32)>,
    error: Option<PlotError>,
}

figure_options!(ForecastPlot);

/// Draws of a series of values to come: the median, and bands of 50% and 89% at each time.
///
/// [`history`](ForecastPlot::history) adds the series so far, [`truth`](ForecastPlot::truth) what came. Times are
/// 0, 1, 2, …, the forecast after the history, unless [`times`](ForecastPlot::times) gives them. For a smoothed or fitted
/// series give no history, and the data as `truth`.
///
/// # Shapes
/// The site is a vector, by time.
///
/// # Errors
/// A site that is no vector, and another number of times or of values that came, are errors of [`figure`](Plot::figure).
///
/// # Example
/// ```
/// use ndarray::Array2;
/// use ppl_infer::draws::{Draws, SiteTable};
/// use ppl_infer::plot::{Plot, plot_forecast};
///
/// let mut sites = SiteTable::new(&[100]);
/// sites.insert("y", Array2::from_shape_fn((100, 12), |(d, t)| (t + 1) as f64 * (d as f64 / 50.0 - 1.0)).into_dyn())?;
/// let forecast = Draws::new(sites)?.get_array("y")?;
/// let figure = plot_forecast(&forecast).history([0.3, -0.2, 0.1]).x_label("month").figure()?;
/// assert_eq!(figure.svg().matches("class=\"band\"").count(), 2);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
pub fn plot_forecast(forecast: &SiteDraws<ArrayD<f64>>) -> ForecastPlot {
    let mut plot = ForecastPlot {
        bands: Vec::new(),
        times: None,
        history: Vec::new(),
        truth: Vec::new(),
        draws: Vec::new(),
        shown_draws: 0,
        labels: [None, Some(forecast.name().to_owned())],
        title: None,
        size: None,
        error: None,
    };
    if forecast.shape().len() != 1 {
        plot.error = Some(PlotError::Shape {
            plot: "plot_forecast",
            quantity: format!("site `{}`", forecast.name()),
            expected: "one axis, the times".to_owned(),
            got: forecast.shape().to_vec(),
        });
        return plot;
    }
    let (outer, inner, median) = (forecast.eti(0.89), forecast.eti(0.5), forecast.median());
    let at = |time: usize| [outer.0[[time]], inner.0[[time]], median[[time]], inner.1[[time]], outer.1[[time]]];
    plot.bands = (0..forecast.shape()[0]).map(at).collect();
    if forecast.weights().is_none() {
        let apart = forecast.total_draws().div_ceil(MOST_DRAWS);
        plot.draws = forecast.iter().step_by(apart).map(|draw| draw.iter().copied().collect()).collect();
    }
    plot
}

/// Most draws that are kept to be drawn as lines.
const MOST_DRAWS: usize = 50;

impl ForecastPlot {
    /// The series up to the forecast.
    #[must_use]
    pub fn history(mut self, values: impl IntoIterator<Item: Borrow<f64>>) -> Self {
        self.history = values.into_iter().map(|value| *value.borrow()).collect();
        self
    }

    /// What came at the times of the forecast.
    #[must_use]
    pub fn truth(mut self, values: impl IntoIterator<Item: Borrow<f64>>) -> Self {
        self.truth = values.into_iter().map(|value| *value.borrow()).collect();
        self
    }

    /// The times of all values, those of the history before those of the forecast.
    #[must_use]
    pub fn times(mut self, times: impl IntoIterator<Item: Borrow<f64>>) -> Self {
        self.times = Some(times.into_iter().map(|time| *time.borrow()).collect());
        self
    }

    /// Draws some of the draws as lines, 50 at most; none of weighted draws.
    #[must_use]
    pub fn draws(mut self, count: usize) -> Self {
        self.shown_draws = count;
        self
    }

    /// The name of the time axis; `time` unless given.
    #[must_use]
    pub fn x_label(mut self, label: impl Into<String>) -> Self {
        self.labels[0] = Some(label.into());
        self
    }

    /// The name of the values; that of the site unless given.
    #[must_use]
    pub fn y_label(mut self, label: impl Into<String>) -> Self {
        self.labels[1] = Some(label.into());
        self
    }

    fn axes(&self) -> Result<Axes> {
        let total = self.history.len() + self.bands.len();
        let times = self.times.clone().unwrap_or_else(|| (0..total).map(|time| time as f64).collect());
        if times.len() != total {
            let expected = format!("{total} times, of `history` and of the forecast");
            let (plot, quantity, got) = ("plot_forecast", "`times`".to_owned(), vec![times.len()]);
            return Err(PlotError::Shape { plot, quantity, expected, got }.into());
        }
        if !self.truth.is_empty() && self.truth.len() != self.bands.len() {
            return Err(PlotError::Lengths {
                plot: "plot_forecast",
                expected: "forecast",
                expected_len: self.bands.len(),
                got: "truth",
                got_len: self.truth.len(),
            }
            .into());
        }
        let (past, future) = times.split_at(self.history.len());
        let bound = |at: usize| self.bands.iter().map(move |band| band[at]);
        let mut panel = axes()
            .band(future, bound(0), bound(4))
            .color(0)
            .opacity(0.2)
            .label("89%")
            .band(future, bound(1), bound(3))
            .color(0)
            .opacity(0.4)
            .label("50%");
        for draw in self.draws.iter().take(self.shown_draws) {
            panel = panel.line(future, draw).color(0).width(0.8).opacity(0.35);
        }
        panel = panel.line(future, bound(2)).color(0).label("median");
        if !self.history.is_empty() {
            panel = panel.line(past, &self.history).color(Color::from(TEXT)).width(1.4).label("data");
        }
        if !self.truth.is_empty() {
            panel = panel.scatter(future, &self.truth).color(Color::from(TEXT)).width(4.5);
            panel = panel.label(if self.history.is_empty() { "data" } else { "what came" });
        }
        let [x_label, y_label] = self.labels.clone();
        panel = panel.x_label(x_label.unwrap_or_else(|| "time".to_owned()));
        panel = panel.x_is_count(times.iter().all(|time| time.fract() == 0.0));
        panel = panel.y_label(y_label.unwrap_or_default());
        Ok(match &self.title {
            Some(title) => panel.title(title.clone()),
            None => panel,
        })
    }
}

impl Plot for ForecastPlot {
    fn figure(&self) -> Result<Figure> {
        if let Some(error) = &self.error {
            return Err(error.clone().into());
        }
        let (width, height) = self.size.unwrap_or((900, 420));
        self.axes()?.size(width, height).figure()
    }
}
