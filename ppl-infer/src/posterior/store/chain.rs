//! Where a chain of a run is, as its store says.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::{ChainRejections, FailedChain};
use super::{Outcome, StoreFiles, balanced};
use crate::{Evaluations, Result};

/// A chain after its last complete block, or at its end. `S` is the state from which it goes on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ChainRecord<S> {
    /// The number of draws that the store has.
    pub(crate) draws: usize,
    /// The time that it has taken so far.
    pub(crate) elapsed: Duration,
    pub(crate) evaluations: Evaluations,
    pub(crate) rejections: ChainRejections,
    /// The parameters that the warm-up has adapted. On the disk they are a part of the state.
    #[serde(skip)]
    pub(crate) adapted: Option<Arc<Value>>,
    /// The error that ended it.
    pub(crate) error: Option<String>,
    /// None of a chain that failed before its first block.
    pub(crate) state: Option<S>,
}

impl<S> Default for ChainRecord<S> {
    /// A chain without draws.
    fn default() -> Self {
        let (elapsed, evaluations, rejections) = Default::default();
        Self { draws: 0, elapsed, evaluations, rejections, adapted: None, error: None, state: None }
    }
}

impl<S> ChainRecord<S> {
    /// The same without the state.
    pub(crate) fn without_state(&self) -> ChainRecord<()> {
        ChainRecord {
            draws: self.draws,
            elapsed: self.elapsed,
            evaluations: self.evaluations,
            rejections: self.rejections.clone(),
            adapted: self.adapted.clone(),
            error: None,
            state: None,
        }
    }
}

impl StoreFiles {
    /// The outcome of the run; of one that goes on, or was killed, that of the blocks which are complete.
    ///
    /// # Errors
    /// [`FileError::Read`](crate::error::FileError::Read).
    pub(crate) fn outcome(&self) -> Result<Outcome> {
        match &self.manifest.outcome {
            Some(outcome) => Ok(outcome.clone()),
            None => {
                let chains = self.manifest.chain_ids.iter();
                let records = chains.map(|&chain| self.read_record(chain)).collect::<Result<Vec<_>>>()?;
                Ok(Outcome::of_chains(&self.manifest.chain_ids, &records, None))
            }
        }
    }
}

impl StoreFiles {
    /// The record of a chain of any sampler.
    fn read_record(&self, chain: usize) -> Result<Option<ChainRecord<AnyState>>> {
        let record: Option<ChainRecord<AnyState>> = self.read_state(chain)?;
        Ok(record.map(|mut record| {
            record.adapted = record.state.as_mut().map(|state| Arc::new(state.kernel.take()));
            record
        }))
    }
}

/// The state of a chain, as far as it is that of every sampler.
#[derive(Deserialize)]
struct AnyState {
    kernel: Value,
}

impl Outcome {
    /// The outcome of chains: as many draws of each as the shortest that counts has. `None` is a chain without draws.
    ///
    /// `draws` is the number of draws after which the run was to stop, if fewer.
    pub(crate) fn of_chains<S>(chain_ids: &[usize], records: &[Option<ChainRecord<S>>], draws: Option<usize>) -> Self {
        let length = |record: &Option<ChainRecord<S>>| match record {
            Some(ChainRecord { draws: own, error: None, .. }) => draws.map_or(*own, |draws| draws.min(*own)),
            _ => 0,
        };
        let lengths: Vec<usize> = records.iter().map(length).collect();
        let (draws, rows) = balanced(&lengths);
        let left_out = |row: usize| match (&records[row], lengths[row]) {
            (Some(ChainRecord { error: Some(message), .. }), _) => message.clone(),
            (_, 0) => "stopped before its first draw".to_owned(),
            (_, own) => format!("stopped after {own} draws, where others have {draws}"),
        };
        let failed_chains = (0..records.len())
            .filter(|row| !rows.contains(row))
            .map(|row| FailedChain { chain: chain_ids[row], message: left_out(row) })
            .collect();
        let counted = || rows.iter().filter_map(|&row| records[row].as_ref());
        let adapted =
            |record: &Option<ChainRecord<S>>| record.as_ref().and_then(|own| own.adapted.clone()).unwrap_or_default();
        let evaluations = counted().fold(Evaluations::default(), |sum, own| sum + own.evaluations);
        Self {
            draws,
            rejections: ChainRejections::total(counted().map(|record| &record.rejections)),
            prior_violation: None,
            gradient_evaluations: evaluations.gradients,
            value_evaluations: evaluations.values,
            sampling_time: counted().map(|record| record.elapsed).max().unwrap_or_default(),
            failed_chains,
            adapted: rows.iter().map(|&row| adapted(&records[row])).collect(),
            rows,
        }
    }
}
