//! `Softmax`: vectors that sum to 0 onto the simplex, by the softmax function.

use crate::bijector::{Bijector, split_event};
use crate::{Constraint, Error, Result, Shape, Tensor};

/// The softmax function, whose inverse is the centred log ratio.
///
/// ```text
/// forward   x_k = e^{u_k} / Σ_j e^{u_j}          ln |det dx/du| = Σ_k ln x_k + ½ ln K
/// inverse   u_k = ln x_k − (Σ_j ln x_j) / K      ln |det du/dx| = −ln |det dx/du|
/// ```
///
/// u + c has the value of u for every number c, so the function is a bijector on the vectors that sum to 0 only: the
/// inverse gives that one, and the Jacobian term belongs to it. The transformation of a distribution of other vectors is
/// refused; [`SoftmaxCentered`](crate::bijector::SoftmaxCentered) maps those of K − 1 real numbers. The determinant is
/// that by area on the plane Σ u = 0 and by the first K − 1 entries of x, as densities on these sets are defined.
///
/// # Domain and codomain
/// Vectors of K numbers that sum to 0 → the simplex of K entries; the last axis.
///
/// # Numerics
/// By logarithms, which the value keeps: ln x of it is right also where an entry underflows.
///
/// # Reference
/// Torch, `SoftmaxTransform`, whose inverse is ln x and which has no Jacobian; Aitchison (1986), "The Statistical Analysis
/// of Compositional Data", section 4.6.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, Softmax};
/// use ppl::distribution::{Distribution, DistributionExt, ZeroSumNormal};
///
/// let x = Softmax.forward(&Tensor::from([2_f64.ln(), 0.0, -2_f64.ln()]))?;
/// assert!((x * 7.0 - Tensor::from([4.0, 2.0, 1.0])).abs().max() < 1e-14);
///
/// // A logistic-normal distribution that treats all entries alike.
/// let weights = ZeroSumNormal::new(1.0, [3])?.transform(Softmax)?;
/// assert!(weights.log_prob(&Tensor::from([0.5, 0.3, 0.2]))?.item().is_finite());
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Softmax;

/// ln |det dx/du|, from the logarithms of the entries.
fn log_det(log_x: &Tensor) -> Tensor {
    let size = log_x.shape()[log_x.rank() - 1] as f64;
    log_x.sum_axis(-1) + 0.5 * size.ln()
}

impl Bijector for Softmax {
    fn name(&self) -> &'static str {
        "Softmax"
    }

    fn domain(&self) -> Constraint {
        Constraint::ZeroSum(1)
    }

    fn codomain(&self) -> Constraint {
        Constraint::Simplex
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        self.forward_shape(&u.shape())?;
        let log_x = u.log_softmax(-1);
        let log_det = log_det(&log_x);
        Ok((log_x.exp_with_origin(), log_det))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        self.inverse_shape(&x.shape())?;
        let log_x = x.ln();
        let log_det = -log_det(&log_x);
        Ok((&log_x - log_x.mean_axis(-1).unsqueeze(-1), log_det))
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        let (_, event) = split_event("Softmax", shape, 1)?;
        if event.size() == 0 {
            return Err(Error::InvalidShape {
                operation: "Softmax",
                expected: "at least one entry along the last axis".to_owned(),
                got: *shape,
            });
        }
        Ok(*shape)
    }

    fn inverse_shape(&self, shape: &Shape) -> Result<Shape> {
        self.forward_shape(shape)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::bijector::conformance::{Coordinates, Laws, TAILS};
    use crate::bijector::{Chain, ZeroSum};
    use crate::distribution::{DistributionExt, Normal};

    /// After the isometric embedding, whose Jacobian term is 0: from all entries to all but the last.
    #[test]
    fn laws() {
        let chain = Chain::new(vec![Arc::new(Softmax), Arc::new(ZeroSum::new(1))]);
        let laws = || Laws::of(&chain).codomain(Coordinates::AllButLast);
        laws().hold_at(&Tensor::from([[-2.0, 0.3, 1.7], [5.0, 0.1, -3.0]]));
        laws().hold_at(&Tensor::from([0.2]));
        laws().are_finite_at(3, &TAILS);
    }

    #[test]
    fn a_vector_has_the_value_of_its_centre() {
        let u = Tensor::from([[0.5, -1.0, 2.0], [1.0, 1.0, 1.0]]);
        let (x, log_det) = Softmax.forward_and_log_det(&u).unwrap();
        let centred = &u - u.mean_axis(-1).unsqueeze(-1);
        let (same, same_log_det) = Softmax.forward_and_log_det(&centred).unwrap();
        assert!((&x - same).abs().max() < 1e-15 && (log_det - same_log_det).abs().max() < 1e-14);
        assert!((Softmax.inverse(&x.without_preimage()).unwrap() - centred).abs().max() < 1e-14);
    }

    #[test]
    fn other_vectors_are_refused() {
        let error = Normal::new([0.0, 1.0], 1.0).unwrap().to_event(1).transform(Softmax).unwrap_err().to_string();
        assert!(error.contains("by Softmax, whose domain is"), "{error}");
        assert!(Softmax.forward(&Tensor::zeros([2, 0])).is_err());
        assert!(Softmax.forward(&Tensor::from(1.0)).is_err());
    }
}
