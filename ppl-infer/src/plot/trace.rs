//! Trace plots: the draws of each quantity in their order, one colour a chain.

use super::{
    Axes, Color, Figure, Grid, Plot, axes,
    axes::{Entry, Legend, Mark},
    references::{References, reference_options},
    selection::{Limit, Quantity, Selection, figure_options, selection_options},
    style::{DIVERGENCE, LINE, TEXT},
};
use crate::{draws::DrawSource, error::Result};

/// Quantities of a trace plot.
const LIMIT: Limit = Limit { of_site: 4, total: 16 };
/// Most chains in the legend.
const MOST_IN_LEGEND: usize = 10;

/// A plot of draws in their order; see [`plot_trace`] and [`plot_trace_dist`].
///
/// # Example
/// ```
/// use ndarray::Array2;
/// use ppl_infer::draws::{Draws, SiteTable};
/// use ppl_infer::plot::{Plot, plot_trace, plot_trace_dist};
///
/// let mut sites = SiteTable::new(&[2, 100]);
/// sites.insert("mu", Array2::from_shape_fn((2, 100), |(c, d)| ((c * 13 + d * 7) % 31) as f64).into_dyn())?;
/// let draws = Draws::new(sites)?;
///
/// // The value that the data were simulated with crosses the trace, and the densities.
/// let figure = plot_trace_dist(&draws).reference("mu", 15.0).size(900, 300).figure()?;
/// let count = |class: &str| figure.svg().matches(&format!("class=\"{class}\"")).count();
/// assert_eq!((count("panel"), count("horizontal"), count("vertical")), (2, 1, 1));
/// assert!(figure.svg().contains(">chain 1</text>") && figure.svg().contains(">reference</text>"));
///
/// let error = plot_trace(&draws).reference("nu", 15.0).figure().unwrap_err();
/// assert!(error.to_string().contains("`nu`") && error.to_string().contains("`mu`"));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct TracePlot<'a> {
    selection: Selection<'a>,
    title: Option<String>,
    size: Option<(u32, u32)>,
    /// Whether each trace has the densities beside it.
    with_densities: bool,
    references: References,
}

figure_options!(TracePlot<'_>);
selection_options!(TracePlot);
reference_options!(TracePlot);

/// The draws of each chain in their order, a panel a quantity. Divergent draws are marked by ticks at the lower edge.
///
/// Chains that agree cover each other. Of each site the first four components are shown, sixteen in all;
/// [`only`](TracePlot::only) shows others.
///
/// # Errors
/// Weighted draws, which have no order, are an error of [`figure`](Plot::figure).
///
/// # Example
/// ```
/// use ndarray::Array2;
/// use ppl_infer::draws::{Draws, SiteTable};
/// use ppl_infer::plot::{Plot, plot_trace};
///
/// let mut sites = SiteTable::new(&[2, 100]);
/// sites.insert("tau", Array2::from_shape_fn((2, 100), |(c, d)| ((c * 13 + d * 7) % 31) as f64).into_dyn())?;
/// let draws = Draws::new(sites)?;
/// let figure = plot_trace(&draws).only(["tau"])?.title("a chain that repeats itself").figure()?;
/// assert_eq!(figure.svg().matches("class=\"line\"").count(), 2);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
pub fn plot_trace<S: DrawSource + ?Sized>(source: &S) -> TracePlot<'_> {
    let (selection, references) = (Selection::new(source, LIMIT), References::default());
    TracePlot { selection, title: None, size: None, with_densities: false, references }
}

/// The same with the density of each chain on the left: a row a quantity.
///
/// # Errors
/// Those of [`plot_trace`].
///
/// # Example
/// ```no_run
/// # fn example(posterior: ppl_infer::Posterior) -> ppl_infer::Result<()> {
/// use ppl_infer::plot::{Plot, plot_trace_dist};
///
/// plot_trace_dist(&posterior).only(["tau", "theta[7]"])?.save("trace.svg")?;
/// # Ok(())
/// # }
/// ```
pub fn plot_trace_dist<S: DrawSource + ?Sized>(source: &S) -> TracePlot<'_> {
    TracePlot { with_densities: true, ..plot_trace(source) }
}

