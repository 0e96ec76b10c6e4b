//! Zipf (zeta) distribution.

use rand_distr::Distribution as _;

use crate::distribution::density::{scalar, vector};
use crate::distribution::sampling::elementwise;
use crate::distribution::{Cdf, Distribution, Entropy, Mode, Moments};
use crate::random::Rng;
use crate::special;
use crate::tensor::cumulative::Function;
use crate::tensor::or_panic;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// Terms of a zeta function that are summed one by one; the others by the Euler–Maclaurin formula.
const TERMS: usize = 16;

/// `B₂ⱼ / (2j)!` for j = 1, 2, …
const BERNOULLI_OVER_FACTORIAL: [f64; 10] = [
    1.0 / 12.0,
    -1.0 / 720.0,
    1.0 / 30_240.0,
    -1.0 / 1_209_600.0,
    1.0 / 47_900_160.0,
    -5.284_190_138_687_493e-10,
    1.338_253_653_068_467_9e-11,
    -3.389_680_296_322_583e-13,
    8.586_062_056_277_845e-15,
    -2.174_868_698_558_062e-16,
];

/// Zipf distribution of ranks, also called zeta distribution: frequencies are a power of the rank.
///
#[doc = include_str!("../../../doc/distribution/Zipf.svg")]
///
/// ```text
/// log p(k) = −power · ln k − ln ζ(power),   k ∈ {1, 2, 3, …}
/// ```
///
/// # Parameters
/// | parameter | domain         | shape | meaning                         |
/// |-----------|----------------|-------|---------------------------------|
/// | `power`   | greater than 1 | batch | how fast frequencies fall       |
///
/// # Shapes
/// batch = shape of `power`, event = `[]`.
///
/// # Support
/// The integers from 1 on: [`Constraint::IntegerInterval`](crate::Constraint::IntegerInterval).
///
/// # Moments
/// ```text
/// mean     = ζ(power − 1) / ζ(power)
/// variance = ζ(power − 2) / ζ(power) − mean²
/// mode     = 1
/// entropy  = ln ζ(power) − power · ζ′(power) / ζ(power)
/// ```
/// The mean is ∞ up to a power of 2, the variance up to 3; both are computed from ζ − 1, as moments of the rank less 1.
/// The median is a quantile, by search.
///
/// # Numerics
/// ζ, ζ′ and partial sums of ζ are evaluated by the Euler–Maclaurin formula, made of tensor operations: they are differentiated
/// by the power, and keep their digits where the power is near 1 and where ζ is.
///
/// # Draws
/// Devroye's rejection sampler. Ranks beyond the largest number are drawn as the largest number.
///
/// # Reference
/// Devroye, "Non-Uniform Random Variate Generation" (1986), section X.6; DLMF 25.11.28.
///
/// # Example
/// ```
/// use ppl::distribution::{Cdf, Distribution, Zipf};
/// use std::f64::consts::PI;
///
/// let rank = Zipf::new(2.0)?;
/// // 6 / π² · 1/9
/// assert!((rank.prob(&3.0.into())?.item() - 6.0 / (9.0 * PI * PI)).abs() < 1e-15);
/// assert_eq!(rank.icdf(&0.5.into())?, 1.0);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Zipf {
    power: Tensor,
}

impl Zipf {
    /// A Zipf distribution of this power.
    ///
    /// # Errors
    /// `power` not above 1, or infinite.
    pub fn new(power: impl IntoTensor) -> Result<Self> {
        let zipf = Self { power: power.into_tensor() };
        check::constants("Zipf", &[zipf.parameter()])?;
        Ok(zipf)
    }

