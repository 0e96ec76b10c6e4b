//! Negative binomial distribution.

use rand_distr::Distribution as _;

use crate::distribution::density::odds::Odds;
use crate::distribution::density::{saddle_point, scalar, trials, vector};
use crate::distribution::sampling::elementwise;
use crate::distribution::{Cdf, Distribution, Entropy, Mode, Moments};
use crate::random::Rng;
use crate::tensor::cumulative::Function;
use crate::tensor::or_panic;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check, special};

/// Negative binomial distribution: the number of successes before `total_count` failures; a Poisson distribution whose
/// rate is gamma distributed.
///
#[doc = include_str!("../../../doc/distribution/NegativeBinomial.svg")]
///
/// ```text
/// log p(k) = ln Γ(k + r) − ln k! − ln Γ(r) + k ln(probs) + r ln(1 − probs),   r = total_count, k ∈ {0, 1, 2, …}
/// ```
///
/// # Parameters
/// | parameter     | domain                     | meaning                             | shape |
/// |---------------|----------------------------|-------------------------------------|-------|
/// | `total_count` | positive                   | r, an integer or not; concentration | batch |
/// | `probs`       | between 0 and 1 (excluded) | probability of a success            | batch |
/// | `logits`      | real or −∞                 | ln(probs / (1 − probs))             | batch |
///
/// One of the last two is given: [`new`](Self::new) takes `probs`, [`from_logits`](Self::from_logits) takes `logits`;
/// [`from_mean`](Self::from_mean) takes the mean instead, as regressions of counts do.
///
/// # Shapes
/// batch = broadcast(total_count, probs), event = `[]`.
///
/// # Support
/// The integers from 0 on: [`Constraint::NonNegativeInteger`](crate::Constraint::NonNegativeInteger).
///
/// # Moments
/// ```text
/// mean     = r o,   o = probs / (1 − probs)
/// variance = r o / (1 − probs)
/// mode     = ⌊(r − 1) o⌋ if r ≥ 1, 0 otherwise
/// entropy  = −Σ p(k) ln p(k)
/// ```
/// The median is a quantile, by search.
///
/// # Numerics
/// The log mass is made of Loader's deviances of successes and failures from their means: no gamma functions cancel at
/// a large `total_count`, where it and its gradients go over into those of the Poisson distribution.
/// [`from_mean`](Self::from_mean) keeps the mean as it was given. Tails are those of the incomplete beta function, with
/// full relative precision.
///
/// The entropy is a sum over the counts within ten standard deviations and fifty means of the geometric tail; from r = 40 on
/// over those that are a third of a standard deviation apart, a few hundred at most. Below, it is a sum of some 50 (1 + mean / r)
/// masses, and panics where they are more than 2²⁴.
///
/// # Draws
/// Poisson counts of gamma rates. Above a rate of 1.8e19 they are normal, rounded down, at most the largest number.
///
/// # Reference
/// Stan Functions Reference, "Negative binomial distribution". SciPy's p is 1 − `probs`.
///
/// # Example
/// ```
/// use ppl::distribution::{Distribution, Moments, NegativeBinomial};
///
/// let cases = NegativeBinomial::from_mean(10.0, 2.0)?;
/// assert!((cases.mean().item() - 10.0).abs() < 1e-13);
/// assert!((cases.variance().item() - (10.0 + 10.0 * 10.0 / 2.0)).abs() < 1e-12);
/// assert_eq!(cases.log_prob(&(-1.0).into())?, f64::NEG_INFINITY);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct NegativeBinomial {
    total_count: Tensor,
    odds: Odds,
    /// The mean, where it was given.
    mean: Option<Tensor>,
    batch_shape: Shape,
}

impl NegativeBinomial {
    /// The number of successes, of this probability, before `total_count` failures.
    ///
    /// # Errors
    /// `total_count` not positive and finite; `probs` not between 0 and 1, or 1; shapes that do not broadcast.
    pub fn new(total_count: impl IntoTensor, probs: impl IntoTensor) -> Result<Self> {
        Self::build(total_count.into_tensor(), Odds::Probs(probs.into_tensor()))
    }

    /// The number of successes, of these log odds, before `total_count` failures.
    ///
    /// # Errors
    /// `total_count` not positive and finite; `logits` that are NaN or ∞; shapes that do not broadcast.
    pub fn from_logits(total_count: impl IntoTensor, logits: impl IntoTensor) -> Result<Self> {
        Self::build(total_count.into_tensor(), Odds::Logits(logits.into_tensor()))
    }

