//! Inverse Gaussian distribution.

use crate::distribution::continuous::mills::log_mills_ratio_growth;
use crate::distribution::density::{quantile, scalar};
use crate::distribution::sampling::implicit;
use crate::distribution::sampling::noise::{standard_normal, standard_uniform};
use crate::distribution::{Cdf, Distribution, Entropy, Mode, Moments};
use crate::random::Rng;
use crate::special::HALF_LN_2PI;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor};

declare! {
    /// Inverse Gaussian (Wald) distribution: the first passage time of a Brownian motion with drift.
    ///
    #[doc = include_str!("../../../doc/distribution/InverseGaussian.svg")]
    ///
    /// ```text
    /// log p(x) = ½ ln(concentration) − ½ ln(2π) − 3/2 ln x − concentration · (x / loc − 1)² / (2x),   x > 0
    /// ```
    #[parameters]
    /// # Support
    /// The positive numbers: [`Constraint::Positive`](crate::Constraint::Positive).
    ///
    /// # Moments
    /// ```text
    /// mean     = loc
    /// variance = loc³ / concentration
    /// mode     = loc / (r + √(1 + r²)),   r = 3/2 · loc / concentration
    /// entropy  = 3/2 · (ln(loc) − e^(2λ/μ) E₁(2λ/μ)) − ½ ln(concentration) + ½ ln(2π) + ½
    /// ```
    /// with μ = loc, λ = concentration and the exponential integral E₁. The median is a quantile: the root of the
    /// distribution function by Newton's method in a bracket.
    ///
    /// # Numerics
    /// The distribution function Φ(a) + e^(2λ/μ) Φ(−b) is evaluated by logarithms, in which e^(2λ/μ) and Φ(−b), which
    /// overflow and underflow, have met.
    ///
    /// # Draws
    /// Algorithm of Michael, Schucany and Haas (1976); the gradient is implicit (Figurnov et al. 2018).
    ///
    /// # Reference
    /// Chhikara and Folks, "The Inverse Gaussian Distribution" (1989).
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Cdf, InverseGaussian, Moments};
    ///
    /// let waiting = InverseGaussian::new(2.0, 4.0)?;
    /// assert_eq!(waiting.variance(), 2.0);
    /// assert!((waiting.cdf(&2.0.into())?.item() - 0.627_697_838_155).abs() < 1e-9);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct InverseGaussian {
        /// Mean (μ).
        loc: Positive,
        /// Concentration, or shape (λ); the variance is μ³ / λ.
        concentration: Positive,
    }

    pub fn new(loc: impl IntoTensor, concentration: impl IntoTensor) -> Result<Self>;
}

/// From here on, the upper tail of a normal variable is its density times Mills' ratio.
const FAR: f64 = 2.0;

/// Its square is finite.
const LARGEST_ROOT: f64 = 1e154;

impl InverseGaussian {
    /// The logarithms of both tails, inside the support.
    fn log_tails(&self, value: &Tensor) -> Result<(Tensor, Tensor)> {
        let Self { loc, concentration, .. } = self.checked();
        // Beyond, both tails are 0 or 1 but at loc.
        let root = concentration.sqrt().try_div(value.sqrt())?.minimum(LARGEST_ROOT);
        let distance = value.try_sub(&loc)?;
        let a = root.try_div(loc)?.minimum(f64::MAX).try_mul(&distance)?;
        let b = &a + &root * 2.0;
        // e^(2λ/μ) Φ(−b) = φ(a) Φ(−b) / φ(b), as b² − a² = 4λ/μ.
        let log_mills = b.log_mills_ratio();
        let reflected = a.square() * -0.5 + log_mills - HALF_LN_2PI;
        let is_low = distance.detach().less(0.0);
        let lower = a.log_ndtr().try_logaddexp(&reflected)?;
        // ln Φ(−a), of which far out the logarithm of Mills' ratio is what differs.
        let log_upper = (-&a).log_ndtr();
        let is_far = a.detach().greater(FAR);
        let far = log_mills_ratio_growth(&Tensor::select(&is_far, &a, FAR), &(root * 2.0))?;
        let ratio = Tensor::select(&is_far, far, reflected - &log_upper);
        let upper = log_upper + ratio.log1mexp();
        // Above the mean the lower tail is 1 less the upper one.
        let complement = (-Tensor::select(&is_low, f64::NEG_INFINITY, &upper).exp()).log1p();
        Ok((Tensor::select(is_low, lower, complement), upper))
    }