impl TracePlot<'_> {
    fn trace(&self, quantity: &Quantity<'_>, diverging: &[Vec<bool>]) -> Axes {
        let chains = quantity.chains();
        let panel = chains.iter().enumerate().fold(axes(), |panel, (chain, draws)| {
            panel.line((0..draws.len()).map(|draw| draw as f64), draws).color(chain).width(1.0).opacity(0.75)
        });
        if chains.first().is_some_and(|draws| draws.len() == 1) {
            // No line, but points.
            let points = chains.iter().enumerate();
            let panel = points.fold(panel, |panel, (chain, draws)| panel.scatter([0.0], draws).color(chain));
            let panel = panel.horizontal_references(&self.references.of(quantity));
            return panel.x_limits(-1.0, 1.0).x_ticks([(0.0, "0")]);
        }
        let last = chains.first().map_or(1, |draws| draws.len().max(2) - 1);
        let marked = diverging.iter().flat_map(|chain| (0..chain.len()).filter(|&draw| chain[draw]));
        let panel = panel.rug(marked.map(|draw| draw as f64).collect()).x_limits(0.0, last as f64).x_is_count(true);
        panel.horizontal_references(&self.references.of(quantity))
    }

    fn densities(&self, quantity: &Quantity<'_>, diverging: &[Vec<bool>]) -> Axes {
        let chains = quantity.chains();
        let panel = chains
            .iter()
            .enumerate()
            .fold(axes().hide_y(), |panel, (chain, draws)| panel.weighted_density(draws, None).color(chain));
        let marked = chains.iter().zip(diverging).flat_map(|(draws, diverging)| {
            draws.iter().zip(diverging).filter(|(_, diverging)| **diverging).map(|(draw, _)| *draw)
        });
        panel.rug(marked.collect()).vertical_references(&self.references.of(quantity)).title(quantity.label())
    }
}

impl Plot for TracePlot<'_> {
    fn figure(&self) -> Result<Figure> {
        let name = if self.with_densities { "plot_trace_dist" } else { "plot_trace" };
        self.selection.require_order(name)?;
        let quantities = self.selection.quantities();
        self.references.check(name, quantities)?;
        let diverging = self.selection.diverging();
        let grid = if self.with_densities {
            let mut panels: Vec<Axes> = Vec::new();
            for quantity in quantities {
                panels.push(self.densities(quantity, &diverging));
                panels.push(self.trace(quantity, &diverging).y_label(quantity.label()));
            }
            name_last(&mut panels, &["value", "draw"]);
            let height = 175.0 * quantities.len() as f64 + 90.0;
            Grid::of_cells(quantities.len(), 2, panels.into_iter().map(Some))
                .widths(&[0.38, 0.62])
                .or_size(1000.0, height)
        } else {
            let columns = if quantities.len() > 3 { 2 } else { 1 };
            let rows = quantities.len().div_ceil(columns);
            let panels = quantities.iter().map(|quantity| self.trace(quantity, &diverging).title(quantity.label()));
            let mut panels: Vec<Axes> = panels.collect();
            name_last(&mut panels, &["draw"; 2][..columns]);
            Grid::of_cells(rows, columns, panels.into_iter().map(Some)).or_size(1000.0, 200.0 * rows as f64 + 90.0)
        };
        let mut legend = chain_legend(&self.selection);
        if diverging.iter().flatten().any(|&diverging| diverging) {
            legend.0.push(Entry { label: "divergence".to_owned(), color: Color::from(DIVERGENCE), mark: Mark::Tick });
        }
        if !self.references.is_empty() {
            let mark = Mark::Line { width: LINE, opacity: 1.0, dashed: true };
            legend.0.push(Entry { label: "reference".to_owned(), color: Color::from(TEXT), mark });
        }
        let title = self.title.clone().unwrap_or_else(|| self.selection.draws().count());
        grid.title(title).legend(legend).notes(self.selection.notes()).sized(self.size).figure()
    }
}

/// Names the horizontal axes of the last panel of each column, which are those of the whole column.
fn name_last(panels: &mut [Axes], labels: &[&str]) {
    let columns = labels.len();
    let count = panels.len();
    for (position, panel) in panels.iter_mut().enumerate().skip(count.saturating_sub(columns)) {
        panel.x.label = Some(labels[position % columns].to_owned());
    }
}

/// Which colour is which chain; nothing where there is one.
pub(super) fn chain_legend(selection: &Selection<'_>) -> Legend {
    let ids = selection.chain_ids();
    if ids.len() < 2 {
        return Legend::default();
    }
    let mark = Mark::Line { width: LINE, opacity: 1.0, dashed: false };
    let entry = |(position, id): (usize, &usize)| Entry {
        label: if position < MOST_IN_LEGEND { format!("chain {id}") } else { "…".to_owned() },
        color: Color::from(position),
        mark,
    };
    Legend(ids.iter().enumerate().take(MOST_IN_LEGEND + 1).map(entry).collect())
}