    /// The negative binomial distribution with this mean, and variance mean + mean² / concentration (Stan's
    /// `neg_binomial_2`).
    ///
    /// # Errors
    /// `mean` or `concentration` not positive and finite; shapes that do not broadcast.
    pub fn from_mean(mean: impl IntoTensor, concentration: impl IntoTensor) -> Result<Self> {
        let (mean, concentration) = (mean.into_tensor(), concentration.into_tensor());
        let parameters =
            [("mean", &mean, Constraint::Positive), ("concentration", &concentration, Constraint::Positive)];
        check::constants("NegativeBinomial", &parameters)?;
        Self::of_mean(mean, concentration)
    }

    /// The same of parameters that another distribution has checked.
    pub(super) fn of_mean(mean: Tensor, concentration: Tensor) -> Result<Self> {
        let logits = mean.ln().try_sub(concentration.ln())?;
        let distribution = Self::build(concentration, Odds::Logits(logits))?;
        Ok(Self { mean: Some(mean), ..distribution })
    }

    fn build(total_count: Tensor, odds: Odds) -> Result<Self> {
        let batch_shape = check::broadcast_all("NegativeBinomial", &[&total_count, odds.tensor()])?;
        let negative_binomial = Self { total_count, odds, mean: None, batch_shape };
        check::constants("NegativeBinomial", &negative_binomial.parameters())?;
        Ok(negative_binomial)
    }

    fn parameters(&self) -> Vec<check::Parameter<'_>> {
        if let Some(mean) = &self.mean {
            let concentration = ("concentration", &self.total_count, Constraint::Positive);
            return vec![("mean", mean, Constraint::Positive), concentration];
        }
        let mut parameters = vec![("total_count", &self.total_count, Constraint::Positive), self.odds.parameter()];
        // A failure must be possible.
        parameters.push(match &self.odds {
            Odds::Probs(probs) => ("probs", probs, Constraint::LessThan(Tensor::scalar(1.0))),
            Odds::Logits(logits) => ("logits", logits, Constraint::LessThan(f64::INFINITY.into())),
        });
        parameters
    }

    /// The number of failures to wait for.
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

    /// p / (1 − p): the scale of the Poisson rate.
    fn odds_ratio(&self) -> Tensor {
        match &self.odds {
            Odds::Probs(probs) => probs / (1.0 - probs),
            Odds::Logits(logits) => logits.exp(),
        }
    }

    /// P(K ≤ k) is the probability of Beta(k + 1, r) beyond p.
    fn cumulative(&self, function: Function, value: &Tensor) -> Result<Tensor> {
        scalar::counted(self, value, function, |count| {
            self.odds.cumulative(function, &self.total_count, &(count + 1.0))
        })
    }
}

impl Distribution for NegativeBinomial {
    fn name(&self) -> &'static str {
        "NegativeBinomial"
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        check::values(&self.parameters())
    }

    fn batch_shape(&self) -> Shape {
        self.batch_shape
    }

    fn support(&self) -> Constraint {
        Constraint::NonNegativeInteger
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all("NegativeBinomial", &self.parameters())?;
        let shape = sample_shape.concat(&self.batch_shape);
        elementwise::draw(rng, shape, [&self.total_count, &self.odds_ratio()], draw_negative_binomial)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        scalar::on_support(self, value, 0.0, |successes| {
            let total_count = check::or_nan(&self.total_count, &Constraint::Positive);
            // With n = k + r the parts are those of a binomial distribution of n trials, of which r fail.
            let growth = saddle_point::log1p_of_ratio(successes, &total_count)?;
            let trials = successes.try_add(&total_count)?;
            let (log_ratio, deviance);
            match &self.mean {
                Some(mean) => {
                    let mean = check::or_nan(mean, &Constraint::Positive);
                    log_ratio = growth.try_sub(saddle_point::log1p_of_ratio(&mean, &total_count)?)?;
                    deviance = saddle_point::deviance(
                        successes,
                        || mean.try_mul(log_ratio.exp()),
                        |count| mean.try_div(count)?.ln().try_add(&log_ratio),
                    )?;
                }
                None => {
                    let (log_probs, log_complement) = self.odds.logarithms();
                    log_ratio = growth.try_add(log_complement)?;
                    deviance = saddle_point::deviance(
                        successes,
                        || trials.try_mul(self.odds.probs()),
                        |count| trials.try_div(count)?.ln().try_add(log_probs),
                    )?;
                }
            }
            let parts = (&growth, &log_ratio, &deviance);
            let relative = saddle_point::relative_negative_binomial(successes, &total_count, parts)?;
            let log_prob = saddle_point::log_mass_at_mean(successes).try_add(relative)?;
            match &self.mean {
                Some(mean) => with_rare_success(successes, (mean, &total_count), log_prob),
                None => Ok(log_prob),
            }
        })
    }
}

