//! `Hurdle`: zeros of their own, and positive numbers.

use std::sync::Arc;

use super::gate::Gate;
use super::truncated::ZeroTruncated;
use super::zero_inflated::ZeroInflated;
use crate::distribution::{Cdf, Distribution, DistributionExt, Entropy, Moments};
use crate::random::Rng;
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor};

/// Distribution with zeros of its own: with probability `gate` 0, otherwise a positive draw of the base.
///
#[doc = include_str!("../../../../doc/distribution/Hurdle.svg")]
///
/// ```text
/// p(0) = gate
/// p(x) = (1 − gate) p_base(x) / P_base(X > 0),   x > 0
/// ```
///
/// Unlike a [`ZeroInflated`] one, it may also have fewer zeros than its base, and the base may be continuous.
///
/// Made by [`hurdle`](DistributionExt::hurdle).
///
/// # Parameters
/// | parameter      | domain                      | meaning                | shape                   |
/// |----------------|-----------------------------|------------------------|-------------------------|
/// | `distribution` | counts, or positive numbers | the base               | batch                   |
/// | `gate`         | between 0 and 1             | probability of a zero  | broadcasts to the batch |
/// | `gate_logits`  | real, −∞ or ∞               | ln(gate / (1 − gate))  | broadcasts to the batch |
///
/// One of the last two is given: [`new`](Self::new) takes `gate`, [`from_logits`](Self::from_logits) takes `gate_logits`.
///
/// # Shapes
/// batch = broadcast(the base's, gate), event = `[]`.
///
/// # Support
/// 0, and the support of the base.
///
/// # Continuous bases
/// 0 has a probability and the other numbers have a density: the density is that with respect to the Lebesgue measure and
/// an atom at 0, as in PyMC's `HurdleGamma`. Such a site is for data: no sampler that follows gradients moves from the
/// positive numbers to 0.
///
/// # Moments
/// ```text
/// mean     = (1 − gate) m,   m = mean_base / P_base(X > 0)
/// variance = (1 − gate) (v + gate m²),   v = (variance_base + mean_base²) / P_base(X > 0) − m²
/// ```
/// The entropy is that of the gate and 1 − gate times that of the base given X > 0, if the base implements it; of a
/// continuous base it is the mean of −ln p, with p the mass at 0 and the density elsewhere. The median is a quantile. The
/// mode is not implemented.
///
/// # Numerics
/// The error of a log density is that of ln P(X > 0), which is large where the base is rarely positive. Tails are those
/// of the base given X > 0, on the logarithmic scale, from the smaller one.
///
/// # Draws
/// A draw of the base, and where that is 0 the quantile of a uniform number.
///
/// # Reference
/// Mullahy, "Specification and testing of some modified count data models", Journal of Econometrics 1986; PyMC,
/// `HurdlePoisson`, `HurdleNegativeBinomial`, `HurdleGamma`, `HurdleLogNormal`.
///
/// # Example
/// ```
/// use ppl::distribution::{Distribution, DistributionExt, Gamma, Moments, Poisson};
///
/// let visits = Poisson::new(2.0).hurdle(0.1)?;
/// assert!((visits.prob(&0.0.into())?.item() - 0.1).abs() < 1e-15);
/// assert!((visits.mean().item() - 0.9 * 2.0 / (1.0 - (-2_f64).exp())).abs() < 1e-14);
///
/// let rain = Gamma::new(2.0, 0.5).hurdle(0.6)?;
/// assert!((rain.mean().item() - 0.4 * 4.0).abs() < 1e-15);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Debug)]
pub struct Hurdle<D: ?Sized> {
    inner: ZeroInflated<ZeroTruncated<D>>,
}

impl<D: Cdf + ?Sized> Hurdle<D> {
    /// The base behind a hurdle, below which all is 0, with probability `gate`.
    ///
    /// # Errors
    /// A base with negative values, or of events; `gate` not between 0 and 1; shapes that do not broadcast; those of
    /// building the base.
    pub fn new(distribution: impl DistributionExt<Base = D>, gate: impl IntoTensor) -> Result<Self> {
        Self::build(distribution.into_shared()?, Gate::probs(gate))
    }

