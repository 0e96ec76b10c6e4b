//! Where the values of a node lie, as far as it can be told from the operations that it is made of.
//!
//! With it, comparisons that always hold are folded: that a scale, which is an exponential, is not negative. What is
//! said of a node holds at every input of finite numbers.

use super::graph::{Graph, Id, Op, Signs};
use crate::tensor::elementwise::{Binary, Comparison, Unary};

/// All values are between the bounds, themselves included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Interval {
    pub(crate) low: f64,
    pub(crate) high: f64,
    /// Whether a value may be NaN.
    pub(crate) has_nan: bool,
}

impl Interval {
    const UNKNOWN: Self = Self { low: f64::NEG_INFINITY, high: f64::INFINITY, has_nan: true };

    const fn between(low: f64, high: f64) -> Self {
        Self { low, high, has_nan: false }
    }

    fn is_bounded(self) -> bool {
        self.low.is_finite() && self.high.is_finite()
    }

    fn has_zero(self) -> bool {
        self.low <= 0.0 && self.high >= 0.0
    }

    /// Whether no value is negative, or none positive.
    pub(crate) fn has_one_sign(self) -> bool {
        self.low >= 0.0 || self.high <= 0.0
    }

    /// Whether all values are that number.
    pub(crate) fn is(self, number: f64) -> bool {
        !self.has_nan && self.low == number && self.high == number
    }

    fn sum(a: Self, b: Self) -> Self {
        let (low, high) = (a.low + b.low, a.high + b.high);
        // ∞ − ∞.
        let has_nan = a.has_nan
            || b.has_nan
            || (a.low == f64::NEG_INFINITY && b.high == f64::INFINITY)
            || (a.high == f64::INFINITY && b.low == f64::NEG_INFINITY);
        if low.is_nan() || high.is_nan() { Self::UNKNOWN } else { Self { low, high, has_nan } }
    }

    fn product(a: Self, b: Self) -> Self {
        // 0 · ∞, which is NaN, is no bound.
        let product = |x: f64, y: f64| if x == 0.0 || y == 0.0 { 0.0 } else { x * y };
        let corners = [(a.low, b.low), (a.low, b.high), (a.high, b.low), (a.high, b.high)].map(|(x, y)| product(x, y));
        Self {
            low: corners.into_iter().fold(f64::INFINITY, f64::min),
            high: corners.into_iter().fold(f64::NEG_INFINITY, f64::max),
            has_nan: a.has_nan || b.has_nan || (a.has_zero() && !b.is_bounded()) || (b.has_zero() && !a.is_bounded()),
        }
    }

    /// Where the values of `x` lie for which a comparison with `bound` does not hold.
    fn without(self, op: Comparison, bound: Self) -> Self {
        let (mut low, mut high) = (self.low, self.high);
        if matches!(op, Comparison::Less | Comparison::LessEqual | Comparison::NotEqual) {
            low = low.max(bound.low);
        }
        if matches!(op, Comparison::Greater | Comparison::GreaterEqual | Comparison::NotEqual) {
            high = high.min(bound.high);
        }
        Self { low, high, has_nan: self.has_nan || bound.has_nan }
    }

    /// What a comparison gives, if it is the same everywhere.
    pub(crate) fn compare(op: Comparison, a: Self, b: Self) -> Option<bool> {
        let (always, never) = match op {
            Comparison::Greater => (a.low > b.high, a.high <= b.low),
            Comparison::GreaterEqual => (a.low >= b.high, a.high < b.low),
            Comparison::Less => (a.high < b.low, a.low >= b.high),
            Comparison::LessEqual => (a.high <= b.low, a.low > b.high),
            Comparison::Equal | Comparison::NotEqual => (false, false),
        };
        if a.has_nan || b.has_nan || !(always || never) { None } else { Some(always) }
    }
}

/// How many operations deep it is looked.
const DEPTH: usize = 10;

/// A node of which more is known than what it is made of says.
type Assumption = (Id, Interval);

impl Graph {
    pub(crate) fn interval(&self, id: Id) -> Interval {
        self.interval_to(id, None, DEPTH)
    }

    /// Whether there are `size` elements, and they are a number where a comparison does not hold: 1 / x is 0 where not
    /// x < ∞.
    pub(crate) fn is_without(&self, id: Id, comparison: Id, number: f64, size: usize) -> bool {
        let node = self.node(comparison);
        let Op::Compare(op) = node.op else { return false };
        let [x, bound] = [0, 1].map(|which| node.operands[which]);
        let assumption = (x, self.interval(x).without(op, self.interval(bound)));
        self.size(id) == size && self.interval_to(id, Some(assumption), DEPTH).is(number)
    }

