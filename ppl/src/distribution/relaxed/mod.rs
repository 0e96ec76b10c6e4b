//! Continuous relaxations of discrete distributions, whose draws have gradients.

mod exp_relaxed_one_hot_categorical;
mod relaxed_bernoulli;
mod relaxed_one_hot_categorical;

pub use self::exp_relaxed_one_hot_categorical::ExpRelaxedOneHotCategorical;
pub use self::relaxed_bernoulli::RelaxedBernoulli;
pub use self::relaxed_one_hot_categorical::RelaxedOneHotCategorical;

use super::density::categories::Categories;
use super::density::vector;
use super::sampling::noise::standard_exponential;
use crate::random::Rng;
use crate::{Constraint, Result, Shape, Tensor, check, special};

/// The Gumbel-softmax distribution: the softmax of logits with Gumbel noise, divided by a temperature.
#[derive(Clone, Debug)]
struct GumbelSoftmax {
    temperature: Tensor,
    weights: Categories,
    batch_shape: Shape,
}

impl GumbelSoftmax {
    fn new(distribution: &'static str, temperature: Tensor, weights: Categories) -> Result<Self> {
        let weights = weights.checked(distribution)?;
        let batch_shape = check::broadcast(distribution, &temperature.shape(), &weights.batch_shape())?;
        let softmax = Self { temperature, weights, batch_shape };
        check::constants(distribution, &softmax.parameters())?;
        Ok(softmax)
    }

    fn parameters(&self) -> Vec<check::Parameter<'_>> {
        let mut parameters = vec![("temperature", &self.temperature, Constraint::Positive)];
        // Each category must be possible: there is no relaxation of what is impossible.
        match &self.weights {
            Categories::Probs(probs) => {
                parameters.extend([("probs", probs, Constraint::Simplex), ("probs", probs, Constraint::Positive)]);
            }
            Categories::Logits(logits) => parameters.push(("logits", logits, Constraint::Real)),
        }
        parameters
    }

    /// The number of categories.
    fn size(&self) -> usize {
        self.weights.size()
    }

    /// The temperature with an axis for the event.
    fn temperature(&self) -> Result<Tensor> {
        vector::over_events(&check::or_nan(&self.temperature, &Constraint::Positive), 1)
    }

    /// Draws the logarithms of the entries.
    fn sample_logarithms(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        let shape = sample_shape.concat(&self.batch_shape).concat(&self.size().into());
        let gumbel = -standard_exponential(rng, shape).maximum(f64::MIN_POSITIVE).ln();
        let scores = gumbel.try_add(self.weights.log_probs())?;
        // From the largest on: at tiny temperatures all quotients but that one's overflow.
        let below = scores.try_sub(scores.detach().try_max_axis(-1)?.unsqueeze(-1))?;
        below.try_div(self.temperature()?)?.maximum(f64::MIN).try_log_softmax(-1)
    }

    /// The log density of the logarithms of the entries.
    fn log_density_of_logarithms(&self, logarithms: &Tensor) -> Result<Tensor> {
        let temperature = &self.temperature()?;
        let scores = self.weights.log_probs().try_sub(logarithms.try_mul(temperature)?)?;
        self.normalizer()?.try_add(scores.try_log_softmax(-1)?.try_sum_axis(-1)?)
    }

    /// ln (K − 1)! + (K − 1) ln(temperature).
    fn normalizer(&self) -> Result<Tensor> {
        let size = self.size() as f64;
        Ok(check::or_nan(&self.temperature, &Constraint::Positive).ln() * (size - 1.0) + special::lgamma(size))
    }
}
