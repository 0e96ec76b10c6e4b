//! Multinomial distribution.

use std::f64::consts::PI;

use super::binomial::{check_drawable, check_same_totals, common_total};
use super::count_vectors;
use super::ordered::OrderedLogistic;
use crate::distribution::density::categories::Categories;
use crate::distribution::density::odds::times_log;
use crate::distribution::density::{saddle_point, scalar, trials, vector};
use crate::distribution::{
    Binomial, Covariance, Distribution, Entropy, EnumerateSupport, KlDivergence, Mode, Moments, Poisson,
};
use crate::random::Rng;
use crate::tensor::or_panic;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// Multinomial distribution: how often each of K categories comes up in independent trials.
///
#[doc = include_str!("../../../doc/distribution/Multinomial.svg")]
///
/// ```text
/// log p(x) = ln n! − Σ ln xₖ! + Σ xₖ ln(probs[k]),   n = total_count, xₖ ∈ {0, …, n}, Σ xₖ = n
/// ```
///
/// # Parameters
/// | parameter     | domain               | shape          | meaning                                    |
/// |---------------|----------------------|----------------|--------------------------------------------|
/// | `total_count` | non-negative integer | batch          | number of trials                           |
/// | `probs`       | a simplex            | batch ++ `[K]` | probability of each category               |
/// | `logits`      | real, −∞ or ∞        | batch ++ `[K]` | logarithm of `probs`, up to a constant     |
///
/// One of the last two is given: [`new`](Self::new) takes `probs`, [`from_logits`](Self::from_logits) takes `logits`.
///
/// # Shapes
/// batch = broadcast(total_count, all but the last axis of probs), event = `[K]`.
///
/// # Support
/// The vectors of integers from 0 on with sum `total_count`:
/// [`Constraint::CountVector`](crate::Constraint::CountVector).
///
/// # Moments
/// ```text
/// mean[k]          = n probs[k]
/// variance[k]      = n probs[k] (1 − probs[k])
/// covariance[j, k] = −n probs[j] probs[k],   j ≠ k
/// mode             = the trials, each given to the category of largest probs[k] / (count so far + 1)
/// entropy          = −ln n! − n Σ pₖ ln pₖ + Σ E[ln Xₖ!],   Xₖ ~ Binomial(n, pₖ)
/// ```
///
/// # Numerics
/// Above a total count of 1024 each count enters by its deviance from its mean, as in [`Binomial`](super::Binomial): no
/// digit cancels between large factorials. The entropy takes a sum over 151 counts for each category, a third of a standard
/// deviation or 1 apart, in which the counts enter in the same way; its absolute error is below 1e-13 for each category,
/// and the work is the same for all total counts.
///
/// # Draws
/// One category after the other, each binomial given those before. There are none above a total count of 2⁵³.
///
/// # Reference
/// Stan Functions Reference, "Multinomial distribution"; Loader, "Fast and accurate computation of binomial probabilities"
/// (2000). The mode is the D'Hondt apportionment: Finucan, Biometrika 51 (1964).
///
/// # Example
/// ```
/// use ppl::distribution::{Distribution, Mode, Moments, Multinomial};
/// use ppl::Tensor;
///
/// let votes = Multinomial::new(4.0, [0.5, 0.25, 0.25])?;
/// assert_eq!(votes.mean().to_vec(), [2.0, 1.0, 1.0]);
/// assert_eq!(votes.mode()?.to_vec(), [2.0, 1.0, 1.0]);
/// // 4! / (2! 1! 1!) · 0.5² · 0.25 · 0.25
/// assert!((votes.prob(&Tensor::from([2.0, 1.0, 1.0]))?.item() - 0.1875).abs() < 1e-15);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Multinomial {
    total_count: Tensor,
    weights: Categories,
    batch_shape: Shape,
}

impl Multinomial {
    /// A multinomial distribution with this number of trials and these probabilities along the last axis.
    ///
    /// # Errors
    /// `total_count` not a non-negative integer; `probs` that are negative or do not sum to 1; no axis of categories, or none
    /// along it; shapes that do not broadcast.
    pub fn new(total_count: impl IntoTensor, probs: impl IntoTensor) -> Result<Self> {
        Self::build(total_count.into_tensor(), Categories::Probs(probs.into_tensor()))
    }

    /// A multinomial distribution with probabilities proportional to the exponentials of these numbers.
    ///
    /// # Errors
    /// `total_count` not a non-negative integer; `logits` that are NaN, all −∞, or ∞ more than once; no axis of categories, or
    /// none along it; shapes that do not broadcast.
    pub fn from_logits(total_count: impl IntoTensor, logits: impl IntoTensor) -> Result<Self> {
        Self::build(total_count.into_tensor(), Categories::Logits(logits.into_tensor()))
    }

