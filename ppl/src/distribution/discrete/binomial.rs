//! Binomial distribution.

use rand_distr::Distribution as _;

use crate::distribution::density::odds::{Odds, times_log};
use crate::distribution::density::{saddle_point, scalar, trials, vector};
use crate::distribution::sampling::elementwise;
use crate::distribution::{Cdf, Distribution, Entropy, EnumerateSupport, KlDivergence, Mode, Moments};
use crate::random::Rng;
use crate::tensor::cumulative::Function;
use crate::tensor::or_panic;
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor, check, special};

/// 2⁵³, up to which every integer is a number.
const LARGEST_COUNT: f64 = 9_007_199_254_740_992.0;

/// Binomial distribution: the number of successes in independent trials.
///
#[doc = include_str!("../../../doc/distribution/Binomial.svg")]
///
/// ```text
/// log p(k) = ln C(n, k) + k ln(probs) + (n − k) ln(1 − probs),   n = total_count, k ∈ {0, …, n}
/// ```
///
/// # Parameters
/// | parameter     | domain               | meaning                         | shape |
/// |---------------|----------------------|---------------------------------|-------|
/// | `total_count` | non-negative integer | number of trials                | batch |
/// | `probs`       | between 0 and 1      | probability of a success        | batch |
/// | `logits`      | real, −∞ or ∞        | ln(probs / (1 − probs))         | batch |
///
/// One of the last two is given: [`new`](Self::new) takes `probs`, [`from_logits`](Self::from_logits) takes `logits`.
///
/// # Shapes
/// batch = broadcast(total_count, probs), event = `[]`.
///
/// # Support
/// The integers from 0 to `total_count`: [`Constraint::IntegerInterval`](crate::Constraint::IntegerInterval).
///
/// # Moments
/// ```text
/// mean     = n probs
/// variance = n probs · (1 − probs)
/// mode     = ⌊(n + 1) probs⌋, at most n
/// entropy  = −Σ p(k) ln p(k)
/// ```
/// The median is a quantile, by search.
///
/// # Numerics
/// Above a total count of 1024, or where that is not known, the log mass is made of Loader's deviances of successes and
/// failures from their means: no digit cancels between large factorials. Tails are those of the incomplete beta
/// function, from the smaller of both probabilities, with full relative precision. The entropy is a sum over 151 counts
/// around the mean, a third of a standard deviation or 1 apart, and from a variance of 10⁷ on two terms of its
/// expansion: its absolute error is below 1e-13, and the work is the same for all parameters.
///
/// # Draws
/// Algorithm of Kachitvichyanukul and Schmeiser (1988). There are no draws above a total count of 2⁵³, beyond which
/// there are gaps between the numbers that are integers.
///
/// # Reference
/// Stan Functions Reference, "Binomial distribution"; the coefficient is evaluated as in Loader, "Fast and
/// accurate computation of binomial probabilities" (2000), without the cancellation between large factorials.
///
/// # Example
/// ```
/// use ppl::distribution::{Binomial, Cdf, Distribution, Moments};
///
/// let heads = Binomial::new(10.0, 0.5)?;
/// assert_eq!(heads.mean(), 5.0);
/// assert!((heads.log_prob(&5.0.into())?.item() - (252.0 / 1024.0_f64).ln()).abs() < 1e-14);
/// assert_eq!(heads.icdf(&0.5.into())?, 5.0);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Binomial {
    total_count: Tensor,
    odds: Odds,
    batch_shape: Shape,
}

impl Binomial {
    /// A binomial distribution with this number of trials and probability of a success.
    ///
    /// # Errors
    /// `total_count` not a non-negative integer; `probs` not between 0 and 1; shapes that do not broadcast.
    pub fn new(total_count: impl IntoTensor, probs: impl IntoTensor) -> Result<Self> {
        Self::build(total_count.into_tensor(), Odds::Probs(probs.into_tensor()))
    }

    /// A binomial distribution with this number of trials and log odds of a success.
    ///
    /// # Errors
    /// `total_count` not a non-negative integer; `logits` that are NaN; shapes that do not broadcast.
    pub fn from_logits(total_count: impl IntoTensor, logits: impl IntoTensor) -> Result<Self> {
        Self::build(total_count.into_tensor(), Odds::Logits(logits.into_tensor()))
    }

