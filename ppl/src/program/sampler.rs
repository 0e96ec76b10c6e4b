//! `Sampler`: what draws a number by parameters that it must know.

use crate::random::Rng;

/// Draws one number; NaN if the parameters allow none.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sampler {
    One(fn(&mut Rng, [f64; 1]) -> f64),
    Two(fn(&mut Rng, [f64; 2]) -> f64),
    /// Puts draws by one parameter, or one for all, in the place of numbers that are uniform on [0, 1).
    Uniform(fn(&mut [f64], &[f64])),
    /// By as many parameters as the last axis of its operand has.
    Row(fn(&mut Rng, &[f64]) -> f64),
    /// By none: noise that a generator draws after a sampler, which used an unknown part of its stream.
    Noise(fn(&mut Rng, &mut [f64])),
}

impl From<fn(&mut Rng, [f64; 1]) -> f64> for Sampler {
    fn from(one: fn(&mut Rng, [f64; 1]) -> f64) -> Self {
        Self::One(one)
    }
}

impl From<fn(&mut Rng, [f64; 2]) -> f64> for Sampler {
    fn from(two: fn(&mut Rng, [f64; 2]) -> f64) -> Self {
        Self::Two(two)
    }
}

impl From<fn(&mut Rng, &[f64]) -> f64> for Sampler {
    fn from(row: fn(&mut Rng, &[f64]) -> f64) -> Self {
        Self::Row(row)
    }
}
