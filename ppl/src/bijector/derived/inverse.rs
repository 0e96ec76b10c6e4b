//! `Inverse`: a bijector turned around.

use std::sync::Arc;

use crate::bijector::Bijector;
use crate::{Constraint, Result, Shape, Tensor};

/// A bijector with its two directions swapped.
///
/// ```text
/// forward   x = f⁻¹(u)    ln |det dx/du| = that of the base's inverse
/// inverse   u = f(x)      ln |det du/dx| = that of the base's forward map
/// ```
///
/// # Domain and codomain
/// The base's codomain → the base's domain.
///
/// # Numerics
/// Those of the base.
///
/// # Reference
/// TFP, `tfp.bijectors.Invert`; torch, `Transform.inv`.
///
/// # Example
/// ```
/// use std::sync::Arc;
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, Exp, Inverse};
///
/// let ln = Inverse::new(Arc::new(Exp));
/// assert_eq!(ln.forward(&Tensor::from(1.0))?, 0.0);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Inverse {
    base: Arc<dyn Bijector>,
}

impl Inverse {
    /// The inverse of this bijector.
    #[must_use]
    pub fn new(base: Arc<dyn Bijector>) -> Self {
        Self { base }
    }
}

impl Bijector for Inverse {
    fn name(&self) -> &'static str {
        "Inverse"
    }

    fn domain(&self) -> Constraint {
        self.base.codomain()
    }

    fn codomain(&self) -> Constraint {
        self.base.domain()
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        self.base.inverse_and_log_det(u)
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        self.base.forward_and_log_det(x)
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        self.base.inverse_shape(shape)
    }

    fn inverse_shape(&self, shape: &Shape) -> Result<Shape> {
        self.base.forward_shape(shape)
    }

    fn forward(&self, u: &Tensor) -> Result<Tensor> {
        self.base.inverse(u)
    }

    fn inverse(&self, x: &Tensor) -> Result<Tensor> {
        self.base.forward(x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::{Coordinates, Laws};
    use crate::bijector::{Affine, Exp, LowerCholesky, Softplus};

    #[test]
    fn laws() {
        Laws::of(&Inverse::new(Arc::new(Exp))).hold_at(&Tensor::from([0.2, 1.0, 1e200]));
        Laws::of(&Inverse::new(Arc::new(Softplus))).hold_at(&Tensor::from([0.2, 1.0, 1e200]));
        Laws::of(&Inverse::new(Arc::new(Affine::new([1.0, 2.0], 3.0).unwrap()))).hold_at(&Tensor::from(0.3));
        Laws::of(&Inverse::new(Arc::new(LowerCholesky)))
            .domain(Coordinates::LowerTriangle)
            .hold_at(&Tensor::from([[1.7, 0.0], [0.4, 0.3]]));
    }
}
