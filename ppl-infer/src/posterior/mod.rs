//! Draws of a Markov chain sampler: with its statistics, as files.

mod chain_rejections;
mod cmdstan_csv;
mod cmdstan_metric;
mod error;
mod html;
mod merge;
mod sample_stats;
pub(crate) mod store;

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub(crate) use self::chain_rejections::ChainRejections;
pub use self::{error::MergeError, sample_stats::SampleStats, store::PosteriorStore, store::StoreOptions};
use crate::error::DrawsError;
pub use crate::statistics::ColumnKind;
use crate::{
    Rejections, diagnostics,
    draws::{DrawName, Draws, SiteTable, Warning, draw_verbs},
    error::{Error, Result},
    format::{FormatVersion, json_files, shared},
    inference_data::attributes,
    mcmc::hmc::HamiltonianState,
};

/// Draws from a posterior, by chains, with the sampler's statistics.
///
/// Written with serde it carries a format version; every `f64`, also NaN and infinities, survives JSON.
///
/// # Shapes
/// Every array is chain × draw × site shape.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::prelude::*;
///
/// #[model]
/// fn groups(y: &Tensor) {
///     let mu = sample!("mu", Normal::new(0.0, 10.0));
///     plate!("group", 3, {
///         let theta = sample!("theta", Normal::new(mu, 1.0));
///         observe!("y", Normal::new(theta, 1.0), y);
///     });
/// }
///
/// let y = Tensor::from([1.0, 2.0, 3.0]);
/// let posterior = Nuts::new().chains(2).warmup(200).draws(200).progress(false).run(&groups(&y))?;
/// let mu = posterior.get(groups::mu)?;
/// assert!((mu.mean() - 2.0).abs() < 0.5 && mu.probability(|mu| mu > 0.0) > 0.9);
/// let theta = posterior.get_array(groups::theta)?;
/// assert_eq!(theta.values().shape(), [2, 200, 3]);
/// assert_eq!(posterior.component("theta[1]")?.mean(), theta.mean()[1]);
///
/// println!("{}", posterior.summary());
/// assert!(posterior.summary().row("theta[1]")?.ess_bulk > 50.0);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Record")]
pub struct Posterior {
    format: FormatVersion,
    draws: Draws,
    chain_ids: Vec<usize>,
    sample_stats: SampleStats,
    rejections: Rejections,
    prior_violation: Option<String>,
    engine: String,
    warmup_draws: u64,
    thinning: usize,
    gradient_evaluations: u64,
    value_evaluations: u64,
    sampling_time: Duration,
    failed_chains: Vec<FailedChain>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sampler_config: Option<Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "shared")]
    adapted: Vec<Arc<Value>>,
}

draw_verbs!(Posterior by DrawName {
    fn sample_stats(&self) -> Option<&SampleStats> {
        Some(&self.sample_stats)
    }

    fn chain_ids(&self) -> Option<&[usize]> {
        Some(&self.chain_ids)
    }
});
json_files!(Posterior);

/// The parts of which a sampler makes a [`Posterior`].
///
/// # Example
/// The draws of another program, with the statistics that it has:
/// ```
/// use std::time::Duration;
///
/// use ndarray::array;
/// use ppl_infer::draws::SiteTable;
/// use ppl_infer::posterior::{ColumnKind, Posterior, PosteriorParts, SampleStats};
///
/// let mut sites = SiteTable::new(&[2, 3]);
/// sites.insert("x", array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]].into_dyn())?;
/// let mut sample_stats = SampleStats::new();
/// sample_stats.insert("lp", ColumnKind::Real, array![[-0.5, -2.0, -4.5], [-8.0, -12.5, -18.0]]);
/// let posterior = Posterior::new(PosteriorParts {
///     sites,
///     chain_ids: vec![1, 2],
///     sample_stats,
///     rejections: Default::default(),
///     prior_violation: None,
///     engine: "another program".to_owned(),
///     warmup_draws: 100,
///     thinning: 1,
///     gradient_evaluations: 0,
///     value_evaluations: 206,
///     sampling_time: Duration::from_millis(5),
///     failed_chains: Vec::new(),
/// })?;
/// assert_eq!((posterior.get("x")?.mean(), posterior.num_chains()), (3.5, 2));
/// assert_eq!(posterior.sample_stats().column("lp")?[[1, 0]], -8.0);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct PosteriorParts {
    /// Draws of the latent and deterministic sites, with the leading axes chain × draw.
    pub sites: SiteTable,
    /// Id of each chain, ascending: its index among all chains that were started.
    pub chain_ids: Vec<usize>,
    /// Statistics of the same draws.
    pub sample_stats: SampleStats,
    /// Reasons of rejections of proposals at which the density is not finite.
    pub rejections: Rejections,
    /// A parameter that is outside its domain in a draw from the prior, as text.
    pub prior_violation: Option<String>,
    /// The engine that evaluated the density and its gradient, as reported by [`Posterior::engine`].
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
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::{Init, prelude::*};
///
/// #[model]
/// fn normal() {
///     sample!("x", Normal::new(0.0, 1.0));
/// }
///
/// // Where the second chain starts, the log density overflows to −∞.
/// let init = Init::per_chain([[(normal::x, 0.0)], [(normal::x, 1e200)]]);
/// let posterior = Nuts::new().chains(2).warmup(50).draws(20).init(init).progress(false).run(&normal())?;
/// let failed = &posterior.failed_chains()[0];
/// assert_eq!(failed.chain, 1);
/// assert!(failed.message.starts_with("no valid start: 1 of 1 starts were rejected: `x`: log density -inf"));
/// assert_eq!(posterior.chain_ids(), [0]);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedChain {
    /// Id of the chain, among all chains that were started.
    pub chain: usize,
    /// Its error.
    pub message: String,
}

