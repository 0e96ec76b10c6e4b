//! `Stack`: a bijector for each member along an axis of a batch.

use std::sync::Arc;

use crate::bijector::{Bijector, check_gradient, split_event};
use crate::{Constraint, Error, Result, Shape, Tensor};

/// Values cut along an axis of their batch, each member of which goes through a bijector of its own.
///
/// ```text
/// forward   x[…, i, …] = f_i(u[…, i, …])         ln |det dx/du|[…, i, …] = that of f_i
/// inverse   u[…, i, …] = f_i⁻¹(x[…, i, …])       ln |det du/dx|[…, i, …] = that of f_i⁻¹
/// ```
///
/// Where the sizes of the parts differ, they are blocks of a vector: see [`Blockwise`](crate::bijector::Blockwise).
///
/// # Domain and codomain
/// Real numbers, vectors or matrices of them, in every element → the bijectors' values. The axis belongs to the batch, and
/// so the Jacobian term has it too; [`Independent`](crate::bijector::Independent) makes it a part of the event. A value
/// outside of its bijector's codomain has no preimage: its inverse is NaN.
///
/// # Numerics
/// Those of the bijectors.
///
/// # Reference
/// Torch, `StackTransform`.
///
/// # Example
/// ```
/// use std::sync::Arc;
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, Exp, Identity, Sigmoid, Stack};
///
/// // A location, a scale and a probability.
/// let stack = Stack::new(vec![Arc::new(Identity), Arc::new(Exp), Arc::new(Sigmoid)], -1)?;
/// let (x, log_det) = stack.forward_and_log_det(&Tensor::from([[3.0, 0.0, 0.0], [-1.0, 0.0, 0.0]]))?;
/// assert_eq!(x.to_vec(), [3.0, 1.0, 0.5, -1.0, 1.0, 0.5]);
/// assert_eq!(log_det.shape().dims(), [2, 3]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Stack {
    bijectors: Vec<Arc<dyn Bijector>>,
    /// Counted from the end of the batch, from 1 on.
    axis_from_end: usize,
    domain: Constraint,
    /// Ranks of an event on the unconstrained side, and on the constrained one.
    event_ranks: [usize; 2],
}

impl Stack {
    /// The map by these bijectors along an axis of the batch, counted from the batch's end: −1 is the axis next to the
    /// events.
    ///
    /// # Errors
    /// No bijectors; bijectors whose events have different ranks, or whose domains are not real in every element; an axis
    /// that is not negative.
    pub fn new(bijectors: Vec<Arc<dyn Bijector>>, axis: isize) -> Result<Self> {
        let argument = |argument, expected: &str, got: String| {
            Err(Error::InvalidArgument { operation: "Stack", argument, expected: expected.to_owned(), got })
        };
        let Some(first) = bijectors.first() else {
            return argument("bijectors", "at least one bijector", "none".to_owned());
        };
        if axis >= 0 {
            return argument("axis", "negative, counted from the end of the batch", axis.to_string());
        }
        let ranks = |bijector: &Arc<dyn Bijector>| [bijector.domain_event_rank(), bijector.codomain_event_rank()];
        let event_ranks = ranks(first);
        for bijector in &bijectors {
            if ranks(bijector) != event_ranks {
                return Err(Error::Unsupported {
                    what: format!(
                        "stacking {} and {}, whose events have different ranks,",
                        first.name(),
                        bijector.name()
                    ),
                    hint: "put those of lower rank into `Independent`, or use `Blockwise`".to_owned(),
                });
            }
            let domain = bijector.domain();
            let element = match &domain {
                Constraint::Independent(base, _) => base.as_ref(),
                domain => domain,
            };
            if !matches!(element, Constraint::Real) {
                return Err(Error::Unsupported {
                    what: format!("stacking {}, whose domain is {domain},", bijector.name()),
                    hint: "use a bijector of real numbers, or put one onto its domain in front, by `Chain`".to_owned(),
                });
            }
        }
        let domain = match event_ranks[0] {
            0 => Constraint::Real,
            rank => Constraint::Independent(Box::new(Constraint::Real), rank),
        };
        Ok(Self { bijectors, axis_from_end: axis.unsigned_abs(), domain, event_ranks })
    }

