//! Numbers with derivatives, to differentiate recurrences as they are computed.

use std::ops::{Add, Div, Mul, Sub};

/// A value with its derivatives by `N` variables.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dual<const N: usize> {
    pub(super) value: f64,
    pub(super) by: [f64; N],
}

impl<const N: usize> Dual<N> {
    /// A number that does not move.
    pub(super) fn constant(value: f64) -> Self {
        Self { value, by: [0.0; N] }
    }

    /// The variable of this number.
    pub(super) fn variable(value: f64, number: usize) -> Self {
        let mut by = [0.0; N];
        by[number] = 1.0;
        Self { value, by }
    }

    pub(super) fn recip(self) -> Self {
        let value = self.value.recip();
        Self { value, by: self.by.map(|by| -by * value * value) }
    }

    /// The derivatives of the logarithm.
    pub(super) fn log_derivatives(self) -> [f64; N] {
        self.by.map(|by| by / self.value)
    }
}

impl<const N: usize> Add for Dual<N> {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { value: self.value + other.value, by: std::array::from_fn(|number| self.by[number] + other.by[number]) }
    }
}

impl<const N: usize> Add<f64> for Dual<N> {
    type Output = Self;

    fn add(self, number: f64) -> Self {
        Self { value: self.value + number, ..self }
    }
}

impl<const N: usize> Sub<f64> for Dual<N> {
    type Output = Self;

    fn sub(self, number: f64) -> Self {
        self + -number
    }
}

impl<const N: usize> Mul for Dual<N> {
    type Output = Self;

    #[allow(clippy::suspicious_arithmetic_impl, reason = "the product rule is a sum")]
    fn mul(self, other: Self) -> Self {
        let by = std::array::from_fn(|number| self.by[number] * other.value + self.value * other.by[number]);
        Self { value: self.value * other.value, by }
    }
}

impl<const N: usize> Mul<f64> for Dual<N> {
    type Output = Self;

    fn mul(self, number: f64) -> Self {
        Self { value: self.value * number, by: self.by.map(|by| by * number) }
    }
}

impl<const N: usize> Div for Dual<N> {
    type Output = Self;

    #[allow(clippy::suspicious_arithmetic_impl, reason = "the reciprocal has the derivatives")]
    fn div(self, other: Self) -> Self {
        self * other.recip()
    }
}

/// A continued fraction by Lentz's method, from its first denominator and the others with their numerators.
///
/// The derivatives converge later than the value.
pub(super) fn continued_fraction<const N: usize>(
    first: Dual<N>,
    terms: impl Iterator<Item = (Dual<N>, Dual<N>)>,
) -> Dual<N> {
    let mut fraction = first;
    let (mut c, mut d) = (first, Dual::constant(0.0));
    // Where the fraction ends, as at an integer shape, its derivative goes on.
    let mut patience = 300_u32;
    let mut is_converged = false;
    for (numerator, denominator) in terms {
        d = (denominator + numerator * d).recip();
        c = denominator + numerator * c.recip();
        let factor = c * d;
        fraction = fraction * factor;
        is_converged |= (factor.value - 1.0).abs() < 1e-16;
        if is_converged {
            let settled =
                |number: usize| factor.by[number].abs() * fraction.value.abs() <= 4e-16 * fraction.by[number].abs();
            if patience == 0 || (0..N).all(settled) {
                break;
            }
            patience -= 1;
        }
    }
    fraction
}