impl Cdf for NegativeBinomial {
    tails_by_cumulative!();

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        let parameters = [probability, &self.total_count, &self.probs(), &self.odds.complement()];
        scalar::step_function(self, "quantiles", parameters, |[p, total_count, probs, complement]| {
            let last = if probs == 0.0 { 0.0 } else { f64::INFINITY };
            scalar::quantile(p, |p| scalar::count_quantile(p, last, |k| cdf(k, total_count, probs, complement)))
        })
    }
}

impl Mode for NegativeBinomial {
    fn mode(&self) -> Result<Tensor> {
        scalar::step_function(self, "modes", [&self.total_count, &self.odds_ratio()], |[total_count, odds]| {
            ((total_count - 1.0).max(0.0) * odds).floor()
        })
    }
}

impl Moments for NegativeBinomial {
    fn mean(&self) -> Tensor {
        &self.total_count * self.odds_ratio()
    }

    fn variance(&self) -> Tensor {
        &self.total_count * self.odds_ratio() / self.odds.complement()
    }
}

impl Entropy for NegativeBinomial {
    /// # Panics
    /// More than 2²⁴ masses, of a small `total_count` and a large mean.
    fn entropy(&self) -> Tensor {
        let total_count = check::or_nan(&self.total_count, &Constraint::Positive);
        let mean = self.mean.clone().unwrap_or_else(|| self.mean());
        or_panic(trials::negative_binomial_entropy("NegativeBinomial", [&mean, &total_count], |counts| {
            let total_count = vector::over_events(&total_count, 1)?;
            let mean = self.mean.as_ref().map(|mean| vector::over_events(mean, 1)).transpose()?;
            let batch_shape = self.batch_shape.concat(&Shape::from(1));
            Self { total_count, odds: self.odds.over_events(1)?, mean, batch_shape }.log_prob(counts)
        }))
    }
}

/// The log density with that of one success where the mean is below the concentration: there the parts that do not depend on
/// the mean cancel, and its small derivative by the concentration would be left of them.
fn with_rare_success(
    successes: &Tensor,
    (mean, concentration): (&Tensor, &Tensor),
    log_prob: Tensor,
) -> Result<Tensor> {
    let is_one = successes.equal(1.0);
    if is_one.is_known_to_be_all(0.0) {
        return Ok(log_prob);
    }
    let ratio = mean.try_div(concentration)?;
    let is_rare = is_one.try_mul(ratio.detach().less(1.0))?;
    // ln m − (r + 1) ln(1 + m / r), in which r ln(1 + m / r) is m but for a small difference.
    let log1p = Tensor::select(ratio.detach().less(1.0), ratio, 0.0).log1p();
    let rare = mean.ln().try_sub(mean)?.try_add(log1p.expm1x().try_mul(concentration)?)?.try_sub(log1p)?;
    Tensor::try_select(is_rare, rare, log_prob)
}

/// A Poisson count whose rate is gamma distributed with this concentration and scale.
pub(super) fn draw_negative_binomial(rng: &mut Rng, [concentration, scale]: [f64; 2]) -> f64 {
    let Ok(gamma) = rand_distr::Gamma::new(concentration, 1.0) else { return f64::NAN };
    let rate = gamma.sample(rng) * scale;
    // From there on a normal distribution differs from that of counts by 1e-11 at most (Berry and Esseen).
    if rate > rand_distr::Poisson::<f64>::MAX_LAMBDA {
        let noise: f64 = rand_distr::StandardNormal.sample(rng);
        return (rate + rate.sqrt() * noise).floor().min(f64::MAX);
    }
    // A rate of 0, by underflow, has no events.
    rand_distr::Poisson::new(rate).map_or(0.0, |poisson| poisson.sample(rng))
}

