//! `ZeroInflated`: counts with more zeros.

use std::sync::Arc;

use super::gate::Gate;
use crate::distribution::density::odds::times_log;
use crate::distribution::density::{quantile, scalar};
use crate::distribution::sampling::noise::standard_uniform;
use crate::distribution::{Cdf, Distribution, DistributionExt, Entropy, EnumerateSupport, Expanded, Mode, Moments};
use crate::random::Rng;
use crate::tensor::or_panic;
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor, check};

/// Distribution of counts with more zeros than its base: with probability `gate` 0, otherwise a draw of the base.
///
#[doc = include_str!("../../../../doc/distribution/ZeroInflated.svg")]
///
/// ```text
/// p(0) = gate + (1 − gate) p_base(0)
/// p(k) = (1 − gate) p_base(k),   k ≠ 0
/// ```
///
/// A zero may come from the base too; where it cannot, it is a [`Hurdle`](crate::distribution::Hurdle).
///
/// Made by [`zero_inflated`](DistributionExt::zero_inflated);
/// [`ZeroInflatedPoisson`](crate::distribution::ZeroInflatedPoisson) and
/// [`ZeroInflatedNegativeBinomial`](crate::distribution::ZeroInflatedNegativeBinomial) are shorter for these bases.
///
/// # Parameters
/// | parameter      | domain              | meaning                                   | shape                   |
/// |----------------|---------------------|-------------------------------------------|-------------------------|
/// | `distribution` | counts, 0 among them | the base                                 | batch                   |
/// | `gate`         | between 0 and 1     | probability of a zero beside the base     | broadcasts to the batch |
/// | `gate_logits`  | real, −∞ or ∞       | ln(gate / (1 − gate))                     | broadcasts to the batch |
///
/// One of the last two is given: [`new`](Self::new) takes `gate`, [`from_logits`](Self::from_logits) takes `gate_logits`.
///
/// # Shapes
/// batch = broadcast(the base's, gate), event = `[]`.
///
/// # Support
/// That of the base.
///
/// # Moments
/// ```text
/// mean     = (1 − gate) mean_base
/// variance = (1 − gate) (variance_base + gate mean_base²)
/// mode     = mode of the base if it has a larger mass than 0, 0 otherwise
/// entropy  = −p(0) ln p(0) + (1 − gate) (entropy_base + p_base(0) ln p_base(0) − P_base(X ≠ 0) ln(1 − gate))
/// ```
/// as far as the base implements them. The median is a quantile, between 0 and that of the base.
///
/// # Numerics
/// ln p(0) is taken from its complement where it is near 0, and by logarithms where the base's mass at 0 underflows.
/// Draws choose the gate by uniform noise and have no gradient.
///
/// # Reference
/// Lambert, "Zero-inflated Poisson regression", Technometrics 1992; NumPyro, `numpyro.distributions.ZeroInflatedDistribution`.
///
/// # Example
/// ```
/// use ppl::distribution::{Distribution, DistributionExt, Moments, Poisson};
///
/// // Three in ten of the visitors did not fish.
/// let caught = Poisson::new(2.0).zero_inflated(0.3)?;
/// assert!((caught.mean().item() - 1.4).abs() < 1e-15);
/// assert!((caught.prob(&0.0.into())?.item() - (0.3 + 0.7 * (-2_f64).exp())).abs() < 1e-15);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Debug)]
pub struct ZeroInflated<D: ?Sized = dyn Distribution> {
    /// In messages.
    name: &'static str,
    base: Arc<D>,
    gate: Gate,
    batch_shape: Shape,
    support: Constraint,
}

impl<D: Distribution + ?Sized> ZeroInflated<D> {
    /// The base with a zero of its own, of probability `gate`.
    ///
    /// # Errors
    /// A base that is not of counts with 0 among them; `gate` not between 0 and 1; shapes that do not broadcast; those of
    /// building the base.
    pub fn new(distribution: impl DistributionExt<Base = D>, gate: impl IntoTensor) -> Result<Self> {
        Self::build(distribution.into_shared()?, Gate::probs(gate))
    }