    fn interval_to(&self, id: Id, assumption: Option<Assumption>, depth: usize) -> Interval {
        if let Some((_, interval)) = assumption.filter(|&(known, _)| known == id) {
            return interval;
        }
        if depth == 0 {
            return Interval::UNKNOWN;
        }
        let node = self.node(id);
        let of = |which: usize| self.interval_to(node.operands[which], assumption, depth - 1);
        match &node.op {
            Op::Constant(numbers) => {
                let from = Interval { low: f64::INFINITY, high: f64::NEG_INFINITY, has_nan: false };
                numbers.elements().iter().fold(from, |interval, &number| Interval {
                    low: interval.low.min(number),
                    high: interval.high.max(number),
                    has_nan: interval.has_nan || number.is_nan(),
                })
            }
            Op::Input => Interval::between(f64::MIN, f64::MAX),
            Op::Detach => of(0),
            // What is assumed of an element is not true of others.
            Op::Move(_) => self.interval_to(node.operands[0], None, depth - 1),
            Op::Compare(_) => Interval::between(0.0, 1.0),
            Op::Select => {
                let (a, b) = (of(1), of(2));
                Interval { low: a.low.min(b.low), high: a.high.max(b.high), has_nan: a.has_nan || b.has_nan }
            }
            Op::Unary(op) => unary(*op, of(0)),
            Op::Derivative(Unary::Log1pSquare) => slope_of_log1p_square(of(0)),
            Op::Binary(Binary::Add) => Interval::sum(of(0), of(1)),
            Op::Binary(Binary::Sub) => Interval::sum(of(0), unary(Unary::Neg, of(1))),
            Op::Binary(Binary::Mul) => Interval::product(of(0), of(1)),
            // 0 / 0 and ∞ / ∞ are no numbers.
            Op::Binary(Binary::Div) if of(0).low >= 0.0 && of(1).low >= 0.0 => {
                Interval { low: 0.0, high: f64::INFINITY, has_nan: true }
            }
            Op::MultiplyAdd(signs) => {
                let negative = |interval| unary(Unary::Neg, interval);
                let (product, number) = (Interval::product(of(0), of(1)), of(2));
                match signs {
                    Signs::Plus => Interval::sum(product, number),
                    Signs::Minus => Interval::sum(product, negative(number)),
                    Signs::From => Interval::sum(negative(product), number),
                }
            }
            _ => Interval::UNKNOWN,
        }
    }
}

/// 2x / (1 + x²), which is 0 where x is infinite.
fn slope_of_log1p_square(x: Interval) -> Interval {
    let largest = if x.low == x.high && x.low.is_infinite() { 0.0 } else { 1.0 };
    Interval { low: -largest, high: largest, has_nan: x.has_nan }
}

