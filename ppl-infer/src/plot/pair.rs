//! Pair plots: joint distributions of two quantities each.

use super::{
    Axes, Figure, Grid, Plot, axes,
    axes::{Entry, Legend, Mark, layer::Marker},
    references::{References, reference_options},
    selection::{Limit, Quantity, Selection, figure_options, selection_options},
    style::{DIVERGENCE, LINE, TEXT},
    thin,
};
use crate::{draws::DrawSource, error::Result};

const LIMIT: Limit = Limit { of_site: 2, total: 5 };
/// Points of all panels together, and least and most of one.
const POINTS: usize = 9000;
const FEWEST: usize = 100;
const MOST: usize = 1500;

/// Joint distributions; see [`plot_pair`].
///
/// # Example
/// ```
/// use ndarray::{Array1, Array2};
/// use ppl_infer::draws::{Draws, SiteTable};
/// use ppl_infer::plot::{Plot, plot_pair};
///
/// let mut sites = SiteTable::new(&[100]);
/// sites.insert("tau", Array1::from_shape_fn(100, |d| (d * 11 % 29) as f64 / 10.0).into_dyn())?;
/// sites.insert("theta", Array2::from_shape_fn((100, 8), |(d, i)| (d * 7 % 31 + i) as f64).into_dyn())?;
/// let draws = Draws::new(sites)?;
///
/// let plot = plot_pair(&draws).only(["tau", "theta[7]"])?.reference("tau", 1.5).title("a funnel?").size(600, 600);
/// let figure = plot.figure()?;
/// // Two densities, and one scatter; the reference in the panels of its column.
/// let count = |class: &str| figure.svg().matches(&format!("class=\"{class}\"")).count();
/// assert_eq!((count("panel"), count("scatter"), count("vertical")), (3, 1, 2));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct PairPlot<'a> {
    selection: Selection<'a>,
    title: Option<String>,
    size: Option<(u32, u32)>,
    references: References,
}

figure_options!(PairPlot<'_>);
selection_options!(PairPlot);
reference_options!(PairPlot);

/// A scatter of the draws for each pair of quantities, and the density of each on the diagonal. Divergent draws are marked
/// by crosses: where they gather, the sampler's step size is too large for the posterior's curvature.
///
/// Of weighted draws the points are chosen by weight. Of each site the first two components are shown, five in all;
/// [`only`](PairPlot::only) shows others.
///
/// # Example
/// ```no_run
/// # fn example(posterior: ppl_infer::Posterior) -> ppl_infer::Result<()> {
/// use ppl_infer::plot::{Plot, plot_pair};
///
/// plot_pair(&posterior).only(["tau", "theta[0]"])?.save("funnel.svg")?;
/// # Ok(())
/// # }
/// ```
pub fn plot_pair<S: DrawSource + ?Sized>(source: &S) -> PairPlot<'_> {
    let (selection, references) = (Selection::new(source, LIMIT), References::default());
    PairPlot { selection, title: None, size: None, references }
}

impl PairPlot<'_> {
    fn scatter(x: &[f64], y: &[f64], shown: &[usize], diverging: &[usize]) -> Axes {
        let of = |values: &[f64], chosen: &[usize]| chosen.iter().map(|&draw| values[draw]).collect::<Vec<_>>();
        let panel = axes().marks(Marker::Dot, of(x, shown), of(y, shown)).color(0).width(3.4).opacity(0.45);
        if diverging.is_empty() {
            return panel;
        }
        panel.marks(Marker::Cross, of(x, diverging), of(y, diverging)).color(DIVERGENCE).width(6.5).opacity(1.0)
    }
}

impl Plot for PairPlot<'_> {
    fn figure(&self) -> Result<Figure> {
        let quantities = self.selection.quantities();
        let count = quantities.len();
        self.references.check("plot_pair", quantities)?;
        let values: Vec<Vec<f64>> = quantities.iter().map(Quantity::values).collect();
        let diverging: Vec<bool> = self.selection.diverging().concat();
        let draws = self.selection.draws().total_draws();
        let panels = (count * count.saturating_sub(1) / 2).max(1);
        let most = (POINTS / panels).clamp(FEWEST, MOST);
        let shown = thin::chosen(draws, self.selection.weights(), most);
        let diverged: Vec<usize> = (0..diverging.len()).filter(|&draw| diverging[draw]).collect();
        let diverged = thin::evenly(&diverged, most);

        let mut cells = Vec::new();
        for row in 0..count {
            for column in 0..count {
                let mut panel = match column.cmp(&row) {
                    std::cmp::Ordering::Greater => {
                        cells.push(None);
                        continue;
                    }
                    std::cmp::Ordering::Equal => {
                        axes().weighted_density(&values[row], self.selection.weights()).color(0).hide_y()
                    }
                    std::cmp::Ordering::Less => Self::scatter(&values[column], &values[row], &shown, &diverged),
                };
                panel = panel.vertical_references(&self.references.of(&quantities[column]));
                if column < row {
                    panel = panel.horizontal_references(&self.references.of(&quantities[row]));
                }
                if row == count - 1 {
                    panel = panel.x_label(quantities[column].label());
                }
                if column == 0 && row > 0 {
                    panel = panel.y_label(quantities[row].label());
                }
                cells.push(Some(panel));
            }
        }
        let mut notes = self.selection.notes();
        if shown.len() < draws {
            notes.push(format!("{} of {draws} draws are drawn", shown.len()));
        }
        let mut legend = Legend::default();
        if !diverged.is_empty() {
            let (label, mark) = ("divergence".to_owned(), Mark::Point(Marker::Cross));
            legend.0.push(Entry { label, color: DIVERGENCE.into(), mark });
        }
        if !self.references.is_empty() {
            let mark = Mark::Line { width: LINE, opacity: 1.0, dashed: true };
            legend.0.push(Entry { label: "reference".to_owned(), color: TEXT.into(), mark });
        }
        let side = (1000.0 / count.max(1) as f64).clamp(200.0, 340.0) * count.max(2) as f64;
        let grid = Grid::of_cells(count.max(1), count.max(1), cells).titled(self.title.clone());
        grid.legend(legend).notes(notes).sized(self.size).or_size(side, 0.85 * side + 30.0).figure()
    }
}