    /// The axis of the stack in a shape of one side, after a check of its size.
    fn axis(&self, shape: &Shape, side: usize) -> Result<usize> {
        let (batch, _) = split_event("Stack", shape, self.event_ranks[side])?;
        match batch.rank().checked_sub(self.axis_from_end) {
            Some(axis) if batch[axis] == self.bijectors.len() => Ok(axis),
            _ => Err(Error::InvalidShape {
                operation: "Stack",
                expected: format!(
                    "{} members along axis -{} of the batch, one for each bijector",
                    self.bijectors.len(),
                    self.axis_from_end
                ),
                got: *shape,
            }),
        }
    }

    fn map(
        &self,
        values: &Tensor,
        side: usize,
        map: impl Fn(&dyn Bijector, &Tensor) -> Result<(Tensor, Tensor)>,
    ) -> Result<(Tensor, Tensor)> {
        let axis = self.axis(&values.shape(), side)? as isize;
        self.shape(&values.shape(), side)?;
        let (mut mapped, mut log_dets) = (Vec::new(), Vec::new());
        for (index, bijector) in self.bijectors.iter().enumerate() {
            let member = values.index(axis, index);
            let (value, log_det) = map(bijector.as_ref(), &member)?;
            check_gradient(bijector.as_ref(), &member, &value)?;
            mapped.push(value);
            log_dets.push(log_det);
        }
        Ok((Tensor::try_stack(&mapped, axis)?, Tensor::try_stack(&log_dets, axis)?))
    }

    /// The shape on the other side, which must be the same for all members.
    fn shape(&self, shape: &Shape, side: usize) -> Result<Shape> {
        let axis = self.axis(shape, side)?;
        let mut dims = shape.dims().to_vec();
        dims.remove(axis);
        let member = Shape::from(dims);
        let image = |bijector: &Arc<dyn Bijector>| match side {
            0 => bijector.forward_shape(&member),
            _ => bijector.inverse_shape(&member),
        };
        let first = image(&self.bijectors[0])?;
        for bijector in &self.bijectors {
            let other = image(bijector)?;
            if other != first
                || first.split_event(self.event_ranks[1 - side]).0 != member.split_event(self.event_ranks[side]).0
            {
                return Err(Error::InvalidShape {
                    operation: "Stack",
                    expected: format!("values of one shape, {first} by {}", self.bijectors[0].name()),
                    got: other,
                });
            }
        }
        let mut dims = first.dims().to_vec();
        dims.insert(axis, self.bijectors.len());
        Ok(Shape::from(dims))
    }
}

