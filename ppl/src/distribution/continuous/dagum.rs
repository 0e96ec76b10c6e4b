//! Dagum distribution.

use crate::distribution::continuous::gumbel::EULER_GAMMA;
use crate::distribution::density::scalar;
use crate::distribution::sampling::noise::standard_exponential;
use crate::distribution::{Cdf, Distribution, Entropy, Mode, Moments};
use crate::random::Rng;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor};

declare! {
    /// Dagum distribution of incomes: a power of the log-logistic distribution function.
    ///
    #[doc = include_str!("../../../doc/distribution/Dagum.svg")]
    ///
    /// ```text
    /// P(X ≤ x) = (1 + (x / scale)^(−sharpness))^(−concentration),   x > 0
    ///
    /// log p(x) = ln(concentration · sharpness) − ln x − concentration · ln(1 + e⁻ᵘ) − ln(1 + eᵘ)
    ///        u = sharpness · ln(x / scale)
    /// ```
    ///
    /// At 0 the density has its limit, which is 0, finite or ∞; as an observation 0 is refused.
    #[parameters]
    /// # Support
    /// The positive numbers: [`Constraint::Positive`](crate::Constraint::Positive).
    ///
    /// # Moments
    /// ```text
    /// mean     = scale · m(1),   m(k) = concentration · B(concentration + k / sharpness, 1 − k / sharpness)
    /// variance = scale² · (m(2) − m(1)²)
    /// mode     = scale · ((c − 1) / (sharpness + 1))^(1 / sharpness) if c > 1,   c = concentration · sharpness
    /// median   = scale · (2^(1 / concentration) − 1)^(−1 / sharpness)
    /// entropy  = ln(scale / c) + h (1 + 1 / sharpness) + 1 / concentration + 1
    ///            h = ψ(concentration) + γ
    /// ```
    /// The mean is ∞ up to a sharpness of 1, the variance up to 2. Where the density falls from 0 on, the mode is 0.
    ///
    /// # Numerics
    /// All functions are made of softplus and log1mexp of the log odds u, which neither overflow nor cancel; beyond
    /// u = 40 the logarithm of the upper tail is the first term of its series. Draws invert the distribution function.
    ///
    /// # Reference
    /// Kleiber, "A guide to the Dagum distributions", in "Modeling Income Distributions and Lorenz Curves" (2008).
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Cdf, Dagum};
    ///
    /// let income = Dagum::new(2.0, 3.0, 10.0)?;
    /// assert!((income.cdf(&10.0.into())?.item() - 0.25).abs() < 1e-15);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct Dagum {
        /// Concentration (p): the power of the distribution function.
        concentration: Positive,
        /// Sharpness (a): the power by which the upper tail falls.
        sharpness: Positive,
        /// Scale (b).
        scale: Positive,
    }

    pub fn new(
        concentration: impl IntoTensor,
        sharpness: impl IntoTensor,
        scale: impl IntoTensor,
    ) -> Result<Self>;
}

/// From here on e⁻ᵘ is smaller than a rounding of 1.
const FAR: f64 = 40.0;

impl Dagum {
    /// u.
    fn log_odds(&self, value: &Tensor) -> Result<Tensor> {
        value.ln().try_sub(self.scale.ln())?.try_mul(&self.sharpness)
    }

    fn lower_tail(&self, value: &Tensor) -> Result<Tensor> {
        let Self { concentration, .. } = self.checked();
        Ok(-(-self.checked().log_odds(value)?).softplus().try_mul(concentration)?)
    }

    fn upper_tail(&self, value: &Tensor) -> Result<Tensor> {
        let distribution = self.checked();
        let log_odds = distribution.log_odds(value)?;
        let log_concentration = distribution.concentration.ln();
        // It is its logarithm's first term there, and that may underflow.
        let far = log_concentration.try_sub(&log_odds)?;
        let is_far = log_odds.detach().greater(FAR).try_mul(far.detach().less(-FAR))?;
        let log_odds = Tensor::try_select(&is_far, 0.0, log_odds)?;
        let near = (-(-log_odds).softplus().try_mul(distribution.concentration)?).log1mexp();
        Tensor::try_select(is_far, far, near)
    }

    /// The value whose −ln P(X ≤ x) is this.
    fn quantile(&self, minus_log: &Tensor) -> Result<Tensor> {
        let Self { concentration, sharpness, scale, .. } = self.checked();
        let softplus = minus_log.try_div(concentration)?;
        // −ln(eᵗ − 1).
        let log_odds = -(&softplus + (-&softplus).log1mexp());
        log_odds.try_div(sharpness)?.exp().try_mul(scale)
    }
}