    /// The base with a zero of its own, of these log odds.
    ///
    /// # Errors
    /// A base that is not of counts with 0 among them; `gate_logits` that are NaN; shapes that do not broadcast; those of
    /// building the base.
    pub fn from_logits(distribution: impl DistributionExt<Base = D>, gate_logits: impl IntoTensor) -> Result<Self> {
        Self::build(distribution.into_shared()?, Gate::logits(gate_logits))
    }

    fn build(base: Arc<D>, gate: Gate) -> Result<Self> {
        let support = base.support();
        let hint = if base.event_shape().rank() > 0 {
            "inflate the counts before they become an event by `to_event`"
        } else if !support.is_discrete() {
            "use `Hurdle` for positive numbers that may be exactly 0"
        } else if support.contains(&Tensor::scalar(0.0)).elements().contains(&0.0) {
            "use a base that counts from 0"
        } else {
            return Self::on(support, "ZeroInflated", base, gate);
        };
        let what = format!("zero inflation of {} ({support})", base.name());
        Err(Error::Unsupported { what, hint: hint.to_owned() })
    }

    /// The distribution on a support that holds 0 and that of the base.
    pub(super) fn on(support: Constraint, name: &'static str, base: Arc<D>, gate: Gate) -> Result<Self> {
        check::constants(name, &[gate.parameter()])?;
        let batch_shape = check::broadcast(name, &base.batch_shape(), &gate.tensor().shape())?;
        Ok(Self { name, base, gate, batch_shape, support })
    }

    /// The distribution that is inflated.
    #[must_use]
    pub fn base(&self) -> &Arc<D> {
        &self.base
    }

    /// The probability of a zero beside the base.
    #[must_use]
    pub fn gate(&self) -> Tensor {
        let [gate, _] = self.gate.both();
        gate
    }
}

impl<D: ?Sized> Clone for ZeroInflated<D> {
    fn clone(&self) -> Self {
        Self { base: self.base.clone(), gate: self.gate.clone(), support: self.support.clone(), ..*self }
    }
}

impl<D: Distribution + ?Sized> Distribution for ZeroInflated<D> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        let mut values = vec![check::value(&self.gate.parameter())];
        values.extend(self.base.parameter_values());
        values
    }

    fn batch_shape(&self) -> Shape {
        self.batch_shape
    }

    fn support(&self) -> Constraint {
        self.support.clone()
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all(self.name, &[self.gate.parameter()])?;
        let [gate, _] = self.gate.both();
        let is_closed = standard_uniform(rng, sample_shape.concat(&self.batch_shape)).try_less(gate.detach())?;
        let draws = Expanded::new(self.base.clone(), self.batch_shape)?.sample(rng, sample_shape)?;
        // The choice has no gradient.
        Tensor::try_select(is_closed, 0.0, draws.detach())
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let shape = scalar::check_shape(self, value)?;
        let base = self.base.log_prob(value)?;
        let is_zero = value.detach().equal(0.0);
        let (_, log_open) = self.gate.logarithms();
        // Outside of the support of the base nothing moves the density.
        let is_outside = base.detach().equal(f64::NEG_INFINITY);
        let elsewhere = log_open.try_add(&base)?;
        let elsewhere = Tensor::try_select(is_outside, f64::NEG_INFINITY, elsewhere)?;
        let log_prob = if is_zero.is_known_to_be_all(0.0) {
            elsewhere
        } else {
            let at_zero = self.gate.log_sum(&Tensor::try_select(&is_zero, &base, -1.0)?)?;
            Tensor::try_select(is_zero, at_zero, elsewhere)?
        };
        let log_prob = match self.element_mask() {
            Some(mask) => Tensor::try_select(mask, log_prob, 0.0)?,
            None => log_prob,
        };
        if log_prob.shape() == shape { Ok(log_prob) } else { log_prob.try_broadcast_to(shape) }
    }

    fn element_mask(&self) -> Option<Tensor> {
        self.base.element_mask()
    }
}

