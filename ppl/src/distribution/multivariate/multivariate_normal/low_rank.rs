//! A normal distribution of vectors that share a few factors.

use super::batch_of_vectors;
use crate::distribution::multivariate::rows_times;
use crate::distribution::sampling::noise::standard_normal;
use crate::random::Rng;
use crate::{Constraint, Error, Result, Shape, Tensor, check};

/// The factor W and the diagonal D of the covariance W Wᵀ + D, and what densities need of them.
///
/// With V = D^(−½) W and the capacitance matrix C = I + Vᵀ V, which is small,
///
/// ```text
/// |covariance| = |C| |D|,   xᵀ covariance⁻¹ x = |y − V m|² + |m|²,   y = D^(−½) x,   m = C⁻¹ Vᵀ y
/// ```
///
/// m is the posterior mean of the factors. The sum of squares is the least at m, so that its round-off counts in second
/// order only, where the Woodbury identity would subtract two large numbers.
#[derive(Clone, Debug)]
pub(super) struct LowRank {
    loc: Tensor,
    cov_factor: Tensor,
    cov_diag: Tensor,
    /// D^½.
    deviations: Tensor,
    /// V.
    factor: Tensor,
    /// (C⁻¹ Vᵀ)ᵀ.
    regression: Tensor,
    /// ½ ln |covariance|.
    log_scale: Tensor,
    batch: Shape,
    size: usize,
}

/// The diagonal, with NaN where it is not positive while it is being differentiated.
fn checked(cov_diag: &Tensor) -> Tensor {
    check::or_nan(cov_diag, &Constraint::Positive)
}

impl LowRank {
    pub(super) fn new(loc: Tensor, cov_factor: Tensor, cov_diag: Tensor) -> Result<Self> {
        const NAME: &str = "MultivariateNormal";
        let (size, rank) = match cov_factor.shape().dims() {
            &[.., size, rank] if size > 0 && rank > 0 => (size, rank),
            _ => {
                return Err(Error::InvalidShape {
                    operation: NAME,
                    expected: "a factor of n rows and r columns in the last two axes of `cov_factor`".to_owned(),
                    got: cov_factor.shape(),
                });
            }
        };
        if cov_diag.shape().last() != Some(&size) {
            return Err(Error::ShapeMismatch {
                operation: NAME,
                relation: "have the same number of rows",
                left: cov_factor.shape(),
                right: cov_diag.shape(),
            });
        }
        let batches = [cov_factor.shape().split_event(2).0, cov_diag.shape().split_event(1).0];
        let batch = batches
            .iter()
            .try_fold(batch_of_vectors(NAME, &loc, size)?, |all, batch| check::broadcast(NAME, &all, batch))?;
        check::constants(
            NAME,
            &[
                ("loc", &loc, Constraint::Real),
                ("cov_factor", &cov_factor, Constraint::Real),
                ("cov_diag", &cov_diag, Constraint::Positive),
            ],
        )?;
        let variances = checked(&cov_diag);
        let deviations = variances.sqrt();
        let factor = cov_factor.try_div(deviations.unsqueeze(-1))?;
        let capacitance = factor.transpose().try_matmul(&factor)?.try_add(Tensor::eye(rank))?.try_cholesky()?;
        let half = capacitance.try_triangular_solve(factor.transpose(), true, false)?;
        let regression = capacitance.try_triangular_solve(half, true, true)?.transpose();
        let log_scale = capacitance.diagonal().ln().sum_axis(-1).try_add(variances.ln().sum_axis(-1) * 0.5)?;
        Ok(Self { loc, cov_factor, cov_diag, deviations, factor, regression, log_scale, batch, size })
    }

    pub(super) fn loc(&self) -> &Tensor {
        &self.loc
    }

    pub(super) fn parameters(&self) -> Vec<check::Parameter<'_>> {
        vec![("cov_factor", &self.cov_factor, Constraint::Real), ("cov_diag", &self.cov_diag, Constraint::Positive)]
    }

    pub(super) fn shapes(&self) -> (Shape, Shape) {
        (self.batch, Shape::from(self.size))
    }

    pub(super) fn sample(&self, rng: &mut Rng, shape: Shape) -> Result<Tensor> {
        check::all("MultivariateNormal", &self.parameters())?;
        let own = standard_normal(rng, shape).try_mul(&self.deviations)?;
        let rank = self.cov_factor.shape()[self.cov_factor.rank() - 1];
        let factors = standard_normal(rng, shape.split_event(1).0.concat(&Shape::from(rank)));
        rows_times(&factors, &self.cov_factor.transpose())?.try_add(own)?.try_add(&self.loc)
    }

    pub(super) fn squared_distance(&self, value: &Tensor) -> Result<Tensor> {
        let y = value.try_sub(&self.loc)?.try_div(&self.deviations)?;
        let m = rows_times(&y, &self.regression)?;
        let residual = y.try_sub(rows_times(&m, &self.factor.transpose())?)?;
        residual.square().sum_axis(-1).try_add(m.square().sum_axis(-1))
    }

    pub(super) fn log_scale(&self) -> Tensor {
        self.log_scale.clone()
    }

    pub(super) fn variance(&self) -> Tensor {
        self.cov_factor.square().sum_axis(-1) + checked(&self.cov_diag)
    }

    pub(super) fn covariance(&self) -> Tensor {
        let own = Tensor::eye(self.size) * checked(&self.cov_diag).unsqueeze(-1);
        self.cov_factor.matmul(self.cov_factor.transpose()) + own
    }

    /// The n × (r + n) matrix (W, D^½).
    pub(super) fn root(&self) -> Tensor {
        let own = Tensor::eye(self.size) * self.deviations.unsqueeze(-1);
        let rank = self.cov_factor.shape()[self.cov_factor.rank() - 1];
        let factor = self.cov_factor.broadcast_to(self.batch.concat(&Shape::from([self.size, rank])));
        Tensor::concat(&[factor, own.broadcast_to(self.batch.concat(&Shape::from([self.size, self.size])))], -1)
    }

    /// As the squared distance, of all columns of a root.
    pub(super) fn trace_of_ratio(&self, root: &Tensor) -> Result<Tensor> {
        let y = root.try_div(self.deviations.unsqueeze(-1))?;
        let m = self.regression.transpose().try_matmul(&y)?;
        let residual = y.try_sub(self.factor.try_matmul(&m)?)?;
        residual.square().sum_rightmost(2).try_add(m.square().sum_rightmost(2))
    }
}
