//! Where a chain comes from: a start, or the state in which it was stopped.

use serde::{Deserialize, Serialize};

use crate::settings::require;
use crate::{InitialPosition, Result};

/// Everything that a chain after its warm-up needs to go on, except the settings and the density.
///
/// `S` is the [state of the kernel](super::Kernel::State). A chain that is resumed from here, with the same seed and
/// settings, gives the draws that it would have given without the stop, bit for bit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChainState<S> {
    /// The index of the chain, part of the key of its random numbers.
    pub chain: usize,
    /// The number of iterations so far, warm-up included; the stream number of the next one.
    pub iteration: u64,
    /// The current position on the unconstrained space.
    pub position: Vec<f64>,
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
}

/// Where the chains of a run come from.
#[expect(missing_debug_implementations, reason = "holds a trait object that need not be printable")]
pub enum Start<'a, S> {
    /// New chains, which begin with the warm-up.
    At(&'a (dyn InitialPosition + Sync)),
    /// The chains of an earlier run, which go on where they were, without warm-up.
    Resume(&'a [ChainState<S>]),
}
