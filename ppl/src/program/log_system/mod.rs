//! The states of a [`LogSystem`], by products and sums of exponentials.
//!
//! exp sₜ[j] = Σₖ exp sₜ₋₁[k] · exp cₜ[k, j], where states and coefficients are scaled such that the largest of a step are
//! near 1, and the scale is kept as a logarithm (Rabiner 1989, "A tutorial on hidden Markov models", section V.A). The
//! exponentials and logarithms of all steps are taken at once, outside of the chain from step to step. Where a scaled sum
//! is too small or too large to have all its digits, the step is done by logarithms.

use std::f64::consts::LN_2;

use pulp::Simd;

use super::elementary::{exp, ln};
use super::memory::{LANES, lines_of};
use super::recurrence::{LARGEST_STATE, LogSystem};

/// A sum of scaled terms between these has all its digits: what has underflowed in it is below 2⁻¹⁰²⁰.
const SMALLEST_SUM: f64 = 1e-280;
const LARGEST_SUM: f64 = 1e280;

/// Sizes of the parts of the scratch, each rounded up to whole lines: exponentials of the coefficients and their logarithmic scales,
/// scaled sums and their logarithmic scales.
fn scratch_parts(system: LogSystem) -> [usize; 4] {
    let LogSystem { size, has_steps, steps, .. } = system;
    let matrices = if has_steps { steps } else { 1 };
    [matrices * size * size, matrices, steps * size, steps].map(|numbers| lines_of(numbers) * LANES)
}

/// Size of the scratch, in scalars.
pub(super) fn scratch(system: LogSystem) -> usize {
    scratch_parts(system).iter().sum()
}

#[inline(always)]
pub(super) fn run<S: Simd>(
    system: LogSystem,
    [initial, coefficients]: [&[f64]; 2],
    output: &mut [f64],
    scratch: &mut [f64],
) {
    let [powers, shifts, sums, _] = scratch_parts(system);
    let (powers, rest) = scratch.split_at_mut(powers);
    let (shifts, rest) = rest.split_at_mut(shifts);
    let (sums, scales) = rest.split_at_mut(sums);
    scale(system.size * system.size, coefficients, powers, shifts);
    each(powers, exp::<S>);
    let steps = match system.size {
        2 => Steps::run::<2>,
        3 => Steps::run::<3>,
        4 => Steps::run::<4>,
        5 => Steps::run::<5>,
        6 => Steps::run::<6>,
        7 => Steps::run::<7>,
        LARGEST_STATE => Steps::run::<LARGEST_STATE>,
        size => unreachable!("states of {size} elements are recurrences"),
    };
    steps(Steps { system, initial, coefficients, powers, shifts, sums, scales, output });
    each(sums, ln::<S>);
    unscale(system.size, sums, scales, output);
}

#[inline(always)]
fn each(numbers: &mut [f64], function: impl Fn(f64) -> f64) {
    for line in numbers.as_chunks_mut::<LANES>().0 {
        let xs = *line;
        for lane in 0..LANES {
            line[lane] = function(xs[lane]);
        }
    }
}

/// Matrices of so many elements, each less its [`shift`].
fn scale(elements: usize, coefficients: &[f64], scaled: &mut [f64], shifts: &mut [f64]) {
    let matrices = coefficients.chunks_exact(elements).zip(scaled.chunks_exact_mut(elements));
    for ((matrix, scaled), slot) in matrices.zip(shifts) {
        *slot = shift(matrix);
        scaled.iter_mut().zip(matrix).for_each(|(scaled, x)| *scaled = x - *slot);
    }
}

/// The logarithm of a scale: the largest element, or 0 where that is infinite.
#[inline]
fn shift(elements: &[f64]) -> f64 {
    let largest = elements.iter().fold(f64::NEG_INFINITY, |largest, &x| if x > largest { x } else { largest });
    if largest.is_finite() { largest } else { 0.0 }
}

