//! Truncated normal distribution.

mod tilted;

use rand::RngExt;

use crate::distribution::density::scalar;
use crate::distribution::sampling::elementwise::{self, ElementSampler};
use crate::distribution::sampling::implicit::Implicit;
use crate::distribution::sampling::noise::standard_uniform;
use crate::distribution::{Cdf, Distribution, Entropy, Mode, Moments};
use crate::random::Rng;
use crate::special::HALF_LN_2PI;
use crate::tensor::cumulative::{Cumulative, Family as Standard, Function};
use crate::tensor::record;
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor, check, special};

/// Normal distribution that is cut off below `low` and above `high`.
///
#[doc = include_str!("../../../../doc/distribution/TruncatedNormal.svg")]
///
/// ```text
/// log p(x) = −½ z² − ½ ln(2π) − ln(scale) − ln(Φ(b) − Φ(a)),   low ≤ x ≤ high
/// z = (x − loc) / scale,   a = (low − loc) / scale,   b = (high − loc) / scale
/// ```
///
/// # Parameters
/// | parameter | domain           | meaning                                          | shape |
/// |-----------|------------------|--------------------------------------------------|-------|
/// | `loc`     | real             | mean of the normal before it is cut              | batch |
/// | `scale`   | positive         | standard deviation of the normal before it is cut | batch |
/// | `low`     | real or −∞       | lower end                                        | batch |
/// | `high`    | greater than low | upper end, real or ∞                             | batch |
///
/// # Shapes
/// batch = broadcast(loc, scale, low, high), event = `[]`.
///
/// # Support
/// The numbers from `low` to `high`: [`Constraint::Interval`](crate::Constraint::Interval), or
/// [`Constraint::Real`](crate::Constraint::Real) where both are infinite.
///
/// # Moments
/// ```text
/// mean     = loc + scale · (fₐ − f_b),   fₐ = φ(a) / (Φ(b) − Φ(a)), f_b = φ(b) / (Φ(b) − Φ(a))
/// variance = scale² · (1 + a fₐ − b f_b − (fₐ − f_b)²)
/// mode     = loc, or the end that is nearest to it
/// entropy  = ln(scale) + ½ ln(2πe) + ln(Φ(b) − Φ(a)) + ½ (a fₐ − b f_b)
/// ```
/// At an infinite end f is 0. The median is the quantile at ½.
///
/// # Numerics
/// Probabilities are differences of ln Φ in the lower tail, so that an interval far from `loc` keeps its digits. In
/// intervals that are narrower than 1e-7 scales, or further than 1e7 scales from `loc`, the density is an exponential
/// function.
///
/// # Draws
/// Inversion of the distribution function; the gradient is implicit (Figurnov et al. 2018).
///
/// # Reference
/// Burkardt, "The truncated normal distribution" (2014).
///
/// # Example
/// ```
/// use ppl::distribution::{Distribution, Moments, TruncatedNormal};
///
/// let positive = TruncatedNormal::new(0.0, 1.0, 0.0, f64::INFINITY)?;
/// assert!((positive.mean().item() - std::f64::consts::FRAC_2_PI.sqrt()).abs() < 1e-15);
/// assert_eq!(positive.log_prob(&(-1.0).into())?, f64::NEG_INFINITY);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct TruncatedNormal {
    loc: Tensor,
    scale: Tensor,
    low: Tensor,
    high: Tensor,
    batch_shape: Shape,
}

/// An end of the interval in units of the normal: where it is infinite, 0 instead.
struct End {
    is_finite: Tensor,
    z: Tensor,
}

impl End {
    /// The end in units of the normal, infinite ones too; `end` is as it was given.
    fn or_infinite(&self, end: &Tensor) -> Tensor {
        Tensor::select(&self.is_finite, &self.z, end.detach())
    }
}

/// Ends are cut off at this distance from the mean, in scales.
const LARGEST: f64 = 1e150;

