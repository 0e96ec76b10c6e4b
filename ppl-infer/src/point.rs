//! A position with the density there.

use crate::{LogDensity, Result};

/// A position on the unconstrained space, with the log density and its gradient there.
///
/// # Example
/// ```
/// use ppl::prelude::*;
/// use ppl_infer::{Point, density::ModelDensity};
///
/// #[model]
/// fn exponential() {
///     sample!("x", Exponential::new(1.0));
/// }
///
/// // With x = eᵘ: log p(u) = u − eᵘ.
/// let mut density = ModelDensity::new(exponential())?;
/// let at = Point::at(vec![0.0], &mut density)?;
/// assert_eq!((at.log_density, at.gradient.as_slice(), at.is_finite()), (-1.0, &[0.0][..], true));
/// assert!(!Point::at(vec![1000.0], &mut density)?.is_finite());
/// # Ok::<(), ppl_infer::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// The position.
    pub position: Vec<f64>,
    /// The log density at the position.
    pub log_density: f64,
    /// The gradient of the log density at the position.
    pub gradient: Vec<f64>,
}

impl Point {
    /// Evaluates `density` at `position`.
    ///
    /// # Errors
    /// If the density fails.
    pub fn at(position: Vec<f64>, density: &mut dyn LogDensity) -> Result<Self> {
        let mut gradient = vec![0.0; position.len()];
        let log_density = density.value_and_gradient(&position, &mut gradient)?;
        Ok(Self { position, log_density, gradient })
    }

    /// Whether the log density and all of its gradient are finite.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        self.log_density.is_finite() && self.gradient.iter().all(|value| value.is_finite())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_targets::Univariate;

    #[test]
    fn a_point_is_finite_if_value_and_gradient_are() {
        for (value, slope, is_finite) in
            [(1.0, 2.0, true), (f64::NAN, 2.0, false), (f64::NEG_INFINITY, 0.0, false), (1.0, f64::INFINITY, false)]
        {
            let point = Point::at(vec![3.0], &mut Univariate(|_| (value, slope))).unwrap();
            assert_eq!((point.position[0], point.is_finite()), (3.0, is_finite));
        }
    }
}