/// The logarithms of the states that have a scale.
fn unscale(size: usize, logarithms: &[f64], scales: &[f64], output: &mut [f64]) {
    for ((slots, logarithms), scale) in output.chunks_exact_mut(size).zip(logarithms.chunks_exact(size)).zip(scales) {
        if !scale.is_nan() {
            slots.iter_mut().zip(logarithms).for_each(|(slot, x)| *slot = *scale + x);
        }
    }
}

/// Operands, result and scratch (see [`scratch_parts`]) of the chain from step to step.
struct Steps<'a> {
    system: LogSystem,
    initial: &'a [f64],
    coefficients: &'a [f64],
    powers: &'a [f64],
    shifts: &'a [f64],
    sums: &'a mut [f64],
    /// Logarithmic; NaN where a step was done by logarithms, which the output has already.
    scales: &'a mut [f64],
    output: &'a mut [f64],
}

impl Steps<'_> {
    fn run<const K: usize>(self) {
        let Self { system, initial, coefficients, powers, shifts, sums, scales, output } = self;
        let LogSystem { has_steps, steps, from_the_end, .. } = system;
        let (rows, sums, output) =
            (powers.as_chunks::<K>().0, sums.as_chunks_mut::<K>().0, output.as_chunks_mut::<K>().0);
        let mut state = State::<K>::new(std::array::from_fn(|element| initial[element]));
        for number in 0..steps {
            let step = if from_the_end { steps - 1 - number } else { number };
            let matrix = if has_steps { step } else { 0 };
            let mut next = [0.0; K];
            for (row, x) in rows[matrix * K..][..K].iter().zip(state.scaled) {
                next.iter_mut().zip(row).for_each(|(next, power)| *next += x * power);
            }
            let slot = &mut sums[step];
            if next.iter().fold(true, |is_good, x| is_good & (SMALLEST_SUM..=LARGEST_SUM).contains(x)) {
                state.shift += shifts[matrix];
                *slot = next;
                scales[step] = state.shift + state.exponent * LN_2;
                let (scale, exponent) =
                    normalizer(next.iter().fold(0.0, |largest: f64, &x| if x > largest { x } else { largest }));
                state.scaled = next.map(|x| x * scale);
                state.exponent += exponent;
                state.elements = None;
            } else {
                let matrix = &coefficients[matrix * K * K..][..K * K];
                let elements = state.next_by_logarithms(matrix);
                output[step] = elements;
                // Its logarithm is not used.
                *slot = [1.0; K];
                scales[step] = f64::NAN;
                state = State::new(elements);
            }
        }
    }
}

/// A power of two that brings a positive, normal number to [1, 2), and the number's exponent.
#[inline]
fn normalizer(x: f64) -> (f64, f64) {
    const EXPONENT: u64 = 0x7FF << 52;
    const TWICE_THE_BIAS: u64 = 2046 << 52;

    let exponent = x.to_bits() & EXPONENT;
    (f64::from_bits(TWICE_THE_BIAS - exponent), (exponent >> 52) as f64 - 1023.0)
}

/// A state by its exponentials, which are scaled, and by its elements where a step was done by logarithms.
struct State<const K: usize> {
    scaled: [f64; K],
    /// The scale: exp(shift) · 2^exponent.
    shift: f64,
    exponent: f64,
    elements: Option<[f64; K]>,
}

impl<const K: usize> State<K> {
    fn new(elements: [f64; K]) -> Self {
        let shift = shift(&elements);
        Self { scaled: elements.map(|x| (x - shift).exp()), shift, exponent: 0.0, elements: Some(elements) }
    }

    /// The elements of the next one.
    #[cold]
    fn next_by_logarithms(&self, coefficients: &[f64]) -> [f64; K] {
        let by_scale = || self.scaled.map(|x| x.ln() + (self.shift + self.exponent * LN_2));
        let elements = self.elements.unwrap_or_else(by_scale);
        std::array::from_fn(|column| {
            let terms: [f64; K] = std::array::from_fn(|row| elements[row] + coefficients[row * K + column]);
            logsumexp(&terms)
        })
    }
}

