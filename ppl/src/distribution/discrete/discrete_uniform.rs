//! Discrete uniform distribution.

use crate::distribution::density::scalar;
use crate::distribution::sampling::noise::standard_uniform;
use crate::distribution::{Cdf, Distribution, Entropy, EnumerateSupport, KlDivergence, Mode, Moments};
use crate::random::Rng;
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor, check};

/// Uniform distribution on the integers between two bounds, both included.
///
#[doc = include_str!("../../../doc/distribution/DiscreteUniform.svg")]
///
/// ```text
/// log p(k) = −ln(high − low + 1),   k ∈ {low, …, high}
/// ```
///
/// # Parameters
/// | parameter | domain                   | shape | meaning          |
/// |-----------|--------------------------|-------|------------------|
/// | `low`     | an integer               | batch | smallest integer |
/// | `high`    | an integer, at least low | batch | largest integer  |
///
/// # Shapes
/// batch = broadcast(low, high), event = `[]`.
///
/// # Support
/// The integers from `low` to `high`: [`Constraint::IntegerInterval`](crate::Constraint::IntegerInterval).
///
/// # Moments
/// ```text
/// mean     = ½ (low + high)
/// variance = (high − low) (high − low + 2) / 12
/// mode     = low, the first of all
/// median   = ⌊½ (low + high)⌋
/// entropy  = ln(high − low + 1)
/// ```
///
/// # Numerics
/// The variance is a product, in which the difference of size² − 1 does not cancel. Draws are the integer parts of
/// scaled uniform noise, which has 53 bits: ranges of more than 2⁵³ integers have gaps.
///
/// # Reference
/// Stan Functions Reference, "Discrete range distribution".
///
/// # Example
/// ```
/// use ppl::distribution::{Cdf, DiscreteUniform, Distribution};
///
/// let die = DiscreteUniform::new(1.0, 6.0)?;
/// assert!((die.prob(&3.0.into())?.item() - 1.0 / 6.0).abs() < 1e-15);
/// assert_eq!(die.cdf(&3.0.into())?, 0.5);
/// assert_eq!(die.icdf(&0.5.into())?, 3.0);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct DiscreteUniform {
    low: Tensor,
    high: Tensor,
    batch_shape: Shape,
}

impl DiscreteUniform {
    /// The uniform distribution on the integers from `low` to `high`.
    ///
    /// # Errors
    /// `low` not an integer; `high` not an integer, or below `low`; shapes that do not broadcast.
    pub fn new(low: impl IntoTensor, high: impl IntoTensor) -> Result<Self> {
        let (low, high) = (low.into_tensor(), high.into_tensor());
        let batch_shape = check::broadcast_all("DiscreteUniform", &[&low, &high])?;
        let distribution = Self { low, high, batch_shape };
        check::constants("DiscreteUniform", &distribution.parameters())?;
        Ok(distribution)
    }

    fn parameters(&self) -> [check::Parameter<'_>; 2] {
        let from_low = Constraint::IntegerInterval { lower: self.low.clone(), upper: f64::INFINITY.into() };
        [("low", &self.low, Constraint::Integer), ("high", &self.high, from_low)]
    }

    /// The smallest integer.
    #[must_use]
    pub fn low(&self) -> &Tensor {
        &self.low
    }

    /// The largest integer.
    #[must_use]
    pub fn high(&self) -> &Tensor {
        &self.high
    }

    /// The number of integers; NaN for bounds that are being differentiated and are none.
    fn size(&self) -> Result<Tensor> {
        let [low, high] = self.parameters().map(|(_, value, domain)| check::or_nan(value, &domain));
        Ok(high.try_sub(low)? + 1.0)
    }

    /// The part of the integers that this many are.
    fn part(&self, count: Result<Tensor>, value: &Tensor) -> Result<Tensor> {
        let shape = scalar::check_shape(self, value)?;
        count?.try_div(self.size()?)?.clamp(0.0, 1.0).try_broadcast_to(shape)
    }
}

