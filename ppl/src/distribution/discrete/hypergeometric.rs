//! Hypergeometric distribution.

use rand::RngExt as _;
use rand_distr::{Distribution as _, Exp1};

use crate::distribution::density::{quantile, saddle_point, scalar, trials, vector};
use crate::distribution::sampling::elementwise;
use crate::distribution::{Cdf, Distribution, Entropy, EnumerateSupport, Mode, Moments};
use crate::random::Rng;
use crate::special::{self, HALF_LN_2PI};
use crate::tensor::cumulative::Function;
use crate::tensor::or_panic;
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor, check};

const NAME: &str = "Hypergeometric";

/// 2⁵², up to which successes and failures may be drawn from: their sum is then an integer without rounding.
const LARGEST_COUNT: f64 = 4_503_599_627_370_496.0;

/// Up to so many masses are summed at once.
const LARGEST_SUM: f64 = 16_777_216.0;

/// Half the digits of an integer.
const HALF: f64 = 67_108_864.0;

/// Hypergeometric distribution: the number of successes in draws without replacement from a finite population.
///
#[doc = include_str!("../../../doc/distribution/Hypergeometric.svg")]
///
/// ```text
/// log p(k) = ln C(successes, k) + ln C(failures, total_count − k) − ln C(successes + failures, total_count),
/// k ∈ {max(0, total_count − failures), …, min(total_count, successes)}
/// ```
///
/// # Parameters
/// | parameter     | domain                                       | meaning                     | shape |
/// |---------------|----------------------------------------------|-----------------------------|-------|
/// | `total_count` | integer from 0 to `successes` + `failures`   | number of draws n           | batch |
/// | `successes`   | non-negative integer                         | successes in the population | batch |
/// | `failures`    | non-negative integer                         | failures in the population  | batch |
///
/// [`from_population`](Self::from_population) takes the size of the population in the place of the failures.
///
/// # Shapes
/// batch = broadcast(total_count, successes, failures), event = `[]`.
///
/// # Support
/// The integers from max(0, `total_count − failures`) to min(`total_count`, `successes`):
/// [`Constraint::IntegerInterval`](crate::Constraint::IntegerInterval).
///
/// # Moments
/// With the size N = successes + failures of the population and p = successes / N:
/// ```text
/// mean     = n p
/// variance = n p (1 − p) (N − n) / (N − 1)
/// mode     = ⌈(n + 1) (successes + 1) / (N + 2)⌉ − 1, at least the smallest count
/// ```
/// The entropy is the sum of −p(k) ln p(k). The median is a quantile, by search.
///
/// # Numerics
/// The mass is a ratio of three binomial masses whose probability is n / N (Loader 2000). Four deviances of counts from
/// their means are left, which share the difference k − n p; that difference is made of products in two parts, so that
/// populations up to 2⁵⁰ leave all digits. The smaller of both tails is a sum of masses, outwards from the value over
/// nine standard deviations, and keeps its relative precision; there is none of more than 2²⁴ masses. The entropy is a
/// sum over 151 counts around the mean, a third of a standard deviation or 1 apart, and from a variance of 10⁷ on two
/// terms of its expansion: its absolute error is below 1e-13, and the work is the same for all parameters. Counts have
/// no derivatives: parameters are not differentiated.
///
/// # Draws
/// Devroye's rejection sampler of log-concave masses, whose time does not depend on the population. There are no draws from
/// more than 2⁵² successes or failures.
///
/// # Reference
/// Stan Functions Reference, "Hypergeometric distribution"; Loader, "Fast and accurate computation of binomial
/// probabilities" (2000); Devroye, "A simple generator for discrete log-concave distributions", Computing 39 (1987).
///
/// # Example
/// ```
/// use ppl::distribution::{Cdf, Distribution, Hypergeometric, Moments};
///
/// // Two cards of a pack of 52, of which four are aces.
/// let aces = Hypergeometric::new(2.0, 4.0, 48.0)?;
/// assert!((aces.prob(&2.0.into())?.item() - 4.0 * 3.0 / (52.0 * 51.0)).abs() < 1e-16);
/// assert!((aces.mean().item() - 2.0 / 13.0).abs() < 1e-16);
/// assert!((aces.cdf(&0.0.into())?.item() - 48.0 * 47.0 / (52.0 * 51.0)).abs() < 1e-15);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Hypergeometric {
    total_count: Tensor,
    successes: Tensor,
    failures: Tensor,
    batch_shape: Shape,
}

