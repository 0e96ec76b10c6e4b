//! Programs of loops against the tape.

use super::pattern::Recording;
use super::reroll;
use crate::Tensor;
use crate::program::graph::{Graph, Id};
use crate::program::tests::{assert_program_is_tape, program};
use crate::tensor::record;

const TIMES: usize = 40;

/// Numbers in (−1, 1) that look like chance.
fn noise(count: usize, seed: f64) -> Vec<f64> {
    (0..count).map(|k| ((k as f64 + 1.3) * (seed + 7.1)).sin()).collect()
}

/// Checks a function of a vector of parameters and a time series against the tape; whether its program is as long
/// for twice as many times.
#[track_caller]
fn check(name: &str, is_rerolled: bool, function: impl Fn(&Tensor, &Tensor) -> Tensor) {
    let parameters = Tensor::from([0.4, -0.3, 0.8, 0.2]);
    let series = Tensor::from(noise(TIMES, 0.0));
    assert_program_is_tape(name, &[parameters, series], |x| Ok(function(&x[0], &x[1])));
    let length = |times: usize| {
        let point: Vec<f64> = [0.4, -0.3, 0.8, 0.2].into_iter().chain(noise(times, 0.0)).collect();
        program(&point, |x| Ok(function(&x.slice(0, 0..4), &x.slice(0, 4..4 + times)))).len()
    };
    let (short, long) = (length(TIMES), length(2 * TIMES));
    assert_eq!(short == long, is_rerolled, "{name}: {short} operations for {TIMES} times, {long} for twice as many");
}

fn times(series: &Tensor) -> usize {
    series.size()
}

#[test]
fn a_sum_over_a_loop_is_a_sum() {
    check("independent terms", true, |p, z| {
        let mut total = Tensor::from(0.0);
        for t in 0..times(z) {
            total = total + (z.get(t) - p.get(0)).square() * p.get(1).exp() - p.get(2);
        }
        total
    });
    let data = noise(2 * TIMES, 1.0);
    check("data, equal ones among them", true, move |p, z| {
        let terms = (0..times(z)).map(|t| {
            let x = if t % 7 == 0 { 1.0 } else { data[t] };
            (p.get(0) + p.get(1) * x - z.get(t)).square()
        });
        terms.sum()
    });
    check("groups", true, |p, z| {
        let terms = (0..times(z)).map(|t| (p.get(t * t % 3) - z.get(t)).square());
        terms.sum()
    });
    check("a stack", true, |p, z| {
        let terms: Vec<Tensor> = (0..times(z)).map(|t| (z.get(t) * p.get(0)).tanh()).collect();
        let stack = Tensor::stack(&terms, 0);
        (&stack * &stack).sum() + stack.get(3)
    });
}

#[test]
fn linear_recurrences() {
    check("random walk", true, |p, z| {
        let mut position = p.get(0);
        let mut steps = Vec::new();
        for t in 0..times(z) {
            position += p.get(1) * z.get(t);
            steps.push(position.clone());
        }
        Tensor::stack(&steps, 0).sin().sum()
    });
    check("autoregression", true, |p, z| {
        let (mu, phi, sigma) = (p.get(0), p.get(1), p.get(2));
        let mut h = &mu + &sigma * z.get(0);
        let mut all = vec![h.clone()];
        for t in 1..times(z) {
            h = &mu + &phi * (&h - &mu) + &sigma * z.get(t);
            all.push(h.clone());
        }
        (Tensor::stack(&all, 0) * 0.5).exp().sum()
    });
    check("with a term for each step", true, |p, z| {
        let mut error = p.get(3);
        let mut total = Tensor::from(0.0);
        for t in 1..times(z) {
            error = z.get(t) - (p.get(0) + p.get(1) * z.get(t - 1) + p.get(2) * &error);
            total -= error.square();
        }
        total + error
    });
    check("coefficients that change", true, |p, z| {
        let mut x = p.get(0);
        let mut total = Tensor::from(0.0);
        for t in 0..times(z) {
            x = z.get(t) * &x / (2.0 + p.get(1)) - p.get(2);
            total += x.sin();
        }
        total
    });
    check("of squares", true, |p, z| {
        let [a, b, c] = [0, 1, 2].map(|k| (p.get(k) * 0.5).exp() * 0.3);
        let mut sigma = Tensor::from(0.5);
        let mut total = Tensor::from(0.0);
        for t in 1..times(z) {
            sigma = (&a + &b * z.get(t - 1).square() + &c * sigma.square()).sqrt();
            total = total - (z.get(t) / &sigma).square() - sigma.ln();
        }
        total
    });
}

