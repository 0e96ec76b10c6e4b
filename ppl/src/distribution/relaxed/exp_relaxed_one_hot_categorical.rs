//! Logarithms of the relaxed categorical distribution.

use std::sync::Arc;

use super::GumbelSoftmax;
use crate::bijector::{Exp, Inverse};
use crate::distribution::Distribution;
use crate::distribution::density::categories::Categories;
use crate::distribution::density::vector;
use crate::random::Rng;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// Logarithms of a [`RelaxedOneHotCategorical`](super::RelaxedOneHotCategorical) variable, which do not underflow at low
/// temperatures.
///
#[doc = include_str!("../../../doc/distribution/ExpRelaxedOneHotCategorical.svg")]
///
/// ```text
/// x = ln softmax((ln probs + g) / temperature),   g standard Gumbel
/// log p(x) = ln (K − 1)! + (K − 1) ln(t) + Σ [ln softmax(ln probs − t x)]ₖ,   t = temperature
/// ```
///
/// It is the density of exp(x) on the simplex times the derivative of the exponential function in every entry, as a
/// [transformed](crate::distribution::Transformed) density is: with respect to δ(ln Σ exp(xₖ)) dx.
///
/// # Parameters
/// | parameter     | domain              | shape          | meaning                                         |
/// |---------------|---------------------|----------------|-------------------------------------------------|
/// | `temperature` | positive            | batch          | how far the exponentials are from the corners   |
/// | `probs`       | a positive simplex  | batch ++ `[K]` | probability that an entry is the largest        |
/// | `logits`      | real                | batch ++ `[K]` | logarithm of `probs`, up to a constant          |
///
/// One of the last two is given: [`new`](Self::new) takes `probs`, [`from_logits`](Self::from_logits) takes `logits`.
///
/// # Shapes
/// batch = broadcast(temperature, all but the last axis of probs), event = `[K]`.
///
/// # Support
/// The logarithms of the points of the simplex: [`Constraint::Image`](crate::Constraint::Image).
///
/// # Moments
/// Mean, variance, mode and entropy have no closed form and are not implemented. The largest entry is that of category
/// k with probability `probs[k]`, at all temperatures.
///
/// # Numerics
/// Draws and densities stay on the logarithmic scale: a log-softmax of scores, which neither overflows nor underflows
/// at low temperatures.
///
/// # Draws
/// Reparameterised.
///
/// # Reference
/// Maddison, Mnih and Teh, "The Concrete distribution", ICLR 2017, appendix C.3.
///
/// # Example
/// ```
/// use ppl::distribution::{Distribution, ExpRelaxedOneHotCategorical, RelaxedOneHotCategorical};
/// use ppl::Tensor;
///
/// let (x, y) = (Tensor::from([0.2, 0.3, 0.5]).ln(), Tensor::from([0.2, 0.3, 0.5]));
/// let logarithms = ExpRelaxedOneHotCategorical::new(0.5, [0.25, 0.5, 0.25])?;
/// let entries = RelaxedOneHotCategorical::new(0.5, [0.25, 0.5, 0.25])?;
/// let difference = logarithms.log_prob(&x)?.item() - entries.log_prob(&y)?.item();
/// assert!((difference - x.sum().item()).abs() < 1e-14);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ExpRelaxedOneHotCategorical {
    softmax: GumbelSoftmax,
}

impl ExpRelaxedOneHotCategorical {
    const NAME: &'static str = "ExpRelaxedOneHotCategorical";

    /// Logarithms of a relaxed categorical variable of this temperature and these probabilities.
    ///
    /// # Errors
    /// `temperature` not positive and finite; `probs` that are not positive or do not sum to 1; no axis of categories, or none
    /// along it; shapes that do not broadcast.
    pub fn new(temperature: impl IntoTensor, probs: impl IntoTensor) -> Result<Self> {
        let weights = Categories::Probs(probs.into_tensor());
        Ok(Self { softmax: GumbelSoftmax::new(Self::NAME, temperature.into_tensor(), weights)? })
    }

    /// Logarithms of a relaxed categorical variable of this temperature and probabilities proportional to the exponentials of
    /// these numbers.
    ///
    /// # Errors
    /// `temperature` not positive and finite; `logits` that are not finite; no axis of categories, or none along it; shapes that
    /// do not broadcast.
    pub fn from_logits(temperature: impl IntoTensor, logits: impl IntoTensor) -> Result<Self> {
        let weights = Categories::Logits(logits.into_tensor());
        Ok(Self { softmax: GumbelSoftmax::new(Self::NAME, temperature.into_tensor(), weights)? })
    }

    /// The temperature.
    #[must_use]
    pub fn temperature(&self) -> &Tensor {
        &self.softmax.temperature
    }

    /// The probability of each category, along the last axis.
    #[must_use]
    pub fn probs(&self) -> Tensor {
        self.softmax.weights.probs()
    }
}

