//! Half-Cauchy distribution.

use std::f64::consts::{FRAC_2_PI, FRAC_PI_2, LN_2, PI};

use crate::distribution::continuous::cauchy::LN_PI;
use crate::distribution::density::scalar;
use crate::distribution::sampling::noise::standard_cauchy;
use crate::distribution::{Cauchy, Cdf, Distribution, Entropy, KlDivergence, Mode, Moments};
use crate::random::Rng;
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor, check};

/// Half-Cauchy distribution: the upper half of a Cauchy distribution.
///
#[doc = include_str!("../../../doc/distribution/HalfCauchy.svg")]
///
/// ```text
/// log p(x) = ln(2/π) − ln(scale) − ln(1 + z²),   z = (x − loc) / scale ≥ 0
/// ```
///
/// # Parameters
/// | parameter | domain   | meaning                           | shape |
/// |-----------|----------|-----------------------------------|-------|
/// | `loc`     | real     | lower end; 0 unless said otherwise | batch |
/// | `scale`   | positive | median of X − loc                 | batch |
///
/// # Shapes
/// batch = broadcast(loc, scale), event = `[]`.
///
/// # Support
/// The numbers from `loc` on, which is 0 unless given: [`Constraint::NonNegative`](crate::Constraint::NonNegative) or
/// [`Constraint::Interval`](crate::Constraint::Interval).
///
/// # Moments
/// ```text
/// mean    = variance = ∞
/// mode    = loc
/// median  = loc + scale
/// entropy = ln(2π scale)
/// ```
///
/// # Numerics
/// ln(1 + z²) does not overflow where z² does. The upper tail is 2/π · arctan(1 / z), in which nothing cancels, and
/// quantiles near 1 are tangents seen from the pole. Draws are magnitudes of standard Cauchy noise.
///
/// # Reference
/// Polson and Scott, "On the half-Cauchy prior for a global scale parameter", Bayesian Analysis 7 (2012).
///
/// # Example
/// ```
/// use ppl::distribution::{Cdf, Distribution, HalfCauchy};
///
/// let tau = HalfCauchy::new(5.0)?;
/// assert!((tau.cdf(&5.0.into())?.item() - 0.5).abs() < 1e-15);
/// assert_eq!(tau.log_prob(&(-1.0).into())?, f64::NEG_INFINITY);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct HalfCauchy {
    /// None is 0.
    loc: Option<Tensor>,
    scale: Tensor,
    batch_shape: Shape,
}

impl HalfCauchy {
    /// The upper half of the Cauchy distribution with median 0 and this scale.
    ///
    /// # Errors
    /// `scale` not positive and finite.
    pub fn new(scale: impl IntoTensor) -> Result<Self> {
        Self::build(None, scale.into_tensor())
    }

    /// The half above `loc` of the Cauchy distribution with median `loc` and this scale.
    ///
    /// # Errors
    /// `loc` not finite; `scale` not positive and finite; shapes that do not broadcast.
    pub fn above(loc: impl IntoTensor, scale: impl IntoTensor) -> Result<Self> {
        Self::build(Some(loc.into_tensor()), scale.into_tensor())
    }

    fn build(loc: Option<Tensor>, scale: Tensor) -> Result<Self> {
        let batch_shape = match &loc {
            Some(loc) => check::broadcast_all("HalfCauchy", &[loc, &scale])?,
            None => scale.shape(),
        };
        let half_cauchy = Self { loc, scale, batch_shape };
        check::constants("HalfCauchy", &half_cauchy.parameters())?;
        Ok(half_cauchy)
    }

    fn parameters(&self) -> Vec<check::Parameter<'_>> {
        let loc = self.loc.iter().map(|loc| ("loc", loc, Constraint::Real));
        loc.chain([("scale", &self.scale, Constraint::Positive)]).collect()
    }

    /// The lower end of the support.
    #[must_use]
    pub fn loc(&self) -> Tensor {
        self.loc.clone().unwrap_or_else(|| Tensor::scalar(0.0))
    }

    /// The median, seen from the lower end.
    #[must_use]
    pub fn scale(&self) -> &Tensor {
        &self.scale
    }

    /// The scale, with NaN where it is none.
    fn checked_scale(&self) -> Tensor {
        check::or_nan(&self.scale, &Constraint::Positive)
    }

    fn standardized(&self, value: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, value)?;
        value.try_sub(self.loc())?.try_div(self.checked_scale())
    }
}

