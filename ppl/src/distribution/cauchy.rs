//! Cauchy distribution.

use std::f64::consts::{FRAC_1_PI, PI};

use super::noise::standard_cauchy;
use super::{Cdf, Distribution, Entropy, KlDivergence, Reparameterized, check, scalar};
use crate::random::Rng;
use crate::{Constraint, Result, Shape, Tensor};

/// ln π.
pub(crate) const LN_PI: f64 = 1.144_729_885_849_400_2;

/// Cauchy distribution on the real line. It has no mean and no variance, and does not implement
/// [`Moments`](super::Moments).
///
/// ```text
/// log p(x) = −ln π − ln(scale) − ln(1 + z²),   z = (x − loc) / scale
/// ```
///
/// | parameter | domain   | meaning                      | shape |
/// |-----------|----------|------------------------------|-------|
/// | `loc`     | real     | median                       | batch |
/// | `scale`   | positive | half the interquartile range | batch |
///
/// **Shapes** batch = broadcast(loc, scale), event = `[]`.
///
/// **Reference** Stan Functions Reference, "Cauchy distribution"; the divergence is that of Chyzak and Nielsen, "A
/// closed-form formula for the Kullback–Leibler divergence between Cauchy distributions" (2019).
///
/// ```
/// use ppl::distribution::{Cauchy, Cdf};
///
/// let cauchy = Cauchy::new(1.0, 2.0)?;
/// assert_eq!(cauchy.cdf(&1.0.into())?, 0.5);
/// assert!((cauchy.icdf(&0.75.into())?.item() - 3.0).abs() < 1e-15);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Cauchy {
    loc: Tensor,
    scale: Tensor,
    batch_shape: Shape,
}

impl Cauchy {
    /// A Cauchy distribution with this median and half interquartile range.
    ///
    /// # Errors
    /// `loc` not finite; `scale` not positive and finite; shapes that do not broadcast.
    pub fn new(loc: impl Into<Tensor>, scale: impl Into<Tensor>) -> Result<Self> {
        let (loc, scale) = (loc.into(), scale.into());
        let batch_shape = check::broadcast("Cauchy", &[&loc, &scale])?;
        let cauchy = Self { loc, scale, batch_shape };
        check::constants("Cauchy", &cauchy.parameters())?;
        Ok(cauchy)
    }

    fn parameters(&self) -> [check::Parameter<'_>; 2] {
        [("loc", &self.loc, Constraint::Real), ("scale", &self.scale, Constraint::Positive)]
    }

    /// The median.
    #[must_use]
    pub fn loc(&self) -> &Tensor {
        &self.loc
    }

    /// Half the interquartile range.
    #[must_use]
    pub fn scale(&self) -> &Tensor {
        &self.scale
    }
}

impl Distribution for Cauchy {
    fn name(&self) -> &'static str {
        "Cauchy"
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        check::values(&self.parameters())
    }

    fn batch_shape(&self) -> Shape {
        self.batch_shape
    }

    fn support(&self) -> Constraint {
        Constraint::Real
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all("Cauchy", &self.parameters())?;
        let noise = standard_cauchy(rng, sample_shape.concat(&self.batch_shape));
        noise.try_mul(&self.scale)?.try_add(&self.loc)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let z = value.try_sub(&self.loc)?.try_div(&self.scale)?;
        (-z.square().log1p()).try_sub(self.scale.ln() + LN_PI)
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Reparameterized for Cauchy {}

impl Cdf for Cauchy {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        // ½ + atan(z) / π, without cancellation in the lower tail.
        scalar::map("Cauchy", [value, &self.loc, &self.scale], |[x, loc, scale]| {
            1.0_f64.atan2((loc - x) / scale) * FRAC_1_PI
        })
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::map("Cauchy", [probability, &self.loc, &self.scale], |[p, loc, scale]| {
            loc + scale * scalar::quantile(p, standard_quantile)
        })
    }
}

impl Entropy for Cauchy {
    fn entropy(&self) -> Tensor {
        (self.scale.ln() + (4.0 * PI).ln()).broadcast_to(self.batch_shape)
    }
}

impl KlDivergence<Self> for Cauchy {
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        // ln((s₁ + s₂)² + (l₁ − l₂)²) − ln(4 s₁ s₂), as the logarithm of 1 plus what is 0 for equal distributions.
        let difference = self.scale.try_sub(&other.scale)?.square();
        let excess = self.loc.try_sub(&other.loc)?.square().try_add(difference)?;
        Ok(excess.try_div(self.scale.try_mul(&other.scale)? * 4.0)?.log1p())
    }
}

/// tan(π (p − ½)), without cancellation in the tails.
fn standard_quantile(p: f64) -> f64 {
    if p < 0.25 {
        -(PI * p).tan().recip()
    } else if p > 0.75 {
        (PI * (1.0 - p)).tan().recip()
    } else {
        (PI * (p - 0.5)).tan()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<Cauchy> {
        Family::new("Cauchy", |p| Cauchy::new(p.get("loc"), p.get("scale")))
            .at(parameters! { loc: 0.3, scale: 1.7 })
            .at(parameters! { loc: -2.0, scale: 0.4 })
            .rejects(parameters! { loc: f64::NAN, scale: 1.0 }, "Cauchy: `loc` must be real, got NaN")
            .rejects(parameters! { loc: 0.0, scale: -2.0 }, "Cauchy: `scale` must be positive, got -2")
            .draws([4.343742361492445, 4.46496203467165, -1.523834044857695])
    }

    conformance::distribution!(family() => univariate, cdf, entropy, kl, reparameterized);
}
