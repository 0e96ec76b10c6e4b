//! Zero-sum normal distribution.

use crate::distribution::density::vector;
use crate::distribution::sampling::noise::standard_normal;
use crate::distribution::{Covariance, Distribution, Entropy, KlDivergence, Mode, Moments};
use crate::random::Rng;
use crate::special::HALF_LN_2PI;
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor, check};

/// Normal distribution of vectors that sum to 0, and of arrays that sum to 0 along each axis of the event.
///
#[doc = include_str!("../../../doc/distribution/ZeroSumNormal.svg")]
///
/// ```text
/// log p(x) = −½ |x|² / scale² − d (ln(scale) + ½ ln(2π)),   d = Π_k (n_k − 1)
/// ```
///
/// with respect to d orthonormal coordinates of the arrays that sum to 0, whose axes have the sizes n_k. It is what
/// effects of a categorical predictor have, and of interactions of several, beside an intercept.
///
/// # Parameters
/// | parameter     | domain                          | shape |
/// |---------------|---------------------------------|-------|
/// | `scale`       | positive                        | batch |
/// | `event_shape` | sizes of one or more axes       |       |
///
/// An entry has the standard deviation scale · Π_k (1 − 1 / n_k)^½.
///
/// # Shapes
/// batch = that of `scale`, event = `event_shape`.
///
/// # Support
/// The vectors with sum 0, or the arrays that sum to 0 along each axis:
/// [`Constraint::ZeroSum`](crate::Constraint::ZeroSum).
///
/// # Moments
/// ```text
/// mean       = mode = 0
/// variance   = scale² Π_k (1 − 1 / n_k)
/// covariance = scale² times the Kronecker product of I − J / n_k over the axes, J full of ones
/// entropy    = d (ln(scale) + ½ ln(2πe))
/// ```
///
/// # Numerics
/// The density needs the squares of the entries only, as the projection of an array that sums to 0 is the array itself.
/// Draws of an axis of size 1 are 0.
///
/// # Draws
/// Independent normal draws, less their mean along each axis.
///
/// # Reference
/// NumPyro and PyMC, `ZeroSumNormal`; Stan Reference Manual, "Zero sum vector".
///
/// # Example
/// ```
/// use ppl::distribution::{Distribution, ZeroSumNormal};
/// use ppl::random::Key;
///
/// let effects = ZeroSumNormal::new(2.0, [4])?;
/// let draw = effects.sample(&mut Key::new(0).rng("effects", 0), &[].into())?;
/// assert!(draw.sum().item().abs() < 1e-14);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ZeroSumNormal {
    scale: Tensor,
    event_shape: Shape,
}

impl ZeroSumNormal {
    /// A zero-sum normal distribution of arrays of this shape.
    ///
    /// # Errors
    /// A scale that is not positive and finite; an event without axes or without elements.
    pub fn new(scale: impl IntoTensor, event_shape: impl Into<Shape>) -> Result<Self> {
        let (scale, event_shape) = (scale.into_tensor(), event_shape.into());
        if event_shape.rank() == 0 || event_shape.size() == 0 {
            return Err(Error::InvalidArgument {
                operation: "ZeroSumNormal",
                argument: "event_shape",
                expected: "the sizes of one or more axes, none of them 0".to_owned(),
                got: event_shape.to_string(),
            });
        }
        let distribution = Self { scale, event_shape };
        check::constants("ZeroSumNormal", &[distribution.parameter()])?;
        Ok(distribution)
    }

    fn parameter(&self) -> check::Parameter<'_> {
        ("scale", &self.scale, Constraint::Positive)
    }

    /// The scale of the normal variables that are centred.
    #[must_use]
    pub fn scale(&self) -> &Tensor {
        &self.scale
    }

    /// Degrees of freedom.
    fn degrees(&self) -> f64 {
        self.event_shape.dims().iter().map(|&size| size as f64 - 1.0).product()
    }

    fn over_event(&self, tensor: &Tensor) -> Tensor {
        tensor.reshape(tensor.shape().concat(&Shape::from(vec![1; self.event_shape.rank()])))
    }
}

