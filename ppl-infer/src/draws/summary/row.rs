//! `SummaryRow`: estimates and diagnostics of one scalar quantity.

use ndarray::ArrayView2;

use super::options::{Interval, SummaryOptions};
use crate::{
    diagnostics::{self, Workspace},
    draws::{
        Draws, SiteValues,
        column::{Column, SortedColumn},
    },
};

/// Estimates and diagnostics of one scalar quantity.
///
/// A diagnostic is NaN where it is undefined; see [`diagnostics`]. Which of them there are depends on the draws.
///
/// # Example
/// ```
/// use ndarray::array;
/// use ppl_infer::draws::{Draws, SiteTable, SummaryOptions};
///
/// // Independent draws of a site with two components.
/// let mut sites = SiteTable::new(&[5]);
/// sites.insert("x", array![[0.0, 9.0], [1.0, 9.0], [2.0, 9.0], [3.0, 9.0], [4.0, 9.0]].into_dyn())?;
/// let summary = Draws::new(sites)?.summary_with(&SummaryOptions::default().eti(0.5).quantiles(&[0.5]));
///
/// let row = summary.row("x[0]")?;
/// assert_eq!((row.site.as_str(), row.index.as_slice()), ("x", &[0][..]));
/// assert_eq!((row.mean, row.sd), (2.0, 2.5_f64.sqrt()));
/// assert_eq!((row.interval, row.quantiles.as_slice()), ((1.0, 3.0), &[2.0][..]));
/// // There are no chains that could disagree.
/// assert!(row.r_hat.is_nan());
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SummaryRow {
    /// `mu`, `theta[3]`, `L[1, 0]`, counted from 0.
    pub label: String,
    /// Name of the site.
    pub site: String,
    /// Index within the site, empty for a scalar.
    pub index: Vec<usize>,
    /// Mean.
    pub mean: f64,
    /// Standard deviation; see [`SiteDraws::variance`](crate::draws::SiteDraws::variance).
    pub sd: f64,
    /// Lower and upper bound of the interval: the equal-tailed one of 89% unless another was asked for.
    pub interval: (f64, f64),
    /// Quantiles at the probabilities of the options, none unless asked for.
    pub quantiles: Vec<f64>,
    /// Monte Carlo standard error of the mean, of draws with chains or weights; NaN where the Pareto k̂ of weighted draws
    /// is above the threshold, as the error cannot be estimated then.
    pub mcse_mean: f64,
    /// Monte Carlo standard error of the standard deviation, likewise.
    pub mcse_sd: f64,
    /// Effective sample size in the bulk, of chains.
    pub ess_bulk: f64,
    /// Effective sample size in the tails, of chains.
    pub ess_tail: f64,
    /// Rank-normalised split R̂, of chains.
    pub r_hat: f64,
    /// Effective sample size of the mean, of weighted draws: the number of independent draws from the posterior whose
    /// mean is as accurate; that of the weights where the Pareto k̂ is above the threshold.
    pub ess: f64,
    /// Pareto k̂ of the mean, of weighted draws; see [`diagnostics::pareto_k_of_mean`].
    pub pareto_k: f64,
}

impl SummaryRow {
    pub(super) fn new(
        draws: &Draws,
        site: &SiteValues,
        index: Vec<usize>,
        values: Vec<f64>,
        options: &SummaryOptions,
        workspace: &mut Workspace,
    ) -> Self {
        let weights = draws.weights();
        let column = Column::new(values, weights.map(crate::draws::Weights::normalized));
        let mut row = Self {
            label: site.label(&index),
            site: site.name().to_owned(),
            index,
            mean: column.mean(),
            sd: column.sd(),
            interval: (f64::NAN, f64::NAN),
            quantiles: Vec::new(),
            mcse_mean: f64::NAN,
            mcse_sd: f64::NAN,
            ess_bulk: f64::NAN,
            ess_tail: f64::NAN,
            r_hat: f64::NAN,
            ess: f64::NAN,
            pareto_k: f64::NAN,
        };
        if let Some(weights) = weights {
            let mut values = column.values().to_vec();
            // The values of rejected draws do not count.
            values.resize(values.len() + weights.rejected(), 0.0);
            row.pareto_k = diagnostics::pareto_k_of_mean(&values, &weights.with_rejected());
            row.ess = weights.ess();
            if !diagnostics::is_unreliable(row.pareto_k, values.len()) {
                (row.mcse_mean, row.mcse_sd) = (column.weighted_mcse_mean(), column.weighted_mcse_sd());
                // A constant has no error.
                row.ess = if row.mcse_mean == 0.0 { row.ess } else { (row.sd / row.mcse_mean).powi(2) };
            }
        }
        let mut sorted = None;
        if draws.has_chains() {
            let shape = (draws.num_chains(), draws.num_draws());
            let chains = ArrayView2::from_shape(shape, column.values()).expect("a column has all chains");
            if let Some(of_chains) = workspace.diagnose(chains) {
                row.mcse_mean = of_chains.mcse_mean;
                row.mcse_sd = of_chains.mcse_sd;
                row.ess_bulk = of_chains.ess_bulk;
                row.ess_tail = of_chains.ess_tail;
                row.r_hat = of_chains.r_hat;
                sorted = Some(SortedColumn::of_equal_weights(of_chains.sorted));
            }
        }
        let sorted = sorted.unwrap_or_else(|| column.into_sorted());
        row.interval = match options.interval {
            Interval::EqualTailed(probability) => sorted.eti(probability),
            Interval::HighestDensity(probability) => sorted.hdi(probability),
        };
        row.quantiles = options.quantiles.iter().map(|&probability| sorted.quantile(probability)).collect();
        row
    }
}
