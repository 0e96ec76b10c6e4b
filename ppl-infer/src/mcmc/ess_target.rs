//! `EssTarget`: stopping a run at an effective sample size.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::output::RunOutput;
use crate::Result;

/// Stops the chains of a run at the first checkpoint at which the draws have an effective sample size.
///
/// The chain that comes last to a checkpoint looks at the draws up to there, of all chains that have come so far without
/// an error. The checkpoints follow from the draws alone, so that the machine and its threads change nothing: chains that
/// are ahead are cut to the checkpoint at the end.
#[derive(Debug)]
pub(super) struct EssTarget {
    target: f64,
    state: Mutex<State>,
    /// The draws after which there are enough.
    enough: AtomicUsize,
}

#[derive(Debug)]
struct State {
    /// The draws of each chain, and whether it goes on.
    chains: Vec<(usize, bool)>,
    checkpoint: usize,
}

impl EssTarget {
    /// For so many chains, of which each has some draws already.
    pub(super) fn new(target: f64, draws: Vec<usize>, block: usize) -> Self {
        let chains = draws.into_iter().map(|draws| (draws, true)).collect();
        Self { target, state: Mutex::new(State { chains, checkpoint: block }), enough: AtomicUsize::new(usize::MAX) }
    }

    /// The draws after which there are enough: [`usize::MAX`] until that is known.
    pub(super) fn enough(&self) -> &AtomicUsize {
        &self.enough
    }

    /// The same; none if there never were.
    pub(super) fn reached(&self) -> Option<usize> {
        Some(self.enough.load(Ordering::Relaxed)).filter(|&draws| draws < usize::MAX)
    }

    /// A chain has written a block, or ended: with an error, if `draws` is none.
    ///
    /// # Errors
    /// If the draws cannot be read.
    pub(super) fn report(&self, output: &RunOutput, row: usize, draws: Option<usize>) -> Result<()> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match draws {
            Some(draws) => state.chains[row].0 = draws,
            None => state.chains[row].1 = false,
        }
        while self.enough.load(Ordering::Relaxed) == usize::MAX && state.checkpoint <= output.manifest.draws {
            let State { chains, checkpoint } = &mut *state;
            if chains.iter().any(|&(draws, goes_on)| goes_on && draws < *checkpoint) {
                break;
            }
            // A chain that failed later was there too: when it failed must not matter.
            let rows: Vec<usize> = (0..chains.len()).filter(|&row| chains[row].0 >= *checkpoint).collect();
            if rows.is_empty() {
                break;
            }
            let ess = output.smallest_ess(&rows, *checkpoint)?;
            if ess >= self.target {
                self.enough.store(*checkpoint, Ordering::Relaxed);
            } else {
                *checkpoint = next_checkpoint(*checkpoint, ess / self.target, output.manifest.block);
            }
        }
        Ok(())
    }
}

/// The number of draws at which the whole of the target is to be expected, if `share` of it has been reached: at most twice
/// as many, in whole blocks.
fn next_checkpoint(draws: usize, share: f64, block: usize) -> usize {
    let expected = draws as f64 / share.clamp(0.5, 1.0);
    (expected as usize).div_ceil(block).max(draws / block + 1) * block
}

#[cfg(test)]
mod tests {
    use super::next_checkpoint;

    #[test]
    fn checkpoints_come_nearer_to_the_target() {
        assert_eq!(next_checkpoint(100, 0.01, 50), 200);
        assert_eq!(next_checkpoint(200, 0.8, 50), 250);
        assert_eq!(next_checkpoint(250, 0.99, 50), 300);
        assert_eq!(next_checkpoint(250, f64::NAN, 50), 300);
    }
}
