//! `Blockwise`: a bijector for each block of a vector.

use std::sync::Arc;

use crate::bijector::{Bijector, check_gradient, real_vector, split_event};
use crate::{Constraint, Error, Result, Shape, Tensor};

/// Vectors cut into blocks, each of which goes through a bijector of its own.
///
/// ```text
/// forward   x = (f₁(u₁), …, f_m(u_m))          ln |det dx/du| = Σ over the blocks
/// inverse   u = (f₁⁻¹(x₁), …, f_m⁻¹(x_m))      ln |det du/dx| = Σ over the blocks
/// ```
///
/// # Domain and codomain
/// Vectors of real numbers → vectors of the bijectors' values one after the other; the last axis. A bijector of numbers
/// acts on every entry of its block; one of vectors may change its size, as
/// [`StickBreaking`](crate::bijector::StickBreaking) does. A vector with a block outside of its bijector's codomain has no
/// preimage: its inverse is NaN.
///
/// # Numerics
/// Those of the blocks' bijectors.
///
/// # Reference
/// TFP, `tfp.bijectors.Blockwise`.
///
/// # Example
/// ```
/// use std::sync::Arc;
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, Blockwise, Exp, StickBreaking};
///
/// // A scale and the weights of two components.
/// let blocks = Blockwise::new(vec![(Arc::new(Exp), 1), (Arc::new(StickBreaking), 1)])?;
/// assert_eq!(blocks.forward(&Tensor::from([0.0, 0.0]))?.to_vec(), [1.0, 0.5, 0.5]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Blockwise {
    blocks: Vec<Block>,
}

#[derive(Clone, Debug)]
struct Block {
    bijector: Arc<dyn Bijector>,
    /// Number of unconstrained entries, and of constrained ones.
    sizes: [usize; 2],
}

impl Blockwise {
    /// The map by these bijectors, each with the number of entries of its block on the unconstrained side.
    ///
    /// # Errors
    /// No blocks; bijectors that are not maps of real numbers or vectors, or cannot take vectors of their block's size.
    pub fn new(blocks: Vec<(Arc<dyn Bijector>, usize)>) -> Result<Self> {
        if blocks.is_empty() {
            return Err(Error::InvalidArgument {
                operation: "Blockwise",
                argument: "blocks",
                expected: "at least one block".to_owned(),
                got: "none".to_owned(),
            });
        }
        let block = |(bijector, size): (Arc<dyn Bijector>, usize)| {
            let domain = bijector.domain();
            let element = match &domain {
                Constraint::Independent(base, 1) => base.as_ref(),
                domain => domain,
            };
            let of_vectors = bijector.domain_event_rank() <= 1 && bijector.codomain_event_rank() <= 1;
            if !of_vectors || !matches!(element, Constraint::Real) {
                return Err(Error::Unsupported {
                    what: format!("a block under {}, whose domain is {domain},", bijector.name()),
                    hint: "use a bijector of real numbers or of vectors of them".to_owned(),
                });
            }
            let image = bijector.forward_shape(&Shape::from(size))?;
            if image.rank() != 1 {
                return Err(Error::InvalidShape {
                    operation: "Blockwise",
                    expected: "bijectors without a batch of their own".to_owned(),
                    got: image,
                });
            }
            Ok(Block { bijector, sizes: [size, image[0]] })
        };
        Ok(Self { blocks: blocks.into_iter().map(block).collect::<Result<_>>()? })
    }

    /// The shape with the sizes of one side replaced by those of the other.
    fn shape(&self, shape: &Shape, from: usize) -> Result<Shape> {
        let (batch, event) = split_event("Blockwise", shape, 1)?;
        let total = |side: usize| self.blocks.iter().map(|block| block.sizes[side]).sum::<usize>();
        if event.size() != total(from) {
            return Err(Error::InvalidShape {
                operation: "Blockwise",
                expected: format!("{} entries along the last axis", total(from)),
                got: *shape,
            });
        }
        Ok(batch.concat(&Shape::from(total(1 - from))))
    }

