//! Positive definite matrices that distributions hold by their Cholesky factors.

use crate::distribution::density::vector;
use crate::tensor::record;
use crate::{Constraint, Error, Result, Shape, Tensor, check};

/// A positive definite matrix S = L Lᵀ, as it was given, and its lower Cholesky factor.
#[derive(Clone, Debug)]
pub(super) struct Factored {
    /// The distribution that holds it, for messages.
    user: &'static str,
    name: &'static str,
    given: Tensor,
    form: Given,
    factor: Tensor,
}

/// What was given of a positive definite matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Given {
    /// The matrix.
    Matrix,
    /// Its lower Cholesky factor.
    Factor,
    /// Its inverse.
    Inverse,
    /// The matrix, whose diagonal is 1.
    Correlation,
    /// The lower Cholesky factor of a matrix whose diagonal is 1.
    CorrelationFactor,
}

impl Factored {
    /// The matrix that the parameter of this name gives.
    ///
    /// # Errors
    /// What is not a batch of square matrices, or not in the parameter's domain.
    pub(super) fn new(user: &'static str, name: &'static str, given: Tensor, form: Given) -> Result<Self> {
        if !matches!(given.shape().dims(), &[.., rows, columns] if rows == columns && rows > 0) {
            return Err(Error::InvalidShape {
                operation: user,
                expected: "square matrices in the last two axes".to_owned(),
                got: given.shape(),
            });
        }
        check::constants(user, &[(name, &given, form.domain())])?;
        let factor = match form {
            Given::Matrix => given.try_cholesky()?,
            Given::Factor => given.clone(),
            Given::Inverse => factor_of_inverse(&given)?,
            Given::Correlation => form.or_nan(given.try_cholesky()?)?,
            Given::CorrelationFactor => form.or_nan(given.clone())?,
        };
        Ok(Self { user, name, given, form, factor })
    }

    /// Name, value and domain of what was given.
    pub(super) fn parameter(&self) -> check::Parameter<'_> {
        (self.name, &self.given, self.form.domain())
    }

    /// L.
    pub(super) fn factor(&self) -> &Tensor {
        &self.factor
    }

    /// S, of the shape that was given.
    pub(super) fn matrix(&self) -> Tensor {
        match self.form {
            Given::Matrix | Given::Correlation => self.given.clone(),
            Given::Factor | Given::Inverse | Given::CorrelationFactor => self.factor.matmul(self.factor.transpose()),
        }
    }

    /// The diagonal of S.
    pub(super) fn diagonal(&self) -> Tensor {
        self.factor.square().sum_axis(-1)
    }

    /// ln |S|.
    pub(super) fn log_determinant(&self) -> Tensor {
        self.factor.diagonal().ln().sum_axis(-1) * 2.0
    }

    /// Number of rows.
    pub(super) fn size(&self) -> usize {
        self.given.shape()[self.given.rank() - 1]
    }

    /// The batch of matrices.
    pub(super) fn batch_shape(&self) -> Shape {
        self.given.shape().split_event(2).0
    }

    /// L⁻¹ R.
    pub(super) fn divide(&self, right: &Tensor) -> Result<Tensor> {
        self.factor.try_triangular_solve(right, true, false)
    }

    /// Checks the matrix before a draw. One that was being differentiated has not been inspected; its factor tells
    /// whether it should have been.
    pub(super) fn check_before_draw(&self) -> Result<()> {
        // Where the domain ends has no derivative.
        let inside = self.form.domain_of_factor().contains(&self.factor.detach());
        if inside.is_recorded() {
            record::note_violations(|| (1.0 - inside).try_sum())
        } else if inside.to_vec().contains(&0.0) {
            check::all(self.user, &[self.parameter()])
        } else {
            Ok(())
        }
    }
}

impl Given {
    fn domain(self) -> Constraint {
        match self {
            Self::Matrix | Self::Inverse => Constraint::PositiveDefinite,
            Self::Factor => Constraint::LowerCholesky,
            Self::Correlation => Constraint::CorrelationMatrix,
            Self::CorrelationFactor => Constraint::CorrelationCholesky,
        }
    }

    fn domain_of_factor(self) -> Constraint {
        match self {
            Self::Matrix | Self::Factor | Self::Inverse => Constraint::LowerCholesky,
            Self::Correlation | Self::CorrelationFactor => Constraint::CorrelationCholesky,
        }
    }

    /// The factor, with NaN where it is outside of its domain while it is being differentiated: formulas would go on there
    /// with finite numbers.
    fn or_nan(self, factor: Tensor) -> Result<Tensor> {
        if !factor.is_tracked() {
            return Ok(factor);
        }
        // Where the domain ends has no derivative.
        let inside = self.domain_of_factor().contains(&factor.detach());
        Tensor::try_select(vector::over_events(&inside, 2)?, factor, f64::NAN)
    }
}

/// The lower Cholesky factor of the inverse of a matrix.
fn factor_of_inverse(matrix: &Tensor) -> Result<Tensor> {
    // With J the reversal of the axes and C the lower factor of J P J: P = U Uᵀ for the upper triangular
    // U = J C J, so that P⁻¹ = U⁻ᵀ U⁻¹, and U⁻ᵀ is lower triangular.
    let upper = matrix.try_flip(-1)?.try_flip(-2)?.try_cholesky()?.flip(-1).flip(-2);
    let size = matrix.shape()[matrix.rank() - 1];
    upper.try_triangular_solve(Tensor::eye(size), false, true)
}
