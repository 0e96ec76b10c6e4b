//! Comparison of models by their expected log predictive densities.

use super::{
    Axes, Color, Figure, Plot, axes,
    selection::figure_options,
    style::{AXES, LINE},
};
use crate::{
    diagnostics::{Loo, difference, ranked},
    error::Result,
    table::counted,
};

/// A comparison of models; see [`plot_compare`].
///
/// # Example
/// ```
/// use ndarray::Array3;
/// use ppl_infer::diagnostics::loo;
/// use ppl_infer::plot::{Plot, plot_compare};
///
/// let model = |shift: f64, observations: usize| {
///     let log_likelihood = |(c, d, i)| shift * (i + 1) as f64 - ((c + d * 7 + i) as f64 % 5.0) / 10.0;
///     loo(Array3::from_shape_fn((4, 100, observations), log_likelihood).view(), 1.0)
/// };
/// let (worse, better, other) = (model(-0.3, 9), model(-0.1, 9), model(-0.3, 12));
/// let plot = plot_compare([("constant", &worse), ("linear", &better)]).title("line or level").size(900, 250);
/// let figure = plot.figure()?;
/// // The best on top, whatever the order.
/// assert!(figure.svg().find(">linear</text>") < figure.svg().find(">constant</text>"));
/// assert!(figure.svg().contains(">line or level</text>"));
///
/// let error = plot_compare([("linear", &better), ("other data", &other)]).figure().unwrap_err();
/// let error = error.to_string();
/// assert!(error.contains("the model `other data` has 12 observations, expected 9 as `linear` has"), "{error}");
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ComparePlot {
    models: Vec<(String, Loo)>,
    title: Option<String>,
    size: Option<(u32, u32)>,
}

figure_options!(ComparePlot);

/// The expected log predictive density of each model with its standard error, the best on top, and in grey the difference to
/// the best with the standard error of the difference.
///
/// The error of a difference is smaller than those of its parts, as the models have their hard observations in common.
///
/// # Errors
/// A name twice and models of different numbers of observations are an error of [`figure`](Plot::figure), as of
/// [`compare`](crate::diagnostics::compare), which has the numbers.
///
/// # Example
/// ```
/// use ndarray::Array3;
/// use ppl_infer::diagnostics::loo;
/// use ppl_infer::plot::{Plot, plot_compare};
///
/// let model = |shift: f64| {
///     let log_likelihood = |(c, d, i): (usize, usize, usize)| shift * (i + 1) as f64 - ((c + d * 7 + i) as f64 % 5.0) / 10.0;
///     loo(Array3::from_shape_fn((4, 100, 9), log_likelihood).view(), 1.0)
/// };
/// let figure = plot_compare([("linear", &model(-0.1)), ("constant", &model(-0.3))]).figure()?;
/// assert!(figure.svg().contains(">linear</text>"));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
///
/// # Reference
/// Vehtari, Gelman and Gabry (2017), "Practical Bayesian model evaluation using leave-one-out cross-validation and WAIC",
/// section 5.
pub fn plot_compare<'a, N: Into<String>>(models: impl IntoIterator<Item = (N, &'a Loo)>) -> ComparePlot {
    let models = models.into_iter().map(|(name, loo)| (name.into(), loo.clone())).collect();
    ComparePlot { models, title: None, size: None }
}

impl ComparePlot {
    fn axes(&self) -> Result<Axes> {
        let mut panel = axes();
        let models = ranked(self.models.iter().map(|(name, loo)| (name.clone(), loo)).collect())?;
        let Some((_, best)) = models.first() else { return Ok(panel.note("there is no model to show")) };
        let mut lost = 0;
        for (position, (_, loo)) in models.iter().enumerate() {
            let y = position as f64;
            lost += usize::from(!(loo.elpd.is_finite() && loo.se.is_finite()));
            panel = panel.segments(vec![[[loo.elpd - loo.se, y], [loo.elpd + loo.se, y]]]).color(0).width(LINE);
            panel = if position == 0 { panel.label("elpd ± se") } else { panel };
            if position > 0 {
                let (y, (_, se)) = (y - 0.3, difference(loo, best));
                panel = panel.segments(vec![[[loo.elpd - se, y], [loo.elpd + se, y]]]).color(AXES).width(LINE);
                panel = if position == 1 { panel.label("difference ± se") } else { panel };
                panel = panel.ring(loo.elpd, y).color(AXES).width(6.0);
            }
            panel = panel.ring(loo.elpd, y).color(0).width(8.0);
        }
        if best.elpd.is_finite() {
            panel = panel.vertical(best.elpd).color(Color::from(AXES)).width(1.2);
        }
        if lost > 0 {
            panel = panel.note(format!("{} without a finite elpd", counted(lost, "model")));
        }
        let names = models.iter().enumerate().map(|(position, (name, _))| (position as f64, name.clone()));
        Ok(panel.y_ticks(names).y_limits(self.models.len() as f64 - 0.5, -0.6).x_label("elpd (higher is better)"))
    }
}

impl Plot for ComparePlot {
    fn figure(&self) -> Result<Figure> {
        let panel = self.axes()?;
        let panel = match &self.title {
            Some(title) => panel.title(title.clone()),
            None => panel,
        };
        let height = 60 * self.models.len() as u32 + 120;
        let (width, height) = self.size.unwrap_or((700, height));
        panel.size(width, height).figure()
    }
}
