//! Categorical distribution.

use rand::RngExt;

use crate::distribution::density::categories::Categories;
use crate::distribution::density::{scalar, vector};
use crate::distribution::sampling::elementwise;
use crate::distribution::{Distribution, Entropy, EnumerateSupport, KlDivergence, Mode};
use crate::random::Rng;
use crate::tensor::record;
use crate::{Constraint, Device, IntoTensor, Result, Shape, Tensor, check};

/// Categorical distribution: one of K categories 0, …, K − 1, each with its probability.
///
#[doc = include_str!("../../../doc/distribution/Categorical.svg")]
///
/// ```text
/// log p(k) = ln(probs[k]),   k ∈ {0, …, K − 1}
/// ```
///
/// # Parameters
/// | parameter | domain    | meaning                                         | shape          |
/// |-----------|-----------|-------------------------------------------------|----------------|
/// | `probs`   | a simplex | probability of each category                    | batch ++ `[K]` |
/// | `logits`  | real, −∞ or ∞ | logarithm of `probs`, up to a constant      | batch ++ `[K]` |
///
/// One of the two is given: [`new`](Self::new) takes `probs`, [`from_logits`](Self::from_logits) takes `logits`. The
/// value is the index of the category. A logit of −∞ is a category of probability 0, as one that is masked; a constant
/// one of ∞ is that of the only category that is possible.
///
/// # Shapes
/// batch = all but the last axis of the parameter, event = `[]`.
///
/// # Support
/// The integers from 0 to K − 1: [`Constraint::IntegerInterval`](crate::Constraint::IntegerInterval).
///
/// # Moments
/// ```text
/// mode    = the index of the largest probability, of several the first
/// entropy = −Σ probs[k] ln(probs[k])
/// ```
/// Categories are labels: it has no mean, variance or median, and does not implement
/// [`Moments`](crate::distribution::Moments).
///
/// # Numerics
/// Logits are normalised by a log-softmax, which does not overflow. In the entropy 0 · ln 0 is 0.
///
/// # Draws
/// Inversion of the running sum of the probabilities: one uniform number a draw. A category of
/// probability 0 is never drawn.
///
/// # Reference
/// Stan Functions Reference, "Categorical distribution" (its categories start at 1).
///
/// # Example
/// ```
/// use ppl::distribution::{Categorical, Distribution};
/// use ppl::Tensor;
///
/// let die = Categorical::new([0.5, 0.25, 0.25])?;
/// assert_eq!(die.log_prob(&Tensor::from([0.0, 2.0, 3.0]))?.exp().to_vec(), [0.5, 0.25, 0.0]);
/// assert_eq!(Categorical::from_logits([0.0, 0.0])?.log_prob(&1.0.into())?, 0.5_f64.ln());
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Categorical {
    weights: Categories,
}

impl Categorical {
    /// A categorical distribution with these probabilities.
    ///
    /// # Errors
    /// `probs` that are negative or do not sum to 1; no axis of categories, or none along it.
    pub fn new(probs: impl IntoTensor) -> Result<Self> {
        Self::build(Categories::Probs(probs.into_tensor()))
    }

    /// A categorical distribution with probabilities proportional to the exponentials of these numbers.
    ///
    /// # Errors
    /// `logits` that are NaN, all −∞, or ∞ more than once; no axis of categories, or none along it.
    pub fn from_logits(logits: impl IntoTensor) -> Result<Self> {
        Self::build(Categories::Logits(logits.into_tensor()))
    }

    fn build(weights: Categories) -> Result<Self> {
        Ok(Self { weights: weights.checked("Categorical")? })
    }

    /// The number of categories.
    #[must_use]
    pub fn categories(&self) -> usize {
        self.weights.size()
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

    /// The probabilities, NaN where those that are being differentiated, and so have not been checked, are none.
    pub(crate) fn checked_probs(&self) -> Tensor {
        self.weights.checked_probs()
    }

    /// The parameter that was given.
    pub(crate) fn parameter(&self) -> check::Parameter<'_> {
        self.weights.parameter()
    }
}

