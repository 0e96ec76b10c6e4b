//! Stable distributions.

use std::f64::consts::{FRAC_2_PI, FRAC_PI_2, PI};

use crate::distribution::density::removable::{expm1_ratio, polynomial};
use crate::distribution::density::scalar;
use crate::distribution::sampling::noise::{standard_exponential, standard_uniform};
use crate::distribution::{Cdf, Distribution, Moments};
use crate::random::Rng;
use crate::special::LEAST_STABILITY;
use crate::tensor::cumulative::{Cumulative, Family as Standard, Function};
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// Stable distribution: the limits of sums of independent variables with tails as heavy as a power. Sums of stable
/// variables of one stability are stable.
///
#[doc = include_str!("../../../doc/distribution/Stable.svg")]
///
/// ```text
/// ln E exp(i t Z) = −|t|^α (1 + i β sgn(t) tan(½ π α) (|t|^(1 − α) − 1)),    α ≠ 1
/// ln E exp(i t Z) = −|t| (1 + i β 2/π sgn(t) ln |t|),                        α = 1
///
/// X = loc + scale · Z,    α = stability, β = skew
/// ```
///
/// This is Nolan's parameterisation S0, in which the distribution moves continuously with all parameters.
/// [`from_s1`](Self::from_s1) takes the location of S1, which is the mean where there is one.
///
/// | stability | skew | distribution                                        |
/// |-----------|------|-----------------------------------------------------|
/// | 2         | any  | [`Normal`](crate::distribution::Normal)(loc, √2 scale) |
/// | 1         | 0    | [`Cauchy`](crate::distribution::Cauchy)(loc, scale) |
/// | ½         | 1    | [`Levy`](crate::distribution::Levy)(loc − scale, scale) |
///
/// Both tails fall as |x|^(−α − 1), but for the upper one at skew −1 and the lower one at skew 1. With a stability
/// below 1 and a skew of 1 the density is 0 below `loc − scale tan(½ π α)`, and above the mirrored point with a skew of
/// −1.
///
/// # Parameters
/// | parameter   | domain                     | meaning                                     | shape |
/// |-------------|----------------------------|---------------------------------------------|-------|
/// | `stability` | positive, at most 2        | index of the tails α; the smaller, the heavier | batch |
/// | `skew`      | between −1 and 1           | balance of the tails β; a positive one makes the upper tail the heavier one | batch |
/// | `loc`       | real                       | location                                    | batch |
/// | `scale`     | positive                   | scale                                       | batch |
///
/// # Shapes
/// batch = broadcast(stability, skew, loc, scale), event = `[]`.
///
/// # Support
/// The real numbers: [`Constraint::Real`](crate::Constraint::Real).
///
/// # Moments
/// ```text
/// mean     = loc − skew · scale · tan(½ π stability),   stability > 1
/// variance = 2 scale²,                                  stability = 2
/// ```
/// At a stability below 2 the variance is ∞ where there is a mean. At 1 and below the mean does not exist and is NaN, but at a
/// skew of ±1 it is ±∞. The median is a quantile, by search. Mode and entropy have no closed form and are not implemented.
///
/// # Numerics
/// Density, distribution function and their derivatives are Zolotarev's integral, by a double exponential rule: twelve
/// digits at stabilities from 0.2 on, in both tails. Within 0.01 of a stability of 1 results from outside are
/// interpolated, with nine digits or more. One value costs as much as a thousand elementary functions, ten times that
/// where it is interpolated.
///
/// # Draws
/// The method of Chambers, Mallows and Stuck, with its derivatives by all parameters, in a form that has no hole at a
/// stability of 1. With its noise as sites of a model, the density is not needed: [`of_noise`](Self::of_noise).
///
/// # Reference
/// Nolan, "Univariate Stable Distributions" (2020); Chambers, Mallows and Stuck, "A method for simulating stable random
/// variables", JASA 71 (1976).
///
/// # Example
/// ```
/// use ppl::distribution::{Distribution, Levy, Stable};
///
/// let passage = Stable::new(0.5, 1.0, 1.0, 1.0)?;
/// let difference = passage.log_prob(&3.0.into())? - Levy::new(0.0, 1.0)?.log_prob(&3.0.into())?;
/// assert!(difference.abs().item() < 1e-12);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Stable {
    stability: Tensor,
    skew: Tensor,
    loc: Tensor,
    scale: Tensor,
    batch_shape: Shape,
}