/// The root of a negative number is NaN, and what is made of it, also where the root is squared again.
#[test]
fn squares_of_roots_of_negative_numbers_are_nan() {
    let last = |x: &Tensor| {
        let mut sigma = x.get(0).exp();
        for t in 1..TIMES {
            sigma = (x.get(t) + 0.5 * sigma.square()).sqrt();
        }
        sigma
    };
    let mut point = vec![0.3; TIMES];
    let mut recorded = program(&point, |x| Ok(last(x)));
    let mut gradient = vec![0.0; TIMES];
    let expected = last(&Tensor::from(point.clone())).item();
    assert!((recorded.value_and_gradient(&point, &mut gradient) - expected).abs() < 1e-14);
    point[TIMES / 2] = -5.0;
    assert!(last(&Tensor::from(point.clone())).item().is_nan());
    assert!(recorded.value_and_gradient(&point, &mut gradient).is_nan());
}

/// What needs the iteration before, and is not linear in it, is done step by step.
#[test]
fn other_recurrences() {
    check("not linear", true, |p, z| {
        let mut x = p.get(0);
        for t in 0..times(z) {
            x = (p.get(1) * &x + z.get(t)).tanh();
        }
        x
    });
    check("two back", true, |p, z| {
        let (mut x, mut before) = (p.get(0), p.get(1));
        let mut total = Tensor::from(0.0);
        for t in 0..times(z) {
            let next = p.get(2) * &x + p.get(3) * &before + z.get(t);
            total += next.sin();
            (before, x) = (x, next);
        }
        total
    });
    check("two that need each other", true, |p, z| {
        let (mut x, mut y) = (p.get(0), p.get(1));
        for t in 0..times(z) {
            let next = &x + 0.1 * (&y + z.get(t));
            y = &y - 0.1 * &x * p.get(2);
            x = next;
        }
        x * y
    });
    check("a hidden Markov chain", true, |p, z| {
        let transition = Tensor::stack(&[p.slice(0, 0..2).log_softmax(0), p.slice(0, 2..4).log_softmax(0)], 0);
        let mut forward = Tensor::zeros(2);
        for t in 0..times(z) {
            let emission = -(p.slice(0, 1..3) - z.get(t)).square();
            forward = (forward.unsqueeze(1) + &transition).logsumexp_axis(0) + emission;
        }
        forward.logsumexp()
    });
}