impl Distribution for Categorical {
    fn name(&self) -> &'static str {
        "Categorical"
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        vec![check::value(&self.weights.parameter())]
    }

    fn batch_shape(&self) -> Shape {
        self.weights.batch_shape()
    }

    fn support(&self) -> Constraint {
        Constraint::IntegerInterval { lower: 0.0.into(), upper: ((self.categories() - 1) as f64).into() }
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all("Categorical", &[self.weights.parameter()])?;
        draw_category(rng, sample_shape.concat(&self.batch_shape()), &self.probs())
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let shape = scalar::check_shape(self, value)?;
        if self.batch_shape().size() == 1 && !value.is_tracked() {
            return self.log_prob_of_labels(value);
        }
        // Which category, if it is one.
        let chosen = vector::over_events(value, 1)?.try_equal(Tensor::arange(self.categories()))?;
        let log_prob = Tensor::try_select(&chosen, self.log_probs(), 0.0)?.try_sum_axis(-1)?;
        let is_category = chosen.try_sum_axis(-1)?;
        Tensor::try_select(is_category, log_prob, f64::NEG_INFINITY)?.try_broadcast_to(shape)
    }
}

impl Categorical {
    /// The log masses of known labels by weights that they share.
    fn log_prob_of_labels(&self, value: &Tensor) -> Result<Tensor> {
        let last = (self.categories() - 1) as f64;
        let is_category = |label: f64| (0.0..=last).contains(&label) && label.fract() == 0.0;
        let shape = check::broadcast("Categorical", &value.shape(), &self.batch_shape())?;
        let labels = value.elements();
        let log_probs = self.log_probs();
        if !log_probs.is_tracked() && log_probs.device() == Device::cpu() && value.device() == Device::cpu() {
            // One pass instead of a gather and a selection.
            let table = log_probs.elements();
            let log_prob = |label: &f64| if is_category(*label) { table[*label as usize] } else { f64::NEG_INFINITY };
            let log_prob = Tensor::from_parts(labels.iter().map(log_prob).collect(), shape);
            return Ok(if value.is_drawn() || log_probs.is_drawn() { log_prob.into_drawn() } else { log_prob });
        }
        let indices: Vec<usize> =
            labels.iter().map(|&label| if is_category(label) { label as usize } else { 0 }).collect();
        let log_prob = log_probs.try_reshape(self.categories())?.try_take(0, &indices)?.try_reshape(shape)?;
        if labels.iter().all(|&label| is_category(label)) {
            return Ok(if value.is_drawn() { log_prob.into_drawn() } else { log_prob });
        }
        let is_category = Tensor::zip_with([value], |[label]| f64::from(u8::from(is_category(label))))?;
        Tensor::try_select(is_category.try_reshape(shape)?, log_prob, f64::NEG_INFINITY)
    }
}

/// Draws the index of a category by these probabilities along the last axis.
pub(crate) fn draw_category(rng: &mut Rng, shape: Shape, probs: &Tensor) -> Result<Tensor> {
    let running = probs.detach().cumsum(-1);
    if running.shape().rank() == 1 && !record::takes_samplers() {
        // In a loop of its own the search has no branch that the processor could mispredict.
        let running = running.to_vec();
        let inversion = Inversion::new(&running);
        let draws = (0..shape.size()).map(|_| inversion.category(&running, rng.random()) as f64);
        return Ok(Tensor::from_parts(draws.collect(), shape));
    }
    elementwise::draw_by_rows(rng, shape, &running, |rng, running| {
        Inversion::new(running).category(running, rng.random()) as f64
    })
}

/// This many categories are faster compared all, without a branch, than searched.
const FEW: usize = 16;

