//! Exponential distribution of vectors.

use super::multivariate_normal::batch_of_vectors;
use crate::distribution::density::vector;
use crate::distribution::sampling::noise::standard_exponential;
use crate::distribution::{Covariance, Distribution, Entropy, KlDivergence, Mode, Moments};
use crate::random::Rng;
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor, check};

/// Vectors of independent exponential variables, shifted and scaled.
///
#[doc = include_str!("../../../doc/distribution/VectorExponentialDiag.svg")]
///
/// ```text
/// log p(x) = −Σ_i z_i − Σ_i ln(scale_diag_i),   z = (x − loc) / scale_diag,   x_i ≥ loc_i
/// ```
///
/// # Parameters
/// | parameter    | domain                             | shape          |
/// |--------------|------------------------------------|----------------|
/// | `loc`        | real: the lower ends               | batch ++ `[n]` |
/// | `scale_diag` | positive: the standard deviations  | batch ++ `[n]` |
///
/// # Shapes
/// batch = those of the parameters, broadcast; event = `[n]`. A scalar `loc` is the same for all entries.
///
/// # Support
/// The vectors whose entries are at least those of `loc`: [`Constraint::Interval`](crate::Constraint::Interval).
///
/// # Moments
/// ```text
/// mean       = loc + scale_diag
/// covariance = diag(scale_diag²)
/// mode       = loc
/// entropy    = n + Σ_i ln(scale_diag_i)
/// ```
///
/// # Numerics
/// The formula as written is accurate everywhere. Draws are standard exponential noise, scaled and shifted.
///
/// # Reference
/// TFP up to version 0.10, `VectorExponentialDiag`.
///
/// # Example
/// ```
/// use ppl::distribution::{Distribution, Moments, VectorExponentialDiag};
/// use ppl::Tensor;
///
/// let waits = VectorExponentialDiag::new(0.0, [1.0, 2.0])?;
/// assert_eq!(waits.mean().to_vec(), [1.0, 2.0]);
/// assert_eq!(waits.log_prob(&Tensor::from([1.0, 4.0]))?, -3.0 - 2_f64.ln());
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct VectorExponentialDiag {
    loc: Tensor,
    scale_diag: Tensor,
    batch_shape: Shape,
    size: usize,
}

impl VectorExponentialDiag {
    const NAME: &'static str = "VectorExponentialDiag";

    /// The distribution of vectors with these lower ends and these scales of the entries.
    ///
    /// # Errors
    /// `loc` not finite; a scale that is not positive and finite; shapes that do not fit.
    pub fn new(loc: impl IntoTensor, scale_diag: impl IntoTensor) -> Result<Self> {
        let (loc, scale_diag) = (loc.into_tensor(), scale_diag.into_tensor());
        let Some(&size) = scale_diag.shape().last().filter(|&&size| size > 0) else {
            return Err(Error::InvalidShape {
                operation: Self::NAME,
                expected: "scales along the last axis".to_owned(),
                got: scale_diag.shape(),
            });
        };
        let batch = batch_of_vectors(Self::NAME, &loc, size)?;
        let batch_shape = check::broadcast(Self::NAME, &batch, &scale_diag.shape().split_event(1).0)?;
        let distribution = Self { loc, scale_diag, batch_shape, size };
        check::constants(Self::NAME, &distribution.parameters())?;
        Ok(distribution)
    }

    fn parameters(&self) -> [check::Parameter<'_>; 2] {
        [("loc", &self.loc, Constraint::Real), ("scale_diag", &self.scale_diag, Constraint::Positive)]
    }

    /// The lower ends, as they were given.
    #[must_use]
    pub fn loc(&self) -> &Tensor {
        &self.loc
    }

    /// The scales.
    #[must_use]
    pub fn scale_diag(&self) -> &Tensor {
        &self.scale_diag
    }

    fn full_shape(&self) -> Shape {
        self.batch_shape.concat(&Shape::from(self.size))
    }

    fn elementwise(&self) -> Constraint {
        Constraint::Interval { lower: self.loc.clone(), upper: f64::INFINITY.into() }
    }

    fn is_inside(&self, value: &Tensor) -> Tensor {
        let at_least = Constraint::Interval { lower: self.loc.detach(), upper: f64::INFINITY.into() };
        Constraint::Independent(Box::new(at_least), 1).contains(value) * vector::is_finite(value, 1)
    }
}