    fn build(total_count: Tensor, odds: Odds) -> Result<Self> {
        let batch_shape = check::broadcast_all("Binomial", &[&total_count, odds.tensor()])?;
        let binomial = Self { total_count, odds, batch_shape };
        check::constants("Binomial", &binomial.parameters())?;
        Ok(binomial)
    }

    fn parameters(&self) -> [check::Parameter<'_>; 2] {
        [("total_count", &self.total_count, Constraint::NonNegativeInteger), self.odds.parameter()]
    }

    /// The number of trials.
    #[must_use]
    pub fn total_count(&self) -> &Tensor {
        &self.total_count
    }

    /// The probability of a success.
    #[must_use]
    pub fn probs(&self) -> Tensor {
        self.odds.probs()
    }

    /// The log odds of a success.
    #[must_use]
    pub fn logits(&self) -> Tensor {
        self.odds.logits()
    }

    /// The log density as deviances of both counts from their means.
    fn log_prob_at_large_counts(&self, total: &Tensor, successes: &Tensor, failures: &Tensor) -> Result<Tensor> {
        let (log_probs, log_complement) = self.odds.logarithms();
        let part = |count: &Tensor, probs: Tensor, log_probs: &Tensor| {
            let log_ratio = |count: &Tensor| total.try_div(count)?.ln().try_add(log_probs);
            let deviance = saddle_point::deviance(count, || total.try_mul(probs), log_ratio)?;
            saddle_point::log_mass_at_mean(count).try_sub(deviance)
        };
        let of_successes = part(successes, self.odds.probs(), &log_probs)?;
        let of_failures = part(failures, self.odds.complement(), &log_complement)?;
        of_successes.try_add(of_failures)?.try_sub(saddle_point::log_mass_at_mean(total))
    }

    /// The entropy, as that of the rarer outcome: its counts have no gaps.
    fn sum_of_surprises(&self) -> Result<Tensor> {
        let rarer = Self { odds: self.odds.of_the_rarer(), ..self.clone() };
        let asymmetry = (1.0 - rarer.probs() * 2.0).square();
        trials::entropy([&rarer.mean(), &rarer.variance()], &asymmetry, |counts| {
            Self::build(vector::over_events(&rarer.total_count, 1)?, rarer.odds.over_events(1)?)?.log_prob(counts)
        })
    }

    /// P(K ≤ k) is the probability of Beta(k + 1, n − k) beyond p.
    fn cumulative(&self, function: Function, value: &Tensor) -> Result<Tensor> {
        let total_count = &self.total_count;
        scalar::counted(self, value, function, |count| {
            // From n on there is nothing beyond.
            let is_beyond = count.try_greater_equal(total_count)?;
            let failures = Tensor::select(&is_beyond, 1.0, total_count.try_sub(count)?);
            let inside = self.odds.cumulative(function, &failures, &(count + 1.0))?;
            Ok(Tensor::select(is_beyond, function.beyond().1, inside))
        })
    }
}

impl Distribution for Binomial {
    fn name(&self) -> &'static str {
        "Binomial"
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        check::values(&self.parameters())
    }

    fn batch_shape(&self) -> Shape {
        self.batch_shape
    }

    fn support(&self) -> Constraint {
        Constraint::IntegerInterval { lower: Tensor::scalar(0.0), upper: self.total_count.clone() }
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all("Binomial", &self.parameters())?;
        check_drawable("Binomial", &self.total_count)?;
        let shape = sample_shape.concat(&self.batch_shape);
        elementwise::draw(rng, shape, [&self.total_count, &self.probs()], draw_binomial)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, 0.0, |successes| {
            let total_count = check::or_nan(&self.total_count, &Constraint::NonNegativeInteger);
            let failures = total_count.try_sub(successes)?;
            if !saddle_point::is_small(&[&total_count]) {
                return self.log_prob_at_large_counts(&total_count, successes, &failures);
            }
            let minus_log_coefficient = (&failures + 1.0).try_lbeta(successes + 1.0)?.try_add(total_count.log1p())?;
            self.odds.log_likelihood(successes, &failures)?.try_sub(minus_log_coefficient)
        })
    }
}

