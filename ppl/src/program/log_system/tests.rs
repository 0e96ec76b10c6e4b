//! The kernels, compared with the same computed by logarithms.

use pulp::{Arch, Simd, WithSimd};

use super::*;
use crate::program::recurrence::LogSystemGradient;

const STEPS: usize = 40;

struct Forward<'a> {
    system: LogSystem,
    operands: Operands<'a>,
    output: &'a mut [f64],
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let mut scratch = vec![0.0; scratch(self.system)];
        run(simd, self.system, self.operands, self.output, &mut scratch);
    }
}

struct Backward<'a> {
    gradient: LogSystemGradient,
    operands: Operands<'a>,
    states: [&'a [f64]; 2],
    output: &'a mut [f64],
}

impl WithSimd for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let mut scratch = vec![0.0; gradient::scratch(self.gradient)];
        gradient::run(simd, self.gradient, self.operands, self.states, self.output, &mut scratch);
    }
}

/// The logarithms of the products of a step: of each row one of each column.
fn products(system: LogSystem, operands: Operands<'_>, state: &[f64], step: usize) -> Vec<f64> {
    let size = system.size;
    let matrix = &operands.coefficients[system.matrix(step) * size * size..][..size * size];
    let term = |row: usize| if system.has_terms { operands.terms[step * size + row] } else { 0.0 };
    (0..size * size).map(|place| state[place / size] + term(place / size) + matrix[place]).collect()
}

fn column(products: &[f64], size: usize, column: usize) -> Vec<f64> {
    products.iter().copied().skip(column).step_by(size).collect()
}

/// Every step by logarithms.
fn states_by_logarithms(system: LogSystem, operands: Operands<'_>) -> Vec<f64> {
    let size = system.size;
    let mut states = vec![0.0; STEPS * size];
    let mut state = operands.initial.to_vec();
    for step in (0..STEPS).map(|number| system.step(number)) {
        let products = products(system, operands, &state, step);
        state = (0..size).map(|j| logsumexp(&column(&products, size, j))).collect();
        states[step * size..][..size].copy_from_slice(&state);
    }
    states
}

/// The gradient by the terms and by the coefficients, of weights by logarithms, where an adjoint of 0 stays 0.
fn gradient_by_logarithms(system: LogSystem, operands: Operands<'_>, states: &[f64], by_states: &[f64]) -> Vec<f64> {
    let size = system.size;
    let (mut by_terms, mut by_before) = (vec![0.0; STEPS * size], vec![0.0; size]);
    let mut by_coefficients = vec![0.0; system.matrices() * size * size];
    for step in (0..STEPS).rev().map(|number| system.step(number)) {
        let state =
            if step == system.first() { operands.initial } else { &states[system.before(step) * size..][..size] };
        let products = products(system, operands, state, step);
        let by_state: Vec<f64> = (0..size).map(|j| by_states[step * size + j] + by_before[j]).collect();
        by_before = vec![0.0; size];
        for j in (0..size).filter(|&j| by_state[j] != 0.0) {
            let sum = logsumexp(&column(&products, size, j));
            for k in (0..size).filter(|_| sum > f64::NEG_INFINITY || sum.is_nan()) {
                let own = (products[k * size + j] - sum).exp() * by_state[j];
                by_before[k] += own;
                by_coefficients[(system.matrix(step) * size + k) * size + j] += own;
            }
        }
        by_terms[step * size..][..size].copy_from_slice(&by_before);
    }
    by_terms.extend(by_coefficients);
    by_terms
}

#[track_caller]
fn near(what: &str, got: &[f64], expected: &[f64], tolerance: f64) {
    for (place, (&got, &expected)) in got.iter().zip(expected).enumerate() {
        let is_same = got == expected || (got.is_nan() && expected.is_nan());
        let is_near = (got - expected).abs() <= tolerance * expected.abs().max(1.0);
        assert!(is_same || is_near, "{what}, element {place}: {got}, by logarithms {expected}");
    }
}

/// Compares states to 1e-13 relative to the element (above 1): 40 steps round some 40 times. Weights are exponentials of
/// differences of states of up to 1e7, which the reference rounds: gradients to 1e-14 times the largest state.
#[track_caller]
fn check(what: &str, numbers: impl Fn(usize) -> f64) {
    for size in 2..=LARGEST_STATE {
        for place in 0..8 {
            let [has_terms, has_steps, from_the_end] = [1, 2, 4].map(|bit| place & bit > 0);
            let system = LogSystem { size, has_terms, has_steps, steps: STEPS, from_the_end };
            let what = format!("{what}, {system:?}");
            let initial: Vec<f64> = (0..size).map(&numbers).collect();
            let count = size * size * system.matrices();
            let coefficients: Vec<f64> = (size..size + count).map(&numbers).collect();
            let count = if has_terms { STEPS * size } else { 0 };
            let terms: Vec<f64> = (7..7 + count).map(|k| numbers(3 * k)).collect();
            let operands = Operands { initial: &initial, coefficients: &coefficients, terms: &terms };
            let mut states = vec![0.0; STEPS * size];
            Arch::new().dispatch(Forward { system, operands, output: &mut states });
            near(&what, &states, &states_by_logarithms(system, operands), 1e-13);

            // Some of the states do not count.
            let by_states: Vec<f64> =
                (0..STEPS * size).map(|k| if k % 3 == 0 || k / size == 8 { 0.0 } else { noise(5 * k) }).collect();
            let expected = gradient_by_logarithms(system, operands, &states, &by_states);
            let mut output = vec![0.0; expected.len()];
            let gradient = LogSystemGradient { system, by_coefficients: true };
            Arch::new().dispatch(Backward { gradient, operands, states: [&states, &by_states], output: &mut output });
            let largest = states.iter().filter(|x| x.is_finite()).fold(100.0, |largest: f64, x| largest.max(x.abs()));
            near(&what, &output, &expected, 1e-14 * largest);
            let gradient = LogSystemGradient { system, by_coefficients: false };
            let mut by_terms = vec![0.0; STEPS * size];
            let output_of_terms = &output[..STEPS * size];
            Arch::new().dispatch(Backward { gradient, operands, states: [&states, &by_states], output: &mut by_terms });
            near(&what, &by_terms, output_of_terms, 0.0);
        }
    }
}

/// Numbers in (−1, 1) that look like chance.
fn noise(k: usize) -> f64 {
    ((k as f64 + 1.3) * 7.1).sin()
}

#[test]
fn states_and_gradients_are_those_by_logarithms() {
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