impl Distribution for DiscreteUniform {
    fn name(&self) -> &'static str {
        "DiscreteUniform"
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        check::values(&self.parameters())
    }

    fn batch_shape(&self) -> Shape {
        self.batch_shape
    }

    fn support(&self) -> Constraint {
        Constraint::IntegerInterval { lower: self.low.clone(), upper: self.high.clone() }
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all("DiscreteUniform", &self.parameters())?;
        let (low, high) = (self.low.detach(), self.high.detach());
        let uniform = standard_uniform(rng, sample_shape.concat(&self.batch_shape));
        // The product may round up to the size.
        uniform.try_mul(self.size()?.detach())?.floor().try_add(low)?.try_minimum(high)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, self.low.detach(), |_| Ok(-self.size()?.ln()))
    }
}

impl Cdf for DiscreteUniform {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        self.part(value.floor().try_sub(&self.low).map(|below| below + 1.0), value)
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::step_function(self, "quantiles", [probability, &self.low, &self.high], |[p, low, high]| {
            let size = high - low + 1.0;
            scalar::quantile(p, |p| low + scalar::count_quantile(p, size - 1.0, |index| (index + 1.0) / size))
        })
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        Ok(self.cdf(value)?.ln())
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        self.part(self.high.try_sub(value.floor()), value)
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        Ok(self.survival(value)?.ln())
    }
}

impl Mode for DiscreteUniform {
    fn mode(&self) -> Result<Tensor> {
        scalar::refuse_derivative(self, "modes", &[&self.low, &self.high])?;
        self.low.try_broadcast_to(self.batch_shape)
    }
}

impl Moments for DiscreteUniform {
    fn mean(&self) -> Tensor {
        &self.low * 0.5 + &self.high * 0.5
    }

    fn variance(&self) -> Tensor {
        let last = &self.high - &self.low;
        // (size² − 1) / 12, without the difference.
        &last * (&last + 2.0) * (1.0 / 12.0)
    }
}

impl Entropy for DiscreteUniform {
    fn entropy(&self) -> Tensor {
        (&self.high - &self.low + 1.0).ln()
    }
}

impl EnumerateSupport for DiscreteUniform {
    /// # Errors
    /// Batch members with different bounds.
    fn enumerate_support(&self) -> Result<Tensor> {
        let [low, high] = [&self.low, &self.high].map(|bound| (bound.min().item(), bound.max().item()));
        if low.0 != low.1 || high.0 != high.1 {
            return Err(Error::Unsupported {
                what: "enumerating DiscreteUniform with bounds that differ".to_owned(),
                hint: "give all members of the batch the same bounds".to_owned(),
            });
        }
        let size = (high.0 - low.0) as usize + 1;
        (Tensor::arange(size) + low.0).try_reshape(scalar::along_new_axis(size, &self.batch_shape))
    }
}

impl KlDivergence<Self> for DiscreteUniform {
    /// Infinite where `other` lacks a value of `self`.
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        let is_within = other.low.try_less_equal(&self.low)?.try_mul(other.high.try_greater_equal(&self.high)?)?;
        Tensor::try_select(is_within, other.entropy().try_sub(self.entropy())?, f64::INFINITY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<DiscreteUniform> {
        Family::new("DiscreteUniform", |p| DiscreteUniform::new(p.get("low"), p.get("high")))
            .without_far_cases("its log density depends on its bounds alone")
            .at(parameters! { low: -2.0, high: 7.0 })
            .at(parameters! { low: -3.0, high: 9.0 })
            .constant("low")
            .constant("high")
            .rejects(parameters! { low: 0.5, high: 3.0 }, "DiscreteUniform: `low` must be an integer, got 0.5")
            .rejects(
                parameters! { low: 3.0, high: 2.0 },
                "DiscreteUniform: `high` must be an integer from 3 to inf, got 2",
            )
            .draws([1.0, 1.0, 5.0])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, kl, enumerable);

    #[test]
    fn divergences_to_a_smaller_support_are_infinite() {
        let (die, half) = (DiscreteUniform::new(1.0, 6.0).unwrap(), DiscreteUniform::new(1.0, 3.0).unwrap());
        assert_eq!(die.kl_divergence(&half).unwrap(), f64::INFINITY);
        assert!((half.kl_divergence(&die).unwrap().item() - 2_f64.ln()).abs() < 1e-15);
    }
}
