//! `ModelRun`: the chains of a sampler on a model, whose draws go to an output.

use std::io::IsTerminal as _;
use std::sync::Arc;

use ppl::random::Key;
use serde_json::Value;

use super::chain::{
    ChainConfig, ChainState, DrawsSoFar, Job, Kernel, Origin, Sampler, Stop, Watching, look_for_start, run_jobs,
    warm_up_chain,
};
use super::ess_target::EssTarget;
use super::output::RunOutput;
use super::prior::prior_violation;
use super::site_sink::SiteSink;
use crate::density::{DensityConfig, Layout, ModelDensity, SitesAt, is_outside_support, lanes, name_sites};
use crate::draws::SiteValue;
use crate::error::{ChainError, ChainFailure, DensityError};
use crate::init::{FoundStart, ModelStarts};
use crate::posterior::StoreOptions;
use crate::posterior::store::{ChainRecord, Manifest, Outcome, SiteEntry, StatisticEntry, StoreVersion};
use crate::progress::{Observer, ProgressBars};
use crate::runs::{AnySyncModel, catching_panics};
use crate::settings::check_dim;
use crate::{Error, Point, Result};

/// The number of draws of a block whose effective sample size is looked at.
const ESS_BLOCK: usize = 50;
/// The largest number of draws of a block in memory.
const LARGEST_BLOCK: usize = 256;

/// A sampler, a model, and its density.
pub(super) struct ModelRun<'m, S> {
    sampler: &'m S,
    model: &'m AnySyncModel<'m>,
    density: ModelDensity<&'m AnySyncModel<'m>>,
    starts: ModelStarts<'m, &'m AnySyncModel<'m>>,
    /// The starts that were found to see the sites, by row.
    found: Vec<Option<FoundStart>>,
}

/// Where the chains of an earlier run are, a row each; none of a chain that is to start.
pub(super) type Records<S> = Vec<Option<ChainRecord<State<S>>>>;

type State<S> = ChainState<<<S as Sampler>::Kernel as Kernel>::State>;

impl<'m, S: Sampler> ModelRun<'m, S> {
    pub(super) fn new(sampler: &'m S, settings: &DensityConfig, model: &'m AnySyncModel<'m>) -> Result<Self> {
        sampler.validate()?;
        let config = sampler.config();
        let layout = Arc::new(Layout::new(&model, Key::new(config.seed))?);
        if layout.dim() == 0 {
            return Err(DensityError::NothingToSample.into());
        }
        let starts = ModelStarts::new(&config.init, config.chains, model, &layout)?;
        let density =
            ModelDensity::with_layout(model, layout, settings.engine).threads(threads_per_chain(settings, config));
        Ok(Self { sampler, model, density, starts, found: Vec::new() })
    }

