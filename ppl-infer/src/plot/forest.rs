//! Forest plots: intervals of many quantities.

use super::{
    Axes, Color, Figure, Plot, PlotError, axes,
    axes::{Entry, Legend, Mark},
    references::{References, reference_options},
    selection::{Limit, Quantity, Selection, figure_options, selection_options},
    style::{LINE, TEXT},
    trace::chain_legend,
};
use crate::{
    diagnostics::{mean, quantile},
    draws::DrawSource,
    error::Result,
};

const LIMIT: Limit = Limit { of_site: 30, total: 60 };
/// The probabilities of the thick and of the thin line.
const INNER: f64 = 0.5;
const OUTER: f64 = 0.89;

/// Intervals of many quantities; see [`plot_forest`].
///
/// # Example
/// ```
/// use ndarray::Array2;
/// use ppl_infer::draws::{Draws, SiteTable};
/// use ppl_infer::plot::{Plot, plot_forest};
///
/// let mut sites = SiteTable::new(&[100]);
/// sites.insert("theta", Array2::from_shape_fn((100, 3), |(d, i)| (d * 7 % 31 + 10 * i) as f64).into_dyn())?;
/// let draws = Draws::new(sites)?;
///
/// // The values that the data were simulated with.
/// let plot = plot_forest(&draws).title("recovered?");
/// let figure = plot.clone().reference("theta", [14.0, 26.0, 33.0]).figure()?;
/// assert!(figure.svg().contains(">reference</text>") && figure.svg().contains(">theta[2]</text>"));
///
/// let error = plot.reference("theta", [14.0, 26.0]).figure().unwrap_err();
/// assert_eq!(error.to_string(), "plot_forest: the reference for `theta` has shape [2], expected 3 values");
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ForestPlot<'a> {
    selection: Selection<'a>,
    title: Option<String>,
    size: Option<(u32, u32)>,
    by_chain: bool,
    references: References,
}

/// An equal-tailed interval of 50%, one of 89%, and the mean between.
#[derive(Clone, Copy, Debug)]
struct Row {
    outer: (f64, f64),
    inner: (f64, f64),
    mean: f64,
}

figure_options!(ForestPlot<'_>);
selection_options!(ForestPlot);
reference_options!(ForestPlot);

/// The equal-tailed intervals of 50% (thick) and 89% (thin) of each quantity, with its mean, a row a quantity.
///
/// They are those of [`SiteDraws::eti`](crate::draws::SiteDraws::eti) and of the summary; weighted draws weigh. Of each site
/// the first thirty components are shown, sixty in all; [`only`](ForestPlot::only) shows others.
///
/// # Example
/// ```
/// use ndarray::Array3;
/// use ppl_infer::draws::{Draws, SiteTable};
/// use ppl_infer::plot::{Plot, plot_forest};
///
/// let mut sites = SiteTable::new(&[2, 100]);
/// let theta = Array3::from_shape_fn((2, 100, 8), |(c, d, i)| ((c * 13 + d * 7 + i) % 31) as f64);
/// sites.insert("theta", theta.into_dyn())?;
/// let figure = plot_forest(&Draws::new(sites)?).by_chain().figure()?;
/// assert!(figure.svg().contains(">theta[7]</text>"));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
pub fn plot_forest<S: DrawSource + ?Sized>(source: &S) -> ForestPlot<'_> {
    let (selection, references) = (Selection::new(source, LIMIT), References::default());
    ForestPlot { selection, title: None, size: None, by_chain: false, references }
}

