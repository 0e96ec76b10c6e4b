//! Plackett–Luce distribution.

use crate::distribution::density::{scalar, vector};
use crate::distribution::sampling::noise::standard_exponential;
use crate::distribution::{Distribution, EnumerateSupport, Mode};
use crate::random::Rng;
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor, check};

/// The largest number of items whose rankings are enumerated: there are 9! = 362 880 of them.
const MOST_ITEMS: usize = 9;

/// Plackett–Luce distribution of rankings: items are chosen one after the other, each with a probability in proportion to
/// its score among those that are left.
///
#[doc = include_str!("../../../doc/distribution/PlackettLuce.svg")]
///
/// ```text
/// log p(x) = Σ_{i} [ln s(xᵢ) − ln Σ_{j ≥ i} s(xⱼ)],   s = scores, x a permutation of 0, …, K − 1, the first choice first
/// ```
///
/// # Parameters
/// | parameter | domain   | shape          | meaning             |
/// |-----------|----------|----------------|---------------------|
/// | `scores`  | positive | batch ++ `[K]` | weight of each item |
///
/// # Shapes
/// batch = all but the last axis of `scores`, event = `[K]`.
///
/// # Support
/// The integers from 0 on in any order: [`Constraint::Permutation`](crate::Constraint::Permutation).
///
/// # Moments
/// ```text
/// mode = the items by descending scores
/// ```
/// Rankings have no mean and no variance. The entropy is not implemented.
///
/// # Numerics
/// The log mass is a sum of log-sum-exps of ratios of scores, which do not overflow. It costs K² operations a value.
///
/// # Draws
/// Items in the order of exponential waiting times, whose rates are the scores.
///
/// # Reference
/// Plackett, "The analysis of permutations", Applied Statistics 24 (1975).
///
/// # Example
/// ```
/// use ppl::distribution::{Distribution, Mode, PlackettLuce};
/// use ppl::Tensor;
///
/// let race = PlackettLuce::new([1.0, 3.0, 2.0])?;
/// assert_eq!(race.mode()?.to_vec(), [1.0, 2.0, 0.0]);
/// // The second first, with 3/6, then the first, with 1/3.
/// assert!((race.prob(&Tensor::from([1.0, 0.0, 2.0]))?.item() - 1.0 / 6.0).abs() < 1e-15);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct PlackettLuce {
    scores: Tensor,
    batch_shape: Shape,
    event_shape: Shape,
}

impl PlackettLuce {
    /// A Plackett–Luce distribution with these scores along the last axis.
    ///
    /// # Errors
    /// A score that is not positive and finite; no axis of scores, or none along it.
    pub fn new(scores: impl IntoTensor) -> Result<Self> {
        let scores = scores.into_tensor();
        let shape = scores.shape();
        if shape.last().is_none_or(|&size| size == 0) {
            return Err(Error::InvalidShape {
                operation: "PlackettLuce",
                expected: "scores along the last axis".to_owned(),
                got: shape,
            });
        }
        let (batch_shape, event_shape) = shape.split_event(1);
        let distribution = Self { scores, batch_shape, event_shape };
        check::constants("PlackettLuce", &[distribution.parameter()])?;
        Ok(distribution)
    }

    fn parameter(&self) -> check::Parameter<'_> {
        ("scores", &self.scores, Constraint::Positive)
    }

    /// The scores, along the last axis.
    #[must_use]
    pub fn scores(&self) -> &Tensor {
        &self.scores
    }

    fn size(&self) -> usize {
        self.event_shape.size()
    }
}