/// The same forward algorithm in the forms that users give it; where a state is rare, sums leave the range of exponentials.
#[test]
fn forward_algorithms() {
    /// Logarithms of transitions, of which those to the second state are rarer by a constant.
    fn transition(p: &Tensor, rare: f64) -> Tensor {
        Tensor::stack(&[p.slice(0, 0..2).log_softmax(0), p.slice(0, 2..4).log_softmax(0)], 0)
            + Tensor::from([0.0, rare, 0.0, rare]).reshape([2, 2])
    }

    fn on_columns(p: &Tensor, z: &Tensor, rare: f64) -> Tensor {
        let transition = transition(p, rare);
        let mut forward = Tensor::zeros(2);
        for t in 0..times(z) {
            let emission = -(p.slice(0, 1..3) - z.get(t)).square();
            forward = (forward.unsqueeze(1) + &transition).logsumexp_axis(0) + emission;
        }
        forward.logsumexp()
    }

    fn on_rows(p: &Tensor, z: &Tensor, rare: f64) -> Tensor {
        let transition = transition(p, rare).transpose();
        let mut forward = Tensor::zeros(2);
        let mut all = Tensor::from(0.0);
        for t in 0..times(z) {
            let emission = (p.slice(0, 1..3) - z.get(t)).square();
            forward = (forward.unsqueeze(0) + &transition - emission.unsqueeze(1)).logsumexp_axis(1);
            all += (forward.get(1) - rare) * z.get(t);
        }
        forward.logsumexp() + all
    }

    fn on_scalars(p: &Tensor, z: &Tensor, rare: f64) -> Tensor {
        let transition = transition(p, rare);
        let from = |row: usize, column: usize| transition.index(0, row).get(column);
        let (mut one, mut other) = (Tensor::from(0.0), Tensor::from(0.0));
        for t in 0..times(z) {
            let emission = |state: usize| -(p.get(1 + state) - z.get(t)).square();
            let to = |state: usize| Tensor::stack(&[&one + from(0, state), &other + from(1, state)], 0).logsumexp();
            (one, other) = (to(0) + emission(0), to(1) + emission(1));
        }
        Tensor::stack(&[one, other - rare], 0).logsumexp()
    }

    type Form = fn(&Tensor, &Tensor, f64) -> Tensor;
    let forms: [(&str, Form); 3] = [("on columns", on_columns), ("on rows", on_rows), ("on scalars", on_scalars)];
    for (name, form) in forms {
        let recorded = program(&[0.1; 4 + TIMES], |x| Ok(form(&x.slice(0, 0..4), &x.slice(0, 4..4 + TIMES), 0.0)));
        let text = recorded.to_string();
        assert!(text.contains("= log_system") && text.contains("= derivative_log_system"), "{name}: {text}");
        // No step has a matrix of its own.
        assert!(!text.contains(&format!("[{}]", 4 * (TIMES - 2))), "{name}: {text}");
        for rare in [0.0, -30.0, -900.0] {
            check(&format!("a hidden Markov chain {name}, {rare}"), true, |p, z| form(p, z, rare));
        }
    }
    check("of three, by pairs", true, |p, z| {
        let pair = |a: &Tensor, b: &Tensor| Tensor::stack(&[a.clone(), b.clone()], 0).logsumexp();
        let [mut a, mut b, mut c] = [0, 1, 2].map(|k| p.get(k));
        for t in 0..times(z) {
            let to = |x: f64| pair(&pair(&(&a - p.get(0)), &(&b + p.get(1) * x)), &(z.get(t) + &c));
            (a, b, c) = (to(0.3), to(-0.8), to(1.1) - z.get(t));
        }
        a + 2.0 * b - c
    });
    check("where states cannot be reached", true, |p, z| {
        let mut forward = Tensor::from([0.0, f64::NEG_INFINITY, f64::NEG_INFINITY]);
        let last = f64::NEG_INFINITY;
        let possible = Tensor::from([0.0, 0.0, last, last, 0.0, 0.0, last, last, 0.0]).reshape([3, 3]);
        for t in 0..times(z) {
            let emission = -(p.slice(0, 0..3) - z.get(t)).square();
            forward = (forward.unsqueeze(1) + &possible).logsumexp_axis(0) + emission;
        }
        forward.get(0) + forward.get(2)
    });
}

