//! Random keys: which numbers a site draws depends on what it is, not on when or where it runs.

mod subsampler;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

pub(crate) use self::subsampler::Subsampler;

/// The generator that distributions draw from: ChaCha with eight rounds, the same on every platform.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl::random::Rng;
///
/// /// The mean of two draws: the generator moves on from one to the next.
/// fn mean_of_two(rng: &mut Rng) -> ppl::Result<Tensor> {
///     let normal = Normal::new(0.0, 1.0)?;
///     Ok(0.5 * (normal.sample(rng, &Shape::SCALAR)? + normal.sample(rng, &Shape::SCALAR)?))
/// }
///
/// let mut rng = Key::new(0).rng("x", 0);
/// let first = mean_of_two(&mut rng)?;
/// assert_ne!(mean_of_two(&mut rng)?, first);
/// assert_eq!(mean_of_two(&mut Key::new(0).rng("x", 0))?, first);
/// # Ok::<(), ppl::Error>(())
/// ```
pub type Rng = ChaCha8Rng;

/// Seed, chain and draw: with a site's name and occurrence they determine its random numbers.
///
/// The four words (seed, chain, hash of the name, occurrence) are the key of a ChaCha stream cipher and the draw is
/// its stream number, so that no two of them share numbers: chain 1 of seed 0 is not chain 0 of seed 1, the numbers
/// do not depend on threads or on the width of `usize`, and a site that is added or removed changes no other.
///
/// # Example
/// ```
/// use ppl::random::Key;
/// use rand::RngExt;
///
/// let key = Key::new(0).chain(1);
/// let first: f64 = key.rng("mu", 0).random();
/// assert_eq!(first, key.rng("mu", 0).random());
/// assert_ne!(first, key.rng("tau", 0).random());
/// assert_ne!(first, Key::new(1).chain(0).rng("mu", 0).random());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Key {
    /// The user's seed.
    pub seed: u64,
    /// Number of the chain (or of whatever else runs side by side).
    pub chain: u64,
    /// Number of the draw, particle or step.
    pub draw: u64,
}

impl Key {
    /// The key of chain 0, draw 0 of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed, chain: 0, draw: 0 }
    }

    /// The same seed, another chain.
    #[must_use]
    pub fn chain(self, chain: u64) -> Self {
        Self { chain, ..self }
    }

    /// The same seed and chain, another draw.
    #[must_use]
    pub fn draw(self, draw: u64) -> Self {
        Self { draw, ..self }
    }

    /// The generator of the site `name` at its `occurrence`-th visit in this draw.
    #[must_use]
    pub fn rng(&self, name: &str, occurrence: u64) -> Rng {
        let mut words = [0; 32];
        for (slot, word) in words.chunks_exact_mut(8).zip([self.seed, self.chain, hash(name), occurrence]) {
            slot.copy_from_slice(&word.to_le_bytes());
        }
        let mut rng = Rng::from_seed(words);
        rng.set_stream(self.draw);
        rng
    }
}

/// FNV-1a over 64 bits: fixed for ever, unlike the standard library's hashers.
fn hash(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Numbers that are uniform on [0, 1): those that `rng.random::<f64>()` gives one after the other.
pub(crate) fn fill_uniform(rng: &mut Rng, numbers: &mut [f64]) {
    /// As many as the generator computes at a time.
    const WORDS: usize = 32;
    const BITS: u32 = f64::MANTISSA_DIGITS;
    const SPACING: f64 = 1.0 / (1_u64 << BITS) as f64;

    let mut words = [0_u64; WORDS];
    for numbers in numbers.chunks_mut(WORDS) {
        let words = &mut words[..numbers.len()];
        rng.fill(words);
        for (number, word) in numbers.iter_mut().zip(words) {
            *number = (*word >> (u64::BITS - BITS)) as f64 * SPACING;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_uniform_numbers_are_those_that_are_drawn_one_by_one() {
        for before in 0..5 {
            let (mut one, mut many) = (Key::new(7).rng("x", 0), Key::new(7).rng("x", 0));
            // An odd number of words of 32 bits lies before.
            for _ in 0..before {
                assert_eq!(one.random::<u32>(), many.random::<u32>());
            }
            for size in [1, 31, 32, 33, 100] {
                let mut numbers = vec![f64::NAN; size];
                fill_uniform(&mut many, &mut numbers);
                assert!(numbers.iter().all(|&number| number.to_bits() == one.random::<f64>().to_bits()), "{size}");
            }
            assert_eq!(one.random::<u64>(), many.random::<u64>());
        }
    }

    #[test]
    fn every_part_of_the_key_matters() {
        let draw = |key: Key, name: &str, occurrence| -> u64 { key.rng(name, occurrence).random() };
        let key = Key { seed: 1, chain: 2, draw: 3 };
        let reference = draw(key, "x", 0);
        assert_ne!(reference, draw(Key { seed: 2, ..key }, "x", 0));
        assert_ne!(reference, draw(key.chain(3), "x", 0));
        assert_ne!(reference, draw(key.draw(4), "x", 0));
        assert_ne!(reference, draw(key, "y", 0));
        assert_ne!(reference, draw(key, "x", 1));
    }

    #[test]
    fn fnv1a_has_its_published_values() {
        assert_eq!(hash(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(hash("a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(hash("foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn the_stream_is_stable() {
        // Value stability: a change here changes every user's draws and must be announced in the changelog.
        let words: [u64; 2] = Key::new(42).rng("mu", 0).random();
        assert_eq!(words, [10_744_939_519_772_809_660, 6_514_246_059_770_517_424]);
    }
}
