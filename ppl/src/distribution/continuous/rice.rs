//! Rice distribution.

use std::f64::consts::PI;

use crate::distribution::density::root::{self, Bracket};
use crate::distribution::density::{quadrature, scalar};
use crate::distribution::sampling::noise::standard_normal;
use crate::distribution::{Cdf, Distribution, Entropy, Mode, Moments};
use crate::random::Rng;
use crate::special::HALF_LN_2PI;
use crate::tensor::cumulative::{Cumulative, Family as Standard, Function};
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor};

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
    /// at ½. The mode is s z with z − 1/z = a I₁(a z) / I₀(a z), a = ν / s: a root, by Newton's method in a bracket. The entropy
    /// is a quadrature of −p ln p, of twelve digits.
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

/// From this ratio of distance to scale on mode and entropy are known.
const FAR_RATIO: f64 = 1e8;

impl Mode for Rice {
    fn mode(&self) -> Result<Tensor> {
        let Self { distance, scale, .. } = self.checked();
        let ratio = distance.try_div(&scale)?;
        let is_far = ratio.detach().greater(FAR_RATIO);
        let a = Tensor::select(&is_far, 1.0, &ratio);
        // Without the ratio it would be the larger root of z − 1/z = a.
        let high = (&a + (a.square() + 4.0).sqrt()) * 0.5;
        let bracket = Bracket { low: Tensor::scalar(1.0), start: high.clone(), high };
        let z = root::differentiated(self.batch_shape, bracket, |z| {
            let product = z.try_mul(&a)?;
            let complement = product.bessel_ratio_complement(0.0);
            let inverse = z.recip();
            let residual = z.try_sub(&a)?.try_sub(&inverse)?.try_add(complement.try_mul(&a)?)?;
            // r′ = 1 − r² − r / x. Where x is smaller a² is next to nothing.
            let quotient = (1.0 - &complement) / product.maximum(1e-8);
            let ratio_slope = (2.0 - &complement) * &complement - quotient;
            let slope = (inverse.square() + 1.0).try_sub(ratio_slope.try_mul(a.square())?)?;
            Ok((residual, slope))
        })?;
        Tensor::try_select(is_far, distance, z.try_mul(scale)?)?.try_broadcast_to(self.batch_shape)
    }
}

/// Nodes of the quadrature of the entropy.
const NODES: usize = 161;

/// From this ratio of distance to scale on the entropy is that of the normal distribution of the variance 1 − 1 / (2 a²).
const NEARLY_NORMAL: f64 = 1e4;

/// Reach of the quadrature below 0 and on both sides of the distance.
const REACH: (f64, f64) = (22.0, 11.0);

impl Rice {
    /// The entropy at scale 1: the trapezoidal rule in t with z = ln(1 + eᵗ), which has the singularity at 0 far out.
    fn standard_entropy(&self) -> Result<Tensor> {
        let Self { distance, scale, .. } = self.checked();
        let a = distance.try_div(scale)?;
        let is_far = a.detach().greater(NEARLY_NORMAL);
        let normal = Tensor::select(&is_far, &a, NEARLY_NORMAL).square().recip() * -0.25 + (HALF_LN_2PI + 0.5);
        let a = Tensor::select(&is_far, 1.0, a);
        let known = a.detach();
        // Far from 0, z is t, and the density a normal one.
        let first = Tensor::select(known.greater(REACH.1 + 1.0), &known - REACH.1, -REACH.0);
        let step = ((known + REACH.1) - &first) / (NODES - 1) as f64;
        let t = quadrature::indices(NODES, &self.batch_shape)?.try_mul(&step)?.try_add(first)?;
        let z = -(-&t).log_sigmoid();
        let weights = t.sigmoid().try_mul(step)?;
        let log_density = Self::unchecked(a, Tensor::scalar(1.0))?.log_prob(&z)?;
        Tensor::try_select(is_far, normal, quadrature::entropy(&log_density, &weights)?)
    }
}

impl Entropy for Rice {
    fn entropy(&self) -> Tensor {
        let standard = self.standard_entropy().unwrap_or_else(|error: Error| panic!("{error}"));
        (standard + self.checked().scale.ln()).broadcast_to(self.batch_shape)
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

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, reparameterized_by_common_numbers);

    /// Roots and quadratures by mpmath with 40 digits: distance, value at scale = 1.
    #[test]
    fn modes_and_entropies_of_all_shapes() {
        let modes = [
            (0.0, 1.0),
            (0.1, 1.002_506_255_153_475_6),
            (1.875, 2.091_450_415_163_837),
            (28.5, 28.517_527_676_913_193),
            (1e5, 100_000.000_005),
        ];
        for (distance, want) in modes {
            let mode = Rice::new(distance, 1.0).unwrap().mode().unwrap().item();
            assert!((mode / want - 1.0).abs() < 1e-14, "{distance}: {mode}, {want}");
        }
        let entropies = [
            (0.0, 0.942_034_242_170_793_8),
            (0.5, 0.999_197_667_307_011_6),
            (1.875, 1.304_106_025_365_304_5),
            (28.5, 1.418_630_270_808_407_3),
            (1e3, 1.418_938_283_204_360_2),
            (1e4, 1.418_938_530_704_672_7),
        ];
        for (distance, want) in entropies {
            let entropy = Rice::new(distance, 1.0).unwrap().entropy().item();
            assert!((entropy - want).abs() < 1e-12, "{distance}: {entropy}, {want}");
        }
    }

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
