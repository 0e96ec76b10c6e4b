//! Relaxed categorical distribution of one-hot vectors.

use super::GumbelSoftmax;
use crate::distribution::Distribution;
use crate::distribution::density::categories::Categories;
use crate::distribution::density::vector;
use crate::random::Rng;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// Relaxed categorical distribution (Concrete, Gumbel-softmax): a point of the simplex that is near a corner at low
/// temperatures, and whose draws have gradients.
///
#[doc = include_str!("../../../doc/distribution/RelaxedOneHotCategorical.svg")]
///
/// ```text
/// x = softmax((ln probs + g) / temperature),   g standard Gumbel
/// log p(x) = ln (K − 1)! + (K − 1) ln(t) + Σ [ln softmax(ln probs − t ln x)]ₖ − Σ ln xₖ,   t = temperature
/// ```
///
/// with respect to the first K − 1 entries of x.
///
/// # Parameters
/// | parameter     | domain              | shape          | meaning                                   |
/// |---------------|---------------------|----------------|-------------------------------------------|
/// | `temperature` | positive            | batch          | how far the values are from the corners   |
/// | `probs`       | a positive simplex  | batch ++ `[K]` | probability that an entry is the largest  |
/// | `logits`      | real                | batch ++ `[K]` | logarithm of `probs`, up to a constant    |
///
/// One of the last two is given: [`new`](Self::new) takes `probs`, [`from_logits`](Self::from_logits) takes `logits`.
///
/// # Shapes
/// batch = broadcast(temperature, all but the last axis of probs), event = `[K]`.
///
/// # Support
/// The simplex: [`Constraint::Simplex`](crate::Constraint::Simplex).
///
/// # Moments
/// Mean, variance, mode and entropy have no closed form and are not implemented. The largest entry is that of category
/// k with probability `probs[k]`, at all temperatures.
///
/// # Numerics
/// The density is a log-softmax of scores, which does not overflow. On a face of the simplex it has its limit, which is
/// 0, finite or ∞.
///
/// # Draws
/// Reparameterised. An entry that underflows is the smallest positive normal number: at low temperatures draw
/// [`ExpRelaxedOneHotCategorical`](super::ExpRelaxedOneHotCategorical), the logarithms.
///
/// # Reference
/// Maddison, Mnih and Teh, "The Concrete distribution", ICLR 2017; Jang, Gu and Poole, "Categorical reparameterization with
/// Gumbel-softmax", ICLR 2017.
///
/// # Example
/// ```
/// use ppl::distribution::{Distribution, RelaxedOneHotCategorical};
/// use ppl::Tensor;
///
/// // At temperature 1 two equal categories are uniform.
/// let even = RelaxedOneHotCategorical::new(1.0, [0.5, 0.5])?;
/// assert!(even.log_prob(&Tensor::from([0.3, 0.7]))?.item().abs() < 1e-15);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct RelaxedOneHotCategorical {
    softmax: GumbelSoftmax,
}

impl RelaxedOneHotCategorical {
    const NAME: &'static str = "RelaxedOneHotCategorical";

    /// A relaxed categorical distribution of this temperature and these probabilities.
    ///
    /// # Errors
    /// `temperature` not positive and finite; `probs` that are not positive or do not sum to 1; no axis of categories, or none
    /// along it; shapes that do not broadcast.
    pub fn new(temperature: impl IntoTensor, probs: impl IntoTensor) -> Result<Self> {
        let weights = Categories::Probs(probs.into_tensor());
        Ok(Self { softmax: GumbelSoftmax::new(Self::NAME, temperature.into_tensor(), weights)? })
    }

    /// A relaxed categorical distribution of this temperature and probabilities proportional to the exponentials of these
    /// numbers.
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

    /// The limit of the log density where the entries that are 0 get there alike: ±∞, but at one temperature.
    fn log_prob_at_face(&self, value: &Tensor) -> Result<Tensor> {
        let temperature = &self.softmax.temperature()?;
        let is_zero = &value.equal(0.0);
        let zeros = is_zero.try_sum_axis(-1)?.unsqueeze(-1);
        let size = self.softmax.size() as f64;
        // The power of those entries in the density.
        let power = temperature.try_mul(size - &zeros)?.try_sub(zeros)?.squeeze(-1);
        let log_probs = self.softmax.weights.log_probs();
        let positive = Tensor::select(is_zero, 1.0, value);
        let others = log_probs.try_sub(positive.ln().try_mul(temperature + 1.0)?)?.try_sum_axis(-1)?;
        let at_zero = Tensor::try_select(is_zero, log_probs, f64::MIN)?.try_logsumexp_axis(-1)?;
        let finite = others.try_sub(at_zero * size)?.try_add(self.softmax.normalizer()?)?;
        let infinite = Tensor::select(power.greater(0.0), f64::NEG_INFINITY, f64::INFINITY);
        Tensor::try_select(power.equal(0.0), finite, infinite)
    }
}