impl Hypergeometric {
    /// A hypergeometric distribution of this number of draws from a population of successes and failures.
    ///
    /// # Errors
    /// `successes` or `failures` not a non-negative integer; `total_count` not an integer from 0 to their sum; shapes that do not
    /// broadcast.
    pub fn new(total_count: impl IntoTensor, successes: impl IntoTensor, failures: impl IntoTensor) -> Result<Self> {
        let [total_count, successes, failures] =
            [total_count.into_tensor(), successes.into_tensor(), failures.into_tensor()];
        let batch_shape = check::broadcast_all(NAME, &[&total_count, &successes, &failures])?;
        let hypergeometric = Self { total_count, successes, failures, batch_shape };
        check::constants(NAME, &hypergeometric.parameters())?;
        Ok(hypergeometric)
    }

    /// A hypergeometric distribution of draws from a population of this size, with these successes in it.
    ///
    /// # Errors
    /// Those of [`new`](Self::new); more successes than the population.
    pub fn from_population(
        population: impl IntoTensor,
        successes: impl IntoTensor,
        total_count: impl IntoTensor,
    ) -> Result<Self> {
        let (population, successes) = (population.into_tensor(), successes.into_tensor());
        let upper = population.clone();
        check::constants(
            NAME,
            &[
                ("population", &population, Constraint::NonNegativeInteger),
                ("successes", &successes, Constraint::IntegerInterval { lower: Tensor::scalar(0.0), upper }),
            ],
        )?;
        let failures = population.try_sub(&successes)?;
        Self::new(total_count, successes, failures)
    }

    fn parameters(&self) -> [check::Parameter<'_>; 3] {
        let upper = &self.successes + &self.failures;
        [
            ("successes", &self.successes, Constraint::NonNegativeInteger),
            ("failures", &self.failures, Constraint::NonNegativeInteger),
            ("total_count", &self.total_count, Constraint::IntegerInterval { lower: Tensor::scalar(0.0), upper }),
        ]
    }

    /// The number of draws.
    #[must_use]
    pub fn total_count(&self) -> &Tensor {
        &self.total_count
    }

    /// The number of successes in the population.
    #[must_use]
    pub fn successes(&self) -> &Tensor {
        &self.successes
    }

    /// The number of failures in the population.
    #[must_use]
    pub fn failures(&self) -> &Tensor {
        &self.failures
    }

    /// The smallest and the largest count.
    fn bounds(&self) -> (Tensor, Tensor) {
        ((&self.total_count - &self.failures).maximum(0.0), self.total_count.minimum(&self.successes))
    }

    /// The size of the population, at least 1.
    fn population(&self) -> Tensor {
        (&self.successes + &self.failures).maximum(1.0)
    }

    /// ln P(K ≤ k) of counts whose lower tail is asked for, ln P(K > k) of others: sums of masses outwards.
    fn log_tail(&self, count: &Tensor, is_lower: &Tensor) -> Result<Tensor> {
        let (low, high) = self.bounds();
        // The count is a sum of independent indicators: by Bernstein's inequality the tail beyond so many terms from
        // the mean on is e⁻⁴⁰, and of a log-concave mass it is less from elsewhere on.
        let terms = (self.stddev().max().item() * 9.0 + 28.0).ceil().min((high - low).max().item() + 1.0);
        let size = terms * count.shape().size() as f64;
        if size > LARGEST_SUM {
            return Err(Error::Unsupported {
                what: format!("the distribution function of {NAME} by {size} masses"),
                hint: format!("it is a sum over nine standard deviations, of {LARGEST_SUM} masses at most"),
            });
        }
        let first = Tensor::select(is_lower, count, count + 1.0);
        let step = Tensor::select(is_lower, -1.0, 1.0);
        let [first, step, n, a, b] = [&first, &step, &self.total_count, &self.successes, &self.failures]
            .map(|each| vector::over_events(&each.detach(), 1));
        let counts = step?.try_mul(Tensor::arange(terms as usize))?.try_add(first?)?;
        Self::new(n?, a?, b?)?.log_prob(&counts)?.try_logsumexp_axis(-1)
    }