/// Bounds that hold whatever the operand is, but for NaN.
fn unary(op: Unary, x: Interval) -> Interval {
    let image = |low: f64, high: f64| Interval { low, high, has_nan: x.has_nan };
    // Functions are exact there, whoever computes them.
    if x.low == x.high && x.low.is_infinite() {
        let value = op.value(x.low);
        return if value.is_nan() { Interval::UNKNOWN } else { image(value, value) };
    }
    match op {
        Unary::Neg => image(-x.high, -x.low),
        // The processor's function and `std`'s may differ in the last place: bounds that do not depend on x.
        Unary::Exp => image(if x.low >= 0.0 { 1.0 } else { 0.0 }, f64::INFINITY),
        Unary::Square | Unary::Softplus | Unary::Log1pSquare => image(0.0, f64::INFINITY),
        Unary::Abs => {
            let low = if x.low > 0.0 { x.low } else { 0.0 };
            image(low, x.high.max(-x.low))
        }
        Unary::Sigmoid => image(0.0, 1.0),
        Unary::Tanh if !x.has_nan => image(-1.0, 1.0),
        _ => Interval::UNKNOWN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comparisons_that_always_hold_are_known() {
        let mut graph = Graph::default();
        let x = graph.input(3);
        let zero = graph.number(0.0);
        let itself = graph.compare(Comparison::Equal, x, x);
        assert!(graph.is_all(itself, 1.0));
        let exponential = graph.unary(Unary::Exp, x);
        let one = graph.number(1.0);
        let more = graph.binary(Binary::Add, one, exponential);
        let mut always = |op: Comparison, a: Id, b: Id| {
            let id = graph.compare(op, a, b);
            graph.as_constant(id).map(|elements| elements[0])
        };
        assert_eq!(always(Comparison::GreaterEqual, exponential, zero), Some(1.0));
        assert_eq!(always(Comparison::Less, exponential, zero), Some(0.0));
        assert_eq!(always(Comparison::Greater, more, zero), Some(1.0));
        // It may underflow to 0.
        assert_eq!(always(Comparison::Greater, exponential, zero), None);
        assert_eq!(always(Comparison::Greater, x, zero), None);
    }

    #[test]
    fn what_is_squeezed_into_bounds_is_within_them() {
        let mut graph = Graph::default();
        let x = graph.input(3);
        let [minus_one, one, two] = [-1.0, 1.0, 2.0].map(|number| graph.number(number));
        let sigmoid = graph.unary(Unary::Sigmoid, x);
        let doubled = graph.binary(Binary::Mul, two, sigmoid);
        let moved = graph.binary(Binary::Sub, doubled, one);
        assert_eq!(graph.interval(moved), Interval::between(-1.0, 1.0));
        let magnitude = graph.unary(Unary::Abs, moved);
        let infinity = graph.number(f64::INFINITY);
        let mut always = |op: Comparison, a: Id, b: Id| {
            let id = graph.compare(op, a, b);
            graph.as_constant(id).map(|elements| elements[0])
        };
        assert_eq!(always(Comparison::GreaterEqual, moved, minus_one), Some(1.0));
        assert_eq!(always(Comparison::LessEqual, moved, one), Some(1.0));
        assert_eq!(always(Comparison::Less, magnitude, infinity), Some(1.0));
        // It may be the bound itself.
        assert_eq!(always(Comparison::Less, moved, one), None);
    }

    #[test]
    fn products_have_the_bounds_of_their_corners() {
        let product = |a: (f64, f64), b: (f64, f64)| {
            let of = |(low, high)| Interval::between(low, high);
            let Interval { low, high, has_nan } = Interval::product(of(a), of(b));
            (low, high, has_nan)
        };
        assert_eq!(product((-2.0, 3.0), (-5.0, 7.0)), (-15.0, 21.0, false));
        assert_eq!(product((2.0, 3.0), (5.0, f64::INFINITY)), (10.0, f64::INFINITY, false));
        assert_eq!(product((0.0, 3.0), (5.0, f64::INFINITY)), (0.0, f64::INFINITY, true));
        assert_eq!(product((-1.0, 0.0), (0.0, f64::INFINITY)), (f64::NEG_INFINITY, 0.0, true));
    }

    #[test]
    fn checks_that_change_nothing_are_known() {
        let mut graph = Graph::default();
        let x = graph.input(3);
        let [one, infinity] = [1.0, f64::INFINITY].map(|number| graph.number(number));
        let scale = graph.unary(Unary::Exp, x);
        let is_finite = graph.compare(Comparison::Less, scale, infinity);
        // −ln(1 + s²) is −∞ where s is ∞ already, and the reciprocal of 1 + s² is 0.
        let square = graph.unary(Unary::Square, scale);
        let logarithm = graph.unary(Unary::Ln1p, square);
        let density = graph.unary(Unary::Neg, logarithm);
        assert!(graph.is_without(density, is_finite, f64::NEG_INFINITY, 3));
        assert!(!graph.is_without(density, is_finite, 0.0, 3));
        let more = graph.binary(Binary::Add, one, square);
        let part = graph.unary(Unary::Recip, more);
        assert!(graph.is_without(part, is_finite, 0.0, 3));
        assert!(!graph.is_without(part, scale, 0.0, 3));
        // −x is finite; s − s² is NaN; what another element is does not tell what this one is.
        let minus = graph.unary(Unary::Neg, x);
        let difference = graph.binary(Binary::Sub, scale, square);
        let turned = graph.moved(density, vec![2, 0, 1]);
        for other in [minus, difference, turned] {
            assert!(!graph.is_without(other, is_finite, f64::NEG_INFINITY, 3));
        }
        // A comparison does not hold either where its operand is NaN.
        let root = graph.unary(Unary::Sqrt, x);
        let is_finite = graph.compare(Comparison::Less, root, infinity);
        let reciprocal = graph.unary(Unary::Recip, root);
        assert!(!graph.is_without(reciprocal, is_finite, 0.0, 3));
    }

    #[test]
    fn what_may_be_nan_is_compared() {
        let mut graph = Graph::default();
        let x = graph.input(3);
        let zero = graph.number(0.0);
        let logarithm = graph.unary(Unary::Ln, x);
        let square = graph.unary(Unary::Square, logarithm);
        let compared = graph.compare(Comparison::GreaterEqual, square, zero);
        assert!(graph.as_constant(compared).is_none());
        let itself = graph.compare(Comparison::Equal, logarithm, logarithm);
        assert!(graph.as_constant(itself).is_none());
    }
}
