//! Delta distribution: a point mass.

use crate::distribution::{Distribution, KlDivergence, Mode, Moments};
use crate::random::Rng;
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor, check};

/// Point mass: every draw is the same value.
///
/// A guide uses it for a maximum a posteriori estimate: its draw is `value`, with its gradient. A `log_density` other than
/// 0 makes it stand for a draw of another density, the value of which at that draw is known.
///
/// ```text
/// log p(x) = log_density where x = value, else −∞
/// ```
///
/// # Parameters
/// | parameter     | domain | shape                                |
/// |---------------|--------|--------------------------------------|
/// | `value`       | any    | batch ++ event                       |
/// | `log_density` | any    | broadcasts to the batch; 0 if absent |
///
/// # Shapes
/// event = the last `event_rank` axes of `value`, batch = those before.
///
/// # Support
/// The one point `value`: [`Constraint::Constant`](crate::Constraint::Constant).
///
/// # Moments
/// ```text
/// mean     = mode = value
/// variance = 0
/// ```
/// The entropy is not implemented.
///
/// # Numerics
/// A value is compared exactly, without a tolerance, and the density has no derivative by it; draws are `value` itself,
/// with its gradient, and take no random number.
///
/// # Reference
/// NumPyro, `numpyro.distributions.Delta`.
///
/// # Example
/// ```
/// use ppl::distribution::{Delta, Distribution};
/// use ppl::Tensor;
///
/// let point = Delta::of_events([1.0, 2.0], 1)?;
/// assert_eq!(point.log_prob(&Tensor::from([1.0, 2.0]))?, 0.0);
/// assert_eq!(point.log_prob(&Tensor::from([1.0, 2.1]))?, f64::NEG_INFINITY);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Delta {
    value: Tensor,
    log_density: Tensor,
    batch_shape: Shape,
    event_shape: Shape,
}

impl Delta {
    /// The mass at this value, each element of which is an event.
    ///
    /// # Errors
    /// A value that is NaN.
    pub fn new(value: impl IntoTensor) -> Result<Self> {
        Self::of_events(value, 0)
    }

    /// The mass at this value, of which the last `event_rank` axes are an event.
    ///
    /// # Errors
    /// A value that is NaN, or has fewer axes.
    pub fn of_events(value: impl IntoTensor, event_rank: usize) -> Result<Self> {
        let value = value.into_tensor();
        if value.rank() < event_rank {
            return Err(Error::InvalidShape {
                operation: "Delta",
                expected: format!("at least {event_rank} axes, those of an event"),
                got: value.shape(),
            });
        }
        let (batch_shape, event_shape) = value.shape().split_event(event_rank);
        let delta = Self { value, log_density: Tensor::scalar(0.0), batch_shape, event_shape };
        check::constants("Delta", &[delta.parameter()])?;
        Ok(delta)
    }

    fn parameter(&self) -> check::Parameter<'_> {
        ("value", &self.value, check::extended_real())
    }

    /// The same mass, whose log density at its value is this.
    ///
    /// # Errors
    /// A shape that does not broadcast to the batch.
    pub fn with_log_density(self, log_density: impl IntoTensor) -> Result<Self> {
        let log_density = log_density.into_tensor().try_broadcast_to(self.batch_shape)?;
        Ok(Self { log_density, ..self })
    }

    /// The value that has all the mass.
    #[must_use]
    pub fn value(&self) -> &Tensor {
        &self.value
    }

    /// Its log density less that of another distribution there.
    pub(crate) fn divergence_from(&self, other: &dyn Distribution) -> Result<Tensor> {
        let shape = check::broadcast("Delta", &self.batch_shape, &other.batch_shape())?;
        self.log_density.try_sub(other.log_prob(&self.value)?)?.try_broadcast_to(shape)
    }
}

