//! Normal-inverse Gaussian distribution.

use crate::distribution::continuous::InverseGaussian;
use crate::distribution::continuous::cauchy::LN_PI;
use crate::distribution::density::scalar;
use crate::distribution::sampling::noise::standard_normal;
use crate::distribution::{Distribution, Moments};
use crate::random::Rng;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// Normal-inverse Gaussian distribution: a normal variable whose variance is an inverse Gaussian one, which also moves its
/// mean.
///
#[doc = include_str!("../../../doc/distribution/NormalInverseGaussian.svg")]
///
/// ```text
/// X ~ Normal(loc + skewness · V, √V),   V ~ InverseGaussian(scale / γ, scale²),   γ = √(tailweight² − skewness²)
///
/// log p(x) = ln(tailweight · scale / (π q)) + ln K₁(tailweight · q) + scale · γ + skewness · (x − loc)
///        q = √(scale² + (x − loc)²)
/// ```
///
/// with the modified Bessel function K₁. The tails fall as e^(−(tailweight ∓ skewness) |x|) / |x|^(3/2). Its distribution function,
/// mode and entropy have no form of known functions.
///
/// # Parameters
/// | parameter    | domain                            | meaning                                                         | shape |
/// |--------------|-----------------------------------|-----------------------------------------------------------------|-------|
/// | `loc`        | real                              | location (μ)                                                    | batch |
/// | `scale`      | positive                          | scale (δ)                                                       | batch |
/// | `tailweight` | positive                          | rate at which the tails fall (α); the smaller, the heavier      | batch |
/// | `skewness`   | between −tailweight and tailweight | skewness (β); a positive one makes the upper tail the heavier one | batch |
///
/// `tailweight` and `skewness` are rates: a location-scale transformation changes them too.
///
/// # Shapes
/// batch = broadcast(loc, scale, tailweight, skewness), event = `[]`.
///
/// # Numerics
/// The exponentials of the Bessel function and of `scale · γ` are combined before they over- or underflow; γ is the root of
/// a product, in which nothing cancels.
///
/// # Draws
/// Those of [`InverseGaussian`], with their implicit gradient, and normal noise.
///
/// # Reference
/// Barndorff-Nielsen, "Normal inverse Gaussian distributions and stochastic volatility modelling", Scandinavian Journal of
/// Statistics 24 (1997).
///
/// # Example
/// ```
/// use ppl::distribution::{Moments, NormalInverseGaussian};
///
/// let returns = NormalInverseGaussian::new(0.0, 1.0, 5.0, 3.0)?;
/// // loc + scale · skewness / γ, with γ = 4.
/// assert!((returns.mean() - 0.75).abs().item() < 1e-15);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct NormalInverseGaussian {
    loc: Tensor,
    scale: Tensor,
    tailweight: Tensor,
    skewness: Tensor,
    batch_shape: Shape,
}

impl NormalInverseGaussian {
    const NAME: &'static str = "NormalInverseGaussian";

    /// The distribution with this location, scale, tail weight and skewness.
    ///
    /// # Errors
    /// `loc` not finite; `scale` or `tailweight` not positive and finite; `skewness` not between −tailweight and tailweight;
    /// shapes that do not broadcast.
    pub fn new(
        loc: impl IntoTensor,
        scale: impl IntoTensor,
        tailweight: impl IntoTensor,
        skewness: impl IntoTensor,
    ) -> Result<Self> {
        let (loc, scale) = (loc.into_tensor(), scale.into_tensor());
        let (tailweight, skewness) = (tailweight.into_tensor(), skewness.into_tensor());
        let batch_shape = check::broadcast_all(Self::NAME, &[&loc, &scale, &tailweight, &skewness])?;
        let distribution = Self { loc, scale, tailweight, skewness, batch_shape };
        check::constants(Self::NAME, &distribution.parameters())?;
        Ok(distribution)
    }

    fn parameters(&self) -> [check::Parameter<'_>; 5] {
        [
            ("loc", &self.loc, Constraint::Real),
            ("scale", &self.scale, Constraint::Positive),
            ("tailweight", &self.tailweight, Constraint::Positive),
            ("skewness", &self.skewness, Constraint::LessThan(self.tailweight.clone())),
            ("skewness", &self.skewness, Constraint::GreaterThan(-&self.tailweight)),
        ]
    }

    /// Location.
    #[must_use]
    pub fn loc(&self) -> &Tensor {
        &self.loc
    }

    /// Scale.
    #[must_use]
    pub fn scale(&self) -> &Tensor {
        &self.scale
    }

    /// Rate at which the tails fall.
    #[must_use]
    pub fn tailweight(&self) -> &Tensor {
        &self.tailweight
    }

    /// Skewness.
    #[must_use]
    pub fn skewness(&self) -> &Tensor {
        &self.skewness
    }

    /// Skewness, NaN where it is none.
    fn checked_skewness(&self) -> Tensor {
        let below = check::or_nan(&self.skewness, &Constraint::LessThan(self.tailweight.clone()));
        check::or_nan(&below, &Constraint::GreaterThan(-&self.tailweight))
    }

