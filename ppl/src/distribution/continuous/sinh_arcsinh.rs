//! Sinh-arcsinh distribution.

mod powers;

use std::f64::consts::LN_2;

use rand_distr::{Distribution as _, StandardNormal};

use self::powers::{log_power, near_powers};
use crate::bijector::scalar::sinh::{asinh, log_cosh_of_asinh, sinh};
use crate::distribution::density::quadrature::{NormalQuadrature, log_cosh};
use crate::distribution::density::removable::{asinhc, log_sinhc};
use crate::distribution::density::root::{self, Bracket};
use crate::distribution::density::scalar;
use crate::distribution::sampling::noise;
use crate::distribution::{Cdf, Distribution, Entropy, Mode, Moments};
use crate::random::Rng;
use crate::special::HALF_LN_2PI;
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor};

declare! {
    /// Sinh-arcsinh distribution on the real line: a normal variable with other tails and skewness.
    ///
    #[doc = include_str!("../../../doc/distribution/SinhArcsinh.svg")]
    ///
    /// ```text
    /// X = loc + scale · m sinh((arsinh Z + skewness) · tailweight),   Z ~ Normal(0, 1)
    ///
    /// log p(x) = −½ z² − ½ ln(2π) + ln |dz/dx|,   z = sinh(arsinh((x − loc) / (m · scale)) / tailweight − skewness)
    /// ```
    ///
    /// with m = 2 / sinh(tailweight · arsinh 2), such that loc ± 2 scale keep their probabilities without skewness.
    #[parameters]
    /// # Support
    /// The real numbers: [`Constraint::Real`](crate::Constraint::Real).
    ///
    /// # Moments
    /// ```text
    /// mean     = loc + scale · m sinh(w) P(tailweight),   w = skewness · tailweight,   P(q) = E e^(q arsinh Z)
    /// variance = scale² m² · (½ (cosh(2 w) P(2 tailweight) − 1) − sinh²(w) P²(tailweight))
    /// median   = loc + scale · m sinh(w)
    /// mode     = loc + scale · m sinh((s + skewness) · tailweight),
    ///            tanh s sinh² s + tailweight · tanh((s + skewness) · tailweight) = 0
    /// entropy  = ½ ln(2πe) + ln(scale · m · tailweight) + E ln cosh((arsinh Z + skewness) · tailweight) − ½ E ln(1 + Z²)
    /// ```
    /// The density has one peak, whose root is found by search. The expectations are quadratures of twelve digits; P is a sum of
    /// Bessel functions of the orders ½ (q ± 1).
    ///
    /// # Numerics
    /// Far out, and for a large `tailweight`, the inverse hyperbolic sine is taken of a logarithm, which does not overflow. The
    /// variance is a sum of two positive terms, with P² − 1 as an expectation where `tailweight` is small.
    ///
    /// # Reference
    /// Jones and Pewsey, "Sinh-arcsinh distributions", Biometrika 96 (2009); TFP, "SinhArcsinh", whose factor m is this one.
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Cdf, Normal, SinhArcsinh};
    ///
    /// // Heavy tails beyond two scales.
    /// let error = SinhArcsinh::new(0.0, 1.0, 0.0, 2.0)?;
    /// let normal = Normal::new(0.0, 1.0)?;
    /// assert!((error.cdf(&2.0.into())? - normal.cdf(&2.0.into())?).abs().item() < 1e-15);
    /// assert!(error.survival(&5.0.into())?.item() > 1e3 * normal.survival(&5.0.into())?.item());
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct SinhArcsinh {
        /// Location; the median without skewness.
        loc: Real,
        /// Scale.
        scale: Positive,
        /// Skewness; a positive one makes the upper tail the longer one.
        skewness: Real,
        /// Weight of the tails, 1 for those of the normal distribution; the larger, the heavier.
        tailweight: Positive,
    }

    pub fn new(
        loc: impl IntoTensor,
        scale: impl IntoTensor,
        skewness: impl IntoTensor,
        tailweight: impl IntoTensor,
    ) -> Result<Self>;
}

/// arsinh 2.
const UNIT: f64 = 1.443_635_475_178_810_3;

/// From this logarithm of x on, arsinh x is ln(2x), up to rounding.
const FAR: f64 = 20.0;

/// ln sinh y of y > 0, without overflow.
fn log_sinh(y: &Tensor) -> Tensor {
    y + (y * -2.0).log1mexp() - LN_2
}

/// A standard normal variable as a function of the value.
struct Normal {
    z: Tensor,
    /// The logarithm of its derivative by the value.
    log_slope: Tensor,
}

