//! `Iid`: independent copies as one event.

use std::sync::Arc;

use crate::distribution::{Distribution, Entropy, KlDivergence, Mode, Moments, Structure};
use crate::random::Rng;
use crate::tensor::or_panic;
use crate::{Constraint, Error, Result, Shape, Tensor, check};

/// Independent copies of a distribution as one event (TFP's `Sample`).
///
/// ```text
/// log p(x) = Σᵢ log p_base(xᵢ)
/// ```
///
/// Made by [`iid`](crate::distribution::DistributionExt::iid). Unlike
/// [`to_event`](crate::distribution::DistributionExt::to_event), which reads batch axes that are there, it adds axes.
///
/// # Parameters
/// | parameter | domain         | meaning                            |
/// |-----------|----------------|------------------------------------|
/// | `base`    | a distribution | distribution of each copy          |
/// | `shape`   | any            | sizes of the axes that are added   |
///
/// # Shapes
/// batch = the base's, event = shape `++` the base's event.
///
/// # Support
/// The arrays whose entries are in the support of the base.
///
/// # Moments
/// ```text
/// mean, variance, mode = those of the base, for each copy
/// entropy              = that of the base, times the number of copies
/// ```
/// as far as the base implements them.
///
/// # Numerics
/// That of the base. The copies are independent draws, with the base's gradient; a mask of the base counts for each of
/// them.
///
/// # Reference
/// TFP, `tfp.distributions.Sample`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::distribution::{Distribution, DistributionExt, Normal};
///
/// // Two groups of three measurements each.
/// let groups = Normal::new([0.0, 10.0], 1.0).iid([3])?;
/// assert_eq!((groups.batch_shape().dims(), groups.event_shape().dims()), (&[2][..], &[3][..]));
/// let log_prob = groups.log_prob(&Tensor::from([[0.0, 0.0, 0.0], [10.0, 10.0, 10.0]]))?;
/// assert_eq!(log_prob.to_vec(), [3.0 * -0.918_938_533_204_672_8; 2]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Debug)]
pub struct Iid<D: ?Sized = dyn Distribution> {
    base: Arc<D>,
    shape: Shape,
    support: Constraint,
}

impl<D: Distribution + ?Sized> Iid<D> {
    /// Copies of the distribution along axes of this shape, which are the first of the event.
    ///
    /// # Errors
    /// A batch of distributions with different supports that are images under a map.
    pub fn new(base: Arc<D>, shape: impl Into<Shape>) -> Result<Self> {
        let (shape, support) = (shape.into(), base.support());
        let Some(spread) = spread(&support, base.event_shape().rank(), shape.rank()) else {
            return Err(Error::Unsupported {
                what: format!("`iid` of a batch of {}, whose supports are the images of {support},", base.name()),
                hint: "copy the distribution before it is transformed".to_owned(),
            });
        };
        let support = if shape.rank() == 0 { spread } else { Constraint::Independent(Box::new(spread), shape.rank()) };
        Ok(Self { base, shape, support })
    }

    /// The distribution that is copied.
    #[must_use]
    pub fn base(&self) -> &Arc<D> {
        &self.base
    }

    /// A tensor of the base, of shape batch `++` event, for all copies.
    fn copied(&self, of: &Tensor) -> Result<Tensor> {
        let (batch, event) = (self.base.batch_shape(), self.base.event_shape());
        with_axes(&of.try_broadcast_to(batch.concat(&event))?, event.rank(), self.shape.rank())
            .try_broadcast_to(batch.concat(&self.event_shape()))
    }
}

/// A tensor with `count` axes of size 1 before its last `trailing` ones, if it has others.
fn with_axes(tensor: &Tensor, trailing: usize, count: usize) -> Tensor {
    if tensor.rank() <= trailing {
        return tensor.clone();
    }
    let (outer, inner) = tensor.shape().split_event(trailing);
    tensor.reshape(outer.concat(&Shape::from(vec![1; count])).concat(&inner))
}

/// A set whose bounds make room for `count` axes between those of a batch and the last `trailing` ones, if it is of the same
/// kind.
fn spread(set: &Constraint, trailing: usize, count: usize) -> Option<Constraint> {
    let of = |bound: &Tensor, trailing| with_axes(bound, trailing, count);
    Some(match set {
        Constraint::Interval { lower, upper } => {
            Constraint::Interval { lower: of(lower, trailing), upper: of(upper, trailing) }
        }
        Constraint::IntegerInterval { lower, upper } => {
            Constraint::IntegerInterval { lower: of(lower, trailing), upper: of(upper, trailing) }
        }
        Constraint::GreaterThan(lower) => Constraint::GreaterThan(of(lower, trailing)),
        Constraint::LessThan(upper) => Constraint::LessThan(of(upper, trailing)),
        Constraint::OneOf(points) => Constraint::OneOf(of(points, trailing + 1)),
        // The total is that of an event, which has an axis of its own.
        Constraint::CountVector(total) => Constraint::CountVector(of(total, trailing.checked_sub(1)?)),
        Constraint::Constant(point) => Constraint::Constant(of(point, trailing)),
        Constraint::Independent(base, rank) => Constraint::Independent(Box::new(spread(base, trailing, count)?), *rank),
        Constraint::ZeroOr(other) => Constraint::ZeroOr(Box::new(spread(other, trailing, count)?)),
        Constraint::Image { of, under } => {
            let event = Shape::from(vec![2; under.codomain_event_rank()]);
            let preimage = under.inverse_shape(&event).ok()?;
            let is_one_map = under.forward_shape(&preimage).ok()? == event;
            let trailing = (trailing + under.domain_event_rank()).checked_sub(under.codomain_event_rank())?;
            let of = is_one_map.then(|| spread(of, trailing, count))??;
            Constraint::Image { of: Box::new(of), under: Arc::clone(under) }
        }
        set => set.clone(),
    })
}

