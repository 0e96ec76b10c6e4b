//! Discrete Weibull distribution.

use rand_distr::{Distribution as _, Exp1};

use crate::distribution::density::{quadrature, quantile, scalar};
use crate::distribution::sampling::elementwise;
use crate::distribution::{Cdf, Distribution, Entropy, Mode, Moments};
use crate::random::Rng;
use crate::tensor::cumulative::{Cumulative, Family as Standard, Function};
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor, check};

const NAME: &str = "DiscreteWeibull";

/// Discrete Weibull distribution: lifetimes that are counted in whole periods, the integer part of a
/// [`Weibull`](crate::distribution::Weibull) variable.
///
#[doc = include_str!("../../../doc/distribution/DiscreteWeibull.svg")]
///
/// ```text
/// p(k) = q^(k^concentration) − q^((k + 1)^concentration),   k ∈ {0, 1, 2, …}
/// ```
///
/// At a concentration of 1 it is the [`Geometric`](super::Geometric) distribution with the success probability 1 − q.
///
/// # Parameters
/// | parameter       | domain                        | meaning                                         | shape |
/// |-----------------|-------------------------------|-------------------------------------------------|-------|
/// | `q`             | between 0 and 1, both excluded | probability of surviving the first period      | batch |
/// | `concentration` | positive                      | concentration, or shape; below 1 the hazard falls | batch |
///
/// # Shapes
/// batch = broadcast(q, concentration), event = `[]`.
///
/// # Support
/// The integers from 0 on: [`Constraint::NonNegativeInteger`](crate::Constraint::NonNegativeInteger).
///
/// # Moments
/// ```text
/// mean     = Σ_{k ≥ 1} q^(k^concentration)
/// variance = Σ_{k ≥ 1} (2k − 1) q^(k^concentration) − mean²
/// median   = ⌈(ln 2 / r)^(1 / concentration)⌉ − 1,   r = −ln q
/// ```
/// Mean, variance and entropy are sums over small counts and integrals over large ones, by the Euler–Maclaurin formula: ten
/// digits. The mode is the first count whose mass is at least that of the next one,
/// by bisection: the mass rises up to it and falls beyond.
///
/// # Numerics
/// With the cumulative hazards h(k) = r k^concentration the log mass is −h(k) + ln(1 − exp(h(k) − h(k + 1))), and the
/// difference of neighbouring hazards an expm1: nothing cancels at large counts. Tails are expm1 and exp of h(k + 1).
///
/// # Draws
/// By inversion: integer parts of powers of exponential noise, at most the largest number. They have no gradient.
///
/// # Reference
/// Nakagawa and Osaki, "The discrete Weibull distribution", IEEE Transactions on Reliability 24 (1975); PyMC,
/// `pymc.DiscreteWeibull`, which calls the concentration beta.
///
/// # Example
/// ```
/// use ppl::distribution::{Cdf, DiscreteWeibull, Distribution};
///
/// let months = DiscreteWeibull::new(0.9, 2.0)?;
/// assert!((months.prob(&0.0.into())?.item() - 0.1).abs() < 1e-15);
/// // Three survived: 0.9⁹
/// assert!((months.survival(&2.0.into())?.item() - 0.9_f64.powi(9)).abs() < 1e-15);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct DiscreteWeibull {
    q: Tensor,
    concentration: Tensor,
    batch_shape: Shape,
}

impl DiscreteWeibull {
    /// A discrete Weibull distribution with this probability of surviving the first period.
    ///
    /// # Errors
    /// `q` not between 0 and 1, or one of them; a concentration that is not positive and finite; shapes that do not broadcast.
    pub fn new(q: impl IntoTensor, concentration: impl IntoTensor) -> Result<Self> {
        let (q, concentration) = (q.into_tensor(), concentration.into_tensor());
        let batch_shape = check::broadcast_all(NAME, &[&q, &concentration])?;
        let distribution = Self { q, concentration, batch_shape };
        check::constants(NAME, &distribution.parameters())?;
        Ok(distribution)
    }