/// Its exponential function is finite.
const LARGEST_EXPONENT: f64 = 709.0;

impl Stable {
    const NAME: &'static str = "Stable";

    /// The distribution with this stability, skew, location and scale, in the parameterisation S0.
    ///
    /// # Errors
    /// `stability` not positive, or above 2; `skew` not between −1 and 1; `loc` not finite; `scale` not positive and
    /// finite; shapes that do not broadcast.
    pub fn new(
        stability: impl IntoTensor,
        skew: impl IntoTensor,
        loc: impl IntoTensor,
        scale: impl IntoTensor,
    ) -> Result<Self> {
        let (stability, skew) = (stability.into_tensor(), skew.into_tensor());
        let (loc, scale) = (loc.into_tensor(), scale.into_tensor());
        let batch_shape = check::broadcast_all(Self::NAME, &[&stability, &skew, &loc, &scale])?;
        let distribution = Self { stability, skew, loc, scale, batch_shape };
        check::constants(Self::NAME, &distribution.parameters())?;
        Ok(distribution)
    }

    /// The distribution with the location of the parameterisation S1, which is SciPy's default:
    ///
    /// ```text
    /// loc of S0 = loc + skew · scale · tan(½ π stability),    loc + skew · scale · 2/π ln(scale) at a stability of 1
    /// ```
    ///
    /// It does not move continuously with a stability about 1.
    ///
    /// # Errors
    /// Those of [`new`](Self::new), whose location is infinite where the stability is too near to 1.
    pub fn from_s1(
        stability: impl IntoTensor,
        skew: impl IntoTensor,
        loc: impl IntoTensor,
        scale: impl IntoTensor,
    ) -> Result<Self> {
        let (stability, skew) = (stability.into_tensor(), skew.into_tensor());
        let (loc, scale) = (loc.into_tensor(), scale.into_tensor());
        check::constants(Self::NAME, &[("scale", &scale, Constraint::Positive)])?;
        let is_one = stability.detach().equal(1.0);
        let tangent = (Tensor::select(&is_one, 0.5, &stability) * FRAC_PI_2).tan();
        let factor = Tensor::try_select(is_one, scale.ln() * FRAC_2_PI, tangent)?;
        let shift = skew.try_mul(&scale)?.try_mul(factor)?;
        Self::new(stability, skew, loc.try_add(shift)?, scale)
    }