impl<D: ?Sized> Clone for Iid<D> {
    fn clone(&self) -> Self {
        Self { base: self.base.clone(), support: self.support.clone(), ..*self }
    }
}

impl<D: Distribution + ?Sized> Distribution for Iid<D> {
    fn name(&self) -> &'static str {
        self.base.name()
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        self.base.parameter_values()
    }

    fn batch_shape(&self) -> Shape {
        self.base.batch_shape()
    }

    fn event_shape(&self) -> Shape {
        self.shape.concat(&self.base.event_shape())
    }

    fn support(&self) -> Constraint {
        self.support.clone()
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        let draws = self.base.sample(rng, &sample_shape.concat(&self.shape))?;
        let (sample, copies, batch) = (sample_shape.rank(), self.shape.rank(), self.base.batch_shape().rank());
        if copies == 0 || batch == 0 {
            return Ok(draws);
        }
        // The copies move behind the batch.
        let behind = sample + copies;
        let order = (0..sample).chain(behind..behind + batch).chain(sample..behind).chain(behind + batch..draws.rank());
        draws.try_permute(&order.collect::<Vec<_>>())
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let (event, copies) = (self.event_shape(), self.shape.rank());
        check::event(self.name(), value, &event)?;
        let (batch, own) = (value.shape().split_event(event.rank()).0, self.base.batch_shape());
        let shape = check::broadcast(self.name(), &batch, &own)?;
        if own.rank() == 0 {
            return self.base.log_prob(value)?.try_sum_rightmost(copies);
        }
        // The copies move before the batch, which gets all of its axes.
        let first = batch.rank();
        let order = (first..first + copies).chain(0..first).chain(first + copies..value.rank());
        let missing = Shape::from(vec![1; own.rank().saturating_sub(first)]);
        let front = self.shape.concat(&missing).concat(&batch).concat(&self.base.event_shape());
        let mut log_prob = self.base.log_prob(&value.try_permute(&order.collect::<Vec<_>>())?.try_reshape(front)?)?;
        for _ in 0..copies {
            log_prob = log_prob.try_sum_axis(0)?;
        }
        log_prob.try_broadcast_to(shape)
    }

    fn is_reparameterized(&self) -> bool {
        self.base.is_reparameterized()
    }

    fn element_mask(&self) -> Option<Tensor> {
        let mask = self.base.element_mask()?;
        Some(with_axes(&mask, self.base.event_shape().rank(), self.shape.rank()))
    }

    fn structure(&self) -> Option<Structure<'_>> {
        Some(Structure::Iid(self.base.as_distribution(), self.shape))
    }

    fn is_improper(&self) -> bool {
        self.base.is_improper()
    }
}

impl<D: Moments + ?Sized> Moments for Iid<D> {
    fn mean(&self) -> Tensor {
        or_panic(self.copied(&self.base.mean()))
    }

    fn variance(&self) -> Tensor {
        or_panic(self.copied(&self.base.variance()))
    }
}

impl<D: Mode + ?Sized> Mode for Iid<D> {
    fn mode(&self) -> Result<Tensor> {
        self.copied(&self.base.mode()?)
    }
}

impl<D: Entropy + ?Sized> Entropy for Iid<D> {
    fn entropy(&self) -> Tensor {
        self.base.entropy() * self.shape.size() as f64
    }
}