impl Cdf for Binomial {
    tails_by_cumulative!();

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        let parameters = [probability, &self.total_count, &self.probs(), &self.odds.complement()];
        scalar::step_function(self, "quantiles", parameters, |[p, count, probs, complement]| {
            scalar::quantile(p, |p| scalar::count_quantile(p, count, |k| cdf(k, count, probs, complement)))
        })
    }
}

impl Mode for Binomial {
    fn mode(&self) -> Result<Tensor> {
        scalar::step_function(self, "modes", [&self.total_count, &self.probs()], |[count, probs]| {
            ((count + 1.0) * probs).floor().min(count)
        })
    }
}

impl Moments for Binomial {
    fn mean(&self) -> Tensor {
        &self.total_count * self.probs()
    }

    fn variance(&self) -> Tensor {
        &self.total_count * (self.probs() * self.odds.complement())
    }
}

impl Entropy for Binomial {
    fn entropy(&self) -> Tensor {
        or_panic(self.sum_of_surprises())
    }
}

impl EnumerateSupport for Binomial {
    fn enumerate_support(&self) -> Result<Tensor> {
        let size = common_total("Binomial", &self.total_count)? + 1;
        Tensor::arange(size).try_reshape(scalar::along_new_axis(size, &self.batch_shape))
    }
}

impl KlDivergence<Self> for Binomial {
    /// ∞ where this total count is the larger one, unless there are no successes.
    ///
    /// # Errors
    /// A total count that is smaller than the other one: the divergence has no closed form then.
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        let (total, trials) = (&self.total_count, &other.total_count);
        if total.try_less(trials)?.sum() > 0.0 {
            return Err(Error::Unsupported {
                what: "the divergence of Binomial from one with more trials in closed form".to_owned(),
                hint: "estimate it by `monte_carlo_kl`".to_owned(),
            });
        }
        let is_outside = total.try_greater(trials)?.try_mul(self.probs().detach().greater(0.0))?;
        let divergence = times_log(trials, &self.odds.kl_divergence(&other.odds)?)?;
        Tensor::try_select(is_outside, f64::INFINITY, divergence)
    }
}

/// The total count, which must be the same of all members of the batch.
pub(super) fn common_total(distribution: &'static str, total_count: &Tensor) -> Result<usize> {
    let (least, most) = (total_count.min().item(), total_count.max().item());
    if least != most {
        return Err(Error::Unsupported {
            what: format!("enumerating {distribution} with total counts from {least} to {most}"),
            hint: "give all members of the batch the same total count".to_owned(),
        });
    }
    Ok(most as usize)
}

/// Checks that the divergence is between distributions of the same total counts.
pub(super) fn check_same_totals(distribution: &'static str, left: &Tensor, right: &Tensor) -> Result<()> {
    if left.try_not_equal(right)?.sum() > 0.0 {
        return Err(Error::Unsupported {
            what: format!("the divergence between {distribution} distributions of different total counts"),
            hint: "estimate it from draws".to_owned(),
        });
    }
    Ok(())
}

/// Checks that there are draws of this number of trials.
pub(super) fn check_drawable(distribution: &'static str, total_count: &Tensor) -> Result<()> {
    let expected = format!("a count of at most {LARGEST_COUNT} to draw from");
    check::at_most(distribution, "total_count", total_count, LARGEST_COUNT, &expected)
}

/// The number of successes in `count` trials.
pub(super) fn draw_binomial(rng: &mut Rng, [count, probs]: [f64; 2]) -> f64 {
    // A program draws by any parameters, and says afterwards that they were none.
    if count > LARGEST_COUNT {
        return f64::NAN;
    }
    rand_distr::Binomial::new(count as u64, probs).map_or(f64::NAN, |binomial| binomial.sample(rng) as f64)
}

