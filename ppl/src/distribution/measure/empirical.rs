//! Empirical distribution: weighted samples.

use crate::distribution::density::scalar;
use crate::distribution::{Categorical, Cdf, Distribution, Moments};
use crate::random::Rng;
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor, check};

/// Empirical distribution of samples with weights: a draw is one of the samples.
///
#[doc = include_str!("../../../doc/distribution/Empirical.svg")]
///
/// ```text
/// p(x) = Σᵢ weightᵢ [x = sampleᵢ],   weightᵢ ∝ exp(log_weightᵢ)
/// ```
///
/// # Parameters
/// | parameter     | domain                | shape                        |
/// |---------------|-----------------------|------------------------------|
/// | `samples`     | numbers               | batch `++ [n] ++` event      |
/// | `log_weights` | real or −∞, not all −∞ | batch `++ [n]`              |
///
/// # Shapes
/// batch = `log_weights` without its last axis, event = the axes of `samples` behind those of `log_weights`.
///
/// # Support
/// The samples: [`Constraint::OneOf`](crate::Constraint::OneOf).
///
/// # Moments
/// ```text
/// mean     = Σᵢ weightᵢ sampleᵢ
/// variance = Σᵢ weightᵢ (sampleᵢ − mean)²
/// ```
/// The median is a quantile: the first of the ordered samples whose running sum of weights reaches ½. Mode and entropy
/// are not implemented.
///
/// # Numerics
/// Weights are normalised by a log-softmax, which does not overflow. A value must be one of the samples exactly; equal
/// samples add their weights. The log mass and the distribution function have no derivative by samples or values, but
/// by the weights.
///
/// # Draws
/// Inversion of the running sum of the weights: one uniform number a draw.
///
/// # Reference
/// Pyro, `pyro.distributions.Empirical`; TFP, `tfp.distributions.Empirical`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::distribution::{Cdf, Distribution, Empirical, Moments};
///
/// let weights = Tensor::from([0.25, 0.5, 0.25]);
/// let empirical = Empirical::new([1.0, 2.0, 4.0], weights.ln())?;
/// assert_eq!(empirical.mean(), 2.25);
/// assert_eq!(empirical.prob(&Tensor::from([2.0, 3.0]))?.to_vec(), [0.5, 0.0]);
/// assert_eq!(empirical.median()?, 2.0);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Empirical {
    samples: Tensor,
    log_weights: Tensor,
    index: Categorical,
    event_shape: Shape,
}

impl Empirical {
    const NAME: &'static str = "Empirical";

    /// The distribution of samples with these logarithms of their weights, up to a constant.
    ///
    /// # Errors
    /// Samples that are NaN; weights that are NaN, or all 0; shapes that do not fit.
    pub fn new(samples: impl IntoTensor, log_weights: impl IntoTensor) -> Result<Self> {
        let (samples, log_weights) = (samples.into_tensor(), log_weights.into_tensor());
        let count = log_weights.rank();
        if count == 0 || samples.rank() < count || samples.shape()[..count] != log_weights.shape()[..] {
            return Err(Error::InvalidShape {
                operation: Self::NAME,
                expected: format!(
                    "samples whose first axes are those of `log_weights` {}, the last of which counts the samples,",
                    log_weights.shape()
                ),
                got: samples.shape(),
            });
        }
        check::constants(Self::NAME, &Self::parameters(&samples, &log_weights))?;
        let event_shape = Shape::from(&samples.shape()[count..]);
        let index = Categorical::from_logits(log_weights.clone())?;
        Ok(Self { samples, log_weights, index, event_shape })
    }

