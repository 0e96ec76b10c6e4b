//! Draws of a Markov chain sampler, and what is made of them: summary, files, look-up by site.

mod cmdstan_csv;
pub(crate) mod floats;
pub(crate) mod format;
mod inference_data;
mod name;
mod sample_stats;
mod site_table;
mod summary;

use std::time::Duration;

use ndarray::ArrayD;
use serde::{Deserialize, Serialize};

use self::format::FormatVersion;
pub use self::{
    inference_data::InferenceData,
    name::{DrawName, ValueName},
    sample_stats::SampleStats,
    site_table::{SiteTable, SiteValues},
    summary::{Summary, SummaryOptions, SummaryRow, Warning},
};
pub use crate::statistics::ColumnKind;
use crate::{
    Rejections, diagnostics,
    error::{Error, Result},
};

/// Draws from a posterior: for each site an array of chain × draw × site shape, with the sampler's statistics.
///
/// Written with serde it carries a format version; every `f64`, also NaN and infinities, survives JSON.
///
/// **Example**
/// ```
/// # use ndarray::{Array3, ArrayD};
/// # use ppl_infer::posterior::*;
/// # let mut sites = SiteTable::new(&[4, 100]);
/// # sites.insert("theta", Array3::from_shape_fn((4, 100, 8), |(c, d, i)| ((c * 13 + d * 7 + i) % 31) as
/// f64).into_dyn())?;
/// # let posterior = Posterior::new(PosteriorParts {
/// #     sites,
/// #     sample_stats: SampleStats::new(),
/// #     rejections: ppl_infer::Rejections::default(),
/// #     engine: "recorded".to_owned(),
/// #     warmup_draws: 100,
/// #     thinning: 1,
/// #     gradient_evaluations: 5600,
/// #     value_evaluations: 0,
/// #     sampling_time: std::time::Duration::from_millis(12),
/// #     failed_chains: Vec::new(),
/// # })?;
/// // `posterior` comes from a sampler's `run`.
/// assert_eq!(posterior.get("theta")?.shape(), [4, 100, 8]);
/// assert_eq!(posterior.draws("theta")?.shape(), [400, 8]);
/// assert!(posterior.get("tehta").unwrap_err().to_string().contains("did you mean `theta`?"));
///
/// let summary = posterior.summary();
/// assert_eq!(summary.row("theta[3]")?.mean, posterior.get("theta")?.index_axis(ndarray::Axis(2), 3).mean().unwrap());
/// println!("{summary}");
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Record")]
pub struct Posterior {
    format: FormatVersion,
    posterior: PosteriorParts,
}

/// What a sampler hands over to make a [`Posterior`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PosteriorParts {
    /// Draws of the latent and deterministic sites, with the leading axes chain × draw.
    pub sites: SiteTable,
    /// Statistics of the same draws.
    pub sample_stats: SampleStats,
    /// Why proposals were rejected at which the density is not finite.
    #[serde(default)]
    pub rejections: Rejections,
    /// What evaluated the density and its gradient, as reported by [`Posterior::engine`].
    pub engine: String,
    /// Warm-up draws of each chain, which are not kept.
    pub warmup_draws: u64,
    /// Iterations for each draw that is kept.
    pub thinning: usize,
    /// Evaluations of the gradient, by all chains and with the warm-up.
    pub gradient_evaluations: u64,
    /// Evaluations of the density without its gradient, by all chains and with the warm-up.
    pub value_evaluations: u64,
    /// Wall time of sampling, with the warm-up.
    pub sampling_time: Duration,
    /// Chains that failed and have no draws here, in ascending order.
    pub failed_chains: Vec<FailedChain>,
}

/// A chain that ended with an error; the draws of the others are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedChain {
    /// Number of the chain, from 0, among all chains that were started.
    pub chain: usize,
    /// Its error.
    pub message: String,
}

impl Posterior {
    /// Checks that the parts fit together.
    ///
    /// **Errors** [`Error::NoDraws`] if there is no chain or no draw; [`Error::DrawShape`] if the arrays differ in
    /// their leading axes.
    pub fn new(parts: PosteriorParts) -> Result<Self> {
        let &[chains, draws] = parts.sites.leading() else {
            return Err(Error::DrawShape {
                quantity: "the table of sites".to_owned(),
                expected: parts.sample_stats.iter().next().map_or_else(Vec::new, |stat| stat.2.shape().to_vec()),
                got: parts.sites.leading().to_vec(),
            });
        };
        if chains == 0 || draws == 0 {
            return Err(Error::NoDraws { chains, draws });
        }
        parts.sample_stats.check(chains, draws)?;
        Ok(Self { format: FormatVersion, posterior: parts })
    }