impl Bijector for Stack {
    fn name(&self) -> &'static str {
        "Stack"
    }

    fn domain(&self) -> Constraint {
        self.domain.clone()
    }

    fn codomain(&self) -> Constraint {
        Constraint::Image { of: Box::new(self.domain.clone()), under: Arc::new(self.clone()) }
    }

    fn domain_event_rank(&self) -> usize {
        self.event_ranks[0]
    }

    fn codomain_event_rank(&self) -> usize {
        self.event_ranks[1]
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        self.map(u, 0, |bijector, u| bijector.forward_and_log_det(u))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        self.map(x, 1, |bijector, x| {
            let (u, log_det) = bijector.inverse_and_log_det(x)?;
            let mut is_inside = bijector.codomain().contains(&x.detach());
            for _ in 0..self.event_ranks[0] {
                is_inside = is_inside.unsqueeze(-1);
            }
            Ok((Tensor::try_select(is_inside, u, f64::NAN)?, log_det))
        })
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        self.shape(shape, 0)
    }

    fn inverse_shape(&self, shape: &Shape) -> Result<Shape> {
        self.shape(shape, 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::{Coordinates, Laws, parameter_gradients};
    use crate::bijector::{Affine, CholeskyOuterProduct, Exp, Identity, Independent, LowerCholesky, Ordered, Sigmoid};
    use crate::distribution::{Distribution, DistributionExt, LogNormal, LogitNormal, Normal};

    #[test]
    fn laws() {
        let numbers = Stack::new(vec![Arc::new(Exp), Arc::new(Identity), Arc::new(Sigmoid)], -1).unwrap();
        Laws::of(&numbers).hold_at(&Tensor::from([[-2.0, 0.3, 1.7], [5.0, 0.1, -3.0]]));
        Laws::of(&numbers).hold_at(&Tensor::from([-2.0, 0.3, 1.7]));
        Laws::of(&Independent::new(Arc::new(numbers), 1)).hold_at(&Tensor::from([[-2.0, 0.3, 1.7], [5.0, 0.1, -3.0]]));
        let outer = Stack::new(vec![Arc::new(Exp), Arc::new(Sigmoid)], -2).unwrap();
        Laws::of(&outer).hold_at(&Tensor::from([[-2.0, 0.3, 1.7], [5.0, 0.1, -3.0]]));
        let vectors = Stack::new(vec![Arc::new(Ordered), Arc::new(Independent::new(Arc::new(Exp), 1))], -1).unwrap();
        Laws::of(&vectors).hold_at(&Tensor::from([[-2.0, 0.3, 1.7], [5.0, 0.1, -3.0]]));
        let matrices = Stack::new(vec![Arc::new(LowerCholesky), Arc::new(LowerCholesky)], -1).unwrap();
        Laws::of(&matrices)
            .codomain(Coordinates::LowerTriangle)
            .hold_at(&Tensor::from([[-2.0, 0.3, 1.7], [5.0, 0.1, -3.0]]));
        parameter_gradients(
            |p| Stack::new(vec![Arc::new(Affine::new(&p[0], &p[1])?), Arc::new(Exp)], -1),
            &[0.5.into(), 2.0.into()],
            &[0.7, 0.2].into(),
        );
    }

    #[test]
    fn a_stacked_distribution_is_its_members() {
        let pair = Normal::new([0.3, -0.2], [1.0, 2.0]).unwrap();
        let stack = Stack::new(vec![Arc::new(Exp), Arc::new(Sigmoid)], -1).unwrap();
        let got = pair.transform(stack).unwrap().log_prob(&Tensor::from([1.5, 0.3])).unwrap().to_vec();
        let want = [
            LogNormal::new(0.3, 1.0).unwrap().log_prob(&Tensor::from(1.5)).unwrap().item(),
            LogitNormal::new(-0.2, 2.0).unwrap().log_prob(&Tensor::from(0.3)).unwrap().item(),
        ];
        assert!(got.iter().zip(want).all(|(got, want)| (got - want).abs() < 1e-13), "{got:?} {want:?}");
    }

    #[test]
    fn what_cannot_be_stacked_is_refused() {
        let error = |bijectors, axis| Stack::new(bijectors, axis).unwrap_err().to_string();
        assert!(error(vec![], -1).contains("at least one bijector"));
        assert!(error(vec![Arc::new(Exp)], 0).contains("`axis` must be negative"), "{}", error(vec![Arc::new(Exp)], 0));
        assert!(error(vec![Arc::new(Exp), Arc::new(Ordered)], -1).contains("stacking Exp and Ordered"));
        assert!(error(vec![Arc::new(CholeskyOuterProduct)], -1).contains("stacking CholeskyOuterProduct"));
        let stack = Stack::new(vec![Arc::new(Exp), Arc::new(Identity)], -1).unwrap();
        let error = stack.forward(&Tensor::from([1.0, 2.0, 3.0])).unwrap_err().to_string();
        assert_eq!(error, "Stack: expected 2 members along axis -1 of the batch, one for each bijector, got shape [3]");
        // A value outside of its bijector's codomain.
        let inverse = stack.inverse(&Tensor::from([-1.0, -1.0])).unwrap().to_vec();
        assert!(inverse[0].is_nan() && inverse[1] == -1.0);
    }
}