impl<D: Cdf + ?Sized> ZeroInflated<D> {
    /// Both tails.
    fn tails(&self, value: &Tensor) -> Result<[Tensor; 2]> {
        let shape = scalar::check_shape(self, value)?;
        let [gate, open] = self.gate.both();
        let is_reached = value.greater_equal(0.0);
        let tail = |base: Result<Tensor>, has_zero: &Tensor| {
            open.try_mul(base?)?.try_add(gate.try_mul(has_zero)?)?.try_broadcast_to(shape)
        };
        Ok([tail(self.base.cdf(value), &is_reached)?, tail(self.base.survival(value), &(1.0 - &is_reached))?])
    }
}

impl<D: Cdf + ?Sized> Cdf for ZeroInflated<D> {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        let [lower, upper] = self.tails(value)?;
        Ok(Tensor::select(upper.less(0.5), 1.0 - &upper, lower))
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        let shape = scalar::check_shape(self, probability)?;
        let [gate, open] = self.gate.both();
        if self.support.is_discrete() {
            scalar::refuse_derivative(self, "quantiles", &[probability, self.gate.tensor()])?;
            // The quantile lies between that of the base and 0.
            let quantile = Tensor::try_select(open.equal(0.0), 0.0, self.base.icdf(probability)?)?;
            return quantile::of_counts_between(self, probability, &quantile.minimum(0.0), &quantile.maximum(0.0));
        }
        let probability = scalar::probability(probability);
        let is_zero = probability.try_less_equal(&gate)?;
        let beyond = Tensor::try_select(&is_zero, 0.5, probability.try_sub(&gate)?.try_div(open)?)?;
        let at_zero = Tensor::select(probability.detach().equal(probability.detach()), 0.0, f64::NAN);
        Tensor::try_select(is_zero, at_zero, self.base.icdf(&beyond)?)?.try_broadcast_to(shape)
    }

    fn log_cdf(&self, value: &Tensor) -> Result<Tensor> {
        let shape = scalar::check_shape(self, value)?;
        let (_, log_open) = self.gate.logarithms();
        let base = self.base.log_cdf(value)?;
        let log_cdf =
            Tensor::try_select(value.greater_equal(0.0), self.gate.log_sum(&base)?, log_open.try_add(&base)?)?;
        log_cdf.try_broadcast_to(shape)
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        let [lower, upper] = self.tails(value)?;
        Ok(Tensor::select(lower.less(0.5), 1.0 - &lower, upper))
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        let shape = scalar::check_shape(self, value)?;
        let (_, log_open) = self.gate.logarithms();
        let base = self.base.log_survival(value)?;
        let log_survival = Tensor::try_select(value.less(0.0), self.gate.log_sum(&base)?, log_open.try_add(&base)?)?;
        log_survival.try_broadcast_to(shape)
    }
}

impl<D: Mode + ?Sized> Mode for ZeroInflated<D> {
    fn mode(&self) -> Result<Tensor> {
        scalar::refuse_derivative(self, "modes", &[self.gate.tensor()])?;
        let mode = self.base.mode()?;
        let is_larger = self.log_prob(&mode)?.try_greater(self.log_prob(&Tensor::scalar(0.0))?)?;
        Tensor::try_select(is_larger, mode, 0.0)
    }
}

impl<D: Moments + ?Sized> Moments for ZeroInflated<D> {
    fn mean(&self) -> Tensor {
        let [_, open] = self.gate.both();
        open * self.base.mean()
    }

    fn variance(&self) -> Tensor {
        let [gate, open] = self.gate.both();
        open * (self.base.variance() + gate * self.base.mean().square())
    }
}

impl<D: Entropy + ?Sized> ZeroInflated<D> {
    fn sum_of_surprises(&self) -> Result<Tensor> {
        let [gate, open] = self.gate.both();
        let (log_gate, log_open) = self.gate.logarithms();
        let of_base = self.base.entropy();
        if !self.support.is_discrete() {
            let others = open.try_mul(of_base)?.try_sub(times_log(&open, &log_open)?)?;
            return others.try_sub(times_log(&gate, &log_gate)?)?.try_broadcast_to(self.batch_shape);
        }
        let log_zero = self.base.log_prob(&Tensor::scalar(0.0))?;
        let log_sum = self.gate.log_sum(&log_zero)?;
        let of_zero = times_log(&log_sum.exp(), &log_sum)?;
        // The base without its zero.
        let others = open.try_mul(of_base.try_add(times_log(&log_zero.exp(), &log_zero)?)?)?;
        let others = others.try_add(times_log(&open.try_mul(log_zero.expm1())?, &log_open)?)?;
        others.try_sub(of_zero)?.try_broadcast_to(self.batch_shape)
    }
}