    fn cumulative(&self, function: Function, value: &Tensor) -> Result<Tensor> {
        let shape = scalar::check_shape(self, value)?;
        let value = &value.detach();
        let (low, high) = self.bounds();
        let (is_below, is_beyond) = (value.try_less(&low)?, value.try_greater_equal(&high)?);
        let count = Tensor::try_select(is_below.try_add(&is_beyond)?, &low, value)?.floor();
        let is_lower = count.try_less(self.mean())?;
        let log_tail = self.log_tail(&count, &is_lower)?;
        let (is_same, is_log) = match function {
            Function::Lower => (is_lower, false),
            Function::LogLower => (is_lower, true),
            Function::Upper => (1.0 - is_lower, false),
            _ => (1.0 - is_lower, true),
        };
        let inside = if is_log {
            Tensor::select(is_same, &log_tail, log_tail.log1mexp())
        } else {
            Tensor::select(is_same, log_tail.exp(), -log_tail.expm1())
        };
        let (below, beyond) = function.beyond();
        let tail = Tensor::try_select(is_below, below, Tensor::try_select(is_beyond, beyond, inside)?)?;
        Tensor::try_select(value.equal(value), tail, f64::NAN)?.try_broadcast_to(shape)
    }
}

/// x y − z w of integers, whose products have more digits than a number.
fn difference_of_products([x, y]: [&Tensor; 2], [z, w]: [&Tensor; 2]) -> Result<Tensor> {
    let halves = |integer: &Tensor| {
        let high = (integer * HALF.recip()).floor();
        let low = integer - &high * HALF;
        (high, low)
    };
    let [(x, x_low), (y, y_low), (z, z_low), (w, w_low)] = [x, y, z, w].map(halves);
    let high = x.try_mul(&y)?.try_sub(z.try_mul(&w)?)?;
    // Pairs that may cancel.
    let middle = x.try_mul(&y_low)?.try_sub(z.try_mul(&w_low)?)?;
    let middle = middle.try_add(x_low.try_mul(&y)?.try_sub(z_low.try_mul(&w)?)?)?;
    let low = x_low.try_mul(&y_low)?.try_sub(z_low.try_mul(&w_low)?)?;
    (high * (HALF * HALF)).try_add(middle * HALF)?.try_add(low)
}

