//! Beta-binomial distribution.

use super::binomial::{check_drawable, common_total, draw_binomial};
use crate::distribution::density::saddle_point::Polya;
use crate::distribution::density::{finite, scalar, vector};
use crate::distribution::sampling::elementwise;
use crate::distribution::{Beta, Cdf, Distribution, Entropy, EnumerateSupport, Mode, Moments};
use crate::random::Rng;
use crate::tensor::cumulative::Function;
use crate::tensor::or_panic;
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor};

/// Up to this total count there is a distribution function, which is a sum.
const LARGEST_SUM: f64 = 16_777_216.0;

declare! {
    /// Beta-binomial distribution: the number of successes in trials whose probability of a success is beta distributed.
    ///
    #[doc = include_str!("../../../doc/distribution/BetaBinomial.svg")]
    ///
    /// ```text
    /// log p(k) = ln C(n, k) + ln B(k + α, n − k + β) − ln B(α, β),
    /// n = total_count, α = concentration1, β = concentration0, k ∈ {0, …, n}
    /// ```
    #[parameters]
    /// # Support
    /// The integers from 0 to `total_count`: [`Constraint::IntegerInterval`](crate::Constraint::IntegerInterval).
    ///
    /// # Moments
    /// ```text
    /// mean     = n α / (α + β)
    /// variance = n α β (α + β + n) / ((α + β)² (α + β + 1))
    /// mode     = ⌈(n + 1) (α − 1) / (α + β − 2)⌉ − 1 if α > 1 and β > 1
    /// entropy  = −Σ p(k) ln p(k)
    /// ```
    /// Elsewhere the mode is an end: n if α > β, 0 otherwise. The median is a quantile, from the sum of the masses.
    ///
    /// # Numerics
    /// Negative binomial masses at their means' proportions, in their saddle-point forms: no beta functions cancel at large
    /// counts or concentrations, where it is a binomial distribution. The distribution function and the entropy are sums of n + 1
    /// masses. Above a total count of 2²⁴ the distribution function is an error, and the entropy panics.
    ///
    /// # Draws
    /// The probability is drawn first, then the count. There are none above a total count of 2⁵³.
    ///
    /// # Reference
    /// Stan Functions Reference, "Beta-binomial distribution".
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{BetaBinomial, Cdf, Distribution, Moments};
    ///
    /// // With a uniform probability all counts are as probable.
    /// let hits = BetaBinomial::new(9.0, 1.0, 1.0)?;
    /// assert!((hits.prob(&3.0.into())?.item() - 0.1).abs() < 1e-15);
    /// assert!((hits.cdf(&3.0.into())?.item() - 0.4).abs() < 1e-15);
    /// assert_eq!(hits.mean(), 4.5);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub struct BetaBinomial {
        /// Number of trials n.
        total_count: NonNegativeInteger,
        /// Concentration α of the probability at 1.
        concentration1: Positive,
        /// Concentration β of the probability at 0.
        concentration0: Positive,
    }

    pub fn new(
        total_count: impl IntoTensor,
        concentration1: impl IntoTensor,
        concentration0: impl IntoTensor,
    ) -> Result<Self>;
}

impl BetaBinomial {
    /// α + β.
    fn total(&self) -> Tensor {
        &self.concentration1 + &self.concentration0
    }

    /// The log masses of all counts up to the largest total count, along a new last axis.
    pub(super) fn log_masses(&self) -> Result<Tensor> {
        let most = self.total_count.max().item();
        if most > LARGEST_SUM {
            return Err(Error::Unsupported {
                what: format!("a sum of all masses of BetaBinomial with a total count of {most}"),
                hint: format!("distribution function and entropy exist for total counts up to {LARGEST_SUM}"),
            });
        }
        let Self { total_count, concentration1, concentration0, .. } = self.checked();
        let [n, a, b] = [total_count, concentration1, concentration0].map(|each| vector::over_events(&each, 1));
        Self::unchecked(n?, a?, b?)?.log_prob(&Tensor::arange(most as usize + 1))
    }

    fn cumulative(&self, function: Function, value: &Tensor) -> Result<Tensor> {
        scalar::check_shape(self, value)?;
        let log_masses = self.log_masses()?;
        finite::tail(self, function, value, &counts_of(&log_masses), &self.total_count, &log_masses)
    }
}

/// The counts whose masses these are.
fn counts_of(log_masses: &Tensor) -> Tensor {
    Tensor::arange(log_masses.shape()[log_masses.rank() - 1])
}

impl Distribution for BetaBinomial {
    declared!();

    fn support(&self) -> Constraint {
        Constraint::IntegerInterval { lower: Tensor::scalar(0.0), upper: self.total_count.clone() }
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.check_parameters()?;
        check_drawable(Self::NAME, &self.total_count)?;
        let shape = sample_shape.concat(&self.batch_shape);
        let [a, b] = [&self.concentration1, &self.concentration0].map(|each| each.detach().broadcast_to(shape));
        // Each draw has a probability of its own.
        let probs = Beta::new(a, b)?.sample(rng, &Shape::SCALAR)?;
        elementwise::draw(rng, shape, [&self.total_count, &probs], draw_binomial)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, 0.0, |successes| {
            let Self { total_count, concentration1, concentration0, .. } = self.checked();
            let total = concentration1.try_add(&concentration0)?;
            let polya = Polya::new(&total_count, &total)?;
            let failures = total_count.try_sub(successes)?;
            let parts = polya.part(successes, &concentration1)?.try_add(polya.part(&failures, &concentration0)?)?;
            parts.try_sub(polya.whole()?)
        })
    }
}

