//! The seam between models and samplers.

use std::ops::{Add, Sub};

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

    /// The log density at `position` alone, for samplers without gradients.
    ///
    /// By default the gradient is computed too, and dropped. A density whose value alone is cheaper has its own.
    ///
    /// # Errors
    /// As [`value_and_gradient`](Self::value_and_gradient).
    fn value(&mut self, position: &[f64]) -> Result<f64> {
        let mut gradient = vec![0.0; position.len()];
        self.value_and_gradient(position, &mut gradient)
    }
}

impl<L: LogDensity + ?Sized> LogDensity for Box<L> {
    fn dim(&self) -> usize {
        (**self).dim()
    }

    fn value_and_gradient(&mut self, position: &[f64], gradient: &mut [f64]) -> Result<f64> {
        (**self).value_and_gradient(position, gradient)
    }

    fn value(&mut self, position: &[f64]) -> Result<f64> {
        (**self).value(position)
    }
}

impl<L: LogDensity + ?Sized> LogDensity for &mut L {
    fn dim(&self) -> usize {
        (**self).dim()
    }

    fn value_and_gradient(&mut self, position: &[f64], gradient: &mut [f64]) -> Result<f64> {
        (**self).value_and_gradient(position, gradient)
    }

    fn value(&mut self, position: &[f64]) -> Result<f64> {
        (**self).value(position)
    }
}

/// The number of evaluations of a density.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::{Evaluations, Hmc, density::ModelDensity, mcmc::chain::sample_chains};
///
/// #[model]
/// fn normal() {
///     sample!("x", Normal::new(0.0, 1.0));
/// }
///
/// let hmc = Hmc::new().num_steps(3).chains(2).warmup(50).draws(20).progress(false);
/// let result = sample_chains(&hmc, |_| ModelDensity::new(normal()))?;
/// // Each draw after the warm-up takes three gradients, and no value alone.
/// let total = result.chains.iter().fold(Evaluations::default(), |sum, chain| sum + chain.evaluations);
/// assert_eq!(total, Evaluations { gradients: 2 * 20 * 3, values: 0 });
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Evaluations {
    /// Evaluations of value and gradient.
    pub gradients: u64,
    /// Evaluations of the value alone.
    pub values: u64,
}

impl Add for Evaluations {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { gradients: self.gradients + other.gradients, values: self.values + other.values }
    }
}

impl Sub for Evaluations {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self { gradients: self.gradients - earlier.gradients, values: self.values - earlier.values }
    }
}

/// A log density that counts how often it was evaluated.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::{Counted, Evaluations, density::ModelDensity, optimize::Lbfgs};
///
/// #[model]
/// fn normal() {
///     sample!("x", Normal::new(3.0, 1.0));
/// }
///
/// let mut density = Counted::new(ModelDensity::new(normal())?);
/// let top = Lbfgs::new().maximize(&mut density, vec![0.0])?;
/// assert!((top.position[0] - 3.0).abs() < 1e-9);
/// assert_eq!(density.evaluations(), Evaluations { gradients: top.gradient_evaluations, values: 0 });
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Counted<L> {
    density: L,
    evaluations: Evaluations,
}

impl<L: LogDensity> Counted<L> {
    /// Wraps `density`; the counts start at zero.
    pub fn new(density: L) -> Self {
        Self { density, evaluations: Evaluations::default() }
    }

    /// Counts evaluations that another one made for it.
    pub(crate) fn add(&mut self, others: Evaluations) {
        self.evaluations = self.evaluations + others;
    }

    /// The evaluations so far.
    pub fn evaluations(&self) -> Evaluations {
        self.evaluations
    }
}

impl<L: LogDensity> LogDensity for Counted<L> {
    fn dim(&self) -> usize {
        self.density.dim()
    }

    fn value_and_gradient(&mut self, position: &[f64], gradient: &mut [f64]) -> Result<f64> {
        self.evaluations.gradients += 1;
        self.density.value_and_gradient(position, gradient)
    }

    fn value(&mut self, position: &[f64]) -> Result<f64> {
        self.evaluations.values += 1;
        self.density.value(position)
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
        assert_eq!(counted.value(&[0.5]).unwrap(), plain.value(&[0.5]).unwrap());
        let before = Evaluations { gradients: 1, values: 1 };
        assert_eq!(counted.evaluations() - before, Evaluations { gradients: 2, values: 0 });
        assert_eq!(Evaluations { gradients: 2, values: 0 } + before, counted.evaluations());
    }
}
