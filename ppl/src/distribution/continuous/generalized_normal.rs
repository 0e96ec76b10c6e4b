//! Generalised normal distribution.

use std::f64::consts::LN_2;

use crate::distribution::continuous::gamma::standard_gamma;
use crate::distribution::density::{quantile, scalar};
use crate::distribution::sampling::noise::standard_uniform;
use crate::distribution::{Cdf, Distribution, Entropy, Mode, Moments};
use crate::random::Rng;
use crate::tensor::cumulative::{Cumulative, Family as Standard, Function};
use crate::{Constraint, IntoTensor, Result, Shape, Tensor};

declare! {
    /// Generalised normal (exponential power) distribution on the real line.
    ///
    #[doc = include_str!("../../../doc/distribution/GeneralizedNormal.svg")]
    ///
    /// ```text
    /// log p(x) = −|z|^power − ln(2 scale) − ln Γ(1 + 1/power),   z = (x − loc) / scale
    /// ```
    ///
    /// A power of 1 is the Laplace distribution, 2 the normal one with a standard deviation of scale / √2, and ∞ the uniform one.
    #[parameters]
    /// # Support
    /// The real numbers: [`Constraint::Real`](crate::Constraint::Real).
    ///
    /// # Moments
    /// ```text
    /// mean     = median = mode = loc
    /// variance = scale² · Γ(3 / power) / Γ(1 / power)
    /// entropy  = 1 / power + ln(2 scale) + ln Γ(1 + 1 / power)
    /// ```
    ///
    /// # Numerics
    /// |z|^power is a gamma variable of concentration 1/power. Near `loc` the distribution function is ½ and a power series.
    ///
    /// # Draws
    /// U · Y^(1/power) with U uniform between −1 and 1 and a gamma variable Y of concentration 1 + 1/power, whose gradient is
    /// implicit (Figurnov et al. 2018).
    ///
    /// # Reference
    /// Nadarajah, "A generalized normal distribution", Journal of Applied Statistics 32 (2005).
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Distribution, GeneralizedNormal, Laplace};
    ///
    /// let error = GeneralizedNormal::new(0.5, 2.0, 1.0)?;
    /// let laplace = Laplace::new(0.5, 2.0)?;
    /// assert!((error.log_prob(&3.0.into())? - laplace.log_prob(&3.0.into())?).abs().item() < 1e-15);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct GeneralizedNormal {
        /// Location: mean, median and mode.
        loc: Real,
        /// Scale.
        scale: Positive,
        /// Power of the distance; the smaller, the heavier the tails.
        power: Positive,
    }

    pub fn new(loc: impl IntoTensor, scale: impl IntoTensor, power: impl IntoTensor) -> Result<Self>;
}

/// Below this |z|^power the distribution function is a power series.
const NEAR: f64 = 0.1;

fn gamma(function: Function, concentration: &Tensor, value: &Tensor) -> Result<Tensor> {
    Cumulative::new(Standard::Gamma, function).try_of(&[concentration, value])
}

/// Both sides of `loc`, of which each has one half of the mass.
struct Tails {
    is_near: Tensor,
    is_below: Tensor,
    /// Near `loc`, the probability between it and the value, negative below.
    from_loc: Tensor,
    /// Elsewhere, that beyond the value on its side.
    log_beyond: Tensor,
}

impl Tails {
    /// The lower tail, or the upper one.
    fn probability(&self, is_lower: bool) -> Result<Tensor> {
        let (is_small, from_loc) = self.of(is_lower);
        let small = self.log_beyond.exp();
        let far = Tensor::select(is_small, &small, 1.0 - &small);
        Tensor::try_select(&self.is_near, from_loc + 0.5, far)
    }

    fn log_probability(&self, is_lower: bool) -> Result<Tensor> {
        let (is_small, from_loc) = self.of(is_lower);
        let far = Tensor::select(is_small, &self.log_beyond, (-self.log_beyond.exp()).log1p());
        Tensor::try_select(&self.is_near, (from_loc * 2.0).log1p() - LN_2, far)
    }

    fn of(&self, is_lower: bool) -> (Tensor, Tensor) {
        if is_lower { (self.is_below.clone(), self.from_loc.clone()) } else { (1.0 - &self.is_below, -&self.from_loc) }
    }
}

impl GeneralizedNormal {
    fn tails(&self, value: &Tensor) -> Result<Tails> {
        let Self { loc, scale, power, .. } = self.checked();
        let z = value.try_sub(loc)?.try_div(scale)?;
        let concentration = power.recip().minimum(f64::MAX);
        let is_below = z.detach().less(0.0);
        let is_near = z.detach().abs().try_pow(power.detach())?.less(NEAR);
        let from_loc = {
            let z = Tensor::select(&is_near, &z, 0.0);
            let y = z.abs().try_pow(&power)?;
            // Σ (−y)ⁿ / (n! (1 + n · power)), by Horner's rule.
            let mut sum = Tensor::scalar(0.0);
            for n in (0..=12).rev() {
                let n = f64::from(n);
                sum = sum.try_mul(&y)? * (-1.0 / (n + 1.0));
                sum = sum.try_add((&power * n + 1.0).recip())?;
            }
            sum.try_mul(z)?.try_mul((-(concentration.clone() + 1.0).lgamma()).exp())? * 0.5
        };
        let y = Tensor::select(&is_near, 1.0, z).abs().try_pow(power)?;
        let log_beyond = gamma(Function::LogUpper, &concentration, &y)? - LN_2;
        Ok(Tails { is_near, is_below, from_loc, log_beyond })
    }
}

