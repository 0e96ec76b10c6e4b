//! Asymmetric Laplace distribution.

use crate::distribution::density::scalar;
use crate::distribution::sampling::noise::standard_exponential;
use crate::distribution::{Cdf, Distribution, Entropy, Mode, Moments};
use crate::random::Rng;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor};

declare! {
    /// Asymmetric Laplace distribution on the real line: exponential tails of two scales.
    ///
    #[doc = include_str!("../../../doc/distribution/AsymmetricLaplace.svg")]
    ///
    /// ```text
    /// log p(x) = −d / s − ln(L + R),   L = scale · asymmetry, R = scale / asymmetry
    /// ```
    ///
    /// with d = |x − loc| and s = L below `loc`, R above.
    #[parameters]
    /// # Support
    /// The real numbers: [`Constraint::Real`](crate::Constraint::Real).
    ///
    /// # Moments
    /// ```text
    /// mean     = loc + scale · (1 / asymmetry − asymmetry)
    /// variance = scale² · (1 / asymmetry² + asymmetry²)
    /// mode     = loc
    /// median   = loc − L ln(2 q) if q > ½, loc − R ln(2 (1 − q)) otherwise,   q = asymmetry² / (1 + asymmetry²)
    /// entropy  = 1 + ln(L + R)
    /// ```
    ///
    /// # Numerics
    /// The tail on the value's side of `loc` is computed as its logarithm, and the other one from it by log1mexp: both
    /// keep their digits, and so do quantiles, which invert the same formulas.
    ///
    /// # Draws
    /// loc + R E₁ − L E₀ with standard exponential E₀ and E₁.
    ///
    /// # Reference
    /// Kotz, Kozubowski and Podgórski, "The Laplace Distribution and Generalizations" (2001), chapter 3.
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{AsymmetricLaplace, Cdf};
    ///
    /// // The quantile of loc is asymmetry² / (1 + asymmetry²).
    /// let error = AsymmetricLaplace::new(0.0, 1.0, 2.0)?;
    /// assert!((error.cdf(&0.0.into())?.item() - 0.8).abs() < 1e-15);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct AsymmetricLaplace {
        /// Location, the mode.
        loc: Real,
        /// Scale, the geometric mean of those of both tails.
        scale: Positive,
        /// Asymmetry; above 1 the lower tail is the longer one.
        asymmetry: Positive,
    }

    pub fn new(loc: impl IntoTensor, scale: impl IntoTensor, asymmetry: impl IntoTensor) -> Result<Self>;
}

impl AsymmetricLaplace {
    /// The scales of the lower and of the upper tail.
    fn scales(&self) -> Result<(Tensor, Tensor)> {
        let Self { scale, asymmetry, .. } = self.checked();
        Ok((scale.try_mul(&asymmetry)?, scale.try_div(asymmetry)?))
    }

    /// The logarithms of the probabilities of both sides of `loc`.
    fn log_sides(&self) -> (Tensor, Tensor) {
        let log_odds = self.checked().asymmetry.ln() * 2.0;
        (log_odds.log_sigmoid(), (-log_odds).log_sigmoid())
    }

    /// The logarithms of both tails.
    fn log_tails(&self, value: &Tensor) -> Result<(Tensor, Tensor)> {
        let (left, right) = self.scales()?;
        let (log_left, log_right) = self.log_sides();
        let distance = value.try_sub(&self.loc)?;
        let is_left = distance.detach().less(0.0);
        let scaled = distance.try_div(Tensor::try_select(&is_left, left, -right)?)?;
        let small = scaled.try_add(Tensor::try_select(&is_left, log_left, log_right)?)?;
        // Fed with what is not 1, of which the logarithm is 0.
        let other = small.log1mexp();
        Ok((Tensor::try_select(&is_left, &small, &other)?, Tensor::try_select(&is_left, &other, &small)?))
    }
}

impl Distribution for AsymmetricLaplace {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::Real
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        let shape = sample_shape.concat(&self.batch_shape);
        let (left, right) = self.scales()?;
        let below = standard_exponential(rng, shape).try_mul(left)?;
        standard_exponential(rng, shape).try_mul(right)?.try_sub(below)?.try_add(&self.loc)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, 0.0, |value| {
            let (left, right) = self.scales()?;
            let distance = value.try_sub(&self.loc)?;
            let is_left = distance.detach().less(0.0);
            let log_total = left.try_add(&right)?.ln();
            distance.try_div(Tensor::try_select(is_left, left, -right)?)?.try_sub(log_total)
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Cdf for AsymmetricLaplace {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (0.0, 1.0), |value| Ok(self.log_tails(value)?.0.exp()))
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        let p = scalar::probability(probability);
        let (left, right) = self.scales()?;
        let (log_left, log_right) = self.log_sides();
        let is_left = p.detach().ln().try_less(log_left.detach())?;
        let below = p.ln().try_sub(log_left)?.try_mul(left)?;
        let above = log_right.try_sub((-p).log1p())?.try_mul(right)?;
        Tensor::try_select(is_left, below, above)?.try_add(&self.loc)
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

impl Mode for AsymmetricLaplace {
    fn mode(&self) -> Result<Tensor> {
        self.loc.try_broadcast_to(self.batch_shape)
    }
}

impl Moments for AsymmetricLaplace {
    fn mean(&self) -> Tensor {
        &self.loc + &self.scale * (self.asymmetry.recip() - &self.asymmetry)
    }

    fn variance(&self) -> Tensor {
        let variance = self.scale.square() * (self.asymmetry.recip().square() + self.asymmetry.square());
        variance.broadcast_to(self.batch_shape)
    }
}

impl Entropy for AsymmetricLaplace {
    fn entropy(&self) -> Tensor {
        let total = &self.scale * (self.asymmetry.recip() + &self.asymmetry);
        (total.ln() + 1.0).broadcast_to(self.batch_shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};

    fn build(p: &Parameters) -> Result<AsymmetricLaplace> {
        AsymmetricLaplace::new(p.get("loc"), p.get("scale"), p.get("asymmetry"))
    }

    fn family() -> Family<AsymmetricLaplace> {
        Family::new("AsymmetricLaplace", build)
            .at(parameters! { loc: 0.3, scale: 1.7, asymmetry: 1.6 })
            .at(parameters! { loc: -2.0, scale: 0.6, asymmetry: 0.7 })
            .with_corner_at("loc")
            .rejects(
                parameters! { loc: f64::NAN, scale: 1.0, asymmetry: 1.0 },
                "AsymmetricLaplace: `loc` must be real, got NaN",
            )
            .rejects(
                parameters! { loc: 0.0, scale: -2.0, asymmetry: 1.0 },
                "AsymmetricLaplace: `scale` must be positive, got -2",
            )
            .rejects(
                parameters! { loc: 0.0, scale: 1.0, asymmetry: 0.0 },
                "AsymmetricLaplace: `asymmetry` must be positive, got 0",
            )
            .draws([-0.2162170735520848, 0.2729603200562258, -5.942220657005951])
    }

    conformance::distribution!(
        family() => univariate, cdf, mode, moments, entropy, reparameterized_by_common_numbers
    );
}