    /// A multinomial distribution over the ordered categories of [`OrderedLogistic`](super::OrderedLogistic): counts of answers
    /// that a latent variable and its cutpoints divide (PyMC's `OrderedMultinomial`).
    ///
    /// # Errors
    /// Those of [`OrderedLogistic::new`](super::OrderedLogistic::new); `total_count` not a non-negative integer; shapes that do
    /// not broadcast.
    ///
    /// # Example
    /// ```
    /// use ppl::distribution::{Moments, Multinomial};
    ///
    /// // Half of the answers are below the cutpoint at the predictor.
    /// let answers = Multinomial::ordered(10.0, 1.5, [0.5, 1.5])?;
    /// let mean = answers.mean();
    /// assert!((mean.get(2).item() - 5.0).abs() < 1e-14);
    /// assert!((mean.sum().item() - 10.0).abs() < 1e-14);
    /// # Ok::<(), ppl::Error>(())
    /// ```
    pub fn ordered(
        total_count: impl IntoTensor,
        predictor: impl IntoTensor,
        cutpoints: impl IntoTensor,
    ) -> Result<Self> {
        Self::from_logits(total_count, OrderedLogistic::new(predictor, cutpoints)?.log_probs())
    }

    fn build(total_count: Tensor, weights: Categories) -> Result<Self> {
        let weights = weights.checked("Multinomial")?;
        let batch_shape = check::broadcast("Multinomial", &total_count.shape(), &weights.batch_shape())?;
        let multinomial = Self { total_count, weights, batch_shape };
        check::constants("Multinomial", &multinomial.parameters())?;
        Ok(multinomial)
    }

    fn parameters(&self) -> [check::Parameter<'_>; 2] {
        [("total_count", &self.total_count, Constraint::NonNegativeInteger), self.weights.parameter()]
    }

    /// The number of trials.
    #[must_use]
    pub fn total_count(&self) -> &Tensor {
        &self.total_count
    }

    /// The probability of each category, along the last axis.
    #[must_use]
    pub fn probs(&self) -> Tensor {
        self.weights.probs()
    }

    /// The logarithm of the probability of each category, along the last axis.
    #[must_use]
    pub fn log_probs(&self) -> Tensor {
        self.weights.log_probs()
    }
}

impl Distribution for Multinomial {
    fn name(&self) -> &'static str {
        "Multinomial"
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        check::values(&self.parameters())
    }

    fn batch_shape(&self) -> Shape {
        self.batch_shape
    }

    fn event_shape(&self) -> Shape {
        Shape::from(self.weights.size())
    }

    fn support(&self) -> Constraint {
        Constraint::CountVector(self.total_count.clone())
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all("Multinomial", &self.parameters())?;
        check_drawable("Multinomial", &self.total_count)?;
        count_vectors::draw_counts(rng, sample_shape.concat(&self.batch_shape), &self.total_count, &self.probs())
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let is_inside = |value: &Tensor| self.support().contains(value);
        vector::on_support(
            self,
            value,
            is_inside,
            || vector::point_inside(self),
            |counts| {
                let total_count = check::or_nan(&self.total_count, &Constraint::NonNegativeInteger);
                let log_probs = self.log_probs();
                if saddle_point::is_small(&[&total_count]) {
                    let log_coefficient =
                        (&total_count + 1.0).lgamma().try_sub((counts + 1.0).lgamma().try_sum_axis(-1)?)?;
                    return times_log(counts, &log_probs)?.try_sum_axis(-1)?.try_add(log_coefficient);
                }
                let total = &total_count.unsqueeze(-1);
                let deviance = saddle_point::deviance(
                    counts,
                    || total.try_mul(self.probs()),
                    |counts| total.try_div(counts)?.ln().try_add(&log_probs),
                )?;
                let parts = saddle_point::log_mass_at_mean(counts).try_sub(deviance)?;
                parts.try_sum_axis(-1)?.try_sub(saddle_point::log_mass_at_mean(&total_count))
            },
        )
    }
}

impl Mode for Multinomial {
    fn mode(&self) -> Result<Tensor> {
        scalar::refuse_derivative(self, "modes", &[&self.total_count, self.weights.tensor()])?;
        let size = self.weights.size();
        let shape = self.batch_shape.concat(&size.into());
        let probs = self.probs().try_broadcast_to(shape)?.to_vec();
        let totals = self.total_count.try_broadcast_to(self.batch_shape)?.to_vec();
        let modes = probs.chunks_exact(size).zip(totals).flat_map(|(probs, total)| most_probable_counts(probs, total));
        Tensor::new(modes.collect::<Vec<_>>(), shape)
    }
}

