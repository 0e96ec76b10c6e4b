//! Where the draws of a chain go.

use std::{collections::BTreeMap, time::Duration};

use ndarray::Array2;

use super::{ChainState, FailedStep, Kernel};
use crate::error::DensityError;
use crate::settings::reserve;
use crate::{Evaluations, Result};

/// The number of failed steps whose positions are kept.
const KEPT_FAILED_STEPS: usize = 100;

/// Takes the draws of a chain as they come, in blocks of its own length.
pub(crate) trait DrawSink<K: Kernel> {
    /// Takes a draw, and the step that failed on the way to it, if one did.
    ///
    /// # Errors
    /// End the chain.
    fn push(&mut self, position: &[f64], statistics: &K::Statistics, failed_step: Option<FailedStep>) -> Result<()>;

    /// Whether a block is complete, and [`end_block`](Self::end_block) is due.
    fn is_full(&self) -> bool {
        false
    }

    /// Ends a block, or the last part of one at the end of the chain.
    ///
    /// # Errors
    /// End the chain.
    fn end_block(&mut self, chain: &ChainSoFar<'_, K>) -> Result<()> {
        let _ = chain;
        Ok(())
    }
}

/// A chain between two draws.
pub(crate) struct ChainSoFar<'a, K> {
    pub(super) chain: usize,
    pub(super) iteration: u64,
    pub(super) kernel: &'a K,
    /// The evaluations of the density in this run, and those before its first draw.
    pub(crate) evaluations: Evaluations,
    pub(crate) warmup_evaluations: Evaluations,
    /// The time since the chain began.
    pub(crate) elapsed: Duration,
}

impl<K: Kernel> ChainSoFar<'_, K> {
    /// The state from which the chain goes on.
    pub(crate) fn state(&self) -> ChainState<K::State> {
        ChainState {
            chain: self.chain,
            iteration: self.iteration,
            position: self.kernel.position().to_vec(),
            log_density: Some(self.kernel.log_density()),
            kernel: self.kernel.state(),
        }
    }
}

/// Keeps all draws and their statistics on the unconstrained space.
pub(super) struct Record<T> {
    dim: usize,
    /// The positions, one after the other.
    draws: Vec<f64>,
    pub(super) statistics: Vec<T>,
    pub(super) failed_steps: FailedSteps,
}

impl<T> Record<T> {
    /// An empty record with the capacity for `draws`, or an error that names the setting.
    pub(super) fn new(parameter: &'static str, draws: usize, dim: usize) -> Result<Self> {
        let scalars = draws.saturating_mul(dim);
        let (draws, statistics) = (reserve(parameter, scalars)?, reserve(parameter, draws)?);
        Ok(Self { dim, draws, statistics, failed_steps: FailedSteps::default() })
    }

    pub(super) fn push_draw(&mut self, position: &[f64], statistics: T) {
        self.draws.extend_from_slice(position);
        self.statistics.push(statistics);
    }

    pub(super) fn finish(self) -> Result<(Array2<f64>, Vec<T>)> {
        let shape = (self.statistics.len(), self.dim);
        let got = self.draws.len() / shape.0.max(1);
        let mismatch =
            |_| DensityError::DimensionMismatch { what: "the position of the kernel", expected: self.dim, got };
        Ok((Array2::from_shape_vec(shape, self.draws).map_err(mismatch)?, self.statistics))
    }
}

impl<K: Kernel> DrawSink<K> for Record<K::Statistics> {
    fn push(&mut self, position: &[f64], statistics: &K::Statistics, failed_step: Option<FailedStep>) -> Result<()> {
        self.failed_steps.push(self.statistics.len(), failed_step);
        self.push_draw(position, *statistics);
        Ok(())
    }
}

/// The first failed steps, and the number of those that left the domain of the density.
#[derive(Default)]
pub(super) struct FailedSteps {
    pub(super) first: BTreeMap<usize, FailedStep>,
    pub(super) non_finite: usize,
}

impl FailedSteps {
    fn push(&mut self, draw: usize, failed_step: Option<FailedStep>) {
        let Some(failed_step) = failed_step else { return };
        self.non_finite += usize::from(!failed_step.is_finite());
        if self.first.len() < KEPT_FAILED_STEPS {
            self.first.insert(draw, failed_step);
        }
    }
}