    fn parameter(&self) -> check::Parameter<'_> {
        ("power", &self.power, Constraint::GreaterThan(Tensor::scalar(1.0)))
    }

    /// The power.
    #[must_use]
    pub fn power(&self) -> &Tensor {
        &self.power
    }

    fn checked(&self) -> Tensor {
        check::or_nan(&self.power, &self.parameter().2)
    }

    /// A tail at counts that start at 0, as ranks do at 1.
    fn tail(power: &Tensor, function: Function, count: &Tensor) -> Result<Tensor> {
        let next = &(count + 2.0);
        let log_zeta = zeta_less_one(power)?.log1p();
        let log_upper = log_hurwitz_zeta(power, next)?.try_sub(&log_zeta)?;
        let log_lower = partial_sum(power, next)?.ln().try_sub(log_zeta)?;
        // From the smaller of both: each branch is fed a harmless argument where the other one is chosen.
        let is_high = log_upper.detach().less(-std::f64::consts::LN_2);
        let log_upper = Tensor::select(&is_high, log_upper, -1.0);
        let log_lower = Tensor::select(&is_high, -1.0, log_lower);
        let tail = match function {
            Function::Lower => Tensor::select(is_high, -log_upper.expm1(), log_lower.exp()),
            Function::LogLower => Tensor::select(is_high, log_upper.log1mexp(), log_lower),
            Function::Upper => Tensor::select(is_high, log_upper.exp(), -log_lower.expm1()),
            _ => Tensor::select(is_high, log_upper, log_lower.log1mexp()),
        };
        Ok(Tensor::select(count.equal(count), tail, f64::NAN))
    }
}

/// Σ_{k ≥ 2} k⁻ˢ.
fn zeta_less_one(s: &Tensor) -> Result<Tensor> {
    let logs = (Tensor::arange(TERMS - 2) + 2.0).ln();
    let terms = (-vector::over_events(s, 1)?).try_mul(logs)?.exp().try_sum_axis(-1)?;
    let start = Tensor::scalar(TERMS as f64);
    let rest = (s - 1.0).recip().try_mul(&start)?.try_add(corrections(s, &start)?)?;
    terms.try_add((s * -(TERMS as f64).ln()).exp().try_mul(rest)?)
}

/// Σ_{k ≥ 2} k⁻ˢ ln k = −ζ′(s).
fn minus_zeta_derivative(s: &Tensor) -> Result<Tensor> {
    let logs = &(Tensor::arange(TERMS - 2) + 2.0).ln();
    let terms = (-vector::over_events(s, 1)?).try_mul(logs)?.exp().try_mul(logs)?.try_sum_axis(-1)?;
    let start = TERMS as f64;
    let integral = (s - 1.0).recip();
    let [value, slope] = corrections_and_slope(s, &Tensor::scalar(start))?;
    let rest = (&integral * start).try_add(value)? * start.ln();
    let rest = rest.try_add(integral.square() * start)?.try_sub(slope)?;
    terms.try_add((s * -start.ln()).exp().try_mul(rest)?)
}

/// ln Σ_{j ≥ 0} (q + j)⁻ˢ.
fn log_hurwitz_zeta(s: &Tensor, q: &Tensor) -> Result<Tensor> {
    let relative = Tensor::arange(TERMS).try_div(vector::over_events(q, 1)?)?.log1p();
    let terms = (-vector::over_events(s, 1)?).try_mul(relative)?.exp().try_sum_axis(-1)?;
    let start = q + TERMS as f64;
    let rest = (s - 1.0).recip().try_mul(&start)?.try_add(corrections(s, &start)?)?;
    let scale = (-s).try_mul((q.recip() * TERMS as f64).log1p())?.exp();
    terms.try_add(scale.try_mul(rest)?)?.ln().try_sub(s.try_mul(q.ln())?)
}

