//! Logit-normal distribution.

use crate::distribution::continuous::normal::kl_of_scales;
use crate::distribution::density::scalar;
use crate::distribution::sampling::noise::standard_normal;
use crate::distribution::{Cdf, Distribution, KlDivergence};
use crate::random::Rng;
use crate::special::HALF_LN_2PI;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor};

declare! {
    /// Logit-normal distribution on the unit interval: the logistic function of a normal variable.
    ///
    #[doc = include_str!("../../../doc/distribution/LogitNormal.svg")]
    ///
    /// ```text
    /// log p(x) = −½ z² − ln(scale) − ½ ln(2π) − ln x − ln(1 − x),   z = (ln(x / (1 − x)) − loc) / scale
    /// ```
    ///
    /// At 0 and 1 the density is 0.
    #[parameters]
    /// # Support
    /// The numbers between 0 and 1: [`Constraint::UnitInterval`](crate::Constraint::UnitInterval).
    ///
    /// # Moments
    /// ```text
    /// median = 1 / (1 + e^(−loc))
    /// ```
    /// Mean, variance, mode and entropy have no closed form and are not implemented.
    ///
    /// # Numerics
    /// Tails are Φ(±z), with ln Φ, which does not underflow. A value near 1 has lost the digits of 1 − x before it is
    /// given.
    ///
    /// # Draws
    /// A draw that would round to 0 or 1 is the nearest number inside.
    ///
    /// # Reference
    /// Aitchison and Shen, "Logistic-normal distributions: some properties and uses", Biometrika 67 (1980).
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Cdf, LogitNormal};
    ///
    /// let share = LogitNormal::new(0.0, 2.0)?;
    /// assert_eq!(share.median()?, 0.5);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct LogitNormal {
        /// Mean of the log odds of X.
        loc: Real,
        /// Standard deviation of the log odds of X.
        scale: Positive,
    }

    pub fn new(loc: impl IntoTensor, scale: impl IntoTensor) -> Result<Self>;
}

impl LogitNormal {
    /// Inside the support.
    fn standardized(&self, value: &Tensor) -> Result<Tensor> {
        (value.ln() - (-value).log1p()).try_sub(&self.loc)?.try_div(self.checked().scale)
    }

    /// Of a value between 0 and 1.
    fn interior(&self, value: &Tensor) -> Result<Tensor> {
        let (ln, ln_complement) = (value.ln(), (-value).log1p());
        let z = (&ln - &ln_complement).try_sub(&self.loc)?.try_div(&self.scale)?;
        (z.square() * -0.5).try_sub(ln + ln_complement)?.try_sub(self.scale.ln() + HALF_LN_2PI)
    }
}

impl Distribution for LogitNormal {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::UnitInterval
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        let noise = standard_normal(rng, sample_shape.concat(&self.batch_shape));
        let draws = noise.try_mul(&self.scale)?.try_add(&self.loc)?.sigmoid();
        Ok(draws.clamp(f64::MIN_POSITIVE, 1.0 - 0.5 * f64::EPSILON))
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, 0.5, |value| {
            if value.is_known_to_lie_in(&Constraint::UnitInterval) {
                return self.interior(value);
            }
            let constant = value.detach();
            let is_inside = constant.greater(0.0) * constant.less(1.0);
            if is_inside.is_known_to_be_all(1.0) {
                return self.interior(value);
            }
            let inside = self.interior(&Tensor::select(&is_inside, value, 0.5))?;
            Tensor::try_select(is_inside, inside, f64::NEG_INFINITY)
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Cdf for LogitNormal {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (0.0, 1.0), |value| Ok(self.standardized(value)?.ndtr()))
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        Ok(probability.ndtri().try_mul(self.checked().scale)?.try_add(&self.loc)?.sigmoid())
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (f64::NEG_INFINITY, 0.0), |value| Ok(self.standardized(value)?.log_ndtr()))
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (1.0, 0.0), |value| Ok((-self.standardized(value)?).ndtr()))
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (0.0, f64::NEG_INFINITY), |value| Ok((-self.standardized(value)?).log_ndtr()))
    }
}

impl KlDivergence<Self> for LogitNormal {
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        // That of the log odds: a change of variables does not touch a divergence.
        let shift = self.loc.try_sub(&other.loc)?.try_div(&other.scale)?;
        kl_of_scales(&self.scale, &other.scale)?.try_add(shift.square() * 0.5)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<LogitNormal> {
        Family::new("LogitNormal", |p| LogitNormal::new(p.get("loc"), p.get("scale")))
            .at(parameters! { loc: 0.3, scale: 1.2 })
            .at(parameters! { loc: -2.0, scale: 0.4 })
            .rejects(parameters! { loc: f64::NAN, scale: 1.0 }, "LogitNormal: `loc` must be real, got NaN")
            .rejects(parameters! { loc: 0.0, scale: -2.0 }, "LogitNormal: `scale` must be positive, got -2")
            .draws([0.5100745258311339, 0.4848489399156529, 0.8303508609728029])
    }

    conformance::distribution!(family() => univariate, cdf, kl, reparameterized);
}