impl Distribution for Hypergeometric {
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
        let (lower, upper) = self.bounds();
        Constraint::IntegerInterval { lower, upper }
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all(NAME, &self.parameters())?;
        let expected = format!("a count of at most {LARGEST_COUNT} to draw from");
        for (name, count) in [("successes", &self.successes), ("failures", &self.failures)] {
            check::at_most(NAME, name, count, LARGEST_COUNT, &expected)?;
        }
        let parameters =
            [&self.total_count, &self.successes, &self.failures].map(|each| each.broadcast_to(self.batch_shape));
        let shape = sample_shape.concat(&self.batch_shape);
        elementwise::draw_by_rows(rng, shape, &Tensor::try_stack(&parameters, -1)?, draw_hypergeometric)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, self.bounds().0, |drawn| {
            let [(_, a, domain_a), (_, b, domain_b), (_, n, domain_n)] = self.parameters();
            let [a, b, n] =
                [(a, domain_a), (b, domain_b), (n, domain_n)].map(|(value, domain)| check::or_nan(value, &domain));
            let (drawn, n, a, b) = (&drawn.detach(), &n.detach(), &a.detach(), &b.detach());
            let population = &(a + b);
            let size = &population.maximum(1.0);
            let rest = &(population - n);
            let missed = n.try_sub(drawn)?;
            let cells = [drawn.clone(), a.try_sub(drawn)?, missed.clone(), b.try_sub(missed)?];
            let margins = [[a, n], [a, rest], [b, n], [b, rest]];
            // How far each cell is above its mean, up to the sign.
            let excess = difference_of_products([drawn, population], [a, n])?.try_div(size)?;
            let mut log_mass = Tensor::scalar(0.0);
            for ((cell, [row, column]), sign) in cells.iter().zip(margins).zip([1.0, -1.0, -1.0, 1.0]) {
                let mean = &row.try_mul(column.try_div(size)?)?;
                let log_ratio = |cell: &Tensor| {
                    let relative = excess.try_div(cell)? * sign;
                    let is_near = relative.abs().less(0.5);
                    let near = (-Tensor::select(&is_near, relative, 0.0)).log1p();
                    Tensor::try_select(is_near, near, mean.try_div(cell)?.ln())
                };
                log_mass = log_mass.try_sub(saddle_point::deviance(cell, || Ok(mean.clone()), log_ratio)?)?;
            }
            // Stirling's formula of all factorials: those of the cells and of the population are divided by.
            let mut ratio = Tensor::scalar(1.0);
            for (cell, margin) in cells.iter().zip([a, n, b, rest]) {
                ratio = ratio.try_mul(cell.maximum(1.0).try_div(margin.maximum(1.0))?)?;
            }
            let mut halves_of_ln_2pi = population.greater(0.0);
            let mut corrections = positive_correction(population);
            for (cell, margin) in cells.iter().zip([a, n, b, rest]) {
                halves_of_ln_2pi = halves_of_ln_2pi.try_add(cell.greater(0.0))?.try_sub(margin.greater(0.0))?;
                corrections = corrections.try_add(positive_correction(cell).try_sub(positive_correction(margin))?)?;
            }
            let log_ratio = ratio.try_mul(size)?.ln();
            log_mass.try_sub(corrections)?.try_sub(log_ratio * 0.5 + halves_of_ln_2pi * HALF_LN_2PI)
        })
    }
}

/// The Stirling correction of a positive count, and 0 at 0.
fn positive_correction(count: &Tensor) -> Tensor {
    Tensor::select(count.greater(0.0), count.maximum(1.0).stirling_correction(), 0.0)
}

fn mode([n, a, b]: [f64; 3]) -> f64 {
    // The mass grows up to there.
    (((n + 1.0) * ((a + 1.0) / (a + b + 2.0))).ceil() - 1.0).clamp((n - b).max(0.0), n.min(a))
}

fn variance([n, a, b]: [f64; 3]) -> f64 {
    let population = (a + b).max(1.0);
    n * (a / population) * (b / population) * ((a + b - n) / (population - 1.0).max(1.0))
}

/// The number of successes among `n` draws without replacement: by rejection from an envelope of any log-concave mass,
/// which is flat around the mode and exponential beyond.
fn draw_hypergeometric(rng: &mut Rng, parameters: &[f64]) -> f64 {
    let &[n, a, b] = parameters else { unreachable!("there are three parameters") };
    // A program draws by any parameters, and says afterwards that they were none.
    if !(n >= 0.0 && a >= 0.0 && b >= 0.0 && n <= a + b && a + b <= 2.0 * LARGEST_COUNT) {
        return f64::NAN;
    }
    let (low, high, mode) = ((n - b).max(0.0), n.min(a), mode([n, a, b]));
    // No mass function of this variance has a smaller one at its mode.
    let peak = (1.0 + 12.0 * variance([n, a, b])).sqrt().recip();
    let width = 1.0 + 0.5 * peak;
    loop {
        let uniform = rng.random::<f64>() * (1.0 + width);
        let distance = if uniform <= width {
            uniform / peak
        } else {
            let exponential: f64 = Exp1.sample(rng);
            (width + exponential) / peak
        };
        let log_envelope = (width - peak * distance).min(0.0);
        let step = if rng.random::<bool>() { distance.round() } else { -distance.round() };
        let count = mode + step;
        let log_height = rng.random::<f64>().ln() + log_envelope;
        if (low..=high).contains(&count) && log_height <= log_ratio(step, mode, [n, a, b]) {
            return count;
        }
    }
}