    /// The blocks of vectors mapped one by one.
    fn map(
        &self,
        vectors: &Tensor,
        from: usize,
        map: impl Fn(&dyn Bijector, &Tensor) -> Result<(Tensor, Tensor)>,
    ) -> Result<(Tensor, Tensor)> {
        let batch = self.shape(&vectors.shape(), from)?.split_event(1).0;
        let (mut start, mut total, mut mapped) = (0, Tensor::zeros(batch), Vec::with_capacity(self.blocks.len()));
        for block in &self.blocks {
            let end = start + block.sizes[from];
            let argument = vectors.slice(-1, start..end);
            let (value, log_det) = map(block.bijector.as_ref(), &argument)?;
            check_gradient(block.bijector.as_ref(), &argument, &value)?;
            total += log_det.sum_rightmost(log_det.rank() - batch.rank());
            if value.shape().last() != Some(&0) {
                mapped.push(value);
            }
            start = end;
        }
        let shape = self.shape(&vectors.shape(), from)?;
        Ok((if mapped.is_empty() { Tensor::zeros(shape) } else { Tensor::try_concat(&mapped, -1)? }, total))
    }
}

impl Bijector for Blockwise {
    fn name(&self) -> &'static str {
        "Blockwise"
    }

    fn domain(&self) -> Constraint {
        real_vector()
    }

    fn codomain(&self) -> Constraint {
        Constraint::Image { of: Box::new(real_vector()), under: Arc::new(self.clone()) }
    }

    fn codomain_event_rank(&self) -> usize {
        1
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        self.map(u, 0, |bijector, u| bijector.forward_and_log_det(u))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        self.map(x, 1, |bijector, x| {
            let (u, log_det) = bijector.inverse_and_log_det(x)?;
            let mut is_inside = bijector.codomain().contains(&x.detach());
            if bijector.codomain_event_rank() == 1 {
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
    use crate::bijector::conformance::{Coordinates, Laws};
    use crate::bijector::{Affine, CholeskyOuterProduct, Exp, Identity, Log, Ordered, StickBreaking};

    #[test]
    fn laws() {
        let blocks = Blockwise::new(vec![(Arc::new(Exp), 1), (Arc::new(Ordered), 2), (Arc::new(Identity), 1)]).unwrap();
        Laws::of(&blocks).hold_at(&Tensor::from([[-2.0, 0.3, 1.7, 0.4], [5.0, 0.1, -3.0, 1.0]]));
        Laws::of(&blocks).hold_at(&Tensor::from([-2.0, 0.3, 1.7, 0.4]));
        // A simplex at the end: its last entry is the last of all.
        let blocks = Blockwise::new(vec![(Arc::new(Exp), 2), (Arc::new(StickBreaking), 2)]).unwrap();
        Laws::of(&blocks)
            .codomain(Coordinates::AllButLast)
            .hold_at(&Tensor::from([[-2.0, 0.3, 1.7, 0.4], [5.0, 0.1, -3.0, 1.0]]));
    }

    #[test]
    fn the_codomain_is_that_of_every_block() {
        let blocks = Blockwise::new(vec![(Arc::new(Exp), 1), (Arc::new(StickBreaking), 1)]).unwrap();
        let vectors = Tensor::from([[1.0, 0.3, 0.7], [-1.0, 0.3, 0.7], [1.0, 0.3, 0.3]]);
        assert_eq!(blocks.codomain().contains(&vectors).to_vec(), [1.0, 0.0, 0.0]);
    }

    #[test]
    fn blocks_are_checked() {
        assert!(Blockwise::new(Vec::new()).is_err());
        let error = Blockwise::new(vec![(Arc::new(Log), 1)]).unwrap_err().to_string();
        assert!(error.starts_with("a block under Log, whose domain is positive, is not supported"), "{error}");
        assert!(Blockwise::new(vec![(Arc::new(CholeskyOuterProduct), 1)]).is_err());
        let batch = Affine::new([[1.0], [2.0]], 1.0).unwrap();
        assert!(Blockwise::new(vec![(Arc::new(batch), 1)]).is_err());
        let blocks = Blockwise::new(vec![(Arc::new(Exp), 1)]).unwrap();
        let error = blocks.forward(&Tensor::zeros(2)).unwrap_err().to_string();
        assert_eq!(error, "Blockwise: expected 1 entries along the last axis, got shape [2]");
    }
}