    fn parameters(&self) -> [check::Parameter<'_>; 3] {
        [
            ("q", &self.q, Constraint::Positive),
            ("q", &self.q, Constraint::LessThan(Tensor::scalar(1.0))),
            ("concentration", &self.concentration, Constraint::Positive),
        ]
    }

    /// The probability of surviving the first period.
    #[must_use]
    pub fn q(&self) -> &Tensor {
        &self.q
    }

    /// Concentration, or shape.
    #[must_use]
    pub fn concentration(&self) -> &Tensor {
        &self.concentration
    }

    /// −ln q and the concentration, with NaN for those that are being differentiated and outside of their domains.
    fn rate_and_concentration(&self) -> (Tensor, Tensor) {
        let [(_, q, positive), (_, _, below_one), (_, concentration, domain)] = self.parameters();
        let q = check::or_nan(&check::or_nan(q, &positive), &below_one);
        let concentration = check::or_nan(concentration, &domain);
        // 1 to any power is 1, also to NaN.
        let rate = if concentration.is_tracked() {
            Tensor::select(concentration.detach().greater(0.0), -q.ln(), f64::NAN)
        } else {
            -q.ln()
        };
        (rate, concentration)
    }

    fn cumulative(&self, function: Function, value: &Tensor) -> Result<Tensor> {
        scalar::counted(self, value, function, |count| {
            let (rate, concentration) = self.rate_and_concentration();
            let hazard = (count + 1.0).try_pow(concentration)?.try_mul(rate)?;
            Ok(match function {
                Function::Lower => -(-hazard).expm1(),
                Function::LogLower => (-hazard).log1mexp(),
                Function::Upper => (-hazard).exp(),
                _ => -hazard,
            })
        })
    }
}

impl Distribution for DiscreteWeibull {
    fn name(&self) -> &'static str {
        NAME
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        check::values(&self.parameters())
    }

    fn batch_shape(&self) -> Shape {
        self.batch_shape
    }

    fn support(&self) -> Constraint {
        Constraint::NonNegativeInteger
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all(NAME, &self.parameters())?;
        let shape = sample_shape.concat(&self.batch_shape);
        let parameters = [&-self.q.detach().ln(), &self.concentration];
        elementwise::draw(rng, shape, parameters, |rng, [rate, concentration]| {
            let hazard: f64 = Exp1.sample(rng);
            (hazard / rate).powf(concentration.recip()).floor().min(f64::MAX)
        })
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, 0.0, |count| {
            let (rate, concentration) = self.rate_and_concentration();
            let is_zero = count.equal(0.0);
            let positive = Tensor::select(&is_zero, 1.0, count);
            let hazard = positive.try_pow(&concentration)?.try_mul(&rate)?;
            let growth = positive.recip().log1p().try_mul(concentration)?.expm1().try_mul(&hazard)?;
            // Above, the complement is 1, and its derivative 0.
            let growth = Tensor::try_select(&is_zero, rate, growth)?.minimum(1e4);
            (-growth).log1mexp().try_sub(Tensor::try_select(is_zero, 0.0, hazard)?)
        })
    }
}

impl Cdf for DiscreteWeibull {
    tails_by_cumulative!();

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::step_function(
            self,
            "quantiles",
            [probability, &self.q, &self.concentration],
            |[p, q, concentration]| {
                let cdf = |count: f64| -((count + 1.0).powf(concentration) * q.ln()).exp_m1();
                scalar::quantile(p, |p| scalar::count_quantile(p, f64::INFINITY, cdf))
            },
        )
    }
}

impl Mode for DiscreteWeibull {
    fn mode(&self) -> Result<Tensor> {
        scalar::refuse_derivative(self, "modes", &[&self.q, &self.concentration])?;
        let (low, high) = (Tensor::scalar(0.0), Tensor::scalar(f64::INFINITY));
        let mode = quantile::of_counts(self.batch_shape, &low, &high, |count| {
            let [at, next] = [self.log_prob(count)?, self.log_prob(&(count + 1.0))?];
            // Both are −∞ far out.
            Ok(1.0 - at.detach().try_less(next.detach())?)
        })?;
        scalar::step_function(self, "modes", [&mode], |[count]| count)
    }
}

