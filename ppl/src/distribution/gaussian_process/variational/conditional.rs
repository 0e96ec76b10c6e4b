//! The values of a process at some points, given those at the inducing points.

use super::VariationalGaussianProcess;
use crate::distribution::gaussian_process::marginal::Marginal;
use crate::distribution::{GaussianProcess, Moments, MultivariateNormal};
use crate::{Constraint, Result, Tensor, check};

/// Of values at some points: their mean, and two parts of their covariance.
pub(super) struct Conditional {
    pub(super) loc: Tensor,
    /// L⁻¹ K_zx, with L Lᵀ = K_zz: its square is what the inducing points explain.
    pub(super) cross: Tensor,
    /// Sᵀ K_zz⁻¹ K_zx: its square is what is uncertain of them.
    pub(super) pulled: Tensor,
}

impl Conditional {
    pub(super) fn new(
        prior: &GaussianProcess,
        inducing: &Marginal,
        variational: &MultivariateNormal,
        points: &Tensor,
    ) -> Result<Self> {
        let factor = inducing.normal()?.dense_scale_tril();
        let cross = prior.kernel().matrix(prior.index_points(), points)?;
        let cross = factor.try_triangular_solve(cross, true, false)?;
        let weights = factor.try_triangular_solve(&cross, true, true)?;
        let pulled = variational.dense_scale_tril().try_transpose()?.try_matmul(&weights)?;
        let shift = variational.mean().try_sub(inducing.loc())?.try_unsqueeze(-1)?;
        let loc = weights.try_transpose()?.try_matmul(shift)?.try_squeeze(-1)?;
        let loc = loc.try_add(prior.mean_at(VariationalGaussianProcess::NAME, points)?)?;
        Ok(Self { loc, cross, pulled })
    }
}

/// Standard deviation of the noise in the observations.
pub(super) fn noise_stddev(prior: &GaussianProcess) -> Result<Tensor> {
    let variance = prior.observation_noise_variance();
    check::parameter(VariationalGaussianProcess::NAME, "observation_noise_variance", variance, &Constraint::Positive)?;
    Ok(check::or_nan(variance, &Constraint::Positive).sqrt())
}
