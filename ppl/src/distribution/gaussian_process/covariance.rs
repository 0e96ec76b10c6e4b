//! Covariance matrices.

use super::kernel::spread;
use crate::{Constraint, Result, Tensor, check};

/// Matrices with an amount added to the diagonal of each.
pub(super) fn add_to_diagonal(matrices: &Tensor, amounts: &Tensor) -> Result<Tensor> {
    let size = matrices.shape()[matrices.rank() - 1];
    matrices.try_add(spread(amounts, 2)?.try_mul(Tensor::eye(size))?)
}

/// A Aᵀ, exactly symmetric.
pub(super) fn outer_square(a: &Tensor) -> Result<Tensor> {
    let product = a.try_matmul(a.try_transpose()?)?;
    product.try_tril(0)?.try_add(product.try_tril(-1)?.try_transpose()?)
}

/// Covariance matrices with the variance of noise on the diagonal, NaN for a tracked variance that is negative.
pub(super) fn with_noise(user: &'static str, covariance: &Tensor, variance: &Tensor) -> Result<Tensor> {
    let (batch, matrix) = covariance.shape().split_event(2);
    let batch = check::broadcast(user, &batch, &variance.shape())?;
    if !variance.is_tracked() && variance.is_known_to_be_all(0.0) {
        return covariance.try_broadcast_to(batch.concat(&matrix));
    }
    add_to_diagonal(covariance, &check::or_nan(variance, &Constraint::NonNegative))
}