    /// The base behind a hurdle, below which all is 0, with these log odds.
    ///
    /// # Errors
    /// A base with negative values, or of events; `gate_logits` that are NaN; shapes that do not broadcast; those of
    /// building the base.
    pub fn from_logits(distribution: impl DistributionExt<Base = D>, gate_logits: impl IntoTensor) -> Result<Self> {
        Self::build(distribution.into_shared()?, Gate::logits(gate_logits))
    }

    fn build(base: Arc<D>, gate: Gate) -> Result<Self> {
        let own = base.support();
        let Some(support) = with_zero(&own) else {
            return Err(Error::Unsupported {
                what: format!("a hurdle before {} ({own})", base.name()),
                hint: "use a base of counts or of positive numbers".to_owned(),
            });
        };
        Ok(Self { inner: ZeroInflated::on(support, "Hurdle", Arc::new(ZeroTruncated::new(base)), gate)? })
    }

    /// The distribution behind the hurdle, its zeros included.
    #[must_use]
    pub fn base(&self) -> &Arc<D> {
        self.inner.base().base()
    }

    /// The probability of a zero.
    #[must_use]
    pub fn gate(&self) -> Tensor {
        self.inner.gate()
    }
}

/// A set of non-negative numbers, and 0.
fn with_zero(support: &Constraint) -> Option<Constraint> {
    let is_from_zero = |lower: &Tensor| lower.is_tracked() || lower.elements().iter().all(|&lower| lower >= 0.0);
    let or_zero = |positive: &Constraint| Some(Constraint::ZeroOr(Box::new(positive.clone())));
    match support {
        Constraint::Boolean | Constraint::NonNegativeInteger => Some(support.clone()),
        Constraint::IntegerInterval { lower, upper } if is_from_zero(lower) => {
            Some(Constraint::IntegerInterval { lower: 0.0.into(), upper: upper.clone() })
        }
        Constraint::Positive | Constraint::NonNegative | Constraint::UnitInterval => or_zero(support),
        Constraint::GreaterThan(lower) | Constraint::Interval { lower, .. } if is_from_zero(lower) => or_zero(support),
        _ => None,
    }
}

impl<D: ?Sized> Clone for Hurdle<D> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

impl<D: Cdf + ?Sized> Distribution for Hurdle<D> {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        self.inner.parameter_values()
    }

    fn batch_shape(&self) -> Shape {
        self.inner.batch_shape()
    }

    fn support(&self) -> Constraint {
        self.inner.support()
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        self.inner.sample(rng, sample_shape)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        self.inner.log_prob(value)
    }

    fn element_mask(&self) -> Option<Tensor> {
        self.inner.element_mask()
    }
}

impl<D: Cdf + ?Sized> Cdf for Hurdle<D> {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        self.inner.cdf(value)
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        self.inner.icdf(probability)
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        self.inner.log_cdf(value)
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        self.inner.survival(value)
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        self.inner.log_survival(value)
    }
}

impl<D: Moments + Cdf + ?Sized> Moments for Hurdle<D> {
    fn mean(&self) -> Tensor {
        self.inner.mean()
    }

    fn variance(&self) -> Tensor {
        self.inner.variance()
    }
}

impl<D: Entropy + Cdf + ?Sized> Entropy for Hurdle<D> {
    fn entropy(&self) -> Tensor {
        self.inner.entropy()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::biject_to;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};
    use crate::distribution::{Binomial, Gamma, NegativeBinomial, Normal, Poisson, Uniform};
    use crate::random::Key;

    fn family<D: Cdf>(name: &'static str, build: fn(&Parameters) -> Result<Hurdle<D>>) -> Family<Hurdle<D>> {
        Family::new(name, build).without_golden_cases("the table's tools have no hurdles").made_of("Hurdle")
    }

    mod poisson {
        use super::*;

