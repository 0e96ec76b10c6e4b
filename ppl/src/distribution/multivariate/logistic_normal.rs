//! Logistic-normal distribution on the simplex.

use std::sync::Arc;

use crate::bijector::StickBreaking;
use crate::distribution::continuous::Normal;
use crate::distribution::density::vector;
use crate::distribution::{Distribution, KlDivergence, Transformed};
use crate::random::Rng;
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor, check};

/// Logistic-normal distribution on the simplex: stick breaking of independent normal variables.
///
#[doc = include_str!("../../../doc/distribution/LogisticNormal.svg")]
///
/// ```text
/// x = StickBreaking(u),   u_k normal with mean loc_k and standard deviation scale_k,   k = 1 … n
/// log p(x) = Σ_k (−½ z_k² − ln(scale_k) − ½ ln(2π)) − Σ_{k=1}^{n+1} ln x_k,   z_k = (u_k − loc_k) / scale_k
/// u_k = ln x_k − ln Σ_{j>k} x_j + ln(n + 1 − k)
/// ```
///
/// with respect to the first n entries of x. On a face of the simplex the density is 0. Of two entries the first is
/// [`LogitNormal`](crate::distribution::LogitNormal).
///
/// # Parameters
/// | parameter | domain   | shape          | meaning                                         |
/// |-----------|----------|----------------|-------------------------------------------------|
/// | `loc`     | real     | batch ++ `[n]` | means of the numbers that break the stick       |
/// | `scale`   | positive | batch ++ `[n]` | standard deviations of these                    |
///
/// # Shapes
/// batch = all but the last axis of broadcast(`loc`, `scale`), event = `[n + 1]`.
///
/// # Support
/// The simplex: [`Constraint::Simplex`](crate::Constraint::Simplex).
///
/// # Moments
/// Mean, variance, mode and entropy have no closed form and are not implemented. The divergence of two logistic-normal
/// distributions is that of the normal variables.
///
/// # Numerics
/// Those of [`StickBreaking`]: a sum of logarithms, which keeps the digits of small entries. A draw remembers its
/// logarithms and the numbers it was made of, of which its density is taken.
///
/// # Draws
/// Reparameterised: stick breaking of scaled and shifted noise.
///
/// # Reference
/// Aitchison and Shen, "Logistic-normal distributions: some properties and uses", Biometrika 67 (1980); torch,
/// `LogisticNormal`, whose stick breaking has the same offset ln(n + 1 − k).
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::distribution::{Distribution, LogisticNormal, LogitNormal};
///
/// let shares = LogisticNormal::new([0.3], [0.7])?;
/// let want = LogitNormal::new(0.3, 0.7)?.log_prob(&0.2.into())?;
/// assert!((shares.log_prob(&Tensor::from([0.2, 0.8]))? - want).abs().item() < 1e-14);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct LogisticNormal {
    /// Of the numbers that break the stick.
    normal: Normal,
    simplex: Transformed,
}

impl LogisticNormal {
    const NAME: &'static str = "LogisticNormal";

    /// The logistic-normal distribution of normal variables with these means and standard deviations along the last axis.
    ///
    /// # Errors
    /// `loc` not finite; a scale that is not positive and finite; no last axis; shapes that do not broadcast.
    pub fn new(loc: impl IntoTensor, scale: impl IntoTensor) -> Result<Self> {
        let (loc, scale) = (loc.into_tensor(), scale.into_tensor());
        let shape = check::broadcast_all(Self::NAME, &[&loc, &scale])?;
        if shape.rank() == 0 {
            return Err(Error::InvalidShape {
                operation: Self::NAME,
                expected: "a last axis of `loc` or `scale`".to_owned(),
                got: shape,
            });
        }
        check::constants(Self::NAME, &parameters(&loc, &scale))?;
        let normal = Normal::unchecked(loc, scale)?;
        let simplex = Transformed::new(Arc::new(normal.clone()), StickBreaking)?;
        Ok(Self { normal, simplex })
    }

    /// Means of the numbers that break the stick.
    #[must_use]
    pub fn loc(&self) -> &Tensor {
        self.normal.loc()
    }