    fn parameters<'a>(samples: &'a Tensor, log_weights: &'a Tensor) -> [check::Parameter<'a>; 2] {
        [
            ("samples", samples, check::extended_real()),
            ("log_weights", log_weights, Constraint::LessThan(f64::INFINITY.into())),
        ]
    }

    /// The distribution of samples of equal weights, of which the last `event_rank` axes are those of an event, and the one
    /// before counts the samples.
    ///
    /// # Errors
    /// Samples that are NaN, or have fewer axes.
    pub fn of_equal_weights(samples: impl IntoTensor, event_rank: usize) -> Result<Self> {
        let samples = samples.into_tensor();
        let Some(count) = samples.rank().checked_sub(event_rank).filter(|&count| count > 0) else {
            return Err(Error::InvalidShape {
                operation: Self::NAME,
                expected: format!("samples along an axis before the {event_rank} axes of an event"),
                got: samples.shape(),
            });
        };
        let log_weights = Tensor::zeros(Shape::from(&samples.shape()[..count]));
        Self::new(samples, log_weights)
    }

    /// The samples.
    #[must_use]
    pub fn samples(&self) -> &Tensor {
        &self.samples
    }

    /// The logarithms of the weights, as they were given.
    #[must_use]
    pub fn log_weights(&self) -> &Tensor {
        &self.log_weights
    }

    /// The axis of the samples.
    fn axis(&self) -> isize {
        -(self.event_shape.rank() as isize) - 1
    }

    /// The weighted mean of a tensor of the samples' shape.
    fn average(&self, of: &Tensor) -> Tensor {
        let weights = self.index.probs();
        let weights = weights.reshape(weights.shape().concat(&Shape::from(vec![1; self.event_shape.rank()])));
        (weights * of).sum_axis(self.axis())
    }

    /// The weights of the samples up to the value, and above it.
    fn tails(&self, value: &Tensor) -> Result<[Tensor; 2]> {
        let shape = scalar::check_shape(self, value)?;
        if self.event_shape.rank() > 0 {
            return Err(Error::Unsupported {
                what: format!("the distribution function of Empirical with events of shape {}", self.event_shape),
                hint: "ask for that of one element of the samples".to_owned(),
            });
        }
        let weights = self.index.probs();
        let value = value.try_unsqueeze(-1)?;
        let total = |counts: Tensor| counts.try_mul(&weights)?.try_sum_axis(-1)?.try_broadcast_to(shape);
        let is_number = value.equal(&value);
        let of = |counts: Tensor| total(Tensor::try_select(&is_number, counts, f64::NAN)?);
        Ok([of(value.try_greater_equal(&self.samples)?)?, of(value.try_less(&self.samples)?)?])
    }
}

impl Distribution for Empirical {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        vec![("samples", self.samples.clone()), ("log_weights", self.log_weights.clone())]
    }

    fn batch_shape(&self) -> Shape {
        self.index.batch_shape()
    }

    fn event_shape(&self) -> Shape {
        self.event_shape
    }

    /// Each element is that of a sample.
    fn support(&self) -> Constraint {
        let (batch, event) = (self.index.batch_shape().rank(), self.event_shape.rank());
        let order: Vec<usize> = (0..batch).chain(batch + 1..=batch + event).chain([batch]).collect();
        let points = Constraint::OneOf(self.samples.detach().permute(&order));
        if event == 0 { points } else { Constraint::Independent(Box::new(points), event) }
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all(Self::NAME, &Self::parameters(&self.samples.detach(), &self.log_weights))?;
        let index = self.index.sample(rng, sample_shape)?;
        // The samples of all batch members, one after the other.
        let (members, count) = (self.batch_shape().size(), self.index.categories());
        let rows = self.samples.detach().try_reshape(Shape::from(members * count).concat(&self.event_shape))?;
        let first = (0..members).map(|member| member * count).cycle();
        let indices: Vec<usize> = index.to_vec().into_iter().zip(first).map(|(k, first)| first + k as usize).collect();
        let draws = rows.try_take(0, &indices)?;
        draws.try_reshape(index.shape().concat(&self.event_shape))
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        check::event(Self::NAME, value, &self.event_shape)?;
        let rank = self.event_shape.rank();
        let shape = check::broadcast(Self::NAME, &value.shape().split_event(rank).0, &self.batch_shape())?;
        // Values of masses jump.
        let samples = self.samples.detach();
        let mut is_same = value.detach().try_unsqueeze(self.axis())?.try_equal(&samples)?;
        for _ in 0..rank {
            is_same = is_same.try_min_axis(-1)?;
        }
        let each = Tensor::try_select(is_same, self.index.log_probs(), f64::NEG_INFINITY)?;
        let log_prob = each.try_logsumexp_axis(-1)?.try_broadcast_to(shape)?;
        if !self.samples.is_tracked() {
            return Ok(log_prob);
        }
        // A sample that has become NaN equals no value.
        let is_nan = samples.not_equal(&samples).try_sum_rightmost(rank + 1)?.greater(0.0);
        Tensor::try_select(is_nan, f64::NAN, log_prob)
    }
}

impl Cdf for Empirical {
    fn cdf(&self, value: &Tensor) -> Result<Tensor> {
        let [lower, upper] = self.tails(value)?;
        Ok(Tensor::select(upper.less(0.5), 1.0 - &upper, lower))
    }