/// Counts over which sums are taken term by term.
const SUMMED: usize = 400;
/// Where the integrals begin that take the place of the others.
const FIRST: f64 = SUMMED as f64 + 0.5;
/// Nodes of the integral of the entropy, and the ends of their coordinate.
const NODES: usize = 161;
const ENDS: (f64, f64) = (-4.0, 4.1);
/// A mass with a smaller logarithm adds nothing.
const LEAST: f64 = -700.0;
/// Moments by a smaller concentration overflow.
const SMALLEST: f64 = 1e-300;

/// −ln q and the concentration, and what of sums over counts is the same for all.
struct Series {
    rate: Tensor,
    concentration: Tensor,
    /// The cumulative hazard where the integrals begin.
    hazard: Tensor,
    indices: Tensor,
}

/// What a sum from half a count beyond on has more than the integral, by the first and the third derivative of the terms there.
fn correction(slope: &Tensor, third: &Tensor) -> Tensor {
    slope / 24.0 - third * (7.0 / 5760.0)
}

impl Series {
    fn new(distribution: &DiscreteWeibull) -> Result<Self> {
        let (rate, concentration) = distribution.rate_and_concentration();
        let concentration = Tensor::select(concentration.detach().less(SMALLEST), SMALLEST, concentration);
        let hazard = Tensor::scalar(FIRST).try_pow(&concentration)?.try_mul(&rate)?;
        Ok(Self { indices: quadrature::indices(SUMMED, &distribution.batch_shape)?, rate, concentration, hazard })
    }

    /// ln ∫ x^(m − 1) exp(−r x^c) dx from [`FIRST`] on: ln(Γ(m/c, hazard) / (c r^(m/c))).
    fn log_integral(&self, power: f64) -> Result<Tensor> {
        let shape = self.concentration.recip() * power;
        let log_upper =
            Cumulative::new(Standard::Gamma, Function::LogUpper).try_of(&[&shape, &self.hazard.minimum(f64::MAX)])?;
        let log_scale = self.rate.ln().try_mul(&shape)?;
        shape.lgamma().try_sub(log_scale)?.try_add(log_upper)?.try_sub(self.concentration.ln())
    }

    /// E K and E K².
    fn moments(&self) -> Result<(Tensor, Tensor)> {
        let count = &self.indices + 1.0;
        let survival = (-count.try_pow(&self.concentration)?.try_mul(&self.rate)?).exp();
        let [first, second] = [1.0, 2.0].map(|power| self.log_integral(power));
        let (first, second) = (first?.exp(), second?.exp() * 2.0);
        // The survival function S where the integrals begin, and its derivatives, with S′ = −S h′ and h′ = c h / x.
        let is_seen = self.hazard.detach().less(-LEAST);
        let hazard = Tensor::select(&is_seen, &self.hazard, -LEAST);
        let concentration = Tensor::try_select(&is_seen, &self.concentration, 1.0)?;
        let at = (-&hazard).exp();
        let less_one = &concentration - 1.0;
        let rise = hazard.try_mul(&concentration)? / FIRST;
        let rise_slope = rise.try_mul(&less_one)? / FIRST;
        let rise_curvature = rise_slope.try_mul(&less_one - 1.0)? / FIRST;
        let slope = -(&at * &rise);
        let curvature = &at * (rise.square() - &rise_slope);
        let third = &at * (&rise * (rise_slope * 3.0 - rise.square()) - rise_curvature);
        let mean = survival.sum_axis(0).try_add(&first)?.try_add(correction(&slope, &third))?;
        // Those of (2 x − 1) S.
        const FACTOR: f64 = 2.0 * FIRST - 1.0;
        let of_product = correction(&(at * 2.0 + slope * FACTOR), &(curvature * 6.0 + third * FACTOR));
        let square = (survival * (count * 2.0 - 1.0)).sum_axis(0);
        // Of two parts of an infinite sum the second one is the smaller.
        let second = Tensor::select(second.detach().less(f64::INFINITY), &second - first, &second);
        Ok((mean, square.try_add(second)?.try_add(of_product)?))
    }

