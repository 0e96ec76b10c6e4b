//! Truncated Cauchy distribution.

use std::sync::Arc;

use super::Truncated;
use crate::distribution::{Cauchy, Cdf, Distribution, Mode, Moments};
use crate::random::Rng;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// Cauchy distribution that is cut off below `low` and above `high`.
///
#[doc = include_str!("../../../doc/distribution/TruncatedCauchy.svg")]
///
/// ```text
/// log p(x) = −ln(1 + z²) − ln(scale) − ln(atan b − atan a),   low ≤ x ≤ high
/// z = (x − loc) / scale,   a = (low − loc) / scale,   b = (high − loc) / scale
/// ```
///
/// # Parameters
/// | parameter | domain           | meaning                              | shape |
/// |-----------|------------------|--------------------------------------|-------|
/// | `loc`     | real             | mode of the distribution that is cut | batch |
/// | `scale`   | positive         | half its interquartile range         | batch |
/// | `low`     | real or −∞       | lower end                            | batch |
/// | `high`    | greater than low | upper end, real or ∞                 | batch |
///
/// # Shapes
/// batch = broadcast(loc, scale, low, high), event = `[]`.
///
/// # Support
/// The numbers from `low` to `high`: [`Constraint::Interval`](crate::Constraint::Interval).
///
/// # Moments
/// ```text
/// mean     = loc + scale · m,   m = ½ ln((1 + b²) / (1 + a²)) / (atan b − atan a)
/// variance = scale² · ((b − a) / (atan b − atan a) − 1 − m²)
/// mode     = loc, or the end that is nearest to it
/// ```
/// Unlike those of the whole distribution they exist: of a finite interval. With one infinite end the mean is ±∞ and
/// the variance ∞; with two both are NaN. The median is the quantile at ½. The entropy is not implemented.
///
/// # Numerics
/// Those of [`Truncated`]. The moments of a narrow interval are integrals of the density by twelve points.
///
/// # Reference
/// Nadarajah and Kotz, "A truncated Cauchy distribution" (2006).
///
/// # Example
/// ```
/// use ppl::distribution::{Moments, TruncatedCauchy};
///
/// let bounded = TruncatedCauchy::new(0.0, 1.0, 0.0, 1.0)?;
/// let mean = 2.0 * 2_f64.ln() / std::f64::consts::PI;
/// assert!((bounded.mean().item() - mean).abs() < 1e-14);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct TruncatedCauchy {
    truncated: Truncated<Cauchy>,
    low: Tensor,
    high: Tensor,
}

/// Nodes and weights of the Gauss–Legendre rule of twelve points; the others are their mirror images.
const RULE: [(f64, f64); 6] = [
    (0.1252334085114689, 0.2491470458134027),
    (0.3678314989981802, 0.2334925365383546),
    (0.5873179542866175, 0.20316742672306573),
    (0.7699026741943047, 0.16007832854334642),
    (0.9041172563704748, 0.10693932599531907),
    (0.9815606342467192, 0.04717533638651141),
];

impl TruncatedCauchy {
    /// The Cauchy distribution with this mode and scale before it is cut to the interval.
    ///
    /// # Errors
    /// `loc` not finite; `scale` not positive and finite; an end that is no number; `high` not greater than `low`;
    /// shapes that do not broadcast.
    pub fn new(
        loc: impl IntoTensor,
        scale: impl IntoTensor,
        low: impl IntoTensor,
        high: impl IntoTensor,
    ) -> Result<Self> {
        const NAME: &str = "TruncatedCauchy";
        let (loc, scale, low, high) = (loc.into_tensor(), scale.into_tensor(), low.into_tensor(), high.into_tensor());
        check::broadcast_all(NAME, &[&loc, &scale, &low, &high])?;
        check::constants(NAME, &[("loc", &loc, Constraint::Real), ("scale", &scale, Constraint::Positive)])?;
        let truncated = Truncated::named(NAME, Arc::new(Cauchy::unchecked(loc, scale)?), &low..&high)?;
        Ok(Self { truncated, low, high })
    }

    /// The mode of the distribution before it is cut.
    #[must_use]
    pub fn loc(&self) -> &Tensor {
        self.truncated.base().loc()
    }

    /// The scale of the distribution before it is cut.
    #[must_use]
    pub fn scale(&self) -> &Tensor {
        self.truncated.base().scale()
    }

    /// The lower end.
    #[must_use]
    pub fn low(&self) -> &Tensor {
        &self.low
    }

    /// The upper end.
    #[must_use]
    pub fn high(&self) -> &Tensor {
        &self.high
    }

