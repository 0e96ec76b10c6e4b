//! Beta-negative binomial distribution.

use super::negative_binomial::draw_negative_binomial;
use crate::distribution::continuous::gamma::standard_gamma;
use crate::distribution::density::beta_order::log_order_probabilities;
use crate::distribution::density::saddle_point::Polya;
use crate::distribution::density::{quantile, scalar};
use crate::distribution::sampling::elementwise;
use crate::distribution::{Cdf, Distribution, Mode, Moments};
use crate::random::Rng;
use crate::tensor::cumulative::Function;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor};

declare! {
    /// Beta-negative binomial distribution: the number of successes before `total_count` failures, whose probability is
    /// beta distributed.
    ///
    #[doc = include_str!("../../../doc/distribution/BetaNegativeBinomial.svg")]
    ///
    /// ```text
    /// log p(k) = ln Γ(k + r) − ln k! − ln Γ(r) + ln B(α + k, β + r) − ln B(α, β),
    /// α = concentration1, β = concentration0, r = total_count, k ∈ {0, 1, 2, …}
    /// ```
    ///
    /// Its tail is that of k^(−β − 1).
    #[parameters]
    /// # Support
    /// The integers from 0 on: [`Constraint::NonNegativeInteger`](crate::Constraint::NonNegativeInteger).
    ///
    /// # Moments
    /// ```text
    /// mean     = r α / (β − 1)
    /// variance = r (β + r − 1) α (α + β − 1) / ((β − 1)² (β − 2))
    /// mode     = ⌊(α − 1) (r − 1) / (β + 1)⌋ if α > 1 and r > 1, 0 otherwise
    /// ```
    /// The mean is ∞ up to β = 1, the variance up to β = 2. The median is a quantile, by search. The entropy has no closed
    /// form and is not implemented.
    ///
    /// # Numerics
    /// r / (r + k) times a beta-binomial mass of r + k trials, in the saddle-point form of
    /// [`BetaBinomial`](super::BetaBinomial).
    ///
    /// More than k successes come first where a beta variable of k + 1 and r is less than one of α and β, which is the
    /// probability of the success: P(K > k) is a contour integral of four gamma functions, by the trapezoidal rule on a
    /// path through its saddle point. It has all digits in both tails, at any count, in constant time.
    ///
    /// # Draws
    /// The odds are drawn first, as a ratio of gamma variables, then the count. Counts that are infinite are drawn as the largest
    /// number.
    ///
    /// # Reference
    /// Stan Functions Reference, "Beta negative binomial distribution"; Johnson, Kemp and Kotz, "Univariate Discrete
    /// Distributions" (2005), section 6.2.3.
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{BetaNegativeBinomial, Cdf, Distribution, Moments};
    ///
    /// let calls = BetaNegativeBinomial::new(1.0, 1.0, 1.0)?;
    /// // 1 / ((k + 1) (k + 2))
    /// assert!((calls.prob(&3.0.into())?.item() - 0.05).abs() < 1e-15);
    /// assert!((calls.survival(&3.0.into())?.item() - 0.2).abs() < 1e-14);
    /// assert_eq!(calls.mean(), f64::INFINITY);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct BetaNegativeBinomial {
        /// Concentration α of the probability of a success at 1.
        concentration1: Positive,
        /// Concentration β of the probability of a success at 0.
        concentration0: Positive,
        /// Number of failures r, an integer or not.
        total_count: Positive,
    }

    pub fn new(
        concentration1: impl IntoTensor,
        concentration0: impl IntoTensor,
        total_count: impl IntoTensor,
    ) -> Result<Self>;
}

impl Distribution for BetaNegativeBinomial {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::NonNegativeInteger
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        let shape = sample_shape.concat(&self.batch_shape);
        let [a, b] = [&self.concentration1, &self.concentration0].map(|each| each.detach().broadcast_to(shape));
        let odds = standard_gamma(rng, &a, shape)? / standard_gamma(rng, &b, shape)?.maximum(f64::MIN_POSITIVE);
        elementwise::draw(rng, shape, [&self.total_count, &odds.minimum(f64::MAX)], draw_negative_binomial)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, 0.0, |successes| {
            let Self { concentration1, concentration0, total_count, .. } = self.checked();
            let trials = total_count.try_add(successes)?;
            let concentration = concentration1.try_add(&concentration0)?;
            let polya = Polya::new(&trials, &concentration)?;
            let of_failures = polya.relative_part(&total_count, &concentration0)?;
            let parts =
                polya.part(successes, &concentration1)?.try_add(of_failures)?.try_sub(polya.relative_whole()?)?;
            // ln(r / (r + k)) and the peaks of both numbers of trials, which are the same where nothing succeeds.
            let difference = trials.stirling_correction().try_sub(total_count.stirling_correction())?;
            let difference = Tensor::try_select(successes.equal(0.0), 0.0, difference)?;
            parts.try_add(difference)?.try_sub(successes.try_div(&total_count)?.log1p() * 0.5)
        })
    }
}