impl TruncatedNormal {
    /// The normal distribution with mean `loc` and standard deviation `scale` before it is cut to the interval.
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
        let (loc, scale, low, high) = (loc.into_tensor(), scale.into_tensor(), low.into_tensor(), high.into_tensor());
        let batch_shape = check::broadcast_all("TruncatedNormal", &[&loc, &scale, &low, &high])?;
        let truncated = Self { loc, scale, low, high, batch_shape };
        check::constants("TruncatedNormal", &truncated.parameters())?;
        if !truncated.low.is_tracked() && !truncated.high.is_tracked() {
            truncated.check_ends()?;
        }
        Ok(truncated)
    }

    fn parameters(&self) -> [check::Parameter<'_>; 2] {
        [("loc", &self.loc, Constraint::Real), ("scale", &self.scale, Constraint::Positive)]
    }

    fn check_ends(&self) -> Result<()> {
        let columns = [&self.low, &self.high].map(|end| end.detach().broadcast_to(self.batch_shape).elements());
        for (low, high) in columns[0].iter().zip(&columns[1]) {
            let (parameter, expected, got) = if low.is_nan() || *low == f64::INFINITY {
                ("low", "real or -inf".to_owned(), low)
            } else if high.is_nan() || high <= low {
                ("high", format!("greater than {low}"), high)
            } else {
                continue;
            };
            return Err(Error::InvalidParameter {
                distribution: "TruncatedNormal",
                parameter,
                expected,
                got: got.to_string(),
            });
        }
        Ok(())
    }

    /// The same for draws: a program makes them again with other ends.
    fn check_ends_of_draw(&self) -> Result<()> {
        if self.low.is_recorded() || self.high.is_recorded() {
            let [low, high] = [&self.low, &self.high].map(Tensor::detach);
            return record::note_violations(|| (1.0 - low.less(high)).try_sum());
        }
        self.check_ends()
    }

    /// The mean of the normal before it is cut.
    #[must_use]
    pub fn loc(&self) -> &Tensor {
        &self.loc
    }

    /// The standard deviation of the normal before it is cut.
    #[must_use]
    pub fn scale(&self) -> &Tensor {
        &self.scale
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

    fn end(&self, end: &Tensor) -> End {
        // A condition has no derivative.
        let is_finite = end.detach().abs().less(f64::INFINITY);
        // An infinite end must not meet the scale: its gradient would be 0 · ∞.
        let z = (Tensor::select(&is_finite, end, 0.0) - &self.loc) / &self.scale;
        // Beyond, the density is 0; the square is finite.
        let z = z.clamp(-LARGEST, LARGEST);
        End { z: Tensor::select(&is_finite, z, 0.0), is_finite }
    }

    fn known_tilted(&self) -> Option<tilted::Tilted> {
        self.tilted().unwrap_or_else(|_| unreachable!("`new` has broadcast the parameters"))
    }

    /// ln(Φ(b) − Φ(a)), evaluated in the lower tail: where the interval lies above, it is mirrored.
    fn log_mass(&self, a: &End, b: &End) -> Tensor {
        // Either way the mass is the same: which way has no derivative.
        let [low, high] = [&self.low, &self.high].map(Tensor::detach);
        let mirrored = (low + high).greater(self.loc.detach() * 2.0);
        let lower = Tensor::select(&mirrored, -&b.z, &a.z);
        let upper = Tensor::select(&mirrored, -&a.z, &b.z);
        let has_lower = Tensor::select(&mirrored, &b.is_finite, &a.is_finite);
        let has_upper = Tensor::select(&mirrored, &a.is_finite, &b.is_finite);

        let log_upper = Tensor::select(has_upper, upper.log_ndtr(), 0.0);
        let log_ratio = Tensor::select(&has_lower, lower.log_ndtr() - &log_upper, -1.0);
        log_upper + Tensor::select(has_lower, log_ratio.log1mexp(), 0.0)
    }

    /// φ / (Φ(b) − Φ(a)) at an end, and that times the end's z.
    fn edge_density(end: &End, log_mass: &Tensor) -> (Tensor, Tensor) {
        let density = (end.z.square() * -0.5 - HALF_LN_2PI - log_mass).exp();
        let density = Tensor::select(&end.is_finite, density, 0.0);
        (density.clone(), density * &end.z)
    }

    fn cumulative(&self, function: Function, value: &Tensor) -> Result<Tensor> {
        let shape = scalar::check_shape(self, value)?;
        if let Some(tilted) = self.tilted()? {
            let tail = |value: &Tensor| tilted.tail(function, value);
            return tilted
                .or_ordinary(value, tail, |ordinary, value| ordinary.cumulative(function, value))?
                .try_broadcast_to(shape);
        }
        let scale = check::or_nan(&self.scale, &Constraint::Positive);
        let [low, high] = [&self.low, &self.high].map(|end| self.end(end).or_infinite(end));
        let z = value.try_sub(&self.loc)?.try_div(scale)?;
        Cumulative::new(Standard::TruncatedNormal, function).try_of(&[&low, &high, &z])
    }
}