impl Distribution for ZeroSumNormal {
    fn name(&self) -> &'static str {
        "ZeroSumNormal"
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        vec![check::value(&self.parameter())]
    }

    fn batch_shape(&self) -> Shape {
        self.scale.shape()
    }

    fn event_shape(&self) -> Shape {
        self.event_shape
    }

    fn support(&self) -> Constraint {
        Constraint::ZeroSum(self.event_shape.rank())
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all("ZeroSumNormal", &[self.parameter()])?;
        let mut noise = standard_normal(rng, sample_shape.concat(&self.batch_shape()).concat(&self.event_shape));
        for axis in 1..=self.event_shape.rank() as isize {
            noise = noise.try_sub(noise.try_mean_axis(-axis)?.try_unsqueeze(-axis)?)?;
        }
        noise.try_mul(vector::over_events(&self.scale, self.event_shape.rank())?)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let rank = self.event_shape.rank();
        let zero = || Ok(Tensor::zeros(self.event_shape));
        let is_inside = |value: &Tensor| Constraint::ZeroSum(rank).contains(value) * vector::is_finite(value, rank);
        vector::on_support(self, value, is_inside, zero, |value| {
            let scale = check::or_nan(&self.scale, &Constraint::Positive);
            let squares = value.try_div(vector::over_events(&scale, rank)?)?.square().sum_rightmost(rank);
            (squares * -0.5).try_sub((scale.ln() + HALF_LN_2PI) * self.degrees())
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Mode for ZeroSumNormal {
    fn mode(&self) -> Result<Tensor> {
        Ok(self.mean())
    }
}

impl Moments for ZeroSumNormal {
    fn mean(&self) -> Tensor {
        Tensor::zeros(self.batch_shape().concat(&self.event_shape))
    }

    fn variance(&self) -> Tensor {
        let part: f64 = self.event_shape.dims().iter().map(|&size| 1.0 - 1.0 / size as f64).product();
        self.over_event(&(self.scale.square() * part)).broadcast_to(self.batch_shape().concat(&self.event_shape))
    }
}

impl Covariance for ZeroSumNormal {
    /// scale² times the Kronecker product of I − J / n_k over the axes, where J is full of ones: of arrays, that of the
    /// entries in row-major order.
    fn covariance(&self) -> Tensor {
        let size = self.event_shape.size();
        let indices: Vec<Vec<usize>> = (0..size).map(|entry| self.event_shape.unravel_index(entry)).collect();
        let sizes = self.event_shape;
        let entry = |row: &[usize], column: &[usize]| -> f64 {
            let axes = row.iter().zip(column).zip(sizes.dims());
            axes.map(|((row, column), &size)| f64::from(u8::from(row == column)) - 1.0 / size as f64).product()
        };
        let pairs = indices.iter().flat_map(|row| indices.iter().map(move |column| (row, column)));
        let projection = pairs.map(|(row, column)| entry(row, column)).collect();
        let projection = Tensor::from_parts(projection, Shape::from([size, size]));
        self.scale.square().unsqueeze(-1).unsqueeze(-1) * projection
    }
}

impl Entropy for ZeroSumNormal {
    fn entropy(&self) -> Tensor {
        (self.scale.ln() + (0.5 + HALF_LN_2PI)) * self.degrees()
    }
}

impl KlDivergence<Self> for ZeroSumNormal {
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        if self.event_shape != other.event_shape {
            return Err(Error::ShapeMismatch {
                operation: "ZeroSumNormal",
                relation: "agree as event shapes",
                left: self.event_shape,
                right: other.event_shape,
            });
        }
        // With the ratio r of the scales: ½ (r² − 1 − ln r²).
        Ok((self.scale.try_div(&other.scale)?.ln() * 2.0).expm1x() * (0.5 * self.degrees()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};
    use crate::random::Key;

    fn build(p: &Parameters) -> Result<ZeroSumNormal> {
        let dimension = if p.has("dimension") { p.get("dimension").item() as usize } else { 3 };
        ZeroSumNormal::new(p.get("scale"), [dimension])
    }

    fn family() -> Family<ZeroSumNormal> {
        Family::new("ZeroSumNormal", build)
            .without_far_cases("its values are vectors; it is a normal distribution of each coordinate")
            .without_value_gradient("entries of a vector of sum 0 do not move on their own")
            .at(parameters! { scale: 1.7 })
            .at(parameters! { scale: 0.6 })
            .rejects(parameters! { scale: -1.0 }, "ZeroSumNormal: `scale` must be positive, got -1")
            .draws([
                -0.6832517237315291,
                -0.8262307308891748,
                1.5094824546207037,
                -0.7248281241108232,
                0.8134657343109746,
                -0.08863761020015161,
                -2.9370848909924083,
                2.5928919393730214,
                0.3441929516193871,
            ])
    }

    conformance::distribution!(
        family() => multivariate, mode, moments, covariance, entropy, kl, reparameterized_by_common_numbers
    );

    /// 4000 draws of 2 × 3 arrays: covariances of entries within 5 standard errors, which are at most scale² √(2 / 4000).
    #[test]
    fn arrays_sum_to_zero_along_each_axis() {
        let scale = 1.5;
        let arrays = ZeroSumNormal::new(scale, [2, 3]).unwrap();
        let draws = arrays.sample(&mut Key::new(0).rng("x", 0), &Shape::from(4000)).unwrap();
        assert!(draws.sum_axis(-1).abs().max() < 1e-14);
        assert!(draws.sum_axis(-2).abs().max() < 1e-14);
        let flat = draws.reshape([4000, 6]);
        let covariance = flat.transpose().matmul(&flat) / 4000.0;
        let error = (covariance - arrays.covariance()).abs().max().item();
        assert!(error < 5.0 * scale * scale * (2.0_f64 / 4000.0).sqrt(), "{error}");
        assert_eq!(arrays.variance().reshape(6), arrays.covariance().diagonal());
        // Two degrees of freedom: −½ |x|² / scale² − 2 ln(scale √(2π)).
        let value = Tensor::from([[1.0, 0.0, -1.0], [-1.0, 0.0, 1.0]]);
        let want = -0.5 * 4.0 / (scale * scale) - 2.0 * (scale.ln() + HALF_LN_2PI);
        assert!((arrays.log_prob(&value).unwrap().item() - want).abs() < 1e-15);
        let outside = Tensor::from([[1.0, 0.0, -1.0], [1.0, 0.0, -1.0]]);
        assert_eq!(arrays.log_prob(&outside).unwrap(), f64::NEG_INFINITY);
    }

    #[test]
    fn shapes_without_elements() {
        assert!(ZeroSumNormal::new(1.0, Shape::SCALAR).is_err());
        assert!(ZeroSumNormal::new(1.0, [3, 0]).is_err());
    }
}
