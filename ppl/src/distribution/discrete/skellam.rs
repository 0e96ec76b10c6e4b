//! Skellam distribution.

use std::sync::LazyLock;

use super::poisson::{PoissonSampler, check_drawable};
use crate::distribution::density::{saddle_point, scalar, trials, vector};
use crate::distribution::sampling::elementwise;
use crate::distribution::{Cdf, Distribution, Entropy, Mode, Moments};
use crate::random::Rng;
use crate::special::{HALF_LN_2PI, noncentral_gamma_probabilities};
use crate::tensor::cumulative::{Cumulative, Family as Standard, Function};
use crate::tensor::or_panic;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor};

declare! {
    /// Skellam distribution: the difference of two independent Poisson counts.
    ///
    #[doc = include_str!("../../../doc/distribution/Skellam.svg")]
    ///
    /// ```text
    /// log p(k) = −rate1 − rate2 + k/2 ln(rate1 / rate2) + ln I_|k|(2 √(rate1 rate2)),   k ∈ {…, −1, 0, 1, …}
    /// ```
    ///
    /// with I the modified Bessel function of the first kind.
    #[parameters]
    /// # Support
    /// The integers: [`Constraint::Integer`](crate::Constraint::Integer).
    ///
    /// # Moments
    /// ```text
    /// mean     = rate1 − rate2
    /// variance = rate1 + rate2
    /// mode     = ⌊rate1 − rate2⌋ or the next integer, whose mass is larger
    /// entropy  = −Σ p(k) ln p(k)
    /// ```
    /// The median is a quantile, by search.
    ///
    /// # Numerics
    /// At small rates and differences the power series of I is summed. Elsewhere the log density is made of the deviances from
    /// the rates of the counts n₁ = n₂ + k with n₁ n₂ = rate1 · rate2, of which the convolution has its largest term, and
    /// Debye's expansion of I: no digit cancels at large rates or far out.
    ///
    /// The tails are those of noncentral chi-squared variables: the second count is smaller than the k-th jump time of
    /// its Poisson process by the first count. The entropy is a sum over 151 integers around the mean, a third of a
    /// standard deviation or 1 apart, and from a variance of 10⁷ on two terms of its expansion: the work is the same
    /// for all rates.
    ///
    /// # Draws
    /// Differences of Poisson draws.
    ///
    /// # Reference
    /// Skellam, "The frequency distribution of the difference between two Poisson variates", J. R. Stat. Soc. 109 (1946);
    /// DLMF 10.41.3. Of the mode: Darroch, "On the distribution of the number of successes in independent trials" (1964), in
    /// the limit.
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Distribution, Moments, Skellam};
    ///
    /// let goals = Skellam::new(1.5, 1.0)?;
    /// assert_eq!((goals.mean().item(), goals.variance().item()), (0.5, 2.5));
    /// // A draw is more probable than a win of the second by two.
    /// assert!(goals.log_prob(&0.0.into())?.item() > goals.log_prob(&(-2.0).into())?.item());
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct Skellam {
        /// Rate of the first count.
        rate1: Positive,
        /// Rate of the second count, which is subtracted.
        rate2: Positive,
    }

    pub fn new(rate1: impl IntoTensor, rate2: impl IntoTensor) -> Result<Self>;
}

impl Distribution for Skellam {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::Integer
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        let shape = sample_shape.concat(&self.batch_shape);
        let mut count = |name, rate: &Tensor| {
            let rate = rate.detach();
            check_drawable(Self::NAME, name, &rate)?;
            elementwise::draw_by::<PoissonSampler, 1>(rng, shape, [&rate])
        };
        let first = count("rate1", &self.rate1)?;
        first.try_sub(count("rate2", &self.rate2)?)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, 0.0, |difference| {
            let difference = difference.detach();
            let Self { rate1, rate2, .. } = self.checked();
            let is_positive = difference.greater_equal(0.0);
            let order = &difference.abs();
            // The rates of the count that is larger, and of the other one.
            let more = &Tensor::try_select(&is_positive, &rate1, &rate2)?;
            let fewer = &Tensor::try_select(is_positive, &rate2, &rate1)?;
            let argument = &(more.sqrt().try_mul(fewer.sqrt())? * 2.0);
            let root = &hypotenuse(order, argument)?;
            let is_large = &root.detach().greater(LARGE_ROOT);
            // Each form is fed harmless arguments where the other one is chosen.
            let large =
                || about_the_peak(&[order, more, fewer, root].map(|each| Tensor::select(is_large, each, LARGE_ROOT)));
            if is_large.is_known_to_be_all(1.0) {
                return large();
            }
            let [order, more, fewer] = [order, more, fewer].map(|each| Tensor::select(is_large, 1.0, each));
            let small = by_power_series(&order, &more, &fewer)?;
            if is_large.is_known_to_be_all(0.0) {
                return Ok(small);
            }
            Tensor::try_select(is_large, large()?, small)
        })
    }
}