impl SinhArcsinh {
    fn normal_with_slope(&self, value: &Tensor) -> Result<Normal> {
        let Self { loc, scale, skewness, tailweight, .. } = self.checked();
        let distance = value.try_sub(loc)?;
        let s = distance.try_div(&scale)?;
        // s / m = ½ s sinh(unit).
        let unit = &tailweight * UNIT;
        let log_sinh = log_sinh(&unit);
        let is_far = s.detach().abs().ln().try_add(log_sinh.detach())?.greater(FAR + LN_2);
        let sign = Tensor::select(s.detach().less(0.0), -1.0, 1.0);
        // arsinh(s / m) / tailweight, and the logarithm of its derivative by the value.
        let (w, log_slope) = {
            let s = Tensor::try_select(&is_far, 0.0, &s)?;
            let log_sinhc = Tensor::try_select(&is_far, 0.0, log_sinhc(&unit))?;
            // s / (m · tailweight), and s / m.
            let root = (&log_sinhc * 0.5).minimum(f64::MAX.ln()).exp();
            let quotient = s.try_mul(&root)?.try_mul(root)? * (0.5 * UNIT);
            let ratio = quotient.try_mul(&tailweight)?;
            let log_slope = (log_sinhc + (0.5 * UNIT).ln()).try_sub(log_cosh_of_asinh(&ratio))?.try_sub(scale.ln())?;
            (asinhc(&ratio).try_mul(quotient)?, log_slope)
        };
        let (far, far_log_slope) = {
            let ln = Tensor::try_select(&is_far, s.try_mul(&sign)?, 1.0)?.ln();
            let distance = Tensor::try_select(&is_far, distance.try_mul(&sign)?, 1.0)?;
            let log_slope = (-distance.ln()).try_sub(tailweight.ln())?;
            (ln.try_add(log_sinh)?.try_div(&tailweight)?.try_mul(sign)?, log_slope)
        };
        let z = sinh(&Tensor::try_select(&is_far, far, w)?.try_sub(skewness)?);
        // Where z overflows the density is 0.
        let log_cosh = log_cosh_of_asinh(&z.clamp(-1e200, 1e200));
        let log_slope = Tensor::try_select(is_far, far_log_slope, log_slope)?.try_add(log_cosh)?;
        Ok(Normal { z, log_slope })
    }

    fn normal(&self, value: &Tensor) -> Result<Tensor> {
        Ok(self.normal_with_slope(value)?.z)
    }

    /// The value of arsinh Z.
    fn of_arsinh(&self, arsinh: &Tensor) -> Result<Tensor> {
        let Self { loc, scale, skewness, tailweight, .. } = self.checked();
        let w = arsinh.try_add(skewness)?.try_mul(&tailweight)?;
        let unit = &tailweight * UNIT;
        // sinh w / sinh(unit), of which neither overflows.
        let magnitude = w.abs();
        let growth = magnitude.try_sub(&unit)?.exp().minimum(f64::MAX);
        let ratio = (magnitude * -2.0).expm1().try_div((unit * -2.0).expm1())?.try_mul(growth)?;
        (ratio * w.sign() * 2.0).try_mul(scale)?.try_add(loc)
    }

    /// The value of a standard normal variable, ±∞ where that is infinite.
    fn of_normal(&self, z: &Tensor) -> Result<Tensor> {
        let is_end = z.detach().abs().equal(f64::INFINITY);
        let inside = self.of_arsinh(&asinh(&Tensor::select(&is_end, 0.0, z)))?;
        Tensor::try_select(is_end, z, inside)
    }
}

