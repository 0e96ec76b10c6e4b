//! Noise: the random numbers that distributions are made of, which depend on no parameter.

use rand_distr::{Cauchy, Distribution as _, Exp1, StandardNormal};

use crate::random::Rng;
use crate::tensor::record;
use crate::{Shape, Tensor};

/// Draws numbers one after the other.
///
/// A function that is being recorded draws them anew at each evaluation: `one` must depend on nothing but the generator.
pub(crate) fn draw(rng: &mut Rng, shape: Shape, one: fn(&mut Rng) -> f64) -> Tensor {
    let before = record::is_open().then(|| rng.clone());
    let values = Tensor::from_parts((0..shape.size()).map(|_| one(rng)).collect(), shape);
    match before {
        Some(before) => record::noise(values, &before, rng, one),
        None => values,
    }
}

/// Standard normal noise: what every distribution built on the normal draws.
pub(crate) fn standard_normal(rng: &mut Rng, shape: Shape) -> Tensor {
    draw(rng, shape, |rng| StandardNormal.sample(rng))
}

/// Standard Cauchy noise.
pub(crate) fn standard_cauchy(rng: &mut Rng, shape: Shape) -> Tensor {
    draw(rng, shape, |rng| Cauchy::new(0.0, 1.0).expect("1 is a scale").sample(rng))
}

/// Exponential noise of rate 1.
pub(crate) fn standard_exponential(rng: &mut Rng, shape: Shape) -> Tensor {
    draw(rng, shape, |rng| Exp1.sample(rng))
}
