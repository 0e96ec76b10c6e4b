//! Gamma-gamma distribution.

use crate::distribution::continuous::beta::log_density_of_log_odds;
use crate::distribution::continuous::gamma::standard_gamma;
use crate::distribution::density::odds::Odds;
use crate::distribution::density::scalar;
use crate::distribution::{Cdf, Distribution, Entropy, Mode, Moments};
use crate::random::Rng;
use crate::tensor::cumulative::{Cumulative, Family as Standard, Function};
use crate::{Constraint, IntoTensor, Result, Shape, Tensor};

declare! {
    /// Gamma-gamma distribution: a gamma distribution whose rate is a gamma variable itself.
    ///
    #[doc = include_str!("../../../doc/distribution/GammaGamma.svg")]
    ///
    /// ```text
    /// X ~ Gamma(concentration, B),   B ~ Gamma(mixing_concentration, mixing_rate)
    ///
    /// log p(x) = a ln y + b ln(1 − y) − ln B(a, b) − ln x,   y = x / (x + mixing_rate), x > 0
    /// ```
    ///
    /// with a = concentration and b = mixing_concentration: the odds y / (1 − y) of a beta variable, times the rate. At
    /// 0 the density has its limit, which is 0, finite or ∞; as an observation 0 is refused.
    #[parameters]
    /// # Support
    /// The positive numbers: [`Constraint::Positive`](crate::Constraint::Positive).
    ///
    /// # Moments
    /// ```text
    /// mean     = mixing_rate · a / (b − 1)
    /// variance = mixing_rate² · a (a + b − 1) / ((b − 1)² (b − 2))
    /// mode     = mixing_rate · (a − 1) / (b + 1) if a ≥ 1, 0 otherwise
    /// entropy  = ln(mixing_rate) + ln B(a, b) + (1 − a) ψ(a) − (1 + b) ψ(b) + (a + b) ψ(a + b)
    /// ```
    /// The mean is ∞ up to b = 1, the variance up to b = 2. The median is the quantile at ½.
    ///
    /// # Numerics
    /// ln y and ln(1 − y) are taken from the log odds ln(x / mixing_rate), in which neither end rounds; at large
    /// concentrations the density is that of [`Beta`](crate::distribution::Beta) by deviances. Tails are those of the
    /// incomplete beta function, and a quantile is the ratio of the beta variable and its complement, each from its own
    /// tail.
    ///
    /// # Draws
    /// A ratio of gamma variables, whose gradients by the concentrations are implicit (Figurnov et al. 2018).
    ///
    /// # Reference
    /// Fader and Hardie, "The gamma-gamma model of monetary value" (2013).
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{GammaGamma, Moments};
    ///
    /// let spend = GammaGamma::new(6.0, 4.0, 15.0)?;
    /// assert_eq!(spend.mean(), 30.0);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct GammaGamma {
        /// Concentration, or shape, of X.
        concentration: Positive,
        /// Concentration, or shape, of its rate.
        mixing_concentration: Positive,
        /// Rate, 1 / scale, of its rate.
        mixing_rate: Positive,
    }

    pub fn new(
        concentration: impl IntoTensor,
        mixing_concentration: impl IntoTensor,
        mixing_rate: impl IntoTensor,
    ) -> Result<Self>;
}

impl GammaGamma {
    /// The log odds of the beta variable.
    fn log_odds(&self, value: &Tensor) -> Result<Tensor> {
        value.ln().try_sub(self.mixing_rate.ln())
    }

    fn cumulative(&self, function: Function, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, function.beyond(), |value| {
            let Self { concentration, mixing_concentration, .. } = self.checked();
            // The tail of the beta variable's complement.
            Odds::Logits(-self.log_odds(value)?).cumulative(function, &concentration, &mixing_concentration)
        })
    }
}