    /// The draw that the method of Chambers, Mallows and Stuck makes of a uniform number on \[0, 1) and of an exponential one
    /// of rate 1.
    ///
    /// In a model with the two as sites, a stable variable is a function of them: its density, which is an integral, is not
    /// needed. Pyro calls this the latent reparameterisation.
    ///
    /// # Errors
    /// Shapes that do not broadcast.
    ///
    /// # Example
    /// ```
    /// use ppl::prelude::*;
    ///
    /// #[model]
    /// fn returns(y: Tensor) {
    ///     let stability = sample!("stability", Uniform::new(1.0, 2.0));
    ///     plate!("day", y.size(), {
    ///         let uniform = sample!("uniform", Uniform::new(0.0, 1.0));
    ///         let exponential = sample!("exponential", Exponential::new(1.0));
    ///         let shock = Stable::new(stability, 0.0, 0.0, 0.01)?.of_noise(uniform, exponential)?;
    ///         observe!("y", Normal::new(shock, 0.001), y);
    ///     });
    /// }
    ///
    /// let trace = returns(Tensor::from([0.01, -0.02, 0.3])).trace(0)?;
    /// assert!(trace.log_density()?.item().is_finite());
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub fn of_noise(&self, uniform: impl IntoTensor, exponential: impl IntoTensor) -> Result<Tensor> {
        let angle = (uniform.into_tensor() - 0.5) * PI;
        let exponential = exponential.into_tensor().maximum(f64::MIN_POSITIVE);
        // With δ = 1 − α, tan(½ π α) is 2/π · (½ π δ / tan(½ π δ)) / δ, and δ is taken out of all that it is multiplied by.
        let deficit = 1.0 - &self.stability;
        let half_turn = &deficit * FRAC_PI_2;
        let pull = half_turn.cos().try_div(sinc(&half_turn))?.try_mul(&self.skew)? * FRAC_2_PI;
        let turned = angle.try_mul(&deficit)?;
        let (tangent, log_cosine) = (angle.tan(), angle.cos().maximum(f64::MIN_POSITIVE).ln());
        // sin(δ U) / δ and (1 − cos(δ U)) / δ.
        let sine = angle.try_mul(sinc(&turned))?;
        let versine = sinc(&(&turned * 0.5)).square().try_mul(angle.square())?.try_mul(&deficit)? * 0.5;
        let cosine = turned.cos();
        let lift = cosine.try_add(sine.try_mul(&pull)?)?.maximum(f64::MIN_POSITIVE);
        let log = lift.ln().try_sub(log_cosine)?.try_sub(exponential.ln())?.try_div(&self.stability)?;
        // Beyond, the power overflows, and the parts of a draw may have opposite signs.
        let is_heavy = deficit.detach().greater(0.0);
        let largest = LARGEST_EXPONENT / Tensor::select(&is_heavy, &deficit, 1.0).detach();
        let log = log.try_minimum(Tensor::select(is_heavy, largest, f64::MAX))?;
        let exponent = log.try_mul(&deficit)?;
        let power = exponent.exp();
        let symmetric = tangent.try_mul(cosine)?.try_sub(turned.sin())?.try_mul(&power)?;
        let bent = tangent.try_mul(sine)?.try_sub(versine)?.try_mul(&power)?;
        let skewed = bent.try_add(expm1_ratio(&exponent).try_mul(log)?)?.try_mul(pull)?;
        let mut standard = symmetric.try_add(skewed)?;
        // A program has the general formula alone.
        let is_least = self.stability.detach().less(LEAST_STABILITY);
        if !self.stability.is_recorded() && !is_least.is_known_to_be_all(0.0) {
            standard = Tensor::try_select(is_least, self.least_of_noise(&angle, &exponential)?, standard)?;
        }
        let draws = standard.clamp(f64::MIN, f64::MAX).try_mul(&self.scale)?.try_add(&self.loc)?;
        Ok(draws.clamp(f64::MIN, f64::MAX))
    }

    fn parameters(&self) -> [check::Parameter<'_>; 5] {
        let interval = |lower: f64, upper: f64| Constraint::Interval { lower: lower.into(), upper: upper.into() };
        [
            ("stability", &self.stability, Constraint::GreaterThan(0.0.into())),
            ("stability", &self.stability, interval(0.0, 2.0)),
            ("skew", &self.skew, interval(-1.0, 1.0)),
            ("loc", &self.loc, Constraint::Real),
            ("scale", &self.scale, Constraint::Positive),
        ]
    }

    /// Index of the tails.
    #[must_use]
    pub fn stability(&self) -> &Tensor {
        &self.stability
    }

    /// Balance of the tails.
    #[must_use]
    pub fn skew(&self) -> &Tensor {
        &self.skew
    }

    /// Location, in the parameterisation S0.
    #[must_use]
    pub fn loc(&self) -> &Tensor {
        &self.loc
    }

    /// Scale.
    #[must_use]
    pub fn scale(&self) -> &Tensor {
        &self.scale
    }

    /// The limit at a small stability: ± E^(−1 / stability).
    fn least_of_noise(&self, angle: &Tensor, exponential: &Tensor) -> Result<Tensor> {
        let is_positive = angle.detach().try_greater(&(&self.skew.detach() * -FRAC_PI_2))?;
        let magnitude = (-exponential.ln().try_div(&self.stability)?).exp().minimum(f64::MAX);
        magnitude.try_mul(is_positive * 2.0 - 1.0)?.try_sub(&self.stability * &self.skew * FRAC_PI_2)
    }

