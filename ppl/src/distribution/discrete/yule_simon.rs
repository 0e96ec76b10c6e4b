//! Yule–Simon distribution.

use rand_distr::{Distribution as _, Exp1};

use crate::distribution::density::{quadrature, scalar};
use crate::distribution::sampling::elementwise;
use crate::distribution::{Cdf, Distribution, Entropy, Mode, Moments};
use crate::random::Rng;
use crate::tensor::cumulative::Function;
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor, special};

declare! {
    /// Yule–Simon distribution: the degree of a node in a network that grows by preferential attachment.
    ///
    #[doc = include_str!("../../../doc/distribution/YuleSimon.svg")]
    ///
    /// ```text
    /// log p(k) = ln(alpha) + ln B(k, alpha + 1),   k ∈ {1, 2, 3, …}
    /// ```
    ///
    /// Its tail is that of k^(−alpha − 1).
    #[parameters]
    /// # Support
    /// The integers from 1 on: [`Constraint::IntegerInterval`](crate::Constraint::IntegerInterval).
    ///
    /// # Moments
    /// ```text
    /// mean     = alpha / (alpha − 1)
    /// variance = alpha² / ((alpha − 1)² (alpha − 2))
    /// mode     = 1
    /// ```
    /// The mean is ∞ up to alpha = 1, the variance up to 2. The median is a quantile, by search. The entropy is a sum
    /// over small counts and an integral over large ones, by the Euler–Maclaurin formula: twelve digits.
    ///
    /// # Numerics
    /// P(K > k) = k B(k, alpha + 1), and p(k) is P(K > k − 1) alpha / (alpha + k): no logarithm of a large alpha cancels. The
    /// distribution function is an expm1 of the upper tail, which has the relative precision of 1e-15 / alpha at a small alpha.
    ///
    /// # Draws
    /// Geometric with the success probability e⁻ᵂ, where W is exponential of rate alpha. Counts beyond the largest number are
    /// drawn as that number.
    ///
    /// # Reference
    /// Stan Functions Reference, "Yule–Simon distribution"; Simon, "On a class of skew distribution functions",
    /// Biometrika 42 (1955).
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Cdf, Distribution, Moments, YuleSimon};
    ///
    /// let citations = YuleSimon::new(2.0)?;
    /// // 4 / (k (k + 1) (k + 2))
    /// assert!((citations.prob(&1.0.into())?.item() - 2.0 / 3.0).abs() < 1e-15);
    /// assert!((citations.survival(&2.0.into())?.item() - 1.0 / 6.0).abs() < 1e-15);
    /// assert_eq!(citations.mean(), 2.0);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct YuleSimon {
        /// Exponent of the tail of the distribution function.
        alpha: Positive,
    }

    pub fn new(alpha: impl IntoTensor) -> Result<Self>;
}

/// ln P(K > k) of positive counts.
fn log_upper(alpha: &Tensor, count: &Tensor) -> Result<Tensor> {
    count.try_lbeta(alpha + 1.0)?.try_add(count.ln())
}

/// P(K ≤ k) of positive counts.
fn cdf(count: f64, alpha: f64) -> f64 {
    -(special::lbeta(count, alpha + 1.0) + count.ln()).exp_m1()
}

impl YuleSimon {
    fn cumulative(&self, function: Function, value: &Tensor) -> Result<Tensor> {
        scalar::counted(self, &(value - 1.0), function, |before| {
            let log_upper = log_upper(&self.checked().alpha, &(before + 1.0))?;
            Ok(match function {
                Function::Lower => -log_upper.expm1(),
                Function::LogLower => log_upper.log1mexp(),
                Function::Upper => log_upper.exp(),
                _ => log_upper,
            })
        })
    }
}

impl Distribution for YuleSimon {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::IntegerInterval { lower: Tensor::scalar(1.0), upper: f64::INFINITY.into() }
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        elementwise::draw(rng, sample_shape.concat(&self.batch_shape), [&self.alpha], |rng, [alpha]| {
            let (waiting, age): (f64, f64) = (Exp1.sample(rng), Exp1.sample(rng));
            // −ln(1 − e⁻ᵂ)
            let rate = -special::log1mexp(age / alpha);
            (waiting / rate).floor().min(f64::MAX) + 1.0
        })
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, 1.0, |count| {
            let alpha = self.checked().alpha;
            let is_first = count.equal(1.0);
            let before = Tensor::select(&is_first, 1.0, count - 1.0);
            let beyond = Tensor::try_select(is_first, 0.0, log_upper(&alpha, &before)?)?;
            beyond.try_sub(count.try_div(&alpha)?.log1p())
        })
    }
}

impl Cdf for YuleSimon {
    tails_by_cumulative!();

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        scalar::step_function(self, "quantiles", [probability, &self.alpha], |[p, alpha]| {
            scalar::quantile(p, |p| 1.0 + scalar::count_quantile(p, f64::INFINITY, |before| cdf(before + 1.0, alpha)))
        })
    }
}

impl Mode for YuleSimon {
    fn mode(&self) -> Result<Tensor> {
        Ok(Tensor::ones(self.batch_shape))
    }
}

impl Moments for YuleSimon {
    fn mean(&self) -> Tensor {
        let exists = self.alpha.greater(1.0);
        let alpha = Tensor::select(&exists, &self.alpha, 2.0);
        Tensor::select(exists, &alpha / (&alpha - 1.0), f64::INFINITY)
    }

