//! Gompertz distribution.

use std::f64::consts::FRAC_PI_2;

use crate::distribution::density::scalar;
use crate::distribution::sampling::noise::standard_exponential;
use crate::distribution::{Cdf, Distribution, Entropy, Mode, Moments};
use crate::random::Rng;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor};

declare! {
    /// Gompertz distribution: survival times whose hazard grows exponentially.
    ///
    #[doc = include_str!("../../../doc/distribution/Gompertz.svg")]
    ///
    /// ```text
    /// log p(x) = ln(concentration) + ln(rate) + rate · x − concentration · (e^(rate · x) − 1),   x ≥ 0
    /// ```
    #[parameters]
    /// # Support
    /// The numbers from 0 on: [`Constraint::NonNegative`](crate::Constraint::NonNegative).
    ///
    /// # Moments
    /// ```text
    /// mean     = eᶯ E₁(η) / rate,   η = concentration
    /// variance = 2 / rate² · ∫₀^∞ e^(−ηv) ln(1 + v) / (1 + v) dv − mean²
    /// mode     = max(0, −ln η) / rate
    /// median   = ln(1 + ln(2) / η) / rate
    /// entropy  = 1 − ln(η · rate) − eᶯ E₁(η)
    /// ```
    /// with the exponential integral E₁. The variance is integrated numerically; mean and entropy are closed forms.
    ///
    /// # Numerics
    /// Mean and entropy are made of the exponential integral, scaled so that it neither overflows nor underflows; the
    /// variance is an integral by the double exponential rule, for concentrations from 1e-18 to 1e18. The cumulative
    /// hazard is an expm1, and its inverse a log1p that does not overflow; draws are standard exponential noise,
    /// transformed by it.
    ///
    /// # Reference
    /// Lenart, "The moments of the Gompertz distribution and maximum likelihood estimation of its parameters",
    /// Scandinavian Actuarial Journal (2014).
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Cdf, Gompertz};
    ///
    /// let age = Gompertz::new(1e-4, 0.1)?;
    /// let hazard_up_to_90 = 1e-4 * 9_f64.exp_m1();
    /// assert!((age.log_survival(&90.0.into())?.item() + hazard_up_to_90).abs() < 1e-14);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct Gompertz {
        /// Concentration (η): the hazard at 0 in units of the rate.
        concentration: Positive,
        /// Rate (b) at which the hazard grows.
        rate: Positive,
    }

    pub fn new(concentration: impl IntoTensor, rate: impl IntoTensor) -> Result<Self>;
}

impl Gompertz {
    /// −ln P(X > x).
    fn cumulative_hazard(&self, value: &Tensor) -> Result<Tensor> {
        let Self { concentration, rate, .. } = self.checked();
        value.try_mul(rate)?.expm1().try_mul(concentration)
    }

    /// eᶯ E₁(η), the mean in units of 1 / rate.
    fn relative_mean(&self) -> Tensor {
        self.concentration.ln().log_scaled_exponential_integral().exp()
    }
}

impl Distribution for Gompertz {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::NonNegative
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        let noise = standard_exponential(rng, sample_shape.concat(&self.batch_shape));
        Ok(log1p_quotient(&noise, &self.concentration)?.try_div(&self.rate)?.minimum(f64::MAX))
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, 0.0, |value| {
            let Self { concentration, rate, .. } = self.checked();
            let log_scale = concentration.ln().try_add(rate.ln())?;
            // At ∞ the formula is ∞ − ∞.
            let growth = value.try_mul(&rate)?.minimum(f64::MAX);
            growth.try_sub(growth.expm1().try_mul(concentration)?)?.try_add(log_scale)
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

/// ln(1 + x / y), where the quotient may overflow.
fn log1p_quotient(x: &Tensor, y: &Tensor) -> Result<Tensor> {
    let quotient = x.try_div(y)?;
    let is_large = quotient.detach().greater(1e100);
    if is_large.is_known_to_be_all(0.0) {
        return Ok(quotient.log1p());
    }
    let moderate = Tensor::try_select(&is_large, 0.0, quotient)?.log1p();
    let large = Tensor::try_select(&is_large, x, 1.0)?.ln().try_sub(y.ln())?;
    Tensor::try_select(is_large, large, moderate)
}

impl Cdf for Gompertz {
    tails_by_cumulative_hazard!();

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        let Self { concentration, rate, .. } = self.checked();
        let exponential = -(-scalar::probability(probability)).log1p();
        log1p_quotient(&exponential, &concentration)?.try_div(rate)
    }
}

impl Mode for Gompertz {
    fn mode(&self) -> Result<Tensor> {
        (-self.concentration.ln()).maximum(0.0).try_div(&self.rate)
    }
}

impl Moments for Gompertz {
    fn mean(&self) -> Tensor {
        self.relative_mean() / &self.rate
    }

    fn variance(&self) -> Tensor {
        let square = half_square(&self.concentration) * 2.0;
        (square - self.relative_mean().square()) / self.rate.square()
    }
}

/// ∫₀^∞ e^(−ηv) ln(1 + v) / (1 + v) dv, half the mean of (rate · X)², by the double exponential rule (Takahasi and Mori
/// 1974).
fn half_square(concentration: &Tensor) -> Tensor {
    const STEP: f64 = 1.0 / 128.0;
    // Nodes from 1e-21 to 1e21, where the integrand has ended for all concentrations from 1e-18 to 1e18.
    let positions = (-540..=540).map(|step| f64::from(step) * STEP);
    let (nodes, weights): (Vec<f64>, Vec<f64>) = positions
        .map(|t| {
            let v = (FRAC_PI_2 * t.sinh()).exp();
            (v, STEP * v * FRAC_PI_2 * t.cosh() * v.ln_1p() / (1.0 + v))
        })
        .unzip();
    let decay = -(concentration.unsqueeze(-1) * Tensor::from(nodes));
    (decay.exp() * Tensor::from(weights)).sum_axis(-1)
}

impl Entropy for Gompertz {
    fn entropy(&self) -> Tensor {
        1.0 - self.concentration.ln() - self.rate.ln() - self.relative_mean()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<Gompertz> {
        Family::new("Gompertz", |p| Gompertz::new(p.get("concentration"), p.get("rate")))
            .at(parameters! { concentration: 2.5, rate: 1.7 })
            .at(parameters! { concentration: 0.1, rate: 0.4 })
            .rejects(
                parameters! { concentration: -1.5, rate: 1.0 },
                "Gompertz: `concentration` must be positive, got -1.5",
            )
            .rejects(parameters! { concentration: 1.0, rate: 0.0 }, "Gompertz: `rate` must be positive, got 0")
            .draws([0.0529399259719032, 0.09261977332258019, 0.39368604735022567])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, reparameterized);

    #[test]
    fn variances() {
        // By quadrature with 30 digits.
        for (concentration, want) in [
            (1.0e-9, 1.644_933_620_337_722),
            (0.0001, 1.635_717_411_579_548),
            (0.3, 0.475_254_573_258_49),
            (40.0, 5.684_219_186_713_867e-4),
            (10000.0, 9.996_001_699_160_484e-9),
        ] {
            let variance = Gompertz::new(concentration, 1.0).unwrap().variance().item();
            assert!((variance / want - 1.0).abs() < 1e-12, "{concentration}: {variance}, {want}");
        }
    }
}
