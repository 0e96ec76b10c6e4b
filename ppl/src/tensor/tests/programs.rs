//! Random programs: operations on each other's results, as models combine them.

use proptest::prelude::*;

use super::super::*;
use super::finite_difference::{Case, Draw, deterministic};

/// Runs a random program, which depends on the seed and the shapes alone, and returns a sum over all its results.
///
/// The operations are scaled such that values stay of order one, where finite differences are accurate.
fn run(seed: u64, inputs: &[Tensor]) -> Tensor {
    const INSTRUCTIONS: usize = 24;

    let draw = Draw::new(&[], seed);
    let mut results = inputs.to_vec();
    let mut seen: Vec<Vec<f64>> = results.iter().map(Tensor::elements).collect();
    for _ in 0..INSTRUCTIONS {
        let a = results[draw.integer(0..results.len())].clone();
        let b = results[draw.integer(0..results.len())].clone();
        let b = if a.shape().broadcast(&b.shape()).is_some() { b } else { a.clone() };
        let constant = draw.any(a.shape());
        let axis = if a.rank() == 0 { 0 } else { draw.integer(0..a.rank()) };
        let choice = draw.integer(0..20);
        let places: Vec<usize> = (0..4).map(|place| (place * 5 + choice) % a.shape().get(axis).unwrap_or(&1)).collect();
        let mask = draw.mask(a.shape());
        let axis = axis as isize;
        let result = match choice {
            0 => (&a + &b) * 0.5,
            1 => &a * &b,
            2 => (&a - &b) * 0.5,
            3 => &a / (b.square() + 1.0),
            4 => a.tanh(),
            5 => 1.0 - &a * &constant * 0.3,
            6 => Tensor::select(&mask, &a, &b * 0.5),
            7 => a.reshape(a.size()),
            8 => a.clone(),
            9 => a.sin(),
            10 => (&a * 0.5).exp() * 0.5,
            11 if a.rank() < 3 => a.unsqueeze(axis),
            12 if a.rank() >= 2 => a.transpose(),
            13 if a.rank() >= 1 => a.take(axis, &places),
            14 if a.rank() >= 1 => Tensor::concat(&[a.clone(), constant, a.tanh(), a.clone()], axis).mean_axis(axis),
            15 if a.rank() >= 1 => a.mean_axis(axis),
            16 if a.rank() >= 1 => a.softmax(axis) + a.logsumexp_axis(axis).mean() * 0.2,
            17 if a.rank() == 2 => a.matmul(a.transpose()) * 0.2,
            18 if a.rank() >= 1 => a.cumsum(axis).flip(axis) * 0.2,
            19 if a.rank() >= 1 => a.index(axis, 0) * a.slice(axis, 0..1).mean(),
            _ => a.square() * 0.5,
        };
        if result.size() <= 120 {
            seen.push(result.elements());
            results.push(result);
        }
    }
    // No operation may reuse the memory of a tensor that someone still holds.
    for (result, seen) in results.iter().zip(&seen) {
        assert_eq!(&result.elements(), seen, "a tensor changed after it was made");
    }
    results.iter().map(|result| result.mean().sin()).sum()
}

proptest! {
    #![proptest_config(deterministic(150))]

    #[test]
    fn gradients_of_random_programs(rows in 1_usize..4, columns in 1_usize..4, seed in any::<u64>()) {
        let draw = Draw::new(&[], seed);
        let inputs =
            [draw.any([rows, columns]), draw.any(columns), draw.any(()), draw.any([2, 1, columns])].map(|x| x * 0.5);
        Case::new(format!("program {seed}"), inputs.to_vec(), move |x| run(seed, x)).check();
    }
}
