//! Elementwise primitives and their backward steps on the host, broadcast by NumPy's rule.

use super::super::Shape;
use super::super::cumulative::Cumulative;
use super::super::elementwise::{Binary, Comparison, Unary};
use super::super::primitive::Primitive;
use super::host::Operands;
use super::index_map::index_map;

/// An operand's elements, as they go into the elements of the output.
enum Source<'a> {
    /// One after the other.
    Same(&'a [f64]),
    /// One for all.
    One(f64),
    Map(&'a [f64], Vec<usize>),
}

impl<'a> Source<'a> {
    fn new(given: &'a Operands<'_>, operand: usize) -> Self {
        let (values, shape) = (given.values[operand].as_slice(), &given.shapes[operand]);
        match places(shape, &given.output_shape) {
            Places::Same => Self::Same(values),
            Places::One => Self::One(values.first().copied().unwrap_or(f64::NAN)),
            Places::Map(map) => Self::Map(values, map),
        }
    }

    fn at(&self, index: usize) -> f64 {
        match self {
            Self::Same(values) => values[index],
            Self::One(number) => *number,
            Self::Map(values, map) => values[map[index]],
        }
    }
}

/// Where the elements of a broadcast operand stand.
enum Places {
    Same,
    One,
    Map(Vec<usize>),
}

fn places(operand: &Shape, output: &Shape) -> Places {
    match operand.size() {
        size if size == output.size() => Places::Same,
        1 => Places::One,
        _ => Places::Map(index_map(&Primitive::BroadcastTo(*output), operand, output).unwrap_or_default()),
    }
}

/// A function of two operands.
pub(crate) fn binary(op: Binary, given: &Operands<'_>) -> Vec<f64> {
    // In each branch the function is a constant, so that the compiler can compute several elements at once.
    match op {
        Binary::Maximum => each_pair(given, |a, b| Binary::Maximum.value(a, b)),
        Binary::Minimum => each_pair(given, |a, b| Binary::Minimum.value(a, b)),
        op => each_pair(given, |a, b| op.value(a, b)),
    }
}

/// A comparison of two operands.
pub(crate) fn compare(op: Comparison, given: &Operands<'_>) -> Vec<f64> {
    // As above.
    match op {
        Comparison::Greater => each_pair(given, |a, b| Comparison::Greater.value(a, b)),
        Comparison::GreaterEqual => each_pair(given, |a, b| Comparison::GreaterEqual.value(a, b)),
        Comparison::Less => each_pair(given, |a, b| Comparison::Less.value(a, b)),
        Comparison::LessEqual => each_pair(given, |a, b| Comparison::LessEqual.value(a, b)),
        Comparison::Equal => each_pair(given, |a, b| Comparison::Equal.value(a, b)),
        Comparison::NotEqual => each_pair(given, |a, b| Comparison::NotEqual.value(a, b)),
    }
}

fn each_pair(given: &Operands<'_>, value: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    match (Source::new(given, 0), Source::new(given, 1)) {
        (Source::Same(a), Source::One(b)) => a.iter().map(|&a| value(a, b)).collect(),
        (Source::One(a), Source::Same(b)) => b.iter().map(|&b| value(a, b)).collect(),
        (Source::Same(a), Source::Same(b)) => a.iter().zip(b).map(|(&a, &b)| value(a, b)).collect(),
        (a, b) => (0..given.output_shape.size()).map(|index| value(a.at(index), b.at(index))).collect(),
    }
}

/// The second operand where the first is not 0, the third where it is.
pub(crate) fn select(given: &Operands<'_>) -> Vec<f64> {
    let [condition, if_true, if_false] = [0, 1, 2].map(|operand| Source::new(given, operand));
    (0..given.output_shape.size())
        .map(|index| if condition.at(index) == 0.0 { if_false.at(index) } else { if_true.at(index) })
        .collect()
}

/// A distribution function of two or three operands.
pub(crate) fn cumulative(function: Cumulative, given: &Operands<'_>) -> Vec<f64> {
    let value = values_of(function, given);
    (0..given.output_shape.size()).map(value).collect()
}

/// Adds to the gradient by one of the operands of a distribution function.
pub(crate) fn cumulative_gradient(
    function: Cumulative,
    given: &Operands<'_>,
    position: usize,
    output_gradient: &[f64],
    gradient: &mut [f64],
) {
    let target = places(&given.shapes[position], &given.output_shape);
    scatter(&target, output_gradient, gradient, values_of(function.derivative(position), given));
}

/// The function of the operands that go into an element of the output.
fn values_of<'a>(function: Cumulative, given: &'a Operands<'_>) -> impl Fn(usize) -> f64 + 'a {
    let sources: Vec<Source<'a>> = (0..function.arity()).map(|operand| Source::new(given, operand)).collect();
    move |index| function.value(std::array::from_fn(|operand| sources.get(operand).map_or(0.0, |own| own.at(index))))
}

