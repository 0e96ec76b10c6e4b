//! Improper uniform distribution: a density of 1 on a set.

use crate::distribution::Distribution;
use crate::distribution::density::vector;
use crate::random::Rng;
use crate::{Constraint, Error, Result, Shape, Tensor, check};

/// Improper uniform distribution: a density of 1 on a set, whatever its size.
///
/// A prior that says nothing but where the value lies. It cannot be drawn from; samplers of the posterior need no draw of
/// it: they start on the unconstrained space.
///
/// ```text
/// log p(x) = 0 on the set, −∞ elsewhere
/// ```
///
/// The posterior is a distribution only if the likelihood makes it one.
///
/// # Parameters
/// | parameter    | meaning                                                                          |
/// |--------------|----------------------------------------------------------------------------------|
/// | `constraint` | the set; of events with more axes, every part of which lies in it                |
///
/// # Shapes
/// batch and event as given.
///
/// # Support
/// The set that is given.
///
/// # Moments
/// None: it is no probability distribution.
///
/// # Numerics
/// The log density is 0 or −∞, and has no derivative. The Jacobian of the constraint's bijector makes it a density of 1
/// on the set, not on the unconstrained space.
///
/// # Reference
/// NumPyro, `numpyro.distributions.ImproperUniform`; Stan gives a parameter without a prior this density.
///
/// # Example
/// ```
/// use ppl::distribution::{Distribution, ImproperUniform};
/// use ppl::{Constraint, Tensor};
///
/// let cutpoints = ImproperUniform::new(Constraint::OrderedVector, [], [3])?;
/// assert_eq!(cutpoints.log_prob(&Tensor::from([-1.0, 0.0, 2.0]))?, 0.0);
/// assert_eq!(cutpoints.log_prob(&Tensor::from([0.0, -1.0, 2.0]))?, f64::NEG_INFINITY);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ImproperUniform {
    support: Constraint,
    batch_shape: Shape,
    event_shape: Shape,
}

impl ImproperUniform {
    /// The density 1 on this set, for events of this shape.
    ///
    /// # Errors
    /// A set of events with more axes than `event_shape`; bounds that do not broadcast to the shapes.
    pub fn new(constraint: Constraint, batch_shape: impl Into<Shape>, event_shape: impl Into<Shape>) -> Result<Self> {
        let (batch_shape, event_shape) = (batch_shape.into(), event_shape.into());
        let Some(more) = event_shape.rank().checked_sub(constraint.event_rank()) else {
            return Err(Error::InvalidShape {
                operation: "ImproperUniform",
                expected: format!("an event shape of at least {} axes, those of {constraint}", constraint.event_rank()),
                got: event_shape,
            });
        };
        let shape = batch_shape.concat(&event_shape);
        for bound in bounds(&constraint) {
            if !bound.shape().broadcasts_to(&shape) {
                return Err(Error::ShapeMismatch {
                    operation: "ImproperUniform",
                    relation: "broadcast (from the bound to the values)",
                    left: bound.shape(),
                    right: shape,
                });
            }
        }
        let support = if more == 0 { constraint } else { Constraint::Independent(Box::new(constraint), more) };
        Ok(Self { support, batch_shape, event_shape })
    }

    /// The density 1 on the real numbers: [`Flat`].
    fn of_numbers(constraint: Constraint, batch_shape: Shape) -> Self {
        Self { support: constraint, batch_shape, event_shape: Shape::SCALAR }
    }
}

/// The bounds of a set of numbers.
fn bounds(set: &Constraint) -> Vec<&Tensor> {
    match set {
        Constraint::Interval { lower, upper } | Constraint::IntegerInterval { lower, upper } => vec![lower, upper],
        Constraint::GreaterThan(bound) | Constraint::LessThan(bound) => vec![bound],
        Constraint::Independent(base, _) => bounds(base),
        _ => Vec::new(),
    }
}

impl Distribution for ImproperUniform {
    fn name(&self) -> &'static str {
        "ImproperUniform"
    }

    fn batch_shape(&self) -> Shape {
        self.batch_shape
    }

    fn event_shape(&self) -> Shape {
        self.event_shape
    }

    fn support(&self) -> Constraint {
        self.support.clone()
    }

    /// # Errors
    /// Always.
    fn sample(&self, _: &mut Rng, _: &Shape) -> Result<Tensor> {
        Err(Error::Unsupported {
            what: format!("a draw of ImproperUniform ({}), which is no probability distribution,", self.support),
            hint: "give the site a proper prior, or a value by `substitute` or `condition`; samplers of the posterior, such as \
                   NUTS, need no draw"
                .to_owned(),
        })
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        check::event(self.name(), value, &self.event_shape)?;
        let rank = self.event_shape.rank();
        let shape = check::broadcast(self.name(), &value.shape().split_event(rank).0, &self.batch_shape)?;
        // Where the set ends has no derivative.
        let constant = value.detach();
        let is_inside = self.support.contains(&constant) * vector::is_finite(&constant, rank);
        Tensor::select(is_inside, 0.0, f64::NEG_INFINITY).try_broadcast_to(shape)
    }

    fn is_improper(&self) -> bool {
        true
    }
}

/// The improper uniform prior on the real numbers (PyMC's `Flat`, Stan's missing prior): a constructor of
/// [`ImproperUniform`].
///
/// # Example
/// ```
/// use ppl::distribution::{Distribution, Flat};
///
/// let intercepts = Flat::new([3]);
/// assert_eq!(intercepts.batch_shape().dims(), [3]);
/// assert_eq!(intercepts.log_prob(&1e9.into())?.to_vec(), [0.0; 3]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Flat;