impl Distribution for Delta {
    fn name(&self) -> &'static str {
        "Delta"
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        vec![("value", self.value.clone())]
    }

    fn batch_shape(&self) -> Shape {
        self.batch_shape
    }

    fn event_shape(&self) -> Shape {
        self.event_shape
    }

    fn support(&self) -> Constraint {
        let point = Constraint::Constant(self.value.clone());
        match self.event_shape.rank() {
            0 => point,
            rank => Constraint::Independent(Box::new(point), rank),
        }
    }

    fn sample(&self, _: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        // Without its derivative: where a density asks for a point of the support, it is not read for its own sake.
        check::all("Delta", &[("value", &self.value.detach(), check::extended_real())])?;
        self.value.try_broadcast_to(sample_shape.concat(&self.value.shape()))
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        check::event("Delta", value, &self.event_shape)?;
        // The log mass is 0 or −∞, with no derivative where it is finite.
        let (point, rank) = (self.value.untracked(), self.event_shape.rank());
        let differs = value.detach().try_not_equal(&point)?.sum_rightmost(rank).greater(0.0);
        let log_prob = Tensor::try_select(differs, f64::NEG_INFINITY, &self.log_density)?;
        if !self.value.is_tracked() {
            return Ok(log_prob);
        }
        // A value that is being differentiated may have become NaN, which differs from itself.
        Tensor::try_select(point.not_equal(&point).sum_rightmost(rank).greater(0.0), f64::NAN, log_prob)
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

impl Mode for Delta {
    fn mode(&self) -> Result<Tensor> {
        Ok(self.value.clone())
    }
}

impl Moments for Delta {
    fn mean(&self) -> Tensor {
        self.value.clone()
    }

    fn variance(&self) -> Tensor {
        Tensor::zeros(self.value.shape())
    }
}

impl<Other: Distribution> KlDivergence<Other> for Delta {
    /// The log density of the mass less that of the other distribution at its value, as if both had densities with respect
    /// to one measure: what a guide by a point adds to an evidence lower bound.
    fn kl_divergence(&self, other: &Other) -> Result<Tensor> {
        self.divergence_from(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::conformance::{self, Family, parameters};
    use crate::grad;
    use crate::random::Key;

    fn family() -> Family<Delta> {
        Family::new("Delta", |p| Delta::new(p.get(if p.has("loc") { "loc" } else { "value" })))
            .at(parameters! { value: 0.5 })
            .at(parameters! { value: -3.0 })
            .draws([0.5; 3])
    }

    // A point mass has no density to integrate and no neighbours to compare with: not the laws of far tails, ends,
    // gradients of densities, and what is outside, which is the rest of the line. A draw is the value, whatever it is.
    conformance::law_tests! { family() =>
        golden_log_prob,
        shapes_are_sample_batch_event,
        nothing_is_drawn_for_nobody,
        a_batch_is_its_members,
        many_values_are_as_few,
        observations_outside_are_named,
        what_a_mask_leaves_out_is_not_looked_at,
        parameters_have_names_and_values,
        first_draws_are_stable,
        draws_with_a_gradient_are_recorded,
        mode,
        moments,
        reparameterized_by_moments
    }

    #[test]
    fn events_and_log_densities() {
        let value = Tensor::from([[1.0, 2.0], [3.0, 4.0]]);
        let delta = Delta::of_events(&value, 1).unwrap().with_log_density([0.5, -1.0]).unwrap();
        assert_eq!((delta.batch_shape().dims(), delta.event_shape().dims()), (&[2][..], &[2][..]));
        assert_eq!(delta.log_prob(&value).unwrap().to_vec(), [0.5, -1.0]);
        let other = Tensor::from([[1.0, 2.5], [3.0, 4.0]]);
        assert_eq!(delta.log_prob(&other).unwrap().to_vec(), [f64::NEG_INFINITY, -1.0]);
        assert_eq!(delta.support().contains(&other).to_vec(), [0.0, 1.0]);
        let draw = delta.sample(&mut Key::new(0).rng("x", 0), &Shape::from(3)).unwrap();
        assert_eq!(draw.shape().dims(), [3, 2, 2]);
        assert_eq!(draw.get(2), value);
        assert!(delta.with_log_density([1.0, 2.0, 3.0]).is_err());
    }

    #[test]
    fn the_gradient_of_a_draw_is_that_of_the_value() {
        let draw = |p: &[Tensor]| {
            let delta = Delta::new(&p[0])?.with_log_density(&p[1])?;
            let draw = delta.sample(&mut Key::new(0).rng("x", 0), &Shape::SCALAR)?;
            delta.log_prob(&draw)?.try_add(draw.square())
        };
        let (value, gradients) = grad(draw, &[Tensor::from(3.0), Tensor::from(0.5)]).unwrap();
        assert_eq!((value, gradients[0].item(), gradients[1].item()), (9.5, 6.0, 1.0));
    }

    #[test]
    fn a_value_that_has_become_nan_is_refused() {
        let root = |p: &[Tensor]| Delta::of_events(p[0].sqrt(), 1);
        let inputs = [Tensor::from([4.0, -1.0])];
        let drawn = grad(|p| root(p)?.sample(&mut Key::new(0).rng("x", 0), &Shape::SCALAR)?.try_sum(), &inputs);
        assert_eq!(drawn.unwrap_err().to_string(), "Delta: `value` must be real, got NaN at [1]");
        let (log_prob, _) = grad(|p| root(p)?.log_prob(&Tensor::from([2.0, 1.0])), &inputs).unwrap();
        assert!(log_prob.is_nan());
    }

    #[test]
    fn parameters_are_checked() {
        let error = Delta::new(f64::NAN).unwrap_err();
        assert_eq!(error.to_string(), "Delta: `value` must be real, got NaN");
        assert!(Delta::of_events(1.0, 1).is_err());
    }
}
