//! Normal-inverse Gaussian distribution.

use crate::bijector::scalar::sinh::asinh;
use crate::distribution::continuous::InverseGaussian;
use crate::distribution::continuous::cauchy::LN_PI;
use crate::distribution::density::blocks::in_blocks;
use crate::distribution::density::{quantile, scalar, vector};
use crate::distribution::sampling::noise::standard_normal;
use crate::distribution::{Cdf, Distribution, Moments};
use crate::random::Rng;
use crate::special::HALF_LN_2PI;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// Normal-inverse Gaussian distribution on the real line: a normal variable whose variance is an inverse Gaussian one,
/// which also moves its mean.
///
#[doc = include_str!("../../../doc/distribution/NormalInverseGaussian.svg")]
///
/// ```text
/// X ~ Normal(loc + skewness · V, √V),   V ~ InverseGaussian(scale / γ, scale²),   γ = √(tailweight² − skewness²)
///
/// log p(x) = ln(tailweight · scale / (π q)) + ln K₁(tailweight · q) + scale · γ + skewness · (x − loc)
///        q = √(scale² + (x − loc)²)
/// ```
///
/// with the modified Bessel function K₁. The tails fall as e^(−(tailweight ∓ skewness) |x|) / |x|^(3/2).
///
/// # Parameters
/// | parameter    | domain                            | meaning                                                         | shape |
/// |--------------|-----------------------------------|-----------------------------------------------------------------|-------|
/// | `loc`        | real                              | location (μ)                                                    | batch |
/// | `scale`      | positive                          | scale (δ)                                                       | batch |
/// | `tailweight` | positive                          | rate at which the tails fall (α); the smaller, the heavier      | batch |
/// | `skewness`   | between −tailweight and tailweight | skewness (β); a positive one makes the upper tail the heavier one | batch |
///
/// `tailweight` and `skewness` are rates: a location-scale transformation changes them too.
///
/// # Shapes
/// batch = broadcast(loc, scale, tailweight, skewness), event = `[]`.
///
/// # Support
/// The real numbers: [`Constraint::Real`](crate::Constraint::Real).
///
/// # Moments
/// ```text
/// mean     = loc + scale · skewness / γ
/// variance = scale · tailweight² / γ³
/// ```
/// Mode and entropy have no closed form and are not implemented. The median is a quantile, by search.
///
/// # Numerics
/// The exponentials of the Bessel function and of `scale · γ` are combined before they over- or underflow; γ is the root of
/// a product, in which nothing cancels.
///
/// The smaller tail is the mean of normal tails over the variance, by the trapezoidal rule in the logarithm of the
/// variance, about the value that is most probable there: twelve digits, also where it underflows, down to a tailweight
/// · scale of 1e-6.
///
/// # Draws
/// Those of [`InverseGaussian`], with their implicit gradient, and normal noise.
///
/// # Reference
/// Barndorff-Nielsen, "Normal inverse Gaussian distributions and stochastic volatility modelling", Scandinavian Journal of
/// Statistics 24 (1997).
///
/// # Example
/// ```
/// use ppl::distribution::{Moments, NormalInverseGaussian};
///
/// let returns = NormalInverseGaussian::new(0.0, 1.0, 5.0, 3.0)?;
/// // loc + scale · skewness / γ, with γ = 4.
/// assert!((returns.mean() - 0.75).abs().item() < 1e-15);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct NormalInverseGaussian {
    loc: Tensor,
    scale: Tensor,
    tailweight: Tensor,
    skewness: Tensor,
    batch_shape: Shape,
}

impl NormalInverseGaussian {
    const NAME: &'static str = "NormalInverseGaussian";

    /// The distribution with this location, scale, tail weight and skewness.
    ///
    /// # Errors
    /// `loc` not finite; `scale` or `tailweight` not positive and finite; `skewness` not between −tailweight and tailweight;
    /// shapes that do not broadcast.
    pub fn new(
        loc: impl IntoTensor,
        scale: impl IntoTensor,
        tailweight: impl IntoTensor,
        skewness: impl IntoTensor,
    ) -> Result<Self> {
        let (loc, scale) = (loc.into_tensor(), scale.into_tensor());
        let (tailweight, skewness) = (tailweight.into_tensor(), skewness.into_tensor());
        let batch_shape = check::broadcast_all(Self::NAME, &[&loc, &scale, &tailweight, &skewness])?;
        let distribution = Self { loc, scale, tailweight, skewness, batch_shape };
        check::constants(Self::NAME, &distribution.parameters())?;
        Ok(distribution)
    }

