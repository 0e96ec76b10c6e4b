//! Horseshoe distribution.

use std::f64::consts::{FRAC_2_PI, LN_2, PI};

use crate::distribution::continuous::cauchy::LN_PI;
use crate::distribution::continuous::gumbel::EULER_GAMMA;
use crate::distribution::density::blocks::in_blocks;
use crate::distribution::density::removable::polynomial;
use crate::distribution::density::{quantile, scalar, vector};
use crate::distribution::sampling::noise::{standard_cauchy, standard_normal};
use crate::distribution::{Cdf, Distribution, Mode, Moments};
use crate::random::Rng;
use crate::special::GAUSS_LEGENDRE;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor};

declare! {
    /// Horseshoe distribution on the real line: a normal distribution with a half-Cauchy standard deviation.
    ///
    #[doc = include_str!("../../../doc/distribution/Horseshoe.svg")]
    ///
    /// ```text
    /// X ~ Normal(0, scale · λ),   λ ~ HalfCauchy(1)
    ///
    /// log p(x) = w + ln E₁(w) − ½ ln(2π³) − ln(scale),   w = ½ (x / scale)²
    /// ```
    ///
    /// with the exponential integral E₁. At 0 the density is infinite.
    #[parameters]
    /// # Support
    /// The real numbers: [`Constraint::Real`](crate::Constraint::Real).
    ///
    /// # Moments
    /// The mode is 0, where the density is infinite. Mean and variance do not exist and are NaN. The entropy has no
    /// closed form and is not implemented.
    ///
    /// # Numerics
    /// w + ln E₁(w) is one function of ln w: neither large nor small values overflow or underflow. Near 0 the
    /// distribution function is the integral of the power series of the density; elsewhere a tail is the mean of the
    /// Cauchy tails over the normal variable, by Gauss–Legendre quadrature. Both have all digits.
    ///
    /// # Draws
    /// Products of a normal and a Cauchy variable.
    ///
    /// # Reference
    /// Carvalho, Polson and Scott, "The horseshoe estimator for sparse signals", Biometrika 97 (2010).
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Distribution, Horseshoe};
    /// use ppl::special::exponential_integral_e1;
    ///
    /// let coefficient = Horseshoe::new(1.0)?;
    /// let want = (2.0 * std::f64::consts::PI.powi(3)).powf(-0.5) * 2_f64.exp() * exponential_integral_e1(2.0);
    /// assert!((coefficient.prob(&2.0.into())?.item() - want).abs() < 1e-15);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct Horseshoe {
        /// Scale of the half-Cauchy standard deviation.
        scale: Positive,
    }

    pub fn new(scale: impl IntoTensor) -> Result<Self>;
}

