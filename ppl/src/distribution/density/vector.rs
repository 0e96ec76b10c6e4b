//! What distributions of vectors and matrices share: the edge of the support, and a point inside it.

use crate::bijector::biject_to;
use crate::distribution::Distribution;
use crate::{Constraint, Result, Shape, Tensor, check};

/// The log density given by `formula` for the events of `value` that `is_inside` says are in the support, −∞ for others.
///
/// Outside, the formula is fed `harmless` instead of the event: its result is thrown away, but a NaN in it would enter
/// the gradient as 0 · NaN.
pub(crate) fn on_support<D: Distribution + ?Sized>(
    distribution: &D,
    value: &Tensor,
    is_inside: impl FnOnce(&Tensor) -> Tensor,
    harmless: impl FnOnce() -> Result<Tensor>,
    formula: impl FnOnce(&Tensor) -> Result<Tensor>,
) -> Result<Tensor> {
    let event = distribution.event_shape();
    check::event(distribution.name(), value, &event)?;
    let batch = value.shape().split_event(event.rank()).0;
    let shape = check::broadcast(distribution.name(), &batch, &distribution.batch_shape())?;
    let log_prob = if value.has_exponents() && matches!(distribution.support(), Constraint::Simplex) {
        // Made by stick breaking: an entry that has underflowed is still a positive number.
        formula(value)?
    } else {
        // Where the support ends has no derivative; the density is 0 beyond.
        formula_inside(value, &is_inside(&value.detach()), event.rank(), harmless, formula)?
    };
    if log_prob.shape() == shape { Ok(log_prob) } else { log_prob.try_broadcast_to(shape) }
}

/// The formula where `inside` is 1, −∞ elsewhere.
fn formula_inside(
    value: &Tensor,
    inside: &Tensor,
    event_rank: usize,
    harmless: impl FnOnce() -> Result<Tensor>,
    formula: impl FnOnce(&Tensor) -> Result<Tensor>,
) -> Result<Tensor> {
    if inside.is_known_to_be_all(1.0) {
        return formula(value);
    }
    let replaced = Tensor::select(over_events(inside, event_rank)?, value, harmless()?.detach());
    Ok(Tensor::select(inside, formula(&replaced)?, f64::NEG_INFINITY))
}

/// A tensor of batch shape with axes of size 1 for the event.
pub(crate) fn over_events(tensor: &Tensor, event_rank: usize) -> Result<Tensor> {
    tensor.try_reshape(tensor.shape().concat(&Shape::from(vec![1; event_rank])))
}

/// For each event, 1 if all its entries are finite and 0 if not.
pub(crate) fn is_finite(value: &Tensor, event_rank: usize) -> Tensor {
    let finite = Constraint::Interval { lower: f64::MIN.into(), upper: f64::MAX.into() };
    Constraint::Independent(Box::new(finite), event_rank).contains(value)
}

/// A point inside the support, that broadcasts to values of shape `batch shape ++ event shape`.
pub(crate) fn point_inside<D: Distribution + ?Sized>(distribution: &D) -> Result<Tensor> {
    point_of(&distribution.support(), &distribution.batch_shape().concat(&distribution.event_shape()))
}

/// The middle of an interval, or a point that is 1 from its only finite end.
fn inside_interval(low: &Tensor, high: &Tensor) -> Result<Tensor> {
    let is_finite = |end: &Tensor| end.abs().less(f64::INFINITY);
    let (has_low, has_high) = (is_finite(low), is_finite(high));
    let from_high = Tensor::try_select(&has_high, high - 1.0, 0.0)?;
    let from_low = Tensor::try_select(&has_high, (low * 0.5).try_add(high * 0.5)?, low + 1.0)?;
    Tensor::try_select(has_low, from_low, from_high)
}

/// A point inside a set, that broadcasts to values of this shape.
pub(crate) fn point_of(set: &Constraint, shape: &Shape) -> Result<Tensor> {
    match set {
        Constraint::Boolean | Constraint::Integer | Constraint::NonNegativeInteger => Ok(Tensor::scalar(0.0)),
        Constraint::OneOf(points) => Ok(points.detach().index(-1, 0)),
        Constraint::OneHot => {
            let size = shape.last().copied().unwrap_or(1);
            Ok(Tensor::arange(size).equal(0.0))
        }
        Constraint::CountVector(total) => {
            let size = shape.last().copied().unwrap_or(1);
            Ok(total.detach().unsqueeze(-1) * Tensor::arange(size).equal(0.0))
        }
        Constraint::ZeroSum(_) => Ok(Tensor::zeros(*shape)),
        Constraint::Permutation => Ok(Tensor::arange(shape.last().copied().unwrap_or(1))),
        Constraint::IntegerInterval { lower, upper } => {
            let is_finite = |end: &Tensor| end.detach().abs().less(f64::INFINITY);
            let below = Tensor::try_select(is_finite(upper), upper.detach(), 0.0)?;
            Tensor::try_select(is_finite(lower), lower.detach(), below)
        }
        Constraint::Blocks(blocks) => {
            let (batch, _) = shape.split_event(1);
            let block = |(block, size): &(Constraint, usize)| {
                let shape = batch.concat(&Shape::from(*size));
                point_of(block, &shape)?.try_broadcast_to(shape)
            };
            Tensor::try_concat(&blocks.iter().map(block).collect::<Result<Vec<_>>>()?, -1)
        }
        Constraint::ClosedInterval => Ok(Tensor::from([f64::NEG_INFINITY, f64::INFINITY])),
        Constraint::Constant(point) => Ok(point.detach()),
        Constraint::Interval { lower, upper } => inside_interval(&lower.detach(), &upper.detach()),
        Constraint::Independent(base, _) | Constraint::ZeroOr(base) => point_of(base, shape),
        continuous => {
            let bijector = biject_to(continuous)?;
            Ok(bijector.forward(&Tensor::zeros(bijector.inverse_shape(shape)?))?.detach())
        }
    }
}