/// The category of a uniform number: the first one whose running sum exceeds it.
///
/// A category of probability 0 does not change the running sum, and so is not the first.
struct Inversion {
    total: f64,
    /// The last category with a probability, to which the product is inverted that rounds up to the total.
    last: usize,
}

impl Inversion {
    fn new(running: &[f64]) -> Self {
        let total = running[running.len() - 1];
        Self { total, last: running.iter().position(|&sum| sum == total).unwrap_or(running.len() - 1) }
    }

    #[inline(always)]
    fn category(&self, running: &[f64], uniform: f64) -> usize {
        let point = uniform * self.total;
        let below = if running.len() <= FEW {
            running.iter().map(|&sum| usize::from(sum <= point)).sum()
        } else {
            running.partition_point(|&sum| sum <= point)
        };
        below.min(self.last)
    }
}

impl Mode for Categorical {
    fn mode(&self) -> Result<Tensor> {
        scalar::refuse_derivative(self, "modes", &[self.weights.tensor()])?;
        self.weights.most_probable()
    }
}

impl Entropy for Categorical {
    fn entropy(&self) -> Tensor {
        self.weights.entropy()
    }
}

impl EnumerateSupport for Categorical {
    fn enumerate_support(&self) -> Result<Tensor> {
        let size = self.categories();
        Tensor::arange(size).try_reshape(scalar::along_new_axis(size, &self.batch_shape()))
    }
}

