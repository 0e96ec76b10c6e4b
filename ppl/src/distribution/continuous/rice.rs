//! Rice distribution.

use std::f64::consts::PI;

use crate::distribution::density::scalar;
use crate::distribution::sampling::noise::standard_normal;
use crate::distribution::{Cdf, Distribution, Moments};
use crate::random::Rng;
use crate::tensor::cumulative::{Cumulative, Family as Standard, Function};
use crate::{Constraint, IntoTensor, Result, Shape, Tensor};

declare! {
    /// Rice distribution: the length of a vector of two independent normal variables, whose means form a vector of length
    /// `distance`.
    ///
    #[doc = include_str!("../../../doc/distribution/Rice.svg")]
    ///
    /// ```text
    /// p(x) = x / s² · exp(−(x² + ν²) / (2 s²)) I₀(x ν / s²),   ν = distance, s = scale, x > 0
    /// ```
    ///
    /// with the modified Bessel function I₀. At a distance of 0 it is the Rayleigh distribution.
    #[parameters]
    /// # Support
    /// The positive numbers: [`Constraint::Positive`](crate::Constraint::Positive).
    ///
    /// # Moments
    /// ```text
    /// mean     = s √(π / 2) L(−y),   y = ν² / (2 s²)
    /// variance = 2 s² + ν² − mean²
    /// ```
    /// with the Laguerre function L of order ½, L(−y) = e^(−y/2) ((1 + y) I₀(y / 2) + y I₁(y / 2)). The median is the quantile
    /// at ½. Mode and entropy have no closed form and are not implemented.
    ///
    /// # Numerics
    /// The density has the exponentially scaled Bessel function, with −(x − ν)² / (2 s²) as the exponent, and a power series at
    /// small arguments. Tails and quantiles are
    /// those of (x / s)², a [`NoncentralChi2`](crate::distribution::NoncentralChi2) variable of two degrees of freedom: both
    /// tails keep their relative precision (they are Marcum's Q function and its complement). Far from 0 the variance is
    /// the asymptotic series of the mean, without cancellation.
    ///
    /// # Draws
    /// The length of a shifted vector of normal noise, with its gradient.
    ///
    /// # Reference
    /// Rice, "Mathematical analysis of random noise", Bell System Technical Journal 24 (1945); DLMF 13.7.2.
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Cdf, Moments, Rice};
    ///
    /// // Without a signal: 1 − exp(−x² / (2 s²)).
    /// let noise = Rice::new(0.0, 2.0)?;
    /// assert!((noise.survival(&2.0.into())?.item() - (-0.5_f64).exp()).abs() < 1e-15);
    /// assert!((noise.mean().item() - (2.0 * std::f64::consts::PI).sqrt()).abs() < 1e-15);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct Rice {
        /// Distance ν of the mean vector from the origin.
        distance: NonNegative,
        /// Scale s, the standard deviation of each coordinate.
        scale: Positive,
    }

    pub fn new(distance: impl IntoTensor, scale: impl IntoTensor) -> Result<Self>;
}

/// From this y on the variance is a series.
const FAR: f64 = 40.0;
/// Terms of that series; the next one is below 1e-16.
const TERMS: usize = 15;

/// From this ratio of distance to scale on the distribution is a normal one, up to rounding.
const NORMAL: f64 = 1e16;

impl Rice {
    /// Whether the square of the ratio of distance to scale is not needed, and may overflow.
    fn is_normal(&self) -> Result<Tensor> {
        Ok(self.distance.detach().try_div(self.scale.detach())?.greater(NORMAL))
    }

    /// A function of (x / s)² / 2, a noncentral gamma variable.
    fn standard(&self, function: Function, x: &Tensor) -> Result<Tensor> {
        self.standard_with(&Tensor::scalar(0.0), function, x)
    }

    /// The same, of another distance where the distribution is a normal one.
    fn standard_with(&self, is_normal: &Tensor, function: Function, x: &Tensor) -> Result<Tensor> {
        let Self { distance, scale, .. } = self.checked();
        let mut noncentrality = distance.try_div(scale)?.square() * 0.5;
        if !is_normal.is_known_to_be_all(0.0) {
            noncentrality = Tensor::try_select(is_normal, 1.0, noncentrality)?;
        }
        Cumulative::new(Standard::NoncentralGamma, function).try_of(&[&Tensor::scalar(1.0), &noncentrality, x])
    }

