//! Derivatives of functions, made of cheaper operations where there are some.

use crate::program::adjoint::ChainRule;
use crate::program::graph::{Around, Graph, Id, Op};
use crate::tensor::elementwise::{Binary, Comparison, Unary};

impl Graph {
    /// The derivative of a unary function at `x`, where its value is `y`, as the chain rule needs it.
    pub(in crate::program) fn derivative_by(&mut self, rule: ChainRule, op: Unary, x: Id, y: Id) -> Id {
        match rule {
            ChainRule::Fast => self.derivative(op, x, y),
            ChainRule::ZeroAbsorbing => self.add(Op::Derivative(op), &[x, y], self.size(x)),
        }
    }

    /// An adjoint or a tangent times a derivative: 0 where the first factor is. Where 0 absorbs, no factor is moved, so
    /// that a product that underflows is the tape's.
    pub(in crate::program) fn chained(&mut self, rule: ChainRule, adjoint: Id, derivative: Id) -> Id {
        match rule {
            ChainRule::Fast => self.masked(adjoint, derivative),
            ChainRule::ZeroAbsorbing => {
                let size = self.size(adjoint).max(self.size(derivative));
                self.add(Op::Masked, &[adjoint, derivative], size)
            }
        }
    }

    /// The derivative of a unary function at `x`, where its value is `y`.
    pub(crate) fn derivative(&mut self, op: Unary, x: Id, y: Id) -> Id {
        let one = self.number(1.0);
        match op {
            Unary::Neg => self.number(-1.0),
            Unary::Exp => y,
            Unary::Ln => self.unary(Unary::Recip, x),
            Unary::Ln1p => {
                let sum = self.binary(Binary::Add, one, x);
                self.unary(Unary::Recip, sum)
            }
            Unary::Sqrt => {
                let half = self.number(0.5);
                self.binary(Binary::Div, half, y)
            }
            Unary::Square => {
                let two = self.number(2.0);
                self.binary(Binary::Mul, two, x)
            }
            Unary::Abs => self.unary(Unary::Sign, x),
            Unary::Recip => {
                let square = self.unary(Unary::Square, y);
                self.unary(Unary::Neg, square)
            }
            Unary::Sin => self.unary(Unary::Cos, x),
            Unary::Cos => {
                let sine = self.unary(Unary::Sin, x);
                self.unary(Unary::Neg, sine)
            }
            Unary::Tan => {
                let square = self.unary(Unary::Square, y);
                self.binary(Binary::Add, one, square)
            }
            Unary::Tanh => {
                let square = self.unary(Unary::Square, y);
                self.binary(Binary::Sub, one, square)
            }
            // 1 − y would cancel where y is near 1.
            Unary::Sigmoid => {
                let minus = self.unary(Unary::Neg, x);
                let complement = self.unary(Unary::Sigmoid, minus);
                self.binary(Binary::Mul, y, complement)
            }
            Unary::Softplus => self.unary(Unary::Sigmoid, x),
            Unary::Lgamma => self.unary(Unary::Digamma, x),
            Unary::Digamma => self.unary(Unary::Polygamma(1), x),
            Unary::Polygamma(order) => self.unary(Unary::Polygamma(order + 1), x),
            Unary::StirlingCorrection(order) => self.unary(Unary::StirlingCorrection(order + 1), x),
            Unary::Expm1x => self.unary(Unary::Expm1, x),
            Unary::LogBesselIe(order) => {
                let complement = self.unary(Unary::BesselRatioComplement(order), x);
                self.unary(Unary::Neg, complement)
            }
            Unary::Expm1
            | Unary::Log1pSquare
            | Unary::Atan
            | Unary::Erf
            | Unary::Erfc
            | Unary::LogNdtr
            | Unary::Ndtr
            | Unary::Ndtri
            | Unary::Erfinv
            | Unary::LambertW0
            | Unary::Sign
            | Unary::Floor
            | Unary::LogScaledExponentialIntegral
            | Unary::LogMillsRatio
            | Unary::LogScaledBesselK(_)
            | Unary::BesselRatioComplement(_)
            | Unary::Pow(_) => self.add(Op::Derivative(op), &[x, y], self.size(x)),
        }
    }

    /// The partial derivative of a binary function by its operand number `position`, where its value is `y`.
    pub(crate) fn partial(&mut self, op: Binary, position: usize, [a, b]: [Id; 2], y: Id) -> Id {
        self.add(Op::Partial(op, position), &[a, b, y], self.size(y))
    }

    /// The derivative of the logarithm of a sum of exponentials, whose value is `y`; 0 where a line is −∞ throughout.
    pub(in crate::program) fn softmax(&mut self, x: Id, y: Id, around: Around) -> Id {
        let (zero, lowest) = (self.number(0.0), self.number(f64::NEG_INFINITY));
        let is_lowest = self.compare(Comparison::Equal, y, lowest);
        let shift = self.select(is_lowest, zero, y);
        let shift = self.spread(shift, around);
        // As it is: y was computed from the rounded x, and (c + x) − y as c + (x − y) would not be negative any more.
        let difference = self.add(Op::Binary(Binary::Sub), &[x, shift], self.size(x));
        self.unary(Unary::Exp, difference)
    }
}