/// Σ_{1 ≤ k < q} k⁻ˢ, in which nothing cancels where s is near 1.
fn partial_sum(s: &Tensor, q: &Tensor) -> Result<Tensor> {
    let ranks = Tensor::arange(TERMS - 1) + 1.0;
    let is_summed = ranks.try_less(vector::over_events(q, 1)?)?;
    let powers = (-vector::over_events(s, 1)?).try_mul(ranks.ln())?.exp();
    let terms = Tensor::try_select(is_summed, powers, 0.0)?.try_sum_axis(-1)?;
    let start = TERMS as f64;
    let has_rest = q.greater(start);
    let end = &Tensor::select(&has_rest, q, start);
    let excess = s - 1.0;
    // ∫ x⁻ˢ dx from the start to the end.
    let ratio = (-&excess).try_mul((end / start).ln())?;
    let integral = (-ratio.expm1()).try_mul((&excess * -start.ln()).exp())?.try_div(excess)?;
    let at = |end: &Tensor| (-s).try_mul(end.ln())?.exp().try_mul(corrections(s, end)?);
    let rest = integral.try_add(at(&Tensor::scalar(start))?)?.try_sub(at(end)?)?;
    terms.try_add(Tensor::try_select(has_rest, rest, 0.0)?)
}

/// ½ + Σⱼ B₂ⱼ / (2j)! · s (s + 1) … (s + 2j − 2) a¹⁻²ʲ.
fn corrections(s: &Tensor, a: &Tensor) -> Result<Tensor> {
    let factor = |index: usize| factor(s, index, a);
    let mut product = factor(0)?;
    let mut sum = &product * BERNOULLI_OVER_FACTORIAL[0] + 0.5;
    for (j, &coefficient) in BERNOULLI_OVER_FACTORIAL.iter().enumerate().skip(1) {
        product = product.try_mul(factor(2 * j - 1)?)?.try_mul(factor(2 * j)?)?;
        sum = sum.try_add(&product * coefficient)?;
    }
    Ok(sum)
}

/// (s + index) / a. Where this is cut, the power of a by which it is multiplied underflows.
fn factor(s: &Tensor, index: usize, a: &Tensor) -> Result<Tensor> {
    Ok((s + index as f64).try_div(a)?.minimum(100.0))
}

/// [`corrections`] and their derivative by s.
fn corrections_and_slope(s: &Tensor, a: &Tensor) -> Result<[Tensor; 2]> {
    let reciprocal = &a.recip();
    let mut product = factor(s, 0, a)?;
    let mut slope = reciprocal.clone();
    let [mut sum, mut sum_of_slopes] = [&product, &slope].map(|each| each * BERNOULLI_OVER_FACTORIAL[0]);
    for (j, &coefficient) in BERNOULLI_OVER_FACTORIAL.iter().enumerate().skip(1) {
        for index in [2 * j - 1, 2 * j] {
            let factor = factor(s, index, a)?;
            slope = slope.try_mul(&factor)?.try_add(product.try_mul(reciprocal)?)?;
            product = product.try_mul(factor)?;
        }
        sum = sum.try_add(&product * coefficient)?;
        sum_of_slopes = sum_of_slopes.try_add(&slope * coefficient)?;
    }
    Ok([sum + 0.5, sum_of_slopes])
}

/// P(K ≤ k).
fn cdf(rank: f64, power: f64) -> f64 {
    1.0 - special::hurwitz_zeta(power, rank + 1.0) / special::zeta(power)
}

impl Distribution for Zipf {
    fn name(&self) -> &'static str {
        "Zipf"
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        vec![check::value(&self.parameter())]
    }

    fn batch_shape(&self) -> Shape {
        self.power.shape()
    }

    fn support(&self) -> Constraint {
        Constraint::IntegerInterval { lower: Tensor::scalar(1.0), upper: f64::INFINITY.into() }
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all("Zipf", &[self.parameter()])?;
        elementwise::draw(rng, sample_shape.concat(&self.batch_shape()), [&self.power], |rng, [power]| {
            rand_distr::Zeta::new(power).map_or(f64::NAN, |zeta| zeta.sample(rng).min(f64::MAX))
        })
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, 1.0, |rank| {
            let power = self.checked();
            (-&power).try_mul(rank.ln())?.try_sub(zeta_less_one(&power)?.log1p())
        })
    }
}

impl Zipf {
    fn cumulative(&self, function: Function, value: &Tensor) -> Result<Tensor> {
        scalar::counted(self, &(value - 1.0), function, |count| Self::tail(&self.checked(), function, count))
    }
}

