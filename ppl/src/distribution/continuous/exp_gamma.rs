//! Exp-gamma distribution.

use crate::distribution::continuous::gamma;
use crate::distribution::density::scalar;
use crate::distribution::sampling::noise::standard_exponential;
use crate::distribution::{Cdf, Distribution, Entropy, KlDivergence, Mode, Moments};
use crate::random::Rng;
use crate::tensor::cumulative::{Cumulative, Family as Standard, Function};
use crate::{Constraint, IntoTensor, Result, Shape, Tensor};

declare! {
    /// Exp-gamma distribution on the real line: the logarithm of a gamma variable.
    ///
    #[doc = include_str!("../../../doc/distribution/ExpGamma.svg")]
    ///
    /// ```text
    /// log p(x) = concentration · (x + ln(rate)) − rate · eˣ − ln Γ(concentration)
    /// ```
    #[parameters]
    /// # Support
    /// The real numbers: [`Constraint::Real`](crate::Constraint::Real).
    ///
    /// # Moments
    /// ```text
    /// mean     = ψ(concentration) − ln(rate)
    /// variance = ψ′(concentration)
    /// mode     = ln(concentration / rate)
    /// entropy  = concentration + ln Γ(concentration) − concentration · ψ(concentration)
    /// ```
    /// The median is the quantile at ½.
    ///
    /// # Numerics
    /// Gamma variables that underflow have logarithms that do not: far below, the distribution function is the first term of
    /// its series, and its inverse the inverse of that.
    ///
    /// # Draws
    /// ln Y − E / concentration of a gamma variable Y of a concentration larger by 1 and an exponential one E; the gradient
    /// of Y is implicit (Figurnov et al. 2018).
    ///
    /// # Reference
    /// Johnson, Kotz and Balakrishnan, "Continuous Univariate Distributions" (1994), chapter 17, "log-gamma".
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{ExpGamma, Moments};
    ///
    /// let log_precision = ExpGamma::new(1.0, 1.0)?;
    /// assert!((log_precision.mean().item() + 0.577_215_664_901_532_9).abs() < 1e-15);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct ExpGamma {
        /// Concentration, or shape, of the gamma variable.
        concentration: Positive,
        /// Rate, 1 / scale, of the gamma variable.
        rate: Positive,
    }

    pub fn new(concentration: impl IntoTensor, rate: impl IntoTensor) -> Result<Self>;
}

/// Up to this logarithm, all terms of the distribution function but the first are smaller than a rounding.
const FAR: f64 = -40.0;

/// ln P(Y ≤ eˡⁿ) of Y ~ Gamma(`concentration`, 1) far below: concentration · ln − ln Γ(concentration + 1).
fn log_lower_far_below(concentration: &Tensor, ln: &Tensor) -> Result<Tensor> {
    ln.try_mul(concentration)?.try_sub((concentration + 1.0).lgamma())
}

impl ExpGamma {
    fn cumulative(&self, function: Function, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, function.beyond(), |value| {
            let Self { concentration, rate, .. } = self.checked();
            let ln = value.try_add(rate.ln())?;
            let is_far = ln.detach().less(FAR);
            let far = {
                let log_lower = log_lower_far_below(&concentration, &Tensor::try_select(&is_far, &ln, 2.0 * FAR)?)?;
                match function {
                    Function::Lower => log_lower.exp(),
                    Function::LogLower => log_lower,
                    Function::Upper => -log_lower.expm1(),
                    _ => log_lower.minimum(-f64::MIN_POSITIVE).log1mexp(),
                }
            };
            let near = Tensor::try_select(&is_far, 0.0, ln)?.exp();
            Tensor::try_select(
                is_far,
                far,
                Cumulative::new(Standard::Gamma, function).try_of(&[&concentration, &near])?,
            )
        })
    }

    /// The value of a quantile of the gamma distribution, by the logarithm of the lower tail where that lies far below.
    fn quantile(&self, function: Function, probability: &Tensor, log_lower: &Tensor) -> Result<Tensor> {
        let Self { concentration, rate, .. } = self.checked();
        let far = log_lower.try_add((&concentration + 1.0).lgamma())?.try_div(&concentration)?;
        let is_far = far.detach().less(FAR);
        let near = Tensor::try_select(&is_far, 0.5, probability)?;
        let near = Cumulative::new(Standard::Gamma, function).try_of(&[&concentration, &near])?.ln();
        Tensor::try_select(is_far, far, near)?.try_sub(rate.ln())
    }
}

impl Distribution for ExpGamma {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::Real
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        let shape = sample_shape.concat(&self.batch_shape);
        let larger = gamma::standard_gamma(rng, &(&self.concentration + 1.0), shape)?.ln();
        let deficit = standard_exponential(rng, shape).try_div(&self.concentration)?.minimum(f64::MAX);
        larger.try_sub(deficit)?.try_sub(self.rate.ln())
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, 0.0, |value| {
            let ln = value.try_add(self.checked().rate.ln())?;
            gamma::log_density_of_logarithm(&self.concentration, &ln, &ln.exp())
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Cdf for ExpGamma {
    tails_by_cumulative!();

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        let probability = scalar::probability(probability);
        self.quantile(Function::LowerQuantile, &probability, &probability.ln())
    }

    fn inverse_survival(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        let probability = scalar::probability(probability);
        self.quantile(Function::UpperQuantile, &probability, &(-&probability).log1p())
    }
}

impl Mode for ExpGamma {
    fn mode(&self) -> Result<Tensor> {
        self.concentration.ln().try_sub(self.rate.ln())
    }
}

impl Moments for ExpGamma {
    fn mean(&self) -> Tensor {
        self.concentration.digamma() - self.rate.ln()
    }

    fn variance(&self) -> Tensor {
        self.concentration.polygamma(1).broadcast_to(self.batch_shape)
    }
}

impl Entropy for ExpGamma {
    fn entropy(&self) -> Tensor {
        let concentration = &self.concentration;
        (concentration + concentration.lgamma() - concentration * concentration.digamma())
            .broadcast_to(self.batch_shape)
    }
}

impl KlDivergence<Self> for ExpGamma {
    /// That of the gamma variables.
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        gamma::kl_divergence((&self.concentration, &self.rate), (&other.concentration, &other.rate))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<ExpGamma> {
        Family::new("ExpGamma", |p| ExpGamma::new(p.get("concentration"), p.get("rate")))
            .at(parameters! { concentration: 2.5, rate: 1.7 })
            .at(parameters! { concentration: 0.6, rate: 0.4 })
            .rejects(
                parameters! { concentration: -1.5, rate: 1.0 },
                "ExpGamma: `concentration` must be positive, got -1.5",
            )
            .rejects(parameters! { concentration: 1.0, rate: 0.0 }, "ExpGamma: `rate` must be positive, got 0")
            .draws([0.4488743711647457, 0.16462882350149777, -0.5403334714248621])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, kl, reparameterized_by_moments);

    #[test]
    fn what_underflows_has_a_logarithm() {
        // A thousandth of the mass lies where the gamma variable is smaller than any number.
        let small = ExpGamma::new(1e-3, 1.0).unwrap();
        let quantile = small.icdf(&0.1.into()).unwrap();
        // ln(0.1) / 0.001 and ln Γ(1.001) / 0.001.
        assert!((quantile.item() + 2_303.161_486_592_329).abs() < 1e-9, "{quantile}");
        assert!((small.cdf(&quantile).unwrap().item() - 0.1).abs() < 1e-14);
        assert!((small.survival(&quantile).unwrap().item() - 0.9).abs() < 1e-14);
    }
}