impl<D: KlDivergence<Other>, Other: Distribution> KlDivergence<Iid<Other>> for Iid<D> {
    /// That of one copy, for each of them.
    ///
    /// # Errors
    /// Copies of different shapes; batch shapes that do not broadcast.
    fn kl_divergence(&self, other: &Iid<Other>) -> Result<Tensor> {
        if self.shape != other.shape {
            return Err(Error::ShapeMismatch {
                operation: self.name(),
                relation: "agree as shapes of copies",
                left: self.shape,
                right: other.shape,
            });
        }
        Ok(self.base.kl_divergence(&other.base)? * self.shape.size() as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::Exp;
    use crate::distribution::{Dirichlet, DistributionExt, Gamma, Normal, Uniform};
    use crate::random::Key;

    #[test]
    fn copies_stand_between_the_batch_and_the_event() {
        let vectors = Dirichlet::new([[1.0, 2.0, 3.0], [5.0, 1.0, 1.0]]).iid([4]).unwrap();
        assert_eq!((vectors.batch_shape().dims(), vectors.event_shape().dims()), (&[2][..], &[4, 3][..]));
        let draws = vectors.sample(&mut Key::new(0).rng("x", 0), &Shape::from(5)).unwrap();
        assert_eq!(draws.shape().dims(), [5, 2, 4, 3]);
        assert_eq!(vectors.support().contains(&draws), Tensor::ones([5, 2]));
        let log_prob = vectors.log_prob(&draws).unwrap();
        for (member, concentration) in [[1.0, 2.0, 3.0], [5.0, 1.0, 1.0]].into_iter().enumerate() {
            let alone = Dirichlet::new(concentration).unwrap().log_prob(&draws.index(1, member)).unwrap().sum_axis(-1);
            assert!((log_prob.index(1, member) - alone).abs().max() < 1e-13);
        }
        // One event for the whole batch.
        assert_eq!(vectors.log_prob(&draws.get(0).get(0)).unwrap().shape().dims(), [2]);
        assert_eq!(vectors.mean().shape().dims(), [2, 4, 3]);
        let mut entries = draws.to_vec();
        entries.sort_by(f64::total_cmp);
        entries.dedup();
        assert_eq!(entries.len(), draws.size(), "draws repeat");
    }

    #[test]
    fn capabilities_pass_through() {
        let base = Gamma::new([2.0, 5.0], [1.0, 2.0]).unwrap();
        let (copies, together) = (base.clone().iid([3]).unwrap(), base.clone().expand([3, 2]).unwrap());
        for (got, want) in [
            (copies.mean(), together.mean()),
            (copies.variance(), together.variance()),
            (copies.mode().unwrap(), together.mode().unwrap()),
        ] {
            assert_eq!(got, want.transpose());
        }
        assert_eq!(copies.entropy(), base.entropy() * 3.0);
    }

    /// Without a batch it is what `expand` and `to_event` make.
    #[test]
    fn a_single_distribution_is_expanded_and_made_an_event() {
        let by_steps = Normal::new(0.3, 2.0).expand([2, 3]).to_event(2).unwrap();
        let copies = Normal::new(0.3, 2.0).iid([2, 3]).unwrap();
        let draw = |of: &dyn Distribution| of.sample(&mut Key::new(0).rng("x", 0), &Shape::from(4)).unwrap();
        assert_eq!(draw(&copies), draw(&by_steps));
        assert_eq!(copies.log_prob(&draw(&copies)).unwrap(), by_steps.log_prob(&draw(&copies)).unwrap());
        assert_eq!(copies.support().to_string(), by_steps.support().to_string());
        assert_eq!(Normal::new(0.3, 2.0).iid([]).unwrap().event_shape(), Shape::SCALAR);
    }

    #[test]
    fn bounds_and_masks_make_room_for_the_copies() {
        let uniforms = Uniform::new([0.0, 5.0], [1.0, 7.0]).iid([3]).unwrap();
        let inside = Tensor::from([[0.2, 0.4, 0.6], [5.5, 6.0, 6.5]]);
        assert_eq!(uniforms.support().contains(&inside).to_vec(), [1.0, 1.0]);
        assert_eq!(uniforms.support().contains(&(inside + 1.0)).to_vec(), [0.0, 0.0]);
        let masked = Normal::new([0.0, 1.0], 1.0).mask([1.0, 0.0]).iid([3]).unwrap();
        assert_eq!(masked.element_mask().unwrap().broadcast_to([2, 3]).to_vec(), [1.0, 1.0, 1.0, 0.0, 0.0, 0.0]);
        let log_prob = masked.log_prob(&Tensor::from([[0.0; 3], [f64::NAN; 3]])).unwrap();
        assert_eq!(log_prob.get(1), 0.0);
        assert!(Normal::new([0.0, 1.0], 1.0).transform(Exp).iid([3]).is_ok());
    }

    mod normal {
        use super::*;
        use crate::distribution::conformance::{self, Family, parameters};

        fn family() -> Family<Iid<Normal>> {
            Family::of("Normal", |p| Normal::new(p.get("loc"), p.get("scale")).iid([3]))
                .without_far_cases("those of one normal distribution")
                .of_real_elements()
                .at(parameters! { loc: 0.3, scale: 1.7 })
                .at(parameters! { loc: 0.1, scale: 1.4 })
                .rejects(parameters! { loc: f64::NAN, scale: 1.0 }, "Normal: `loc` must be real, got NaN")
                .rejects(parameters! { loc: 0.0, scale: -1.0 }, "Normal: `scale` must be positive, got -1")
                .draws([
                    -0.06790329266494777,
                    -0.21088229982259327,
                    2.124830885687285,
                    -1.5913344509046803,
                    -0.05304059248288262,
                    -0.9551439369940087,
                    -2.2250156216462993,
                    3.3049612087191305,
                    1.0562622209654964,
                ])
        }

        conformance::distribution!(family() => multivariate, moments, kl, reparameterized_by_common_numbers);
    }
}