impl Posterior {
    /// Checks that the parts fit together.
    ///
    /// # Errors
    /// [`DrawsError::NoDraws`] if there is no chain or no draw; [`DrawsError::Shape`] if the arrays differ in their
    /// leading axes, or the ids of the chains from them in number.
    pub fn new(parts: PosteriorParts) -> Result<Self> {
        let PosteriorParts {
            sites, chain_ids, sample_stats, rejections, prior_violation, engine, failed_chains, ..
        } = parts;
        let &[chains, draws] = sites.leading() else {
            let (quantity, got) = ("the table of sites".to_owned(), sites.leading().to_vec());
            let expected = sample_stats.iter().next().map_or_else(Vec::new, |stat| stat.2.shape().to_vec());
            return Err(DrawsError::Shape { quantity, expected, got }.into());
        };
        if chain_ids.len() != chains {
            let (quantity, got) = ("the ids of the chains".to_owned(), vec![chain_ids.len()]);
            return Err(DrawsError::Shape { quantity, expected: vec![chains], got }.into());
        }
        let posterior = Self {
            format: FormatVersion,
            draws: Draws::new(sites)?,
            chain_ids,
            sample_stats,
            rejections,
            prior_violation,
            engine,
            warmup_draws: parts.warmup_draws,
            thinning: parts.thinning,
            gradient_evaluations: parts.gradient_evaluations,
            value_evaluations: parts.value_evaluations,
            sampling_time: parts.sampling_time,
            failed_chains,
            sampler_config: None,
            adapted: Vec::new(),
        };
        posterior.sample_stats.check(chains, draws)?;
        Ok(posterior)
    }

    /// Number of chains that have draws.
    pub fn num_chains(&self) -> usize {
        self.draws.num_chains()
    }

    /// Ids of the chains that have draws, among all that were started: 0, 1, 2, … without those that failed.
    pub fn chain_ids(&self) -> &[usize] {
        &self.chain_ids
    }

    /// Statistics of the draws.
    pub fn sample_stats(&self) -> &SampleStats {
        &self.sample_stats
    }

    /// Reasons for which trajectories or proposals ended where a parameter was outside its domain, by site, after the
    /// warm-up.
    ///
    /// Such a proposal is rejected, and the draw of a Hamiltonian sampler counts as diverging. Of each chain up to a
    /// hundred are looked at; the number of the others is
    /// [`unexplained`](crate::Rejections::unexplained).
    pub fn rejections(&self) -> &Rejections {
        &self.rejections
    }

    /// The engine that evaluated the density and its gradient: for instance that the model was recorded, or why it was
    /// not.
    pub fn engine(&self) -> &str {
        &self.engine
    }

    /// Warm-up draws of each chain, which are not kept.
    pub fn warmup_draws(&self) -> u64 {
        self.warmup_draws
    }

    /// Iterations for each draw that is kept.
    pub fn thinning(&self) -> usize {
        self.thinning
    }

    /// Evaluations of the gradient, by all chains and with the warm-up.
    pub fn gradient_evaluations(&self) -> u64 {
        self.gradient_evaluations
    }

    /// Evaluations of the density without its gradient, by all chains and with the warm-up.
    pub fn value_evaluations(&self) -> u64 {
        self.value_evaluations
    }

    /// Wall time of sampling, with the warm-up; of posteriors that were [merged](Self::merge), the longest.
    pub fn sampling_time(&self) -> Duration {
        self.sampling_time
    }

    /// Chains that ended with an error and have no draws here.
    pub fn failed_chains(&self) -> &[FailedChain] {
        &self.failed_chains
    }

    /// Settings of the sampler, as JSON; none of a sampler whose settings have no such form.
    pub fn sampler_config(&self) -> Option<&Value> {
        self.sampler_config.as_ref()
    }