impl Distribution for PlackettLuce {
    fn name(&self) -> &'static str {
        "PlackettLuce"
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        vec![check::value(&self.parameter())]
    }

    fn batch_shape(&self) -> Shape {
        self.batch_shape
    }

    fn event_shape(&self) -> Shape {
        self.event_shape
    }

    fn support(&self) -> Constraint {
        Constraint::Permutation
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all("PlackettLuce", &[self.parameter()])?;
        let shape = sample_shape.concat(&self.batch_shape).concat(&self.event_shape);
        let waiting = standard_exponential(rng, shape).ln().try_sub(self.scores.detach().ln())?;
        let items = Tensor::arange(self.size());
        // How many items come before each: those that wait less, and of equal ones those with a smaller index.
        let (own, others) = (waiting.unsqueeze(-1), waiting.unsqueeze(-2));
        let ties = others.equal(&own) * items.less(items.unsqueeze(-1));
        let place = (others.less(own) + ties).sum_axis(-1);
        // The item that is at each place.
        Ok((place.unsqueeze(-2).equal(items.unsqueeze(-1)) * items).sum_axis(-1))
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let is_inside = |value: &Tensor| Constraint::Permutation.contains(value);
        let items = Tensor::arange(self.size());
        vector::on_support(
            self,
            value,
            is_inside,
            || Ok(items.clone()),
            |ranking| {
                let scores = check::or_nan(&self.scores, &Constraint::Positive);
                let chosen = ranking.detach().unsqueeze(-1).try_equal(&items)?;
                let in_order = Tensor::try_select(chosen, scores.ln().unsqueeze(-2), 0.0)?.try_sum_axis(-1)?;
                // Of each choice the scores of the items that are left, over that of the item chosen.
                let ratios = in_order.unsqueeze(-2).try_sub(in_order.unsqueeze(-1))?;
                let is_left = items.greater_equal(items.unsqueeze(-1));
                let log_odds = Tensor::try_select(is_left, ratios, f64::MIN)?.try_logsumexp_axis(-1)?;
                Ok(-log_odds.try_sum_axis(-1)?)
            },
        )
    }
}

impl Mode for PlackettLuce {
    fn mode(&self) -> Result<Tensor> {
        scalar::refuse_derivative(self, "modes", &[&self.scores])?;
        (-&self.scores).try_argsort(-1)
    }
}

impl EnumerateSupport for PlackettLuce {
    /// # Errors
    /// More than nine items.
    fn enumerate_support(&self) -> Result<Tensor> {
        let size = self.size();
        if size > MOST_ITEMS {
            return Err(Error::Unsupported {
                what: format!("enumerating PlackettLuce with {size} items"),
                hint: format!("give it at most {MOST_ITEMS} items"),
            });
        }
        let mut elements = Vec::new();
        append_rankings(&mut Vec::new(), size, &mut elements);
        let count = elements.len() / size;
        let ones = Shape::from(vec![1; self.batch_shape.rank()]);
        Tensor::new(elements, Shape::from(count).concat(&ones).concat(&self.event_shape))
    }
}

/// Appends all rankings that begin with these items.
fn append_rankings(first: &mut Vec<usize>, size: usize, elements: &mut Vec<f64>) {
    if first.len() == size {
        elements.extend(first.iter().map(|&item| item as f64));
        return;
    }
    for item in 0..size {
        if !first.contains(&item) {
            first.push(item);
            append_rankings(first, size, elements);
            first.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};

    fn family() -> Family<PlackettLuce> {
        Family::new("PlackettLuce", |p| PlackettLuce::new(p.get("scores")))
            .at(parameters! { scores: [0.7, 2.5, 1.0] })
            .at(parameters! { scores: [1.5, 2.0, 0.4] })
            .rejects(
                parameters! { scores: [1.0, -0.5, 2.0] },
                "PlackettLuce: `scores` must be positive, got -0.5 at [1]",
            )
            .draws([1.0, 0.0, 2.0, 0.0, 2.0, 1.0, 0.0, 1.0, 2.0])
    }

    conformance::distribution!(family() => multivariate, mode, enumerable);

    #[test]
    fn scores_far_apart() {
        let race = PlackettLuce::new([1e300, 1e-300, 1.7e308, 1.0]).unwrap();
        let log_prob = |order: [f64; 4]| race.log_prob(&Tensor::from(order)).unwrap().item();
        // The best first, then the second: the others add nothing.
        let first = -(1e300_f64 / 1.7e308).ln_1p();
        assert!((log_prob([2.0, 0.0, 3.0, 1.0]) - first).abs() < 1e-15);
        assert!((log_prob([2.0, 0.0, 1.0, 3.0]) - (first + 1e-300_f64.ln())).abs() < 1e-12);
    }

    #[test]
    fn rankings_are_drawn_with_their_probabilities() {
        let race = PlackettLuce::new([0.7, 2.5, 1.0]).unwrap();
        let draws = race.sample(&mut crate::random::Key::new(1).rng("x", 0), &Shape::from(20_000)).unwrap();
        let rankings = race.enumerate_support().unwrap();
        for index in 0..6 {
            let ranking = rankings.get(index);
            let part = draws.equal(&ranking).min_axis(-1).mean().item();
            let want = race.prob(&ranking).unwrap().item();
            // Five standard errors: six of them give a false alarm once in 3e5 seeds.
            assert!((part - want).abs() < 5.0 * (want * (1.0 - want) / 20_000.0).sqrt(), "{ranking}: {part} {want}");
        }
        assert!(PlackettLuce::new(Tensor::ones(10)).unwrap().enumerate_support().is_err());
    }
}