    /// γ, NaN where the skewness is none.
    fn gamma(&self) -> Tensor {
        (&self.tailweight - &self.skewness).sqrt() * (&self.tailweight + &self.skewness).sqrt()
    }
}

impl Distribution for NormalInverseGaussian {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        check::values(&self.parameters()[..4])
    }

    fn batch_shape(&self) -> Shape {
        self.batch_shape
    }

    fn support(&self) -> Constraint {
        Constraint::Real
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all(Self::NAME, &self.parameters())?;
        let mean = (&self.scale / self.gamma()).try_broadcast_to(self.batch_shape)?;
        let variance = InverseGaussian::unchecked(mean, self.scale.square())?.sample(rng, sample_shape)?;
        let noise = standard_normal(rng, sample_shape.concat(&self.batch_shape));
        let shift = variance.try_mul(&self.skewness)?;
        let draws = noise.try_mul(variance.sqrt())?.try_add(shift)?.try_add(&self.loc)?;
        Ok(draws.clamp(f64::MIN, f64::MAX))
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, 0.0, |value| {
            let [scale, tailweight] =
                [&self.scale, &self.tailweight].map(|parameter| check::or_nan(parameter, &Constraint::Positive));
            let distance = value.try_sub(&self.loc)?;
            // q by the smaller of both ratios: its square does not overflow, nor do derivatives cancel.
            let is_near = distance.detach().abs().try_less_equal(scale.detach())?;
            let near = Tensor::try_select(&is_near, &distance, 0.0)?.try_div(&scale)?;
            let far = Tensor::try_select(&is_near, &scale, distance.abs())?;
            let ratio = Tensor::try_select(&is_near, &near, scale.try_div(&far)?)?;
            let log_root = ratio.log1p_square() * 0.5;
            let root = log_root.exp();
            let larger = Tensor::try_select(&is_near, &scale, &far)?;
            let q = root.try_mul(&larger)?;
            // q − scale; near loc it is scale · z² / (1 + √(1 + z²)).
            let excess_near = near.try_div(&root + 1.0)?.try_mul(&near)?.try_mul(&scale)?;
            let excess = Tensor::try_select(&is_near, excess_near, q.try_sub(&scale)?)?;
            let skewness = self.checked_skewness();
            // (tailweight − γ) scale.
            let deficit = skewness.square().try_div(tailweight.try_add(self.gamma())?)?.try_mul(&scale)?;
            let exponent = distance.try_mul(&skewness)?.try_sub(excess.try_mul(&tailweight)?)?.try_sub(deficit)?;
            let log_scale = scale.ln().try_sub(larger.ln().try_add(log_root)? * 2.0)? - LN_PI;
            // With the factor tailweight · q, whose logarithm would cancel that of K₁.
            let log_bessel = q.try_mul(&tailweight)?.log_scaled_bessel_k(1);
            log_bessel.try_add(exponent)?.try_add(log_scale)
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Moments for NormalInverseGaussian {
    fn mean(&self) -> Tensor {
        &self.loc + &self.scale * (&self.skewness / self.gamma())
    }

    fn variance(&self) -> Tensor {
        let gamma = self.gamma();
        (&self.scale * (&self.tailweight / &gamma).square() / gamma).broadcast_to(self.batch_shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};

    fn build(p: &Parameters) -> Result<NormalInverseGaussian> {
        NormalInverseGaussian::new(p.get("loc"), p.get("scale"), p.get("tailweight"), p.get("skewness"))
    }

    fn family() -> Family<NormalInverseGaussian> {
        Family::new("NormalInverseGaussian", build)
            .at(parameters! { loc: 0.3, scale: 1.7, tailweight: 2.2, skewness: 0.8 })
            .at(parameters! { loc: -2.0, scale: 0.9, tailweight: 3.1, skewness: -1.2 })
            .rejects(
                parameters! { loc: f64::NAN, scale: 1.0, tailweight: 1.0, skewness: 0.0 },
                "NormalInverseGaussian: `loc` must be real, got NaN",
            )
            .rejects(
                parameters! { loc: 0.0, scale: 0.0, tailweight: 1.0, skewness: 0.0 },
                "NormalInverseGaussian: `scale` must be positive, got 0",
            )
            .rejects(
                parameters! { loc: 0.0, scale: 1.0, tailweight: -1.5, skewness: 0.0 },
                "NormalInverseGaussian: `tailweight` must be positive, got -1.5",
            )
            .rejects(
                parameters! { loc: 0.0, scale: 1.0, tailweight: 1.0, skewness: 1.5 },
                "NormalInverseGaussian: `skewness` must be less than 1, got 1.5",
            )
            .rejects(
                parameters! { loc: 0.0, scale: 1.0, tailweight: 1.0, skewness: -1.0 },
                "NormalInverseGaussian: `skewness` must be greater than -1, got -1",
            )
            .draws([-0.3856267409610428, 2.3505429530304536, 0.9813301668551915])
    }

    conformance::distribution!(family() => univariate, moments, reparameterized_by_moments);
}
