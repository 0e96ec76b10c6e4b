//! Summary of a posterior: a row of estimates and diagnostics for each scalar component, and warnings.

mod digits;
mod table;
mod warning;

use ndarray::{ArrayView2, Ix2};
use rayon::prelude::*;

pub use self::warning::Warning;
use super::{DrawName, Posterior, SiteValues};
use crate::{
    diagnostics::{self, mean, quantile_of_sorted, sd, sorted},
    error::{Error, Result},
};

/// What a [`Summary`] contains besides mean, standard deviation and diagnostics.
///
/// **Example**
/// ```
/// use ppl_infer::posterior::SummaryOptions;
///
/// let options = SummaryOptions::default().quantiles(&[0.025, 0.975]).hdi(0.94);
/// # let _ = options;
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct SummaryOptions {
    quantiles: Vec<f64>,
    hdi: Option<f64>,
}

impl Default for SummaryOptions {
    /// The quantiles 5%, 50% and 95%, no highest-density interval.
    fn default() -> Self {
        Self { quantiles: vec![0.05, 0.5, 0.95], hdi: None }
    }
}

impl SummaryOptions {
    /// Quantiles at these probabilities in place of 5%, 50% and 95%. One outside [0, 1] gives NaN.
    #[must_use]
    pub fn quantiles(mut self, probabilities: &[f64]) -> Self {
        self.quantiles = probabilities.to_vec();
        self
    }

    /// The highest-density interval of this probability, too; see [`diagnostics::hdi()`].
    #[must_use]
    pub fn hdi(mut self, probability: f64) -> Self {
        self.hdi = Some(probability);
        self
    }
}

/// Estimates and diagnostics of every scalar component of a [`Posterior`], with warnings.
///
/// Displays as a table with as many digits as the Monte Carlo error warrants, followed by the warnings. A long vector
/// site is shortened there; [`Summary::rows`] has all rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    rows: Vec<SummaryRow>,
    options: SummaryOptions,
    warnings: Vec<Warning>,
    heading: String,
}

/// Estimates and diagnostics of one scalar quantity.
///
/// Diagnostics are NaN where they are undefined; see [`diagnostics`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SummaryRow {
    /// `mu`, `theta[3]`, `L[1, 0]`, counted from 0.
    pub label: String,
    /// Name of the site.
    pub site: String,
    /// Index within the site, empty for a scalar.
    pub index: Vec<usize>,
    /// Mean of all draws.
    pub mean: f64,
    /// Standard deviation of all draws, divisor n − 1.
    pub sd: f64,
    /// Quantiles at the probabilities of the options: 5%, 50% and 95% unless others were asked for.
    pub quantiles: Vec<f64>,
    /// Highest-density interval, if it was asked for.
    pub hdi: Option<(f64, f64)>,
    /// Monte Carlo standard error of the mean.
    pub mcse_mean: f64,
    /// Monte Carlo standard error of the standard deviation.
    pub mcse_sd: f64,
    /// Effective sample size in the bulk.
    pub ess_bulk: f64,
    /// Effective sample size in the tails.
    pub ess_tail: f64,
    /// Rank-normalised split R̂.
    pub r_hat: f64,
}

impl Summary {
    pub(super) fn new(posterior: &Posterior, options: &SummaryOptions) -> Self {
        let components: Vec<(&SiteValues, Vec<usize>)> = posterior
            .sites()
            .iter()
            .flat_map(|site| site.component_indices().map(move |index| (site, index)))
            .collect();
        let rows: Vec<SummaryRow> =
            components.into_par_iter().map(|(site, index)| SummaryRow::new(site, index, options)).collect();
        let warnings = warning::find(posterior, &rows);
        Self { rows, options: options.clone(), warnings, heading: heading(posterior) }
    }

    /// One row for each scalar component, in the order of the sites.
    pub fn rows(&self) -> &[SummaryRow] {
        &self.rows
    }

    /// The row of a scalar quantity: `"mu"`, `"theta[3]"`, `"L[1, 0]"`, or the constant of a scalar site.
    ///
    /// **Errors** [`Error::UnknownName`], which suggests the nearest label.
    pub fn row(&self, label: impl DrawName) -> Result<&SummaryRow> {
        let without_spaces = |text: &str| text.replace(' ', "");
        let wanted = without_spaces(label.site_name());
        let found = self.rows.iter().find(|row| without_spaces(&row.label) == wanted);
        found.ok_or_else(|| {
            Error::unknown_name("row", label.site_name(), self.rows.iter().map(|row| row.label.as_str()))
        })
    }

    /// What is suspicious about these draws, the gravest first; empty if nothing is.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }
}

impl SummaryRow {
    fn new(site: &SiteValues, index: Vec<usize>, options: &SummaryOptions) -> Self {
        let component = site.component(&index);
        let draws: ArrayView2<'_, f64> =
            component.view().into_dimensionality::<Ix2>().expect("a component has the axes chain and draw");
        // Contiguous, because each diagnostic reads it several times.
        let draws = draws.as_standard_layout();
        let values = sorted(draws.iter().copied());
        let has_nan = values.iter().any(|value| value.is_nan());
        let quantile = |&probability: &f64| if has_nan { f64::NAN } else { quantile_of_sorted(&values, probability) };
        Self {
            label: site.label(&index),
            site: site.name().to_owned(),
            index,
            mean: mean(&draws),
            sd: sd(&draws),
            quantiles: options.quantiles.iter().map(quantile).collect(),
            hdi: options.hdi.map(|probability| diagnostics::hdi(&values, probability)),
            mcse_mean: diagnostics::mcse_mean(draws.view()),
            mcse_sd: diagnostics::mcse_sd(draws.view()),
            ess_bulk: diagnostics::ess_bulk(draws.view()),
            ess_tail: diagnostics::ess_tail(draws.view()),
            r_hat: diagnostics::rhat(draws.view()),
        }
    }
}

/// What was run, for the first line of the table.
fn heading(posterior: &Posterior) -> String {
    let chains = posterior.chain_count();
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    let draws = posterior.draw_count();
    let mut heading = format!("{chains} chain{} of {draws} draw{}", plural(chains), plural(draws));
    if posterior.warmup_draws() > 0 {
        heading += &format!(" after {} of warm-up", posterior.warmup_draws());
    }
    heading += &format!("; {} in {:.2?} ({})", evaluations(posterior), posterior.sampling_time(), posterior.engine());
    heading
}

/// The evaluations of the density: of gradients, or of values for a sampler without gradients.
fn evaluations(posterior: &Posterior) -> String {
    match posterior.value_evaluations() {
        0 => format!("{} gradient evaluations", posterior.gradient_evaluations()),
        values => format!("{values} density and {} gradient evaluations", posterior.gradient_evaluations()),
    }
}

#[cfg(test)]
mod tests;
