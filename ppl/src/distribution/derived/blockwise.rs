//! `Blockwise`: distributions of the parts of a vector.

use std::sync::Arc;

use super::{BatchReshaped, Expanded, Independent};
use crate::distribution::{Distribution, Entropy, KlDivergence, Mode, Moments, Structure, kl_divergence};
use crate::random::Rng;
use crate::tensor::or_panic;
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
/// ```text
/// mean, variance, mode = those of the blocks, one after the other
/// entropy              = Σ over the blocks: the block's entropy
/// ```
/// as far as the type of the blocks knows them: a `Blockwise<dyn Moments>`, made of `Arc<dyn Moments>`, has moments.
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
#[derive(Debug)]
pub struct Blockwise<D: ?Sized = dyn Distribution> {
    parts: Vec<Arc<D>>,
    /// The parts as distributions of vectors, with the whole batch.
    blocks: Vec<Arc<dyn Distribution>>,
    batch_shape: Shape,
}

impl<D: Distribution + ?Sized> Blockwise<D> {
    /// The distribution of these blocks, in order.
    ///
    /// # Errors
    /// No blocks; a block of matrices; batch shapes that do not broadcast.
    pub fn new(blocks: impl IntoIterator<Item = Arc<D>>) -> Result<Self> {
        let parts: Vec<Arc<D>> = blocks.into_iter().collect();
        if parts.is_empty() {
            return Err(Error::InvalidArgument {
                operation: "Blockwise",
                argument: "blocks",
                expected: "at least one block".to_owned(),
                got: "none".to_owned(),
            });
        }
        let batch_shape = parts
            .iter()
            .try_fold(Shape::SCALAR, |shape, block| check::broadcast("Blockwise", &shape, &block.batch_shape()))?;
        let blocks = parts.iter().map(|block| vectors(block.clone().share(), batch_shape)).collect::<Result<_>>()?;
        Ok(Self { parts, blocks, batch_shape })
    }

    /// The distributions of the parts.
    #[must_use]
    pub fn blocks(&self) -> &[Arc<D>] {
        &self.parts
    }

