//! Hamiltonian samplers on models: from `Nuts::new().run(&model)` to a `Posterior`.

use std::sync::Arc;
use std::time::Instant;

use ndarray::{ArrayD, Axis, IxDyn};
use ppl::Model;
use ppl::random::Key;

use crate::chain::{Chain, Sampler, sample_chains};
use crate::density::{Layout, ModelDensity};
use crate::posterior::{FailedChain, PosteriorParts, SampleStats, SiteTable};
use crate::{ChainFailure, Error, Hmc, Nuts, Posterior, Result};

impl Nuts {
    /// Draws from the posterior of a model.
    ///
    /// # Errors
    /// A setting outside its domain; a model without continuous latent sites, with a discrete one, or with a
    /// subsampled plate; an error at a site; no valid start (it names the site). A chain that fails beside others that
    /// do not is reported by [`Posterior::failed_chains`].
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
    /// assert!((posterior.get(mean::mu)?.mean().unwrap() - 2.0).abs() < 0.3);
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
    let density = ModelDensity::with_layout(model, Arc::clone(&layout), sampler.config().engine);
    let start = Instant::now();
    let result = sample_chains(sampler, |_| Ok(density.clone())).map_err(|error| name_sites(error, &density))?;
    let sampling_time = start.elapsed();

    let failed_chains = result
        .failures
        .into_iter()
        .map(|ChainFailure { chain, error }| FailedChain { chain, message: name_sites(error, &density).to_string() })
        .collect();
    Posterior::new(PosteriorParts {
        sites: constrain(&result.chains, &density)?,
        sample_stats: SampleStats::from_chains(
            &result.chains.iter().map(|chain| chain.statistics.clone()).collect::<Vec<_>>(),
        )?,
        engine: density.engine_in_use(),
        warmup_draws: sampler.config().warmup as u64,
        gradient_evaluations: result
            .chains
            .iter()
            .map(|chain| chain.warmup_gradient_evaluations + chain.gradient_evaluations)
            .sum(),
        sampling_time,
        failed_chains,
    })
}

/// The latent and deterministic sites' values at every draw.
fn constrain<M: Model>(chains: &[Chain], density: &ModelDensity<M>) -> Result<SiteTable> {
    let draws = chains.first().map_or(0, |chain| chain.draws.nrows());
    let leading = [chains.len(), draws];
    let mut columns: Vec<Column> = Vec::new();
    for (draw, position) in chains.iter().flat_map(|chain| chain.draws.axis_iter(Axis(0))).enumerate() {
        let values = density.values_at(&position.to_vec())?;
        if draw == 0 {
            columns = values
                .iter()
                .map(|value| Column {
                    site: value.site.clone(),
                    dims: value.dims.clone(),
                    shape: value.value.shape().to_vec(),
                    values: Vec::with_capacity(leading[0] * leading[1] * value.value.size()),
                })
                .collect();
        }
        for (place, value) in values.iter().enumerate() {
            match columns.get_mut(place) {
                Some(column) if column.site == value.site && *column.shape == *value.value.shape() => {
                    column.values.extend(value.value.to_vec());
                }
                _ => return Err(Error::ChangingSites { site: value.site.clone(), what: "visited or shaped anew" }),
            }
        }
        if let Some(missing) = columns.get(values.len()) {
            return Err(Error::ChangingSites { site: missing.site.clone(), what: "did not visit" });
        }
    }
    let mut table = SiteTable::new(&leading);
    for column in columns {
        let shape: Vec<usize> = leading.into_iter().chain(column.shape).collect();
        let values = ArrayD::from_shape_vec(IxDyn(&shape), column.values)
            .expect("every draw added as many values as the site has");
        let dims: Vec<Option<&str>> = column.dims.iter().map(Option::as_deref).collect();
        table.insert_with_dims(column.site, &dims, values)?;
    }
    Ok(table)
}

/// The values of one site at all draws so far.
struct Column {
    site: String,
    dims: Vec<Option<String>>,
    shape: Vec<usize>,
    values: Vec<f64>,
}

/// Says which sites are to blame where no start was valid.
fn name_sites<M: Model>(error: Error, density: &ModelDensity<M>) -> Error {
    match error {
        Error::NoValidStart { attempts, position, log_density, gradient } => {
            let Ok(terms) = density.terms_at(&position) else {
                return Error::NoValidStart { attempts, position, log_density, gradient };
            };
            let mut sites: Vec<String> =
                terms.iter().filter(|term| !term.log_prob.is_finite()).map(ToString::to_string).collect();
            let bad_gradient = gradient.iter().position(|value| !value.is_finite());
            if let (true, Some(coordinate)) = (sites.is_empty(), bad_gradient)
                && let Some(site) = density.layout().site_of(coordinate)
            {
                let value = terms.iter().find(|term| term.site == site.name).and_then(|term| term.value.clone());
                sites.push(format!(
                    "`{}`: gradient {} at {}",
                    site.name,
                    gradient[coordinate],
                    value.unwrap_or_default()
                ));
            }
            Error::NoValidStartAtSites { attempts, sites }
        }
        Error::AllChainsFailed { failures } => Error::AllChainsFailed {
            failures: failures
                .into_iter()
                .map(|ChainFailure { chain, error }| ChainFailure { chain, error: name_sites(error, density) })
                .collect(),
        },
        error => error,
    }
}