/// The logarithm of the mass at `mode + step` in units of that at the mode.
fn log_ratio(step: f64, mode: f64, [n, a, b]: [f64; 3]) -> f64 {
    // ln((count + step)! / count!)
    let rising = |count: f64, step: f64| special::lgamma(step) - special::lbeta(count + 1.0, step);
    let change = |count: f64, step: f64| match step {
        0.0 => 0.0,
        step if step > 0.0 => rising(count, step),
        step => -rising(count + step, -step),
    };
    -(change(mode, step) + change(a - mode, -step) + change(n - mode, -step) + change(b - n + mode, step))
}

impl Cdf for Hypergeometric {
    tails_by_cumulative!();

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        let parameters = [probability, &self.total_count, &self.successes, &self.failures];
        scalar::refuse_derivative(self, "quantiles", &parameters)?;
        let (low, high) = self.bounds();
        quantile::of_counts_between(self, probability, &low, &high)
    }
}

impl Mode for Hypergeometric {
    fn mode(&self) -> Result<Tensor> {
        scalar::step_function(self, "modes", [&self.total_count, &self.successes, &self.failures], mode)
    }
}

impl Moments for Hypergeometric {
    fn mean(&self) -> Tensor {
        &self.total_count * (&self.successes / self.population())
    }

    fn variance(&self) -> Tensor {
        let population = self.population();
        let rest = &self.successes + &self.failures - &self.total_count;
        let spread = (&self.successes / &population) * (&self.failures / &population);
        &self.total_count * spread * (rest / (population - 1.0).maximum(1.0))
    }
}

impl Entropy for Hypergeometric {
    fn entropy(&self) -> Tensor {
        let [mean, variance] = [self.mean(), self.variance()].map(|moment| moment.detach());
        let population = self.population();
        // 1 − 2 share, of successes and of those that are drawn.
        let imbalance = |of: &Tensor| (1.0 - of.detach() / &population * 2.0).square();
        let asymmetry = imbalance(&self.successes) * imbalance(&self.total_count);
        or_panic(trials::entropy([&mean, &variance], &asymmetry.detach(), |counts| {
            let [n, a, b] =
                [&self.total_count, &self.successes, &self.failures].map(|each| vector::over_events(&each.detach(), 1));
            Self::new(n?, a?, b?)?.log_prob(counts)
        }))
    }
}

impl EnumerateSupport for Hypergeometric {
    fn enumerate_support(&self) -> Result<Tensor> {
        let (low, high) = self.bounds();
        let ([least_low, low], [least_high, high]) =
            [low, high].map(|bound| [bound.min().item(), bound.max().item()]).into();
        if least_low != low || least_high != high {
            return Err(Error::Unsupported {
                what: format!("enumerating {NAME} with counts from {least_low} or {low} to {least_high} or {high}"),
                hint: "give all members of the batch the same bounds".to_owned(),
            });
        }
        let size = (high - low) as usize + 1;
        (Tensor::arange(size) + low).try_reshape(scalar::along_new_axis(size, &self.batch_shape))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};
    use crate::random::Key;

    fn family() -> Family<Hypergeometric> {
        Family::of("Hypergeometric", |p| {
            Hypergeometric::new(p.get("total_count"), p.get("successes"), p.get("failures"))
        })
        .without_golden_cases("those of tests/golden/far are in the middle too")
        .nan_at(
            "far",
            &["cdf", "log_cdf", "survival", "log_survival", "icdf"],
            "sums of more than 2²⁴ masses are refused",
        )
        .at(parameters! { total_count: 12.0, successes: 20.0, failures: 35.0 })
        .at(parameters! { total_count: 12.0, successes: 14.0, failures: 40.0 })
        .at(parameters! { total_count: 30.0, successes: 20.0, failures: 17.0 })
        .at(parameters! { total_count: 900.0, successes: 1000.0, failures: 3000.0 })
        .constant("total_count")
        .constant("successes")
        .constant("failures")
        .rejects(
            parameters! { total_count: 5.0, successes: 1.5, failures: 4.0 },
            "Hypergeometric: `successes` must be a non-negative integer, got 1.5",
        )
        .rejects(
            parameters! { total_count: 5.0, successes: 10.0, failures: -4.0 },
            "Hypergeometric: `failures` must be a non-negative integer, got -4",
        )
        .rejects(
            parameters! { total_count: 8.0, successes: 3.0, failures: 4.0 },
            "Hypergeometric: `total_count` must be an integer from 0 to 7, got 8",
        )
        .draws([6.0, 1.0, 9.0])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, enumerable);

