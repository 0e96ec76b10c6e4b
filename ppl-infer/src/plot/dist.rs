//! Distributions of draws: density or histogram, mean and interval.

use super::{
    Axes, Bins, Figure, Grid, Plot, axes,
    histogram::is_discrete,
    references::{References, reference_options},
    scale::short,
    selection::{Limit, Quantity, Selection, figure_options, selection_options},
    style::AXES,
};
use crate::{draws::DrawSource, error::Result};

const LIMIT: Limit = Limit { of_site: 8, total: 24 };
/// The probability of the interval: that of summaries.
const PROBABILITY: f64 = 0.89;

/// Distributions of draws; see [`plot_dist`].
///
/// # Example
/// ```
/// use ndarray::Array1;
/// use ppl_infer::draws::{Draws, SiteTable};
/// use ppl_infer::plot::{DistPlot, Plot, plot_dist};
///
/// let mut sites = SiteTable::new(&[100]);
/// sites.insert("count", Array1::from_shape_fn(100, |d| (d * 7 % 31) as f64).into_dyn())?;
/// sites.insert("rate", Array1::from_shape_fn(100, |d| (d * 7 % 31) as f64 / 3.0).into_dyn())?;
/// let draws = Draws::new(sites)?;
///
/// let bars = |plot: DistPlot<'_>| -> ppl_infer::Result<usize> {
///     Ok(plot.figure()?.svg().matches("class=\"bars\"").count())
/// };
/// // Whole numbers have a histogram, unless something else is asked for.
/// assert_eq!(bars(plot_dist(&draws))?, 1);
/// assert_eq!(bars(plot_dist(&draws).density().title("smoothed"))?, 0);
/// assert_eq!(bars(plot_dist(&draws).only(["rate"])?.histogram(10))?, 1);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct DistPlot<'a> {
    selection: Selection<'a>,
    title: Option<String>,
    size: Option<(u32, u32)>,
    kind: Kind,
    references: References,
}

/// How a distribution is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    /// A density, or a histogram where all draws are whole numbers.
    Auto,
    Density,
    Histogram(Bins),
}

figure_options!(DistPlot<'_>);
selection_options!(DistPlot);
reference_options!(DistPlot);

/// The distribution of the draws of all chains, a panel a quantity: its density, with the mean and the equal-tailed interval
/// of 89% of the summary below it. Whole numbers have a histogram.
///
/// Weighted draws weigh. Of each site the first eight components are shown, 24 in all; [`only`](DistPlot::only) shows
/// others.
///
/// # Example
/// ```
/// use ndarray::array;
/// use ppl_infer::draws::{Draws, SiteTable};
/// use ppl_infer::plot::{Plot, plot_dist};
///
/// let mut sites = SiteTable::new(&[4]);
/// sites.insert("x", array![0.0, 0.5, 1.5, 2.0].into_dyn())?;
/// let weighted = Draws::weighted(sites, vec![0.0, 0.0, 0.0, 1.0])?;
/// let figure = plot_dist(&weighted).histogram(3).reference("x", 1.0).figure()?;
/// assert!(figure.svg().contains("class=\"bars\""));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
pub fn plot_dist<S: DrawSource + ?Sized>(source: &S) -> DistPlot<'_> {
    let selection = Selection::new(source, LIMIT);
    DistPlot { selection, title: None, size: None, kind: Kind::Auto, references: References::default() }
}

impl DistPlot<'_> {
    /// Draws histograms; `bins` is a number or [`Bins::Auto`].
    #[must_use]
    pub fn histogram(mut self, bins: impl Into<Bins>) -> Self {
        self.kind = Kind::Histogram(bins.into());
        self
    }

    /// Draws densities, also of whole numbers.
    #[must_use]
    pub fn density(mut self) -> Self {
        self.kind = Kind::Density;
        self
    }

    fn panel(&self, quantity: &Quantity<'_>) -> Result<Axes> {
        let (values, weights) = (quantity.values(), self.selection.weights());
        let bins = match self.kind {
            Kind::Auto => is_discrete(&values).then_some(Bins::Auto),
            Kind::Density => None,
            Kind::Histogram(bins) => Some(bins),
        };
        let panel = axes().hide_y().title(quantity.label());
        let mut panel = match bins {
            Some(bins) => panel.weighted_histogram(&values, weights, bins).color(0),
            None => panel.weighted_density(&values, weights).color(0),
        };
        let draws = quantity.draws(self.selection.draws())?;
        let (mean, (low, high)) = (draws.mean(), draws.eti(PROBABILITY));
        if mean.is_finite() && low.is_finite() && high.is_finite() {
            // Below the foot of the distribution.
            let peak = panel.peak();
            let y = -0.06 * peak;
            panel = panel.segments(vec![[[low, y], [high, y]]]).color(AXES).width(3.5);
            panel = panel.ring(mean, y).color(AXES).width(8.0).y_limits(2.0 * y, 1.05 * peak);
            panel = panel.x_label(format!("mean {}", short(mean)));
        }
        Ok(panel.vertical_references(&self.references.of(quantity)))
    }
}

impl Plot for DistPlot<'_> {
    fn figure(&self) -> Result<Figure> {
        let quantities = self.selection.quantities();
        self.references.check("plot_dist", quantities)?;
        let panels = quantities.iter().map(|quantity| self.panel(quantity).map(Some)).collect::<Result<Vec<_>>>()?;
        let (rows, columns) = shape(panels.len());
        let grid = Grid::of_cells(rows, columns, panels).titled(self.title.clone()).notes(self.selection.notes());
        let grid = if quantities.is_empty() { grid } else { grid.note("line: interval of 89%, ring: mean") };
        let grid = if self.references.is_empty() { grid } else { grid.note("dashed: reference") };
        grid.sized(self.size).figure()
    }
}

/// Rows and columns of a grid of so many panels.
pub(super) fn shape(panels: usize) -> (usize, usize) {
    let columns = match panels {
        0 | 1 => 1,
        2 | 4 => 2,
        3 | 5..=9 => 3,
        _ => 4,
    };
    (panels.div_ceil(columns).max(1), columns)
}