    fn variance(&self) -> Tensor {
        let exists = self.alpha.greater(2.0);
        let alpha = Tensor::select(&exists, &self.alpha, 3.0);
        let variance = (&alpha / (&alpha - 1.0)).square() / (&alpha - 2.0);
        Tensor::select(exists, variance, f64::INFINITY)
    }
}

/// Counts whose part of the entropy is summed.
const SUMMED: usize = 400;
/// Nodes of the integral over those beyond, and the ends of their coordinate.
const NODES: usize = 161;
const ENDS: (f64, f64) = (-4.0, 4.1);
/// From this logarithm of a count on the Beta function is a power.
const FAR: f64 = 23.0;
/// The entropy of a smaller exponent overflows.
const SMALLEST: f64 = 1e-300;
/// A mass with a smaller logarithm adds nothing.
const LEAST: f64 = -700.0;

impl YuleSimon {
    /// ln p of real counts, by their logarithms; with the mass at a large count a power.
    fn log_mass(alpha: &Tensor, log_count: &Tensor) -> Result<Tensor> {
        let is_far = log_count.detach().greater(FAR);
        // Each form is fed harmless arguments where the other one is chosen.
        let near = Tensor::try_select(&is_far, 0.0, log_count)?.exp().try_lbeta(alpha + 1.0)?;
        let far = {
            let log_count = Tensor::try_select(&is_far, log_count, FAR)?;
            let alpha = Tensor::try_select(&is_far, alpha, 1.0)?;
            let next = (&alpha + 1.0) * &alpha * (-&log_count).exp() * 0.5;
            (&alpha + 1.0).lgamma() - (alpha + 1.0) * log_count - next
        };
        Tensor::try_select(is_far, far, near)?.try_add(alpha.ln())
    }

    /// −Σ p ln p = Σ up to [`SUMMED`] + ∫ of f(x) = −p ln p from half a count beyond on + f′ / 24 there.
    fn summed_entropy(&self, alpha: &Tensor) -> Result<Tensor> {
        let counts = quadrature::indices(SUMMED, &self.batch_shape)? + 1.0;
        let log_masses = Self::unchecked(alpha.clone())?.log_prob(&counts)?;
        let sum = quadrature::entropy(&log_masses, &Tensor::scalar(1.0))?;

        let first = SUMMED as f64 + 0.5;
        let log_mass = Self::log_mass(alpha, &Tensor::scalar(first.ln()))?.maximum(LEAST);
        // −p′ / p.
        let fall = (alpha + (1.0 + first)).digamma() - Tensor::scalar(first).digamma();
        let correction = log_mass.exp() * fall * (&log_mass + 1.0) / 24.0;

        // The integrand falls as e⁻ᵛ with v = alpha · ln(x / first), and v = exp(s − e⁻ˢ) has both ends far out.
        let step = (ENDS.1 - ENDS.0) / (NODES - 1) as f64;
        let s = quadrature::indices(NODES, &self.batch_shape)? * step + ENDS.0;
        let down = (-&s).exp();
        let v = (s - &down).exp();
        let weight = &v * (down + 1.0) * step;
        let log_count = v.try_div(alpha)? + first.ln();
        let log_mass = Self::log_mass(alpha, &log_count)?;
        let log_density = (&log_mass + &log_count).try_sub(alpha.ln())?.maximum(LEAST);
        let integral = -(log_density.exp() * log_mass.maximum(f64::MIN)).try_mul(weight)?.try_sum_axis(0)?;
        sum.try_add(correction)?.try_add(integral)
    }
}

impl Entropy for YuleSimon {
    fn entropy(&self) -> Tensor {
        let alpha = self.checked().alpha;
        let overflows = alpha.detach().less(SMALLEST);
        let entropy = self.summed_entropy(&Tensor::select(&overflows, 1.0, alpha));
        Tensor::select(overflows, f64::INFINITY, entropy.unwrap_or_else(|error: Error| panic!("{error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<YuleSimon> {
        Family::of("YuleSimon", |p| YuleSimon::new(p.get("alpha")))
            .without_golden_cases("those of tests/golden/far are in the middle too")
            // Tails that are light enough to be summed.
            .at(parameters! { alpha: 6.0 })
            .at(parameters! { alpha: 7.5 })
            .rejects(parameters! { alpha: 0.0 }, "YuleSimon: `alpha` must be positive, got 0")
            .draws([1.0, 1.0, 1.0])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy);

    /// Sums by mpmath with 40 digits.
    #[test]
    fn entropies_of_all_tails() {
        let cases = [
            (0.02, 54.352_940_482_046_27),
            (0.5, 3.483_172_041_701_455),
            (1.0, 2.046_277_452_855_878_5),
            (3.5, 0.793_899_331_425_505_4),
            (20.0, 0.207_941_934_033_344_52),
            (300.0, 0.022_410_788_612_136_516),
        ];
        for (alpha, want) in cases {
            let entropy = YuleSimon::new(alpha).unwrap().entropy().item();
            assert!((entropy / want - 1.0).abs() < 1e-12, "{alpha}: {entropy}, {want}");
        }
    }
    #[test]
    fn tails_are_sums() {
        for alpha in [1e-3, 0.7, 40.0] {
            let yule = YuleSimon::new(alpha).unwrap();
            let mut sum = 0.0;
            for k in 1..40 {
                let k = f64::from(k);
                sum += yule.prob(&k.into()).unwrap().item();
                let got = yule.cdf(&k.into()).unwrap().item();
                // The distribution function is a complement where alpha is small, with some twenty roundings of logarithms.
                assert!((got - sum).abs() < 1e-14 * sum + 1e-14, "{alpha}, {k}: {got} {sum}");
            }
        }
    }
}
