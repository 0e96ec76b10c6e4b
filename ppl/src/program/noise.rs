//! `Noise`: random numbers that a recorded function draws, and draws anew at each evaluation.

use rand::SeedableRng;

use crate::random::Rng;

/// What draws one number; it depends on nothing else.
pub(crate) type Draw = fn(&mut Rng) -> f64;

/// Numbers that were drawn one after the other.
#[derive(Clone, Debug)]
struct Block {
    /// Its generator, and whether it is the first that draws from it.
    generator: usize,
    is_first: bool,
    one: Draw,
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
}

impl Noise {
    /// Notes numbers that a generator drew on its way from the one state to the other; the place of the first. None if
    /// others were drawn from it before, which would not be drawn anew.
    pub(crate) fn push(&mut self, before: &Rng, after: &Rng, one: Draw, count: usize) -> Option<usize> {
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
        self.blocks.push(Block { generator: self.generators.len() - 1, is_first, one, count });
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

    /// The numbers of another draw, one after the other.
    pub(crate) fn draw(&mut self, draw: u64, mut put: impl FnMut(f64)) {
        for block in &self.blocks {
            let generator = &mut self.generators[block.generator];
            if block.is_first {
                // A new one has computed nothing yet that would have to be computed again.
                *generator = Rng::from_seed(generator.get_seed());
                generator.set_stream(draw);
            }
            (0..block.count).for_each(|_| put((block.one)(generator)));
        }
    }
}