impl Distribution for RelaxedOneHotCategorical {
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

    fn support(&self) -> Constraint {
        Constraint::Simplex
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all(Self::NAME, &self.softmax.parameters())?;
        Ok(self.softmax.sample_logarithms(rng, sample_shape)?.exp().maximum(f64::MIN_POSITIVE))
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let is_inside = |value: &Tensor| Constraint::Simplex.contains(value);
        let centre = || Ok(Tensor::full(self.event_shape(), 1.0 / self.softmax.size() as f64));
        vector::on_support(self, value, is_inside, centre, |value| {
            let inside = |value: &Tensor| {
                let logarithms = value.ln();
                let log_density = self.softmax.log_density_of_logarithms(&logarithms)?;
                log_density.try_sub(logarithms.try_sum_axis(-1)?)
            };
            if value.is_tracked() || !value.elements().contains(&0.0) {
                return inside(value);
            }
            let is_face = &value.try_min_axis(-1)?.equal(0.0);
            let interior = Tensor::try_select(vector::over_events(is_face, 1)?, centre()?, value)?;
            Tensor::try_select(is_face, self.log_prob_at_face(value)?, inside(&interior)?)
        })
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, Parameters, parameters};

    fn build(p: &Parameters) -> Result<RelaxedOneHotCategorical> {
        if p.has("logits") {
            RelaxedOneHotCategorical::from_logits(p.get("temperature"), p.get("logits"))
        } else {
            RelaxedOneHotCategorical::new(p.get("temperature"), p.get("probs"))
        }
    }

    fn family() -> Family<RelaxedOneHotCategorical> {
        Family::new("RelaxedOneHotCategorical", build)
            .without_value_gradient("entries of a simplex do not move on their own")
            .at(parameters! { temperature: 0.8, logits: [0.3, -0.5, 1.0] })
            .at(parameters! { temperature: 1.1, logits: [0.1, 0.2, 0.4] })
            .rejects(
                parameters! { temperature: 0.0, logits: [0.5, 0.1, 0.0] },
                "RelaxedOneHotCategorical: `temperature` must be positive, got 0",
            )
            .rejects(
                parameters! { temperature: 1.0, logits: [0.5, f64::NAN, 0.0] },
                "RelaxedOneHotCategorical: `logits` must be real, got NaN at [1]",
            )
            .draws([
                0.7644834562710946,
                0.13388622074739878,
                0.10163032298150666,
                0.47774556245655686,
                0.011086087761289944,
                0.5111683497821532,
                0.9425975055869452,
                0.007930086823531714,
                0.049472407589523,
            ])
    }

    conformance::distribution!(family() => multivariate, reparameterized_by_common_numbers);

    mod probs {
        use super::*;

        fn family() -> Family<RelaxedOneHotCategorical> {
            Family::new("RelaxedOneHotCategorical", build)
                .without_value_gradient("entries of a simplex do not move on their own")
                .at(parameters! { temperature: 0.8, probs: [0.25, 0.5, 0.25] })
                .at(parameters! { temperature: 1.1, probs: [0.3, 0.4, 0.3] })
                // No probability moves on its own.
                .constant("probs")
                .rejects(
                    parameters! { temperature: -1.0, probs: [0.25, 0.5, 0.25] },
                    "RelaxedOneHotCategorical: `temperature` must be positive, got -1",
                )
                .rejects(
                    parameters! { temperature: 1.0, probs: [0.5, 0.5, 0.0] },
                    "RelaxedOneHotCategorical: `probs` must be positive, got 0 at [2]",
                )
                .draws([
                    0.4571037873917591,
                    0.5175646277380124,
                    0.025331584870228532,
                    0.6265466191021992,
                    0.09399765470014206,
                    0.2794557261976588,
                    0.9291340996584219,
                    0.050537299552453056,
                    0.02032860078912524,
                ])
        }

        conformance::distribution!(family() => multivariate, reparameterized_by_common_numbers);
    }

    #[test]
    fn the_largest_entry_is_a_categorical_draw() {
        let relaxed = RelaxedOneHotCategorical::new(0.1, [0.2, 0.5, 0.3]).unwrap();
        let draws = relaxed.sample(&mut crate::random::Key::new(0).rng("x", 0), &Shape::from(10_000)).unwrap();
        let largest = draws.argmax_axis(-1);
        for (category, want) in [0.2, 0.5, 0.3_f64].into_iter().enumerate() {
            let part = largest.equal(category as f64).mean().item();
            // Five standard errors: three of them give a false alarm once in 6e5 seeds.
            assert!((part - want).abs() < 5.0 * (want * (1.0 - want) / 1e4).sqrt(), "{category}: {part}");
        }
    }
}