impl Distribution for VectorExponentialDiag {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        check::values(&self.parameters())
    }

    fn batch_shape(&self) -> Shape {
        self.batch_shape
    }

    fn event_shape(&self) -> Shape {
        Shape::from(self.size)
    }

    fn support(&self) -> Constraint {
        Constraint::Independent(Box::new(self.elementwise()), 1)
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all(Self::NAME, &self.parameters())?;
        let noise = standard_exponential(rng, sample_shape.concat(&self.full_shape()));
        noise.try_mul(&self.scale_diag)?.try_add(&self.loc)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let mean = || self.loc.try_add(&self.scale_diag);
        vector::on_support(
            self,
            value,
            |value| self.is_inside(value),
            mean,
            |value| {
                let scale = check::or_nan(&self.scale_diag, &Constraint::Positive);
                let z = value.try_sub(&self.loc)?.try_div(&scale)?;
                (-z.sum_axis(-1)).try_sub(scale.ln().sum_axis(-1))
            },
        )
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Mode for VectorExponentialDiag {
    fn mode(&self) -> Result<Tensor> {
        self.loc.try_broadcast_to(self.full_shape())
    }
}

impl Moments for VectorExponentialDiag {
    fn mean(&self) -> Tensor {
        &self.loc + &self.scale_diag
    }

    fn variance(&self) -> Tensor {
        self.scale_diag.square().broadcast_to(self.full_shape())
    }
}

impl Covariance for VectorExponentialDiag {
    fn covariance(&self) -> Tensor {
        Tensor::eye(self.size) * self.variance().unsqueeze(-1)
    }
}

impl Entropy for VectorExponentialDiag {
    fn entropy(&self) -> Tensor {
        (self.scale_diag.ln().sum_axis(-1) + self.size as f64).broadcast_to(self.batch_shape)
    }
}

impl KlDivergence<Self> for VectorExponentialDiag {
    /// ∞ where a lower end of the other distribution lies above this one's.
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        if self.size != other.size {
            return Err(Error::ShapeMismatch {
                operation: Self::NAME,
                relation: "agree as event shapes",
                left: self.event_shape(),
                right: other.event_shape(),
            });
        }
        // With the ratio r of the scales: r − 1 − ln r, and the distance of the ends.
        let of_scales = self.scale_diag.try_div(&other.scale_diag)?.ln().expm1x();
        let distance = self.loc.try_sub(&other.loc)?.try_div(&other.scale_diag)?;
        let kl = of_scales.try_add(&distance)?;
        Tensor::try_select(distance.detach().greater_equal(0.0), kl, f64::INFINITY)?.try_sum_axis(-1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<VectorExponentialDiag> {
        Family::new("VectorExponentialDiag", |p| VectorExponentialDiag::new(p.get("loc"), p.get("scale_diag")))
            .without_far_cases("it is an exponential distribution of each entry, whose cases are in the table")
            .at(parameters! { loc: [0.3, -1.0], scale_diag: [1.3, 0.9] })
            .at(parameters! { loc: [0.3, -1.0], scale_diag: [0.9, 0.6] })
            .at(parameters! { loc: 0.5, scale_diag: [1.3, 0.9] })
            .rejects(
                parameters! { loc: f64::NAN, scale_diag: [1.0, 2.0] },
                "VectorExponentialDiag: `loc` must be real, got NaN",
            )
            .rejects(
                parameters! { loc: 0.0, scale_diag: [1.0, -2.0] },
                "VectorExponentialDiag: `scale_diag` must be positive, got -2 at [1]",
            )
            .draws([
                0.606058862394115,
                -0.6163154617578978,
                3.396612949608047,
                -0.8948357508887931,
                1.6856963154926619,
                -0.7993771352444975,
            ])
    }

    conformance::distribution!(
        family() => multivariate, mode, moments, covariance, entropy, reparameterized_by_common_numbers
    );

    #[test]
    fn divergences() {
        let of = |loc: f64, scale: f64| VectorExponentialDiag::new(loc, [scale, 1.0]).unwrap();
        let kl = |p: VectorExponentialDiag, q: VectorExponentialDiag| p.kl_divergence(&q).unwrap().item();
        // Of the rates 1 and ½: ln 2 + ½ − 1, as that of exponential distributions.
        assert!((kl(of(0.0, 1.0), of(0.0, 2.0)) - (2_f64.ln() - 0.5)).abs() < 1e-15);
        assert!((kl(of(1.0, 1.0), of(0.0, 2.0)) - (2_f64.ln() - 0.5 + 0.5 + 1.0)).abs() < 1e-15);
        assert_eq!(kl(of(0.0, 1.0), of(1.0, 1.0)), f64::INFINITY);
        assert_eq!(kl(of(0.0, 3.0), of(0.0, 3.0)), 0.0);
    }

    #[test]
    fn the_density_begins_at_the_lower_ends() {
        let distribution = VectorExponentialDiag::new([1.0, 2.0], [1.0, 0.5]).unwrap();
        assert_eq!(distribution.log_prob(&Tensor::from([1.0, 2.0])).unwrap(), 2_f64.ln());
        assert_eq!(distribution.log_prob(&Tensor::from([3.0, 1.9])).unwrap(), f64::NEG_INFINITY);
        assert!(VectorExponentialDiag::new([0.0; 3], [1.0; 2]).is_err());
        assert!(VectorExponentialDiag::new(0.0, 1.0).is_err());
    }
}
