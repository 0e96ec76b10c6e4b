//! `Chain`: one bijector after the other.

use std::sync::Arc;

use crate::bijector::{Bijector, check_gradient, image, split_event};
use crate::{Constraint, Error, Result, Shape, Tensor};

/// Bijectors composed as functions are: the **last** listed is applied first.
///
/// ```text
/// forward   x = f₁(f₂(… fₙ(u)))              ln |det dx/du| = Σ of the parts', each at its own argument
/// inverse   u = fₙ⁻¹(… f₂⁻¹(f₁⁻¹(x)))        ln |det du/dx| = Σ of the parts'
/// ```
///
/// # Events
/// An event of the chain is as large as its parts need: where one part acts on vectors, the elementwise
/// ones count over those vectors too, and the Jacobian terms are summed accordingly.
///
/// # Domain and codomain
/// The domain of the last part → the codomain of the first. An empty chain is the identity.
///
/// # Numerics
/// Those of the parts.
///
/// # Reference
/// Dillon et al. (2017), "TensorFlow Distributions", section 4.2, whose order it keeps.
///
/// # Example
/// ```
/// use std::sync::Arc;
/// use ppl::Tensor;
/// use ppl::bijector::{Affine, Bijector, Chain, Exp};
///
/// // 1 + 2 eᵘ
/// let chain = Chain::new(vec![Arc::new(Affine::new(1.0, 2.0)?), Arc::new(Exp)]);
/// let (x, log_det) = chain.forward_and_log_det(&Tensor::from(0.0))?;
/// assert_eq!((x.item(), log_det.item()), (3.0, 2_f64.ln()));
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Chain {
    /// The last is applied first.
    parts: Vec<Arc<dyn Bijector>>,
    domain_event_rank: usize,
    codomain_event_rank: usize,
}

impl Chain {
    /// The composition of these bijectors, the last of which is applied first.
    #[must_use]
    pub fn new(parts: Vec<Arc<dyn Bijector>>) -> Self {
        // `shift` is by how much the parts so far change the rank of an event. The smallest rank of the chain's own
        // event for which each part gets at least the axes it needs:
        let mut domain_event_rank = 0;
        let mut shift = 0;
        for part in parts.iter().rev() {
            domain_event_rank = domain_event_rank.max(part.domain_event_rank() as isize - shift);
            shift += part.codomain_event_rank() as isize - part.domain_event_rank() as isize;
        }
        let codomain_event_rank = (domain_event_rank + shift) as usize;
        Self { parts, domain_event_rank: domain_event_rank as usize, codomain_event_rank }
    }

    /// The bijectors, the last of which is applied first.
    #[must_use]
    pub fn parts(&self) -> &[Arc<dyn Bijector>] {
        &self.parts
    }
}

impl Bijector for Chain {
    fn name(&self) -> &'static str {
        "Chain"
    }

    fn domain(&self) -> Constraint {
        let domain = self.parts.last().map_or(Constraint::Real, |first_applied| first_applied.domain());
        let rank = self.domain_event_rank - domain.event_rank();
        if rank == 0 { domain } else { Constraint::Independent(Box::new(domain), rank) }
    }

    /// What the parts make of the domain, one after the other: not always all of the first part's codomain.
    fn codomain(&self) -> Constraint {
        self.parts.iter().rev().fold(self.domain(), |set, part| image(&set, part))
    }

    fn domain_event_rank(&self) -> usize {
        self.domain_event_rank
    }

    fn codomain_event_rank(&self) -> usize {
        self.codomain_event_rank
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        let full = self.inverse_shape(&self.forward_shape(&u.shape())?)?;
        let u = broadcast_batch("Chain", u, &full, self.domain_event_rank)?;
        let mut event_rank = self.domain_event_rank;
        let mut x = u;
        let mut total = Tensor::zeros(full.split_event(event_rank).0);
        for part in self.parts.iter().rev() {
            let (next, log_det) = part.forward_and_log_det(&x)?;
            check_gradient(part.as_ref(), &x, &next)?;
            x = next.into_image(&x, &log_det, part);
            total += log_det.sum_rightmost(event_rank - part.domain_event_rank());
            event_rank = event_rank - part.domain_event_rank() + part.codomain_event_rank();
        }
        Ok((x, total))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let full = self.forward_shape(&self.inverse_shape(&x.shape())?)?;
        let x = broadcast_batch("Chain", x, &full, self.codomain_event_rank)?;
        let mut event_rank = self.codomain_event_rank;
        let mut u = x;
        let mut total = Tensor::zeros(full.split_event(event_rank).0);
        for part in &self.parts {
            let (next, log_det) = match u.preimage(part) {
                Some((preimage, log_det)) => (preimage.clone(), -log_det),
                None => part.inverse_and_log_det(&u)?,
            };
            check_gradient(part.as_ref(), &u, &next)?;
            total += log_det.sum_rightmost(event_rank - part.codomain_event_rank());
            event_rank = event_rank - part.codomain_event_rank() + part.domain_event_rank();
            u = next;
        }
        Ok((u, total))
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        split_event("Chain", shape, self.domain_event_rank)?;
        self.parts.iter().rev().try_fold(*shape, |shape, part| part.forward_shape(&shape))
    }

    fn inverse_shape(&self, shape: &Shape) -> Result<Shape> {
        split_event("Chain", shape, self.codomain_event_rank)?;
        self.parts.iter().try_fold(*shape, |shape, part| part.inverse_shape(&shape))
    }
}