/// P(K ≤ k) = I(1 − p; n − k, k + 1), from the smaller of p and 1 − p.
fn cdf(k: f64, count: f64, probs: f64, complement: f64) -> f64 {
    let k = k.floor();
    if k.is_nan() {
        f64::NAN
    } else if k < 0.0 {
        0.0
    } else if k >= count {
        1.0
    } else if probs <= complement {
        special::beta_i_complement(k + 1.0, count - k, probs)
    } else {
        special::beta_i(count - k, k + 1.0, complement)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};

    fn build(p: &Parameters) -> Result<Binomial> {
        if p.has("logits") {
            Binomial::from_logits(p.get("total_count"), p.get("logits"))
        } else {
            Binomial::new(p.get("total_count"), p.get("probs"))
        }
    }

    fn family() -> Family<Binomial> {
        Family::new("Binomial", build)
            .at(parameters! { total_count: 12.0, probs: 0.3 })
            .at(parameters! { total_count: 12.0, probs: 0.85 })
            .at(parameters! { total_count: 200.0, probs: 0.4 })
            .constant("total_count")
            .rejects(
                parameters! { total_count: 2.5, probs: 0.5 },
                "Binomial: `total_count` must be a non-negative integer, got 2.5",
            )
            .rejects(
                parameters! { total_count: -1.0, probs: 0.5 },
                "Binomial: `total_count` must be a non-negative integer, got -1",
            )
            .rejects(parameters! { total_count: 3.0, probs: 1.5 }, "Binomial: `probs` must be between 0 and 1, got 1.5")
            .draws([3.0, 3.0, 5.0])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, kl, enumerable);

    mod logits {
        use super::*;

        fn family() -> Family<Binomial> {
            Family::new("Binomial", build)
                .at(parameters! { total_count: 12.0, logits: 0.7 })
                .at(parameters! { total_count: 12.0, logits: -2.0 })
                .constant("total_count")
                .rejects(
                    parameters! { total_count: -1.0, logits: 0.5 },
                    "Binomial: `total_count` must be a non-negative integer, got -1",
                )
                .rejects(parameters! { total_count: 2.0, logits: f64::NAN }, "Binomial: `logits` must be real, got NaN")
                .draws([9.0, 9.0, 7.0])
        }

        conformance::distribution!(family() => univariate, cdf, mode, moments, entropy, kl, enumerable);
    }

    /// Against sums by mpmath with 40 digits.
    #[test]
    fn entropies_of_all_counts() {
        for (total_count, probs, want) in [
            (1.0, 0.3, 0.610_864_302_054_893_5),
            (12.0, 1e-9, 2.308_603_102_913_914e-7),
            (144.0, 0.5, 3.210_693_926_579_837_3),
            (146.0, 0.45, 3.212_542_142_356_071_3),
            (200.0, 0.96, 2.428_321_939_000_305),
            (5000.0, 0.02, 3.710_634_545_995_895_4),
            (1e5, 0.3, 6.395_076_756_613_366),
        ] {
            let got = Binomial::new(total_count, probs).unwrap().entropy().item();
            assert!((got - want).abs() < 1e-13, "{total_count}, {probs}: {got} {want}");
            let logit = f64::ln(probs / (1.0 - probs));
            let got = Binomial::from_logits(total_count, -logit).unwrap().entropy().item();
            assert!((got - want).abs() < 1e-13, "{total_count}, {logit}: {got} {want}");
        }
        // Where it is normal; where there is one outcome only.
        let normal = Binomial::new(1e40, 0.5).unwrap().entropy().item();
        assert!((normal - 0.5 * (std::f64::consts::PI * std::f64::consts::E * 0.5e40).ln()).abs() < 1e-13);
        assert_eq!(Binomial::new([0.0, 7.0, 1e20], [0.3, 1.0, 0.0]).unwrap().entropy().to_vec(), [0.0; 3]);
    }

    #[test]
    fn different_total_counts() {
        let (five, six) = (Binomial::new(5.0, 0.5).unwrap(), Binomial::new(6.0, 0.5).unwrap());
        let error = five.kl_divergence(&six).unwrap_err().to_string();
        assert!(error.contains("one with more trials"), "{error}");
        let both = Binomial::new([5.0, 6.0], 0.5).unwrap();
        let error = both.enumerate_support().unwrap_err().to_string();
        assert!(error.contains("from 5 to 6"), "{error}");
    }

    #[test]
    fn a_count_too_large_to_draw_from_is_an_error() {
        let binomial = Binomial::new(1e308, 0.5).unwrap();
        let error = binomial.sample(&mut crate::random::Key::new(0).rng("x", 0), &Shape::SCALAR).unwrap_err();
        let expected = "Binomial: `total_count` must be a count of at most 9007199254740992 to draw from, got 1000";
        assert!(error.to_string().starts_with(expected), "{error}");
    }
}
