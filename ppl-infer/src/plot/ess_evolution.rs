//! Effective sample sizes as draws are added.

use ndarray::{Array2, Axis};

use super::{
    Axes, Figure, Grid, Plot, axes,
    dist::shape,
    selection::{Limit, Quantity, Selection, figure_options, selection_options},
};
use crate::{
    diagnostics::{ess_bulk, ess_tail},
    draws::DrawSource,
    error::Result,
};

const LIMIT: Limit = Limit { of_site: 4, total: 12 };
/// Numbers of draws at which the sizes are computed.
const POINTS: usize = 20;
/// Effective draws of a chain that estimates and diagnostics need (Vehtari et al. 2021).
const NEEDED: f64 = 100.0;

/// Effective sample sizes as draws are added; see [`plot_ess_evolution`].
///
/// # Example
/// ```
/// use ndarray::Array3;
/// use ppl_infer::draws::{Draws, SiteTable};
/// use ppl_infer::plot::{Plot, plot_ess_evolution};
///
/// let mut sites = SiteTable::new(&[2, 100]);
/// let theta = Array3::from_shape_fn((2, 100, 3), |(c, d, i)| ((c * 13 + d * (7 + i)) % 31) as f64);
/// sites.insert("theta", theta.into_dyn())?;
/// let draws = Draws::new(sites)?;
///
/// let figure = plot_ess_evolution(&draws).only(["theta[2]"])?.title("enough draws?").size(600, 400).figure()?;
/// // A line for the bulk, and one for the tails.
/// assert_eq!(figure.svg().matches("class=\"line\"").count(), 2);
/// assert!(figure.svg().contains(">theta[2]</text>") && figure.svg().contains(">enough draws?</text>"));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct EssEvolutionPlot<'a> {
    selection: Selection<'a>,
    title: Option<String>,
    size: Option<(u32, u32)>,
}

figure_options!(EssEvolutionPlot<'_>);
selection_options!(EssEvolutionPlot);

/// The effective sample sizes of bulk and tails of the first draws of all chains, as more and more are taken, with the 100 a
/// chain that estimates need.
///
/// They grow in a line where the chains have converged. Where they do not, more draws help little.
///
/// # Errors
/// Weighted draws are an error of [`figure`](Plot::figure).
///
/// # Example
/// ```
/// use ndarray::Array2;
/// use ppl_infer::draws::{Draws, SiteTable};
/// use ppl_infer::plot::{Plot, plot_ess_evolution};
///
/// let mut sites = SiteTable::new(&[2, 100]);
/// sites.insert("x", Array2::from_shape_fn((2, 100), |(c, d)| ((c * 13 + d * 7) % 31) as f64).into_dyn())?;
/// let figure = plot_ess_evolution(&Draws::new(sites)?).figure()?;
/// assert!(figure.svg().contains(">bulk</text>"));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
pub fn plot_ess_evolution<S: DrawSource + ?Sized>(source: &S) -> EssEvolutionPlot<'_> {
    EssEvolutionPlot { selection: Selection::new(source, LIMIT), title: None, size: None }
}

impl EssEvolutionPlot<'_> {
    fn panel(quantity: &Quantity<'_>) -> Axes {
        let chains = quantity.chains();
        let draws = chains.first().map_or(0, Vec::len);
        let all = Array2::from_shape_fn((chains.len(), draws), |(chain, draw)| chains[chain][draw]);
        // The sizes need four draws of a chain.
        let mut counts: Vec<usize> =
            (1..=POINTS).map(|point| (point * draws) / POINTS).filter(|count| *count >= 4).collect();
        counts.dedup();
        let total = || counts.iter().map(|count| (count * chains.len()) as f64);
        let sizes = |of: fn(ndarray::ArrayView2<'_, f64>) -> f64| -> Vec<f64> {
            counts.iter().map(|&count| of(all.view().split_at(Axis(1), count).0)).collect()
        };
        let (bulk, tail) = (sizes(ess_bulk), sizes(ess_tail));
        axes()
            .line(total(), &bulk)
            .label("bulk")
            .line(total(), &tail)
            .label("tails")
            .horizontal(NEEDED * chains.len() as f64)
            .label("needed")
            .begin_at_zero()
            .title(quantity.label())
            .x_label("draws")
            .x_is_count(true)
            .y_label("effective sample size")
    }
}

impl Plot for EssEvolutionPlot<'_> {
    fn figure(&self) -> Result<Figure> {
        self.selection.require_order("plot_ess_evolution")?;
        let panels: Vec<_> = self.selection.quantities().iter().map(|quantity| Some(Self::panel(quantity))).collect();
        let (rows, columns) = shape(panels.len());
        let grid = Grid::of_cells(rows, columns, panels).titled(self.title.clone());
        grid.notes(self.selection.notes()).sized(self.size).figure()
    }
}