impl Skellam {
    /// A tail at integers.
    fn cumulative(&self, function: Function, value: &Tensor) -> Result<Tensor> {
        let shape = scalar::check_shape(self, value)?;
        let (below, beyond) = function.beyond();
        let value = value.detach();
        let [is_below, is_beyond] = [f64::NEG_INFINITY, f64::INFINITY].map(|end| value.equal(end));
        let count = Tensor::select(&is_below + &is_beyond, 0.0, &value).floor();
        let Self { rate1, rate2, .. } = self.checked();
        // N₁ − N₂ ≤ −n where a Poisson process of the second count has made its jumps N₁ + 1, …, N₁ + n; likewise for
        // N₁ − N₂ ≥ n.
        let is_negative = count.less(0.0);
        let jumps = Tensor::select(&is_negative, -&count, &count + 1.0);
        let jumping = Tensor::try_select(&is_negative, &rate2, &rate1)?;
        let other = Tensor::try_select(&is_negative, &rate1, &rate2)?;
        let tail = |function| Cumulative::new(Standard::NoncentralGamma, function).try_of(&[&jumps, &other, &jumping]);
        let inside = Tensor::try_select(&is_negative, tail(function)?, tail(function.mirrored())?)?;
        let inside = Tensor::try_select(is_beyond, beyond, inside)?;
        Tensor::try_select(is_below, below, inside)?.try_broadcast_to(shape)
    }
}

impl Cdf for Skellam {
    tails_by_cumulative!();

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::step_function(
            self,
            "quantiles",
            [probability, &self.rate1, &self.rate2],
            |[probability, rate1, rate2]| {
                scalar::quantile(probability, |probability| quantile(probability, rate1, rate2))
            },
        )
    }
}