    /// ln p by the hazard at a real count x, which is positive.
    fn log_mass(&self, x: &Tensor, hazard: &Tensor) -> Result<Tensor> {
        let growth = x.recip().log1p().try_mul(&self.concentration)?.expm1().try_mul(hazard)?;
        (-growth.minimum(1e4)).log1mexp().try_sub(hazard)
    }

    /// The part of −Σ p ln p beyond the sum: ∫ f(x) dx with f = −p ln p, and f′ / 24 where it begins.
    fn entropy_beyond(&self) -> Result<Tensor> {
        let is_seen = self.hazard.detach().less(-LEAST);
        let hazard = Tensor::select(&is_seen, &self.hazard, 1.0);
        let log_mass = self.log_mass(&Tensor::scalar(FIRST), &hazard)?;
        // p′ = −S(x) h′(x) + S(x + 1) h′(x + 1), with h′ = c h / x.
        let next = hazard.try_mul(Tensor::scalar(1.0 + FIRST.recip()).try_pow(&self.concentration)?)?;
        let density = |hazard: &Tensor, x: f64| (-hazard).exp() * hazard / x;
        let slope = (density(&next, FIRST + 1.0) - density(&hazard, FIRST)).try_mul(&self.concentration)?;
        let correction = -slope * (log_mass + 1.0) / 24.0;

        // By the growth v of the hazard, and v = exp(s − e⁻ˢ), which has both ends far out.
        let step = (ENDS.1 - ENDS.0) / (NODES - 1) as f64;
        let s = self.indices.slice(0, 0..NODES) * step + ENDS.0;
        let down = (-&s).exp();
        let v = (s - &down).exp();
        let weight = &v * (down + 1.0) * step;
        let hazard = v.try_add(hazard)?;
        let log_x = hazard.ln().try_sub(self.rate.ln())?.try_div(&self.concentration)?;
        let log_mass = self.log_mass(&log_x.exp().minimum(f64::MAX), &hazard)?;
        // dx = x / (c h) dv.
        let log_density =
            log_mass.try_add(log_x)?.try_sub(self.concentration.ln())?.try_sub(hazard.ln())?.maximum(LEAST);
        let integral = -(log_density.exp() * log_mass).try_mul(weight)?.try_sum_axis(0)?;
        Tensor::try_select(is_seen, integral.try_add(correction)?, 0.0)
    }
}

impl DiscreteWeibull {
    /// A function of the series, or ∞ where that overflows.
    fn by_series(&self, function: impl FnOnce(&Series) -> Result<Tensor>) -> Tensor {
        let value = Series::new(self).and_then(|series| function(&series));
        let value = value.unwrap_or_else(|error: Error| panic!("{error}")).broadcast_to(self.batch_shape);
        Tensor::select(self.concentration.detach().less(SMALLEST), f64::INFINITY, value)
    }
}

impl Moments for DiscreteWeibull {
    fn mean(&self) -> Tensor {
        self.by_series(|series| Ok(series.moments()?.0))
    }

    fn variance(&self) -> Tensor {
        self.by_series(|series| {
            let (mean, square) = series.moments()?;
            let is_finite = square.detach().less(f64::INFINITY);
            Ok(Tensor::select(&is_finite, &square - Tensor::select(&is_finite, mean, 0.0).square(), f64::INFINITY))
        })
    }
}