    /// The same posterior with the settings of its sampler.
    pub(crate) fn with_sampler_config(self, sampler_config: Option<Value>) -> Self {
        Self { sampler_config, ..self }
    }

    /// The step size and the inverse mass matrix of each chain, as the warm-up has left them; `None` for a sampler that has none,
    /// and of files that were written before they had them.
    ///
    /// The coordinates are those of the unconstrained space.
    pub fn adaptation(&self) -> Option<Vec<HamiltonianState>> {
        let of_chains = self.adapted.iter().map(|state| HamiltonianState::deserialize(&**state).ok());
        of_chains.collect::<Option<Vec<_>>>().filter(|states| !states.is_empty())
    }

    /// The same posterior with the parameters that each chain has adapted.
    pub(crate) fn with_adapted(self, adapted: Vec<Arc<Value>>) -> Self {
        Self { adapted, ..self }
    }

    /// The attributes of its groups in files of ArviZ.
    pub(crate) fn attributes(&self) -> Map<String, Value> {
        let (time, config) = (Some(self.sampling_time), self.sampler_config.as_ref());
        attributes(&self.engine, (self.warmup_draws, self.thinning), time, config)
    }

    /// Energy Bayesian fraction of missing information of each chain; see [`diagnostics::bfmi()`]. `None` for a sampler
    /// without energies.
    pub fn bfmi(&self) -> Option<Vec<f64>> {
        self.sample_stats.get("energy").map(diagnostics::bfmi)
    }

    fn heading(&self) -> String {
        let mut heading = self.draws.count();
        if self.warmup_draws > 0 {
            heading += &format!(" after {} of warm-up", self.warmup_draws);
        }
        let evaluations = match self.value_evaluations {
            0 => format!("{} gradient evaluations", self.gradient_evaluations),
            values => format!("{values} density and {} gradient evaluations", self.gradient_evaluations),
        };
        heading += &format!("; {evaluations} in {:.2?} ({})", self.sampling_time, self.engine);
        heading
    }

    /// Warnings of the sampler.
    fn own_warnings(&self) -> Vec<Warning> {
        let failed = |chain: &FailedChain| Warning::FailedChain { chain: chain.chain, message: chain.message.clone() };
        let mut warnings: Vec<Warning> = self.failed_chains.iter().map(failed).collect();
        if let Some(log_densities) = self.sample_stats.get("lp") {
            warnings.extend(Warning::lost_chains(&self.chain_ids, log_densities));
        }
        let total = self.draws.total_draws();
        let divergences = self.sample_stats.divergences().saturating_sub(self.rejections.total());
        if divergences > 0 {
            warnings.push(Warning::Divergences { count: divergences, total });
        }
        warnings.extend(self.prior_violation.clone().map(|cause| Warning::PriorViolation { cause }));
        if !self.rejections.is_empty() {
            warnings.push(Warning::RejectedProposals {
                count: self.rejections.explained(),
                unexplained: self.rejections.unexplained(),
                total,
                causes: self.rejections.to_string(),
            });
        }
        warnings.extend(Warning::low_bfmi(&self.chain_ids, &self.bfmi().unwrap_or_default()));
        let hits = self.sample_stats.max_tree_depth_hits();
        if hits > 0 {
            warnings.push(Warning::MaxTreeDepth { count: hits, total });
        }
        warnings
    }
}

/// A posterior as it is read, before it is checked.
#[derive(Deserialize)]
struct Record {
    #[expect(dead_code, reason = "reading it checks the version")]
    format: FormatVersion,
    draws: Draws,
    chain_ids: Vec<usize>,
    sample_stats: SampleStats,
    rejections: Rejections,
    prior_violation: Option<String>,
    engine: String,
    warmup_draws: u64,
    thinning: usize,
    gradient_evaluations: u64,
    value_evaluations: u64,
    sampling_time: Duration,
    failed_chains: Vec<FailedChain>,
    #[serde(default)]
    sampler_config: Option<Value>,
    #[serde(default, with = "shared")]
    adapted: Vec<Arc<Value>>,
}

impl TryFrom<Record> for Posterior {
    type Error = Error;

    fn try_from(record: Record) -> Result<Self> {
        let posterior = Self::new(PosteriorParts {
            sites: record.draws.sites().clone(),
            chain_ids: record.chain_ids,
            sample_stats: record.sample_stats,
            rejections: record.rejections,
            prior_violation: record.prior_violation,
            engine: record.engine,
            warmup_draws: record.warmup_draws,
            thinning: record.thinning,
            gradient_evaluations: record.gradient_evaluations,
            value_evaluations: record.value_evaluations,
            sampling_time: record.sampling_time,
            failed_chains: record.failed_chains,
        })?;
        Ok(posterior.with_sampler_config(record.sampler_config).with_adapted(record.adapted))
    }
}

#[cfg(test)]
pub(crate) mod tests;