impl Distribution for GammaGamma {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::Positive
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        let shape = sample_shape.concat(&self.batch_shape);
        let numerator = standard_gamma(rng, &self.concentration, shape)?;
        let denominator = standard_gamma(rng, &self.mixing_concentration, shape)?;
        Ok(numerator.try_div(denominator)?.try_mul(&self.mixing_rate)?.clamp(f64::MIN_POSITIVE, f64::MAX))
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let log_prob = scalar::on_support(self, value, 1.0, |value| {
            let Self { concentration, mixing_concentration, .. } = self.checked();
            let log_odds = self.log_odds(value)?;
            let logarithms = (&log_odds.log_sigmoid(), &(-&log_odds).log_sigmoid());
            log_density_of_log_odds(&concentration, &mixing_concentration, logarithms)?.try_sub(value.ln())
        })?;
        scalar::with_limit_at_zero(log_prob, value, || {
            let at_one = self.mixing_concentration.ln().try_sub(self.mixing_rate.ln())?;
            scalar::limit_of_power(&self.concentration, at_one)
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Cdf for GammaGamma {
    tails_by_cumulative!();

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        let Self { concentration: a, mixing_concentration: b, mixing_rate, .. } = self.checked();
        let quantile = |a: &Tensor, b: &Tensor, probability: &Tensor| {
            Cumulative::new(Standard::Beta, Function::LowerQuantile).try_of(&[a, b, probability])
        };
        // The beta variable and its complement, of which the smaller one has all digits.
        let share = quantile(&a, &b, probability)?;
        let least = Tensor::select(probability.detach().less(0.5), 1e-3, 0.5);
        let is_small = share.detach().less(1.0 - least);
        let rest = quantile(&b, &a, &(1.0 - probability))?;
        let complement = Tensor::try_select(&is_small, 1.0 - &share, &rest)?;
        let share = Tensor::try_select(is_small, share, 1.0 - rest)?;
        share.try_div(complement)?.try_mul(mixing_rate)
    }
}

impl Mode for GammaGamma {
    fn mode(&self) -> Result<Tensor> {
        let rising = (&self.concentration - 1.0).maximum(0.0);
        rising.try_div(&self.mixing_concentration + 1.0)?.try_mul(&self.mixing_rate)
    }
}

impl Moments for GammaGamma {
    fn mean(&self) -> Tensor {
        let is_finite = self.mixing_concentration.greater(1.0);
        let b = Tensor::select(&is_finite, &self.mixing_concentration, 2.0);
        Tensor::select(is_finite, &self.mixing_rate * (&self.concentration / (b - 1.0)), f64::INFINITY)
    }

    fn variance(&self) -> Tensor {
        let is_finite = self.mixing_concentration.greater(2.0);
        let b = Tensor::select(&is_finite, &self.mixing_concentration, 3.0);
        let a = &self.concentration;
        let relative = a * (a + &b - 1.0) / ((&b - 1.0).square() * (&b - 2.0));
        Tensor::select(is_finite, self.mixing_rate.square() * relative, f64::INFINITY)
    }
}

impl Entropy for GammaGamma {
    fn entropy(&self) -> Tensor {
        let (a, b) = (&self.concentration, &self.mixing_concentration);
        let [of_a, of_b, of_total] = [a, b, &(a + b)].map(Tensor::digamma);
        // a ψ(a) is a ψ(a + 1) − 1, whose limit at 0 is finite.
        let power = |a: &Tensor| a * (&of_total - (a + 1.0).digamma()) + 1.0;
        let powers = power(a) + power(b);
        self.mixing_rate.ln() + of_a - of_b + powers + a.lbeta(b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};

    fn build(p: &Parameters) -> Result<GammaGamma> {
        GammaGamma::new(p.get("concentration"), p.get("mixing_concentration"), p.get("mixing_rate"))
    }

    fn family() -> Family<GammaGamma> {
        // Where the second moments of the gradients of the draws exist.
        Family::new("GammaGamma", build)
            .at(parameters! { concentration: 2.5, mixing_concentration: 11.7, mixing_rate: 2.0 })
            .at(parameters! { concentration: 0.8, mixing_concentration: 14.0, mixing_rate: 0.4 })
            .rejects(
                parameters! { concentration: 0.0, mixing_concentration: 1.0, mixing_rate: 1.0 },
                "GammaGamma: `concentration` must be positive, got 0",
            )
            .rejects(
                parameters! { concentration: 1.0, mixing_concentration: -1.5, mixing_rate: 1.0 },
                "GammaGamma: `mixing_concentration` must be positive, got -1.5",
            )
            .rejects(
                parameters! { concentration: 1.0, mixing_concentration: 1.0, mixing_rate: 0.0 },
                "GammaGamma: `mixing_rate` must be positive, got 0",
            )
            .draws([0.5280135306811764, 0.6435911033019622, 0.4058369698099811])
    }

    conformance::distribution!(
        family() => univariate, cdf, mode, moments, entropy, reparameterized_by_moments
    );
}
