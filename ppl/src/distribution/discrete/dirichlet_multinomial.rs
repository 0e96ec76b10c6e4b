//! Dirichlet-multinomial distribution.

use super::beta_binomial::BetaBinomial;
use super::binomial::{check_drawable, common_total};
use super::count_vectors;
use crate::distribution::density::saddle_point::Polya;
use crate::distribution::density::{finite, vector};
use crate::distribution::{Covariance, Dirichlet, Distribution, Entropy, EnumerateSupport, Moments};
use crate::random::Rng;
use crate::tensor::or_panic;
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor, check};

/// Dirichlet-multinomial distribution: multinomial counts whose probabilities are Dirichlet distributed (Pólya's urn).
///
#[doc = include_str!("../../../doc/distribution/DirichletMultinomial.svg")]
///
/// ```text
/// log p(x) = ln n! + ln Γ(A) − ln Γ(n + A) + Σ [ln Γ(xₖ + αₖ) − ln Γ(αₖ) − ln xₖ!],
/// α = concentration, A = Σ αₖ, n = total_count, xₖ ∈ {0, …, n}, Σ xₖ = n
/// ```
///
/// # Parameters
/// | parameter        | domain               | shape          | meaning                                 |
/// |------------------|----------------------|----------------|-----------------------------------------|
/// | `total_count`    | non-negative integer | batch          | number of trials                        |
/// | `concentration`  | positive             | batch ++ `[K]` | parameter of the Dirichlet distribution |
///
/// # Shapes
/// batch = broadcast(total_count, all but the last axis of concentration), event = `[K]`.
///
/// # Support
/// The vectors of integers from 0 on with sum `total_count`:
/// [`Constraint::CountVector`](crate::Constraint::CountVector).
///
/// # Moments
/// ```text
/// mean[k]          = n pₖ,   pₖ = αₖ / A
/// variance[k]      = n (A + n) / (A + 1) · pₖ (1 − pₖ)
/// covariance[j, k] = −n (A + n) / (A + 1) · pⱼ pₖ,   j ≠ k
/// entropy          = −ln n! − ln Γ(A) + ln Γ(n + A) − Σ E[ln Γ(Xₖ + αₖ) − ln Γ(αₖ) − ln Xₖ!],
///                    Xₖ ~ BetaBinomial(n, αₖ, A − αₖ)
/// ```
/// The mode has no closed form and is not implemented.
///
/// # Numerics
/// Negative binomial masses at their means' proportions, in their saddle-point forms: no gamma functions cancel at large
/// counts or concentrations, where it is a multinomial distribution. The entropy takes n + 1 masses for each category, in the
/// same forms; its absolute error is below 1e-13 for each category, and above a total count of 2²⁴ it panics.
///
/// # Draws
/// Probabilities are drawn first, then counts. There are none above a total count of 2⁵³.
///
/// # Reference
/// Stan Functions Reference, "Dirichlet-multinomial distribution".
///
/// # Example
/// ```
/// use ppl::distribution::{DirichletMultinomial, Distribution, Moments};
/// use ppl::Tensor;
///
/// let words = DirichletMultinomial::new(2.0, [1.0, 1.0, 2.0])?;
/// assert_eq!(words.mean().to_vec(), [0.5, 0.5, 1.0]);
/// // The second word is more often as the first: 2/4 · 3/5.
/// assert!((words.prob(&Tensor::from([0.0, 0.0, 2.0]))?.item() - 0.3).abs() < 1e-15);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct DirichletMultinomial {
    total_count: Tensor,
    concentration: Tensor,
    batch_shape: Shape,
}

impl DirichletMultinomial {
    /// A Dirichlet-multinomial distribution with this number of trials and these concentrations along the last axis.
    ///
    /// # Errors
    /// `total_count` not a non-negative integer; a concentration that is not positive and finite; no axis of concentrations,
    /// or none along it; shapes that do not broadcast.
    pub fn new(total_count: impl IntoTensor, concentration: impl IntoTensor) -> Result<Self> {
        let (total_count, concentration) = (total_count.into_tensor(), concentration.into_tensor());
        let shape = concentration.shape();
        if shape.last().is_none_or(|&size| size == 0) {
            return Err(Error::InvalidShape {
                operation: "DirichletMultinomial",
                expected: "concentrations along the last axis".to_owned(),
                got: shape,
            });
        }
        let batch_shape = check::broadcast("DirichletMultinomial", &total_count.shape(), &shape.split_event(1).0)?;
        let distribution = Self { total_count, concentration, batch_shape };
        check::constants("DirichletMultinomial", &distribution.parameters())?;
        Ok(distribution)
    }