/// The improper uniform prior on the positive numbers (PyMC's `HalfFlat`): a constructor of [`ImproperUniform`].
///
/// # Example
/// ```
/// use ppl::distribution::{Distribution, HalfFlat};
///
/// let scale = HalfFlat::new([]);
/// assert_eq!((scale.log_prob(&5.0.into())?.item(), scale.prob(&(-5.0).into())?.item()), (0.0, 0.0));
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct HalfFlat;

#[allow(clippy::new_ret_no_self, reason = "a short name for a constructor of the general distribution")]
impl Flat {
    /// A density of 1 for each of a batch of real numbers; `[]` is a single one.
    #[must_use]
    pub fn new(batch_shape: impl Into<Shape>) -> ImproperUniform {
        ImproperUniform::of_numbers(Constraint::Real, batch_shape.into())
    }
}

#[allow(clippy::new_ret_no_self, reason = "a short name for a constructor of the general distribution")]
impl HalfFlat {
    /// A density of 1 for each of a batch of positive numbers; `[]` is a single one.
    #[must_use]
    pub fn new(batch_shape: impl Into<Shape>) -> ImproperUniform {
        ImproperUniform::of_numbers(Constraint::Positive, batch_shape.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::{Exp, biject_to};
    use crate::distribution::{DistributionExt, Normal};
    use crate::effect::Ctx;
    use crate::grad;
    use crate::program::tests::assert_program_is_tape;
    use crate::random::Key;

    #[test]
    fn the_density_is_one_on_the_set() {
        let interval = Constraint::Interval { lower: [0.0, 1.0].into(), upper: 2.0.into() };
        let uniform = ImproperUniform::new(interval, [2], []).unwrap();
        let infinity = f64::INFINITY;
        assert_eq!(uniform.log_prob(&0.5.into()).unwrap().to_vec(), [0.0, -infinity]);
        assert_eq!(uniform.log_prob(&f64::NAN.into()).unwrap().to_vec(), [-infinity; 2]);
        assert_eq!(Flat::new([]).log_prob(&infinity.into()).unwrap(), -infinity);
        let vectors = ImproperUniform::new(Constraint::Positive, [2], [3]).unwrap();
        assert_eq!(vectors.support().to_string(), "positive in every element");
        assert_eq!(vectors.log_prob(&Tensor::from([1.0, 2.0, 3.0])).unwrap().to_vec(), [0.0, 0.0]);
        assert_eq!(vectors.log_prob(&Tensor::from([1.0, 2.0, -3.0])).unwrap().to_vec(), [-infinity; 2]);
        let simplices = ImproperUniform::new(Constraint::Simplex, [2], [4, 3]).unwrap();
        assert_eq!(simplices.log_prob(&Tensor::full([4, 3], 1.0 / 3.0)).unwrap().to_vec(), [0.0, 0.0]);
        let matrices = ImproperUniform::new(Constraint::PositiveDefinite, [], [2, 2]).unwrap();
        assert_eq!(matrices.log_prob(&Tensor::eye(2)).unwrap(), 0.0);
    }

    /// On the unconstrained space all that is left is the Jacobian, with its gradient, on both engines.
    #[test]
    fn on_the_unconstrained_space_the_density_is_the_jacobian() {
        let density = |u: &[Tensor]| {
            let prior = HalfFlat::new([2]);
            let (x, log_det) = biject_to(&prior.support())?.forward_and_log_det(&u[0])?;
            Ok((prior.log_prob(&x)? + log_det).sum() + Normal::new(0.0, x)?.log_prob(&0.5.into())?.sum())
        };
        let inputs = [Tensor::from([0.3, -1.0])];
        assert_program_is_tape("half flat", &inputs, density);
        let (value, _) = grad(density, &inputs).unwrap();
        let want = inputs[0].sum() + Normal::new(0.0, inputs[0].exp()).unwrap().log_prob(&0.5.into()).unwrap().sum();
        assert!((value - want.item()).abs() < 1e-14);
    }

    #[test]
    fn a_draw_is_an_error_that_names_the_site_and_the_cure() {
        let error = Ctx::new(Key::new(0)).sample("loc", Flat::new([3])).unwrap_err().to_string();
        assert_eq!(
            error,
            "site `loc`: a draw of ImproperUniform (real), which is no probability distribution, is not supported\nhelp: give \
             the site a proper prior, or a value by `substitute` or `condition`; samplers of the posterior, such as NUTS, \
             need no draw"
        );
    }

    #[test]
    fn what_is_made_of_it_is_improper_too() {
        let flat = || Flat::new([2]);
        assert!(flat().is_improper() && !Normal::new(0.0, 1.0).unwrap().is_improper());
        assert!(flat().expand([3, 2]).unwrap().is_improper());
        assert!(flat().to_event(1).unwrap().is_improper());
        assert!(flat().mask([1.0, 0.0]).unwrap().is_improper());
        assert!(flat().transform(Exp).unwrap().is_improper());
        assert!(flat().iid([3]).unwrap().is_improper());
    }

    #[test]
    fn shapes_are_checked() {
        let error = ImproperUniform::new(Constraint::Simplex, [3], []).unwrap_err().to_string();
        assert_eq!(
            error,
            "ImproperUniform: expected an event shape of at least 1 axes, those of a simplex (non-negative, sum 1), got shape []"
        );
        let error = ImproperUniform::new(Constraint::GreaterThan([0.0, 1.0].into()), [3], []).unwrap_err().to_string();
        assert_eq!(error, "ImproperUniform: shapes [2] and [3] do not broadcast (from the bound to the values)");
    }
}