/// The counts of largest probability: trial after trial to the category that gains most, p / (count + 1).
///
/// No category is left with fewer than the integer part of its mean, from where this starts.
fn most_probable_counts(probs: &[f64], total: f64) -> Vec<f64> {
    let mut counts: Vec<f64> = probs.iter().map(|p| (total * p).floor()).collect();
    let mut remaining = total - counts.iter().sum::<f64>();
    while remaining > 0.0 {
        let gain = |category: usize| probs[category] / (counts[category] + 1.0);
        let best = (1..probs.len()).fold(0, |best, other| if gain(other) > gain(best) { other } else { best });
        counts[best] += 1.0;
        remaining -= 1.0;
    }
    counts
}

impl Moments for Multinomial {
    fn mean(&self) -> Tensor {
        self.total_count.unsqueeze(-1) * self.probs()
    }

    fn variance(&self) -> Tensor {
        self.mean() * (1.0 - self.probs())
    }
}

impl Covariance for Multinomial {
    /// n (diag(p) − p pᵀ).
    fn covariance(&self) -> Tensor {
        count_vectors::covariance(&self.probs(), &self.total_count)
    }
}

impl Entropy for Multinomial {
    fn entropy(&self) -> Tensor {
        or_panic(self.sum_of_surprises())
    }
}

impl Multinomial {
    /// The counts are Poisson counts of the same means, given their sum.
    fn sum_of_surprises(&self) -> Result<Tensor> {
        let total_count = check::or_nan(&self.total_count, &Constraint::NonNegativeInteger);
        let probs = self.weights.checked_probs();
        let total = total_count.unsqueeze(-1);
        let mean = total.try_mul(&probs)?;
        let variance = mean.try_mul(1.0 - &probs)?;
        let large = &mean.maximum(1.0);
        let rest = &(1.0 - &probs);
        let correction = (1.0 - rest - rest.square()).try_div(large * 12.0)?;
        let of_normal = ((large * (2.0 * PI)).ln() * 0.5 + rest * 0.5).try_add(correction)?;
        let parts = trials::expected_surprise([&mean, &variance], &of_normal, |counts| {
            let [total, probs, mean] = [&total, &probs, &mean].map(|each| vector::over_events(each, 1));
            Ok([Binomial::new(total?, probs?)?.log_prob(counts)?, Poisson::new(mean?)?.log_prob(counts)?])
        })?;
        parts
            .try_sum_axis(-1)?
            .try_add(saddle_point::log_mass_at_mean(&total_count))?
            .try_broadcast_to(self.batch_shape)
    }
}

impl EnumerateSupport for Multinomial {
    /// # Errors
    /// Batch members with different total counts; more than a million values.
    fn enumerate_support(&self) -> Result<Tensor> {
        let total = common_total("Multinomial", &self.total_count)?;
        count_vectors::enumerate("Multinomial", total, self.weights.size(), &self.batch_shape)
    }
}

impl KlDivergence<Self> for Multinomial {
    /// # Errors
    /// Total counts that differ: the divergence has no closed form then.
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        check_same_totals("Multinomial", &self.total_count, &other.total_count)?;
        let divergence = self.weights.kl_divergence(&other.weights, "Multinomial")?.try_mul(&self.total_count)?;
        let shape = check::broadcast_all("Multinomial", &[&divergence, &other.total_count])?;
        divergence.try_broadcast_to(shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};

    fn build(p: &Parameters) -> Result<Multinomial> {
        if p.has("logits") {
            Multinomial::from_logits(p.get("total_count"), p.get("logits"))
        } else {
            Multinomial::new(p.get("total_count"), p.get("probs"))
        }
    }

    fn family() -> Family<Multinomial> {
        Family::new("Multinomial", build)
            .at(parameters! { total_count: 6.0, probs: [0.2, 0.5, 0.3] })
            .at(parameters! { total_count: 6.0, probs: [0.3, 0.3, 0.4] })
            .constant("total_count")
            // No probability moves on its own.
            .constant("probs")
            .rejects(
                parameters! { total_count: 2.5, probs: [0.5, 0.25, 0.25] },
                "Multinomial: `total_count` must be a non-negative integer, got 2.5",
            )
            .rejects(
                parameters! { total_count: 2.0, probs: [0.5, 0.5, 0.1] },
                "Multinomial: `probs` must be a simplex (non-negative, sum 1), got [0.5, 0.5, 0.1], whose sum is 1.1",
            )
            .draws([1.0, 5.0, 0.0, 1.0, 3.0, 2.0, 2.0, 3.0, 1.0])
    }