impl Distribution for ExpRelaxedOneHotCategorical {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        check::values(&self.softmax.parameters())
    }

    fn batch_shape(&self) -> Shape {
        self.softmax.batch_shape
    }

    fn event_shape(&self) -> Shape {
        Shape::from(self.softmax.size())
    }

    /// The logarithms of a simplex.
    fn support(&self) -> Constraint {
        Constraint::Image { of: Box::new(Constraint::Simplex), under: Arc::new(Inverse::new(Arc::new(Exp))) }
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all(Self::NAME, &self.softmax.parameters())?;
        self.softmax.sample_logarithms(rng, sample_shape)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let is_inside = |value: &Tensor| Constraint::Simplex.contains(&value.exp()) * vector::is_finite(value, 1);
        let centre = || Ok(Tensor::full(self.event_shape(), -(self.softmax.size() as f64).ln()));
        vector::on_support(self, value, is_inside, centre, |value| self.softmax.log_density_of_logarithms(value))
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::biject_to;
    use crate::distribution::RelaxedOneHotCategorical;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};

    fn build(p: &Parameters) -> Result<ExpRelaxedOneHotCategorical> {
        if p.has("logits") {
            ExpRelaxedOneHotCategorical::from_logits(p.get("temperature"), p.get("logits"))
        } else {
            ExpRelaxedOneHotCategorical::new(p.get("temperature"), p.get("probs"))
        }
    }

    fn family() -> Family<ExpRelaxedOneHotCategorical> {
        Family::new("ExpRelaxedOneHotCategorical", build)
            .without_value_gradient("logarithms of a simplex do not move on their own")
            .at(parameters! { temperature: 0.8, logits: [0.3, -0.5, 1.0] })
            .at(parameters! { temperature: 1.1, logits: [0.1, 0.2, 0.4] })
            .rejects(
                parameters! { temperature: 0.0, logits: [0.5, 0.1, 0.0] },
                "ExpRelaxedOneHotCategorical: `temperature` must be positive, got 0",
            )
            .rejects(
                parameters! { temperature: 1.0, logits: [0.5, f64::NAN, 0.0] },
                "ExpRelaxedOneHotCategorical: `logits` must be real, got NaN at [1]",
            )
            .draws([
                -0.26855489378033276,
                -2.010764938619894,
                -2.2864133338240644,
                -0.7386769843265419,
                -4.502064311608684,
                -0.671056291407224,
                -0.059115910807332916,
                -4.837091294652352,
                -3.0063401872590143,
            ])
    }

    conformance::distribution!(family() => multivariate, reparameterized_by_common_numbers);

    mod probs {
        use super::*;

        fn family() -> Family<ExpRelaxedOneHotCategorical> {
            Family::new("ExpRelaxedOneHotCategorical", build)
                .without_value_gradient("logarithms of a simplex do not move on their own")
                .at(parameters! { temperature: 0.8, probs: [0.25, 0.5, 0.25] })
                .at(parameters! { temperature: 1.1, probs: [0.3, 0.4, 0.3] })
                // No probability moves on its own.
                .constant("probs")
                .rejects(
                    parameters! { temperature: -1.0, probs: [0.25, 0.5, 0.25] },
                    "ExpRelaxedOneHotCategorical: `temperature` must be positive, got -1",
                )
                .rejects(
                    parameters! { temperature: 1.0, probs: [0.5, 0.5, 0.0] },
                    "ExpRelaxedOneHotCategorical: `probs` must be positive, got 0 at [2]",
                )
                .draws([
                    -0.7828448079825074,
                    -0.6586208771221368,
                    -3.6757032480262395,
                    -0.46753209543966845,
                    -2.3644854470218784,
                    -1.2749114025203503,
                    -0.07350220219109949,
                    -2.985043610336187,
                    -3.8957264786427803,
                ])
        }

        conformance::distribution!(family() => multivariate, reparameterized_by_common_numbers);
    }

    #[test]
    fn a_low_temperature_keeps_its_digits() {
        let relaxed = ExpRelaxedOneHotCategorical::from_logits(1e-3, [0.0, 0.0]).unwrap();
        // The exponential of the second entry underflows. z is logistic: ln t − t z − 2 ln(1 + e^(−t z)).
        let z: f64 = 1e-3 * 2000.0;
        let want = 1e-3_f64.ln() - z - 2.0 * (-z).exp().ln_1p();
        let got = relaxed.log_prob(&Tensor::from([0.0, -2000.0])).unwrap().item();
        assert!((got - want).abs() < 1e-14, "{got} {want}");
    }

    /// Samplers move the logarithms as they move a simplex: the density there is the same.
    #[test]
    fn its_unconstrained_density_is_that_of_the_simplex() {
        let (logarithms, entries) = (
            ExpRelaxedOneHotCategorical::new(0.7, [0.25, 0.5, 0.25]).unwrap(),
            RelaxedOneHotCategorical::new(0.7, [0.25, 0.5, 0.25]).unwrap(),
        );
        let u = Tensor::from([0.3, -1.2]);
        let [got, want] = [&logarithms as &dyn Distribution, &entries].map(|distribution| {
            let (x, log_det) = biject_to(&distribution.support()).unwrap().forward_and_log_det(&u).unwrap();
            (distribution.log_prob(&x).unwrap() + log_det).item()
        });
        assert!((got - want).abs() < 1e-14, "{got} {want}");
    }
}