impl Cdf for Zipf {
    tails_by_cumulative!();

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::step_function(self, "quantiles", [probability, &self.power], |[p, power]| {
            scalar::quantile(p, |p| 1.0 + scalar::count_quantile(p, f64::INFINITY, |count| cdf(count + 1.0, power)))
        })
    }
}

impl Mode for Zipf {
    fn mode(&self) -> Result<Tensor> {
        Ok(Tensor::ones(self.batch_shape()))
    }
}

impl Zipf {
    /// ζ(s) − 1 at the power, at the power less 1, and so on, where the last exists; `exists` is 1 there.
    fn moments<const N: usize>(&self, exists: &Tensor) -> [Tensor; N] {
        let power = Tensor::select(exists, &self.power, 5.0);
        std::array::from_fn(|order| or_panic(zeta_less_one(&(&power - order as f64))))
    }
}

impl Moments for Zipf {
    fn mean(&self) -> Tensor {
        let exists = self.power.greater(2.0);
        let [zero, one] = self.moments(&exists);
        Tensor::select(exists, 1.0 + (one - &zero) / (1.0 + zero), f64::INFINITY)
    }

    /// That of the rank less 1: where the power is large, nearly all ranks are 1.
    fn variance(&self) -> Tensor {
        let exists = self.power.greater(3.0);
        let [zero, one, two] = self.moments(&exists);
        let total = &zero + 1.0;
        let (first, second) = ((&one - &zero) / &total, (two - one * 2.0 + zero) / total);
        Tensor::select(exists, second - first.square(), f64::INFINITY)
    }
}

impl Entropy for Zipf {
    fn entropy(&self) -> Tensor {
        let power = self.checked();
        let zeta_less_one = or_panic(zeta_less_one(&power));
        let mean_log = or_panic(minus_zeta_derivative(&power)) / (1.0 + &zeta_less_one);
        zeta_less_one.log1p() + power * mean_log
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<Zipf> {
        Family::new("Zipf", |p| Zipf::new(p.get("power")))
            // Tails that are light enough to be summed.
            .at(parameters! { power: 6.0 })
            .at(parameters! { power: 7.5 })
            .rejects(parameters! { power: 1.0 }, "Zipf: `power` must be greater than 1, got 1")
            .draws([1.0, 1.0, 1.0])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy);

    /// Against ζ and its derivative by mpmath with 40 digits.
    #[test]
    fn entropies_of_all_powers() {
        for (power, want) in [
            (1.000_976_562_5, 1_031.354_439_331_432_5),
            (1.5, 3.218_112_936_413_187),
            (6.0, 0.092_992_801_797_724_66),
            (40.0, 2.612_604_592_932_361e-11),
            (1e300, 0.0),
        ] {
            let got = Zipf::new(power).unwrap().entropy().item();
            assert!((got - want).abs() <= 1e-14 * want, "{power}: {got} {want}");
        }
    }

    #[test]
    fn tails_are_sums() {
        for power in [1.0 + 1e-9, 1.5, 3.0] {
            let zipf = Zipf::new(power).unwrap();
            let zeta = zeta_less_one(&power.into()).unwrap().item() + 1.0;
            let (mut sum, mut rank) = (0.0, 0.0_f64);
            while rank < 60.0 {
                rank += 1.0;
                sum += rank.powf(-power);
                let [lower, log_lower, upper] =
                    [zipf.cdf(&rank.into()), zipf.log_cdf(&rank.into()), zipf.survival(&rank.into())]
                        .map(|tail| tail.unwrap().item());
                let want = sum / zeta;
                assert!((lower - want).abs() < 1e-14 * want, "{power}, {rank}: {lower} {want}");
                assert!((log_lower - want.ln()).abs() < 1e-14 * (1.0 - want.ln()), "{power}, {rank}: {log_lower}");
                assert!((upper - (1.0 - want)).abs() < 1e-15, "{power}, {rank}: {upper}");
            }
        }
    }
}