    fn parameters(&self) -> [check::Parameter<'_>; 2] {
        [
            ("total_count", &self.total_count, Constraint::NonNegativeInteger),
            ("concentration", &self.concentration, Constraint::Positive),
        ]
    }

    /// The number of trials.
    #[must_use]
    pub fn total_count(&self) -> &Tensor {
        &self.total_count
    }

    /// The concentrations, along the last axis.
    #[must_use]
    pub fn concentration(&self) -> &Tensor {
        &self.concentration
    }

    /// The mean of the probabilities.
    fn mean_probs(&self) -> Tensor {
        &self.concentration / self.concentration.sum_axis(-1).unsqueeze(-1)
    }

    /// n (A + n) / (A + 1), by which the covariance is that of one draw of a category.
    fn dispersion(&self) -> Tensor {
        let total = self.concentration.sum_axis(-1);
        (&total + &self.total_count) / (total + 1.0) * &self.total_count
    }
}

impl Distribution for DirichletMultinomial {
    fn name(&self) -> &'static str {
        "DirichletMultinomial"
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        check::values(&self.parameters())
    }

    fn batch_shape(&self) -> Shape {
        self.batch_shape
    }

    fn event_shape(&self) -> Shape {
        self.concentration.shape().split_event(1).1
    }

    fn support(&self) -> Constraint {
        Constraint::CountVector(self.total_count.clone())
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all("DirichletMultinomial", &self.parameters())?;
        check_drawable("DirichletMultinomial", &self.total_count)?;
        let shape = sample_shape.concat(&self.batch_shape);
        let concentration = self.concentration.detach().try_broadcast_to(shape.concat(&self.event_shape()))?;
        // Each draw has probabilities of its own.
        let probs = Dirichlet::new(concentration)?.sample(rng, &Shape::SCALAR)?;
        count_vectors::draw_counts(rng, shape, &self.total_count, &probs)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let is_inside = |value: &Tensor| self.support().contains(value);
        vector::on_support(
            self,
            value,
            is_inside,
            || vector::point_inside(self),
            |counts| {
                let concentration = check::or_nan(&self.concentration, &Constraint::Positive);
                let total_count = check::or_nan(&self.total_count, &Constraint::NonNegativeInteger);
                let total = total_count.unsqueeze(-1);
                let sum = concentration.try_sum_axis(-1)?.unsqueeze(-1);
                let polya = Polya::new(&total, &sum)?;
                polya.part(counts, &concentration)?.try_sum_axis(-1)?.try_sub(polya.whole()?.squeeze(-1))
            },
        )
    }
}

impl Moments for DirichletMultinomial {
    fn mean(&self) -> Tensor {
        self.total_count.unsqueeze(-1) * self.mean_probs()
    }

    fn variance(&self) -> Tensor {
        let probs = self.mean_probs();
        &probs * (1.0 - &probs) * self.dispersion().unsqueeze(-1)
    }
}

impl Covariance for DirichletMultinomial {
    /// n (A + n) / (A + 1) · (diag(p) − p pᵀ), with p the mean of the probabilities.
    fn covariance(&self) -> Tensor {
        count_vectors::covariance(&self.mean_probs(), &self.dispersion())
    }
}

impl Entropy for DirichletMultinomial {
    /// # Panics
    /// Above a total count of 2²⁴.
    fn entropy(&self) -> Tensor {
        or_panic(self.sum_of_surprises())
    }
}

