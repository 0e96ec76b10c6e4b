//! Fréchet distribution.

use crate::distribution::continuous::gumbel::EULER_GAMMA;
use crate::distribution::density::scalar;
use crate::distribution::sampling::noise::standard_exponential;
use crate::distribution::{Cdf, Distribution, Entropy, KlDivergence, Mode, Moments};
use crate::random::Rng;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor};

declare! {
    /// Fréchet distribution: maxima of samples whose tail is that of a power.
    ///
    #[doc = include_str!("../../../doc/distribution/Frechet.svg")]
    ///
    /// ```text
    /// log p(x) = ln(concentration) − ln x − z − e⁻ᶻ,   z = concentration · ln(x / scale),   x > 0
    /// ```
    ///
    /// It is the reciprocal of a [`Weibull`](crate::distribution::Weibull) variable.
    #[parameters]
    /// # Support
    /// The positive numbers: [`Constraint::Positive`](crate::Constraint::Positive).
    ///
    /// # Moments
    /// ```text
    /// mean     = scale · g₁,   gₖ = Γ(1 − k / concentration)
    /// variance = scale² · (g₂ − g₁²)
    /// mode     = scale · (1 + 1 / concentration)^(−1 / concentration)
    /// median   = scale · ln(2)^(−1 / concentration)
    /// entropy  = 1 + γ (1 + 1 / concentration) + ln(scale / concentration)
    /// ```
    /// with Euler's constant γ = 0.5772… The mean is ∞ up to a concentration of 1, the variance up to 2.
    ///
    /// # Numerics
    /// z is a [`Gumbel`](crate::distribution::Gumbel) variable, and the tails are those of z: the logarithm of the distribution
    /// function is −e⁻ᶻ exactly, that of the upper tail −z far out. The variance is an expm1 of the difference of log moments,
    /// which does not cancel.
    ///
    /// # Draws
    /// Powers of exponential noise.
    ///
    /// # Reference
    /// Stan Functions Reference, "Frechet distribution"; Johnson, Kotz and Balakrishnan, "Continuous Univariate Distributions" 2
    /// (1995), chapter 22.
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Cdf, Frechet, Moments};
    ///
    /// let flood = Frechet::new(2.0, 3.0)?;
    /// assert!((flood.cdf(&3.0.into())?.item() - (-1_f64).exp()).abs() < 1e-15);
    /// assert_eq!(flood.variance(), f64::INFINITY);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct Frechet {
        /// Concentration, or shape: the power with which the upper tail falls.
        concentration: Positive,
        /// Scale, the quantile at 1/e.
        scale: Positive,
    }

    pub fn new(concentration: impl IntoTensor, scale: impl IntoTensor) -> Result<Self>;
}

/// Beyond it 1 − exp(−e⁻ᶻ) is e⁻ᶻ up to rounding, and e⁻ᶻ may underflow.
const FAR: f64 = 40.0;

impl Frechet {
    /// ln Γ(1 − power / concentration), ln of the mean of (X / scale) to a power, where it exists; and whether it does.
    fn log_moment(&self, power: f64) -> (Tensor, Tensor) {
        let exists = self.concentration.greater(power);
        let concentration = Tensor::select(&exists, &self.concentration, 2.0 * power);
        ((1.0 - power / concentration).lgamma(), exists)
    }

    /// The Gumbel variable z of a value.
    fn standardized(&self, value: &Tensor) -> Result<Tensor> {
        let Self { concentration, scale, .. } = self.checked();
        value.ln().try_sub(scale.ln())?.try_mul(concentration)
    }

    /// A function of z; `below` and `beyond` at the ends of the support.
    fn of_standard(&self, value: &Tensor, ends: (f64, f64), function: impl Fn(Tensor) -> Tensor) -> Result<Tensor> {
        scalar::inside(self, value, ends, |value| Ok(function(self.standardized(value)?)))
    }

    /// scale · E^(−1 / concentration) of a standard exponential variable E.
    fn of_exponential(&self, exponential: &Tensor) -> Result<Tensor> {
        let Self { concentration, scale, .. } = self.checked();
        (-exponential.ln()).try_div(concentration)?.exp().try_mul(scale)
    }
}

