//! `Noise`: random numbers that a recorded function draws, and draws anew at each evaluation.

use rand::SeedableRng;

use super::batch::PARTICLES;
use super::memory::{LANES, Line};
use super::sampler::Sampler;
use crate::random::{Rng, Subsampler, fill_uniform};

/// What draws numbers; they depend on nothing else.
#[derive(Clone, Debug)]
pub(crate) enum Draw {
    /// One after the other.
    Numbers(fn(&mut Rng, &mut [f64])),
    /// Without replacement.
    Members(Subsampler),
}

impl Draw {
    fn fill(&mut self, rng: &mut Rng, numbers: &mut [f64]) {
        match self {
            Self::Numbers(fill) => fill(rng, numbers),
            Self::Members(subsampler) => {
                subsampler.draw(numbers.len(), rng, |place, member| numbers[place] = member as f64);
            }
        }
    }
}

/// Numbers that were drawn one after the other.
#[derive(Clone, Debug)]
struct Block {
    /// Its generator, and whether it is the first that draws from it.
    generator: usize,
    is_first: bool,
    draw: Draw,
    count: usize,
}

/// Draws within the program.
#[derive(Clone, Debug)]
struct Sampling {
    sampler: Sampler,
    /// Its generator, and whether it is the first sampler that draws from it.
    generator: usize,
    is_first: bool,
}

/// A sampler that was noted.
pub(crate) struct Noted {
    pub(crate) number: usize,
    /// The sampler that must draw before, from the same generator.
    pub(crate) after: Option<usize>,
}

/// Where a generator was left: its seed, its stream, its place.
type Place = ([u8; 32], u64, u128);

fn place(rng: &Rng) -> Place {
    (rng.get_seed(), rng.get_stream(), rng.get_word_pos())
}

/// The numbers that were drawn while a function was recorded, and by which generators.
#[derive(Clone, Debug, Default)]
pub(crate) struct Noise {
    generators: Vec<Rng>,
    blocks: Vec<Block>,
    samplers: Vec<Sampling>,
    /// The generators as samplers use them: each evaluation at a draw begins with the same numbers.
    in_use: Vec<Rng>,
    /// Whether the program has no gradient: then all samplers are part of it, each with a generator of its own. Otherwise
    /// those are that have a gradient, with the generators of the run.
    takes_samplers: bool,
    /// Where the last generator was left, and whether by a sampler.
    last: Option<(Place, bool)>,
    count: usize,
    /// Where numbers go that nothing needs.
    unused: Vec<f64>,
}

impl Noise {
    /// One for programs without a gradient, in which samplers draw too.
    pub(crate) fn with_samplers() -> Self {
        Self { takes_samplers: true, ..Self::default() }
    }

    pub(crate) fn takes_samplers(&self) -> bool {
        self.takes_samplers
    }

    /// Whether a generator is new, or was last used by what is known.
    fn continues(&self, before: &Rng) -> bool {
        before.get_word_pos() == 0 || self.last.is_some_and(|(last, _)| last == place(before))
    }

    /// Notes numbers that a generator drew on its way from the one state to the other; the place of the first. None if
    /// others were drawn from it before, which would not be drawn anew.
    pub(crate) fn push(&mut self, before: &Rng, after: &Rng, draw: Draw, count: usize) -> Option<usize> {
        if !self.continues(before) {
            return None;
        }
        // How many numbers a sampler uses is not the same each time: what comes after it has a generator of its own.
        let is_after_sampler = self.follows_sampler(before);
        let is_first = before.get_word_pos() == 0 || is_after_sampler;
        self.last = Some((place(after), false));
        if let Some(first) = self.same_members(&draw, before, count) {
            return Some(first);
        }
        if is_first {
            self.generators.push(if is_after_sampler { self.new_generator(before) } else { before.clone() });
        }
        self.blocks.push(Block { generator: self.generators.len() - 1, is_first, draw, count });
        self.count += count;
        Some(self.count - count)
    }

    /// The place of the first, if the same generator drew the same members before: those of a plate in the guide are the
    /// model's too.
    fn same_members(&self, draw: &Draw, before: &Rng, count: usize) -> Option<usize> {
        let Draw::Members(subsampler) = draw else { return None };
        let is_same = |block: &Block| {
            matches!(&block.draw, Draw::Members(own) if own.size() == subsampler.size())
                && block.count == count
                && block.is_first
                && place(&self.generators[block.generator]) == place(before)
        };
        let same = self.blocks.iter().position(is_same)?;
        Some(self.counts().take(same).sum())
    }

    /// Whether a generator was last used by a sampler.
    fn follows_sampler(&self, before: &Rng) -> bool {
        self.last.is_some_and(|(last, by_sampler)| by_sampler && last == place(before))
    }

