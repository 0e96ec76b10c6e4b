//! `LowerCholeskyAffine`: vectors scaled by a triangular matrix and shifted.

use crate::bijector::matrix::lower_cholesky::square;
use crate::bijector::{Bijector, real_vector, split_event};
use crate::violation::Brief;
use crate::{Constraint, Error, IntoTensor, Result, Shape, Tensor, check};

/// Shift and scaling of vectors by a lower triangular matrix: what makes correlated normals of independent ones.
///
/// ```text
/// forward   x = loc + L u          ln |det dx/du| = Σ ln L_ii
/// inverse   u = L⁻¹ (x − loc)      ln |det du/dx| = −Σ ln L_ii
/// ```
///
/// # Domain and codomain
/// Vectors of real numbers; `loc` and the batch of `scale_tril` broadcast.
///
/// # Numerics
/// The inverse is a triangular solve; L⁻¹ is never formed.
///
/// # Reference
/// NumPyro, `numpyro.distributions.transforms.LowerCholeskyAffine`; TFP, `tfp.bijectors.ScaleMatvecTriL`, for `loc` = 0, and
/// `Affine(shift, scale_tril)`.
///
/// # Example
/// ```
/// use ppl::Tensor;
/// use ppl::bijector::{Bijector, LowerCholeskyAffine};
///
/// let affine = LowerCholeskyAffine::new([1.0, 0.0], [[2.0, 0.0], [1.0, 3.0]])?;
/// let x = affine.forward(&Tensor::from([1.0, -1.0]))?;
/// assert_eq!(x.to_vec(), [3.0, -2.0]);
/// assert_eq!(affine.inverse(&x)?.to_vec(), [1.0, -1.0]);
/// # Ok::<(), ppl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct LowerCholeskyAffine {
    loc: Tensor,
    scale_tril: Tensor,
    /// Batch shape of the parameters.
    batch: Shape,
    size: usize,
}

impl LowerCholeskyAffine {
    /// The map that multiplies by `scale_tril` and then adds `loc`; a scalar `loc` is the same for all entries.
    ///
    /// # Errors
    /// `loc` not finite; `scale_tril` not lower triangular with a positive diagonal; shapes that do not fit.
    pub fn new(loc: impl IntoTensor, scale_tril: impl IntoTensor) -> Result<Self> {
        let (loc, scale_tril) = (loc.into_tensor(), scale_tril.into_tensor());
        let (batch, size) = Self::shapes("LowerCholeskyAffine", &loc, &scale_tril)?;
        check::elements("LowerCholeskyAffine", "loc", &loc, "finite", f64::is_finite)?;
        if !scale_tril.is_tracked() && Constraint::LowerCholesky.contains(&scale_tril).min() == 0.0 {
            return Err(Error::InvalidArgument {
                operation: "LowerCholeskyAffine",
                argument: "scale_tril",
                expected: Constraint::LowerCholesky.to_string(),
                got: Brief(&scale_tril).to_string(),
            });
        }
        Ok(Self { loc, scale_tril, batch, size })
    }

    /// The map by parameters that its user has checked or does not want to be checked; errors name that user.
    pub(crate) fn unchecked(user: &'static str, loc: Tensor, scale_tril: Tensor) -> Result<Self> {
        let (batch, size) = Self::shapes(user, &loc, &scale_tril)?;
        Ok(Self { loc, scale_tril, batch, size })
    }

    /// Batch shape and size of the vectors.
    fn shapes(user: &'static str, loc: &Tensor, scale_tril: &Tensor) -> Result<(Shape, usize)> {
        let (scale_batch, size) = square(user, &scale_tril.shape())?;
        let vectors = scale_batch.concat(&Shape::from(size));
        let (batch, event) = check::broadcast(user, &loc.shape(), &vectors)?.split_event(1);
        if event.size() != size {
            return Err(Error::ShapeMismatch {
                operation: user,
                relation: "fit as a vector and a matrix of one size",
                left: loc.shape(),
                right: scale_tril.shape(),
            });
        }
        Ok((batch, size))
    }

    /// The shape of a batch and of its vectors.
    pub(crate) fn parameter_shape(&self) -> (Shape, Shape) {
        (self.batch, Shape::from(self.size))
    }

    /// The vector that is added.
    #[must_use]
    pub fn loc(&self) -> &Tensor {
        &self.loc
    }

    /// The matrix that multiplies.
    #[must_use]
    pub fn scale_tril(&self) -> &Tensor {
        &self.scale_tril
    }

    /// ln |det L| of each matrix.
    #[must_use]
    pub fn log_scale(&self) -> Tensor {
        self.scale_tril.diagonal().ln().sum_axis(-1)
    }

