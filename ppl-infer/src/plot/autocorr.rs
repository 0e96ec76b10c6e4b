//! Autocorrelations of chains.

use super::{
    Axes, Figure, Grid, Plot, axes,
    dist::shape,
    selection::{Limit, Quantity, Selection, figure_options, selection_options},
    style::FAINT,
    trace::chain_legend,
};
use crate::{diagnostics::autocorrelation, draws::DrawSource, error::Result};

const LIMIT: Limit = Limit { of_site: 4, total: 16 };
/// Most lags unless asked for.
const MOST_LAGS: usize = 100;

/// Autocorrelations of chains; see [`plot_autocorr`].
///
/// # Example
/// ```
/// use ndarray::Array3;
/// use ppl_infer::draws::{Draws, SiteTable};
/// use ppl_infer::plot::{Plot, plot_autocorr};
///
/// let mut sites = SiteTable::new(&[2, 100]);
/// let theta = Array3::from_shape_fn((2, 100, 3), |(c, d, i)| ((c * 13 + d * (7 + i)) % 31) as f64);
/// sites.insert("theta", theta.into_dyn())?;
/// let draws = Draws::new(sites)?;
///
/// let plot = plot_autocorr(&draws).only(["theta[0]", "theta[2]"])?.title("mixing").size(800, 300);
/// let figure = plot.figure()?;
/// assert_eq!((figure.width(), figure.height()), (800, 300));
/// assert_eq!(figure.svg().matches("class=\"panel\"").count(), 2);
/// assert!(!figure.svg().contains(">theta[1]</text>"));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct AutocorrPlot<'a> {
    selection: Selection<'a>,
    title: Option<String>,
    size: Option<(u32, u32)>,
    lags: usize,
}

figure_options!(AutocorrPlot<'_>);
selection_options!(AutocorrPlot);

/// The correlation of the draws of each chain with those so many draws later, a panel a quantity. That of independent draws
/// lies in the band with probability 95% at each lag.
///
/// # Errors
/// Weighted draws are an error of [`figure`](Plot::figure).
///
/// # Example
/// ```
/// use ndarray::Array2;
/// use ppl_infer::draws::{Draws, SiteTable};
/// use ppl_infer::plot::{Plot, plot_autocorr};
///
/// let mut sites = SiteTable::new(&[2, 100]);
/// sites.insert("x", Array2::from_shape_fn((2, 100), |(c, d)| ((c * 13 + d * 7) % 31) as f64).into_dyn())?;
/// let figure = plot_autocorr(&Draws::new(sites)?).max_lag(40).figure()?;
/// assert!(figure.svg().contains(">lag</text>"));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
pub fn plot_autocorr<S: DrawSource + ?Sized>(source: &S) -> AutocorrPlot<'_> {
    AutocorrPlot { selection: Selection::new(source, LIMIT), title: None, size: None, lags: MOST_LAGS }
}

impl AutocorrPlot<'_> {
    /// The largest lag; 100.
    #[must_use]
    pub fn max_lag(mut self, lag: usize) -> Self {
        self.lags = lag;
        self
    }

    fn panel(&self, quantity: &Quantity<'_>) -> Axes {
        let chains = quantity.chains();
        let draws = chains.first().map_or(0, Vec::len);
        let last = self.lags.min(draws.saturating_sub(1)).max(1) as f64;
        let half = 1.96 / (draws.max(1) as f64).sqrt();
        let panel = axes().band([0.0, last], [-half, -half], [half, half]).color(FAINT).opacity(0.45);
        let panel = chains.iter().enumerate().fold(panel, |panel, (chain, draws)| {
            let correlations = autocorrelation(draws);
            let shown = correlations.len().min(self.lags + 1);
            panel.line((0..shown).map(|lag| lag as f64), &correlations[..shown]).color(chain).width(1.5)
        });
        panel.title(quantity.label()).x_label("lag").x_is_count(true).y_label("autocorrelation").x_limits(0.0, last)
    }
}

impl Plot for AutocorrPlot<'_> {
    fn figure(&self) -> Result<Figure> {
        self.selection.require_order("plot_autocorr")?;
        let panels: Vec<_> = self.selection.quantities().iter().map(|quantity| Some(self.panel(quantity))).collect();
        let (rows, columns) = shape(panels.len());
        let grid = Grid::of_cells(rows, columns, panels).titled(self.title.clone());
        grid.legend(chain_legend(&self.selection)).notes(self.selection.notes()).sized(self.size).figure()
    }
}
