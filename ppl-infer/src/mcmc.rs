//! Hamiltonian samplers on models: from `Nuts::new().run(&model)` to a `Posterior`.

use std::sync::Arc;
use std::time::Instant;

use ppl::Model;
use ppl::random::Key;

use crate::chain::{Chain, ChainConfig, Sampler, sample_chains};
use crate::density::{Layout, ModelDensity, name_sites};
use crate::draws::SiteColumns;
use crate::posterior::{FailedChain, PosteriorParts, SampleStats};
use crate::runs::catching_panics;
use crate::{ChainFailure, Error, Hmc, Nuts, Posterior, Rejections, Result};

impl Nuts {
    /// Draws from the posterior of a model.
    ///
    /// # Errors
    /// A setting outside its domain; a model without continuous latent sites, with a discrete one, or with a
    /// subsampled plate; an error at a site; no valid start (it says why, by site). A chain that fails beside others that
    /// do not is reported by [`Posterior::failed_chains`].
    ///
    /// A parameter that depends on latent sites and leaves its domain is no error: the start or the proposal is rejected,
    /// and [`Posterior::rejections`] counts it.
    ///
    /// ```
    /// use ppl::prelude::*;
    /// use ppl_infer::prelude::*;
    ///
    /// #[model]
    /// fn mean(y: &Tensor) {
    ///     let mu = sample!("mu", Normal::new(0.0, 10.0));
    ///     plate!("i", y.size(), { observe!("y", Normal::new(mu, 1.0), y); });
    /// }
    ///
    /// let y = Tensor::from([1.0, 2.0, 3.0]);
    /// let posterior = Nuts::new().chains(2).draws(200).warmup(200).progress(false).run(&mean(&y))?;
    /// assert!((posterior.get(mean::mu)?.mean() - 2.0).abs() < 0.3);
    /// # Ok::<(), ppl_infer::Error>(())
    /// ```
    pub fn run<M: Model + Sync>(&self, model: &M) -> Result<Posterior> {
        sample_posterior(self, model)
    }
}

impl Hmc {
    /// Draws from the posterior of a model.
    ///
    /// # Errors
    /// As [`Nuts::run`].
    pub fn run<M: Model + Sync>(&self, model: &M) -> Result<Posterior> {
        sample_posterior(self, model)
    }
}

fn sample_posterior<S: Sampler, M: Model + Sync>(sampler: &S, model: &M) -> Result<Posterior> {
    sampler.validate()?;
    let layout = Arc::new(Layout::new(model, Key::new(sampler.config().seed))?);
    if layout.dim() == 0 {
        return Err(Error::NothingToSample);
    }
    let density = ModelDensity::with_layout(model, Arc::clone(&layout), sampler.config().engine)
        .threads(threads_per_chain(sampler.config()));
    let start = Instant::now();
    let result = sample_chains(sampler, |_| Ok(density.clone())).map_err(|error| name_sites(error, &density))?;
    let sampling_time = start.elapsed();

    let mut failures = result.failures;
    let mut chains = Vec::new();
    let mut columns = SiteColumns::default();
    for chain in result.chains {
        // The model runs once more at each draw: what fails there costs the others nothing.
        match catching_panics(|| constrain(&chain, &density)).and_then(|own| columns.append(own)) {
            Ok(()) => chains.push(chain),
            Err(error) => failures.push(ChainFailure { chain: chain.chain, error }),
        }
    }
    failures.sort_by_key(|failure| failure.chain);
    if chains.is_empty() {
        return Err(name_sites(Error::AllChainsFailed { failures }, &density));
    }
    let failed_chains = failures
        .into_iter()
        .map(|ChainFailure { chain, error }| FailedChain { chain, message: name_sites(error, &density).to_string() })
        .collect();
    Posterior::new(PosteriorParts {
        sites: columns.table(&[chains.len(), sampler.config().draws])?,
        chain_ids: chains.iter().map(|chain| chain.chain).collect(),
        sample_stats: SampleStats::from_chains(
            &chains.iter().map(|chain| chain.statistics.clone()).collect::<Vec<_>>(),
        )?,
        rejections: rejections(&chains, &density),
        engine: density.engine_in_use(),
        warmup_draws: sampler.config().warmup as u64,
        gradient_evaluations: chains
            .iter()
            .map(|chain| chain.warmup_gradient_evaluations + chain.gradient_evaluations)
            .sum(),
        sampling_time,
        failed_chains,
    })
}

/// Why trajectories ended where the density is not finite, as far as parameters outside their domains are the reason.
///
/// Each position takes a run of the model, so that only those are looked at that a chain keeps.
fn rejections<M: Model>(chains: &[Chain], density: &ModelDensity<M>) -> Rejections {
    let mut rejections = Rejections::default();
    let mut unexplained = 0;
    for chain in chains {
        let is_endless = |energy_error: f64| energy_error == f64::INFINITY;
        let all = chain.statistics.iter().filter(|draw| draw.diverging && is_endless(draw.max_energy_error)).count();
        let kept = chain.divergences.values().filter(|divergence| is_endless(divergence.energy_error));
        let mut looked_at = 0;
        for divergence in kept {
            looked_at += 1;
            match density.invalid_parameter_at(&divergence.end) {
                // A parameter that has overflowed tells of a step that was too long.
                Some(error) if !is_overflow(&error) => rejections.add_error(&error),
                _ => {}
            }
        }
        unexplained += all.saturating_sub(looked_at);
    }
    if !rejections.is_empty() {
        rejections.add_unexplained(unexplained);
    }
    rejections
}

/// Whether a parameter is NaN or infinite.
fn is_overflow(error: &ppl::Error) -> bool {
    match error {
        ppl::Error::Site { source, .. } => is_overflow(source),
        ppl::Error::InvalidParameter { got, .. } => {
            let number = got.split(' ').next().and_then(|number| number.parse::<f64>().ok());
            number.is_some_and(|number| !number.is_finite())
        }
        _ => false,
    }
}

/// Threads per chain: the setting, capped at the processors that each of the chains that run concurrently can have. Threads
/// that share a processor would wait for each other.
fn threads_per_chain(config: &ChainConfig) -> usize {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let at_once = config.threads.unwrap_or(processors).clamp(1, config.chains.max(1));
    config.threads_per_chain.min((processors / at_once).max(1))
}

/// The latent and deterministic sites' values at every draw of a chain.
fn constrain<M: Model>(chain: &Chain, density: &ModelDensity<M>) -> Result<SiteColumns> {
    density.values_of(chain.draws.as_standard_layout().as_slice().unwrap_or_default())
}