impl Distribution for HalfCauchy {
    fn name(&self) -> &'static str {
        "HalfCauchy"
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        check::values(&self.parameters())
    }

    fn batch_shape(&self) -> Shape {
        self.batch_shape
    }

    fn support(&self) -> Constraint {
        match &self.loc {
            None => Constraint::NonNegative,
            Some(loc) => Constraint::Interval { lower: loc.clone(), upper: f64::INFINITY.into() },
        }
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all("HalfCauchy", &self.parameters())?;
        let noise = standard_cauchy(rng, sample_shape.concat(&self.batch_shape)).abs();
        noise.try_mul(&self.scale)?.try_add(self.loc())
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, self.loc(), |value| {
            let z = value.try_sub(self.loc())?.try_div(&self.scale)?;
            (-z.log1p_square()).try_sub(self.scale.ln() + (LN_PI - LN_2))
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Cdf for HalfCauchy {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::above(self, value, self.loc(), 0.0, |value| Ok(self.standardized(value)?.atan() * FRAC_2_PI))
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        let p = scalar::probability(probability);
        // tan(π p / 2), seen from the pole at 1 in the upper half.
        let is_high = p.greater(0.5);
        let low = (Tensor::select(&is_high, 0.5, &p) * FRAC_PI_2).tan();
        let high = (Tensor::select(&is_high, 1.0 - &p, 0.5) * FRAC_PI_2).tan().recip();
        Tensor::select(is_high, high, low).try_mul(self.checked_scale())?.try_add(self.loc())
    }

    fn inverse_survival(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        let p = scalar::probability(probability);
        // 1 / tan(π p / 2), seen from the zero at 1 in the upper half.
        let is_high = p.greater(0.5);
        let low = (Tensor::select(&is_high, 0.5, &p) * FRAC_PI_2).tan().recip();
        let high = (Tensor::select(&is_high, 1.0 - &p, 0.5) * FRAC_PI_2).tan();
        Tensor::select(is_high, high, low).try_mul(self.checked_scale())?.try_add(self.loc())
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::above(self, value, self.loc(), f64::NEG_INFINITY, |value| {
            let z = self.standardized(value)?;
            Ok(scalar::log_of_complements(&(z.atan() * FRAC_2_PI), &(z.recip().atan() * FRAC_2_PI)))
        })
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::above(self, value, self.loc(), 1.0, |value| Ok(self.standardized(value)?.recip().atan() * FRAC_2_PI))
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::above(self, value, self.loc(), 0.0, |value| {
            let z = self.standardized(value)?;
            Ok(scalar::log_of_complements(&(z.recip().atan() * FRAC_2_PI), &(z.atan() * FRAC_2_PI)))
        })
    }
}

impl Mode for HalfCauchy {
    fn mode(&self) -> Result<Tensor> {
        self.loc().try_broadcast_to(self.batch_shape)
    }
}

impl Moments for HalfCauchy {
    fn mean(&self) -> Tensor {
        Tensor::full(self.batch_shape, f64::INFINITY)
    }

    fn variance(&self) -> Tensor {
        Tensor::full(self.batch_shape, f64::INFINITY)
    }
}

impl Entropy for HalfCauchy {
    fn entropy(&self) -> Tensor {
        (self.scale.ln() + (2.0 * PI).ln()).broadcast_to(self.batch_shape)
    }
}

impl KlDivergence<Self> for HalfCauchy {
    /// ∞ where the other distribution begins later.
    ///
    /// # Errors
    /// One that begins earlier: the divergence has no closed form then.
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        // That of the whole distributions, which are symmetric about the same number.
        let whole = |half: &Self| Cauchy::unchecked(half.loc(), half.scale.clone());
        let divergence = whole(self)?.kl_divergence(&whole(other)?)?;
        if self.loc.is_none() && other.loc.is_none() {
            return Ok(divergence);
        }
        let (loc, begins) = (self.loc().detach(), other.loc().detach());
        if loc.try_greater(&begins)?.sum() > 0.0 {
            return Err(Error::Unsupported {
                what: "the divergence of HalfCauchy from one that begins earlier in closed form".to_owned(),
                hint: "estimate it by `monte_carlo_kl`".to_owned(),
            });
        }
        Tensor::try_select(loc.try_less(begins)?, f64::INFINITY, divergence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};

    fn build(p: &Parameters) -> Result<HalfCauchy> {
        if p.has("loc") { HalfCauchy::above(p.get("loc"), p.get("scale")) } else { HalfCauchy::new(p.get("scale")) }
    }

    fn family() -> Family<HalfCauchy> {
        Family::new("HalfCauchy", build)
            .at(parameters! { scale: 1.7 })
            .at(parameters! { scale: 0.4 })
            .rejects(parameters! { scale: 0.0 }, "HalfCauchy: `scale` must be positive, got 0")
            .draws([4.043742361492445, 4.1649620346716505, 1.823834044857695])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, kl, reparameterized);

    mod above {
        use super::*;

        fn family() -> Family<HalfCauchy> {
            Family::new("HalfCauchy", build)
                .at(parameters! { loc: -1.0, scale: 1.7 })
                .at(parameters! { loc: 0.5, scale: 2.4 })
                .rejects(parameters! { loc: f64::NAN, scale: 1.0 }, "HalfCauchy: `loc` must be real, got NaN")
                .rejects(parameters! { loc: 0.0, scale: -1.0 }, "HalfCauchy: `scale` must be positive, got -1")
                .draws([3.043742361492445, 3.1649620346716505, 0.8238340448576951])
        }

        conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, reparameterized);
    }
}
