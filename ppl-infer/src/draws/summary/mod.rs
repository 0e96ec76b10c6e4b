//! Summary of draws: a row of estimates and diagnostics for each scalar component, and warnings.

mod advice;
mod check;
mod html;
mod lost;
mod options;
mod row;
mod table;
mod warning;

use rayon::prelude::*;

pub use self::{options::SummaryOptions, row::SummaryRow, warning::Warning};
use super::{DrawName, Draws, SiteValues};
use crate::{
    diagnostics::Workspace,
    error::{Error, Result},
};

/// Estimates and diagnostics of every scalar component of [`Draws`], with warnings.
///
/// The columns are those of ArviZ 1.0: mean, standard deviation and the equal-tailed interval of 89%; of chains
/// `ess_bulk`, `ess_tail`, `r_hat`, of weighted draws `ess` and `pareto_k`; and the Monte Carlo standard errors of mean
/// and standard deviation of both. It displays as a table with as many digits as the Monte Carlo error warrants,
/// followed by the warnings. A long vector site is shortened there; [`rows`](Summary::rows) has all rows.
///
/// # Example
/// ```
/// use ndarray::Array2;
/// use ppl_infer::draws::{Draws, SiteTable};
///
/// let mut sites = SiteTable::new(&[2, 500]);
/// sites.insert("mu", Array2::from_shape_fn((2, 500), |(c, d)| ((d * 61 + c * 17) % 101) as f64).into_dyn())?;
/// let summary = Draws::new(sites)?.summary();
/// let table = summary.to_string();
/// let columns: Vec<&str> = table.lines().nth(2).unwrap().split_whitespace().collect();
/// assert_eq!(
///     columns,
///     ["mean", "sd", "eti89_lb", "eti89_ub", "ess_bulk", "ess_tail", "r_hat", "mcse_mean", "mcse_sd"]
/// );
/// assert!((summary.row("mu")?.mean - 50.0).abs() < 0.2);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    rows: Vec<SummaryRow>,
    options: SummaryOptions,
    diagnostics: Diagnostics,
    warnings: Vec<Warning>,
    heading: String,
}

/// The diagnostics that draws have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Diagnostics {
    OfChains,
    OfWeights,
    None,
}

/// Components whose draws are read together: they stand side by side in memory.
const TOGETHER: usize = 16;

/// The indices of a site's components, block by block.
fn blocks_of(site: &SiteValues) -> impl Iterator<Item = (&SiteValues, Vec<Vec<usize>>)> {
    let indices: Vec<Vec<usize>> = site.component_indices().collect();
    let blocks: Vec<_> = indices.chunks(TOGETHER).map(<[_]>::to_vec).collect();
    blocks.into_iter().map(move |block| (site, block))
}

impl Summary {
    /// A summary of draws, with what their method says of them.
    pub(crate) fn new(draws: &Draws, options: &SummaryOptions, heading: String, warnings: Vec<Warning>) -> Self {
        let blocks: Vec<(&SiteValues, Vec<Vec<usize>>)> = draws.sites().iter().flat_map(blocks_of).collect();
        let rows_of = |workspace: &mut Workspace, (site, indices): (&SiteValues, Vec<Vec<usize>>)| {
            let columns = site.columns(&indices);
            let components = indices.into_iter().zip(columns);
            let row = |(index, column)| SummaryRow::new(draws, site, index, column, options, workspace);
            components.map(row).collect::<Vec<_>>()
        };
        let rows: Vec<Vec<SummaryRow>> = blocks.into_par_iter().map_init(Workspace::default, rows_of).collect();
        let rows = rows.into_iter().flatten().collect::<Vec<_>>();
        let diagnostics = match (draws.has_chains(), draws.weights()) {
            (true, _) => Diagnostics::OfChains,
            (false, Some(_)) => Diagnostics::OfWeights,
            (false, None) => Diagnostics::None,
        };
        let warnings = check::find(draws, &rows, warnings);
        Self { rows, options: options.clone(), diagnostics, warnings, heading }
    }

    /// One row for each scalar component, in the order of the sites.
    pub fn rows(&self) -> &[SummaryRow] {
        &self.rows
    }

    /// The row of a scalar quantity: `"mu"`, `"theta[3]"`, `"L[1, 0]"`, or the constant of a scalar site.
    ///
    /// # Errors
    /// [`Error::UnknownName`], which suggests the nearest label.
    pub fn row(&self, label: impl DrawName) -> Result<&SummaryRow> {
        let without_spaces = |text: &str| text.replace(' ', "");
        let wanted = without_spaces(label.site_name());
        // Names of members may differ in spaces alone.
        let exact = self.rows.iter().find(|row| row.label == label.site_name());
        let found = exact.or_else(|| self.rows.iter().find(|row| without_spaces(&row.label) == wanted));
        found.ok_or_else(|| {
            Error::unknown_name("row", label.site_name(), self.rows.iter().map(|row| row.label.as_str()))
        })
    }

    /// Reasons to distrust these draws, the gravest first; empty if there are none.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }
}

#[cfg(test)]
mod tests;
