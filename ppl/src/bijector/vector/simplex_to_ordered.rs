//! `SimplexToOrdered`: the simplex onto increasing vectors.

use crate::bijector::{Bijector, split_event};
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor, check};

/// The cut points of an ordered logistic model with these probabilities of the K categories.
///
/// ```text
/// forward   x_k = anchor + ln Σ_{j≤k} u_j − ln Σ_{j>k} u_j,   k < K     ln |det dx/du| = −Σ_k ln Σ_{j≤k} u_j + ln Σ_{j>k} u_j
/// inverse   u_k = sigmoid(x_k − anchor) − sigmoid(x_{k−1} − anchor)     ln |det du/dx| = Σ_k ln sigmoid'(x_k − anchor)
/// ```
///
/// The determinant is that by the first K − 1 entries of the simplex. With a
/// [`Dirichlet`](crate::distribution::Dirichlet) as its base it is the induced Dirichlet prior of cut points.
///
/// # Domain and codomain
/// The simplex of K ≥ 2 entries → increasing vectors of K − 1 numbers; the last axis. The anchor broadcasts against the
/// batch.
///
/// # Numerics
/// Sums from both sides, so that neither tail is subtracted from 1; the inverse's difference of sigmoids is
/// sigmoid(b) sigmoid(−a) (1 − e^{a−b}), by logarithms, which the value keeps.
///
/// # Reference
/// NumPyro, `numpyro.distributions.transforms.SimplexToOrderedTransform`; Betancourt (2019), "Ordinal regression", section
/// 2.2.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, SimplexToOrdered};
///
/// let cut_points = SimplexToOrdered::new(0.0)?.forward(&Tensor::from([0.25, 0.5, 0.25]))?;
/// assert!((cut_points - Tensor::from([-(3_f64.ln()), 3_f64.ln()])).abs().max() < 1e-15);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct SimplexToOrdered {
    anchor: Tensor,
}

impl SimplexToOrdered {
    /// The cut points about this anchor: the predictor at which the probabilities hold.
    ///
    /// # Errors
    /// An anchor that is not finite.
    pub fn new(anchor: impl IntoTensor) -> Result<Self> {
        let anchor = anchor.into_tensor();
        check::elements("SimplexToOrdered", "anchor", &anchor, "finite", f64::is_finite)?;
        Ok(Self { anchor })
    }

    /// The shape with this many entries more or less along the last axis, which has `least` at least.
    fn resized(&self, shape: &Shape, least: usize, resize: impl Fn(usize) -> usize) -> Result<Shape> {
        let (batch, event) = split_event("SimplexToOrdered", shape, 1)?;
        if event.size() < least {
            return Err(Error::InvalidShape {
                operation: "SimplexToOrdered",
                expected: format!("at least {least} entries along the last axis"),
                got: *shape,
            });
        }
        let batch = check::broadcast("SimplexToOrdered", &self.anchor.shape(), &batch)?;
        Ok(batch.concat(&Shape::from(resize(event.size()))))
    }
}

impl Bijector for SimplexToOrdered {
    fn name(&self) -> &'static str {
        "SimplexToOrdered"
    }

    fn domain(&self) -> Constraint {
        Constraint::Simplex
    }

    fn codomain(&self) -> Constraint {
        Constraint::OrderedVector
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        let (batch, event) = self.forward_shape(&u.shape())?.split_event(1);
        let size = event.size();
        let log_below = u.slice(-1, 0..size).cumsum(-1).ln();
        let log_above = u.slice(-1, 1..size + 1).flip(-1).cumsum(-1).flip(-1).ln();
        let x = &log_below - &log_above + self.anchor.unsqueeze(-1);
        Ok((x, -(log_below + log_above).sum_axis(-1).broadcast_to(batch)))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        self.inverse_shape(&x.shape())?;
        let logit = x - self.anchor.unsqueeze(-1);
        let size = logit.shape()[logit.rank() - 1];
        let (log_below, log_above) = (logit.log_sigmoid(), (-&logit).log_sigmoid());
        let log_det = (&log_below + &log_above).sum_axis(-1);
        let mut parts = vec![log_below.slice(-1, 0..1), log_above.slice(-1, size - 1..size)];
        if size > 1 {
            let log_gap = (-logit.diff(-1)).log1mexp();
            parts.insert(1, log_below.slice(-1, 1..size) + log_above.slice(-1, 0..size - 1) + log_gap);
        }
        Ok((Tensor::concat(&parts, -1).exp_with_origin(), log_det))
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        self.resized(shape, 2, |size| size - 1)
    }

    fn inverse_shape(&self, shape: &Shape) -> Result<Shape> {
        self.resized(shape, 1, |size| size + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::{Coordinates, Laws};
    use crate::distribution::{Dirichlet, Distribution, DistributionExt};

    #[test]
    fn laws() {
        fn laws(bijector: &SimplexToOrdered) -> Laws<'_> {
            Laws::of(bijector).domain(Coordinates::AllButLast)
        }
        let u = Tensor::from([[0.2, 0.3, 0.5], [0.01, 0.98, 0.01]]);
        laws(&SimplexToOrdered::new(0.7).unwrap()).hold_at(&u);
        laws(&SimplexToOrdered::new([0.7, -1.0]).unwrap()).hold_at(&u);
        laws(&SimplexToOrdered::new([0.7, -1.0]).unwrap()).hold_at(&u.get(0));
        laws(&SimplexToOrdered::new(0.0).unwrap()).hold_at(&Tensor::from([0.2, 0.8]));
        // Almost all mass in one entry: probabilities that 1 has no room for.
        for tiny in [1e-300, 1e-20] {
            let events = [[1.0, tiny, tiny], [tiny, 1.0, tiny], [tiny, tiny, 1.0]].map(Tensor::from);
            laws(&SimplexToOrdered::new(0.7).unwrap()).are_finite_for(events);
        }
    }

    #[test]
    fn tails_are_not_subtracted_from_one() {
        let cut_points = Tensor::from([-200.0, 150.0]);
        let bijector = SimplexToOrdered::new(0.0).unwrap();
        let probabilities = bijector.inverse(&cut_points).unwrap();
        assert!((probabilities.get(2).item() / (-150_f64).exp() - 1.0).abs() < 1e-13);
        assert!((bijector.forward(&probabilities).unwrap() - cut_points).abs().max() < 1e-12);
    }

    /// The induced Dirichlet prior, with the density of the order statistics' logits for concentrations of 1.
    #[test]
    fn a_uniform_simplex_has_logistic_order_statistics() {
        let prior = Dirichlet::new([1.0, 1.0, 1.0]).transform(SimplexToOrdered::new(0.0)).unwrap();
        let x = Tensor::from([-0.3, 1.2]);
        let log_logistic = |x: f64| -x - 2.0 * (-x).exp().ln_1p();
        let want = 2_f64.ln() + log_logistic(-0.3) + log_logistic(1.2);
        assert!((prior.log_prob(&x).unwrap().item() - want).abs() < 1e-14);
    }

    #[test]
    fn a_simplex_of_one_entry_has_no_cut_points() {
        let error = SimplexToOrdered::new(0.0).unwrap().forward(&Tensor::from([1.0])).unwrap_err().to_string();
        assert_eq!(error, "SimplexToOrdered: expected at least 2 entries along the last axis, got shape [1]");
    }
}
