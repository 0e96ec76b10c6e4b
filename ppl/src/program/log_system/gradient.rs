//! The gradient of a [`LogSystem`], by the backward algorithm on scaled exponentials.
//!
//! With the weight wₜ[k, j] = exp(sₜ₋₁[k] + rₜ[k] + cₜ[k, j] − sₜ[j]) of state k in state j after it, and the adjoint
//! λₜ = s̄ₜ + r̄ₜ₊₁ of the states: r̄ₜ[k] = Σⱼ wₜ[k, j] λₜ[j] and c̄ₜ[k, j] = wₜ[k, j] λₜ[j]. Of a hidden Markov model
//! these are the posterior marginals of the states and the expected transitions. A weight is a product of scaled
//! exponentials, divided by its column's sum, so that each step takes no exponential of a matrix; where a sum is too
//! small or too large to have all its digits, the weights are those of logarithms.

use std::marker::PhantomData;

use pulp::{NullaryFnOnce, Simd};

use super::super::elementary::multiply_add;
use super::super::memory::{LANES, lines_of};
use super::super::recurrence::{LARGEST_STATE, LogSystem, LogSystemGradient};
use super::{Operands, exponentials, is_exact, logsumexp, of_size, product, scale, shift, split};

/// Sizes of the parts of the scratch, each rounded up to whole lines: exponentials of the coefficients and their logarithmic
/// scales, and those of the states before, with the terms.
fn scratch_parts(system: LogSystem) -> [usize; 3] {
    let LogSystem { size, steps, .. } = system;
    let matrices = system.matrices();
    [matrices * size * size, matrices, steps * size].map(|numbers| lines_of(numbers) * LANES)
}

/// Size of the scratch, in scalars.
pub(in crate::program) fn scratch(gradient: LogSystemGradient) -> usize {
    scratch_parts(gradient.system).iter().sum()
}

/// Writes the gradient by the terms of all steps, and then by the coefficients if it is wanted, of the system's operands, the
/// states and the gradient by these.
#[inline(always)]
pub(in crate::program) fn run<S: Simd>(
    simd: S,
    gradient: LogSystemGradient,
    operands: Operands<'_>,
    states: [&[f64]; 2],
    output: &mut [f64],
    scratch: &mut [f64],
) {
    of_size!(gradient.system.size, backward::<S>(simd, gradient, operands, states, output, scratch));
}

#[inline(always)]
fn backward<S: Simd, const K: usize>(
    simd: S,
    gradient: LogSystemGradient,
    operands: Operands<'_>,
    states: [&[f64]; 2],
    output: &mut [f64],
    scratch: &mut [f64],
) {
    simd.vectorize(Backward::<S, K> { gradient, operands, states, output, scratch, simd: PhantomData });
}

struct Backward<'a, S, const K: usize> {
    gradient: LogSystemGradient,
    operands: Operands<'a>,
    states: [&'a [f64]; 2],
    output: &'a mut [f64],
    scratch: &'a mut [f64],
    simd: PhantomData<S>,
}

impl<S: Simd, const K: usize> NullaryFnOnce for Backward<'_, S, K> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        backward_steps::<S, K>(self.gradient, self.operands, self.states, self.output, self.scratch);
    }
}

#[inline(always)]
fn backward_steps<S: Simd, const K: usize>(
    gradient: LogSystemGradient,
    operands: Operands<'_>,
    [states, by_states]: [&[f64]; 2],
    output: &mut [f64],
    scratch: &mut [f64],
) {
    let LogSystemGradient { system, by_coefficients } = gradient;
    let Operands { initial, coefficients, terms } = operands;
    let [powers, shifts, befores] = split(scratch, scratch_parts(system));
    scale(K * K, coefficients, powers, shifts);
    exponentials::<S>(powers);
    let (states, by_states) = (states.as_chunks::<K>().0, by_states.as_chunks::<K>().0);
    let (initial, terms) = (initial.as_chunks::<K>().0, terms.as_chunks::<K>().0);
    for step in 0..system.steps {
        let before = before(system, step, initial, states, terms);
        let shift = shift(&before);
        let scaled = &mut befores.as_chunks_mut::<K>().0[step];
        for k in 0..K {
            scaled[k] = before[k] - shift;
        }
    }
    exponentials::<S>(befores);
    let (befores, rows) = (befores.as_chunks::<K>().0, powers.as_chunks::<K>().0);
    let (by_terms, by_matrices) = output.split_at_mut(system.steps * K);
    let (by_terms, by_matrices) = (by_terms.as_chunks_mut::<K>().0, by_matrices.as_chunks_mut::<K>().0);
    let (mut by_before, mut transitions) = ([0.0; K], [[0.0; K]; K]);
    for number in (0..system.steps).rev() {
        let step = system.step(number);
        let matrix = system.matrix(step);
        let (scaled, rows) = (&befores[step], &rows[matrix * K..][..K]);
        let sums = product::<S, K>(scaled, rows);
        let (mut by_state, mut inverses) = ([0.0; K], [0.0; K]);
        for j in 0..K {
            by_state[j] = by_states[step][j] + by_before[j];
            inverses[j] = 1.0 / sums[j];
        }
        let mut weights = [[0.0; K]; K];
        for k in 0..K {
            for j in 0..K {
                weights[k][j] = scaled[k] * rows[k][j] * inverses[j];
            }
        }
        if !is_exact(&sums) {
            let before = before(system, step, initial, states, terms);
            weights = weights_by_logarithms(before, &coefficients[matrix * K * K..][..K * K], by_state);
        }
        for k in 0..K {
            by_before[k] = weights[k][0] * by_state[0];
            for j in 1..K {
                by_before[k] = multiply_add::<S>(weights[k][j], by_state[j], by_before[k]);
            }
        }
        by_terms[step] = by_before;
        if !by_coefficients {
            continue;
        }
        if system.has_steps {
            let slots = &mut by_matrices[step * K..][..K];
            for k in 0..K {
                for j in 0..K {
                    slots[k][j] = weights[k][j] * by_state[j];
                }
            }
        } else {
            for k in 0..K {
                for j in 0..K {
                    transitions[k][j] = multiply_add::<S>(weights[k][j], by_state[j], transitions[k][j]);
                }
            }
        }
    }
    if by_coefficients && !system.has_steps {
        by_matrices.copy_from_slice(&transitions);
    }
}

/// The state before a step, with its terms.
#[inline(always)]
fn before<const K: usize>(
    system: LogSystem,
    step: usize,
    initial: &[[f64; K]],
    states: &[[f64; K]],
    terms: &[[f64; K]],
) -> [f64; K] {
    let mut state = if step == system.first() { initial[0] } else { states[system.before(step)] };
    if let Some(terms) = terms.get(step) {
        for k in 0..K {
            state[k] += terms[k];
        }
    }
    state
}

/// As the softmax on tensors, but 0 in columns that nothing depends on.
#[cold]
#[inline(never)]
fn weights_by_logarithms<const K: usize>(before: [f64; K], coefficients: &[f64], by_state: [f64; K]) -> [[f64; K]; K] {
    let mut weights = [[0.0; K]; K];
    for column in 0..K {
        let terms: [f64; K] = std::array::from_fn(|k| before[k] + coefficients[k * K + column]);
        let sum = logsumexp(&terms);
        if by_state[column] == 0.0 || sum == f64::NEG_INFINITY {
            continue;
        }
        for (row, term) in weights.iter_mut().zip(terms) {
            row[column] = (term - sum).exp();
        }
    }
    weights
}