    fn cumulative(&self, function: Function, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, function.beyond(), |value| {
            let is_normal = self.is_normal()?;
            if is_normal.is_known_to_be_all(0.0) {
                return self.standard(function, &(value.try_div(&self.scale)?.square() * 0.5));
            }
            let x = Tensor::try_select(&is_normal, 1.0, value.try_div(&self.scale)?.square() * 0.5)?;
            let z = value.try_sub(&self.distance)?.try_div(&self.checked().scale)?;
            let sign = if matches!(function, Function::Lower | Function::LogLower) { 1.0 } else { -1.0 };
            let log_tail = (z * sign).log_ndtr();
            let is_log = matches!(function, Function::LogLower | Function::LogUpper);
            let normal = if is_log { log_tail } else { log_tail.exp() };
            Tensor::try_select(&is_normal, normal, self.standard_with(&is_normal, function, &x)?)
        })
    }

    fn quantile(&self, function: Function, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        let probability = scalar::probability(probability);
        // The root has no derivative at 0.
        let is_zero = probability.equal(if function == Function::LowerQuantile { 0.0 } else { 1.0 });
        let inner = Tensor::select(&is_zero, 0.5, probability);
        let is_normal = self.is_normal()?;
        let square = self.standard_with(&is_normal, function, &inner)? * 2.0;
        let mut quantile = square.sqrt().try_mul(&self.scale)?;
        if !is_normal.is_known_to_be_all(0.0) {
            let z = if function == Function::LowerQuantile { inner.ndtri() } else { -inner.ndtri() };
            let normal = z.try_mul(&self.checked().scale)?.try_add(&self.distance)?;
            quantile = Tensor::try_select(is_normal, normal, quantile)?;
        }
        Tensor::try_select(is_zero, 0.0, quantile)
    }

    /// The distance in units of the scale, and y.
    fn relative(&self) -> (Tensor, Tensor) {
        let relative = &self.distance / &self.scale;
        let y = relative.square() * 0.5;
        (relative, y)
    }

    /// mean / distance − 1 far from 0: Σ cₖ y⁻ᵏ with cₖ = ((−½)ₖ)² / k!.
    fn relative_excess(y: &Tensor) -> Tensor {
        let mut coefficients = vec![0.25];
        for k in 1..TERMS {
            let k = k as f64;
            coefficients.push(coefficients.last().copied().unwrap_or(0.25) * (k - 0.5) * (k - 0.5) / (k + 1.0));
        }
        let reciprocal = y.recip();
        coefficients.iter().rev().fold(Tensor::scalar(0.0), |sum, &coefficient| (sum + coefficient) * &reciprocal)
    }

    /// The mean in units of the scale, near 0.
    fn near_mean(y: &Tensor) -> Tensor {
        let half = y * 0.5;
        let (zeroth, first) = (half.log_bessel_ie(0.0).exp(), half.log_bessel_ie(1.0).exp() * &half * 0.5);
        ((y + 1.0) * zeroth + y * first) * (0.5 * PI).sqrt()
    }
}

/// ln I₀(z) up to z = 1, by the power series Σ (z² / 4)ᵏ / k!².
fn log_bessel_i(z: &Tensor) -> Tensor {
    let quarter = z.square() * 0.25;
    let series = (1..=10).rev().fold(Tensor::scalar(0.0), |sum, k| (sum + 1.0) * &quarter * f64::from(k * k).recip());
    series.log1p()
}