    fn icdf(&self, probability: &Tensor) -> Result<Tensor> {
        let parameters = [probability, &self.log_weights, &self.samples];
        scalar::refuse_derivative(self, "quantiles", &parameters)?;
        self.tails(probability)?;
        let (values, probs) = (self.samples.to_vec(), self.index.probs().to_vec());
        let count = self.index.categories();
        // A batch member after the other: its samples in order, with the sums of their weights.
        let steps: Vec<Vec<(f64, f64)>> = values
            .chunks_exact(count)
            .zip(probs.chunks_exact(count))
            .map(|(values, probs)| {
                let mut steps: Vec<(f64, f64)> = values.iter().copied().zip(probs.iter().copied()).collect();
                steps.retain(|&(_, weight)| weight > 0.0);
                steps.sort_by(|left, right| left.0.total_cmp(&right.0));
                let mut sum = 0.0;
                steps.iter_mut().for_each(|step| {
                    sum += step.1;
                    step.1 = sum;
                });
                steps
            })
            .collect();
        // Sums of weights that reach a probability up to rounding reach it.
        let slack = count as f64 * f64::EPSILON;
        let members = Tensor::arange(steps.len()).try_reshape(self.batch_shape())?;
        Tensor::zip_with([probability, &members], |[p, member]| {
            scalar::quantile(p, |p| {
                let steps = &steps[member as usize];
                let reached = steps.iter().find(|(_, sum)| *sum >= p - slack).or(steps.last());
                reached.map_or(f64::NAN, |(value, _)| *value)
            })
        })
    }

    fn survival(&self, value: &Tensor) -> Result<Tensor> {
        let [lower, upper] = self.tails(value)?;
        Ok(Tensor::select(lower.less(0.5), 1.0 - &lower, upper))
    }

    fn log_survival(&self, value: &Tensor) -> Result<Tensor> {
        Ok(self.survival(value)?.ln())
    }
}

impl Moments for Empirical {
    fn mean(&self) -> Tensor {
        self.average(&self.samples)
    }

    fn variance(&self) -> Tensor {
        let deviation = &self.samples - self.mean().unsqueeze(self.axis());
        self.average(&deviation.square())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};
    use crate::grad;
    use crate::program::tests::assert_program_is_tape;
    use crate::random::Key;

    #[test]
    fn equal_samples_add_their_weights() {
        let weights = Tensor::from([[0.1, 0.2, 0.3, 0.4], [0.25, 0.25, 0.0, 0.5]]);
        let samples = Tensor::from([[1.0, 2.0, 1.0, 3.0], [5.0, 6.0, 7.0, 5.0]]);
        let empirical = Empirical::new(&samples, weights.ln()).unwrap();
        assert_eq!(empirical.batch_shape().dims(), [2]);
        let got = empirical.prob(&Tensor::from([1.0, 5.0])).unwrap().to_vec();
        assert!((got[0] - 0.4).abs() < 1e-15 && (got[1] - 0.75).abs() < 1e-15, "{got:?}");
        assert_eq!(empirical.prob(&Tensor::from([4.0, 7.0])).unwrap().to_vec(), [0.0, 0.0]);
        assert!((empirical.mean() - Tensor::from([2.0, 5.25])).abs().max() < 1e-15);
        assert!((empirical.variance() - Tensor::from([0.8, 0.1875])).abs().max() < 1e-15);
        let cdf = empirical.cdf(&Tensor::from([2.5, 5.0])).unwrap();
        assert!((cdf - Tensor::from([0.6, 0.75])).abs().max() < 1e-15);
        let quantiles = empirical.icdf(&Tensor::from([[0.0], [0.4], [0.75], [1.0]])).unwrap().to_vec();
        assert_eq!(quantiles, [1.0, 5.0, 1.0, 5.0, 3.0, 5.0, 3.0, 6.0]);
        assert!(empirical.icdf(&Tensor::from(-0.1)).unwrap().to_vec().iter().all(|quantile| quantile.is_nan()));
        assert_eq!(empirical.support().contains(&Tensor::from([4.0, 7.0])).to_vec(), [0.0, 1.0]);
    }

    #[test]
    fn draws_are_samples_by_their_weights() {
        let samples = Tensor::from([[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]]);
        let empirical = Empirical::new(&samples, Tensor::from([[0.2, 0.8], [0.5, 0.5]]).ln()).unwrap();
        assert_eq!((empirical.batch_shape().dims(), empirical.event_shape().dims()), (&[2][..], &[2][..]));
        let draws = empirical.sample(&mut Key::new(1).rng("x", 0), &Shape::from([50, 200])).unwrap();
        assert_eq!(draws.shape().dims(), [50, 200, 2, 2]);
        assert_eq!(empirical.support().contains(&draws).min(), 1.0);
        assert!(empirical.log_prob(&draws).unwrap().min() > f64::NEG_INFINITY);
        // Five standard deviations: false alarm rate 6e-7.
        for (member, (second, want)) in [(4.0, 0.8_f64), (8.0, 0.5)].into_iter().enumerate() {
            let got = draws.index(2, member).index(2, 1).equal(second).mean().item();
            assert!((got - want).abs() < 5.0 * (want * (1.0 - want) / 1e4).sqrt(), "{got}, {want}");
        }
        // Entries of different samples are no sample.
        assert_eq!(empirical.prob(&Tensor::from([[1.0, 4.0], [5.0, 6.0]])).unwrap().to_vec(), [0.0, 0.5]);
        assert!(empirical.cdf(&Tensor::zeros(2)).is_err());
    }