impl Distribution for Horseshoe {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::Real
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        let shape = sample_shape.concat(&self.batch_shape);
        let noise = standard_normal(rng, shape) * standard_cauchy(rng, shape).abs();
        Ok(noise.try_mul(&self.scale)?.clamp(f64::MIN, f64::MAX))
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, 1.0, |value| {
            let log_scale = self.scale.ln();
            // The logarithm of w, which neither overflows nor underflows.
            let log_square = value.abs().ln().try_sub(&log_scale)? * 2.0 - LN_2;
            log_square.log_scaled_exponential_integral().try_sub(log_scale + 0.5 * (LN_2 + 3.0 * LN_PI))
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

/// Up to this multiple of the scale the power series is summed.
const NEAR: f64 = 2.0;

/// Terms of the power series, of which those left out are below 1e-17 of the sum.
const TERMS: usize = 26;

/// Beyond this value a normal variable changes no digit.
const LARGEST_NORMAL: f64 = 9.0;

impl Horseshoe {
    /// P(X > x) of x ≥ 0, with z = x / scale.
    fn upper_tail(z: &Tensor) -> Result<Tensor> {
        let constant = z.detach();
        let is_near = constant.less(NEAR);
        // At 0 the derivative is infinite.
        let is_inside = &is_near * constant.greater(0.0);
        let near = 0.5 - central_half(&Tensor::select(&is_inside, z, 1.0))?;
        let near = Tensor::select(&is_inside, near, 0.5);
        if is_near.is_known_to_be_all(1.0) {
            return Ok(near);
        }
        // P(|C| > z / n) = 2/π atan(n / z), over the density of n > 0.
        let normals = Tensor::from(GAUSS_LEGENDRE.map(|(node, _)| LARGEST_NORMAL * node).to_vec());
        let weights = GAUSS_LEGENDRE.map(|(node, weight)| {
            let normal = LARGEST_NORMAL * node;
            weight * LARGEST_NORMAL * FRAC_2_PI * (-0.5 * normal * normal).exp() / (2.0 * PI).sqrt()
        });
        let ratios = normals.try_div(vector::over_events(&Tensor::select(&is_near, 1.0, z), 1)?)?;
        let far = ratios.atan().try_mul(Tensor::from(weights.to_vec()))?.try_sum_axis(-1)?;
        Tensor::try_select(is_near, near, far)
    }

    fn tail(&self, value: &Tensor, beyond: (f64, f64), choose: impl Fn(&Tensor, &Tensor) -> Tensor) -> Result<Tensor> {
        let inside = |value: &Tensor| {
            let z = value.try_div(self.checked().scale)?;
            let is_upper = z.detach().greater_equal(0.0);
            let magnitude = Tensor::select(&is_upper, &z, -&z);
            Ok(choose(&is_upper, &Self::upper_tail(&magnitude)?))
        };
        in_blocks(self, value, |value| scalar::inside(self, value, beyond, inside))
    }
}

/// P(0 < X < x) of 0 < z < 2, z = x / scale: with w = ½ z² and the harmonic numbers Hₖ,
///
/// ```text
/// (2π³)^(−½) z Σ wᵏ / (k! (2k + 1)) (Hₖ − γ + 2 / (2k + 1) − ln w)
/// ```
fn central_half(z: &Tensor) -> Result<Tensor> {
    let (mut factorial, mut harmonic) = (1.0, 0.0);
    let (mut plain, mut with_constants) = (Vec::with_capacity(TERMS), Vec::with_capacity(TERMS));
    for k in 0..TERMS {
        if k > 0 {
            factorial *= k as f64;
            harmonic += (k as f64).recip();
        }
        let odd = (2 * k + 1) as f64;
        plain.push((factorial * odd).recip());
        with_constants.push((harmonic - EULER_GAMMA + 2.0 / odd) / (factorial * odd));
    }
    let square = z.square() * 0.5;
    let log_square = z.ln() * 2.0 - LN_2;
    let sum = polynomial(&square, &with_constants).try_sub(polynomial(&square, &plain).try_mul(log_square)?)?;
    Ok(sum.try_mul(z)? * (2.0 * PI.powi(3)).powf(-0.5))
}

impl Cdf for Horseshoe {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        self.tail(value, (0.0, 1.0), |is_upper, tail| Tensor::select(is_upper, 1.0 - tail, tail))
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        self.tail(value, (f64::NEG_INFINITY, 0.0), |is_upper, tail| {
            Tensor::select(is_upper, (-tail).log1p(), tail.ln())
        })
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        self.tail(value, (1.0, 0.0), |is_upper, tail| Tensor::select(is_upper, tail, 1.0 - tail))
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        self.tail(value, (0.0, f64::NEG_INFINITY), |is_upper, tail| {
            Tensor::select(is_upper, tail.ln(), (-tail).log1p())
        })
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        quantile::by_inversion(self, probability, &Tensor::zeros(self.batch_shape), &self.scale)
    }
}

impl Mode for Horseshoe {
    fn mode(&self) -> Result<Tensor> {
        Ok(Tensor::zeros(self.batch_shape))
    }
}

impl Moments for Horseshoe {
    fn mean(&self) -> Tensor {
        Tensor::full(self.batch_shape, f64::NAN)
    }

    fn variance(&self) -> Tensor {
        Tensor::full(self.batch_shape, f64::NAN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<Horseshoe> {
        Family::new("Horseshoe", |p| Horseshoe::new(p.get("scale")))
            .nan_at("far", &["mean", "variance"], "it does not exist there")
            .nan_at("scale", &["mean", "variance"], "it does not exist there")
            .at(parameters! { scale: 1.7 })
            .at(parameters! { scale: 0.4 })
            .with_corner_at_zero()
            .rejects(parameters! { scale: 0.0 }, "Horseshoe: `scale` must be positive, got 0")
            .draws([-0.10337410455375572, -2.9377278287910293, 1.2992228654257658])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, reparameterized_by_common_numbers);

    #[test]
    fn tails_by_the_mixture() {
        // The logarithms of the upper tail and of its complement, by mpmath with 40 digits.
        let cases = [
            (1e-8, -0.693_147_279_501_557_4, -0.693_147_081_618_343_1),
            (0.01, -0.722_335_353_550_562_4, -0.664_786_850_882_111_4),
            (0.3, -1.123_227_621_046_417_8, -0.393_380_993_184_250_8),
            (1.99, -2.179_750_081_065_060_7, -0.119_988_975_517_310_37),
            (2.01, -2.187_899_385_075_645_4, -0.118_954_822_847_597_55),
            (10.0, -3.679_640_763_346_828_4, -0.025_555_823_466_711_917),
            (1e10, -24.396_372_168_434_584, -2.539_745_437_401_89e-11),
        ];
        let standard = Horseshoe::new(1.0).unwrap();
        for (x, log_upper, log_lower) in cases {
            let got = [
                standard.log_survival(&x.into()).unwrap().item(),
                standard.log_cdf(&x.into()).unwrap().item(),
                standard.log_cdf(&(-x).into()).unwrap().item(),
            ];
            for (got, want) in got.into_iter().zip([log_upper, log_lower, log_upper]) {
                assert!((got - want).abs() < 1e-14 * f64::abs(want) + 1e-25, "{x}: {got}, {want}");
            }
        }
    }
}