    /// Standard deviations of the numbers that break the stick.
    #[must_use]
    pub fn scale(&self) -> &Tensor {
        self.normal.scale()
    }
}

fn parameters<'a>(loc: &'a Tensor, scale: &'a Tensor) -> [check::Parameter<'a>; 2] {
    [("loc", loc, Constraint::Real), ("scale", scale, Constraint::Positive)]
}

impl Distribution for LogisticNormal {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        check::values(&parameters(self.loc(), self.scale()))
    }

    fn batch_shape(&self) -> Shape {
        self.simplex.batch_shape()
    }

    fn event_shape(&self) -> Shape {
        self.simplex.event_shape()
    }

    fn support(&self) -> Constraint {
        Constraint::Simplex
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all(Self::NAME, &parameters(self.loc(), self.scale()))?;
        self.simplex.sample(rng, sample_shape)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        // On a face the normal density is 0, and the determinant infinite.
        let is_inside = |value: &Tensor| Constraint::Simplex.contains(value) * value.min_axis(-1).greater(0.0);
        vector::on_support(self, value, is_inside, || vector::point_inside(self), |value| self.simplex.log_prob(value))
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl KlDivergence<Self> for LogisticNormal {
    /// That of the normal variables: the same bijector makes both.
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        if self.event_shape() != other.event_shape() {
            return Err(Error::ShapeMismatch {
                operation: Self::NAME,
                relation: "agree as event shapes",
                left: self.event_shape(),
                right: other.event_shape(),
            });
        }
        let shape = check::broadcast(Self::NAME, &self.normal.batch_shape(), &other.normal.batch_shape())?;
        self.normal.kl_divergence(&other.normal)?.try_broadcast_to(shape)?.try_sum_axis(-1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<LogisticNormal> {
        Family::of("LogisticNormal", |p| LogisticNormal::new(p.get("loc"), p.get("scale")))
            .without_golden_cases("the table has none; the test below has cases")
            .without_far_cases("it is a normal density and a stick breaking, of which there are cases")
            .without_value_gradient("entries of a simplex do not move on their own")
            .at(parameters! { loc: [0.3, -0.5], scale: [0.8, 0.6] })
            .at(parameters! { loc: [0.1, -0.2], scale: [0.6, 0.5] })
            .rejects(
                parameters! { loc: [0.0, f64::NAN], scale: [1.0, 1.0] },
                "LogisticNormal: `loc` must be real, got NaN at [1]",
            )
            .rejects(
                parameters! { loc: [0.0, 1.0], scale: [1.0, -1.0] },
                "LogisticNormal: `scale` must be positive, got -1 at [1]",
            )
            .draws([
                0.36209606697363944,
                0.21445807459705032,
                0.4234458584293103,
                0.6143410417937275,
                0.09151755479027163,
                0.2941414034160009,
                0.3637131606912274,
                0.17834889349730265,
                0.45793794581146985,
            ])
    }

    conformance::distribution!(family() => multivariate, kl, reparameterized_by_common_numbers);

    #[test]
    fn cases_of_the_definition() {
        // By mpmath with 50 digits.
        let shares = LogisticNormal::new([0.3, -0.5, 1.2], [0.8, 1.7, 0.4]).unwrap();
        for (x, want) in [([0.1, 0.2, 0.3, 0.4], -4.560797387666455), ([1e-40, 0.5, 0.25, 0.25], -6424.26652558418)] {
            let got = shares.log_prob(&Tensor::from(x)).unwrap().item();
            assert!((got / want - 1.0).abs() < 1e-13, "{got}, {want}");
        }
    }

    #[test]
    fn a_face_has_no_density_and_a_scalar_no_axis() {
        let shares = LogisticNormal::new([0.3, 0.1], 1.0).unwrap();
        assert_eq!(shares.log_prob(&Tensor::from([0.0, 0.4, 0.6])).unwrap(), f64::NEG_INFINITY);
        assert_eq!(shares.log_prob(&Tensor::from([0.5, 0.5, 0.0])).unwrap(), f64::NEG_INFINITY);
        let error = LogisticNormal::new(0.0, 1.0).unwrap_err().to_string();
        assert_eq!(error, "LogisticNormal: expected a last axis of `loc` or `scale`, got shape []");
    }
}