    conformance::distribution!(family() => multivariate, mode, moments, covariance, entropy, kl, enumerable);

    mod logits {
        use super::*;

        fn family() -> Family<Multinomial> {
            Family::new("Multinomial", build)
                .at(parameters! { total_count: 6.0, logits: [0.2, -0.5, 1.0] })
                .at(parameters! { total_count: 6.0, logits: [1.0, 0.1, -0.2] })
                .at(parameters! { total_count: 3000.0, logits: [1.0, 0.1, -0.2, -5.0] })
                .constant("total_count")
                .rejects(
                    parameters! { total_count: -1.0, logits: [0.5, 0.5, 0.0] },
                    "Multinomial: `total_count` must be a non-negative integer, got -1",
                )
                .rejects(
                    parameters! { total_count: 2.0, logits: [0.5, f64::NAN, 0.0] },
                    "Multinomial: `logits` must be real, got NaN at [1]",
                )
                .draws([1.0, 0.0, 5.0, 1.0, 1.0, 4.0, 2.0, 0.0, 4.0])
        }

        conformance::distribution!(family() => multivariate, mode, moments, covariance, entropy, kl);
    }

    /// Against sums by mpmath with 40 digits, and against binomial entropies.
    #[test]
    fn entropies_are_sums_over_categories() {
        for (total, probs, want) in [
            (6.0, [0.2, 0.5, 0.3], 2.790_656_747_469_691_8),
            (60.0, [0.25, 0.5, 0.25], 5.194_948_417_950_376),
            (7.0, [0.0, 0.25, 0.75], 1.524_134_585_535_896_5),
            (0.0, [0.5, 0.0, 0.5], 0.0),
            (7.0, [0.0, 1.0, 0.0], 0.0),
        ] {
            let got = Multinomial::new(total, probs).unwrap().entropy().item();
            assert!((got - want).abs() < 1e-13, "{total}, {probs:?}: {got} {want}");
        }
        for (total, probs) in [(10.0, 0.3), (1e6, 0.25), (1e15, 0.5), (1e25, 0.875), (1e12, 1e-11)] {
            let got = Multinomial::new(total, [probs, 1.0 - probs]).unwrap().entropy().item();
            let want = Binomial::new(total, probs).unwrap().entropy().item();
            assert!((got - want).abs() < 1e-13 * (1.0 + want.abs()), "{total}, {probs}: {got} {want}");
        }
    }

    #[test]
    fn two_categories_are_binomial() {
        for (total, probs) in [(10.0, 0.3), (1e6, 0.25), (1e12, 0.5)] {
            let (binomial, multinomial) =
                (Binomial::new(total, probs).unwrap(), Multinomial::new(total, [probs, 1.0 - probs]).unwrap());
            let deviation = f64::floor(2.0 * f64::sqrt(total * probs));
            for count in [0.0, total, f64::floor(total * probs), f64::floor(total * probs) + deviation] {
                let want = binomial.log_prob(&count.into()).unwrap().item();
                let got = multinomial.log_prob(&Tensor::from([count, total - count])).unwrap().item();
                assert!((got - want).abs() <= 1e-13 * want.abs(), "{total}, {count}: {got} {want}");
            }
        }
    }

    #[test]
    fn a_category_without_probability_is_never_drawn() {
        let multinomial = Multinomial::new(100.0, [0.3, 0.0, 0.7, 0.0]).unwrap();
        let draws = multinomial.sample(&mut crate::random::Key::new(0).rng("x", 0), &Shape::from(50)).unwrap();
        assert_eq!(multinomial.support().contains(&draws).min(), 1.0);
        assert_eq!([1, 3].map(|category| draws.index(-1, category).max().item()), [0.0, 0.0]);
        let probs = [Tensor::from([0.3, 0.0, 0.7, 0.0])];
        let log_prob = |p: &[Tensor]| Multinomial::new(100.0, &p[0])?.log_prob(&Tensor::from([30.0, 0.0, 70.0, 0.0]));
        let (value, gradients) = crate::grad(log_prob, &probs).unwrap();
        assert!(value.is_finite());
        for (got, want) in gradients[0].to_vec().into_iter().zip([100.0, 0.0, 100.0, 0.0]) {
            assert!((got - want).abs() < 1e-12, "{got} {want}");
        }
    }
}
