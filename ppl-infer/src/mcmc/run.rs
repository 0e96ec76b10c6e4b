//! Samplers on models: from `Nuts::new().run(&model)` to a `Posterior`.

use std::sync::Arc;
use std::time::Instant;

use ppl::random::Key;
use ppl::tensor::singular_as_nan;
use ppl::{Ctx, Model};

use super::chain::{Chain, ChainConfig, Kernel, Sampler, sample_chains};
use super::{Hmc, Nuts, RandomWalk};
use crate::density::{DensityConfig, Layout, ModelDensity, name_sites};
use crate::draws::SiteColumns;
use crate::error::ChainFailure;
use crate::error::{ChainError, DensityError};
use crate::posterior::{FailedChain, PosteriorParts, SampleStats};
use crate::runs::{AnySyncModel, WithoutOutput, catching_panics};
use crate::{Error, Evaluations, Posterior, Rejections, Result};

/// `run`, which knows the type of the model, and a function behind it that does not: it is compiled here, once.
macro_rules! run_on_models {
    ($sampler:ty: $(#[$documentation:meta])*) => {
        impl $sampler {
            $(#[$documentation])*
            pub fn run<M: Model + Sync>(&self, model: &M) -> Result<Posterior> {
                self.run_erased(&WithoutOutput(model))
            }

            fn run_erased(&self, model: &AnySyncModel<'_>) -> Result<Posterior> {
                sample_posterior(self, &self.density, model)
            }
        }
    };
}

run_on_models! { Nuts:
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
    /// # Example
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
}

run_on_models! { Hmc:
    /// Draws from the posterior of a model.
    ///
    /// # Errors
    /// As [`Nuts::run`].
}

run_on_models! { RandomWalk:
    /// Draws from the posterior of a model.
    ///
    /// # Errors
    /// As [`Nuts::run`].
}

/// Draws from the posterior of a model by any sampler, as [`Nuts::run`] does by its own.
///
/// It is for samplers of one's own: any [`Sampler`].
///
/// # Errors
/// As [`Nuts::run`].
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::{RandomWalk, density::DensityConfig, mcmc};
///
/// #[model]
/// fn normal() {
///     sample!("x", Normal::new(3.0, 1.0));
/// }
///
/// let sampler = RandomWalk::new().chains(2).draws(50).progress(false);
/// let posterior = mcmc::run(&sampler, &DensityConfig::default(), &normal())?;
/// assert_eq!(posterior.get(normal::x)?, sampler.run(&normal())?.get(normal::x)?);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
pub fn run<S: Sampler, M: Model + Sync>(sampler: &S, density: &DensityConfig, model: &M) -> Result<Posterior> {
    sample_posterior(sampler, density, &WithoutOutput(model))
}

fn sample_posterior<S: Sampler>(sampler: &S, settings: &DensityConfig, model: &AnySyncModel<'_>) -> Result<Posterior> {
    sampler.validate()?;
    let config = sampler.config();
    let layout = Arc::new(Layout::new(&model, Key::new(config.seed))?);
    if layout.dim() == 0 {
        return Err(DensityError::NothingToSample.into());
    }
    config.require_memory(layout.dim())?;
    let density = ModelDensity::with_layout(model, Arc::clone(&layout), settings.engine)
        .threads(threads_per_chain(settings, config));
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
        return Err(name_sites(ChainError::AllFailed { failures }.into(), &density));
    }
    let failed_chains = failures
        .into_iter()
        .map(|ChainFailure { chain, error }| FailedChain { chain, message: name_sites(error, &density).to_string() })
        .collect();
    let statistics: Vec<_> = chains.iter().map(|chain| chain.statistics.as_slice()).collect();
    let evaluations = |chain: &Chain<S::Kernel>| chain.warmup_evaluations + chain.evaluations;
    let evaluations = chains.iter().map(evaluations).fold(Evaluations::default(), |sum, own| sum + own);
    let rejections = rejections(&chains, &density);
    let prior_violation = if rejections.is_empty() { prior_violation(model, config.seed) } else { None };
    Posterior::new(PosteriorParts {
        sites: columns.table(&[chains.len(), config.draws])?,
        chain_ids: chains.iter().map(|chain| chain.chain).collect(),
        sample_stats: SampleStats::from_chains(S::Kernel::COLUMNS, &statistics)?,
        rejections,
        prior_violation,
        engine: density.engine_in_use(),
        warmup_draws: config.warmup as u64,
        thinning: config.thinning,
        gradient_evaluations: evaluations.gradients,
        value_evaluations: evaluations.values,
        sampling_time,
        failed_chains,
    })
}

/// Why steps ended where the density is not finite, as far as parameters outside their domains are the reason.
///
/// Each position takes a run of the model, so that only those are looked at that a chain keeps.
fn rejections<K: Kernel>(chains: &[Chain<K>], density: &ModelDensity<&AnySyncModel<'_>>) -> Rejections {
    let mut rejections = Rejections::default();
    let mut unexplained = 0;
    for chain in chains {
        let mut looked_at = 0;
        for step in chain.failed_steps.values().filter(|step| !step.is_finite()) {
            looked_at += 1;
            match density.invalid_parameter_at(&step.end) {
                // A parameter that has overflowed tells of a step that was too long.
                Some(error) if !is_overflow(&error) => rejections.add_error(&error),
                _ => {}
            }
        }
        unexplained += chain.non_finite_steps - looked_at;
    }
    if !rejections.is_empty() {
        rejections.add_unexplained(unexplained);
    }
    rejections
}

/// Draws from the prior that are looked at.
const PRIOR_DRAWS: u64 = 16;

/// The error of the first draws from the prior at which a parameter is outside its domain, as a scale that is drawn from a
/// normal distribution. The posterior is cut off there, whether or not a chain has met the edge.
fn prior_violation(model: &AnySyncModel<'_>, seed: u64) -> Option<String> {
    // A chain that there is not, so that its draws are nobody else's.
    let key = Key::new(seed).chain(u64::MAX);
    for draw in 0..PRIOR_DRAWS {
        let run = || Ok(singular_as_nan(|| model.run(&mut Ctx::new(key.draw(draw)))).0?);
        match catching_panics(run) {
            Err(Error::Model(error)) if error.is_outside_domain() && !is_overflow(&error) => {
                return Some(error.to_string());
            }
            Err(_) => return None,
            Ok(_) => {}
        }
    }
    None
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
fn threads_per_chain(settings: &DensityConfig, config: &ChainConfig) -> usize {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let at_once = config.threads.unwrap_or(processors).clamp(1, config.chains.max(1));
    settings.threads_per_chain.min((processors / at_once).max(1))
}

/// The latent and deterministic sites' values at every draw of a chain.
fn constrain<K: Kernel>(chain: &Chain<K>, density: &ModelDensity<&AnySyncModel<'_>>) -> Result<SiteColumns> {
    density.values_of(chain.draws.as_standard_layout().as_slice().unwrap_or_default())
}