    fn config(&self) -> &'m ChainConfig {
        self.sampler.config()
    }

    pub(super) fn dim(&self) -> usize {
        self.density.layout().dim()
    }

    /// The sites that are kept, by a run where the first chain starts, or goes on, at which the model can be run.
    pub(super) fn sites(&mut self, records: &Records<S>) -> Result<Vec<SiteEntry>> {
        let config = self.config();
        let mut failures = Vec::new();
        for (row, record) in records.iter().enumerate() {
            let chain = config.chain_id + row;
            let values = || -> Result<(Vec<SiteValue>, Option<FoundStart>)> {
                if let Some(state) = record.as_ref().and_then(|record| record.state.as_ref()) {
                    return Ok((self.density.values_at(&state.position)?, None));
                }
                let found = look_for_start(self.sampler, &self.starts, &mut self.density.clone(), chain)?;
                Ok((self.density.values_at(&found.start.point.position)?, Some(found)))
            };
            match catching_panics(values) {
                Ok((values, found)) => {
                    self.found.resize(row, None);
                    self.found.push(found);
                    config.keep.check(values.iter().map(|site| site.name.as_str()))?;
                    let kept = values.iter().filter(|site| config.keep.contains(&site.name));
                    let shapes: Vec<_> = kept.map(|site| (site, site.value.shape().to_vec())).collect();
                    let sites =
                        shapes.iter().map(|(site, shape)| (&*site.name, shape.as_slice(), site.dims.as_slice()));
                    return Ok(SiteEntry::name_all(sites));
                }
                // The starts of the others would be as wrong.
                Err(error) if is_outside_support(&error) => return Err(error),
                Err(error) => failures.push(ChainFailure { chain, error }),
            }
        }
        Err(name_sites(ChainError::AllFailed { failures }.into(), &self.density))
    }

    /// An error unless the model gives the log densities at which the chains of a store stand: also of chains that have all
    /// of their draws, beside which others would go on.
    pub(super) fn check_density(&self, records: &Records<S>) -> Result<()> {
        const HELP: &str = "a store has draws from one posterior: resume with the data and the model of that run, \
                            or run the others into a store of their own";
        let mut density = self.density.clone();
        for state in records.iter().flatten().filter_map(|record| record.state.as_ref()) {
            check_dim("the position to resume from", self.dim(), state.position.len())?;
            let now = Point::at(state.position.clone(), &mut density)?.log_density;
            state.check_density(now, &mut density, HELP)?;
        }
        Ok(())
    }

    /// The manifest of new chains, in memory or as these options and settings say.
    pub(super) fn manifest(&self, sites: Vec<SiteEntry>, store: Option<(&StoreOptions, Value)>) -> Manifest {
        let config = self.config();
        let (block, gzip, sync, settings) = match store {
            None => {
                let largest = if config.until_ess.is_some() { ESS_BLOCK } else { LARGEST_BLOCK };
                (lanes(self.dim(), largest).min(largest), None, None, None)
            }
            Some((options, settings)) => {
                let largest_site = sites.iter().map(SiteEntry::size).max().unwrap_or(1);
                (options.block_of_run(config.draws, largest_site), options.gzip, options.sync, Some(settings))
            }
        };
        let columns = S::Kernel::COLUMNS.iter();
        Manifest {
            version: StoreVersion,
            sites,
            statistics: columns
                .map(|column| StatisticEntry { name: column.name().to_owned(), kind: column.kind() })
                .collect(),
            chain_ids: (config.chain_id..config.chain_id + config.chains).collect(),
            draws: config.draws,
            block,
            gzip,
            sync,
            engine: self.density.engine_in_use(),
            warmup_draws: config.warmup as u64,
            thinning: config.thinning,
            settings,
            sampler_config: None,
            outcome: None,
        }
    }

    /// Runs the chains until each has its draws, or is stopped, and returns what they have.
    ///
    /// # Errors
    /// If every chain failed, or was stopped before its first draw.
    pub(super) fn run(&self, output: RunOutput, records: &Records<S>) -> Result<(Arc<RunOutput>, Outcome)> {
        let config = self.config();
        let done: Vec<usize> = records.iter().map(|record| record.as_ref().map_or(0, |own| own.draws)).collect();
        for (own, record) in output.chains().iter_mut().zip(records) {
            *own = record.as_ref().filter(|record| record.draws > 0).map(ChainRecord::without_state);
        }
        let output = Arc::new(output);
        let target = config.until_ess.map(|target| EssTarget::new(target, done.clone(), output.manifest.block));
        if let Some(target) = &target {
            target.report(&output, 0, Some(done[0]))?;
        }

        let mut rows = Vec::new();
        let mut jobs = Vec::new();
        for (row, (record, &first_draw)) in records.iter().zip(&done).enumerate() {
            let chain = output.manifest.chain_ids[row];
            let origin = match record.as_ref().and_then(|record| record.state.as_ref()) {
                Some(state) => Origin::Resume(state),
                None => match self.found.get(row) {
                    Some(Some(found)) => Origin::Found(found),
                    _ => Origin::Start(&self.starts),
                },
            };
            if first_draw < config.draws {
                rows.push(row);
                jobs.push(Job { chain, origin, first_draw, draws: config.draws, keep_warmup: false });
            }
        }
        let is_done = |&(row, _): &(usize, _)| !rows.contains(&row);
        let states =
            records.iter().enumerate().filter(is_done).filter_map(|(_, record)| record.as_ref()?.state.as_ref());
        let beside: Vec<_> = states.map(|state| &state.kernel).collect();
        let failures = match jobs.is_empty() {
            true => Vec::new(),
            false => self.run_jobs(&jobs, &rows, &beside, &output, target.as_ref())?,
        };

        let outcome = output.outcome(target.and_then(|target| target.reached()));
        if outcome.draws > 0 {
            return Ok((output, outcome));
        }
        Err(match failures.is_empty() {
            true => ChainError::Stopped.into(),
            false => ChainError::AllFailed { failures }.into(),
        })
    }

    /// Runs these chains; the failures of those that fail are written to the output too.
    fn run_jobs(
        &self,
        jobs: &[Job<'_, <S::Kernel as Kernel>::State>],
        rows: &[usize],
        beside: &[&<S::Kernel as Kernel>::State],
        output: &Arc<RunOutput>,
        target: Option<&EssTarget>,
    ) -> Result<Vec<ChainFailure>> {
        let config = self.config();
        let bars = (config.progress && std::io::stderr().is_terminal()).then(ProgressBars::new);
        let observer: &dyn Observer = bars.as_ref().map_or(&(), |bars| bars);
        let watching = config.handle.as_ref().map(|handle| {
            handle.watch_chains(jobs.iter().map(|job| job.chain));
            handle.watch_draws(Some(Arc::clone(output) as Arc<dyn DrawsSoFar>));
            Watching::new(handle, observer)
        });
        let observer = watching.as_ref().map_or(observer, |watching| watching);
        let stop = Stop::new(config, target.map(EssTarget::enough))?;
        // Where all chains must come to a checkpoint, none waits for another one to end.
        let threads = config.threads.or(target.map(|_| jobs.len()));
        let (dim, block) = (self.dim(), output.manifest.block);
        let warm_up =
            |job: &Job<'_, _>| warm_up_chain(self.sampler, Box::new(self.density.clone()), job, &stop, observer);
        let outcome = run_jobs(jobs, beside, threads, observer, warm_up, |index, _, chain| {
            let row = rows[index];
            let run = || {
                let chain = chain?;
                let before = output.chains()[row].clone();
                let values = SitesAt::new(config.keep.clone(), dim, block);
                let mut sink = SiteSink::new(output, target, row, &self.density, values, before);
                chain.sample(&mut sink)
            };
            let result = catching_panics(run);
            if result.is_err() {
                target.map_or(Ok(()), |target| target.report(output, row, None))?;
            }
            result.map(drop)
        });
        if let Some(handle) = &config.handle {
            handle.watch_draws(None);
        }
        let (_, failures) = outcome?;
        let named = |ChainFailure { chain, error }| ChainFailure { chain, error: name_sites(error, &self.density) };
        let failures: Vec<ChainFailure> = failures.into_iter().map(named).collect();
        for ChainFailure { chain, error } in &failures {
            let row = chain - config.chain_id;
            let message = error.to_string();
            output.chains()[row].get_or_insert_default().error = Some(message.clone());
            // A full disk is no error of the chain, which can go on later.
            if let Some(files) = output.store()
                && !matches!(error, Error::File(_))
            {
                let stored: Option<ChainRecord<State<S>>> = files.read_state(*chain)?;
                files.write_state(
                    *chain,
                    &ChainRecord { error: Some(message), ..stored.unwrap_or_default() },
                    false,
                )?;
            }
        }
        Ok(failures)
    }

    /// A parameter that is outside its domain in a draw from the prior, if no chain has told of one.
    pub(super) fn prior_violation(&self, outcome: &Outcome) -> Option<String> {
        let is_needed = outcome.rejections.is_empty();
        is_needed.then(|| prior_violation(self.model, self.config().seed)).flatten()
    }
}

/// Threads per chain: the setting, capped at the processors that each of the chains that run concurrently can have. Threads
/// that share a processor would wait for each other.
fn threads_per_chain(settings: &DensityConfig, config: &ChainConfig) -> usize {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let at_once = config.threads.unwrap_or(processors).clamp(1, config.chains.max(1));
    settings.threads_per_chain.min((processors / at_once).max(1))
}
