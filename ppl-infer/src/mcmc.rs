//! Hamiltonian samplers on models: from `Nuts::new().run(&model)` to a `Posterior`.

use std::sync::Arc;
use std::time::Instant;

use ndarray::{ArrayD, Axis, IxDyn};
use ppl::Model;
use ppl::random::Key;

use crate::chain::{Chain, Sampler, sample_chains};
use crate::density::{Layout, ModelDensity, RunValue};
use crate::posterior::{FailedChain, PosteriorParts, SampleStats, SiteTable};
use crate::runs::catching_panics;
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

    let mut failures = result.failures;
    let mut chains = Vec::new();
    let mut columns = Vec::new();
    for chain in result.chains {
        // The model runs once more at each draw: what fails there costs the others nothing.
        match catching_panics(|| constrain(&chain, &density)).and_then(|own| append(&mut columns, own)) {
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
        sites: table(columns, [chains.len(), sampler.config().draws])?,
        sample_stats: SampleStats::from_chains(
            &chains.iter().map(|chain| chain.statistics.clone()).collect::<Vec<_>>(),
        )?,
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

/// The latent and deterministic sites' values at every draw of a chain.
fn constrain<M: Model>(chain: &Chain, density: &ModelDensity<M>) -> Result<Vec<Column>> {
    let mut columns: Vec<Column> = Vec::new();
    for position in chain.draws.axis_iter(Axis(0)) {
        append(&mut columns, density.values_at(&position.to_vec())?.into_iter().map(Column::from).collect())?;
    }
    Ok(columns)
}

/// Adds further draws of the same sites, if there are any before.
fn append(columns: &mut Vec<Column>, further: Vec<Column>) -> Result<()> {
    if columns.is_empty() {
        *columns = further;
        return Ok(());
    }
    let mut expected = columns.iter();
    for own in &further {
        if !expected.next().is_some_and(|column| column.site == own.site && column.shape == own.shape) {
            return Err(Error::ChangingSites { site: own.site.clone(), what: "visited or shaped anew" });
        }
    }
    if let Some(missing) = expected.next() {
        return Err(Error::ChangingSites { site: missing.site.clone(), what: "did not visit" });
    }
    for (column, own) in columns.iter_mut().zip(further) {
        column.values.extend(own.values);
    }
    Ok(())
}

/// The columns as a table of arrays with these leading axes.
fn table(columns: Vec<Column>, leading: [usize; 2]) -> Result<SiteTable> {
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

impl From<RunValue> for Column {
    fn from(RunValue { site, value, dims }: RunValue) -> Self {
        Self { site, dims, shape: value.shape().to_vec(), values: value.to_vec() }
    }
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
