//! `SiteSink`: the draws of a chain as values of sites, block by block.

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::chain::{ChainSoFar, ChainState, DrawSink, FailedStep, Kernel};
use super::ess_target::EssTarget;
use super::output::RunOutput;
use super::prior::is_overflow;
use crate::density::{ModelDensity, SitesAt};
use crate::posterior::ChainRejections;
use crate::posterior::store::ChainRecord;
use crate::runs::AnySyncModel;
use crate::{Evaluations, Result};

/// The time that a block takes from which on its chain waits for the disk. A dozen files took 0.2 to 0.3 s on a slow disk: a
/// twentieth of that time, where a power failure would cost all of it.
const WORTH_SYNCING: Duration = Duration::from_secs(5);

/// Takes the draws of a chain on the unconstrained space, and writes the values of the sites there.
pub(super) struct SiteSink<'a, K> {
    output: &'a RunOutput,
    target: Option<&'a EssTarget>,
    row: usize,
    density: &'a ModelDensity<&'a AnySyncModel<'a>>,
    values: SitesAt,
    /// The draws that are written, and where the chain was then.
    written: ChainRecord<()>,
    rejections: ChainRejections,
    /// The evaluations, and the time, of earlier runs.
    before: Option<(Evaluations, Duration)>,
    /// The positions of a block, one after the other, and each of their statistics.
    positions: Vec<f64>,
    statistics: Vec<Vec<f64>>,
    /// Whether blocks of a store wait for the disk, the draws that do so far, and when this block began.
    is_synced: bool,
    synced: usize,
    block_began: Instant,
    kernel: PhantomData<K>,
}

impl<'a, K: Kernel> SiteSink<'a, K> {
    /// The sink of the chain in this row. `before` is what an earlier run of it has left.
    pub(super) fn new(
        output: &'a RunOutput,
        target: Option<&'a EssTarget>,
        row: usize,
        density: &'a ModelDensity<&'a AnySyncModel<'a>>,
        values: SitesAt,
        before: Option<ChainRecord<()>>,
    ) -> Self {
        let earlier = before.as_ref().map(|record| (record.evaluations, record.elapsed));
        let written = before.unwrap_or_default();
        Self {
            output,
            target,
            row,
            values,
            rejections: written.rejections.clone(),
            is_synced: false,
            synced: written.draws,
            block_began: Instant::now(),
            written,
            before: earlier,
            positions: Vec::with_capacity(output.manifest.block.saturating_mul(density.layout().dim())),
            density,
            statistics: K::COLUMNS.iter().map(|_| Vec::with_capacity(output.manifest.block)).collect(),
            kernel: PhantomData,
        }
    }

    fn waiting(&self) -> usize {
        self.positions.len() / self.density.layout().dim()
    }

    fn record<S>(&self, state: Option<S>) -> ChainRecord<S> {
        let ChainRecord { draws, elapsed, evaluations, ref rejections, .. } = self.written;
        let adapted = self.written.adapted.clone();
        ChainRecord { draws, elapsed, evaluations, rejections: rejections.clone(), adapted, error: None, state }
    }
}

impl<K: Kernel> DrawSink<K> for SiteSink<'_, K> {
    fn push(&mut self, position: &[f64], statistics: &K::Statistics, failed_step: Option<FailedStep>) -> Result<()> {
        if self.positions.is_empty() {
            self.block_began = Instant::now();
        }
        self.positions.extend_from_slice(position);
        for (values, column) in self.statistics.iter_mut().zip(K::COLUMNS) {
            values.push(column.value(statistics));
        }
        if let Some(step) = failed_step {
            // A parameter that has overflowed tells of a step that was too long.
            let invalid = |end: &[f64]| self.density.invalid_parameter_at(end).filter(|error| !is_overflow(error));
            self.rejections.add(step.is_finite(), || invalid(&step.end));
        }
        Ok(())
    }

    fn is_full(&self) -> bool {
        (self.written.draws + self.waiting()).is_multiple_of(self.output.manifest.block)
    }

    fn end_block(&mut self, chain: &ChainSoFar<'_, K>) -> Result<()> {
        let draws = self.waiting();
        if draws == 0 {
            return Ok(());
        }
        let columns = self.values.at(self.density, &self.positions)?;
        let sites = columns.into_values(self.output.manifest.sites.iter().map(|site| (&*site.name, &*site.shape)))?;
        self.output.write(self.row, self.written.draws, &sites, &self.statistics)?;
        self.positions.clear();
        self.statistics.iter_mut().for_each(Vec::clear);

        self.written.draws += draws;
        if self.written.adapted.is_none() {
            // After the warm-up they stay. A state that is no JSON is one that files cannot have.
            self.written.adapted = serde_json::to_value(chain.state().kernel).ok().map(Arc::new);
        }
        self.written.rejections = self.rejections.clone();
        (self.written.evaluations, self.written.elapsed) = match self.before {
            None => (chain.evaluations, chain.elapsed),
            // To find its place again took an evaluation, which a run without a stop does not have.
            Some((evaluations, elapsed)) => {
                (evaluations + (chain.evaluations - chain.warmup_evaluations), elapsed + chain.elapsed)
            }
        };
        if let Some(files) = self.output.store() {
            let is_slow = || self.is_synced || self.block_began.elapsed() >= WORTH_SYNCING;
            self.is_synced = self.output.manifest.sync.unwrap_or_else(is_slow);
            if self.is_synced {
                files.sync(self.row, self.synced..self.written.draws)?;
                self.synced = self.written.draws;
            }
            // Last: it says that the block is complete.
            let state: ChainState<K::State> = chain.state();
            files.write_state(self.output.manifest.chain_ids[self.row], &self.record(Some(state)), self.is_synced)?;
        }
        self.output.chains()[self.row] = Some(self.record(None));
        self.target.map_or(Ok(()), |target| target.report(self.output, self.row, Some(self.written.draws)))
    }
}
