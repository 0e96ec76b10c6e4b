//! A normal distribution of vectors by a matrix with all entries.

use super::batch_of_vectors;
use crate::bijector::{Bijector, LowerCholeskyAffine};
use crate::distribution::multivariate::factored::{Factored, Given};
use crate::distribution::sampling::noise::standard_normal;
use crate::random::Rng;
use crate::{Constraint, Result, Shape, Tensor, check};

/// The covariance, and the map from standard normal vectors.
#[derive(Clone, Debug)]
pub(super) struct Dense {
    covariance: Factored,
    affine: LowerCholeskyAffine,
}

impl Dense {
    pub(super) fn new(loc: Tensor, name: &'static str, given: Tensor, form: Given) -> Result<Self> {
        const NAME: &str = "MultivariateNormal";
        check::constants(NAME, &[("loc", &loc, Constraint::Real)])?;
        let covariance = Factored::new(NAME, name, given, form)?;
        batch_of_vectors(NAME, &loc, covariance.size())?;
        let affine = LowerCholeskyAffine::unchecked(NAME, loc, covariance.factor().clone())?;
        Ok(Self { covariance, affine })
    }

    pub(super) fn loc(&self) -> &Tensor {
        self.affine.loc()
    }

    pub(super) fn parameters(&self) -> Vec<check::Parameter<'_>> {
        vec![self.covariance.parameter()]
    }

    pub(super) fn shapes(&self) -> (Shape, Shape) {
        self.affine.parameter_shape()
    }

    pub(super) fn scale_tril(&self) -> &Tensor {
        self.covariance.factor()
    }

    pub(super) fn sample(&self, rng: &mut Rng, shape: Shape) -> Result<Tensor> {
        self.covariance.check_before_draw()?;
        self.affine.forward(&standard_normal(rng, shape))
    }

    pub(super) fn squared_distance(&self, value: &Tensor) -> Result<Tensor> {
        Ok(self.affine.inverse(value)?.square().sum_axis(-1))
    }

    pub(super) fn log_scale(&self) -> Tensor {
        self.affine.log_scale()
    }

    pub(super) fn variance(&self) -> Tensor {
        self.covariance.diagonal()
    }

    pub(super) fn covariance(&self) -> Tensor {
        self.covariance.matrix()
    }

    /// |L⁻¹ R|².
    pub(super) fn trace_of_ratio(&self, root: &Tensor) -> Result<Tensor> {
        Ok(self.covariance.divide(root)?.square().sum_rightmost(2))
    }
}