impl Distribution for TruncatedNormal {
    fn name(&self) -> &'static str {
        "TruncatedNormal"
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        vec![
            ("loc", self.loc.clone()),
            ("scale", self.scale.clone()),
            ("low", self.low.clone()),
            ("high", self.high.clone()),
        ]
    }

    fn batch_shape(&self) -> Shape {
        self.batch_shape
    }

    fn support(&self) -> Constraint {
        // An end that is being differentiated is finite: an infinite one has no gradient.
        let bounded = |end: &Tensor, infinity| end.is_tracked() || end.elements().iter().any(|end| *end != infinity);
        if bounded(&self.low, f64::NEG_INFINITY) || bounded(&self.high, f64::INFINITY) {
            // Finite ends belong to it.
            Constraint::Interval { lower: self.low.clone(), upper: self.high.clone() }
        } else {
            Constraint::Real
        }
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all("TruncatedNormal", &self.parameters())?;
        self.check_ends_of_draw()?;
        let [a, b] = [(&self.low, f64::NEG_INFINITY), (&self.high, f64::INFINITY)].map(|(end, infinity)| {
            let end = self.end(end);
            Tensor::select(end.is_finite, end.z, infinity)
        });
        let shape = sample_shape.concat(&self.batch_shape);
        if self.tilted()?.is_some() {
            return self.icdf(&standard_uniform(rng, shape));
        }
        let z = elementwise::draw_implicit::<StandardTruncated, 2>(rng, shape, [&a, &b], Implicit::TruncatedNormal)?;
        let inside = z.try_mul(&self.scale)?.try_add(&self.loc)?;
        // Only rounding leads beyond an end, and is not differentiated.
        inside.try_maximum(self.low.detach())?.try_minimum(self.high.detach())
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        if let Some(tilted) = self.tilted()? {
            return scalar::on_support(self, value, self.low.maximum(self.high.minimum(0.0)), |value| {
                tilted.or_ordinary(value, |value| tilted.log_density(value), Self::log_prob)
            });
        }
        // What the formula is fed where its result is thrown away.
        let harmless = (self.low.maximum(-1e300) + self.high.minimum(1e300)).detach() * 0.5;
        scalar::on_support(self, value, harmless, |value| {
            let z = value.try_sub(&self.loc)?.try_div(&self.scale)?;
            let log_mass = self.log_mass(&self.end(&self.low), &self.end(&self.high));
            (z.square() * -0.5).try_sub(self.scale.ln() + HALF_LN_2PI + log_mass)
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

/// A standard normal between two ends, by inversion.
struct StandardTruncated([f64; 2]);

impl ElementSampler<2> for StandardTruncated {
    fn new(ends: [f64; 2]) -> Self {
        Self(ends)
    }

    fn sample(&self, rng: &mut Rng) -> f64 {
        let [a, b] = self.0;
        // Also where an end is no number.
        if a < b { special::truncated_quantile(rng.random(), a, b) } else { f64::NAN }
    }
}

impl Cdf for TruncatedNormal {
    tails_by_cumulative!();

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        let shape = scalar::check_shape(self, probability)?;
        let p = scalar::probability(probability);
        if let Some(tilted) = self.tilted()? {
            let quantile = Tensor::try_select(&tilted.is_tilted, tilted.quantile(&p)?, tilted.ordinary.icdf(&p)?)?;
            return quantile.try_maximum(self.low.detach())?.try_minimum(self.high.detach())?.try_broadcast_to(shape);
        }
        let (a, b) = (self.end(&self.low), self.end(&self.high));
        let [a_z, b_z] = [a.or_infinite(&self.low), b.or_infinite(&self.high)];
        let scale = check::or_nan(&self.scale, &Constraint::Positive);
        let quantile = |function, operands: [&Tensor; 3]| {
            Cumulative::new(Standard::TruncatedNormal, function).try_of(&operands)?.try_mul(&scale)
        };
        // Next to an end, the distance from it keeps its digits.
        let from_low = p.less(0.01) * &a.is_finite;
        let from_high = p.greater(0.99) * &b.is_finite;
        let least = quantile(Function::Excess, [&a_z, &b_z, &Tensor::select(&from_low, &p, 0.005)])?;
        let most = quantile(Function::Excess, [&-&b_z, &-&a_z, &Tensor::select(&from_high, 1.0 - &p, 0.005)])?;
        let inside = quantile(Function::LowerQuantile, [&a_z, &b_z, &p])?.try_add(&self.loc)?;
        // Only rounding leads beyond an end, and is not differentiated.
        let inside = inside.try_maximum(self.low.detach())?.try_minimum(self.high.detach())?;
        let above = Tensor::select(&a.is_finite, &self.low, 0.0).try_add(least)?;
        let below = Tensor::select(&b.is_finite, &self.high, 0.0).try_sub(most)?;
        Tensor::try_select(from_low, above, Tensor::try_select(from_high, below, inside)?)
    }
}

impl Mode for TruncatedNormal {
    fn mode(&self) -> Result<Tensor> {
        self.loc.try_maximum(&self.low)?.try_minimum(&self.high)?.try_broadcast_to(self.batch_shape)
    }
}

impl Moments for TruncatedNormal {
    fn mean(&self) -> Tensor {
        if let Some(tilted) = self.known_tilted() {
            return tilted.property(tilted.mean(), Self::mean);
        }
        let (a, b) = (self.end(&self.low), self.end(&self.high));
        let log_mass = self.log_mass(&a, &b);
        let shift = Self::edge_density(&a, &log_mass).0 - Self::edge_density(&b, &log_mass).0;
        (&self.loc + &self.scale * shift).broadcast_to(self.batch_shape)
    }

    fn variance(&self) -> Tensor {
        if let Some(tilted) = self.known_tilted() {
            return tilted.property(tilted.variance(), Self::variance);
        }
        let (a, b) = (self.end(&self.low), self.end(&self.high));
        let log_mass = self.log_mass(&a, &b);
        let (at_low, at_high) = (Self::edge_density(&a, &log_mass), Self::edge_density(&b, &log_mass));
        let relative = at_low.1 - at_high.1 - (at_low.0 - at_high.0).square() + 1.0;
        (self.scale.square() * relative).broadcast_to(self.batch_shape)
    }
}

impl Entropy for TruncatedNormal {
    fn entropy(&self) -> Tensor {
        if let Some(tilted) = self.known_tilted() {
            return tilted.property(tilted.entropy(), Self::entropy);
        }
        let (a, b) = (self.end(&self.low), self.end(&self.high));
        let log_mass = self.log_mass(&a, &b);
        let edges = Self::edge_density(&a, &log_mass).1 - Self::edge_density(&b, &log_mass).1;
        (log_mass + self.scale.ln() + edges * 0.5 + (0.5 + HALF_LN_2PI)).broadcast_to(self.batch_shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};

    fn build(p: &Parameters) -> Result<TruncatedNormal> {
        TruncatedNormal::new(p.get("loc"), p.get("scale"), p.get("low"), p.get("high"))
    }

    fn family() -> Family<TruncatedNormal> {
        Family::new("TruncatedNormal", build)
            .without_far_cases("the far tails of its normalizer are tested beside it")
            .at(parameters! { loc: 0.3, scale: 1.7, low: -1.0, high: 2.5 })
            .at(parameters! { loc: -0.5, scale: 0.8, low: -0.7, high: 3.0 })
            .rejects(
                parameters! { loc: f64::NAN, scale: 1.0, low: 0.0, high: 1.0 },
                "TruncatedNormal: `loc` must be real, got NaN",
            )
            .rejects(
                parameters! { loc: 0.0, scale: 0.0, low: 0.0, high: 1.0 },
                "TruncatedNormal: `scale` must be positive, got 0",
            )
            .rejects(
                parameters! { loc: 0.0, scale: 1.0, low: f64::INFINITY, high: 1.0 },
                "TruncatedNormal: `low` must be real or -inf, got inf",
            )
            .rejects(
                parameters! { loc: 0.0, scale: 1.0, low: 2.0, high: 1.0 },
                "TruncatedNormal: `high` must be greater than 2, got 1",
            )
            .draws([0.19796264324546556, 0.20761026194715382, 1.314122392715413])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, reparameterized);

    /// Infinite ends leave no NaN in gradients.
    mod one_sided {
        use super::*;

        fn family() -> Family<TruncatedNormal> {
            Family::new("TruncatedNormal", build)
                .without_far_cases("the far tails of its normalizer are tested beside it")
                .at(parameters! { loc: 0.3, scale: 1.7, low: 1.0, high: f64::INFINITY })
                .at(parameters! { loc: -0.5, scale: 0.8, low: -0.7, high: f64::INFINITY })
                .at(parameters! { loc: -0.5, scale: 0.8, low: f64::NEG_INFINITY, high: 1.0 })
                .at(parameters! { loc: -0.5, scale: 0.8, low: f64::NEG_INFINITY, high: f64::INFINITY })
                .constant("low")
                .constant("high")
                .draws([0.0; 3])
        }

        #[test]
        fn gradients_are_finite_differences() {
            family().gradients_are_finite_differences();
        }

        #[test]
        fn reparameterized() {
            family().reparameterized();
        }

        #[test]
        fn univariate() {
            family().univariate();
        }

        #[test]
        fn capabilities() {
            family().cdf();
            family().moments();
            family().entropy();
        }
    }

    #[test]
    fn quantiles_where_the_normal_underflows() {
        // In the far tail the excess over the edge is nearly exponential with rate |a|.
        let far = TruncatedNormal::new(0.0, 1.0, 1000.0, f64::INFINITY).unwrap();
        let median = far.icdf(&Tensor::from(0.5)).unwrap();
        assert!((median.item() - (1000.0 + std::f64::consts::LN_2 / 1000.0)).abs() < 1e-8, "{median}");
        assert!((far.cdf(&median).unwrap().item() - 0.5).abs() < 1e-9);
    }

    #[test]
    fn the_mode_is_the_point_nearest_to_the_mean_before_the_cut() {
        let truncated = TruncatedNormal::new([-3.0, 0.5, 9.0], 1.0, -1.0, [2.0, f64::INFINITY, 2.0]).unwrap();
        assert_eq!(truncated.mode().unwrap().to_vec(), [-1.0, 0.5, 2.0]);
    }
}