    /// Whether noise is to be drawn by a sampler, in the order of the run: one has used its generator.
    pub(crate) fn is_within(&self, before: &Rng) -> bool {
        !self.takes_samplers && before.get_word_pos() != 0 && self.follows_sampler(before)
    }

    /// Notes a sampler, which used a generator. None if others used it before, as for [`push`](Self::push).
    pub(crate) fn push_sampler(&mut self, before: &Rng, after: &Rng, sampler: Sampler) -> Option<Noted> {
        if !self.continues(before) {
            return None;
        }
        let is_new = self.takes_samplers || before.get_word_pos() == 0;
        let is_first = is_new || !self.follows_sampler(before);
        if is_new {
            self.generators.push(if self.takes_samplers { self.new_generator(before) } else { before.clone() });
        }
        let number = self.samplers.len();
        self.samplers.push(Sampling { sampler, generator: self.generators.len() - 1, is_first });
        self.last = Some((place(after), true));
        Some(Noted { number, after: number.checked_sub(1).filter(|_| !is_first) })
    }

    /// A generator that is like no other, also not like one of the same site.
    fn new_generator(&self, like: &Rng) -> Rng {
        let mut seed = like.get_seed();
        // The last word is the occurrence of the site, which is far below this.
        let number = (self.generators.len() + 1) as u32;
        seed[28..].iter_mut().zip(number.to_le_bytes()).for_each(|(byte, own)| *byte ^= own);
        let mut rng = Rng::from_seed(seed);
        rng.set_stream(like.get_stream());
        rng
    }

    /// Whether all that a generator drew has been noted.
    pub(crate) fn is_known(&self, after: &Rng) -> bool {
        after.get_word_pos() == 0 || self.last.is_some_and(|(last, _)| last == place(after))
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
        for generator in &mut self.generators {
            // A new one has computed nothing yet that would have to be computed again.
            *generator = Rng::from_seed(generator.get_seed());
            generator.set_stream(draw);
        }
        for (block, line) in self.blocks.iter_mut().zip(lines) {
            let generator = &mut self.generators[block.generator];
            match line {
                Some(line) => {
                    let elements = memory[*line as usize..].as_flattened_mut();
                    block.draw.fill(generator, &mut elements[..block.count]);
                    if block.count == 1 {
                        let number = elements[0];
                        elements[..LANES].fill(number);
                    }
                }
                None => {
                    self.unused.resize(block.count, 0.0);
                    block.draw.fill(generator, &mut self.unused);
                }
            }
        }
    }

    /// Draws numbers by a sampler, element by element of its operands, each of which is a first place and a number of
    /// elements. Rows of parameters are those of batches: see [`PARTICLES`].
    pub(super) fn sample(
        &mut self,
        number: usize,
        numbers: &mut [f64],
        operands: &[(usize, usize)],
        output: (usize, usize),
    ) {
        if self.in_use.is_empty() {
            self.in_use.clone_from(&self.generators);
        }
        let Sampling { sampler, generator, is_first } = &mut self.samplers[number];
        let rng = &mut self.in_use[*generator];
        if *is_first {
            rng.clone_from(&self.generators[*generator]);
        }
        let (start, size) = output;
        let at = |which: usize, element: usize| {
            let (start, size) = operands[which];
            if size == 1 { start } else { start + element }
        };
        match sampler {
            Sampler::One(one) => {
                for element in 0..size {
                    numbers[start + element] = one(rng, [numbers[at(0, element)]]);
                }
            }
            Sampler::Two(two) => {
                for element in 0..size {
                    numbers[start + element] = two(rng, [numbers[at(0, element)], numbers[at(1, element)]]);
                }
            }
            Sampler::Uniform(draw) => {
                let (from, parameters) = operands[0];
                let (parameters, draws) = if from < start {
                    let (before, draws) = numbers.split_at_mut(start);
                    (&before[from..][..parameters], draws)
                } else {
                    let (draws, after) = numbers.split_at_mut(from);
                    (&after[..parameters], &mut draws[start..])
                };
                let draws = &mut draws[..size];
                fill_uniform(rng, draws);
                draw(draws, parameters);
            }
            Sampler::Row(row) => {
                let (from, parameters) = (operands[0].0, operands[0].1 / size);
                self.unused.resize(parameters, 0.0);
                for element in 0..size {
                    let (own, particle) = (element / PARTICLES, element % PARTICLES);
                    for (column, slot) in self.unused.iter_mut().enumerate() {
                        *slot = numbers[from + (own * parameters + column) * PARTICLES + particle];
                    }
                    numbers[start + element] = row(rng, &self.unused);
                }
            }
            Sampler::Noise(fill) => fill(rng, &mut numbers[start..start + size]),
        }
        // A number is a line of equal ones.
        let end = start + size;
        let last = numbers[end - 1];
        numbers[end..end.next_multiple_of(LANES)].fill(last);
    }
}