/// Broadcasts a value to the batch that a bijector's own tensors ask for; the event must have the right shape
/// already, since an event whose entries are repeated has no Jacobian.
pub(super) fn broadcast_batch(
    bijector: &'static str,
    value: &Tensor,
    full: &Shape,
    event_rank: usize,
) -> Result<Tensor> {
    let event = full.split_event(event_rank).1;
    if value.shape().split_event(event_rank).1 != event {
        return Err(Error::InvalidShape {
            operation: bijector,
            expected: format!("an event of shape {event}"),
            got: value.shape(),
        });
    }
    value.try_broadcast_to(*full)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::{Coordinates, Laws};
    use crate::bijector::{Affine, Exp, Inverse, Ordered, Sigmoid, StickBreaking};

    #[test]
    fn laws() {
        let chain = Chain::new(vec![Arc::new(Sigmoid), Arc::new(Affine::new([1.0, 0.0], 0.5).unwrap())]);
        Laws::of(&chain).hold_at(&Tensor::from([[-2.0, 0.3], [5.0, 1.0]]));
        Laws::of(&chain).hold_at(&Tensor::from(0.3));
        let empty = Chain::new(Vec::new());
        Laws::of(&empty).hold_at(&Tensor::from([1.0, 2.0]));
    }

    #[test]
    fn events_grow_to_what_the_parts_need() {
        let affine = Arc::new(Affine::new([[1.0, 0.0, 2.0], [0.0, 0.1, 0.2]], 0.5).unwrap());
        let positive_ordered = Chain::new(vec![Arc::new(Exp), Arc::new(Ordered), affine]);
        assert_eq!((positive_ordered.domain_event_rank(), positive_ordered.codomain_event_rank()), (1, 1));
        Laws::of(&positive_ordered).hold_at(&Tensor::from([[-2.0, 0.3, 0.7], [0.5, 1.0, -0.1]]));
        // One vector for the two members of the batch.
        Laws::of(&positive_ordered).hold_at(&Tensor::from([-2.0, 0.3, 0.7]));
        // An entry is not repeated to make an event.
        let error = positive_ordered.forward(&Tensor::from([[0.3], [0.2]])).unwrap_err();
        assert_eq!(error.to_string(), "Chain: expected an event of shape [3], got shape [2, 1]");

        let chain = Chain::new(vec![Arc::new(Exp), Arc::new(Sigmoid)]);
        assert_eq!(chain.codomain().to_string(), "the image under Exp of what is between 0 and 1");
        assert_eq!(chain.codomain().contains(&Tensor::from([0.9, 1.1, 2.8])).to_vec(), [0.0, 1.0, 0.0]);

        let chain = Chain::new(vec![Arc::new(StickBreaking), Arc::new(Inverse::new(Arc::new(Exp)))]);
        Laws::of(&chain).codomain(Coordinates::AllButLast).hold_at(&Tensor::from([[0.3, 1.7], [2.0, 0.1]]));
    }
}
