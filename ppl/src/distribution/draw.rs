//! `Draw`: draws from a seed.

use std::sync::Arc;

use super::Distribution;
use crate::random::{Key, Rng};
use crate::tensor::record;
use crate::{Result, Shape, Tensor};

/// Draws of a distribution, of the `Result` of building one, and of a shared one, from a seed.
///
/// The same seed gives the same numbers on every platform. Who holds a generator, as inference does for every site,
/// calls [`sample`](Distribution::sample).
///
/// # Example
/// ```
/// use ppl::distribution::{Draw, Normal};
///
/// let height = Normal::new(170.0, 10.0)?;
/// let one = height.draw(0)?;
/// let many = height.draw_n(1, [100, 3])?;
/// assert_eq!((one.shape().dims(), many.shape().dims()), (&[][..], &[100, 3][..]));
/// assert_eq!(one, Normal::new(170.0, 10.0).draw(0)?);
/// # Ok::<(), ppl::Error>(())
/// ```
pub trait Draw: Sized {
    /// Draws of `sample shape ++ batch shape ++ event shape` by the random numbers of a seed.
    ///
    /// # Errors
    /// Those of building the distribution, and of [`sample`](Distribution::sample).
    fn draw_n(self, seed: u64, sample_shape: impl Into<Shape>) -> Result<Tensor>;

    /// One draw of each batch member, of shape `batch shape ++ event shape`, by the random numbers of a seed.
    ///
    /// # Errors
    /// Those of building the distribution, and of [`sample`](Distribution::sample).
    fn draw(self, seed: u64) -> Result<Tensor> {
        self.draw_n(seed, Shape::SCALAR)
    }
}

impl<D: Distribution + ?Sized> Draw for &D {
    fn draw_n(self, seed: u64, sample_shape: impl Into<Shape>) -> Result<Tensor> {
        sample_in_blocks(self, &mut Key::new(seed).rng("draw", 0), &sample_shape.into())
    }
}

/// Many draws of a number, block by block: what is computed on the way stays in the cache.
fn sample_in_blocks<D: Distribution + ?Sized>(distribution: &D, rng: &mut Rng, sample_shape: &Shape) -> Result<Tensor> {
    const BLOCK: usize = 1 << 14;

    let size = sample_shape.size();
    let is_number = distribution.batch_shape().rank() + distribution.event_shape().rank() == 0;
    if size < 2 * BLOCK || !is_number || record::is_open() {
        return distribution.sample(rng, sample_shape);
    }
    let mut elements = vec![0.0; size];
    let mut is_drawn = false;
    for (index, block) in elements.chunks_mut(BLOCK).enumerate() {
        let before = (index == 0).then(|| rng.clone());
        let draws = distribution.sample(rng, &Shape::from(block.len()))?;
        if let Some(mut before) = before.filter(|_| draws.is_tracked()) {
            // By parameters that are being differentiated.
            return distribution.sample(&mut before, sample_shape);
        }
        is_drawn |= draws.is_drawn();
        draws.copy_into(block);
    }
    let draws = Tensor::from_parts(elements, *sample_shape);
    Ok(if is_drawn { draws.into_drawn() } else { draws })
}

impl<D: Distribution> Draw for Result<D> {
    fn draw_n(self, seed: u64, sample_shape: impl Into<Shape>) -> Result<Tensor> {
        (&self?).draw_n(seed, sample_shape)
    }
}

impl Draw for Result<Arc<dyn Distribution>> {
    fn draw_n(self, seed: u64, sample_shape: impl Into<Shape>) -> Result<Tensor> {
        self?.as_ref().draw_n(seed, sample_shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::{Dirichlet, IntoDistribution, Normal};

    #[test]
    fn all_ways_give_the_same_draws() {
        let normal = Normal::new([0.0, 1.0], 1.0).unwrap();
        let want = normal.sample(&mut Key::new(3).rng("draw", 0), &Shape::from(5)).unwrap();
        assert_eq!(normal.draw_n(3, 5).unwrap(), want);
        assert_eq!((&normal).draw_n(3, [5]).unwrap(), want);
        assert_eq!(Normal::new([0.0, 1.0], 1.0).draw_n(3, 5).unwrap(), want);
        let shared = normal.clone().into_distribution();
        assert_eq!(shared.as_ref().unwrap().draw_n(3, 5).unwrap(), want);
        assert_eq!(shared.draw_n(3, 5).unwrap(), want);
        assert_eq!(normal.draw(3).unwrap(), normal.draw_n(3, Shape::SCALAR).unwrap());
        assert_ne!(normal.draw(3).unwrap(), normal.draw(4).unwrap());
    }

    #[test]
    fn shapes_are_sample_batch_event() {
        let weights = Dirichlet::new(Tensor::ones([2, 3])).unwrap();
        assert_eq!(weights.draw(0).unwrap().shape().dims(), [2, 3]);
        assert_eq!(weights.draw_n(0, [4]).unwrap().shape().dims(), [4, 2, 3]);
    }

    /// Of one kind of noise, blocks are the same draws.
    #[test]
    fn many_draws_are_those_of_one_call() {
        let normal = Normal::new(1.0, 2.0).unwrap();
        let want = normal.sample(&mut Key::new(3).rng("draw", 0), &Shape::from([3, 10_000])).unwrap();
        assert_eq!(normal.draw_n(3, [3, 10_000]).unwrap(), want);
        let slope = |p: &[Tensor]| Ok(Normal::new(&p[0], 2.0).draw_n(3, 20_000)?.mean());
        let (_, gradient) = crate::grad(slope, &[Tensor::from(1.0)]).unwrap();
        assert!((gradient[0].item() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn errors_of_building_pass_through() {
        let error = Normal::new(0.0, -1.0).draw(0).unwrap_err();
        assert_eq!(error.to_string(), "Normal: `scale` must be positive, got -1");
    }

    #[test]
    fn draws_are_stable() {
        // A change here changes every user's draws and must be announced in the changelog.
        assert_eq!(Normal::new(0.0, 1.0).draw_n(0, 2).unwrap().to_vec(), [0.2222587157396049, 0.48785694532400686]);
    }
}
