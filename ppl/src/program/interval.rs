//! Where the values of a node lie, as far as it can be told from the operations that it is made of.
//!
//! With it, comparisons that always hold are folded: that a scale, which is an exponential, is not negative. What is
//! said of a node holds at every input of finite numbers.

use super::graph::{Graph, Id, Op};
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

    /// Whether no value is negative, or none positive.
    pub(crate) fn sign(self) -> Option<bool> {
        if self.low >= 0.0 {
            Some(true)
        } else if self.high <= 0.0 {
            Some(false)
        } else {
            None
        }
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
const DEPTH: usize = 6;

impl Graph {
    pub(crate) fn interval(&self, id: Id) -> Interval {
        self.interval_to(id, DEPTH)
    }

    fn interval_to(&self, id: Id, depth: usize) -> Interval {
        if depth == 0 {
            return Interval::UNKNOWN;
        }
        let node = self.node(id);
        let of = |which: usize| self.interval_to(node.operands[which], depth - 1);
        match &node.op {
            Op::Constant(numbers) => {
                let from = Interval { low: f64::INFINITY, high: f64::NEG_INFINITY, has_nan: false };
                numbers.0.iter().fold(from, |interval, &number| Interval {
                    low: interval.low.min(number),
                    high: interval.high.max(number),
                    has_nan: interval.has_nan || number.is_nan(),
                })
            }
            Op::Input => Interval::between(f64::MIN, f64::MAX),
            Op::Detach | Op::Move(_) => of(0),
            Op::Compare(_) => Interval::between(0.0, 1.0),
            Op::Select => {
                let (a, b) = (of(1), of(2));
                Interval { low: a.low.min(b.low), high: a.high.max(b.high), has_nan: a.has_nan || b.has_nan }
            }
            Op::Unary(op) => unary(*op, of(0)),
            Op::Binary(Binary::Add) => {
                let (a, b) = (of(0), of(1));
                let (low, high) = (a.low + b.low, a.high + b.high);
                // ∞ − ∞.
                let has_nan = a.has_nan
                    || b.has_nan
                    || (a.low == f64::NEG_INFINITY && b.high == f64::INFINITY)
                    || (a.high == f64::INFINITY && b.low == f64::NEG_INFINITY);
                if low.is_nan() || high.is_nan() { Interval::UNKNOWN } else { Interval { low, high, has_nan } }
            }
            Op::Binary(Binary::Mul) => {
                let (a, b) = (of(0), of(1));
                // 0 · ∞.
                let has_nan = a.has_nan || b.has_nan || !a.is_bounded() || !b.is_bounded();
                match (a.sign(), b.sign()) {
                    (Some(a), Some(b)) if a == b => Interval { low: 0.0, high: f64::INFINITY, has_nan },
                    (Some(_), Some(_)) => Interval { low: f64::NEG_INFINITY, high: 0.0, has_nan },
                    _ => Interval::UNKNOWN,
                }
            }
            _ => Interval::UNKNOWN,
        }
    }
}

/// Bounds that hold whatever the operand is, but for NaN.
fn unary(op: Unary, x: Interval) -> Interval {
    let image = |low: f64, high: f64| Interval { low, high, has_nan: x.has_nan };
    match op {
        Unary::Neg => image(-x.high, -x.low),
        // The processor's function and `std`'s may differ in the last place: bounds that do not depend on x.
        Unary::Exp => image(if x.low >= 0.0 { 1.0 } else { 0.0 }, f64::INFINITY),
        Unary::Square | Unary::Softplus => image(0.0, f64::INFINITY),
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
