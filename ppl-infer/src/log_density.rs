//! The seam between models and samplers.

use crate::Result;

/// A log density and its gradient on an unconstrained space ℝⁿ.
///
/// The density need not be normalised. A sampler asks for values one at a time and from one thread, so an implementation
/// may own buffers: hence `&mut self`.
///
/// A value that is not finite is an outcome: a sampler rejects the position. An `Err` is for a broken model (a shape
/// that does not fit, a user's error) and ends the chain.
///
/// # Example
/// The standard normal distribution, up to its constant:
/// ```
/// use ppl_infer::{LogDensity, Result};
///
/// struct StandardNormal;
///
/// impl LogDensity for StandardNormal {
///     fn dim(&self) -> usize {
///         1
///     }
///
///     fn value_and_gradient(&mut self, position: &[f64], gradient: &mut [f64]) -> Result<f64> {
///         gradient[0] = -position[0];
///         Ok(-0.5 * position[0] * position[0])
///     }
/// }
///
/// let mut gradient = [0.0];
/// assert_eq!(StandardNormal.value_and_gradient(&[2.0], &mut gradient)?, -2.0);
/// assert_eq!(gradient, [-2.0]);
/// # Ok::<(), ppl_infer::Error>(())
/// ```
pub trait LogDensity {
    /// The dimension n of the space.
    fn dim(&self) -> usize;

    /// The log density at `position`; writes its gradient into `gradient`.
    ///
    /// # Shapes
    /// `position` and `gradient` have length [`dim`](Self::dim). Every entry of `gradient` is written, also where the
    /// value is not finite.
    ///
    /// # Errors
    /// If the model is broken. A value or a gradient that is not finite is returned as such.
    fn value_and_gradient(&mut self, position: &[f64], gradient: &mut [f64]) -> Result<f64>;
}

impl<L: LogDensity + ?Sized> LogDensity for Box<L> {
    fn dim(&self) -> usize {
        (**self).dim()
    }

    fn value_and_gradient(&mut self, position: &[f64], gradient: &mut [f64]) -> Result<f64> {
        (**self).value_and_gradient(position, gradient)
    }
}

impl<L: LogDensity + ?Sized> LogDensity for &mut L {
    fn dim(&self) -> usize {
        (**self).dim()
    }

    fn value_and_gradient(&mut self, position: &[f64], gradient: &mut [f64]) -> Result<f64> {
        (**self).value_and_gradient(position, gradient)
    }
}

/// A log density that counts how often it was evaluated.
#[derive(Clone, Debug)]
pub struct Counted<L> {
    density: L,
    evaluations: u64,
}

impl<L: LogDensity> Counted<L> {
    /// Wraps `density`; the count starts at zero.
    pub fn new(density: L) -> Self {
        Self { density, evaluations: 0 }
    }

    /// The number of gradients computed so far.
    pub fn evaluations(&self) -> u64 {
        self.evaluations
    }
}

impl<L: LogDensity> LogDensity for Counted<L> {
    fn dim(&self) -> usize {
        self.density.dim()
    }

    fn value_and_gradient(&mut self, position: &[f64], gradient: &mut [f64]) -> Result<f64> {
        self.evaluations += 1;
        self.density.value_and_gradient(position, gradient)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_targets::Gaussian;

    #[test]
    fn counted_counts_and_changes_nothing() {
        let mut plain = Gaussian::diagonal(&[2.0]);
        let mut counted = Counted::new(Box::new(plain.clone()) as Box<dyn LogDensity>);
        let (mut expected, mut gradient) = ([0.0], [0.0]);
        for x in [-1.0, 0.5, 3.0] {
            let value = plain.value_and_gradient(&[x], &mut expected).unwrap();
            assert_eq!(counted.value_and_gradient(&[x], &mut gradient).unwrap(), value);
            assert_eq!(gradient, expected);
        }
        assert_eq!(counted.evaluations(), 3);
    }
}
