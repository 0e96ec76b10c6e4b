//! A normal distribution of vectors whose entries are independent.

use super::batch_of_vectors;
use crate::distribution::sampling::noise::standard_normal;
use crate::random::Rng;
use crate::{Constraint, Error, Result, Shape, Tensor, check};

/// The standard deviations of the entries.
#[derive(Clone, Debug)]
pub(super) struct Diagonal {
    loc: Tensor,
    /// As they were given.
    scale_diag: Tensor,
    /// NaN where they are not positive while they are being differentiated.
    checked: Tensor,
    batch: Shape,
    size: usize,
}

impl Diagonal {
    pub(super) fn new(loc: Tensor, scale_diag: Tensor) -> Result<Self> {
        let Some(&size) = scale_diag.shape().last().filter(|&&size| size > 0) else {
            return Err(Error::InvalidShape {
                operation: "MultivariateNormal",
                expected: "standard deviations along the last axis".to_owned(),
                got: scale_diag.shape(),
            });
        };
        let batch = batch_of_vectors("MultivariateNormal", &loc, size)?;
        let batch = check::broadcast("MultivariateNormal", &batch, &scale_diag.shape().split_event(1).0)?;
        let checked = check::or_nan(&scale_diag, &Constraint::Positive);
        let form = Self { loc, scale_diag, checked, batch, size };
        check::constants("MultivariateNormal", &[("loc", &form.loc, Constraint::Real)])?;
        check::constants("MultivariateNormal", &form.parameters())?;
        Ok(form)
    }

    pub(super) fn loc(&self) -> &Tensor {
        &self.loc
    }

    pub(super) fn parameters(&self) -> Vec<check::Parameter<'_>> {
        vec![("scale_diag", &self.scale_diag, Constraint::Positive)]
    }

    pub(super) fn shapes(&self) -> (Shape, Shape) {
        (self.batch, Shape::from(self.size))
    }

    pub(super) fn sample(&self, rng: &mut Rng, shape: Shape) -> Result<Tensor> {
        check::all("MultivariateNormal", &self.parameters())?;
        standard_normal(rng, shape).try_mul(&self.scale_diag)?.try_add(&self.loc)
    }

    pub(super) fn squared_distance(&self, value: &Tensor) -> Result<Tensor> {
        Ok(value.try_sub(&self.loc)?.try_div(&self.checked)?.square().sum_axis(-1))
    }

    pub(super) fn log_scale(&self) -> Tensor {
        self.checked.ln().sum_axis(-1)
    }

    pub(super) fn variance(&self) -> Tensor {
        self.checked.square()
    }

    /// diag(scale_diag), a root of the covariance.
    pub(super) fn scale_tril(&self) -> Tensor {
        Tensor::eye(self.size) * self.checked.unsqueeze(-1)
    }

    pub(super) fn covariance(&self) -> Tensor {
        Tensor::eye(self.size) * self.variance().unsqueeze(-1)
    }

    /// Σ σ_i² / scale_i², by the variances of the other distribution.
    pub(super) fn trace_of_ratio(&self, standard_deviations: &Tensor) -> Result<Tensor> {
        Ok(standard_deviations.try_div(&self.checked)?.square().sum_axis(-1))
    }
}