    /// Number of chains that have draws.
    pub fn chain_count(&self) -> usize {
        self.sites().leading()[0]
    }

    /// Number of draws of each chain.
    pub fn draw_count(&self) -> usize {
        self.sites().leading()[1]
    }

    /// Numbers of the chains that have draws, among all that were started: 0, 1, 2, … without those that failed.
    pub fn chain_numbers(&self) -> Vec<usize> {
        let failed = |chain: &usize| self.failed_chains().iter().any(|failure| failure.chain == *chain);
        (0..).filter(|chain| !failed(chain)).take(self.chain_count()).collect()
    }

    /// Draws of a site.
    ///
    /// `site` is a constant of the model's module, `eight_schools::tau`, or a string.
    ///
    /// **Shapes** chain × draw × site shape.
    /// **Errors** [`Error::UnknownName`], which lists the sites and suggests the nearest.
    pub fn get(&self, site: impl DrawName) -> Result<&ArrayD<f64>> {
        Ok(self.sites().get(site.site_name())?.values())
    }

    /// Draws of a site, the chains one after the other.
    ///
    /// **Shapes** (chain · draw) × site shape.
    /// **Errors** [`Error::UnknownName`].
    pub fn draws(&self, site: impl DrawName) -> Result<ArrayD<f64>> {
        let values = self.get(site)?;
        let mut shape = vec![self.chain_count() * self.draw_count()];
        shape.extend_from_slice(&values.shape()[2..]);
        let rows = values.iter().copied().collect();
        Ok(ArrayD::from_shape_vec(shape, rows).expect("as many values in another shape"))
    }

    /// The sites in the order of the model, with their draws.
    pub fn sites(&self) -> &SiteTable {
        &self.posterior.sites
    }

    /// Statistics of the draws.
    pub fn sample_stats(&self) -> &SampleStats {
        &self.posterior.sample_stats
    }

    /// Why trajectories or proposals ended where a parameter was outside its domain, by site, after the warm-up.
    ///
    /// Such a proposal is rejected, and the draw of a Hamiltonian sampler counts as diverging. Of each chain up to a
    /// hundred are looked at; the number of the others is
    /// [`unexplained`](crate::Rejections::unexplained).
    pub fn rejections(&self) -> &Rejections {
        &self.posterior.rejections
    }

    /// What evaluated the density and its gradient: for instance that the model was recorded, or why it was not.
    pub fn engine(&self) -> &str {
        &self.posterior.engine
    }

    /// Warm-up draws of each chain, which are not kept.
    pub fn warmup_draws(&self) -> u64 {
        self.posterior.warmup_draws
    }

    /// Iterations for each draw that is kept.
    pub fn thinning(&self) -> usize {
        self.posterior.thinning
    }

    /// Evaluations of the gradient, by all chains and with the warm-up.
    pub fn gradient_evaluations(&self) -> u64 {
        self.posterior.gradient_evaluations
    }

    /// Evaluations of the density without its gradient, by all chains and with the warm-up.
    pub fn value_evaluations(&self) -> u64 {
        self.posterior.value_evaluations
    }

    /// Wall time of sampling, with the warm-up.
    pub fn sampling_time(&self) -> Duration {
        self.posterior.sampling_time
    }

    /// Chains that ended with an error and have no draws here.
    pub fn failed_chains(&self) -> &[FailedChain] {
        &self.posterior.failed_chains
    }

    /// Energy Bayesian fraction of missing information of each chain; see [`diagnostics::bfmi()`]. `None` for a sampler
    /// without energies.
    pub fn bfmi(&self) -> Option<Vec<f64>> {
        self.sample_stats().get("energy").map(diagnostics::bfmi)
    }

    /// Mean, standard deviation, quantiles, their accuracy and convergence for each scalar component, and warnings.
    ///
    /// The same as [`Posterior::summary_with`] of the default options: the quantiles 5%, 50% and 95%.
    pub fn summary(&self) -> Summary {
        self.summary_with(&SummaryOptions::default())
    }

    /// A [`Summary`] with other quantiles, or with highest-density intervals.
    pub fn summary_with(&self, options: &SummaryOptions) -> Summary {
        Summary::new(self, options)
    }
}

/// A posterior as it is read, before it is checked.
#[derive(Deserialize)]
struct Record {
    #[expect(dead_code, reason = "reading it checks the version")]
    format: FormatVersion,
    posterior: PosteriorParts,
}

impl TryFrom<Record> for Posterior {
    type Error = Error;

    fn try_from(record: Record) -> Result<Self> {
        Self::new(record.posterior)
    }
}

#[cfg(test)]
pub(crate) mod tests;