/// Vectors whose elements are taken apart in each step.
#[test]
fn steps_on_small_vectors() {
    fn runge_kutta(start: Tensor, steps: &Tensor, slope: impl Fn(&Tensor) -> Tensor) -> Tensor {
        let mut state = start;
        let mut path = Vec::new();
        for t in 0..times(steps) {
            let step = 0.1 * steps.get(t).square();
            let first = slope(&state);
            let second = slope(&(&state + 0.5 * &step * &first));
            let third = slope(&(&state + 0.5 * &step * &second));
            let last = slope(&(&state + &step * &third));
            state += &step / 6.0 * (first + 2.0 * second + 2.0 * third + last);
            path.push(state.clone());
        }
        Tensor::stack(&path, 0)
    }

    let predator_prey = |p: &Tensor, z: &Tensor| {
        let path = runge_kutta(p.slice(0, 0..2).exp(), z, |state| {
            let (prey, predators) = (state.get(0), state.get(1));
            let by_prey = (p.get(1) - p.get(2) * &predators) * &prey;
            Tensor::stack(&[by_prey, (p.get(3) * prey - p.get(0)) * predators], 0)
        });
        path.square().sum() - path.index(0, TIMES / 2).get(1)
    };
    check("predator and prey", true, predator_prey);
    let recorded = program(&[0.1; 4 + TIMES], |x| Ok(predator_prey(&x.slice(0, 0..4), &x.slice(0, 4..4 + TIMES))));
    let text = recorded.to_string();
    let body = text.lines().skip_while(|line| !line.contains("recurrence<")).skip(1);
    let body: Vec<&str> = body.take_while(|line| line.starts_with(' ')).collect();
    assert!(!body.is_empty() && !body.iter().any(|line| line.contains("concat")), "{text}");
    // A body of sums and products, in which each operation comes more than once.
    check("one population", true, |p, z| {
        let capacity = p.get(1).exp();
        let path = runge_kutta(p.get(0).exp(), z, |state| p.get(2) * state * (1.0 - state / &capacity));
        path.square().sum() + p.get(3)
    });
    check("a pendulum", true, |p, z| {
        let path = runge_kutta(p.slice(0, 0..2).clone(), z, |state| {
            Tensor::stack(&[state.get(1), -p.get(2).exp() * state.get(0).sin() - p.get(3).square() * state.get(1)], 0)
        });
        path.sin().sum()
    });
    check("three, by sums and products", true, |p, z| {
        let matrix = Tensor::stack(&[p.slice(0, 0..3), p.slice(0, 1..4), p.slice(0, 0..3) * 0.5], 0) * 0.2;
        let path = runge_kutta(p.slice(0, 0..3).clone(), z, |state| {
            let total = state.sum();
            let flow = Tensor::concat(&[state.slice(0, 1..3), state.slice(0, 0..1)], 0) * &total;
            matrix.matmul(state) - Tensor::select(state.greater(0.1), flow, &total * 0.5)
        });
        path.index(1, 2).sum() + path.exp().mean()
    });
    check("two matrices", true, |p, z| {
        let mut state = p.reshape([2, 2]).clone();
        let mut other = Tensor::eye(2);
        for t in 0..times(z) {
            let product = state.matmul(other.transpose());
            other = &other * 0.5 + 0.1 * product.sum_axis(0).tanh();
            state = 0.3 * product.tanh() + z.get(t);
        }
        state.sum() + other.square().sum()
    });
}

