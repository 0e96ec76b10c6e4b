//! `RunOutput`: what the chains of a run on a model have made so far.

use std::sync::{Mutex, MutexGuard, PoisonError};

use ndarray::{ArrayView2, ArrayView3, Axis};

use super::chain::DrawsSoFar;
use super::draw_table::DrawTable;
use crate::posterior::store::{ChainRecord, Manifest, Outcome, SiteEntry, StoreFiles, posterior_of};
use crate::{Posterior, Result, diagnostics};

/// The draws of a run, in memory or in a store, and where its chains are.
#[derive(Debug)]
pub(super) struct RunOutput {
    pub(super) manifest: Manifest,
    storage: Storage,
    chains: Mutex<Vec<Option<ChainRecord<()>>>>,
}

#[derive(Debug)]
enum Storage {
    /// The sites, and the statistics after them.
    Memory(DrawTable),
    Store(Box<StoreFiles>),
}

impl RunOutput {
    /// No draws yet, in memory.
    pub(super) fn in_memory(manifest: Manifest) -> Result<Self> {
        let statistics = std::iter::repeat_n(1, manifest.statistics.len());
        let sizes = manifest.sites.iter().map(SiteEntry::size).chain(statistics);
        let table = DrawTable::new(manifest.chain_ids.len(), manifest.draws, sizes)?;
        Ok(Self::new(manifest, Storage::Memory(table)))
    }

    /// Those of a store.
    pub(super) fn in_store(files: StoreFiles) -> Self {
        Self::new(files.manifest.clone(), Storage::Store(Box::new(files)))
    }

    fn new(manifest: Manifest, storage: Storage) -> Self {
        let chains = manifest.chain_ids.iter().map(|_| None).collect();
        Self { manifest, storage, chains: Mutex::new(chains) }
    }

    /// Writes a block of draws: the values of each site and of each statistic.
    pub(super) fn write(&self, row: usize, first: usize, sites: &[Vec<f64>], statistics: &[Vec<f64>]) -> Result<()> {
        let values = sites.iter().chain(statistics);
        match &self.storage {
            Storage::Memory(table) => values.enumerate().for_each(|(array, own)| table.write(array, row, first, own)),
            Storage::Store(files) => {
                let mut arrays = files.arrays.sites.iter().chain(&files.arrays.statistics).zip(values);
                arrays.try_for_each(|(array, own)| array.write(row, first, own))?;
            }
        }
        Ok(())
    }

    /// The store, if the draws go to one.
    pub(super) fn store(&self) -> Option<&StoreFiles> {
        match &self.storage {
            Storage::Memory(_) => None,
            Storage::Store(files) => Some(files),
        }
    }

    pub(super) fn chains(&self) -> MutexGuard<'_, Vec<Option<ChainRecord<()>>>> {
        self.chains.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the chains have, cut to so many draws.
    pub(super) fn outcome(&self, draws: Option<usize>) -> Outcome {
        Outcome::of_chains(&self.manifest.chain_ids, &self.chains(), draws)
    }

    fn read_site(&self, site: usize, rows: &[usize], draws: usize) -> Result<Vec<f64>> {
        match &self.storage {
            Storage::Memory(table) => Ok(table.read(site, rows, draws)),
            Storage::Store(files) => files.read_site(site, rows, draws),
        }
    }

    /// The posterior of the draws that count, without a copy of those in memory: nothing is left of them.
    pub(super) fn take_posterior(&self, outcome: &Outcome) -> Result<Posterior> {
        match &self.storage {
            Storage::Memory(table) => {
                let take = |array: usize| Ok(table.take(array, &outcome.rows, outcome.draws));
                let sites = self.manifest.sites.len();
                posterior_of(&self.manifest, outcome, take, |statistic| take(sites + statistic))
            }
            Storage::Store(files) => files.posterior(outcome),
        }
    }

    /// The smallest bulk or tail effective sample size of a scalar component by the first draws of some chains; 0 where it
    /// cannot be told.
    pub(super) fn smallest_ess(&self, rows: &[usize], draws: usize) -> Result<f64> {
        let mut smallest = f64::INFINITY;
        for (index, site) in self.manifest.sites.iter().enumerate() {
            let values = self.read_site(index, rows, draws)?;
            let values = ArrayView3::from_shape((rows.len(), draws, site.size()), &values)
                .expect("a value of each element for each draw");
            for component in 0..site.size() {
                let component: ArrayView2<'_, f64> = values.index_axis(Axis(2), component);
                // NaN is that of a component that does not move.
                let own = diagnostics::ess_bulk(component).min(diagnostics::ess_tail(component));
                smallest = smallest.min(own);
            }
        }
        Ok(if smallest.is_finite() { smallest } else { 0.0 })
    }
}

impl DrawsSoFar for RunOutput {
    fn posterior(&self) -> Result<Option<Posterior>> {
        let outcome = self.outcome(None);
        if outcome.draws == 0 {
            return Ok(None);
        }
        let posterior = match &self.storage {
            Storage::Memory(table) => {
                let read = |array: usize| Ok(table.read(array, &outcome.rows, outcome.draws));
                let sites = self.manifest.sites.len();
                posterior_of(&self.manifest, &outcome, read, |statistic| read(sites + statistic))
            }
            Storage::Store(files) => files.posterior(&outcome),
        };
        posterior.map(Some)
    }
}