    #[test]
    fn equal_weights_have_quantiles_at_each_part() {
        let empirical = Empirical::of_equal_weights(Tensor::arange(10), 0).unwrap();
        let probabilities: Vec<f64> = (1..=10).map(|part| f64::from(part) / 10.0).collect();
        assert_eq!(empirical.icdf(&Tensor::from(probabilities)).unwrap(), Tensor::arange(10));
        assert_eq!(Empirical::of_equal_weights(Tensor::zeros([5, 2]), 1).unwrap().mean(), Tensor::zeros(2));
    }

    #[test]
    fn masses_are_differentiated_by_the_weights() {
        let density = |p: &[Tensor]| {
            let empirical = Empirical::new([1.0, 2.0, 1.0], &p[0])?;
            Ok(empirical.log_prob(&1.0.into())? + empirical.log_survival(&1.5.into())? * 0.5 + empirical.mean())
        };
        let inputs = [Tensor::from([0.3, -0.2, 0.7])];
        assert_program_is_tape("empirical", &inputs, density);
        let (_, slopes) = grad(density, &inputs).unwrap();
        assert!(slopes[0].sum().item().abs() < 1e-14);
    }

    #[test]
    fn shapes_and_weights_are_checked() {
        let error = Empirical::new([1.0, 2.0], [0.0; 3]).unwrap_err().to_string();
        assert!(
            error.contains("first axes are those of `log_weights` [3]") && error.ends_with("got shape [2]"),
            "{error}"
        );
        let error = Empirical::new([1.0, f64::NAN], [0.0; 2]).unwrap_err().to_string();
        assert_eq!(error, "Empirical: `samples` must be real, got NaN at [1]");
        let error = Empirical::new([1.0, 2.0], [0.0, f64::INFINITY]).unwrap_err().to_string();
        assert_eq!(error, "Empirical: `log_weights` must be less than inf, got inf at [1]");
        assert!(Empirical::new([1.0, 2.0], [f64::NEG_INFINITY; 2]).is_err());
        assert!(Empirical::of_equal_weights(1.0, 0).is_err());
    }

    #[test]
    fn samples_that_have_become_nan_are_refused() {
        let roots = |p: &[Tensor]| Empirical::new(p[0].sqrt(), [0.0; 2]);
        let inputs = [Tensor::from([4.0, -1.0])];
        let drawn = grad(|p| roots(p)?.sample(&mut crate::random::Key::new(0).rng("x", 0), &Shape::SCALAR), &inputs);
        assert_eq!(drawn.unwrap_err().to_string(), "Empirical: `samples` must be real, got NaN at [1]");
        let (log_prob, _) = grad(|p| roots(p)?.log_prob(&2.0.into())?.try_add(p[0].sum() * 0.0), &inputs).unwrap();
        assert!(log_prob.is_nan());
    }

    fn family() -> Family<Empirical> {
        // A batch shares its samples.
        let build = |p: &conformance::Parameters| {
            let (samples, log_weights) = (p.get("samples"), p.get("log_weights"));
            let shape = check::broadcast("Empirical", &samples.shape(), &log_weights.shape())?;
            Empirical::new(samples.try_broadcast_to(shape)?, log_weights.try_broadcast_to(shape)?)
        };
        Family::of("Empirical", build)
            .without_far_cases("its masses are those of a categorical distribution")
            .at(parameters! { samples: [1.0, 2.0, 4.0], log_weights: [0.3, -0.2, 0.7] })
            .at(parameters! { samples: [1.0, 2.0, 4.0], log_weights: [-0.3, 0.1, -0.4] })
            .constant("samples")
            .draws([2.0, 2.0, 4.0])
    }

    // Not `invalid_parameters_are_named`: samples are data, which only `new` checks.
    conformance::law_tests! { family() =>
        shapes_are_sample_batch_event,
        nothing_is_drawn_for_nobody,
        a_batch_is_its_members,
        many_values_are_as_few,
        gradients_are_finite_differences,
        outside_the_support_the_density_is_zero,
        at_the_ends_the_density_is_known,
        observations_outside_are_named,
        what_a_mask_leaves_out_is_not_looked_at,
        parameters_have_names_and_values,
        first_draws_are_stable,
        univariate,
        cdf,
        moments,
        densities_and_draws_at_extreme_parameters,
        distribution_functions_at_extreme_parameters,
        moments_at_extreme_parameters
    }
}