impl BetaNegativeBinomial {
    fn cumulative(&self, function: Function, value: &Tensor) -> Result<Tensor> {
        scalar::counted(self, value, function, |count| {
            let Self { concentration1, concentration0, total_count, .. } = self.checked();
            let next = count + 1.0;
            let (log_upper, log_lower) =
                log_order_probabilities([&next, &total_count], [&concentration1, &concentration0])?;
            Ok(match function {
                Function::Lower => log_lower.exp(),
                Function::LogLower => log_lower,
                Function::Upper => log_upper.exp(),
                _ => log_upper,
            })
        })
    }
}

impl Cdf for BetaNegativeBinomial {
    tails_by_cumulative!();

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        quantile::of_all_counts(self, probability)
    }
}

impl Mode for BetaNegativeBinomial {
    fn mode(&self) -> Result<Tensor> {
        let parameters = [&self.concentration1, &self.concentration0, &self.total_count];
        scalar::step_function(self, "modes", parameters, |[a, b, count]| {
            // From there on the masses fall.
            if a > 1.0 && count > 1.0 { ((a - 1.0) * (count - 1.0) / (b + 1.0)).floor() } else { 0.0 }
        })
    }
}

impl Moments for BetaNegativeBinomial {
    fn mean(&self) -> Tensor {
        let excess = &self.concentration0 - 1.0;
        let exists = excess.greater(0.0);
        let mean = &self.total_count * &self.concentration1 / Tensor::select(&exists, excess, 1.0);
        Tensor::select(exists, mean, f64::INFINITY)
    }

    fn variance(&self) -> Tensor {
        let exists = self.concentration0.greater(2.0);
        let b = &Tensor::select(&exists, &self.concentration0, 3.0);
        let of_count = &self.total_count * (b + &self.total_count - 1.0) / (b - 1.0);
        let of_odds = &self.concentration1 * (&self.concentration1 + b - 1.0) / ((b - 1.0) * (b - 2.0));
        Tensor::select(exists, of_count * of_odds, f64::INFINITY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};

    /// The number of failures is `n` in the golden table.
    fn build(p: &Parameters) -> Result<BetaNegativeBinomial> {
        let total_count = p.get(if p.has("n") { "n" } else { "total_count" });
        BetaNegativeBinomial::new(p.get("concentration1"), p.get("concentration0"), total_count)
    }

    /// Tails that are light enough to be summed.
    fn family() -> Family<BetaNegativeBinomial> {
        Family::new("BetaNegativeBinomial", build)
            .nan_at(
                "concentration0",
                &["cdf", "log_cdf", "survival", "log_survival"],
                "at counts near the largest number the path of integration overflows: the limit is not worked out",
            )
            .nan_at(
                "far",
                &["cdf", "log_cdf", "survival", "log_survival"],
                "at counts near the largest number the path of integration overflows: the limit is not worked out",
            )
            .at(parameters! { concentration1: 2.5, concentration0: 30.0, total_count: 3.5 })
            .at(parameters! { concentration1: 40.0, concentration0: 25.0, total_count: 0.8 })
            .rejects(
                parameters! { concentration1: -0.5, concentration0: 1.0, total_count: 2.0 },
                "BetaNegativeBinomial: `concentration1` must be positive, got -0.5",
            )
            .rejects(
                parameters! { concentration1: 0.5, concentration0: 0.0, total_count: 2.0 },
                "BetaNegativeBinomial: `concentration0` must be positive, got 0",
            )
            .rejects(
                parameters! { concentration1: 0.5, concentration0: 1.0, total_count: 0.0 },
                "BetaNegativeBinomial: `total_count` must be positive, got 0",
            )
            .draws([0.0, 2.0, 0.0])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments);
}
