//! Elementwise primitives and their backward steps on the host, broadcast by NumPy's rule.

use super::super::Shape;
use super::super::elementwise::{Binary, Unary};
use super::super::primitive::Primitive;
use super::host::Operands;
use super::index_map::index_map;

/// Which element of an operand goes into each element of the output.
enum Source {
    Same,
    One,
    Map(Vec<usize>),
}

impl Source {
    fn new(operand: &Shape, output: &Shape) -> Self {
        if operand.size() == output.size() {
            return Self::Same;
        }
        match index_map(&Primitive::BroadcastTo(*output), operand, output) {
            Some(map) if operand.size() != 1 => Self::Map(map),
            _ => Self::One,
        }
    }

    fn at(&self, index: usize) -> usize {
        match self {
            Self::Same => index,
            Self::One => 0,
            Self::Map(map) => map[index],
        }
    }
}

fn sources<const N: usize>(given: &Operands) -> [Source; N] {
    std::array::from_fn(|operand| Source::new(&given.shapes[operand], &given.output_shape))
}

/// A function of two operands.
pub(crate) fn binary(given: &Operands, value: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    let [left, right] = sources(given);
    let (a, b) = (&given.values[0], &given.values[1]);
    (0..given.output_shape.size()).map(|index| value(a[left.at(index)], b[right.at(index)])).collect()
}

/// The second operand where the first is not 0, the third where it is.
pub(crate) fn select(given: &Operands) -> Vec<f64> {
    let [condition, if_true, if_false] = sources(given);
    let [c, t, f] = [0, 1, 2].map(|operand| &given.values[operand]);
    (0..given.output_shape.size())
        .map(|index| if c[condition.at(index)] == 0.0 { f[if_false.at(index)] } else { t[if_true.at(index)] })
        .collect()
}

/// Adds to the gradient by the only operand; `x` or `y` may be empty where the derivative is not made of it.
pub(crate) fn unary_gradient(op: Unary, x: &[f64], y: &[f64], output_gradient: &[f64], gradient: &mut [f64]) {
    let at = |values: &[f64], index: usize| values.get(index).copied().unwrap_or(f64::NAN);
    match op {
        // Written out where the compiler gains by it: the loop is then free of branches.
        Unary::Neg => each(output_gradient, gradient, |_| -1.0),
        Unary::Exp => each(output_gradient, gradient, |index| y[index]),
        Unary::Square => each(output_gradient, gradient, |index| 2.0 * x[index]),
        op => each(output_gradient, gradient, |index| op.derivative(at(x, index), at(y, index))),
    }
}

fn each(output_gradient: &[f64], gradient: &mut [f64], derivative: impl Fn(usize) -> f64) {
    for (index, (slot, &by_output)) in gradient.iter_mut().zip(output_gradient).enumerate() {
        *slot += times(by_output, || derivative(index));
    }
}

/// An element that does not count must not turn 0 · ∞ into NaN.
fn times(by_output: f64, derivative: impl FnOnce() -> f64) -> f64 {
    if by_output == 0.0 { 0.0 } else { by_output * derivative() }
}

/// Adds to the gradient by one of two operands.
pub(crate) fn binary_gradient(
    op: Binary,
    given: &Operands,
    position: usize,
    y: &[f64],
    output_gradient: &[f64],
    gradient: &mut [f64],
) {
    let [left, right] = sources(given);
    let target = if position == 0 { &left } else { &right };
    let (a, b) = (&given.values[0], &given.values[1]);
    let a = |index: usize| a[left.at(index)];
    let b = |index: usize| b[right.at(index)];
    match (op, position) {
        (Binary::Add, _) | (Binary::Sub, 0) => to_source(target, output_gradient, gradient, |_| 1.0),
        (Binary::Sub, _) => to_source(target, output_gradient, gradient, |_| -1.0),
        (Binary::Mul, 0) => to_source(target, output_gradient, gradient, b),
        (Binary::Mul, _) => to_source(target, output_gradient, gradient, a),
        (Binary::Div, 0) => to_source(target, output_gradient, gradient, |index| b(index).recip()),
        (op, 0) => {
            to_source(target, output_gradient, gradient, |index| op.derivatives(a(index), b(index), y[index]).0);
        }
        (op, _) => {
            to_source(target, output_gradient, gradient, |index| op.derivatives(a(index), b(index), y[index]).1);
        }
    }
}

/// Adds to the gradient by one of the branches of `select`: by the branch that was not chosen the derivative is zero,
/// whatever its value.
pub(crate) fn select_gradient(given: &Operands, position: usize, output_gradient: &[f64], gradient: &mut [f64]) {
    let [condition, if_true, if_false] = sources(given);
    let target = if position == 1 { &if_true } else { &if_false };
    to_source(target, output_gradient, gradient, |index| {
        let chosen = if given.values[0][condition.at(index)] == 0.0 { 2 } else { 1 };
        f64::from(u8::from(chosen == position))
    });
}

fn to_source(source: &Source, output_gradient: &[f64], gradient: &mut [f64], derivative: impl Fn(usize) -> f64) {
    match source {
        Source::Same => each(output_gradient, gradient, derivative),
        Source::One => {
            let terms = output_gradient.iter().enumerate();
            gradient[0] += terms.map(|(index, &by_output)| times(by_output, || derivative(index))).sum::<f64>();
        }
        Source::Map(map) => {
            for (index, (&by_output, &place)) in output_gradient.iter().zip(map).enumerate() {
                gradient[place] += times(by_output, || derivative(index));
            }
        }
    }
}