#[test]
fn recurrences_of_several_parts() {
    check("a filter of Kalman", true, |p, z| {
        let [q, r] = [0, 1].map(|k| p.get(k).exp());
        let (mut mean, mut variance) = (Tensor::from(0.0), p.get(2).square());
        let mut total = Tensor::from(0.0);
        for t in 0..times(z) {
            let predicted = &variance + &q;
            let innovation = z.get(t) - &mean;
            let scale = &predicted + &r;
            total -= 0.5 * (innovation.square() / &scale + scale.ln());
            let gain = &predicted / scale;
            mean += &gain * innovation;
            variance = (1.0 - gain) * predicted;
        }
        total + mean
    });
    fn level(p: &Tensor, z: &Tensor, is_seen: impl Fn(usize) -> Option<f64>) -> Tensor {
        let [q, r] = [0, 1].map(|k| p.get(k).square());
        let (mut mean, mut variance) = (Tensor::from(0.0), p.get(2).square());
        let mut total = Tensor::from(0.0);
        for t in 0..times(z) {
            let predicted = &variance + &q;
            let innovation = z.get(t) - &mean;
            let scale = &predicted + &r;
            total -= 0.5 * (innovation.square() / &scale + scale.ln());
            let kept = |x: Tensor, otherwise: f64| match is_seen(t) {
                Some(weight) => Tensor::select(Tensor::from(weight), x, otherwise),
                None => x,
            };
            mean += kept(&predicted / &scale, 0.0) * innovation;
            variance = predicted * kept(&r / scale, 1.0);
        }
        total + mean
    }
    check("a filter of Kalman without differences", true, |p, z| level(p, z, |_| None));
    check("with gaps", true, |p, z| level(p, z, |t| Some(f64::from(u8::from(t % 4 != 1)))));
    let recorded = program(&[0.1; 4 + TIMES], |x| Ok(level(&x.slice(0, 0..4), &x.slice(0, 4..4 + TIMES), |_| None)));
    assert!(recorded.to_string().contains("= linear_fraction"), "{recorded}");
    check("one of matrices", true, |p, z| {
        let transition = Tensor::stack(&[p.slice(0, 0..2), p.slice(0, 2..4)], 0);
        let mut covariance = Tensor::eye(2);
        let mut total = Tensor::from(0.0);
        for t in 0..times(z) {
            covariance =
                transition.matmul(&covariance).matmul(transition.transpose()) + Tensor::eye(2) * z.get(t).exp();
            let factor = covariance.cholesky();
            let right = Tensor::stack(&[z.get(t), p.get(0)], 0).reshape([2, 1]);
            total = total - factor.triangular_solve(&right, true, false).square().sum() - covariance.log_determinant();
            covariance = &covariance * 0.5 + factor.matmul(factor.transpose()) * 0.1;
        }
        total
    });
    check("vectors", true, |p, z| {
        let mut state = p.clone();
        let mut all = Vec::new();
        for t in 0..times(z) {
            state = (state.take(0, &[1, 2, 3, 0]) * p + z.get(t)).tanh();
            all.push(state.clone());
        }
        Tensor::stack(&all, 0).square().sum() + state.get(1)
    });
    check("three back, of which the nearest is not needed", true, |p, z| {
        let mut last = vec![p.get(0), p.get(1), p.get(2) * p.get(3)];
        let mut total = Tensor::from(0.0);
        for t in 0..times(z) {
            let next = (&last[t] * p.get(3) - last[t + 1].square() * 0.2 + z.get(t)).sin();
            total += &next * z.get(t);
            last.push(next);
        }
        total
    });
    check("a larger state than a system has", true, |p, z| {
        let matrix =
            (z.slice(0, 0..20).reshape([10, 2]).matmul(p.reshape([2, 2]))).matmul(z.slice(0, 0..20).reshape([2, 10]));
        let transition = matrix.log_softmax(1);
        let mut forward = Tensor::zeros(10);
        for t in 0..times(z) {
            forward = (forward.unsqueeze(1) + &transition).logsumexp_axis(0) - (matrix.index(0, 1) - z.get(t)).square();
        }
        forward.logsumexp()
    });
    check("with a mask", true, |p, z| {
        let mut state = p.slice(0, 0..2).clone();
        let mut total = Tensor::from(0.0);
        for t in 0..times(z) {
            let is_on = Tensor::stack(&[z.get(t), p.get(1) - z.get(t)], 0).greater(0.0);
            state = Tensor::select(is_on, state.take(0, &[1, 0]) * p.get(2) + z.get(t), &state * 0.5);
            total += (state.get(0) + 3.0).ln();
        }
        total
    });
    check("two that change places", true, |p, z| {
        let (mut x, mut y) = (p.get(0), p.get(1));
        for t in 0..times(z) {
            (x, y) = (y.sin() * p.get(2), x + z.get(t));
        }
        x * y
    });
    check("a number that becomes a vector", true, |p, z| {
        let mut state = p.get(0).exp();
        for t in 0..times(z) {
            state = (&state * p * 0.5 + z.get(t)).tanh();
        }
        state.sum()
    });
    check("a number that becomes a vector, and what is made of it", true, |p, z| {
        let mut state = p.get(0).exp();
        let mut parts = Vec::new();
        for t in 0..times(z) {
            let half = &state * p;
            // The last operation of an iteration, as the number's is before the first one.
            state = (&half * 0.5 + z.get(t)).tanh();
            parts.push(half);
        }
        state.sum() + Tensor::stack(&parts, 0).square().sum()
    });
    check("a number to which vectors are added", true, |p, z| {
        let mut state = p.get(0).exp();
        for t in 0..times(z) {
            state += p * z.get(t);
        }
        state.square().sum()
    });
    check("a number to which a vector is added", true, |p, z| {
        let mut state = p.get(0).exp();
        for _ in 0..times(z) {
            state += p;
        }
        state.square().sum() + z.get(1)
    });
    check("with an end of the support", true, |p, z| {
        let mut x = p.get(0).exp();
        let mut total = Tensor::from(0.0);
        for t in 0..times(z) {
            x = Tensor::select(z.get(t).greater(0.0), (&x * p.get(2).exp() + 1.0).ln(), x.sqrt() * 0.9);
            total += x.ln();
        }
        total
    });
}