impl<D: Entropy + ?Sized> Entropy for ZeroInflated<D> {
    fn entropy(&self) -> Tensor {
        or_panic(self.sum_of_surprises())
    }
}

impl<D: EnumerateSupport + ?Sized> EnumerateSupport for ZeroInflated<D> {
    fn enumerate_support(&self) -> Result<Tensor> {
        let values = self.base.enumerate_support()?;
        let size = values.shape()[0];
        values.try_reshape(scalar::along_new_axis(size, &self.batch_shape))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};
    use crate::distribution::{
        Binomial, Categorical, Gamma, NegativeBinomial, Normal, Poisson, ZeroInflatedNegativeBinomial,
        ZeroInflatedPoisson,
    };
    use crate::random::Key;

    mod poisson {
        use super::*;

        fn build(p: &Parameters) -> Result<ZeroInflated<Poisson>> {
            match p.has("gate") {
                true => ZeroInflatedPoisson::new(p.get("gate"), p.get("rate")),
                false => ZeroInflatedPoisson::from_logits(p.get("gate_logits"), p.get("rate")),
            }
        }

        fn family() -> Family<ZeroInflated<Poisson>> {
            Family::new("ZeroInflatedPoisson", build)
                .made_of("ZeroInflated")
                .made_of("Poisson")
                .at(parameters! { gate: 0.3, rate: 2.5 })
                .at(parameters! { gate: 0.8, rate: 0.7 })
                .at(parameters! { gate: 0.05, rate: 35.0 })
                .rejects(parameters! { gate: 1.5, rate: 1.0 }, "ZeroInflated: `gate` must be between 0 and 1, got 1.5")
                .rejects(parameters! { gate: 0.5, rate: -1.0 }, "Poisson: `rate` must be non-negative, got -1")
                .draws([1.0, 1.0, 3.0])
        }

        conformance::distribution!(family() => univariate, cdf, mode, moments, entropy);

        mod logits {
            use super::*;

            fn family() -> Family<ZeroInflated<Poisson>> {
                Family::new("ZeroInflatedPoisson", build)
                    .made_of("ZeroInflated")
                    .made_of("Poisson")
                    .at(parameters! { gate_logits: -1.3, rate: 2.5 })
                    .at(parameters! { gate_logits: 0.4, rate: 0.7 })
                    .rejects(
                        parameters! { gate_logits: f64::NAN, rate: 1.0 },
                        "ZeroInflated: `gate_logits` must be real, got NaN",
                    )
                    .rejects(
                        parameters! { gate_logits: 0.5, rate: -1.0 },
                        "Poisson: `rate` must be non-negative, got -1",
                    )
                    .draws([1.0, 1.0, 3.0])
            }

            conformance::distribution!(family() => univariate, cdf, mode, moments, entropy);
        }
    }

    /// Against sums over all values.
    #[test]
    fn entropies_are_sums() {
        let counts = Tensor::arange(13);
        for (gate, probs) in [(0.3, 0.2), (0.0, 0.9), (0.999, 1e-3), (1.0, 0.5), (0.4, 1.0), (0.4, 0.0)] {
            let inflated = Binomial::new(12.0, probs).zero_inflated(gate).unwrap();
            let masses = inflated.log_prob(&counts).unwrap().exp();
            let (got, want) = (inflated.entropy().item(), -masses.xlogy(&masses).sum().item());
            assert!((got - want).abs() < 1e-14, "{gate}, {probs}: {got} {want}");
        }
    }

    mod negative_binomial {
        use super::*;

