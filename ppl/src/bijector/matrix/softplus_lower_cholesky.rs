//! `SoftplusLowerCholesky`: vectors onto Cholesky factors, whose diagonal is a softplus.

use super::lower_cholesky::{forward, inverse};
use super::triangle;
use crate::bijector::{Bijector, Softplus, real_vector};
use crate::{Constraint, Result, Shape, Tensor};

/// [`LowerCholesky`](crate::bijector::LowerCholesky) with a softplus in place of the exponential function.
///
/// ```text
/// u = (u_21, u_31, u_32, u_41, …, u_n(n−1),  d_1, …, d_n)
/// forward   L_ij = u_ij (i > j),   L_ii = ln(1 + e^{d_i})           ln |det dL/du| = Σ ln sigmoid(d_i)
/// inverse   u_ij = L_ij,           d_i = L_ii + ln(1 − e^{−L_ii})   ln |det du/dL| = −Σ ln(1 − e^{−L_ii})
/// ```
///
/// # Domain and codomain
/// Vectors of n (n + 1) / 2 real numbers → lower triangular n × n matrices with a positive diagonal.
///
/// # Numerics
/// Those of [`Softplus`]: large diagonals move by addition, not by multiplication.
///
/// # Reference
/// NumPyro, `numpyro.distributions.transforms.SoftplusLowerCholeskyTransform`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, SoftplusLowerCholesky};
///
/// let factor = SoftplusLowerCholesky.forward(&Tensor::from([3.0, 0.0, 100.0]))?;
/// assert_eq!(factor, Tensor::from([[2_f64.ln(), 0.0], [3.0, 100.0]]));
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct SoftplusLowerCholesky;

impl Bijector for SoftplusLowerCholesky {
    fn name(&self) -> &'static str {
        "SoftplusLowerCholesky"
    }

    fn domain(&self) -> Constraint {
        real_vector()
    }

    fn codomain(&self) -> Constraint {
        Constraint::LowerCholesky
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        forward("SoftplusLowerCholesky", u, |diagonal| Softplus.forward_and_log_det(diagonal))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        inverse("SoftplusLowerCholesky", x, |diagonal| Softplus.inverse_and_log_det(diagonal))
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        let (batch, size) = triangle::matrix_size("SoftplusLowerCholesky", shape)?;
        Ok(batch.concat(&Shape::from([size, size])))
    }

    fn inverse_shape(&self, shape: &Shape) -> Result<Shape> {
        let (batch, size) = triangle::square("SoftplusLowerCholesky", shape)?;
        Ok(batch.concat(&Shape::from(triangle::entries(size))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::{Coordinates, Laws, TAILS};

    #[test]
    fn laws() {
        let laws = || Laws::of(&SoftplusLowerCholesky).codomain(Coordinates::LowerTriangle);
        laws().hold_at(&Tensor::from([[-2.0, 0.3, 1.7, 0.4, -1.0, 2.0], [5.0, 0.1, -3.0, 1.0, 2.0, 0.0]]));
        laws().hold_at(&Tensor::from([0.2]));
        laws().hold_at(&Tensor::from([0.2, -1.0, 1.0]));
        laws().are_finite_at(3, &TAILS);
    }
}