    /// What each block has of the shape of its events, side by side.
    fn joined(&self, of: impl Fn(&D) -> Result<Tensor>) -> Result<Tensor> {
        let vector = |block: &Arc<D>| {
            let event = Shape::from(block.event_shape().size());
            let each = of(block)?;
            let each = if block.event_shape().rank() == 0 { each.unsqueeze(-1) } else { each };
            each.try_broadcast_to(self.batch_shape.concat(&event))
        };
        Tensor::try_concat(&self.parts.iter().map(vector).collect::<Result<Vec<_>>>()?, -1)
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

impl<D: ?Sized> Clone for Blockwise<D> {
    fn clone(&self) -> Self {
        Self { parts: self.parts.clone(), blocks: self.blocks.clone(), ..*self }
    }
}

impl<D: Distribution + ?Sized> Distribution for Blockwise<D> {
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

impl<D: Mode + ?Sized> Mode for Blockwise<D> {
    fn mode(&self) -> Result<Tensor> {
        self.joined(D::mode)
    }
}

impl<D: Moments + ?Sized> Moments for Blockwise<D> {
    fn mean(&self) -> Tensor {
        or_panic(self.joined(|block| Ok(block.mean())))
    }

    fn variance(&self) -> Tensor {
        or_panic(self.joined(|block| Ok(block.variance())))
    }

    fn stddev(&self) -> Tensor {
        or_panic(self.joined(|block| Ok(block.stddev())))
    }
}

impl<D: Entropy + ?Sized> Entropy for Blockwise<D> {
    fn entropy(&self) -> Tensor {
        let sum = self.parts.iter().try_fold(Tensor::scalar(0.0), |sum, block| sum.try_add(block.entropy()));
        or_panic(sum.and_then(|sum| sum.try_broadcast_to(self.batch_shape)))
    }
}

impl<D: Distribution + ?Sized, Other: Distribution + ?Sized> KlDivergence<Blockwise<Other>> for Blockwise<D> {
    /// The sum over the blocks.
    ///
    /// # Errors
    /// Those of [`kl_divergence`], which looks for the closed form by the types at run time.
    fn kl_divergence(&self, other: &Blockwise<Other>) -> Result<Tensor> {
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
    fn capabilities_are_those_of_the_blocks() {
        let number = Normal::new([1.0, 2.0], 0.5).unwrap();
        let vector = Dirichlet::new([2.0, 3.0, 5.0]).unwrap();
        let both: Blockwise<dyn Moments> =
            Blockwise::new([Arc::new(number.clone()) as Arc<dyn Moments>, Arc::new(vector.clone())]).unwrap();
        let (mean, variance) = (both.mean(), both.variance());
        assert_eq!((mean.shape().dims(), both.stddev()), (&[2, 4][..], variance.sqrt()));
        for (member, loc) in [1.0, 2.0].into_iter().enumerate() {
            assert_eq!(mean.get(member).to_vec(), [loc, 0.2, 0.3, 0.5]);
            assert_eq!(variance.get(member).slice(0, 1..4), vector.variance());
            assert_eq!(variance.get(member).get(0).item(), 0.25);
        }
        let modes = Blockwise::new([Arc::new(number.clone()) as Arc<dyn Mode>, Arc::new(vector.clone())]).unwrap();
        assert_eq!(modes.mode().unwrap().get(1).get(0).item(), 2.0);
        assert_eq!(modes.mode().unwrap().get(1).slice(0, 1..4), vector.mode().unwrap());
        let entropies =
            Blockwise::new([Arc::new(number.clone()) as Arc<dyn Entropy>, Arc::new(vector.clone())]).unwrap();
        assert_eq!(entropies.entropy(), number.entropy() + vector.entropy());
        // Blocks of one type have what the type has.
        let exponentials = [2.0, 4.0].map(|rate| Arc::new(crate::distribution::Exponential::new(rate).unwrap()));
        assert_eq!(Blockwise::new(exponentials).unwrap().mean().to_vec(), [0.5, 0.25]);
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
        assert!(Blockwise::<dyn Distribution>::new(Vec::new()).unwrap_err().to_string().contains("at least one block"));
        let matrix = Normal::new(Tensor::zeros([2, 2]), 1.0).to_event(2).into_distribution().unwrap();
        assert!(Blockwise::new([matrix]).unwrap_err().to_string().contains("Normal"));
        let pair = MultivariateNormal::new(0.0, Tensor::eye(2)).into_distribution().unwrap();
        assert!(Blockwise::new([pair]).unwrap().log_prob(&Tensor::zeros(3)).is_err());
    }

    mod numbers_and_vectors {
        use super::*;
        use crate::distribution::Exponential;
        use crate::distribution::conformance::{self, Family, parameters};

        fn family() -> Family<Blockwise> {
            let build = |p: &conformance::Parameters| {
                let number = Normal::new(p.get("loc"), p.get("scale")).into_distribution()?;
                let vector = Exponential::new(p.get("rate")).iid([2]).into_distribution()?;
                Blockwise::new([number, vector])
            };
            Family::of("Blockwise", build)
                .made_of("Normal")
                .made_of("Exponential")
                .without_far_cases("those of its blocks")
                .at(parameters! { loc: 0.3, scale: 1.7, rate: 1.0 })
                .at(parameters! { loc: 0.1, scale: 1.5, rate: 1.3 })
                .rejects(parameters! { loc: f64::NAN, scale: 1.0, rate: 1.0 }, "Normal: `loc` must be real, got NaN")
                .rejects(parameters! { loc: 0.0, scale: -1.0, rate: 1.0 }, "Normal: `scale` must be positive, got -1")
                .rejects(parameters! { loc: 0.0, scale: 1.0, rate: 0.0 }, "Exponential: `rate` must be positive, got 0")
                .draws([
                    -0.06790329266494777,
                    0.11684916567911875,
                    1.065920242686663,
                    -0.21088229982259327,
                    0.22291429417278055,
                    0.12257295355870713,
                    2.124830885687285,
                    2.517663830282833,
                    2.608383117495264,
                ])
        }

        conformance::distribution!(family() => multivariate, reparameterized_by_common_numbers);
    }
}
