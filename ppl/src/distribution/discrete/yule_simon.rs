//! Yule–Simon distribution.

use rand_distr::{Distribution as _, Exp1};

use crate::distribution::density::scalar;
use crate::distribution::sampling::elementwise;
use crate::distribution::{Cdf, Distribution, Mode, Moments};
use crate::random::Rng;
use crate::tensor::cumulative::Function;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, special};

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
    /// The mean is ∞ up to alpha = 1, the variance up to 2. The median is a quantile, by search. The entropy has no closed form
    /// and is not implemented.
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

    conformance::distribution!(family() => univariate, cdf, mode, moments);

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
