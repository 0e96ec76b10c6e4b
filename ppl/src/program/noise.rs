//! `Noise`: random numbers that a recorded function draws, and draws anew at each evaluation.

use rand::SeedableRng;

use super::memory::{LANES, Line};
use crate::random::Rng;

/// What draws numbers, one after the other; they depend on nothing else.
pub(crate) type Draw = fn(&mut Rng, &mut [f64]);

/// Numbers that were drawn one after the other.
#[derive(Clone, Debug)]
struct Block {
    /// Its generator, and whether it is the first that draws from it.
    generator: usize,
    is_first: bool,
    fill: Draw,
    count: usize,
}

/// The numbers that were drawn while a function was recorded, and by which generators.
#[derive(Clone, Debug, Default)]
pub(crate) struct Noise {
    generators: Vec<Rng>,
    blocks: Vec<Block>,
    /// Where the last generator was left.
    end: u128,
    count: usize,
    /// Where numbers go that nothing needs.
    unused: Vec<f64>,
}

impl Noise {
    /// Notes numbers that a generator drew on its way from the one state to the other; the place of the first. None if
    /// others were drawn from it before, which would not be drawn anew.
    pub(crate) fn push(&mut self, before: &Rng, after: &Rng, fill: Draw, count: usize) -> Option<usize> {
        let is_first = before.get_word_pos() == 0;
        if is_first {
            self.generators.push(before.clone());
        } else {
            let last = self.generators.last()?;
            let is_same = (last.get_seed(), last.get_stream()) == (before.get_seed(), before.get_stream());
            if !is_same || self.end != before.get_word_pos() {
                return None;
            }
        }
        self.end = after.get_word_pos();
        self.blocks.push(Block { generator: self.generators.len() - 1, is_first, fill, count });
        self.count += count;
        Some(self.count - count)
    }

    /// Whether all that a generator drew has been noted.
    pub(crate) fn is_known(&self, after: &Rng) -> bool {
        after.get_word_pos() == 0
            || (self.end == after.get_word_pos()
                && self.generators.last().is_some_and(|last| last.get_seed() == after.get_seed()))
    }

    /// So many times as many numbers of each kind.
    pub(crate) fn times(mut self, times: usize) -> Self {
        self.blocks.iter_mut().for_each(|block| block.count *= times);
        self.count *= times;
        self
    }

    /// The draw of the numbers that were drawn first.
    pub(crate) fn recorded_draw(&self) -> Option<u64> {
        self.generators.first().map(Rng::get_stream)
    }

    /// How many numbers each time that some were drawn.
    pub(super) fn counts(&self) -> impl Iterator<Item = usize> {
        self.blocks.iter().map(|block| block.count)
    }

    /// The numbers of another draw, to the places that `lines` has for each time that some were drawn; what has none is
    /// not needed, but drawn all the same.
    pub(super) fn draw(&mut self, draw: u64, memory: &mut [Line], lines: &[Option<u32>]) {
        for (block, line) in self.blocks.iter().zip(lines) {
            let generator = &mut self.generators[block.generator];
            if block.is_first {
                // A new one has computed nothing yet that would have to be computed again.
                *generator = Rng::from_seed(generator.get_seed());
                generator.set_stream(draw);
            }
            match line {
                Some(line) => {
                    let elements = memory[*line as usize..].as_flattened_mut();
                    (block.fill)(generator, &mut elements[..block.count]);
                    if block.count == 1 {
                        let number = elements[0];
                        elements[..LANES].fill(number);
                    }
                }
                None => {
                    self.unused.resize(block.count, 0.0);
                    (block.fill)(generator, &mut self.unused);
                }
            }
        }
    }
}