impl Distribution for Frechet {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::Positive
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        let noise = standard_exponential(rng, sample_shape.concat(&self.batch_shape)).maximum(f64::MIN_POSITIVE);
        Ok(self.of_exponential(&noise)?.clamp(f64::MIN_POSITIVE, f64::MAX))
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, 1.0, |value| {
            let ln = value.ln();
            let z = ln.try_sub(self.scale.ln())?.try_mul(&self.concentration)?;
            (-(&z + (-&z).exp())).try_sub(ln)?.try_add(self.concentration.ln())
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Cdf for Frechet {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        self.of_standard(value, (0.0, 1.0), |z| (-(-z).exp()).exp())
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        self.of_exponential(&-scalar::probability(probability).ln())
    }

    fn inverse_survival(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        self.of_exponential(&-(-scalar::probability(probability)).log1p())
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        self.of_standard(value, (f64::NEG_INFINITY, 0.0), |z| -(-z).exp())
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        self.of_standard(value, (1.0, 0.0), |z| -(-(-z).exp()).expm1())
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        self.of_standard(value, (0.0, f64::NEG_INFINITY), |z| {
            let is_far = z.greater(FAR);
            let near = (-(-Tensor::select(&is_far, 0.0, &z)).exp()).log1mexp();
            Tensor::select(is_far, -z, near)
        })
    }
}

impl Mode for Frechet {
    fn mode(&self) -> Result<Tensor> {
        let power = self.concentration.recip();
        (-power.log1p()).try_mul(&power)?.exp().try_mul(&self.scale)
    }
}

impl Moments for Frechet {
    fn mean(&self) -> Tensor {
        let (log_moment, exists) = self.log_moment(1.0);
        Tensor::select(exists, &self.scale * log_moment.exp(), f64::INFINITY)
    }

    fn variance(&self) -> Tensor {
        // E[X²] − E[X]² = E[X]² (E[X²] / E[X]² − 1), without cancellation.
        let ((first, _), (second, exists)) = (self.log_moment(1.0), self.log_moment(2.0));
        let variance = (&self.scale * first.exp()).square() * (second - first * 2.0).expm1();
        Tensor::select(exists, variance, f64::INFINITY)
    }
}

impl Entropy for Frechet {
    fn entropy(&self) -> Tensor {
        (self.concentration.recip() + 1.0) * EULER_GAMMA + self.scale.ln() - self.concentration.ln() + 1.0
    }
}

impl KlDivergence<Self> for Frechet {
    /// That of the reciprocals, which are Weibull variables.
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        let ratio = other.concentration.try_div(&self.concentration)?;
        let ln_scales = other.scale.ln().try_sub(self.scale.ln())?.try_mul(&other.concentration)?;
        // The mean of e⁻ᶻ under `other`.
        let tail = ln_scales.try_add((&ratio + 1.0).lgamma())?.exp();
        tail.try_sub(ln_scales)?.try_add((&ratio - 1.0) * EULER_GAMMA - ratio.ln() - 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::Weibull;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<Frechet> {
        Family::of("Frechet", |p| Frechet::new(p.get("concentration"), p.get("scale")))
            .without_golden_cases("those of tests/golden/far are in the middle too")
            .at(parameters! { concentration: 9.5, scale: 1.7 })
            .at(parameters! { concentration: 12.0, scale: 0.4 })
            .rejects(
                parameters! { concentration: -1.5, scale: 1.0 },
                "Frechet: `concentration` must be positive, got -1.5",
            )
            .rejects(parameters! { concentration: 1.0, scale: 0.0 }, "Frechet: `scale` must be positive, got 0")
            .draws([1.9795603761840108, 1.8596213454969293, 1.5515674158833483])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, kl, reparameterized);

    #[test]
    fn its_reciprocal_is_a_weibull_variable() {
        let (frechet, weibull) = (Frechet::new(0.7, 4.0).unwrap(), Weibull::new(0.7, 0.25).unwrap());
        for x in [0.01, 0.8, 30.0, 1e9] {
            let (x, reciprocal) = (Tensor::from(x), Tensor::from(1.0 / x));
            let difference = frechet.survival(&x).unwrap() / weibull.cdf(&reciprocal).unwrap() - 1.0;
            assert!(difference.abs().item() < 1e-14, "{difference}");
        }
        assert_eq!((frechet.mean().item(), frechet.variance().item()), (f64::INFINITY, f64::INFINITY));
    }
}