impl Distribution for SinhArcsinh {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::Real
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        let noise = noise::draw(rng, sample_shape.concat(&self.batch_shape), |rng, numbers| {
            noise::each(rng, numbers, |rng| {
                let z: f64 = StandardNormal.sample(rng);
                z.asinh()
            });
        });
        Ok(self.of_arsinh(&noise)?.clamp(f64::MIN, f64::MAX))
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, 0.0, |value| {
            let Normal { z, log_slope } = self.normal_with_slope(value)?;
            (z.square() * -0.5 - HALF_LN_2PI).try_add(log_slope)
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Cdf for SinhArcsinh {
    tails_by_normal!();

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        let shape = scalar::check_shape(self, probability)?;
        self.of_normal(&scalar::probability(probability).ndtri())?.try_broadcast_to(shape)
    }

    fn inverse_survival(&self, probability: &Tensor) -> Result<Tensor> {
        let shape = scalar::check_shape(self, probability)?;
        self.of_normal(&-scalar::probability(probability).ndtri())?.try_broadcast_to(shape)
    }
}

impl Mode for SinhArcsinh {
    fn mode(&self) -> Result<Tensor> {
        let Self { skewness, tailweight, .. } = self.checked();
        // Beyond, the first term is larger than the second one.
        let farthest = ((&tailweight * 8.0).log1p() * 0.5 + 1.0).minimum(f64::MAX);
        let end = (-&skewness).try_maximum(-&farthest)?.try_minimum(farthest)?;
        let s = root::differentiated(self.batch_shape, Bracket::from_zero(&end), |s| {
            let (sinh_square, tanh) = (sinh(s).square(), s.tanh());
            let tanh_w = s.try_add(&skewness)?.try_mul(&tailweight)?.tanh();
            let residual = (&tanh * &sinh_square).try_add(tanh_w.try_mul(&tailweight)?)?;
            let slope_of_w = (1.0 - tanh_w.square()).try_mul(tailweight.square())?;
            Ok((residual, (sinh_square * 2.0 + tanh.square()).try_add(slope_of_w)?))
        })?;
        self.of_arsinh(&s)
    }
}

/// From this tail weight on the powers of e^(arsinh Z) are far from 1.
const HEAVY: f64 = 0.5;

impl SinhArcsinh {
    /// m sinh(skewness · tailweight) e^`log_factor`.
    fn skew(&self, log_factor: &Tensor) -> Result<Tensor> {
        let Self { skewness, tailweight, .. } = self.checked();
        let w = skewness.try_mul(&tailweight)?;
        // As a factor, which unlike `abs` has a derivative at 0.
        let sign = Tensor::select(w.detach().less(0.0), -1.0, 1.0);
        let log_ratio = log_sinhc(&(w * sign)).try_sub(log_sinhc(&(tailweight * UNIT)))?.try_add(log_factor)?;
        // Without skewness the product is 0, however large the other factor is.
        log_ratio.exp().minimum(f64::MAX).try_mul(skewness * (2.0 / UNIT))
    }

    fn relative_variance(&self) -> Result<Tensor> {
        let tailweight = self.checked().tailweight;
        let is_heavy = tailweight.detach().greater(HEAVY);
        // Each form is fed a harmless argument where the other one is chosen.
        let near = {
            let q = Tensor::select(&is_heavy, HEAVY, &tailweight);
            let (symmetric, spread) = near_powers(&self.batch_shape, &q)?;
            (symmetric * 4.0).try_add(self.skew(&Tensor::scalar(0.0))?.square().try_mul(spread)?)?
        };
        let heavy = {
            let q = Tensor::select(&is_heavy, &tailweight, HEAVY);
            let once = log_power(&self.batch_shape, &q)?;
            let twice = log_power(&self.batch_shape, &(&q * 2.0))?;
            let log_m = LN_2 - log_sinh(&(q * UNIT));
            let symmetric = (&twice + log_m * 2.0).exp() * -(-&twice).expm1() * 0.5;
            let spread = -(once * 2.0 - &twice).expm1();
            symmetric.try_add(self.skew(&(twice * 0.5))?.square().try_mul(spread)?)?
        };
        Tensor::try_select(is_heavy, heavy, near)
    }
}

impl Moments for SinhArcsinh {
    fn mean(&self) -> Tensor {
        let Self { loc, scale, tailweight, .. } = self.checked();
        let skew = log_power(&self.batch_shape, &tailweight).and_then(|log_power| self.skew(&log_power));
        let skew = skew.unwrap_or_else(|error: Error| panic!("{error}"));
        (skew * scale + loc).broadcast_to(self.batch_shape)
    }

