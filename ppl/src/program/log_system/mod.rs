//! The states of a [`LogSystem`], by products and sums of exponentials.
//!
//! exp sₜ[j] = Σₖ exp sₜ₋₁[k] · exp rₜ[k] · exp cₜ[k, j], where states, terms and coefficients are scaled such that the
//! largest of a step are near 1, and the scale is kept as a logarithm (Rabiner 1989, "A tutorial on hidden Markov
//! models", section V.A). The exponentials and logarithms of all steps are taken at once, outside of the chain from
//! step to step. Where a scaled sum is too small or too large to have all its digits, the step is done by logarithms.

#![allow(clippy::needless_range_loop, reason = "closures of iterators may not have the processor's instructions")]

pub(super) mod gradient;
#[cfg(test)]
mod tests;

use std::f64::consts::LN_2;
use std::marker::PhantomData;

use pulp::{NullaryFnOnce, Simd};

use super::elementary::{exp, ln, multiply_add};
use super::memory::{LANES, lines_of};
use super::recurrence::{LARGEST_STATE, LogSystem};

/// Calls a function of a constant number of elements of a state.
macro_rules! of_size {
    ($size:expr, $function:ident::<$simd:ident>($($argument:expr),*)) => {
        match $size {
            2 => $function::<$simd, 2>($($argument),*),
            3 => $function::<$simd, 3>($($argument),*),
            4 => $function::<$simd, 4>($($argument),*),
            5 => $function::<$simd, 5>($($argument),*),
            6 => $function::<$simd, 6>($($argument),*),
            7 => $function::<$simd, 7>($($argument),*),
            LARGEST_STATE => $function::<$simd, LARGEST_STATE>($($argument),*),
            size => unreachable!("states of {size} elements are recurrences"),
        }
    };
}
use of_size;

/// A sum of scaled products between these has all its digits: what has underflowed in it is below 2⁻¹⁰²⁰.
const SMALLEST_SUM: f64 = 1e-280;
const LARGEST_SUM: f64 = 1e280;

/// A state whose largest element is not between these is scaled again.
const SMALLEST_STATE: f64 = 1e-20;
const LARGEST_STATE_SCALED: f64 = 1e20;

/// Sizes of the parts of the scratch, each rounded up to whole lines: exponentials of the coefficients and their logarithmic
/// scales, those of the terms, scaled sums and their logarithmic scales.
fn scratch_parts(system: LogSystem) -> [usize; 6] {
    let LogSystem { size, has_terms, steps, .. } = system;
    let matrices = system.matrices();
    let terms = if has_terms { steps } else { 0 };
    [matrices * size * size, matrices, terms * size, terms, steps * size, steps]
        .map(|numbers| lines_of(numbers) * LANES)
}

/// Size of the scratch, in scalars.
pub(super) fn scratch(system: LogSystem) -> usize {
    scratch_parts(system).iter().sum()
}

/// The scratch, in its parts.
fn split<const PARTS: usize>(mut scratch: &mut [f64], sizes: [usize; PARTS]) -> [&mut [f64]; PARTS] {
    sizes.map(|size| {
        let (part, rest) = std::mem::take(&mut scratch).split_at_mut(size);
        scratch = rest;
        part
    })
}

/// What a system is of. There are no terms where the system has none.
#[derive(Clone, Copy)]
pub(super) struct Operands<'a> {
    pub(super) initial: &'a [f64],
    pub(super) coefficients: &'a [f64],
    pub(super) terms: &'a [f64],
}

#[inline(always)]
pub(super) fn run<S: Simd>(
    simd: S,
    system: LogSystem,
    operands: Operands<'_>,
    output: &mut [f64],
    scratch: &mut [f64],
) {
    of_size!(system.size, forward::<S>(simd, system, operands, output, scratch));
}

#[inline(always)]
fn forward<S: Simd, const K: usize>(
    simd: S,
    system: LogSystem,
    operands: Operands<'_>,
    output: &mut [f64],
    scratch: &mut [f64],
) {
    simd.vectorize(Forward::<S, K> { system, operands, output, scratch, simd: PhantomData });
}

/// A function of its own for each size, with the processor's instructions: what is called of a closure would not have them.
struct Forward<'a, S, const K: usize> {
    system: LogSystem,
    operands: Operands<'a>,
    output: &'a mut [f64],
    scratch: &'a mut [f64],
    simd: PhantomData<S>,
}

impl<S: Simd, const K: usize> NullaryFnOnce for Forward<'_, S, K> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        forward_steps::<S, K>(self.system, self.operands, self.output, self.scratch);
    }
}