#[test]
fn bodies_that_are_not_regular() {
    check("one that alternates", true, |p, z| {
        let terms = (0..times(z)).map(|t| if t % 2 == 0 { z.get(t).exp() * p.get(0) } else { z.get(t).sin() });
        terms.sum()
    });
    check("a loop in a loop", true, |p, z| {
        let mut total = Tensor::from(0.0);
        for t in 3..times(z) {
            let mut mean = p.get(0);
            for lag in 1..4 {
                mean += p.get(lag) * z.get(t - lag);
            }
            total -= (z.get(t) - mean).square();
        }
        total
    });
    check("vectors", true, |p, z| {
        let terms = (0..times(z)).map(|t| {
            let rates = (p * z.get(t)).exp();
            rates.logsumexp() + (&rates / rates.sum()).max() + rates.get(2)
        });
        terms.sum()
    });
    check("a break", false, |p, z| {
        let mut total = Tensor::from(0.0);
        for t in 0..times(z) {
            total = if t * t % 11 == 3 { total * p.get(0) } else { total + z.get(t) * p.get(1) };
        }
        total
    });
    check("matrices", true, |p, z| {
        let terms = (0..times(z)).map(|t| {
            let matrix = Tensor::eye(2) * (2.0 + z.get(t)) + p.get(0) * 0.1;
            matrix.cholesky().sum()
        });
        terms.sum()
    });
}

/// A product by 1 or 0 in the data must not hide a loop.
#[test]
fn data_do_not_hide_a_loop() {
    check("zeros and ones", true, |p, z| {
        let terms = (0..times(z)).map(|t| z.get(t) * p.get(0) * f64::from(u8::from(t % 3 == 0)) + p.get(1));
        terms.sum()
    });
}

/// How a loop keeps what it has computed.
#[derive(Clone, Copy, Debug)]
enum Kept {
    Each,
    EachOfTen,
    Last,
    Pairs,
    Arrays,
    Structs,
    Stacks,
    StacksOfTen,
    Sum,
    SumOfTen,
    TermsOfTen,
}

/// Predators and prey by steps of Runge and Kutta on two numbers, and something of the states that were kept. Its slopes are
/// written in three forms, of which the operations repeat in other ways.
fn predators_and_prey(p: &Tensor, steps: usize, form: usize, kept: Kept) -> Tensor {
    struct State {
        prey: Tensor,
        predators: Tensor,
    }

    let [a, b, c, d] = [0, 1, 2, 3].map(|k| p.get(k).exp());
    let slopes = |u: &Tensor, v: &Tensor| match form {
        0 => ((&a - &b * v) * u, (&d * u - &c) * v),
        1 => (&a * u - &b * u * v, &d * u * v - &c * v),
        _ => (&a * u - &b * (u * v), -&c * v + &d * (u * v)),
    };
    let step = 0.01;
    let (mut u, mut v) = (p.get(3).exp(), p.get(2).exp());
    let (mut us, mut vs, mut pairs, mut arrays, mut structs) = (vec![], vec![], vec![], vec![], vec![]);
    let mut total = Tensor::from(0.0);
    for t in 0..steps {
        let (du1, dv1) = slopes(&u, &v);
        let (du2, dv2) = slopes(&(&u + 0.5 * step * &du1), &(&v + 0.5 * step * &dv1));
        let (du3, dv3) = slopes(&(&u + 0.5 * step * &du2), &(&v + 0.5 * step * &dv2));
        let (du4, dv4) = slopes(&(&u + step * &du3), &(&v + step * &dv3));
        u = &u + step / 6.0 * (du1 + 2.0 * du2 + 2.0 * du3 + du4);
        v = &v + step / 6.0 * (dv1 + 2.0 * dv2 + 2.0 * dv3 + dv4);
        let is_tenth = t % 10 == 9;
        let error = |x: &Tensor| ((x.ln() - 0.1 * (t as f64).sin()) / p.get(0).exp()).square();
        match kept {
            Kept::EachOfTen | Kept::StacksOfTen | Kept::SumOfTen | Kept::TermsOfTen if !is_tenth => {}
            Kept::Each | Kept::EachOfTen => {
                us.push(u.clone());
                vs.push(v.clone());
            }
            Kept::Last => {}
            Kept::Pairs => pairs.push((u.clone(), v.clone())),
            Kept::Arrays => arrays.push([u.clone(), v.clone()]),
            Kept::Structs => structs.push(State { prey: u.clone(), predators: v.clone() }),
            Kept::Stacks | Kept::StacksOfTen => us.push(Tensor::stack(&[u.clone(), v.clone()], 0)),
            Kept::Sum | Kept::SumOfTen => total = total - error(&u) - error(&v) - p.get(1),
            Kept::TermsOfTen => {
                us.push(error(&u));
                vs.push(error(&v));
            }
        }
    }
    match kept {
        Kept::Last => return u * v.ln(),
        Kept::Sum | Kept::SumOfTen => return total,
        Kept::TermsOfTen => return us.iter().zip(&vs).map(|(u, v)| u - v).sum(),
        Kept::Stacks | Kept::StacksOfTen => return (Tensor::stack(&us, 0).ln() * p.slice(0, 1..3)).square().sum(),
        Kept::Pairs => (us, vs) = pairs.into_iter().unzip(),
        Kept::Arrays => (us, vs) = arrays.into_iter().map(|[u, v]| (u, v)).unzip(),
        Kept::Structs => (us, vs) = structs.into_iter().map(|State { prey, predators }| (prey, predators)).unzip(),
        Kept::Each | Kept::EachOfTen => {}
    }
    let [us, vs] = [us, vs].map(|states| Tensor::stack(&states, 0).ln());
    (us * p.get(0) - 0.3).square().sum() + (vs.square() * p.get(1)).sum()
}

