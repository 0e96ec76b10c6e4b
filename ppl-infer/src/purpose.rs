//! The random streams of a method, one for each purpose.
//!
//! A stream is a function of the key (seed, chain, iteration) and of the purpose, and of nothing else: not of the number
//! of threads, of other chains, or of how many numbers an earlier iteration used. That makes every chain reproducible by
//! itself and lets a run stop and resume at any iteration without a change of a single bit.

use ppl::random::{Key, Rng};

/// The purpose of a stream. Different purposes have unrelated streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The `n`-th attempt at a start.
    Start(u64),
    /// The adaptation of a kernel after an iteration, as the search for a first step size.
    Adaptation,
    /// One transition of the chain.
    Transition,
}

impl Purpose {
    /// The stream for this purpose. Its name holds a space, which no site's can.
    pub(crate) fn rng(self, key: Key) -> Rng {
        let (name, occurrence) = match self {
            Self::Start(attempt) => ("chain: start", attempt),
            Self::Adaptation => ("chain: step size", 0),
            Self::Transition => ("chain: transition", 0),
        };
        key.rng(name, occurrence)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use rand::RngExt;

    use super::*;

    #[test]
    fn every_stream_is_different_from_every_other_and_equal_to_itself() {
        let purposes = [Purpose::Start(0), Purpose::Start(1), Purpose::Adaptation, Purpose::Transition];
        let mut seen = HashSet::new();
        for seed in 0..4 {
            for chain in 0..4 {
                for purpose in purposes {
                    for iteration in 0..4 {
                        let key = Key::new(seed).chain(chain).draw(iteration);
                        let first: u64 = purpose.rng(key).random();
                        assert_eq!(first, purpose.rng(key).random::<u64>());
                        assert!(seen.insert(first), "{seed} {chain} {purpose:?} {iteration}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_stream_is_the_documented_one() {
        // Computed from the definition of ChaCha8, independently of this crate and of `rand_chacha`.
        let mut rng = Purpose::Transition.rng(Key::new(1).chain(2).draw(3));
        assert_eq!(rng.random::<u64>(), 6_901_634_282_717_431_438);
        assert_eq!(rng.random::<f64>(), 0.2683019045038397);
    }
}
