//! Logistic distribution.

use std::f64::consts::PI;

use rand::RngExt;
use rand_distr::Open01;

use crate::distribution::density::scalar;
use crate::distribution::sampling::noise;
use crate::distribution::{Cdf, Distribution, Entropy, Mode, Moments};
use crate::random::Rng;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, special};

declare! {
    /// Logistic distribution on the real line: its distribution function is the logistic function.
    ///
    #[doc = include_str!("../../../doc/distribution/Logistic.svg")]
    ///
    /// ```text
    /// log p(x) = −z − 2 ln(1 + e⁻ᶻ) − ln(scale),   z = (x − loc) / scale
    /// ```
    #[parameters]
    /// # Support
    /// The real numbers: [`Constraint::Real`](crate::Constraint::Real).
    ///
    /// # Moments
    /// ```text
    /// mean     = median = mode = loc
    /// variance = π² / 3 · scale²
    /// entropy  = ln(scale) + 2
    /// ```
    ///
    /// # Numerics
    /// The density is a function of |z|, in which nothing overflows; tails are sigmoid(±z), whose logarithms are
    /// softplus functions. Around ½ the quantile is a difference of log1p of the distance to ½. Draws are log odds of
    /// uniform noise.
    ///
    /// # Reference
    /// Stan Functions Reference, "Logistic distribution".
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Cdf, Logistic};
    /// use ppl::special::sigmoid;
    ///
    /// let logistic = Logistic::new(1.0, 2.0)?;
    /// assert_eq!(logistic.cdf(&5.0.into())?, sigmoid(2.0));
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct Logistic {
        /// Mean and median.
        loc: Real,
        /// Scale, √3 / π of the standard deviation.
        scale: Positive,
    }

    pub fn new(loc: impl IntoTensor, scale: impl IntoTensor) -> Result<Self>;
}

impl Logistic {
    fn standardized(&self, value: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, value)?;
        value.try_sub(&self.loc)?.try_div(self.checked().scale)
    }
}

impl Distribution for Logistic {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::Real
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        let shape = sample_shape.concat(&self.batch_shape);
        let noise = noise::draw(rng, shape, |rng, numbers| {
            noise::each(rng, numbers, |rng| special::logit(rng.sample(Open01)));
        });
        noise.try_mul(&self.scale)?.try_add(&self.loc)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        // The density is symmetric; in |z| nothing overflows.
        let distance = value.try_sub(&self.loc)?.try_div(&self.scale)?.abs();
        (-(&distance + (-&distance).softplus() * 2.0)).try_sub(self.scale.ln())
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Cdf for Logistic {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        Ok(self.standardized(value)?.sigmoid())
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        let p = scalar::probability(probability);
        // Around one half, where ln p − ln(1 − p) cancels, from the distance to it.
        let is_central = (&p - 0.5).abs().less(0.25);
        let twice = Tensor::select(&is_central, &p * 2.0 - 1.0, 0.0);
        let z = Tensor::select(is_central, twice.log1p() - (-&twice).log1p(), p.ln() - (-p).log1p());
        z.try_mul(self.checked().scale)?.try_add(&self.loc)
    }

    fn inverse_survival(&self, probability: &Tensor) -> Result<Tensor> {
        (&self.loc * 2.0).try_sub(self.icdf(probability)?)
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        Ok(self.standardized(value)?.log_sigmoid())
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        Ok((-self.standardized(value)?).sigmoid())
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        Ok(-self.standardized(value)?.softplus())
    }
}

impl Mode for Logistic {
    fn mode(&self) -> Result<Tensor> {
        self.loc.try_broadcast_to(self.batch_shape)
    }
}

impl Moments for Logistic {
    fn mean(&self) -> Tensor {
        self.loc.broadcast_to(self.batch_shape)
    }

    fn variance(&self) -> Tensor {
        (self.scale.square() * (PI * PI / 3.0)).broadcast_to(self.batch_shape)
    }
}

impl Entropy for Logistic {
    fn entropy(&self) -> Tensor {
        (self.scale.ln() + 2.0).broadcast_to(self.batch_shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<Logistic> {
        Family::new("Logistic", |p| Logistic::new(p.get("loc"), p.get("scale")))
            .at(parameters! { loc: 0.3, scale: 1.7 })
            .at(parameters! { loc: -2.0, scale: 0.6 })
            .rejects(parameters! { loc: f64::NAN, scale: 1.0 }, "Logistic: `loc` must be real, got NaN")
            .rejects(parameters! { loc: 0.0, scale: -2.0 }, "Logistic: `scale` must be positive, got -2")
            .draws([-0.5805845444139721, -0.5564726336609469, 2.06772333489154])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, reparameterized);
}
