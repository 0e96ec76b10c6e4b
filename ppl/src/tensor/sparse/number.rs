//! Numbers that a factorisation can be done with: real ones, and those that carry a derivative along.

use std::ops::{Add, Div, Mul, Neg, Sub};

/// What algorithms compute with, so that their derivatives along a direction are the same algorithms.
pub(super) trait Number:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> + Neg<Output = Self>
{
    fn constant(value: f64) -> Self;

    /// The real number, without derivatives.
    fn value(self) -> f64;

    fn sqrt(self) -> Self;
}

impl Number for f64 {
    fn constant(value: f64) -> Self {
        value
    }

    fn value(self) -> f64 {
        self
    }

    fn sqrt(self) -> Self {
        self.sqrt()
    }
}

/// A dual number: a value and its derivative along a direction. Duals of duals have second derivatives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Dual<N> {
    pub(super) value: N,
    pub(super) tangent: N,
}

impl<N: Number> Add for Dual<N> {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { value: self.value + other.value, tangent: self.tangent + other.tangent }
    }
}

impl<N: Number> Sub for Dual<N> {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self { value: self.value - other.value, tangent: self.tangent - other.tangent }
    }
}

impl<N: Number> Mul for Dual<N> {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        Self { value: self.value * other.value, tangent: self.tangent * other.value + self.value * other.tangent }
    }
}

impl<N: Number> Div for Dual<N> {
    type Output = Self;

    fn div(self, other: Self) -> Self {
        let value = self.value / other.value;
        Self { value, tangent: (self.tangent - value * other.tangent) / other.value }
    }
}

impl<N: Number> Neg for Dual<N> {
    type Output = Self;

    fn neg(self) -> Self {
        Self { value: -self.value, tangent: -self.tangent }
    }
}

impl<N: Number> Number for Dual<N> {
    fn constant(value: f64) -> Self {
        Self { value: N::constant(value), tangent: N::constant(0.0) }
    }

    fn value(self) -> f64 {
        self.value.value()
    }

    fn sqrt(self) -> Self {
        let value = self.value.sqrt();
        Self { value, tangent: self.tangent / (value + value) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// f(x) = √(x² + 3) / x − x, with f′ = −3 / (x² √(x² + 3)) − 1 and f″ = 3 (3 x² + 6) / (x³ (x² + 3)^{3/2}).
    #[test]
    fn first_and_second_derivatives() {
        let f = |x: Dual<Dual<f64>>| (x * x + Dual::constant(3.0)).sqrt() / x - x;
        let one = Dual { value: 1.0, tangent: 0.0 };
        let result = f(Dual { value: Dual { value: 1.0, tangent: 1.0 }, tangent: one });
        assert_eq!(result.value(), 1.0);
        assert_eq!((result.value.tangent, result.tangent.value), (-2.5, -2.5));
        assert_eq!(result.tangent.tangent, 27.0 / 8.0);
        assert_eq!((-result).value(), -1.0);
    }
}
