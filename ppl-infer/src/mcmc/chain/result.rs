//! What a run of chains returns.

use std::{collections::BTreeMap, time::Duration};

use ndarray::Array2;

use super::{ChainState, Divergence, DrawStatistics};
use crate::error::ChainFailure;

/// The draws of one chain, on the unconstrained space.
#[derive(Clone, Debug)]
pub struct Chain {
    /// The index of the chain.
    pub chain: usize,
    /// The draws: a row for each draw, a column for each coordinate.
    pub draws: Array2<f64>,
    /// The statistics of each draw.
    pub statistics: Vec<DrawStatistics>,
    /// The draws of the warm-up; no rows unless they were asked for.
    pub warmup_draws: Array2<f64>,
    /// The statistics of the warm-up; empty unless they were asked for.
    pub warmup_statistics: Vec<DrawStatistics>,
    /// The first hundred divergences after the warm-up, by the index of the draw.
    pub divergences: BTreeMap<usize, Divergence>,
    /// The number of gradients computed until the end of the warm-up.
    pub warmup_gradient_evaluations: u64,
    /// The number of gradients computed after the warm-up.
    pub gradient_evaluations: u64,
    /// The wall time until the end of the warm-up.
    pub warmup_time: Duration,
    /// The wall time after the warm-up.
    pub sampling_time: Duration,
    /// The state to resume from; it holds the adapted step size and mass matrix.
    pub end: ChainState,
}

/// The chains that succeeded, and why the others did not.
#[derive(Debug)]
pub struct ChainsResult {
    /// The chains that succeeded, at least one, in the order of their indices.
    pub chains: Vec<Chain>,
    /// The chains that failed, in the order of their indices.
    pub failures: Vec<ChainFailure>,
}

impl ChainsResult {
    /// The states to resume the chains that succeeded from.
    pub fn end(&self) -> Vec<ChainState> {
        self.chains.iter().map(|chain| chain.end.clone()).collect()
    }

    /// The number of draws after the warm-up whose trajectory diverged, over all chains.
    pub fn divergences(&self) -> usize {
        self.chains.iter().flat_map(|chain| &chain.statistics).filter(|statistics| statistics.diverging).count()
    }
}