    fn checked_scale(&self) -> Tensor {
        check::or_nan(&self.scale, &Constraint::Positive)
    }

    /// A function of the standard variable, or of a probability; NaN at parameters outside of their domains.
    fn standard(&self, function: Function, x: &Tensor) -> Result<Tensor> {
        Cumulative::new(Standard::Stable, function).try_of(&[&self.stability, &self.skew, x])
    }

    fn cumulative(&self, function: Function, value: &Tensor) -> Result<Tensor> {
        scalar::inside(self, value, function.beyond(), |value| {
            self.standard(function, &value.try_sub(&self.loc)?.try_div(self.checked_scale())?)
        })
    }

    fn quantile(&self, function: Function, probability: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, probability)?;
        let standard = self.standard(function, &scalar::probability(probability))?;
        standard.try_mul(self.checked_scale())?.try_add(&self.loc)
    }
}

/// sin(y) / y of |y| ≤ ½ π.
fn sinc(y: &Tensor) -> Tensor {
    let mut coefficient = 1.0;
    let coefficients: [f64; 14] = std::array::from_fn(|k| {
        if k > 0 {
            coefficient /= -((2 * k) as f64 * (2 * k + 1) as f64);
        }
        coefficient
    });
    polynomial(&y.square(), &coefficients)
}

