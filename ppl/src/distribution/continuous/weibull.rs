//! Weibull distribution.

use crate::distribution::continuous::gumbel::EULER_GAMMA;
use crate::distribution::density::scalar;
use crate::distribution::sampling::noise::standard_exponential;
use crate::distribution::{Cdf, Distribution, Entropy, KlDivergence, Mode, Moments};
use crate::random::Rng;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor};

declare! {
    /// Weibull distribution: survival times whose hazard is a power of time.
    ///
    #[doc = include_str!("../../../doc/distribution/Weibull.svg")]
    ///
    /// ```text
    /// log p(x) = ln(concentration) − ln x + t − eᵗ,   t = concentration · ln(x / scale),   x > 0
    /// ```
    ///
    /// At 0 the density has its limit, which is 0, finite or ∞; as an observation 0 is refused.
    #[parameters]
    /// # Support
    /// The positive numbers: [`Constraint::Positive`](crate::Constraint::Positive).
    ///
    /// # Moments
    /// ```text
    /// mean     = scale · g₁,   gₖ = Γ(1 + k / concentration)
    /// variance = scale² · (g₂ − g₁²)
    /// mode     = scale · (1 − 1 / concentration)^(1 / concentration) if concentration > 1, 0 otherwise
    /// median   = scale · ln(2)^(1 / concentration)
    /// entropy  = 1 + γ (1 − 1 / concentration) + ln(scale / concentration)
    /// ```
    ///
    /// # Numerics
    /// The density is made of logarithms, in which no power overflows; the variance is an expm1 of the difference of
    /// log moments, which does not cancel. The cumulative hazard is a power, and the tails its expm1 and exp. Draws are
    /// powers of exponential noise.
    ///
    /// # Reference
    /// Stan Functions Reference, "Weibull distribution"; the divergence is that of Bauckhage, "Computing the
    /// Kullback–Leibler divergence between two Weibull distributions" (2013).
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Cdf, Distribution, Weibull};
    ///
    /// let lifetime = Weibull::new(2.0, 3.0)?;
    /// assert!((lifetime.cdf(&3.0.into())?.item() - (1.0 - (-1_f64).exp())).abs() < 1e-15);
    /// assert_eq!(lifetime.log_prob(&(-1.0).into())?, f64::NEG_INFINITY);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct Weibull {
        /// Concentration, or shape; below 1 the hazard falls.
        concentration: Positive,
        /// Scale, the quantile at 1 − 1/e.
        scale: Positive,
    }

    pub fn new(concentration: impl IntoTensor, scale: impl IntoTensor) -> Result<Self>;
}

/// Moments of the exponential distribution of larger orders are treated as this one.
const LARGEST_ORDER: f64 = 1e300;

impl Weibull {
    /// ln Γ(1 + power / concentration): ln of the mean of (X / scale) to a power.
    fn log_moment(&self, power: f64) -> Tensor {
        // Beyond, the logarithms of the moments and their differences are finite no longer.
        ((power / &self.concentration).minimum(power * LARGEST_ORDER) + 1.0).lgamma()
    }

    /// The cumulative hazard, −ln P(X > x).
    fn cumulative_hazard(&self, value: &Tensor) -> Result<Tensor> {
        let Self { concentration, scale, .. } = self.checked();
        value.try_div(scale)?.try_pow(concentration)
    }
}

impl Distribution for Weibull {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::Positive
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        let noise = standard_exponential(rng, sample_shape.concat(&self.batch_shape)).maximum(f64::MIN_POSITIVE);
        let power = noise.ln().try_div(&self.concentration)?.exp();
        Ok(power.try_mul(&self.scale)?.clamp(f64::MIN_POSITIVE, f64::MAX))
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let log_prob = scalar::on_support(self, value, 1.0, |value| {
            let ln = value.ln();
            let t = ln.try_sub(self.scale.ln())?.try_mul(&self.concentration)?;
            t.try_sub(t.exp())?.try_sub(ln)?.try_add(self.concentration.ln())
        })?;
        scalar::with_limit_at_zero(log_prob, value, || scalar::limit_of_power(&self.concentration, -self.scale.ln()))
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Cdf for Weibull {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::above(self, value, 0.0, 0.0, |value| Ok(-(-self.cumulative_hazard(value)?).expm1()))
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        let Self { concentration, scale, .. } = self.checked();
        let exponential = -(-scalar::probability(probability)).log1p();
        exponential.try_pow(concentration.recip())?.try_mul(scale)
    }

    fn inverse_survival(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        let Self { concentration, scale, .. } = self.checked();
        let exponential = -scalar::probability(probability).ln();
        exponential.try_pow(concentration.recip())?.try_mul(scale)
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::above(self, value, 0.0, f64::NEG_INFINITY, |value| Ok((-self.cumulative_hazard(value)?).log1mexp()))
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::above(self, value, 0.0, 1.0, |value| Ok((-self.cumulative_hazard(value)?).exp()))
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::above(self, value, 0.0, 0.0, |value| Ok(-self.cumulative_hazard(value)?))
    }
}

impl Mode for Weibull {
    fn mode(&self) -> Result<Tensor> {
        // From a concentration of 1 down the density falls from 0 on.
        let falls = self.concentration.less_equal(1.0);
        let concentration = Tensor::select(&falls, 2.0, &self.concentration);
        let inside = (1.0 - concentration.recip()).try_pow(concentration.recip())?.try_mul(&self.scale)?;
        Tensor::try_select(falls, 0.0, inside)
    }
}

impl Moments for Weibull {
    fn mean(&self) -> Tensor {
        &self.scale * self.log_moment(1.0).exp()
    }

    fn variance(&self) -> Tensor {
        // E[X²] − E[X]² = E[X]² (E[X²] / E[X]² − 1), without cancellation.
        self.mean().square() * (self.log_moment(2.0) - self.log_moment(1.0) * 2.0).expm1()
    }
}

impl Entropy for Weibull {
    fn entropy(&self) -> Tensor {
        (1.0 - self.concentration.recip()) * EULER_GAMMA + self.scale.ln() - self.concentration.ln() + 1.0
    }
}

impl KlDivergence<Self> for Weibull {
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        let ratio = other.concentration.try_div(&self.concentration)?;
        let ln_scales = self.scale.ln().try_sub(other.scale.ln())?.try_mul(&other.concentration)?;
        // The mean of eᵗ under `other`, whose t is that of this distribution times `ratio` plus `ln_scales`.
        let tail = ln_scales.try_add((&ratio + 1.0).lgamma())?.exp();
        tail.try_sub(ln_scales)?.try_add((&ratio - 1.0) * EULER_GAMMA - ratio.ln() - 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<Weibull> {
        Family::new("Weibull", |p| Weibull::new(p.get("concentration"), p.get("scale")))
            .at(parameters! { concentration: 2.5, scale: 1.7 })
            .at(parameters! { concentration: 0.8, scale: 0.4 })
            .rejects(
                parameters! { concentration: -1.5, scale: 1.0 },
                "Weibull: `concentration` must be positive, got -1.5",
            )
            .rejects(parameters! { concentration: 1.0, scale: 0.0 }, "Weibull: `scale` must be positive, got 0")
            .draws([0.9532209183248409, 1.2087643333615112, 2.405616260687787])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, kl, reparameterized);

    #[test]
    fn falling_densities_have_their_mode_at_0() {
        let weibull = Weibull::new([0.5, 1.0, 2.0], 3.0).unwrap();
        assert_eq!(weibull.mode().unwrap().to_vec(), [0.0, 0.0, 3.0 * 0.5_f64.sqrt()]);
    }
}