    fn parameters(&self) -> [check::Parameter<'_>; 5] {
        [
            ("loc", &self.loc, Constraint::Real),
            ("scale", &self.scale, Constraint::Positive),
            ("tailweight", &self.tailweight, Constraint::Positive),
            ("skewness", &self.skewness, Constraint::LessThan(self.tailweight.clone())),
            ("skewness", &self.skewness, Constraint::GreaterThan(-&self.tailweight)),
        ]
    }

    /// Location.
    #[must_use]
    pub fn loc(&self) -> &Tensor {
        &self.loc
    }

    /// Scale.
    #[must_use]
    pub fn scale(&self) -> &Tensor {
        &self.scale
    }

    /// Rate at which the tails fall.
    #[must_use]
    pub fn tailweight(&self) -> &Tensor {
        &self.tailweight
    }

    /// Skewness.
    #[must_use]
    pub fn skewness(&self) -> &Tensor {
        &self.skewness
    }

    /// Skewness, NaN where it is none.
    fn checked_skewness(&self) -> Tensor {
        let below = check::or_nan(&self.skewness, &Constraint::LessThan(self.tailweight.clone()));
        check::or_nan(&below, &Constraint::GreaterThan(-&self.tailweight))
    }

    /// γ, NaN where the skewness is none.
    fn gamma(&self) -> Tensor {
        (&self.tailweight - &self.skewness).sqrt() * (&self.tailweight + &self.skewness).sqrt()
    }
}