        fn family() -> Family<ZeroInflated<NegativeBinomial>> {
            Family::new("ZeroInflatedNegativeBinomial", |p| {
                let gate = p.get(if p.has("gate") { "gate" } else { "inflated_loc_probs" });
                ZeroInflatedNegativeBinomial::new(gate, p.get("total_count"), p.get("probs"))
            })
            .made_of("ZeroInflated")
            .made_of("NegativeBinomial")
            .nan_at("total_count", &["log_survival"], "half of the smallest number is 0")
            .nan_at("probs", &["entropy"], "sums of more than 2²⁴ masses are refused")
            .at(parameters! { gate: 0.3, total_count: 2.5, probs: 0.6 })
            .at(parameters! { gate: 0.6, total_count: 4.0, probs: 0.4 })
            .rejects(
                parameters! { gate: -0.5, total_count: 1.0, probs: 0.5 },
                "ZeroInflated: `gate` must be between 0 and 1, got -0.5",
            )
            .rejects(
                parameters! { gate: 0.5, total_count: -1.0, probs: 0.5 },
                "NegativeBinomial: `total_count` must be positive, got -1",
            )
            .rejects(
                parameters! { gate: 0.5, total_count: 1.0, probs: 1.5 },
                "NegativeBinomial: `probs` must be between 0 and 1, got 1.5",
            )
            .draws([0.0, 1.0, 1.0])
        }

        conformance::distribution!(family() => univariate, cdf, mode, moments, entropy);
    }

    #[test]
    fn masks_and_batches() {
        let counts = Poisson::new([2.0, 3.0]).mask([1.0, 0.0]).zero_inflated([[0.5], [0.1]]).unwrap();
        assert_eq!(counts.batch_shape().dims(), [2, 2]);
        let log_prob = counts.log_prob(&Tensor::from([0.0, f64::NAN])).unwrap();
        assert_eq!(log_prob.index(-1, 1).to_vec(), [0.0, 0.0]);
        assert!(
            (log_prob.index(-1, 0).exp() - Tensor::from([0.5, 0.1]) - Tensor::from([0.5, 0.9]) * (-2_f64).exp())
                .abs()
                .max()
                < 1e-15
        );
        let draws = counts.sample(&mut Key::new(0).rng("x", 0), &Shape::from(3)).unwrap();
        assert_eq!(draws.shape().dims(), [3, 2, 2]);
        let names: Vec<&str> = counts.parameter_values().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["gate", "rate"]);
    }

    #[test]
    fn bases_with_finitely_many_values() {
        let counts = Binomial::new(3.0, [0.5, 0.1]).zero_inflated([[0.2], [0.3], [0.4]]).unwrap();
        let values = counts.enumerate_support().unwrap();
        assert_eq!(values.shape().dims(), [4, 1, 1]);
        assert!((counts.prob(&values).unwrap().sum_axis(0) - 1.0).abs().max() < 1e-14);
        assert_eq!(counts.icdf(&1.0.into()).unwrap(), Tensor::full([3, 2], 3.0));
        let certain = Binomial::new(3.0, 0.5).zero_inflated(1.0).unwrap();
        assert_eq!(certain.icdf(&Tensor::from([0.3, 1.0])).unwrap().to_vec(), [0.0, 0.0]);
        assert!(Categorical::new([0.5, 0.5]).zero_inflated(0.3).is_ok());
    }

    #[test]
    fn what_has_no_count_of_zero_is_refused() {
        assert_eq!(
            Gamma::new(2.0, 1.0).zero_inflated(0.3).unwrap_err().to_string(),
            "zero inflation of Gamma (positive) is not supported\nhelp: use `Hurdle` for positive numbers that may be exactly 0"
        );
        assert!(Normal::new(0.0, 1.0).zero_inflated(0.5).unwrap_err().to_string().contains("(real)"));
        let events = Poisson::new([1.0, 2.0]).to_event(1).zero_inflated(0.5).unwrap_err().to_string();
        assert!(events.ends_with("help: inflate the counts before they become an event by `to_event`"), "{events}");
        let error = Poisson::new([1.0, 2.0]).zero_inflated([0.1; 3]).unwrap_err().to_string();
        assert_eq!(error, "ZeroInflated: shapes [2] and [3] do not broadcast");
    }
}
