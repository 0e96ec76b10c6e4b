//! `Cached`: a bijector whose values remember what they were made of.

use std::sync::Arc;

use super::chain::broadcast_batch;
use crate::bijector::{Bijector, IntoBijector, MapId, check_gradient, remembered};
use crate::{Constraint, Result, Shape, Tensor};

/// A bijector that computes forward and inverse of one value once.
///
/// ```text
/// forward   x = f(u)       and x keeps u, and ln |det dx/du|
/// inverse   u = f⁻¹(x)     and u keeps x, and ln |det du/dx|
/// ```
///
/// `inverse(forward(u))` is u itself, with all its digits, and `forward(inverse(x))` is x itself; so are their Jacobian
/// terms, up to the sign. A tensor computed from `x`, if only by `x * 1.0`, is another one and keeps nothing. Gradients are
/// those of the bijector.
///
/// Worth it for maps that are expensive, or whose inverse is found by iteration.
/// [`CholeskyOuterProduct`](crate::bijector::CholeskyOuterProduct),
/// [`MatrixInverseTriL`](crate::bijector::MatrixInverseTriL),
/// [`CholeskyToInvCholesky`](crate::bijector::CholeskyToInvCholesky), [`Inline`](crate::bijector::Inline),
/// [`RealNvp`](crate::bijector::RealNvp) and
/// [`MaskedAutoregressiveFlow`](crate::bijector::MaskedAutoregressiveFlow) do it by themselves.
///
/// # Memory
/// A value holds the one it was made of for as long as it lives itself, and there is no table that outlives it. Of a
/// value that is mapped again and again, the last nine are held at most. To free `u` and keep `x`, take `x * 1.0`.
///
/// # Domain and codomain
/// The base's. A value of `Exp`, `Sigmoid` or `StickBreaking` holds its logarithm instead, which is worth more.
///
/// # Numerics
/// Those of the base: what is kept is what it has computed.
///
/// # Reference
/// TFP, `tfp.bijectors.Bijector`, "Tips for implementing": its caching.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Affine, Bijector, Cached};
///
/// let bijector = Cached::new(Affine::new(0.1, 0.3))?;
/// let u = Tensor::from([0.7, -1.1]);
/// // Without rounding.
/// assert_eq!(bijector.inverse(&bijector.forward(&u)?)?, u);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Cached {
    base: Arc<dyn Bijector>,
    map: MapId,
}

impl Cached {
    /// The bijector whose values remember. Clones of it share their memory; another one made of the same bijector does not.
    ///
    /// # Errors
    /// Those of building the bijector.
    pub fn new(base: impl IntoBijector) -> Result<Self> {
        Ok(Self { base: base.into_bijector()?, map: MapId::unique() })
    }
}

