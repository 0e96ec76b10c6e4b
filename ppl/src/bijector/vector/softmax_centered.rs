//! `SoftmaxCentered`: vectors onto the simplex, by the softmax function.

use crate::bijector::{Bijector, StickBreaking, real_vector, split_event};
use crate::{Constraint, Result, Shape, Tensor};

/// The softmax of K − 1 numbers and a 0: log odds against the last entry.
///
/// ```text
/// forward   x_k = e^{u_k} / (1 + Σ_j e^{u_j}),   x_K = 1 / (1 + Σ_j e^{u_j})      ln |det dx/du| = Σ_{k=1}^K ln x_k
/// inverse   u_k = ln x_k − ln x_K                                                ln |det du/dx| = −Σ_{k=1}^K ln x_k
/// ```
///
/// The determinant is that by the first K − 1 entries of x, as for [`StickBreaking`] and as densities on the simplex are
/// defined. TFP's is that by area, which is larger by ½ ln K.
///
/// # Domain and codomain
/// Vectors of K − 1 real numbers → the simplex of K entries; the last axis.
///
/// # Numerics
/// By logarithms, which the value keeps: ln x of it is right also where an entry underflows. Of normal u the image is
/// logistic-normal.
///
/// # Reference
/// TFP, `tfp.bijectors.SoftmaxCentered`; Aitchison and Shen (1980), "Logistic-normal distributions".
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, SoftmaxCentered};
///
/// let x = SoftmaxCentered.forward(&Tensor::from([2_f64.ln(), 0.0]))?;
/// assert!((x - Tensor::from([0.5, 0.25, 0.25])).abs().max() < 1e-15);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct SoftmaxCentered;

impl Bijector for SoftmaxCentered {
    fn name(&self) -> &'static str {
        "SoftmaxCentered"
    }

    fn domain(&self) -> Constraint {
        real_vector()
    }

    fn codomain(&self) -> Constraint {
        Constraint::Simplex
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        let (batch, _) = split_event("SoftmaxCentered", &u.shape(), 1)?;
        let with_zero = Tensor::concat(&[u.clone(), Tensor::zeros(batch.concat(&Shape::from(1)))], -1);
        let log_x = with_zero.log_softmax(-1);
        Ok((log_x.exp_with_origin(), log_x.sum_axis(-1)))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let shape = self.inverse_shape(&x.shape())?;
        let last = shape[shape.rank() - 1];
        let log_x = x.ln();
        let u = log_x.slice(-1, 0..last) - log_x.slice(-1, last..last + 1);
        Ok((u, -log_x.sum_axis(-1)))
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        let (batch, event) = split_event("SoftmaxCentered", shape, 1)?;
        Ok(batch.concat(&Shape::from(event.size() + 1)))
    }

    fn inverse_shape(&self, shape: &Shape) -> Result<Shape> {
        split_event("SoftmaxCentered", shape, 1)?;
        StickBreaking.inverse_shape(shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::{Coordinates, Laws, TAILS};

    #[test]
    fn laws() {
        let laws = || Laws::of(&SoftmaxCentered).codomain(Coordinates::AllButLast);
        laws().hold_at(&Tensor::from([[-2.0, 0.3, 1.7], [5.0, 0.1, -3.0]]));
        laws().hold_at(&Tensor::from([0.2]));
        laws().hold_at(&Tensor::zeros([2, 0]));
        laws().are_finite_at(3, &TAILS);
    }

    #[test]
    fn entries_that_underflow_keep_their_logarithms() {
        let u = Tensor::from([-800.0, 3.0]);
        let x = SoftmaxCentered.forward(&u).unwrap();
        assert_eq!(x.get(0), 0.0);
        assert!((SoftmaxCentered.inverse(&x).unwrap() - u).abs().max() < 1e-12);
    }
}
