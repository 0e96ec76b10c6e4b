//! PERT distribution.

use crate::distribution::continuous::Beta;
use crate::distribution::density::scalar;
use crate::distribution::{Cdf, Distribution, Entropy, Mode, Moments};
use crate::random::Rng;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor};

declare! {
    /// PERT distribution: a beta distribution on an interval, by its mode.
    ///
    #[doc = include_str!("../../../doc/distribution/PERT.svg")]
    ///
    /// ```text
    /// (X − low) / w ~ Beta(1 + temperature · (peak − low) / w, 1 + temperature · (high − peak) / w)
    ///         w = high − low,   low ≤ x ≤ high
    /// ```
    #[parameters]
    /// # Support
    /// The numbers from `low` to `high`: [`Constraint::Interval`](crate::Constraint::Interval).
    ///
    /// # Moments
    /// ```text
    /// mean     = (low + temperature · peak + high) / (temperature + 2)
    /// variance = (mean − low) (high − mean) / (temperature + 3)
    /// mode     = peak
    /// ```
    /// The entropy is that of the beta variable plus ln w. The median is the quantile at ½.
    ///
    /// # Numerics
    /// All functions are those of [`Beta`] at (x − low) / w; quantiles are measured from the nearer end.
    ///
    /// # Draws
    /// Those of [`Beta`].
    ///
    /// # Reference
    /// Malcolm et al., "Application of a technique for research and development program evaluation", Operations
    /// Research 7 (1959), with the temperature 4.
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Mode, Moments, PERT};
    ///
    /// let days = PERT::new(2.0, 4.0, 12.0, 4.0)?;
    /// assert_eq!(days.mode()?, 4.0);
    /// assert_eq!(days.mean(), (2.0 + 4.0 * 4.0 + 12.0) / 6.0);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct PERT {
        /// Lower end.
        low: Real,
        /// Mode, which may be an end.
        peak: Interval(low, high),
        /// Upper end.
        high: GreaterThan(low),
        /// Weight of the mode; 4 is usual.
        temperature: Positive,
    }

    pub fn new(
        low: impl IntoTensor,
        peak: impl IntoTensor,
        high: impl IntoTensor,
        temperature: impl IntoTensor,
    ) -> Result<Self>;
}

impl PERT {
    fn width(&self) -> Result<Tensor> {
        let Self { low, high, .. } = self.checked();
        high.try_sub(low)
    }

    /// The distribution of the share of the interval that lies below the value.
    fn beta(&self) -> Result<Beta> {
        let width = self.width()?;
        let Self { low, peak, high, temperature, .. } = self.checked();
        let concentration =
            |length: Tensor| Ok::<_, crate::Error>(length.try_div(&width)?.try_mul(&temperature)? + 1.0);
        let [to_low, to_high] = [peak.try_sub(low)?, high.try_sub(peak)?];
        Beta::unchecked(concentration(to_low)?, concentration(to_high)?)
    }

    /// The share of the interval that lies below the value; beyond the ends that of the end.
    fn share(&self, value: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, value)?;
        let inside = value.try_maximum(self.low.detach())?.try_minimum(self.high.detach())?;
        inside.try_sub(&self.low)?.try_div(self.width()?)
    }

    fn beta_of_parameters(&self) -> Beta {
        self.beta().unwrap_or_else(|_| unreachable!("the parameters broadcast"))
    }
}

impl Distribution for PERT {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::Interval { lower: self.low.clone(), upper: self.high.clone() }
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        let draws = self.beta()?.sample(rng, sample_shape)?.try_mul(self.width()?)?.try_add(&self.low)?;
        // Only rounding leads beyond an end, and is not differentiated.
        draws.try_maximum(self.low.detach())?.try_minimum(self.high.detach())
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, &self.peak, |value| {
            let width = self.width()?;
            let share = value.try_sub(&self.low)?.try_div(&width)?;
            self.beta()?.log_prob(&share)?.try_sub(width.ln())
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Cdf for PERT {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        self.beta()?.cdf(&self.share(value)?)
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        let share = self.beta()?.icdf(probability)?;
        let width = self.width()?;
        // From the nearer end.
        let from_low = share.try_mul(&width)?.try_add(&self.low)?;
        let from_high = self.high.try_sub((1.0 - &share).try_mul(width)?)?;
        Tensor::try_select(share.detach().less(0.5), from_low, from_high)
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        self.beta()?.log_cdf(&self.share(value)?)
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        self.beta()?.survival(&self.share(value)?)
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        self.beta()?.log_survival(&self.share(value)?)
    }
}

impl Mode for PERT {
    fn mode(&self) -> Result<Tensor> {
        self.peak.try_broadcast_to(self.batch_shape)
    }
}

impl Moments for PERT {
    fn mean(&self) -> Tensor {
        (&self.low + &self.high + &self.temperature * &self.peak) / (&self.temperature + 2.0)
    }

    fn variance(&self) -> Tensor {
        self.beta_of_parameters().variance() * (&self.high - &self.low).square()
    }
}

impl Entropy for PERT {
    fn entropy(&self) -> Tensor {
        self.beta_of_parameters().entropy() + (&self.high - &self.low).ln()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};

    fn build(p: &Parameters) -> Result<PERT> {
        PERT::new(p.get("low"), p.get("peak"), p.get("high"), p.get("temperature"))
    }

    fn family() -> Family<PERT> {
        Family::new("PERT", build)
            .at(parameters! { low: -0.7, peak: 0.3, high: 2.5, temperature: 4.0 })
            .at(parameters! { low: -3.0, peak: 2.0, high: 4.0, temperature: 1.5 })
            .rejects(
                parameters! { low: f64::NAN, peak: 0.0, high: 1.0, temperature: 4.0 },
                "PERT: `low` must be real, got NaN",
            )
            .rejects(
                parameters! { low: 0.0, peak: 2.0, high: 1.0, temperature: 4.0 },
                "PERT: `peak` must be between 0 and 1, got 2",
            )
            .rejects(
                parameters! { low: 0.0, peak: 0.0, high: 0.0, temperature: 4.0 },
                "PERT: `high` must be greater than 0, got 0",
            )
            .rejects(
                parameters! { low: 0.0, peak: 0.5, high: 1.0, temperature: 0.0 },
                "PERT: `temperature` must be positive, got 0",
            )
            .draws([0.2750669701619862, 0.9957360994967457, 0.40166639457991793])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, reparameterized);
}