impl ForestPlot<'_> {
    /// A line for each chain, in place of one for all.
    #[must_use]
    pub fn by_chain(mut self) -> Self {
        self.by_chain = true;
        self
    }

    /// One row for all draws, or one for each chain.
    fn rows(&self, quantity: &Quantity<'_>) -> Result<Vec<Row>> {
        if self.by_chain {
            let of_chain = |chain: &Vec<f64>| {
                let eti = |probability: f64| {
                    let tail = 0.5 * (1.0 - probability);
                    (quantile(chain, tail), quantile(chain, 1.0 - tail))
                };
                Row { outer: eti(OUTER), inner: eti(INNER), mean: mean(chain) }
            };
            return Ok(quantity.chains().iter().map(of_chain).collect());
        }
        let draws = quantity.draws(self.selection.draws())?;
        Ok(vec![Row { outer: draws.eti(OUTER), inner: draws.eti(INNER), mean: draws.mean() }])
    }

    fn axes(&self) -> Result<Axes> {
        let quantities = self.selection.quantities();
        let mut panel = axes();
        let mut lost = 0;
        for (position, quantity) in quantities.iter().enumerate() {
            let rows = self.rows(quantity)?;
            // The lines of a row share 70% of its height.
            let apart = 0.7 / rows.len().max(1) as f64;
            for (chain, row) in rows.iter().enumerate() {
                let y = position as f64 + (chain as f64 - 0.5 * (rows.len() - 1) as f64) * apart;
                let ends = [row.outer.0, row.outer.1, row.inner.0, row.inner.1];
                lost += usize::from(!ends.iter().all(|end| end.is_finite()));
                let line = |(low, high): (f64, f64)| vec![[[low, y], [high, y]]];
                let (thick, ring) = if rows.len() > 2 { (2.4, 5.0) } else { (4.0, 7.5) };
                panel = panel
                    .segments(line(row.outer))
                    .color(chain)
                    .width(0.7 * LINE)
                    .segments(line(row.inner))
                    .color(chain)
                    .width(thick)
                    .ring(row.mean, y)
                    .color(chain)
                    .width(ring);
            }
        }
        let marks = quantities.iter().enumerate().flat_map(|(position, quantity)| {
            let y = position as f64;
            self.references.of(quantity).into_iter().map(move |x| [[x, y - 0.4], [x, y + 0.4]])
        });
        let marks: Vec<[[f64; 2]; 2]> = marks.collect();
        if let Some([[x, _], _]) = marks.iter().find(|[[x, _], _]| !x.is_finite()) {
            let (plot, argument) = ("plot_forest", "reference");
            return Err(PlotError::Argument { plot, argument, expected: "finite", got: x.to_string() }.into());
        }
        if !marks.is_empty() {
            panel = panel.segments(marks).color(TEXT).width(LINE);
        }
        if lost > 0 {
            panel = panel.note(format!("{lost} intervals are not finite and left out"));
        }
        let labels = quantities.iter().enumerate().map(|(position, quantity)| (position as f64, quantity.label()));
        let last = quantities.len().max(1) as f64 - 0.4;
        Ok(panel.y_ticks(labels).y_limits(last, -0.6).x_label("value"))
    }
}

impl Plot for ForestPlot<'_> {
    fn figure(&self) -> Result<Figure> {
        if self.by_chain {
            self.selection.require_order("plot_forest by chain")?;
        }
        self.references.check("plot_forest", self.selection.quantities())?;
        let line = |width: f64, label: &str| Entry {
            label: label.to_owned(),
            color: if self.by_chain { Color::from(super::style::AXES) } else { Color::from(0) },
            mark: Mark::Line { width, opacity: 1.0, dashed: false },
        };
        let mut legend = if self.by_chain { chain_legend(&self.selection) } else { Legend::default() };
        legend.0.extend([line(4.0, "50%"), line(0.7 * LINE, "89%")]);
        if !self.references.is_empty() {
            let (label, color) = ("reference".to_owned(), Color::from(TEXT));
            legend.0.push(Entry { label, color, mark: Mark::Tick });
        }
        let rows = self.selection.quantities().len() as f64;
        let per_row = if self.by_chain && self.selection.draws().num_chains() > 2 { 34.0 } else { 26.0 };
        let height = (per_row * rows + 130.0).max(200.0);
        let grid = super::Grid::of_cells(1, 1, [Some(self.axes()?)]).titled(self.title.clone()).legend(legend);
        grid.notes(self.selection.notes()).sized(self.size).or_size(700.0, height).figure()
    }
}
