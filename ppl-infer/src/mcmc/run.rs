//! Samplers on models: from `Nuts::new().run(&model)` to a `Posterior`.

use std::path::Path;
use std::time::Instant;

use ppl::Model;
use serde::Serialize;
use serde_json::Value;

use super::chain::Sampler;
use super::model_run::{ModelRun, Records};
use super::output::RunOutput;
use super::{Hmc, Nuts, RandomWalk};
use crate::density::DensityConfig;
use crate::draws::Keep;
use crate::posterior::store::{Manifest, SiteEntry, StoreFiles, data_type};
use crate::posterior::{PosteriorStore, StoreOptions};
use crate::runs::{AnySyncModel, WithoutOutput};
use crate::settings::{InvalidSetting, require, require_memory};
use crate::{Posterior, Result, file};

/// `run`, which knows the type of the model, and a function behind it that does not: it is compiled here, once.
macro_rules! run_on_models {
    ($sampler:ty: $(#[$documentation:meta])*) => {
        impl $sampler {
            $(#[$documentation])*
            pub fn run<M: Model + Sync>(&self, model: &M) -> Result<Posterior> {
                self.run_erased(&WithoutOutput(model))
            }

            /// Draws from the posterior of a model into a store on the disk, block by block while the chains run.
            ///
            /// Memory does not depend on the number of draws. The store can be opened at any time, by
            /// [`PosteriorStore::open`] or by `xarray.open_datatree`; until the end of the run, draws that are not there
            /// yet are NaN. At the end the arrays have the chains that count, with as many draws of each: one that failed
            /// is not among them, as in a [`Posterior`]. If the process is killed, the last block of each chain is lost,
            /// and [`resume_store`](Self::resume_store) goes on from there; of power failures see
            /// [`sync`](StoreOptions#structfield.sync).
            ///
            /// # Errors
            /// As [`run`](Self::run), and [`FileError`](crate::error::FileError): if there is anything at `path`, or it
            /// cannot be written.
            ///
            /// # Example
            /// ```
            /// use ppl::prelude::*;
            /// use ppl_infer::prelude::*;
            ///
            /// #[model]
            /// fn normal() {
            ///     sample!("x", Normal::new(0.0, 1.0));
            /// }
            ///
            #[doc = concat!("let sampler = ", stringify!($sampler), "::new().chains(2).warmup(100).progress(false);")]
            /// let path = std::env::temp_dir().join(format!("ppl-run-to-store-{}", std::process::id()));
            #[doc = concat!("# let path = path.join(\"", stringify!($sampler), "\");")]
            /// let store = sampler.clone().draws(50).run_to_store(&normal(), &path)?;
            /// assert_eq!(store.num_draws(), 50);
            /// // More of them, as if they had been asked for at once.
            /// let store = sampler.clone().draws(80).resume_store(&normal(), &path)?;
            /// assert_eq!(store.posterior()?.draws(), sampler.draws(80).run(&normal())?.draws());
            /// # std::fs::remove_dir_all(path).unwrap();
            /// # Ok::<(), ppl_infer::Error>(())
            /// ```
            pub fn run_to_store<M: Model + Sync>(&self, model: &M, path: impl AsRef<Path>) -> Result<PosteriorStore> {
                self.run_to_store_with(model, path, &StoreOptions::default())
            }

            /// The same with blocks of another length, or compressed.
            ///
            /// # Errors
            /// As [`run_to_store`](Self::run_to_store).
            pub fn run_to_store_with<M: Model + Sync>(
                &self,
                model: &M,
                path: impl AsRef<Path>,
                options: &StoreOptions,
            ) -> Result<PosteriorStore> {
                sample_to_store(self, &self.density, &WithoutOutput(model), path.as_ref(), options)
            }

            /// Goes on with the run of a store that was killed or stopped, or that is to have more draws.
            ///
            /// The draws are those of a run without a stop, bit for bit. The model, its data and the settings are those of
            /// that run, but for the number of draws, of threads, and the reasons to stop. A chain that was killed in its
            /// warm-up, or that failed, begins again, or goes on from its last complete block.
            ///
            /// # Errors
            /// As [`run`](Self::run); [`FileError`](crate::error::FileError); [`InvalidSetting`], which names the first
            /// difference from the settings of the store, or the sites, if these differ. If other data, or a change of
            /// the model, give another log density where a chain stands,
            /// [`ChainError::ChangedDensity`](crate::error::ChainError::ChangedDensity). The store is as it was then.
            pub fn resume_store<M: Model + Sync>(&self, model: &M, path: impl AsRef<Path>) -> Result<PosteriorStore> {
                resume_in_store(self, &self.density, &WithoutOutput(model), path.as_ref())
            }

            fn run_erased(&self, model: &AnySyncModel<'_>) -> Result<Posterior> {
                let posterior = sample_posterior(self, &self.density, model)?;
                Ok(posterior.with_sampler_config(Some(settings_of(self)?)))
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
    let mut run = ModelRun::new(sampler, settings, model)?;
    let config = sampler.config();
    if config.keep == Keep::All {
        // Before any start is looked for.
        config.require_memory(run.dim())?;
    }
    let starts = (0..config.chains).map(|_| None).collect();
    let sites = run.sites(&starts)?;
    let manifest = run.manifest(sites, None);
    let numbers = manifest.sites.iter().map(|site| site.size() as u64).sum::<u64>();
    require_memory("draws", config.draws as u64, numbers, config.chains as u64)?;
    let began = Instant::now();
    let (output, mut outcome) = run.run(RunOutput::in_memory(manifest)?, &starts)?;
    outcome.sampling_time = began.elapsed();
    outcome.prior_violation = run.prior_violation(&outcome);
    output.take_posterior(&outcome)
}

pub(super) fn sample_to_store<S: Sampler + Serialize>(
    sampler: &S,
    settings: &DensityConfig,
    model: &AnySyncModel<'_>,
    path: &Path,
    options: &StoreOptions,
) -> Result<PosteriorStore> {
    options.validate()?;
    let mut run = ModelRun::new(sampler, settings, model)?;
    let starts = (0..sampler.config().chains).map(|_| None).collect();
    let sites = run.sites(&starts)?;
    let manifest = run.manifest(sites, Some((options, settings_of(sampler)?)));
    let types: Vec<_> = manifest.statistics.iter().map(|statistic| data_type(statistic.kind)).collect();
    // Nothing that is there is replaced: it may be the draws of days.
    file::write_folder(path, |_| false, |folder| StoreFiles::create(folder, manifest, &types).map(drop))?;
    let began = Instant::now();
    run_in_store(&run, StoreFiles::open(path)?, &starts, Some(began))
}

pub(super) fn resume_in_store<S: Sampler + Serialize>(
    sampler: &S,
    settings: &DensityConfig,
    model: &AnySyncModel<'_>,
    path: &Path,
) -> Result<PosteriorStore> {
    let mut run = ModelRun::new(sampler, settings, model)?;
    let config = sampler.config();
    let mut files = StoreFiles::open(path)?;
    let Some(stored) = &files.manifest.settings else {
        let expected = "the store of a run".to_owned();
        let got = "that of a posterior which was written whole, and has no state of its chains".to_owned();
        return Err(InvalidSetting { parameter: "store", expected, got }.into());
    };
    check_settings(stored, &settings_of(sampler)?)?;
    // Those of the run, of which the arrays of a run that has ended have the ones that count.
    let chains: Vec<usize> = (config.chain_id..config.chain_id + config.chains).collect();
    let records: Records<S> = chains.iter().map(|&chain| files.read_state(chain)).collect::<Result<_>>()?;
    let longest = records.iter().flatten().map(|record| record.draws).max().unwrap_or(0);
    let expected = format!("at least {longest}, which a chain of the store has");
    require("draws", &expected, config.draws, config.draws >= longest)?;
    let sites = run.sites(&records)?;
    if sites != files.manifest.sites {
        let list = |sites: &[SiteEntry]| {
            let sites: Vec<String> = sites.iter().map(SiteEntry::to_string).collect();
            sites.join(", ")
        };
        let (expected, got) =
            (format!("that of the store, with the sites {}", list(&files.manifest.sites)), list(&sites));
        return Err(InvalidSetting { parameter: "model", expected, got }.into());
    }
    run.check_density(&records)?;
    files.manifest.draws = config.draws;
    if files.manifest.chain_ids == chains {
        files.set_outcome(config.draws, None)?;
    } else {
        files = files.with_chains(Manifest { chain_ids: chains, outcome: None, ..files.manifest.clone() })?;
    }
    run_in_store(&run, files, &records, None)
}

/// Runs chains whose draws go to a store, and tells it how that ended. `began` is the time when new chains did.
fn run_in_store<S: Sampler>(
    run: &ModelRun<'_, S>,
    files: StoreFiles,
    records: &Records<S>,
    began: Option<Instant>,
) -> Result<PosteriorStore> {
    let (output, mut outcome) = run.run(RunOutput::in_store(files.clone()), records)?;
    if let Some(began) = began {
        outcome.sampling_time = began.elapsed();
    }
    outcome.prior_violation = run.prior_violation(&outcome);
    drop(output);
    let mut files = files;
    if outcome.rows.len() == files.manifest.chain_ids.len() {
        files.set_outcome(outcome.draws, Some(outcome.clone()))?;
    } else {
        let chain_ids = outcome.rows.iter().map(|&row| files.manifest.chain_ids[row]).collect();
        outcome.rows = (0..outcome.rows.len()).collect();
        files = files.with_chains(Manifest { chain_ids, outcome: Some(outcome.clone()), ..files.manifest.clone() })?;
    }
    Ok(PosteriorStore::new(files, outcome))
}

/// The settings that decide which draws a chain makes.
fn settings_of(sampler: &impl Serialize) -> Result<Value> {
    /// These decide how many they are, and where they are made.
    const OTHERS: [&str; 8] =
        ["draws", "threads", "progress", "keep_warmup", "time_limit", "until_ess", "stop_on_ctrl_c", "handle"];
    let mut settings = serde_json::to_value(sampler).map_err(|error| InvalidSetting {
        parameter: "sampler",
        expected: "settings that can be written as JSON".to_owned(),
        got: error.to_string(),
    })?;
    if let Some(chain) = settings.get_mut("chain").and_then(Value::as_object_mut) {
        OTHERS.iter().for_each(|name| drop(chain.remove(*name)));
    }
    Ok(settings)
}

/// An error that names the first setting which is not that of the store.
fn check_settings(stored: &Value, own: &Value) -> Result<()> {
    match (stored, own) {
        (Value::Object(stored), Value::Object(own)) if stored.keys().eq(own.keys()) => {
            for (name, stored) in stored {
                if let (Value::Object(_), own @ Value::Object(_)) = (stored, &own[name]) {
                    check_settings(stored, own)?;
                } else if *stored != own[name] {
                    let expected = format!("the settings of the store, where `{name}` is {stored}");
                    return Err(InvalidSetting { parameter: "sampler", expected, got: own[name].to_string() }.into());
                }
            }
            Ok(())
        }
        _ => {
            let (expected, got) = ("the sampler of the store".to_owned(), "another one".to_owned());
            Err(InvalidSetting { parameter: "sampler", expected, got }.into())
        }
    }
}
