//! Noise: the random numbers that distributions are made of, which depend on no parameter.

use rand_distr::{Cauchy, Distribution as _, Exp1, StandardNormal};

use crate::random::{Rng, fill_uniform};
use crate::tensor::record;
use crate::{Shape, Tensor};

/// Draws numbers one after the other.
///
/// A function that is being recorded draws them anew at each evaluation: `fill` must depend on nothing but the generator.
pub(crate) fn draw(rng: &mut Rng, shape: Shape, fill: fn(&mut Rng, &mut [f64])) -> Tensor {
    let before = record::is_open().then(|| rng.clone());
    let mut numbers = vec![0.0; shape.size()];
    fill(rng, &mut numbers);
    let values = Tensor::from_parts(numbers, shape);
    match before {
        Some(before) => record::noise(values, &before, rng, fill),
        None => values,
    }
}

/// Fills a slice by one draw after the other.
pub(crate) fn each(rng: &mut Rng, numbers: &mut [f64], one: impl Fn(&mut Rng) -> f64) {
    numbers.iter_mut().for_each(|number| *number = one(rng));
}

/// Uniform noise on [0, 1).
pub(crate) fn standard_uniform(rng: &mut Rng, shape: Shape) -> Tensor {
    draw(rng, shape, fill_uniform)
}

/// Standard normal noise: what every distribution built on the normal draws.
pub(crate) fn standard_normal(rng: &mut Rng, shape: Shape) -> Tensor {
    draw(rng, shape, |rng, numbers| each(rng, numbers, |rng| StandardNormal.sample(rng)))
}

/// Standard Cauchy noise.
pub(crate) fn standard_cauchy(rng: &mut Rng, shape: Shape) -> Tensor {
    draw(rng, shape, |rng, numbers| {
        let standard = Cauchy::new(0.0, 1.0).expect("1 is a scale");
        each(rng, numbers, |rng| standard.sample(rng));
    })
}

/// Exponential noise of rate 1.
pub(crate) fn standard_exponential(rng: &mut Rng, shape: Shape) -> Tensor {
    draw(rng, shape, |rng, numbers| each(rng, numbers, |rng| Exp1.sample(rng)))
}