/// The smallest count at which the distribution function reaches a probability.
fn quantile(probability: f64, rate1: f64, rate2: f64) -> f64 {
    if probability == 0.0 || probability == 1.0 {
        return if probability == 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    let reaches = |count: f64| {
        if count < 0.0 {
            noncentral_gamma_probabilities(-count, rate1, rate2).0 >= probability
        } else {
            noncentral_gamma_probabilities(count + 1.0, rate2, rate1).1 >= probability
        }
    };
    // A bracket about the mean, whose steps double.
    let centre = (rate1 - rate2).round();
    let mut step = (rate1 + rate2).sqrt().ceil().max(1.0);
    let (mut below, mut reached) = (centre, centre);
    while !reaches(reached) {
        reached += step;
        step *= 2.0;
    }
    while reaches(below) {
        below -= step;
        step *= 2.0;
    }
    while reached - below > 1.0 {
        let middle = (0.5 * (below + reached)).floor();
        // Beyond 2⁵³ there are gaps between the integers.
        if middle == below || middle == reached {
            break;
        }
        if reaches(middle) { reached = middle } else { below = middle }
    }
    reached
}

/// The log density as deviances from the counts of the largest term of the convolution.
fn about_the_peak([order, more, fewer, root]: &[Tensor; 4]) -> Result<Tensor> {
    let larger = order.try_add(root)? * 0.5;
    let smaller = fewer.try_mul(more.try_div(&larger)?)?;
    let log_ratio = log_of_ratio(more, &larger)?;
    let deviances = deviance(&larger, more, &log_ratio)?.try_add(deviance(&smaller, fewer, &-&log_ratio)?)?;
    debye_expansion(&order.try_div(root)?, root)?.try_sub(deviances)
}

/// ln(a / b) of a ratio that may underflow.
fn log_of_ratio(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    let ratio = a.try_div(b)?;
    let is_tiny = ratio.detach().less(1e-290);
    if is_tiny.is_known_to_be_all(0.0) {
        return Ok(ratio.ln());
    }
    let difference = a.ln().try_sub(b.ln())?;
    Tensor::try_select(&is_tiny, difference, Tensor::select(&is_tiny, 1.0, ratio).ln())
}

/// n ln(n / m) + m − n of a positive real n and its mean m, with `log_ratio` = ln(m / n).
fn deviance(n: &Tensor, mean: &Tensor, log_ratio: &Tensor) -> Result<Tensor> {
    // There n may underflow.
    let is_far = log_ratio.detach().greater(30.0);
    let near = Tensor::select(&is_far, 0.0, log_ratio).expm1x().try_mul(n)?;
    let far = mean.try_sub(n.try_mul(log_ratio + 1.0)?)?;
    Tensor::try_select(is_far, far, near)
}

/// √(a² + b²) of a ≥ 0 and b > 0, whose squares may overflow.
fn hypotenuse(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    let (larger, smaller) = (a.try_maximum(b)?, a.try_minimum(b)?);
    smaller.try_div(&larger)?.square().try_add(1.0)?.sqrt().try_mul(larger)
}

/// Where √(k² + 4 rate1 rate2) is larger, Debye's expansion is used, and elsewhere the power series.
const LARGE_ROOT: f64 = 48.0;

/// Terms of the power series, of which those left out are below 1e-30 of the sum.
const TERMS: usize = 75;

/// The log density by I_v(x) = (x/2)ᵛ / v! Σⱼ (x²/4)ʲ / (j! (v + 1) … (v + j)): a Poisson mass, and the sum.
fn by_power_series(order: &Tensor, more: &Tensor, fewer: &Tensor) -> Result<Tensor> {
    let index = Tensor::arange(TERMS);
    let steps = vector::over_events(order, 1)?.try_add(index.maximum(1.0))?;
    // The first product is empty.
    let log_products = Tensor::try_select(index.equal(0.0), 0.0, steps.ln())?.try_cumsum(-1)?;
    let log_square = vector::over_events(&more.ln().try_add(fewer.ln())?, 1)?;
    let log_terms = index.try_mul(log_square)?.try_sub((&index + 1.0).lgamma())?.try_sub(log_products)?;
    let of_count = saddle_point::deviance(order, || Ok(more.clone()), |count| Ok(more.try_div(count)?.ln()))?;
    saddle_point::log_mass_at_mean(order).try_sub(of_count)?.try_sub(fewer)?.try_add(log_terms.try_logsumexp_axis(-1)?)
}

/// Coefficients of the polynomials in p² that are uₖ(p) / pᵏ, k = 1, 2, …, of which the next adds 2e-16 at most.
static DEBYE: LazyLock<Vec<Vec<f64>>> = LazyLock::new(|| {
    let mut polynomials = vec![vec![1.0]];
    for k in 1..12 {
        let last = &polynomials[k - 1];
        // uₖ = ½ p² (1 − p²) uₖ₋₁′ + ⅛ ∫ (1 − 5t²) uₖ₋₁ dt; the two parts of a coefficient have the same sign.
        let coefficient = |j: usize| {
            let power = (k + 2 * j) as f64;
            let of_same = last.get(j).map_or(0.0, |c| c * (0.5 * (power - 1.0) + 0.125 / power));
            let of_before = j.checked_sub(1).map_or(0.0, |j| last[j] * (0.5 * (power - 3.0) + 0.625 / power));
            of_same - of_before
        };
        polynomials.push((0..=k).map(coefficient).collect());
    }
    polynomials.remove(0);
    polynomials
});

/// −½ ln(2π √(v² + x²)) + ln Σₖ uₖ(p) v⁻ᵏ, with p = v / √(v² + x²).
fn debye_expansion(p: &Tensor, root: &Tensor) -> Result<Tensor> {
    let square = &p.square();
    let reciprocal = &root.recip();
    let horner = |coefficients: &[f64]| -> Result<Tensor> {
        let (last, others) = coefficients.split_last().expect("a polynomial has a coefficient");
        others.iter().rev().try_fold(Tensor::scalar(*last), |sum, &each| Ok(sum.try_mul(square)? + each))
    };
    let mut sum = Tensor::scalar(0.0);
    for polynomial in DEBYE.iter().rev() {
        sum = sum.try_add(horner(polynomial)?)?.try_mul(reciprocal)?;
    }
    sum.log1p().try_sub(root.ln() * 0.5 + HALF_LN_2PI)
}

impl Mode for Skellam {
    fn mode(&self) -> Result<Tensor> {
        scalar::refuse_derivative(self, "modes", &[&self.rate1, &self.rate2])?;
        let mean = self.mean();
        let (low, high) = (mean.floor(), mean.ceil());
        let is_higher = self.log_prob(&high)?.try_greater(self.log_prob(&low)?)?;
        Tensor::try_select(is_higher, high, low)
    }
}

impl Entropy for Skellam {
    fn entropy(&self) -> Tensor {
        let (mean, variance) = (self.mean(), self.variance());
        let asymmetry = (&mean / &variance).square();
        or_panic(trials::entropy([&mean, &variance], &asymmetry, |counts| {
            let Self { rate1, rate2, .. } = self.checked();
            Self::unchecked(vector::over_events(&rate1, 1)?, vector::over_events(&rate2, 1)?)?.log_prob(counts)
        }))
    }
}

impl Moments for Skellam {
    fn mean(&self) -> Tensor {
        &self.rate1 - &self.rate2
    }

    fn variance(&self) -> Tensor {
        &self.rate1 + &self.rate2
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};
    use crate::special::bessel_ive;

    fn family() -> Family<Skellam> {
        Family::new("Skellam", |p| Skellam::new(p.get("rate1"), p.get("rate2")))
            .at(parameters! { rate1: 2.5, rate2: 1.3 })
            .at(parameters! { rate1: 0.7, rate2: 4.0 })
            // Both forms of the Bessel function.
            .at(parameters! { rate1: 20.0, rate2: 27.0 })
            .rejects(parameters! { rate1: -0.5, rate2: 0.5 }, "Skellam: `rate1` must be positive, got -0.5")
            .rejects(parameters! { rate1: 3.0, rate2: 0.0 }, "Skellam: `rate2` must be positive, got 0")
            .draws([1.0, 2.0, 1.0])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy);

    /// Against sums by mpmath with 30 digits, and against the expansion at large rates.
    #[test]
    fn entropies_of_all_rates() {
        for (rate1, rate2, want) in [
            (1.5, 1.0, 1.873_344_961_885_861_5),
            (1e-3, 2e-5, 0.008_144_123_142_166_345),
            (300.0, 20.0, 4.302_899_546_144_498),
        ] {
            let got = Skellam::new(rate1, rate2).unwrap().entropy().item();
            assert!((got - want).abs() < 1e-13, "{rate1}, {rate2}: {got} {want}");
        }
        for (rate1, rate2) in [(4e6, 5e6), (4e8, 5e8), (1e300, 1e299)] {
            let variance = rate1 + rate2;
            let normal = 0.5 * (2.0 * std::f64::consts::PI * std::f64::consts::E * variance).ln();
            let want = normal - f64::powi((rate1 - rate2) / variance, 2) / (12.0 * variance);
            let got = Skellam::new(rate1, rate2).unwrap().entropy().item();
            assert!((got - want).abs() < 1e-12, "{rate1}, {rate2}: {got} {want}");
        }
    }

    #[test]
    fn tails_are_sums_of_masses() {
        for (rate1, rate2) in [(2.5, 1.3), (0.01, 3.0), (70.0, 60.0)] {
            let skellam = Skellam::new(rate1, rate2).unwrap();
            let counts = Tensor::from((-400..=400).map(f64::from).collect::<Vec<_>>());
            let masses = skellam.log_prob(&counts).unwrap().exp().to_vec();
            for count in [-30, -7, -1, 0, 1, 4, 25] {
                let position = (count + 400) as usize;
                let value = Tensor::from(f64::from(count));
                for (got, want) in [
                    (skellam.cdf(&value).unwrap().item(), masses[..=position].iter().sum::<f64>()),
                    (skellam.survival(&value).unwrap().item(), masses[position + 1..].iter().sum()),
                ] {
                    assert!((got - want).abs() < 1e-12 * want + 1e-300, "{rate1}, {rate2}, {count}: {got}, {want}");
                }
            }
        }
    }

    #[test]
    fn both_forms_are_the_bessel_function() {
        let cases = [
            (0.0, 0.1, 0.2),
            (0.0, 23.9, 24.0),
            (0.0, 24.1, 24.0),
            (3.0, 40.0, 2.5),
            (-30.0, 10.0, 40.0),
            (60.0, 1.0, 2.0),
        ];
        for (difference, rate1, rate2) in cases {
            let argument = 2.0 * f64::sqrt(rate1 * rate2);
            let want = bessel_ive(f64::abs(difference), argument).ln() - (f64::sqrt(rate1) - f64::sqrt(rate2)).powi(2)
                + 0.5 * difference * f64::ln(rate1 / rate2);
            let skellam = Skellam::new(rate1, rate2).unwrap();
            let got = skellam.log_prob(&difference.into()).unwrap().item();
            // Some roundings of logarithms of that size.
            assert!((got - want).abs() < 1e-15 * (60.0 + want.abs()), "{difference}: {got} {want}");
        }
    }
}
