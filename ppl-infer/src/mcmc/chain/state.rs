//! Where a chain comes from: a start, or the state in which it was stopped.

use serde::{Deserialize, Serialize};

use crate::density::is_as_stored;
use crate::error::ChainError;
use crate::settings::require;
use crate::{InitialPosition, LogDensity, Result};

/// Everything that a chain after its warm-up needs to go on, except the settings and the density.
///
/// `S` is the [state of the kernel](super::Kernel::State). A chain that is resumed from here, with the same seed and
/// settings, gives the draws that it would have given without the stop, bit for bit.
///
/// # Errors
/// With another density the chain fails, by [`ChainError::ChangedDensity`]. To go on with one on purpose, as after
/// further data have come, set [`log_density`](Self::log_density) to `None`: the chain begins where it was, with what it has
/// learned, and its draws are those of the new density after some iterations.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::mcmc::chain::{ChainState, Start, sample_chains, sample_chains_from};
/// use ppl_infer::mcmc::random_walk::Proposal;
/// use ppl_infer::{RandomWalk, density::ModelDensity};
///
/// #[model]
/// fn mean(y: &[f64]) {
///     let mu = sample!("mu", Normal::new(0.0, 10.0));
///     plate!("i", y.len(), { observe!("y", Normal::new(mu, 1.0), y); });
/// }
///
/// let walk = RandomWalk::new().chains(2).warmup(50).draws(30).progress(false);
/// let mut states = sample_chains(&walk, |_| ModelDensity::new(mean(&[1.0, 2.0])))?.end();
/// assert_eq!((states[1].chain, states[1].iteration), (1, 80));
/// // In a file until the next run.
/// let text = serde_json::to_string(&states).unwrap();
/// assert_eq!(serde_json::from_str::<Vec<ChainState<Proposal>>>(&text).unwrap(), states);
///
/// // Further data have come.
/// let density = |_| ModelDensity::new(mean(&[1.0, 2.0, 6.0]));
/// let error = sample_chains_from(&walk, density, &Start::Resume(&states), &()).unwrap_err();
/// assert!(error.to_string().contains("the data or the model have changed"));
/// states.iter_mut().for_each(|state| state.log_density = None);
/// assert_eq!(sample_chains_from(&walk, density, &Start::Resume(&states), &())?.chains.len(), 2);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChainState<S> {
    /// The index of the chain, part of the key of its random numbers.
    pub chain: usize,
    /// The number of iterations so far, warm-up included; the stream number of the next one.
    pub iteration: u64,
    /// The current position on the unconstrained space.
    pub position: Vec<f64>,
    /// The log density at the position, by which a chain that goes on sees that the density is the same; `None` if it need
    /// not be.
    #[serde(default)]
    pub log_density: Option<f64>,
    /// The parameters that the warm-up has adapted.
    pub kernel: S,
}

impl<S> ChainState<S> {
    /// An error unless the index is that of a chain and the position finite; the rest is checked by the kernel, and by the
    /// chain that goes on from here.
    pub(super) fn validate(&self) -> Result<()> {
        require("chain", "less than 2^32", self.chain, u32::try_from(self.chain).is_ok())?;
        match self.position.iter().position(|x| !x.is_finite()) {
            Some(index) => require("position", "finite", format!("{} at [{index}]", self.position[index]), false),
            None => Ok(()),
        }
    }

    /// An error unless `density`, which gives `now` at the position, is the one that the chain came from.
    ///
    /// It may differ by rounding: on another machine, or with other threads, sums are taken in another order.
    pub(crate) fn check_density(&self, now: f64, density: &mut dyn LogDensity, help: &'static str) -> Result<()> {
        match self.log_density {
            Some(stored) if !is_as_stored(stored, now, &self.position, density)? => {
                Err(ChainError::ChangedDensity { chain: self.chain, stored, now, help }.into())
            }
            _ => Ok(()),
        }
    }
}

/// Where the chains of a run come from.
///
/// # Example
/// ```
/// use ndarray::s;
/// use ppl::prelude::*;
/// use ppl_infer::mcmc::chain::{Start, sample_chains_from};
/// use ppl_infer::{Init, RandomWalk, density::ModelDensity};
///
/// #[model]
/// fn normal() {
///     sample!("x", Normal::new(0.0, 1.0));
/// }
///
/// let density = |_| ModelDensity::new(normal());
/// let walk = RandomWalk::new().chains(2).warmup(50).progress(false);
/// let from_three = Start::At(&Init::Value(vec![3.0]));
/// let first = sample_chains_from(&walk.clone().draws(30), density, &from_three, &())?;
/// let second = sample_chains_from(&walk.clone().draws(20), density, &Start::Resume(&first.end()), &())?;
/// // The draws of one run of 50.
/// let whole = sample_chains_from(&walk.draws(50), density, &from_three, &())?;
/// assert_eq!(whole.chains[1].draws.slice(s![..30, ..]), first.chains[1].draws);
/// assert_eq!(whole.chains[1].draws.slice(s![30.., ..]), second.chains[1].draws);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[expect(missing_debug_implementations, reason = "holds a trait object that need not be printable")]
pub enum Start<'a, S> {
    /// New chains, which begin with the warm-up.
    At(&'a (dyn InitialPosition + Sync)),
    /// The chains of an earlier run, which go on where they were, without warm-up.
    Resume(&'a [ChainState<S>]),
}