impl KlDivergence<Self> for Categorical {
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        self.weights.kl_divergence(&other.weights, "Categorical")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};
    use crate::grad;
    use crate::program::tests::assert_program_is_tape;
    use crate::random::Key;

    fn build(p: &Parameters) -> Result<Categorical> {
        if p.has("logits") { Categorical::from_logits(p.get("logits")) } else { Categorical::new(p.get("probs")) }
    }

    fn family() -> Family<Categorical> {
        Family::new("Categorical", build)
            .at(parameters! { probs: [0.2, 0.5, 0.3] })
            .at(parameters! { probs: [0.7, 0.1, 0.2] })
            // No probability moves on its own; see the test below.
            .constant("probs")
            .rejects(
                parameters! { probs: [0.5, 0.6] },
                "Categorical: `probs` must be a simplex (non-negative, sum 1), got [0.5, 0.6], whose sum is 1.1",
            )
            .draws([1.0, 1.0, 2.0])
    }

    conformance::distribution!(family() => univariate, mode, entropy, kl, enumerable);

    mod logits {
        use super::*;

        fn family() -> Family<Categorical> {
            Family::new("Categorical", build)
                .at(parameters! { logits: [0.2, -0.5, 3.0] })
                .at(parameters! { logits: [1.0, 0.1, -0.2] })
                .rejects(parameters! { logits: [0.5, f64::NAN] }, "Categorical: `logits` must be real, got NaN at [1]")
                .draws([2.0, 2.0, 2.0])
        }

        conformance::distribution!(family() => univariate, mode, entropy, kl, enumerable);
    }

    #[test]
    fn gradient_by_probabilities() {
        let log_prob =
            |p: &[Tensor]| Categorical::new(&p[0])?.log_prob(&Tensor::from([1.0, 2.0, 1.0, 7.0]))?.try_sum_axis(0);
        let (value, gradients) = grad(log_prob, &[Tensor::from([0.0, 0.5, 0.5])]).unwrap();
        assert_eq!(value, f64::NEG_INFINITY);
        assert_eq!(gradients[0].to_vec(), [0.0, 4.0, 2.0]);
        // Off the simplex there is no density.
        let (value, _) = grad(log_prob, &[Tensor::from([0.5, 0.5, 0.5])]).unwrap();
        assert!(value.is_nan());
    }

    #[test]
    fn categories_are_drawn_by_inversion() {
        let invert = |running: &[f64], uniform| Inversion::new(running).category(running, uniform);
        let running = [0.0, 0.25, 0.25, 1.0, 1.0];
        assert_eq!([0.0, 0.2499, 0.25, 0.999_999].map(|uniform| invert(&running, uniform)), [1, 1, 3, 3]);
        // A total that rounds the point up to itself.
        assert_eq!(invert(&[0.3, 0.3 + 0.6, 0.3 + 0.6], 1.0), 1);
    }

    #[test]
    fn a_parameter_has_categories() {
        for empty in [Tensor::from(1.0), Tensor::zeros([2, 0])] {
            let error = Categorical::from_logits(empty).unwrap_err().to_string();
            assert!(error.contains("expected categories along the last axis"), "{error}");
        }
        let (two, three) = (Categorical::from_logits([0.0; 2]).unwrap(), Categorical::from_logits([0.0; 3]).unwrap());
        assert!(two.kl_divergence(&three).is_err());
    }

    /// Masked categories: logits of −∞ are probabilities of 0, and one of ∞ is a probability of 1.
    #[test]
    fn infinite_logits_are_probabilities_of_zero_and_one() {
        let infinity = f64::INFINITY;
        let logits = Tensor::from([[0.3, -infinity, 1.0], [-infinity, infinity, 7.0]]);
        let by_logits = Categorical::from_logits(&logits).unwrap();
        let rest = 1.0 + 0.7_f64.exp();
        let by_probs = Categorical::new([[1.0 / rest, 0.0, 0.7_f64.exp() / rest], [0.0, 1.0, 0.0]]).unwrap();
        for label in [0.0, 1.0, 2.0] {
            let [want, got] = [&by_probs, &by_logits].map(|each| each.log_prob(&label.into()).unwrap().to_vec());
            for (got, want) in got.into_iter().zip(want) {
                assert!(got == want || (got - want).abs() < 1e-15, "{label}: {got}, {want}");
            }
        }
        let draws = |of: &Categorical| of.sample(&mut Key::new(3).rng("x", 0), &Shape::from(100)).unwrap();
        assert_eq!(draws(&by_logits), draws(&by_probs));
        for (got, want) in by_logits.entropy().to_vec().into_iter().zip(by_probs.entropy().to_vec()) {
            assert!((got - want).abs() < 1e-15);
        }
        // d ln p₂ / d logits = [−p₀, 0, 1 − p₂], through a mask of the user's and without.
        let mask = Tensor::from([1.0, 0.0, 1.0]);
        let wanted = [-1.0 / rest, 0.0, 1.0 / rest];
        let log_prob = |p: &[Tensor]| {
            Categorical::from_logits(Tensor::select(&mask, &p[0], f64::NEG_INFINITY))?.log_prob(&2.0.into())
        };
        for (input, log_prob) in [
            (Tensor::from([0.3, -4.0, 1.0]), &log_prob as &dyn Fn(&[Tensor]) -> Result<Tensor>),
            (logits.get(0), &|p: &[Tensor]| Categorical::from_logits(&p[0])?.log_prob(&2.0.into())),
        ] {
            let (value, gradients) = grad(log_prob, std::slice::from_ref(&input)).unwrap();
            assert!((value - (0.7 - rest.ln())).abs() < 1e-15);
            for (got, want) in gradients[0].to_vec().into_iter().zip(wanted) {
                assert!((got - want).abs() < 1e-15, "{got}, {want}");
            }
            assert_program_is_tape("masked categories", &[input], log_prob);
        }
        for impossible in [[-infinity, -infinity], [infinity, infinity]] {
            let error = Categorical::from_logits([[0.0, 0.0], impossible]).unwrap_err().to_string();
            let expected = "Categorical: `logits` must be inf for at most one category, and not -inf for all, got [";
            assert!(error.starts_with(expected), "{error}");
        }
    }

    #[test]
    fn of_equal_categories_the_first_is_the_mode() {
        let categorical = Categorical::new([[0.25, 0.375, 0.375], [0.5, 0.25, 0.25]]).unwrap();
        assert_eq!(categorical.mode().unwrap().to_vec(), [1.0, 0.0]);
    }
}