/// As the operation on tensors: −∞ where all terms are, NaN where one is.
fn logsumexp(terms: &[f64]) -> f64 {
    let choose = |largest: f64, &x: &f64| if x.is_nan() || x > largest { x } else { largest };
    let largest = terms.iter().fold(f64::NEG_INFINITY, choose);
    if !largest.is_finite() {
        return largest;
    }
    largest + terms.iter().map(|x| (x - largest).exp()).sum::<f64>().ln()
}

#[cfg(test)]
mod tests {
    use pulp::{Arch, WithSimd};

    use super::*;

    struct Run<'a> {
        system: LogSystem,
        initial: &'a [f64],
        coefficients: &'a [f64],
        output: &'a mut [f64],
    }

    impl WithSimd for Run<'_> {
        type Output = ();

        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) {
            let mut scratch = vec![0.0; scratch(self.system)];
            run::<S>(self.system, [self.initial, self.coefficients], self.output, &mut scratch);
        }
    }

    /// Every step by logarithms.
    fn by_logarithms(system: LogSystem, initial: &[f64], coefficients: &[f64]) -> Vec<f64> {
        let LogSystem { size, has_steps, steps, from_the_end } = system;
        let mut output = vec![0.0; steps * size];
        let mut state = initial.to_vec();
        for number in 0..steps {
            let step = if from_the_end { steps - 1 - number } else { number };
            let matrix = &coefficients[if has_steps { step * size * size } else { 0 }..][..size * size];
            let next = |column: usize| {
                let terms: Vec<f64> = (0..size).map(|row| state[row] + matrix[row * size + column]).collect();
                logsumexp(&terms)
            };
            state = (0..size).map(next).collect();
            output[step * size..][..size].copy_from_slice(&state);
        }
        output
    }

    /// Compares to 1e-13 relative to the element (above 1): 40 steps round some 40 times.
    #[track_caller]
    fn check(what: &str, numbers: impl Fn(usize) -> f64) {
        const STEPS: usize = 40;

        for size in 2..=LARGEST_STATE {
            for (has_steps, from_the_end) in [(true, false), (true, true), (false, false)] {
                let system = LogSystem { size, has_steps, steps: STEPS, from_the_end };
                let initial: Vec<f64> = (0..size).map(&numbers).collect();
                let count = size * size * if has_steps { STEPS } else { 1 };
                let coefficients: Vec<f64> = (size..size + count).map(&numbers).collect();
                let mut output = vec![0.0; STEPS * size];
                let (initial, coefficients) = (initial.as_slice(), coefficients.as_slice());
                Arch::new().dispatch(Run { system, initial, coefficients, output: &mut output });
                let expected = by_logarithms(system, initial, coefficients);
                for (place, (&got, &expected)) in output.iter().zip(&expected).enumerate() {
                    let is_same = got == expected || (got.is_nan() && expected.is_nan());
                    let is_near = (got - expected).abs() <= 1e-13 * expected.abs().max(1.0);
                    assert!(is_same || is_near, "{what}, {system:?}, element {place}: {got}, by logarithms {expected}");
                }
            }
        }
    }

    /// Numbers in (−1, 1) that look like chance.
    fn noise(k: usize) -> f64 {
        ((k as f64 + 1.3) * 7.1).sin()
    }

    #[test]
    fn states_are_those_by_logarithms() {
        check("of one size", noise);
        check("of several sizes", |k| 20.0 * noise(k) - 5.0);
    }

    /// Sums that underflow when they are scaled.
    #[test]
    fn no_state_is_lost() {
        check("far apart", |k| 1000.0 * noise(k));
        check("further", |k| 1e5 * noise(k));
        check("now and then", |k| if k % 11 < 3 { -900.0 * noise(k).abs() } else { noise(k) });
        check("one that all come to slowly", |k| if k % 2 == 0 { -750.0 } else { noise(k) });
    }

    #[test]
    fn infinite_terms_are_those_by_logarithms() {
        check("impossible transitions", |k| if noise(3 * k) < 0.0 { f64::NEG_INFINITY } else { noise(k) });
        check("nothing is possible", |_| f64::NEG_INFINITY);
        check("an infinite density", |k| if k == 50 { f64::INFINITY } else { noise(k) });
        check("no number", |k| if k == 30 { f64::NAN } else { noise(k) });
    }
}