    fn variance(&self) -> Tensor {
        let relative = self.relative_variance().unwrap_or_else(|error: Error| panic!("{error}"));
        (relative * self.checked().scale.square()).broadcast_to(self.batch_shape)
    }
}

impl Entropy for SinhArcsinh {
    fn entropy(&self) -> Tensor {
        let Self { scale, skewness, tailweight, .. } = self.checked();
        let growth = || {
            // The argument of ln cosh changes its sign where arsinh Z = −skewness.
            let centre = sinh(&-&skewness);
            let width = log_cosh_of_asinh(&centre).exp().try_div(&tailweight)?;
            let rule = NormalQuadrature::new(&self.batch_shape, &centre, &width)?;
            let w = asinh(&rule.z).try_add(&skewness)?.try_mul(&tailweight)?;
            rule.expectation(&log_cosh(&w).try_sub(log_cosh_of_asinh(&rule.z))?)
        };
        let growth = growth().unwrap_or_else(|error: Error| panic!("{error}"));
        // ln(m · tailweight).
        let log_slope = (2.0 / UNIT).ln() - log_sinhc(&(tailweight * UNIT));
        (growth + log_slope + scale.ln() + (HALF_LN_2PI + 0.5)).broadcast_to(self.batch_shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};

    fn build(p: &Parameters) -> Result<SinhArcsinh> {
        SinhArcsinh::new(p.get("loc"), p.get("scale"), p.get("skewness"), p.get("tailweight"))
    }

    fn family() -> Family<SinhArcsinh> {
        Family::new("SinhArcsinh", build)
            .at(parameters! { loc: 0.3, scale: 1.7, skewness: 0.4, tailweight: 0.8 })
            .at(parameters! { loc: -2.0, scale: 0.6, skewness: -0.7, tailweight: 1.4 })
            .rejects(
                parameters! { loc: f64::NAN, scale: 1.0, skewness: 0.0, tailweight: 1.0 },
                "SinhArcsinh: `loc` must be real, got NaN",
            )
            .rejects(
                parameters! { loc: 0.0, scale: 0.0, skewness: 0.0, tailweight: 1.0 },
                "SinhArcsinh: `scale` must be positive, got 0",
            )
            .rejects(
                parameters! { loc: 0.0, scale: 1.0, skewness: f64::NAN, tailweight: 1.0 },
                "SinhArcsinh: `skewness` must be real, got NaN",
            )
            .rejects(
                parameters! { loc: 0.0, scale: 1.0, skewness: 0.0, tailweight: -1.5 },
                "SinhArcsinh: `tailweight` must be positive, got -1.5",
            )
            .draws([0.653804950623988, 0.4978154096892944, 3.3435867125672196])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, reparameterized);

    /// Bessel functions and quadratures by mpmath with 40 digits: skewness, tailweight; mean, variance and entropy at loc = 0
    /// and scale = 1.
    #[test]
    fn moments_and_entropies_of_all_shapes() {
        let cases = [
            (0.4, 0.8, 0.554_648_673_144_669_1, 1.186_538_091_434_762_3, 1.482_400_630_936_884_2),
            (-0.7, 1.4, -1.096_241_970_225_728, 2.401_775_115_976_843_5, 1.583_871_484_863_861_8),
            (0.0, 1e-6, 0.0, 1.215_227_575_830_672, 1.478_194_556_252_385_3),
            (0.3, 1e-3, 0.415_617_377_693_645_7, 1.215_227_389_176_471_3, 1.478_194_570_484_558_7),
            (2.0, 0.25, 2.882_244_151_634_192, 1.525_831_858_898_778_5, 1.592_173_795_811_445_7),
            (-1.0, 3.0, -4.762_296_023_402_625, 156.963_409_198_695_64, 1.884_770_685_443_546_4),
            (0.5, 20.0, 5_673_922.182_907_763, 3.677_251_704_702_261e19, -8.597_763_347_034_425),
            (0.0, 100.0, 0.0, 2.230_545_398_340_140_5e122, -70.784_363_058_746_4),
            (-3.0, 6.0, -14_613_832.704_923_332, 1.418_617_870_935_14e16, 12.975_305_778_417_14),
        ];
        for (skewness, tailweight, mean, variance, entropy) in cases {
            let error = SinhArcsinh::new(0.0, 1.0, skewness, tailweight).unwrap();
            let got = [error.mean(), error.variance(), error.entropy()].map(|each| each.item());
            for (got, want) in got.into_iter().zip([mean, variance, entropy]) {
                assert!((got - want).abs() <= 1e-12 * f64::abs(want), "{skewness}, {tailweight}: {got}, {want}");
            }
        }
        // Without skewness the mean moves with it.
        let mean = |p: &[Tensor]| Ok(SinhArcsinh::new(0.0, 1.0, &p[0], 1.0)?.mean());
        assert!((crate::grad(mean, &[Tensor::from(0.0)]).unwrap().1[0].item() - EXPECTED_ROOT).abs() < 1e-12);
    }

    /// E √(1 + Z²) = e^¼ (K₁(¼) + K₀(¼)) / √(8π).
    const EXPECTED_ROOT: f64 = 1.354_530_806_481_315_3;

    /// Roots by mpmath with 40 digits: skewness, tailweight, mode at loc = 0 and scale = 1.
    #[test]
    fn modes_of_all_shapes() {
        let cases = [
            (0.4, 0.8, 0.068_291_000_553_312_7),
            (-0.7, 1.4, -0.081_611_774_202_24),
            (3.0, 0.1, 3.776_411_957_661_226),
            (0.5, 20.0, 7.236_795_404_057_412e-15),
            (-2.0, 3.0, -0.177_584_283_348_099_06),
        ];
        for (skewness, tailweight, want) in cases {
            let mode = SinhArcsinh::new(0.0, 1.0, skewness, tailweight).unwrap().mode().unwrap().item();
            assert!((mode - want).abs() < 1e-14 * (1.0 + f64::abs(want)), "{skewness}, {tailweight}: {mode}, {want}");
        }
    }
}
