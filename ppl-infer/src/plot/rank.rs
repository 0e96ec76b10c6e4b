//! Rank plots.

use super::{
    Figure, Grid, Plot, PlotError, axes,
    dist::shape,
    ecdf::{MOST_DRAWS, PROBABILITY, Ranks},
    selection::{Limit, Selection, figure_options, selection_options},
    trace::chain_legend,
};
use crate::{draws::DrawSource, error::Result};

const LIMIT: Limit = Limit { of_site: 4, total: 16 };

/// Ranks of the draws of chains; see [`plot_rank`].
///
/// # Example
/// ```
/// use ndarray::Array2;
/// use ppl_infer::draws::{Draws, SiteTable};
/// use ppl_infer::plot::{Plot, plot_rank};
///
/// // The second chain has gone elsewhere.
/// let mut sites = SiteTable::new(&[2, 100]);
/// sites.insert("mu", Array2::from_shape_fn((2, 100), |(c, d)| (c * 10 + d * 7 % 31) as f64).into_dyn())?;
/// let draws = Draws::new(sites)?;
///
/// let figure = plot_rank(&draws).probability(0.9).title("two chains").size(600, 400).figure()?;
/// let note = "band: 90% if all chains have one distribution; 2 of 2 lines leave the band";
/// assert!(figure.svg().contains(&format!(">{note}</text>")));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct RankPlot<'a> {
    selection: Selection<'a>,
    title: Option<String>,
    size: Option<(u32, u32)>,
    probability: f64,
}

figure_options!(RankPlot<'_>);
selection_options!(RankPlot);

/// For each chain, the distribution function of the ranks of its draws among all, less that of uniform ranks: a panel a
/// quantity, a line a chain. If the chains have one distribution, all lines lie in the band with probability 99%.
///
/// A chain that is high where the line is below 0, or low where it is above, has other draws than the rest. Draws that are
/// correlated leave the band more often. Chains of more than 1000 draws are thinned.
///
/// # Errors
/// Weighted draws, and a [`probability`](RankPlot::probability) that is not between 0 and 1, are errors of
/// [`figure`](Plot::figure).
///
/// # Example
/// ```
/// use ndarray::Array2;
/// use ppl_infer::draws::{Draws, SiteTable};
/// use ppl_infer::plot::{Plot, plot_rank};
///
/// let mut sites = SiteTable::new(&[2, 100]);
/// sites.insert("x", Array2::from_shape_fn((2, 100), |(c, d)| ((c * 13 + d * 7) % 31) as f64).into_dyn())?;
/// let figure = plot_rank(&Draws::new(sites)?).figure()?;
/// assert_eq!(figure.svg().matches("class=\"line\"").count(), 2);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
///
/// # Reference
/// Säilynoja, Bürkner and Vehtari (2022), "Graphical test for discrete uniformity and its applications in goodness-of-fit
/// evaluation and multiple sample comparison".
pub fn plot_rank<S: DrawSource + ?Sized>(source: &S) -> RankPlot<'_> {
    RankPlot { selection: Selection::new(source, LIMIT), title: None, size: None, probability: PROBABILITY }
}

impl RankPlot<'_> {
    /// The probability of the band; 0.99.
    #[must_use]
    pub fn probability(mut self, probability: f64) -> Self {
        self.probability = probability;
        self
    }
}

impl Plot for RankPlot<'_> {
    fn figure(&self) -> Result<Figure> {
        const PLOT: &str = "plot_rank";
        self.selection.require_order(PLOT)?;
        check_probability(PLOT, self.probability)?;
        let draws = self.selection.draws();
        let ranks = Ranks::new(draws.num_draws(), draws.num_chains(), self.probability);
        let mut notes = self.selection.notes();
        match &ranks {
            None => notes.push("ranks compare two chains or more, of four draws or more".to_owned()),
            Some(_) => notes.push(format!("band: {}% if all chains have one distribution", 100.0 * self.probability)),
        }
        if draws.num_draws() > MOST_DRAWS {
            notes.push(format!("{MOST_DRAWS} draws of each chain are ranked"));
        }
        let (mut lines, mut outside) = (0, 0);
        let panels: Vec<_> = self
            .selection
            .quantities()
            .iter()
            .map(|quantity| {
                let panel = match &ranks {
                    None => axes(),
                    Some(ranks) => {
                        let differences = ranks.differences(&quantity.chains());
                        lines += differences.len();
                        outside += differences.iter().filter(|own| ranks.band.is_left_by(own)).count();
                        differences.iter().enumerate().fold(ranks.band.axes(), |panel, (chain, differences)| {
                            ranks.band.add(panel, differences, chain)
                        })
                    }
                };
                panel.title(quantity.label()).x_label("rank / draws").y_label("Δ ECDF").x_limits(0.0, 1.0)
            })
            .collect();
        if outside > 0 {
            notes.push(format!("{outside} of {lines} lines leave the band"));
        }
        let (rows, columns) = shape(panels.len());
        let grid = Grid::of_cells(rows, columns, panels.into_iter().map(Some)).titled(self.title.clone());
        grid.legend(chain_legend(&self.selection)).notes(notes).sized(self.size).figure()
    }
}

/// A probability strictly between 0 and 1.
pub(super) fn check_probability(plot: &'static str, probability: f64) -> Result<()> {
    if probability > 0.0 && probability < 1.0 {
        return Ok(());
    }
    let (argument, expected) = ("probability", "between 0 and 1");
    Err(PlotError::Argument { plot, argument, expected, got: probability.to_string() }.into())
}
