//! Predictive checks: distributions of predicted data against those observed.

use std::borrow::Borrow;

use ndarray::ArrayD;

use super::{
    Axes, Figure, Plot, PlotError, axes, histogram::is_discrete, kde::density, selection::figure_options, style::TEXT,
    thin,
};
use crate::{draws::SiteDraws, error::Result};

/// Predicted data sets that are drawn unless asked for.
const DATA_SETS: usize = 50;
/// Most of them.
const MOST: usize = 200;
/// Values of a data set from which a density can be estimated.
const FEWEST_FOR_DENSITY: usize = 30;

/// A predictive check; see [`plot_ppc_dist`].
///
/// # Example
/// ```
/// use ndarray::Array2;
/// use ppl_infer::draws::{Draws, SiteTable};
/// use ppl_infer::plot::{Plot, plot_ppc_dist};
///
/// let mut sites = SiteTable::new(&[100]);
/// sites.insert("y", Array2::from_shape_fn((100, 40), |(d, i)| ((d * 7 + i * 3) % 31) as f64 / 3.0).into_dyn())?;
/// let predicted = Draws::new(sites)?.get_array("y")?;
/// let observed: Vec<f64> = (0..40).map(|i| f64::from(i) / 4.0).collect();
///
/// let figure = plot_ppc_dist(&predicted, &observed).data_sets(20).title("replications").size(700, 400).figure()?;
/// // The densities of 20 data sets, of all of them together, and of the data.
/// assert_eq!(figure.svg().matches("class=\"line\"").count(), 22);
/// assert!(figure.svg().contains(">20 of 100 predicted data sets are drawn</text>"));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct PpcDistPlot {
    name: String,
    shape: Vec<usize>,
    /// The predicted data sets that are drawn.
    predicted: Vec<Vec<f64>>,
    total: usize,
    count: usize,
    observed: Vec<f64>,
    title: Option<String>,
    size: Option<(u32, u32)>,
}

figure_options!(PpcDistPlot);

/// The distribution of the observed data over those of predicted data sets, each faint: their densities, or their
/// distribution functions where all are whole numbers or there are fewer than thirty.
///
/// The predictions are those of [`posterior_predictive`](crate::posterior_predictive) or
/// [`prior_predictive`](crate::prior_predictive). Of weighted draws the data sets are chosen by weight.
///
/// # Shapes
/// `observed` has as many values as a draw of the site, in row-major order.
///
/// # Errors
/// Another number of observed values is an error of [`figure`](Plot::figure).
///
/// # Example
/// ```
/// use ndarray::Array2;
/// use ppl_infer::draws::{Draws, SiteTable};
/// use ppl_infer::plot::{Plot, plot_ppc_dist};
///
/// let mut sites = SiteTable::new(&[100]);
/// sites.insert("y", Array2::from_shape_fn((100, 20), |(d, i)| ((d * 7 + i * 3) % 31) as f64 / 3.0).into_dyn())?;
/// let predicted = Draws::new(sites)?.get_array("y")?;
/// let observed: Vec<f64> = (0..20).map(|i| f64::from(i) / 2.0 + 0.1).collect();
/// let figure = plot_ppc_dist(&predicted, &observed).figure()?;
/// assert!(figure.svg().contains(">observed</text>"));
/// assert!(plot_ppc_dist(&predicted, &observed[1..]).figure().is_err());
/// # Ok::<(), ppl_infer::Error>(())
/// ```
///
/// # Reference
/// Gabry, Simpson, Vehtari, Betancourt and Gelman (2019), "Visualization in Bayesian workflow".
pub fn plot_ppc_dist(
    predictions: &SiteDraws<ArrayD<f64>>,
    observed: impl IntoIterator<Item: Borrow<f64>>,
) -> PpcDistPlot {
    let total = predictions.total_draws();
    let chosen = thin::chosen(total, predictions.weights(), MOST);
    let rows: Vec<_> = predictions.iter().collect();
    PpcDistPlot {
        name: predictions.name().to_owned(),
        shape: predictions.shape().to_vec(),
        predicted: chosen.into_iter().map(|draw| rows[draw].iter().copied().collect()).collect(),
        total,
        count: DATA_SETS,
        observed: observed.into_iter().map(|value| *value.borrow()).collect(),
        title: None,
        size: None,
    }
}

