//! `CumulativeDistribution`: the distribution function of any continuous distribution.

use crate::bijector::Bijector;
use crate::distribution::Cdf;
use crate::{Constraint, Error, Result, Shape, Tensor, check};

/// The distribution function of a continuous distribution of numbers: the probability integral transform. Its inverse makes
/// draws of the distribution from uniform numbers.
///
/// ```text
/// forward   x = F(u)        ln |dx/du| = ln p(u)
/// inverse   u = F⁻¹(x)      ln |du/dx| = −ln p(u)
/// ```
///
/// # Domain and codomain
/// The support of the distribution → numbers between 0 and 1; elementwise.
///
/// # Shapes
/// Values broadcast with the batch of the distribution.
///
/// # Numerics
/// Those of [`Cdf::cdf`] and [`Cdf::icdf`]: digits are lost where F is near 1, not where it is near 0. The Jacobian term is
/// taken from u. For distributions with a bijector of their own, such as [`NormalCdf`](crate::bijector::NormalCdf), that
/// costs less.
///
/// # Reference
/// torch.distributions, `CumulativeDistributionTransform`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, CumulativeDistribution};
/// use ppl::distribution::Exponential;
///
/// let bijector = CumulativeDistribution::new(Exponential::new(2.0)?)?;
/// let x = bijector.forward(&Tensor::from(0.5))?;
/// assert!((x + (-1.0_f64).exp() - 1.0).abs().item() < 1e-15);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct CumulativeDistribution<D> {
    distribution: D,
}

impl<D: Cdf> CumulativeDistribution<D> {
    /// The distribution function of this distribution.
    ///
    /// # Errors
    /// A distribution of vectors, or a discrete one.
    pub fn new(distribution: D) -> Result<Self> {
        if !distribution.event_shape().is_empty() || distribution.support().is_discrete() {
            return Err(Error::InvalidArgument {
                operation: "CumulativeDistribution",
                argument: "distribution",
                expected: "a continuous distribution of numbers".to_owned(),
                got: distribution.name().to_owned(),
            });
        }
        Ok(Self { distribution })
    }

    /// The distribution.
    #[must_use]
    pub fn distribution(&self) -> &D {
        &self.distribution
    }
}

impl<D: Cdf> Bijector for CumulativeDistribution<D> {
    fn name(&self) -> &'static str {
        "CumulativeDistribution"
    }

    fn domain(&self) -> Constraint {
        self.distribution.support()
    }

    fn codomain(&self) -> Constraint {
        Constraint::UnitInterval
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        Ok((self.distribution.cdf(u)?, self.distribution.log_prob(u)?))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let u = self.distribution.icdf(x)?;
        let log_det = -self.distribution.log_prob(&u)?;
        Ok((u, log_det))
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        check::broadcast("CumulativeDistribution", shape, &self.distribution.batch_shape())
    }

    fn inverse_shape(&self, shape: &Shape) -> Result<Shape> {
        self.forward_shape(shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::NormalCdf;
    use crate::bijector::conformance::Laws;
    use crate::distribution::{Beta, Gamma, Normal, Poisson};

    #[test]
    fn laws() {
        Laws::of(&CumulativeDistribution::new(Normal::new(0.5, 2.0).unwrap()).unwrap())
            .hold_at(&Tensor::from([-20.0, -2.0, 0.3, 4.0]));
        Laws::of(&CumulativeDistribution::new(Gamma::new(2.5, 0.7).unwrap()).unwrap())
            .hold_at(&Tensor::from([0.01, 1.0, 9.0]));
        Laws::of(&CumulativeDistribution::new(Beta::new(2.0, 3.0).unwrap()).unwrap())
            .hold_at(&Tensor::from([[0.1], [0.9]]));
        // Two distributions at a time.
        Laws::of(&CumulativeDistribution::new(Normal::new([0.0, 1.0], 1.0).unwrap()).unwrap())
            .hold_at(&Tensor::from([[0.3, -0.5]]));
    }

    #[test]
    fn of_the_standard_normal_distribution_it_is_normal_cdf() {
        let u = Tensor::from([-30.0, -1.0, 0.0, 2.0]);
        let bijector = CumulativeDistribution::new(Normal::new(0.0, 1.0).unwrap()).unwrap();
        let (x, log_det) = bijector.forward_and_log_det(&u).unwrap();
        let (expected, expected_log_det) = NormalCdf.forward_and_log_det(&u).unwrap();
        assert!((x / expected - 1.0).abs().max() < 1e-13 && (log_det - expected_log_det).abs().max() < 1e-13);
    }

    #[test]
    fn a_discrete_distribution_is_refused() {
        let error = CumulativeDistribution::new(Poisson::new(3.0).unwrap()).unwrap_err().to_string();
        assert_eq!(
            error,
            "CumulativeDistribution: `distribution` must be a continuous distribution of numbers, got Poisson"
        );
    }
}