impl Distribution for Dagum {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::Positive
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        let noise = standard_exponential(rng, sample_shape.concat(&self.batch_shape)).maximum(f64::MIN_POSITIVE);
        Ok(self.quantile(&noise)?.clamp(f64::MIN_POSITIVE, f64::MAX))
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let log_prob = scalar::on_support(self, value, 1.0, |value| {
            let log_odds = self.log_odds(value)?;
            let powers = (-&log_odds).softplus().try_mul(&self.concentration)?.try_add(log_odds.softplus())?;
            let constant = self.concentration.ln().try_add(self.sharpness.ln())?;
            constant.try_sub(powers)?.try_sub(value.ln())
        })?;
        scalar::with_limit_at_zero(log_prob, value, || {
            scalar::limit_of_power(&self.concentration.try_mul(&self.sharpness)?, -self.scale.ln())
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Cdf for Dagum {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (0.0, 1.0), |value| Ok(self.lower_tail(value)?.exp()))
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        self.quantile(&-scalar::probability(probability).ln())
    }

    fn inverse_survival(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        self.quantile(&-(-scalar::probability(probability)).log1p())
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (f64::NEG_INFINITY, 0.0), |value| self.lower_tail(value))
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (1.0, 0.0), |value| Ok(-self.lower_tail(value)?.expm1()))
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (0.0, f64::NEG_INFINITY), |value| self.upper_tail(value))
    }
}

impl Mode for Dagum {
    fn mode(&self) -> Result<Tensor> {
        let power = self.concentration.try_mul(&self.sharpness)?;
        // From a power of 1 down the density falls from 0 on.
        let falls = power.detach().less_equal(1.0);
        let rising = Tensor::select(&falls, 1.0, power - 1.0);
        let inside = (rising.ln().try_sub(self.sharpness.log1p())?.try_div(&self.sharpness)?).exp();
        Tensor::try_select(falls, 0.0, inside.try_mul(&self.scale)?)
    }
}

impl Dagum {
    /// The logarithm of the mean of (X / scale) to a power below the sharpness.
    fn log_moment(&self, power: f64, sharpness: &Tensor) -> Tensor {
        let share = power / sharpness;
        (&self.concentration + &share).lbeta(1.0 - share) + self.concentration.ln()
    }
}

impl Moments for Dagum {
    fn mean(&self) -> Tensor {
        let is_finite = self.sharpness.greater(1.0);
        let sharpness = Tensor::select(&is_finite, &self.sharpness, 2.0);
        Tensor::select(is_finite, &self.scale * self.log_moment(1.0, &sharpness).exp(), f64::INFINITY)
    }

    fn variance(&self) -> Tensor {
        let is_finite = self.sharpness.greater(2.0);
        let sharpness = Tensor::select(&is_finite, &self.sharpness, 3.0);
        let (first, second) = (self.log_moment(1.0, &sharpness), self.log_moment(2.0, &sharpness));
        // The ratio of the second moment to the square of the mean may overflow.
        let relative = second.exp() * -(first * 2.0 - second).expm1();
        Tensor::select(is_finite, self.scale.square() * relative, f64::INFINITY)
    }
}

impl Entropy for Dagum {
    fn entropy(&self) -> Tensor {
        // Of the log odds, and by their mean that of the value.
        let mean = self.concentration.digamma() + EULER_GAMMA;
        // ψ(c) + 1 / c is ψ(c + 1).
        let of_log_odds = (&self.concentration + 1.0).digamma() + EULER_GAMMA - self.concentration.ln() + 1.0;
        of_log_odds + mean / &self.sharpness - self.sharpness.ln() + self.scale.ln()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};

    fn build(p: &Parameters) -> Result<Dagum> {
        Dagum::new(p.get("concentration"), p.get("sharpness"), p.get("scale"))
    }

    fn family() -> Family<Dagum> {
        // Where the fourth moment exists.
        Family::new("Dagum", build)
            .at(parameters! { concentration: 1.5, sharpness: 9.5, scale: 1.7 })
            .at(parameters! { concentration: 0.8, sharpness: 11.0, scale: 0.6 })
            .rejects(
                parameters! { concentration: 0.0, sharpness: 1.0, scale: 1.0 },
                "Dagum: `concentration` must be positive, got 0",
            )
            .rejects(
                parameters! { concentration: 1.0, sharpness: -1.5, scale: 1.0 },
                "Dagum: `sharpness` must be positive, got -1.5",
            )
            .rejects(
                parameters! { concentration: 1.0, sharpness: 1.0, scale: 0.0 },
                "Dagum: `scale` must be positive, got 0",
            )
            .draws([2.0486614002017594, 1.9112183609169846, 1.4733372548098942])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, reparameterized);
}