    /// e^(2λ/μ) E₁(2λ/μ): how much the mean of ln X is below ln μ.
    fn mean_log_deficit(&self) -> Tensor {
        (&self.concentration / &self.loc * 2.0).ln().log_scaled_exponential_integral().exp()
    }
}

impl Distribution for InverseGaussian {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::Positive
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        let shape = sample_shape.concat(&self.batch_shape);
        let square = standard_normal(rng, shape).square();
        let uniform = standard_uniform(rng, shape);
        let draws = {
            let (loc, concentration) = (self.loc.detach(), self.concentration.detach());
            // The smaller root of λ (x / μ − 1)² / x = z² in units of μ, and its reciprocal, the larger one.
            let half = square.try_mul(&loc)?.try_div(concentration)? * 0.5;
            let larger = &half + (&half * (&half + 2.0)).sqrt() + 1.0;
            let is_smaller = uniform.try_mul(&larger + 1.0)?.try_less_equal(&larger)?;
            let relative = Tensor::try_select(is_smaller, larger.recip(), larger)?;
            relative.try_mul(loc)?.clamp(f64::MIN_POSITIVE, f64::MAX)
        };
        implicit::by_cdf(self, &draws)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, 1.0, |value| {
            let Self { loc, concentration, .. } = self.checked();
            // λ (x / μ − 1)² / x, such that no derivative of it cancels.
            let deviance = loc.recip().try_sub(value.recip())?.square().try_mul(value)?.try_mul(&concentration)?;
            (concentration.ln() * 0.5 - HALF_LN_2PI).try_sub(deviance * 0.5)?.try_sub(value.ln() * 1.5)
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Cdf for InverseGaussian {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (0.0, 1.0), |value| Ok(self.log_tails(value)?.0.exp()))
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        let mode = self.mode()?.maximum(f64::MIN_POSITIVE);
        quantile::by_inversion(self, probability, &mode, &mode)
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (f64::NEG_INFINITY, 0.0), |value| Ok(self.log_tails(value)?.0))
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (1.0, 0.0), |value| Ok(self.log_tails(value)?.1.exp()))
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (0.0, f64::NEG_INFINITY), |value| Ok(self.log_tails(value)?.1))
    }
}

impl Mode for InverseGaussian {
    fn mode(&self) -> Result<Tensor> {
        let ratio = self.loc.try_div(&self.concentration)? * 1.5;
        self.loc.try_div(((ratio.log1p_square() * 0.5).exp() + ratio).maximum(f64::MIN_POSITIVE))
    }
}

impl Moments for InverseGaussian {
    fn mean(&self) -> Tensor {
        self.loc.broadcast_to(self.batch_shape)
    }

    fn variance(&self) -> Tensor {
        self.loc.square() * (&self.loc / &self.concentration)
    }
}

impl Entropy for InverseGaussian {
    fn entropy(&self) -> Tensor {
        let mean_log = self.loc.ln() - self.mean_log_deficit();
        mean_log * 1.5 - self.concentration.ln() * 0.5 + (0.5 + HALF_LN_2PI)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<InverseGaussian> {
        Family::new("InverseGaussian", |p| InverseGaussian::new(p.get("loc"), p.get("concentration")))
            .at(parameters! { loc: 1.3, concentration: 2.7 })
            .at(parameters! { loc: 0.6, concentration: 0.8 })
            .rejects(parameters! { loc: 0.0, concentration: 1.0 }, "InverseGaussian: `loc` must be positive, got 0")
            .rejects(
                parameters! { loc: 1.0, concentration: -2.0 },
                "InverseGaussian: `concentration` must be positive, got -2",
            )
            .draws([1.1188909686684392, 1.055709983233132, 0.6273490155599267])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, reparameterized);
}
