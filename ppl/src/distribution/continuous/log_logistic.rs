//! Log-logistic distribution.

use std::f64::consts::PI;

use crate::distribution::continuous::Logistic;
use crate::distribution::density::scalar;
use crate::distribution::{Cdf, Distribution, Entropy, Mode, Moments};
use crate::random::Rng;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor};

declare! {
    /// Log-logistic distribution: the exponential of a logistic variable.
    ///
    #[doc = include_str!("../../../doc/distribution/LogLogistic.svg")]
    ///
    /// ```text
    /// log p(x) = −z − 2 ln(1 + e⁻ᶻ) − ln(scale) − ln x,   z = (ln x − loc) / scale,   x > 0
    /// ```
    ///
    /// With α = eˡᵒᶜ and β = 1 / scale it is the Fisk distribution: P(X > x) = 1 / (1 + (x / α)^β). At 0 the density
    /// has its limit, which is 0, finite or ∞; as an observation 0 is refused.
    #[parameters]
    /// # Support
    /// The positive numbers: [`Constraint::Positive`](crate::Constraint::Positive).
    ///
    /// # Moments
    /// ```text
    /// mean     = eˡᵒᶜ · t / sin t,   t = π scale
    /// variance = e^(2 loc) · (t / sin t)² (tan t / t − 1)
    /// mode     = eˡᵒᶜ · ((1 − scale) / (1 + scale))^scale if scale < 1, 0 otherwise
    /// median   = eˡᵒᶜ
    /// entropy  = loc + ln(scale) + 2
    /// ```
    /// The mean is ∞ from a scale of 1 on, the variance from ½ on.
    ///
    /// # Numerics
    /// All functions are those of [`Logistic`] at ln x, in which no power of x overflows. In the variance tan t / t − 1
    /// is a power series for t < 0.05.
    ///
    /// # Draws
    /// Exponentials of those of [`Logistic`].
    ///
    /// # Reference
    /// Stan Functions Reference, "Log-logistic distribution".
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Cdf, LogLogistic};
    ///
    /// let lifetime = LogLogistic::new(0.0, 0.5)?;
    /// assert!((lifetime.survival(&3.0.into())?.item() - 0.1).abs() < 1e-15);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct LogLogistic {
        /// Mean and median of ln X.
        loc: Real,
        /// Scale of ln X, √3 / π of its standard deviation.
        scale: Positive,
    }

    pub fn new(loc: impl IntoTensor, scale: impl IntoTensor) -> Result<Self>;
}

impl LogLogistic {
    /// The distribution of ln X.
    fn logistic(&self) -> Result<Logistic> {
        let Self { loc, scale, .. } = self.checked();
        Logistic::unchecked(loc, scale)
    }
}

impl Distribution for LogLogistic {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::Positive
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        Ok(self.logistic()?.sample(rng, sample_shape)?.exp().clamp(f64::MIN_POSITIVE, f64::MAX))
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let log_prob = scalar::on_support(self, value, 1.0, |value| {
            let ln = value.ln();
            self.logistic()?.log_prob(&ln)?.try_sub(ln)
        })?;
        scalar::with_limit_at_zero(log_prob, value, || scalar::limit_of_power(&self.scale.recip(), -&self.loc))
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Cdf for LogLogistic {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (0.0, 1.0), |value| self.logistic()?.cdf(&value.ln()))
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        Ok(self.logistic()?.icdf(probability)?.exp())
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (f64::NEG_INFINITY, 0.0), |value| self.logistic()?.log_cdf(&value.ln()))
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (1.0, 0.0), |value| self.logistic()?.survival(&value.ln()))
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (0.0, f64::NEG_INFINITY), |value| self.logistic()?.log_survival(&value.ln()))
    }
}

impl Mode for LogLogistic {
    fn mode(&self) -> Result<Tensor> {
        // From a scale of 1 on the density falls from 0 on.
        let falls = self.scale.greater_equal(1.0);
        let scale = Tensor::select(&falls, 0.5, &self.scale);
        let log_ratio = (-&scale).log1p() - scale.log1p();
        Tensor::try_select(falls, 0.0, log_ratio.try_mul(scale)?.try_add(&self.loc)?.exp())
    }
}

/// tan x / x − 1.
fn excess_of_tangent(x: &Tensor) -> Tensor {
    let is_small = x.detach().less(0.05);
    let square = Tensor::select(&is_small, x, 0.0).square();
    let coefficients = [1.0 / 3.0, 2.0 / 15.0, 17.0 / 315.0, 62.0 / 2_835.0, 1_382.0 / 155_925.0];
    let small = coefficients.iter().rev().fold(Tensor::scalar(0.0), |sum, &coefficient| sum * &square + coefficient);
    let x = Tensor::select(&is_small, 1.0, x);
    Tensor::select(is_small, small * square, x.tan() / &x - 1.0)
}

impl Moments for LogLogistic {
    fn mean(&self) -> Tensor {
        let is_finite = self.scale.less(1.0);
        let angle = Tensor::select(&is_finite, &self.scale, 0.5) * PI;
        Tensor::select(is_finite, self.loc.exp() * (&angle / angle.sin()), f64::INFINITY)
    }

    fn variance(&self) -> Tensor {
        let is_finite = self.scale.less(0.5);
        let angle = Tensor::select(&is_finite, &self.scale, 0.25) * PI;
        let relative = (&angle / angle.sin()).square() * excess_of_tangent(&angle);
        Tensor::select(is_finite, (&self.loc * 2.0).exp() * relative, f64::INFINITY)
    }
}

impl Entropy for LogLogistic {
    fn entropy(&self) -> Tensor {
        &self.loc + self.scale.ln() + 2.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<LogLogistic> {
        Family::new("LogLogistic", |p| LogLogistic::new(p.get("loc"), p.get("scale")))
            .at(parameters! { loc: 0.3, scale: 0.2 })
            .at(parameters! { loc: -2.0, scale: 0.15 })
            .at(parameters! { loc: 1.0, scale: 1.3 })
            .rejects(parameters! { loc: f64::NAN, scale: 1.0 }, "LogLogistic: `loc` must be real, got NaN")
            .rejects(parameters! { loc: 0.0, scale: -2.0 }, "LogLogistic: `scale` must be positive, got -2")
            .draws([1.2170158263346036, 1.2204730307093965, 1.6619098468072289])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, reparameterized);

    #[test]
    fn the_variance_of_a_small_scale_is_that_of_the_logarithm() {
        for scale in [1e-9, 0.0159, 0.0160] {
            let variance = LogLogistic::new(0.0, scale).unwrap().variance().item();
            let angle = PI * scale;
            // Two terms of the series are right to the fourth power.
            let want = angle * angle / 3.0 * (1.0 + angle * angle * (1.0 / 3.0 + 0.4));
            assert!((variance / want - 1.0).abs() < angle.powi(4) + 1e-14, "{scale}: {variance}, {want}");
        }
    }
}