impl DirichletMultinomial {
    /// Each count is beta-binomial.
    fn sum_of_surprises(&self) -> Result<Tensor> {
        let concentration = check::or_nan(&self.concentration, &Constraint::Positive);
        let total = check::or_nan(&self.total_count, &Constraint::NonNegativeInteger).unsqueeze(-1);
        let size = self.event_shape().size();
        if size == 1 {
            return Ok(Tensor::zeros(self.batch_shape));
        }
        // The sum of the others, without a difference of large sums.
        let others = concentration.unsqueeze(-2).try_mul(1.0 - Tensor::eye(size))?.try_sum_axis(-1)?;
        let log_masses = BetaBinomial::new(&total, &concentration, others)?.log_masses()?;
        let counts = Tensor::arange(log_masses.shape()[log_masses.rank() - 1]);
        let sum = concentration.try_sum_axis(-1)?.unsqueeze(-1);
        let polya = Polya::new(&total, &sum)?;
        let [each_total, each_sum] = [&total, &sum].map(|each| each.unsqueeze(-1));
        let parts = Polya::new(&each_total, &each_sum)?.part(&counts, &concentration.unsqueeze(-1))?;
        let surprise = finite::expected_surprise(&log_masses, &parts)?.try_sum_axis(-1)?;
        surprise.try_add(polya.whole()?.squeeze(-1))
    }
}

impl EnumerateSupport for DirichletMultinomial {
    /// # Errors
    /// Batch members with different total counts; more than a million values.
    fn enumerate_support(&self) -> Result<Tensor> {
        let total = common_total("DirichletMultinomial", &self.total_count)?;
        count_vectors::enumerate("DirichletMultinomial", total, self.event_shape().size(), &self.batch_shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::Multinomial;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<DirichletMultinomial> {
        Family::new("DirichletMultinomial", |p| DirichletMultinomial::new(p.get("total_count"), p.get("concentration")))
            .at(parameters! { total_count: 6.0, concentration: [0.8, 2.5, 1.3] })
            .at(parameters! { total_count: 6.0, concentration: [3.0, 4.0, 3.0] })
            .nan_at("far", &["entropy"], "sums of more than 2²⁴ masses are refused")
            .nan_at("total_count", &["entropy"], "sums of more than 2²⁴ masses are refused")
            .constant("total_count")
            .rejects(
                parameters! { total_count: 2.5, concentration: [0.5, 0.5, 1.0] },
                "DirichletMultinomial: `total_count` must be a non-negative integer, got 2.5",
            )
            .rejects(
                parameters! { total_count: 2.0, concentration: [0.5, 0.0, 1.0] },
                "DirichletMultinomial: `concentration` must be positive, got 0 at [1]",
            )
            .draws([0.0, 5.0, 1.0, 0.0, 6.0, 0.0, 2.0, 1.0, 3.0])
    }

    conformance::distribution!(family() => multivariate, moments, covariance, entropy, enumerable);

    /// Against sums by mpmath with 40 digits.
    #[test]
    fn entropies_are_sums_over_categories() {
        let compound =
            DirichletMultinomial::new([6.0, 40.0, 0.0], [[0.8, 2.5, 1.3], [0.25, 4.0, 3e5], [1.0, 2.0, 3.0]]).unwrap();
        let want = [3.026_551_957_857_097, 0.004_929_747_398_842_006, 0.0];
        for (got, want) in compound.entropy().to_vec().into_iter().zip(want) {
            assert!((got - want).abs() < 1e-13, "{got} {want}");
        }
        assert_eq!(DirichletMultinomial::new(9.0, [2.0]).unwrap().entropy(), 0.0);
    }

    #[test]
    fn of_large_concentrations_it_is_multinomial() {
        let probs = [0.2, 0.5, 0.3];
        let compound = DirichletMultinomial::new(1000.0, probs.map(|p| p * 1e14)).unwrap();
        let multinomial = Multinomial::new(1000.0, probs).unwrap();
        for counts in [[200.0, 500.0, 300.0], [230.0, 480.0, 290.0], [0.0, 0.0, 1000.0]] {
            let [got, want] = [&compound as &dyn Distribution, &multinomial]
                .map(|each| each.log_prob(&Tensor::from(counts)).unwrap().item());
            // They differ by n² / 2 times the reciprocals of the concentrations at most, which are below 1 / 2e13.
            assert!((got - want).abs() < 2.5e-8 + 1e-13 * want.abs(), "{got} {want}");
        }
    }
}