impl Distribution for GeneralizedNormal {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::Real
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        let shape = sample_shape.concat(&self.batch_shape);
        let concentration = self.power.recip();
        let radius = standard_gamma(rng, &(&concentration + 1.0), shape)?.ln().try_mul(concentration)?.exp();
        let uniform = standard_uniform(rng, shape) * 2.0 - 1.0;
        let draws = radius.minimum(f64::MAX).try_mul(uniform)?.try_mul(&self.scale)?.try_add(&self.loc)?;
        Ok(draws.clamp(f64::MIN, f64::MAX))
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, 0.0, |value| {
            let power = self.checked().power;
            let y = value.try_sub(&self.loc)?.try_div(&self.scale)?.abs().try_pow(&power)?;
            let log_normalizer = (power.recip() + 1.0).lgamma() + LN_2;
            (-y).try_sub(log_normalizer)?.try_sub(self.scale.ln())
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Cdf for GeneralizedNormal {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (0.0, 1.0), |value| self.tails(value)?.probability(true))
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        let guess = {
            let Self { loc, scale, power, .. } = self.checked();
            let [loc, scale, power, p] = [&loc, &scale, &power, &scalar::probability(probability)].map(Tensor::detach);
            let concentration = power.recip().minimum(f64::MAX);
            // The gamma variable, from its lower tail near `loc`, from its upper one elsewhere.
            let from_loc = (&p * 2.0 - 1.0).abs();
            let is_near = from_loc.less(0.5);
            let lower = gamma(Function::LowerQuantile, &concentration, &Tensor::select(&is_near, &from_loc, 0.25))?;
            let beyond = Tensor::select(&is_near, 0.5, p.minimum(1.0 - &p) * 2.0);
            let upper = gamma(Function::UpperQuantile, &concentration, &beyond)?;
            let z = Tensor::try_select(is_near, lower, upper)?.try_pow(concentration)?;
            z.try_mul((p - 0.5).sign())?.try_mul(scale)?.try_add(loc)?
        };
        quantile::with_derivatives(self, probability, &guess)
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (f64::NEG_INFINITY, 0.0), |value| self.tails(value)?.log_probability(true))
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (1.0, 0.0), |value| self.tails(value)?.probability(false))
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, (0.0, f64::NEG_INFINITY), |value| self.tails(value)?.log_probability(false))
    }
}

impl Mode for GeneralizedNormal {
    fn mode(&self) -> Result<Tensor> {
        self.loc.try_broadcast_to(self.batch_shape)
    }
}

impl Moments for GeneralizedNormal {
    fn mean(&self) -> Tensor {
        self.loc.broadcast_to(self.batch_shape)
    }

    fn variance(&self) -> Tensor {
        // Γ(3/power) / Γ(1/power), of which both are infinite at large powers.
        // Beyond, the ratio overflows.
        let concentration = self.power.recip().minimum(1e300);
        let ratio = ((&concentration * 3.0 + 1.0).lgamma() - (concentration + 1.0).lgamma()).exp() / 3.0;
        (self.scale.square() * ratio).broadcast_to(self.batch_shape)
    }
}

impl Entropy for GeneralizedNormal {
    fn entropy(&self) -> Tensor {
        let concentration = self.power.recip();
        ((&concentration + 1.0).lgamma() + concentration + self.scale.ln() + LN_2).broadcast_to(self.batch_shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};

    fn build(p: &Parameters) -> Result<GeneralizedNormal> {
        GeneralizedNormal::new(p.get("loc"), p.get("scale"), p.get("power"))
    }

    fn family() -> Family<GeneralizedNormal> {
        Family::new("GeneralizedNormal", build)
            .at(parameters! { loc: 0.3, scale: 1.7, power: 2.5 })
            .at(parameters! { loc: -2.0, scale: 0.6, power: 1.4 })
            .with_corner_at("loc")
            .rejects(
                parameters! { loc: f64::NAN, scale: 1.0, power: 1.0 },
                "GeneralizedNormal: `loc` must be real, got NaN",
            )
            .rejects(
                parameters! { loc: 0.0, scale: 0.0, power: 1.0 },
                "GeneralizedNormal: `scale` must be positive, got 0",
            )
            .rejects(
                parameters! { loc: 0.0, scale: 1.0, power: -2.0 },
                "GeneralizedNormal: `power` must be positive, got -2",
            )
            .draws([-1.1010718812693443, 2.4752027914037487, 0.563882430605047])
    }

    conformance::distribution!(
        family() => univariate, cdf, mode, moments, entropy, reparameterized_by_moments
    );
}