    /// Mean and variance of z.
    fn standard_moments(&self) -> (Tensor, Tensor) {
        let [a, b] = [&self.low, &self.high].map(|end| (end - self.loc()) / self.scale());
        let mass = self.truncated.log_mass().exp() * std::f64::consts::PI;
        let (width, middle) = (&b - &a, (&a + &b) * 0.5);
        // The integrand is analytic up to ±i.
        let is_narrow = width.less((middle.square() + 1.0).sqrt() * 0.5);

        let wide = |end: &Tensor| Tensor::select(&is_narrow, 1.0, end);
        let (wide_a, wide_b) = (wide(&a) - &is_narrow, wide(&b));
        let mean = (wide_b.log1p_square() - wide_a.log1p_square()) * 0.5 / &mass;
        let variance = (&wide_b - &wide_a) / &mass - 1.0 - mean.square();

        let half = Tensor::select(&is_narrow, width * 0.5, 0.0);
        let middle = Tensor::select(&is_narrow, middle, 0.0);
        let integral = |function: &dyn Fn(&Tensor) -> Tensor| {
            let term = |&(node, weight): &(f64, f64)| {
                let at = |node: f64| {
                    let offset = &half * node;
                    function(&offset) / ((&middle + offset).square() + 1.0)
                };
                (at(node) + at(-node)) * weight
            };
            let terms = RULE.iter().map(term).reduce(|sum, term| sum + term);
            terms.unwrap_or(Tensor::scalar(0.0))
        };
        let weight = integral(&|_| Tensor::scalar(1.0));
        let shift = integral(&Tensor::clone) / &weight;
        let spread = integral(&|offset| (offset - &shift).square()) / weight;
        (Tensor::select(&is_narrow, middle + shift, mean), Tensor::select(is_narrow, spread, variance))
    }
}

impl Distribution for TruncatedCauchy {
    fn name(&self) -> &'static str {
        self.truncated.name()
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        self.truncated.parameter_values()
    }

    fn batch_shape(&self) -> Shape {
        self.truncated.batch_shape()
    }

    fn support(&self) -> Constraint {
        self.truncated.support()
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        let parameters = [("loc", self.loc(), Constraint::Real), ("scale", self.scale(), Constraint::Positive)];
        check::all(self.name(), &parameters)?;
        self.truncated.sample(rng, sample_shape)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        self.truncated.log_prob(value)
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Cdf for TruncatedCauchy {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        self.truncated.cdf(value)
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        self.truncated.icdf(probability)
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        self.truncated.log_cdf(value)
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        self.truncated.survival(value)
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        self.truncated.log_survival(value)
    }
}

impl Mode for TruncatedCauchy {
    fn mode(&self) -> Result<Tensor> {
        self.truncated.mode()
    }
}

impl Moments for TruncatedCauchy {
    fn mean(&self) -> Tensor {
        (self.loc() + self.scale() * self.standard_moments().0).broadcast_to(self.batch_shape())
    }

    fn variance(&self) -> Tensor {
        let [low, high] = [&self.low, &self.high].map(|end| end.detach().abs().less(f64::INFINITY));
        let finite = self.scale().square() * self.standard_moments().1;
        // NaN where both tails are there, and the mean does not exist.
        let infinite = Tensor::select(&low + &high, f64::INFINITY, f64::NAN);
        Tensor::select(low * high, finite, infinite).broadcast_to(self.batch_shape())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<TruncatedCauchy> {
        Family::new("TruncatedCauchy", |p| {
            TruncatedCauchy::new(p.get("loc"), p.get("scale"), p.get("low"), p.get("high"))
        })
        .nan_at("high", &["mean", "variance"], "the formula is ∞ − ∞ or 0 · ∞ there, without its limit")
        .nan_at("loc", &["mean", "variance"], "the formula is ∞ − ∞ or 0 · ∞ there, without its limit")
        .nan_at("low", &["mean", "variance"], "the formula is ∞ − ∞ or 0 · ∞ there, without its limit")
        .nan_at("scale", &["mean", "variance"], "the formula is ∞ − ∞ or 0 · ∞ there, without its limit")
        .at(parameters! { loc: 0.3, scale: 1.7, low: -1.0, high: 2.5 })
        .at(parameters! { loc: -0.5, scale: 0.8, low: -0.7, high: 3.0 })
        .rejects(
            parameters! { loc: f64::NAN, scale: 1.0, low: 0.0, high: 1.0 },
            "TruncatedCauchy: `loc` must be real, got NaN",
        )
        .rejects(
            parameters! { loc: 0.0, scale: 0.0, low: 0.0, high: 1.0 },
            "TruncatedCauchy: `scale` must be positive, got 0",
        )
        .rejects(
            parameters! { loc: 0.0, scale: 1.0, low: f64::INFINITY, high: 1.0 },
            "TruncatedCauchy: `low` must be real or -inf, got inf",
        )
        .rejects(
            parameters! { loc: 0.0, scale: 1.0, low: 2.0, high: 1.0 },
            "TruncatedCauchy: `high` must be greater than 2, got 1",
        )
        .draws([0.18368203521656135, 0.19256861848269907, 1.2374783900682655])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, reparameterized);

    #[test]
    fn moments_of_infinite_intervals() {
        let of = |low: f64, high: f64| {
            let truncated = TruncatedCauchy::new(0.0, 1.0, low, high).unwrap();
            (truncated.mean().item(), truncated.variance().item())
        };
        assert_eq!(of(1.0, f64::INFINITY), (f64::INFINITY, f64::INFINITY));
        assert_eq!(of(f64::NEG_INFINITY, 1.0), (f64::NEG_INFINITY, f64::INFINITY));
        let (mean, variance) = of(f64::NEG_INFINITY, f64::INFINITY);
        assert!(mean.is_nan() && variance.is_nan());
    }
}