impl Distribution for NormalInverseGaussian {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        check::values(&self.parameters()[..4])
    }

    fn batch_shape(&self) -> Shape {
        self.batch_shape
    }

    fn support(&self) -> Constraint {
        Constraint::Real
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all(Self::NAME, &self.parameters())?;
        let mean = (&self.scale / self.gamma()).try_broadcast_to(self.batch_shape)?;
        let variance = InverseGaussian::unchecked(mean, self.scale.square())?.sample(rng, sample_shape)?;
        let noise = standard_normal(rng, sample_shape.concat(&self.batch_shape));
        let shift = variance.try_mul(&self.skewness)?;
        let draws = noise.try_mul(variance.sqrt())?.try_add(shift)?.try_add(&self.loc)?;
        Ok(draws.clamp(f64::MIN, f64::MAX))
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, 0.0, |value| {
            let [scale, tailweight] =
                [&self.scale, &self.tailweight].map(|parameter| check::or_nan(parameter, &Constraint::Positive));
            let distance = value.try_sub(&self.loc)?;
            // q by the smaller of both ratios: its square does not overflow, nor do derivatives cancel.
            let is_near = distance.detach().abs().try_less_equal(scale.detach())?;
            let near = Tensor::try_select(&is_near, &distance, 0.0)?.try_div(&scale)?;
            let far = Tensor::try_select(&is_near, &scale, distance.abs())?;
            let ratio = Tensor::try_select(&is_near, &near, scale.try_div(&far)?)?;
            let log_root = ratio.log1p_square() * 0.5;
            let root = log_root.exp();
            let larger = Tensor::try_select(&is_near, &scale, &far)?;
            let q = root.try_mul(&larger)?;
            // q − scale; near loc it is scale · z² / (1 + √(1 + z²)).
            let excess_near = near.try_div(&root + 1.0)?.try_mul(&near)?.try_mul(&scale)?;
            let excess = Tensor::try_select(&is_near, excess_near, q.try_sub(&scale)?)?;
            let skewness = self.checked_skewness();
            // (tailweight − γ) scale.
            let deficit = skewness.square().try_div(tailweight.try_add(self.gamma())?)?.try_mul(&scale)?;
            let exponent = distance.try_mul(&skewness)?.try_sub(excess.try_mul(&tailweight)?)?.try_sub(deficit)?;
            let log_scale = scale.ln().try_sub(larger.ln().try_add(log_root)? * 2.0)? - LN_PI;
            // With the factor tailweight · q, whose logarithm would cancel that of K₁.
            let log_bessel = q.try_mul(&tailweight)?.minimum(f64::MAX).log_scaled_bessel_k(1);
            log_bessel.try_add(exponent)?.try_add(log_scale)
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

/// Nodes of the quadrature over the variance.
const NODES: usize = 161;

/// Beyond this exponent the integrand changes no digit.
const LARGEST_EXPONENT: f64 = 45.0;

/// Up to this product of q and tailweight, and from its reciprocal on, the nodes are where the formulas have them.
const LARGEST_PRODUCT: f64 = 1e300;

impl NormalInverseGaussian {
    /// The logarithms of both tails.
    fn log_tails(&self, value: &Tensor) -> Result<(Tensor, Tensor)> {
        let distance = value.try_sub(&self.loc)?;
        let center = self.scale.try_mul(self.skewness.try_div(self.gamma())?)?;
        let is_upper = distance.detach().try_greater(center.detach())?;
        let sign = &is_upper * 2.0 - 1.0;
        let log_tail =
            self.log_upper_tail(&distance.try_mul(&sign)?, &self.checked_skewness().try_mul(&sign)?)?.minimum(0.0);
        let log_rest = log_tail.log1mexp();
        Ok((Tensor::try_select(&is_upper, &log_rest, &log_tail)?, Tensor::try_select(&is_upper, &log_tail, &log_rest)?))
    }

    /// ln P(X − loc > distance) with this skewness: the mean of P(Z > (distance − skewness · v) / √v) over the variance v.
    fn log_upper_tail(&self, distance: &Tensor, skewness: &Tensor) -> Result<Tensor> {
        let (scale, gamma) = (check::or_nan(&self.scale, &Constraint::Positive), self.gamma());
        let (log_variance, log_weight) = self.nodes(&distance.detach(), &skewness.detach())?;
        let root = (&log_variance * 0.5).exp();
        let [scale, gamma, distance, skewness] =
            [&scale, &gamma, distance, skewness].map(|each| vector::over_events(each, 1));
        let (scale, gamma) = (scale?, gamma?);
        let missing = scale.try_div(&root)?.try_sub(gamma.try_mul(&root)?)?;
        let z = distance?.try_div(&root)?.try_sub(skewness?.try_mul(&root)?)?;
        let log_density = scale.ln().try_sub(missing.square() * 0.5)?.try_sub(&log_variance * 0.5)? - HALF_LN_2PI;
        (-z).log_ndtr().try_add(log_density)?.try_add(log_weight)?.try_logsumexp_axis(-1)
    }

    /// The logarithms of the variances at which the integrand is evaluated, along a new last axis, and of their weights.
    ///
    /// Given the value, the variance has the density exp(−q · tailweight cosh t) in the logarithm t about q /
    /// tailweight. Where the skewness is so large that the tail has not begun at such a variance, the integrand falls
    /// as late as e^(−½ γ² v).
    fn nodes(&self, distance: &Tensor, skewness: &Tensor) -> Result<(Tensor, Tensor)> {
        let [scale, tailweight, gamma] = [&self.scale, &self.tailweight, &self.gamma()].map(Tensor::detach);
        let larger = distance.abs().try_maximum(&scale)?;
        let q =
            larger.try_mul((distance.try_div(&larger)?.square().try_add(scale.try_div(&larger)?.square())?).sqrt())?;
        let product = q.try_mul(&tailweight)?.clamp(LARGEST_PRODUCT.recip(), LARGEST_PRODUCT);
        let log_peak = q.ln().try_sub(tailweight.ln())?;
        let ratio = product.recip() * LARGEST_EXPONENT;
        // acosh(1 + ratio).
        let reach = (&ratio + ratio.sqrt() * (&ratio + 2.0).sqrt()).log1p();
        let is_late = log_peak.try_add(&reach)?.exp().try_mul(skewness)?.try_greater(distance)?;
        let exponent = product.try_sub(skewness.try_mul(distance)?)? + LARGEST_EXPONENT;
        let late =
            (Tensor::try_select(&is_late, exponent, 1.0)? * 2.0).ln().try_sub(gamma.ln() * 2.0)?.try_sub(&log_peak)?;
        let last = Tensor::try_select(&is_late, late, &reach)?;
        let last = last.try_maximum(&reach)?;
        // Nodes are denser about the peak: t = reach · sinh(w).
        let (first_w, last_w) = (asinh(&Tensor::scalar(1.0)), asinh(&last.try_div(&reach)?));
        let step = last_w.try_add(&first_w)? / (NODES - 1) as f64;
        let [step, reach, log_peak] = [&step, &reach, &log_peak].map(|each| vector::over_events(each, 1));
        let (step, reach) = (step?, reach?);
        let w = Tensor::arange(NODES).try_mul(&step)?.try_sub(first_w)?;
        let (up, down) = (w.exp(), (-w).exp());
        let t = (&up - &down).try_mul(&reach)? * 0.5;
        let log_variance = t.try_add(log_peak?)?;
        let log_weight = ((up + down) * 0.5).ln().try_add(step.ln().try_add(reach.ln())?)?;
        Ok((log_variance, log_weight))
    }

    fn tail(&self, value: &Tensor, beyond: (f64, f64), choose: impl Fn((Tensor, Tensor)) -> Tensor) -> Result<Tensor> {
        in_blocks(self, value, |value| scalar::inside(self, value, beyond, |value| self.log_tails(value).map(&choose)))
    }
}

impl Cdf for NormalInverseGaussian {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        self.tail(value, (0.0, 1.0), |(lower, _)| lower.exp())
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        self.tail(value, (f64::NEG_INFINITY, 0.0), |(lower, _)| lower)
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        self.tail(value, (1.0, 0.0), |(_, upper)| upper.exp())
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        self.tail(value, (0.0, f64::NEG_INFINITY), |(_, upper)| upper)
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        // The variance may underflow.
        let width = self.stddev().maximum(f64::MIN_POSITIVE);
        quantile::by_inversion_of(self, probability, &self.mean(), &width, |value| self.log_tails(value))
    }
}

impl Moments for NormalInverseGaussian {
    fn mean(&self) -> Tensor {
        &self.loc + &self.scale * (&self.skewness / self.gamma())
    }

    fn variance(&self) -> Tensor {
        let gamma = self.gamma();
        (&self.scale * (&self.tailweight / &gamma).square() / gamma).broadcast_to(self.batch_shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};

    fn build(p: &Parameters) -> Result<NormalInverseGaussian> {
        NormalInverseGaussian::new(p.get("loc"), p.get("scale"), p.get("tailweight"), p.get("skewness"))
    }

    fn family() -> Family<NormalInverseGaussian> {
        Family::new("NormalInverseGaussian", build)
            .at(parameters! { loc: 0.3, scale: 1.7, tailweight: 2.2, skewness: 0.8 })
            .at(parameters! { loc: -2.0, scale: 0.9, tailweight: 3.1, skewness: -1.2 })
            .rejects(
                parameters! { loc: f64::NAN, scale: 1.0, tailweight: 1.0, skewness: 0.0 },
                "NormalInverseGaussian: `loc` must be real, got NaN",
            )
            .rejects(
                parameters! { loc: 0.0, scale: 0.0, tailweight: 1.0, skewness: 0.0 },
                "NormalInverseGaussian: `scale` must be positive, got 0",
            )
            .rejects(
                parameters! { loc: 0.0, scale: 1.0, tailweight: -1.5, skewness: 0.0 },
                "NormalInverseGaussian: `tailweight` must be positive, got -1.5",
            )
            .rejects(
                parameters! { loc: 0.0, scale: 1.0, tailweight: 1.0, skewness: 1.5 },
                "NormalInverseGaussian: `skewness` must be less than 1, got 1.5",
            )
            .rejects(
                parameters! { loc: 0.0, scale: 1.0, tailweight: 1.0, skewness: -1.0 },
                "NormalInverseGaussian: `skewness` must be greater than -1, got -1",
            )
            .draws([-0.3856267409610428, 2.3505429530304536, 0.9813301668551915])
    }

    conformance::distribution!(family() => univariate, cdf, moments, reparameterized_by_moments);

    /// Both tails by mpmath with 40 digits, from the mixture.
    #[test]
    fn tails_far_out() {
        let cases = [
            ([1.0, 2.0, 0.5, 1.0], -0.147_943_819_243_252_97, -1.983_982_778_992_941_5),
            ([1.7, 2.2, 0.8, 40.0], -3.999_063_254_452_534e-26, -58.481_152_270_538_08),
            ([1.0, 100.0, 30.0, 0.5], -0.045_561_896_400_609_07, -3.111_377_971_453_993_7),
            ([1.0, 1e-6, 0.0, 3.0], -0.108_048_552_719_389_95, -2.278_712_477_266_595),
            ([1.0, 2.0, 1.9999, 1000.0], -0.019_766_346_239_040_886, -3.933_641_365_935_832),
            ([1.0, 2.0, 1.99, -8.0], -36.950_256_737_647_91, -8.968_243_551_596_768e-17),
            ([1.0, 3.0, 2.0, -5.0], -27.504_602_131_633_412, -1.134_757_514_272_731_2e-12),
            ([1.0, 0.001, 0.0, 10_000.0], -5.205_095_128_776_294e-10, -21.376_212_951_878_833),
        ];
        for ([scale, tailweight, skewness, x], lower, upper) in cases {
            let distribution = NormalInverseGaussian::new(0.0, scale, tailweight, skewness).unwrap();
            let got =
                [distribution.log_cdf(&x.into()).unwrap().item(), distribution.log_survival(&x.into()).unwrap().item()];
            for (got, want) in got.into_iter().zip([lower, upper]) {
                assert!(
                    (got - want).abs() < 1e-12 * (1.0 + f64::abs(want)),
                    "{scale}, {tailweight}, {skewness}, {x}: {got}, {want}"
                );
            }
        }
    }
}
