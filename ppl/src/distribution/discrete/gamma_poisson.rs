//! Gamma-Poisson distribution.

use super::negative_binomial::{NegativeBinomial, draw_negative_binomial};
use crate::distribution::density::scalar;
use crate::distribution::sampling::elementwise;
use crate::distribution::{Cdf, Distribution, Entropy, Mode, Moments};
use crate::random::Rng;
use crate::tensor::or_panic;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor};

declare! {
    /// Gamma-Poisson distribution: a Poisson count whose rate is gamma distributed. It is a
    /// [negative binomial](NegativeBinomial) distribution, by the parameters of the gamma distribution.
    ///
    #[doc = include_str!("../../../doc/distribution/GammaPoisson.svg")]
    ///
    /// ```text
    /// log p(k) = ln Γ(k + α) − ln k! − ln Γ(α) + α ln(β / (β + 1)) − k ln(β + 1),
    /// α = concentration, β = rate, k ∈ {0, 1, 2, …}
    /// ```
    #[parameters]
    /// # Support
    /// The integers from 0 on: [`Constraint::NonNegativeInteger`](crate::Constraint::NonNegativeInteger).
    ///
    /// # Moments
    /// ```text
    /// mean     = α / β
    /// variance = α / β · (1 + 1 / β)
    /// mode     = ⌊(α − 1) / β⌋ if α ≥ 1, 0 otherwise
    /// entropy  = −Σ p(k) ln p(k)
    /// ```
    /// The median is a quantile, by search.
    ///
    /// # Numerics
    /// That of [`NegativeBinomial::from_mean`].
    ///
    /// # Reference
    /// Stan Functions Reference, "Negative binomial distribution", whose parameters are these.
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{GammaPoisson, Moments};
    ///
    /// let claims = GammaPoisson::new(3.0, 2.0)?;
    /// assert_eq!(claims.mean(), 1.5);
    /// assert_eq!(claims.variance(), 1.5 * (1.0 + 1.0 / 2.0));
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct GammaPoisson {
        /// Concentration α of the gamma distribution.
        concentration: Positive,
        /// Rate β of the gamma distribution.
        rate: Positive,
    }

    pub fn new(concentration: impl IntoTensor, rate: impl IntoTensor) -> Result<Self>;
}

impl GammaPoisson {
    /// The same distribution by its mean.
    fn negative_binomial(&self) -> Result<NegativeBinomial> {
        let Self { concentration, rate, .. } = self.checked();
        let mean = concentration.try_div(&rate)?;
        if !mean.is_tracked() && mean.elements().contains(&f64::INFINITY) {
            // A mean beyond every finite number; the log odds are not.
            return NegativeBinomial::from_logits(concentration, -rate.ln());
        }
        NegativeBinomial::of_mean(mean, concentration)
    }
}

impl Distribution for GammaPoisson {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::NonNegativeInteger
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        let shape = sample_shape.concat(&self.batch_shape);
        elementwise::draw(rng, shape, [&self.concentration, &self.rate.recip()], draw_negative_binomial)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, value)?;
        self.negative_binomial()?.log_prob(value)
    }
}

/// Both tails and their logarithms.
macro_rules! as_negative_binomial {
    ($($method:ident),+) => {
        $(
            fn $method(&self, value: &Tensor) -> Result<Tensor> {
                scalar::check_shape(self, value)?;
                self.negative_binomial()?.$method(value)
            }
        )+
    };
}

impl Cdf for GammaPoisson {
    as_negative_binomial!(cdf, log_cdf, survival, log_survival);

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::refuse_derivative(self, "quantiles", &[probability, &self.concentration, &self.rate])?;
        scalar::check_shape(self, probability)?;
        self.negative_binomial()?.icdf(probability)
    }
}

impl Mode for GammaPoisson {
    fn mode(&self) -> Result<Tensor> {
        scalar::step_function(self, "modes", [&self.concentration, &self.rate], |[concentration, rate]| {
            ((concentration - 1.0).max(0.0) / rate).floor()
        })
    }
}

impl Moments for GammaPoisson {
    fn mean(&self) -> Tensor {
        &self.concentration / &self.rate
    }

    fn variance(&self) -> Tensor {
        self.mean() * (1.0 + self.rate.recip())
    }
}

impl Entropy for GammaPoisson {
    /// # Panics
    /// That of [`NegativeBinomial`].
    fn entropy(&self) -> Tensor {
        or_panic(self.negative_binomial().map(|negative_binomial| negative_binomial.entropy()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<GammaPoisson> {
        Family::new("GammaPoisson", |p| GammaPoisson::new(p.get("concentration"), p.get("rate")))
            .nan_at("far", &["entropy"], "sums of more than 2²⁴ masses are refused")
            .nan_at("rate", &["entropy"], "sums of more than 2²⁴ masses are refused")
            .at(parameters! { concentration: 2.5, rate: 1.3 })
            .at(parameters! { concentration: 0.7, rate: 0.2 })
            .at(parameters! { concentration: 80.0, rate: 2.0 })
            .rejects(
                parameters! { concentration: -0.5, rate: 0.5 },
                "GammaPoisson: `concentration` must be positive, got -0.5",
            )
            .rejects(parameters! { concentration: 3.0, rate: 0.0 }, "GammaPoisson: `rate` must be positive, got 0")
            .draws([1.0, 0.0, 4.0])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy);
}