impl Distribution for Rice {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::Positive
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        let noise = standard_normal(rng, Shape::from(2).concat(&sample_shape.concat(&self.batch_shape)));
        let along = noise.index(0, 0).try_add(self.distance.try_div(&self.scale)?)?;
        // In units of the larger coordinate, whose square may overflow.
        let (along, across) = (along.abs(), noise.index(0, 1).abs());
        let (larger, smaller) = (along.maximum(&across).maximum(f64::MIN_POSITIVE), along.minimum(&across));
        let length = ((smaller / &larger).square() + 1.0).sqrt() * larger;
        Ok(length.try_mul(&self.scale)?.clamp(f64::MIN_POSITIVE, f64::MAX))
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, 1.0, |value| {
            let Self { distance, scale, .. } = self.checked();
            let (x, relative) = (value.try_div(&scale)?, distance.try_div(&scale)?);
            let deviation = value.try_sub(&distance)?.try_div(&scale)?;
            let product = x.try_mul(&relative)?;
            let is_near = product.less(1.0);
            let far = Tensor::select(&is_near, 1.0, &product).log_bessel_ie(0.0).try_sub(deviation.square() * 0.5)?;
            // The derivative of the scaled function cancels with that of the square.
            let squares = x.square().try_add(relative.square())?;
            let near = log_bessel_i(&Tensor::select(&is_near, product, 0.0)).try_sub(squares * 0.5)?;
            Tensor::select(is_near, near, far).try_add(value.ln())?.try_sub(scale.ln() * 2.0)
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Cdf for Rice {
    tails_by_cumulative!();

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        self.quantile(Function::LowerQuantile, probability)
    }

    fn inverse_survival(&self, probability: &Tensor) -> Result<Tensor> {
        self.quantile(Function::UpperQuantile, probability)
    }
}

impl Moments for Rice {
    fn mean(&self) -> Tensor {
        let (_, y) = self.relative();
        let is_far = y.greater(FAR);
        let near = Self::near_mean(&Tensor::select(&is_far, 1.0, &y)) * &self.scale;
        let far = (Self::relative_excess(&Tensor::select(&is_far, y, FAR)) + 1.0) * &self.distance;
        Tensor::select(is_far, far, near)
    }

    fn variance(&self) -> Tensor {
        let (_, y) = self.relative();
        let is_far = y.greater(FAR);
        let near = Tensor::select(&is_far, 1.0, &y);
        let near = (&near + 1.0) * 2.0 - Self::near_mean(&near).square();
        // The limit is reached long before y overflows.
        let far = Tensor::select(&is_far, y, FAR).minimum(1e300);
        let excess = Self::relative_excess(&far);
        let far = 2.0 - far * 2.0 * (&excess * (&excess + 2.0));
        Tensor::select(is_far, far, near) * self.scale.square()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<Rice> {
        Family::of("Rice", |p| Rice::new(p.get("distance"), p.get("scale")))
            .without_golden_cases("those of tests/golden/far are in the middle too")
            .at(parameters! { distance: 1.5, scale: 0.8 })
            .at(parameters! { distance: 0.4, scale: 1.2 })
            .at(parameters! { distance: 20.0, scale: 0.7 })
            .rejects(parameters! { distance: -1.0, scale: 1.0 }, "Rice: `distance` must be non-negative, got -1")
            .rejects(parameters! { distance: 1.0, scale: 0.0 }, "Rice: `scale` must be positive, got 0")
            .draws([1.5977334532436263, 1.2704941117942208, 2.431573046213637])
    }

    conformance::distribution!(family() => univariate, cdf, moments, reparameterized_by_common_numbers);

    /// Made by mpmath with 60 digits.
    #[test]
    fn moments_on_both_sides_of_the_series() {
        for (distance, mean, variance) in MOMENTS {
            let rice = Rice::new(distance * 3.0, 3.0).unwrap();
            let (got_mean, got_variance) = (rice.mean().item() / 3.0, rice.variance().item() / 9.0);
            assert!((got_mean - mean).abs() < 1e-15 * 4.0 * mean, "{distance}: {got_mean} {mean}");
            assert!((got_variance - variance).abs() < 1e-13 * variance, "{distance}: {got_variance} {variance}");
        }
    }

    /// Distance, mean and variance in units of the scale.
    const MOMENTS: [(f64, f64, f64); 8] = [
        (0.0, 1.2533141373155003, 0.4292036732051034),
        (1e-3, 1.253314450644015, 0.4292038878068909),
        (1.0, 1.5485724605511453, 0.6019233344225713),
        (3.0, 3.172577287900718, 0.9347533522965258),
        (8.875, 8.931520393227169, 0.99356846536721),
        (9.0, 9.05573032925803, 0.9937482037562495),
        (30.0, 30.016671304039285, 0.9994438252645604),
        (1e6, 1000000.0000005, 0.9999999999995),
    ];
}
