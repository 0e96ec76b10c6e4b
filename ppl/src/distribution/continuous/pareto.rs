//! Pareto distribution.

use crate::distribution::density::scalar;
use crate::distribution::sampling::noise::standard_exponential;
use crate::distribution::{Cdf, Distribution, Entropy, KlDivergence, Mode, Moments};
use crate::random::Rng;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor};

declare! {
    /// Pareto distribution: a power of the value above a smallest one.
    ///
    #[doc = include_str!("../../../doc/distribution/Pareto.svg")]
    ///
    /// ```text
    /// log p(x) = ln(concentration) − ln x − concentration · ln(x / scale),   x ≥ scale
    /// ```
    #[parameters]
    /// # Support
    /// The numbers from `scale` on: [`Constraint::Interval`](crate::Constraint::Interval).
    ///
    /// # Moments
    /// ```text
    /// mean     = scale · concentration / (concentration − 1)
    /// variance = scale² · concentration / ((concentration − 1)² (concentration − 2))
    /// mode     = scale
    /// median   = scale · 2^(1 / concentration)
    /// entropy  = ln(scale / concentration) + 1 / concentration + 1
    /// ```
    /// The mean is ∞ up to a concentration of 1, the variance up to 2.
    ///
    /// # Numerics
    /// ln(x / scale) is a log1p of the relative difference below 2 scale, so that values next to the lower end keep
    /// their digits. Tails are those of an exponential variable, by expm1 and log1mexp; draws are exponentials of
    /// exponential noise.
    ///
    /// # Reference
    /// Stan Functions Reference, "Pareto distribution".
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Cdf, Moments, Pareto};
    ///
    /// let wealth = Pareto::new(3.0, 2.0)?;
    /// assert_eq!(wealth.mean(), 3.0);
    /// assert!((wealth.survival(&4.0.into())?.item() - 0.125).abs() < 1e-15);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct Pareto {
        /// Concentration, or tail index (α).
        concentration: Positive,
        /// Scale, the smallest value.
        scale: Positive,
    }

    pub fn new(concentration: impl IntoTensor, scale: impl IntoTensor) -> Result<Self>;
}

impl Pareto {
    /// ln(x / scale), from the difference where the two are near each other.
    fn log_ratio(&self, value: &Tensor) -> Result<Tensor> {
        let is_near = value.detach().try_less(self.scale.detach() * 2.0)?;
        let relative = Tensor::try_select(&is_near, value.try_sub(&self.scale)?.try_div(&self.scale)?, 0.0)?;
        let far = value.ln().try_sub(self.scale.ln())?;
        Tensor::try_select(is_near, relative.log1p(), far)
    }

    /// −ln P(X > x).
    fn cumulative_hazard(&self, value: &Tensor) -> Result<Tensor> {
        let distribution = self.checked();
        distribution.log_ratio(value)?.try_mul(distribution.concentration)
    }
}

impl Distribution for Pareto {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::Interval { lower: self.scale.clone(), upper: f64::INFINITY.into() }
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        let noise = standard_exponential(rng, sample_shape.concat(&self.batch_shape));
        Ok(noise.try_div(&self.concentration)?.exp().try_mul(&self.scale)?.minimum(f64::MAX))
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, &self.scale, |value| {
            let power = self.log_ratio(value)?.try_mul(&self.concentration)?;
            self.checked().concentration.ln().try_sub(value.ln())?.try_sub(power)
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Cdf for Pareto {
    tails_by_cumulative_hazard!();

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        let Self { concentration, scale, .. } = self.checked();
        (-(-scalar::probability(probability)).log1p()).try_div(concentration)?.exp().try_mul(scale)
    }
}

impl Mode for Pareto {
    fn mode(&self) -> Result<Tensor> {
        self.scale.try_broadcast_to(self.batch_shape)
    }
}

impl Moments for Pareto {
    fn mean(&self) -> Tensor {
        let is_finite = self.concentration.greater(1.0);
        let concentration = Tensor::select(&is_finite, &self.concentration, 2.0);
        Tensor::select(is_finite, &self.scale * (&concentration / (&concentration - 1.0)), f64::INFINITY)
    }

    fn variance(&self) -> Tensor {
        let is_finite = self.concentration.greater(2.0);
        let concentration = Tensor::select(&is_finite, &self.concentration, 3.0);
        let relative = &concentration / ((&concentration - 1.0).square() * (&concentration - 2.0));
        Tensor::select(is_finite, self.scale.square() * relative, f64::INFINITY)
    }

    fn stddev(&self) -> Tensor {
        let is_finite = self.concentration.greater(2.0);
        let concentration = Tensor::select(&is_finite, &self.concentration, 3.0);
        let relative = (&concentration / (&concentration - 2.0)).sqrt() / (&concentration - 1.0);
        Tensor::select(is_finite, &self.scale * relative, f64::INFINITY)
    }
}

impl Entropy for Pareto {
    fn entropy(&self) -> Tensor {
        self.scale.ln() - self.concentration.ln() + self.concentration.recip() + 1.0
    }
}

impl KlDivergence<Self> for Pareto {
    /// ∞ where the other distribution begins later.
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        let ratio = other.concentration.try_div(&self.concentration)?;
        let log_scales = self.scale.ln().try_sub(other.scale.ln())?;
        let of_scales = log_scales.try_mul(&other.concentration)?;
        let within = (&ratio - 1.0 - ratio.ln()).try_add(of_scales)?;
        Tensor::try_select(self.scale.try_greater_equal(&other.scale)?, within, f64::INFINITY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<Pareto> {
        Family::new("Pareto", |p| Pareto::new(p.get("concentration"), p.get("scale")))
            .at(parameters! { concentration: 2.5, scale: 1.7 })
            .at(parameters! { concentration: 4.8, scale: 0.4 })
            .rejects(
                parameters! { concentration: -1.5, scale: 1.0 },
                "Pareto: `concentration` must be positive, got -1.5",
            )
            .rejects(parameters! { concentration: 1.0, scale: 0.0 }, "Pareto: `scale` must be positive, got 0")
            .draws([1.867872735469066, 2.0160793559464745, 4.408049209892232])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, kl, reparameterized);
}