const ALL_KEPT: [Kept; 11] = [
    Kept::Each,
    Kept::EachOfTen,
    Kept::Last,
    Kept::Pairs,
    Kept::Arrays,
    Kept::Structs,
    Kept::Stacks,
    Kept::StacksOfTen,
    Kept::Sum,
    Kept::SumOfTen,
    Kept::TermsOfTen,
];

/// With 17 interruptions, so that they are a loop too; a program that is not rerolled has 60 operations for each of the 170
/// steps, and as many for the gradient.
#[test]
fn a_recurrence_is_found_however_its_states_are_kept() {
    const STEPS: usize = 170;
    const MOST_OPERATIONS: usize = 650;

    let parameters = [-0.6, 0.1, -0.2, 0.3];
    for form in 0..3 {
        for kept in ALL_KEPT {
            let name = format!("form {form}, {kept:?}");
            let function = |steps: usize| move |x: &Tensor| Ok(predators_and_prey(x, steps, form, kept));
            assert_program_is_tape(&name, &[Tensor::from(parameters)], |x| function(STEPS)(&x[0]));
            let [short, long] = [STEPS, 2 * STEPS].map(|steps| program(&parameters, function(steps)).len());
            assert!(short < MOST_OPERATIONS, "{name}: {short} operations");
            assert_eq!(short, long, "{name}");
        }
    }
}

/// What interrupts a loop is not moved where the loop needs it, and is computed though nothing of the loop does.
#[test]
fn interrupted_loops() {
    fn interrupted(p: &Tensor, z: &Tensor, every: usize, mut what: impl FnMut(usize, &mut Tensor)) -> Tensor {
        let mut x = p.get(0);
        for t in 0..times(z) {
            x = (p.get(1) * &x + z.get(t)).tanh() * p.get(2) + p.get(3);
            if t % every == every - 1 {
                what(t, &mut x);
            }
        }
        x
    }
    check("by a change of the state", false, |p, z| interrupted(p, z, 8, |_, x| *x = (&*x * p.get(0)).sin()));
    for every in [5, 7, 8] {
        let name = format!("every {every}");
        let parameters = Tensor::from([0.4, -0.3, 0.8, 0.2]);
        let series = Tensor::from(noise(3 * TIMES, 0.0));
        // Each uses the one before, and later ones use all.
        assert_program_is_tape(&name, &[parameters, series], |x| {
            let (p, z) = (&x[0], &x[1]);
            let (mut total, mut all) = (Tensor::from(0.0), Vec::new());
            let last = interrupted(p, z, every, |t, x| {
                total = (&total * 0.5 + &*x * z.get(t)).cos();
                all.push(total.clone() * p.get(1));
            });
            Ok((Tensor::stack(&all, 0) * &last).square().sum() + total - last)
        });
    }
    check("by what another loop begins with", false, |p, z| {
        let mut starts = Vec::new();
        let last = interrupted(p, z, 10, |_, x| starts.push(x.exp()));
        let of_one = |start: &Tensor| {
            let mut y = start.clone();
            for t in 0..TIMES / 2 {
                y = (y * z.get(t)).sin() - p.get(0);
            }
            y
        };
        starts.iter().map(of_one).sum::<Tensor>() + last
    });
}