    /// The shape of values for arguments of this shape.
    fn value_shape(&self, shape: &Shape) -> Result<Shape> {
        let (batch, event) = split_event("LowerCholeskyAffine", shape, 1)?;
        if event.size() != self.size {
            return Err(Error::InvalidShape {
                operation: "LowerCholeskyAffine",
                expected: format!("{} entries along the last axis", self.size),
                got: *shape,
            });
        }
        Ok(check::broadcast("LowerCholeskyAffine", &self.batch, &batch)?.concat(&event))
    }
}

impl Bijector for LowerCholeskyAffine {
    fn name(&self) -> &'static str {
        "LowerCholeskyAffine"
    }

    fn domain(&self) -> Constraint {
        real_vector()
    }

    fn codomain(&self) -> Constraint {
        real_vector()
    }

    fn forward_and_log_det(&self, u: &Tensor) -> Result<(Tensor, Tensor)> {
        let shape = self.value_shape(&u.shape())?;
        let scaled = if self.scale_tril.rank() == 2 {
            // One matrix for the whole batch: a single product of matrices.
            let rows = u.reshape([u.size() / self.size, self.size]);
            rows.matmul(self.scale_tril.transpose()).reshape(u.shape())
        } else {
            self.scale_tril.try_matmul(u.unsqueeze(-1))?.squeeze(-1)
        };
        let x = scaled.try_add(&self.loc)?;
        Ok((x, self.log_scale().broadcast_to(shape.split_event(1).0)))
    }

    fn inverse_and_log_det(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let shape = self.value_shape(&x.shape())?;
        let centred = x.try_sub(&self.loc)?;
        let u = if self.scale_tril.rank() == 2 {
            // One matrix for the whole batch: a single solve with many right-hand sides.
            let columns = centred.reshape([centred.size() / self.size, self.size]).transpose();
            self.scale_tril.triangular_solve(columns, true, false).transpose().reshape(centred.shape())
        } else {
            self.scale_tril.try_triangular_solve(centred.unsqueeze(-1), true, false)?.squeeze(-1)
        };
        Ok((u, -self.log_scale().broadcast_to(shape.split_event(1).0)))
    }

    fn forward_shape(&self, shape: &Shape) -> Result<Shape> {
        self.value_shape(shape)
    }

    fn inverse_shape(&self, shape: &Shape) -> Result<Shape> {
        self.value_shape(shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bijector::conformance::{Laws, parameter_gradients};

    #[test]
    fn laws() {
        let affine = LowerCholeskyAffine::new([-1.0, 0.5], [[2.0, 0.0], [-0.1, 0.7]]).unwrap();
        Laws::of(&affine).hold_at(&Tensor::from([[-2.0, 0.3], [5.0, 600.0], [1.0, 1.0]]));
        Laws::of(&affine).hold_at(&Tensor::from([-2.0, 0.3]));
        Laws::of(&affine).are_finite_at(2, &[-700.0, 700.0]);
        let batch = Tensor::from([[[2.0, 0.0], [-0.1, 0.7]], [[1.0, 0.0], [3.0, 0.2]]]);
        let affine = LowerCholeskyAffine::new(Tensor::from([[[-1.0, 0.5]], [[0.0, 1.0]]]), &batch).unwrap();
        Laws::of(&affine).hold_at(&Tensor::from([-2.0, 0.3]));
        Laws::of(&affine).hold_at(&Tensor::from([[-2.0, 0.3], [1.0, 2.0]]));
        parameter_gradients(
            |p| LowerCholeskyAffine::new(&p[0], p[1].tril(0)),
            &[[-1.0, 0.5].into(), [[2.0, 0.0], [-0.1, 0.7]].into()],
            &[0.7, -2.0].into(),
        );
    }

    #[test]
    fn parameters_are_checked() {
        let error = LowerCholeskyAffine::new(0.0, [[1.0, 0.5], [0.0, 1.0]]).unwrap_err().to_string();
        assert!(error.contains("`scale_tril` must be a lower triangular matrix with positive diagonal"), "{error}");
        assert!(LowerCholeskyAffine::new([0.0; 3], Tensor::eye(2)).is_err());
        assert!(LowerCholeskyAffine::new([0.0; 3], Tensor::eye(1)).is_err());
        let error = LowerCholeskyAffine::new(0.0, Tensor::eye(2)).unwrap().forward(&Tensor::zeros(3)).unwrap_err();
        assert!(error.to_string().contains("2 entries along the last axis"), "{error}");
    }
}