        fn family() -> Family<Hurdle<Poisson>> {
            super::family("HurdlePoisson", |p| Poisson::new(p.get("rate")).hurdle(p.get("gate")))
                .made_of("Poisson")
                .nan_at(
                    "rate",
                    &["cdf", "log_cdf", "survival", "log_survival", "mean", "variance", "entropy"],
                    "no count above 0 is left",
                )
                .at(parameters! { gate: 0.3, rate: 2.5 })
                .at(parameters! { gate: 0.8, rate: 0.7 })
                .at(parameters! { gate: 0.05, rate: 35.0 })
                .at(parameters! { gate: 0.5, rate: 1e-3 })
                .rejects(parameters! { gate: 1.5, rate: 1.0 }, "Hurdle: `gate` must be between 0 and 1, got 1.5")
                .rejects(parameters! { gate: 0.5, rate: -1.0 }, "Poisson: `rate` must be non-negative, got -1")
                .draws([1.0, 1.0, 3.0])
        }

        conformance::distribution!(family() => univariate, cdf, moments, entropy);
    }

    mod negative_binomial {
        use super::*;

        fn family() -> Family<Hurdle<NegativeBinomial>> {
            super::family("HurdleNegativeBinomial", |p| {
                let base = NegativeBinomial::new(p.get("total_count"), p.get("probs"));
                if p.has("gate") { base.hurdle(p.get("gate")) } else { Hurdle::from_logits(base, p.get("gate_logits")) }
            })
            .made_of("NegativeBinomial")
            .without_far_cases("its base has them")
            .nan_at("probs", &["entropy"], "no count above 0 is left, or sums of more than 2²⁴ masses are refused")
            .nan_at(
                "probs",
                &["cdf", "log_cdf", "survival", "log_survival", "mean", "variance"],
                "no count above 0 is left",
            )
            .nan_at(
                "total_count",
                &["cdf", "log_cdf", "survival", "log_survival"],
                "half of the smallest number is 0: no count above 0 is left",
            )
            .at(parameters! { gate_logits: 0.3, total_count: 2.5, probs: 0.6 })
            .at(parameters! { gate_logits: -0.6, total_count: 0.05, probs: 0.9 })
            .rejects(
                parameters! { gate_logits: f64::NAN, total_count: 1.0, probs: 0.5 },
                "Hurdle: `gate_logits` must be real, got NaN",
            )
            .rejects(
                parameters! { gate_logits: 0.5, total_count: -1.0, probs: 0.5 },
                "NegativeBinomial: `total_count` must be positive, got -1",
            )
            .rejects(
                parameters! { gate_logits: 0.5, total_count: 1.0, probs: 1.5 },
                "NegativeBinomial: `probs` must be between 0 and 1, got 1.5",
            )
            .draws([0.0, 0.0, 1.0])
        }

        conformance::distribution!(family() => univariate, cdf, moments, entropy);
    }

    /// Positive numbers, and 0: laws that need neither a density nor a mass alone.
    mod gamma {
        use super::*;

        fn family() -> Family<Hurdle<Gamma>> {
            super::family("HurdleGamma", |p| Gamma::new(p.get("concentration"), p.get("rate")).hurdle(p.get("gate")))
                .made_of("Gamma")
                .without_far_cases("its base has them")
                .at(parameters! { gate: 0.3, concentration: 2.5, rate: 2.0 })
                .at(parameters! { gate: 0.6, concentration: 4.0, rate: 0.7 })
                .rejects(
                    parameters! { gate: 1.5, concentration: 1.0, rate: 1.0 },
                    "Hurdle: `gate` must be between 0 and 1, got 1.5",
                )
                .rejects(
                    parameters! { gate: 0.5, concentration: -1.0, rate: 1.0 },
                    "Gamma: `concentration` must be positive, got -1",
                )
                .rejects(
                    parameters! { gate: 0.5, concentration: 1.0, rate: -1.0 },
                    "Gamma: `rate` must be positive, got -1",
                )
                .draws([0.45348859790474405, 0.6257338608367888, 2.9745020277756424])
        }

        conformance::law_tests! { family() =>
            shapes_are_sample_batch_event,
            outside_the_support_the_density_is_zero,
            at_the_ends_the_density_is_known,
            observations_outside_are_named,
            what_a_mask_leaves_out_is_not_looked_at,
            invalid_parameters_are_named,
            parameters_have_names_and_values,
            first_draws_are_stable,
            draws_with_a_gradient_are_recorded,
            moments,
            entropy
        }