/// Adds to the gradient by the only operand; `x` or `y` may be empty where the derivative is not made of it.
pub(crate) fn unary_gradient(op: Unary, x: &[f64], y: &[f64], output_gradient: &[f64], gradient: &mut [f64]) {
    // The branches look alike, but in each the function is a constant, so that the compiler can unroll the loop.
    match op {
        Unary::Neg => each(output_gradient, gradient, |_| -1.0),
        Unary::Exp => each_of(y, output_gradient, gradient, |y| y),
        Unary::Sqrt => each_of(y, output_gradient, gradient, |y| Unary::Sqrt.derivative(f64::NAN, y)),
        Unary::Recip => each_of(y, output_gradient, gradient, |y| Unary::Recip.derivative(f64::NAN, y)),
        Unary::Tanh => each_of(y, output_gradient, gradient, |y| Unary::Tanh.derivative(f64::NAN, y)),
        Unary::Ln => {
            for ((slot, &by_output), &x) in gradient.iter_mut().zip(output_gradient).zip(x) {
                *slot += quotient(by_output, x);
            }
        }
        Unary::Square => each_of(x, output_gradient, gradient, |x| Unary::Square.derivative(x, f64::NAN)),
        op if y.is_empty() => each_of(x, output_gradient, gradient, |x| op.derivative(x, f64::NAN)),
        op => each(output_gradient, gradient, |index| op.derivative(x[index], y[index])),
    }
}

/// Adds to the gradient by one of two operands.
pub(crate) fn binary_gradient(
    op: Binary,
    given: &Operands<'_>,
    position: usize,
    y: &[f64],
    output_gradient: &[f64],
    gradient: &mut [f64],
) {
    let target = places(&given.shapes[position], &given.output_shape);
    match (op, position) {
        (Binary::Add, _) | (Binary::Sub, 0) => scatter(&target, output_gradient, gradient, |_| 1.0),
        (Binary::Sub, _) => scatter(&target, output_gradient, gradient, |_| -1.0),
        (Binary::Mul, _) => {
            scatter_of(&target, &Source::new(given, 1 - position), output_gradient, gradient, |other| other);
        }
        (Binary::Div, 0) => scatter_of(&target, &Source::new(given, 1), output_gradient, gradient, f64::recip),
        (op, _) => {
            let (a, b) = (Source::new(given, 0), Source::new(given, 1));
            scatter(&target, output_gradient, gradient, |index| {
                let (by_left, by_right) = op.derivatives(a.at(index), b.at(index), y[index]);
                if position == 0 { by_left } else { by_right }
            });
        }
    }
}

/// Adds to the gradient by one of the branches of `select`: by the branch that was not chosen the derivative is zero,
/// whatever its value.
pub(crate) fn select_gradient(given: &Operands<'_>, position: usize, output_gradient: &[f64], gradient: &mut [f64]) {
    let target = places(&given.shapes[position], &given.output_shape);
    scatter_of(&target, &Source::new(given, 0), output_gradient, gradient, |condition| {
        let chosen = if condition == 0.0 { 2 } else { 1 };
        f64::from(u8::from(chosen == position))
    });
}

/// An element that does not count must not turn 0 · ∞ into NaN.
fn times(by_output: f64, derivative: f64) -> f64 {
    let product = by_output * derivative;
    if by_output == 0.0 { 0.0 } else { product }
}

/// The same for the derivative 1 / x, which overflows where x is subnormal though the quotient need not.
fn quotient(by_output: f64, x: f64) -> f64 {
    if by_output == 0.0 { 0.0 } else { by_output / x }
}

/// Adds to each element of a gradient.
fn each(output_gradient: &[f64], gradient: &mut [f64], derivative: impl Fn(usize) -> f64) {
    for (index, (slot, &by_output)) in gradient.iter_mut().zip(output_gradient).enumerate() {
        *slot += times(by_output, derivative(index));
    }
}

/// Adds to each element of a gradient, of which the derivative is a function of one value.
fn each_of(values: &[f64], output_gradient: &[f64], gradient: &mut [f64], derivative: impl Fn(f64) -> f64) {
    for ((slot, &by_output), &value) in gradient.iter_mut().zip(output_gradient).zip(values) {
        *slot += times(by_output, derivative(value));
    }
}

/// Adds to the elements of a gradient that the elements of the output were made of.
fn scatter(target: &Places, output_gradient: &[f64], gradient: &mut [f64], derivative: impl Fn(usize) -> f64) {
    match target {
        Places::Same => each(output_gradient, gradient, derivative),
        Places::One => {
            let terms = output_gradient.iter().enumerate();
            gradient[0] += terms.map(|(index, &by_output)| times(by_output, derivative(index))).sum::<f64>();
        }
        Places::Map(map) => {
            for (index, (&by_output, &place)) in output_gradient.iter().zip(map).enumerate() {
                gradient[place] += times(by_output, derivative(index));
            }
        }
    }
}

/// The same where the derivative is a function of one operand.
fn scatter_of(
    target: &Places,
    source: &Source<'_>,
    output_gradient: &[f64],
    gradient: &mut [f64],
    derivative: impl Fn(f64) -> f64,
) {
    match (target, source) {
        (Places::Same, Source::Same(values)) => each_of(values, output_gradient, gradient, derivative),
        (target, Source::One(number)) => {
            let derivative = derivative(*number);
            scatter(target, output_gradient, gradient, |_| derivative);
        }
        (target, source) => scatter(target, output_gradient, gradient, |index| derivative(source.at(index))),
    }
}