impl Bijector for Cached {
    fn name(&self) -> &'static str {
        self.base.name()
    }

    fn domain(&self) -> Constraint {
        self.base.domain()
    }

    fn codomain(&self) -> Constraint {
        self.base.codomain()
    }

    fn domain_event_rank(&self) -> usize {
        self.base.domain_event_rank()
    }

    fn codomain_event_rank(&self) -> usize {
        self.base.codomain_event_rank()
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        // The inverse has the shape of the whole batch.
        let full = self.inverse_shape(&self.forward_shape(&u.shape())?)?;
        let u = broadcast_batch(self.name(), u, &full, self.domain_event_rank())?;
        remembered(self.map, &u, |u| {
            let (x, log_det) = self.base.forward_and_log_det(u)?;
            check_gradient(self.base.as_ref(), u, &x)?;
            Ok((x, log_det))
        })
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let full = self.forward_shape(&self.inverse_shape(&x.shape())?)?;
        let x = broadcast_batch(self.name(), x, &full, self.codomain_event_rank())?;
        remembered(self.map.inverse(), &x, |x| {
            let (u, log_det) = self.base.inverse_and_log_det(x)?;
            check_gradient(self.base.as_ref(), x, &u)?;
            Ok((u, log_det))
        })
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        self.base.forward_shape(shape)
    }

    fn inverse_shape(&self, shape: &Shape) -> Result<Shape> {
        self.base.inverse_shape(shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::{Coordinates, Laws};
    use crate::bijector::{Affine, Chain, CholeskyOuterProduct, LowerCholesky, Softplus};
    use crate::distribution::{Distribution, DistributionExt, Normal};
    use crate::grad;
    use crate::program::tests::assert_program_is_tape;

    #[test]
    fn laws() {
        let cached = Cached::new(Affine::new([-1.0, 0.5], [[2.0], [-0.1]])).unwrap();
        Laws::of(&cached).hold_at(&Tensor::from([[-2.0, 0.3], [5.0, 600.0]]));
        Laws::of(&cached).hold_at(&Tensor::from([-2.0, 0.3]));
        let chain = Chain::new(vec![Arc::new(CholeskyOuterProduct), Arc::new(LowerCholesky)]);
        let cached = Cached::new(chain).unwrap();
        Laws::of(&cached).codomain(Coordinates::LowerTriangle).hold_at(&Tensor::from([0.2, -1.0, 1.0]));
    }

    #[test]
    fn both_directions_give_back_the_very_same_tensor() {
        let cached = Cached::new(Softplus).unwrap();
        let u = Tensor::from([0.3, -40.0]);
        let (x, log_det) = cached.forward_and_log_det(&u).unwrap();
        let (back, inverse_log_det) = cached.inverse_and_log_det(&x).unwrap();
        assert!(back.shares_memory_with(&u));
        assert_eq!(inverse_log_det, -log_det);
        let inverse = cached.inverse(&x.without_preimage()).unwrap();
        assert!(cached.forward(&inverse).unwrap().shares_memory_with(&x));
        assert!(cached.clone().inverse(&x).unwrap().shares_memory_with(&u));
        // Another bijector's value, and another value.
        assert!(!Cached::new(Softplus).unwrap().inverse(&x).unwrap().shares_memory_with(&u));
        assert!(!cached.inverse(&x.flip(0)).unwrap().shares_memory_with(&u));
        // x is no image of itself.
        assert!(!cached.forward(&x).unwrap().shares_memory_with(&u));
    }

    #[test]
    fn what_is_remembered_passes_through_chains_and_densities() {
        let (softplus, affine) = (Cached::new(Softplus).unwrap(), Cached::new(Affine::new(1.0, 0.3)).unwrap());
        let chain = Chain::new(vec![Arc::new(affine), Arc::new(softplus)]);
        let u = Tensor::from([0.3, -40.0]);
        let x = chain.forward(&u).unwrap();
        assert!(chain.inverse(&x).unwrap().shares_memory_with(&u));
        // The digits of u = −40 are lost in x.
        assert!(!chain.inverse(&x.without_preimage()).unwrap().get(1).item().is_finite());
        let distribution = Normal::new(Tensor::zeros(2), 1.0).transform(chain.clone()).unwrap();
        let want = Normal::new(0.0, 1.0).unwrap().log_prob(&u).unwrap() - chain.forward_and_log_det(&u).unwrap().1;
        assert_eq!(distribution.log_prob(&x).unwrap(), want);
    }

    /// Gradients by the argument and by the bijector's parameters.
    #[test]
    fn gradients_are_those_of_the_inverse() {
        let round_trip = |is_remembered: bool| {
            move |inputs: &[Tensor]| {
                let cached = Cached::new(Affine::new(&inputs[1], &inputs[2]))?;
                let x = cached.forward(&inputs[0])?;
                let x = if is_remembered { x } else { x.without_preimage() };
                let (u, log_det) = cached.inverse_and_log_det(&x)?;
                Ok((u.sin() * 3.0 + log_det * x).sum())
            }
        };
        let inputs = [Tensor::from([0.7, -1.1]), Tensor::from(0.3), Tensor::from(1.7)];
        let (value, gradients) = grad(round_trip(true), &inputs).unwrap();
        let (wanted, want) = grad(round_trip(false), &inputs).unwrap();
        assert!((value - wanted).abs() < 1e-14);
        for (gradient, want) in gradients.iter().zip(&want) {
            assert!((gradient - want).abs().max() < 1e-14, "{gradient} {want}");
        }
        assert_program_is_tape("a remembered value", &inputs, round_trip(true));
    }

    /// A loop that maps its value again and again holds a bounded number of values.
    #[test]
    fn chains_of_memories_are_cut() {
        let cached = Cached::new(Affine::new(0.1, 0.9)).unwrap();
        let mut x = Tensor::from([0.7, -1.1]);
        for _ in 0..100 {
            x = cached.forward(&x).unwrap();
        }
        let mut steps = 0;
        while let Some((earlier, _)) = x.preimage_by(cached.map) {
            x = earlier;
            steps += 1;
        }
        assert!((1..=9).contains(&steps), "{steps}");
    }
}
