//! `Tail`: one tail of a distribution function with its derivatives by the parameters.

use super::log_exp::log1mexp;

/// The lower tail of a distribution function at a point or the upper one: that which can be evaluated with full relative
/// precision there, and does not underflow as its logarithm.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tail<const N: usize> {
    pub(crate) is_lower: bool,
    /// The tail's logarithm.
    pub(crate) log: f64,
    /// Its derivatives by the parameters.
    pub(crate) by: [f64; N],
}

impl<const N: usize> Tail<N> {
    /// The same of the distribution of −X.
    pub(crate) fn mirrored(self) -> Self {
        Self { is_lower: !self.is_lower, ..self }
    }

    /// The logarithm of the lower tail, or of the upper one.
    pub(crate) fn log_of(&self, lower: bool) -> f64 {
        if lower == self.is_lower { self.log } else { log1mexp((-self.log).max(0.0)) }
    }

    /// The derivative of that by a parameter.
    pub(crate) fn log_of_by(&self, lower: bool, parameter: usize) -> f64 {
        let by = self.by[parameter];
        if lower == self.is_lower { by } else { -(self.log - self.log_of(lower)).exp() * by }
    }

    /// The derivative of the distribution function by a parameter.
    pub(crate) fn cdf_by(&self, parameter: usize) -> f64 {
        let derivative = self.log.exp() * self.by[parameter];
        if self.is_lower { derivative } else { -derivative }
    }
}
