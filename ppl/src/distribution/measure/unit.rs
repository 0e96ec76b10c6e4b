//! Unit distribution: a factor without a value.

use crate::distribution::Distribution;
use crate::random::Rng;
use crate::{Constraint, IntoTensor, Result, Shape, Tensor, check};

/// Unit distribution: a single event, which is empty, of this log density.
///
/// A site of it is a term of the model's density by name, as [`factor!`](crate::factor) is: guides and handlers treat it
/// as any other site.
///
/// ```text
/// log p(()) = log_factor
/// ```
///
/// # Parameters
/// | parameter    | domain             | shape |
/// |--------------|--------------------|-------|
/// | `log_factor` | any number, or −∞  | batch |
///
/// # Shapes
/// batch = log_factor, event = `[0]`.
///
/// # Support
/// The empty vector: [`Constraint::Real`](crate::Constraint::Real).
///
/// # Moments
/// None: the event has no entries.
///
/// # Numerics
/// The log density is the factor as it was given, with its gradient; draws are empty and take no random number.
///
/// # Reference
/// NumPyro, `numpyro.distributions.Unit`.
///
/// # Example
/// ```
/// use ppl::distribution::{Distribution, Unit};
/// use ppl::Tensor;
///
/// let penalty = Unit::new([-0.5, -2.0])?;
/// assert_eq!(penalty.event_shape().dims(), [0]);
/// assert_eq!(penalty.log_prob(&Tensor::zeros([2, 0]))?.to_vec(), [-0.5, -2.0]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Unit {
    log_factor: Tensor,
}

impl Unit {
    /// The empty event, of this log density.
    ///
    /// # Errors
    /// A constant `log_factor` that is NaN or ∞.
    pub fn new(log_factor: impl IntoTensor) -> Result<Self> {
        let unit = Self { log_factor: log_factor.into_tensor() };
        check::constants("Unit", &[unit.parameter()])?;
        Ok(unit)
    }

    fn parameter(&self) -> check::Parameter<'_> {
        ("log_factor", &self.log_factor, Constraint::LessThan(f64::INFINITY.into()))
    }

    /// The log density.
    #[must_use]
    pub fn log_factor(&self) -> &Tensor {
        &self.log_factor
    }
}

impl Distribution for Unit {
    fn name(&self) -> &'static str {
        "Unit"
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        vec![check::value(&self.parameter())]
    }

    fn batch_shape(&self) -> Shape {
        self.log_factor.shape()
    }

    fn event_shape(&self) -> Shape {
        Shape::from(0)
    }

    fn support(&self) -> Constraint {
        Constraint::Independent(Box::new(Constraint::Real), 1)
    }

    fn sample(&self, _: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        check::all("Unit", &[self.parameter()])?;
        Ok(Tensor::zeros(sample_shape.concat(&self.batch_shape()).concat(&self.event_shape())))
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        check::event("Unit", value, &self.event_shape())?;
        let shape = check::broadcast("Unit", &value.shape().split_event(1).0, &self.batch_shape())?;
        check::or_nan(&self.log_factor, &self.parameter().2).try_broadcast_to(shape)
    }

    fn is_reparameterized(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::biject_to;
    use crate::distribution::conformance::{self, Family, parameters};
    use crate::effect::Ctx;
    use crate::grad;
    use crate::handler::Tracer;
    use crate::random::Key;

    #[test]
    fn a_site_is_a_term_of_the_density() {
        let density = |p: &[Tensor]| {
            let mut ctx = Ctx::new(Key::new(0));
            let (_, tracer) = ctx.enter(Tracer::new(), |ctx| {
                ctx.sample("latent", Unit::new(&p[0] * 3.0))?;
                ctx.observe("observed", Unit::new(&p[0] * Tensor::from([1.0, 2.0])), Tensor::zeros([2, 0]))
            })?;
            tracer.into_trace().log_density()
        };
        let (value, slopes) = grad(density, &[Tensor::from(-0.5)]).unwrap();
        assert_eq!((value, slopes[0].item()), (-3.0, 6.0));
    }

    #[test]
    fn the_event_is_empty_also_where_samplers_move_it() {
        let unit = Unit::new([0.5, 1.0]).unwrap();
        let draw = unit.sample(&mut Key::new(0).rng("x", 0), &Shape::from(3)).unwrap();
        assert_eq!(draw.shape().dims(), [3, 2, 0]);
        assert_eq!(unit.log_prob(&draw).unwrap().shape().dims(), [3, 2]);
        assert_eq!(unit.support().contains(&draw), Tensor::ones([3, 2]));
        assert_eq!(biject_to(&unit.support()).unwrap().forward(&draw).unwrap().shape(), draw.shape());
        assert!(unit.log_prob(&Tensor::zeros(2)).is_err());
    }

    #[test]
    fn factors_are_checked() {
        let error = Unit::new([0.0, f64::NAN]).unwrap_err().to_string();
        assert_eq!(error, "Unit: `log_factor` must be less than inf, got NaN at [1]");
        assert_eq!(Unit::new(f64::NEG_INFINITY).unwrap().prob(&Tensor::zeros(0)).unwrap(), 0.0);
    }

    fn family() -> Family<Unit> {
        Family::of("Unit", |p| Unit::new(p.get("log_factor")))
            .at(parameters! { log_factor: -0.5 })
            .at(parameters! { log_factor: 0.3 })
            .draws([])
    }

    // Its density is not normalised, and its event has no entries: nothing lies outside, nothing is NaN,
    // and a draw is empty whatever the factor is.
    conformance::law_tests! { family() =>
        shapes_are_sample_batch_event,
        nothing_is_drawn_for_nobody,
        a_batch_is_its_members,
        gradients_are_finite_differences,
        what_a_mask_leaves_out_is_not_looked_at,
        parameters_have_names_and_values,
        first_draws_are_stable,
        reparameterized_by_common_numbers
    }
}
