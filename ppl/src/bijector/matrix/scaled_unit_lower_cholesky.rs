//! `ScaledUnitLowerCholesky`: vectors onto Cholesky factors, as scales times unit triangular matrices.

use super::lower_cholesky::{forward, inverse};
use super::triangle;
use crate::bijector::{Bijector, Softplus, real_vector};
use crate::{Constraint, Result, Shape, Tensor};

/// A lower triangular matrix with a diagonal of ones, whose rows are multiplied by positive scales.
///
/// ```text
/// u = (u_21, u_31, u_32, u_41, …, u_n(n−1),  d_1, …, d_n),   s_i = ln(1 + e^{d_i})
/// forward   L_ij = s_i u_ij (i > j),   L_ii = s_i     ln |det dL/du| = Σ_i [ln sigmoid(d_i) + (i − 1) ln s_i]
/// inverse   u_ij = L_ij / L_ii,        s_i = L_ii     ln |det du/dL| = −ln |det dL/du|
/// ```
///
/// The determinant is that by the lower triangle of L. The covariance matrix of L has the variances s_i² (1 + Σ_j u_ij²): a
/// scale moves a whole row, and correlations depend on the u_ij alone.
///
/// # Domain and codomain
/// Vectors of n (n + 1) / 2 real numbers → lower triangular n × n matrices with a positive diagonal.
///
/// # Numerics
/// Those of [`Softplus`]. The logarithm of a scale is taken of the scale: below d = −745 it underflows to 0.
///
/// # Reference
/// NumPyro, `numpyro.distributions.transforms.ScaledUnitLowerCholeskyTransform`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, ScaledUnitLowerCholesky};
///
/// let factor = ScaledUnitLowerCholesky.forward(&Tensor::from([0.5, 0.0, 100.0]))?;
/// assert_eq!(factor, Tensor::from([[2_f64.ln(), 0.0], [50.0, 100.0]]));
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct ScaledUnitLowerCholesky;

const NAME: &str = "ScaledUnitLowerCholesky";

/// Σ_i (i − 1) ln s_i, of the scales along the last axis.
fn log_det_of_rows(scales: &Tensor) -> Result<Tensor> {
    let size = scales.shape()[scales.rank() - 1];
    scales.ln().try_mul(Tensor::arange(size))?.try_sum_axis(-1)
}

impl Bijector for ScaledUnitLowerCholesky {
    fn name(&self) -> &'static str {
        NAME
    }

    fn domain(&self) -> Constraint {
        real_vector()
    }

    fn codomain(&self) -> Constraint {
        Constraint::LowerCholesky
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        let (unscaled, of_scales) = forward(NAME, u, |diagonal| Softplus.forward_and_log_det(diagonal))?;
        let scales = unscaled.diagonal();
        let unit = unscaled.tril(-1).try_add(Tensor::eye(scales.shape()[scales.rank() - 1]))?;
        Ok((unit.try_mul(scales.unsqueeze(-1))?, of_scales.try_add(log_det_of_rows(&scales)?)?))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let (_, size) = triangle::square(NAME, &x.shape())?;
        let scales = x.diagonal();
        let below = x.try_div(scales.unsqueeze(-1))?.tril(-1);
        let unscaled = below.try_add(Tensor::eye(size).try_mul(scales.unsqueeze(-1))?)?;
        let (u, of_scales) = inverse(NAME, &unscaled, |diagonal| Softplus.inverse_and_log_det(diagonal))?;
        Ok((u, of_scales.try_sub(log_det_of_rows(&scales)?)?))
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        let (batch, size) = triangle::matrix_size(NAME, shape)?;
        Ok(batch.concat(&Shape::from([size, size])))
    }

    fn inverse_shape(&self, shape: &Shape) -> Result<Shape> {
        let (batch, size) = triangle::square(NAME, shape)?;
        Ok(batch.concat(&Shape::from(triangle::entries(size))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::{Coordinates, Laws};

    #[test]
    fn laws() {
        let laws = || Laws::of(&ScaledUnitLowerCholesky).codomain(Coordinates::LowerTriangle);
        laws().hold_at(&Tensor::from([[-2.0, 0.3, 1.7, 0.4, -1.0, 2.0], [5.0, 0.1, -3.0, 1.0, 2.0, 0.0]]));
        laws().hold_at(&Tensor::from([0.2]));
        laws().hold_at(&Tensor::from([0.2, -1.0, 1.0]));
        laws().are_finite_at(3, &[-300.0, -50.0, 50.0, 300.0]);
    }

    #[test]
    fn what_is_no_matrix_is_refused() {
        assert!(ScaledUnitLowerCholesky.inverse(&Tensor::zeros([2, 3])).is_err());
        assert!(ScaledUnitLowerCholesky.forward(&Tensor::zeros(2)).is_err());
    }
}