impl Distribution for Stable {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        check::values(&self.parameters())
    }

    fn batch_shape(&self) -> Shape {
        self.batch_shape
    }

    fn support(&self) -> Constraint {
        Constraint::Real
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all(Self::NAME, &self.parameters())?;
        let shape = sample_shape.concat(&self.batch_shape);
        self.of_noise(standard_uniform(rng, shape), standard_exponential(rng, shape))
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, 0.0, |value| {
            let scale = self.checked_scale();
            let z = value.try_sub(&self.loc)?.try_div(&scale)?;
            self.standard(Function::LogDensity, &z)?.try_sub(scale.ln())
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Cdf for Stable {
    tails_by_cumulative!();

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        self.quantile(Function::LowerQuantile, probability)
    }

    fn inverse_survival(&self, probability: &Tensor) -> Result<Tensor> {
        self.quantile(Function::UpperQuantile, probability)
    }
}

impl Moments for Stable {
    /// The location of S1 above a stability of 1. Up to 1 it is ∞ at a skew of 1, −∞ at one of −1, and does not exist elsewhere.
    fn mean(&self) -> Tensor {
        let exists = self.stability.detach().greater(1.0);
        let tangent = (Tensor::select(&exists, &self.stability, 1.5) * FRAC_PI_2).tan();
        let mean = &self.loc - &self.skew * &self.scale * tangent;
        let skew = self.skew.detach();
        let diverges = skew.abs().equal(1.0);
        let beyond = Tensor::select(diverges, skew * f64::INFINITY, f64::NAN);
        Tensor::select(exists, mean, beyond).broadcast_to(self.batch_shape)
    }

    fn variance(&self) -> Tensor {
        let stability = self.stability.detach();
        let beyond = Tensor::select(stability.greater(1.0), f64::INFINITY, f64::NAN);
        Tensor::select(stability.equal(2.0), self.scale.square() * 2.0, beyond).broadcast_to(self.batch_shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};
    use crate::distribution::{Cauchy, Levy, Normal};

    fn build(p: &Parameters) -> Result<Stable> {
        Stable::new(p.get("stability"), p.get("skew"), p.get("loc"), p.get("scale"))
    }

    fn family() -> Family<Stable> {
        let at = |stability: f64, skew: f64, loc: f64, scale: f64| {
            parameters! { stability: stability, skew: skew, loc: loc, scale: scale }
        };
        Family::of("Stable", build)
            .without_golden_cases("those of tests/golden/far are in the middle too")
            .nan_at("far", &["mean", "variance"], "it does not exist there")
            .nan_at("stability", &["mean", "variance"], "it does not exist there")
            .at(at(1.6, 0.4, 0.3, 1.7))
            .at(at(1.2, -0.3, -1.0, 0.6))
            .at(at(0.7, 0.5, 0.0, 1.0))
            .rejects(at(0.0, 0.0, 0.0, 1.0), "Stable: `stability` must be greater than 0, got 0")
            .rejects(at(2.5, 0.0, 0.0, 1.0), "Stable: `stability` must be between 0 and 2, got 2.5")
            .rejects(at(1.5, -1.5, 0.0, 1.0), "Stable: `skew` must be between -1 and 1, got -1.5")
            .rejects(at(1.5, 0.0, f64::NAN, 1.0), "Stable: `loc` must be real, got NaN")
            .rejects(at(1.5, 0.0, 0.0, 0.0), "Stable: `scale` must be positive, got 0")
            .draws([0.10587907302090038, -0.756013051753933, 1.7580160692983946])
    }

    conformance::distribution!(family() => univariate, cdf, moments, reparameterized_by_common_numbers);

    #[test]
    fn special_cases_have_closed_forms() {
        let points = Tensor::from([-30.0, -2.0, -0.3, 0.0, 1e-6, 0.4, 1.9, 25.0]);
        let compare = |stable: &Stable, other: &dyn Cdf, points: &Tensor| {
            let logarithms = |distribution: &dyn Cdf| {
                [distribution.log_prob(points), distribution.log_cdf(points), distribution.log_survival(points)]
                    .map(Result::unwrap)
            };
            for (got, want) in logarithms(stable).into_iter().zip(logarithms(other)) {
                assert!(((&got - &want) / (want.abs() + 1e-3)).abs().max() < 1e-11, "{got}, {want}");
            }
        };
        compare(&Stable::new(2.0, 0.3, 0.5, 2.0).unwrap(), &Normal::new(0.5, 8_f64.sqrt()).unwrap(), &points);
        compare(&Stable::new(1.0, 0.0, 0.5, 2.0).unwrap(), &Cauchy::new(0.5, 2.0).unwrap(), &points);
        let levy = Levy::new(0.0, 1.5).unwrap();
        let inside = Tensor::from([0.1, 0.7, 1.5, 1.6, 40.0, 1e9]);
        compare(&Stable::new(0.5, 1.0, 1.5, 1.5).unwrap(), &levy, &inside);
        compare(&Stable::from_s1(0.5, 1.0, 0.0, 1.5).unwrap(), &levy, &inside);
        // Below the end of the support.
        let outside = Stable::new(0.5, 1.0, 1.0, 1.0).unwrap().log_prob(&(-1.0).into()).unwrap();
        assert_eq!(outside, f64::NEG_INFINITY);
    }

    /// The characteristic function at 1, of which the means over draws have a spread below 1.
    #[test]
    fn draws_have_the_characteristic_function() {
        const DRAWS: usize = 40_000;
        for (stability, skew) in [(2.0, 0.0), (1.0 + 1e-12, 0.7), (1.0, 0.7), (0.999, -1.0), (0.3, 0.9), (1.9, 1.0)] {
            let stable = Stable::new(stability, skew, 0.0, 1.0).unwrap();
            let mut rng = crate::random::Key::new(0).rng("stable", 0);
            let draws = stable.sample(&mut rng, &Shape::from(DRAWS)).unwrap();
            for t in [0.5, 1.0, 2.0_f64] {
                let bend = if (stability - 1.0).abs() < 1e-6 {
                    skew * FRAC_2_PI * t.ln()
                } else {
                    skew * (FRAC_PI_2 * stability).tan() * (t.powf(1.0 - stability) - 1.0)
                };
                let size = (-t.powf(stability)).exp();
                let angle = -t.powf(stability) * bend;
                let (real, imaginary) = ((&draws * t).cos().mean().item(), (&draws * t).sin().mean().item());
                // Five standard errors: false alarm rate 6e-7 each.
                let error = 5.0 / (DRAWS as f64).sqrt();
                let what = format!("{stability}, {skew} at {t}");
                assert!((real - size * angle.cos()).abs() < error, "{what}: {real}, {}", size * angle.cos());
                assert!((imaginary - size * angle.sin()).abs() < error, "{what}: {imaginary}, {}", size * angle.sin());
            }
        }
    }
}
