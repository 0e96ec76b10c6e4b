//! `Blockwise`: distributions of the parts of a vector.

use std::sync::Arc;

use super::{BatchReshaped, Expanded, Independent};
use crate::distribution::{Distribution, KlDivergence, Structure, kl_divergence};
use crate::random::Rng;
use crate::{Constraint, Error, Result, Shape, Tensor, check};

/// The distribution of a vector whose consecutive blocks are independent, each with a distribution of its own.
///
/// ```text
/// log p(x) = Σ over the blocks: log p of the block's entries
/// ```
///
/// # Parameters
/// | parameter | domain                                     | meaning                    |
/// |-----------|--------------------------------------------|----------------------------|
/// | `blocks`  | distributions of numbers or vectors, one or more | distributions of the parts |
///
/// # Shapes
/// event = `[n]`, the blocks one after the other: a number is a block of one entry; batch = the blocks', broadcast,
/// with independent draws.
///
/// # Support
/// The vectors whose blocks are in the supports of the blocks' distributions:
/// [`Constraint::Blocks`](crate::Constraint::Blocks).
///
/// # Moments
/// None: its blocks are any distributions, and it has no [`Moments`](crate::distribution::Moments). Mean and variance
/// are those of the blocks, one after the other.
///
/// # Numerics
/// That of the blocks. It is reparameterised if all of them are, and a block's mask is kept for its entries.
///
/// # Reference
/// TFP, `Blockwise`.
///
/// # Example
/// ```
/// use ppl::distribution::{Blockwise, Dirichlet, Distribution, Exponential, IntoDistribution};
/// use ppl::Tensor;
///
/// // A rate, and the weights of three components.
/// let rate = Exponential::new(1.0).into_distribution()?;
/// let weights = Dirichlet::new([1.0, 1.0, 1.0]).into_distribution()?;
/// let both = Blockwise::new([rate, weights])?;
/// assert_eq!(both.event_shape().dims(), [4]);
/// let log_prob = both.log_prob(&Tensor::from([2.0, 0.2, 0.3, 0.5]))?;
/// assert!((log_prob.item() - (2_f64.ln() - 2.0)).abs() < 1e-14);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Blockwise {
    /// Of vectors, with the whole batch.
    blocks: Vec<Arc<dyn Distribution>>,
    batch_shape: Shape,
}

impl Blockwise {
    /// The distribution of these blocks, in order.
    ///
    /// # Errors
    /// No blocks; a block of matrices; batch shapes that do not broadcast.
    pub fn new(blocks: impl IntoIterator<Item = Arc<dyn Distribution>>) -> Result<Self> {
        let blocks: Vec<Arc<dyn Distribution>> = blocks.into_iter().collect();
        if blocks.is_empty() {
            return Err(Error::InvalidArgument {
                operation: "Blockwise",
                argument: "blocks",
                expected: "at least one block".to_owned(),
                got: "none".to_owned(),
            });
        }
        let batch_shape = blocks
            .iter()
            .try_fold(Shape::SCALAR, |shape, block| check::broadcast("Blockwise", &shape, &block.batch_shape()))?;
        let blocks = blocks.into_iter().map(|block| vectors(block, batch_shape)).collect::<Result<_>>()?;
        Ok(Self { blocks, batch_shape })
    }

    /// The values of the blocks.
    fn split(&self, value: &Tensor) -> Result<Vec<Tensor>> {
        check::event("Blockwise", value, &self.event_shape())?;
        let mut start = 0;
        let part = |block: &Arc<dyn Distribution>| {
            let end = start + block.event_shape().size();
            let part = value.slice(-1, start..end);
            start = end;
            part
        };
        Ok(self.blocks.iter().map(part).collect())
    }
}

/// The block with the whole batch, whose events are vectors.
fn vectors(block: Arc<dyn Distribution>, batch_shape: Shape) -> Result<Arc<dyn Distribution>> {
    let rank = block.event_shape().rank();
    if rank > 1 {
        return Err(Error::InvalidShape {
            operation: "Blockwise",
            expected: format!("blocks of numbers or vectors, of which {} is none", block.name()),
            got: block.event_shape(),
        });
    }
    let block: Arc<dyn Distribution> =
        if block.batch_shape() == batch_shape { block } else { Arc::new(Expanded::new(block, batch_shape)?) };
    if rank == 1 {
        return Ok(block);
    }
    let column: Arc<dyn Distribution> = Arc::new(BatchReshaped::new(block, batch_shape.concat(&Shape::from(1)))?);
    Ok(Arc::new(Independent::new(column, 1)?))
}