impl Entropy for DiscreteWeibull {
    fn entropy(&self) -> Tensor {
        self.by_series(|series| {
            let log_masses = self.log_prob(&series.indices)?;
            let last = self.log_prob(&Tensor::scalar(SUMMED as f64))?.maximum(LEAST);
            let sum = quadrature::entropy(&log_masses, &Tensor::scalar(1.0))?.try_sub(last.exp() * last)?;
            sum.try_add(series.entropy_beyond()?)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::Geometric;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<DiscreteWeibull> {
        Family::of("DiscreteWeibull", |p| DiscreteWeibull::new(p.get("q"), p.get("concentration")))
            .without_golden_cases("those of tests/golden/far are in the middle too")
            .at(parameters! { q: 0.7, concentration: 1.3 })
            .at(parameters! { q: 0.85, concentration: 1.8 })
            .at(parameters! { q: 0.4, concentration: 0.6 })
            .rejects(parameters! { q: 0.0, concentration: 1.0 }, "DiscreteWeibull: `q` must be positive, got 0")
            .rejects(parameters! { q: 1.0, concentration: 1.0 }, "DiscreteWeibull: `q` must be less than 1, got 1")
            .rejects(
                parameters! { q: 0.5, concentration: -1.0 },
                "DiscreteWeibull: `concentration` must be positive, got -1",
            )
            .draws([0.0, 1.0, 4.0])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy);

    /// Sums by mpmath with 40 digits: q, concentration, mean, variance, entropy.
    #[test]
    fn moments_and_entropies_of_all_tails() {
        let cases = [
            (0.7, 1.3, 1.557_232_676_068_845_5, 2.520_420_180_911_998_4, 1.675_639_469_863_050_6),
            (0.4, 0.6, 1.378_701_153_927_863_7, 8.983_129_525_443_44, 1.486_352_507_014_460_5),
            (0.999, 2.5, 13.559_361_991_738_745, 36.277_089_020_966_15, 3.194_496_012_719_603_6),
            (0.999_999_999_068_677_4, 5.0, 58.262_799_508_115_66, 181.249_323_118_002_8, 4.011_460_011_560_854),
            (0.5, 0.1, 141_745_219.751_842_02, 3.712_043_401_065_658_3e21, 5.936_365_457_682_311),
            (0.3, 20.0, 0.3, 0.21, 0.610_864_302_054_893_5),
            (1e-9, 3.0, 1e-9, 9.999_999_990_000_001e-10, 2.172_326_583_644_641_2e-8),
            (0.999, 0.5, 1_997_999.666_874_603_4, 19_960_023_329_169.023, 14.930_752_021_489_099),
            (1.0 - 1e-13, 5.0, 365.006_832_435_986_9, 7_009.190_736_171_563, 5.838_999_946_743_097),
            (0.999_999_97, 3.0, 286.887_411_466_121_2, 10_909.875_341_723_694, 6.060_225_275_882_613),
            (0.999_99, 1.0, 99_999.000_000_455_1, 9_999_900_000.091_02, 12.512_920_464_958_112),
        ];
        for (q, concentration, mean, variance, entropy) in cases {
            let weibull = DiscreteWeibull::new(q, concentration).unwrap();
            let got = [weibull.mean(), weibull.variance(), weibull.entropy()].map(|each| each.item());
            for (got, want) in got.into_iter().zip([mean, variance, entropy]) {
                assert!((got / want - 1.0).abs() < 1e-10, "{q}, {concentration}: {got}, {want}");
            }
        }
    }

    #[test]
    fn modes_are_those_of_all_counts() {
        for (q, concentration) in [(0.7, 1.3), (0.99, 3.5), (0.9999, 2.0), (0.4, 0.6), (1e-9, 5.0)] {
            let weibull = DiscreteWeibull::new(q, concentration).unwrap();
            let masses = weibull.log_prob(&Tensor::arange(1000)).unwrap().to_vec();
            let largest = (1..1000).fold(0, |best, count| if masses[count] > masses[best] { count } else { best });
            assert_eq!(weibull.mode().unwrap().item(), largest as f64, "{q}, {concentration}");
        }
    }

    #[test]
    fn without_ageing_it_is_geometric() {
        let (weibull, geometric) = (DiscreteWeibull::new(0.8, 1.0).unwrap(), Geometric::new(0.2).unwrap());
        for k in [0.0, 1.0, 7.0, 300.0] {
            let k = Tensor::from(k);
            let difference = weibull.log_prob(&k).unwrap() - geometric.log_prob(&k).unwrap();
            assert!(difference.abs().item() < 1e-13, "{k}: {difference}");
        }
    }
}