    /// Against sums by mpmath with 40 digits.
    #[test]
    fn entropies_of_all_populations() {
        for (n, a, b, want) in [
            (12.0, 20.0, 35.0, 1.814_177_730_841_766_5),
            (3.0, 5.0, 0.0, 0.0),
            (30.0, 20.0, 17.0, 1.602_822_126_497_511),
            (900.0, 1000.0, 3000.0, 3.855_778_165_550_858),
            (5000.0, 5000.0, 5000.0, 4.637_864_359_739_707),
            (40.0, 100_000.0, 3.0, 0.009_270_552_313_716_16),
            (1e6, 1e6, 3e6, 7.345_864_647_137_888),
            (4e8, 1e9, 1e10, 10.057_302_722_139_008),
        ] {
            let got = Hypergeometric::new(n, a, b).unwrap().entropy().item();
            assert!((got - want).abs() < 1e-13 * want.abs() + 1e-15, "{n}, {a}, {b}: {got} {want}");
        }
    }

    #[test]
    fn a_population_is_successes_and_failures() {
        let cards = Hypergeometric::from_population(52.0, 4.0, 5.0).unwrap();
        assert_eq!((cards.failures().item(), cards.total_count().item()), (48.0, 5.0));
        let error = Hypergeometric::from_population(3.0, 4.0, 2.0).unwrap_err().to_string();
        assert_eq!(error, "Hypergeometric: `successes` must be an integer from 0 to 3, got 4");
    }

    #[test]
    fn a_population_without_choice_has_one_count() {
        for (n, a, b, only) in [(0.0, 0.0, 0.0, 0.0), (0.0, 5.0, 7.0, 0.0), (12.0, 5.0, 7.0, 5.0), (4.0, 0.0, 9.0, 0.0)]
        {
            let certain = Hypergeometric::new(n, a, b).unwrap();
            // Stirling corrections cancel up to rounding.
            assert!(certain.log_prob(&Tensor::from(only)).unwrap().item().abs() < 1e-16);
            assert_eq!((certain.mean().item(), certain.variance().item()), (only, 0.0));
            assert_eq!(certain.cdf(&Tensor::from([only - 1.0, only])).unwrap().to_vec(), [0.0, 1.0]);
            assert_eq!(certain.sample(&mut Key::new(1).rng("x", 0), &Shape::SCALAR).unwrap(), only);
        }
    }

    /// Standard scores of mean and variance of draws from a population of 10¹²: beyond 4.5 by chance once in 7e4.
    #[test]
    fn large_populations_are_drawn_from() {
        const DRAWS: usize = 20_000;
        let large = Hypergeometric::new(1e11, 3e11, 7e11).unwrap();
        let draws = large.sample(&mut Key::new(7).rng("x", 0), &Shape::from(DRAWS)).unwrap();
        let z = ((draws - large.mean()) / large.stddev()).to_vec();
        let mean = z.iter().sum::<f64>() / DRAWS as f64;
        let square = z.iter().map(|z| z * z).sum::<f64>() / DRAWS as f64;
        let root = (DRAWS as f64).sqrt();
        assert!((mean * root).abs() < 4.5 && ((square - 1.0) * root / 2_f64.sqrt()).abs() < 4.5, "{mean} {square}");
    }

    /// Normal tails at a population of 10¹⁰, with the continuity correction; the skewness is below 1e-4.
    #[test]
    fn tails_of_large_populations() {
        let large = Hypergeometric::new(1e8, 3e9, 7e9).unwrap();
        let (mean, deviation) = (large.mean().item(), large.stddev().item());
        for z in [-3.0, 0.5, 4.0] {
            let count = (mean + z * deviation).floor();
            let got = large.log_survival(&Tensor::from(count)).unwrap().item();
            let want = special::log_ndtr(-(count + 0.5 - mean) / deviation);
            assert!((got - want).abs() < 5e-3 * want.abs(), "{z}: {got} {want}");
        }
    }
}