#[inline(always)]
fn forward_steps<S: Simd, const K: usize>(
    system: LogSystem,
    operands: Operands<'_>,
    output: &mut [f64],
    scratch: &mut [f64],
) {
    let Operands { initial, coefficients, terms } = operands;
    let [powers, shifts, term_powers, term_shifts, sums, scales] = split(scratch, scratch_parts(system));
    scale(K * K, coefficients, powers, shifts);
    exponentials::<S>(powers);
    scale(K, terms, term_powers, term_shifts);
    exponentials::<S>(term_powers);
    let (rows, output) = (powers.as_chunks::<K>().0, output.as_chunks_mut::<K>().0);
    let (terms, term_powers) = (terms.as_chunks::<K>().0, term_powers.as_chunks::<K>().0);
    let slots = sums.as_chunks_mut::<K>().0;
    let State { mut scaled, mut shift, mut exponent, mut elements } = State::<K>::new(initial.as_chunks::<K>().0[0]);
    for number in 0..system.steps {
        let step = system.step(number);
        let matrix = system.matrix(step);
        let mut row = scaled;
        if let Some(factors) = term_powers.get(step) {
            for k in 0..K {
                row[k] *= factors[k];
            }
        }
        let next = product::<S, K>(&row, &rows[matrix * K..][..K]);
        if is_exact(&next) {
            shift += shifts[matrix] + term_shifts.get(step).copied().unwrap_or(0.0);
            slots[step] = next;
            scales[step] = shift + exponent * LN_2;
            (scaled, elements) = (next, None);
            let largest = largest(&next);
            if !(SMALLEST_STATE..=LARGEST_STATE_SCALED).contains(&largest) {
                let (scale, of_scale) = normalizer(largest);
                for x in &mut scaled {
                    *x *= scale;
                }
                exponent += of_scale;
            }
        } else {
            // Values, not references: what has an address does not stay in registers.
            let state = State { scaled, shift, exponent, elements };
            let next = state.next_by_logarithms(&coefficients[matrix * K * K..][..K * K], terms.get(step));
            State { scaled, shift, exponent, elements } = State::new(next);
            output[step] = next;
            // Its logarithm is not used.
            slots[step] = [1.0; K];
            scales[step] = f64::NAN;
        }
    }
    logarithms::<S>(sums);
    for ((slots, logarithms), scale) in output.iter_mut().zip(sums.as_chunks::<K>().0).zip(scales) {
        if !scale.is_nan() {
            for k in 0..K {
                slots[k] = *scale + logarithms[k];
            }
        }
    }
}

/// A row times a matrix.
#[inline(always)]
fn product<S: Simd, const K: usize>(row: &[f64; K], matrix: &[[f64; K]]) -> [f64; K] {
    let mut sums = [0.0; K];
    for j in 0..K {
        sums[j] = row[0] * matrix[0][j];
    }
    for k in 1..K {
        for j in 0..K {
            sums[j] = multiply_add::<S>(row[k], matrix[k][j], sums[j]);
        }
    }
    sums
}

/// Whether all sums have all their digits.
#[inline(always)]
fn is_exact<const K: usize>(sums: &[f64; K]) -> bool {
    let mut is_exact = true;
    for x in sums {
        is_exact &= (SMALLEST_SUM <= *x) & (*x <= LARGEST_SUM);
    }
    is_exact
}

/// Several at a time: each comparison waits for the one before.
#[inline(always)]
fn largest(elements: &[f64]) -> f64 {
    let (lines, rest) = elements.as_chunks::<LANES>();
    let mut largest = f64::NEG_INFINITY;
    if let Some(first) = lines.first() {
        let mut of_lanes = *first;
        for line in &lines[1..] {
            for lane in 0..LANES {
                of_lanes[lane] = if line[lane] > of_lanes[lane] { line[lane] } else { of_lanes[lane] };
            }
        }
        for x in of_lanes {
            largest = if x > largest { x } else { largest };
        }
    }
    for &x in rest {
        largest = if x > largest { x } else { largest };
    }
    largest
}

#[inline(always)]
fn exponentials<S: Simd>(numbers: &mut [f64]) {
    for line in numbers.as_chunks_mut::<LANES>().0 {
        for lane in 0..LANES {
            line[lane] = exp::<S>(line[lane]);
        }
    }
}

#[inline(always)]
fn logarithms<S: Simd>(numbers: &mut [f64]) {
    for line in numbers.as_chunks_mut::<LANES>().0 {
        for lane in 0..LANES {
            line[lane] = ln::<S>(line[lane]);
        }
    }
}

/// Groups of so many elements, each less its [`shift`].
#[inline(always)]
fn scale(elements: usize, numbers: &[f64], scaled: &mut [f64], shifts: &mut [f64]) {
    let groups = numbers.chunks_exact(elements).zip(scaled.chunks_exact_mut(elements));
    for ((group, scaled), slot) in groups.zip(shifts) {
        *slot = shift(group);
        for (scaled, x) in scaled.iter_mut().zip(group) {
            *scaled = x - *slot;
        }
    }
}

/// The logarithm of a scale: the largest element, or 0 where that is infinite.
#[inline(always)]
fn shift(elements: &[f64]) -> f64 {
    let largest = largest(elements);
    if largest.is_finite() { largest } else { 0.0 }
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
    #[inline(never)]
    fn new(elements: [f64; K]) -> Self {
        let shift = shift(&elements);
        Self { scaled: elements.map(|x| (x - shift).exp()), shift, exponent: 0.0, elements: Some(elements) }
    }

    /// The elements of the next one.
    #[cold]
    #[inline(never)]
    fn next_by_logarithms(self, coefficients: &[f64], terms: Option<&[f64; K]>) -> [f64; K] {
        let by_scale = || self.scaled.map(|x| x.ln() + (self.shift + self.exponent * LN_2));
        let elements = self.elements.unwrap_or_else(by_scale);
        std::array::from_fn(|column| {
            let terms: [f64; K] = std::array::from_fn(|row| {
                elements[row] + terms.map_or(0.0, |terms| terms[row]) + coefficients[row * K + column]
            });
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