impl Cdf for BetaBinomial {
    tails_by_cumulative!();

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        let parameters = [probability, &self.total_count, &self.concentration1, &self.concentration0];
        scalar::refuse_derivative(self, "quantiles", &parameters)?;
        scalar::check_shape(self, probability)?;
        let log_masses = self.log_masses()?;
        let has_more = counts_of(&log_masses).try_less(vector::over_events(&self.total_count, 1)?)?;
        finite::quantile_index(self, probability, &log_masses, &has_more)
    }
}

impl Mode for BetaBinomial {
    fn mode(&self) -> Result<Tensor> {
        let parameters = [&self.total_count, &self.concentration1, &self.concentration0];
        scalar::step_function(self, "modes", parameters, |[n, a, b]| {
            if a > 1.0 && b > 1.0 {
                // The mass grows up to there.
                return (((n + 1.0) * (a - 1.0) / (a + b - 2.0)).ceil() - 1.0).clamp(0.0, n);
            }
            // Nowhere but at the ends is a largest mass.
            if a > b { n } else { 0.0 }
        })
    }
}

impl Moments for BetaBinomial {
    fn mean(&self) -> Tensor {
        &self.total_count * (&self.concentration1 / self.total())
    }

    fn variance(&self) -> Tensor {
        let total = self.total();
        let one = &self.concentration1 / &total * (&self.concentration0 / &total);
        one * ((&total + &self.total_count) / (&total + 1.0)) * &self.total_count
    }
}

impl Entropy for BetaBinomial {
    /// # Panics
    /// Above a total count of 2²⁴.
    fn entropy(&self) -> Tensor {
        or_panic(self.log_masses().and_then(|log_masses| finite::expected_surprise(&log_masses, &log_masses)))
    }
}

impl EnumerateSupport for BetaBinomial {
    fn enumerate_support(&self) -> Result<Tensor> {
        let size = common_total(Self::NAME, &self.total_count)? + 1;
        Tensor::arange(size).try_reshape(scalar::along_new_axis(size, &self.batch_shape))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<BetaBinomial> {
        Family::new("BetaBinomial", |p| {
            BetaBinomial::new(p.get("total_count"), p.get("concentration1"), p.get("concentration0"))
        })
        .without_large("far", "of its million masses each distribution function is the sum: minutes, not a hang")
        .nan_at(
            "total_count",
            &["cdf", "log_cdf", "survival", "log_survival", "icdf", "entropy"],
            "sums of more than 2²⁴ masses are refused",
        )
        .at(parameters! { total_count: 12.0, concentration1: 2.5, concentration0: 1.3 })
        .at(parameters! { total_count: 12.0, concentration1: 0.4, concentration0: 0.8 })
        .at(parameters! { total_count: 300.0, concentration1: 40.0, concentration0: 70.0 })
        .constant("total_count")
        .rejects(
            parameters! { total_count: 2.5, concentration1: 0.5, concentration0: 1.0 },
            "BetaBinomial: `total_count` must be a non-negative integer, got 2.5",
        )
        .rejects(
            parameters! { total_count: 2.0, concentration1: -0.5, concentration0: 1.0 },
            "BetaBinomial: `concentration1` must be positive, got -0.5",
        )
        .rejects(
            parameters! { total_count: 2.0, concentration1: 0.5, concentration0: 0.0 },
            "BetaBinomial: `concentration0` must be positive, got 0",
        )
        .draws([11.0, 8.0, 8.0])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, enumerable);

    /// Against sums by mpmath with 40 digits.
    #[test]
    fn entropies_of_all_concentrations() {
        for (n, a, b, want) in [
            (12.0, 2.5, 1.3, 2.395_456_473_441_122),
            (12.0, 0.4, 0.8, 2.334_262_080_116_558),
            (300.0, 40.0, 70.0, 4.191_269_599_817_641),
            (5.0, 1e-3, 1e6, 1.005_690_895_400_874_2e-7),
            (3000.0, 1e8, 3e8, 4.585_100_768_863_949),
        ] {
            let got = BetaBinomial::new([0.0, n], a, b).unwrap().entropy().to_vec();
            assert!((got[1] - want).abs() < 1e-13, "{n}, {a}, {b}: {got:?} {want}");
            assert!(got[0].abs() < 1e-15);
        }
    }

    #[test]
    #[should_panic(expected = "distribution function and entropy exist for total counts up to 16777216")]
    fn too_many_masses_for_an_entropy() {
        let _ = BetaBinomial::new(1e9, 1.0, 1.0).unwrap().entropy();
    }

    #[test]
    fn members_with_different_total_counts() {
        let both = BetaBinomial::new([3.0, 6.0], 1.0, 1.0).unwrap();
        let tails = both.cdf(&Tensor::from([[2.0, 2.0], [3.0, 3.0]])).unwrap().to_vec();
        for (got, want) in tails.into_iter().zip([0.75, 3.0 / 7.0, 1.0, 4.0 / 7.0]) {
            assert!((got - want).abs() < 1e-14, "{got} {want}");
        }
        assert_eq!(both.icdf(&0.45.into()).unwrap().to_vec(), [1.0, 3.0]);
        assert!(both.enumerate_support().is_err());
        assert!(BetaBinomial::new(1e9, 1.0, 1.0).unwrap().cdf(&1.0.into()).is_err());
    }
}
