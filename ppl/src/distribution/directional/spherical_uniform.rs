//! Uniform distribution on the sphere.

use super::sphere;
use crate::distribution::density::vector;
use crate::distribution::{Covariance, Distribution, Entropy, KlDivergence, Moments};
use crate::random::Rng;
use crate::{Constraint, Error, Result, Shape, Tensor};

/// Uniform distribution of unit vectors.
///
#[doc = include_str!("../../../doc/distribution/SphericalUniform.svg")]
///
/// ```text
/// log p(x) = ln Γ(d/2) − (d/2) ln π − ln 2
/// ```
///
/// with respect to the surface of the sphere in dimension d.
///
/// # Parameters
/// | parameter   | domain         | shape | meaning           |
/// |-------------|----------------|-------|-------------------|
/// | `dimension` | integer, d ≥ 2 |       | entries of a vector |
///
/// # Shapes
/// batch = `[]`, event = `[d]`
///
/// # Support
/// The vectors of length 1: [`Constraint::UnitVector`](crate::Constraint::UnitVector).
///
/// # Moments
/// ```text
/// mean       = 0
/// covariance = I / d
/// entropy    = ln 2 + (d/2) ln π − ln Γ(d/2)
/// ```
/// Every vector is a mode: it does not implement [`Mode`](crate::distribution::Mode).
///
/// # Numerics
/// The log density is a constant, accurate in any dimension. A value is a unit vector if its squared length is 1 up to
/// 1e-8.
///
/// # Draws
/// Normal vectors, divided by their lengths.
///
/// # Reference
/// TFP, `tfp.distributions.SphericalUniform`; Muller, "A note on a method for generating points uniformly on n-dimensional
/// spheres", Communications of the ACM 2 (1959).
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::distribution::{Distribution, SphericalUniform};
///
/// let direction = SphericalUniform::new(3)?;
/// let density = direction.log_prob(&Tensor::from([0.0, 0.6, 0.8]))?.item().exp();
/// assert!((density - 0.25 / std::f64::consts::PI).abs() < 1e-15);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct SphericalUniform {
    dimension: usize,
}

impl SphericalUniform {
    const NAME: &'static str = "SphericalUniform";

    /// The uniform distribution of unit vectors of so many entries.
    ///
    /// # Errors
    /// Fewer than two entries.
    pub fn new(dimension: usize) -> Result<Self> {
        if dimension < 2 {
            return Err(Error::InvalidArgument {
                operation: Self::NAME,
                argument: "dimension",
                expected: "at least 2".to_owned(),
                got: dimension.to_string(),
            });
        }
        Ok(Self { dimension })
    }

    /// Entries of a vector.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.dimension
    }
}

impl Distribution for SphericalUniform {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        Vec::new()
    }

    fn batch_shape(&self) -> Shape {
        Shape::SCALAR
    }

    fn event_shape(&self) -> Shape {
        Shape::from(self.dimension)
    }

    fn support(&self) -> Constraint {
        Constraint::UnitVector
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        sphere::uniform(rng, *sample_shape, self.dimension)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let pole = || Ok(sphere::pole(self.dimension));
        let is_inside = |value: &Tensor| Constraint::UnitVector.contains(value);
        vector::on_support(self, value, is_inside, pole, |_| Ok(Tensor::scalar(-sphere::log_surface(self.dimension))))
    }
}

impl Moments for SphericalUniform {
    fn mean(&self) -> Tensor {
        Tensor::zeros(self.dimension)
    }

    fn variance(&self) -> Tensor {
        Tensor::full(self.dimension, 1.0 / self.dimension as f64)
    }
}

impl Covariance for SphericalUniform {
    fn covariance(&self) -> Tensor {
        Tensor::eye(self.dimension) / self.dimension as f64
    }
}

impl Entropy for SphericalUniform {
    fn entropy(&self) -> Tensor {
        Tensor::scalar(sphere::log_surface(self.dimension))
    }
}