        #[test]
        fn zeros_have_a_probability_and_the_rest_a_density() {
            let hurdle = Gamma::new(2.0, 0.5).hurdle(0.6).unwrap();
            let base = Gamma::new(2.0, 0.5).unwrap();
            let x = Tensor::from([0.0, 1.5, -1.0]);
            let want = [0.6, 0.4 * base.prob(&1.5.into()).unwrap().item(), 0.0];
            assert_eq!(hurdle.log_prob(&x).unwrap().to_vec(), want.map(f64::ln));
            let cdf = hurdle.cdf(&x).unwrap().to_vec();
            assert!((cdf[1] - (0.6 + 0.4 * base.cdf(&1.5.into()).unwrap().item())).abs() < 1e-15);
            assert_eq!([cdf[0], cdf[2]], [0.6, 0.0]);
            let quantiles = hurdle.icdf(&Tensor::from([0.0, 0.3, 0.6, cdf[1], 1.0, -0.1])).unwrap().to_vec();
            assert_eq!(quantiles[..3], [0.0; 3]);
            assert!((quantiles[3] - 1.5).abs() < 1e-13 && quantiles[4] == f64::INFINITY && quantiles[5].is_nan());
            // Five standard deviations of the frequency of zeros: false alarm rate 6e-7.
            let draws = hurdle.sample(&mut Key::new(0).rng("x", 0), &Shape::from(10_000)).unwrap();
            let zeros = draws.equal(0.0).mean().item();
            assert!((zeros - 0.6).abs() < 5.0 * (0.24_f64 / 1e4).sqrt(), "{zeros}");
            let error = biject_to(&hurdle.support()).unwrap_err().to_string();
            assert_eq!(
                error,
                "an unconstrained form of `0 or positive`, where 0 has a probability of its own, is not supported\n\
                 help: observe the site, or draw whether it is 0 at a discrete site of its own"
            );
        }
    }

    /// A base that is nearly always 0 is searched where it is not.
    #[test]
    fn positive_draws_of_a_base_that_is_nearly_always_zero() {
        let hurdle = Poisson::new(1e-12).hurdle(0.0).unwrap();
        let draws = hurdle.sample(&mut Key::new(0).rng("x", 0), &Shape::from(1000)).unwrap();
        assert_eq!(draws, Tensor::ones(1000));
        assert!((hurdle.mean().item() - 1.0).abs() < 1e-11);
        assert!(hurdle.log_prob(&1.0.into()).unwrap().item().abs() < 1e-11);
    }

    /// One draw is searched for, many are looked up in a table.
    #[test]
    fn draws_by_a_table_are_those_of_the_search() {
        let draws = |hurdle: Result<Hurdle<NegativeBinomial>>, size: usize| {
            hurdle.unwrap().sample(&mut Key::new(0).rng("x", 0), &Shape::from(size)).unwrap()
        };
        let single = || NegativeBinomial::new(0.05, 0.9);
        let batch = NegativeBinomial::new([0.05], 0.9).hurdle(0.3);
        assert_eq!(draws(single().hurdle(0.3), 2000), draws(batch, 2000).reshape(2000));
    }

    #[test]
    fn supports_hold_zero_and_the_base() {
        let text = |hurdle: &dyn Distribution| hurdle.support().to_string();
        assert_eq!(text(&Binomial::new(4.0, 0.5).hurdle(0.3).unwrap()), "an integer from 0 to 4");
        let uniform = Uniform::new(1.0, 2.0).hurdle(0.3).unwrap();
        assert_eq!(text(&uniform), "0 or between 1 and 2");
        assert_eq!(uniform.support().contains(&Tensor::from([0.0, 0.5, 1.5])).to_vec(), [1.0, 0.0, 1.0]);
        let error = Normal::new(0.0, 1.0).hurdle(0.3).unwrap_err().to_string();
        assert_eq!(
            error,
            "a hurdle before Normal (real) is not supported\nhelp: use a base of counts or of positive numbers"
        );
    }
}