impl PpcDistPlot {
    /// The number of predicted data sets that are drawn, 200 at most; 50.
    #[must_use]
    pub fn data_sets(mut self, count: usize) -> Self {
        self.count = count;
        self
    }

    fn axes(&self) -> Axes {
        let shown = thin::evenly(&self.predicted, self.count);
        let pooled = shown.concat();
        let by_steps = self.observed.len() < FEWEST_FOR_DENSITY || is_discrete(&pooled) && is_discrete(&self.observed);
        let curve = |panel: Axes, values: &[f64]| {
            if by_steps {
                let (x, y) = distribution_function(values);
                return panel.steps(x, y);
            }
            let (x, y): (Vec<f64>, Vec<f64>) = density(values, None).into_iter().unzip();
            panel.line(x, y)
        };
        let mut panel = axes();
        for (position, values) in shown.iter().enumerate() {
            panel = curve(panel, values).color(0).width(1.0).opacity(0.3);
            if position == 0 {
                panel = panel.label("predicted");
            }
        }
        panel = curve(panel, &pooled).color(1).dashed().label("all predicted");
        panel = curve(panel, &self.observed).color(TEXT).width(2.4).label("observed");
        let lost = pooled.iter().chain(&self.observed).filter(|value| !value.is_finite()).count();
        if lost > 0 {
            panel = panel.note(super::axes::not_finite(lost));
        }
        if shown.len() < self.total {
            panel = panel.note(format!("{} of {} predicted data sets are drawn", shown.len(), self.total));
        }
        let panel = panel.begin_at_zero().x_label(self.name.clone());
        if by_steps { panel.y_label("ECDF") } else { panel.y_label("density") }
    }
}

impl Plot for PpcDistPlot {
    fn figure(&self) -> Result<Figure> {
        check_observed("plot_ppc_dist", &self.name, &self.shape, self.observed.len())?;
        let panel = self.axes();
        let panel = match &self.title {
            Some(title) => panel.title(title.clone()),
            None => panel,
        };
        let (width, height) = self.size.unwrap_or((700, 450));
        panel.size(width, height).figure()
    }
}

/// An error unless there are as many observed values as a draw of the site has.
pub(super) fn check_observed(plot: &'static str, site: &str, shape: &[usize], observed: usize) -> Result<()> {
    let count: usize = shape.iter().product();
    if observed == count {
        return Ok(());
    }
    let (quantity, expected) =
        ("`observed`".to_owned(), format!("{count} values, as site `{site}` of shape {shape:?}"));
    Err(PlotError::Shape { plot, quantity, expected, got: vec![observed] }.into())
}

/// The distinct finite values, and the share of all that are not above each.
fn distribution_function(values: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let sorted = crate::diagnostics::sorted(values.iter().copied().filter(|value| value.is_finite()));
    let count = sorted.len() as f64;
    let first = sorted.first().map(|first| (first - 1.0, 0.0));
    let mut passed = 0;
    let steps = sorted.chunk_by(|a, b| a == b).map(|equal| {
        passed += equal.len();
        (equal[0], passed as f64 / count)
    });
    first.into_iter().chain(steps).unzip()
}

#[cfg(test)]
mod tests {
    use super::distribution_function;

    #[test]
    fn steps_of_a_distribution_function() {
        let (x, y) = distribution_function(&[2.0, 1.0, 2.0, f64::NAN, 5.0]);
        assert_eq!((x, y), (vec![0.0, 1.0, 2.0, 5.0], vec![0.0, 0.25, 0.75, 1.0]));
        assert!(distribution_function(&[]).0.is_empty());
    }
}