impl KlDivergence<Self> for SphericalUniform {
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        if self.dimension == other.dimension {
            return Ok(Tensor::scalar(0.0));
        }
        Err(Error::ShapeMismatch {
            operation: Self::NAME,
            relation: "have the same number of entries",
            left: self.event_shape(),
            right: other.event_shape(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};
    use crate::random::Key;

    #[test]
    fn densities_are_reciprocals_of_the_surface() {
        // 2π, 4π and 2π².
        let pi = std::f64::consts::PI;
        for (dimension, surface) in [(2, 2.0 * pi), (3, 4.0 * pi), (4, 2.0 * pi * pi)] {
            let uniform = SphericalUniform::new(dimension).unwrap();
            let inside = Tensor::stack(&[sphere::pole(dimension), -sphere::pole(dimension)], 0);
            let density = uniform.prob(&inside).unwrap() * surface;
            assert!((density - 1.0).abs().max().item() < 1e-14);
            assert!((uniform.entropy().item() - surface.ln()).abs() < 1e-14);
        }
        let uniform = SphericalUniform::new(3).unwrap();
        assert_eq!(uniform.log_prob(&Tensor::from([0.6, 0.6, 0.6])).unwrap(), f64::NEG_INFINITY);
        assert!(uniform.log_prob(&Tensor::from([0.6, 0.8])).is_err());
    }

    #[test]
    fn moments_are_those_of_draws() {
        let uniform = SphericalUniform::new(3).unwrap();
        let draws =
            uniform.sample(&mut Key::new(5).rng("x", 0), &Shape::from([100, 200])).unwrap().reshape([20_000, 3]);
        assert_eq!(Constraint::UnitVector.contains(&draws).min(), 1.0);
        // 5 standard errors: false alarm rate 6e-7 each.
        assert!((draws.mean_axis(0) - uniform.mean()).abs().max().item() < 5.0 * (1.0 / 60_000.0_f64).sqrt());
        for row in 0..3 {
            for column in 0..3 {
                let got = (draws.index(-1, row) * draws.index(-1, column)).mean().item();
                let want = uniform.covariance().get(row).get(column).item();
                // The products have a variance of 4/45 at most.
                assert!((got - want).abs() < 5.0 * (4.0 / 45.0 / 20_000.0_f64).sqrt(), "{row} {column}: {got}");
            }
        }
        // Archimedes: an entry is uniform on [−1, 1] in dimension 3.
        let below = draws.index(-1, 1).less(0.5).mean().item();
        assert!((below - 0.75).abs() < 5.0 * (0.75 * 0.25 / 20_000.0_f64).sqrt(), "{below}");
    }

    #[test]
    fn a_sphere_has_two_dimensions_or_more() {
        let message = SphericalUniform::new(1).unwrap_err().to_string();
        assert_eq!(message, "SphericalUniform: `dimension` must be at least 2, got 1");
        let [three, four] = [3, 4].map(|dimension| SphericalUniform::new(dimension).unwrap());
        assert_eq!(three.kl_divergence(&three).unwrap(), 0.0);
        assert!(three.kl_divergence(&four).is_err());
    }

    fn family() -> Family<SphericalUniform> {
        Family::of("SphericalUniform", |_| SphericalUniform::new(3))
            .without_value_gradient("an entry of a unit vector does not move on its own")
            .at(parameters! {})
            .at(parameters! {})
            .draws([
                -0.19058608688074477,
                -0.26465394662421887,
                0.9453228189479562,
                -0.8233183447763238,
                -0.15368238869800427,
                -0.5463777324881111,
                -0.6316996418374119,
                0.7517707625292043,
                0.18919905683894006,
            ])
    }

    // The dimension is a count: there is no parameter that could be in a batch, be extreme, or be refused by a draw.
    conformance::law_tests! { family() =>
        shapes_are_sample_batch_event,
        a_batch_is_its_members,
        gradients_are_finite_differences,
        outside_the_support_the_density_is_zero,
        observations_outside_are_named,
        what_a_mask_leaves_out_is_not_looked_at,
        first_draws_are_stable,
        multivariate,
        moments,
        covariance,
        entropy
    }
}
