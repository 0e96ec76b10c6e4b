//! What a run of chains returns.

use std::{collections::BTreeMap, time::Duration};

use ndarray::Array2;

use super::{ChainState, FailedStep, Kernel};
use crate::{Evaluations, error::ChainFailure};

/// The draws of one chain, on the unconstrained space.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::mcmc::chain::sample_chains;
/// use ppl_infer::{RandomWalk, density::ModelDensity};
///
/// #[model]
/// fn exponential() {
///     sample!("x", Exponential::new(1.0));
/// }
///
/// let walk = RandomWalk::new().chains(2).warmup(50).draws(200).keep_warmup(true).progress(false);
/// let result = sample_chains(&walk, |_| ModelDensity::new(exponential()))?;
/// let chain = &result.chains[1];
/// assert_eq!((chain.draws.dim(), chain.statistics.len(), chain.warmup_draws.dim()), ((200, 1), 200, (50, 1)));
/// // A draw is u = ln x, of the log density u − exp(u).
/// let u = chain.draws[[7, 0]];
/// assert!((chain.statistics[7].lp - (u - u.exp())).abs() < 1e-14);
/// // A random walk evaluates the density once an iteration, and never its gradient.
/// assert_eq!((chain.evaluations.values, chain.evaluations.gradients), (200, 0));
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Chain<K: Kernel> {
    /// The index of the chain.
    pub chain: usize,
    /// The draws: a row for each draw, a column for each coordinate.
    pub draws: Array2<f64>,
    /// The statistics of each draw.
    pub statistics: Vec<K::Statistics>,
    /// The draws of the warm-up; no rows unless they were asked for.
    pub warmup_draws: Array2<f64>,
    /// The statistics of the warm-up; empty unless they were asked for.
    pub warmup_statistics: Vec<K::Statistics>,
    /// The failed steps of the first hundred draws after the warm-up that had one, by the index of the draw.
    pub failed_steps: BTreeMap<usize, FailedStep>,
    /// The number of draws after the warm-up with a failed step beyond which the log density is not finite.
    pub non_finite_steps: usize,
    /// The evaluations of the density until the end of the warm-up.
    pub warmup_evaluations: Evaluations,
    /// The evaluations of the density after the warm-up.
    pub evaluations: Evaluations,
    /// The wall time until the end of the warm-up.
    pub warmup_time: Duration,
    /// The wall time after the warm-up.
    pub sampling_time: Duration,
    /// The state to resume from; it holds the parameters that the warm-up has adapted.
    pub end: ChainState<K::State>,
}

/// The chains that succeeded, and why the others did not.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::mcmc::chain::sample_chains;
/// use ppl_infer::{RandomWalk, density::ModelDensity};
///
/// #[model]
/// fn normal(scale: f64) {
///     sample!("x", Normal::new(0.0, scale));
/// }
///
/// let walk = RandomWalk::new().chains(3).warmup(50).draws(30).progress(false);
/// let result = sample_chains(&walk, |chain| ModelDensity::new(normal([1.0, -1.0, 2.0][chain])))?;
/// assert_eq!(result.chains.iter().map(|chain| chain.chain).collect::<Vec<_>>(), [0, 2]);
/// assert_eq!(
///     result.failures[0].to_string(),
///     "chain 1: site `x`: Normal: `scale` must be positive, got -1"
/// );
/// assert_eq!(result.end().iter().map(|state| state.iteration).collect::<Vec<_>>(), [80, 80]);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Debug)]
pub struct ChainsResult<K: Kernel> {
    /// The chains that succeeded, at least one, in the order of their indices.
    pub chains: Vec<Chain<K>>,
    /// The chains that failed, in the order of their indices.
    pub failures: Vec<ChainFailure>,
}

impl<K: Kernel> ChainsResult<K> {
    /// The states to resume the chains that succeeded from.
    pub fn end(&self) -> Vec<ChainState<K::State>> {
        self.chains.iter().map(|chain| chain.end.clone()).collect()
    }
}
