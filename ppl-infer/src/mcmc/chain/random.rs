//! The random streams of a chain.
//!
//! A stream is a function of the seed, the chain, the purpose and the iteration, and of nothing else: not of the number
//! of threads, of other chains, or of how many numbers an earlier iteration used. That makes every chain reproducible by
//! itself and lets a run stop and resume at any iteration without a change of a single bit.

use ppl::random::Rng;

/// What a stream is for. Different purposes have unrelated streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The `n`-th attempt at a start.
    Start(u64),
    /// The search for a first step size.
    StepSize,
    /// One transition of the chain.
    Transition,
}

impl Purpose {
    fn name_and_occurrence(self) -> (&'static str, u64) {
        match self {
            Self::Start(attempt) => ("chain: start", attempt),
            Self::StepSize => ("chain: step size", 0),
            Self::Transition => ("chain: transition", 0),
        }
    }
}

/// The key of all streams of one chain: that of the language, by purpose instead of by site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key(ppl::random::Key);

impl Key {
    pub(crate) fn new(seed: u64, chain: usize) -> Self {
        Self(ppl::random::Key::new(seed).chain(chain as u64))
    }

    /// The stream for a purpose at an iteration. A purpose's name holds a space, which no site's can.
    pub(crate) fn rng(self, purpose: Purpose, iteration: u64) -> Rng {
        let (name, occurrence) = purpose.name_and_occurrence();
        self.0.draw(iteration).rng(name, occurrence)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use rand::RngExt;

    use super::*;

    #[test]
    fn every_stream_is_different_from_every_other_and_equal_to_itself() {
        let purposes = [Purpose::Start(0), Purpose::Start(1), Purpose::StepSize, Purpose::Transition];
        let mut seen = HashSet::new();
        for seed in 0..4 {
            for chain in 0..4 {
                for purpose in purposes {
                    for iteration in 0..4 {
                        let first: u64 = Key::new(seed, chain).rng(purpose, iteration).random();
                        assert_eq!(first, Key::new(seed, chain).rng(purpose, iteration).random::<u64>());
                        assert!(seen.insert(first), "{seed} {chain} {purpose:?} {iteration}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_stream_is_the_documented_one() {
        // Computed from the definition of ChaCha8, independently of this crate and of `rand_chacha`.
        let mut rng = Key::new(1, 2).rng(Purpose::Transition, 3);
        assert_eq!(rng.random::<u64>(), 6_901_634_282_717_431_438);
        assert_eq!(rng.random::<f64>(), 0.2683019045038397);
    }
}
