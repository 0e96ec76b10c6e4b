//! `Subsampler`: some members of many, without replacement.

use rand::RngExt;

use super::Rng;

/// Draws members without replacement, by a partial Fisher–Yates shuffle.
#[derive(Clone, Debug)]
pub(crate) struct Subsampler {
    /// All members in order, between two draws.
    members: Vec<usize>,
    /// With which each of the first places was exchanged.
    exchanged: Vec<usize>,
}

impl Subsampler {
    pub(crate) fn new(size: usize) -> Self {
        Self { members: (0..size).collect(), exchanged: Vec::new() }
    }

    pub(crate) fn size(&self) -> usize {
        self.members.len()
    }

    /// Draws so many members, and hands each on with its place; all of them come in order, without a random number.
    pub(crate) fn draw(&mut self, count: usize, rng: &mut Rng, mut each: impl FnMut(usize, usize)) {
        let size = self.members.len();
        self.exchanged.clear();
        if count < size {
            for place in 0..count {
                // Ranges of u64, so that 32-bit platforms draw the same members.
                let other = rng.random_range(place as u64..size as u64) as usize;
                self.members.swap(place, other);
                self.exchanged.push(other);
            }
        }
        self.members[..count].iter().enumerate().for_each(|(place, &member)| each(place, member));
        // Back in order, in as many steps as the draw took.
        for (place, &other) in self.exchanged.iter().enumerate().rev() {
            self.members.swap(place, other);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Key;

    /// The members that a draw gives, one after the other.
    fn members(subsampler: &mut Subsampler, count: usize, seed: u64) -> Vec<usize> {
        let mut drawn = Vec::new();
        subsampler.draw(count, &mut Key::new(seed).rng("members", 0), |place, member| {
            assert_eq!(place, drawn.len());
            drawn.push(member);
        });
        drawn
    }

    #[test]
    fn subsamples_do_not_depend_on_those_before() {
        let mut subsampler = Subsampler::new(30);
        for seed in 0..50 {
            let drawn = members(&mut subsampler, 7, seed);
            assert_eq!(drawn, members(&mut Subsampler::new(30), 7, seed));
            let mut sorted = drawn;
            sorted.sort_unstable();
            sorted.dedup();
            assert_eq!(sorted.len(), 7);
        }
        assert_eq!(members(&mut subsampler, 30, 1), (0..30).collect::<Vec<_>>());
    }
}