/// A function of two parameters, as it is recorded.
fn recorded(function: impl FnOnce(&Tensor) -> Tensor) -> (Graph, Vec<Id>) {
    let (recording, input, _) = record::Recording::open(&[0.3, 0.2], None, &[]).unwrap();
    let output = function(&input);
    let (graph, outputs, _) = recording.finish(&[output]).unwrap().unwrap_or_else(|obstacle| panic!("{obstacle:?}"));
    (graph, outputs[..1].to_vec())
}

/// A graph of as many nodes, whatever the number of steps; work that grows as this number does.
#[test]
fn work_is_linear_in_the_steps() {
    type Function = fn(&Tensor, &Tensor) -> Tensor;
    let in_loops: [(&str, Function); 4] = [
        ("a recurrence", |p, z| {
            let step = |x: Tensor, t: usize| (p.get(0) * x + z.get(t)).tanh();
            (0..times(z)).fold(p.get(1), step)
        }),
        ("states that are stacked", |p, z| {
            let (mut x, mut all) = (p.get(0), Vec::new());
            for t in 0..times(z) {
                x = x * p.get(1) + z.get(t);
                all.push(x.clone());
            }
            Tensor::stack(&all, 0).square().sum()
        }),
        ("terms", |p, z| {
            let terms: Vec<Tensor> = (0..times(z)).map(|t| (z.get(t) - p.get(0)).square() * p.get(1).exp()).collect();
            terms.into_iter().fold(Tensor::from(0.0), |sum, term| sum + term)
        }),
        ("an interrupted loop", |p, z| {
            let (mut x, mut total) = (p.get(0), Tensor::from(0.0));
            for t in 0..times(z) {
                x = (p.get(1) * x + z.get(t)).sin();
                x = (x * p.get(0) - 0.5).cos().exp() - p.get(1).square() * 0.1;
                if t % 100 == 99 {
                    total = total - (&x * z.get(t) - 0.3).square() - x.ln().abs().sqrt();
                }
            }
            total
        }),
    ];
    let others: [(&str, Function); 2] = [
        ("no loop", |p, z| {
            (0..times(z)).fold(p.get(0), |x, t| match t * t % 7 {
                0 | 1 => x * p.get(1) - 0.3,
                2 => x.sin(),
                _ => (x + z.get(t)) * 0.9,
            })
        }),
        ("a loop that breaks off again and again", |p, z| {
            let step = |x: Tensor, t: usize| {
                let x = (p.get(0) * x + z.get(t)).tanh() * 0.5 - p.get(1);
                if t % 15 == 14 { p.get(1) - x } else { x }
            };
            (0..times(z)).fold(p.get(1), step)
        }),
    ];
    // Graph nodes, and comparisons of two operations.
    let work = |function: Function, steps: usize| {
        let series = Tensor::from(noise(steps, 0.0));
        let (graph, outputs) = recorded(|p| function(p, &series));
        let mut recording = Recording::new(&graph, &outputs);
        recording.loops();
        (reroll(&graph, &outputs).0.nodes().len(), recording.compared.get(), graph.nodes().len())
    };
    for (name, function) in in_loops {
        let [(nodes, compared, raw), (twice_nodes, twice_compared, _)] =
            [2000, 4000].map(|steps| work(function, steps));
        assert!(nodes < 100 && nodes == twice_nodes, "{name}: {nodes} nodes, {twice_nodes} for twice as many steps");
        assert!(compared < 4 * raw, "{name}: {compared} comparisons for {raw} operations");
        assert!(twice_compared < 5 * compared / 2, "{name}: {compared} comparisons, then {twice_compared}");
    }
    for (name, function) in others {
        let [(nodes, compared, _), (twice_nodes, twice_compared, _)] = [2000, 4000].map(|steps| work(function, steps));
        assert!(twice_nodes < 5 * nodes / 2, "{name}: {nodes} nodes, {twice_nodes} for twice as many steps");
        assert!(twice_compared < 5 * compared / 2, "{name}: {compared} comparisons, then {twice_compared}");
    }
}
