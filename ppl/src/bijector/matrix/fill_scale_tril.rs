//! `FillScaleTriL`: vectors onto Cholesky factors, in TFP's order of the entries.

use std::sync::Arc;

use crate::bijector::{Bijector, Chain, FillTriangular, IntoBijector, Shift, Softplus, TransformDiagonal, real_vector};
use crate::{Constraint, IntoTensor, Result, Shape, Tensor};

/// [`FillTriangular`], and a bijector and a shift of the diagonal.
///
/// ```text
/// forward   L = FillTriangular(u),   x_ij = L_ij (i > j),   x_ii = f(L_ii) + shift      ln |det dx/du| = Σ ln |f'(L_ii)|
/// inverse   L_ij = x_ij,   L_ii = f⁻¹(x_ii − shift),   u = FillTriangular⁻¹(L)          ln |det du/dx| = −Σ ln |f'(L_ii)|
/// ```
///
/// The determinant is that by the lower triangle of x.
///
/// # Domain and codomain
/// Vectors of n (n + 1) / 2 real numbers → lower triangular n × n matrices, with a diagonal in the codomain of f, shifted.
///
/// # Numerics
/// A small shift, such as the default's 1e-5, keeps the factor away from singular ones.
///
/// # Reference
/// TFP, `tfp.bijectors.FillScaleTriL`; its older name is `ScaleTriL`. NumPyro's order of the entries:
/// [`SoftplusLowerCholesky`](crate::bijector::SoftplusLowerCholesky).
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, Exp, FillScaleTriL};
///
/// let factor = FillScaleTriL::new(Exp, 0.0)?.forward(&Tensor::from([0.0, 2.0, 0.0]))?;
/// assert_eq!(factor, Tensor::from([[1.0, 0.0], [2.0, 1.0]]));
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct FillScaleTriL {
    chain: Chain,
    is_positive: bool,
}

impl FillScaleTriL {
    /// The map whose diagonal goes through `diagonal` and is then shifted.
    ///
    /// # Errors
    /// Those of building the bijector; one that is not a map of numbers or vectors; a shift that is not finite.
    pub fn new(diagonal: impl IntoBijector, shift: impl IntoTensor) -> Result<Self> {
        let (diagonal, shift) = (diagonal.into_bijector()?, shift.into_tensor());
        let is_positive = match diagonal.codomain() {
            Constraint::Positive | Constraint::NonNegative => {
                shift.is_tracked() || shift.elements().iter().all(|&shift| shift >= 0.0)
            }
            _ => false,
        };
        let shifted = Chain::new(vec![Arc::new(Shift::new(shift)?), diagonal]);
        let parts: Vec<Arc<dyn Bijector>> =
            vec![Arc::new(TransformDiagonal::new(shifted)?), Arc::new(FillTriangular::lower())];
        Ok(Self { chain: Chain::new(parts), is_positive })
    }
}

impl Default for FillScaleTriL {
    /// TFP's: a softplus, and a shift of 1e-5.
    fn default() -> Self {
        match Self::new(Softplus, 1e-5) {
            Ok(default) => default,
            Err(error) => unreachable!("a softplus is a map of numbers: {error}"),
        }
    }
}

impl Bijector for FillScaleTriL {
    fn name(&self) -> &'static str {
        "FillScaleTriL"
    }

    fn domain(&self) -> Constraint {
        real_vector()
    }

    fn codomain(&self) -> Constraint {
        if self.is_positive { Constraint::LowerCholesky } else { Constraint::LowerTriangular }
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        self.chain.forward_and_log_det(u)
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        self.chain.inverse_and_log_det(x)
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        self.chain.forward_shape(shape)
    }

    fn inverse_shape(&self, shape: &Shape) -> Result<Shape> {
        self.chain.inverse_shape(shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::{Coordinates, Laws, TAILS};
    use crate::bijector::{Exp, Identity};

    #[test]
    fn laws() {
        fn laws(bijector: &FillScaleTriL) -> Laws<'_> {
            Laws::of(bijector).codomain(Coordinates::LowerTriangle)
        }
        let u = Tensor::from([[-2.0, 0.3, 1.7, 0.4, -1.0, 2.0], [5.0, 0.1, -3.0, 1.0, 2.0, 0.0]]);
        laws(&FillScaleTriL::default()).hold_at(&u);
        laws(&FillScaleTriL::new(Exp, 0.3).unwrap()).hold_at(&u);
        laws(&FillScaleTriL::new(Exp, 0.0).unwrap()).are_finite_at(3, &TAILS);
        laws(&FillScaleTriL::new(Identity, 0.0).unwrap()).hold_at(&u);
    }
}