impl Distribution for Blockwise {
    fn name(&self) -> &'static str {
        "Blockwise"
    }

    fn parameter_values(&self) -> Vec<(&'static str, Tensor)> {
        self.blocks.iter().flat_map(|block| block.parameter_values()).collect()
    }

    fn batch_shape(&self) -> Shape {
        self.batch_shape
    }

    fn event_shape(&self) -> Shape {
        Shape::from(self.blocks.iter().map(|block| block.event_shape().size()).sum::<usize>())
    }

    fn support(&self) -> Constraint {
        Constraint::Blocks(self.blocks.iter().map(|block| (block.support(), block.event_shape().size())).collect())
    }

    fn sample(&self, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
        let parts = self.blocks.iter().map(|block| block.sample(rng, sample_shape)).collect::<Result<Vec<_>>>()?;
        Tensor::try_concat(&parts, -1)
    }

    fn log_prob(&self, value: &Tensor) -> Result<Tensor> {
        let parts = self.split(value)?;
        self.blocks.iter().zip(&parts).map(|(block, part)| block.log_prob(part)).sum()
    }

    fn is_reparameterized(&self) -> bool {
        self.blocks.iter().all(|block| block.is_reparameterized())
    }

    fn element_mask(&self) -> Option<Tensor> {
        let masks: Vec<Option<Tensor>> = self.blocks.iter().map(|block| block.element_mask()).collect();
        if masks.iter().all(Option::is_none) {
            return None;
        }
        let parts = masks.into_iter().zip(&self.blocks).map(|(mask, block)| {
            let mask = mask.unwrap_or(Tensor::scalar(1.0));
            mask.try_broadcast_to(self.batch_shape.concat(&block.event_shape()))
        });
        let parts = parts.collect::<Result<Vec<_>>>().ok()?;
        Tensor::try_concat(&parts, -1).ok()
    }

    fn structure(&self) -> Option<Structure<'_>> {
        Some(Structure::Blockwise(&self.blocks))
    }
}

impl KlDivergence<Self> for Blockwise {
    /// The sum over the blocks.
    ///
    /// # Errors
    /// Those of [`kl_divergence`], which looks for the closed form by the types at run time.
    fn kl_divergence(&self, other: &Self) -> Result<Tensor> {
        kl_divergence(self, other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::{
        Dirichlet, DistributionExt, Draw, IntoDistribution, MultivariateNormal, Normal, Poisson, Uniform,
    };
    use crate::effect::Ctx;
    use crate::grad;
    use crate::random::Key;

    fn example() -> Blockwise {
        let bounded = Uniform::new([-1.0, 5.0], 7.0).into_distribution().unwrap();
        let weights = Dirichlet::new([2.0, 1.0, 3.0]).into_distribution().unwrap();
        Blockwise::new([bounded, weights, Normal::new(0.0, 2.0).into_distribution().unwrap()]).unwrap()
    }

    #[test]
    fn shapes_draws_and_densities() {
        let blocks = example();
        assert_eq!((blocks.batch_shape().dims(), blocks.event_shape().dims()), (&[2][..], &[5][..]));
        let draws = blocks.draw_n(0, [20]).unwrap();
        assert_eq!(draws.shape().dims(), [20, 2, 5]);
        let support = blocks.support();
        assert_eq!((support.event_rank(), support.is_discrete()), (1, false));
        assert_eq!(support.contains(&draws), Tensor::ones([20, 2]));
        let want = Uniform::new([-1.0, 5.0], 7.0).unwrap().log_prob(&draws.index(-1, 0)).unwrap()
            + Dirichlet::new([2.0, 1.0, 3.0]).unwrap().log_prob(&draws.slice(-1, 1..4)).unwrap()
            + Normal::new(0.0, 2.0).unwrap().log_prob(&draws.index(-1, 4)).unwrap();
        assert!((blocks.log_prob(&draws).unwrap() - want).abs().max() < 1e-13);
        // Members that share a distribution have draws of their own.
        let first = draws.get(0);
        assert!(first.get(0).get(4).item() != first.get(1).get(4).item());
        assert!(blocks.is_reparameterized());
    }

    #[test]
    fn gradients_flow_to_every_block() {
        let density = |p: &[Tensor]| {
            let blocks = [Normal::new(&p[0], 1.0).into_distribution()?, Normal::new(0.0, &p[1]).into_distribution()?];
            Blockwise::new(blocks)?.log_prob(&Tensor::from([0.5, 3.0]))
        };
        let (_, gradients) = grad(density, &[Tensor::from(0.2), Tensor::from(2.0)]).unwrap();
        assert!((gradients[0].item() - 0.3).abs() < 1e-14);
        assert!((gradients[1].item() - (9.0 / 8.0 - 0.5)).abs() < 1e-14);
    }

    #[test]
    fn masks_and_data() {
        let normal = Normal::new(Tensor::zeros(2), 1.0).mask([1.0, 0.0]).into_distribution().unwrap();
        let blocks = Blockwise::new([normal, Poisson::new(2.0).into_distribution().unwrap()]).unwrap();
        assert_eq!(blocks.element_mask().unwrap(), Tensor::from([[1.0, 1.0], [0.0, 1.0]]));
        assert!(blocks.support().is_discrete());
        let observe = |data: Tensor| Ctx::new(Key::new(0)).observe("y", example(), data);
        let draws = example().draw(0).unwrap();
        observe(draws.clone()).unwrap();
        let error = observe(draws * 2.0).unwrap_err().to_string();
        assert!(error.starts_with("site `y`: value must be a vector of blocks ("), "{error}");
    }

    #[test]
    fn blocks_are_checked() {
        assert!(Blockwise::new(Vec::new()).unwrap_err().to_string().contains("at least one block"));
        let matrix = Normal::new(Tensor::zeros([2, 2]), 1.0).to_event(2).into_distribution().unwrap();
        assert!(Blockwise::new([matrix]).unwrap_err().to_string().contains("Normal"));
        let pair = MultivariateNormal::new(0.0, Tensor::eye(2)).into_distribution().unwrap();
        assert!(Blockwise::new([pair]).unwrap().log_prob(&Tensor::zeros(3)).is_err());
    }
}