/// P(K ≤ k) = I(1 − p; r, k + 1), from the smaller of p and 1 − p.
fn cdf(k: f64, total_count: f64, probs: f64, complement: f64) -> f64 {
    let k = k.floor();
    if k < 0.0 {
        0.0
    } else if k == f64::INFINITY {
        1.0
    } else if probs <= complement {
        special::beta_i_complement(k + 1.0, total_count, probs)
    } else {
        special::beta_i(total_count, k + 1.0, complement)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};

    fn build(p: &Parameters) -> Result<NegativeBinomial> {
        if p.has("logits") {
            NegativeBinomial::from_logits(p.get("total_count"), p.get("logits"))
        } else {
            NegativeBinomial::new(p.get("total_count"), p.get("probs"))
        }
    }

    fn family() -> Family<NegativeBinomial> {
        Family::new("NegativeBinomial", build)
            .nan_at("far", &["entropy"], "sums of more than 2²⁴ masses are refused")
            .nan_at("probs", &["entropy"], "sums of more than 2²⁴ masses are refused")
            .at(parameters! { total_count: 2.5, probs: 0.3 })
            .at(parameters! { total_count: 0.7, probs: 0.85 })
            .at(parameters! { total_count: 80.0, probs: 0.4 })
            .rejects(
                parameters! { total_count: -0.5, probs: 0.5 },
                "NegativeBinomial: `total_count` must be positive, got -0.5",
            )
            .rejects(
                parameters! { total_count: 3.0, probs: -0.5 },
                "NegativeBinomial: `probs` must be between 0 and 1, got -0.5",
            )
            .rejects(
                parameters! { total_count: 3.0, probs: 1.0 },
                "NegativeBinomial: `probs` must be less than 1, got 1",
            )
            .draws([1.0, 0.0, 2.0])
    }

    conformance::distribution!(family() => univariate, cdf, mode, moments, entropy);

    mod logits {
        use super::*;

        fn family() -> Family<NegativeBinomial> {
            Family::new("NegativeBinomial", build)
                .nan_at("total_count", &["log_survival"], "half of the smallest number is 0")
                .nan_at("far", &["entropy"], "sums of more than 2²⁴ masses are refused")
                .at(parameters! { total_count: 2.5, logits: 0.7 })
                .at(parameters! { total_count: 0.7, logits: -2.0 })
                .rejects(
                    parameters! { total_count: 0.0, logits: 0.5 },
                    "NegativeBinomial: `total_count` must be positive, got 0",
                )
                .rejects(
                    parameters! { total_count: 2.0, logits: f64::NAN },
                    "NegativeBinomial: `logits` must be real, got NaN",
                )
                .draws([3.0, 1.0, 2.0])
        }

        conformance::distribution!(family() => univariate, cdf, mode, moments, entropy);
    }

    mod mean {
        use super::*;

        /// Its own name in the golden table.
        fn family() -> Family<NegativeBinomial> {
            Family::new("NegativeBinomial2", |p| NegativeBinomial::from_mean(p.get("mean"), p.get("concentration")))
                .nan_at("concentration", &["mode"], "no event is the only one there")
                .nan_at("concentration", &["entropy"], "sums of more than 2²⁴ masses are refused")
                .nan_at("far", &["entropy"], "sums of more than 2²⁴ masses are refused")
                .nan_at("mean", &["entropy"], "sums of more than 2²⁴ masses are refused")
                .at(parameters! { mean: 3.0, concentration: 0.7 })
                .at(parameters! { mean: 0.5, concentration: 10.0 })
                .made_of("NegativeBinomial")
                .rejects(
                    parameters! { mean: -1.0, concentration: 1.0 },
                    "NegativeBinomial: `mean` must be positive, got -1",
                )
                .rejects(
                    parameters! { mean: 1.0, concentration: 0.0 },
                    "NegativeBinomial: `concentration` must be positive, got 0",
                )
                .draws([0.0, 2.0, 0.0])
        }

        conformance::distribution!(family() => univariate, cdf, mode, moments, entropy);
    }

    /// Against sums by mpmath with 30 digits.
    #[test]
    fn entropies_of_all_concentrations() {
        for (mean, concentration, want) in [
            (1e-6, 3.0, 0.000_014_815_510_994_940_91),
            (0.5, 0.01, 0.288_820_884_425_951_2),
            (7.0, 1.0, 3.014_161_290_051_494_3),
            (100.0, 0.3, 5.018_318_269_452_467),
            (1000.0, 39.5, 6.499_417_649_222_463),
            (1000.0, 40.5, 6.487_608_674_289_539),
            (50.0, 1e9, 3.373_266_285_918_487),
            (1e6, 50.0, 13.271_762_500_284_977),
        ] {
            let got = NegativeBinomial::from_mean(mean, concentration).unwrap().entropy().item();
            assert!((got - want).abs() < 2e-13 * (1.0 + want), "{mean}, {concentration}: {got} {want}");
        }
        let both = NegativeBinomial::from_mean([7.0, 1000.0], [1.0, 40.5]).unwrap().entropy().to_vec();
        assert!(
            (both[0] - 3.014_161_290_051_494_3).abs() < 1e-12 && (both[1] - 6.487_608_674_289_539).abs() < 1e-12,
            "{both:?}"
        );
    }

    #[test]
    #[should_panic(expected = "the entropy of NegativeBinomial by")]
    fn too_many_masses_for_an_entropy() {
        let _ = NegativeBinomial::from_mean(1e9, 0.5).unwrap().entropy();
    }

    #[test]
    fn modes_of_few_failures() {
        let mode = |total_count: f64| NegativeBinomial::new(total_count, 0.75).unwrap().mode().unwrap().item();
        // p / (1 − p) is 3.
        assert_eq!([mode(0.5), mode(1.0), mode(1.5), mode(3.0)], [0.0, 0.0, 1.0, 6.0]);
    }
}
