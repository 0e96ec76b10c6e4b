//! Ridge plots: densities of many quantities, one above the other.

use super::{
    Figure, Plot, axes,
    kde::density,
    selection::{Limit, Selection, figure_options, selection_options},
};
use crate::{draws::DrawSource, error::Result};

const LIMIT: Limit = Limit { of_site: 20, total: 40 };
/// Height of the highest density, in rows.
const OVERLAP: f64 = 1.7;

/// Densities, one above the other; see [`plot_ridge`].
///
/// # Example
/// ```
/// use ndarray::Array2;
/// use ppl_infer::draws::{Draws, SiteTable};
/// use ppl_infer::plot::{Plot, plot_ridge};
///
/// let mut sites = SiteTable::new(&[100]);
/// sites.insert("theta", Array2::from_shape_fn((100, 8), |(d, i)| (d * 7 % 31 + i) as f64).into_dyn())?;
/// let draws = Draws::new(sites)?;
///
/// // Rows in the order of the names.
/// let figure = plot_ridge(&draws).only(["theta[7]", "theta[2]"])?.title("extremes").size(600, 300).figure()?;
/// assert_eq!((figure.width(), figure.svg().matches("class=\"line\"").count()), (600, 2));
/// assert!(figure.svg().find(">theta[7]</text>") < figure.svg().find(">theta[2]</text>"));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct RidgePlot<'a> {
    selection: Selection<'a>,
    title: Option<String>,
    size: Option<(u32, u32)>,
}

figure_options!(RidgePlot<'_>);
selection_options!(RidgePlot);

/// The density of each quantity, a row a quantity, on one scale.
///
/// Weighted draws weigh. Of each site the first twenty components are shown, forty in all; [`only`](RidgePlot::only) shows
/// others.
///
/// # Example
/// ```
/// use ndarray::Array2;
/// use ppl_infer::draws::{Draws, SiteTable};
/// use ppl_infer::plot::{Plot, plot_ridge};
///
/// let mut sites = SiteTable::new(&[100]);
/// sites.insert("theta", Array2::from_shape_fn((100, 8), |(d, i)| ((d * 7 + i) % 31) as f64 + i as f64).into_dyn())?;
/// let figure = plot_ridge(&Draws::new(sites)?).figure()?;
/// assert_eq!(figure.svg().matches("class=\"line\"").count(), 8);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
pub fn plot_ridge<S: DrawSource + ?Sized>(source: &S) -> RidgePlot<'_> {
    RidgePlot { selection: Selection::new(source, LIMIT), title: None, size: None }
}

impl Plot for RidgePlot<'_> {
    fn figure(&self) -> Result<Figure> {
        let quantities = self.selection.quantities();
        let values: Vec<Vec<f64>> = quantities.iter().map(|quantity| quantity.values()).collect();
        let curves: Vec<Vec<(f64, f64)>> =
            values.iter().map(|values| density(values, self.selection.weights())).collect();
        let highest = curves.iter().flatten().map(|(_, height)| *height).fold(0.0, f64::max);
        let mut panel = axes();
        let mut flat = 0;
        for (position, curve) in curves.iter().enumerate() {
            // Rows run downwards.
            let foot = position as f64;
            flat += usize::from(curve.is_empty());
            let x = || curve.iter().map(|(value, _)| *value);
            let top = || curve.iter().map(|(_, height)| foot - OVERLAP * height / highest);
            panel = panel.band(x(), x().map(|_| foot), top()).color("#ffffff").opacity(0.6);
            panel = panel.band(x(), x().map(|_| foot), top()).color(0).opacity(0.4);
            panel = panel.line(x(), top()).color(0);
        }
        if flat > 0 {
            panel = panel.note(format!("{flat} without a density: all draws are equal, or none is finite"));
        }
        let labels = quantities.iter().enumerate().map(|(position, quantity)| (position as f64, quantity.label()));
        let last = quantities.len().max(1) as f64 - 0.7;
        panel = panel.y_ticks(labels).y_limits(last, -OVERLAP - 0.1).x_label("value");
        let height = (34.0 * quantities.len() as f64 + 130.0).max(240.0);
        let grid = super::Grid::of_cells(1, 1, [Some(panel)]).titled(self.title.clone());
        grid.notes(self.selection.notes()).sized(self.size).or_size(700.0, height).figure()
    }
}
