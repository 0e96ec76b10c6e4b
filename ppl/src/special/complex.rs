//! Complex numbers, as far as contour integrals need them.

/// A complex number, by its real and imaginary part.
#[derive(Clone, Copy)]
pub(super) struct Complex(pub(super) f64, pub(super) f64);

impl Complex {
    pub(super) fn plus(self, other: Self) -> Self {
        Self(self.0 + other.0, self.1 + other.1)
    }

    pub(super) fn scaled(self, factor: f64) -> Self {
        Self(self.0 * factor, self.1 * factor)
    }

    pub(super) fn times(self, other: Self) -> Self {
        Self(self.0 * other.0 - self.1 * other.1, self.0 * other.1 + self.1 * other.0)
    }

    /// The quotient, where the square of the divisor's modulus may overflow.
    pub(super) fn over(self, other: Self) -> Self {
        let size = other.0.hypot(other.1);
        let Self(real, imaginary) = self.times(Self(other.0 / size, -other.1 / size));
        Self(real / size, imaginary / size)
    }

    pub(super) fn exp(self) -> Self {
        let (sine, cosine) = self.1.sin_cos();
        Self(cosine, sine).scaled(self.0.exp())
    }

    pub(super) fn exp_m1(self) -> Self {
        let half_sine = (0.5 * self.1).sin();
        let real = self.0.exp_m1() * self.1.cos() - 2.0 * half_sine * half_sine;
        Self(real, self.0.exp() * self.1.sin())
    }
}
