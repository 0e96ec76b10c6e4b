//! `Structure`: what a distribution wraps, and divergences through it.

use std::any::Any;
use std::sync::Arc;

use super::kl_divergence;
use crate::bijector::Bijector;
use crate::distribution::Distribution;
use crate::{Error, Result, Shape, Tensor, check};

/// A distribution as one whose type is not known.
///
/// Every distribution has it; it lets a wrapper hand out what it wraps, which may be of a type that is not known itself.
///
/// # Example
/// A function of a shared distribution, whose type is known or not:
/// ```
/// use std::sync::Arc;
/// use ppl::distribution::{Distribution, Expanded, Normal};
///
/// fn copies<D: Distribution + ?Sized>(base: &Arc<D>, count: usize) -> ppl::Result<Expanded> {
///     Expanded::new(Arc::clone(base).share(), count)
/// }
///
/// let known = Arc::new(Normal::new(0.0, 1.0)?);
/// let unknown: Arc<dyn Distribution> = known.clone();
/// assert_eq!(copies(&known, 3)?.batch_shape(), copies(&unknown, 3)?.batch_shape());
/// assert_eq!(unknown.as_distribution().name(), "Normal");
/// # Ok::<(), ppl::Error>(())
/// ```
pub trait AsDistribution {
    /// The same distribution.
    fn as_distribution(&self) -> &dyn Distribution;

    /// The same distribution, shared.
    fn share(self: Arc<Self>) -> Arc<dyn Distribution>;
}

impl<D: Distribution> AsDistribution for D {
    fn as_distribution(&self) -> &dyn Distribution {
        self
    }

    fn share(self: Arc<Self>) -> Arc<dyn Distribution> {
        self
    }
}

/// The distribution that another one wraps, by [`Distribution::structure`].
///
/// # Example
/// ```
/// use ppl::distribution::{Distribution, DistributionExt, Normal, Structure};
///
/// /// The distribution inside of the wrappers that say how many there are.
/// fn innermost(distribution: &dyn Distribution) -> &dyn Distribution {
///     match distribution.structure() {
///         Some(Structure::Expanded(base) | Structure::Independent(base, _)) => innermost(base),
///         _ => distribution,
///     }
/// }
///
/// let row = Normal::new(170.0, 8.0).expand([3]).to_event(1)?;
/// assert_eq!(row.event_shape().dims(), [3]);
/// assert!(innermost(&row).event_shape().dims().is_empty());
/// assert!(matches!(row.structure(), Some(Structure::Independent(_, 1))));
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Structure<'a> {
    /// A distribution with a larger batch.
    Expanded(&'a dyn Distribution),
    /// A distribution, and the number of its innermost batch axes that belong to the event.
    Independent(&'a dyn Distribution, usize),
    /// A distribution and the shape of its copies.
    Iid(&'a dyn Distribution, Shape),
    /// A distribution in another batch shape.
    BatchReshaped(&'a dyn Distribution),
    /// Distributions side by side.
    Blockwise(&'a [Arc<dyn Distribution>]),
    /// A distribution and its mask.
    Masked(&'a dyn Distribution, &'a Tensor),
    /// A distribution and the map of its values.
    Transformed(&'a dyn Distribution, &'a dyn Bijector),
}

/// The divergence by what the distributions wrap; none where they do not wrap alike.
pub(super) fn of_structures(p: &dyn Distribution, q: &dyn Distribution) -> Option<Result<Tensor>> {
    use Structure::{BatchReshaped, Blockwise, Expanded, Iid, Independent, Masked, Transformed};
    match (p.structure(), q.structure()) {
        (Some(Expanded(base)), _) => Some(of_expanded(base, q, (p, q))),
        (_, Some(Expanded(base))) => Some(of_expanded(p, base, (p, q))),
        (Some(Independent(p, rank)), Some(Independent(q, other))) if rank == other => {
            Some(kl_divergence(p, q).and_then(|each| each.try_sum_rightmost(rank)))
        }
        (Some(Iid(p, shape)), Some(Iid(q, other))) if shape == other => {
            Some(kl_divergence(p, q).map(|each| each * shape.size() as f64))
        }
        (Some(BatchReshaped(base)), Some(BatchReshaped(other))) => {
            Some(of_reshaped((base, p.batch_shape()), (other, q.batch_shape())))
        }
        (Some(Blockwise(blocks)), Some(Blockwise(others))) => Some(of_blocks(blocks, others)),
        (Some(Masked(base, mask)), Some(Masked(other, other_mask))) => {
            Some(of_masked((base, mask), (other, other_mask)))
        }
        (Some(Transformed(base, map)), Some(Transformed(other, other_map))) if is_same(map, other_map) => {
            // A change of variables does not touch a divergence.
            Some(kl_divergence(base, other))
        }
        _ => None,
    }
}

/// Members of both that stand side by side before must do so afterwards.
fn of_reshaped(p: (&dyn Distribution, Shape), q: (&dyn Distribution, Shape)) -> Result<Tensor> {
    for (left, right) in [(p.1, q.1), (p.0.batch_shape(), q.0.batch_shape())] {
        if left != right {
            let relation = "agree as batch shapes, and do so before they are reshaped";
            return Err(Error::ShapeMismatch { operation: "kl_divergence", relation, left, right });
        }
    }
    kl_divergence(p.0, q.0)?.try_reshape(p.1)
}

fn of_blocks(blocks: &[Arc<dyn Distribution>], others: &[Arc<dyn Distribution>]) -> Result<Tensor> {
    if blocks.len() != others.len() {
        return Err(Error::Unsupported {
            what: format!("the divergence of {} blocks from {}", blocks.len(), others.len()),
            hint: "divide both events at the same places".to_owned(),
        });
    }
    blocks.iter().zip(others).map(|(p, q)| kl_divergence(p.as_ref(), q.as_ref())).sum()
}

fn of_expanded(
    p: &dyn Distribution,
    q: &dyn Distribution,
    whole: (&dyn Distribution, &dyn Distribution),
) -> Result<Tensor> {
    let shape = check::broadcast(whole.0.name(), &whole.0.batch_shape(), &whole.1.batch_shape())?;
    kl_divergence(p, q)?.try_broadcast_to(shape)
}

/// Only what both masks leave counts.
fn of_masked(p: (&dyn Distribution, &Tensor), q: (&dyn Distribution, &Tensor)) -> Result<Tensor> {
    Tensor::try_select(p.1.try_mul(q.1)?, kl_divergence(p.0, q.0)?, 0.0)
}

/// Whether two maps are one: of the same type without fields, or at the same address.
fn is_same(map: &dyn Bijector, other: &dyn Bijector) -> bool {
    let is_one_type = (map as &dyn Any).type_id() == (other as &dyn Any).type_id();
    is_one_type && (size_of_val(map) == 0 || std::ptr::addr_eq(map, other))
}
