//! Prior and posterior of each quantity.

use super::{
    Axes, Figure, Grid, Plot, axes,
    axes::{Entry, Legend, Mark},
    dist::shape,
    kde::density,
    scale::extent,
    selection::{Limit, Selection, figure_options, selection_options},
    style::LINE,
};
use crate::{draws::DrawSource, error::Result};

const LIMIT: Limit = Limit { of_site: 8, total: 24 };

/// Prior and posterior; see [`plot_prior_posterior`].
///
/// # Example
/// ```
/// use ndarray::Array1;
/// use ppl_infer::draws::{Draws, SiteTable};
/// use ppl_infer::plot::{Plot, plot_prior_posterior};
///
/// let draws = |names: &[&str], scale: f64| {
///     let mut sites = SiteTable::new(&[100]);
///     for name in names {
///         sites.insert(*name, Array1::from_shape_fn(100, |d| scale * ((d * 7 % 31) as f64 - 15.0)).into_dyn())?;
///     }
///     Draws::new(sites)
/// };
/// // A prediction has no prior; of the others, one is asked for.
/// let (prior, posterior) = (draws(&["mu", "tau"], 1.0)?, draws(&["mu", "tau", "y"], 0.2)?);
/// let plot = plot_prior_posterior(&prior, &posterior).title("what was learned").size(500, 300);
/// assert_eq!(plot.figure()?.svg().matches("class=\"panel\"").count(), 2);
/// assert_eq!(plot.clone().only(["tau"])?.figure()?.svg().matches("class=\"panel\"").count(), 1);
/// assert!(plot.only(["y"])?.figure().is_err());
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct PriorPosteriorPlot<'a> {
    prior: Selection<'a>,
    selection: Selection<'a>,
    title: Option<String>,
    size: Option<(u32, u32)>,
}

figure_options!(PriorPosteriorPlot<'_>);
selection_options!(PriorPosteriorPlot);

/// The densities of prior and posterior of each quantity that both have, such as those of
/// [`prior_predictive`](crate::prior_predictive) and a [`Posterior`](crate::Posterior).
///
/// The axis shows the posterior and of the prior the middle 90%, but no more than twice the width of the posterior on either
/// side. Weighted draws weigh.
///
/// # Example
/// ```
/// use ndarray::Array1;
/// use ppl_infer::draws::{Draws, SiteTable};
/// use ppl_infer::plot::{Plot, plot_prior_posterior};
///
/// let draws = |scale: f64| {
///     let mut sites = SiteTable::new(&[100]);
///     sites.insert("x", Array1::from_shape_fn(100, |d| scale * ((d * 7 % 31) as f64 - 15.0)).into_dyn())?;
///     Draws::new(sites)
/// };
/// let (prior, posterior) = (draws(1.0)?, draws(0.2)?);
/// let figure = plot_prior_posterior(&prior, &posterior).figure()?;
/// assert_eq!(figure.svg().matches("class=\"line\"").count(), 2);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
pub fn plot_prior_posterior<'a, P, S>(prior: &'a P, posterior: &'a S) -> PriorPosteriorPlot<'a>
where
    P: DrawSource + ?Sized,
    S: DrawSource + ?Sized,
{
    let all = Limit { of_site: usize::MAX, total: usize::MAX };
    let prior = Selection::new(prior, all);
    let common: Vec<String> = prior.quantities().iter().map(|quantity| quantity.label()).collect();
    let selection = Selection::new(posterior, all).retain(|label| common.iter().any(|own| own == label), LIMIT);
    PriorPosteriorPlot { prior, selection, title: None, size: None }
}

impl Plot for PriorPosteriorPlot<'_> {
    fn figure(&self) -> Result<Figure> {
        let mut panels = Vec::new();
        for quantity in self.selection.quantities() {
            // An error if it was asked for by name and the prior has none.
            let prior = self.prior.draws().component(&quantity.label())?;
            let values = quantity.values();
            let panel = axes().hide_y().title(quantity.label()).x_label("value");
            let window = window(&values, prior.eti(0.9));
            let panel = add_prior(panel, &prior.iter().collect::<Vec<_>>(), self.prior.weights(), window).color(1);
            let panel = panel.weighted_density(&values, self.selection.weights()).color(0);
            let panel = match window {
                Some((low, high)) => panel.x_limits(low, high),
                None => panel,
            };
            panels.push(Some(panel));
        }
        let mark = Mark::Line { width: LINE, opacity: 1.0, dashed: false };
        let entry = |label: &str, color: usize| Entry { label: label.to_owned(), color: color.into(), mark };
        let (rows, columns) = shape(panels.len());
        let grid = Grid::of_cells(rows, columns, panels).titled(self.title.clone());
        let grid = grid.legend(Legend(vec![entry("posterior", 0), entry("prior", 1)]));
        grid.notes(self.selection.notes()).sized(self.size).figure()
    }
}

/// The range of the posterior and of the middle of the prior, but no farther from the posterior than twice its width: the
/// tails of a wide prior would hide it.
fn window(posterior: &[f64], (low_prior, high_prior): (f64, f64)) -> Option<(f64, f64)> {
    let (low, high) = extent(posterior.iter().copied())?;
    let width = high - low;
    let from = (low - 2.0 * width).max(low_prior.min(low));
    let to = (high + 2.0 * width).min(high_prior.max(high));
    let margin = 0.03 * (to - from);
    (from < to && (to - from).is_finite()).then_some((from - margin, to + margin))
}

/// The density of the prior in the window: a grid over all of a heavy tail would be too coarse there.
fn add_prior(panel: Axes, values: &[f64], weights: Option<&[f64]>, window: Option<(f64, f64)>) -> Axes {
    let Some((low, high)) = window else { return panel.weighted_density(values, weights) };
    let weight = |at: usize| weights.map_or(1.0 / values.len() as f64, |weights| weights[at]);
    let inside: Vec<usize> = (0..values.len()).filter(|&at| (low..=high).contains(&values[at])).collect();
    let share: f64 = inside.iter().map(|&at| weight(at)).sum();
    let of = |part: &dyn Fn(usize) -> f64| inside.iter().map(|&at| part(at)).collect::<Vec<_>>();
    let inner_weights = weights.map(|_| of(&weight));
    let curve = density(&of(&|at| values[at]), inner_weights.as_deref());
    if curve.is_empty() {
        return panel.weighted_density(values, weights);
    }
    panel.line(curve.iter().map(|(value, _)| *value), curve.iter().map(|(_, height)| share * height))
}
